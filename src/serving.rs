//! Everything in one process, still over real sockets: what `up` keeps running and `play --throw-away` throws away.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use meanwhile_catalog::Catalog;
use meanwhile_dashboard::Source;
use meanwhile_data::{DatabaseConfig, DatabaseUrl};
use meanwhile_gateway::Contract;
use meanwhile_telemetry::{Telemetry, Tracer};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::ready;
use crate::settings::{Latency, TelemetryArgs, listen};

/// The sample's web service, by its name in catalogs. A catalog that calls it gets it.
const ALMANAC: &str = "almanac";

/// The services' names, in spans.
const GATEWAY: &str = "meanwhile-gateway";
const DATA: &str = "meanwhile-data";

/// How long the services may take to get ready.
const READY: Duration = Duration::from_secs(30);

/// Where each service listens, and the flag that says so.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    pub gateway: SocketAddr,
    pub data: SocketAddr,
    pub almanac: SocketAddr,
    pub gateway_admin: SocketAddr,
    pub data_admin: SocketAddr,
}

/// How the services work.
#[derive(Debug, Clone)]
pub struct Options {
    /// What is served: the newest.
    pub catalogs: watch::Receiver<Arc<Catalog>>,
    pub database: DatabaseUrl,
    pub pool: usize,
    pub upstreams: BTreeMap<String, String>,
    pub latency: Latency,
    pub almanac_delay: Duration,
    pub strict: bool,
    /// Point reads that wait at the same time go in one trip.
    pub batch: bool,
    /// Equal reads that are under way at the same time are one.
    pub share: bool,
    /// Clients that wait have turns.
    pub fair: bool,
    pub one_at_a_time: bool,
}

/// A telemetry for each service.
#[derive(Debug)]
pub struct Telemetries {
    pub gateway: Telemetry,
    pub data: Telemetry,
    pub almanac: Telemetry,
}

impl Telemetries {
    pub fn start(args: &TelemetryArgs) -> anyhow::Result<Self> {
        Ok(Self {
            gateway: args.start(GATEWAY, false)?,
            data: args.start(DATA, false)?,
            almanac: args.start("almanac", false)?,
        })
    }

    /// The services' crates, with where their events belong.
    pub fn by_crate(&self) -> [(&'static str, &Telemetry); 3] {
        [
            ("meanwhile_gateway", &self.gateway),
            ("meanwhile_data", &self.data),
            ("meanwhile_almanac", &self.almanac),
        ]
    }

    pub async fn shutdown(self) {
        tokio::join!(self.gateway.shutdown(), self.data.shutdown(), self.almanac.shutdown());
    }
}

/// Running services.
#[derive(Debug)]
pub struct Services {
    tasks: JoinSet<anyhow::Result<()>>,
    stop: CancellationToken,
    /// Where they listen; the almanac only where the catalog calls it.
    pub gateway: SocketAddr,
    pub data: SocketAddr,
    pub almanac: Option<SocketAddr>,
    pub admin: [SocketAddr; 2],
}

impl Services {
    /// Binds the sockets, starts the services, and waits until every service of the catalog is served.
    pub async fn start(
        options: Options,
        addresses: Addresses,
        telemetries: &Telemetries,
    ) -> anyhow::Result<Self> {
        let gateway = listen(addresses.gateway, "--listen").await?;
        let data = listen(addresses.data, "--data-listen").await?;
        let gateway_admin = listen(addresses.gateway_admin, "--admin").await?;
        let data_admin = listen(addresses.data_admin, "--data-admin").await?;
        let mut this = Self {
            tasks: JoinSet::new(),
            stop: CancellationToken::new(),
            gateway: gateway.local_addr()?,
            data: data.local_addr()?,
            almanac: None,
            admin: [gateway_admin.local_addr()?, data_admin.local_addr()?],
        };
        let mut options = options;
        let catalog = options.catalogs.borrow().clone();
        let calls_almanac =
            catalog.upstreams.contains_key(ALMANAC) && !options.upstreams.contains_key(ALMANAC);
        if calls_almanac {
            let listener = listen(addresses.almanac, "--almanac-listen").await?;
            let address = listener.local_addr()?;
            options.upstreams.insert(ALMANAC.to_owned(), format!("http://{address}"));
            this.almanac = Some(address);
            this.start_almanac(options.almanac_delay, listener, telemetries.almanac.tracer());
        }
        let served = watch::Sender::new(catalog.clone());
        let contracts = contracts(&catalog, served.subscribe())?;
        let url = format!("http://{}", this.data).parse()?;
        let mut edge = meanwhile_gateway::Config::new(url, contracts, telemetries.gateway.tracer());
        (edge.one_at_a_time, edge.fair) = (options.one_at_a_time, options.fair);
        this.start_data(
            options,
            served,
            meanwhile_data::Listeners { public: data, admin: Some(data_admin) },
            telemetries,
        );
        let listeners = meanwhile_gateway::Listeners { public: gateway, admin: gateway_admin };
        this.start_gateway(edge, listeners);
        this.wait_until_ready(&catalog).await?;
        Ok(this)
    }

    fn start_almanac(&mut self, delay: Duration, listener: TcpListener, tracer: Tracer) {
        let mut config = meanwhile_almanac::Config::new(tracer);
        config.delay = delay;
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            meanwhile_almanac::run(config, listener, stop).await.context("the almanac")
        });
    }

    fn start_data(
        &mut self,
        options: Options,
        served: watch::Sender<Arc<Catalog>>,
        listeners: meanwhile_data::Listeners,
        telemetries: &Telemetries,
    ) {
        let config = meanwhile_data::Config {
            catalogs: options.catalogs,
            served,
            database: DatabaseConfig {
                url: options.database,
                pool: options.pool,
                simulated_latency: options.latency.database,
                batch: options.batch,
            },
            upstreams: options.upstreams,
            upstream_latency: options.latency.upstream,
            one_at_a_time: options.one_at_a_time,
            share: options.share,
            fair: options.fair,
            strict: options.strict,
            tracer: telemetries.data.tracer(),
            limits: meanwhile_data::Limits::default(),
        };
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            meanwhile_data::run(config, listeners, stop).await.context("the data service")
        });
    }

    fn start_gateway(&mut self, config: meanwhile_gateway::Config, listeners: meanwhile_gateway::Listeners) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            meanwhile_gateway::run(config, listeners, stop).await.context("the gateway")
        });
    }

    async fn wait_until_ready(&mut self, catalog: &Catalog) -> anyhow::Result<()> {
        let service =
            |method: &meanwhile_catalog::Method| method.descriptor.parent_service().full_name().to_owned();
        let mut services: Vec<String> = catalog.methods.iter().map(service).collect();
        services.dedup();
        let url = self.gateway_url();
        tokio::select! {
            ready = ready::wait(&url, &services, READY) => ready,
            ended = self.ended() => ended.and_then(|()| anyhow::bail!("a service ended before it was ready")),
        }
    }

    /// `http://host:port` of the gateway.
    pub fn gateway_url(&self) -> String {
        format!("http://{}", self.gateway)
    }

    /// Who tells of its calls in flight.
    pub fn sources(&self) -> [Source; 2] {
        let [gateway, data] = self.admin.map(|admin| format!("http://{admin}"));
        [Source { service: GATEWAY.to_owned(), url: gateway }, Source { service: DATA.to_owned(), url: data }]
    }

    /// Waits until a service ends by itself: the others are of no use without it.
    pub async fn ended(&mut self) -> anyhow::Result<()> {
        match self.tasks.join_next().await {
            Some(result) => result.context("a service panicked")?,
            None => Ok(()),
        }
    }

    /// Drains and stops every service.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.stop.cancel();
        let mut result = Ok(());
        while let Some(ended) = self.tasks.join_next().await {
            result = result.and(ended.context("a service panicked")?);
        }
        result
    }
}

/// The contracts of the catalogs that the data service serves: the gateway has no method that is not there yet.
fn contracts(
    first: &Catalog,
    mut served: watch::Receiver<Arc<Catalog>>,
) -> anyhow::Result<watch::Receiver<Arc<Contract>>> {
    let (sender, contracts) = watch::channel(Arc::new(Contract::try_from(first)?));
    // Ends with the data service.
    tokio::spawn(async move {
        while served.changed().await.is_ok() {
            let catalog = served.borrow_and_update().clone();
            match Contract::try_from(&*catalog) {
                Ok(contract) => drop(sender.send_replace(Arc::new(contract))),
                Err(error) => tracing::error!(%error, "the gateway keeps the contract it has"),
            }
        }
    });
    Ok(contracts)
}
