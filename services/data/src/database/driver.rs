//! What each database's connections do in their own way. How statements and transactions run over them is the same for
//! all, and is in `sessions` and `transaction`.

use std::future::Future;

use meanwhile_telemetry::{Wait, WaitHandle};
use sqlx::SqlStr;

use super::pool::Connect;
use super::{Failure, Prepared, RowSink, Trip};
use crate::fault::Fault;

/// One database's connections.
pub trait Driver: Connect + Sized {
    /// `db.system.name` in spans.
    const SYSTEM: &'static str;

    /// Begins a transaction.
    const BEGIN: &'static str;

    /// True where a COMMIT that is refused ends the transaction all the same.
    const REFUSED_COMMIT_ENDS: bool;

    /// A statement's values as the driver takes them.
    type Arguments: Send;

    /// The trip's values.
    ///
    /// # Errors
    /// VALUE_REJECTED for what its parameter cannot take.
    fn arguments(trip: &Trip<'_>) -> Result<Self::Arguments, Fault>;

    /// True where each write needs a transaction of its own, also one that is a single statement.
    fn wraps_writes(&self) -> bool {
        false
    }

    /// What a wait span says of the connection.
    fn describe(&self, connection: &Self::Connection, wait: &mut Wait);

    /// A statement runs on the connection from now on, and these waits are for it.
    fn began(_connection: &Self::Connection, _waits: impl FnOnce() -> Vec<WaitHandle>) {}

    /// It ended. Gives how often it was seen at what, where it was looked at.
    fn ended(_connection: &Self::Connection) -> Option<String> {
        None
    }

    /// Runs what has neither parameters nor rows: BEGIN and its like. Gives the number of rows that it changed.
    fn command(
        connection: &mut Self::Connection,
        word: &'static str,
    ) -> impl Future<Output = Result<u64, sqlx::Error>> + Send;

    /// True where the database takes that text for the statement; false where it refuses it for what it says.
    fn takes(
        connection: &mut Self::Connection,
        prepared: &Prepared,
        text: SqlStr,
    ) -> impl Future<Output = Result<bool, sqlx::Error>> + Send;

    /// Runs the trip's statement in that text and hands its rows to `sink`. Gives the number of rows that it changed.
    fn fetch(
        connection: &mut Self::Connection,
        trip: &Trip<'_>,
        text: SqlStr,
        arguments: Self::Arguments,
        sink: &mut impl RowSink,
    ) -> impl Future<Output = Result<u64, Failure>> + Send;

    /// True for a statement that was not executed, and would be once it is prepared anew.
    fn is_stale(error: &sqlx::Error) -> bool;

    /// Has the connection prepare its statements anew. A failure shows again, and is told, with the next one.
    fn forget_statements(connection: &mut Self::Connection) -> impl Future<Output = ()> + Send;
}
