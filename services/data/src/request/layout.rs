//! The layout of a request message, worked out once: which field numbers there are, how each is encoded, and which
//! slot its value goes to.

use meanwhile_catalog::is_required;
use prost_reflect::{Cardinality, FieldDescriptor, Kind, MessageDescriptor};

use crate::value::Value;

/// Where a parameter's value lies after reading.
pub type Slot = usize;

/// The way to a wanted field from the message at hand, and the slot for its value.
type Wanted<'a> = (&'a [FieldDescriptor], Slot);

/// Messages inside messages are laid out no deeper than this; below, they are passed over.
const MAX_NESTING: usize = 8;

/// A request message's layout. The message of index [`Layout::ROOT`] is the request itself.
#[derive(Debug)]
pub struct Layout {
    messages: Vec<Message>,
    slots: usize,
}

#[derive(Debug, Default)]
pub(super) struct Message {
    /// In order of number.
    pub fields: Vec<Field>,
}

#[derive(Debug)]
pub(super) struct Field {
    pub number: u32,
    pub path: String,
    pub form: Form,
    pub repeated: bool,
    pub required: bool,
    /// False: an absent field has its type's default value.
    pub presence: bool,
    pub slot: Option<Slot>,
    /// The slots of the other members of its oneof.
    pub others: Vec<Slot>,
}

/// How a field is encoded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Form {
    Double,
    Float,
    Int64,
    Uint64,
    Int32,
    Uint32,
    Sint32,
    Sint64,
    Fixed32,
    Fixed64,
    Sfixed32,
    Sfixed64,
    Bool,
    Enum,
    String,
    Bytes,
    Timestamp,
    /// A message of google.protobuf's wrappers, with the form of its value.
    Wrapper(&'static Form),
    /// A message that is laid out, by index.
    Message(usize),
    /// A message, map entry or group that is passed over.
    Other,
}

impl Layout {
    pub(super) const ROOT: usize = 0;

    /// Lays out `message`; `paths` are the fields whose values are wanted, and their slots are in the same order.
    pub fn new(message: &MessageDescriptor, paths: &[Vec<FieldDescriptor>]) -> Self {
        let mut layout = Self { messages: Vec::new(), slots: paths.len() };
        let wanted = paths.iter().enumerate().map(|(slot, path)| (path.as_slice(), slot)).collect();
        layout.add(message, wanted, &[]);
        layout
    }

    /// How many values a reading has.
    pub fn slots(&self) -> usize {
        self.slots
    }

    pub(super) fn message(&self, index: usize) -> &Message {
        &self.messages[index]
    }

    fn add(&mut self, message: &MessageDescriptor, wanted: Vec<Wanted<'_>>, above: &[String]) -> usize {
        let index = self.messages.len();
        self.messages.push(Message::default());
        let mut fields = Vec::new();
        for field in message.fields() {
            let here = |(path, slot): &Wanted<'_>| (path.len() == 1 && path[0] == field).then_some(*slot);
            let slot = wanted.iter().find_map(here);
            let through = wanted.iter().filter(|(path, _)| path.len() > 1 && path[0] == field);
            let below = through.map(|(path, slot)| (&path[1..], *slot)).collect();
            fields.push(Field {
                number: field.number(),
                path: path_of(above, &field),
                form: self.form(&field, below, above),
                repeated: field.cardinality() == Cardinality::Repeated,
                required: is_required(&field),
                presence: field.supports_presence(),
                slot,
                others: other_slots(&field, &wanted),
            });
        }
        fields.sort_by_key(|field| field.number);
        self.messages[index].fields = fields;
        index
    }

    fn form(&mut self, field: &FieldDescriptor, below: Vec<Wanted<'_>>, above: &[String]) -> Form {
        match field.kind() {
            Kind::Message(message) => match well_known(message.full_name()) {
                Some(form) if below.is_empty() => form,
                _ if field.is_map() || field.is_list() || above.len() == MAX_NESTING => Form::Other,
                _ if below.is_empty() && above.iter().any(|name| name == field.name()) => Form::Other,
                _ => {
                    let mut path = above.to_vec();
                    path.push(field.name().to_owned());
                    Form::Message(self.add(&message, below, &path))
                }
            },
            kind => scalar(&kind),
        }
    }
}

fn path_of(above: &[String], field: &FieldDescriptor) -> String {
    above.iter().map(String::as_str).chain([field.name()]).collect::<Vec<_>>().join(".")
}

fn other_slots(field: &FieldDescriptor, wanted: &[Wanted<'_>]) -> Vec<Slot> {
    let Some(oneof) = field.containing_oneof() else { return Vec::new() };
    let member =
        |path: &[FieldDescriptor]| path[0] != *field && path[0].containing_oneof().as_ref() == Some(&oneof);
    wanted.iter().filter(|(path, _)| member(path)).map(|(_, slot)| *slot).collect()
}

fn scalar(kind: &Kind) -> Form {
    match kind {
        Kind::Double => Form::Double,
        Kind::Float => Form::Float,
        Kind::Int64 => Form::Int64,
        Kind::Uint64 => Form::Uint64,
        Kind::Int32 => Form::Int32,
        Kind::Uint32 => Form::Uint32,
        Kind::Sint32 => Form::Sint32,
        Kind::Sint64 => Form::Sint64,
        Kind::Fixed32 => Form::Fixed32,
        Kind::Fixed64 => Form::Fixed64,
        Kind::Sfixed32 => Form::Sfixed32,
        Kind::Sfixed64 => Form::Sfixed64,
        Kind::Bool => Form::Bool,
        Kind::Enum(_) => Form::Enum,
        Kind::String => Form::String,
        Kind::Bytes => Form::Bytes,
        Kind::Message(_) => Form::Other,
    }
}

fn well_known(name: &str) -> Option<Form> {
    Some(match name.strip_prefix("google.protobuf.")? {
        "Timestamp" => Form::Timestamp,
        "DoubleValue" => Form::Wrapper(&Form::Double),
        "FloatValue" => Form::Wrapper(&Form::Float),
        "Int64Value" => Form::Wrapper(&Form::Int64),
        "UInt64Value" => Form::Wrapper(&Form::Uint64),
        "Int32Value" => Form::Wrapper(&Form::Int32),
        "UInt32Value" => Form::Wrapper(&Form::Uint32),
        "BoolValue" => Form::Wrapper(&Form::Bool),
        "StringValue" => Form::Wrapper(&Form::String),
        "BytesValue" => Form::Wrapper(&Form::Bytes),
        _ => return None,
    })
}

impl Form {
    /// The value of a field of this form that is absent and has no presence.
    pub(super) fn default(self) -> Value {
        match self {
            Self::Double | Self::Float => Value::Float(0.0),
            Self::Bool => Value::Bool(false),
            Self::String => Value::Text(String::new()),
            Self::Bytes => Value::Bytes(Vec::new()),
            Self::Timestamp | Self::Wrapper(_) | Self::Message(_) | Self::Other => Value::Null,
            _ => Value::Int(0),
        }
    }
}
