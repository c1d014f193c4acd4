//! Timelines that can be seen, and the laws that hold for any spans whatever.

mod blame;
mod branches;
mod figures;
mod lanes;
mod laws;
mod open;
mod pool;
mod recorded;
mod wire;
