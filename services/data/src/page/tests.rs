//! Sizes and tokens of pages.

use proptest::prelude::*;
use prost::encoding::WireType;

use super::*;

/// A list whose request is `[page_size, page_token, filter]`, in order of two columns.
fn list(method: &str) -> Paging {
    Paging {
        mask: None,
        method: method.to_owned(),
        size: 0,
        token: 1,
        next: Key::new(2, WireType::LengthDelimited),
        columns: vec![0, 1],
        places: vec![0, 1],
        all: 2,
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn wanted(size: Value, token: &str, filter: Value) -> Result<Wanted, Fault> {
    list("s.S/List").wanted(&[size, text(token), filter])
}

fn first_page() -> Wanted {
    wanted(Value::Int(10), "", text("NL")).unwrap()
}

fn token() -> String {
    first_page().next_token(&[text("a"), Value::Int(7)]).unwrap()
}

fn refused(result: Result<Wanted, Fault>) {
    let fault = result.unwrap_err();
    assert_eq!((fault.reason, fault.field.as_deref()), (Reason::PageTokenInvalid, Some("page_token")));
}

#[test]
fn a_size_of_none_or_zero_is_50_and_none_is_over_1000() {
    for (asked, size) in
        [(Value::Null, 50), (Value::Int(0), 50), (Value::Int(1), 1), (Value::Int(1_000), 1_000)]
    {
        assert_eq!(wanted(asked, "", Value::Null).unwrap().size, size);
    }
    for asked in [1_001, i64::from(i32::MAX)] {
        assert_eq!(wanted(Value::Int(asked), "", Value::Null).unwrap().size, 1_000);
    }
}

#[test]
fn a_negative_size_is_refused() {
    for asked in [-1, i64::from(i32::MIN)] {
        let fault = wanted(Value::Int(asked), "", Value::Null).unwrap_err();
        assert_eq!((fault.reason, fault.field.as_deref()), (Reason::FieldInvalid, Some("page_size")));
    }
}

#[test]
fn the_first_page_comes_after_nothing() {
    assert_eq!(first_page().after, [Value::Null, Value::Null]);
    let absent = list("s.S/List").wanted(&[Value::Null, Value::Null, Value::Null]).unwrap();
    assert_eq!(absent.after, [Value::Null, Value::Null]);
}

#[test]
fn a_token_leads_to_the_row_it_was_made_of_also_with_another_size() {
    for size in [10, 20] {
        assert_eq!(wanted(Value::Int(size), &token(), text("NL")).unwrap().after, [text("a"), Value::Int(7)]);
    }
}

#[test]
fn a_token_of_another_method_or_other_filters_is_refused() {
    let values = |filter| [Value::Int(10), text(&token()), filter];
    refused(list("s.S/Other").wanted(&values(text("NL"))));
    for filter in [text("BE"), text(""), Value::Null, Value::Bytes(b"NL".to_vec())] {
        refused(list("s.S/List").wanted(&values(filter)));
    }
}

#[test]
fn a_token_with_more_or_fewer_columns_is_refused() {
    for last in [&[text("a")][..], &[text("a"), Value::Int(1), Value::Int(2)]] {
        refused(wanted(Value::Int(10), &first_page().next_token(last).unwrap(), text("NL")));
    }
}

#[test]
fn a_token_of_nobodys_is_refused() {
    let whole = token();
    let longer = format!("{whole}A");
    for made_up in [
        "x",
        "AAAA",
        "!!",
        " ",
        "=",
        "é",
        &whole[1..],
        &whole[..whole.len() - 2],
        &longer,
        &format!("{whole}="),
    ] {
        refused(wanted(Value::Int(10), made_up, text("NL")));
    }
}

#[test]
fn a_token_is_at_most_16_kib_long_and_a_longer_one_is_neither_made_nor_taken() {
    let next = |length: usize| first_page().next_token(&[text(&"a".repeat(length)), Value::Int(7)]);
    let longest = (12_000..13_000).rev().find_map(|length| next(length).ok().map(|token| (length, token)));
    let (length, token) = longest.unwrap();
    assert!(token.len() <= 16_384 && token.len() > 16_380);
    let after = wanted(Value::Int(10), &token, text("NL")).unwrap().after;
    assert_eq!(after, [text(&"a".repeat(length)), Value::Int(7)]);
    assert_eq!(next(length + 1).unwrap_err().reason, Reason::ReplyInvalid);
    let last = [text(&"a".repeat(length + 1)), Value::Int(7)];
    let made_up = Token { scope: first_page().scope, after: last.iter().map(Stored::from).collect() };
    refused(wanted(Value::Int(10), &URL_SAFE_NO_PAD.encode(made_up.encode_to_vec()), text("NL")));
}

#[test]
fn a_made_up_token_brings_no_nul_and_no_false_instant() {
    let scope = first_page().scope;
    for value in [StoredValue::Text("a\0".to_owned()), StoredValue::Instant("soon".to_owned())] {
        let after = vec![Stored { value: Some(value) }, Stored { value: None }];
        let token = URL_SAFE_NO_PAD.encode(Token { scope, after }.encode_to_vec());
        refused(wanted(Value::Int(10), &token, text("NL")));
    }
}

#[test]
fn a_token_stays_what_it_is_from_release_to_release() {
    assert_eq!(token(), "CR2saCumG6A_EgMqAWESAhAO");
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        (1 + i64::MAX as u64..=u64::MAX).prop_map(Value::Uint),
        any::<f64>().prop_map(Value::Float),
        "[^\\x00]{0,20}".prop_map(Value::Text),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(Value::Bytes),
        (-62_135_596_800_i64..=253_402_300_799, 0..1_000_000_000_i32).prop_map(|(seconds, nanos)| {
            Value::Instant(crate::instant::Instant::new(seconds, nanos).unwrap())
        }),
    ]
}

proptest! {
    #[test]
    fn any_row_comes_back_from_its_token(row in [value(), value()], filter in value()) {
        let page = wanted(Value::Null, "", filter.clone()).unwrap();
        let next = wanted(Value::Null, &page.next_token(&row).unwrap(), filter).unwrap();
        prop_assert_eq!(next.after, row);
    }

    #[test]
    fn no_text_makes_reading_a_token_panic(token in "[A-Za-z0-9_-]{0,80}", any in ".{0,20}") {
        for token in [token, any].iter().filter(|token| !token.is_empty()) {
            refused(wanted(Value::Null, token, Value::Null));
        }
    }
}
