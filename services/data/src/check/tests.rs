//! What check says of a catalog some of whose files have faults of their own.

use crate::check::check;
use crate::database::DatabaseUrl;
use crate::fixture::{Shop, postgres, run};

const MESSAGES: &str = "message Request { int32 id = 1; } message Row { int32 id = 1; string name = 2; }
    message Reply { Row one = 1; Row two = 2; Row three = 3; }";

fn composite() -> Shop {
    Shop::new(
        "rpc Get(Request) returns (Reply) { option idempotency_level = NO_SIDE_EFFECTS; }
         rpc Other(Request) returns (Row);",
        MESSAGES,
    )
    .schema("CREATE TABLE t (id integer, name text)")
}

/// What a database says, on both of them.
fn on_both(shop: &Shop, told: &[&str]) {
    let migrated = async |url: &DatabaseUrl| {
        crate::migrate(&shop.read().catalog, url).await.unwrap();
        let found: Vec<String> =
            check(&shop.read(), url).await.unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), told.len(), "{found:#?}");
        for (found, told) in found.iter().zip(told) {
            assert!(found.starts_with(told), "{found} is not {told}");
        }
    };
    run(migrated(&shop.sqlite()));
    if let Some((_database, url)) = postgres() {
        run(migrated(&url));
    }
}

#[test]
fn the_database_looks_at_every_statement_it_can_of_a_method_with_faults() {
    let shop = composite()
        .sql("Get/one.sql", "SELECT id, nme AS name FROM t WHERE id = :nothing")
        .sql("Get/two.sql", "SELECT 'open")
        .sql("Get/three.sql", "SELECT id, name AS nme FROM t WHERE id = :one.id AND name = :two.name")
        .sql("Other.sql", "SELECT id FROM tt");
    on_both(
        &shop,
        &[
            "sql/shop.v1.Shop/Get/one.sql:1:12: ",
            "sql/shop.v1.Shop/Get/three.sql:1:20: shop.v1.Row has no field nme",
            "sql/shop.v1.Shop/Other.sql:1:16: ",
        ],
    );
}

#[test]
fn a_file_for_one_dialect_that_cannot_be_read_says_nothing_of_the_other() {
    let shop = composite()
        .sql("Other.sql", "SELECT id FROM t")
        .sql("Other.postgres.sql", "SELECT 'open")
        .sql("Other.sqlite.sql", "SELECT 'open")
        .sql("Get/one.sql", "SELECT 1 AS nme");
    on_both(&shop, &["sql/shop.v1.Shop/Get/one.sql:1:13: shop.v1.Row has no field nme"]);
}

#[test]
fn a_part_that_finds_no_place_in_the_reply_is_still_prepared() {
    let messages = MESSAGES.replace("Row three = 3;", "repeated string three = 3;");
    let shop = Shop::new("rpc Get(Request) returns (Reply);", &messages)
        .sql("Get/three.sql", "SELECT id FROM nowhere")
        .schema("CREATE TABLE t (id integer)");
    on_both(&shop, &["sql/shop.v1.Shop/Get/three.sql:1:16: "]);
}

#[test]
fn a_method_is_explained_with_what_it_takes_gives_and_waits_for() {
    let shop = composite()
        .sql("Get/one.sql", "SELECT id, name AS name FROM t WHERE id = :id AND name IS NOT NULL")
        .sql("Get/two.sql", "SELECT id, name FROM t WHERE id = :one.id AND name = 'x'")
        .sql("Other.sql", "SELECT nothing_here FROM t");
    let look = async |url: &DatabaseUrl, sql_type: Option<&str>, batches: bool| {
        crate::migrate(&shop.read().catalog, url).await.unwrap();
        let (findings, methods) = crate::check::explain(&shop.read(), url).await.unwrap();
        assert!(findings.has_errors());
        let [get] = methods.as_slice() else { panic!("{methods:#?}") };
        assert_eq!((get.name.as_str(), get.shares, get.timeout.as_secs()), ("shop.v1.Shop/Get", true, 60));
        let two = &get.parts[1];
        assert_eq!((two.waits_for.as_slice(), two.rows), (["one".to_owned()].as_slice(), "one row"));
        assert_eq!(two.parameters[0].source, "column id of one");
        assert_eq!(two.parameters[0].sql_type.as_deref(), sql_type);
        assert_eq!(two.columns[1].field.as_deref(), Some("string shop.v1.Row.name"));
        assert_eq!(two.alone.is_none(), batches, "{:?}", two.alone);
        assert!(two.plans[0].contains('t'), "{:?}", two.plans);
    };
    run(look(&shop.sqlite(), None, false));
    if let Some((_database, url)) = postgres() {
        run(look(&url, Some("integer"), true));
    }
}

#[test]
fn each_sort_order_is_explained_with_the_files_that_it_has_of_its_own() {
    let list = "rpc Get(Request) returns (Reply) { option idempotency_level = NO_SIDE_EFFECTS;
        option (meanwhile.v1.page_by) = \"name\"; option (meanwhile.v1.page_by) = \"id\"; }";
    let messages = "enum By { BY_UNSPECIFIED = 0; BY_ALPHABET = 1; }
        message Request { int32 page_size = 1; string page_token = 2; By order_by = 3; }
        message Row { int32 id = 1; string name = 2; }
        message Reply { repeated Row rows = 1; string next_page_token = 2; int32 total = 3; }";
    let sql = |order: &str, after: &str| {
        format!("SELECT id, name FROM t WHERE (:after.id IS NULL OR {after}) ORDER BY {order} LIMIT :limit")
    };
    let shop = Shop::new(list, messages)
        .schema("CREATE TABLE t (id integer PRIMARY KEY, name text NOT NULL)")
        .sql("Get/rows.sql", &sql("id", "id > :after.id"))
        .sql("Get/rows.alphabet.sql", &sql("name, id", "(name, id) > (:after.name, :after.id)"))
        .sql("Get/total.sql", "SELECT CAST(count(*) AS integer) AS total FROM t");
    let look = async |url: &DatabaseUrl| {
        crate::migrate(&shop.read().catalog, url).await.unwrap();
        let (findings, methods) = crate::check::explain(&shop.read(), url).await.unwrap();
        let [get] = methods.as_slice() else { panic!("{findings} {}", shop.read().findings) };
        let [order] = get.orders.as_slice() else { panic!("{get:#?}") };
        assert_eq!(
            (order.name.as_str(), order.field.as_str(), order.value.as_str()),
            ("alphabet", "order_by", "BY_ALPHABET")
        );
        let [rows] = order.parts.as_slice() else { panic!("{order:#?}") };
        assert_eq!(rows.file.to_string_lossy(), "sql/shop.v1.Shop/Get/rows.alphabet.sql");
        assert!(rows.parameters.iter().any(|param| param.name == "after.name"), "{rows:#?}");
        assert!(
            rows.plans.iter().all(|plan| plan.starts_with("t ") || plan.contains(": t ")),
            "{:?}",
            rows.plans
        );
        assert_eq!(get.parts.len(), 2);
    };
    run(look(&shop.sqlite()));
    if let Some((_database, url)) = postgres() {
        run(look(&url));
    }
}
