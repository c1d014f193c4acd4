//! Sort orders: which file serves which value of which enum, and what is told of those that do not meet.

use meanwhile_catalog::{Dialect, Source};

use crate::folder::{Folder, read_with};

const BASE: &str = "SELECT id FROM t WHERE (:after.id IS NULL OR id > :after.id) ORDER BY id LIMIT :limit";
const BY_NAME: &str = "SELECT id, name FROM t WHERE (:after.id IS NULL OR (name, id) > (:after.name, :after.id)) ORDER BY name, id LIMIT :limit";

const ORDERS: &str = "enum RowOrder {\n  ROW_ORDER_UNSPECIFIED = 0;\n  ROW_ORDER_BY_NAME = 1;\n}";

/// A list whose request has that field, as its third.
fn ordered(field: &str, enums: &str) -> Folder {
    let by = "option (meanwhile.v1.page_by) = \"name\"; option (meanwhile.v1.page_by) = \"id\";";
    read_with(
        by,
        &format!(
            "message Request {{ int32 page_size = 1; string page_token = 2; {field} }} message Reply {{ repeated Row rows = 1; string next_page_token = 2; }} message Row {{ int32 id = 1; string name = 2; }}\n{enums}"
        ),
    )
}

#[test]
fn each_value_has_its_file_and_the_first_the_one_without_a_word() {
    for field in ["RowOrder order_by = 3;", "RowOrder sort = 3;", "optional RowOrder order = 3;"] {
        let method = ordered(field, ORDERS).get(".sql", BASE).get(".by_name.sql", BY_NAME).method();
        let orders = method.orders.as_ref().unwrap();
        assert_eq!(
            orders.list.iter().map(|order| (order.number, order.name.as_str())).collect::<Vec<_>>(),
            [(1, "by_name")]
        );
        let ordered = method.in_order(&orders.list[0]);
        for (method, file) in [(&method, "Get.sql"), (&ordered, "Get.by_name.sql")] {
            let Source::Sql(sql) = &method.parts[0].source else { panic!() };
            assert!(sql.statement(Dialect::Sqlite).unwrap().file.ends_with(file));
        }
    }
}

#[test]
fn a_value_without_a_file_is_told_at_its_line() {
    let more = ORDERS.replace("= 1;\n", "= 1;\n  ROW_ORDER_BY_SIZE = 2;\n");
    let found =
        ordered("RowOrder order_by = 3;", &more).get(".sql", BASE).get(".by_name.sql", BY_NAME).finding();
    assert_eq!(
        found,
        "proto/shop/v1/shop.proto:9:3: no file serves shop.v1.Shop.Get in the order ROW_ORDER_BY_SIZE | write Get.by_size.sql, or take the value away"
    );
    let all = ordered("RowOrder order_by = 3;", ORDERS)
        .get(".sql", &BASE.replace("ORDER BY id", "AND (:after.name IS NULL OR true) ORDER BY id"));
    assert!(all.finding().contains("no file serves shop.v1.Shop.Get in the order ROW_ORDER_BY_NAME"));
}

#[test]
fn a_file_without_a_value_is_told_what_would_be_valid() {
    let found = ordered("RowOrder order_by = 3;", ORDERS)
        .get(".sql", BASE)
        .get(".by_name.sql", BY_NAME)
        .get(".by_size.sql", BASE);
    assert_eq!(
        found.finding(),
        "sql/shop.v1.Shop/Get.by_size.sql:1:1: by_size is no dialect, and no order of shop.v1.RowOrder | use a dialect (postgres, sqlite) or an order (by_name), or take the word away"
    );
    let found = ordered("RowOrder order_by = 3;", ORDERS)
        .get(".sql", BASE)
        .get(".by_name.sql", BY_NAME)
        .get(".unspecified.sql", BASE);
    assert!(found.finding().contains("unspecified is the order of the files that name none"));
}

#[test]
fn the_file_without_a_word_is_wanted() {
    let found = ordered("RowOrder order_by = 3;", ORDERS).get(".by_name.sql", BY_NAME).finding();
    assert!(
        found.contains("no file serves Get in the order that needs no choice | write Get.sql beside it"),
        "{found}"
    );
}

#[test]
fn an_order_uses_the_last_column_of_page_by_and_some_file_each() {
    let found = ordered("RowOrder order_by = 3;", ORDERS).get(".sql", BASE).get(
        ".by_name.sql",
        "SELECT id, name FROM t WHERE (:after.name IS NULL OR name > :after.name) ORDER BY name LIMIT :limit",
    );
    assert!(
        found
            .finding()
            .contains("Get.by_name.sql:1:1: Get has page_by, and this statement does not use :after.id")
    );
    let found =
        ordered("RowOrder order_by = 3;", ORDERS).get(".sql", BASE).get(".by_name.sql", BASE).finding();
    assert!(found.contains("page_by names name, and no file uses :after.name"), "{found}");
}

#[test]
fn an_order_has_dialects_too() {
    let folder = ordered("RowOrder order_by = 3;", ORDERS)
        .get(".sql", BASE)
        .get(".by_name.sql", BY_NAME)
        .get(".by_name.postgres.sql", BY_NAME);
    let method = folder.method();
    let Source::Sql(sql) = &method.orders.unwrap().list[0].parts[0].source else { panic!() };
    assert!(sql.statement(Dialect::Postgres).unwrap().file.ends_with("Get.by_name.postgres.sql"));
}

#[test]
fn two_enums_with_the_same_words_are_told_to_be_named() {
    let enums = format!("{ORDERS}\n{}", ORDERS.replace("RowOrder", "Other").replace("ROW_ORDER", "OTHER"));
    let folder =
        ordered("RowOrder one = 3; Other other = 4;", &enums).get(".sql", BASE).get(".by_name.sql", BY_NAME);
    assert!(folder.findings().iter().any(|found| found.contains("values of several fields: one, other")));
}

#[test]
fn an_order_that_a_statement_reads_by_itself_needs_no_files() {
    let sql = "SELECT id FROM t WHERE (:after.id IS NULL OR id > :after.id) AND (:after.name IS NULL OR true) AND :order_by = 0 ORDER BY id LIMIT :limit";
    assert!(ordered("RowOrder order_by = 3;", ORDERS).get(".sql", sql).method().orders.is_none());
}
