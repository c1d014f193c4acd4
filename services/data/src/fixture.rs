//! For tests: contracts from text, and catalogs served over real databases without a network in between.

mod served;
mod shop;

use std::sync::OnceLock;

use meanwhile_testbed::postgres::{Cluster, Database as Psql, Settings};
use prost_reflect::{DescriptorPool, MessageDescriptor};

use crate::database::DatabaseUrl;
pub use served::Served;
pub use shop::Shop;

/// The descriptors of one proto3 file of package `t`.
pub fn contract(text: &str) -> DescriptorPool {
    struct Text(String);
    impl protox::file::FileResolver for Text {
        fn open_file(&self, name: &str) -> Result<protox::file::File, protox::Error> {
            let built_in = || meanwhile_proto::imports::BUILT_IN.iter().find(|(known, _)| *known == name);
            match name {
                "t.proto" => protox::file::File::from_source(name, &self.0),
                _ => match built_in() {
                    Some((_, text)) => protox::file::File::from_source(name, text),
                    None => protox::file::GoogleFileResolver::new().open_file(name),
                },
            }
        }
    }
    let head = format!("syntax = \"proto3\"; package t; {}", imports());
    let mut compiler = protox::Compiler::with_file_resolver(Text(format!("{head}{text}")));
    compiler.include_imports(true).open_file("t.proto").unwrap();
    compiler.descriptor_pool()
}

/// What every contract here imports.
fn imports() -> String {
    const IMPORTS: [&str; 10] = [
        "google/api/field_behavior",
        "google/protobuf/duration",
        "google/protobuf/field_mask",
        "google/protobuf/struct",
        "google/protobuf/timestamp",
        "google/protobuf/wrappers",
        "google/type/date",
        "google/type/decimal",
        "google/type/latlng",
        "google/type/timeofday",
    ];
    IMPORTS.iter().map(|name| format!("import \"{name}.proto\";\n")).collect()
}

/// A message of [`contract`].
pub fn message(pool: &DescriptorPool, name: &str) -> MessageDescriptor {
    pool.get_message_by_name(&format!("t.{name}")).unwrap()
}

/// A database of the test's own; none where there is no PostgreSQL, which the testbed records.
pub fn postgres() -> Option<(Psql, DatabaseUrl)> {
    let database = Cluster::shared()?.database().unwrap();
    let url = url(&database);
    Some((database, url))
}

/// The one database of all catalogs that have no schema: a database takes longer to make than most tests. It has a few
/// types, and nobody changes it.
fn scratch() -> Option<DatabaseUrl> {
    static SCRATCH: OnceLock<Psql> = OnceLock::new();
    let cluster = Cluster::shared()?;
    let types = "CREATE TYPE mood AS ENUM ('sad', 'ok', 'très bien');
        CREATE TYPE status AS ENUM ('open', 'sold_out'); CREATE TYPE \"Loud Status\" AS ENUM ('STATUS_OPEN');
        CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%'); CREATE DOMAIN small AS int2;
        CREATE TYPE textrange AS RANGE (subtype = text); CREATE TYPE pair AS (x int4, y text);
        CREATE TYPE nested AS (p pair, more pair[], tags text[]); CREATE EXTENSION citext";
    let database = SCRATCH.get_or_init(|| {
        let database = cluster.database().unwrap();
        database.run(types).unwrap();
        database
    });
    Some(url(database))
}

fn url(database: &Psql) -> DatabaseUrl {
    DatabaseUrl::new(database.url_without_password(), Some(database.password())).unwrap()
}

pub fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(test)
}

/// Runs a test over PostgreSQL, where there is one.
pub fn on_postgres(shop: &Shop, test: impl AsyncFnOnce(&Served)) {
    let has_schema = shop.path().join("migrations").exists();
    let database = if has_schema {
        postgres().map(|(psql, url)| (Some(psql), url))
    } else {
        scratch().map(|url| (None, url))
    };
    let Some((psql, url)) = database else { return };
    run(async {
        let served = Served::start(shop, url, psql).await;
        test(&served).await;
        served.database.close().await;
    });
}

/// Runs a test over a PostgreSQL of its own, whose server counts the statements that it executes.
pub fn on_counting_postgres(shop: &Shop, test: impl AsyncFnOnce(&Served)) {
    let settings = Settings::default().with("shared_preload_libraries", "pg_stat_statements");
    let Some(cluster) = Cluster::start(&settings) else { return };
    let psql = cluster.database().unwrap();
    psql.run_as_admin("CREATE EXTENSION pg_stat_statements").unwrap();
    let url = url(&psql);
    run(async {
        let served = Served::start(shop, url, Some(psql)).await;
        test(&served).await;
        served.database.close().await;
    });
}

/// Runs a test over a PostgreSQL of its own, which tells each session that is opened.
pub fn on_telling_postgres(shop: &Shop, test: impl AsyncFnOnce(&Served, &Cluster)) {
    let settings = Settings::default().with("log_connections", "on");
    let Some(cluster) = Cluster::start(&settings) else { return };
    let psql = cluster.database().unwrap();
    let url = url(&psql);
    run(async {
        let served = Served::start(shop, url, Some(psql)).await;
        test(&served, &cluster).await;
        served.database.close().await;
    });
}

/// Runs a test over SQLite.
pub fn on_sqlite(shop: &Shop, test: impl AsyncFnOnce(&Served)) {
    run(async {
        let served = Served::start(shop, shop.sqlite(), None).await;
        test(&served).await;
        served.database.close().await;
    });
}

/// Runs a test over each database.
pub fn on_both(shop: &Shop, test: impl AsyncFn(&Served)) {
    on_sqlite(shop, &test);
    on_postgres(shop, &test);
}
