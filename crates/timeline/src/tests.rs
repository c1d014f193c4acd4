//! Timelines that can be seen, and the laws that hold for any spans whatever.

mod blame;
mod lanes;
mod laws;
mod wire;
