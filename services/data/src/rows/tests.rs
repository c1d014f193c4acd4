mod kinds;
mod lengths;
mod misfits;
mod nesting;
mod plans;

use prost_reflect::{DynamicMessage, MessageDescriptor};

use super::*;

/// A row of those values.
struct Row<'a>(Vec<Scalar<'a>>);

impl Columns for Row<'_> {
    fn scalar(&self, index: usize) -> Result<Scalar<'_>, String> {
        Ok(self.0[index].clone())
    }
}

fn plan(message: &MessageDescriptor, columns: &[&str]) -> RowPlan {
    let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
    RowPlan::new(message, &columns, |_| false).unwrap().0
}

/// The bytes of a row of those columns.
fn write(message: &MessageDescriptor, row: &[(&str, Scalar<'_>)]) -> Result<Vec<u8>, ValueFault> {
    let columns: Vec<&str> = row.iter().map(|(column, _)| *column).collect();
    let mut bytes = Vec::new();
    let row = Row(row.iter().map(|(_, value)| value.clone()).collect());
    plan(message, &columns).write(&row, &mut bytes)?;
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
