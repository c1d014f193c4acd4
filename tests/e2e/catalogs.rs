//! Other schemas than the sample's, and what check says of broken ones.

mod bank;
mod broken;
mod changes;
mod check;
mod filters;
mod market;
mod shop;
