//! Equal reads at the same time are one, and nobody reads what was before its own write.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result};
use tempfile::TempDir;
use tonic::Code;

use crate::stack::{Database, Stack, Wire, catalog};

const CONTRACT: &str = r#"
syntax = "proto3";
package counters.v1;
service Counters {
  rpc Bump(Request) returns (Counter);
  rpc Get(Request) returns (Counter) { option idempotency_level = NO_SIDE_EFFECTS; }
}
message Request { int64 id = 1; }
message Counter { int64 n = 1; }
"#;

fn counters() -> Result<TempDir> {
    let table = "CREATE TABLE counters (id bigint PRIMARY KEY, n bigint NOT NULL); INSERT INTO counters VALUES (1, 0);";
    let bump = "UPDATE counters SET n = n + 1 WHERE id = :id RETURNING n";
    catalog::folder(&[
        ("catalog.toml", "name = \"counters\"\n"),
        ("migrations/0001_counters.sql", table),
        ("proto/counters/v1/counters.proto", CONTRACT),
        ("sql/counters.v1.Counters/Bump.sql", bump),
        ("sql/counters.v1.Counters/Get.sql", "SELECT n FROM counters WHERE id = :id"),
    ])
}

/// Calls a method for the one counter, and gives what it counts.
fn count(client: &Wire, method: &str) -> Result<i64> {
    let method = format!("counters.v1.Counters/{method}");
    let answer = client.call(&method, "{\"id\": 1}")?;
    anyhow::ensure!(answer.code == Code::Ok, "{answer:?}");
    let counter = client.decode(&method, answer.replies.first().context("a reply")?)?;
    Ok(counter["n"].as_str().unwrap_or("0").parse()?)
}

#[test]
fn who_wrote_reads_its_write_while_others_read_the_same() -> Result<()> {
    let counters = counters()?;
    for database in Database::both_for(counters.path())? {
        let stack = Stack::over(database).catalog(counters.path()).start()?;
        let ends = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let client = stack.client()?;
                let ends = &ends;
                scope.spawn(move || {
                    while !ends.load(Ordering::Relaxed) {
                        count(&client, "Get").expect("a read");
                    }
                });
            }
            let client = stack.client()?;
            let written = (1..=300).try_for_each(|expected| {
                anyhow::ensure!(count(&client, "Bump")? == expected);
                let read = count(&client, "Get")?;
                anyhow::ensure!(read == expected, "wrote {expected} and read {read}");
                Ok(())
            });
            ends.store(true, Ordering::Relaxed);
            written
        })?;
    }
    Ok(())
}
