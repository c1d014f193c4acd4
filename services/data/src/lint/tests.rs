//! What the lints say as a whole: on both databases, of methods that read and of those that write.

use meanwhile_catalog::Severity;

use crate::check::check;
use crate::database::DatabaseUrl;
use crate::fixture::{Shop, postgres, run};

const MESSAGES: &str = "message Request { int32 id = 1; } message Reply { double n = 1; string a = 2; }";

/// Severity, place, message and mend of every finding.
fn told(shop: &Shop, url: &DatabaseUrl) -> Vec<(Severity, String)> {
    let findings = run(check(&shop.read(), url)).unwrap();
    findings.iter().map(|finding| (finding.severity, format!("{finding} | {}", finding.mend))).collect()
}

#[test]
fn a_volatile_function_in_a_method_that_reads_is_told_once_where_it_stands() {
    let sql = "SELECT CAST(1 AS double precision) AS n,\n  CAST(random() AS text) AS a -- random()\nWHERE :id > 0 AND random() > -1";
    let expected = (
        Severity::Warning,
        "sql/shop.v1.Shop/Get.sql:2:8: random() is volatile, so that Get will not batch, and calls that are shared have \
         one value | if each call needs a value of its own, take idempotency_level off the method"
            .to_owned(),
    );
    let shop = Shop::reading(MESSAGES, sql);
    assert_eq!(told(&shop, &shop.sqlite()), std::slice::from_ref(&expected));
    let Some((_database, url)) = postgres() else { return };
    assert_eq!(told(&shop, &url), [expected]);
    assert_eq!(told(&Shop::writing(MESSAGES, sql), &url), []);
}

#[test]
fn postgresql_says_which_functions_are_volatile() {
    let Some((database, url)) = postgres() else { return };
    let functions = "CREATE FUNCTION tally(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
        CREATE FUNCTION calm(text) RETURNS text LANGUAGE sql STABLE AS 'SELECT $1';
        CREATE FUNCTION calm(text, text) RETURNS text LANGUAGE sql AS 'SELECT $1'";
    database.run(functions).unwrap();
    for (call, mend) in [
        ("tally('x')", Some("if it only reads, declare it so: ALTER FUNCTION tally STABLE")),
        ("public.tally('x')", Some("ALTER FUNCTION tally STABLE")),
        ("calm('x')", None),
        ("calm('x', 'y')", Some("ALTER FUNCTION calm STABLE")),
        ("clock_timestamp()::text", Some("use now()")),
        ("now()::text", None),
        ("gen_random_uuid()::text", Some("take idempotency_level off the method")),
        ("lower('random()')", None),
    ] {
        let told = told(&Shop::reading(MESSAGES, &format!("SELECT {call} AS a")), &url);
        let is_so = match mend {
            Some(mend) => told.len() == 1 && told[0].0 == Severity::Warning && told[0].1.contains(mend),
            None => told.is_empty(),
        };
        assert!(is_so, "{call}: {told:?}");
    }
}

#[test]
fn a_part_that_does_not_fit_keeps_no_other_from_being_looked_at() {
    let messages = "message Request { int32 id = 1; } message Row { string a = 1; } message Reply { Row one = 1; Row two = 2; }";
    let shop = Shop::reading(messages, "")
        .sql("Get/one.sql", "SELECT absent AS a FROM t")
        .sql("Get/two.sql", "SELECT note AS a FROM t")
        .schema("CREATE TABLE t (note text)");
    std::fs::remove_file(shop.path().join("sql/shop.v1.Shop/Get.sql")).unwrap();
    run(crate::migrate(&shop.read().catalog, &shop.sqlite())).unwrap();
    let told = told(&shop, &shop.sqlite());
    assert!(told.len() == 2 && told[0].1.contains("no such column: absent"), "{told:?}");
    assert!(told[1].1.contains("Get/two.sql:1:16: a may be NULL"), "{told:?}");
}

/// A write whose client says which state of the row it knows.
fn with_etag(etag: &str) -> Shop {
    let messages = "message Request { int32 id = 1; string etag = 2; } message Reply {}";
    Shop::new("rpc Get(Request) returns (Reply);", messages)
        .schema("CREATE TABLE t (id integer PRIMARY KEY, version integer NOT NULL)")
        .sql("Get/etag.sql", etag)
        .sql("Get/_10_write.sql", "UPDATE t SET version = version + 1 WHERE id = :id")
}

#[test]
fn an_etag_whose_row_cannot_be_locked_is_told_on_postgresql_alone() {
    let counted = with_etag("-- of all\nSELECT max(version) FROM t WHERE id = :id GROUP BY id");
    run(crate::migrate(&counted.read().catalog, &counted.sqlite())).unwrap();
    assert_eq!(told(&counted, &counted.sqlite()), []);
    let Some((_database, url)) = postgres() else { return };
    run(crate::migrate(&counted.read().catalog, &url)).unwrap();
    let [(Severity::Warning, found)] = &told(&counted, &url)[..] else {
        panic!("{:?}", told(&counted, &url))
    };
    assert!(
        found.starts_with("sql/shop.v1.Shop/Get/etag.sql:2:1: this etag is compared, and its row is not"),
        "{found}"
    );
    for sql in [
        "SELECT version FROM t WHERE id = :id",
        "SELECT version FROM t WHERE id = :id FOR UPDATE",
        "SELECT version FROM t WHERE id = :id FOR NO KEY UPDATE;",
        "SELECT version FROM t WHERE id = :id -- FOR UPDATE",
    ] {
        assert_eq!(told(&with_etag(sql), &url), [], "{sql}");
    }
}

#[test]
fn a_column_that_orders_pages_and_may_be_null_is_told() {
    let list = "rpc Get(Request) returns (Reply) { option idempotency_level = NO_SIDE_EFFECTS;
        option (meanwhile.v1.page_by) = \"note\"; option (meanwhile.v1.page_by) = \"id\"; }";
    let messages = "message Request { int32 page_size = 1; string page_token = 2; } message Row { int32 id = 1; optional string note = 2; }
        message Reply { repeated Row rows = 1; string next_page_token = 2; }";
    let sql = |note: &str| {
        format!(
            "SELECT id, {note} AS note FROM t WHERE (:after.id IS NULL OR ({note}, id) > (:after.note, :after.id))
             ORDER BY {note}, id LIMIT :limit"
        )
    };
    let shop = |note: &str| {
        Shop::new(list, messages)
            .schema(
                "CREATE TABLE t (id integer PRIMARY KEY, note text); CREATE INDEX t_note ON t (note, id);
                CREATE INDEX t_known ON t (coalesce(note, ''), id)",
            )
            .sql("Get.sql", &sql(note))
    };
    let look = |url: &DatabaseUrl| {
        run(crate::migrate(&shop("note").read().catalog, url)).unwrap();
        let [(Severity::Warning, found)] = &told(&shop("note"), url)[..] else {
            panic!("{:?}", told(&shop("note"), url))
        };
        let expected =
            "sql/shop.v1.Shop/Get.sql:1:20: note may be NULL, and orders the pages: t.note has no NOT NULL.";
        assert!(found.starts_with(expected), "{found}");
        let known = told(&shop("coalesce(note, '')"), url);
        assert!(known.iter().all(|(_, found)| !found.contains("may be NULL")), "{known:?}");
    };
    look(&shop("note").sqlite());
    if let Some((_database, url)) = postgres() {
        look(&url);
    }
}
