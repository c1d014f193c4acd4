//! What makes two calls equal: the method as it is bound now, and the values that it reads of the request. The message's
//! bytes cannot tell that: protobuf writes the same fields in many ways.

use std::hash::{BuildHasher as _, Hash, Hasher, RandomState};

use smallvec::SmallVec;

use crate::bind::BoundMethod;
use crate::value::Value;

/// A call's key: of equal calls it is equal, of others it is not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Key {
    bytes: Bytes,
    hash: u64,
}

/// A call's key is small, mostly: a method and an id.
type Bytes = SmallVec<[u8; 48]>;

impl Key {
    /// The key of a call of that method with these values. It holds while the method does: another one may come to lie at
    /// the same place. `hasher` is one of this process alone, as a request's values are anybody's choice.
    pub fn of(method: &BoundMethod, values: &[Value], hasher: &RandomState) -> Self {
        let mut bytes = Bytes::new();
        bytes.extend((std::ptr::from_ref(method) as usize).to_ne_bytes());
        values.iter().for_each(|value| write(value, &mut bytes));
        let hash = hasher.hash_one(&bytes);
        Self { bytes, hash }
    }

    /// The hash, which is made once: a call looks its key up several times.
    pub(super) fn hashed(&self) -> u64 {
        self.hash
    }
}

/// Each value says first what it is, and what has no length of its own says that too: no two lists of values are written
/// the same.
fn write(value: &Value, key: &mut Bytes) {
    match value {
        Value::Null => key.push(0),
        Value::Bool(value) => key.extend([1, u8::from(*value)]),
        Value::Int(value) => fixed(key, 2, &value.to_ne_bytes()),
        Value::Uint(value) => fixed(key, 3, &value.to_ne_bytes()),
        // By their bits: 0.0 and -0.0 are two values, and NaN is itself.
        Value::Float(value) => fixed(key, 4, &value.to_bits().to_ne_bytes()),
        Value::Text(value) => sized(key, 5, value.as_bytes()),
        Value::Bytes(value) => sized(key, 6, value),
        Value::Instant(value) => {
            let (seconds, nanos) = value.parts();
            fixed(key, 7, &seconds.to_ne_bytes());
            key.extend(nanos.to_ne_bytes());
        }
        Value::Duration(value) => {
            fixed(key, 8, &value.seconds.to_ne_bytes());
            key.extend(value.nanos.to_ne_bytes());
        }
        Value::Date(value) => sized(key, 9, value.to_string().as_bytes()),
        Value::Time(value) => sized(key, 10, value.to_string().as_bytes()),
        Value::Structured(value) => sized(key, 11, value.json().as_bytes()),
        Value::List(values) => {
            fixed(key, 12, &values.len().to_ne_bytes());
            values.iter().for_each(|value| write(value, key));
        }
    }
}

fn fixed(key: &mut Bytes, kind: u8, bytes: &[u8]) {
    key.push(kind);
    key.extend_from_slice(bytes);
}

fn sized(key: &mut Bytes, kind: u8, bytes: &[u8]) {
    fixed(key, kind, &bytes.len().to_ne_bytes());
    key.extend_from_slice(bytes);
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

/// Takes a key's own hash for what it is.
#[derive(Debug, Default)]
pub(super) struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
impl From<u8> for Key {
    fn from(key: u8) -> Self {
        Self { bytes: Bytes::from_slice(&[key]), hash: key.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(values: &[Value]) -> Bytes {
        let mut key = Bytes::new();
        values.iter().for_each(|value| write(value, &mut key));
        key
    }

    #[test]
    fn other_values_have_other_keys() {
        let text = |text: &str| Value::Text(text.to_owned());
        let different = [
            vec![],
            vec![Value::Null],
            vec![Value::Null, Value::Null],
            vec![Value::Int(0)],
            vec![Value::Uint(0)],
            vec![Value::Bool(false)],
            vec![Value::Float(0.0)],
            vec![Value::Float(-0.0)],
            vec![text("")],
            vec![Value::Bytes(Vec::new())],
            vec![text("ab"), text("c")],
            vec![text("a"), text("bc")],
            vec![Value::List(vec![])],
            vec![Value::List(vec![Value::Null])],
            vec![Value::List(vec![text("a")]), text("b")],
            vec![Value::List(vec![text("a"), text("b")])],
        ];
        for (index, one) in different.iter().enumerate() {
            for other in &different[index + 1..] {
                assert_ne!(key(one), key(other), "{one:?} and {other:?}");
            }
            assert_eq!(key(one), key(&one.clone()));
        }
    }
}
