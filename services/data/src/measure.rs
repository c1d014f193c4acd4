//! For the benchmark alone: a method's rows, fetched once from PostgreSQL, and written as wire bytes as often as asked.
//! It goes the way that every reply goes, less the database and the network.

use meanwhile_catalog::Catalog;
use meanwhile_proto::errors::Reason;

use crate::bind::{BoundMethod, BoundSource, bind_one};
use crate::database::{Database, DatabaseConfig, DatabaseUrl, KeptRows, RowSink};
use crate::engine::write_row;
use crate::fault::Fault;
use crate::rows::{Columns, Key, RowPlan};

/// A method's rows in memory.
#[derive(Debug)]
pub struct FetchedRows {
    method: BoundMethod,
    rows: KeptRows,
}

impl FetchedRows {
    /// Fetches the rows of the method of that path, which is one statement without parameters, on PostgreSQL.
    ///
    /// # Errors
    /// A method that is not like that, or cannot be run.
    pub async fn of(catalog: &Catalog, url: DatabaseUrl, path: &str) -> Result<Self, Fault> {
        let other = |what: &str| Fault::new(Reason::Internal, format!("{path}: {what}"));
        let method = catalog.methods.iter().find(|method| method.path == path);
        let method = method.ok_or_else(|| other("the catalog has no such method"))?;
        let config = DatabaseConfig { url, pool: 1, simulated_latency: None, batch: false };
        let database = Database::new(&config).map_err(|error| other(&error.to_string()))?;
        let method =
            bind_one(method, &database).await?.map_err(|findings| other(&format!("{findings:?}")))?;
        let Some(BoundSource::Sql { prepared, .. }) = method.parts.first().map(|part| &part.source) else {
            return Err(other("no statement answers it"));
        };
        let rows = database.keep(prepared).await?;
        database.close().await;
        Ok(Self { method, rows })
    }

    /// Writes all rows; gives how many there are.
    ///
    /// # Errors
    /// A value that its field cannot hold.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<usize, Fault> {
        let [part] = self.method.parts.as_slice() else { return Ok(0) };
        let BoundSource::Sql { rows, .. } = &part.source else { return Ok(0) };
        self.rows.hand_to(&mut Bytes { plan: rows, field: part.field.as_ref(), out })
    }
}

struct Bytes<'a> {
    plan: &'a RowPlan,
    field: Option<&'a Key>,
    out: &'a mut Vec<u8>,
}

impl RowSink for Bytes<'_> {
    fn row(&mut self, row: &impl Columns) -> Result<(), Fault> {
        write_row(self.plan, self.field, row, self.out)
    }

    fn is_untouched(&self) -> bool {
        self.out.is_empty()
    }
}
