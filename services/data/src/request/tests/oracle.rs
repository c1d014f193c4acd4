//! Reading against prost-reflect, which reads the same bytes its own way: whatever it takes, we take, with the same
//! values.

use proptest::prelude::*;
use prost::Message as _;
use prost::encoding::{WireType, encode_key};
use prost_reflect::{FieldDescriptor, Kind, ReflectMessage as _, Value as Proto};

use super::*;
use crate::fixture::{contract, message};
use crate::instant::Instant;

const SCALARS: [&str; 16] = [
    "double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64",
    "sfixed32", "sfixed64", "bool", "string", "bytes", "E",
];
const WRAPPERS: [&str; 10] = [
    "google.protobuf.DoubleValue",
    "google.protobuf.FloatValue",
    "google.protobuf.Int64Value",
    "google.protobuf.UInt64Value",
    "google.protobuf.Int32Value",
    "google.protobuf.UInt32Value",
    "google.protobuf.BoolValue",
    "google.protobuf.StringValue",
    "google.protobuf.BytesValue",
    "google.protobuf.Timestamp",
];

/// Message `Old` has every kind of field with and without presence; `New` has the same and more, so that its messages
/// hold fields that `Old` does not know.
fn source() -> String {
    let mut fields = String::new();
    let mut number = 0;
    let mut add = |line: &str| {
        number += 1;
        fields.push_str(&line.replace('#', &number.to_string()));
    };
    for (index, kind) in SCALARS.iter().enumerate() {
        add(&format!("{kind} plain{index} = #;"));
        add(&format!("optional {kind} optional{index} = #;"));
        add(&format!("repeated {kind} repeated{index} = #;"));
        add(&format!("repeated {kind} unpacked{index} = # [packed = false];").replace(
            " [packed = false]",
            if matches!(*kind, "string" | "bytes") { "" } else { " [packed = false]" },
        ));
    }
    for (index, kind) in WRAPPERS.iter().enumerate() {
        add(&format!("{kind} wrapped{index} = #;"));
    }
    add("oneof choice { string text = #;");
    add("sint32 number = #; NAME nested = 1001; }");
    add("map<string, int32> map = #;");
    add("NAME inner = #; ");
    let of = |name: &str, more: &str| format!("message {name} {{ {} {more} }}", fields.replace("NAME", name));
    let more = "string later = 500; repeated fixed64 latest = 2000; New newest = 90000;";
    format!("enum E {{ ZERO = 0; ONE = 1; MINUS = -1; }} {} {}", of("Old", ""), of("New", more))
}

/// Every field of one value, here and one level down.
fn wanted(message: &MessageDescriptor) -> Vec<String> {
    let is_value = |field: &FieldDescriptor| {
        let is_message = matches!(field.kind(), Kind::Message(inner) if inner.full_name().starts_with("t."));
        !field.is_list() && !field.is_map() && !is_message
    };
    let names: Vec<String> = message.fields().filter(is_value).map(|field| field.name().to_owned()).collect();
    let below = ["inner", "nested", "inner.inner"];
    let nested = below.iter().flat_map(|above| names.iter().map(move |name| format!("{above}.{name}")));
    names.iter().cloned().chain(nested).collect()
}

/// What prost-reflect has at that place, as our own value.
fn expected(message: &DynamicMessage, way: &[FieldDescriptor]) -> Value {
    let (field, rest) = way.split_first().unwrap();
    if field.supports_presence() && !message.has_field(field) {
        return Value::Null;
    }
    let value = message.get_field(field);
    match value.as_ref() {
        Proto::Message(inner) if !rest.is_empty() => expected(inner, rest),
        Proto::Message(inner) if inner.descriptor().name() == "Timestamp" => {
            let part = |name| inner.get_field_by_name(name).unwrap().into_owned();
            let (Proto::I64(seconds), Proto::I32(nanos)) = (part("seconds"), part("nanos")) else { panic!() };
            Value::Instant(Instant::new(seconds, nanos).unwrap())
        }
        Proto::Message(inner) => scalar(&inner.get_field_by_number(1).unwrap()),
        value => scalar(value),
    }
}

fn scalar(value: &Proto) -> Value {
    match value {
        Proto::Bool(value) => Value::Bool(*value),
        Proto::I32(value) | Proto::EnumNumber(value) => Value::Int((*value).into()),
        Proto::I64(value) => Value::Int(*value),
        Proto::U32(value) => Value::Int((*value).into()),
        Proto::U64(value) => Value::uint(*value),
        Proto::F32(value) => Value::Float((*value).into()),
        Proto::F64(value) => Value::Float(*value),
        Proto::String(value) => Value::Text(value.clone()),
        Proto::Bytes(value) => Value::Bytes(value.to_vec()),
        other => panic!("{other:?} is no scalar"),
    }
}

/// A message with some of its fields, by choices that `random` makes.
fn random_message(
    descriptor: &MessageDescriptor,
    random: &mut impl FnMut(u32) -> u32,
    depth: u32,
) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor.clone());
    for field in descriptor.fields() {
        if random(3) != 0 {
            continue;
        }
        let value = if field.is_map() {
            Proto::Map([(prost_reflect::MapKey::String("k".to_owned()), Proto::I32(1))].into())
        } else if field.is_list() {
            Proto::List((0..random(4)).filter_map(|_| random_value(&field, random, depth)).collect())
        } else {
            let Some(value) = random_value(&field, random, depth) else { continue };
            value
        };
        message.set_field(&field, value);
    }
    message
}

fn random_value(field: &FieldDescriptor, random: &mut impl FnMut(u32) -> u32, depth: u32) -> Option<Proto> {
    let wide = [
        0_i64,
        1,
        -1,
        127,
        128,
        16_384,
        i64::MAX,
        i64::MIN,
        i32::MAX.into(),
        i32::MIN.into(),
        u32::MAX.into(),
    ][random(11) as usize];
    let real = [0.0, -0.0, 1.5, f64::MAX, f64::INFINITY, f64::MIN_POSITIVE][random(6) as usize];
    Some(match field.kind() {
        Kind::Double => Proto::F64(real),
        Kind::Float => Proto::F32(real as f32),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Proto::I32(wide as i32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Proto::I64(wide),
        Kind::Uint32 | Kind::Fixed32 => Proto::U32(wide as u32),
        Kind::Uint64 | Kind::Fixed64 => Proto::U64(wide as u64),
        Kind::Bool => Proto::Bool(random(2) == 1),
        Kind::String => Proto::String(["", "x", "é東京", "a'b\"c"][random(4) as usize].to_owned()),
        Kind::Bytes => Proto::Bytes(vec![0xFF; random(3) as usize].into()),
        Kind::Enum(_) => Proto::EnumNumber([0, 1, -1, 7][random(4) as usize]),
        Kind::Message(inner) if inner.name() == "Timestamp" => {
            let mut instant = DynamicMessage::new(inner);
            let seconds = [0, 1, -1, 253_402_300_799, -62_135_596_800][random(5) as usize];
            instant.set_field_by_name("seconds", Proto::I64(seconds));
            instant.set_field_by_name("nanos", Proto::I32([0, 1, 999_999_999][random(3) as usize]));
            Proto::Message(instant)
        }
        Kind::Message(inner) if inner.full_name().starts_with("t.") && depth == 0 => return None,
        Kind::Message(inner) => Proto::Message(random_message(&inner, random, depth.saturating_sub(1))),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn what_prost_reflect_reads_we_read_too(
        seed in any::<u64>(), parts in 1..3_usize, cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
    ) {
        thread_local! {
            static POOL: prost_reflect::DescriptorPool = contract(&source());
        }
        let pool = POOL.with(Clone::clone);
        let (old, new) = (message(&pool, "Old"), message(&pool, "New"));
        let map = old.get_field_by_name("map").unwrap();
        let names = wanted(&old);
        let layout = layout(&old, &names.iter().map(String::as_str).collect::<Vec<_>>());

        let mut state = seed | 1;
        let mut random = |below: u32| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) as u32) % below
        };
        // Several messages one after the other are one message, merged.
        let mut bytes = Vec::new();
        for _ in 0..parts {
            bytes.extend(random_message(&new, &mut random, 2).encode_to_vec());
        }
        let check = |bytes: &[u8]| -> Result<(), TestCaseError> {
            let Ok(oracle) = DynamicMessage::decode(old.clone(), bytes) else { return Ok(()) };
            match layout.read(bytes) {
                Ok(values) => for (name, value) in names.iter().zip(values) {
                    let expected = expected(&oracle, &way(&old, name));
                    prop_assert_eq!(format!("{:?}", value), format!("{:?}", expected), "{}", name);
                },
                // NUL in text, and instants that are none, are refused on purpose.
                Err(fault) => prop_assert_eq!(fault.reason, Reason::FieldInvalid, "{}", fault),
            }
            Ok(())
        };
        check(&bytes)?;
        // Damaged bytes that are a message all the same are read the same.
        for (index, byte) in cuts.iter().filter(|_| !bytes.is_empty()) {
            let at = index.index(bytes.len());
            let mut damaged = bytes.clone();
            damaged[at] = *byte;
            if !damaged_instant(&old, &damaged) && !has_other_key(&map, &damaged) {
                check(&damaged)?;
            }
        }
    }
}

/// True where a map's entry may say that it is no message, which the oracle does not mind: it reads one all the same.
fn has_other_key(map: &FieldDescriptor, bytes: &[u8]) -> bool {
    let mut key = Vec::new();
    encode_key(map.number(), WireType::LengthDelimited, &mut key);
    let is_other = |found: &[u8]| found != key && found[0] >> 3 == key[0] >> 3 && found[1..] == key[1..];
    bytes.windows(key.len()).any(is_other)
}

/// True where a damaged timestamp is out of range, which the oracle does not mind.
fn damaged_instant(message: &MessageDescriptor, bytes: &[u8]) -> bool {
    DynamicMessage::decode(message.clone(), bytes).is_ok_and(|message| has_bad_instant(&message))
}

fn has_bad_instant(message: &DynamicMessage) -> bool {
    let part = |name: &str| message.get_field_by_name(name).map(|value| value.into_owned());
    if message.descriptor().name() == "Timestamp" {
        let (Some(Proto::I64(seconds)), Some(Proto::I32(nanos))) = (part("seconds"), part("nanos")) else {
            panic!()
        };
        return Instant::new(seconds, nanos).is_none();
    }
    message.fields().any(|(_, value)| matches!(value, Proto::Message(inner) if has_bad_instant(inner)))
}
