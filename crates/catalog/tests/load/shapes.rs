//! How many rows an answer has, read off the reply's message.

use meanwhile_catalog::{Dialect, Shape, Source};

use crate::folder::{Folder, one_method, one_read};

fn shape(reply: &str) -> Shape {
    one_method(&format!("message Request {{}} {reply} message Row {{ int32 id = 1; }}"))
        .get(".sql", "SELECT 1 AS id")
        .part()
        .shape
}

#[test]
fn a_message_is_one_row() {
    assert_eq!(shape("message Reply { int32 id = 1; }"), Shape::One);
    assert_eq!(shape("message Reply { Row row = 1; }"), Shape::One);
    assert_eq!(shape("message Reply { repeated Row rows = 1; int32 total = 2; }"), Shape::One);
}

#[test]
fn one_repeated_message_takes_all_rows() {
    assert_eq!(shape("message Reply { repeated Row rows = 1; }"), Shape::Many);
    assert_eq!(shape("message Reply { repeated Row rows = 1; string next_page_token = 2; }"), Shape::Many);
}

#[test]
fn an_empty_reply_is_nothing() {
    assert_eq!(shape("message Reply {}"), Shape::Nothing);
}

#[test]
fn a_stream_has_a_message_a_row() {
    let folder = Folder::new(
        "service Shop { rpc Get(Request) returns (stream Reply); } message Request {} message Reply { int32 id = 1; }",
    );
    assert_eq!(folder.get(".sql", "SELECT 1 AS id").part().shape, Shape::Stream);
}

#[test]
fn a_stream_is_one_statement() {
    let stream = || {
        Folder::new(
            "service Shop { rpc Get(Request) returns (stream Reply) { option idempotency_level = NO_SIDE_EFFECTS; } }\n\
             message Request {} message Reply { Row row = 1; } message Row { int32 id = 1; }",
        )
    };
    let found = stream().get("/row.sql", "SELECT 1 AS id").finding();
    assert!(found.starts_with("proto/shop/v1/shop.proto:4:16: a stream's messages are rows"), "{found}");
    let found = stream().get(".http", "GET {stock}/").finding();
    assert!(found.starts_with("proto/shop/v1/shop.proto:4:16: a web call has one reply"), "{found}");
}

#[test]
fn client_streaming_is_refused_at_the_method() {
    let folder = Folder::new(
        "service Shop {\n  rpc Get(stream Request) returns (Reply);\n} message Request {} message Reply {}",
    );
    let found = folder.get(".sql", "SELECT 1").finding();
    assert!(found.starts_with("proto/shop/v1/shop.proto:5:3: client streaming is not served"), "{found}");
}

#[test]
fn a_method_without_an_answer_is_told_at_its_line_with_the_file_to_write() {
    let found = one_method("message Request {} message Reply {}").finding();
    assert_eq!(
        found,
        "proto/shop/v1/shop.proto:4:16: nothing answers shop.v1.Shop/Get | write sql/shop.v1.Shop/Get.sql"
    );
}

#[test]
fn a_dialects_own_file_comes_before_the_one_for_all() {
    let folder = one_method("message Request {} message Reply { int32 id = 1; }")
        .get(".sql", "SELECT 1 AS id")
        .get(".postgres.sql", "SELECT 2 AS id");
    let Source::Sql(sql) = folder.part().source else { panic!() };
    let rendered = |dialect| sql.statement(dialect).unwrap().render(dialect);
    assert_eq!(
        [rendered(Dialect::Postgres), rendered(Dialect::Sqlite)],
        ["SELECT 2 AS id", "SELECT 1 AS id"]
    );
}

#[test]
fn a_web_call_may_answer_a_read_alone() {
    let reply = "message Request { int32 id = 1; } message Reply { int32 left = 1; }";
    let folder = one_read(reply).get(".http", "GET {stock}/items/:id");
    assert!(matches!(folder.part().source, Source::Http(call) if call.upstream == "stock"));
    let found = one_method(reply).get(".http", "GET {stock}/items/:id").finding();
    assert!(found.contains("a web call in a method that may write"), "{found}");
}

#[test]
fn a_web_calls_upstream_and_names_are_checked_at_their_place() {
    let folder = one_read("message Request { int32 id = 1; } message Reply { int32 left = 1; }");
    let found = folder.get(".http", "\nGET {shop}/items/:number").findings();
    assert_eq!(
        found,
        [
            "sql/shop.v1.Shop/Get.http:2:5: catalog.toml names no upstream shop | add [upstreams.shop] with its url to \
             catalog.toml",
            "sql/shop.v1.Shop/Get.http:2:18: shop.v1.Request has no field number | use a field that it has (id), or \
             add this one to the .proto file",
        ]
    );
}

#[test]
fn two_answers_for_one_method_are_told() {
    let folder = one_read("message Request {} message Reply { Row row = 1; } message Row { int32 id = 1; }");
    let folder = folder.get(".sql", "SELECT 1 AS id").get(".http", "GET {stock}/");
    let found = folder.finding();
    assert!(found.contains("Get.http:1:1: sql/shop.v1.Shop/Get.sql answers the same"), "{found}");
}
