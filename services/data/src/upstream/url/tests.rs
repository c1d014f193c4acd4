//! What becomes of a call's URL with a request's values in it.

use meanwhile_catalog::{Origin, Param, QueryPair};
use proptest::prelude::*;

use super::*;

/// `{base}/places/:0/x?lat=:1&both=:0-:2&flag=`
fn call() -> HttpCall {
    let pair = |key: &str, value| QueryPair { key: key.to_owned(), value };
    let param = |name: &str| Param { name: name.to_owned(), origin: Origin::Limit };
    HttpCall {
        file: "sql/s.S/M.http".into(),
        upstream: "places".to_owned(),
        path: vec![Piece::Text("/places/".to_owned()), Piece::Param(0), Piece::Text("/x".to_owned())],
        query: vec![
            pair("lat", vec![Piece::Param(1)]),
            pair("both", vec![Piece::Param(0), Piece::Text("-".to_owned()), Piece::Param(2)]),
            pair("flag", vec![]),
        ],
        headers: Vec::new(),
        params: ["id", "lat", "other"].map(param).into(),
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn filled(base: &str, values: [Value; 3]) -> Result<String, Fault> {
    fill(&base.parse().unwrap(), &call(), &values).map(|url| url.to_string())
}

fn with_id(id: &str) -> String {
    filled("http://h:1", [text(id), Value::Null, Value::Null]).unwrap()
}

#[test]
fn values_take_their_places() {
    let url = filled("http://h:1", [Value::Int(-7), Value::Float(51.5), Value::Bool(true)]).unwrap();
    assert_eq!(url, "http://h:1/places/-7/x?lat=51.5&both=-7-true&flag=");
}

#[test]
fn a_base_path_comes_first_with_or_without_a_slash_at_its_end() {
    for base in ["http://h/v1", "http://h/v1/"] {
        let url = filled(base, [text("a"), Value::Null, Value::Null]).unwrap();
        assert_eq!(url, "http://h/v1/places/a/x?flag=");
    }
}

#[test]
fn a_pair_with_an_absent_value_is_left_out_whole() {
    assert_eq!(with_id("a"), "http://h:1/places/a/x?flag=");
    let url = filled("http://h:1", [text("a"), Value::Bytes(vec![1]), text("b")]).unwrap();
    assert_eq!(url, "http://h:1/places/a/x?both=a-b&flag=");
}

#[test]
fn a_list_is_a_pair_an_item() {
    let list = |items: &[&str]| Value::List(items.iter().map(|item| text(item)).collect());
    let url = filled("http://h:1", [text("a"), list(&["x&y", "z"]), list(&["1", "2"])]).unwrap();
    assert_eq!(url, "http://h:1/places/a/x?lat=x%26y&lat=z&both=a-1&both=a-2&flag=");
    let url = filled("http://h:1", [text("a"), list(&[]), Value::Null]).unwrap();
    assert_eq!(url, "http://h:1/places/a/x?flag=");
}

#[test]
fn what_means_something_in_a_url_is_encoded() {
    for (value, encoded) in [
        ("a/b", "a%2Fb"),
        ("../..", "..%2F.."),
        ("a?b=c&d#e", "a%3Fb%3Dc%26d%23e"),
        ("%2e%2e", "%252e%252e"),
        ("a b+c", "a%20b%2Bc"),
        ("é\r\n", "%C3%A9%0D%0A"),
        ("@evil:80", "%40evil%3A80"),
        ("...", "..."),
        ("-._~", "-._~"),
    ] {
        assert_eq!(with_id(value), format!("http://h:1/places/{encoded}/x?flag="));
    }
}

#[test]
fn a_value_that_would_climb_out_of_the_path_is_its_fields_fault() {
    for value in [text(""), text("."), text(".."), Value::Null, Value::Bytes(vec![1])] {
        let fault = filled("http://h", [value, Value::Null, Value::Null]).unwrap_err();
        assert_eq!((fault.reason, fault.field.as_deref()), (Reason::FieldInvalid, Some("id")));
    }
}

#[test]
fn an_empty_value_of_a_query_is_a_value() {
    let url = filled("http://h", [text("a"), text(""), Value::Null]).unwrap();
    assert_eq!(url, "http://h/places/a/x?lat=&flag=");
}

#[test]
fn a_url_without_end_is_refused() {
    let fault = filled("http://h", [text(&"x".repeat(100_000)), Value::Null, Value::Null]).unwrap_err();
    assert_eq!(fault.reason, Reason::FieldInvalid);
}

#[test]
fn a_template_has_names_in_place_of_values() {
    assert_eq!(template(&call()), "/places/{id}/x");
    assert_eq!(template(&HttpCall { path: Vec::new(), ..call() }), "/");
}

proptest! {
    #[test]
    fn no_value_changes_host_path_or_other_pairs(id in "\\PC{1,30}", lat in ".{0,30}") {
        prop_assume!(id != "." && id != "..");
        let url: Uri = filled("http://host:1/base", [text(&id), text(&lat), Value::Null]).unwrap().parse().unwrap();
        prop_assert_eq!(url.authority().unwrap().as_str(), "host:1");
        let steps: Vec<&str> = url.path().split('/').collect();
        prop_assert_eq!((steps.len(), steps[1], steps[2], steps[4]), (5, "base", "places", "x"));
        let decoded = percent_encoding::percent_decode_str(steps[3]).decode_utf8().unwrap();
        prop_assert_eq!(decoded, id);
        let pairs: Vec<&str> = url.query().unwrap().split('&').collect();
        prop_assert_eq!((pairs.len(), pairs[1]), (2, "flag="));
    }
}
