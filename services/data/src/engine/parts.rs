//! A composite reply: which part runs when, and how the reply is put together.

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor, ReflectMessage as _, Value as ProtoValue};

use super::{Call, Engine, PartReply, Reply};
use crate::bind::BoundPart;
use crate::fault::Fault;
use crate::instant::Instant;
use crate::rows::with_length;
use crate::value::Value;

/// How far a part is.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Progress {
    Waiting,
    Running,
    Done,
    /// Optional, and failed: what needs it goes without too.
    Missing,
}

impl Engine {
    pub(super) async fn composite(&self, call: &Call<'_>) -> Result<Reply, Fault> {
        let parts = &call.method.parts;
        let mut progress = vec![Progress::Waiting; parts.len()];
        let mut replies: Vec<Option<PartReply>> = parts.iter().map(|_| None).collect();
        let mut running = FuturesUnordered::new();
        loop {
            while let Some(index) = next(parts, &progress) {
                if self.one_at_a_time && !running.is_empty() {
                    break;
                }
                progress[index] = Progress::Running;
                let (part, arguments) = (&parts[index], call.arguments(&parts[index], &replies));
                running.push(async move { (index, self.part(call, part, arguments).await) });
            }
            let Some((index, result)) = running.next().await else { break };
            progress[index] = settle(call, &parts[index], result, &mut replies[index])?;
            mark_orphans(parts, &mut progress)?;
        }
        Ok(join(parts, &progress, replies))
    }
}

/// The first part that waits and has all it needs.
pub(super) fn next(parts: &[BoundPart], progress: &[Progress]) -> Option<usize> {
    let ready = |part: &BoundPart| part.needs.iter().all(|&need| progress[need] == Progress::Done);
    (0..parts.len()).find(|&index| progress[index] == Progress::Waiting && ready(&parts[index]))
}

fn settle(
    call: &Call<'_>,
    part: &BoundPart,
    result: Result<PartReply, Fault>,
    reply: &mut Option<PartReply>,
) -> Result<Progress, Fault> {
    match result {
        Ok(given) => {
            *reply = Some(given);
            Ok(Progress::Done)
        }
        Err(fault) if part.optional => {
            let trace_id = call.request.trace_id();
            tracing::info!(%trace_id, method = call.method.name, part = %part.name, %fault, "the reply goes without a part");
            Ok(Progress::Missing)
        }
        Err(fault) => Err(fault),
    }
}

/// A part that needs a missing one is missing too, and so on; where it is not optional there is no reply.
fn mark_orphans(parts: &[BoundPart], progress: &mut [Progress]) -> Result<(), Fault> {
    let orphan = |progress: &[Progress]| {
        let is_missing = |&need: &usize| progress[need] == Progress::Missing;
        let waits = |index: &usize| progress[*index] == Progress::Waiting;
        (0..parts.len()).filter(waits).find(|&index| parts[index].needs.iter().any(is_missing))
    };
    while let Some(index) = orphan(progress) {
        if !parts[index].optional {
            let message = format!("{} needs a part that failed", parts[index].name);
            return Err(Fault::new(meanwhile_proto::errors::Reason::UpstreamUnavailable, message));
        }
        progress[index] = Progress::Missing;
    }
    Ok(())
}

pub(super) fn join(parts: &[BoundPart], progress: &[Progress], replies: Vec<Option<PartReply>>) -> Reply {
    let mut reply = Reply::default();
    for (part, (progress, given)) in parts.iter().zip(progress.iter().zip(replies)) {
        match given {
            Some(given) => reply.bytes.extend_from_slice(&given.bytes),
            None if *progress == Progress::Missing => reply.missing.push(part.name.clone()),
            None => {}
        }
    }
    reply
}

/// A web service's message as the part of a reply.
pub(super) fn from_message(
    part: &BoundPart,
    message: &DynamicMessage,
    exports: &[FieldDescriptor],
) -> PartReply {
    let mut bytes = Vec::new();
    match &part.field {
        Some(key) => {
            key.write(&mut bytes);
            with_length(&mut bytes, |bytes| write(message, bytes));
        }
        None => write(message, &mut bytes),
    }
    PartReply { bytes, exports: exports.iter().map(|field| exported(message, field)).collect() }
}

fn write(message: &DynamicMessage, bytes: &mut Vec<u8>) {
    // A vector grows as needed, so encoding into one cannot run out of room.
    let _ = message.encode(bytes);
}

fn exported(message: &DynamicMessage, field: &FieldDescriptor) -> Value {
    if field.supports_presence() && !message.has_field(field) {
        return Value::Null;
    }
    match message.get_field(field).as_ref() {
        ProtoValue::Bool(value) => Value::Bool(*value),
        ProtoValue::I32(value) => Value::Int((*value).into()),
        ProtoValue::I64(value) => Value::Int(*value),
        ProtoValue::U32(value) => Value::Int((*value).into()),
        ProtoValue::U64(value) => Value::uint(*value),
        ProtoValue::F32(value) => Value::Float((*value).into()),
        ProtoValue::F64(value) => Value::Float(*value),
        ProtoValue::String(value) => Value::Text(value.clone()),
        ProtoValue::Bytes(value) => Value::Bytes(value.to_vec()),
        ProtoValue::EnumNumber(value) => Value::Int((*value).into()),
        ProtoValue::Message(inner) => value_of(inner),
        _ => Value::Null,
    }
}

/// The value of a message that stands for one: a Timestamp, or one of google.protobuf's wrappers.
fn value_of(message: &DynamicMessage) -> Value {
    let descriptor = message.descriptor();
    let part = |number| message.get_field_by_number(number).map(|value| value.into_owned());
    match (descriptor.full_name(), part(1), part(2)) {
        ("google.protobuf.Timestamp", Some(ProtoValue::I64(seconds)), Some(ProtoValue::I32(nanos))) => {
            Instant::new(seconds, nanos).map_or(Value::Null, Value::Instant)
        }
        (name, Some(_), None) if name.starts_with("google.protobuf.") && name.ends_with("Value") => {
            descriptor.get_field(1).map_or(Value::Null, |field| exported(message, &field))
        }
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{contract, message};

    #[test]
    fn a_web_services_fields_are_values_for_other_parts() {
        let pool = contract(
            "message M { int32 n = 1; google.protobuf.Timestamp at = 2; google.protobuf.Int64Value w = 3; M inner = 4; string absent = 5; google.protobuf.Timestamp never = 6; }",
        );
        let descriptor = message(&pool, "M");
        let mut json = serde_json::Deserializer::from_str(
            r#"{"n": 1, "at": "2024-05-01T00:00:00Z", "w": "7", "inner": {}}"#,
        );
        let message = DynamicMessage::deserialize(descriptor.clone(), &mut json).unwrap();
        let values: Vec<Value> = descriptor.fields().map(|field| exported(&message, &field)).collect();
        let at = Value::Instant("2024-05-01T00:00:00Z".parse().unwrap());
        assert_eq!(
            values,
            [Value::Int(1), at, Value::Int(7), Value::Null, Value::Text(String::new()), Value::Null]
        );
    }
}
