//! Texts and bytes, and whatever PostgreSQL reads from a text.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::values::*;
use super::*;

fn strings(field: &str, column: &str) -> Pair {
    pair(field, column, odd_texts().into_iter().map(Json::from), text().prop_map(Json::from))
}

/// With every character there is, and a million bytes.
fn long_strings(field: &str, column: &str) -> Pair {
    strings(field, column).and(all_of_unicode().into_iter().chain([megabyte()]).map(Json::from))
}

fn raw(field: &str, column: &str) -> Pair {
    let all: Vec<u8> = (0..=255).collect();
    let edges = [vec![], vec![0], all, b"\\x00".to_vec(), vec![0xA5; 1_000_000]];
    pair(field, column, edges.map(|edge| base64(&edge)), bytes())
}

/// It has blanks to its end.
fn padded() -> Pair {
    let of = |text: String| {
        let text: String = text.chars().take(30).collect();
        let blanks = " ".repeat(30 - text.chars().count());
        case(text.clone(), Comes::As(json!(text + &blanks)))
    };
    let edges = odd_texts().into_iter().map(of);
    pair("optional string", "char(30)", edges, text().prop_map(of)).and([refused("a".repeat(31))])
}

/// What PostgreSQL reads from a text, as it writes it itself; what it writes in another way, and what it does not read.
struct Read {
    column: &'static str,
    same: &'static [&'static str],
    others: &'static [(&'static str, &'static str)],
    refused: &'static [&'static str],
    cases: &'static str,
}

const UUID: &str = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const DAY: &str = "(0[1-9]{3}|[1-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])";
const CLOCK: &str = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{0,5}[1-9])?";

const READ: [Read; 27] = [
    Read {
        column: "int2",
        same: &["32767", "-32768", "0"],
        others: &[("+5", "5")],
        refused: &["32768", "1.5", "", "x"],
        cases: "-?[1-9][0-9]{0,3}",
    },
    Read {
        column: "int4",
        same: &["2147483647", "-2147483648"],
        others: &[],
        refused: &["2147483648", "1.5", ""],
        cases: "-?[1-9][0-9]{0,8}",
    },
    Read {
        column: "int8",
        same: &["9223372036854775807", "-9223372036854775808"],
        others: &[("007", "7")],
        refused: &["9223372036854775808", "1e3"],
        cases: "-?[1-9][0-9]{0,17}",
    },
    Read {
        column: "float4",
        same: &["0", "1.5", "NaN", "Infinity", "-Infinity"],
        others: &[("1e30", "1e+30"), ("inf", "Infinity")],
        refused: &["1e39", "x", ""],
        cases: "-?[1-9][0-9]{0,4}",
    },
    Read {
        column: "float8",
        same: &["0", "0.1", "NaN", "Infinity", "-Infinity", "-0"],
        others: &[("1e300", "1e+300"), ("1.50", "1.5")],
        refused: &["1e400", "-1e400", "1e-400", "x", ""],
        cases: "-?[1-9][0-9]{0,8}(\\.[0-9]{0,5}[1-9])?",
    },
    Read {
        column: "numeric",
        same: &["0", "1.10", "NaN", "-0.000000000000000000000000000000000001"],
        others: &[("+1e3", "1000"), (".5", "0.5")],
        refused: &["1,5", "x", "", "1e200000"],
        cases: "-?[1-9][0-9]{0,60}(\\.[0-9]{1,60})?",
    },
    Read {
        column: "\"char\"",
        same: &["", "a", "~", " "],
        others: &[],
        refused: &["ab", "é"],
        cases: "[ -~]",
    },
    Read {
        column: "mood",
        same: &["open", "STATUS_SOLD_OUT", "unspecified"],
        others: &[],
        refused: &["STATUS_OPEN", "", "OPEN"],
        cases: "(open|unspecified)",
    },
    Read {
        column: "uuid",
        same: &["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
        others: &[("{A0EEBC999C0B4EF8BB6D6BB9BD380A11}", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")],
        refused: &["", "x"],
        cases: UUID,
    },
    Read {
        column: "date",
        same: &["0001-01-01", "9999-12-31", "5874897-12-31", "0044-03-15 BC", "infinity", "-infinity"],
        others: &[("20240501", "2024-05-01")],
        refused: &["2024-13-01", "2023-02-29", "soon", "", "5874898-01-01"],
        cases: DAY,
    },
    Read {
        column: "time",
        same: &["00:00:00", "24:00:00", "12:30:00.5"],
        others: &[("7:00 PM", "19:00:00")],
        refused: &["25:00:00", "soon"],
        cases: CLOCK,
    },
    Read {
        column: "timestamp",
        same: &[
            "2024-05-01 12:30:00.123456",
            "294276-12-31 23:59:59.999999",
            "0044-03-15 00:00:00 BC",
            "infinity",
        ],
        others: &[("2024-05-01T12:30:00Z", "2024-05-01 12:30:00")],
        refused: &["soon", "294277-01-01"],
        cases: "2[0-9]{3}-0[1-9]-1[0-9] 12:34:56(\\.[0-9]{0,5}[1-9])?",
    },
    Read {
        column: "timestamptz",
        same: &["2024-05-01 12:30:00.123456+00", "-infinity"],
        others: &[("2024-05-01 12:30:00+02", "2024-05-01 10:30:00+00")],
        refused: &["soon", "294277-01-01"],
        cases: "2[0-9]{3}-0[1-9]-1[0-9] 12:34:56(\\.[0-9]{0,5}[1-9])?\\+00",
    },
    Read {
        column: "interval",
        same: &[
            "00:00:00",
            "1 year 2 mons 3 days 04:05:06.7",
            "-00:00:01.5",
            "-1 days +00:00:01",
            "178000000 years",
        ],
        others: &[("1 hour", "01:00:00"), ("P1D", "1 day")],
        refused: &["soon", "999999999 years"],
        cases: "[2-9] mons [2-9][0-9] days 0[1-9]:00:00",
    },
    Read {
        column: "json",
        same: &["{}", "{\"b\":1, \"a\" :[ ]}", "\"\\u0000\"", "1e400", "null", "12345678901234567890"],
        others: &[],
        refused: &["{", "", "NaN"],
        cases: "\\[-?[1-9][0-9]{0,30}, \"[a-z]{0,5}\"\\]",
    },
    Read {
        column: "jsonb",
        same: &["{}", "null", "[1, \"é\", {\"a\": null}]", "12345678901234567890.10"],
        others: &[("{\"b\":1,\"a\":2,\"b\":3}", "{\"a\": 2, \"b\": 3}"), ("-0.0", "0.0")],
        refused: &["{", "", "\"\\u0000\"", "1e200000"],
        cases: "\\[-?[1-9][0-9]{0,30}, \"[a-z]{0,5}\"\\]",
    },
    Read {
        column: "inet",
        same: &["192.168.0.1", "10.0.0.1/8", "::1", "2001:db8::/32", "::ffff:1.2.3.4"],
        others: &[("::0001", "::1"), ("1.2.3.4/32", "1.2.3.4")],
        refused: &["", "256.0.0.1", "1.2.3.4/33"],
        cases: "(1?[1-9]?[0-9]\\.){3}1[0-9]",
    },
    Read {
        column: "cidr",
        same: &["10.0.0.0/8", "0.0.0.0/0", "2001:db8::/32", "1.2.3.4/32"],
        others: &[("10.1", "10.1.0.0/16")],
        refused: &["", "10.0.0.1/8"],
        cases: "(1?[1-9]?[0-9]\\.){2}0\\.0/16",
    },
    Read {
        column: "int4range",
        same: &["[1,10)", "empty", "(,)", "[5,)"],
        others: &[("[1,9]", "[1,10)")],
        refused: &["[2,1)", "", "x"],
        cases: "\\[-?[1-9][0-9]{0,2},[1-9][0-9]{4}\\)",
    },
    Read {
        column: "int8range",
        same: &["[1,10)", "empty", "[-9223372036854775808,9223372036854775807)"],
        others: &[("(1,3]", "[2,4)")],
        refused: &["[2,1)"],
        cases: "\\[-?[1-9][0-9]{0,8},[1-9][0-9]{10}\\)",
    },
    Read {
        column: "numrange",
        same: &["[1.10,2]", "empty", "(,5.5)"],
        others: &[],
        refused: &["[2,1]"],
        cases: "\\[-?[1-9][0-9]{0,20}\\.[0-9]{5},[1-9][0-9]{30}\\)",
    },
    Read {
        column: "daterange",
        same: &["[2024-01-01,2024-02-01)", "empty"],
        others: &[("[2024-01-01,2024-01-31]", "[2024-01-01,2024-02-01)")],
        refused: &["[2024-13-01,)"],
        cases: "\\[1[0-9]{3}-05-01,2[0-9]{3}-05-01\\)",
    },
    Read {
        column: "tsrange",
        same: &["[\"2024-01-01 00:00:00\",\"2024-02-01 12:30:00.5\")", "empty", "(,)"],
        others: &[],
        refused: &["[soon,)"],
        cases: "\\[\"1[0-9]{3}-05-01 00:00:00\",\"2[0-9]{3}-05-01 00:00:00\"\\)",
    },
    Read {
        column: "tstzrange",
        same: &["[\"2024-01-01 00:00:00+00\",)", "empty"],
        others: &[("[2024-01-01 02:00+02,)", "[\"2024-01-01 00:00:00+00\",)")],
        refused: &["[soon,)"],
        cases: "\\[\"1[0-9]{3}-05-01 00:00:00\\+00\",\"2[0-9]{3}-05-01 00:00:00\\+00\"\\)",
    },
    Read {
        column: "textrange",
        same: &["[a,b)", "[\"a,\"\"\\\\\",z]", "empty"],
        others: &[],
        refused: &["[b,a)"],
        cases: "\\[[a-d]{1,5},[w-z]{1,5}\\)",
    },
    Read {
        column: "small",
        same: &["5", "-32768"],
        others: &[],
        refused: &["32768", "x"],
        cases: "[1-9][0-9]{0,3}",
    },
    Read {
        column: "moment",
        same: &["2024-05-01 12:30:00+00"],
        others: &[],
        refused: &["soon"],
        cases: "2[0-9]{3}-0[1-9]-1[0-9] 12:34:56\\+00",
    },
];

fn read(read: &Read) -> Pair {
    let same = read.same.iter().map(|text| json!(text));
    let others = read.others.iter().map(|(text, other)| case(*text, Comes::As(json!(other))));
    let cases = proptest::string::string_regex(read.cases).unwrap();
    let pair = pair("optional string", read.column, same, cases.prop_map(Json::from));
    let pair = pair.and(others).and(read.refused.iter().map(|text| refused(*text)));
    // Numbers have fields of their own.
    let is_number = ["int2", "int4", "int8", "float4", "float8", "small"].contains(&read.column);
    if is_number { pair.back("CAST(x AS text)") } else { pair }
}

pub fn on_postgres() -> Vec<Pair> {
    let short = text().prop_map(|text| text.chars().take(15).collect::<String>()).prop_map(Json::from);
    let mut pairs = vec![
        long_strings("optional string", "text"),
        strings("google.protobuf.StringValue", "text"),
        strings("optional string", "label"),
        strings("optional string", "varchar"),
        strings("optional string", "varchar(40)").and([refused("a".repeat(41))]),
        padded(),
        strings("optional string", "citext"),
        pair("optional string", "name", odd_texts().into_iter().map(Json::from), short)
            .and(["a".repeat(63)].map(Json::from))
            .and([refused("a".repeat(64)), refused("é".repeat(32))]),
        raw("optional bytes", "bytea"),
        raw("google.protobuf.BytesValue", "bytea"),
    ];
    pairs.extend(READ.iter().map(read));
    pairs
}

pub fn on_sqlite() -> Vec<Pair> {
    vec![
        long_strings("optional string", "TEXT"),
        strings("google.protobuf.StringValue", "TEXT"),
        raw("optional bytes", "BLOB"),
        raw("google.protobuf.BytesValue", "BLOB"),
    ]
}

#[test]
fn texts_come_back_from_postgresql() {
    come_back_on_postgres(&on_postgres());
}

#[test]
fn texts_come_back_from_sqlite() {
    come_back_on_sqlite(&on_sqlite());
}

#[test]
fn a_text_with_a_nul_is_the_fields_fault() {
    let nul = ["\0", "a\0b"].map(|text| case(text, INVALID));
    let pairs = ["text", "varchar"].map(|column| strings("optional string", column).and(nul.clone()));
    come_back_on_postgres(&pairs);
    come_back_on_sqlite(&[strings("optional string", "TEXT").and(nul)]);
}
