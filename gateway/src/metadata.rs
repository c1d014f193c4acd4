//! Which headers go from one HTTP/2 connection to the other. Custom metadata, `authorization` and the message
//! encoding pass; what belongs to one hop, or what the gateway says itself, does not.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use meanwhile_proto::errors::{Reason, status};
use tonic::Status;

/// The most a request's metadata may take; gRPC over HTTP/2 suggests it. It leaves room, below the data service's own
/// limit, for what is added here.
const MAX_REQUEST_METADATA: usize = 8 * 1024;

/// What RFC 9113 section 6.5.2 counts for a header beyond its name and value.
const HEADER_OVERHEAD: usize = 32;

/// Headers of one hop (RFC 9110 section 7.6.1, and what proxies use like them), and those that describe a body's
/// framing, which is made anew.
const HOP: &[HeaderName] = &[
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::HOST,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// What of gRPC's reserved names goes through to the data service.
const GRPC_REQUEST: &[&str] = &["grpc-encoding", "grpc-accept-encoding"];

/// What every call to the data service has in the gateway's own words. It is written over what the client said, which costs
/// less than to remove that first.
const OWN: &[&str] = &["te", "grpc-timeout", "traceparent", "tracestate"];

/// The prefix of what Meanwhile's own services tell each other; a client cannot.
const RESERVED: &str = "meanwhile-";

/// A client's headers, as they go on to the data service: once deadline and trace context are written over what it said.
///
/// # Errors
/// RESOURCE_EXHAUSTED where they are too many.
pub(crate) fn for_data_service(mut headers: HeaderMap) -> Result<HeaderMap, Status> {
    remove(&mut headers, |name| !goes_on(name));
    if size(&headers) > MAX_REQUEST_METADATA {
        let message = format!("the request's metadata is over {MAX_REQUEST_METADATA} bytes");
        return Err(status(Reason::RequestTooLarge, message, &[]));
    }
    // gRPC asks for it, and it lets proxies in between know that trailers follow.
    headers.insert(header::TE, HeaderValue::from_static("trailers"));
    Ok(headers)
}

/// Takes from the data service's headers or trailers what does not go back to the client.
pub(crate) fn strip_reply(headers: &mut HeaderMap) {
    remove(headers, is_of_hop);
}

/// Where nothing is to be removed, as with almost every call, it costs a look at each name.
fn remove(headers: &mut HeaderMap, unwanted: impl Fn(&HeaderName) -> bool) {
    let unwanted: Vec<HeaderName> = headers.keys().filter(|name| unwanted(name)).cloned().collect();
    for name in unwanted {
        headers.remove(name);
    }
}

/// True for gRPC's content type: `application/grpc`, and what follows it after `+` or `;`.
pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).map_or(b"".as_slice(), HeaderValue::as_bytes);
    let rest = content_type.strip_prefix(b"application/grpc");
    rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')))
}

fn goes_on(name: &HeaderName) -> bool {
    let text = name.as_str();
    if OWN.contains(&text) {
        return true;
    }
    let is_reserved =
        text.starts_with(RESERVED) || (text.starts_with("grpc-") && !GRPC_REQUEST.contains(&text));
    !is_reserved && !is_of_hop(name)
}

fn is_of_hop(name: &HeaderName) -> bool {
    HOP.contains(name) || name.as_str() == "keep-alive"
}

fn size(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + HEADER_OVERHEAD).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn metadata_goes_on_and_what_belongs_to_a_hop_does_not() {
        let sent = headers(&[
            ("authorization", "Bearer x"),
            ("content-type", "application/grpc+proto"),
            ("grpc-accept-encoding", "gzip"),
            ("grpc-encoding", "gzip"),
            ("custom-bin", "AAE"),
            ("grpc-status", "0"),
            ("meanwhile-identity", "root"),
            ("te", "gzip"),
            ("connection", "close"),
            ("content-length", "5"),
        ]);
        let passed = for_data_service(sent).unwrap();
        let mut names: Vec<&str> = passed.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        let expected =
            ["authorization", "content-type", "custom-bin", "grpc-accept-encoding", "grpc-encoding", "te"];
        assert_eq!(names, expected);
        assert_eq!(passed["te"], "trailers");
    }

    #[test]
    fn a_name_given_twice_goes_on_twice() {
        let mut sent = headers(&[("x-tag", "a")]);
        sent.append("x-tag", HeaderValue::from_static("b"));
        let passed = for_data_service(sent).unwrap();
        assert_eq!(passed.get_all("x-tag").iter().collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn the_content_type_of_grpc_web_is_not_that_of_grpc() {
        let is = |content_type| is_grpc(&headers(&[("content-type", content_type)]));
        assert!(
            is("application/grpc") && is("application/grpc+proto") && is("application/grpc;charset=utf-8")
        );
        assert!(!is("application/grpc-web") && !is("application/json") && !is_grpc(&HeaderMap::new()));
    }

    #[test]
    fn metadata_over_the_limit_is_refused() {
        let mut sent = HeaderMap::new();
        sent.insert("x-long", HeaderValue::from_str(&"x".repeat(MAX_REQUEST_METADATA)).unwrap());
        assert_eq!(for_data_service(sent).unwrap_err().code(), tonic::Code::ResourceExhausted);
    }
}
