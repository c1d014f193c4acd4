//! Truth values, numbers of every kind, and enums.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::values::*;
use super::*;

/// Fields of whole numbers: their types, their range, and a type of PostgreSQL's that fills them.
const WHOLE: [([&str; 4], i128, i128, &str); 4] = [
    (
        ["optional int32", "optional sint32", "optional sfixed32", "google.protobuf.Int32Value"],
        i32::MIN as i128,
        i32::MAX as i128,
        "int4",
    ),
    (
        ["optional uint32", "optional fixed32", "uint32", "google.protobuf.UInt32Value"],
        0,
        u32::MAX as i128,
        "int8",
    ),
    (
        ["optional int64", "optional sint64", "optional sfixed64", "google.protobuf.Int64Value"],
        i64::MIN as i128,
        i64::MAX as i128,
        "int8",
    ),
    (
        ["optional uint64", "optional fixed64", "uint64", "google.protobuf.UInt64Value"],
        0,
        u64::MAX as i128,
        "numeric",
    ),
];

/// No double of an int8 is larger.
const FLOAT_IN_INT8: i128 = (1 << 63) - 1_024;

/// True for a number that a column holds.
type Holds = fn(i128) -> bool;

/// Columns for whole numbers, and which of them each holds.
const COLUMNS: [(&str, Holds); 11] = [
    ("int2", |number| i16::try_from(number).is_ok()),
    ("small", |number| i16::try_from(number).is_ok()),
    ("int4", |number| i32::try_from(number).is_ok()),
    ("int8", |number| i64::try_from(number).is_ok()),
    ("float4", |number| (number as f32) as i128 == number),
    ("float8", |number| (number as f64) as i128 == number),
    ("numeric", |_| true),
    ("text", |_| true),
    ("varchar", |_| true),
    ("char(30)", |_| true),
    ("citext", |_| true),
];

fn whole_pair(field: &str, column: &str, (low, high): (i128, i128), holds: Holds) -> Pair {
    let of = move |number: i128| case(number.to_string(), if holds(number) { Comes::Same } else { REJECTED });
    pair(field, column, whole_edges(low, high).into_iter().map(of), whole(low, high).prop_map(of))
}

fn whole_on_postgres() -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (fields, low, high, own) in WHOLE {
        for (column, holds) in COLUMNS {
            // PostgreSQL itself rounds what it makes of a float, unless that is an int8.
            let (high, own) = match column {
                "float4" | "float8" if own == "numeric" => (FLOAT_IN_INT8, "int8"),
                _ => (high, own),
            };
            pairs.push(whole_pair(fields[0], column, (low, high), holds).back(&format!("CAST(x AS {own})")));
        }
        for field in &fields[1..] {
            pairs.push(whole_pair(field, own, (low, high), |_| true));
        }
    }
    pairs
}

fn whole_on_sqlite() -> Vec<Pair> {
    let pair = |field: &str, low, high| {
        whole_pair(field, "INTEGER", (low, high), |number| i64::try_from(number).is_ok())
    };
    WHOLE.iter().flat_map(|(fields, low, high, _)| fields.map(|field| pair(field, *low, *high))).collect()
}

fn doubles() -> impl Strategy<Value = f64> {
    // Zero below zero is an edge, and not the same everywhere.
    any::<f64>().prop_filter("finite", |value| value.is_finite()).prop_map(|value| value + 0.0)
}

fn floats() -> impl Strategy<Value = f64> {
    any::<f32>().prop_filter("finite", |value| value.is_finite()).prop_map(|value| f64::from(value) + 0.0)
}

fn float_edges() -> Vec<f64> {
    real_edges().into_iter().filter(|value| f64::from(*value as f32) == *value).collect()
}

const NO_NUMBERS: [f64; 3] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];

/// Fields of one type of real numbers, in columns that hold each of its values.
fn real_pairs(fields: [&str; 2], own: &str, edges: Vec<f64>, cases: BoxedStrategy<Json>) -> Vec<Pair> {
    let finite = pair(fields[0], own, edges.into_iter().map(real), cases);
    let all = finite.clone().and(NO_NUMBERS.map(real)).and([json!(-0.0)]);
    let mut pairs = vec![all.clone(), Pair { field: fields[1].to_owned(), ..all.clone() }];
    for column in ["text", "varchar", "char(400)", "citext"] {
        pairs.push(all.in_column(column).back(&format!("CAST(x AS {own})")));
    }
    // It has no zero below zero. Which servers have its infinities is a test of its own.
    let numeric = finite.in_column("numeric").back(&format!("CAST(x AS {own})"));
    pairs.push(numeric.and([case(json!(-0.0), Comes::As(json!(0.0))), json!("NaN").into()]));
    pairs
}

/// Into a float4 goes the nearest that there is, and what is beyond is refused.
fn nearest(value: f64) -> Case {
    let narrow = value as f32;
    let is_beyond = narrow.is_infinite() && value.is_finite();
    case(real(value), if is_beyond { REJECTED } else { Comes::As(real(narrow.into())) })
}

fn real_on_postgres() -> Vec<Pair> {
    let floats = floats().prop_map(real).boxed();
    let mut pairs =
        real_pairs(["optional float", "google.protobuf.FloatValue"], "float4", float_edges(), floats.clone());
    let wide =
        pair("optional float", "float8", float_edges().into_iter().chain(NO_NUMBERS).map(real), floats);
    pairs.push(wide.back("CAST(x AS float4)"));
    let own = ["optional double", "google.protobuf.DoubleValue"];
    pairs.extend(real_pairs(own, "float8", real_edges(), doubles().prop_map(real).boxed()));
    let edges = real_edges().into_iter().chain(NO_NUMBERS).chain([-0.0, 3.5e38, 1e-60]);
    pairs.push(pair("optional double", "float4", edges.map(nearest), doubles().prop_map(nearest)));
    pairs
}

fn real_on_sqlite() -> Vec<Pair> {
    let mut pairs = Vec::new();
    for field in ["optional float", "google.protobuf.FloatValue"] {
        pairs.push(pair(field, "REAL", float_edges().into_iter().map(real), floats().prop_map(real)));
    }
    for field in ["optional double", "google.protobuf.DoubleValue"] {
        pairs.push(pair(field, "REAL", real_edges().into_iter().map(real), doubles().prop_map(real)));
    }
    let infinite: [Case; 2] = [json!("Infinity").into(), json!("-Infinity").into()];
    let others = [infinite.to_vec(), vec![refused("NaN"), case(-0.0, Comes::As(json!(0.0)))]].concat();
    pairs.into_iter().map(|pair| pair.and(others.clone())).collect()
}

fn truth(field: &str, column: &str) -> Pair {
    pair(field, column, [json!(true), json!(false)], any::<bool>().prop_map(Json::from))
}

fn truth_on_postgres() -> Vec<Pair> {
    let texts = ["text", "varchar", "char(5)", "citext"];
    let texts = texts.map(|column| truth("optional bool", column).back("CAST(x AS bool)"));
    let own = ["optional bool", "bool", "google.protobuf.BoolValue"].map(|field| truth(field, "bool"));
    texts.into_iter().chain(own).collect()
}

const LONG: &str =
    "-12345678901234567890123456789012345678901234567890.09876543210987654321098765432109876543210";

/// Decimals as PostgreSQL writes them; each with what is left of other ways to write it, where `plain` is true.
fn decimal(column: &str, plain: bool) -> Pair {
    let of = |text: &str| json!({ "value": text });
    let other = |sent: &str, plainly: &str| match plain {
        true => case(of(sent), Comes::As(of(plainly))),
        false => of(sent).into(),
    };
    let edges = ["0", "1", "-1", "1.10", "0.000000000000000000000000000001", LONG].map(of);
    let long = format!("{}.{}", "9".repeat(1_000), "1".repeat(1_000));
    pair("google.type.Decimal", column, edges, decimals().prop_map(move |text| of(&text)))
        .and([
            other("+1.50", "1.50"),
            other("007", "7"),
            other(".5", "0.5"),
            other("2.5e-8", "0.000000025"),
            other("1E5", "100000"),
        ])
        .and([other("-0.0", "0.0"), other("5.", "5"), of(&long).into()])
        .and([case(of(""), Comes::As(of("0"))), case(json!({}), Comes::As(of("0")))])
        .and(["NaN", "Infinity", "1,5", " 1"].map(|text| case(of(text), INVALID)))
}

fn decimal_on_postgres() -> Vec<Pair> {
    let mut pairs = vec![
        decimal("numeric", true).and([refused(json!({ "value": "1e200000" }))]),
        decimal("json", false),
        decimal("jsonb", false),
    ];
    for column in ["text", "varchar", "citext"] {
        pairs.push(decimal(column, false).back("CASE WHEN x <> '' THEN jsonb_build_object('value', x) END"));
    }
    let trimmed = "CASE WHEN x <> '' THEN jsonb_build_object('value', rtrim(x)) END";
    pairs.push(decimal("char(3000)", false).back(trimmed));
    pairs
}

const STATUS: [&str; 4] = ["STATUS_UNSPECIFIED", "STATUS_OPEN", "STATUS_SOLD_OUT", "STATUS_BROKEN"];

fn statuses(column: &str) -> Pair {
    pair(
        "optional Status",
        column,
        STATUS.map(Json::from),
        prop::sample::select(&STATUS[..]).prop_map(Json::from),
    )
}

/// An enum by number has values that nobody knows yet.
fn numbered(column: &str) -> Pair {
    statuses(column).and([json!(7), json!(-32_768), json!(32_767)])
}

fn enum_on_postgres() -> Vec<Pair> {
    let large = [i32::MIN, i32::MAX].map(Json::from);
    let mut pairs = vec![
        numbered("int2").and(large.clone().map(refused)),
        numbered("int4").and(large.clone()),
        numbered("int8").and(large).back("CAST(x AS int4)"),
    ];
    for column in ["text", "varchar", "citext", "label"] {
        pairs.push(statuses(column).and([refused(7)]));
    }
    pairs.push(statuses("char(12)").and([refused(7)]).back("rtrim(x)"));
    let known = || STATUS[..3].iter().map(|name| json!(name));
    let own =
        pair("optional Status", "mood", known(), prop::sample::select(&STATUS[..3]).prop_map(Json::from));
    pairs.push(own.and([refused("STATUS_BROKEN"), refused(7)]));
    pairs
}

pub fn on_postgres() -> Vec<Pair> {
    [truth_on_postgres(), whole_on_postgres(), real_on_postgres(), decimal_on_postgres(), enum_on_postgres()]
        .concat()
}

pub fn on_sqlite() -> Vec<Pair> {
    let truth = ["optional bool", "google.protobuf.BoolValue"].map(|field| truth(field, "INTEGER"));
    let large = [i32::MIN, i32::MAX].map(Json::from);
    let others = [decimal("TEXT", false), statuses("TEXT").and([refused(7)]), numbered("INTEGER").and(large)];
    [truth.to_vec(), whole_on_sqlite(), real_on_sqlite(), others.to_vec()].concat()
}

#[test]
fn numbers_come_back_from_postgresql() {
    come_back_on_postgres(&on_postgres());
}

#[test]
fn numbers_come_back_from_sqlite() {
    come_back_on_sqlite(&on_sqlite());
}

#[test]
fn infinities_go_into_a_numeric_of_a_server_that_has_them() {
    let shop = Shop::reading(
        "message Request { double x = 1; } message Reply { string x = 1; }",
        "SELECT CAST(:x AS numeric) AS x",
    );
    crate::fixture::on_postgres(&shop, async |served| {
        for text in ["Infinity", "-Infinity"] {
            let reply = served.get(&json!({ "x": text }).to_string()).await;
            match reply {
                Ok(reply) => assert_eq!(reply, json!({ "x": text }).to_string()),
                // Before PostgreSQL 14.
                Err(fault) => assert_eq!(fault.reason.as_str(), "VALUE_REJECTED"),
            }
        }
    });
}
