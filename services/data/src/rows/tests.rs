mod forms;
mod json;
mod kinds;
mod lengths;
mod misfits;
mod nesting;
mod oneofs;
mod plans;

use prost_reflect::{DynamicMessage, MessageDescriptor};

use super::convert::Misfit;
use super::scalar::Timestamp;
use super::*;

/// A row of those values.
struct Row<'a>(Vec<Scalar<'a>>);

impl Columns for Row<'_> {
    fn scalar(&self, index: usize) -> Result<Scalar<'_>, String> {
        Ok(self.0[index].clone())
    }
}

/// The bytes of a row of those columns, which are of whatever type their value has.
fn write(message: &MessageDescriptor, row: &[(&str, Scalar<'_>)]) -> Result<Vec<u8>, ValueFault> {
    let columns: Vec<String> = row.iter().map(|(column, _)| (*column).to_owned()).collect();
    let kind = |value: &Scalar<'_>| match value {
        Scalar::Json(_) => ColumnType::Json,
        _ => ColumnType::Any,
    };
    let types: Vec<ColumnType> = row.iter().map(|(_, value)| kind(value)).collect();
    let plan = RowPlan::new(message, &columns, &types, |_| false).unwrap();
    let mut bytes = Vec::new();
    plan.write(&Row(row.iter().map(|(_, value)| value.clone()).collect()), &mut bytes)?;
    Ok(bytes)
}

/// The message of a row, in protobuf's JSON.
fn json(message: &MessageDescriptor, row: &[(&str, Scalar<'_>)]) -> String {
    let bytes = write(message, row).unwrap_or_else(|fault| panic!("{fault:?}"));
    let message = DynamicMessage::decode(message.clone(), bytes.as_slice()).unwrap();
    serde_json::to_string(&message).unwrap()
}

fn text(text: &str) -> Scalar<'_> {
    Scalar::Text(text.into())
}

/// A numeric that is a whole number, as it comes over the wire.
fn numeric(number: i128) -> Scalar<'static> {
    let (mut digits, mut rest) = (Vec::new(), number.unsigned_abs());
    while rest > 0 {
        digits.insert(0, (rest % 10_000) as u16);
        rest /= 10_000;
    }
    let count = digits.len() as u16;
    let head = [count, count.wrapping_sub(1), if number < 0 { 0x4000 } else { 0 }, 0];
    let bytes: Vec<u8> = head.iter().chain(&digits).flat_map(|word| word.to_be_bytes()).collect();
    read_binary(&ColumnType::Numeric, Vec::leak(bytes)).unwrap()
}
