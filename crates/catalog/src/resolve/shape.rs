//! Which part of the reply an answer fills, and with how many rows: read off the reply's message alone.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor};

use super::Resolver;
use super::answers::{Answer, AnswerName};
use super::names::is_value;
use crate::plan::{Page, Shape, Target};
use crate::{Finding, is_required};

const SIZE: &str = "page_size";
const TOKEN: &str = "page_token";
const NEXT: &str = "next_page_token";

/// Where the rows of an answer go: `field` is the part's reply field, or none for the whole reply.
pub(super) fn place(
    resolver: &Resolver<'_>,
    field: Option<&FieldDescriptor>,
    answer: &Answer,
) -> Result<(Target, Shape), Finding> {
    let reply = resolver.descriptor.output();
    let streaming = resolver.descriptor.is_server_streaming();
    match field {
        None if streaming && answer.http.is_some() => Err(resolver.fault(
            "a web call has one reply, and this method streams",
            "answer it with SQL, or do not stream",
        )),
        None if streaming => Ok((Target { message: reply, field: None }, Shape::Stream)),
        None => Ok(whole(reply, answer)),
        Some(_) if streaming => Err(stream_of_parts(resolver)),
        Some(field) if answer.http.is_some() => web_part(resolver, field),
        Some(field) => Ok(part(resolver, field)),
    }
}

pub(super) fn stream_of_parts(resolver: &Resolver<'_>) -> Finding {
    resolver.fault("a stream's messages are rows of one statement", "answer it with one file, not a folder")
}

/// A reply with one repeated message field, and besides it at most what paging needs, is a list; others are one row.
fn whole(reply: MessageDescriptor, answer: &Answer) -> (Target, Shape) {
    if reply.fields().len() == 0 {
        return (Target { message: reply, field: None }, Shape::Nothing);
    }
    match list_field(&reply) {
        Some((field, row)) if answer.http.is_none() => {
            (Target { message: row, field: Some(field) }, Shape::Many)
        }
        _ => (Target { message: reply, field: None }, Shape::One),
    }
}

/// True where the rows of one statement are all of the reply: a list's, or a stream's messages.
pub(super) fn is_rows(method: &MethodDescriptor) -> bool {
    method.is_server_streaming() || list_field(&method.output()).is_some()
}

/// True for the answer whose rows are the list: the whole reply's, or in a folder the first repeated message's.
fn is_list(reply: &MessageDescriptor, answer: &Answer) -> bool {
    match &answer.name {
        AnswerName::Method => list_field(reply).is_some(),
        AnswerName::Part(way) => match way.as_slice() {
            [field] => field.is_list() && is_message(field),
            _ => false,
        },
        AnswerName::Step { .. } | AnswerName::Etag => false,
    }
}

/// True where columns fill the field's message one by one, or those of a list.
fn is_message(field: &FieldDescriptor) -> bool {
    !field.is_map() && field.kind().as_message().is_some_and(|message| !is_value(message.full_name()))
}

fn list_field(reply: &MessageDescriptor) -> Option<(FieldDescriptor, MessageDescriptor)> {
    let mut others = reply.fields().filter(|field| field.name() != NEXT);
    let (field, end) = (others.next()?, others.next());
    match field.kind() {
        Kind::Message(row) if field.is_list() && end.is_none() && is_message(&field) => Some((field, row)),
        _ => None,
    }
}

/// A message's fields are columns; any other field is one column of its own, also a list or a map.
fn part(resolver: &Resolver<'_>, field: &FieldDescriptor) -> (Target, Shape) {
    match field.kind() {
        Kind::Message(message) if is_message(field) => {
            let shape = if field.is_list() { Shape::Many } else { Shape::One };
            (Target { message, field: Some(field.clone()) }, shape)
        }
        _ => (Target { message: resolver.descriptor.output(), field: None }, Shape::One),
    }
}

/// A child's rows go into one repeated field of its parent's rows; `way` leads there from the reply.
pub(super) fn child(
    resolver: &Resolver<'_>,
    way: &[FieldDescriptor],
    answer: &Answer,
) -> Result<(Target, Shape), Finding> {
    if let Some(http) = &answer.http {
        let message = "a web call gives one message, and a child the rows of all its parents";
        return Err(Finding::error(&http.path, message, "answer it with SQL"));
    }
    match way.last().map(|field| (field, field.kind())) {
        Some((field, Kind::Message(message))) if field.is_list() && is_message(field) => {
            Ok((Target { message, field: Some(field.clone()) }, Shape::Many))
        }
        Some((field, _)) => {
            let message = "is no repeated message, and a child's rows fill one";
            Err(field_fault(resolver, field, message, "make it a repeated message"))
        }
        None => Err(resolver.fault("a part without a field", "name its file after a field of the reply")),
    }
}

/// A web call's reply is one JSON object, so it fills one message.
fn web_part(resolver: &Resolver<'_>, field: &FieldDescriptor) -> Result<(Target, Shape), Finding> {
    match field.kind() {
        Kind::Message(message) if !field.is_list() => {
            Ok((Target { message, field: Some(field.clone()) }, Shape::One))
        }
        _ => Err(field_fault(
            resolver,
            field,
            "is no single message, and a web call fills one",
            "make it a message",
        )),
    }
}

pub(super) fn field_fault(
    resolver: &Resolver<'_>,
    field: &FieldDescriptor,
    message: &str,
    mend: &str,
) -> Finding {
    let message = format!("{} {message}", field.full_name());
    resolver.contract.finding(&field.parent_message().parent_file(), field.path(), message, mend)
}

/// The request's field that says what of the reply is wanted.
pub(super) fn read_mask(method: &MethodDescriptor) -> Option<FieldDescriptor> {
    method.input().get_field_by_name("read_mask").filter(is_mask)
}

/// True for a field that holds a mask.
pub(super) fn is_mask(field: &FieldDescriptor) -> bool {
    let kind = field.kind();
    let message = kind.as_message().map(|message| message.full_name() == "google.protobuf.FieldMask");
    message == Some(true) && !field.is_list()
}

/// How the method's list is paged. A method with `page_by` has the three fields that AIP-158 names.
pub(super) fn page(resolver: &Resolver<'_>, answers: &[Answer]) -> Result<Option<Page>, Finding> {
    let columns = resolver.contract.page_by(resolver.descriptor);
    if columns.is_empty() {
        return Ok(None);
    }
    if resolver.descriptor.is_server_streaming() {
        return Err(resolver.fault("page_by on a method that streams", "take page_by or the stream away"));
    }
    let (request, reply) = (resolver.descriptor.input(), resolver.descriptor.output());
    let field = |message: &MessageDescriptor, name: &str, kind: Kind| {
        let found = message.get_field_by_name(name).filter(|field| field.kind() == kind && !field.is_list());
        found.filter(|field| !is_required(field)).ok_or_else(|| {
            let kind = if kind == Kind::Int32 { "int32" } else { "string" };
            let method = resolver.descriptor.name();
            let message = format!("{method} has page_by, and {} has no {kind} {name}", message.full_name());
            resolver.fault(message, format!("add {kind} {name}, not REQUIRED (AIP-158)"))
        })
    };
    let Some(part) = answers.iter().position(|answer| is_list(&reply, answer)) else {
        let mend = "give the reply one repeated message field and next_page_token";
        return Err(resolver.fault("page_by on a method whose reply is no list", mend));
    };
    Ok(Some(Page {
        part,
        columns,
        size: field(&request, SIZE, Kind::Int32)?,
        token: field(&request, TOKEN, Kind::String)?,
        next: field(&reply, NEXT, Kind::String)?,
    }))
}
