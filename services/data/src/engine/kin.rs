//! Which rows belong together: a child's row has the key of the parent it goes to. Keys are equal where the database says
//! so: a whole number is the same in every type that holds one.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use meanwhile_proto::errors::Reason;

use crate::database::KeyForm;
use crate::fault::Fault;
use crate::rows::Scalar;
use crate::value::Value;

/// A value as keys are compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum KeyValue<'a> {
    Bool(bool),
    Whole(i128),
    Float(u64),
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
    Instant(i64, i32),
}

/// The rows of a part that has many, by the column that its child's rows name them by.
#[derive(Debug, Default)]
pub(super) struct Kin {
    /// How keys are equal.
    form: KeyForm,
    /// A number for each key there is.
    families: HashMap<KeyValue<'static>, u32>,
    /// The family of each of the parent's rows; none where its key is NULL.
    of_parents: Vec<Option<u32>>,
}

impl Kin {
    /// The families of rows with these keys.
    pub fn of(keys: &[Value], form: KeyForm) -> Self {
        let families = HashMap::with_capacity(keys.len());
        let mut kin = Self { form, families, of_parents: Vec::with_capacity(keys.len()) };
        kin.of_parents = keys.iter().map(|key| kin.add(key)).collect();
        kin
    }

    fn add(&mut self, key: &Value) -> Option<u32> {
        let next = u32::try_from(self.families.len()).ok()?;
        Some(*self.families.entry(of_value(key)?.formed(self.form).into_owned()).or_insert(next))
    }

    /// True where no parent could have a child.
    pub fn is_empty(&self) -> bool {
        self.families.is_empty()
    }

    /// The family of a child's row with that key.
    ///
    /// # Errors
    /// REPLY_INVALID where no parent has it.
    pub fn family(&self, key: &Scalar<'_>) -> Result<u32, Fault> {
        let family = of_scalar(key).and_then(|key| self.families.get(&key.formed(self.form)).copied());
        family.ok_or_else(|| Fault::new(Reason::ReplyInvalid, "a row belongs to none of its parents"))
    }

    /// The family of each of the parent's rows.
    pub fn into_parents(self) -> Vec<Option<u32>> {
        self.of_parents
    }
}

/// The values of a column, each once and without NULL, in the order they came in.
pub(super) fn distinct(values: &[Value]) -> Vec<Value> {
    let mut seen = HashSet::with_capacity(values.len());
    let keyed = values.iter().filter_map(|value| Some((of_value(value)?, value)));
    keyed.filter_map(|(key, value)| seen.insert(key).then_some(value)).cloned().collect()
}

impl KeyValue<'_> {
    /// The one value that stands for all that are equal to this one.
    fn formed(self, form: KeyForm) -> Self {
        match (form, self) {
            (KeyForm::Number, Self::Text(text)) => number(text),
            (KeyForm::Padded, Self::Text(text)) => Self::Text(text.trim_end_matches(' ').to_owned().into()),
            (KeyForm::Folded, Self::Text(text)) => Self::Text(text.to_lowercase().into()),
            (_, other) => other,
        }
    }

    fn into_owned(self) -> KeyValue<'static> {
        match self {
            Self::Bool(value) => KeyValue::Bool(value),
            Self::Whole(value) => KeyValue::Whole(value),
            Self::Float(value) => KeyValue::Float(value),
            Self::Text(value) => KeyValue::Text(value.into_owned().into()),
            Self::Bytes(value) => KeyValue::Bytes(value.into_owned().into()),
            Self::Instant(seconds, nanos) => KeyValue::Instant(seconds, nanos),
        }
    }
}

/// None for NULL, which equals nothing.
fn of_value(value: &Value) -> Option<KeyValue<'_>> {
    Some(match value {
        Value::Null | Value::List(_) => return None,
        Value::Bool(value) => KeyValue::Bool(*value),
        Value::Int(value) => KeyValue::Whole((*value).into()),
        Value::Uint(value) => KeyValue::Whole((*value).into()),
        Value::Float(value) => of_float(*value),
        Value::Text(value) => KeyValue::Text(value.into()),
        Value::Bytes(value) => KeyValue::Bytes(value.into()),
        Value::Instant(value) => KeyValue::Instant(value.parts().0, value.parts().1),
        // No column gives one of these.
        Value::Duration(_) | Value::Date(_) | Value::Time(_) | Value::Structured(_) => {
            KeyValue::Text(value.to_text()?.into())
        }
    })
}

/// None for NULL, and for what is no key.
fn of_scalar<'a>(value: &'a Scalar<'_>) -> Option<KeyValue<'a>> {
    Some(match value {
        Scalar::Bool(value) => KeyValue::Bool(*value),
        Scalar::Int(value) => KeyValue::Whole((*value).into()),
        Scalar::Text(value) => KeyValue::Text(Cow::Borrowed(value)),
        Scalar::Bytes(value) => KeyValue::Bytes(Cow::Borrowed(value)),
        other => of_value(&other.to_value().ok()?)?.into_owned(),
    })
}

/// A number's text, less the zeros at its end.
fn number(text: Cow<'_, str>) -> KeyValue<'_> {
    let digits = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => &text,
    };
    match digits.parse() {
        Ok(whole) => KeyValue::Whole(whole),
        Err(_) => KeyValue::Text(digits.to_owned().into()),
    }
}

fn of_float(value: f64) -> KeyValue<'static> {
    const EXACT: f64 = (1_u64 << 53) as f64;
    match value {
        _ if value.fract() == 0.0 && value.abs() <= EXACT => KeyValue::Whole(value as i128),
        _ if value.is_nan() => KeyValue::Float(f64::NAN.to_bits()),
        _ => KeyValue::Float(value.to_bits()),
    }
}
