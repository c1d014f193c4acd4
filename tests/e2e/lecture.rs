//! Waits of different requests overlap, and Jaeger shows it.

mod alone;
mod chart;
mod collectors;
mod in_jaeger;
mod lane;
mod player;
mod pool;
mod recording;

use anyhow::Result;
use meanwhile_proto::attributes;
use meanwhile_testbed::jaeger::Span;

use self::{
    lane::{kind, overlap_hardly, overlap_mostly, overlap_us, polls, wait_kind},
    recording::Recording,
};

/// With simulated latency, and with statements that really wait.
fn overlapped() -> impl Iterator<Item = &'static Recording> {
    [Recording::overlapped(), Recording::real()].into_iter().flatten()
}

/// The same, one at a time.
fn one_at_a_time() -> impl Iterator<Item = &'static Recording> {
    [Recording::one_at_a_time(), Recording::real_one_at_a_time()].into_iter().flatten()
}

#[test]
fn each_request_is_one_trace_through_every_service_it_touched() -> Result<()> {
    for recording in overlapped() {
        for (method, tree) in
            [("GetCity", GET_CITY), ("GetOverview", GET_OVERVIEW), ("GetDaylight", GET_DAYLIGHT)]
        {
            let lane = recording.lane(method)?;
            let root = lane.root()?;
            assert_eq!(root.parent, None);
            assert_eq!(lane.outline(), tree.trim_start().replace("PLAY", &root.service));
        }
    }
    Ok(())
}

const GET_CITY: &str = "
PLAY client cityscape.v1.Cities/GetCity
  meanwhile-gateway server cityscape.v1.Cities/GetCity
    meanwhile-gateway client cityscape.v1.Cities/GetCity, waits for upstream
      meanwhile-data server cityscape.v1.Cities/GetCity
        meanwhile-data client GetCity, waits for database
";

const GET_OVERVIEW: &str = "
PLAY client cityscape.v1.Cities/GetOverview
  meanwhile-gateway server cityscape.v1.Cities/GetOverview
    meanwhile-gateway client cityscape.v1.Cities/GetOverview, waits for upstream
      meanwhile-data server cityscape.v1.Cities/GetOverview
        meanwhile-data client GET /daylight, waits for upstream, part daylight
          almanac server GET /daylight
        meanwhile-data client GetOverview/city, waits for database, part city
        meanwhile-data client GetOverview/country, waits for database, part country
        meanwhile-data client GetOverview/nearest, waits for database, part nearest
";

const GET_DAYLIGHT: &str = "
PLAY client cityscape.v1.Cities/GetDaylight
  meanwhile-gateway server cityscape.v1.Cities/GetDaylight
    meanwhile-gateway client cityscape.v1.Cities/GetDaylight, waits for upstream
      meanwhile-data server cityscape.v1.Cities/GetDaylight
        meanwhile-data client GET /daylight, waits for upstream
          almanac server GET /daylight
";

#[test]
fn waits_of_different_requests_overlap() {
    for recording in overlapped() {
        for (one, other) in recording.pairs() {
            let overlaps_other = |wait| other.waits_in_data().any(|it| overlap_mostly(wait, it));
            assert!(one.waits_in_data().any(overlaps_other), "{}{}", one.outline(), other.outline());
        }
    }
}

#[test]
fn parts_start_when_what_they_need_is_there_and_overlap() -> Result<()> {
    for recording in overlapped() {
        let lane = recording.lane("GetOverview")?;
        let city = lane.part("city")?;
        let later = [lane.part("country")?, lane.part("nearest")?, lane.part("daylight")?];
        for part in later {
            assert!(part.start_us >= city.end_us(), "{part:?} does not wait for the city");
            assert!(part.start_us - city.end_us() < city.duration_us / 4, "{part:?} starts late");
            assert!(later.iter().all(|other| overlap_mostly(part, other)), "{later:?}");
        }
    }
    Ok(())
}

#[test]
fn one_at_a_time_no_waits_but_those_of_kind_queue_overlap() {
    for recording in one_at_a_time() {
        for (one, other) in recording.pairs() {
            for wait in one.waits().filter(|wait| !is_queue(wait)) {
                for it in other.waits().filter(|wait| !is_queue(wait)) {
                    assert!(overlap_hardly(wait, it), "{wait:?} {it:?}");
                }
            }
        }
    }
}

#[test]
fn one_at_a_time_two_of_three_wait_in_the_gateways_queue() {
    for recording in one_at_a_time() {
        let queued: Vec<_> = recording.lanes.iter().flat_map(|lane| lane.waits_for("queue")).collect();
        assert_eq!(queued.len(), 2);
        for wait in &queued {
            let says = (wait.service.as_str(), wait.operation.as_str(), kind(wait));
            assert_eq!(says, ("meanwhile-gateway", "one at a time", "internal".to_owned()));
        }
        assert!(queued[0].overlaps(queued[1]));
    }
}

#[test]
fn one_at_a_time_parts_run_one_after_the_other() -> Result<()> {
    for recording in one_at_a_time() {
        let waits: Vec<_> = recording.lane("GetOverview")?.waits_in_data().collect();
        assert_eq!(waits.len(), 4);
        assert!(waits.windows(2).all(|two| two[0].end_us() <= two[1].start_us), "{waits:?}");
    }
    Ok(())
}

fn is_queue(wait: &Span) -> bool {
    wait_kind(wait).as_deref() == Some("queue")
}

#[test]
fn request_spans_say_which_call_they_are_and_how_it_ended() {
    let recordings = overlapped().chain(one_at_a_time());
    for span in recordings.flat_map(|recording| &recording.lanes).flat_map(|lane| &lane.trace.spans) {
        let says = |tag: &str| span.tag(tag).unwrap_or_default();
        match (span.service.as_str(), kind(span).as_str()) {
            ("almanac", _) => {
                assert_eq!(
                    (says("http.request.method"), says("http.route")),
                    ("GET".into(), "/daylight".into())
                );
                assert_eq!(span.integer("http.response.status_code"), Some(200));
            }
            // A wait; the player's own spans are requests.
            ("meanwhile-gateway" | "meanwhile-data", "client" | "internal") => {}
            _ => {
                assert_eq!(
                    (says("rpc.system.name"), says("rpc.method")),
                    ("grpc".into(), span.operation.clone())
                );
                assert_eq!(says("rpc.response.status_code"), "OK");
                assert_eq!(span.integer("rpc.grpc.status_code"), Some(0));
            }
        }
    }
}

#[test]
fn database_waits_say_which_statement_on_which_backend() -> Result<()> {
    for (recording, system) in [(Recording::overlapped(), "sqlite"), (Recording::real(), "postgresql")] {
        for lane in recording.iter().flat_map(|recording| &recording.lanes) {
            let data = lane.request_span("meanwhile-data")?;
            for wait in lane.waits_for("database") {
                assert_eq!((wait.parent.as_deref(), kind(wait).as_str()), (Some(data.id.as_str()), "client"));
                assert_eq!(wait.tag("db.system.name").as_deref(), Some(system));
                assert_eq!(wait.tag("db.query.summary").as_deref(), Some(wait.operation.as_str()));
                let is_postgres = system == "postgresql";
                assert_eq!(wait.integer(attributes::DATABASE_PID).is_some(), is_postgres);
                assert_eq!(wait.tags.contains_key(attributes::DATABASE_BACKEND_START), is_postgres);
                assert_eq!(wait.integer(attributes::SIMULATED_LATENCY_MS), (!is_postgres).then_some(60));
            }
        }
    }
    Ok(())
}

#[test]
fn upstream_waits_say_whom_they_call_and_cover_its_span() -> Result<()> {
    for lane in overlapped().flat_map(|recording| &recording.lanes) {
        for wait in lane.waits_for("upstream") {
            let below: Vec<_> = lane.trace.children_of(wait).collect();
            let [other_side] = below.as_slice() else { panic!("{}", lane.outline()) };
            assert_eq!((kind(wait), kind(other_side)), ("client".to_owned(), "server".to_owned()));
            assert_eq!(overlap_us(wait, other_side), other_side.duration_us, "{}", lane.outline());
            match wait.service.as_str() {
                "meanwhile-gateway" => assert_eq!(wait.tag("rpc.method"), Some(other_side.operation.clone())),
                _ => assert_eq!(wait.tag("url.template").as_deref(), Some("/daylight")),
            }
        }
    }
    Ok(())
}

#[test]
fn polls_lie_within_their_request_which_mostly_waits() -> Result<()> {
    for lane in overlapped().chain(one_at_a_time()).flat_map(|recording| &recording.lanes) {
        for span in ["meanwhile-gateway", "meanwhile-data"].map(|service| lane.request_span(service)) {
            let span = span?;
            let (polls, nanos) = (polls(span)?, span.duration_us * 1_000);
            let last = polls.last().map(|poll| poll.end);
            // Jaeger has whole microseconds.
            assert!(last.is_some_and(|end| end <= nanos + 1_000), "{polls:?} in {nanos} ns");
            let busy: u64 = polls.iter().map(|poll| poll.end - poll.start).sum();
            assert!(busy < nanos / 2, "{busy} of {nanos} ns are work: {polls:?}");
        }
    }
    Ok(())
}
