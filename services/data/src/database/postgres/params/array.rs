//! PostgreSQL's arrays, in binary and as text.

use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;

use crate::value::Value;

/// An array of one dimension: how many dimensions, whether there are NULLs, the items' type, how many there are, the
/// number of the first, then each behind its length. An empty one has no dimension.
pub(super) fn write<'a>(
    items: impl ExactSizeIterator<Item = &'a Value> + Clone,
    oid: Oid,
    out: &mut Vec<u8>,
    write: impl Fn(&Value, &mut Vec<u8>) -> Result<(), BoxDynError>,
) -> Result<(), BoxDynError> {
    let has_null = items.clone().any(|item| *item == Value::Null);
    out.extend(i32::from(items.len() > 0).to_be_bytes());
    out.extend(i32::from(has_null).to_be_bytes());
    out.extend(oid.0.to_be_bytes());
    if items.len() == 0 {
        return Ok(());
    }
    out.extend(i32::try_from(items.len())?.to_be_bytes());
    out.extend(1_i32.to_be_bytes());
    for item in items {
        if *item == Value::Null {
            out.extend((-1_i32).to_be_bytes());
            continue;
        }
        let start = out.len();
        out.extend([0; 4]);
        write(item, out)?;
        let length = i32::try_from(out.len() - start - 4)?;
        out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    }
    Ok(())
}

/// `{"1",NULL,"a \"b\""}`
pub(super) fn text(
    items: &[Value],
    text: impl Fn(&Value) -> Result<String, BoxDynError>,
) -> Result<String, BoxDynError> {
    let items = items.iter().map(|item| match item {
        Value::Null => Ok("NULL".to_owned()),
        item => text(item).map(|text| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))),
    });
    let items: Vec<String> = items.collect::<Result<_, _>>()?;
    Ok(format!("{{{}}}", items.join(",")))
}
