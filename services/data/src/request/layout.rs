//! The layout of a request message, worked out once: which field numbers there are, how each is encoded, and which
//! slot its value goes to.

use std::ops::Range;

use meanwhile_catalog::is_required;
use prost::encoding::WireType;
use prost_reflect::{Cardinality, FieldDescriptor, Kind, MessageDescriptor};

use super::update::{Update, UpdatePlan};
use crate::value::{Known, Structured, Value};

/// Where a parameter's value lies after reading.
pub type Slot = usize;

/// The way to a wanted field from the message at hand, and the slot for its value; none where it is only asked whether it
/// is there.
type Wanted<'a> = (&'a [FieldDescriptor], Option<Slot>);

/// Messages that hold nothing wanted are laid out no deeper than this, for their required fields alone; below, they are
/// passed over, and so is a message that lies in one of its own kind.
const MAX_NESTING: usize = 8;

/// A request message's layout. The message of index [`Layout::ROOT`] is the request itself.
#[derive(Debug)]
pub struct Layout {
    messages: Vec<Message>,
    slots: Vec<SlotPlan>,
    marks: usize,
    /// How its `update_mask` is read, where it has one.
    update: Option<UpdatePlan>,
}

#[derive(Debug, Default)]
pub(super) struct Message {
    /// In order of number.
    pub fields: Vec<Field>,
    /// True where a field in it, however deep, is required.
    pub requires: bool,
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
    /// The value where it is absent and has no presence.
    pub default: Value,
    pub slot: Option<Slot>,
    /// The slots of what lies in it.
    pub below: Vec<Slot>,
    /// Its mark, the first, and those of what lies in it.
    pub marks: Range<usize>,
    /// The other members of its oneof, by index.
    pub others: Vec<usize>,
}

/// What becomes of a slot's value once all of its message is read.
#[derive(Debug, Clone)]
pub(super) struct SlotPlan {
    pub path: String,
    pub finish: Finish,
    /// True where each item of a list gives one value, so that the slot's is a list of them.
    pub in_list: bool,
}

/// What a value is made of: some messages are read only when all of their bytes are there.
#[derive(Debug, Clone)]
pub(super) enum Finish {
    /// It is what was read.
    AsRead,
    /// The content of a message that stands for one value.
    Known(Known),
    /// The fields, keys included, of the message that this field is in.
    Whole(FieldDescriptor),
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
    /// A message that stands for one value.
    Known(Known),
    /// A message of google.protobuf's wrappers, with the form of its value.
    Wrapper(&'static Form),
    /// A message that is laid out, by index.
    Message(usize),
    /// A message, map entry or group of which nothing inside is wanted.
    Other,
}

impl Layout {
    pub(super) const ROOT: usize = 0;

    /// Lays out `message`; `paths` are the fields whose values are wanted, and their slots are in the same order. Behind
    /// them are those of the fields that `update` asks about.
    pub fn new(
        message: &MessageDescriptor,
        paths: &[Vec<FieldDescriptor>],
        update: Option<Update<'_>>,
    ) -> Self {
        let slots = paths.iter().map(|path| SlotPlan::of(path)).collect();
        let mut layout = Self { messages: Vec::new(), slots, marks: 0, update: None };
        let asked = update.as_ref().map_or(&[][..], |update| update.asked);
        let values = paths.iter().enumerate().map(|(slot, path)| (path.as_slice(), Some(slot)));
        let wanted: Vec<Wanted<'_>> =
            values.chain(asked.iter().map(|path| (path.as_slice(), None))).collect();
        layout.add(message, &wanted, &[]);
        layout.update = update.map(|update| UpdatePlan::new(&update, &layout));
        layout
    }

    pub(super) fn update(&self) -> Option<&UpdatePlan> {
        self.update.as_ref()
    }

    /// The mark of the field at the end of a way.
    pub(super) fn mark(&self, way: &[FieldDescriptor]) -> Option<usize> {
        let (mut message, mut mark) = (Some(Self::ROOT), None);
        for step in way {
            let fields = &self.messages[message?].fields;
            let field = &fields[fields.binary_search_by_key(&step.number(), |field| field.number).ok()?];
            mark = Some(field.marks.start);
            message = if let Form::Message(inner) = field.form { Some(inner) } else { None };
        }
        mark
    }

    /// How many values a reading has.
    pub fn slots(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn slot(&self, slot: Slot) -> &SlotPlan {
        &self.slots[slot]
    }

    /// How many fields there are in all messages together.
    pub(super) fn marks(&self) -> usize {
        self.marks
    }

    pub(super) fn message(&self, index: usize) -> &Message {
        &self.messages[index]
    }

    /// `above` are the fields that lead to the message.
    fn add(
        &mut self,
        message: &MessageDescriptor,
        wanted: &[Wanted<'_>],
        above: &[FieldDescriptor],
    ) -> usize {
        let index = self.messages.len();
        self.messages.push(Message::default());
        let mut descriptors: Vec<FieldDescriptor> = message.fields().collect();
        descriptors.sort_by_key(FieldDescriptor::number);
        let mut fields = Vec::new();
        for descriptor in &descriptors {
            let mut field = self.field(descriptor, wanted, above);
            field.others = other_members(descriptor, &descriptors);
            fields.push(field);
        }
        let requires = fields.iter().any(|field| {
            field.required || matches!(field.form, Form::Message(inner) if self.messages[inner].requires)
        });
        self.messages[index] = Message { fields, requires };
        index
    }

    fn field(&mut self, field: &FieldDescriptor, wanted: &[Wanted<'_>], above: &[FieldDescriptor]) -> Field {
        let here: Vec<&Wanted<'_>> = wanted.iter().filter(|(path, _)| path[0] == *field).collect();
        let below: Vec<Wanted<'_>> =
            here.iter().filter(|(path, _)| path.len() > 1).map(|(path, slot)| (&path[1..], *slot)).collect();
        let first_mark = self.marks;
        self.marks += 1;
        let form = self.form(field, &below, above);
        Field {
            number: field.number(),
            path: path_of(above, field),
            form,
            repeated: field.cardinality() == Cardinality::Repeated,
            required: is_required(field),
            presence: field.supports_presence(),
            default: match form {
                _ if field.is_list() => Value::List(Vec::new()),
                _ if field.is_map() => Value::Structured(Structured::empty_map().into()),
                form => form.default(),
            },
            slot: here.iter().find_map(|(path, slot)| slot.filter(|_| path.len() == 1)),
            below: below.iter().filter_map(|(_, slot)| *slot).collect(),
            marks: first_mark..self.marks,
            others: Vec::new(),
        }
    }

    fn form(&mut self, field: &FieldDescriptor, below: &[Wanted<'_>], above: &[FieldDescriptor]) -> Form {
        let message = match field.kind() {
            Kind::Message(message) => message,
            kind => return scalar(&kind),
        };
        if let Some(form) = well_known(message.full_name()) {
            return form;
        }
        let is_inside_itself =
            [field].into_iter().chain(above).any(|field| *field.parent_message() == message);
        let is_too_far = is_inside_itself || above.len() == MAX_NESTING;
        if field.is_map() || field.is_group() || (below.is_empty() && is_too_far) {
            return Form::Other;
        }
        let above: Vec<FieldDescriptor> = above.iter().chain([field]).cloned().collect();
        let (messages, marks) = (self.messages.len(), self.marks);
        let index = self.add(&message, below, &above);
        if field.is_list() && below.is_empty() && !self.messages[index].requires {
            // There may be many of them, and nobody asks.
            self.messages.truncate(messages);
            self.marks = marks;
            return Form::Other;
        }
        Form::Message(index)
    }
}

impl SlotPlan {
    fn of(path: &[FieldDescriptor]) -> Self {
        let names: Vec<&str> = path.iter().map(FieldDescriptor::name).collect();
        let in_list = path.iter().rev().skip(1).any(FieldDescriptor::is_list);
        let finish = match path.last() {
            Some(field) => match field.kind() {
                Kind::Message(message) => match well_known(message.full_name()) {
                    Some(Form::Known(known)) if !field.is_list() => Finish::Known(known),
                    Some(_) => Finish::AsRead,
                    None => Finish::Whole(field.clone()),
                },
                _ => Finish::AsRead,
            },
            None => Finish::AsRead,
        };
        Self { path: names.join("."), finish, in_list }
    }
}

fn path_of(above: &[FieldDescriptor], field: &FieldDescriptor) -> String {
    above.iter().chain([field]).map(FieldDescriptor::name).collect::<Vec<_>>().join(".")
}

fn other_members(field: &FieldDescriptor, all: &[FieldDescriptor]) -> Vec<usize> {
    let Some(oneof) = field.containing_oneof() else { return Vec::new() };
    let is_other =
        |other: &FieldDescriptor| other != field && other.containing_oneof().as_ref() == Some(&oneof);
    (0..all.len()).filter(|&index| is_other(&all[index])).collect()
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
    if let Some(known) = Known::of(name) {
        return Some(Form::Known(known));
    }
    Some(match name.strip_prefix("google.protobuf.")? {
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
    /// How a value by itself is encoded.
    pub(super) fn wire_type(self) -> WireType {
        match self {
            Self::Double | Self::Fixed64 | Self::Sfixed64 => WireType::SixtyFourBit,
            Self::Float | Self::Fixed32 | Self::Sfixed32 => WireType::ThirtyTwoBit,
            Self::String | Self::Bytes | Self::Known(_) | Self::Wrapper(_) => WireType::LengthDelimited,
            Self::Message(_) | Self::Other => WireType::LengthDelimited,
            _ => WireType::Varint,
        }
    }

    /// The value of a field of this form that is absent and has no presence.
    pub(super) fn default(self) -> Value {
        match self {
            Self::Double | Self::Float => Value::Float(0.0),
            Self::Bool => Value::Bool(false),
            Self::String => Value::Text(String::new()),
            Self::Bytes => Value::Bytes(Vec::new()),
            Self::Known(_) | Self::Wrapper(_) | Self::Message(_) | Self::Other => Value::Null,
            _ => Value::Int(0),
        }
    }
}
