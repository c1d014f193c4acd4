//! PostgreSQL's types as they come over the wire in binary: which are read, and how.

use std::borrow::Cow;

use sqlx::Row as _;
use sqlx::TypeInfo as _;
use sqlx::ValueRef as _;
use sqlx::postgres::{PgRow, PgTypeInfo, PgTypeKind};

use super::moments;
use super::params::PgParam;
use crate::database::places::Places;
use crate::rows::{Columns, FieldKind, Scalar};

/// What is known of a prepared statement's parameters and columns.
#[derive(Debug)]
pub struct Types {
    pub(super) params: Vec<PgParam>,
    pub(super) columns: Vec<PgColumn>,
}

/// A column as it was when its statement was prepared.
#[derive(Debug)]
pub(super) struct PgColumn {
    info: PgTypeInfo,
    kind: PgType,
}

impl PgColumn {
    /// A column of that type; none where it has to be cast in the statement.
    pub(super) fn new(info: &PgTypeInfo) -> Option<Self> {
        Some(Self { info: info.clone(), kind: PgType::of(info)? })
    }

    /// How to read a value of that type: the column's, unless its table was altered since.
    fn kind_of(&self, info: &PgTypeInfo) -> Option<PgType> {
        if self.info == *info { Some(self.kind) } else { PgType::of(info) }
    }
}

/// How a column's bytes are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PgType {
    Bool,
    Bytea,
    Int2,
    Int4,
    Int8,
    Float4,
    Float8,
    /// Text in all its forms, enums among them: the bytes are the text.
    Text,
    Jsonb,
    Numeric,
    Uuid,
    Date,
    Time,
    Timestamp,
    Timestamptz,
}

impl PgType {
    /// How to read that type; none where it has to be cast in the statement.
    pub fn of(info: &PgTypeInfo) -> Option<Self> {
        if matches!(info.kind(), PgTypeKind::Enum(_)) {
            return Some(Self::Text);
        }
        Some(match info.name() {
            "BOOL" => Self::Bool,
            "BYTEA" => Self::Bytea,
            "INT2" => Self::Int2,
            "INT4" => Self::Int4,
            "INT8" => Self::Int8,
            "FLOAT4" => Self::Float4,
            "FLOAT8" => Self::Float8,
            "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "JSON" | "UNKNOWN" | "citext" | "CITEXT" => Self::Text,
            // What a procedure's call gives: no bytes at all.
            "VOID" => Self::Text,
            "JSONB" => Self::Jsonb,
            "NUMERIC" => Self::Numeric,
            "UUID" => Self::Uuid,
            "DATE" => Self::Date,
            "TIME" => Self::Time,
            "TIMESTAMP" => Self::Timestamp,
            "TIMESTAMPTZ" => Self::Timestamptz,
            _ => return None,
        })
    }

    fn fits(self, field: &FieldKind) -> bool {
        use FieldKind as Field;
        match field {
            Field::Wrapper(inner) => self.fits(inner),
            Field::Int64 | Field::Sint64 | Field::Sfixed64 | Field::Uint64 | Field::Fixed64 => {
                matches!(self, Self::Int2 | Self::Int4 | Self::Int8 | Self::Numeric)
            }
            Field::Int32 | Field::Sint32 | Field::Sfixed32 => matches!(self, Self::Int2 | Self::Int4),
            // PostgreSQL has no unsigned type: the next larger one holds them all.
            Field::Uint32 | Field::Fixed32 => matches!(self, Self::Int2 | Self::Int4 | Self::Int8),
            Field::Double => matches!(self, Self::Float4 | Self::Float8 | Self::Int2 | Self::Int4),
            Field::Float => matches!(self, Self::Float4 | Self::Float8 | Self::Int2),
            Field::Bool => self == Self::Bool,
            Field::Bytes => self == Self::Bytea,
            Field::Enum(_) => matches!(self, Self::Text | Self::Int2 | Self::Int4),
            Field::Timestamp => matches!(self, Self::Timestamp | Self::Timestamptz),
            Field::String => !matches!(
                self,
                Self::Bool | Self::Bytea | Self::Int2 | Self::Int4 | Self::Int8 | Self::Float4 | Self::Float8
            ),
        }
    }
}

impl PgType {
    /// The field's type that holds every value of the column.
    fn natural_field(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Bytea => "bytes",
            Self::Int2 | Self::Int4 => "int32",
            Self::Int8 => "int64",
            Self::Float4 => "float",
            Self::Float8 => "double",
            Self::Timestamp | Self::Timestamptz => "google.protobuf.Timestamp",
            _ => "string",
        }
    }
}

impl Types {
    /// What is wrong with writing that column as that field, and the mend.
    pub(in crate::database) fn misfit(&self, column: usize, field: &FieldKind) -> Option<(String, String)> {
        let column = self.columns.get(column)?.kind;
        if column.fits(field) {
            return None;
        }
        let name = format!("{column:?}").to_lowercase();
        let mend = format!("make the field {}, or cast the column", column.natural_field());
        Some((format!("a column of {name} does not fit the field"), mend))
    }
}

/// A row and how to read it.
pub(super) struct Row<'a> {
    pub row: &'a PgRow,
    pub types: &'a Types,
    pub places: &'a Places,
}

impl Columns for Row<'_> {
    fn scalar(&self, index: usize) -> Result<Scalar<'_>, String> {
        let value = self
            .row
            .try_get_raw(self.places.of(index))
            .map_err(|_| "the statement has fewer columns than before".to_owned())?;
        if value.is_null() {
            return Ok(Scalar::Null);
        }
        let bytes = value.as_bytes().map_err(|error| error.to_string())?;
        let column = self.types.columns.get(index).ok_or("the statement has more columns than before")?;
        let kind =
            column.kind_of(&value.type_info()).ok_or("its type is not read, and was another before")?;
        read(kind, bytes).ok_or_else(|| format!("its value is not a valid {kind:?}"))
    }
}

fn read(kind: PgType, bytes: &[u8]) -> Option<Scalar<'_>> {
    Some(match kind {
        PgType::Bool => Scalar::Bool(*bytes.first()? != 0),
        PgType::Bytea => Scalar::Bytes(bytes),
        PgType::Int2 => Scalar::Int(i16::from_be_bytes(bytes.try_into().ok()?).into()),
        PgType::Int4 => Scalar::Int(i32::from_be_bytes(bytes.try_into().ok()?).into()),
        PgType::Int8 => Scalar::Int(int8(bytes)?),
        PgType::Float4 => Scalar::Float(f32::from_be_bytes(bytes.try_into().ok()?).into()),
        PgType::Float8 => Scalar::Float(f64::from_be_bytes(bytes.try_into().ok()?)),
        PgType::Text => Scalar::Text(Cow::Borrowed(std::str::from_utf8(bytes).ok()?)),
        // A version byte, 1, comes first.
        PgType::Jsonb => Scalar::Text(Cow::Borrowed(std::str::from_utf8(bytes.strip_prefix(&[1])?).ok()?)),
        PgType::Numeric => Scalar::Text(Cow::Owned(numeric(bytes)?)),
        PgType::Uuid => Scalar::Text(Cow::Owned(uuid(bytes.try_into().ok()?))),
        PgType::Date => {
            Scalar::Text(Cow::Owned(moments::date_text(i32::from_be_bytes(bytes.try_into().ok()?))?))
        }
        PgType::Time => Scalar::Text(Cow::Owned(moments::time_text(int8(bytes)?))),
        PgType::Timestamp | PgType::Timestamptz => match int8(bytes)? {
            i64::MAX => Scalar::Text(Cow::Borrowed("infinity")),
            i64::MIN => Scalar::Text(Cow::Borrowed("-infinity")),
            micros => Scalar::Instant(moments::instant(micros)?),
        },
    })
}

fn int8(bytes: &[u8]) -> Option<i64> {
    Some(i64::from_be_bytes(bytes.try_into().ok()?))
}

fn uuid(bytes: [u8; 16]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// A numeric is digits to the base of 10,000, with the weight of the first and how many decimals to show.
fn numeric(bytes: &[u8]) -> Option<String> {
    let word = |index: usize| -> Option<u16> {
        Some(u16::from_be_bytes(bytes.get(index * 2..index * 2 + 2)?.try_into().ok()?))
    };
    let (count, weight, sign, scale) = (word(0)? as usize, word(1)? as i16, word(2)?, word(3)? as usize);
    match sign {
        0xC000 => return Some("NaN".to_owned()),
        0xD000 => return Some("Infinity".to_owned()),
        0xF000 => return Some("-Infinity".to_owned()),
        _ => {}
    }
    let digits: Vec<u16> = (0..count).map(|index| word(4 + index)).collect::<Option<_>>()?;
    let digit =
        |position: i32| usize::try_from(position).ok().and_then(|at| digits.get(at)).copied().unwrap_or(0);
    let weight = i32::from(weight);
    let mut text = if sign == 0x4000 { "-".to_owned() } else { String::new() };
    let whole: String = (0..=weight.max(0))
        .map(|position| {
            let position = if weight < 0 { -1 } else { position };
            format!("{:04}", digit(position))
        })
        .collect();
    let whole = whole.trim_start_matches('0');
    text.push_str(if whole.is_empty() { "0" } else { whole });
    if scale > 0 {
        let groups = scale.div_ceil(4) as i32;
        let decimals: String = (1..=groups).map(|group| format!("{:04}", digit(weight + group))).collect();
        text.push('.');
        text.push_str(&decimals[..scale]);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[u16]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn a_numeric_reads_as_postgresql_writes_it() {
        let read = |list: &[u16]| numeric(&words(list)).unwrap();
        assert_eq!(read(&[2, 0, 0, 2, 12, 3400]), "12.34");
        assert_eq!(read(&[1, 1, 0x4000, 0, 5]), "-50000");
        assert_eq!(read(&[1, 0xFFFF, 0, 4, 7]), "0.0007");
        assert_eq!(read(&[1, 0xFFFE, 0, 8, 7]), "0.00000007");
        assert_eq!(read(&[0, 0, 0, 0]), "0");
        assert_eq!(read(&[0, 0, 0xC000, 0]), "NaN");
    }
}
