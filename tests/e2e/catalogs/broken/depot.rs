//! A catalog without a finding, for both databases.

pub const CONTRACT: &str = r#"syntax = "proto3";
package depot.v1;

import "meanwhile/v1/options.proto";

service Depot {
  rpc GetItem(GetItemRequest) returns (Item) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc ListItems(ListItemsRequest) returns (ListItemsResponse) {
    option idempotency_level = NO_SIDE_EFFECTS;
    option (meanwhile.v1.page_by) = "id";
  }
  rpc WatchItems(WatchItemsRequest) returns (stream Item) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc GetSheet(GetSheetRequest) returns (Sheet) { option idempotency_level = NO_SIDE_EFFECTS; }
}

message GetItemRequest {
  int64 id = 1;
  bool sold = 2;
  double weight = 3;
  bytes label = 4;
}

message ListItemsRequest {
  int32 page_size = 1;
  string page_token = 2;
}

message ListItemsResponse {
  repeated Item items = 1;
  string next_page_token = 2;
}

message WatchItemsRequest {}

message GetSheetRequest {
  int64 id = 1;
}

message Item {
  int64 id = 1;
  string name = 2;
  double weight = 3;
  uint32 views = 4;
}

message Sheet {
  Item item = 1;
  repeated Item similar = 2;
  int64 total = 3;
  int64 views = 4;
}
"#;

pub const PROTO: &str = "proto/depot/v1/depot.proto";
pub const ITEM: &str = "sql/depot.v1.Depot/GetItem.sql";
pub const LIST: &str = "sql/depot.v1.Depot/ListItems.sql";
pub const WATCH: &str = "sql/depot.v1.Depot/WatchItems.sql";
pub const TOTAL: &str = "sql/depot.v1.Depot/GetSheet/total.sql";

/// A catalog without a finding. It is for both databases.
pub const SOUND: [(&str, &str); 10] = [
    ("catalog.toml", "name = \"depot\"\n\n[upstreams.scales]\nurl = \"http://127.0.0.1:1\"\n"),
    (PROTO, CONTRACT),
    (
        "migrations/0001_items.sql",
        "CREATE TABLE items (id bigint PRIMARY KEY, name text NOT NULL, weight numeric(10, 3) NOT NULL, views bigint NOT NULL);\n",
    ),
    (ITEM, "SELECT id, name, views\nFROM items\nWHERE id = :id\n"),
    (
        LIST,
        "SELECT id, name FROM items\nWHERE (:after.id IS NULL OR id > :after.id)\nORDER BY id\nLIMIT :limit\n",
    ),
    (WATCH, "SELECT id, name FROM items\n"),
    ("sql/depot.v1.Depot/GetSheet/item.sql", "SELECT id, name FROM items WHERE id = :id\n"),
    ("sql/depot.v1.Depot/GetSheet/similar.sql", "SELECT id, name FROM items WHERE name = :item.name\n"),
    (TOTAL, "SELECT count(*) AS total FROM items\n"),
    ("sql/depot.v1.Depot/GetSheet/views.sql", "SELECT coalesce(max(views), 0) AS views FROM items\n"),
];
