//! What was played, on this terminal: the servers' lanes where a dashboard told of them, and what the client saw where none did.

use std::io::{IsTerminal as _, stdout};
use std::time::Duration;

use meanwhile_play::{Ink, Lanes, Paper, Played, Seen, Unseen, chart};
use terminal_size::{Width, terminal_size};

use crate::colour::Paint;

/// How long a line is where nobody says: in a file, in a pipe.
const COLUMNS: usize = 80;

/// What was played, and what a dashboard saw of it.
#[derive(Debug)]
pub struct Drawn {
    pub played: Played,
    pub seen: Result<Seen, Unseen>,
}

impl Drawn {
    /// From the first start to the last end, as it is drawn.
    pub fn total(&self) -> Duration {
        match &self.seen {
            Ok(seen) => Lanes::new(&self.played, seen).total(),
            Err(_) => self.played.total(),
        }
    }

    /// The picture under a heading; `scale` is the time that its whole width stands for.
    pub fn picture(&self, heading: &str, scale: Duration) -> String {
        match &self.seen {
            Ok(seen) => Lanes::new(&self.played, seen).draw(heading, scale, paper()),
            Err(reason) => {
                let drawn = chart(&self.played, heading, scale);
                let sum = self.played.sum().as_millis();
                format!(
                    "{drawn}  one at a time the same would take {sum} ms\n  as the client saw it: {reason}\n"
                )
            }
        }
    }

    /// Where the same is seen, where it still is.
    pub fn page(&self) -> Option<&str> {
        self.seen.as_ref().ok()?.page.as_deref()
    }
}

fn paper() -> Paper {
    let stdout = stdout();
    let width = terminal_size().filter(|_| stdout.is_terminal());
    Paper {
        columns: width.map_or(COLUMNS, |(Width(columns), _)| columns.into()),
        ink: if Paint::on(&stdout).is_seen() { Ink::Colour } else { Ink::Plain },
    }
}
