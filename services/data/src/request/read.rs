//! Reads a message by its layout.

use jiff::Timestamp;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

use super::layout::{Field, Form, Layout};
use super::malformed;
use crate::fault::Fault;
use crate::value::Value;
use meanwhile_proto::errors::Reason;

/// The least and the most seconds since the epoch that a protobuf Timestamp may have (years 1 to 9999).
const TIMESTAMP_SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

pub(super) fn message(
    layout: &Layout,
    index: usize,
    mut bytes: &[u8],
    values: &mut [Value],
    depth: usize,
) -> Result<(), Fault> {
    let depth = depth.checked_sub(1).ok_or_else(|| malformed("messages lie too deep in each other"))?;
    let fields = &layout.message(index).fields;
    for field in fields.iter().filter(|field| !field.presence && !field.repeated) {
        if let Some(slot) = field.slot {
            values[slot] = field.form.default();
        }
    }
    let mut present = vec![false; fields.len()];
    while !bytes.is_empty() {
        let (number, wire) =
            decode_key(&mut bytes).map_err(|_| malformed("a field's key is cut off or invalid"))?;
        match fields.binary_search_by_key(&number, |field| field.number) {
            Ok(found) => {
                present[found] |= read_field(layout, &fields[found], wire, &mut bytes, values, depth)?
            }
            Err(_) => skip(wire, number, &mut bytes)?,
        }
    }
    match fields.iter().zip(present).find(|(field, present)| field.required && !present) {
        Some((missing, _)) => Err(Fault {
            reason: Reason::FieldRequired,
            ..Fault::field(&missing.path, "this field is required")
        }),
        None => Ok(()),
    }
}

/// True where the field is there in the sense of REQUIRED: without presence, a default value is none.
fn read_field(
    layout: &Layout,
    field: &Field,
    wire: WireType,
    bytes: &mut &[u8],
    values: &mut [Value],
    depth: usize,
) -> Result<bool, Fault> {
    if field.repeated || field.form == Form::Other {
        skip(wire, field.number, bytes)?;
        return Ok(true);
    }
    field.others.iter().for_each(|&other| values[other] = Value::Null);
    if let Form::Message(index) = field.form {
        message(layout, index, delimited(wire, bytes)?, values, depth)?;
        return Ok(true);
    }
    let value = read_value(field, field.form, wire, bytes)?;
    let there = field.presence || value != field.form.default();
    if let Some(slot) = field.slot {
        values[slot] = value;
    }
    Ok(there)
}

fn read_value(field: &Field, form: Form, wire: WireType, bytes: &mut &[u8]) -> Result<Value, Fault> {
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
        Form::Timestamp => timestamp(field, delimited(wire, bytes)?)?,
        Form::Wrapper(form) => wrapped(field, *form, delimited(wire, bytes)?)?,
        Form::Message(_) | Form::Other => Value::Null,
    })
}

fn zigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

fn text(field: &Field, bytes: &[u8]) -> Result<Value, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|_| malformed(&format!("{} is not UTF-8", field.path)))?;
    match text.contains('\0') {
        true => Err(Fault::field(&field.path, "a NUL character has no place in text")),
        false => Ok(Value::Text(text.to_owned())),
    }
}

fn timestamp(field: &Field, mut bytes: &[u8]) -> Result<Value, Fault> {
    let (mut seconds, mut nanos) = (0_i64, 0_i32);
    while !bytes.is_empty() {
        let (number, wire) = decode_key(&mut bytes).map_err(|_| malformed("a timestamp is cut off"))?;
        match number {
            1 => seconds = varint(wire, &mut bytes)? as i64,
            2 => nanos = varint(wire, &mut bytes)? as i32,
            _ => skip(wire, number, &mut bytes)?,
        }
    }
    let valid = TIMESTAMP_SECONDS.contains(&seconds) && (0..1_000_000_000).contains(&nanos);
    let instant = valid.then(|| Timestamp::new(seconds, nanos).ok()).flatten();
    let instant =
        instant.ok_or_else(|| Fault::field(&field.path, "not an instant of the years 1 to 9999"))?;
    Ok(Value::Instant(instant))
}

fn wrapped(field: &Field, form: Form, mut bytes: &[u8]) -> Result<Value, Fault> {
    let mut value = form.default();
    while !bytes.is_empty() {
        let (number, wire) = decode_key(&mut bytes).map_err(|_| malformed("a wrapper is cut off"))?;
        match number {
            1 => value = read_value(field, form, wire, &mut bytes)?,
            _ => skip(wire, number, &mut bytes)?,
        }
    }
    Ok(value)
}

fn varint(wire: WireType, bytes: &mut &[u8]) -> Result<u64, Fault> {
    expect(wire, WireType::Varint)?;
    decode_varint(bytes).map_err(|_| malformed("a number is cut off or too long"))
}

fn fixed<const N: usize>(wire: WireType, wanted: WireType, bytes: &mut &[u8]) -> Result<[u8; N], Fault> {
    expect(wire, wanted)?;
    let (value, rest) = bytes.split_first_chunk().ok_or_else(|| malformed("a number is cut off"))?;
    *bytes = rest;
    Ok(*value)
}

fn delimited<'a>(wire: WireType, bytes: &mut &'a [u8]) -> Result<&'a [u8], Fault> {
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

fn skip(wire: WireType, number: u32, bytes: &mut &[u8]) -> Result<(), Fault> {
    skip_field(wire, number, bytes, DecodeContext::default()).map_err(|_| malformed("a field is cut off"))
}
