//! The page and what it asks: gRPC-Web, as a browser speaks it.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use meanwhile_dashboard::{Asked, Config, ScenarioTitle, Scenarios};
use meanwhile_proto::v1::{GetIntakeRequest, GetIntakeResponse};
use meanwhile_transport::{Client, ClientConfig, Protocol};
use prost::Message as _;
use tokio::sync::mpsc;

use crate::server::{Server, export, request};

const INTAKE: &str = "/meanwhile.v1.Timeline/GetIntake";

impl Server {
    async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> (StatusCode, HeaderMap, Bytes) {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let client = Client::<Full<Bytes>>::new(ClientConfig::new(Protocol::Http1));
        let reply = client.send(request.body(Full::from(body)).unwrap()).await.unwrap();
        let (status, headers) = (reply.status(), reply.headers().clone());
        (status, headers, reply.into_body().collect().await.unwrap().to_bytes())
    }
}

fn framed(message: &[u8]) -> Vec<u8> {
    [&[0][..], &(message.len() as u32).to_be_bytes(), message].concat()
}

#[tokio::test]
async fn a_browser_asks_by_grpc_web_what_others_ask_by_grpc() {
    let server = Server::start().await;
    server.traces().await.export(export(request(0))).await.unwrap();
    let asked = framed(&GetIntakeRequest {}.encode_to_vec());
    let headers = [("content-type", "application/grpc-web+proto")];
    let (status, _, body) = server.ask(Method::POST, INTAKE, &headers, asked).await;
    assert_eq!(status, StatusCode::OK);
    let length = u32::from_be_bytes(body[1..5].try_into().unwrap()) as usize;
    let told = GetIntakeResponse::decode(&body[5..5 + length]).unwrap();
    let trailers = String::from_utf8_lossy(&body[10 + length..]).into_owned();
    assert!(trailers.to_ascii_lowercase().contains("grpc-status:0"), "{trailers}");
    assert_eq!(told, server.intake().await);
    server.stop().await;
}

#[tokio::test]
async fn a_page_from_elsewhere_can_neither_ask_nor_load() {
    let server = Server::start().await;
    let foreign = ("origin", "http://evil.example");
    let headers = [("content-type", "application/grpc-web+proto"), foreign];
    let asked = framed(&GetIntakeRequest {}.encode_to_vec());
    assert_eq!(server.ask(Method::POST, INTAKE, &headers, asked).await.0, StatusCode::FORBIDDEN);
    for path in ["/", "/page.json"] {
        assert_eq!(server.ask(Method::GET, path, &[foreign], Vec::new()).await.0, StatusCode::FORBIDDEN);
    }
    server.stop().await;
}

#[tokio::test]
async fn whatever_is_in_the_pages_place_runs_nothing_from_elsewhere_and_is_in_no_other_page() {
    let server = Server::start().await;
    let (status, headers, body) = server.ask(Method::GET, "/", &[], Vec::new()).await;
    assert_eq!(status, StatusCode::OK);
    assert!(!body.is_empty());
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    server.stop().await;
}

#[tokio::test]
async fn a_file_that_is_known_is_not_sent_again() {
    let server = Server::start().await;
    let (_, headers, _) = server.ask(Method::GET, "/page.json", &[], Vec::new()).await;
    let known = [("if-none-match", headers["etag"].to_str().unwrap())];
    let (status, _, body) = server.ask(Method::GET, "/page.json", &known, Vec::new()).await;
    assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0));
    server.stop().await;
}

#[tokio::test]
async fn a_scenario_is_asked_for_by_its_name_one_at_a_time_and_from_no_page_elsewhere() {
    let (ask, mut asked) = mpsc::channel(1);
    let title =
        |name: &str| ScenarioTitle { name: name.to_owned(), title: name.to_owned(), about: String::new() };
    let scenarios = Some(Scenarios::new(vec![title("rush")], ask));
    let server = Server::with(Config { scenarios, ..Config::default() }).await;
    let foreigners = [[("origin", "http://evil.example")], [("origin", "null")], [("host", "evil.example")]];
    let press = |path, headers| server.ask(Method::POST, path, headers, Vec::new());
    for foreign in &foreigners {
        assert_eq!(press("/scenarios/rush", foreign).await.0, StatusCode::FORBIDDEN, "{foreign:?}");
    }
    assert!(asked.is_empty());
    assert_eq!(press("/scenarios/none", &[]).await.0, StatusCode::NOT_FOUND);
    let send = async {
        let Asked { name, sent } = asked.recv().await.unwrap();
        assert_eq!(name, "rush");
        assert_eq!(press("/scenarios/rush", &[]).await.0, StatusCode::CONFLICT);
        sent.send(Ok(())).unwrap();
        asked.recv().await.unwrap().sent.send(Err("no servers".to_owned())).unwrap();
    };
    let pressed = async {
        assert_eq!(press("/scenarios/rush", &[]).await.0, StatusCode::OK);
        let (status, _, said) = press("/scenarios/rush", &[]).await;
        assert_eq!((status, &said[..]), (StatusCode::BAD_GATEWAY, &b"no servers"[..]));
    };
    tokio::join!(send, pressed);
    server.stop().await;
}
