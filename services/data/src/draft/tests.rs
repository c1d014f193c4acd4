//! Drafts of real schemas on real databases: what is written is bound without a finding, and what it declares answers.

mod reads;
mod text;
mod writes;

use meanwhile_catalog::Dialect;
use meanwhile_testbed::schemas::{Sql, generate};
use sqlx::AssertSqlSafe;

use super::{DraftOptions, Drafted, draft};
use crate::database::DatabaseUrl;
use crate::fixture::{Served, Shop, postgres, run};

/// A schema's name, and the script that makes it, for each database that it is for.
const SCHEMAS: &[(&str, Dialect, &str)] = &[
    ("shop", Dialect::Postgres, include_str!("tests/schemas/shop.postgres.sql")),
    ("shop", Dialect::Sqlite, include_str!("tests/schemas/shop.sqlite.sql")),
    ("rental", Dialect::Postgres, include_str!("tests/schemas/rental.postgres.sql")),
    ("music", Dialect::Sqlite, include_str!("tests/schemas/music.sqlite.sql")),
    ("tracker", Dialect::Postgres, include_str!("tests/schemas/tracker.postgres.sql")),
    ("odd", Dialect::Postgres, include_str!("tests/schemas/odd.postgres.sql")),
    ("odd", Dialect::Sqlite, include_str!("tests/schemas/odd.sqlite.sql")),
    ("rental", Dialect::Sqlite, include_str!("tests/schemas/rental.sqlite.sql")),
    ("music", Dialect::Postgres, include_str!("tests/schemas/music.postgres.sql")),
    ("tracker", Dialect::Sqlite, include_str!("tests/schemas/tracker.sqlite.sql")),
    ("edges", Dialect::Postgres, include_str!("tests/schemas/edges.postgres.sql")),
    ("edges", Dialect::Sqlite, include_str!("tests/schemas/edges.sqlite.sql")),
];

/// A database made by a script, a catalog drafted from it, and both served together.
struct World {
    shop: Shop,
    url: DatabaseUrl,
    drafted: Drafted,
    served: Served,
}

impl World {
    /// What a draft of these tables has to say.
    async fn draft(&self, tables: &[&str]) -> Drafted {
        draft(&self.url, &options(&self.shop, tables)).await.unwrap()
    }
}

fn options(shop: &Shop, tables: &[&str]) -> DraftOptions {
    DraftOptions {
        tables: tables.iter().map(|table| (*table).to_owned()).collect(),
        package: Some("t.v1".to_owned()),
        folder: Some(shop.path().to_owned()),
    }
}

/// Runs a test over a draft of the script's tables; not at all where there is no such database.
fn on(dialect: Dialect, script: &str, tables: &[&str], test: impl AsyncFnOnce(&World)) {
    let shop = Shop::empty();
    let (psql, url) = match dialect {
        Dialect::Sqlite => (None, shop.sqlite()),
        Dialect::Postgres => {
            let Some((psql, url)) = postgres() else { return };
            psql.run(script).unwrap();
            (Some(psql), url)
        }
    };
    run(async {
        if dialect == Dialect::Sqlite {
            let mut connection = crate::schema::sqlite(&url).await.unwrap();
            sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut connection).await.unwrap();
            crate::schema::close(connection).await;
        }
        let drafted = draft(&url, &options(&shop, tables)).await.unwrap();
        let served = Served::start(&shop, url.clone(), psql).await;
        let world = World { shop, url, drafted, served };
        test(&world).await;
        world.served.database.close().await;
    });
}

/// Runs a test over a draft of each schema there is.
fn on_all(test: impl AsyncFn(&str, &World)) {
    let generated = [(Dialect::Postgres, Sql::Postgres), (Dialect::Sqlite, Sql::Sqlite)];
    let generated = generated.map(|(dialect, sql)| ("generated", dialect, generate(sql, 40)));
    let own = SCHEMAS.iter().map(|(name, dialect, script)| (*name, *dialect, (*script).to_owned()));
    for (name, dialect, script) in own.chain(generated) {
        let test = &test;
        on(dialect, &script, &[], async move |world| test(&format!("{name} on {dialect}"), world).await);
    }
}

/// Everything that `check` says of a catalog.
async fn findings(world: &World) -> Vec<String> {
    let findings = crate::check::check(&world.shop.read(), &world.url).await.unwrap();
    findings.iter().map(|finding| format!("{finding} | {}", finding.mend)).collect()
}
