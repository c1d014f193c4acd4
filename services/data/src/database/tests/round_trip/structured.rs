//! Messages, maps and what google/protobuf/struct.proto has for JSON: in JSON columns, and in composite types.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::values::*;
use super::*;

fn inner() -> impl Strategy<Value = Json> {
    (any::<i32>(), text()).prop_map(|(n, s)| json!({ "n": n, "s": s }))
}

fn inners(column: &str) -> Pair {
    let texts = odd_texts().into_iter().map(|text| json!({ "s": text }));
    let edges = texts.chain([json!({}), json!({ "n": i32::MIN }), json!({ "n": i32::MAX, "s": "" })]);
    pair("Inner", column, edges, inner())
}

/// All kinds of fields in one message, some of them absent.
fn whole() -> impl Strategy<Value = Json> {
    let numbers = (any::<bool>(), any::<i32>(), any::<i64>(), any::<u64>(), any::<f32>(), any::<f64>());
    let moments = (instants(1_000), durations(1_000), dates(), clocks(1_000), decimals());
    let others = (text(), bytes(), inner(), prop::collection::vec(any::<i64>(), 0..3), any_object());
    let lists = (prop::collection::vec(text(), 0..3), prop::collection::vec(inner(), 0..3), any::<u32>());
    (numbers, moments, others, lists).prop_map(|(numbers, moments, others, lists)| {
        let all = json!({
            "truth": numbers.0, "small": numbers.1, "big": numbers.2.to_string(), "huge": numbers.3.to_string(),
            "real": real(f64::from(numbers.4) + 0.0), "wide": real(numbers.5 + 0.0),
            "text": others.0, "raw": others.1,
            "status": "STATUS_SOLD_OUT", "at": moments.0, "took": moments.1, "day": moments.2, "clock": moments.3,
            "price": { "value": moments.4 }, "inner": others.2, "ids": others.3.iter().map(i64::to_string).collect::<Vec<_>>(),
            "tags": lists.0, "extra": others.4, "maybe": numbers.0, "more": lists.1, "counts": { "": 1, "é": -1 },
        });
        // Which of them are there.
        let Json::Object(all) = all else { unreachable!("it was made of braces") };
        let there = all.into_iter().enumerate().filter(|(index, _)| lists.2 >> index & 1 == 1);
        Json::Object(there.map(|(_, field)| field).collect())
    })
}

fn wholes(column: &str) -> Pair {
    let empty = json!({ "text": "", "raw": "", "inner": {}, "maybe": false, "small": 0, "extra": {}, "price": { "value": "0" } });
    let odd =
        json!({ "text": "(\",\\)", "tags": ["", "NULL", "{,}", "\"\\"], "inner": { "s": "(\"\",\\\\)" } });
    let ends = json!({ "real": "NaN", "wide": "-Infinity", "big": i64::MIN.to_string(), "huge": u64::MAX.to_string() });
    pair("Whole", column, [json!({}), empty, odd, ends], whole())
}

fn maps(column: &str) -> Vec<Pair> {
    let numbers = prop::collection::btree_map("[^\\x00]{0,5}", any::<i32>(), 0..4).prop_map(|map| json!(map));
    let inners = prop::collection::btree_map(any::<i64>(), inner(), 0..4);
    let inners = inners
        .prop_map(|map| Json::Object(map.into_iter().map(|(key, value)| (key.to_string(), value)).collect()));
    let truths = prop::collection::btree_map(any::<bool>(), any::<f64>(), 0..3);
    let truths = truths.prop_map(move |map| {
        Json::Object(map.into_iter().map(|(key, value)| (key.to_string(), real(value + 0.0))).collect())
    });
    vec![
        pair(
            "map<string, int32>",
            column,
            [json!({}), json!({ "": 0 }), json!({ "a\"b": i32::MIN })],
            numbers,
        ),
        pair("map<int64, Inner>", column, [json!({}), json!({ "0": {} })], inners),
        pair("map<bool, double>", column, [json!({ "true": "NaN" })], truths),
    ]
}

fn json_values(column: &str) -> Vec<Pair> {
    let numbers = real_edges().into_iter().map(|number| json!({ "n": number }));
    let texts = odd_texts().into_iter().map(|text| json!({ "": text }));
    let objects = numbers.chain(texts).chain([json!({}), json!({ "a": { "b": [null, true, {}] } })]);
    let values =
        [json!(null), json!(true), json!(0), json!(-1.5), json!(""), json!([]), json!({}), nested(40)];
    let lists = [json!([]), json!([null, [], {}, "x", 1e300]), nested(40)];
    let list = prop::collection::vec(any_json(), 0..4).prop_map(Json::Array);
    vec![
        pair("google.protobuf.Struct", column, objects, any_object()),
        pair("google.protobuf.Value", column, values, any_json()),
        pair("google.protobuf.ListValue", column, lists, list),
    ]
}

fn in_json(column: &str) -> Vec<Pair> {
    [vec![inners(column), wholes(column)], maps(column), json_values(column)].concat()
}

pub fn on_postgres() -> Vec<Pair> {
    let composite = inners("pair").and([case(json!({ "s": "a\0b" }), INVALID)]);
    // What no attribute of its type can hold.
    let unheld = [
        json!({ "status": "STATUS_BROKEN" }),
        json!({ "at": instant(0, 1) }),
        json!({ "clock": clock([0, 0, 0], 1) }),
    ];
    let unheld = wholes("whole").and(unheld.map(refused)).and([refused(json!({ "took": duration(0, 1) }))]);
    let long = all_of_unicode().into_iter().chain([megabyte()]).map(|text| json!({ "s": text }));
    let long = inners("jsonb").and(long);
    [in_json("json"), in_json("jsonb"), vec![composite, unheld, long]].concat()
}

pub fn on_sqlite() -> Vec<Pair> {
    let long = all_of_unicode().into_iter().chain([megabyte()]).map(|text| json!({ "s": text }));
    [in_json("TEXT"), vec![inners("TEXT").and(long)]].concat()
}

#[test]
fn messages_and_json_come_back_from_postgresql() {
    come_back_on_postgres(&on_postgres());
}

#[test]
fn messages_and_json_come_back_from_sqlite() {
    come_back_on_sqlite(&on_sqlite());
}

#[test]
fn zero_below_zero_is_zero_in_jsonb_and_itself_in_json() {
    let pair = |column, comes| pair("google.protobuf.Value", column, [case(-0.0, comes)], Just(json!(1)));
    come_back_on_postgres(&[pair("json", Comes::Same), pair("jsonb", Comes::As(json!(0.0)))]);
    come_back_on_sqlite(&[pair("TEXT", Comes::Same)]);
}

/// A Value of lists in each other, as it is on the wire.
fn deep(depth: usize) -> Vec<u8> {
    let delimited = |key: u8, content: Vec<u8>| {
        let mut field = vec![key];
        prost::encoding::encode_varint(content.len() as u64, &mut field);
        field.extend(content);
        field
    };
    // A Value's bool_value is field 4, its list_value field 6, and a ListValue's values are field 1.
    let truth = vec![0x20, 1];
    let value = (0..depth).fold(truth, |inner, _| delimited(0x32, delimited(0x0A, inner)));
    delimited(0x0A, value)
}

#[test]
fn json_is_as_deep_as_protobufs_messages_may_be() {
    let pair = |column| pair("google.protobuf.Value", column, [json!(1)], Just(json!(1)));
    let check = async |served: &Served| {
        let as_deep = deep(48);
        assert_eq!(served.call_raw("P0", &as_deep).await.unwrap(), as_deep);
        for deeper in [60, 1_000, 5_000] {
            let fault = served.call_raw("P0", &deep(deeper)).await.unwrap_err();
            assert_eq!(fault.reason.as_str(), "REQUEST_MALFORMED", "{deeper}");
        }
    };
    crate::fixture::on_postgres(&shop(&[pair("jsonb")]), check);
    crate::fixture::on_sqlite(&shop(&[pair("TEXT")]), check);
}

#[test]
fn what_is_no_json_number_is_the_fields_fault() {
    let pair = pair("google.protobuf.Value", "jsonb", [json!(1)], Just(json!(1)));
    crate::fixture::on_postgres(&shop(&[pair]), async |served| {
        for number in [f64::NAN, f64::INFINITY] {
            // A Value's number_value is field 2.
            let request = [&[0x0A, 9, 0x11][..], &number.to_le_bytes()].concat();
            let fault = served.call_raw("P0", &request).await.unwrap_err();
            assert_eq!((fault.reason.as_str(), fault.field.as_deref()), ("FIELD_INVALID", Some("x")));
        }
    });
}
