//! Sends a scenario's requests at their moments, whether or not earlier ones have been answered ("open loop"), and
//! draws them in time: when each was sent, when its reply was complete, and in which order the replies came.

mod alone;
mod chart;
mod scenario;
mod send;
mod servers;

pub use alone::slowdown;
pub use chart::chart;
pub use scenario::{Planned, Scenario, ScenarioError};
pub use send::{Played, PlayedRequest, play, play_alone};
pub use servers::Servers;
