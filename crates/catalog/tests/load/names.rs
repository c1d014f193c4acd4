//! What a `:name` means.

use meanwhile_catalog::{Origin, Source};

use crate::folder::{one_method, one_read};

const REPLY: &str = "message Reply { string name = 1; }\n";

/// The finding of a statement, for a request of that message.
fn finding(request: &str, sql: &str) -> String {
    one_method(&format!("{REPLY}{request}")).get(".sql", sql).finding()
}

#[test]
fn a_nested_field_is_reached_by_its_way() {
    let request = "message Request { Filter filter = 1; } message Filter { optional string country = 1; }";
    let part = one_method(&format!("{REPLY}{request}")).get(".sql", "SELECT :filter.country AS name").part();
    let Source::Sql(sql) = &part.source else { panic!("{part:?}") };
    let Origin::Field(way) = &sql.statements().next().unwrap().params[0].origin else { panic!("{sql:?}") };
    let way: Vec<&str> = way.iter().map(|field| field.name()).collect();
    assert_eq!(way, ["filter", "country"]);
}

#[test]
fn a_name_that_is_no_field_is_told_with_those_there_are() {
    assert_eq!(
        finding("message Request { int32 id = 1; string at = 2; }", "SELECT name\nFROM t WHERE id = :ident"),
        "sql/shop.v1.Shop/Get.sql:2:19: shop.v1.Request has no field ident | use a field that it has (id, at), or \
         add this one to the .proto file"
    );
    assert!(finding("message Request {}", "SELECT :x").contains("(it has none)"));
}

#[test]
fn every_field_is_a_parameter() {
    let request = "message Request {
        google.protobuf.Timestamp at = 1; google.protobuf.StringValue s = 2; E e = 3; repeated int32 n = 4;
        map<string, Inner> map = 5; Inner inner = 6; repeated Inner items = 7; oneof one { string a = 8; Inner b = 9; }
    } enum E { E_UNSPECIFIED = 0; } message Inner { int32 y = 1; repeated string tags = 2; Inner inner = 3; }";
    for name in [
        "at",
        "s",
        "e",
        "n",
        "map",
        "inner",
        "inner.y",
        "inner.tags",
        "items",
        "items.y",
        "items.inner",
        "items.inner.y",
        "a",
        "b",
        "b.y",
    ] {
        let folder = one_method(&format!("{REPLY}{request}")).get(".sql", &format!("SELECT :{name}"));
        let part = folder.part();
        let Source::Sql(sql) = &part.source else { panic!("{part:?}") };
        let Origin::Field(way) = &sql.statements().next().unwrap().params[0].origin else {
            panic!("{sql:?}")
        };
        assert_eq!(way.iter().map(|field| field.name()).collect::<Vec<_>>().join("."), name);
    }
}

#[test]
fn a_list_in_a_list_is_told() {
    let request = "message Request { repeated Inner items = 1; } message Inner { repeated string tags = 2; }";
    assert_eq!(
        finding(request, "SELECT :items.tags"),
        "sql/shop.v1.Shop/Get.sql:1:8: shop.v1.Inner.tags is a list in a list | take the whole list as JSON: :items"
    );
}

#[test]
fn a_value_has_no_fields_of_its_own() {
    for field in [
        "string x = 1;",
        "google.protobuf.Timestamp x = 1;",
        "google.protobuf.Int32Value x = 1;",
        "map<string, string> x = 1;",
        "repeated string x = 1;",
    ] {
        let found = finding(&format!("message Request {{ {field} }}"), "SELECT :x.seconds");
        assert!(found.contains("shop.v1.Request.x has no fields of its own | end the name at :x"), "{found}");
    }
}

#[test]
fn what_has_no_form_in_a_url_is_told_where_it_stands() {
    let request = "message Request { Inner x = 1; map<string, string> map = 2; repeated Inner items = 3; repeated string list = 4; }
        message Inner { int32 y = 1; }";
    for (url, message) in [
        (
            "?a=:x",
            "1:15: shop.v1.Request.x is a message, and a URL takes single values | use its fields one by one",
        ),
        ("?a=:map", "1:15: shop.v1.Request.map is a message"),
        ("?a=:items", "1:15: shop.v1.Request.items is a message"),
        ("/:list", "1:13: shop.v1.Request.list is a list, which only a query takes"),
        ("/:items.y", "1:13: shop.v1.Inner.y is a list, which only a query takes"),
    ] {
        let found =
            one_read(&format!("{REPLY}{request}")).get(".http", &format!("GET {{stock}}{url}")).finding();
        assert!(found.contains(message), "{url}: {found}");
    }
    let folder =
        one_read(&format!("{REPLY}{request}")).get(".http", "GET {stock}/?a=:list&b=:x.y&c=:items.y");
    assert_eq!(folder.findings(), Vec::<String>::new());
}

#[test]
fn every_dialect_has_findings_of_its_own() {
    let folder = one_method(&format!("{REPLY}message Request {{ int32 id = 1; }}"))
        .get(".sql", "SELECT :id")
        .get(".postgres.sql", "SELECT :a")
        .get(".sqlite.sql", "SELECT :b");
    let found = folder.findings();
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(
        found[0].contains("Get.postgres.sql:1:8") && found[1].contains("Get.sqlite.sql:1:8"),
        "{found:#?}"
    );
}

#[test]
fn what_is_wanted_of_the_reply_is_no_parameter() {
    for name in ["read_mask", "read_mask.paths"] {
        let found = finding(
            "message Request { google.protobuf.FieldMask read_mask = 1; }",
            &format!("SELECT :{name}"),
        );
        assert!(
            found.contains("Get.sql:1:8: :read_mask chooses what is sent, and is no parameter"),
            "{found}"
        );
    }
    // Under another type it is a field like any other.
    let part = one_method(&format!("{REPLY}message Request {{ string read_mask = 1; }}"))
        .get(".sql", "SELECT :read_mask AS name");
    assert!(part.method().read_mask.is_none());
}
