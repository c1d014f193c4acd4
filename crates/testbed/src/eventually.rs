//! Waiting, within a bound, for something that another process does in its own time. It is for facts that nobody announces;
//! where there is an announcement (a line of output, an exit) the wait for that is the better one.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

const PAUSE: Duration = Duration::from_millis(20);

/// Asks `look` again and again until it finds something, for at most `bound`. `what` names the thing in the error.
pub fn eventually<T>(what: &str, bound: Duration, mut look: impl FnMut() -> Option<T>) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return Ok(found);
        }
        if start.elapsed() >= bound {
            bail!("{what}: not within {bound:?}");
        }
        thread::sleep(PAUSE);
    }
}
