//! Requests that the page can have sent, so that there is something to see: only where whoever runs the dashboard gives it
//! somebody who sends them. One scenario is sent at a time.

use std::sync::Arc;

use http::StatusCode;
use serde::Serialize;
use tokio::sync::{Semaphore, mpsc, oneshot};

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

/// A scenario that somebody asked for.
#[derive(Debug)]
pub struct Asked {
    /// Its name, one of those that can be asked for.
    pub name: String,
    /// Told when the last of its requests is answered, or why it could not be sent.
    pub sent: oneshot::Sender<Result<(), String>>,
}

/// Scenarios, and where they are asked for.
#[derive(Debug, Clone)]
pub struct Scenarios {
    titles: Vec<ScenarioTitle>,
    asked: mpsc::Sender<Asked>,
    turn: Arc<Semaphore>,
}

/// The name in a path; none where it is another path.
pub fn name_in(path: &str) -> Option<&str> {
    path.strip_prefix(PATH)
}

impl Scenarios {
    /// What can be asked for, and whoever sends it.
    pub fn new(titles: Vec<ScenarioTitle>, asked: mpsc::Sender<Asked>) -> Self {
        Self { titles, asked, turn: Arc::new(Semaphore::new(1)) }
    }

    pub(crate) fn titles(&self) -> &[ScenarioTitle] {
        &self.titles
    }

    /// Has a scenario sent, and answers when it is.
    pub(crate) async fn ask(&self, name: &str) -> (StatusCode, String) {
        if !self.titles.iter().any(|title| title.name == name) {
            return (StatusCode::NOT_FOUND, "there is no such scenario".to_owned());
        }
        let Ok(_turn) = self.turn.try_acquire() else {
            return (StatusCode::CONFLICT, "another is being sent: wait until it ends".to_owned());
        };
        let (tell, sent) = oneshot::channel();
        let asked = self.asked.send(Asked { name: name.to_owned(), sent: tell }).await;
        match (asked, sent.await) {
            (Ok(()), Ok(Ok(()))) => (StatusCode::OK, "it was sent".to_owned()),
            (Ok(()), Ok(Err(reason))) => (StatusCode::BAD_GATEWAY, reason),
            _ => (StatusCode::SERVICE_UNAVAILABLE, "the services are ending".to_owned()),
        }
    }
}
