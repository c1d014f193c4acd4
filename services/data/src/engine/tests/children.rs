//! Children of a list: one statement for the rows of all parents, each row in its own parent.

use std::fmt::Write as _;

use crate::fixture::{Served, Shop, on_both, on_counting_postgres, on_postgres, on_sqlite};

const MESSAGES: &str = r#"
message Request { int64 above = 1; int32 page_size = 2; string page_token = 3; }
message Reply {
  repeated Order orders = 1;
  string next_page_token = 2;
  repeated Customer customers = 3;
  int64 total = 4;
  Order best = 5;
}
message Order {
  int64 id = 1;
  repeated Item items = 2 [(meanwhile.v1.key) = "order_id"];
  repeated Note notes = 3 [(meanwhile.v1.key) = "order_id", (meanwhile.v1.part) = { optional: true timeout: { nanos: 300000000 } }];
}
message Item { string sku = 1; repeated Piece pieces = 2 [(meanwhile.v1.key) = "item_id"]; }
message Piece { string name = 1; }
message Note { string text = 1; }
message Customer { string name = 1; }"#;

const SCHEMA: &str = "CREATE TABLE orders (id bigint, customer text);
    CREATE TABLE items (id bigint, order_id bigint, sku text);
    CREATE TABLE pieces (item_id bigint, name text);
    CREATE TABLE notes (order_id bigint, text text)";

const ROWS: &str = "INSERT INTO orders VALUES (1, 'ada'), (2, 'bob'), (3, 'ada'), (4, NULL);
    INSERT INTO items VALUES (10, 1, 'pen'), (11, 1, 'ink'), (12, 3, 'cup');
    INSERT INTO pieces VALUES (10, 'cap'), (10, 'nib'), (12, 'ear');
    INSERT INTO notes VALUES (2, 'soon'), (3, 'later')";

const ORDERS: &str = "SELECT id FROM orders WHERE id > :above ORDER BY id";
const BUYERS: &str = "SELECT id, customer FROM orders WHERE id > :above ORDER BY id";
const ITEMS: &str = "SELECT id, order_id, sku FROM items WHERE order_id = ANY(:orders.id) ORDER BY id";
const PIECES: &str =
    "SELECT item_id, name FROM pieces WHERE item_id = ANY(:orders.items.id) ORDER BY name DESC";
const NOTES: &str = "SELECT order_id, text FROM notes WHERE order_id = ANY(:orders.id)";

/// `= ANY(:list)` in the words of each database.
trait Family {
    fn part(self, name: &str, sql: &str) -> Self;
}

impl Family for Shop {
    fn part(self, name: &str, sql: &str) -> Self {
        let sqlite = sql.replace("= ANY(", "IN (SELECT value FROM json_each(").replace(".id)", ".id))");
        let sqlite = sqlite.replace(".customer)", ".customer))");
        self.sql(&format!("Get/{name}.sql"), sql).sql(&format!("Get/{name}.sqlite.sql"), &sqlite)
    }
}

fn shop(rows: &str) -> Shop {
    let get = "rpc Get(Request) returns (Reply) { option idempotency_level = NO_SIDE_EFFECTS; }";
    Shop::new(get, MESSAGES)
        .schema(&format!("{SCHEMA}; {rows}"))
        .part("orders", ORDERS)
        .part("orders.items", ITEMS)
        .part("orders.items.pieces", PIECES)
        .part("orders.notes", NOTES)
}

#[test]
fn every_row_goes_into_its_own_parent_in_the_statements_order() {
    on_both(&shop(ROWS), async |served| {
        assert_eq!(
            served.get("{}").await.unwrap(),
            r#"{"orders":[{"id":"1","items":[{"sku":"pen","pieces":[{"name":"nib"},{"name":"cap"}]},{"sku":"ink"}]},{"id":"2","notes":[{"text":"soon"}]},{"id":"3","items":[{"sku":"cup","pieces":[{"name":"ear"}]}],"notes":[{"text":"later"}]},{"id":"4"}]}"#
        );
    });
}

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
fn siblings_take_the_columns_of_many_rows_once_each_and_without_null() {
    let shop = shop(ROWS)
        .part("orders", BUYERS)
        .part(
            "customers",
            "SELECT DISTINCT customer AS name FROM orders WHERE customer = ANY(:orders.customer) ORDER BY 1",
        )
        .sql("Get/total.sql", "SELECT cardinality(:orders.customer::text[]) AS total")
        .sql("Get/total.sqlite.sql", "SELECT json_array_length(:orders.customer) AS total");
    on_both(&shop, async |served| {
        let reply = served.get(r#"{"above": 1}"#).await.unwrap();
        assert!(reply.ends_with(r#""customers":[{"name":"ada"},{"name":"bob"}],"total":"2"}"#), "{reply}");
        assert_eq!(served.get(r#"{"above": 9}"#).await.unwrap(), "{}");
    });
}

#[test]
fn one_rows_children_are_all_its_own_and_have_no_key() {
    let shop = shop(ROWS)
        .sql("Get/best.sql", "SELECT id FROM orders WHERE id = 3")
        .sql("Get/best.items.sql", "SELECT id, sku FROM items WHERE order_id < :best.id ORDER BY id")
        .part(
            "best.items.pieces",
            "SELECT item_id, name FROM pieces WHERE item_id = ANY(:best.items.id) ORDER BY name",
        )
        .sql("Get/best.notes.sql", "SELECT text FROM notes ORDER BY text");
    on_both(&shop, async |served| {
        let reply = served.get(r#"{"above": 9}"#).await.unwrap();
        assert_eq!(
            reply,
            r#"{"best":{"id":"3","items":[{"sku":"pen","pieces":[{"name":"cap"},{"name":"nib"}]},{"sku":"ink"}],"notes":[{"text":"later"},{"text":"soon"}]}}"#
        );
    });
}

#[test]
fn a_methods_own_row_has_its_folder_beside_it() {
    let get = "rpc Get(Request) returns (Order) { option idempotency_level = NO_SIDE_EFFECTS; }";
    let messages = MESSAGES.replace("(meanwhile.v1.key) = \"order_id\", ", "");
    let shop = Shop::new(get, &messages.replace(" [(meanwhile.v1.key) = \"order_id\"]", ""))
        .schema(&format!("{SCHEMA}; {ROWS}"))
        .sql("Get.sql", "SELECT id, customer FROM orders WHERE id = :above")
        .sql("Get/items.sql", "SELECT i.id, sku FROM items i JOIN orders o ON o.id = order_id WHERE o.customer = :Get.customer ORDER BY i.id")
        .part("items.pieces", "SELECT item_id, name FROM pieces WHERE item_id = ANY(:items.id) ORDER BY name");
    on_both(&shop, async |served| {
        assert_eq!(
            served.get(r#"{"above": 1}"#).await.unwrap(),
            r#"{"id":"1","items":[{"sku":"pen","pieces":[{"name":"cap"},{"name":"nib"}]},{"sku":"ink"},{"sku":"cup","pieces":[{"name":"ear"}]}]}"#
        );
        assert_eq!(served.get(r#"{"above": 9}"#).await.unwrap_err().reason.as_str(), "RESOURCE_NOT_FOUND");
    });
}

#[test]
fn parents_with_the_same_key_have_the_same_children() {
    let rows = "INSERT INTO orders VALUES (1, 'a'), (1, 'b'); INSERT INTO items VALUES (10, 1, 'pen'), (11, 1, 'ink');
        INSERT INTO pieces VALUES (10, 'nib')";
    on_both(&shop(rows), async |served| {
        let order = r#"{"id":"1","items":[{"sku":"pen","pieces":[{"name":"nib"}]},{"sku":"ink"}]}"#;
        assert_eq!(served.get("{}").await.unwrap(), format!(r#"{{"orders":[{order},{order}]}}"#));
    });
}

#[test]
fn a_parent_without_a_key_has_no_children() {
    let orders = "SELECT id, CASE WHEN id > 1 THEN id END AS key FROM orders ORDER BY id";
    let items = ITEMS.replace(":orders.id", ":orders.key").replace("ANY(", "ANY (");
    let sqlite = items.replace("= ANY (", "IN (SELECT value FROM json_each(").replace(".key)", ".key))");
    let shop = shop(ROWS)
        .part("orders", orders)
        .sql("Get/orders.items.sql", &items)
        .sql("Get/orders.items.sqlite.sql", &sqlite);
    on_both(&shop, async |served| {
        let reply = served.get("{}").await.unwrap();
        assert!(reply.starts_with(r#"{"orders":[{"id":"1"},{"id":"2","#) && reply.contains("cup"), "{reply}");
    });
}

#[test]
fn without_parents_a_childs_statement_is_not_run() {
    // It would fail.
    let items = ITEMS.replace("SELECT id", "SELECT id / (:above::bigint - :above) AS id");
    let shop = shop(ROWS).part("orders.items", &items);
    on_postgres(&shop, async |served| {
        assert_eq!(served.get(r#"{"above": 9}"#).await.unwrap(), "{}");
        served.get("{}").await.unwrap_err();
    });
}

#[test]
fn a_row_of_no_parent_is_our_fault() {
    for key in ["order_id + 100 AS order_id", "NULL::bigint AS order_id"] {
        let items = ITEMS.replace("id, order_id,", &format!("id, {key},"));
        on_postgres(&shop(ROWS).part("orders.items", &items), async |served| {
            let fault = served.get("{}").await.unwrap_err();
            assert_eq!(fault.reason.as_str(), "REPLY_INVALID", "{key}");
            assert_eq!(fault.metadata, [("column", "order_id".to_owned())]);
            // Nothing hangs, and nothing is lost.
            assert!(served.get("{}").await.is_err());
        });
    }
}

#[test]
fn a_child_that_fails_fails_the_call() {
    let items = ITEMS.replace("id, order_id,", "id / 0 AS id, order_id,");
    on_postgres(&shop(ROWS).part("orders.items", &items), async |served| {
        assert_eq!(served.get("{}").await.unwrap_err().reason.as_str(), "VALUE_REJECTED");
    });
}

#[test]
fn parents_go_without_an_optional_child_that_fails() {
    let broken = "SELECT order_id + 100 AS order_id, text FROM notes WHERE order_id = ANY(:orders.id)";
    on_both(&shop(ROWS).part("orders.notes", broken), async |served| {
        let reply = served.get("{}").await.unwrap();
        assert!(reply.contains("pen") && !reply.contains("notes"), "{reply}");
        assert_eq!(served.missing("{}").await, ["orders.notes"]);
    });
}

#[test]
fn parents_go_without_an_optional_child_that_is_late() {
    let late = NOTES.replace("WHERE", "WHERE pg_sleep(60) IS NOT NULL AND");
    on_postgres(&shop(ROWS).part("orders.notes", &late), async |served| {
        assert_eq!(served.missing("{}").await, ["orders.notes"]);
        assert!(served.get("{}").await.unwrap().contains("pen"));
    });
}

#[test]
fn what_goes_into_a_missing_part_is_missing_with_it_and_not_told() {
    let messages =
        MESSAGES.replace("Order best = 5;", "Order best = 5 [(meanwhile.v1.part) = { optional: true }];");
    let get = "rpc Get(Request) returns (Reply) { option idempotency_level = NO_SIDE_EFFECTS; }";
    let shop = Shop::new(get, &messages)
        .schema(&format!("{SCHEMA}; {ROWS}"))
        .sql("Get/total.sql", "SELECT 7 AS total")
        .sql("Get/best.sql", "SELECT id FROM orders WHERE id = 9")
        .sql("Get/best.items.sql", "SELECT id, sku FROM items WHERE order_id = :best.id")
        .part("best.items.pieces", "SELECT item_id, name FROM pieces WHERE item_id = ANY(:best.items.id)")
        .sql("Get/best.notes.sql", "SELECT text FROM notes");
    on_both(&shop, async |served| {
        assert_eq!(served.get("{}").await.unwrap(), r#"{"total":"7"}"#);
        assert_eq!(served.missing("{}").await, ["best"]);
    });
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

#[test]
fn a_key_that_is_not_selected_is_told() {
    let shop = shop(ROWS).part("orders.items", "SELECT id, sku FROM items WHERE order_id = ANY(:orders.id)");
    on_both(&shop, async |served| {
        let found = served.findings();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains(
                "order_id is the key of orders.items, and this statement does not select it | select it"
            ),
            "{found:?}"
        );
    });
}

#[test]
fn a_parents_column_that_is_not_there_is_told_at_its_use() {
    let shop = shop(ROWS).part("orders.items", &ITEMS.replace(":orders.id", ":orders.ident"));
    on_postgres(&shop, async |served| {
        let found = served.findings();
        assert!(found[0].contains("orders.items.sql:1:58: the part orders has no column ident"), "{found:?}");
    });
}

#[test]
fn one_at_a_time_gives_the_same() {
    on_sqlite(&shop(ROWS), async |served| {
        assert_eq!(served.get_one_at_a_time("{}").await.unwrap(), served.get("{}").await.unwrap());
    });
}

#[test]
fn a_child_starts_when_its_parents_are_there_whatever_else_still_runs() {
    let functions =
        "CREATE SEQUENCE started; CREATE FUNCTION child_has_started() RETURNS bigint LANGUAGE plpgsql AS $$
        BEGIN
            FOR attempt IN 1..3000 LOOP
                IF (SELECT is_called FROM started) THEN RETURN 1; END IF;
                PERFORM pg_sleep(0.01);
            END LOOP;
            RAISE EXCEPTION 'it waits for this';
        END $$";
    let shop = shop(&format!("{ROWS}; {functions}"))
        .sql("Get/total.sql", "SELECT child_has_started() AS total")
        .sql("Get/orders.items.sql", &ITEMS.replace("WHERE", "WHERE nextval('started') > 0 AND"));
    on_postgres(&shop, async |served| {
        let reply = served.get("{}").await.unwrap();
        assert!(reply.ends_with(r#""total":"1"}"#) && reply.contains("pen"), "{reply}");
    });
}

#[test]
fn a_call_that_is_left_ends_its_childs_statement() {
    let slow = ITEMS.replace("FROM items WHERE", "FROM items, pg_sleep(600) WHERE");
    on_postgres(&shop(ROWS).sql("Get/orders.items.sql", &slow), async |served| {
        for _ in 0..4 {
            // There are two connections: what stays behind would be in the way of the next.
            let left = tokio::time::timeout(std::time::Duration::from_millis(200), served.get("{}")).await;
            assert!(left.is_err(), "{left:?}");
        }
        let bound = std::time::Duration::from_secs(30);
        let answered = tokio::time::timeout(bound, served.get(r#"{"above": 9}"#)).await;
        assert_eq!(answered.expect("no connection came back").unwrap(), "{}");
    });
}

#[test]
fn a_parent_may_have_no_field_but_its_children() {
    let get = "rpc Get(Request) returns (Reply) { option idempotency_level = NO_SIDE_EFFECTS; }";
    let messages = "message Request {} message Reply { repeated Group groups = 1; }
        message Group { repeated Item items = 1 [(meanwhile.v1.key) = \"order_id\"]; } message Item { string sku = 1; }";
    let shop = Shop::new(get, messages)
        .schema(&format!("{SCHEMA}; {ROWS}"))
        .sql("Get/groups.sql", "SELECT id FROM orders ORDER BY id")
        .part("groups.items", "SELECT order_id, sku FROM items WHERE order_id = ANY(:groups.id) ORDER BY id");
    on_both(&shop, async |served| {
        assert_eq!(
            served.get("{}").await.unwrap(),
            r#"{"groups":[{"items":[{"sku":"pen"},{"sku":"ink"}]},{},{"items":[{"sku":"cup"}]},{}]}"#
        );
    });
}

#[test]
fn what_two_answers_fill_is_told_at_the_column() {
    let shop = shop(ROWS).sql(
        "Get/orders.sql",
        "SELECT id, ARRAY(SELECT ROW(sku)::item FROM items WHERE order_id = orders.id) AS items FROM orders",
    );
    on_postgres(&shop.schema(&format!("{SCHEMA}; CREATE TYPE item AS (sku text)")), async |served| {
        let found = served.findings();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains("orders.sql:1:82: items fills orders.items, and so does the part orders.items"),
            "{found:?}"
        );
    });
}

#[test]
fn a_column_that_no_other_part_can_take_is_told_at_its_place() {
    for column in ["ARRAY[id] AS id", "ROW(id, 'x')::pair AS id"] {
        let shop = shop(ROWS).sql("Get/orders.sql", &format!("SELECT {column} FROM orders"));
        on_postgres(
            &shop.schema(&format!("{SCHEMA}; CREATE TYPE pair AS (a bigint, b text)")),
            async |served| {
                let found = served.findings();
                assert!(
                    found.iter().any(|found| found.contains("another part takes id, which is ")),
                    "{found:?}"
                );
            },
        );
    }
}

#[test]
fn many_rows_where_one_value_stands_are_told_at_their_place() {
    for comparison in ["order_id = :orders.id", "order_id IN (:orders.id)"] {
        let items = format!("SELECT id, order_id, sku FROM items WHERE {comparison}");
        let shop = shop(ROWS).sql("Get/orders.items.sql", &items).sql("Get/orders.items.sqlite.sql", &items);
        on_both(&shop, async |served| {
            let found = served.findings();
            assert_eq!(found.len(), 1, "{found:?}");
            let column = items.find(':').unwrap() + 1;
            assert!(
                found[0].contains(&format!("sql:1:{column}: orders has many rows, and :orders.id ")),
                "{found:?}"
            );
            assert!(found[0].contains("| take them all: "), "{found:?}");
        });
    }
}

#[test]
fn one_row_where_a_list_stands_is_told_unless_its_column_is_one() {
    let best = |column: &str| {
        shop(ROWS)
            .sql("Get/best.sql", &format!("SELECT id, {column} AS ids FROM orders WHERE id = 1"))
            .sql(
                "Get/best.items.sql",
                "SELECT id, sku FROM items WHERE order_id = ANY(:best.ids) ORDER BY id",
            )
            .part("best.items.pieces", "SELECT item_id, name FROM pieces WHERE item_id = ANY(:best.items.id)")
    };
    on_postgres(&best("id"), async |served| {
        let found = served.findings();
        assert!(found[0].contains("best has one row, and :best.ids stands where a list does"), "{found:?}");
    });
    on_postgres(&best("ARRAY[1, 3]::bigint[]"), async |served| {
        let reply = served.get(r#"{"above": 9}"#).await.unwrap();
        assert!(reply.contains("pen") && reply.contains("cup"), "{reply}");
    });
}
