//! A pooler such as PgBouncer before the server: each transaction, and each statement outside of one, may be served by
//! another session. So nothing is kept in a session there, whatever is more than one message goes in a transaction of its
//! own, and nobody is cancelled by a pid.

use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};

use super::connect::PgSession;
use crate::database::transaction::ROLLBACK;

/// What sessions set `plan_cache_mode` to: one that has another value did not get its settings.
pub(super) const KEPT_SETTING: &str = "force_generic_plan";

const COMMIT: &str = "COMMIT";

/// With this the server ends by itself what a pooler's client has left; PostgreSQL has it since 14.
const BEGIN_CHECKED: &str = "BEGIN; SET LOCAL jit = off; SET LOCAL client_connection_check_interval = 50";

const BEGIN: &str = "BEGIN; SET LOCAL jit = off";

/// Whether a pooler is there: declared, or found.
#[derive(Debug, Default)]
pub(super) struct Pooler {
    is_there: AtomicBool,
    is_told: AtomicBool,
}

/// What is known of a session that a pooler gives.
#[derive(Debug)]
pub struct Pooled {
    begin: &'static str,
    in_transaction: bool,
}

impl Pooler {
    pub fn declared(is_there: bool) -> Self {
        Self { is_there: AtomicBool::new(is_there), is_told: AtomicBool::default() }
    }

    pub fn is_there(&self) -> bool {
        self.is_there.load(Ordering::Relaxed)
    }

    pub fn found(&self, why: &str) {
        if !self.is_there.swap(true, Ordering::Relaxed) {
            tracing::info!(
                why,
                "a pooler was recognised before the database; pooler=true in its URL says so at once"
            );
        }
    }

    /// Says once what that means.
    pub fn tell(&self) {
        if !self.is_told.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "the database is behind a pooler: each statement has a transaction of its own and is prepared anew, \
                 and row locks are not told"
            );
        }
    }
}

impl Pooled {
    pub async fn of(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let begin = match connection.execute(BEGIN_CHECKED).await {
            Ok(_) => BEGIN_CHECKED,
            Err(sqlx::Error::Database(error)) => {
                tracing::debug!(%error, "what a client leaves runs to its end on this server");
                BEGIN
            }
            Err(error) => return Err(error),
        };
        connection.execute(ROLLBACK).await?;
        Ok(Self { begin, in_transaction: false })
    }
}

impl PgSession {
    /// Runs BEGIN, COMMIT, ROLLBACK, or what needs no transaction.
    pub(super) async fn command(&mut self, word: &'static str) -> Result<u64, sqlx::Error> {
        let Some(pooled) = &mut self.pooled else {
            return self.connection.execute(word).await.map(|done| done.rows_affected());
        };
        pooled.in_transaction = match word {
            "BEGIN" => true,
            COMMIT | ROLLBACK => false,
            _ => pooled.in_transaction,
        };
        let word = if word == "BEGIN" { pooled.begin } else { word };
        self.connection.execute(word).await.map(|done| done.rows_affected())
    }

    /// Sees to it that one server takes what comes until [`Self::leave`]. True where that began a transaction.
    pub(super) async fn enter(&mut self) -> Result<bool, sqlx::Error> {
        let begins = self.pooled.as_ref().is_some_and(|pooled| !pooled.in_transaction);
        if begins {
            self.command("BEGIN").await?;
        }
        Ok(begins)
    }

    /// Ends what [`Self::enter`] began; where something failed, with nothing done.
    pub(super) async fn leave(&mut self, entered: bool, is_done: bool) -> Result<(), sqlx::Error> {
        if entered {
            self.command(if is_done { COMMIT } else { ROLLBACK }).await?;
        }
        Ok(())
    }

    /// The same after statements were prepared by name: no server keeps them.
    pub(super) async fn leave_nothing(&mut self, entered: bool) -> Result<(), sqlx::Error> {
        if entered {
            self.connection.clear_cached_statements().await?;
        }
        self.leave(entered, false).await
    }

    /// True where statements may be kept by name.
    pub(super) fn keeps_statements(&self) -> bool {
        self.pooled.is_none()
    }
}

/// PgBouncer refuses settings that it does not know, before anything else.
pub(super) fn refuses_settings(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    error.is_some_and(|error| error.message().contains("unsupported startup parameter"))
}
