//! Deletes the ids that expired: now and then, a bounded number at once, so that no call waits for it for long.

use std::sync::Arc;
use std::time::Duration;

use meanwhile_catalog::Catalog;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::table;
use crate::database::Database;

/// How often there is a look for ids that expired.
const EVERY: Duration = Duration::from_secs(60);

/// The breath between two bites, where one was not enough.
const BREATH: Duration = Duration::from_millis(200);

/// Sweeps until `stop`, while the newest catalog has methods with ids.
pub async fn keep_swept(
    database: &Database,
    catalogs: watch::Receiver<Arc<Catalog>>,
    stop: &CancellationToken,
) {
    let sweep = async {
        loop {
            if !table::is_needed(&catalogs.borrow()) {
                tokio::time::sleep(EVERY).await;
                continue;
            }
            let swept = database.run_own(table::sweep(database.dialect())).await;
            if let Err(fault) = &swept {
                // Serving says that the database is away, and refuses methods whose table is not there.
                tracing::debug!(%fault, "ids that expired could not be deleted");
            }
            tokio::time::sleep(if swept.is_ok_and(|rows| rows > 0) { BREATH } else { EVERY }).await;
        }
    };
    stop.run_until_cancelled(sweep).await;
}
