//! A real Jaeger that speaks TLS, with a certificate of a private authority and under a base path.

use std::fs::write;

use meanwhile_dashboard::{Config, JaegerApi, Roots};
use meanwhile_proto::v1::GetWindowRequest;
use meanwhile_testbed::jaeger::Jaeger;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use prost_types::Timestamp;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;
use tonic::{Code, Status};

use crate::server::{Server, ZERO, export, request};

const BASE: &str = "/jaeger";

/// An authority that signs for itself.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A Jaeger whose certificate that authority has signed; none where there is no Jaeger.
async fn jaeger_of(authority: &CertifiedIssuer<'static, KeyPair>) -> Option<(Jaeger, TempDir)> {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("jaeger.pem"), folder.path().join("jaeger.key"));
    let pair = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    write(&certificate, params.signed_by(&pair, authority).unwrap().pem()).unwrap();
    write(&key, pair.serialize_pem()).unwrap();
    let start = move || Jaeger::start_tls(&certificate, &key, BASE);
    Some((tokio::task::spawn_blocking(start).await.unwrap()?, folder))
}

async fn reading(jaeger: &Jaeger, roots: Option<Roots>) -> Server {
    let url = format!("https://{}{BASE}", jaeger.query()).parse().unwrap();
    let reads = Some(JaegerApi { url, token: None, roots, search_depth: 100 });
    Server::with(Config { reads, ..Config::default() }).await
}

/// How many requests are told of the second that has them.
async fn requests(server: &Server) -> Result<i32, Status> {
    let time = |seconds: u64| Some(Timestamp { seconds: (ZERO / 1_000_000_000 + seconds) as i64, nanos: 0 });
    let asked = GetWindowRequest { start_time: time(30), end_time: time(31), ..GetWindowRequest::default() };
    Ok(server.timeline().await.get_window(asked).await?.into_inner().total_size)
}

#[tokio::test]
async fn a_jaeger_behind_tls_is_read_where_its_authority_is_trusted_and_else_it_says_why_not() {
    let ours = authority();
    let Some((jaeger, _folder)) = jaeger_of(&ours).await else { return };
    let mut traces = TraceServiceClient::connect(jaeger.otlp_url()).await.unwrap();
    traces.export(export(request(30_100))).await.unwrap();

    // Jaeger's batches take a moment, and a time that was read whole is not read again.
    let told = loop {
        let server = reading(&jaeger, Some(Roots::from_pem(ours.pem().as_bytes()).unwrap())).await;
        let told = requests(&server).await.unwrap();
        server.stop().await;
        if told > 0 {
            break told;
        }
    };
    assert_eq!(told, 1);

    let other = Roots::from_pem(authority().pem().as_bytes()).unwrap();
    for roots in [Some(other), None] {
        let server = reading(&jaeger, roots).await;
        let refused = requests(&server).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable);
        assert!(refused.message().contains("invalid peer certificate"), "{}", refused.message());
        server.stop().await;
    }
}
