//! Reads a message by its layout. A field that comes again replaces what it said before, or, where it is a message,
//! adds to it; a member of a oneof takes back what the others said.

use meanwhile_proto::errors::Reason;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, encode_key, skip_field};

use super::layout::{Field, Form, Layout, Slot};
use super::{finish, malformed};
use crate::fault::Fault;
use crate::value::Value;

/// A request on its way to values.
pub(super) struct Reading<'a> {
    layout: &'a Layout,
    values: Vec<Value>,
    /// Which fields are there, in the sense of REQUIRED: without presence, a default value is none.
    marks: Vec<bool>,
}

impl<'a> Reading<'a> {
    pub fn new(layout: &'a Layout) -> Self {
        Self { layout, values: vec![Value::Null; layout.slots()], marks: vec![false; layout.marks()] }
    }

    pub fn finish(mut self) -> Result<Vec<Value>, Fault> {
        let update = self.layout.update();
        let asked =
            update.map(|update| update.answer(&self.values, &self.marks)).transpose()?.unwrap_or_default();
        let is_left_alone = |path: &str| update.is_some_and(|update| update.leaves_alone(path, &asked));
        if let Some(missing) = self.missing(Layout::ROOT, &is_left_alone) {
            return Err(required(&missing.path));
        }
        for slot in 0..self.values.len() {
            let plan = self.layout.slot(slot);
            if !plan.in_list {
                self.values[slot] =
                    finish::value(plan, std::mem::replace(&mut self.values[slot], Value::Null))?;
            }
        }
        self.values.extend(asked.into_iter().map(Value::Bool));
        Ok(self.values)
    }

    /// A required field that is not there, in a message that is. What is left alone as it was need not be there.
    fn missing(&self, index: usize, is_left_alone: &impl Fn(&str) -> bool) -> Option<&'a Field> {
        let message = self.layout.message(index);
        if !message.requires {
            return None;
        }
        message.fields.iter().find_map(|field| {
            let there = self.marks[field.marks.start];
            match field.form {
                _ if field.required && !there && !is_left_alone(&field.path) => Some(field),
                Form::Message(inner) if there && !field.repeated => self.missing(inner, is_left_alone),
                _ => None,
            }
        })
    }

    pub fn message(&mut self, index: usize, mut bytes: &[u8]) -> Result<(), Fault> {
        let fields = &self.layout.message(index).fields;
        self.set_defaults(fields);
        while !bytes.is_empty() {
            let (number, wire) =
                decode_key(&mut bytes).map_err(|_| malformed("a field's key is cut off or invalid"))?;
            match fields.binary_search_by_key(&number, |field| field.number) {
                Ok(found) => {
                    let field = &fields[found];
                    field.others.iter().for_each(|&other| self.take_back(&fields[other]));
                    self.marks[field.marks.start] = self.field(field, wire, &mut bytes)?;
                }
                Err(_) => skip(wire, number, &mut bytes)?,
            }
        }
        Ok(())
    }

    /// What is not NULL where it is absent, in a message that is there.
    fn set_defaults(&mut self, fields: &[Field]) {
        for field in fields.iter().filter(|field| !field.presence) {
            let lists = field.below.iter().map(|slot| (*slot, Value::List(Vec::new())));
            for (slot, default) in
                field.slot.map(|slot| (slot, field.default.clone())).into_iter().chain(lists)
            {
                if self.values[slot] == Value::Null {
                    self.values[slot] = default;
                }
            }
        }
    }

    fn take_back(&mut self, field: &Field) {
        self.marks[field.marks.clone()].fill(false);
        field.slot.iter().chain(&field.below).for_each(|&slot| self.values[slot] = Value::Null);
    }

    /// True where the field is there.
    fn field(&mut self, field: &Field, wire: WireType, bytes: &mut &[u8]) -> Result<bool, Fault> {
        if let (Form::Message(_) | Form::Other, Some(slot)) = (field.form, field.slot) {
            self.keep(slot, field.number, wire, bytes)?;
        }
        match field.form {
            Form::Other => skip(wire, field.number, bytes)?,
            Form::Message(index) if field.repeated => self.item(field, index, delimited(wire, bytes)?)?,
            Form::Message(index) => self.message(index, delimited(wire, bytes)?)?,
            form if field.repeated => return self.items(field, form, wire, bytes),
            form => {
                let before = field.slot.map(|slot| std::mem::replace(&mut self.values[slot], Value::Null));
                let value = value(field, form, before.unwrap_or(Value::Null), wire, bytes)?;
                let there = field.presence || value != field.default;
                if let Some(slot) = field.slot {
                    self.values[slot] = value;
                }
                return Ok(there);
            }
        }
        Ok(true)
    }

    /// Keeps the field's bytes, key included, behind those that came before: messages that follow each other are
    /// merged when they are read as one.
    fn keep(&mut self, slot: Slot, number: u32, wire: WireType, bytes: &[u8]) -> Result<(), Fault> {
        let mut rest = bytes;
        skip(wire, number, &mut rest)?;
        let mut kept = match std::mem::replace(&mut self.values[slot], Value::Null) {
            Value::Bytes(kept) => kept,
            _ => Vec::new(),
        };
        encode_key(number, wire, &mut kept);
        kept.extend_from_slice(&bytes[..bytes.len() - rest.len()]);
        self.values[slot] = Value::Bytes(kept);
        Ok(())
    }

    /// A message of a list: each slot in it gets one value more, NULL where the message does not have the field.
    fn item(&mut self, field: &Field, index: usize, bytes: &[u8]) -> Result<(), Fault> {
        self.marks[field.marks.start + 1..field.marks.end].fill(false);
        let lists: Vec<Value> =
            field.below.iter().map(|&slot| std::mem::replace(&mut self.values[slot], Value::Null)).collect();
        self.message(index, bytes)?;
        if let Some(missing) = self.missing(index, &|_| false) {
            return Err(required(&missing.path));
        }
        for (&slot, list) in field.below.iter().zip(lists) {
            let mut items = match list {
                Value::List(items) => items,
                _ => Vec::new(),
            };
            let item = std::mem::replace(&mut self.values[slot], Value::Null);
            items.push(finish::value(self.layout.slot(slot), item)?);
            self.values[slot] = Value::List(items);
        }
        Ok(())
    }

    /// An item of a list, or several packed into one; they follow those that were read before. True where the list
    /// has any.
    fn items(&mut self, field: &Field, form: Form, wire: WireType, bytes: &mut &[u8]) -> Result<bool, Fault> {
        let before = field.slot.map(|slot| std::mem::replace(&mut self.values[slot], Value::Null));
        let mut items = match before {
            Some(Value::List(items)) => items,
            _ => Vec::new(),
        };
        let there = self.marks[field.marks.start];
        let mut read = |bytes: &mut &[u8], wire| {
            let value = match (form, value(field, form, Value::Null, wire, bytes)?) {
                (Form::Known(known), Value::Bytes(content)) => finish::known(&field.path, known, &content)?,
                (_, value) => value,
            };
            field.slot.is_some().then(|| items.push(value));
            Ok(())
        };
        let any = match form.wire_type() {
            item @ (WireType::Varint | WireType::ThirtyTwoBit | WireType::SixtyFourBit)
                if wire == WireType::LengthDelimited =>
            {
                let mut packed = delimited(wire, bytes)?;
                let any = !packed.is_empty();
                while !packed.is_empty() {
                    read(&mut packed, item)?;
                }
                any
            }
            _ => read(bytes, wire).map(|()| true)?,
        };
        if let Some(slot) = field.slot {
            self.values[slot] = Value::List(items);
        }
        Ok(there || any)
    }
}

fn required(path: &str) -> Fault {
    Fault { reason: Reason::FieldRequired, ..Fault::field(path, "this field is required") }
}

/// The field's value; `before` is what it was before, which messages that stand for one value add to.
fn value(
    field: &Field,
    form: Form,
    before: Value,
    wire: WireType,
    bytes: &mut &[u8],
) -> Result<Value, Fault> {
    Ok(match form {
        Form::Double => Value::Float(f64::from_le_bytes(fixed(wire, WireType::SixtyFourBit, bytes)?)),
        Form::Float => Value::Float(f32::from_le_bytes(fixed(wire, WireType::ThirtyTwoBit, bytes)?).into()),
        Form::Fixed32 => Value::Int(u32::from_le_bytes(fixed(wire, WireType::ThirtyTwoBit, bytes)?).into()),
        Form::Sfixed32 => Value::Int(i32::from_le_bytes(fixed(wire, WireType::ThirtyTwoBit, bytes)?).into()),
        Form::Fixed64 => Value::uint(u64::from_le_bytes(fixed(wire, WireType::SixtyFourBit, bytes)?)),
        Form::Sfixed64 => Value::Int(i64::from_le_bytes(fixed(wire, WireType::SixtyFourBit, bytes)?)),
        Form::Int64 => Value::Int(varint(wire, bytes)? as i64),
        Form::Uint64 => Value::uint(varint(wire, bytes)?),
        // Protobuf cuts 64-bit varints down to the field's 32 bits.
        Form::Int32 | Form::Enum => Value::Int((varint(wire, bytes)? as i32).into()),
        Form::Uint32 => Value::Int((varint(wire, bytes)? as u32).into()),
        Form::Sint32 => Value::Int((zigzag(u64::from(varint(wire, bytes)? as u32)) as i32).into()),
        Form::Sint64 => Value::Int(zigzag(varint(wire, bytes)?)),
        Form::Bool => Value::Bool(varint(wire, bytes)? != 0),
        Form::String => text(field, delimited(wire, bytes)?)?,
        Form::Bytes => Value::Bytes(delimited(wire, bytes)?.to_vec()),
        Form::Known(_) => Value::Bytes(joined(before, delimited(wire, bytes)?)),
        Form::Wrapper(form) => wrapped(field, *form, before, delimited(wire, bytes)?)?,
        Form::Message(_) | Form::Other => Value::Null,
    })
}

fn zigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// The content of a message that comes in pieces.
fn joined(before: Value, bytes: &[u8]) -> Vec<u8> {
    match before {
        Value::Bytes(mut content) => {
            content.extend_from_slice(bytes);
            content
        }
        _ => bytes.to_vec(),
    }
}

fn text(field: &Field, bytes: &[u8]) -> Result<Value, Fault> {
    super::text(&field.path, bytes).map(|text| Value::Text(text.to_owned()))
}

fn wrapped(field: &Field, form: Form, before: Value, mut bytes: &[u8]) -> Result<Value, Fault> {
    let mut wrapped = if before == Value::Null { form.default() } else { before };
    while !bytes.is_empty() {
        let (number, wire) = decode_key(&mut bytes).map_err(|_| malformed("a wrapper is cut off"))?;
        match number {
            1 => wrapped = value(field, form, Value::Null, wire, &mut bytes)?,
            _ => skip(wire, number, &mut bytes)?,
        }
    }
    Ok(wrapped)
}

pub(super) fn varint(wire: WireType, bytes: &mut &[u8]) -> Result<u64, Fault> {
    expect(wire, WireType::Varint)?;
    decode_varint(bytes).map_err(|_| malformed("a number is cut off or too long"))
}

fn fixed<const N: usize>(wire: WireType, wanted: WireType, bytes: &mut &[u8]) -> Result<[u8; N], Fault> {
    expect(wire, wanted)?;
    let (value, rest) = bytes.split_first_chunk().ok_or_else(|| malformed("a number is cut off"))?;
    *bytes = rest;
    Ok(*value)
}

pub(super) fn delimited<'a>(wire: WireType, bytes: &mut &'a [u8]) -> Result<&'a [u8], Fault> {
    expect(wire, WireType::LengthDelimited)?;
    let length = decode_varint(bytes).map_err(|_| malformed("a length is cut off"))?;
    let cut = usize::try_from(length).ok().and_then(|length| bytes.split_at_checked(length));
    let (value, rest) = cut.ok_or_else(|| malformed("a field is longer than the message"))?;
    *bytes = rest;
    Ok(value)
}

fn expect(wire: WireType, wanted: WireType) -> Result<(), Fault> {
    if wire == wanted { Ok(()) } else { Err(malformed("a field has another field's encoding")) }
}

pub(super) fn skip(wire: WireType, number: u32, bytes: &mut &[u8]) -> Result<(), Fault> {
    skip_field(wire, number, bytes, DecodeContext::default()).map_err(|_| malformed("a field is cut off"))
}
