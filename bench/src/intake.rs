//! Spans a second that the dashboard takes in by OTLP/gRPC, and whether it lost any that it accepted. Who sends them shares
//! the processor with who takes them.

use std::time::Instant;

use anyhow::{Result, ensure};
use meanwhile_proto::v1::GetIntakeRequest;
use meanwhile_proto::v1::timeline_client::TimelineClient;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use tokio::task::JoinSet;
use tonic::transport::Endpoint;

use crate::dashboard::Dashboard;
use crate::figure::{Bar, Figure, Unit};
use crate::section::Section;
use crate::setup::Setup;

/// As the SDKs' batches: 512 spans.
const BATCH: u64 = 512;
const BATCHES: u64 = 400;
const CONNECTIONS: u64 = 4;

/// Measures it.
pub fn measure(setup: &Setup) -> Result<Section> {
    let dashboard = Dashboard::start(setup)?;
    let url = &dashboard.url;
    let (mut rates, mut lost) = (Vec::new(), Vec::new());
    for _ in 0..setup.repeats {
        let before = setup.runtime.block_on(received(url))?;
        let start = Instant::now();
        setup.runtime.block_on(send_all(url))?;
        let sent = CONNECTIONS * BATCHES * BATCH;
        rates.push(sent as f64 / start.elapsed().as_secs_f64());
        let taken = setup.runtime.block_on(received(url))? - before;
        lost.push((sent - taken) as f64);
    }
    let figures = vec![
        Figure::new("spans taken in", Unit::PerSecond, rates).bar(Bar::AtLeast(50_000.0)),
        Figure::new("accepted and lost", Unit::Count, lost).bar(Bar::AtMost(0.0)),
    ];
    let title = "dashboard: 512 spans a request, four connections, OTLP/gRPC".to_owned();
    Ok(Section { title, figures, notes: Vec::new() })
}

async fn received(url: &str) -> Result<u64> {
    let mut client = TimelineClient::new(Endpoint::from_shared(url.to_owned())?.connect().await?);
    Ok(client.get_intake(GetIntakeRequest {}).await?.into_inner().received)
}

async fn send_all(url: &str) -> Result<()> {
    let mut senders = JoinSet::new();
    for connection in 0..CONNECTIONS {
        let url = url.to_owned();
        senders.spawn(async move {
            let mut client = TraceServiceClient::connect(url).await?;
            for batch in 0..BATCHES {
                let reply = client.export(spans(connection * BATCHES + batch)).await?.into_inner();
                ensure!(reply.partial_success.is_none(), "{reply:?}");
            }
            Ok(())
        });
    }
    senders.join_all().await.into_iter().collect()
}

fn spans(batch: u64) -> ExportTraceServiceRequest {
    let span = |number: u64| {
        let id = batch * BATCH + number + 1;
        Span {
            trace_id: u128::from(id / 8 + 1).to_be_bytes().to_vec(),
            span_id: id.to_be_bytes().to_vec(),
            name: "cityscape.v1.Cities/GetOverview".to_owned(),
            kind: SpanKind::Server.into(),
            start_time_unix_nano: 1_704_067_200_000_000_000 + id * 1_000,
            end_time_unix_nano: 1_704_067_200_000_000_000 + id * 1_000 + 5_000_000,
            attributes: ["rpc.system.name", "rpc.method", "rpc.response.status_code", "server.address"]
                .map(|key| attribute(key, "cityscape.v1.Cities/GetOverview"))
                .into(),
            ..Span::default()
        }
    };
    let scope = ScopeSpans { spans: (0..BATCH).map(span).collect(), ..ScopeSpans::default() };
    let resource = Resource { attributes: vec![attribute("service.name", "data")], ..Resource::default() };
    let resource =
        ResourceSpans { resource: Some(resource), scope_spans: vec![scope], ..ResourceSpans::default() };
    ExportTraceServiceRequest { resource_spans: vec![resource] }
}

fn attribute(key: &str, text: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(Value::StringValue(text.to_owned())) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}
