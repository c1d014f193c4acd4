//! Web services: a `.http` file's call, filled in and sent, its JSON reply read by protobuf's JSON mapping.
//! The host comes from catalog.toml alone, redirects are not followed, and a reply has a bound.

mod url;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use meanwhile_catalog::{Catalog, HttpCall, UpstreamProtocol};
use meanwhile_proto::attributes;
use meanwhile_proto::errors::Reason;
use meanwhile_proto::waits::WaitKind;
use meanwhile_telemetry::{KeyValue, RequestContext, Wait};
use meanwhile_transport::{Client, ClientConfig, Protocol};
use prost_reflect::{DeserializeOptions, DynamicMessage, MessageDescriptor};

use crate::fault::Fault;
use crate::value::Value;

/// The most bytes a web service's reply may have.
const MAX_REPLY: usize = 1 << 20;

/// The web services of a catalog. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Upstreams {
    by_name: Arc<BTreeMap<String, Arc<Upstream>>>,
    latency: Option<Duration>,
}

#[derive(Debug)]
struct Upstream {
    base: Uri,
    protocol: Protocol,
    client: Client<Empty<Bytes>>,
}

/// A web service that cannot be called.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// A name that catalog.toml does not have.
    #[error("the catalog names no upstream {0}")]
    Unknown(String),
    /// Not a URL of scheme, host and path.
    #[error("the URL of the upstream {0} is not http:// or https:// with a host, and no password or query")]
    Url(String),
}

impl Upstreams {
    /// The catalog's web services, those in `elsewhere` at another URL than the catalog's.
    ///
    /// # Errors
    /// A name or a URL that cannot be used.
    pub fn new(
        catalog: &Catalog,
        elsewhere: &BTreeMap<String, String>,
        latency: Option<Duration>,
    ) -> Result<Self, UpstreamError> {
        if let Some(unknown) = elsewhere.keys().find(|name| !catalog.upstreams.contains_key(*name)) {
            return Err(UpstreamError::Unknown(unknown.clone()));
        }
        Self { by_name: Arc::default(), latency }.for_catalog(catalog, elsewhere)
    }

    /// Another catalog's web services: the connections of those that are the same stay. What it does not name is not
    /// looked for in `elsewhere`.
    ///
    /// # Errors
    /// A URL that cannot be used.
    pub fn for_catalog(
        &self,
        catalog: &Catalog,
        elsewhere: &BTreeMap<String, String>,
    ) -> Result<Self, UpstreamError> {
        let mut by_name = BTreeMap::new();
        for (name, upstream) in &catalog.upstreams {
            let url = elsewhere.get(name).unwrap_or(&upstream.url);
            let base = base(url).ok_or_else(|| UpstreamError::Url(name.clone()))?;
            let protocol = match upstream.protocol {
                UpstreamProtocol::Http1 => Protocol::Http1,
                UpstreamProtocol::H2c => Protocol::H2c,
            };
            let known =
                self.by_name.get(name).filter(|known| known.base == base && known.protocol == protocol);
            let client = || Client::new(ClientConfig::new(protocol));
            let new = || Arc::new(Upstream { base: base.clone(), protocol, client: client() });
            by_name.insert(name.clone(), known.cloned().unwrap_or_else(new));
        }
        Ok(Self { by_name: Arc::new(by_name), latency: self.latency })
    }

    /// Makes the call and reads its reply as a message.
    ///
    /// # Errors
    /// UPSTREAM_UNAVAILABLE for whatever goes wrong on the other side.
    pub async fn get(
        &self,
        call: &HttpCall,
        arguments: &[Value],
        reply: &MessageDescriptor,
        part: Option<&str>,
        request: &RequestContext,
    ) -> Result<DynamicMessage, Fault> {
        let upstream =
            self.by_name.get(&call.upstream).ok_or_else(|| failed(call, "it is not configured"))?;
        let url = url::fill(&upstream.base, call, arguments)?;
        let template = url::template(call);
        let mut wait = request.wait(WaitKind::Upstream, format!("GET {template}"));
        describe(&mut wait, &url, template, part, self.latency);
        if let Some(latency) = self.latency {
            tokio::time::sleep(latency).await;
        }
        let result = exchange(upstream, call, url, reply, &mut wait).await;
        if let Err(fault) = &result {
            wait.fail(fault.reason.as_str());
        }
        wait.end();
        result
    }
}

/// A URL of scheme, host and path.
fn base(url: &str) -> Option<Uri> {
    let base: Uri = url.parse().ok()?;
    let is_web = matches!(base.scheme_str(), Some("http" | "https"));
    let is_plain = base.query().is_none() && base.authority().is_some_and(|it| !it.as_str().contains('@'));
    (is_web && is_plain && base.host().is_some_and(|host| !host.is_empty())).then_some(base)
}

fn describe(wait: &mut Wait, url: &Uri, template: String, part: Option<&str>, latency: Option<Duration>) {
    wait.set_attribute(KeyValue::new("http.request.method", "GET"));
    wait.set_attribute(KeyValue::new("url.template", template));
    wait.set_attribute(KeyValue::new("server.address", url.host().unwrap_or_default().to_owned()));
    if let Some(port) = url.port_u16() {
        wait.set_attribute(KeyValue::new("server.port", i64::from(port)));
    }
    if let Some(part) = part {
        wait.set_attribute(KeyValue::new(attributes::PART, part.to_owned()));
    }
    if let Some(latency) = latency {
        wait.set_attribute(KeyValue::new(attributes::SIMULATED_LATENCY_MS, latency.as_millis() as i64));
    }
}

async fn exchange(
    upstream: &Upstream,
    call: &HttpCall,
    url: Uri,
    reply: &MessageDescriptor,
    wait: &mut Wait,
) -> Result<DynamicMessage, Fault> {
    let mut request = Request::new(Empty::new());
    *request.method_mut() = Method::GET;
    *request.uri_mut() = url;
    *request.headers_mut() = headers(call)?;
    wait.inject(request.headers_mut());
    let response = upstream
        .client
        .send(request)
        .await
        .map_err(|error| failed(call, "it cannot be reached").detail(error))?;
    let status = response.status();
    wait.set_attribute(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
    if !status.is_success() {
        // What an error page says is of no use to a caller, and may be long: it is not read.
        return Err(refused(call, status));
    }
    let body = Limited::new(response.into_body(), MAX_REPLY).collect().await.map_err(|error| {
        let too_long = error.downcast_ref::<LengthLimitError>().is_some();
        failed(call, if too_long { "its reply is over 1 MiB" } else { "its reply broke off" }).detail(error)
    })?;
    read(&body.to_bytes(), reply)
        .map_err(|error| failed(call, "its reply is not what the contract says").detail(error))
}

/// Protobuf's JSON mapping; fields that the message does not have are passed over, as from any newer service.
fn read(body: &[u8], reply: &MessageDescriptor) -> Result<DynamicMessage, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let options = DeserializeOptions::new().deny_unknown_fields(false);
    let message = DynamicMessage::deserialize_with_options(reply.clone(), &mut json, &options)?;
    json.end()?;
    Ok(message)
}

fn headers(call: &HttpCall) -> Result<HeaderMap, Fault> {
    let mut headers = HeaderMap::new();
    headers.insert(http::header::ACCEPT, HeaderValue::from_static("application/json"));
    for (name, value) in &call.headers {
        let name = HeaderName::try_from(name).map_err(|_| failed(call, "a header's name is invalid"))?;
        let value = HeaderValue::try_from(value).map_err(|_| failed(call, "a header's value is invalid"))?;
        headers.insert(name, value);
    }
    Ok(headers)
}

/// What the web service says of the request itself is passed on; everything else is its own fault.
fn refused(call: &HttpCall, status: StatusCode) -> Fault {
    let reason = match status {
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Reason::UpstreamRefused,
        StatusCode::NOT_FOUND | StatusCode::GONE => Reason::ResourceNotFound,
        _ => Reason::UpstreamUnavailable,
    };
    Fault { reason, ..failed(call, &format!("it answered {}", status.as_u16())) }
}

fn failed(call: &HttpCall, what: &str) -> Fault {
    let message = format!("the web service {} failed: {what}", call.upstream);
    Fault::new(Reason::UpstreamUnavailable, message).with("upstream", call.upstream.clone())
}

#[cfg(test)]
mod tests;
