//! Requests that the page can have sent, so that there is something to see: only where whoever runs the dashboard gives it
//! somebody who sends them. One scenario is sent at a time.

use http::StatusCode;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

/// The path that a scenario's name stands behind.
const PATH: &str = "/scenarios/";

/// What the page says of a scenario.
#[derive(Debug, Clone, Serialize)]
pub struct ScenarioTitle {
    /// What it is asked for by: of letters, digits, `-` and `_`.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// What there is to see in it.
    pub about: String,
}

/// Scenarios, and where their names go when somebody asks for one.
#[derive(Debug, Clone)]
pub struct Scenarios {
    /// What can be asked for.
    pub titles: Vec<ScenarioTitle>,
    /// Whoever sends takes the next name when the last is sent: a full channel is one that is being sent.
    pub asked: mpsc::Sender<String>,
}

/// The name in a path; none where it is another path.
pub fn name_in(path: &str) -> Option<&str> {
    path.strip_prefix(PATH)
}

impl Scenarios {
    /// Has a scenario sent, and answers before it is.
    pub fn ask(&self, name: &str) -> (StatusCode, &'static str) {
        if !self.titles.iter().any(|title| title.name == name) {
            return (StatusCode::NOT_FOUND, "there is no such scenario");
        }
        match self.asked.try_send(name.to_owned()) {
            Ok(()) => (StatusCode::ACCEPTED, "it is being sent"),
            Err(TrySendError::Full(_)) => (StatusCode::CONFLICT, "another is being sent: wait until it ends"),
            Err(TrySendError::Closed(_)) => (StatusCode::SERVICE_UNAVAILABLE, "the services are ending"),
        }
    }
}
