//! Sends a scenario's requests at their moments, whether or not earlier ones have been answered ("open loop"), and
//! draws them in time: the servers' lanes, where a dashboard tells of them, or what the client saw: when each was sent, when its
//! reply was complete, and in which order the replies came.

mod alone;
mod chart;
mod headline;
mod ink;
mod lanes;
mod scenario;
mod seen;
mod send;
mod servers;
mod told;

pub use alone::slowdown;
pub use chart::chart;
pub use headline::{Fact, headline};
pub use ink::Ink;
pub use lanes::{Lanes, Paper};
pub use scenario::{Planned, Scenario, ScenarioError};
pub use seen::{Seen, Spans, Unseen};
pub use send::{Played, PlayedRequest, play, play_alone, reach};
pub use servers::Servers;
pub use told::{Told, told};
