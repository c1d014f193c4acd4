//! Migrations and seeds on real databases.

mod migrations;
mod seeds;

use sqlx::Row as _;

use crate::DatabaseUrl;
use crate::fixture::{Shop, postgres};

fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}

/// Runs a test over each database there is.
fn on_both(shop: &Shop, test: impl AsyncFn(&Shop, &DatabaseUrl)) {
    run(test(shop, &shop.sqlite()));
    if let Some((_database, url)) = postgres() {
        run(test(shop, &url));
    }
}

/// The rows of a query, their columns as text between commas.
async fn rows(url: &DatabaseUrl, sql: &str) -> Vec<String> {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    match url.dialect() {
        meanwhile_catalog::Dialect::Postgres => {
            let mut connection = super::postgres(url).await.unwrap();
            let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
            rows.iter().map(|row| row.get(0)).collect()
        }
        meanwhile_catalog::Dialect::Sqlite => {
            let mut connection = super::sqlite(url).await.unwrap();
            let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
            rows.iter().map(|row| row.get(0)).collect()
        }
    }
}
