//! Numbers in JSON have any size, and the mapping's reader rounds those that their field cannot hold. They are refused
//! here: an integer that is not the double, or the float, that it would become, and an integer written with an
//! exponent that a double could have rounded.

use std::borrow::Cow;
use std::collections::BTreeMap;

use prost_reflect::{FieldDescriptor, Kind};
use serde_json::value::RawValue;

/// Doubles hold every integer of so many digits.
const EXACT_DIGITS: usize = 15;

/// Says which number of the text its field could not hold exactly.
pub(super) fn check(text: &str, field: &FieldDescriptor, is_element: bool) -> Result<(), String> {
    // Hardly any JSON has one that is worth a second look.
    if !numbers(text).any(is_long) {
        return Ok(());
    }
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if is_element { of_kind(raw, &field.kind()) } else { of_field(raw, field) }
}

fn is_long(number: &str) -> bool {
    number.len() > EXACT_DIGITS || number.contains(['e', 'E'])
}

fn of_field(raw: &RawValue, field: &FieldDescriptor) -> Result<(), String> {
    let kind = field.kind();
    if field.is_map() {
        let values = kind.as_message().map(|entry| entry.map_entry_value_field().kind());
        let Some(values) = values else { return Ok(()) };
        return entries(raw).into_values().try_for_each(|value| of_kind(value, &values));
    }
    match field.is_list() {
        true => {
            let elements: Vec<&RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
            elements.into_iter().try_for_each(|element| of_kind(element, &kind))
        }
        false => of_kind(raw, &kind),
    }
}

fn of_kind(raw: &RawValue, kind: &Kind) -> Result<(), String> {
    let number = raw.get();
    let is_number = number.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    match kind {
        Kind::Message(message) => match message.full_name() {
            "google.protobuf.Struct" | "google.protobuf.Value" | "google.protobuf.ListValue" => {
                numbers(number).try_for_each(|number| refuse_unless(is_exact_double(number), number))
            }
            name if name.starts_with("google.protobuf.") => match message.get_field_by_name("value") {
                Some(wrapped) => of_kind(raw, &wrapped.kind()),
                None => Ok(()),
            },
            _ => entries(raw).into_iter().try_for_each(|(name, value)| {
                let field =
                    message.get_field_by_json_name(&name).or_else(|| message.get_field_by_name(&name));
                field.map_or(Ok(()), |field| of_field(value, &field))
            }),
        },
        _ if !is_number => Ok(()),
        Kind::Double => refuse_unless(is_exact_double(number), number),
        Kind::Float => refuse_unless(is_exact_float(number), number),
        Kind::String | Kind::Bytes | Kind::Bool => Ok(()),
        _ => refuse_unless(is_exact_integer(number), number),
    }
}

/// What is no object here is told by the mapping's reader.
fn entries(raw: &RawValue) -> BTreeMap<Cow<'_, str>, &RawValue> {
    serde_json::from_str(raw.get()).unwrap_or_default()
}

fn refuse_unless(is_exact: bool, number: &str) -> Result<(), String> {
    if is_exact { Ok(()) } else { Err(format!("the number {number} would be rounded")) }
}

fn is_integer(number: &str) -> bool {
    !number.contains(['.', 'e', 'E'])
}

/// All of its digits, or the few from which a double is known and zeros behind them: so jsonb writes what came as `1e+23`.
fn is_exact_double(number: &str) -> bool {
    let is = |value: f64| format!("{value:.0}") == number || value.to_string() == number;
    !is_integer(number) || number.parse().is_ok_and(is)
}

fn is_exact_float(number: &str) -> bool {
    let is = |value: f32| {
        let texts = [format!("{value:.0}"), value.to_string(), f64::from(value).to_string()];
        texts.iter().any(|text| text == number)
    };
    !is_integer(number) || number.parse().is_ok_and(is)
}

/// An integer with a point or an exponent is read as a double.
fn is_exact_integer(number: &str) -> bool {
    const EXACT: f64 = (1_u64 << 53) as f64;
    is_integer(number) || number.parse::<f64>().is_ok_and(|value| value.abs() < EXACT)
}

/// The numbers of a JSON text, wherever they stand in it.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => at = end_of_string(bytes, at),
                b'-' | b'0'..=b'9' => {
                    let is_part = |byte: &u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
                    let length = bytes[at..].iter().take_while(|byte| is_part(byte)).count();
                    let number = &text[at..at + length];
                    at += length;
                    return Some(number);
                }
                _ => at += 1,
            }
        }
        None
    })
}

/// The place after the quote that ends the string.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at
}
