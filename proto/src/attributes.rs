//! Span attribute names of our own namespace. All others follow OpenTelemetry's semantic conventions.
//! docs/wait-spans.md is their public description.

/// On a wait span: what was waited for, one of [`crate::waits::WaitKind`].
pub const WAIT_KIND: &str = "meanwhile.wait.kind";

/// On a request span: when its tasks were woken and polled, packed as in [`crate::polls`].
pub const POLLS: &str = "meanwhile.polls";

/// On a wait span: trace id (32 hex digits) of the span that was waited for. Repeats the span's link.
pub const BLOCKER_TRACE_ID: &str = "meanwhile.blocker.trace_id";

/// On a wait span: span id (16 hex digits) of the span that was waited for. Repeats the span's link.
pub const BLOCKER_SPAN_ID: &str = "meanwhile.blocker.span_id";

/// On a span that made others wait: true. Tail sampling keeps such spans.
pub const BLOCKED_OTHERS: &str = "meanwhile.blocked_others";

/// On a database span: the backend's process id.
pub const DATABASE_PID: &str = "meanwhile.database.pid";

/// On a database span: when the backend started, RFC 3339; with the pid it names a backend for good.
pub const DATABASE_BACKEND_START: &str = "meanwhile.database.backend_start";

/// On a wait span inside a composite reply: the reply field its part fills.
pub const PART: &str = "meanwhile.part";

/// On a wait span: milliseconds of it that were added by `--simulate-latency`.
pub const SIMULATED_LATENCY_MS: &str = "meanwhile.simulated_latency_ms";

/// On a lock's wait, where it is no known request's: the process id of the backend that holds the lock.
pub const BLOCKER_DATABASE_PID: &str = "meanwhile.blocker.database.pid";

/// On the same: when that backend started, RFC 3339.
pub const BLOCKER_DATABASE_BACKEND_START: &str = "meanwhile.blocker.database.backend_start";

/// On the same: what its session calls itself, its application_name.
pub const BLOCKER_APPLICATION: &str = "meanwhile.blocker.application";

/// On a database span that was looked at while it lasted: how often it was seen at what, as `cpu=3 io=1 lock=12`.
pub const DATABASE_SEEN: &str = "meanwhile.database.seen";

/// On a database span: how many calls its statement was for, where several went together. Their waits link to it.
pub const BATCH_SIZE: &str = "meanwhile.batch.size";

/// On a request span: the optional parts its reply went without, comma-separated.
pub const MISSING_PARTS: &str = "meanwhile.missing_parts";

/// On a request span: the reason of the error it ended with, as in its ErrorInfo.
pub const ERROR_REASON: &str = "meanwhile.error.reason";

/// On a request of a window's trace (docs/dashboard.md): trace id (32 hex digits) of the request itself. Repeats the span's link.
pub const REQUEST_TRACE_ID: &str = "meanwhile.request.trace_id";

/// On the same: span id (16 hex digits) of the request itself. Repeats the span's link.
pub const REQUEST_SPAN_ID: &str = "meanwhile.request.span_id";

/// On the same: the name of its span, in full.
pub const REQUEST_METHOD: &str = "meanwhile.request.method";

/// On the same: the service that it is of.
pub const REQUEST_SERVICE: &str = "meanwhile.request.service";

/// On the same: how many of its segments are too short to be seen beside the others, and left out.
pub const SEGMENTS_LEFT_OUT: &str = "meanwhile.segments.left_out";
