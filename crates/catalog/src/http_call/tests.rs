use super::*;
use proptest::prelude::*;

fn parse(text: &str) -> Result<RawHttpCall, Finding> {
    RawHttpCall::parse(Path::new("sql/s.S/M.http"), &text.into())
}

fn call(text: &str) -> RawHttpCall {
    parse(text).unwrap_or_else(|finding| panic!("{finding}"))
}

fn names(raw: &RawHttpCall) -> Vec<String> {
    raw.params.iter().map(|(path, _)| path.join(".")).collect()
}

fn text(text: &str) -> Piece {
    Piece::Text(text.to_owned())
}

#[test]
fn path_query_and_headers_are_taken_apart() {
    let raw = call(
        "# daylight\n\nGET {almanac}/day/:date/x?lat=:city.lat&unit=h&flag\nAccept: application/json\nX-Y:z \n",
    );
    assert_eq!(raw.upstream(), "almanac");
    assert_eq!(names(&raw), ["date", "city.lat"]);
    let call = raw.with(Vec::new());
    assert_eq!(call.path, [text("/day/"), Piece::Param(0), text("/x")]);
    let query: Vec<_> = call.query.iter().map(|pair| (pair.key.as_str(), pair.value.as_slice())).collect();
    assert_eq!(query, [("lat", &[Piece::Param(1)][..]), ("unit", &[text("h")]), ("flag", &[])]);
    let headers = [("accept", "application/json"), ("x-y", "z")];
    assert_eq!(call.headers, headers.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn the_upstream_alone_is_a_call() {
    let call = call("GET {a}").with(Vec::new());
    assert!(call.path.is_empty() && call.query.is_empty());
}

#[test]
fn a_parameter_used_twice_is_one() {
    assert_eq!(names(&call("GET {a}/:id?again=:id&other=:b")), ["id", "b"]);
}

#[test]
fn a_colon_without_a_name_is_text() {
    let call = call("GET {a}/at/12:30?t=:1").with(Vec::new());
    let path: String = call.path.iter().map(|piece| format!("{piece:?}")).collect();
    assert!(!path.contains("Param"), "{path}");
}

#[test]
fn a_name_ends_before_a_last_dot() {
    let raw = call("GET {a}/:file.");
    assert_eq!(names(&raw), ["file"]);
    assert_eq!(raw.with(Vec::new()).path, [text("/"), Piece::Param(0), text(".")]);
}

#[test]
fn a_parameters_place_is_its_own_also_behind_an_empty_pair() {
    let source = "# é\r\nGET   {almanac}/x/:first?a=1&&b=:second.part\r\n";
    let raw = call(source);
    let marked: Vec<&str> = raw.params.iter().map(|(_, range)| &source[range.clone()]).collect();
    assert_eq!(marked, [":first", ":second.part"]);
}

#[test]
fn what_is_no_call_is_refused_at_its_line() {
    for (source, finding) in [
        ("", "1:1: there is no call in this file"),
        ("# nothing\n", "1:1: there is no call in this file"),
        ("\nPOST {a}/x", "2:1: only GET is known"),
        ("GET http://host/x", "1:1: the URL does not start with an {upstream}"),
        ("GET {a", "1:1: the URL does not start with an {upstream}"),
        ("GET {a}.evil/x", "1:1: behind {upstream} comes /path, ?query, or nothing"),
        ("GET {a}@evil/x", "1:1: behind {upstream} comes /path, ?query, or nothing"),
        ("GET {a}:80/x", "1:1: behind {upstream} comes /path, ?query, or nothing"),
        ("GET {a}/x y", "1:1: a character that has to be percent-encoded"),
        ("GET {a}/x#y", "1:1: a character that has to be percent-encoded"),
        ("GET {a}/ü", "1:1: a character that has to be percent-encoded"),
        ("GET {a}/{b}", "1:1: a character that has to be percent-encoded"),
        ("GET {a}/x?a=1&:b=2", "1:15: a query's key is text, not a parameter"),
        ("GET {a}/x\nno header", "2:1: this is not a header"),
        ("GET {a}/x\nA B: c", "2:1: this is not a header"),
        ("GET {a}/x\nA: b\u{1}c", "2:1: this is not a header"),
    ] {
        let found = parse(source).unwrap_err().to_string();
        assert_eq!(found, format!("sql/s.S/M.http:{finding}"), "{source:?}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_reading_panic(any in "\\PC{0,40}", rest in "[:a.?&=/é \\r\\n{}#-]{0,40}") {
        for source in [any.clone(), format!("GET {{a}}/{any}"), format!("GET {{a}}{rest}")] {
            if let Ok(raw) = parse(&source) {
                for (path, range) in &raw.params {
                    prop_assert_eq!(&source[range.clone()], &format!(":{}", path.join(".")));
                }
            }
        }
    }
}
