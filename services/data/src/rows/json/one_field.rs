//! A JSON value as if it stood in an object by itself, `{"name": value}`, so that a message's reader can read it.

use serde::Deserializer;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

/// One field of an object, or one element of it where it is a list.
pub(super) struct OneField<'n, D> {
    pub name: &'n str,
    pub is_element: bool,
    pub value: D,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for OneField<'de, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let Self { name, is_element, value } = self;
        visitor.visit_map(Entry { name: Some(name), is_element, value: Some(value) })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct Entry<'n, D> {
    name: Option<&'n str>,
    is_element: bool,
    value: Option<D>,
}

impl<'de, D: Deserializer<'de>> MapAccess<'de> for Entry<'de, D> {
    type Error = D::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, D::Error> {
        self.name.take().map(|name| seed.deserialize(BorrowedStrDeserializer::new(name))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, D::Error> {
        let value = self.value.take().ok_or_else(|| serde::de::Error::custom("a second value"))?;
        match self.is_element {
            true => seed.deserialize(OneElement(Some(value))),
            false => seed.deserialize(value),
        }
    }
}

/// A list of one element.
struct OneElement<D>(Option<D>);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for OneElement<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        visitor.visit_seq(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        visitor.visit_some(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, D: Deserializer<'de>> SeqAccess<'de> for OneElement<D> {
    type Error = D::Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, D::Error> {
        self.0.take().map(|value| seed.deserialize(value)).transpose()
    }
}
