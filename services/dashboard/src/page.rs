//! The page: a few files that were built into the program, and what the server tells them. Where the page was not built, a
//! line says how to. Nothing is loaded from elsewhere, which the page's own policy forbids too.

use std::hash::{DefaultHasher, Hash, Hasher};

use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use serde::Serialize;
use tonic::body::Body;

use crate::scenarios::ScenarioTitle;

/// Path and bytes of each file; none where the page was not built.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// Where the page asks for what the server tells it.
const SETTINGS: &str = "/page.json";

const NOT_BUILT: &str = "The page was not built into this program: `make page` builds it (Node 20 is needed), and cargo builds \
    the program anew. OTLP and meanwhile.v1.Timeline are served all the same.\n";

/// Only what is served here is run, styled with or asked, and no other page may hold this one.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const ALWAYS: [(HeaderName, &str); 5] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (CACHE_CONTROL, "no-cache"),
];

/// What the server tells its page.
#[derive(Debug, Clone, Serialize)]
pub struct Settings {
    /// Where Jaeger's page is.
    pub jaeger: String,
    /// Whether windows can be sent there.
    pub takes_windows: bool,
    /// What can be sent from the page.
    pub scenarios: Vec<ScenarioTitle>,
}

/// The page's script and style sheet; none where it was not built.
pub fn bundle() -> Option<(&'static str, &'static str)> {
    let file = |wanted| {
        FILES.iter().find(|(path, _)| *path == wanted).and_then(|(_, text)| str::from_utf8(text).ok())
    };
    Some((file("/page.js")?, file("/page.css")?))
}

/// The page's files and settings, ready to be sent.
#[derive(Debug, Clone)]
pub struct Page {
    settings: Bytes,
}

impl Page {
    pub fn new(settings: &Settings) -> Self {
        // Texts alone: they always have a JSON form.
        Self { settings: serde_json::to_vec(settings).unwrap_or_default().into() }
    }

    /// The answer to a GET; none where there is nothing of that path.
    pub fn answer<B>(&self, request: &Request<B>) -> Option<Response<Body>> {
        let path = request.uri().path();
        let (kind, bytes) = match FILES.iter().find(|(known, _)| *known == path) {
            Some((path, bytes)) => (kind(path), Bytes::from_static(bytes)),
            None if path == SETTINGS => ("application/json", self.settings.clone()),
            None if path == "/" => ("text/plain; charset=utf-8", Bytes::from_static(NOT_BUILT.as_bytes())),
            None => return None,
        };
        Some(match *request.method() {
            Method::GET | Method::HEAD => found(request, kind, bytes),
            _ => not_allowed(),
        })
    }
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.') {
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        _ => "text/html; charset=utf-8",
    }
}

fn found<B>(request: &Request<B>, kind: &'static str, bytes: Bytes) -> Response<Body> {
    let tag = tag(&bytes);
    let is_known = request.headers().get(IF_NONE_MATCH).is_some_and(|known| Some(known) == tag.as_ref());
    let body = if is_known || request.method() == Method::HEAD { Bytes::new() } else { bytes };
    let mut reply = Response::new(Body::new(Full::new(body)));
    if is_known {
        *reply.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = reply.headers_mut();
    headers.extend(ALWAYS.map(|(name, value)| (name, HeaderValue::from_static(value))));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.extend(tag.map(|tag| (ETAG, tag)));
    reply
}

/// Changes when the bytes do.
fn tag(bytes: &[u8]) -> Option<HeaderValue> {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    HeaderValue::try_from(format!("\"{:016x}\"", hasher.finish())).ok()
}

fn not_allowed() -> Response<Body> {
    let mut reply = Response::new(Body::empty());
    *reply.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    reply.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    reply
}
