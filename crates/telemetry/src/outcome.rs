//! How a request ended, in the words of the semantic conventions for RPC and HTTP spans.

use std::borrow::Cow;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, SpanKind, Status};
use opentelemetry_sdk::trace::Span;
use tonic::Code;

/// The attribute that makes a request span one of HTTP instead of gRPC.
pub(crate) const HTTP_METHOD: &str = "http.request.method";

/// Attributes and status of a gRPC call's span (semantic conventions for gRPC spans).
pub(crate) fn grpc(span: &mut Span, kind: &SpanKind, code: Code) {
    span.set_attribute(KeyValue::new("rpc.response.status_code", code_name(code)));
    // The older convention's attribute: what today's dashboards and Jaeger users search for.
    span.set_attribute(KeyValue::new("rpc.grpc.status_code", i64::from(code as i32)));
    let error = match kind {
        SpanKind::Server => is_server_fault(code),
        _ => code != Code::Ok,
    };
    if error {
        fail(span, code_name(code));
    }
}

/// Attributes and status of an HTTP request's SERVER span (semantic conventions for HTTP spans).
pub(crate) fn http(span: &mut Span, status: u16) {
    span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
    if status >= 500 {
        fail(span, status.to_string());
    }
}

/// Marks the span as failed. `error_type` is a short, low-cardinality name.
pub(crate) fn fail(span: &mut Span, error_type: impl Into<Cow<'static, str>>) {
    span.set_attribute(KeyValue::new("error.type", error_type.into()));
    span.set_status(Status::error(""));
}

/// The codes that are the server's fault; any other tells of what the client asked for.
fn is_server_fault(code: Code) -> bool {
    use Code::{DataLoss, DeadlineExceeded, Internal, Unavailable, Unimplemented, Unknown};
    matches!(code, Unknown | DeadlineExceeded | Unimplemented | Internal | Unavailable | DataLoss)
}

/// The code's name as gRPC's status code document writes it.
pub fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
