//! Rows that are kept, so that what becomes of them can be measured by itself.

use sqlx::postgres::PgRow;

use super::Postgres;
use super::types::{Reading, Row};
use crate::database::{Form, Prepared, RowSink, errors, other_database};
use crate::fault::Fault;

/// The rows of a statement.
pub struct KeptRows {
    prepared: Prepared,
    rows: Vec<PgRow>,
}

impl std::fmt::Debug for KeptRows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptRows").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}

impl Postgres {
    /// Runs a statement without parameters and keeps its rows.
    pub(in crate::database) async fn keep(&self, prepared: &Prepared) -> Result<KeptRows, Fault> {
        let mut lease = self.sessions.pool.acquire(None).await?;
        let session = lease.begin();
        let entered = session.enter().await.map_err(|error| errors::unreachable(&error))?;
        let rows = sqlx::query(prepared.sql.clone()).fetch_all(&mut session.connection).await;
        session.leave_nothing(entered).await.map_err(|error| errors::unreachable(&error))?;
        lease.finished();
        Ok(KeptRows { prepared: prepared.clone(), rows: rows.map_err(|error| errors::unreachable(&error))? })
    }
}

impl KeptRows {
    /// Hands each row to `sink`; gives how many there are.
    ///
    /// # Errors
    /// What `sink` says of a row.
    pub fn hand_to(&self, sink: &mut impl RowSink) -> Result<usize, Fault> {
        let Form::Postgres(types) = &self.prepared.form else { return Err(other_database()) };
        let Some(first) = self.rows.first() else { return Ok(0) };
        let reading = Reading::new(&self.prepared, types, first)?;
        self.rows.iter().try_for_each(|row| sink.row(&Row { row, reading: &reading }))?;
        Ok(self.rows.len())
    }
}
