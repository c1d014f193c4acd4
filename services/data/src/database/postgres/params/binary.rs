//! One value that is not NULL in PostgreSQL's binary form.

use sqlx::error::BoxDynError;

use super::kind::ParamKind;
use super::text;
use crate::database::postgres::moments;
use crate::value::Value;

const OTHER_TYPE: &str = "a value of this type cannot be used here";
const TOO_FINE: &str = "the database keeps microseconds, and this has more than six decimals";
const OUT_OF_RANGE: &str = "the number is outside its column's range";

pub(super) fn write(kind: &ParamKind, value: &Value, out: &mut Vec<u8>) -> Result<(), BoxDynError> {
    match (kind, value) {
        (ParamKind::Bool, Value::Bool(value)) => out.push(u8::from(*value)),
        (ParamKind::Int2, value) => out.extend(integer::<i16>(value)?.to_be_bytes()),
        (ParamKind::Int4, value) => out.extend(integer::<i32>(value)?.to_be_bytes()),
        (ParamKind::Int8, value) => out.extend(integer::<i64>(value)?.to_be_bytes()),
        (ParamKind::Float4, value) => out.extend(float(value)?.to_be_bytes()),
        (ParamKind::Float8, value) => out.extend(double(value)?.to_be_bytes()),
        (ParamKind::Bytea, Value::Bytes(bytes)) => out.extend(bytes),
        (ParamKind::Date, Value::Date(date)) => out.extend(moments::days(*date).to_be_bytes()),
        (ParamKind::Timestamp, Value::Instant(_)) | (ParamKind::Time, Value::Time(_)) => {
            out.extend(micros(value)?.to_be_bytes());
        }
        // Microseconds, days and months: a day need not have 24 hours there, so that none are made of these.
        (ParamKind::Interval, Value::Duration(_)) => {
            out.extend(micros(value)?.to_be_bytes());
            out.extend([0; 8]);
        }
        (ParamKind::Text | ParamKind::EnumText(_) | ParamKind::Name, value) => {
            out.extend(text::of(kind, value)?.as_bytes());
        }
        _ => return Err(OTHER_TYPE.into()),
    }
    Ok(())
}

/// PostgreSQL counts microseconds. What is finer would be another value when it comes back, and as a bound of a filter
/// find other rows.
pub(super) fn micros(value: &Value) -> Result<i64, BoxDynError> {
    let micros = match value {
        Value::Instant(instant) => moments::timestamp(*instant),
        Value::Time(time) => time.as_micros(),
        Value::Duration(duration) => moments::interval(*duration),
        _ => return Err(OTHER_TYPE.into()),
    };
    micros.ok_or_else(|| TOO_FINE.into())
}

pub(super) fn integer<T: TryFrom<i64>>(value: &Value) -> Result<T, BoxDynError> {
    match value {
        Value::Int(value) => T::try_from(*value).map_err(|_| OUT_OF_RANGE.into()),
        Value::Uint(_) => Err(OUT_OF_RANGE.into()),
        Value::Text(text) => {
            let value: i64 = text.parse().map_err(|_| "this is not a whole number")?;
            integer(&Value::Int(value))
        }
        _ => Err(OTHER_TYPE.into()),
    }
}

pub(super) fn double(value: &Value) -> Result<f64, BoxDynError> {
    match value {
        Value::Float(value) => Ok(*value),
        Value::Int(value) => exact(*value as f64, i128::from(*value)),
        Value::Uint(value) => exact(*value as f64, i128::from(*value)),
        Value::Text(text) => read(text),
        _ => Err(OTHER_TYPE.into()),
    }
}

/// A text, or another part's numeric. Digits that are too many or too small for any double do not become infinite or zero.
fn read(text: &str) -> Result<f64, BoxDynError> {
    let value: f64 = text.parse().map_err(|_| "this is not a number")?;
    let digits = text.split(['e', 'E']).next().unwrap_or_default();
    let is_number = digits.contains(|c: char| c.is_ascii_digit());
    let is_zero = !digits.contains(|c: char| matches!(c, '1'..='9'));
    match is_number && (value.is_infinite() || (value == 0.0 && !is_zero)) {
        true => Err(OUT_OF_RANGE.into()),
        false => Ok(value),
    }
}

/// A double becomes the nearest real; one beyond a real's range does not become infinite.
pub(super) fn float(value: &Value) -> Result<f32, BoxDynError> {
    let wide = double(value)?;
    let narrow = wide as f32;
    match value {
        Value::Int(value) => exact(narrow.into(), i128::from(*value)).map(|_| narrow),
        Value::Uint(value) => exact(narrow.into(), i128::from(*value)).map(|_| narrow),
        _ if narrow.is_infinite() && wide.is_finite() => Err(OUT_OF_RANGE.into()),
        _ => Ok(narrow),
    }
}

/// A whole number is itself or refused.
fn exact(float: f64, whole: i128) -> Result<f64, BoxDynError> {
    if float as i128 == whole { Ok(float) } else { Err("the number has more digits than its column".into()) }
}
