//! For tests: contracts from text, and catalogs served over real databases without a network in between.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use meanwhile_catalog::{Catalog, Reading};
use meanwhile_telemetry::Telemetry;
use meanwhile_testbed::postgres::{Cluster, Database as Psql, Settings};
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, MethodDescriptor};

use crate::bind::{Bindings, BoundMethod, bind};
use crate::database::{Database, DatabaseConfig, DatabaseUrl};
use crate::engine::{Call, Engine};
use crate::fault::Fault;
use crate::upstream::Upstreams;

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

/// The method that most catalogs here have.
const GET: &str = "/shop.v1.Shop/Get";

/// The folder of a catalog named `shop`, of package `shop.v1`, with one service `Shop`.
pub struct Shop(tempfile::TempDir);

impl Shop {
    /// `methods` are of the service, `messages` stand beside it.
    pub fn new(methods: &str, messages: &str) -> Self {
        let imports = imports() + "import \"meanwhile/v1/options.proto\";\n";
        let proto = format!(
            "syntax = \"proto3\"; package shop.v1;\n{imports}service Shop {{ {methods} }}\n{messages}"
        );
        let upstreams = "name = \"shop\"\n[upstreams.web]\nurl = \"http://127.0.0.1:1\"\n";
        Self(tempfile::tempdir().unwrap()).with("catalog.toml", upstreams).with("proto/shop.proto", &proto)
    }

    /// A folder for somebody else to write a catalog into.
    pub fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// One method `Get` from `Request` to `Reply`, which only reads.
    pub fn reading(messages: &str, sql: &str) -> Self {
        let get = "rpc Get(Request) returns (Reply) { option idempotency_level = NO_SIDE_EFFECTS; }";
        Self::new(get, messages).sql("Get.sql", sql)
    }

    /// The same, which may write.
    pub fn writing(messages: &str, sql: &str) -> Self {
        Self::new("rpc Get(Request) returns (Reply);", messages).sql("Get.sql", sql)
    }

    pub fn with(self, path: &str, content: &str) -> Self {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    /// What answers a method: `Get.sql`, `Get.postgres.sql`, `Get/part.sql`.
    pub fn sql(self, file: &str, sql: &str) -> Self {
        self.with(&format!("sql/shop.v1.Shop/{file}"), sql)
    }

    pub fn schema(self, sql: &str) -> Self {
        self.with("migrations/1_schema.sql", sql)
    }

    pub fn load(&self) -> Catalog {
        Catalog::load(self.0.path()).unwrap_or_else(|findings| panic!("{findings}"))
    }

    /// The same, whatever is wrong with it.
    pub fn read(&self) -> Reading {
        Catalog::read(self.0.path())
    }

    pub fn path(&self) -> &std::path::Path {
        self.0.path()
    }

    /// A SQLite file beside the catalog.
    pub fn sqlite(&self) -> DatabaseUrl {
        DatabaseUrl::new(format!("sqlite:{}", self.0.path().join("shop.sqlite").display()), None).unwrap()
    }
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

/// A catalog bound to a database that has its schema.
pub struct Served {
    pub catalog: Catalog,
    pub database: Database,
    pub bindings: Bindings,
    pub engine: Engine,
    telemetry: Telemetry,
    url: DatabaseUrl,
    psql: Option<Psql>,
}

impl Served {
    pub async fn start(shop: &Shop, url: DatabaseUrl, psql: Option<Psql>) -> Self {
        let catalog = shop.load();
        crate::migrate(&catalog, &url).await.unwrap();
        let config = DatabaseConfig { url: url.clone(), pool: 2, simulated_latency: None, batch: true };
        let database = Database::new(&config).unwrap();
        let bindings = bind(&catalog, &database).await.unwrap();
        let upstreams = Upstreams::new(&catalog, &BTreeMap::new(), None).unwrap();
        let engine =
            Engine { database: database.clone(), upstreams, one_at_a_time: false, max_reply: 1 << 20 };
        let config = meanwhile_telemetry::Config { service_name: "test".to_owned(), endpoints: Vec::new() };
        let telemetry = Telemetry::start(config).unwrap();
        Self { catalog, database, bindings, engine, telemetry, url, psql }
    }

    /// The findings of `Get`.
    pub fn findings(&self) -> Vec<String> {
        self.findings_of("Get")
    }

    pub fn findings_of(&self, method: &str) -> Vec<String> {
        let binding = &self.bindings[&format!("/shop.v1.Shop/{method}")];
        let findings = binding.as_ref().err().cloned().unwrap_or_default();
        findings.iter().map(|finding| format!("{finding} | {}", finding.mend)).collect()
    }

    /// Calls `Get`, both messages in protobuf's JSON.
    pub async fn get(&self, request: &str) -> Result<String, Fault> {
        self.call("Get", request).await
    }

    /// The optional parts that the reply of `Get` goes without.
    pub async fn missing(&self, request: &str) -> Vec<String> {
        let (_, missing) = self.answer(&self.engine, "Get", request).await.unwrap();
        missing
    }

    /// Calls `Get`, each part behind the one before.
    pub async fn get_one_at_a_time(&self, request: &str) -> Result<String, Fault> {
        let engine = Engine { one_at_a_time: true, ..self.engine.clone() };
        self.answer(&engine, "Get", request).await.map(|(reply, _)| reply)
    }

    fn descriptor(&self, path: &str) -> &MethodDescriptor {
        &self.catalog.methods.iter().find(|known| known.path == path).unwrap().descriptor
    }

    /// Calls `Get` with a mask whose paths need not be well formed, which its JSON could not say.
    pub async fn get_with_mask(&self, mask: &serde_json::Value) -> Result<String, Fault> {
        let mut message = DynamicMessage::new(self.descriptor(GET).input());
        let paths = mask["paths"].as_array().unwrap().iter().map(|path| path.as_str().unwrap().into());
        let field = message.get_field_by_name_mut("read_mask").unwrap();
        let paths = prost_reflect::Value::List(paths.map(prost_reflect::Value::String).collect());
        field.as_message_mut().unwrap().set_field_by_name("paths", paths);
        self.answer_message(&self.engine, GET, &message).await.map(|(reply, _)| reply)
    }

    pub async fn call(&self, method: &str, request: &str) -> Result<String, Fault> {
        self.answer(&self.engine, method, request).await.map(|(reply, _)| reply)
    }

    async fn answer(
        &self,
        engine: &Engine,
        method: &str,
        request: &str,
    ) -> Result<(String, Vec<String>), Fault> {
        self.answer_path(engine, &format!("/shop.v1.Shop/{method}"), request).await
    }

    /// Calls any service's method.
    pub async fn call_path(&self, path: &str, request: &str) -> Result<String, Fault> {
        self.answer_path(&self.engine, path, request).await.map(|(reply, _)| reply)
    }

    async fn answer_path(
        &self,
        engine: &Engine,
        path: &str,
        request: &str,
    ) -> Result<(String, Vec<String>), Fault> {
        let mut json = serde_json::Deserializer::from_str(request);
        let message = DynamicMessage::deserialize(self.descriptor(path).input(), &mut json).unwrap();
        self.answer_message(engine, path, &message).await
    }

    async fn answer_message(
        &self,
        engine: &Engine,
        path: &str,
        message: &DynamicMessage,
    ) -> Result<(String, Vec<String>), Fault> {
        let bound = self.bindings[path].as_ref().unwrap_or_else(|_| panic!("{:?}", self.findings()));
        self.answer_by(engine, bound, self.descriptor(path), message).await
    }

    /// Calls a method with a request as it is on the wire, which need not be one. Gives the reply as it is there.
    pub async fn call_raw(&self, method: &str, request: &[u8]) -> Result<Vec<u8>, Fault> {
        let bound = self.bindings[&format!("/shop.v1.Shop/{method}")].as_ref().unwrap();
        let span = self.telemetry.tracer().client_request("test", Vec::new());
        let context = span.context();
        let call = Call::read(bound, request, &context)?;
        Ok(self.engine.answer(&call).await?.bytes.to_vec())
    }

    /// Calls a method that was bound by somebody else.
    pub async fn answer_by(
        &self,
        engine: &Engine,
        bound: &BoundMethod,
        descriptor: &MethodDescriptor,
        message: &DynamicMessage,
    ) -> Result<(String, Vec<String>), Fault> {
        let span = self.telemetry.tracer().client_request("test", Vec::new());
        let context = span.context();
        let call = Call::read(bound, &prost::Message::encode_to_vec(message), &context)?;
        let reply = engine.answer(&call).await?;
        let missing = reply.missing.iter().map(|name| name.to_string()).collect();
        let reply = DynamicMessage::decode(descriptor.output(), reply.bytes.as_slice()).unwrap();
        Ok((serde_json::to_string(&reply).unwrap(), missing))
    }

    /// Runs SQL beside the service.
    pub async fn beside(&self, sql: &str) {
        if self.psql.is_some() {
            self.psql(sql);
            return;
        }
        let mut connection = crate::schema::sqlite(&self.url).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        crate::schema::close(connection).await;
    }

    /// Runs SQL beside the service, on PostgreSQL.
    pub fn psql(&self, sql: &str) -> String {
        tokio::task::block_in_place(|| self.psql.as_ref().unwrap().run(sql)).unwrap()
    }

    /// The same as a superuser.
    pub fn psql_as_admin(&self, sql: &str) -> String {
        tokio::task::block_in_place(|| self.psql.as_ref().unwrap().run_as_admin(sql)).unwrap()
    }

    /// A session beside the service, which may hold what the service's statements wait for.
    pub async fn session(&self) -> sqlx::postgres::PgConnection {
        crate::schema::postgres(&url(self.psql.as_ref().unwrap())).await.unwrap()
    }

    /// Waits until this many sessions of the service wait for a lock, and gives their pids. The service's calls go on
    /// meanwhile, also those of the same task.
    pub async fn lock_waiters(&self, count: usize) -> Vec<i32> {
        let waiting = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()
            AND application_name = 'meanwhile-data' AND wait_event_type = 'Lock'";
        let look = async {
            loop {
                let pids = self.psql_as_admin(waiting);
                if pids.lines().count() == count {
                    return pids.lines().map(|pid| pid.parse().unwrap()).collect();
                }
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), look).await.expect("nobody waits for a lock")
    }

    /// Waits until a superuser's query answers that: what a call left behind ends in its own time, and a leak never does.
    pub fn wait_for_psql(&self, sql: &str, answer: &str) {
        let bound = std::time::Duration::from_secs(20);
        let answers = || (self.psql_as_admin(sql) == answer).then_some(());
        tokio::task::block_in_place(|| meanwhile_testbed::eventually(sql, bound, answers)).unwrap();
    }

    /// Ends every session there is with this database.
    pub fn end_sessions(&self) {
        let sessions = "pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        self.psql_as_admin(&format!("SELECT pg_terminate_backend(pid) FROM {sessions}"));
        self.wait_for_psql(&format!("SELECT count(*) FROM {sessions}"), "0");
    }
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
