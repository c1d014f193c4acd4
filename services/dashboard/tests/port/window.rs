//! Windows and lanes, as the Timeline service tells them.

use meanwhile_dashboard::Config;
use meanwhile_proto::v1::{GetLaneRequest, GetWindowRequest, GetWindowResponse};
use prost_types::Timestamp;
use tonic::Code;

use crate::server::{MILLI, Server, ZERO, export, request};

fn at(milli: u64) -> Option<Timestamp> {
    let nanos = ZERO + milli * MILLI;
    Some(Timestamp { seconds: (nanos / 1_000_000_000) as i64, nanos: (nanos % 1_000_000_000) as i32 })
}

fn asked(from: u64, to: u64) -> GetWindowRequest {
    GetWindowRequest { start_time: at(from), end_time: at(to), ..GetWindowRequest::default() }
}

async fn with_requests(count: u64) -> Server {
    let server = Server::start().await;
    let spans = (0..count).flat_map(request).collect();
    server.traces().await.export(export(spans)).await.unwrap();
    server
}

async fn window(server: &Server, request: GetWindowRequest) -> GetWindowResponse {
    server.timeline().await.get_window(request).await.unwrap().into_inner()
}

#[tokio::test]
async fn lanes_have_segments_that_sum_to_them() {
    let server = with_requests(3).await;
    let window = window(&server, asked(0, 100)).await;
    assert_eq!(window.total_size, 3);
    for (lane, start) in window.lanes.iter().zip([0, 1, 2]) {
        assert_eq!((lane.service.as_str(), lane.method.as_str()), ("shop", "GET /city"));
        assert_eq!((lane.start_ns, lane.duration_ns), (start * MILLI as i64, 10 * MILLI as i64));
        let kinds: Vec<_> = lane.segments.iter().map(|segment| segment.kind.as_str()).collect();
        assert_eq!(kinds, ["self", "pool", "database", "self"]);
        assert_eq!(lane.segments.iter().map(|segment| segment.duration_ns).sum::<i64>(), lane.duration_ns);
    }
    server.stop().await;
}

#[tokio::test]
async fn figures_are_of_all_requests_also_where_fewer_are_listed() {
    let server = with_requests(5).await;
    let request = GetWindowRequest { page_size: 2, pool_sizes: vec![1, 5], ..asked(0, 100) };
    let window = window(&server, request).await;
    let figures = window.figures.unwrap();
    assert_eq!((window.lanes.len(), window.total_size, figures.requests), (2, 5, 5));
    // Seven of ten milliseconds each are not waited for others; they pass within fourteen.
    assert_eq!(figures.passed_ns, 14 * MILLI as i64);
    assert_eq!(figures.overlap.unwrap().one_at_a_time_ns, 35 * MILLI as i64);
    let waited: Vec<_> =
        figures.waited.iter().map(|row| (row.kind.as_str(), row.name.as_str(), row.waits)).collect();
    assert_eq!(waited, [("database", "SELECT city", 5), ("pool", "pool", 5)]);
    let pool = figures.pool.unwrap();
    assert_eq!(pool.waited_ns, 15 * MILLI as i64);
    assert!(pool.what_if[0].waited_ns > pool.what_if[1].waited_ns, "{pool:?}");
}

#[tokio::test]
async fn a_window_has_only_what_was_in_flight_then_and_says_what_it_cuts() {
    let server = with_requests(100).await;
    let window = window(&server, asked(50, 52)).await;
    let starts: Vec<_> = window.lanes.iter().map(|lane| lane.start_ns / MILLI as i64).collect();
    assert_eq!(starts, (-9..2).collect::<Vec<_>>());
    let figures = window.figures.unwrap();
    assert_eq!((figures.requests, figures.cut), (11, 11));
    assert!(!window.incomplete);
}

#[tokio::test]
async fn filters_leave_out_what_is_not_asked_for() {
    let server = with_requests(2).await;
    let total = async |request: GetWindowRequest| window(&server, request).await.total_size;
    let all = || asked(0, 100);
    assert_eq!(total(GetWindowRequest { method: "GET /city".to_owned(), ..all() }).await, 2);
    assert_eq!(total(GetWindowRequest { method: "GET /else".to_owned(), ..all() }).await, 0);
    assert_eq!(total(GetWindowRequest { service: "shop".to_owned(), ..all() }).await, 2);
    assert_eq!(total(GetWindowRequest { service: "else".to_owned(), ..all() }).await, 0);
    assert_eq!(total(GetWindowRequest { failed: true, ..all() }).await, 0);
    let long = |nanos| Some(prost_types::Duration { seconds: 0, nanos });
    assert_eq!(total(GetWindowRequest { min_duration: long(10_000_000), ..all() }).await, 2);
    assert_eq!(total(GetWindowRequest { min_duration: long(10_000_001), ..all() }).await, 0);
    let kinds = |kinds: &[&str]| kinds.iter().map(|&kind| kind.to_owned()).collect();
    assert_eq!(total(GetWindowRequest { kinds: kinds(&["lock", "pool"]), ..all() }).await, 2);
    assert_eq!(total(GetWindowRequest { kinds: kinds(&["lock"]), ..all() }).await, 0);
}

#[tokio::test]
async fn a_sampled_window_withholds_what_only_all_requests_tell() {
    let server = with_requests(3).await;
    let request = GetWindowRequest { sampled_one_in: 10, pool_sizes: vec![1], ..asked(0, 100) };
    let figures = window(&server, request).await.figures.unwrap();
    assert_eq!(figures.sampled_one_in, 10);
    assert!(figures.overlap.is_none() && figures.waited.is_empty() && figures.overtaken.is_empty());
    assert!(figures.pool.is_none());
}

#[tokio::test]
async fn a_dashboard_that_is_told_of_a_sampler_withholds_the_same_of_every_window() {
    let server = Server::with(Config { sampled_one_in: 10, ..Config::default() }).await;
    server.traces().await.export(export((0..3).flat_map(request).collect())).await.unwrap();
    let figures = window(&server, asked(0, 100)).await.figures.unwrap();
    assert_eq!((figures.requests, figures.sampled_one_in), (3, 10));
    assert!(figures.overlap.is_none() && figures.waited.is_empty() && figures.overtaken.is_empty());
}

#[tokio::test]
async fn a_request_whose_span_has_not_come_is_told_as_running() {
    let server = Server::start().await;
    server.traces().await.export(export(request(0)[1..].to_vec())).await.unwrap();
    assert_eq!(window(&server, asked(0, 100)).await.total_size, 0);
    let running = window(&server, GetWindowRequest { running: true, ..asked(0, 100) }).await;
    assert_eq!((running.lanes.len(), running.lanes[0].running), (1, true));
    assert_eq!(running.figures.unwrap().running, 1);
}

#[tokio::test]
async fn one_lane_is_told_by_its_trace() {
    let server = with_requests(3).await;
    let mut client = server.timeline().await;
    let mut lane = async |trace_id: &str| {
        let request = GetLaneRequest { trace_id: trace_id.to_owned(), service: String::new() };
        client.get_lane(request).await.map(|reply| reply.into_inner().lanes)
    };
    let lanes = lane("00000000000000000000000000000002").await.unwrap();
    assert_eq!((lanes.len(), lanes[0].start_ns, lanes[0].segments.len()), (1, 0, 4));
    assert_eq!(lane("000000000000000000000000000000ff").await.unwrap_err().code(), Code::NotFound);
    for bad in ["", "2", "zz000000000000000000000000000002", "00000000000000000000000000000000"] {
        assert_eq!(lane(bad).await.unwrap_err().code(), Code::InvalidArgument, "{bad}");
    }
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused() {
    let server = Server::start().await;
    let backwards = asked(10, 5);
    let less = GetWindowRequest { page_size: -1, ..asked(0, 1) };
    let no_pool = GetWindowRequest { pool_sizes: vec![0], ..asked(0, 1) };
    let pools = GetWindowRequest { pool_sizes: vec![1; 33], ..asked(0, 1) };
    let early = GetWindowRequest { start_time: Some(Timestamp { seconds: -1, nanos: 0 }), ..asked(0, 1) };
    for request in [backwards, less, no_pool, pools, early] {
        let status = server.timeline().await.get_window(request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    }
}

#[tokio::test]
async fn a_request_alone_is_told_with_what_its_span_says_of_itself() {
    let server = Server::start().await;
    let mut spans = request(0);
    spans[0].attributes = spans[1].attributes.clone();
    server.traces().await.export(export(spans)).await.unwrap();
    let asked = GetLaneRequest { trace_id: format!("{:032x}", 1), ..GetLaneRequest::default() };
    let told = server.timeline().await.get_lane(asked).await.unwrap().into_inner();
    let said: Vec<_> =
        told.lanes[0].attributes.iter().map(|said| (said.key.as_str(), said.value.as_str())).collect();
    assert_eq!(said, [("meanwhile.wait.kind", "pool"), ("service.name", "shop")]);
    assert!(window(&server, self::asked(0, 100)).await.lanes[0].attributes.is_empty());
    server.stop().await;
}
