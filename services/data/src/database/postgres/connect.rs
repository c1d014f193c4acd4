//! Opening sessions, and getting one back whose statement or transaction nobody waits for any more.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection as _, Executor as _, Row as _};

use super::line::Line;
use super::pooler::{self, Pooled, Pooler};
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
    /// Behind a pooler it is another one with each transaction, and this is 0.
    pub pid: i32,
    /// When the backend started, RFC 3339: pids are used again, pids with a start are not.
    pub started: String,
    /// What is known of it where a pooler stands between.
    pub(super) pooled: Option<Pooled>,
    /// For who looks at what its statements wait for.
    pub(super) watched: Arc<Watched>,
}

/// Opens sessions with one set of options.
#[derive(Debug)]
pub struct Connector {
    options: PgConnectOptions,
    /// Those that a pooler takes.
    pooled: PgConnectOptions,
    pooler: Pooler,
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
    pub(super) fn new(options: PgConnectOptions, pooler: Pooler) -> Self {
        let server = Server::of(&options);
        let options = options
            .application_name("meanwhile-data")
            .statement_cache_capacity(STATEMENTS)
            .disable_statement_logging();
        let pooled = options.clone().extra_float_digits(None);
        let options = options
            // Compiling a plan costs more than most plans take, and so does planning anew for each call.
            .options([("jit", "off"), ("plan_cache_mode", pooler::KEPT_SETTING)]);
        let line = Line::new(options.clone());
        Self { options, pooled, pooler, server, line, watch: Arc::default() }
    }

    /// Opens the session for cancels, ahead of the first one.
    pub(super) async fn open_line(&self) {
        if !self.is_pooler() {
            self.line.open().await;
        }
    }

    /// Looks at what long statements wait for, for ever.
    pub(super) async fn look_after_statements(&self) {
        self.watch.look_after(&self.line).await;
    }

    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    /// True where a pooler stands before the server, as far as that is known: a first session tells.
    pub(super) fn is_pooler(&self) -> bool {
        self.pooler.is_there()
    }

    async fn open(&self) -> Result<PgSession, sqlx::Error> {
        if !self.is_pooler() {
            match self.open_to_server().await {
                Ok(Some(session)) => return Ok(session),
                Ok(None) => self.pooler.found("it does not pass on a session's settings"),
                Err(error) if pooler::refuses_settings(&error) => {
                    self.pooler.found("it takes no settings for a session");
                }
                Err(error) => return Err(error),
            }
        }
        self.pooler.tell();
        let mut connection = self.pooled.connect().await?;
        let pooled = Pooled::of(&mut connection).await?;
        Ok(PgSession {
            pid: 0,
            started: String::new(),
            pooled: Some(pooled),
            watched: self.watch.session(0),
            connection,
        })
    }

    /// None where the settings that it was opened with are not those of the session that answers. It is asked in one
    /// message, as behind a pooler two could go to two servers.
    async fn open_to_server(&self) -> Result<Option<PgSession>, sqlx::Error> {
        let mut connection = self.options.connect().await?;
        let backend = "SELECT pid, to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), \
                       current_setting('plan_cache_mode') FROM pg_stat_get_activity(pg_backend_pid())";
        let row = connection.fetch_one(sqlx::raw_sql(backend)).await?;
        if row.try_get::<String, _>(2)? != pooler::KEPT_SETTING {
            let _ = connection.close().await;
            return Ok(None);
        }
        let pid = row.try_get(0)?;
        let (started, watched) = (row.try_get(1)?, self.watch.session(pid));
        Ok(Some(PgSession { pid, started, pooled: None, watched, connection }))
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
        // A cancel by pid could hit a statement of somebody else's there. The pooler ends what its client leaves.
        if left.running && session.pooled.is_some() {
            return None;
        }
        if left.running && !self.end_statement(&mut session).await {
            return None;
        }
        if left.in_transaction {
            session.command(ROLLBACK).await.ok()?;
        }
        Some(session)
    }

    async fn close(&self, session: PgSession) {
        let _ = tokio::time::timeout(CONNECT, session.connection.close()).await;
    }
}
