//! How an error looks to a client: a code, a sentence, and `ErrorInfo{reason, domain, metadata}` (AIP-193).
//! A reason has one code; what a client may do about it depends on nothing else.

use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// The domain of every `ErrorInfo` that Meanwhile makes.
pub const DOMAIN: &str = "meanwhile";

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $name:literal => $code:ident,)+) => {
        /// Why a call failed, as its `ErrorInfo.reason` says it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Reason { $($(#[$doc])* $variant,)+ }

        impl Reason {
            /// Every reason there is.
            pub const ALL: &[Reason] = &[$(Self::$variant,)+];

            /// The name on the wire, UPPER_SNAKE_CASE.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The gRPC code that goes with it.
            pub const fn code(self) -> Code {
                match self { $(Self::$variant => Code::$code,)+ }
            }
        }
    };
}

reasons! {
    /// No such service or method in the catalog.
    MethodUnknown = "METHOD_UNKNOWN" => Unimplemented,
    /// The bytes are not a message of the request's type, or not one gRPC message.
    RequestMalformed = "REQUEST_MALFORMED" => InvalidArgument,
    /// A message over the size limit.
    RequestTooLarge = "REQUEST_TOO_LARGE" => ResourceExhausted,
    /// A message compression that is not spoken here.
    CompressionUnsupported = "COMPRESSION_UNSUPPORTED" => Unimplemented,
    /// A REQUIRED field is absent; metadata `field`.
    FieldRequired = "FIELD_REQUIRED" => InvalidArgument,
    /// A field's value cannot be used; metadata `field`.
    FieldInvalid = "FIELD_INVALID" => InvalidArgument,
    /// A page token of another method, of other filters, or of nobody.
    PageTokenInvalid = "PAGE_TOKEN_INVALID" => InvalidArgument,
    /// The row asked for does not exist.
    ResourceNotFound = "RESOURCE_NOT_FOUND" => NotFound,
    /// Another row has that key; metadata `constraint`.
    UniqueViolation = "UNIQUE_VIOLATION" => AlreadyExists,
    /// A row that is referred to is not there, or one that refers is; metadata `constraint`.
    ForeignKeyViolation = "FOREIGN_KEY_VIOLATION" => FailedPrecondition,
    /// A check constraint refuses the row; metadata `constraint`.
    CheckViolation = "CHECK_VIOLATION" => InvalidArgument,
    /// A column that must have a value got none; metadata `column` where known.
    NotNullViolation = "NOT_NULL_VIOLATION" => InvalidArgument,
    /// A value its column cannot take (SQLSTATE class 22).
    ValueRejected = "VALUE_REJECTED" => InvalidArgument,
    /// Concurrent transactions could not be ordered; the call may be sent again.
    SerializationFailure = "SERIALIZATION_FAILURE" => Aborted,
    /// Two transactions waited for each other; the call may be sent again.
    Deadlock = "DEADLOCK" => Aborted,
    /// The row was changed since the client read it: its etag is another. Read it again.
    EtagMismatch = "ETAG_MISMATCH" => Aborted,
    /// The method's statement does not fit the database as it is now.
    MethodBroken = "METHOD_BROKEN" => FailedPrecondition,
    /// The database answered with an error of its own.
    DatabaseError = "DATABASE_ERROR" => Internal,
    /// The database could not be reached before anything was sent.
    DatabaseUnreachable = "DATABASE_UNREACHABLE" => Unavailable,
    /// The connection broke while the call was under way, which changed nothing.
    ConnectionLost = "CONNECTION_LOST" => Unavailable,
    /// The connection broke while a write was under way: it may have happened. Never retry it blindly.
    WriteOutcomeUnknown = "WRITE_OUTCOME_UNKNOWN" => Unknown,
    /// A web service or the data service could not be reached, or failed; metadata `upstream`.
    UpstreamUnavailable = "UPSTREAM_UNAVAILABLE" => Unavailable,
    /// A web service says that the request is wrong (HTTP 400 or 422); metadata `upstream`.
    UpstreamRefused = "UPSTREAM_REFUSED" => InvalidArgument,
    /// Out of time.
    DeadlineExceeded = "DEADLINE_EXCEEDED" => DeadlineExceeded,
    /// The client went away.
    Cancelled = "CANCELLED" => Cancelled,
    /// A queue is full; RetryInfo says when to come back.
    Overloaded = "OVERLOADED" => ResourceExhausted,
    /// The statement gave several rows where the reply is one.
    RowsAmbiguous = "ROWS_AMBIGUOUS" => Internal,
    /// A column's value does not fit its reply field; metadata `column`.
    ReplyInvalid = "REPLY_INVALID" => Internal,
    /// A reply over the size limit.
    ReplyTooLarge = "REPLY_TOO_LARGE" => ResourceExhausted,
    /// The service is stopping.
    ShuttingDown = "SHUTTING_DOWN" => Unavailable,
    /// A fault of Meanwhile itself.
    Internal = "INTERNAL" => Internal,
}

/// A status with its `ErrorInfo`. Metadata keys are lowerCamel or lower_snake words, values are for programs.
pub fn status(reason: Reason, message: impl Into<String>, metadata: &[(&str, &str)]) -> Status {
    with_details(reason, message.into(), metadata, |_| {})
}

/// As [`status`], for a fault of one request field: adds `BadRequest` with the field's path.
pub fn field_status(reason: Reason, field: &str, description: &str) -> Status {
    with_details(reason, format!("{field}: {description}"), &[("field", field)], |details| {
        details.add_bad_request_violation(field, description);
    })
}

/// As [`status`], with the delay after which a client may try again.
pub fn retry_status(reason: Reason, message: impl Into<String>, delay: Duration) -> Status {
    with_details(reason, message.into(), &[], |details| {
        details.set_retry_info(Some(delay));
    })
}

fn with_details(
    reason: Reason,
    message: String,
    metadata: &[(&str, &str)],
    more: impl FnOnce(&mut ErrorDetails),
) -> Status {
    let metadata = metadata.iter().map(|(key, value)| ((*key).into(), (*value).into()));
    let mut details = ErrorDetails::new();
    details.set_error_info(reason.as_str(), DOMAIN, metadata.collect::<std::collections::HashMap<_, _>>());
    more(&mut details);
    Status::with_error_details(reason.code(), message, details)
}
