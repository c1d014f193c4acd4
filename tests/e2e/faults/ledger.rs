//! What has to hold whatever breaks: clients write entries and read them back all the while, and note what they were told.
//! Afterwards every entry that was acknowledged is there, once; none that was refused is; no reply was somebody else's; and
//! the pool has as many connections as the server counts, each of which serves.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use anyhow::{Result, ensure};
use meanwhile_testbed::eventually;
use tempfile::TempDir;
use tonic::Code;

use super::FOR_EVER;
use crate::stack::{Answer, BOUND, Stack, Wire, catalog, wire::Running};

pub const PUT: &str = "ledger.v1.Ledger/Put";
pub const GET: &str = "ledger.v1.Ledger/Get";
pub const HOLD: &str = "ledger.v1.Ledger/Hold";
pub const MOVE: &str = "ledger.v1.Ledger/Move";

/// How long a client rests after a failure: there may be thousands of them a second.
const REST: Duration = Duration::from_millis(10);

const CONTRACT: &str = r#"
syntax = "proto3";
package ledger.v1;
service Ledger {
  rpc Put(Entry) returns (Entry);
  rpc Get(GetRequest) returns (Entry) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Hold(HoldRequest) returns (Held) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Move(MoveRequest) returns (Moved);
}
message Entry { int64 id = 1; string note = 2; }
message GetRequest { int64 id = 1; }
message HoldRequest { int64 id = 1; double seconds = 2; }
message Held { int64 id = 1; }
message MoveRequest { int64 from = 1; int64 to = 2; }
message Moved { Balance from = 1; Balance to = 2; }
message Balance { int64 balance = 1; }
"#;

const MIGRATION: &str = "
CREATE TABLE entries (id bigint NOT NULL, note text NOT NULL);
CREATE INDEX entries_by_id ON entries (id);
CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint NOT NULL);
INSERT INTO accounts VALUES (1, 0), (2, 0);
";

/// No key keeps an entry from being there twice.
pub fn ledger() -> Result<TempDir> {
    catalog::folder(&[
        ("catalog.toml", "name = \"ledger\"\n"),
        ("migrations/0001_ledger.sql", MIGRATION),
        ("proto/ledger/v1/ledger.proto", CONTRACT),
        (
            "sql/ledger.v1.Ledger/Put.sql",
            "INSERT INTO entries (id, note) VALUES (:id, :note) RETURNING id, note",
        ),
        ("sql/ledger.v1.Ledger/Get.sql", "SELECT id, note FROM entries WHERE id = :id"),
        (
            "sql/ledger.v1.Ledger/Hold.postgres.sql",
            "SELECT CAST(:id AS bigint) AS id FROM pg_sleep(:seconds)",
        ),
        ("sql/ledger.v1.Ledger/Hold.sqlite.sql", "SELECT :id AS id WHERE :seconds >= 0"),
        (
            "sql/ledger.v1.Ledger/Move/from.sql",
            "UPDATE accounts SET balance = balance - 1 WHERE id = :from RETURNING balance",
        ),
        (
            "sql/ledger.v1.Ledger/Move/to.sql",
            "UPDATE accounts SET balance = balance + 1 WHERE id = :to RETURNING balance",
        ),
    ])
}

/// What the clients were told.
#[derive(Debug, Default)]
pub struct Books {
    done: Vec<u64>,
    refused: Vec<u64>,
    /// It may have happened, once.
    unknown: Vec<u64>,
    failed_reads: Vec<Answer>,
    failed_writes: Vec<Answer>,
    /// What never may be.
    wrong: Vec<String>,
}

/// Clients at work.
pub struct Load<'a> {
    stack: &'a Stack,
    /// `grpc-timeout`.
    patience: &'static str,
    /// Of each entry.
    note: String,
    books: Mutex<Books>,
    next: AtomicU64,
    rounds: Vec<AtomicU64>,
    is_over: AtomicBool,
}

/// Lets so many clients work while `fault` happens, and gives their books.
pub fn under_load(
    stack: &Stack,
    clients: usize,
    patience: &'static str,
    note: String,
    fault: impl FnOnce(&Load<'_>) -> Result<()>,
) -> Result<Books> {
    let load = Load {
        stack,
        patience,
        note,
        books: Mutex::default(),
        next: AtomicU64::new(1),
        rounds: (0..clients).map(|_| AtomicU64::new(0)).collect(),
        is_over: AtomicBool::new(false),
    };
    thread::scope(|scope| {
        let clients: Vec<_> = load.rounds.iter().map(|rounds| scope.spawn(|| load.client(rounds))).collect();
        let result = fault(&load);
        load.is_over.store(true, Relaxed);
        for client in clients {
            match client.join() {
                Ok(ended) => ended?,
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        result
    })?;
    Ok(load.books.into_inner().unwrap_or_else(PoisonError::into_inner))
}

impl Load<'_> {
    /// Waits until every client has made two more rounds: the last of them began after this was called.
    pub fn wait_for_rounds(&self) -> Result<()> {
        let before: Vec<u64> = self.rounds.iter().map(|rounds| rounds.load(Relaxed)).collect();
        eventually("two more rounds of each client", BOUND, || {
            let mut pairs = self.rounds.iter().zip(&before);
            pairs.all(|(rounds, before)| rounds.load(Relaxed) >= before + 2).then_some(())
        })
    }

    /// Waits until a write failed, doing again and again what makes it fail.
    pub fn wait_for_failed_write(&self, mut meanwhile: impl FnMut()) -> Result<()> {
        eventually("a write that fails", BOUND, || {
            meanwhile();
            (!self.books().failed_writes.is_empty()).then_some(())
        })
    }

    /// The same for a read.
    pub fn wait_for_failed_read(&self, mut meanwhile: impl FnMut()) -> Result<()> {
        eventually("a read that fails", BOUND, || {
            meanwhile();
            (!self.books().failed_reads.is_empty()).then_some(())
        })
    }

    fn client(&self, rounds: &AtomicU64) -> Result<()> {
        let client = self.stack.client()?;
        while !self.is_over.load(Relaxed) {
            let id = self.next.fetch_add(1, Relaxed);
            let is_done = self.put(&client, id)?;
            let is_read = self.get(&client, id, is_done)?;
            if !is_done || !is_read {
                thread::sleep(REST);
            }
            rounds.fetch_add(1, Relaxed);
        }
        Ok(())
    }

    fn put(&self, client: &Wire, id: u64) -> Result<bool> {
        let answer = self.call(client, PUT, &format!(r#"{{"id": {id}, "note": "{}"}}"#, self.note))?;
        let mut books = self.books();
        match answer.code {
            Code::Ok => {
                books.done.push(id);
                drop(books);
                self.assert_own(client, PUT, id, &answer)?;
                return Ok(true);
            }
            Code::Unknown | Code::DeadlineExceeded => books.unknown.push(id),
            _ => books.refused.push(id),
        }
        books.failed_writes.push(answer);
        Ok(false)
    }

    fn get(&self, client: &Wire, id: u64, is_there: bool) -> Result<bool> {
        let answer = self.call(client, GET, &format!(r#"{{"id": {id}}}"#))?;
        match answer.code {
            Code::Ok => self.assert_own(client, GET, id, &answer)?,
            Code::NotFound if is_there => {
                self.books().wrong.push(format!("{id} was acknowledged and is not there"))
            }
            Code::NotFound => {}
            _ => {
                self.books().failed_reads.push(answer);
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn call(&self, client: &Wire, method: &str, json: &str) -> Result<Answer> {
        client.call_with(method, &[("grpc-timeout", self.patience)], json)
    }

    fn assert_own(&self, client: &Wire, method: &str, id: u64, answer: &Answer) -> Result<()> {
        let reply = client.decode(method, &answer.replies[0])?;
        let own = serde_json::json!({ "id": id.to_string(), "note": self.note });
        if reply != own {
            self.books().wrong.push(format!("{method} of {id} was told {reply}"));
        }
        Ok(())
    }

    fn books(&self) -> std::sync::MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    /// No call failed.
    pub fn assert_unbroken(&self) {
        assert!(self.failed_writes.is_empty(), "{:?}", self.failed_writes);
        self.assert_reads_unbroken();
    }

    /// No read failed.
    pub fn assert_reads_unbroken(&self) {
        assert!(self.failed_reads.is_empty(), "{:?}", self.failed_reads);
    }

    /// The database has what these books say.
    pub fn assert_true_of(&self, stack: &Stack) -> Result<()> {
        assert!(self.wrong.is_empty(), "{:?}", self.wrong);
        assert!(!self.done.is_empty(), "{self:?}");
        let database = &stack.database;
        let among = |ids: &[u64]| {
            // No entry has the number 0: a list may not be empty.
            let ids: Vec<String> = [0].iter().chain(ids).map(u64::to_string).collect();
            database.number(&format!("SELECT count(*) FROM entries WHERE id IN ({})", ids.join(", ")))
        };
        assert_eq!(database.number("SELECT count(*) - count(DISTINCT id) FROM entries")?, 0, "twice");
        assert_eq!(among(&self.done)?, i64::try_from(self.done.len())?, "acknowledged, and lost");
        assert_eq!(among(&self.refused)?, 0, "refused, and done");
        assert_eq!(database.count("entries")?, among(&self.done)? + among(&self.unknown)?);
        Ok(())
    }
}

/// The sessions of the pool, as the server counts them.
pub fn sessions(stack: &Stack) -> Result<i64> {
    stack.database.number(
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'meanwhile-data'",
    )
}

/// How many statements sleep in this test's database.
pub fn sleepers(stack: &Stack) -> Result<i64> {
    stack.database.number(
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND state = 'active' AND wait_event = 'PgSleep'",
    )
}

/// Takes every connection of the pool.
pub fn hold_all(stack: &Stack, client: &Wire, pool: u16) -> Result<Vec<Running>> {
    let hold = |id| client.start(HOLD, &[], &format!(r#"{{"id": {id}, "seconds": {FOR_EVER}}}"#));
    let held = (1..=pool).map(hold).collect::<Result<Vec<_>>>()?;
    eventually("every connection is held", BOUND, || {
        (sleepers(stack).ok()? == i64::from(pool)).then_some(())
    })?;
    Ok(held)
}

/// Each connection of the pool serves at the same time as all others, and the server knows no other.
pub fn assert_whole(stack: &Stack, pool: u16) -> Result<()> {
    let client = stack.client()?;
    let held = hold_all(stack, &client, pool)?;
    let count = sessions(stack)?;
    ensure!(count == i64::from(pool), "{count} sessions for a pool of {pool}");
    held.into_iter().for_each(Running::cancel);
    eventually("nothing is held", BOUND, || (sleepers(stack).ok()? == 0).then_some(()))?;
    let answer = client.call(GET, r#"{"id": 0}"#)?;
    ensure!(answer.code == Code::NotFound, "{answer:?}");
    Ok(())
}
