//! Lists that are paged (AIP-158).

use meanwhile_catalog::{Origin, Source};

use crate::folder::{Folder, read_with};

const PAGED: &str = "message Request { int32 page_size = 1; string page_token = 2; string limit = 3; }\n\
                     message Reply { repeated Row rows = 1; string next_page_token = 2; }\n\
                     message Row { int32 id = 1; string name = 2; }";
const SQL: &str = "SELECT id, name FROM t WHERE (:after.name IS NULL OR (name, id) > (:after.name, :after.id)) LIMIT :limit";

fn paged(messages: &str) -> Folder {
    let by = "option (meanwhile.v1.page_by) = \"name\"; option (meanwhile.v1.page_by) = \"id\";";
    read_with(by, messages)
}

#[test]
fn paging_adds_its_names_before_the_requests_own() {
    let method = paged(PAGED).get(".sql", SQL).method();
    assert_eq!(method.page.unwrap().columns, ["name", "id"]);
    let Source::Sql(sql) = &method.parts[0].source else { panic!() };
    let origins: Vec<&Origin> =
        sql.statements().next().unwrap().params.iter().map(|param| &param.origin).collect();
    assert!(matches!(origins[..], [Origin::After(0), Origin::After(1), Origin::Limit]), "{origins:?}");
}

#[test]
fn without_page_by_its_names_are_the_requests() {
    let method = read_with("", PAGED).get(".sql", "SELECT 1 AS id WHERE 'x' = :limit").method();
    let Source::Sql(sql) = &method.parts[0].source else { panic!() };
    assert!(matches!(sql.statements().next().unwrap().params[0].origin, Origin::Field(_)));
}

#[test]
fn a_column_that_page_by_does_not_name_is_told_at_its_place() {
    let found = paged(PAGED).get(".sql", &format!("{SQL} OFFSET :after.size")).finding();
    assert!(
        found.contains(":1:113: page_by does not name size | use one of its columns (name, id)"),
        "{found}"
    );
}

#[test]
fn a_statement_that_does_not_page_is_told() {
    let found = paged(PAGED).get(".sql", "SELECT 1 AS id WHERE :after.name IS NULL LIMIT :limit").finding();
    assert!(
        found.contains("Get has page_by, and this statement does not use :after.id | page it"),
        "{found}"
    );
    let found = paged(PAGED).get(".sql", "SELECT 1 AS id WHERE (:after.name, :after.id) IS NULL").finding();
    assert!(found.contains("does not use :limit"), "{found}");
}

#[test]
fn the_fields_of_aip_158_are_wanted_at_the_method() {
    for (field, name) in [
        (
            "int32 page_size = 1;",
            "shop.v1.Request has no int32 page_size | add int32 page_size, not REQUIRED",
        ),
        ("string page_token = 2;", "shop.v1.Request has no string page_token"),
        ("string next_page_token = 2;", "shop.v1.Reply has no string next_page_token"),
    ] {
        let found = paged(&PAGED.replace(field, "")).get(".sql", SQL).finding();
        assert!(
            found.starts_with("proto/shop/v1/shop.proto:4:16: Get has page_by, and ") && found.contains(name),
            "{found}"
        );
    }
    let required = PAGED
        .replace("int32 page_size = 1;", "int32 page_size = 1 [(google.api.field_behavior) = REQUIRED];");
    assert!(paged(&required).get(".sql", SQL).finding().contains("no int32 page_size"));
}

#[test]
fn what_is_no_list_is_not_paged() {
    let found = paged("message Request {} message Reply { int32 id = 1; }").get(".sql", SQL).finding();
    assert!(found.contains("page_by on a method whose reply is no list"), "{found}");
    let stream = format!(
        "service Shop {{ rpc Get(Request) returns (stream Reply) {{ option (meanwhile.v1.page_by) = \"id\"; }} }}\n{PAGED}"
    );
    let found = Folder::new(&stream).get(".sql", SQL).finding();
    assert!(found.contains("page_by on a method that streams"), "{found}");
}
