//! What a client is told when the hop to the data service fails. A write that may have happened is never UNAVAILABLE,
//! because clients send those again; and nothing of the cause is shown, as it names inner addresses.

use http::StatusCode;
use meanwhile_proto::errors::{Reason, status};
use meanwhile_transport::SendError;
use tonic::Status;

use crate::MethodFacts;

/// The upstream's name in `ErrorInfo`.
const DATA: (&str, &str) = ("upstream", "data");

/// The request got no response.
pub(crate) fn of_send(error: &SendError, facts: MethodFacts) -> Status {
    match error {
        SendError::NotSent(_) => unavailable("the data service could not be reached"),
        SendError::Broken(_) => broken(facts),
    }
}

/// The exchange broke off after the data service may have run the call.
pub(crate) fn broken(facts: MethodFacts) -> Status {
    if facts.reads_only {
        return unavailable("the data service broke off before its reply was complete");
    }
    let message = "the data service broke off: whether the write happened is not known";
    status(Reason::WriteOutcomeUnknown, message, &[DATA])
}

/// The response is not one of gRPC: what answers there is a proxy, or another service.
pub(crate) fn of_response(code: StatusCode, facts: MethodFacts) -> Status {
    match code {
        // A proxy that gave up on a data service which may be running the call.
        StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT | StatusCode::SERVICE_UNAVAILABLE => {
            broken(facts)
        }
        _ => status(Reason::Internal, "what answers as the data service does not speak gRPC", &[DATA]),
    }
}

fn unavailable(message: &str) -> Status {
    status(Reason::UpstreamUnavailable, message, &[DATA])
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic::Code;

    const READ: MethodFacts = MethodFacts { timeout: None, reads_only: true };
    const WRITE: MethodFacts = MethodFacts { timeout: None, reads_only: false };

    #[test]
    fn what_was_not_sent_may_be_sent_again_even_if_it_writes() {
        let error = SendError::NotSent("refused".into());
        assert_eq!(of_send(&error, WRITE).code(), Code::Unavailable);
    }

    #[test]
    fn a_broken_write_is_unknown_and_a_broken_read_unavailable() {
        let error = SendError::Broken("reset".into());
        assert_eq!(of_send(&error, WRITE).code(), Code::Unknown);
        assert_eq!(of_send(&error, READ).code(), Code::Unavailable);
    }

    #[test]
    fn a_gateway_error_on_a_write_is_not_unavailable() {
        assert_eq!(of_response(StatusCode::GATEWAY_TIMEOUT, WRITE).code(), Code::Unknown);
        assert_eq!(of_response(StatusCode::GATEWAY_TIMEOUT, READ).code(), Code::Unavailable);
        assert_eq!(of_response(StatusCode::NOT_FOUND, WRITE).code(), Code::Internal);
    }

    #[test]
    fn the_cause_is_not_shown() {
        let error = SendError::NotSent("tcp connect error 10.0.0.7:8081".into());
        assert!(!format!("{:?}", of_send(&error, READ)).contains("10.0.0.7"));
    }
}
