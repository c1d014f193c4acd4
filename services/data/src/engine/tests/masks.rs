//! Updates of what a mask names.

use meanwhile_proto::errors::Reason;

use crate::fixture::{Shop, on_both};

fn shop() -> Shop {
    let methods = "rpc Update(Request) returns (Item);";
    let messages = "message Request { Item item = 1; google.protobuf.FieldMask update_mask = 2; }
        message Item { int64 id = 1; string name = 2 [(google.api.field_behavior) = REQUIRED]; optional int64 price = 3; Address address = 4; }
        message Address { string city = 1; string street = 2; }";
    Shop::new(methods, messages)
        .schema("CREATE TABLE items (id integer PRIMARY KEY, name text NOT NULL, price integer, city text NOT NULL, street text NOT NULL);
            INSERT INTO items VALUES (1, 'one', 10, 'Rome', 'Via A')")
        .sql("Update.sql", "UPDATE items SET
            name = CASE WHEN :update_mask.name THEN :item.name ELSE name END,
            price = CASE WHEN :update_mask.price THEN :item.price ELSE price END,
            city = CASE WHEN :update_mask.address.city THEN coalesce(:item.address.city, '') ELSE city END
            WHERE id = :item.id RETURNING id, name, price, city AS \"address.city\", street AS \"address.street\"")
}

#[test]
fn a_mask_says_what_is_updated() {
    let one = |change: &str| {
        r#"{"id":"1","name":"one","price":"10","address":{"city":"Rome","street":"Via A"}}"#
            .replace(change.split('|').next().unwrap(), change.split('|').nth(1).unwrap_or_default())
    };
    for (item, mask, expected) in [
        (r#""name": "two", "price": 5"#, "name", one(r#""one"|"two""#)),
        (r#""name": "two""#, "price", one(r#""price":"10",|"#)),
        (r#""address": {"city": "Oslo"}"#, "address", one("Rome|Oslo")),
        (r#""price": 7"#, "", one("\"10\"|\"7\"")),
        (
            r#""name": "two", "price": 7"#,
            "*",
            r#"{"id":"1","name":"two","price":"7","address":{"street":"Via A"}}"#.to_owned(),
        ),
    ] {
        on_both(&shop(), async |served| {
            let request = format!(r#"{{"item": {{"id": 1, {item}}}, "updateMask": "{mask}"}}"#);
            assert_eq!(served.call("Update", &request).await.unwrap(), expected, "{mask}");
        });
    }
}

#[test]
fn a_mask_of_what_cannot_be_updated_changes_nothing() {
    on_both(&shop(), async |served| {
        for mask in ["id", "address.street", "nme"] {
            let request = format!(r#"{{"item": {{"id": 1, "name": "two"}}, "updateMask": "name,{mask}"}}"#);
            let fault = served.call("Update", &request).await.unwrap_err();
            assert_eq!((fault.reason, fault.field.as_deref()), (Reason::FieldInvalid, Some("update_mask")));
        }
        let unchanged = served.call("Update", r#"{"item": {"id": 1}}"#).await.unwrap();
        assert!(unchanged.contains("one"), "{unchanged}");
    });
}
