//! Many parents: how many statements they take, and how large a reply may get.

use std::fmt::Write as _;

use super::*;
use crate::fixture::{Served, on_counting_postgres};

#[test]
fn a_hundred_orders_with_their_items_are_two_statements() {
    let rows = "INSERT INTO orders SELECT n, 'x' FROM generate_series(1, 100) n;
        INSERT INTO items SELECT n, n % 100 + 1, 'sku' || n FROM generate_series(1, 500) n";
    let get = "rpc Get(Request) returns (Reply) { option idempotency_level = NO_SIDE_EFFECTS; }";
    let messages = MESSAGES
        .replace("[(meanwhile.v1.key) = \"item_id\"]", "")
        .replace("(meanwhile.v1.key) = \"order_id\", ", "");
    let shop = Shop::new(get, &messages)
        .schema(&format!("{SCHEMA}; {rows}"))
        .sql("Get/orders.sql", ORDERS)
        .sql("Get/orders.items.sql", &ITEMS.replace("SELECT id, ", "SELECT "));
    on_counting_postgres(&shop, async |served| {
        let before = statements(served);
        let reply: serde_json::Value = serde_json::from_str(&served.get("{}").await.unwrap()).unwrap();
        let orders = reply["orders"].as_array().unwrap();
        assert!(orders.iter().all(|order| order["items"].as_array().unwrap().len() == 5));
        assert_eq!((orders.len(), statements(served) - before), (100, 2));
    });
}

/// How many statements about orders and items the server has executed.
fn statements(served: &Served) -> u64 {
    let calls = "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query ~ 'FROM (orders|items)'";
    served.psql_as_admin(calls).parse().unwrap()
}

#[test]
fn thousands_of_parents_each_get_their_own() {
    let numbers = |count: u32| {
        format!("WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {count})")
    };
    let rows = format!(
        "INSERT INTO orders {} SELECT n, 'x' FROM n; INSERT INTO items {} SELECT n, n % 5000 + 1, '' || n FROM n",
        numbers(5_000),
        numbers(15_000)
    );
    on_both(&shop(&rows), async |served| {
        let reply: serde_json::Value = serde_json::from_str(&served.get("{}").await.unwrap()).unwrap();
        let orders = reply["orders"].as_array().unwrap();
        assert_eq!(orders.len(), 5_000);
        for order in orders {
            let id: u64 = order["id"].as_str().unwrap().parse().unwrap();
            let skus = order["items"].as_array().unwrap().iter().map(|item| item["sku"].as_str().unwrap());
            let skus: Vec<u64> = skus.map(|sku| sku.parse().unwrap()).collect();
            let first = if id == 1 { 5_000 } else { id - 1 };
            assert_eq!(skus, [first, first + 5_000, first + 10_000]);
        }
    });
}

#[test]
fn children_count_towards_the_replys_size_as_often_as_they_are_sent() {
    let mut rows = "INSERT INTO orders VALUES (1, 'x')".to_owned();
    (1..40).for_each(|_| write!(rows, ", (1, 'x')").unwrap());
    // Each part alone is within the limit of one megabyte, forty times the items are not.
    let long = "x".repeat(30_000);
    write!(rows, "; INSERT INTO items VALUES (1, 1, '{long}')").unwrap();
    on_both(&shop(&rows), async |served| {
        assert_eq!(served.get("{}").await.unwrap_err().reason.as_str(), "REPLY_TOO_LARGE");
        assert_eq!(served.get(r#"{"above": 1}"#).await.unwrap(), "{}");
    });
}

#[test]
fn what_children_need_of_their_parents_is_bounded_too() {
    let items = "SELECT id, 'x' AS order_id, sku FROM items WHERE sku = ANY(:orders.customer)";
    let long = "y".repeat(100_000);
    let mut rows = "INSERT INTO orders VALUES (1, 'x')".to_owned();
    (2..20).for_each(|id| write!(rows, ", ({id}, '{id}{long}')").unwrap());
    on_both(&shop(&rows).part("orders", BUYERS).part("orders.items", items), async |served| {
        assert_eq!(served.get("{}").await.unwrap_err().reason.as_str(), "REPLY_TOO_LARGE");
    });
}

#[test]
fn the_row_that_only_shows_another_page_is_no_parent() {
    let get = "rpc Get(Request) returns (Reply) { option idempotency_level = NO_SIDE_EFFECTS; option (meanwhile.v1.page_by) = \"id\"; }";
    let shop = Shop::new(get, MESSAGES)
        .schema(&format!("{SCHEMA}; {ROWS}"))
        .part(
            "orders",
            "SELECT id FROM orders WHERE :after.id IS NULL OR id > :after.id ORDER BY id LIMIT :limit",
        )
        .part("orders.items", ITEMS)
        .part("orders.items.pieces", PIECES)
        .part("orders.notes", NOTES)
        .sql("Get/total.sql", "SELECT count(*) AS total FROM orders");
    on_both(&shop, async |served| {
        let get = async |token: &str| {
            let request = format!(r#"{{"pageSize": 2, "pageToken": "{token}"}}"#);
            serde_json::from_str::<serde_json::Value>(&served.get(&request).await.unwrap()).unwrap()
        };
        let first = get("").await;
        assert_eq!((first["orders"].as_array().unwrap().len(), &first["total"]), (2, &"4".into()));
        let second = get(first["nextPageToken"].as_str().unwrap()).await;
        assert_eq!(second["orders"][0]["items"][0]["pieces"][0]["name"], "ear");
        assert!(second.get("nextPageToken").is_none(), "{second}");
    });
}
