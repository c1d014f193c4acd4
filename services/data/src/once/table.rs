//! The table of the ids that were seen, `meanwhile_requests`, and all that is ever asked of it.

use meanwhile_catalog::{Catalog, Dialect};
use sqlx::raw_sql;

use crate::database::DatabaseUrl;
use crate::schema::{self, SchemaError};

/// The table.
pub const NAME: &str = "meanwhile_requests";

/// Concurrent migrations wait for each other: IF NOT EXISTS alone does not keep them apart.
const ON_POSTGRES: &str = "BEGIN;
    SELECT pg_advisory_xact_lock(7404155);
    CREATE TABLE IF NOT EXISTS meanwhile_requests (
        method text NOT NULL, id text NOT NULL, fingerprint bytea NOT NULL, reply bytea NOT NULL,
        expires_at timestamptz NOT NULL, PRIMARY KEY (method, id));
    CREATE INDEX IF NOT EXISTS meanwhile_requests_expires_at ON meanwhile_requests (expires_at);
    COMMIT";

const ON_SQLITE: &str = "BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS meanwhile_requests (
        method TEXT NOT NULL, id TEXT NOT NULL, fingerprint BLOB NOT NULL, reply BLOB NOT NULL,
        expires_at INTEGER NOT NULL, PRIMARY KEY (method, id));
    CREATE INDEX IF NOT EXISTS meanwhile_requests_expires_at ON meanwhile_requests (expires_at);
    COMMIT";

const STORED: &str = "SELECT fingerprint, reply FROM meanwhile_requests WHERE method = :method AND id = :id";

const KEEP: &str = "UPDATE meanwhile_requests SET reply = :reply WHERE method = :method AND id = :id";

/// What a call asks: to have the id, which waits for whoever is about to have it and takes over what expired; what was
/// kept of it; and to keep its reply. The values are (method, id, fingerprint), (method, id) and (reply, method, id).
pub fn statements(dialect: Dialect) -> [&'static str; 3] {
    let claim = match dialect {
        Dialect::Postgres => {
            "INSERT INTO meanwhile_requests (method, id, fingerprint, reply, expires_at)
             VALUES (:method, :id, :fingerprint, '', now() + interval '24 hours')
             ON CONFLICT (method, id) DO UPDATE SET fingerprint = excluded.fingerprint, expires_at = excluded.expires_at
             WHERE meanwhile_requests.expires_at <= now()"
        }
        Dialect::Sqlite => {
            "INSERT INTO meanwhile_requests (method, id, fingerprint, reply, expires_at)
             VALUES (:method, :id, :fingerprint, x'', unixepoch() + 86400)
             ON CONFLICT (method, id) DO UPDATE SET fingerprint = excluded.fingerprint, expires_at = excluded.expires_at
             WHERE meanwhile_requests.expires_at <= unixepoch()"
        }
    };
    [claim, STORED, KEEP]
}

/// Deletes what expired, at most 1,000 rows at once, and nothing that a call looks at right now.
pub const fn sweep(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => {
            "DELETE FROM meanwhile_requests WHERE (method, id) IN (
                 SELECT method, id FROM meanwhile_requests WHERE expires_at <= now()
                 ORDER BY expires_at LIMIT 1000 FOR UPDATE SKIP LOCKED)"
        }
        Dialect::Sqlite => {
            "DELETE FROM meanwhile_requests WHERE rowid IN (
                 SELECT rowid FROM meanwhile_requests WHERE expires_at <= unixepoch() ORDER BY expires_at LIMIT 1000)"
        }
    }
}

/// True where a method of the catalog needs the table.
pub fn is_needed(catalog: &Catalog) -> bool {
    catalog.methods.iter().any(|method| method.request_id.is_some())
}

/// Makes the table where there is none.
///
/// # Errors
/// The database cannot be reached, or refuses.
pub async fn create(url: &DatabaseUrl) -> Result<(), SchemaError> {
    match url.dialect() {
        Dialect::Postgres => {
            let mut connection = schema::postgres(url).await?;
            let created = raw_sql(ON_POSTGRES).execute(&mut connection).await;
            schema::close(connection).await;
            created.map(drop).map_err(SchemaError::Database)
        }
        Dialect::Sqlite => {
            let mut connection = schema::sqlite(url).await?;
            let created = raw_sql(ON_SQLITE).execute(&mut connection).await;
            schema::close(connection).await;
            created.map(drop).map_err(SchemaError::Database)
        }
    }
}
