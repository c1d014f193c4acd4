//! What a client gets that says what it wants.

use crate::fault::Fault;
use crate::fixture::{Served, Shop, on_both, on_counting_postgres, on_sqlite};

const MESSAGES: &str = r#"
message Request { google.protobuf.FieldMask read_mask = 1; int32 page_size = 2; string page_token = 3; int64 id = 4; }
message List { repeated Order orders = 1; string next_page_token = 2; int64 total = 3; }
message Overview { repeated Order orders = 1; Customer customer = 2; int64 total = 3; repeated Order late = 4; }
message Order {
  int64 id = 1; string name = 2; Place place = 3; google.protobuf.Timestamp at = 4; map<string, string> labels = 5;
  repeated Item items = 6 [(meanwhile.v1.key) = "order_id"];
  Order again = 7;
}
message Place { string city = 1; string street = 2; }
message Item { string sku = 1; int64 price = 2; }
message Customer { int64 id = 1; string name = 2; }"#;

const SCHEMA: &str = "CREATE TABLE orders (id bigint, name text, city text); CREATE TABLE items (order_id bigint, sku text);
    INSERT INTO orders VALUES (1, 'first', 'Oslo'), (2, 'second', NULL); INSERT INTO items VALUES (1, 'pen'), (2, 'ink')";
const ORDERS: &str = r#"SELECT id, name, city AS "place.city", 'x' AS "place.street" FROM orders"#;
const ITEMS: &str = "SELECT order_id, sku, 3 AS price FROM items WHERE order_id = ANY(:orders.id)";
const ITEMS_SQLITE: &str =
    "SELECT order_id, sku, 3 AS price FROM items WHERE order_id IN (SELECT value FROM json_each(:orders.id))";

fn shop(reply: &str, options: &str) -> Shop {
    let get = format!(
        "rpc Get(Request) returns ({reply}) {{ option idempotency_level = NO_SIDE_EFFECTS; {options} }}"
    );
    Shop::new(&get, MESSAGES)
        .schema(SCHEMA)
        .sql("Get/orders.items.sql", ITEMS)
        .sql("Get/orders.items.sqlite.sql", ITEMS_SQLITE)
}

fn overview() -> Shop {
    shop("Overview", "")
        .sql("Get/orders.sql", &format!("{ORDERS} ORDER BY id"))
        .sql("Get/customer.sql", "SELECT 7 AS id, 'ada' AS name")
        .sql("Get/total.sql", "SELECT 9 AS total WHERE :customer.id = 7")
}

fn list() -> Shop {
    shop("List", "option (meanwhile.v1.page_by) = \"id\";").sql("Get/total.sql", "SELECT 9 AS total").sql(
        "Get/orders.sql",
        &format!("{ORDERS} WHERE :after.id IS NULL OR id > :after.id ORDER BY id LIMIT :limit"),
    )
}

async fn masked(served: &Served, mask: &str) -> Result<String, Fault> {
    served.get(&format!(r#"{{"readMask": "{mask}"}}"#)).await
}

#[test]
fn without_a_mask_everything_is_there() {
    on_both(&overview(), async |served| {
        let all = served.get("{}").await.unwrap();
        assert!(all.contains("street") && all.contains("ink") && all.contains("total"), "{all}");
        for mask in ["", "*", "orders,customer,total,late", "orders,*", "total,*,orders.id"] {
            assert_eq!(masked(served, mask).await.unwrap(), all, "{mask}");
        }
    });
}

#[test]
fn a_composites_paths_are_the_replys() {
    on_both(&overview(), async |served| {
        for (mask, reply) in [
            ("total", r#"{"total":"9"}"#),
            ("customer.name", r#"{"customer":{"name":"ada"}}"#),
            ("customer.name,customer", r#"{"customer":{"id":"7","name":"ada"}}"#),
            ("customer,customer.name", r#"{"customer":{"id":"7","name":"ada"}}"#),
            ("late", "{}"),
            ("orders.id", r#"{"orders":[{"id":"1"},{"id":"2"}]}"#),
            ("orders.place.city,orders.id", r#"{"orders":[{"id":"1","place":{"city":"Oslo"}},{"id":"2"}]}"#),
            ("orders.items.sku", r#"{"orders":[{"items":[{"sku":"pen"}]},{"items":[{"sku":"ink"}]}]}"#),
            (
                "orders.name,orders.items",
                r#"{"orders":[{"name":"first","items":[{"sku":"pen","price":"3"}]},{"name":"second","items":[{"sku":"ink","price":"3"}]}]}"#,
            ),
        ] {
            assert_eq!(masked(served, mask).await.unwrap(), reply, "{mask}");
        }
    });
}

#[test]
fn a_lists_paths_are_its_elements() {
    on_both(&list(), async |served| {
        let reply = masked(served, "id").await.unwrap();
        assert_eq!(reply, r#"{"orders":[{"id":"1"},{"id":"2"}],"total":"9"}"#);
        let reply = masked(served, "items.price,place").await.unwrap();
        assert!(
            reply.starts_with(r#"{"orders":[{"place":{"city":"Oslo","street":"x"},"items":[{"price":"3"}]}"#),
            "{reply}"
        );
        assert_eq!(masked(served, "orders").await.unwrap_err().reason.as_str(), "FIELD_INVALID");
    });
}

#[test]
fn pages_go_on_whatever_is_wanted_of_each() {
    on_both(&list(), async |served| {
        let page = async |mask: &str, token: &str| {
            let request = format!(r#"{{"readMask": "{mask}", "pageSize": 1, "pageToken": "{token}"}}"#);
            serde_json::from_str::<serde_json::Value>(&served.get(&request).await.unwrap()).unwrap()
        };
        let first = page("name", "").await;
        assert_eq!(first["orders"], serde_json::json!([{"name": "first"}]));
        let second = page("id,items.sku", first["nextPageToken"].as_str().unwrap()).await;
        assert_eq!(second["orders"], serde_json::json!([{"id": "2", "items": [{"sku": "ink"}]}]));
    });
}

#[test]
fn one_statements_row_is_cut_too() {
    let get = "rpc Get(Request) returns (Order) { option idempotency_level = NO_SIDE_EFFECTS; }";
    let messages = MESSAGES.replace(" [(meanwhile.v1.key) = \"order_id\"]", "");
    let shop = Shop::new(get, &messages).schema(SCHEMA).sql("Get.sql", &format!("{ORDERS} WHERE id = :id"));
    on_both(&shop, async |served| {
        let get =
            async |mask: &str, id: u32| served.get(&format!(r#"{{"readMask": "{mask}", "id": {id}}}"#)).await;
        assert_eq!(get("place.street,id", 2).await.unwrap(), r#"{"id":"2","place":{"street":"x"}}"#);
        assert_eq!(get("at,labels", 1).await.unwrap(), "{}");
        assert_eq!(get("at", 3).await.unwrap_err().reason.as_str(), "RESOURCE_NOT_FOUND");
    });
}

#[test]
fn a_methods_own_row_says_whether_it_is_there_whatever_is_wanted() {
    let get = "rpc Get(Request) returns (Order) { option idempotency_level = NO_SIDE_EFFECTS; }";
    let messages = MESSAGES.replace(" [(meanwhile.v1.key) = \"order_id\"]", "");
    let shop = Shop::new(get, &messages)
        .schema(SCHEMA)
        .sql("Get.sql", &format!("{ORDERS} WHERE id = :id"))
        .sql("Get/items.sql", "SELECT sku FROM items WHERE order_id = :id");
    on_both(&shop, async |served| {
        let get = async |id: u32| served.get(&format!(r#"{{"readMask": "items", "id": {id}}}"#)).await;
        assert_eq!(get(2).await.unwrap(), r#"{"items":[{"sku":"ink"}]}"#);
        assert_eq!(get(3).await.unwrap_err().reason.as_str(), "RESOURCE_NOT_FOUND");
    });
}

#[test]
fn a_path_that_does_not_exist_is_the_clients_fault() {
    let long = vec!["again"; 101].join(".");
    on_sqlite(&list(), async |served| {
        for mask in [
            "nope",
            "place.nope",
            "id.x",
            "labels.x",
            "at.hours",
            "",
            ".",
            "id.",
            "place..city",
            "Id",
            "*.id",
            &long,
        ] {
            let request = serde_json::json!({ "paths": [mask] });
            let fault = served.get_with_mask(&request).await.expect_err(mask);
            assert_eq!(
                (fault.reason.as_str(), fault.field.as_deref()),
                ("FIELD_INVALID", Some("read_mask")),
                "{mask}"
            );
            assert!(fault.message.len() < 200, "{}", fault.message);
        }
        let many = serde_json::json!({ "paths": vec!["id"; 1_001] });
        assert_eq!(served.get_with_mask(&many).await.unwrap_err().reason.as_str(), "FIELD_INVALID");
        let nested = serde_json::json!({ "paths": [vec!["again"; 100].join("."), "at.seconds".to_owned()] });
        served.get_with_mask(&nested).await.unwrap();
    });
}

#[test]
fn parts_that_nobody_wants_are_not_run_unless_others_need_them() {
    on_counting_postgres(&overview(), async |served| {
        for (mask, statements) in [
            ("late", 0),
            ("customer", 1),
            ("total", 2),
            ("orders.name", 1),
            ("orders.items.sku", 2),
            ("orders,customer", 3),
            ("*", 4),
        ] {
            served.psql_as_admin("SELECT pg_stat_statements_reset()");
            masked(served, mask).await.unwrap();
            let ours =
                "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements JOIN pg_roles r ON r.oid = userid
                WHERE rolname = 'meanwhile' AND query ~ '^SELECT' AND query !~ 'pg_'";
            assert_eq!(served.psql_as_admin(ours), statements.to_string(), "{mask}");
        }
    });
}

#[test]
fn an_optional_part_that_nobody_wants_is_not_missed() {
    let messages = MESSAGES.replace(
        "Customer customer = 2;",
        "Customer customer = 2 [(meanwhile.v1.part) = { optional: true }];",
    );
    let get = "rpc Get(Request) returns (Overview) { option idempotency_level = NO_SIDE_EFFECTS; }";
    let shop = Shop::new(get, &messages.replace(" [(meanwhile.v1.key) = \"order_id\"]", ""))
        .schema(SCHEMA)
        .sql("Get/orders.sql", ORDERS)
        .sql("Get/customer.sql", "SELECT 7 AS id WHERE 1 = 2");
    on_both(&shop, async |served| {
        assert_eq!(served.missing("{}").await, ["customer"]);
        assert!(served.missing(r#"{"readMask": "orders"}"#).await.is_empty());
    });
}

#[test]
fn a_write_does_all_it_does_whatever_is_wanted_of_its_reply() {
    let messages = MESSAGES.replace(" [(meanwhile.v1.key) = \"order_id\"]", "");
    let shop = Shop::new("rpc Get(Request) returns (Overview);", &messages)
        .schema(SCHEMA)
        .sql("Get/orders.sql", "INSERT INTO orders (id, name) VALUES (9, 'new') RETURNING id, name")
        .sql("Get/total.sql", "SELECT count(*) AS total FROM orders");
    on_both(&shop, async |served| {
        assert_eq!(masked(served, "customer").await.unwrap(), "{}");
        assert_eq!(masked(served, "total").await.unwrap(), r#"{"total":"4"}"#);
    });
}

#[test]
fn masks_are_kept_within_bounds() {
    on_sqlite(&list(), async |served| {
        let names = ["id", "name", "place", "at", "labels", "items", "again", "place.city"];
        for bits in 1_u32..256 {
            let mask: Vec<&str> = names
                .iter()
                .enumerate()
                .filter(|(bit, _)| bits >> bit & 1 == 1)
                .map(|(_, name)| *name)
                .collect();
            let reply = masked(served, &mask.join(",")).await.unwrap();
            assert_eq!(reply.contains("first"), mask.contains(&"name"), "{mask:?}");
        }
        let masking = served.bindings["/shop.v1.Shop/Get"].as_ref().unwrap().masking.as_ref().unwrap();
        assert!(masking.kept().len() <= super::KEPT);
    });
}
