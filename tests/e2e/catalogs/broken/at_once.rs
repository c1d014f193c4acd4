//! Every kind of fault in one catalog: none hides another.

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::stack::{BOUND, Database, catalog, meanwhile};
use meanwhile_testbed::run::run;

const CONTRACT: &str = r#"syntax = "proto3";
package a.v1;
import "meanwhile/v1/options.proto";
service A {
  rpc Column(Q) returns (R) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Type(Q) returns (R) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Unbound(Q) returns (R) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Missing(Q) returns (R) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Cycle(Q) returns (Two) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Twice(Q) returns (R) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Open(Q) returns (R) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Web(Q) returns (R) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Writes(Q) returns (R) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Volatile(Q) returns (R) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Pages(P) returns (Rs) {
    option idempotency_level = NO_SIDE_EFFECTS;
    option (meanwhile.v1.page_by) = "name";
  }
  rpc Null(Q) returns (R) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Etag(Q) returns (R);
}
message Q { int32 id = 1; string etag = 2; }
message R { int32 id = 1; string name = 2; }
message Two { R left = 1; R right = 2; }
message P { int32 page_size = 1; string page_token = 2; optional string note = 3; }
message Rs { repeated R rows = 1; string next_page_token = 2; }
"#;

const SCHEMA: &str =
    "CREATE TABLE t (id integer PRIMARY KEY, big bigint NOT NULL, name text NOT NULL, note text);\n";

const PAGES: &str = "SELECT id, name FROM t
WHERE (:note IS NULL OR note = :note) AND (:after.name IS NULL OR name > :after.name)
ORDER BY name LIMIT :limit";

const FILES: [(&str, &str); 23] = [
    ("catalog.toml", "name = \"a\"\n[upstreams.known]\nurl = \"http://127.0.0.1:1\"\n"),
    ("proto/a.proto", CONTRACT),
    ("proto/b.proto", "syntax = \"proto3\";\npackage b.v1;\nmessage X { Nope a = 1; }\n"),
    ("proto/c.proto", "syntax = \"proto3\";\nimport \"d.proto\";\n"),
    ("proto/d.proto", "syntax = \"proto3\";\nimport \"c.proto\";\n"),
    ("sql/a.v1.A/Column.sql", "SELECT id,\n  nme AS name FROM t WHERE id = :id"),
    ("sql/a.v1.A/Type.sql", "SELECT big AS id, name FROM t WHERE id = :id"),
    ("sql/a.v1.A/Unbound.sql", "SELECT id FROM t\nWHERE id = :nobody"),
    ("sql/a.v1.A/Unused.sql", "SELECT 1"),
    ("sql/a.v1.A/Cycle/left.sql", "SELECT id FROM t WHERE id = :right.id"),
    ("sql/a.v1.A/Cycle/right.sql", "SELECT id FROM t WHERE id = :left.id"),
    ("sql/a.v1.A/Twice.sql", "SELECT id FROM t WHERE id = :id"),
    ("sql/a.v1.A/Twice.http", "GET {known}/x"),
    ("sql/a.v1.A/Open.sql", "SELECT id FROM t WHERE id = :id AND name = 'x"),
    ("sql/a.v1.A/Open.sqlite.sql", "SELECT 'x' \0"),
    ("sql/a.v1.A/Web.http", "GET {nobody}/x?id=:id"),
    ("sql/a.v1.A/Writes.sql", "DELETE FROM t WHERE id = :id RETURNING id"),
    ("sql/a.v1.A/Volatile.sql", "SELECT id FROM t WHERE id = :id AND random() > 0.5"),
    ("sql/a.v1.A/Pages.sql", PAGES),
    ("sql/a.v1.A/Null.sql", "SELECT id, note AS name FROM t WHERE id = :id"),
    ("sql/a.v1.A/Etag.sql", "UPDATE t SET name = name WHERE id = :id RETURNING id"),
    ("sql/a.v1.A/Etag/etag.sql", "SELECT max(big) FROM t WHERE id = :id"),
    ("migrations/0001_t.sql", SCHEMA),
];

/// Severity and place of each, told by either database.
const TOLD: [&str; 18] = [
    "error proto/a.proto:8:3",
    "error proto/b.proto:3:13",
    "error proto/c.proto:2:8",
    "error proto/d.proto:2:8",
    "error sql/a.v1.A/Column.sql:2:3",
    "error sql/a.v1.A/Cycle/left.sql:1:29",
    "error sql/a.v1.A/Null.sql:1:20",
    "error sql/a.v1.A/Open.sql:1:44",
    "error sql/a.v1.A/Open.sqlite.sql:1:12",
    "error sql/a.v1.A/Pages.sql:3:1",
    "error sql/a.v1.A/Twice.http:1:1",
    "error sql/a.v1.A/Unbound.sql:2:12",
    "error sql/a.v1.A/Unused.sql:1:1",
    "error sql/a.v1.A/Web.http:1:5",
    "error sql/a.v1.A/Writes.sql:1:1",
    "warning sql/a.v1.A/Pages.sql:2:43",
    "warning sql/a.v1.A/Pages.sql:2:7",
    "warning sql/a.v1.A/Volatile.sql:1:37",
];

/// And by PostgreSQL, which knows types and locks.
const ON_POSTGRES: [&str; 2] = ["error sql/a.v1.A/Type.sql:1:15", "warning sql/a.v1.A/Etag/etag.sql:1:1"];

fn told(database: &Database) -> Result<Vec<String>> {
    let folder = catalog::folder(&FILES)?;
    let mut command = meanwhile(&["check", "--format", "json"]);
    database.name_to(command.arg(folder.path()));
    let finished = run(&mut command, b"", BOUND)?;
    assert_eq!(finished.status.code(), Some(1), "{finished:?}");
    let document: Value = serde_json::from_str(&finished.stdout)?;
    let mut told = Vec::new();
    for finding in document["findings"].as_array().context("findings")? {
        let word = |name: &str| finding[name].as_str().unwrap_or_default();
        assert!(word("message").len() > 10 && word("mend").len() > 10, "{finding}");
        told.push(format!("{} {}:{}:{}", word("severity"), word("file"), finding["line"], finding["column"]));
    }
    told.sort();
    Ok(told)
}

#[test]
fn every_kind_of_fault_is_told_at_once_each_at_its_place() -> Result<()> {
    let schema = catalog::folder(&[("catalog.toml", "name = \"a\"\n"), ("migrations/0001_t.sql", SCHEMA)])?;
    for database in Database::both_for(schema.path())? {
        let mut expected = TOLD.to_vec();
        if matches!(database, Database::Postgres(_)) {
            expected.extend(ON_POSTGRES);
        }
        expected.sort_unstable();
        assert_eq!(told(&database)?, expected);
    }
    Ok(())
}
