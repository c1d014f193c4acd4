//! A write whose reply cannot be sent has no effect.

use meanwhile_proto::errors::Reason;

use crate::fixture::{Shop, on_both};

#[test]
fn a_write_that_gives_two_rows_for_one_reply_changes_nothing() {
    let methods = "rpc Rename(Name) returns (Name);
        rpc Get(Nothing) returns (Count) { option idempotency_level = NO_SIDE_EFFECTS; }";
    let messages =
        "message Name { string name = 1; } message Nothing {} message Count { int64 renamed = 1; }";
    let shop = Shop::new(methods, messages)
        .with(
            "migrations/0001_items.sql",
            "CREATE TABLE items (name text NOT NULL); INSERT INTO items VALUES ('a'), ('b')",
        )
        .with("sql/shop.v1.Shop/Rename.sql", "UPDATE items SET name = :name RETURNING name")
        .with("sql/shop.v1.Shop/Get.sql", "SELECT count(*) AS renamed FROM items WHERE name = 'c'");
    on_both(&shop, async |served| {
        let refused = served.call("Rename", r#"{"name": "c"}"#).await.unwrap_err();
        assert_eq!(refused.reason, Reason::RowsAmbiguous);
        assert_eq!(served.get("{}").await.unwrap(), "{}", "no row was renamed");
        // The connection that rolled back serves on.
        assert_eq!(
            served.call("Rename", r#"{"name": "c"}"#).await.unwrap_err().reason,
            Reason::RowsAmbiguous
        );
    });
}
