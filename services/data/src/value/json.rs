//! Protobuf's JSON mapping, for values that go into a database. It differs from prost-reflect's own in what it keeps
//! out: text with a NUL, Timestamps that are none, an Any in an Any without end. Keys are in order, so that equal
//! messages have equal texts, and a whole number has no `.0`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost_reflect::{DynamicMessage, Kind, MapKey, ReflectMessage as _, Value as Proto};
use serde_json::{Map, Number, Value as Json};

use super::{Unfit, Value, Wrapped};
use crate::instant::Instant;

/// Messages may lie this deep in each other, as in prost. Only an Any could hold more of them.
const MAX_DEPTH: usize = 100;

/// Whole numbers up to here are the same as doubles.
const EXACT: f64 = (1_u64 << 53) as f64;

pub(super) fn write(value: &Proto, kind: &Kind) -> Result<Json, Unfit> {
    Writer { depth: 0 }.value(value, kind)
}

impl Value {
    /// The value as a field of that type has it in protobuf's JSON mapping, or as a list of them.
    ///
    /// # Errors
    /// What has no form as JSON.
    pub fn to_json(&self, kind: &Kind) -> Result<Json, Unfit> {
        if let Some(inside) = Wrapped::of(kind) {
            return self.to_json(&inside.kind());
        }
        Ok(match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::from(*value),
            Self::Int(value) => match kind {
                Kind::Enum(_) => enum_name(i32::try_from(*value).unwrap_or_default(), kind),
                Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 | Kind::Uint64 | Kind::Fixed64 => {
                    Json::from(value.to_string())
                }
                _ => Json::from(*value),
            },
            Self::Uint(value) => Json::from(value.to_string()),
            Self::Float(value) if *kind == Kind::Float => real(shortest(*value as f32)),
            Self::Float(value) => real(*value),
            Self::Text(value) if *kind == Kind::String => Json::from(value.as_str()),
            Self::Text(value) => serde_json::json!({ "value": value }),
            Self::Bytes(value) => Json::from(STANDARD.encode(value)),
            Self::Instant(value) => instant(*value),
            Self::Duration(value) => Json::from(value.to_string()),
            Self::Date(date) => {
                serde_json::json!({ "year": date.year(), "month": date.month(), "day": date.day() })
            }
            Self::Time(time) => {
                let [hours, minutes, seconds, nanos] = time.parts();
                serde_json::json!({ "hours": hours, "minutes": minutes, "seconds": seconds, "nanos": nanos })
            }
            Self::Structured(value) => {
                serde_json::from_str(value.json()).map_err(|_| "this has no form as JSON")?
            }
            Self::List(items) => {
                Json::Array(items.iter().map(|item| item.to_json(kind)).collect::<Result<_, _>>()?)
            }
        })
    }
}

struct Writer {
    depth: usize,
}

impl Writer {
    fn value(&mut self, value: &Proto, kind: &Kind) -> Result<Json, Unfit> {
        Ok(match value {
            Proto::Bool(value) => Json::from(*value),
            Proto::I32(value) => Json::from(*value),
            Proto::U32(value) => Json::from(*value),
            Proto::I64(value) => Json::from(value.to_string()),
            Proto::U64(value) => Json::from(value.to_string()),
            Proto::F32(value) => real(shortest(*value)),
            Proto::F64(value) => real(*value),
            Proto::String(value) => text(value)?,
            Proto::Bytes(value) => Json::from(STANDARD.encode(value)),
            Proto::EnumNumber(number) => enum_name(*number, kind),
            Proto::Message(message) => self.message(message)?,
            Proto::List(items) => {
                Json::Array(items.iter().map(|item| self.value(item, kind)).collect::<Result<_, _>>()?)
            }
            Proto::Map(entries) => {
                let Kind::Message(entry) = kind else { return Err("not a map") };
                let kind = entry.map_entry_value_field().kind();
                let mut map = Map::new();
                for (key, value) in entries {
                    map.insert(map_key(key)?, self.value(value, &kind)?);
                }
                Json::Object(map)
            }
        })
    }

    fn message(&mut self, message: &DynamicMessage) -> Result<Json, Unfit> {
        if self.depth == MAX_DEPTH {
            return Err("messages in messages, too deep");
        }
        self.depth += 1;
        let written = self.message_here(message);
        self.depth -= 1;
        written
    }

    fn message_here(&mut self, message: &DynamicMessage) -> Result<Json, Unfit> {
        let descriptor = message.descriptor();
        let name = descriptor.full_name();
        match name {
            "google.protobuf.Timestamp" | "google.protobuf.Duration" => known(message, name),
            "google.protobuf.Any" => self.any(message),
            "google.protobuf.FieldMask" => field_mask(message),
            "google.protobuf.Struct" | "google.protobuf.ListValue" => self.only_field(message),
            "google.protobuf.Value" => self.json_value(message),
            _ if is_wrapper(name) => self.only_field(message),
            _ => self.fields(message).map(Json::Object),
        }
    }

    fn fields(&mut self, message: &DynamicMessage) -> Result<Map<String, Json>, Unfit> {
        let mut map = Map::new();
        for (field, value) in message.fields() {
            map.insert(field.json_name().to_owned(), self.value(value, &field.kind())?);
        }
        Ok(map)
    }

    /// A message that stands for its one field.
    fn only_field(&mut self, message: &DynamicMessage) -> Result<Json, Unfit> {
        let field = message.descriptor().get_field(1).ok_or("not a message of its type")?;
        self.value(&message.get_field(&field), &field.kind())
    }

    /// Of its members that one that is there; none is null.
    fn json_value(&mut self, message: &DynamicMessage) -> Result<Json, Unfit> {
        let Some((field, value)) = message.fields().next() else { return Ok(Json::Null) };
        match value {
            Proto::F64(number) if !number.is_finite() => Err("NaN and infinities are no JSON numbers"),
            value => self.value(value, &field.kind()),
        }
    }

    /// The message inside, with its type beside its fields.
    fn any(&mut self, message: &DynamicMessage) -> Result<Json, Unfit> {
        let (url, bytes) = match (message.get_field_by_number(1), message.get_field_by_number(2)) {
            (Some(url), Some(bytes)) => (url.into_owned(), bytes.into_owned()),
            _ => return Err("not a message of its type"),
        };
        let (Proto::String(url), Proto::Bytes(bytes)) = (url, bytes) else { return Err("not an Any") };
        let name = url.rsplit('/').next().unwrap_or_default();
        let inner = message.descriptor().parent_pool().get_message_by_name(name);
        let inner = inner.ok_or("an Any of a type that the contract does not have")?;
        let inner = DynamicMessage::decode(inner, bytes).map_err(|_| "an Any of something else")?;
        let mut map = match self.message(&inner)? {
            Json::Object(map) if !has_own_form(name) => map,
            other => Map::from_iter([("value".to_owned(), other)]),
        };
        map.insert("@type".to_owned(), text(&url)?);
        Ok(Json::Object(map))
    }
}

fn known(message: &DynamicMessage, name: &str) -> Result<Json, Unfit> {
    match Value::of_known(message, name)? {
        Value::Instant(at) => Ok(instant(at)),
        Value::Duration(duration) => Ok(Json::from(duration.to_string())),
        _ => Err("not a message of its type"),
    }
}

fn instant(instant: Instant) -> Json {
    let (seconds, nanos) = instant.parts();
    Json::from(prost_types::Timestamp { seconds, nanos }.to_string())
}

fn is_wrapper(name: &str) -> bool {
    name.starts_with("google.protobuf.") && name.ends_with("Value")
}

/// True where a message is not written as an object of its fields.
fn has_own_form(name: &str) -> bool {
    const OTHERS: [&str; 6] = ["Any", "Duration", "Empty", "FieldMask", "Struct", "Timestamp"];
    is_wrapper(name) || name.strip_prefix("google.protobuf.").is_some_and(|name| OTHERS.contains(&name))
}

fn text(text: &str) -> Result<Json, Unfit> {
    if text.contains('\0') { Err("a NUL character has no place in text") } else { Ok(Json::from(text)) }
}

fn map_key(key: &MapKey) -> Result<String, Unfit> {
    Ok(match key {
        MapKey::Bool(key) => key.to_string(),
        MapKey::I32(key) => key.to_string(),
        MapKey::I64(key) => key.to_string(),
        MapKey::U32(key) => key.to_string(),
        MapKey::U64(key) => key.to_string(),
        MapKey::String(key) => match text(key)? {
            Json::String(key) => key,
            _ => key.clone(),
        },
    })
}

/// The double with the float's own few digits, `1.1` and not `1.10000002384185791`; the float itself where that is
/// beyond the largest float, which readers refuse.
fn shortest(value: f32) -> f64 {
    let short: Option<f64> = value.to_string().parse().ok();
    short.filter(|short| short.abs() <= f64::from(f32::MAX)).unwrap_or(value.into())
}

fn real(value: f64) -> Json {
    if value.is_nan() {
        return Json::from("NaN");
    }
    if value.is_infinite() {
        return Json::from(if value > 0.0 { "Infinity" } else { "-Infinity" });
    }
    let is_negative_zero = value == 0.0 && value.is_sign_negative();
    if value.fract() == 0.0 && value.abs() <= EXACT && !is_negative_zero {
        return Json::from(value as i64);
    }
    Number::from_f64(value).map_or(Json::Null, Json::Number)
}

fn enum_name(number: i32, kind: &Kind) -> Json {
    match kind {
        Kind::Enum(descriptor) if descriptor.full_name() == "google.protobuf.NullValue" => Json::Null,
        Kind::Enum(descriptor) => match descriptor.get_value(number) {
            Some(value) => Json::from(value.name()),
            None => Json::from(number),
        },
        _ => Json::from(number),
    }
}

/// `a.bC,d`: paths in camel case, which has to lead back to the same names.
fn field_mask(message: &DynamicMessage) -> Result<Json, Unfit> {
    const NO_PATH: Unfit = "a field mask with a path that is no field's name";
    let Some(Proto::List(paths)) = message.get_field_by_number(1).map(|value| value.into_owned()) else {
        return Err("not a message of its type");
    };
    let mut camel = String::new();
    for path in &paths {
        let path = path.as_str().ok_or(NO_PATH)?;
        let is_snake = path.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.'));
        if !camel.is_empty() {
            camel.push(',');
        }
        let mut after_bar = false;
        for letter in path.chars() {
            if after_bar && !letter.is_ascii_lowercase() || !is_snake {
                return Err(NO_PATH);
            }
            match letter {
                '_' => {}
                _ if after_bar => camel.push(letter.to_ascii_uppercase()),
                _ => camel.push(letter),
            }
            after_bar = letter == '_';
        }
        if after_bar {
            return Err(NO_PATH);
        }
    }
    Ok(Json::from(camel))
}
