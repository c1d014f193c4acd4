//! Which page orders are told to have no unique end.

use super::*;
use crate::bind::bind_one;
use crate::fixture::{Shop, on_both, on_postgres};

/// A list in the order of these columns.
fn list(page_by: &[&str], schema: &str, sql: &str) -> Shop {
    let by: Vec<String> = page_by.iter().map(|column| format!("\"{column}\"")).collect();
    let method = format!(
        "rpc Get(Request) returns (Reply) {{ option idempotency_level = NO_SIDE_EFFECTS;
            option (meanwhile.v1.page_by) = {}; }}",
        by.join(" option (meanwhile.v1.page_by) = ").replace("\" option", "\"; option")
    );
    let messages = "message Request { int32 page_size = 1; string page_token = 2; optional int64 tenant = 3; string s = 4; }
        message Reply { repeated Row rows = 1; string next_page_token = 2; }
        message Row { int64 id = 1; string name = 2; int64 tenant = 3; int64 number = 4; }";
    Shop::new(&method, messages).schema(schema).sql("Get.sql", sql)
}

async fn found(served: &crate::fixture::Served) -> Vec<String> {
    let method = &served.catalog.methods[0];
    let bound = bind_one(method, &served.database).await.unwrap().unwrap();
    let findings = findings(method, &bound, &served.database).await.unwrap();
    findings.iter().map(|finding| format!("{finding} | {}", finding.mend)).collect()
}

fn is_told(shop: &Shop, expected: &[&str]) {
    on_both(shop, async |served| assert_eq!(found(served).await, expected));
}

const ITEMS: &str = "CREATE TABLE items (id integer PRIMARY KEY, name text NOT NULL, tenant bigint NOT NULL, number bigint NOT NULL,
    UNIQUE (tenant, number))";

const BY_NAME: &str = "SELECT id, name FROM items\nWHERE (:after.name IS NULL OR name > :after.name)\nORDER BY name\nLIMIT :limit";

const UNTOLD: [&str; 0] = [];

#[test]
fn an_order_that_no_index_makes_unique_is_told_at_its_place() {
    let told = "sql/shop.v1.Shop/Get.sql:3:1: the page order name is not unique: a page may end between rows that are equal in it, and leave some out | end page_by and ORDER BY with id, the key of items";
    is_told(&list(&["name"], ITEMS, BY_NAME), &[told]);
}

#[test]
fn an_order_that_ends_with_a_key_is_not() {
    let sql = "SELECT id, name FROM items WHERE (:after.name IS NULL OR (name, id) > (:after.name, :after.id)) ORDER BY name, id LIMIT :limit";
    is_told(&list(&["name", "id"], ITEMS, sql), &UNTOLD);
    let unique = "CREATE TABLE items (id integer, name text NOT NULL UNIQUE, tenant bigint)";
    is_told(&list(&["name"], unique, BY_NAME), &UNTOLD);
}

#[test]
fn a_key_of_two_is_one_where_the_other_is_the_same_in_all_rows() {
    let sql = |filter: &str| {
        format!(
            "SELECT number, name FROM items i WHERE {filter} AND (:after.number IS NULL OR number > :after.number) ORDER BY number LIMIT :limit"
        )
    };
    is_told(&list(&["number"], ITEMS, &sql("i.tenant = :tenant")), &UNTOLD);
    for filter in ["(:tenant IS NULL OR tenant = :tenant)", "tenant > :tenant"] {
        on_both(&list(&["number"], ITEMS, &sql(filter)), async |served| {
            assert_eq!(found(served).await.len(), 1, "{filter}");
        });
    }
}

#[test]
fn a_table_without_a_key_is_told_to_get_one() {
    on_both(&list(&["name"], "CREATE TABLE items (id integer, name text)", BY_NAME), async |served| {
        let [told] = &found(served).await[..] else { panic!("not told") };
        assert!(told.ends_with("give items a primary key, and end page_by and ORDER BY with it"), "{told}");
    });
}

#[test]
fn what_is_not_known_is_not_told() {
    let by_name = |select: &str| format!("{select} LIMIT :limit");
    let sorted = "(:after.name IS NULL OR name > :after.name)";
    for sql in [
        by_name(&format!("SELECT max(id) AS id, name FROM items WHERE {sorted} GROUP BY name ORDER BY name")),
        by_name(&format!("SELECT DISTINCT name FROM items WHERE {sorted} ORDER BY name")),
        by_name(
            "SELECT id, name FROM (SELECT id, lower(name) AS name FROM items) q WHERE (:after.name IS NULL OR name > :after.name) ORDER BY name",
        ),
    ] {
        is_told(&list(&["name"], ITEMS, &sql), &UNTOLD);
    }
    let indexed = format!("{ITEMS}; CREATE UNIQUE INDEX lower_name ON items (lower(name))");
    is_told(&list(&["name"], &indexed, BY_NAME), &UNTOLD);
    let view = "CREATE TABLE t (id integer PRIMARY KEY, name text); CREATE VIEW items AS SELECT * FROM t";
    on_postgres(&list(&["name"], view, BY_NAME), async |served| assert_eq!(found(served).await, UNTOLD));
}

#[test]
fn a_joined_tables_key_makes_an_order_unique() {
    let schema = format!(
        "{ITEMS}; CREATE TABLE parts (item integer NOT NULL, name text NOT NULL, PRIMARY KEY (item, name))"
    );
    let sql = "SELECT i.id, p.name FROM items i JOIN parts p ON p.item = i.id WHERE (:after.name IS NULL OR (p.name, i.id) > (:after.name, :after.id)) ORDER BY p.name, i.id LIMIT :limit";
    is_told(&list(&["name", "id"], &schema, sql), &UNTOLD);
}

#[test]
fn a_row_number_is_unique() {
    let schema = "CREATE TABLE items (id integer PRIMARY KEY, name text)";
    let sql = "SELECT rowid AS id, name FROM items WHERE (:after.id IS NULL OR rowid > :after.id) ORDER BY rowid LIMIT :limit";
    crate::fixture::on_sqlite(&list(&["id"], schema, sql), async |served| {
        assert_eq!(found(served).await, UNTOLD);
    });
}
