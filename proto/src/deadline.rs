//! A call's deadline: read from `grpc-timeout`, held to the server's own limit, and passed on as what is left.

use std::future::Future;
use std::io::Write as _;
use std::time::Duration;

use crate::errors::{Reason, status};
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::{Instant, timeout_at};
use tonic::Status;

/// The header of gRPC over HTTP/2 that says how long a call may take.
pub const GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

/// The most digits that gRPC allows.
const MAX_DIGITS: usize = 8;

/// When a call ends, answered or not.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// What the client asks for, but no later than `limit` from now.
    ///
    /// # Errors
    /// INVALID_ARGUMENT where the header is not one that gRPC allows.
    pub fn from_headers(headers: &HeaderMap, limit: Duration) -> Result<Self, Status> {
        let mut values = headers.get_all(GRPC_TIMEOUT).iter();
        let asked = match (values.next(), values.next()) {
            (None, _) => limit,
            (Some(value), None) => parse(value).ok_or_else(malformed)?,
            (Some(_), Some(_)) => return Err(malformed()),
        };
        Ok(Self(Instant::now() + asked.min(limit)))
    }

    /// Waits for `future`, but not past the deadline.
    ///
    /// # Errors
    /// DEADLINE_EXCEEDED.
    pub fn bound<F: Future>(self, future: F) -> impl Future<Output = Result<F::Output, Status>> {
        // An async fn would have room for the future twice, as its argument and as what it awaits.
        timeout_at(self.0, future).map(|result| result.map_err(|_| exceeded()))
    }

    /// The moment itself.
    pub fn instant(self) -> Instant {
        self.0
    }

    /// The `grpc-timeout` that is left.
    ///
    /// # Errors
    /// DEADLINE_EXCEEDED where less than a microsecond is left.
    pub fn left(self) -> Result<HeaderValue, Status> {
        let left = self.0.saturating_duration_since(Instant::now());
        encode(left).ok_or_else(exceeded)
    }
}

/// The status of a call that ran out of time.
pub fn exceeded() -> Status {
    status(Reason::DeadlineExceeded, "the deadline passed before the reply was complete", &[])
}

fn malformed() -> Status {
    let message = "grpc-timeout is not one number of at most 8 digits and a unit: H, M, S, m, u or n";
    status(Reason::RequestMalformed, message, &[("header", GRPC_TIMEOUT.as_str())])
}

fn parse(value: &HeaderValue) -> Option<Duration> {
    let (unit, digits) = value.as_bytes().split_last()?;
    if digits.is_empty() || digits.len() > MAX_DIGITS || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    match unit {
        b'H' => Some(Duration::from_secs(number * 3_600)),
        b'M' => Some(Duration::from_secs(number * 60)),
        b'S' => Some(Duration::from_secs(number)),
        b'm' => Some(Duration::from_millis(number)),
        b'u' => Some(Duration::from_micros(number)),
        b'n' => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

/// The finest unit from microseconds up in which it fits, rounded down; none where that is nothing.
fn encode(left: Duration) -> Option<HeaderValue> {
    const TOO_MANY: u128 = 10_u128.pow(MAX_DIGITS as u32);
    let units = [(left.as_micros(), 'u'), (left.as_millis(), 'm'), (u128::from(left.as_secs()), 'S')];
    let (number, unit) = units.into_iter().find(|(number, _)| *number < TOO_MANY)?;
    let number = u64::try_from(number).ok().filter(|number| *number > 0)?;
    let mut text = [0; MAX_DIGITS + 1];
    let mut rest = &mut text[..];
    write!(rest, "{number}{unit}").ok()?;
    let unused = rest.len();
    let mut value = HeaderValue::from_bytes(&text[..text.len() - unused]).ok()?;
    // No other call has this value: it shall not push out of HPACK's table what all calls have (RFC 7541 section 7.1.3).
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<Duration> {
        parse(&HeaderValue::from_str(text).unwrap())
    }

    #[test]
    fn every_unit_is_read() {
        assert_eq!(parsed("2H"), Some(Duration::from_secs(7_200)));
        assert_eq!(parsed("2M"), Some(Duration::from_secs(120)));
        assert_eq!(parsed("2S"), Some(Duration::from_secs(2)));
        assert_eq!(parsed("2m"), Some(Duration::from_millis(2)));
        assert_eq!(parsed("2u"), Some(Duration::from_micros(2)));
        assert_eq!(parsed("2n"), Some(Duration::from_nanos(2)));
        assert_eq!(parsed("99999999H"), Some(Duration::from_secs(99_999_999 * 3_600)));
    }

    #[test]
    fn what_the_specification_does_not_allow_is_refused() {
        for text in ["", "S", "1", "1s", "-1S", "+1S", "1.5S", " 1S", "1S ", "123456789m", "1mm", "0x1S"] {
            assert_eq!(parsed(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_is_left_takes_at_most_eight_digits_and_is_never_more() {
        for (left, text) in [
            (Duration::from_nanos(1_999), "1u"),
            (Duration::from_secs(60), "60000000u"),
            (Duration::from_micros(100_000_999), "100000m"),
            (Duration::from_secs(100_000), "100000S"),
        ] {
            assert_eq!(encode(left).unwrap(), text);
        }
        assert_eq!(encode(Duration::from_nanos(999)), None);
    }

    #[tokio::test(start_paused = true)]
    async fn the_earliest_of_client_and_limit_holds() {
        let limit = Duration::from_secs(60);
        let deadline = |text: &str| {
            let headers = HeaderMap::from_iter([(GRPC_TIMEOUT, HeaderValue::from_str(text).unwrap())]);
            Deadline::from_headers(&headers, limit).unwrap().instant() - Instant::now()
        };
        assert_eq!(deadline("2S"), Duration::from_secs(2));
        assert_eq!(deadline("2H"), limit);
        assert_eq!(
            Deadline::from_headers(&HeaderMap::new(), limit).unwrap().instant() - Instant::now(),
            limit
        );
    }
}
