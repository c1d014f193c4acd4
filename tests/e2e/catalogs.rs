//! Another schema than the sample's, and what check says of broken ones.

mod check;
mod shop;
