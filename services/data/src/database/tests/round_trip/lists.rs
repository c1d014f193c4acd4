//! Lists of everything: in arrays of what their items go into, and in JSON.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;

/// An item of a list that is worth trying among others.
fn is_short(case: &&Case) -> bool {
    case.sent.to_string().len() < 3_000
}

/// The list of those, and what becomes of it: one that is refused is the fault of all.
fn list(cases: &[Case]) -> Case {
    let sent = cases.iter().map(|case| case.sent.clone()).collect();
    let mut come = Vec::new();
    for Case { sent, comes } in cases {
        match comes {
            Comes::Same => come.push(sent.clone()),
            Comes::As(other) => come.push(other.clone()),
            Comes::Refused(reason) => return case(Json::Array(sent_of(cases)), Comes::Refused(reason)),
        }
    }
    case(Json::Array(sent), Comes::As(Json::Array(come)))
}

fn sent_of(cases: &[Case]) -> Vec<Json> {
    cases.iter().map(|case| case.sent.clone()).collect()
}

/// Lists of a pair's values, in a column of that type.
fn lists(pair: &Pair, column: &str) -> Pair {
    let (refused, held): (Vec<Case>, Vec<Case>) =
        pair.edges.iter().filter(is_short).cloned().partition(|case| matches!(case.comes, Comes::Refused(_)));
    let with_one_refused = refused.into_iter().map(|case| list(&[held[0].clone(), case]));
    let edges = [list(&[]), list(&held[..1]), list(&held)].into_iter().chain(with_one_refused);
    Pair {
        field: format!("repeated {}", pair.field.trim_start_matches("optional ")),
        column: column.to_owned(),
        edges: edges.collect(),
        cases: prop::collection::vec(pair.cases.clone(), 0..4).prop_map(|cases| list(&cases)).boxed(),
        ..pair.clone()
    }
}

/// An array of the type that each value is in. What fills the field is made of each element.
fn array(pair: &Pair) -> Pair {
    let array = lists(pair, &format!("{}[]", pair.column));
    match pair.back.as_str() {
        "x" => array,
        back => array.back(&format!(
            "(SELECT array_agg({back} ORDER BY n) FROM unnest(x) WITH ORDINALITY AS u (x, n))"
        )),
    }
}

fn arrays(pairs: Vec<Pair>) -> Vec<Pair> {
    pairs.iter().filter(|pair| !pair.field.starts_with("map")).map(array).collect()
}

/// Those pairs in whose columns each of the field's values is as it was.
fn whole(pairs: Vec<Pair>, columns: &[&str]) -> Vec<Pair> {
    let whole = pairs.into_iter().filter(|pair| columns.contains(&pair.column.as_str()) && pair.back == "x");
    whole.filter(|pair| !pair.field.starts_with("map")).collect()
}

fn negative_zero(case: &Case) -> bool {
    case.sent.as_f64().is_some_and(|number| number == 0.0 && number.is_sign_negative())
}

fn in_json() -> Vec<Pair> {
    let columns = ["bool", "int4", "int8", "numeric", "float4", "float8", "text", "bytea", "date", "json"];
    let all =
        [numbers::on_postgres(), texts::on_postgres(), moments::on_postgres(), structured::on_postgres()];
    let mut whole = whole(all.concat(), &columns);
    whole.retain(|pair| !(pair.field == "optional Status" && pair.column != "int4"));
    // A string is JSON there already, a double in a float4 is another, and a Decimal in a numeric is written plainly.
    whole.retain(|pair| !(pair.field == "optional string" && pair.column != "text"));
    whole.retain(|pair| {
        !matches!(
            (pair.field.as_str(), pair.column.as_str()),
            ("optional double", "float4") | ("google.type.Decimal", "numeric")
        )
    });
    let mut pairs = Vec::new();
    for pair in whole {
        pairs.push(lists(&pair, "json"));
        let edges = pair.edges.iter().filter(|case| !negative_zero(case)).cloned().collect();
        pairs.push(lists(&Pair { edges, ..pair }, "jsonb"));
    }
    pairs
}

#[test]
fn arrays_of_numbers_come_back_from_postgresql() {
    come_back_on_postgres(&arrays(numbers::on_postgres()));
}

#[test]
fn arrays_of_texts_come_back_from_postgresql() {
    come_back_on_postgres(&arrays(texts::on_postgres()));
}

#[test]
fn arrays_of_moments_come_back_from_postgresql() {
    come_back_on_postgres(&arrays(moments::on_postgres()));
}

#[test]
fn arrays_of_messages_and_of_json_come_back_from_postgresql() {
    come_back_on_postgres(&arrays(structured::on_postgres()));
}

#[test]
fn lists_in_json_come_back_from_postgresql() {
    come_back_on_postgres(&in_json());
}

#[test]
fn lists_come_back_from_sqlite() {
    let all =
        [numbers::on_sqlite(), texts::on_sqlite(), moments::on_sqlite(), structured::on_sqlite()].concat();
    let infinite = |case: &Case| case.sent == json!("Infinity") || case.sent == json!("-Infinity");
    let mut pairs = Vec::new();
    let is_tried =
        |pair: &&Pair| !pair.field.starts_with("map") && (pair.column != "INTEGER" || is_integer(pair));
    for pair in all.iter().filter(is_tried) {
        let mut pair = pair.clone();
        if pair.column == "REAL" {
            // JSON has no number for it. Zero below zero is as it was, and not what it is in a column of its own.
            pair.edges.retain(|case| !infinite(case) && !negative_zero(case));
            pair = pair.and([refused("Infinity"), json!(-0.0).into()]);
        }
        pairs.push(lists(&pair, "TEXT"));
    }
    come_back_on_sqlite(&pairs);
}

/// Whole numbers and truth values have no other column there.
fn is_integer(pair: &Pair) -> bool {
    !matches!(
        pair.field.as_str(),
        "optional Status" | "google.protobuf.Timestamp" | "google.protobuf.Duration"
    )
}
