//! A catalog of 1,000 methods: how long it takes to check it, and until `up` serves it.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use meanwhile_testbed::postgres::Cluster;
use meanwhile_testbed::run::run;

use crate::catalog_files::write;
use crate::figure::{Bar, Unit};
use crate::section::Section;
use crate::setup::{NO_POSTGRES, Setup};
use crate::stack::{DatabaseAddress, command, serve};

/// How many tables there are. Each has a service of five methods.
const TABLES: usize = 200;

/// Longer than any step may take.
const BOUND: Duration = Duration::from_secs(120);

/// What of a service is written for each table, which `N` stands for.
const SERVICE: &str = r#"
service TableN {
  rpc Get(KeyN) returns (RowN) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc List(ListN) returns (RowsN) {
    option idempotency_level = NO_SIDE_EFFECTS;
    option (meanwhile.v1.page_by) = "id";
  }
  rpc Create(RowN) returns (RowN);
  rpc Update(RowN) returns (RowN);
  rpc Delete(KeyN) returns (google.protobuf.Empty);
}
message KeyN { int64 id = 1; }
message RowN { int64 id = 1; string name = 2; optional string note = 3; google.protobuf.Timestamp made = 4; }
message ListN { int32 page_size = 1; string page_token = 2; optional string name = 3; }
message RowsN { repeated RowN rows = 1; string next_page_token = 2; }
"#;

/// What answers each method.
const ANSWERS: [(&str, &str); 5] = [
    ("Get", "SELECT id, name, note, made FROM tN WHERE id = :id"),
    (
        "List",
        "SELECT id, name, note, made FROM tN\nWHERE (:name IS NULL OR name = :name)\n  AND (:after.id IS NULL OR id > :after.id)\nORDER BY id LIMIT :limit",
    ),
    ("Create", "INSERT INTO tN (id, name, note) VALUES (:id, :name, :note) RETURNING id, name, note, made"),
    ("Update", "UPDATE tN SET name = :name, note = :note WHERE id = :id RETURNING id, name, note, made"),
    ("Delete", "DELETE FROM tN WHERE id = :id"),
];

const TABLE: &str = "CREATE TABLE tN (id bigint PRIMARY KEY, name text NOT NULL, note text,
    made timestamptz NOT NULL DEFAULT now());
CREATE INDEX tN_name ON tN (name, id);\n";

/// Measures it.
pub fn measure(setup: &Setup) -> Result<Section> {
    let methods = TABLES * ANSWERS.len();
    let title = format!("a catalog of {methods} methods, PostgreSQL");
    let Some(cluster) = Cluster::shared() else { return Ok(Section::left_out(title, NO_POSTGRES)) };
    let mut section = Section::new(title);
    let database = cluster.database()?;
    database.run(&(1..=TABLES).map(|table| of_table(TABLE, table)).collect::<String>())?;
    let folder = tempfile::tempdir()?;
    write_catalog(folder.path())?;
    let address = DatabaseAddress::of(&database);
    for _ in 0..setup.repeats {
        let mut check = command(setup, folder.path(), "check");
        address.give_to(&mut check);
        let start = Instant::now();
        let said = run(&mut check, b"", BOUND)?.success()?;
        section.hold("check", Unit::Seconds, start.elapsed().as_secs_f64(), Bar::AtMost(5.0));
        anyhow::ensure!(
            said.contains(&format!("{methods} methods, ")) && said.contains("nothing found"),
            "{said}"
        );
        let mut up = command(setup, folder.path(), "up");
        address.give_to(&mut up);
        let start = Instant::now();
        let _up = serve(up)?;
        let ready = start.elapsed().as_secs_f64();
        section.hold("until `up` serves them", Unit::Seconds, ready, Bar::AtMost(5.0));
    }
    Ok(section)
}

fn of_table(text: &str, table: usize) -> String {
    let named = ["tN", "TableN", "KeyN", "RowN", "RowsN", "ListN"];
    named
        .iter()
        .fold(text.to_owned(), |text, name| text.replace(name, &name.replace('N', &table.to_string())))
}

fn write_catalog(folder: &Path) -> Result<()> {
    let mut proto =
        "syntax = \"proto3\";\npackage many.v1;\nimport \"google/protobuf/empty.proto\";\n".to_owned();
    writeln!(proto, "import \"google/protobuf/timestamp.proto\";\nimport \"meanwhile/v1/options.proto\";")?;
    for table in 1..=TABLES {
        proto += &of_table(SERVICE, table);
        for (method, sql) in ANSWERS {
            let file = format!("sql/many.v1.Table{table}/{method}.sql");
            write(folder, &file, &of_table(sql, table))?;
        }
    }
    write(folder, "proto/many/v1/many.proto", &proto)?;
    write(folder, "catalog.toml", "name = \"many\"\n")
}
