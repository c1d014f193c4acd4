use std::time::SystemTime;

use meanwhile_proto::v1::{Figures, GetWindowResponse, KindTime};
use tonic::Code;

use super::*;

const MS: i64 = 1_000_000;

/// Each line a request, a character ten milliseconds: `p` waits for a connection, `d` for the database, `-` is on the way.
fn drawn(picture: &[&str]) -> (Played, Seen) {
    let lanes: Vec<Lane> = picture.iter().zip(1..).map(|(line, number)| lane(line, number)).collect();
    let request = |lane: &Lane| PlayedRequest {
        method: "geo.v1.Geo/GetCity".to_owned(),
        trace_id: lane.trace_id.clone(),
        sent: Duration::ZERO,
        done: Duration::from_nanos((lane.start_ns + lane.duration_ns).unsigned_abs()),
        code: Code::Ok,
        message: String::new(),
    };
    let requests = lanes.iter().map(request).collect();
    let times = [("pool", 60), ("database", 80), ("network", 5)];
    let time = |(kind, ms): (&str, i64)| KindTime { kind: kind.to_owned(), duration_ns: ms * MS };
    let figures =
        Figures { requests: 2, times: times.map(time).to_vec(), passed_ns: 80 * MS, ..Figures::default() };
    let total_size = i32::try_from(lanes.len()).unwrap();
    let window =
        GetWindowResponse { lanes, figures: Some(figures), total_size, ..GetWindowResponse::default() };
    let now = std::time::Instant::now();
    (Played { start: SystemTime::now(), done: now, requests }, Seen { window, page: None })
}

fn lane(line: &str, number: usize) -> Lane {
    let start = line.chars().take_while(|mark| *mark == ' ').count();
    let marks: Vec<char> = line.trim().chars().collect();
    let kind = |mark| match mark {
        'p' => "pool",
        'd' => "database",
        _ => "network",
    };
    let segments = marks.chunk_by(|one, other| one == other).map(|run| Segment {
        kind: kind(run[0]).to_owned(),
        duration_ns: run.len() as i64 * 10 * MS,
        ..Segment::default()
    });
    Lane {
        trace_id: number.to_string(),
        start_ns: 3 * MS + start as i64 * 10 * MS,
        duration_ns: marks.len() as i64 * 10 * MS,
        segments: segments.collect(),
        ..Lane::default()
    }
}

/// 8 characters of time.
const NARROW: Paper = Paper { columns: 8 + BESIDE + 7, ink: Ink::Plain };

fn bars(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.split('|').nth(1)).collect()
}

#[test]
fn each_request_is_drawn_with_what_its_time_went_on_where_it_did() {
    let picture = ["-ddd    ", " pppddd-", "    pppp"];
    let (played, seen) = drawn(&picture);
    let lanes = Lanes::new(&played, &seen);
    let text = lanes.draw("Three", lanes.total(), Paper { columns: 16 + BESIDE + 7, ..NARROW });
    let wide = ["--dddddd        ", "  ppppppdddddd--", "        pppppppp"];
    assert_eq!(bars(&text), wide, "{text}");
    assert!(text.contains("|    40.0 ms  1st\n"), "{text}");
    assert!(text.contains("replies left in the order 1, 2, 3; all done after 80.0 ms"), "{text}");
}

#[test]
fn a_column_shows_what_most_of_its_time_went_on() {
    let (played, seen) = drawn(&["ddpppddddddddddddddddddddddddddd"]);
    let lanes = Lanes::new(&played, &seen);
    let text = lanes.draw("One", lanes.total(), Paper { columns: 16 + BESIDE + 7, ..NARROW });
    assert_eq!(bars(&text), ["dpdddddddddddddd"], "{text}");
}

#[test]
fn a_lane_of_no_time_still_shows_and_one_that_no_server_tells_of_is_said_to_be_none() {
    let (mut played, seen) = drawn(&["dddddddd"]);
    played.requests.push(PlayedRequest {
        trace_id: "another".to_owned(),
        code: Code::Unavailable,
        message: "nobody there".to_owned(),
        ..played.requests[0].clone()
    });
    let lanes = Lanes::new(&played, &seen);
    let text = lanes.draw("Two", Duration::from_secs(60), NARROW);
    assert_eq!(bars(&text), ["d               ", "                "], "{text}");
    assert!(text.contains("|    no lane    Unavailable: nobody there\n"), "{text}");
}

#[test]
fn the_legend_has_the_kinds_that_occur_with_their_times_and_stays_within_the_line() {
    let (played, seen) = drawn(&["dddddddd"]);
    let text = Lanes::new(&played, &seen).draw("One", Duration::from_secs(1), NARROW);
    assert!(text.contains("\n  p pool 60 ms   d database 80 ms\n  - network 5.0 ms\n"), "{text}");
    assert!(text.contains("  In flight   1.8   2 requests\n"), "{text}");
}

#[test]
fn requests_of_others_in_the_same_time_are_said_to_be_counted_and_are_not_drawn() {
    let (mut played, seen) = drawn(&["dddd", "dddd", "dddd"]);
    played.requests.truncate(1);
    let text = Lanes::new(&played, &seen).draw("One", Duration::from_secs(1), NARROW);
    assert_eq!(bars(&text).len(), 1, "{text}");
    assert!(text.contains("\n  2 requests that others sent meanwhile are counted too\n"), "{text}");
}
