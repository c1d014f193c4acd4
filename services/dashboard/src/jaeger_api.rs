//! Jaeger's api_v3 over HTTP, as far as traces are read with it: which services there are, and the traces of one in a time.

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Empty, Limited};
use meanwhile_transport::{Client, ClientConfig, Protocol, Roots};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, TracesData};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::window::timestamp;

/// The largest reply, and the longest that it may take.
const MOST: usize = 64 << 20;
const BOUND: Duration = Duration::from_secs(30);

/// Where a Jaeger is whose traces are read.
#[derive(Clone)]
pub struct JaegerApi {
    /// Its page's address, with the base path where it has one: `https://traces.example.org/jaeger`.
    pub url: Uri,
    /// What is sent as a bearer token.
    pub token: Option<HeaderValue>,
    /// Whose certificates are trusted; Mozilla's roots where nobody says.
    pub roots: Option<Roots>,
    /// The most traces of a service that are asked for at once.
    pub search_depth: usize,
}

/// Why Jaeger could not be read.
#[derive(Debug, thiserror::Error)]
pub enum JaegerError {
    /// It is not there, or took too long.
    #[error("Jaeger at {0} does not answer: {1}")]
    Away(Uri, String),
    /// It refused.
    #[error("Jaeger at {0} answered {1}: {2}")]
    Refused(Uri, StatusCode, String),
    /// It answered something else than api_v3 does.
    #[error("Jaeger at {0} answered what is not of its api_v3: {1}")]
    Malformed(Uri, serde_json::Error),
}

#[derive(Deserialize)]
struct Services {
    #[serde(default)]
    services: Vec<String>,
}

#[derive(Deserialize)]
struct Traces {
    result: TracesData,
}

/// Asks a Jaeger.
pub(crate) struct Asker {
    api: JaegerApi,
    client: Client<Empty<Bytes>>,
}

impl Asker {
    pub fn new(api: JaegerApi) -> Self {
        let config = ClientConfig { roots: api.roots.clone(), ..ClientConfig::new(Protocol::Http1) };
        Self { api, client: Client::new(config) }
    }

    pub fn search_depth(&self) -> usize {
        self.api.search_depth
    }

    pub async fn services(&self) -> Result<Vec<String>, JaegerError> {
        let services: Option<Services> = self.get("/api/v3/services").await?;
        Ok(services.map(|services| services.services).unwrap_or_default())
    }

    /// The traces of a service that have a span which began in that time, the newest first where there are too many.
    pub async fn traces(&self, service: &str, time: &Range<u64>) -> Result<Vec<ResourceSpans>, JaegerError> {
        let encoded = |text: String| utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
        let path = format!(
            "/api/v3/traces?query.service_name={}&query.start_time_min={}&query.start_time_max={}\
             &query.num_traces={}&query.raw_traces=true",
            encoded(service.to_owned()),
            encoded(timestamp(time.start).to_string()),
            encoded(timestamp(time.end).to_string()),
            self.api.search_depth,
        );
        let traces: Option<Traces> = self.get(&path).await?;
        Ok(traces.map(|traces| traces.result.resource_spans).unwrap_or_default())
    }

    /// None where Jaeger has nothing of it.
    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, JaegerError> {
        let url = &self.api.url;
        let away = |error: &dyn fmt::Display| JaegerError::Away(url.clone(), error.to_string());
        let mut request = Request::get(format!("{}{path}", url.to_string().trim_end_matches('/')));
        if let Some(token) = &self.api.token {
            request = request.header(AUTHORIZATION, token);
        }
        let request = request.body(Empty::new()).map_err(|error| away(&error))?;
        let asked = timeout(BOUND, async {
            let reply = self.client.send(request).await.map_err(|error| away(&error))?;
            let status = reply.status();
            let body = Limited::new(reply.into_body(), MOST).collect().await.map_err(|error| away(&error))?;
            Ok((status, body.to_bytes()))
        });
        let (status, body) = asked.await.map_err(|error| away(&error))??;
        match status {
            StatusCode::OK => serde_json::from_slice(&body)
                .map(Some)
                .map_err(|error| JaegerError::Malformed(url.clone(), error)),
            StatusCode::NOT_FOUND if serde_json::from_slice::<serde_json::Value>(&body).is_ok() => Ok(None),
            _ => {
                let said = String::from_utf8_lossy(&body[..body.len().min(300)]).trim().to_owned();
                Err(JaegerError::Refused(url.clone(), status, said))
            }
        }
    }
}

/// Without the token, which is nobody's business.
impl fmt::Debug for JaegerApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JaegerApi").field("url", &self.url).field("search_depth", &self.search_depth).finish()
    }
}
