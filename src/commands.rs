//! The subcommands, one a file.

pub mod almanac;
pub mod check;
pub mod dashboard;
pub mod data;
pub mod doctor;
pub mod draft;
pub mod export;
pub mod gateway;
pub mod healthcheck;
pub mod migrate;
pub mod play;
pub mod up;
