//! Many requests on one axis: spans of any OpenTelemetry app in, lanes out. A lane is one request, and each instant of it
//! belongs to exactly one kind of wait or work, so that a lane's segments sum to its duration.
//!
//! Pure: no I/O, no clock, no async. [`Span`] is what is read of a span ([`otlp`] reads them off the wire),
//! [`Timeline::new`] puts them into trees and lanes, [`Timeline::root_blocker`] follows links to whoever made others wait,
//! [`Timeline::window`] is a stretch of time with its requests, and [`Window::figures`] what these tell together.

mod above;
mod blockers;
mod branches;
mod clocks;
mod conventions;
mod critical;
mod cut;
mod figures;
mod kind;
mod lane;
mod names;
mod open;
pub mod otlp;
mod sampling;
mod span;
mod timeline;
mod traces;
mod tree;
mod window;

#[cfg(test)]
mod drawn;
#[cfg(test)]
mod tests;

pub use blockers::{Blocker, Roots};
pub use branches::Branch;
pub use conventions::wait_of;
pub use figures::{
    Alone, Figures, InFlight, OneAtATime, Order, Overlap, Overtaken, Replay, Slowdown, Waited, WaitedFor,
};
pub use kind::Kind;
pub use lane::{Lane, Segment};
pub use names::{Name, Names};
pub use span::{Details, Role, Span, SpanId, SpanRef, TraceId};
pub use timeline::{Options, Timeline};
pub use window::Window;
