//! A write whose client says which state of the row it knows.

use meanwhile_proto::errors::Reason;

use crate::fixture::{Shop, on_both, on_postgres};

const METHODS: &str = "rpc Rename(Request) returns (Item); rpc Remove(Key) returns (Nothing);
    rpc Get(Key) returns (Item) { option idempotency_level = NO_SIDE_EFFECTS; }";

const MESSAGES: &str = "message Nothing {} message Key { int64 id = 1; string etag = 2; }
    message Request { Item item = 1; } message Item { int64 id = 1; string name = 2; string etag = 3; }";

fn shop() -> Shop {
    Shop::new(METHODS, MESSAGES)
        .schema("CREATE TABLE items (id integer PRIMARY KEY, name text NOT NULL, version integer NOT NULL); INSERT INTO items VALUES (1, 'one', 1)")
        .sql("Get.sql", "SELECT id, name, CAST(version AS text) AS etag FROM items WHERE id = :id")
        .sql("Rename/etag.sql", "SELECT version FROM items WHERE id = :item.id")
        .sql("Rename.sql", "UPDATE items SET name = :item.name, version = version + 1 WHERE id = :item.id RETURNING id, name, CAST(version AS text) AS etag")
        .sql("Remove/etag.sql", "SELECT CAST(version AS text) FROM items WHERE id = :id;")
        .sql("Remove/_1_remove.sql", "DELETE FROM items WHERE id = :id")
}

fn rename(etag: &str, name: &str) -> String {
    format!(r#"{{"item": {{"id": 1, "name": "{name}", "etag": "{etag}"}}}}"#)
}

#[test]
fn a_write_with_the_rows_etag_is_done() {
    on_both(&shop(), async |served| {
        let reply = served.call("Rename", &rename("1", "two")).await.unwrap();
        assert_eq!(reply, r#"{"id":"1","name":"two","etag":"2"}"#);
        served.call("Remove", r#"{"id": 1, "etag": "2"}"#).await.unwrap();
        assert_eq!(served.get(r#"{"id": 1}"#).await.unwrap_err().reason, Reason::ResourceNotFound);
    });
}

#[test]
fn a_write_with_another_etag_is_aborted() {
    on_both(&shop(), async |served| {
        for etag in ["2", "01", " 1", "W/1", "1.0"] {
            let fault = served.call("Rename", &rename(etag, "two")).await.unwrap_err();
            assert_eq!((fault.reason, fault.reason.code()), (Reason::EtagMismatch, tonic::Code::Aborted));
            let remove = format!(r#"{{"id": 1, "etag": "{etag}"}}"#);
            assert_eq!(served.call("Remove", &remove).await.unwrap_err().reason, Reason::EtagMismatch);
        }
        assert_eq!(served.get(r#"{"id": 1}"#).await.unwrap(), r#"{"id":"1","name":"one","etag":"1"}"#);
    });
}

#[test]
fn a_write_without_an_etag_is_not_compared_but_its_row_has_to_be_there() {
    on_both(&shop(), async |served| {
        served.call("Rename", &rename("", "two")).await.unwrap();
        served.call("Rename", r#"{"item": {"id": 1, "name": "three"}}"#).await.unwrap();
        for request in [r#"{"item": {"id": 7, "etag": "1"}}"#, r#"{"item": {"id": 7}}"#, "{}"] {
            assert_eq!(served.call("Rename", request).await.unwrap_err().reason, Reason::ResourceNotFound);
        }
        served.call("Remove", r#"{"id": 1}"#).await.unwrap();
        assert_eq!(served.call("Remove", r#"{"id": 1}"#).await.unwrap_err().reason, Reason::ResourceNotFound);
    });
}

#[test]
fn an_etag_of_null_is_nobodys() {
    let shop =
        shop().sql("Rename/etag.sql", "SELECT CAST(NULL AS text) AS etag FROM items WHERE id = :item.id");
    on_both(&shop, async |served| {
        assert_eq!(
            served.call("Rename", &rename("1", "two")).await.unwrap_err().reason,
            Reason::EtagMismatch
        );
        served.call("Rename", &rename("", "two")).await.unwrap();
    });
}

#[test]
fn of_two_updates_with_one_etag_exactly_one_wins() {
    on_both(&shop(), async |served| {
        for version in 1..20 {
            let (one, two) = (rename(&version.to_string(), "one"), rename(&version.to_string(), "two"));
            let (one, two) = tokio::join!(served.call("Rename", &one), served.call("Rename", &two));
            let (lost, won): (Vec<_>, Vec<_>) = [one, two].into_iter().partition(Result::is_err);
            assert_eq!((won.len(), lost.len()), (1, 1), "{won:?} {lost:?}");
            assert_eq!(lost[0].as_ref().unwrap_err().reason, Reason::EtagMismatch);
        }
    });
}

#[test]
fn a_row_that_vanishes_while_its_check_waits_for_it_is_not_found() {
    on_postgres(&shop(), async |served| {
        let mut other = served.session().await;
        sqlx::raw_sql("BEGIN; DELETE FROM items WHERE id = 1").execute(&mut other).await.unwrap();
        let end = async {
            served.lock_waiters(1).await;
            sqlx::raw_sql("COMMIT").execute(&mut other).await.unwrap();
        };
        let (renamed, ()) = tokio::join!(served.call("Rename", r#"{"item": {"id": 1, "etag": "1"}}"#), end);
        assert_eq!(renamed.unwrap_err().reason, Reason::ResourceNotFound);
    });
}

#[test]
fn what_cannot_be_locked_is_checked_all_the_same() {
    let shop =
        shop().sql("Rename/etag.sql", "SELECT max(version) FROM items WHERE id = :item.id GROUP BY id");
    on_both(&shop, async |served| {
        assert_eq!(
            served.call("Rename", &rename("2", "two")).await.unwrap_err().reason,
            Reason::EtagMismatch
        );
        served.call("Rename", &rename("1", "two")).await.unwrap();
    });
}

#[test]
fn an_etag_of_two_columns_is_told() {
    let shop = shop().sql("Rename/etag.sql", "SELECT id, version FROM items WHERE id = :item.id");
    on_both(&shop, async |served| {
        assert_eq!(
            served.findings_of("Rename"),
            [
                "sql/shop.v1.Shop/Rename/etag.sql:1:1: an etag is one column, and this statement has 2 | select the one \
              value that changes with the row"
            ]
        );
    });
}
