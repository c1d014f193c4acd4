//! What is told of statements that do not fit their database, on both of them.

use crate::fixture::{Shop, on_both, on_postgres, on_sqlite};

const MESSAGES: &str = "
    message Request { int32 id = 1; string name = 2; }
    message Reply { int64 id = 1; string name = 2; Place place = 3; }
    message Place { double lat = 1; }";
const SCHEMA: &str = "CREATE TABLE t (id bigint, name text)";

fn get(sql: &str) -> Shop {
    Shop::reading(MESSAGES, sql).schema(SCHEMA)
}

#[test]
fn postgresqls_own_words_are_told_at_their_place() {
    for (sql, place, words) in [
        ("SELECT id, nme AS name FROM t", "1:12", "column \"nme\" does not exist"),
        ("SELECT 'é', id,\n  nme FROM t WHERE id = :id", "2:3", "column \"nme\" does not exist"),
        (
            "SELECT id FROM t\nWHERE name = :name AND id = :id AND x = 1",
            "2:37",
            "column \"x\" does not exist",
        ),
        ("SELECT id FROM nowhere", "1:16", "relation \"nowhere\" does not exist"),
    ] {
        on_postgres(&get(sql), async |served| {
            let found = served.findings();
            let expected =
                format!("sql/shop.v1.Shop/Get.sql:{place}: PostgreSQL does not accept this: {words}");
            assert!(found.len() == 1 && found[0].starts_with(&expected), "{sql}: {found:?}");
        });
    }
}

#[test]
fn sqlites_own_words_are_told() {
    on_sqlite(&get("SELECT nme FROM t"), async |served| {
        let found = served.findings();
        assert!(
            found[0].contains("Get.sql:1:8: SQLite does not accept this: no such column: nme"),
            "{found:?}"
        );
    });
}

#[test]
fn a_column_without_a_field_is_told_where_it_stands_for_every_one_there_is() {
    on_both(&get("SELECT id,\n  name AS nme, 1.5 AS \"place.lon\" FROM t"), async |served| {
        assert_eq!(
            served.findings(),
            [
                "sql/shop.v1.Shop/Get.sql:2:11: shop.v1.Reply has no field nme | name the column after the field with AS, \
                 add the field, or do not select it",
                "sql/shop.v1.Shop/Get.sql:2:24: shop.v1.Place has no field place.lon | name the column after the field \
                 with AS, add the field, or do not select it",
            ]
        );
    });
}

#[test]
fn two_columns_for_one_field_and_a_message_are_told() {
    on_both(&get("SELECT id, name AS id, name AS \"name.x\" FROM t"), async |served| {
        let found = served.findings().join("\n");
        assert!(
            found.contains("two columns fill id")
                && found.contains("one column cannot fill shop.v1.Reply.name"),
            "{found}"
        );
    });
}

#[test]
fn all_that_does_not_fit_a_statement_is_told_at_once() {
    let messages = MESSAGES.replace("int32 id = 1;", "bytes raw = 1; bool yes = 3;");
    let get = |sql: &str| Shop::reading(&messages, sql).schema(SCHEMA);
    let postgres = get(
        "SELECT id AS name,\n  name AS nme, CAST(1 AS money) AS id\nFROM t WHERE id = :raw AND now() > :yes",
    );
    on_postgres(&postgres, async |served| {
        starts(
            &served.findings(),
            &[
                "sql/shop.v1.Shop/Get.sql:3:19: PostgreSQL takes :raw for a whole number",
                "sql/shop.v1.Shop/Get.sql:3:36: PostgreSQL takes :yes for a timestamp",
                "sql/shop.v1.Shop/Get.sql:2:36: the column id is money, which is not read",
                "sql/shop.v1.Shop/Get.sql:1:14: name into shop.v1.Reply.name: a column of int8",
                "sql/shop.v1.Shop/Get.sql:2:11: shop.v1.Reply has no field nme",
            ],
        );
    });
    let sqlite = get("SELECT name AS nme FROM t WHERE id = :raw\nAND id = ? AND id + 0 > :yes AND :raw = id");
    on_sqlite(&sqlite, async |served| {
        starts(
            &served.findings(),
            &[
                "sql/shop.v1.Shop/Get.sql:1:38: SQLite keeps an INTEGER where :raw stands",
                "sql/shop.v1.Shop/Get.sql:2:10: SQLite sees a parameter here",
                "sql/shop.v1.Shop/Get.sql:1:16: shop.v1.Reply has no field nme",
            ],
        );
    });
}

#[test]
fn what_does_not_fit_between_parts_is_told_with_what_does_not_fit_in_them() {
    let shop = Shop::new(
        "rpc Get(Request) returns (Three) { option idempotency_level = NO_SIDE_EFFECTS; }",
        &format!("{MESSAGES} message Three {{ repeated Reply all = 1; Reply second = 2; Reply third = 3; }}"),
    )
    .sql("Get/all.sql", "SELECT id FROM t")
    .sql("Get/second.sql", "SELECT id, name FROM t WHERE id = :all.id")
    .sql("Get/third.sql", "SELECT id AS nme, name AS id FROM t WHERE name = :second.nothing")
    .schema(SCHEMA);
    on_postgres(&shop, async |served| {
        starts(
            &served.findings(),
            &[
                "sql/shop.v1.Shop/Get/third.sql:1:50: the part second has no column nothing",
                "sql/shop.v1.Shop/Get/third.sql:1:14: shop.v1.Reply has no field nme",
                "sql/shop.v1.Shop/Get/third.sql:1:27: id into shop.v1.Reply.id: a column of text",
                "sql/shop.v1.Shop/Get/second.sql:1:35: all has many rows, and :all.id stands where one value does",
            ],
        );
    });
}

/// Each finding begins with what is expected there.
fn starts(found: &[String], expected: &[&str]) {
    let fit = found.iter().zip(expected).all(|(found, expected)| found.starts_with(expected));
    assert!(fit && found.len() == expected.len(), "{found:#?} are not {expected:#?}");
}

#[test]
fn a_placeholder_that_is_an_operator_elsewhere_is_told_on_sqlite() {
    on_sqlite(&get("SELECT id FROM t WHERE id = ? AND name = :name"), async |served| {
        let found = served.findings();
        assert!(
            found[0].starts_with("sql/shop.v1.Shop/Get.sql:1:29: SQLite sees a parameter here"),
            "{found:?}"
        );
    });
}

#[test]
fn a_file_for_both_in_which_sqlite_sees_other_parameters_than_postgresql_is_refused() {
    let messages = "message Request { string x = 1; string y = 2; } message Reply { string x = 1; }";
    // What is a comment for PostgreSQL alone, and a name for SQLite alone.
    for sql in ["SELECT /* /* */ :y AS x -- */ :x AS x", "SELECT a[:x] FROM (SELECT 'a' AS a)"] {
        on_sqlite(&Shop::reading(messages, sql), async |served| {
            let findings = served.findings().join("");
            assert!(
                findings.contains("SQLite sees other parameters here than PostgreSQL"),
                "{sql}: {findings}"
            );
        });
    }
}

#[test]
fn a_statement_for_the_other_database_alone_is_told() {
    let shop = Shop::new("rpc Get(Request) returns (Reply);", MESSAGES)
        .sql("Get.sqlite.sql", "SELECT id FROM t")
        .schema(SCHEMA);
    on_postgres(&shop, async |served| {
        let found = served.findings();
        assert!(found[0].contains("Get.sqlite.sql:1:1: there is no SQL for postgres"), "{found:?}");
    });
}

#[test]
fn a_composites_part_has_to_give_what_another_uses() {
    let shop = Shop::new(
        "rpc Get(Request) returns (Both) { option idempotency_level = NO_SIDE_EFFECTS; }",
        &format!("{MESSAGES} message Both {{ Reply first = 1; Reply second = 2; }}"),
    )
    .sql("Get/first.sql", "SELECT id FROM t")
    .sql("Get/second.sql", "SELECT id FROM t WHERE name = :first.other")
    .schema(SCHEMA);
    on_both(&shop, async |served| {
        let found = served.findings();
        assert!(found[0].contains("Get/second.sql:1:31: the part first has no column other"), "{found:?}");
    });
}

#[test]
fn columns_that_only_other_parts_use_fill_no_field() {
    let shop = Shop::new(
        "rpc Get(Request) returns (Both) { option idempotency_level = NO_SIDE_EFFECTS; }",
        &format!("{MESSAGES} message Both {{ Reply second = 1; Reply first = 2; }}"),
    )
    .sql("Get/first.sql", "SELECT id, id + 1 AS more FROM t WHERE id = :id")
    .sql("Get/second.sql", "SELECT CAST(:first.more AS bigint) AS id, :name AS name")
    .sql("Get/second.postgres.sql", "SELECT :first.more::bigint AS id, :name::text AS name")
    .schema(&format!("{SCHEMA}; INSERT INTO t VALUES (7, 'x')"));
    on_both(&shop, async |served| {
        let reply = served.get(r#"{"id": 7, "name": "y"}"#).await.unwrap();
        assert_eq!(reply, r#"{"second":{"id":"8","name":"y"},"first":{"id":"7"}}"#);
        assert_eq!(served.get("{}").await.unwrap_err().reason.as_str(), "RESOURCE_NOT_FOUND");
    });
}

#[test]
fn a_page_by_column_has_to_be_selected() {
    let list = "rpc Get(L) returns (R) { option idempotency_level = NO_SIDE_EFFECTS; option (meanwhile.v1.page_by) = \"id\"; }";
    let messages = "message L { int32 page_size = 1; string page_token = 2; } message R { repeated Row rows = 1; string next_page_token = 2; } message Row { string name = 1; }";
    let shop = Shop::new(list, messages)
        .sql(
            "Get.sql",
            "SELECT name FROM t WHERE :after.id IS NULL OR id > :after.id ORDER BY id LIMIT :limit",
        )
        .schema(SCHEMA);
    on_both(&shop, async |served| {
        let found = served.findings();
        assert!(found[0].contains("page_by names id, and this statement does not select it"), "{found:?}");
    });
}

#[test]
fn pages_hold_every_row_once_and_the_last_has_no_token() {
    let list = "rpc Get(L) returns (R) { option idempotency_level = NO_SIDE_EFFECTS; option (meanwhile.v1.page_by) = \"name\"; option (meanwhile.v1.page_by) = \"id\"; }";
    let messages = "message L { int32 page_size = 1; string page_token = 2; } message R { repeated Row rows = 1; string next_page_token = 2; } message Row { int64 id = 1; }";
    let shop = Shop::new(list, messages)
        .sql("Get.sql", "SELECT id, name FROM t WHERE :after.name IS NULL OR (name, id) > (:after.name, :after.id) ORDER BY name, id LIMIT :limit")
        .schema(&format!("{SCHEMA}; INSERT INTO t VALUES (3, 'a'), (1, 'b'), (2, 'b'), (9, 'b'), (4, 'c'), (5, '')"));
    on_both(&shop, async |served| {
        for (size, pages) in [(1, 6), (2, 3), (3, 2), (4, 2), (6, 1), (7, 1), (0, 1)] {
            let (mut ids, mut token, mut count) = (String::new(), String::new(), 0);
            loop {
                let request = format!(r#"{{"pageSize": {size}, "pageToken": "{token}"}}"#);
                let reply: serde_json::Value =
                    serde_json::from_str(&served.get(&request).await.unwrap()).unwrap();
                for row in reply["rows"].as_array().unwrap() {
                    ids.push_str(row["id"].as_str().unwrap());
                }
                count += 1;
                match reply["nextPageToken"].as_str() {
                    Some(next) => token = next.to_owned(),
                    None => break,
                }
            }
            assert_eq!((ids.as_str(), count), ("531294", pages), "{size}");
        }
    });
}

#[test]
fn a_made_up_token_is_the_clients_fault_whatever_is_in_it() {
    use base64::Engine as _;
    let list = "rpc Get(L) returns (R) { option idempotency_level = NO_SIDE_EFFECTS; option (meanwhile.v1.page_by) = \"id\"; }";
    let messages = "message L { int32 page_size = 1; string page_token = 2; } message R { repeated Row rows = 1; string next_page_token = 2; } message Row { int64 id = 1; }";
    let shop = Shop::new(list, messages)
        .sql("Get.sql", "SELECT id FROM t WHERE :after.id IS NULL OR id > :after.id ORDER BY id LIMIT :limit")
        .schema(&format!("{SCHEMA}; INSERT INTO t VALUES (1, 'a'), (2, 'b')"));
    on_postgres(&shop, async |served| {
        let first: serde_json::Value =
            serde_json::from_str(&served.get(r#"{"pageSize": 1}"#).await.unwrap()).unwrap();
        let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let mut token = engine.decode(first["nextPageToken"].as_str().unwrap()).unwrap();
        // The one column, an integer, becomes a truth value: field 1 in place of 2.
        let column = token.len() - 2;
        assert_eq!(token[column], 0x10);
        token[column] = 0x08;
        let request = format!(r#"{{"pageToken": "{}"}}"#, engine.encode(&token));
        assert_eq!(served.get(&request).await.unwrap_err().reason.as_str(), "PAGE_TOKEN_INVALID");
    });
}
