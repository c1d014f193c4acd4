//! What a service's telemetry is told: its name and where its spans go. Environment variables are read here, and,
//! for sampler, limits and resource attributes, by the SDK itself; nowhere else.

use std::fmt;

use http::Uri;
use percent_encoding::percent_decode_str;
use tonic::metadata::{Ascii, MetadataKey, MetadataMap, MetadataValue};

/// A service's telemetry, as plain data.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The resource's `service.name`.
    pub service_name: String,
    /// OTLP/gRPC URLs such as `http://127.0.0.1:4317`. Every span goes to each of them; none means no export.
    pub endpoints: Vec<String>,
}

impl Config {
    /// The configuration from flags, and from OpenTelemetry's variables where a flag says nothing:
    ///
    /// - endpoints: the flags', else `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, else `OTEL_EXPORTER_OTLP_ENDPOINT`, else none;
    /// - no endpoints at all with `OTEL_SDK_DISABLED=true`, and none from the environment with `OTEL_TRACES_EXPORTER=none`;
    /// - service name: `OTEL_SERVICE_NAME`, else the one given. Where several services share a process, as in
    ///   `meanwhile up`, set [`Config::service_name`] afterwards, so that they keep their own names.
    pub fn resolve(service_name: &str, endpoints: Vec<String>) -> Self {
        Self::resolve_from(service_name, endpoints, |name| std::env::var(name).ok())
    }

    fn resolve_from(
        service_name: &str,
        endpoints: Vec<String>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Self {
        // An empty variable counts as unset, as the OpenTelemetry specification has it.
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let is = |name: &str, value: &str| variable(name).is_some_and(|v| v.eq_ignore_ascii_case(value));
        let from_environment = || {
            variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
                .or_else(|| variable("OTEL_EXPORTER_OTLP_ENDPOINT"))
                .filter(|_| !is("OTEL_TRACES_EXPORTER", "none"))
        };
        let endpoints = match endpoints {
            _ if is("OTEL_SDK_DISABLED", "true") => Vec::new(),
            given if given.is_empty() => from_environment().into_iter().collect(),
            given => given,
        };
        let service_name = variable("OTEL_SERVICE_NAME").unwrap_or_else(|| service_name.to_owned());
        Self { service_name, endpoints }
    }
}

/// What the environment asks of the export, and cannot have. The text never repeats a header, which might carry a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExporterError {
    /// Nothing is compressed here.
    #[error("compression is not built in; leave OTEL_EXPORTER_OTLP_COMPRESSION out, or say none")]
    Compression,
    /// A list of `name=value`, with commas between them and the values percent-encoded.
    #[error("OTEL_EXPORTER_OTLP_HEADERS is not a list such as name=value,other=value")]
    Headers,
}

/// The headers that go with every export, from `OTEL_EXPORTER_OTLP_TRACES_HEADERS`, else `OTEL_EXPORTER_OTLP_HEADERS`.
///
/// # Errors
/// What cannot be had.
pub(crate) fn exporter_headers(
    variable: impl Fn(&str) -> Option<String>,
) -> Result<MetadataMap, ExporterError> {
    let of_traces = |name: &str| {
        let for_all = || variable(&format!("OTEL_EXPORTER_OTLP_{name}"));
        let value = variable(&format!("OTEL_EXPORTER_OTLP_TRACES_{name}")).or_else(for_all);
        value.filter(|value| !value.is_empty())
    };
    if of_traces("COMPRESSION").is_some_and(|compression| compression != "none") {
        return Err(ExporterError::Compression);
    }
    let mut headers = MetadataMap::new();
    for pair in of_traces("HEADERS").unwrap_or_default().split(',').filter(|pair| !pair.trim().is_empty()) {
        let (name, value) = header(pair).ok_or(ExporterError::Headers)?;
        headers.insert(name, value);
    }
    Ok(headers)
}

fn header(pair: &str) -> Option<(MetadataKey<Ascii>, MetadataValue<Ascii>)> {
    let (name, value) = pair.split_once('=')?;
    let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
    let mut value: MetadataValue<Ascii> = value.parse().ok()?;
    value.set_sensitive(true);
    Some((name.trim().to_ascii_lowercase().parse().ok()?, value))
}

/// Why a URL cannot be an OTLP endpoint. The text never repeats the URL, which might carry a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// It is not a URL.
    #[error("it is not a URL such as http://127.0.0.1:4317")]
    NotAUrl,
    /// Only `http` is spoken.
    #[error("its scheme is not http (TLS to a collector is not supported)")]
    Scheme,
    /// OTLP has no place for a user name and password in the URL.
    #[error("it carries a user name or password; credentials go into OTEL_EXPORTER_OTLP_HEADERS")]
    UserInfo,
    /// gRPC has no place for a path or query in the URL.
    #[error("it has a path or a query, which OTLP over gRPC does not use")]
    Path,
}

/// A checked OTLP/gRPC URL: `http://host:port`, free of secrets, so it may be logged.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint(Uri);

impl Endpoint {
    pub(crate) fn parse(url: &str) -> Result<Self, EndpointError> {
        let uri: Uri = url.parse().map_err(|_| EndpointError::NotAUrl)?;
        let authority = uri.authority().ok_or(EndpointError::NotAUrl)?;
        if authority.as_str().contains('@') {
            return Err(EndpointError::UserInfo);
        }
        if uri.scheme() != Some(&http::uri::Scheme::HTTP) {
            return Err(EndpointError::Scheme);
        }
        if uri.path() != "/" || uri.query().is_some() {
            return Err(EndpointError::Path);
        }
        Ok(Self(uri))
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.0
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_string().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(flags: &[&str], variables: &[(&str, &str)]) -> Config {
        let flags = flags.iter().map(|url| (*url).to_owned()).collect();
        Config::resolve_from("meanwhile-data", flags, |name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn without_flags_and_variables_nothing_is_exported() {
        let config = resolve(&[], &[("OTEL_EXPORTER_OTLP_ENDPOINT", "")]);
        assert_eq!((config.service_name.as_str(), config.endpoints.len()), ("meanwhile-data", 0));
    }

    #[test]
    fn a_flag_wins_over_the_environment() {
        let config = resolve(&["http://a:1", "http://b:2"], &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:3")]);
        assert_eq!(config.endpoints, ["http://a:1", "http://b:2"]);
    }

    #[test]
    fn the_variable_for_traces_wins_over_the_general_one() {
        let general = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:3");
        let traces = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://d:4");
        assert_eq!(resolve(&[], &[general]).endpoints, ["http://c:3"]);
        assert_eq!(resolve(&[], &[general, traces]).endpoints, ["http://d:4"]);
        assert!(resolve(&[], &[general, ("OTEL_TRACES_EXPORTER", "none")]).endpoints.is_empty());
    }

    #[test]
    fn the_sdk_can_be_disabled_and_the_service_renamed() {
        let config =
            resolve(&["http://a:1"], &[("OTEL_SDK_DISABLED", "TRUE"), ("OTEL_SERVICE_NAME", "cities")]);
        assert_eq!((config.service_name.as_str(), config.endpoints.len()), ("cities", 0));
    }

    fn headers(variables: &[(&str, &str)]) -> Result<Vec<String>, ExporterError> {
        let value =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).into());
        let headers = exporter_headers(value)?.into_headers();
        Ok(headers.iter().map(|(name, value)| format!("{name}={}", value.to_str().unwrap())).collect())
    }

    #[test]
    fn headers_are_a_list_with_values_that_are_percent_encoded() {
        let general = ("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Bearer%20t, x-tenant = a ,");
        assert_eq!(headers(&[general]).unwrap(), ["authorization=Bearer t", "x-tenant=a"]);
        assert_eq!(headers(&[general, ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x=1")]).unwrap(), ["x=1"]);
        assert!(headers(&[]).unwrap().is_empty());
        for wrong in ["no-value", "=1", "a b=1", "x=%00"] {
            assert_eq!(
                headers(&[("OTEL_EXPORTER_OTLP_HEADERS", wrong)]),
                Err(ExporterError::Headers),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_compression_is_refused_where_it_would_be_left_out_in_silence() {
        let with = |compression| headers(&[("OTEL_EXPORTER_OTLP_COMPRESSION", compression)]);
        assert_eq!(with("gzip"), Err(ExporterError::Compression));
        assert!(with("none").is_ok());
    }

    #[test]
    fn an_endpoint_that_could_leak_or_mislead_is_refused_without_repeating_it() {
        let refused = |url| Endpoint::parse(url).unwrap_err();
        assert_eq!(refused("http://user:hunter2@collector:4317"), EndpointError::UserInfo);
        assert_eq!(refused("https://user:hunter2@collector:4317"), EndpointError::UserInfo);
        assert_eq!(refused("https://collector:4317"), EndpointError::Scheme);
        assert_eq!(refused("collector:4317"), EndpointError::Scheme);
        assert_eq!(refused("http://collector:4318/v1/traces"), EndpointError::Path);
        assert_eq!(refused("/var/run/otlp"), EndpointError::NotAUrl);
        assert_eq!(refused("http://a b"), EndpointError::NotAUrl);
        assert!(!refused("http://user:hunter2@collector").to_string().contains("hunter2"));
    }

    #[test]
    fn an_endpoint_reads_as_it_was_given() {
        assert_eq!(Endpoint::parse("http://127.0.0.1:4317").unwrap().to_string(), "http://127.0.0.1:4317");
        assert_eq!(Endpoint::parse("http://collector:4317/").unwrap().to_string(), "http://collector:4317");
    }
}
