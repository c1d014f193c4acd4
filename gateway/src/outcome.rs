//! How a call ended, as its status says it: the code, and the reason in its `ErrorInfo`.

use std::borrow::Cow;

use http::HeaderMap;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// What a span says of a call's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) code: Code,
    /// `ErrorInfo.reason`, where there is one.
    pub(crate) reason: Option<String>,
}

impl Outcome {
    /// What the trailers, or the headers of a reply without a body, say; none where they say nothing.
    pub(crate) fn of_headers(headers: &HeaderMap) -> Option<Self> {
        let code = headers.get(Status::GRPC_STATUS)?;
        // Most calls end well, and have no details worth decoding.
        if code == "0" {
            return Some(Self { code: Code::Ok, reason: None });
        }
        Status::from_header_map(headers).map(|status| Self::of_status(&status))
    }

    pub(crate) fn of_status(status: &Status) -> Self {
        let reason = status.get_details_error_info().map(|info| info.reason);
        Self { code: status.code(), reason }
    }

    /// A short name for `error.type`; `_OTHER` is the semantic conventions' word for what has none.
    pub(crate) fn error_type(&self) -> Option<Cow<'static, str>> {
        let reason = || self.reason.clone().map_or(Cow::Borrowed("_OTHER"), Cow::Owned);
        (self.code != Code::Ok).then(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use meanwhile_proto::errors::{Reason, status};

    #[test]
    fn code_and_reason_are_read_from_trailers() {
        let mut trailers = HeaderMap::new();
        status(Reason::ResourceNotFound, "no such city", &[]).add_header(&mut trailers).unwrap();
        let outcome = Outcome::of_headers(&trailers).unwrap();
        assert_eq!(outcome, Outcome { code: Code::NotFound, reason: Some("RESOURCE_NOT_FOUND".to_owned()) });
    }

    #[test]
    fn headers_without_a_status_say_nothing() {
        assert_eq!(Outcome::of_headers(&HeaderMap::new()), None);
    }

    #[test]
    fn a_status_that_is_no_number_is_unknown() {
        let trailers = HeaderMap::from_iter([(
            http::HeaderName::from_static("grpc-status"),
            http::HeaderValue::from_static("fine"),
        )]);
        let outcome = Outcome::of_headers(&trailers).unwrap();
        assert_eq!((outcome.code, outcome.error_type().as_deref()), (Code::Unknown, Some("_OTHER")));
    }
}
