//! Loading a catalog from its folder, as `check` and the services do: what becomes a plan, and what becomes a finding
//! at which place.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod answers;
mod children;
mod composites;
mod contract;
mod effects;
mod files;
mod folder;
mod looks;
mod manifest;
mod migrations;
mod names;
mod orders;
mod pages;
mod several;
mod shapes;
mod writes;
