//! What each request takes by itself, beside what it took among the others.

use std::fmt::Write;
use std::time::Duration;

use crate::send::{Played, short};

/// A line a request: its time alone, its time among the others, and how many times as long that is. The last line is of all
/// their times together.
pub fn slowdown(alone: &Played, among: &Played) -> String {
    let label = alone.requests.iter().map(|request| short(&request.method).len()).max().unwrap_or(0).max(3);
    let mut text = "  each alone first, then among the others\n\n".to_owned();
    let _ = writeln!(text, "      {:label$}   {:>10}{:>10}{:>10}", "", "alone", "among", "slowdown");
    for (index, (one, other)) in alone.requests.iter().zip(&among.requests).enumerate() {
        let (alone, among) = (one.duration(), other.duration());
        let _ = writeln!(text, "  {:>2}  {:label$}{}", index + 1, short(&one.method), columns(alone, among));
    }
    let _ = writeln!(text, "      {:label$}{}", "all", columns(alone.sum(), among.sum()));
    text
}

fn columns(alone: Duration, among: Duration) -> String {
    let times = among.as_secs_f64() / alone.as_secs_f64().max(f64::MIN_POSITIVE);
    let millis = |duration: Duration| format!("{:.1} ms", duration.as_secs_f64() * 1_000.0);
    format!("   {:>10}{:>10}{:>9.2}x", millis(alone), millis(among), times)
}

#[cfg(test)]
mod tests {
    use std::time::{Instant, SystemTime};

    use tonic::Code;

    use super::*;
    use crate::PlayedRequest;

    fn played(millis: &[u64]) -> Played {
        let request = |millis: &u64| PlayedRequest {
            method: "geo.v1.Geo/GetCity".to_owned(),
            trace_id: String::new(),
            sent: Duration::from_millis(5),
            done: Duration::from_millis(5 + millis),
            code: Code::Ok,
            message: String::new(),
        };
        let requests = millis.iter().map(request).collect();
        Played { start: SystemTime::now(), done: Instant::now(), requests }
    }

    #[test]
    fn each_request_and_all_of_them_have_both_times_and_how_many_times_as_long() {
        let text = slowdown(&played(&[100, 20]), &played(&[150, 30]));
        let expected = [
            "   1  GetCity     100.0 ms  150.0 ms     1.50x",
            "   2  GetCity      20.0 ms   30.0 ms     1.50x",
            "      all         120.0 ms  180.0 ms     1.50x",
        ];
        let lines: Vec<&str> = text.lines().skip(3).collect();
        assert_eq!(lines, expected.map(|line| line), "{text}");
    }
}
