//! What is served while catalogs and the database change.

mod drift;
mod swaps;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use meanwhile_catalog::Catalog;
use prost_reflect::{DynamicMessage, MethodDescriptor};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::*;
use crate::fixture::{self, Shop};

const ALL_READ: &str = "{ option idempotency_level = NO_SIDE_EFFECTS; }";

/// A catalog whose methods read, each from `Request` to `Reply`.
fn shop(methods: &[(&str, &str)], messages: &str) -> Shop {
    let rpc = |(name, _): &(&str, &str)| format!("rpc {name}(Request) returns (Reply) {ALL_READ} ");
    let rpcs: String = methods.iter().map(rpc).collect();
    let shop = Shop::new(&rpcs, messages);
    methods.iter().fold(shop, |shop, (name, sql)| shop.sql(&format!("{name}.sql"), sql))
}

/// A keeper over a database of the fixture's, at work.
struct Kept<'a> {
    fixture: &'a fixture::Served,
    serving: Serving,
    wanted: watch::Sender<Arc<Catalog>>,
    served: watch::Receiver<Arc<Catalog>>,
    shutdown: CancellationToken,
    kept: JoinHandle<Result<(), Vec<Finding>>>,
}

/// So fast that a test need not wait, and so slow that it can tell that nothing was looked at.
const HASTY: Pace = pace(Duration::from_millis(20));
const PATIENT: Pace = pace(Duration::from_secs(3600));

const fn pace(refused: Duration) -> Pace {
    let soon = Duration::from_millis(20);
    Pace { first_retry: soon, longest_retry: soon, look: soon, refused }
}

impl<'a> Kept<'a> {
    /// Serves the fixture's catalog, and waits until it is bound.
    async fn start(fixture: &'a fixture::Served, pace: Pace) -> Self {
        Self::begin(fixture, pace, false).bound().await
    }

    async fn bound(self) -> Self {
        self.until("", Some(Status::Serving)).await;
        self
    }

    fn begin(fixture: &'a fixture::Served, pace: Pace, strict: bool) -> Self {
        let catalog = Arc::new(fixture.catalog.clone());
        let (sender, wanted) = watch::channel(catalog.clone());
        let (served, reports) = watch::channel(catalog);
        let catalogs = Catalogs { wanted, served, elsewhere: BTreeMap::new(), strict };
        let (serving, keeper) = Keeper::new(catalogs, fixture.engine.clone(), pace);
        let shutdown = CancellationToken::new();
        let stop = shutdown.clone();
        let kept = tokio::spawn(async move { keeper.run(&stop).await });
        Self { fixture, serving, wanted: sender, served: reports, shutdown, kept }
    }

    /// Serves another catalog, and waits until it is.
    async fn swap(&mut self, shop: &Shop) {
        self.served.borrow_and_update();
        self.wanted.send_replace(Arc::new(shop.load()));
        within(self.served.changed()).await.unwrap();
    }

    /// Waits until health says this of a name; none where nobody has it.
    async fn until(&self, name: &str, status: Option<Status>) {
        let mut changes = self.serving.table.changes();
        within(async {
            while self.status(name) != status {
                changes.next().await;
            }
        })
        .await;
    }

    fn status(&self, name: &str) -> Option<Status> {
        self.serving.table.load().status(name)
    }

    fn get(&self, method: &str) -> Option<Held> {
        let path = format!("/shop.v1.Shop/{method}");
        let served = self.serving.get(&path)?;
        let catalog = self.served.borrow();
        let method = catalog.methods.iter().find(|method| method.path == path);
        Some(Held { served, descriptor: method.unwrap().descriptor.clone() })
    }

    async fn call(&self, method: &str) -> Result<String, Fault> {
        self.call_held(&self.get(method).unwrap(), "{}").await
    }

    /// As the front does it, of a method that it looked up some time ago.
    async fn call_held(&self, held: &Held, request: &str) -> Result<String, Fault> {
        held.served.method()?;
        let answer = held.answer(self.fixture, request).await;
        answer.inspect_err(|fault| self.serving.tell(&held.served, fault))
    }

    async fn refusal(&self, method: &str) -> (Reason, String) {
        let fault = self.call(method).await.unwrap_err();
        (fault.reason, fault.detail.unwrap_or_default())
    }

    async fn stop(self) -> Result<(), Vec<Finding>> {
        self.shutdown.cancel();
        within(self.kept).await.unwrap()
    }
}

/// What a call holds while it runs.
struct Held {
    served: Arc<Served>,
    descriptor: MethodDescriptor,
}

impl Held {
    async fn answer(&self, fixture: &fixture::Served, request: &str) -> Result<String, Fault> {
        let Self { served, descriptor } = self;
        let mut json = serde_json::Deserializer::from_str(request);
        let request = DynamicMessage::deserialize(descriptor.input(), &mut json).unwrap();
        let bound = served.method().unwrap();
        let answer = fixture.answer_by(&served.engine, bound, descriptor, &request).await;
        answer.map(|(reply, _)| reply)
    }
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), future).await.expect("it never happened")
}

const GET: &str = "shop.v1.Shop/Get";
const LIST: &str = "shop.v1.Shop/List";
