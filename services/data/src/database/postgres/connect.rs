//! Opening sessions, and getting one back whose statement or transaction nobody waits for any more.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection as _, Executor as _, Row as _};

use super::line::Line;
use super::watch::{Watch, Watched};
use crate::database::errors;
use crate::database::pool::{Connect, Left};
use crate::database::transaction::ROLLBACK;
use crate::fault::Fault;

/// How long opening a session may take.
const CONNECT: Duration = Duration::from_secs(5);

/// A session never holds more prepared statements than this.
const STATEMENTS: usize = 4_096;

/// How long a cancel may take to show before it is sent again.
const PATIENCE: Duration = Duration::from_millis(200);

/// A cancel, its error and one more: a session that needs more to come back is closed.
const DRAINS: usize = 3;

/// One session, and the backend that serves it.
pub struct PgSession {
    pub connection: PgConnection,
    pub pid: i32,
    /// When the backend started, RFC 3339: pids are used again, pids with a start are not.
    pub started: String,
    /// For who looks at what its statements wait for.
    pub(super) watched: Arc<Watched>,
}

/// Opens sessions with one set of options.
#[derive(Debug)]
pub struct Connector {
    options: PgConnectOptions,
    server: Server,
    line: Line,
    watch: Arc<Watch>,
}

/// Which server and which of its databases, for spans.
#[derive(Debug)]
pub(super) struct Server {
    pub address: Arc<str>,
    pub port: u16,
    pub database: Arc<str>,
}

impl Server {
    fn of(options: &PgConnectOptions) -> Self {
        let database = options.get_database().unwrap_or_else(|| options.get_username());
        Self { address: options.get_host().into(), port: options.get_port(), database: database.into() }
    }
}

impl Connector {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        let server = Server::of(&options);
        let options = options
            .application_name("meanwhile-data")
            .statement_cache_capacity(STATEMENTS)
            // Compiling a plan costs more than most plans take, and so does planning anew for each call.
            .options([("jit", "off"), ("plan_cache_mode", "force_generic_plan")])
            .disable_statement_logging();
        let line = Line::new(options.clone());
        Self { options, server, line, watch: Arc::default() }
    }

    /// Opens the session for cancels, ahead of the first one.
    pub(super) async fn open_line(&self) {
        self.line.open().await;
    }

    /// Looks at what long statements wait for, for ever.
    pub(super) async fn look_after_statements(&self) {
        self.watch.look_after(&self.line).await;
    }

    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    async fn open(&self) -> Result<PgSession, sqlx::Error> {
        let mut connection = self.options.connect().await?;
        let backend = "SELECT pid, to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') \
                       FROM pg_stat_get_activity(pg_backend_pid())";
        let row = sqlx::query(backend).fetch_one(&mut connection).await?;
        let pid = row.try_get(0)?;
        Ok(PgSession { pid, started: row.try_get(1)?, watched: self.watch.session(pid), connection })
    }

    /// Over the line: the busy session cannot take it.
    async fn cancel(&self, pid: i32) -> Result<(), sqlx::Error> {
        let cancel = move || sqlx::query("SELECT pg_cancel_backend($1)").bind(pid);
        self.line.ask(move |line| Box::pin(async move { cancel().execute(line).await.map(drop) })).await
    }

    /// Cancels what runs until the session is ready again. A cancel that comes before its statement, or after it, changes
    /// nothing: so it is sent again while there is no answer. Nothing else was sent yet that it could hit.
    async fn end_statement(&self, session: &mut PgSession) -> bool {
        let pid = session.pid;
        let mut drained = pin!(drain(&mut session.connection));
        loop {
            if let Err(error) = self.cancel(pid).await {
                tracing::warn!(%error, pid, "a statement could not be cancelled; its connection is closed");
                return false;
            }
            if let Ok(drained) = tokio::time::timeout(PATIENCE, &mut drained).await {
                return drained;
            }
        }
    }
}

/// Reads what is left of a statement. True when the session is ready.
async fn drain(connection: &mut PgConnection) -> bool {
    for _ in 0..DRAINS {
        match connection.ping().await {
            Ok(()) => return true,
            Err(sqlx::Error::Database(_)) => {}
            Err(_) => return false,
        }
    }
    false
}

impl Connect for Connector {
    type Connection = PgSession;

    async fn connect(&self) -> Result<PgSession, Fault> {
        match tokio::time::timeout(CONNECT, self.open()).await {
            Ok(session) => session.map_err(|error| errors::unreachable(&error)),
            Err(_) => Err(errors::unreachable(&sqlx::Error::PoolTimedOut)),
        }
    }

    async fn recover(&self, mut session: PgSession, left: Left) -> Option<PgSession> {
        // Its call has left, and so have its waits.
        session.watched.ended();
        if left.running && !self.end_statement(&mut session).await {
            return None;
        }
        if left.in_transaction {
            session.connection.execute(ROLLBACK).await.ok()?;
        }
        Some(session)
    }

    async fn close(&self, session: PgSession) {
        let _ = tokio::time::timeout(CONNECT, session.connection.close()).await;
    }
}
