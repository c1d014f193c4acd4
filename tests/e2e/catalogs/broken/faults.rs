//! Each fault: what is changed in the sound catalog, where check places it, what it says, and how it is to be mended.

use super::depot::{ITEM, LIST, TOTAL, WATCH};
use Change::{Contract, File, Gone};

/// One thing that is changed in the sound catalog.
pub enum Change {
    /// This file has this text.
    File(&'static str, &'static str),
    /// This file is not there.
    Gone(&'static str),
    /// In the contract the first text is replaced by the second.
    Contract(&'static str, &'static str),
}

/// A fault, and all that is said of it.
pub struct Fault {
    pub name: &'static str,
    pub changes: &'static [Change],
    /// FILE:LINE:COLUMN
    pub at: &'static str,
    pub says: &'static str,
    pub mend: &'static str,
}

/// Found in the files alone.
pub const IN_FILES: &[Fault] = &[
    Fault {
        name: "a stream that a folder answers",
        changes: &[Gone(WATCH), File("sql/depot.v1.Depot/WatchItems/name.sql", "SELECT name FROM items\n")],
        at: "proto/depot/v1/depot.proto:12:3",
        says: "a stream's messages are rows of one statement",
        mend: "answer it with one file, not a folder",
    },
    Fault {
        name: "a stream that a web service answers",
        changes: &[Gone(WATCH), File("sql/depot.v1.Depot/WatchItems.http", "GET {scales}/all\n")],
        at: "proto/depot/v1/depot.proto:12:3",
        says: "a web call has one reply, and this method streams",
        mend: "answer it with SQL, or do not stream",
    },
    Fault {
        name: "pages of a web service",
        changes: &[Gone(LIST), File("sql/depot.v1.Depot/ListItems.http", "GET {scales}/all\n")],
        at: "sql/depot.v1.Depot/ListItems.http:1:1",
        says: "page_by on a method that a web service answers",
        mend: "answer it with SQL, or take page_by away",
    },
    Fault {
        name: "pages of what is no list",
        changes: &[Contract("repeated Item items = 1;", "Item item = 1;")],
        at: "proto/depot/v1/depot.proto:8:3",
        says: "page_by on a method whose reply is no list",
        mend: "give the reply one repeated message field and next_page_token",
    },
    Fault {
        name: "pages without a token",
        changes: &[Contract("string page_token = 2;", "")],
        at: "proto/depot/v1/depot.proto:8:3",
        says: "depot.v1.ListItemsRequest has no string page_token",
        mend: "add string page_token, not REQUIRED (AIP-158)",
    },
    Fault {
        name: "an option that is misspelt",
        changes: &[Contract("(meanwhile.v1.page_by)", "(meanwhile.v1.pageby)")],
        at: "proto/depot/v1/depot.proto:10:5",
        says: "meanwhile.v1.pageby",
        mend: "innermost scope",
    },
    Fault {
        name: "an import that is not there, in a file that nothing imports",
        changes: &[File(
            "proto/depot/v1/other.proto",
            "syntax = \"proto3\";\npackage depot.v1;\n\nimport \"depot/v1/nothing.proto\";\n",
        )],
        at: "proto/depot/v1/other.proto:4:1",
        says: "import 'depot/v1/nothing.proto' not found",
        mend: "mend the .proto file there",
    },
    Fault {
        name: "a seed file's name",
        changes: &[File("seed/items.mysql.sql", "SELECT 1;\n")],
        at: "seed/items.mysql.sql:1:1",
        says: "this is not a seed file's name",
        mend: "name it TABLE.tsv, NAME.sql, or NAME.postgres.sql and NAME.sqlite.sql",
    },
];

/// Found on an empty SQLite.
pub const ON_SQLITE: &[Fault] = &[
    Fault {
        name: "a migration that does not run",
        changes: &[File("migrations/0002_more.sql", "CREATE TABLE more (id bigint;\n")],
        at: "migrations/0002_more.sql:1:1",
        says: "this migration does not run on SQLite",
        mend: "check against a database of its kind: --database URL",
    },
    Fault {
        name: "a word in the author's comment and in the statement",
        changes: &[File(
            ITEM,
            "-- the nmae and the label\nSELECT id, nmae AS name FROM items WHERE id = :id\n",
        )],
        at: "sql/depot.v1.Depot/GetItem.sql:2:12",
        says: "SQLite does not accept this: no such column: nmae",
        mend: "mend the statement, or migrate the database",
    },
];

/// Found on either database.
pub const IN_STATEMENTS: &[Fault] = &[
    Fault {
        name: "a file for one field that fills another",
        changes: &[File(TOTAL, "SELECT count(*) AS total, 1 AS views\nFROM items\n")],
        at: "sql/depot.v1.Depot/GetSheet/total.sql:1:32",
        says: "this file is for the field total, and fills views",
        mend: "fill each field by a file of its own: views.sql",
    },
    Fault {
        name: "a column that page_by names and the statement does not select",
        changes: &[File(
            LIST,
            "SELECT name FROM items WHERE (:after.id IS NULL OR id > :after.id) LIMIT :limit\n",
        )],
        at: "sql/depot.v1.Depot/ListItems.sql:1:1",
        says: "page_by names id, and this statement does not select it",
        mend: "select every column that page_by names",
    },
    Fault {
        name: "a part's column where the other part has none of that name",
        changes: &[File(
            "sql/depot.v1.Depot/GetSheet/similar.sql",
            "SELECT id\nFROM items WHERE name = :item.nme\n",
        )],
        at: "sql/depot.v1.Depot/GetSheet/similar.sql:2:25",
        says: "the part item has no column nme",
        mend: "select it there, AS nme, or use a column that it has",
    },
];

/// Found on PostgreSQL, which knows types.
pub const ON_POSTGRES: &[Fault] = &[
    Fault {
        name: "a column for a whole message",
        changes: &[
            Gone("sql/depot.v1.Depot/GetSheet/item.sql"),
            Gone("sql/depot.v1.Depot/GetSheet/similar.sql"),
            Gone(TOTAL),
            Gone("sql/depot.v1.Depot/GetSheet/views.sql"),
            File(
                "sql/depot.v1.Depot/GetSheet.sql",
                "SELECT 1 AS total, name AS item FROM items WHERE id = :id\n",
            ),
        ],
        at: "sql/depot.v1.Depot/GetSheet.sql:1:28",
        says: "one column cannot fill depot.v1.Sheet.item",
        mend: "fill a message's fields one by one",
    },
    Fault {
        name: "a numeric for a double",
        changes: &[File(ITEM, "SELECT id, name,\n    weight\nFROM items WHERE id = :id\n")],
        at: "sql/depot.v1.Depot/GetItem.sql:2:5",
        says: "weight into depot.v1.Item.weight: a column of numeric does not fit the field",
        mend: "make the field string, or cast the column",
    },
    Fault {
        name: "a bool for a number",
        changes: &[File(ITEM, "SELECT id FROM items\nWHERE (:id IS NULL OR id = :id) AND views = :sold\n")],
        at: "sql/depot.v1.Depot/GetItem.sql:2:45",
        says: "PostgreSQL takes :sold for a whole number, which depot.v1.GetItemRequest.sold is not",
        mend: "change the field's type, or cast it",
    },
    Fault {
        name: "a double for a whole number",
        changes: &[File(ITEM, "SELECT id FROM items WHERE id = :id\nLIMIT :weight\n")],
        at: "sql/depot.v1.Depot/GetItem.sql:2:7",
        says: "PostgreSQL takes :weight for a whole number",
        mend: "change the field's type, or cast it",
    },
    Fault {
        name: "bytes for text",
        changes: &[File(ITEM, "SELECT id FROM items WHERE id = :id AND name = :label\n")],
        at: "sql/depot.v1.Depot/GetItem.sql:1:48",
        says: "PostgreSQL takes :label for text, which depot.v1.GetItemRequest.label is not",
        mend: "change the field's type, or cast it",
    },
    Fault {
        name: "a word behind characters of several bytes and a parameter",
        changes: &[File(
            ITEM,
            "SELECT id -- größer\nFROM items WHERE name <> 'ß' AND id = :id AND wieght > 1\n",
        )],
        at: "sql/depot.v1.Depot/GetItem.sql:2:47",
        says: "PostgreSQL does not accept this: column \"wieght\" does not exist",
        mend: "items.weight",
    },
];
