//! What a `:name` means.

use meanwhile_catalog::{Origin, Source};

use crate::folder::one_method;

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
fn a_name_is_one_value_or_a_list_of_them() {
    for (field, message, mend) in [
        (
            "map<string, string> x = 1;",
            "shop.v1.Request.x is repeated",
            "use a field with one value, or a list of them",
        ),
        ("Inner x = 1;", "shop.v1.Request.x is a message", "use one of its fields, like :x.x"),
    ] {
        let request = format!("message Request {{ {field} }} message Inner {{ int32 y = 1; }}");
        let found = finding(&request, "SELECT :x");
        assert!(found.starts_with("sql/shop.v1.Shop/Get.sql:1:8: "), "{found}");
        assert!(found.contains(message) && found.ends_with(mend), "{found}");
    }
}

#[test]
fn a_value_has_no_fields_of_its_own() {
    for field in ["string x = 1;", "google.protobuf.Timestamp x = 1;", "google.protobuf.Int32Value x = 1;"] {
        let found = finding(&format!("message Request {{ {field} }}"), "SELECT :x.seconds");
        assert!(found.contains("shop.v1.Request.x has no fields of its own | end the name at :x"), "{found}");
    }
}

#[test]
fn timestamps_wrappers_enums_and_lists_are_values() {
    let request = "message Request { google.protobuf.Timestamp at = 1; google.protobuf.StringValue s = 2; E e = 3; repeated int32 n = 4; }\n\
                   enum E { E_UNSPECIFIED = 0; }";
    let part = one_method(&format!("{REPLY}{request}")).get(".sql", "SELECT :at, :s, :e, :n").part();
    let Source::Sql(sql) = &part.source else { panic!("{part:?}") };
    assert_eq!(sql.statements().next().unwrap().params.len(), 4);
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
