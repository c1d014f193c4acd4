//! What was played and what was seen of it, as JSON for programs: the requests as the client saw them, and the window as
//! `meanwhile.v1.Timeline` tells it (proto/meanwhile/v1/timeline.proto), to the nanosecond.

use meanwhile_proto::v1::{GetWindowResponse, TIMELINE_DESCRIPTORS};
use meanwhile_telemetry::code_name;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};
use serde::Serialize;

use crate::headline::{Fact, headline};
use crate::seen::{Seen, Unseen};
use crate::send::Played;

/// One play of a scenario.
#[derive(Debug, Serialize)]
pub struct Told {
    /// What it was, where a scenario is played more than once.
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'static str,
    requests: Vec<Request>,
    /// What the dashboard tells of exactly their time.
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<DynamicMessage>,
    /// The figures of it that the page has first, in its words.
    #[serde(skip_serializing_if = "Option::is_none")]
    headline: Option<[Fact; 3]>,
    /// The page that shows the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
    /// Why there is no window.
    #[serde(skip_serializing_if = "Option::is_none")]
    unseen: Option<String>,
}

/// A request as its client saw it; times are from the start.
#[derive(Debug, Serialize)]
struct Request {
    method: String,
    /// By which its lane is found in the window.
    trace_id: String,
    sent_ms: f64,
    reply_ms: f64,
    code: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    message: String,
}

/// A play, and what was seen of it where that was asked.
pub fn told(name: &'static str, played: &Played, seen: Option<&Result<Seen, Unseen>>) -> Told {
    let requests = played.requests.iter().map(|request| Request {
        method: request.method.clone(),
        trace_id: request.trace_id.clone(),
        sent_ms: request.sent.as_secs_f64() * 1e3,
        reply_ms: request.done.as_secs_f64() * 1e3,
        code: code_name(request.code),
        message: request.message.clone(),
    });
    let shown = seen.and_then(|seen| seen.as_ref().ok());
    Told {
        name,
        requests: requests.collect(),
        window: shown.and_then(|seen| json(&seen.window)),
        headline: shown.and_then(|seen| seen.window.figures.as_ref()).map(headline),
        page: shown.and_then(|seen| seen.page.clone()),
        unseen: seen.and_then(|seen| seen.as_ref().err()).map(ToString::to_string),
    }
}

/// By protobuf's own JSON mapping.
fn json(window: &GetWindowResponse) -> Option<DynamicMessage> {
    let pool = DescriptorPool::decode(TIMELINE_DESCRIPTORS).ok()?;
    let descriptor = pool.get_message_by_name("meanwhile.v1.GetWindowResponse")?;
    DynamicMessage::decode(descriptor, window.encode_to_vec().as_slice()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_told_as_other_tools_have_it() {
        let window = GetWindowResponse { total_size: 3, ..GetWindowResponse::default() };
        assert_eq!(serde_json::to_string(&json(&window).unwrap()).unwrap(), r#"{"totalSize":3}"#);
    }
}
