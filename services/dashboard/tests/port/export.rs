//! Windows that are taken away.

use meanwhile_proto::v1::{ExportFormat, ExportWindowRequest, GetWindowRequest, GetWindowResponse};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost_types::Timestamp;
use serde_json::Value;
use tonic::Code;

use crate::server::{Server, ZERO, export, request};

fn window() -> Option<GetWindowRequest> {
    let at = |seconds: i64| Some(Timestamp { seconds: (ZERO / 1_000_000_000) as i64 + seconds, nanos: 0 });
    Some(GetWindowRequest { start_time: at(0), end_time: at(1), ..GetWindowRequest::default() })
}

async fn with_requests(count: u64) -> Server {
    let server = Server::start().await;
    server.traces().await.export(export((0..count).flat_map(request).collect())).await.unwrap();
    server
}

async fn told(server: &Server) -> GetWindowResponse {
    server.timeline().await.get_window(window().unwrap()).await.unwrap().into_inner()
}

async fn exported(server: &Server, format: ExportFormat) -> Vec<u8> {
    let request = ExportWindowRequest { window: window(), format: format.into(), view: String::new() };
    let file = server.timeline().await.export_window(request).await.unwrap().into_inner();
    assert_eq!(file.requests, 3);
    file.content
}

#[tokio::test]
async fn spans_that_were_exported_make_the_same_window_elsewhere() {
    let server = with_requests(3).await;
    let spans = exported(&server, ExportFormat::OtlpJson).await;
    let spans: ExportTraceServiceRequest = serde_json::from_slice(&spans).unwrap();
    let other = Server::start().await;
    other.traces().await.export(spans).await.unwrap();
    assert_eq!(told(&other).await, told(&server).await);
}

#[tokio::test]
async fn perfetto_gets_a_slice_for_each_request_with_its_segments_in_it() {
    let server = with_requests(3).await;
    let trace: Value = serde_json::from_slice(&exported(&server, ExportFormat::Perfetto).await).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    let spent = |category: &str| {
        let slices = events.iter().filter(|event| event["cat"] == category);
        slices.map(|slice| slice["dur"].as_f64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(spent("request"), [10_000.0; 3]);
    assert_eq!(spent("segment").len(), 12);
    assert_eq!(spent("segment").iter().sum::<f64>(), 30_000.0);
    // They overlap, so each is in a row of its own.
    let rows =
        events.iter().filter(|event| event["cat"] == "request").map(|event| event["tid"].as_u64().unwrap());
    assert_eq!(rows.collect::<Vec<_>>(), [1, 2, 3]);
}

#[tokio::test]
async fn an_export_without_a_format_is_refused() {
    let server = with_requests(1).await;
    let request = ExportWindowRequest { window: window(), ..ExportWindowRequest::default() };
    let refused = server.timeline().await.export_window(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}
