//! A catalog of 1,000 methods: how long it takes to check it, and until `up` serves it.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use meanwhile_testbed::postgres::Cluster;
use meanwhile_testbed::run::run;

use crate::figure::{Bar, Figure, Section, Unit};
use crate::setup::Setup;
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
    let mut section = Section { title: format!("A catalog of {methods} methods"), ..Section::default() };
    let Some(cluster) = Cluster::shared() else { return Ok(section) };
    let database = cluster.database()?;
    database.run(&(1..=TABLES).map(|table| of_table(TABLE, table)).collect::<String>())?;
    let folder = tempfile::tempdir()?;
    write_catalog(folder.path())?;
    let address =
        DatabaseAddress { url: database.url_without_password(), password: Some(database.password()) };
    let (mut checked, mut ready) = (Vec::new(), Vec::new());
    for _ in 0..setup.repeats {
        let mut check = command(setup, folder.path(), "check");
        address.give_to(&mut check);
        let start = Instant::now();
        let said = run(&mut check, b"", BOUND)?.success()?;
        checked.push(start.elapsed().as_secs_f64());
        anyhow::ensure!(
            said.contains(&format!("{methods} methods, ")) && said.contains("nothing found"),
            "{said}"
        );
        let mut up = command(setup, folder.path(), "up");
        address.give_to(&mut up);
        let start = Instant::now();
        let _up = serve(up)?;
        ready.push(start.elapsed().as_secs_f64());
    }
    section.figures = vec![
        Figure::new("check", Unit::Seconds, checked).bar(Bar::AtMost(5.0)),
        Figure::new("until `up` serves them", Unit::Seconds, ready).bar(Bar::AtMost(5.0)),
    ];
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

fn write(folder: &Path, file: &str, text: &str) -> Result<()> {
    let path = folder.join(file);
    if let Some(above) = path.parent() {
        std::fs::create_dir_all(above)?;
    }
    std::fs::write(&path, text).with_context(|| path.display().to_string())
}
