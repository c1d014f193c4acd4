//! What fuzz targets and tests see of a call: every text that goes to the database for it, and how many values go with it.
//! They are told where the driver is called, so that nothing can be done to a text behind it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use meanwhile_catalog::{Catalog, Dialect};
use meanwhile_telemetry::Telemetry;
use tokio::runtime::Runtime;

use crate::bind::{Bindings, bind};
use crate::database::{Database, DatabaseConfig, DatabaseUrl};
use crate::engine::{Call, Engine, Reply};
use crate::fault::Fault;
use crate::once::table;
use crate::upstream::Upstreams;

/// The most bytes of a reply.
const MAX_REPLY: usize = 1 << 20;

/// A text that went to the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The text.
    pub sql: String,
    /// How many values went with it; none where the database was only asked whether it takes the text.
    pub values: Option<usize>,
}

tokio::task_local! {
    static SENT: RefCell<Vec<Sent>>;
}

/// Notes a text, where somebody asked for it.
pub(crate) fn sent(sql: &str, values: Option<usize>) {
    // Outside of a call that is looked at there is no list.
    let _ = SENT.try_with(|list| list.borrow_mut().push(Sent { sql: sql.to_owned(), values }));
}

/// The texts of Meanwhile's own that a call may need, with `:name` parameters.
pub fn own_statements(dialect: Dialect) -> [&'static str; 3] {
    table::statements(dialect)
}

/// A catalog that is served over a SQLite file, with no network in between.
#[derive(Debug)]
pub struct Served {
    /// The catalog.
    pub catalog: Catalog,
    bindings: Bindings,
    engine: Engine,
    telemetry: Telemetry,
    runtime: Runtime,
}

impl Served {
    /// Loads the catalog of a folder and migrates it into a file, which is made.
    ///
    /// # Errors
    /// What is wrong with the catalog; of its methods, those that fit are served.
    pub fn start(folder: &Path, file: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let catalog = Catalog::load(folder)?;
        let url = DatabaseUrl::new(format!("sqlite:{}", file.display()), None)?;
        let config = DatabaseConfig { url: url.clone(), pool: 1, simulated_latency: None, batch: false };
        let upstreams = Upstreams::new(&catalog, &BTreeMap::new(), None)?;
        let untold = meanwhile_telemetry::Config { service_name: "fuzz".to_owned(), endpoints: Vec::new() };
        let (database, bindings, telemetry) = runtime.block_on(async {
            crate::migrate(&catalog, &url).await?;
            let database = Database::new(&config)?;
            let bindings = bind(&catalog, &database).await?;
            Ok::<_, Box<dyn std::error::Error>>((database, bindings, Telemetry::start(untold)?))
        })?;
        let engine = Engine { database, upstreams, one_at_a_time: true, max_reply: MAX_REPLY };
        Ok(Self { catalog, bindings, engine, telemetry, runtime })
    }

    /// What keeps a method from being served, if anything does.
    pub fn findings(&self, path: &str) -> Vec<String> {
        match self.bindings.get(path) {
            Some(Ok(_)) => Vec::new(),
            Some(Err(findings)) => findings.iter().map(ToString::to_string).collect(),
            None => vec![format!("there is no method {path}")],
        }
    }

    /// Makes a call with the bytes of a request, also of a method that streams. Gives the reply's bytes, and what went to the
    /// database, also where the call failed.
    ///
    /// # Errors
    /// The call's.
    pub fn call(&self, path: &str, request: &[u8]) -> (Result<Vec<u8>, Fault>, Vec<Sent>) {
        self.runtime.block_on(SENT.scope(RefCell::default(), async {
            let reply = self.answer(path, request).await;
            (reply.map(|reply| reply.bytes), SENT.with(RefCell::take))
        }))
    }

    async fn answer(&self, path: &str, request: &[u8]) -> Result<Reply, Fault> {
        let Some(Ok(method)) = self.bindings.get(path) else { return Ok(Reply::default()) };
        let span = self.telemetry.tracer().client_request("fuzz", Vec::new());
        let context = span.context();
        let call = Call::read(method, request, &context)?;
        self.engine.answer(&call).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Shop;

    #[test]
    fn what_goes_to_the_database_is_told_as_the_driver_gets_it() {
        let messages = "message Request { optional string name = 1; } message Reply { int64 n = 1; }";
        let sql = "SELECT count(*) AS n FROM t WHERE (:name IS NULL OR name = :name) -- :name";
        let shop = Shop::reading(messages, sql).schema("CREATE TABLE t (name TEXT)");
        let served = Served::start(shop.path(), &shop.path().join("fuzz.sqlite")).unwrap();
        assert_eq!(served.findings("/shop.v1.Shop/Get"), [""; 0]);
        let sent =
            |sql: &str, values| Sent { sql: format!("SELECT count(*) AS n FROM t {sql} -- :name"), values };
        let with = [sent("WHERE (name = ?1)", None), sent("WHERE (name = ?1)", Some(1))];
        let without = [sent("WHERE true", None), sent("WHERE true", Some(1))];
        for (request, expected) in [(&b"\x0a\x02:a"[..], with), (b"", without)] {
            let (reply, sent) = served.call("/shop.v1.Shop/Get", request);
            assert_eq!((reply.unwrap(), sent), (Vec::new(), expected.to_vec()));
            let (_, again) = served.call("/shop.v1.Shop/Get", request);
            assert_eq!(again, expected[1..]);
        }
    }
}
