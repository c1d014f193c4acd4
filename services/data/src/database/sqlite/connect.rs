//! Opening connections to the file, and getting one back whose statement or transaction nobody waits for any more.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};

use crate::database::errors;
use crate::database::pool::{Connect, Left};
use crate::database::transaction::ROLLBACK;
use crate::fault::Fault;

/// How long another process's write is waited for.
const BUSY: Duration = Duration::from_secs(5);

/// How many steps of SQLite's machine run between two looks at whether anybody still waits. A step is some 10 ns.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;

/// One connection, and the flag that ends what it runs.
pub struct SqliteSession {
    pub connection: SqliteConnection,
    abandoned: Arc<AtomicBool>,
}

/// Opens connections of one kind.
#[derive(Debug)]
pub struct Connector {
    options: SqliteConnectOptions,
    writes: bool,
}

impl Connector {
    /// Connections that cannot write, so that none ever waits for the writer.
    pub fn reader(file: &Path) -> Self {
        Self { options: options(file).pragma("query_only", "on"), writes: false }
    }

    /// The connection that writes. It makes the file where there is none.
    pub fn writer(file: &Path) -> Self {
        Self { options: options(file).create_if_missing(true).optimize_on_close(true, None), writes: true }
    }
}

fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .statement_cache_capacity(1_024)
        .disable_statement_logging()
}

impl Connect for Connector {
    type Connection = SqliteSession;

    async fn connect(&self) -> Result<SqliteSession, Fault> {
        let open = async {
            let mut connection = self.options.connect().await?;
            let abandoned = Arc::new(AtomicBool::new(false));
            let flag = abandoned.clone();
            let go_on = move || !flag.load(Ordering::Relaxed);
            connection.lock_handle().await?.set_progress_handler(STEPS_BETWEEN_LOOKS, go_on);
            Ok(SqliteSession { connection, abandoned })
        };
        open.await.map_err(|error: sqlx::Error| errors::unreachable(&error))
    }

    async fn recover(&self, mut session: SqliteSession, left: Left) -> Option<SqliteSession> {
        if !left.running {
            return session.connection.execute(ROLLBACK).await.is_ok().then_some(session);
        }
        session.abandoned.store(true, Ordering::Relaxed);
        if self.writes {
            // It may be inside a transaction; closing ends that for certain, and another is opened in a millisecond.
            let _ = session.connection.close().await;
            return None;
        }
        // The connection's thread answers once the statement has ended, by itself or by the handler.
        let answered = session.connection.ping().await.is_ok();
        session.abandoned.store(false, Ordering::Relaxed);
        answered.then_some(session)
    }

    async fn close(&self, session: SqliteSession) {
        let _ = session.connection.close().await;
    }
}
