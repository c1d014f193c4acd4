//! Composite replies: one file a reply field, and which part needs which.

use std::time::Duration;

use meanwhile_catalog::{Origin, Shape, Source};

use crate::folder::{Folder, one_read};

const MESSAGES: &str = r#"message Request { int32 id = 1; }
message Reply {
  repeated Row others = 3;
  Row first = 1;
  Row second = 2 [(meanwhile.v1.part) = {optional: true timeout: {nanos: 5000000}}];
  string note = 4;
  map<string, string> labels = 5;
  repeated string words = 6;
}
message Row { int32 id = 1; }
"#;

fn composite() -> Folder {
    one_read(MESSAGES).get("/first.sql", "SELECT 1 AS id, 2 AS extra WHERE 1 = :id")
}

#[test]
fn parts_are_in_order_of_field_number() {
    let folder = composite().get("/others.sql", "SELECT 1 AS id").get("/second.sql", "SELECT 1 AS id");
    let parts = folder.method().parts;
    let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(names, ["first", "second", "others"]);
    assert_eq!([parts[0].shape, parts[2].shape], [Shape::One, Shape::Many]);
}

#[test]
fn a_column_of_another_part_makes_a_need() {
    let folder = composite()
        .get("/second.sql", "SELECT 1 AS id WHERE 2 = :first.extra")
        .get("/others.sql", "SELECT :second.id AS id WHERE 1 = :first.id AND 1 = :first.extra");
    let needs: Vec<Vec<usize>> = folder.method().parts.into_iter().map(|part| part.needs).collect();
    assert_eq!(needs, [vec![], vec![0], vec![0, 1]]);
}

#[test]
fn in_a_parts_own_file_its_name_is_the_requests_and_elsewhere_the_parts() {
    let messages = MESSAGES.replace("int32 id = 1; }", "int32 id = 1; Row first = 2; }");
    let folder = one_read(&messages).get("/first.sql", "SELECT 1 AS id, 2 AS extra WHERE 1 = :first.id");
    let parts = folder.get("/second.sql", "SELECT 1 AS id WHERE 2 = :first.extra").method().parts;
    let origin = |part: usize| match &parts[part].source {
        Source::Sql(sql) => sql.statements().next().unwrap().params[0].origin.clone(),
        Source::Http(_) => panic!(),
    };
    assert!(matches!(origin(0), Origin::Field(path) if path.len() == 2));
    assert!(matches!(origin(1), Origin::Column { part: 0, .. }));
}

#[test]
fn a_part_may_be_optional_with_a_time_of_its_own() {
    let parts = composite().get("/second.http", "GET {stock}/:first.id").method().parts;
    assert!(parts[1].optional && !parts[0].optional);
    assert_eq!([parts[0].timeout, parts[1].timeout], [None, Some(Duration::from_millis(5))]);
}

#[test]
fn parts_that_wait_for_each_other_are_told_once() {
    let folder = one_read(MESSAGES).get("/first.sql", "SELECT :second.id AS id");
    let found = folder.get("/second.sql", "SELECT :first.id AS id").finding();
    assert!(found.contains("/first.sql:1:8: a circle: first needs second, second needs first"), "{found}");
    let found = one_read(MESSAGES).get("/first.sql", "SELECT :first.id AS id").finding();
    assert!(found.contains("/first.sql:1:8: a circle: first needs itself"), "{found}");
}

#[test]
fn a_part_is_named_with_one_column() {
    for sql in ["SELECT :first AS id", "SELECT :first.a.b AS id"] {
        let found = composite().get("/second.sql", sql).finding();
        assert!(found.contains("Get/second.sql:1:8: ") && found.ends_with("write :first.column"), "{found}");
    }
}

#[test]
fn a_file_that_names_no_reply_field_is_told() {
    let found = composite().get("/third.sql", "SELECT 1").finding();
    assert!(found.contains("Get/third.sql:1:1: shop.v1.Reply has no field third"), "{found}");
}

#[test]
fn a_web_call_fills_one_message() {
    for part in ["others", "note"] {
        let found = composite().get(&format!("/{part}.http"), "GET {stock}/").finding();
        assert!(found.contains(&format!("shop.v1.Reply.{part} is no single message")), "{found}");
    }
}

#[test]
fn a_value_a_list_of_values_and_a_map_are_one_column_of_the_reply() {
    for field in ["note", "words", "labels"] {
        let parts = composite().get(&format!("/{field}.sql"), "SELECT 1").method().parts;
        let part = parts.iter().find(|part| part.name == field).unwrap();
        assert_eq!(part.shape, Shape::One, "{field}");
        assert!(part.target.field.is_none(), "{field}");
    }
}

#[test]
fn one_part_may_have_a_file_a_dialect() {
    let folder = composite().get("/first.sqlite.sql", "SELECT 3 AS id WHERE 1 = :id");
    assert_eq!(folder.method().parts.len(), 1);
}
