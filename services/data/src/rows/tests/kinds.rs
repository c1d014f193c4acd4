//! Every kind of field, over its whole range: what is written decodes to what the column had.

use proptest::prelude::*;
use prost::Message as _;
use prost_reflect::{Kind, ReflectMessage as _, Value as Proto};

use super::*;
use crate::fixture::{contract, message};
use crate::instant::Instant;

const KINDS: [&str; 15] = [
    "double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64",
    "sfixed32", "sfixed64", "bool", "string", "bytes",
];

/// One message a kind: without presence, with it, and as a wrapper where there is one.
fn contract_of_kinds() -> prost_reflect::DescriptorPool {
    let wrappers = [
        ("double", "Double"),
        ("float", "Float"),
        ("int32", "Int32"),
        ("int64", "Int64"),
        ("uint32", "UInt32"),
        ("uint64", "UInt64"),
        ("bool", "Bool"),
        ("string", "String"),
        ("bytes", "Bytes"),
    ];
    let of = |kind: &str| {
        let wrapper = wrappers.iter().find(|(known, _)| *known == kind);
        let wrapped = wrapper.map(|(_, name)| format!("google.protobuf.{name}Value wrapped = 3000;"));
        let wrapped = wrapped.unwrap_or_else(|| format!("optional {kind} wrapped = 3000;"));
        format!("message M_{kind} {{ {kind} plain = 1; optional {kind} maybe = 16; {wrapped} }}")
    };
    contract(&KINDS.iter().map(|kind| of(kind)).collect::<String>())
}

fn scalar_of(kind: &Kind) -> BoxedStrategy<Scalar<'static>> {
    let int = |range: std::ops::RangeInclusive<i64>| {
        let (low, high) = (*range.start(), *range.end());
        prop_oneof![range, Just(low), Just(high), Just(0_i64), Just(1)].prop_map(Scalar::Int).boxed()
    };
    match kind {
        Kind::Double => any::<f64>().prop_map(Scalar::Float).boxed(),
        Kind::Float => any::<f32>().prop_map(|value| Scalar::Float(value.into())).boxed(),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => int(i32::MIN.into()..=i32::MAX.into()),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => int(i64::MIN..=i64::MAX),
        Kind::Uint32 | Kind::Fixed32 => int(0..=u32::MAX.into()),
        Kind::Uint64 | Kind::Fixed64 => {
            prop_oneof![int(0..=i64::MAX), any::<u64>().prop_map(|value| numeric(value.into()))].boxed()
        }
        Kind::Bool => any::<bool>().prop_map(Scalar::Bool).boxed(),
        Kind::String => ".{0,200}".prop_map(|text| Scalar::Text(text.into())).boxed(),
        Kind::Bytes => prop::collection::vec(any::<u8>(), 0..200)
            .prop_map(|bytes| Scalar::Bytes(Vec::leak(bytes)))
            .boxed(),
        other => panic!("{other:?}"),
    }
}

/// The column's value as prost-reflect would hold it.
fn expected(kind: &Kind, value: &Scalar<'_>) -> Proto {
    match (kind, value) {
        (Kind::Double, Scalar::Float(value)) => Proto::F64(*value),
        (Kind::Float, Scalar::Float(value)) => Proto::F32(*value as f32),
        (Kind::Int32 | Kind::Sint32 | Kind::Sfixed32, Scalar::Int(value)) => Proto::I32(*value as i32),
        (Kind::Int64 | Kind::Sint64 | Kind::Sfixed64, Scalar::Int(value)) => Proto::I64(*value),
        (Kind::Uint32 | Kind::Fixed32, Scalar::Int(value)) => Proto::U32(*value as u32),
        (Kind::Uint64 | Kind::Fixed64, Scalar::Int(value)) => Proto::U64(*value as u64),
        (Kind::Uint64 | Kind::Fixed64, Scalar::Numeric(value)) => {
            Proto::U64(value.integer().unwrap().try_into().unwrap())
        }
        (Kind::Bool, Scalar::Bool(value)) => Proto::Bool(*value),
        (Kind::String, Scalar::Text(value)) => Proto::String(value.to_string()),
        (Kind::Bytes, Scalar::Bytes(value)) => Proto::Bytes(value.to_vec().into()),
        other => panic!("{other:?}"),
    }
}

fn check(kind: &str, values: [Scalar<'_>; 3]) -> Result<(), TestCaseError> {
    thread_local! {
        static POOL: prost_reflect::DescriptorPool = contract_of_kinds();
    }
    let descriptor = message(&POOL.with(Clone::clone), &format!("M_{kind}"));
    let [plain, maybe, wrapped] = values.clone();
    let bytes = write(&descriptor, &[("wrapped", wrapped), ("plain", plain), ("maybe", maybe)]).unwrap();
    let decoded = DynamicMessage::decode(descriptor.clone(), bytes.as_slice()).unwrap();
    let kind = descriptor.get_field_by_name("plain").unwrap().kind();
    for (field, value) in ["plain", "maybe", "wrapped"].iter().zip(&values) {
        prop_assert_eq!(decoded.has_field_by_name("wrapped"), values[2] != Scalar::Null);
        let found = decoded.get_field_by_name(field).unwrap().into_owned();
        let found = match &found {
            Proto::Message(inner) if decoded.has_field_by_name("wrapped") => {
                inner.get_field_by_number(1).unwrap().into_owned()
            }
            _ => found,
        };
        match value {
            Scalar::Null => prop_assert!(!decoded.has_field_by_name(field)),
            // NaN is unequal to itself.
            value => prop_assert_eq!(format!("{:?}", found), format!("{:?}", expected(&kind, value))),
        }
    }
    // The same bytes that protobuf's own encoder would write: in order of number, and no default without presence.
    let is_negative_zero =
        matches!(values[0], Scalar::Float(value) if value == 0.0 && value.is_sign_negative());
    if !is_negative_zero && !matches!(values[2], Scalar::Float(value) if value == 0.0) {
        prop_assert_eq!(bytes, decoded.encode_to_vec(), "{}", decoded.descriptor().full_name());
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_value_of_any_kind_decodes_to_what_the_column_had(
        (kind, values) in prop::sample::select(KINDS.to_vec()).prop_flat_map(|kind| {
            let pool = contract_of_kinds();
            let field = message(&pool, &format!("M_{kind}")).get_field_by_name("plain").unwrap();
            let value = || prop_oneof![1 => Just(Scalar::Null), 6 => scalar_of(&field.kind())];
            (Just(kind), [value(), value(), value()])
        })
    ) {
        check(kind, values)?;
    }

    #[test]
    fn an_instant_decodes_to_itself(micros in -62_135_596_800_000_000_i64..=253_402_300_799_999_999) {
        let pool = contract("message M { google.protobuf.Timestamp at = 1; string text = 2; }");
        let descriptor = message(&pool, "M");
        let value = || Scalar::Timestamp(Timestamp { micros: micros - 946_684_800_000_000, with_zone: true });
        let bytes = write(&descriptor, &[("at", value()), ("text", value())]).unwrap();
        let decoded = DynamicMessage::decode(descriptor, bytes.as_slice()).unwrap();
        let Proto::Message(at) = decoded.get_field_by_name("at").unwrap().into_owned() else { panic!() };
        prop_assert_eq!(at.get_field_by_name("seconds").unwrap().as_i64(), Some(micros.div_euclid(1_000_000)));
        let nanos = micros.rem_euclid(1_000_000) as i32 * 1_000;
        prop_assert_eq!(at.get_field_by_name("nanos").unwrap().as_i32(), Some(nanos));
        let text = Instant::from_micros(micros).unwrap().to_string().replace('T', " ").replace('Z', "+00");
        prop_assert_eq!(decoded.get_field_by_name("text").unwrap().into_owned(), Proto::String(text));
    }
}

#[test]
fn a_default_is_left_out_in_whatever_form_it_comes() {
    let pool = contract_of_kinds();
    for (kind, value) in [
        ("int64", Scalar::Int(0)),
        ("int64", numeric(0)),
        ("double", Scalar::Int(0)),
        ("double", Scalar::Float(0.0)),
        ("bool", Scalar::Int(0)),
        ("bool", Scalar::Bool(false)),
        ("string", text("")),
        ("bytes", Scalar::Bytes(&[])),
        ("sint32", Scalar::Int(0)),
        ("fixed64", numeric(0)),
    ] {
        let descriptor = message(&pool, &format!("M_{kind}"));
        assert_eq!(write(&descriptor, &[("plain", value.clone())]).unwrap(), [0; 0], "{kind} {value:?}");
        assert!(json(&descriptor, &[("maybe", value.clone())]).contains("maybe"), "{kind} {value:?}");
        assert!(json(&descriptor, &[("wrapped", value.clone())]).contains("wrapped"), "{kind} {value:?}");
    }
    let zeros = write(&message(&pool, "M_string"), &[("plain", text("\u{1}"))]).unwrap();
    assert_eq!(zeros, [0x0A, 1, 1]);
}

#[test]
fn an_enum_is_its_number_its_name_or_its_name_in_short() {
    let pool = contract(
        "enum FlightStatus { FLIGHT_STATUS_UNSPECIFIED = 0; FLIGHT_STATUS_OPEN = 1; FLIGHT_STATUS_GATE_CLOSED = 2; }
         enum HTTPKind { HTTP_KIND_UNSPECIFIED = 0; HTTP_KIND_GET = 7; }
         message M { FlightStatus status = 1; HTTPKind kind = 2; }",
    );
    let descriptor = message(&pool, "M");
    for value in [Scalar::Int(2), text("FLIGHT_STATUS_GATE_CLOSED"), text("gate_closed")] {
        assert_eq!(json(&descriptor, &[("status", value)]), r#"{"status":"FLIGHT_STATUS_GATE_CLOSED"}"#);
    }
    assert_eq!(json(&descriptor, &[("kind", text("get"))]), r#"{"kind":"HTTP_KIND_GET"}"#);
    assert_eq!(json(&descriptor, &[("status", Scalar::Int(9))]), r#"{"status":9}"#);
    for zero in [Scalar::Int(0), text("unspecified"), text("FLIGHT_STATUS_UNSPECIFIED")] {
        assert_eq!(write(&descriptor, &[("status", zero)]).unwrap(), [0; 0]);
    }
}
