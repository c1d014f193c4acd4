//! The one session beside the pool: for cancels, and for looking at what statements wait for. It is kept, so that it is
//! there also when the server takes no more sessions, and so that no cancel has to open one.

use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::sync::Mutex;

/// How long an answer may take: the questions are small ones, and a line that is dead has to be found out.
const PATIENCE: Duration = Duration::from_secs(2);

/// One session, opened when it is needed first.
#[derive(Debug)]
pub(super) struct Line {
    options: PgConnectOptions,
    session: Mutex<Option<PgConnection>>,
}

impl Line {
    pub fn new(options: PgConnectOptions) -> Self {
        Self { options: options.application_name("meanwhile-data-line"), session: Mutex::new(None) }
    }

    /// Opens the session ahead of its first use. A failure shows when it is needed.
    pub async fn open(&self) {
        let _ = self.ask(|_| Box::pin(async { Ok(()) })).await;
    }

    /// Asks something over the session: one at a time, in order of arrival. Where the session was lost it is asked again
    /// over a new one, so that it has to be something that may happen twice.
    pub async fn ask<T>(
        &self,
        what: impl for<'c> Fn(&'c mut PgConnection) -> BoxFuture<'c, Result<T, sqlx::Error>>,
    ) -> Result<T, sqlx::Error> {
        let mut kept = self.session.lock().await;
        // Taken out while it is used: whoever leaves half-way leaves no session that is in the middle of something.
        if let Some(mut session) = kept.take()
            && let Ok(answer) = in_time(what(&mut session)).await
        {
            *kept = Some(session);
            return Ok(answer);
        }
        let mut session = in_time(self.options.connect()).await?;
        let answer = in_time(what(&mut session)).await?;
        *kept = Some(session);
        Ok(answer)
    }
}

async fn in_time<T>(asked: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    tokio::time::timeout(PATIENCE, asked).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}
