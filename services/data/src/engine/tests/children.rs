//! Children of a list: one statement for the rows of all parents, each row in its own parent.

mod bounds;
mod failures;
mod told;

use crate::fixture::{Shop, on_both, on_postgres, on_sqlite};

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
