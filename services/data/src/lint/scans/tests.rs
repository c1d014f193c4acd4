//! Which filters are told to make scans, and how plans are shown.

use super::*;
use crate::bind::bind_one;
use crate::fixture::{Served, Shop, on_both, on_postgres, on_sqlite};

const SCHEMA: &str = "CREATE TABLE items (id integer PRIMARY KEY, name text NOT NULL, tenant bigint NOT NULL, size bigint NOT NULL);
    CREATE INDEX items_tenant ON items (tenant); CREATE INDEX items_name ON items (name, id);
    CREATE TABLE parts (id integer PRIMARY KEY, item integer NOT NULL, label text NOT NULL);
    CREATE INDEX parts_item ON parts (item)";

fn list(from_where: &str) -> Shop {
    let messages = "message Request { int32 page_size = 1; string page_token = 2; optional int64 tenant = 3; optional int64 size = 4; optional string label = 5; }
        message Reply { repeated Row rows = 1; string next_page_token = 2; } message Row { int64 id = 1; }";
    let method = "rpc Get(Request) returns (Reply) { option idempotency_level = NO_SIDE_EFFECTS; option (meanwhile.v1.page_by) = \"id\"; }";
    let sql = format!(
        "SELECT i.id FROM {from_where}\n  AND (:after.id IS NULL OR i.id > :after.id)\nORDER BY i.id LIMIT :limit"
    );
    Shop::new(method, messages).schema(SCHEMA).sql("Get.sql", &sql)
}

async fn found(served: &Served) -> Vec<String> {
    let method = &served.catalog.methods[0];
    let bound = bind_one(method, &served.database).await.unwrap().unwrap();
    let findings = findings(method, &bound, &served.database).await.unwrap();
    findings.iter().map(|finding| format!("{finding} | {}", finding.mend)).collect()
}

async fn shown(served: &Served) -> Vec<String> {
    let method = &served.catalog.methods[0];
    let bound = bind_one(method, &served.database).await.unwrap().unwrap();
    let plans = plans(method, &bound, &served.database).await.unwrap();
    plans.iter().flat_map(|plan| &plan.calls).map(ToString::to_string).collect()
}

#[test]
fn a_filter_without_an_index_is_told_at_its_place_though_the_table_is_empty() {
    let shop = list(
        "items i\nWHERE (:tenant IS NULL OR tenant = :tenant)\n  AND (:size IS NULL OR i.size >= :size)",
    );
    let told = "sql/shop.v1.Shop/Get.sql:3:7: with :size alone, every row of items is looked at | add an index on items (size) that serves this condition";
    on_both(&shop, async |served| assert_eq!(found(served).await, [told]));
}

#[test]
fn a_filter_beside_a_condition_that_an_index_serves_is_not() {
    let shop = list("items i WHERE tenant = coalesce(:tenant, 0) AND (:size IS NULL OR size >= :size)");
    on_both(&shop, async |served| assert_eq!(found(served).await, [""; 0]));
}

#[test]
fn a_filter_on_a_joined_table_is_told_of_that_table() {
    let shop = list("items i JOIN parts p ON p.item = i.id WHERE (:label IS NULL OR p.label = :label)");
    on_postgres(&shop, async |served| {
        let [told] = &found(served).await[..] else { panic!("not told") };
        assert!(
            told.contains("with :label alone, every row of parts") && told.contains("parts (label)"),
            "{told}"
        );
    });
}

#[test]
fn filters_in_each_other_are_asked_about_together() {
    let shop = list(
        "items i WHERE (:tenant IS NULL OR tenant = :tenant AND EXISTS (SELECT 1 FROM parts p WHERE p.item = i.id AND (:label IS NULL OR p.label = :label)))",
    );
    on_both(&shop, async |served| assert_eq!(found(served).await, [""; 0]));
}

#[test]
fn a_flag_that_no_index_serves_is_not_told_as_it_compares_with_nothing() {
    let shop = list("items i WHERE (:size IS NULL OR size = 0)");
    on_postgres(&shop, async |served| assert_eq!(found(served).await, [""; 0]));
}

#[test]
fn a_plan_is_shown_without_filters_and_with_each_alone() {
    let shop =
        list("items i WHERE (:tenant IS NULL OR tenant = :tenant) AND (:size IS NULL OR size = :size)");
    on_postgres(&shop, async |served| {
        assert_eq!(
            shown(served).await,
            [
                "items in order of index items_pkey",
                "with :tenant: items by index items_tenant: (i.tenant = $1)",
                "with :size: items in order of index items_pkey",
                "with :after.id: items by index items_pkey: (i.id > $3)",
            ]
        );
    });
    on_sqlite(&shop, async |served| {
        assert_eq!(
            shown(served).await,
            [
                "i by scan",
                "with :tenant: i by index items_tenant: tenant=?",
                "with :size: i by scan",
                "with :after.id: i by index INTEGER PRIMARY KEY: rowid>?",
            ]
        );
    });
}

#[test]
fn a_statement_that_is_not_planned_is_not_shown_and_leaves_the_session_as_it_was() {
    let shop =
        Shop::writing("message Request { optional int64 a = 1; } message Reply {}", "CALL nothing(:a)")
            .with("migrations/1_schema.sql", "CREATE PROCEDURE nothing(a bigint) LANGUAGE sql AS 'SELECT 1'");
    on_postgres(&shop, async |served| {
        assert_eq!(shown(served).await, [""; 0]);
        assert_eq!(served.get("{}").await.unwrap(), "{}");
    });
}

#[test]
fn a_write_is_planned_and_does_not_happen() {
    let shop = Shop::writing(
        "message Request { int64 id = 1; optional int64 size = 2; } message Reply {}",
        "DELETE FROM items WHERE id = :id AND (:size IS NULL OR size = :size)",
    )
    .schema(&format!("{SCHEMA}; INSERT INTO items VALUES (1, 'a', 1, 1)"));
    on_both(&shop, async |served| {
        assert!(shown(served).await[0].contains(" by index "));
        assert_eq!(found(served).await, [""; 0]);
        assert_eq!(served.get(r#"{"id": "1"}"#).await.unwrap(), "{}");
    });
}
