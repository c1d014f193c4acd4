//! A bar chart in a terminal: a line a request, time from left to right.

use std::fmt::Write;
use std::time::Duration;

use tonic::Code;

use crate::send::{Played, PlayedRequest, short};

/// How many characters the time axis has.
const WIDTH: usize = 48;

/// Draws the requests under a heading. `scale` is the time that the whole width stands for: two charts with the same
/// scale can be compared.
pub fn chart(played: &Played, heading: &str, scale: Duration) -> String {
    let order = played.order();
    let label = played.requests.iter().map(|request| short(&request.method).len()).max().unwrap_or(0);
    let mut text = format!("{heading}\n\n");
    let _ = writeln!(text, "      {:label$}   {:WIDTH$} {:>8}{:>8}{:>8}", "", "", "sent", "reply", "took");
    for (index, request) in played.requests.iter().enumerate() {
        let place = order.iter().position(|&number| number == index + 1).map_or(0, |place| place + 1);
        let _ = writeln!(
            text,
            "  {:>2}  {:label$}  |{}|{:>8}{:>8}{:>8}  {}{}",
            index + 1,
            short(&request.method),
            bar(request, scale),
            millis(request.sent),
            millis(request.done),
            millis(request.duration()),
            ordinal(place),
            failure(request),
        );
    }
    let _ = writeln!(text, "      {:label$}   0{:>width$}", "", millis(scale), width = WIDTH - 1);
    let numbers: Vec<String> = order.iter().map(usize::to_string).collect();
    let (numbers, total) = (numbers.join(", "), millis(played.total()));
    let _ = writeln!(text, "\n  replies left in the order {numbers}; all done after {total}");
    text
}

/// The reply's place among the replies.
pub(crate) fn ordinal(place: usize) -> String {
    let ending = match (place % 10, place % 100) {
        (1, rest) if rest != 11 => "st",
        (2, rest) if rest != 12 => "nd",
        (3, rest) if rest != 13 => "rd",
        _ => "th",
    };
    format!("{place}{ending}")
}

fn bar(request: &PlayedRequest, scale: Duration) -> String {
    let column = |at: Duration| {
        let share = at.as_secs_f64() / scale.as_secs_f64().max(f64::MIN_POSITIVE);
        ((share * WIDTH as f64).round() as usize).min(WIDTH)
    };
    let start = column(request.sent).min(WIDTH - 1);
    let end = column(request.done).max(start + 1);
    let mark = if request.code == Code::Ok { "█" } else { "x" };
    format!("{}{}{}", " ".repeat(start), mark.repeat(end - start), " ".repeat(WIDTH - end))
}

/// What it ended with, where that is not well.
pub(crate) fn failure(request: &PlayedRequest) -> String {
    match request.code {
        Code::Ok => String::new(),
        code => format!("  {code:?}: {}", request.message),
    }
}

fn millis(duration: Duration) -> String {
    format!("{} ms", duration.as_millis())
}

#[cfg(test)]
mod tests {
    use std::time::{Instant, SystemTime};

    use super::*;

    fn played(requests: Vec<PlayedRequest>) -> Played {
        Played { start: SystemTime::now(), done: Instant::now(), requests }
    }

    fn request(name: &str, sent: u64, done: u64) -> PlayedRequest {
        PlayedRequest {
            method: format!("pkg.Service/{name}"),
            trace_id: String::new(),
            sent: Duration::from_millis(sent),
            done: Duration::from_millis(done),
            code: Code::Ok,
            message: String::new(),
        }
    }

    #[test]
    fn bars_stand_where_their_requests_ran() {
        let played = played(vec![request("A", 0, 60), request("Long", 0, 240), request("B", 120, 180)]);
        let drawn = chart(&played, "Three", Duration::from_millis(240));
        assert!(drawn.contains(
            "   1  A     |████████████                                    |    0 ms   60 ms   60 ms  1st\n"
        ));
        assert!(drawn.contains(
            "   2  Long  |████████████████████████████████████████████████|    0 ms  240 ms  240 ms  3rd\n"
        ));
        assert!(drawn.contains(
            "   3  B     |                        ████████████            |  120 ms  180 ms   60 ms  2nd\n"
        ));
        assert!(drawn.contains("in the order 1, 3, 2; all done after 240 ms"));
    }

    #[test]
    fn a_request_of_no_time_still_shows() {
        let played = played(vec![request("A", 10, 10)]);
        assert!(chart(&played, "One", Duration::from_millis(10)).contains("█|"));
    }
}
