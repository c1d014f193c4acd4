//! OTLP by gRPC.

use http::HeaderMap;
use meanwhile_dashboard::Config;
use meanwhile_telemetry::{Config as TelemetryConfig, Telemetry, WaitKind};
use meanwhile_testbed::grpcurl::Grpcurl;
use tonic::Code;
use tonic::client::Grpc;
use tonic::codec::CompressionEncoding;
use tonic_prost::ProstCodec;

use crate::server::{Server, export, request};

#[tokio::test]
async fn a_real_exporters_spans_arrive_and_none_is_lost() {
    let server = Server::start().await;
    let config = TelemetryConfig { service_name: "shop".into(), endpoints: vec![server.url()] };
    let telemetry = Telemetry::start(config).unwrap();
    for _ in 0..1_000 {
        let request = telemetry.tracer().server_request("shop.v1.Shop/Get", &HeaderMap::new(), Vec::new());
        request.context().wait(WaitKind::Database, "SELECT").end();
        request.finish(Code::Ok, None);
    }
    let lost = telemetry.lost_spans();
    telemetry.shutdown().await;
    let intake = server.intake().await;
    assert_eq!((lost, intake.received, intake.kept, intake.dropped), (0, 2_000, 2_000, 0));
    assert_eq!(intake.services, ["shop"]);
    server.stop().await;
}

#[tokio::test]
async fn packed_spans_are_unpacked() {
    let server = Server::start().await;
    let mut client = server.traces().await.send_compressed(CompressionEncoding::Gzip);
    let reply = client.export(export(request(0))).await.unwrap().into_inner();
    assert_eq!(reply.partial_success, None);
    assert_eq!(server.intake().await.received, 3);
}

#[tokio::test]
async fn metrics_and_logs_are_taken_and_dropped() {
    let server = Server::start().await;
    for path in ["metrics.v1.MetricsService", "logs.v1.LogsService"] {
        let path = format!("/opentelemetry.proto.collector.{path}/Export").parse().unwrap();
        let mut client = Grpc::new(server.channel().await);
        client.ready().await.unwrap();
        let codec = ProstCodec::<(), ()>::default();
        client.unary(tonic::Request::new(()), path, codec).await.unwrap();
    }
    assert_eq!(server.intake().await.received, 0);
}

#[tokio::test]
async fn spans_that_cannot_be_read_are_told() {
    let server = Server::start().await;
    let mut spans = request(0);
    spans[1].trace_id = vec![1];
    let reply = server.traces().await.export(export(spans)).await.unwrap().into_inner();
    assert_eq!(reply.partial_success.unwrap().rejected_spans, 1);
    let intake = server.intake().await;
    assert_eq!((intake.received, intake.invalid), (2, 1));
}

#[tokio::test]
async fn a_message_over_the_limit_is_refused_packed_or_not() {
    let server = Server::start().await;
    let mut spans = request(0);
    spans[0].name = "x".repeat(17 << 20);
    let request = export(spans);
    let plain = server.traces().await.export(request.clone()).await.unwrap_err();
    let packed = server.traces().await.send_compressed(CompressionEncoding::Gzip).export(request).await;
    for status in [plain, packed.unwrap_err()] {
        assert!(matches!(status.code(), Code::OutOfRange | Code::ResourceExhausted), "{status:?}");
        assert!(status.message().contains("limit"), "{status:?}");
    }
    assert_eq!(server.intake().await.received, 0);
}

#[tokio::test]
async fn memory_is_bounded_and_what_was_dropped_is_told() {
    let server = Server::with(Config { max_bytes: 200_000, ..Config::default() }).await;
    let mut client = server.traces().await;
    for number in 0..1_000 {
        client.export(export(request(number))).await.unwrap();
    }
    let intake = server.intake().await;
    assert_eq!(intake.received, 3_000);
    assert_eq!(intake.kept + intake.dropped, 3_000);
    assert!(intake.dropped > 0 && intake.bytes <= intake.max_bytes, "{intake:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn grpcurl_asks_without_the_contract() {
    let Some(grpcurl) = Grpcurl::find() else { return };
    let server = Server::start().await;
    server.traces().await.export(export(request(0))).await.unwrap();
    let address = server.address.to_string();
    let asked = tokio::task::spawn_blocking(move || {
        let list = grpcurl.run(&address, &[], &["list"]).unwrap().0.success().unwrap();
        assert!(list.contains("meanwhile.v1.Timeline") && !list.contains("Waits"), "{list}");
        let window = r#"{"start_time": "2024-01-01T00:00:00Z", "end_time": "2024-01-01T00:00:01Z"}"#;
        let reply = grpcurl.call(&address, &[], "meanwhile.v1.Timeline/GetWindow", window).unwrap();
        let reply = reply.message().unwrap();
        assert_eq!(reply["totalSize"], 1, "{reply}");
        assert_eq!(reply["lanes"][0]["method"], "GET /city", "{reply}");
    });
    asked.await.unwrap();
    server.stop().await;
}
