//! A real Jaeger with storage in memory, run with the configuration that `deploy/` ships, on ports of its own. Spans go in
//! by OTLP/gRPC, traces come back by the HTTP interface that Jaeger's page uses.

mod traces;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    time::Duration,
};

use anyhow::{Context as _, Result};

pub use self::traces::{Link, Span, Trace};
use crate::{
    eventually::eventually,
    http,
    ports::free_port,
    process::{Process, command},
    tools::{Tool, require},
};

const START_BOUND: Duration = Duration::from_secs(30);

/// Services export every 200 ms and Jaeger stores at once; the rest is room for a busy machine.
const TRACES_BOUND: Duration = Duration::from_secs(20);

/// Another process may take a port between its choice and Jaeger's bind.
const ATTEMPTS: u32 = 3;

/// The most traces of one answer; the memory store keeps more.
const LIMIT: u32 = 10_000;

/// A running Jaeger.
#[derive(Debug)]
pub struct Jaeger {
    process: Process,
    otlp: SocketAddr,
    query: SocketAddr,
}

impl Jaeger {
    /// The one Jaeger of this test process: tests tell their traces apart by service names or trace ids. `None` where there
    /// is no Jaeger; see [`require`].
    ///
    /// # Panics
    /// Where Jaeger is there and does not start.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Jaeger> = OnceLock::new();
        let program = require(Tool::Jaeger)?;
        Some(SHARED.get_or_init(|| Self::start_program(&program)))
    }

    /// A Jaeger of the caller's own, ready for spans. `None` and panics as in [`Jaeger::shared`].
    pub fn start() -> Option<Self> {
        require(Tool::Jaeger).map(|program| Self::start_program(&program))
    }

    /// One of the caller's own whose page is `https`, under a base path; the files are PEM. `None` and panics as in
    /// [`Jaeger::shared`]. Only its address is of use: what else is here asks without TLS.
    pub fn start_tls(certificate: &Path, key: &Path, base_path: &str) -> Option<Self> {
        let set = [
            format!("extensions.jaeger_query.http.tls.cert_file={}", certificate.display()),
            format!("extensions.jaeger_query.http.tls.key_file={}", key.display()),
            format!("extensions.jaeger_query.base_path={base_path}"),
        ];
        require(Tool::Jaeger).map(|program| Self::attempt(|| Self::launch(&program, &set)))
    }

    fn start_program(program: &Path) -> Self {
        Self::attempt(|| {
            let jaeger = Self::launch(program, &[])?;
            eventually("an answer from Jaeger", START_BOUND, || {
                http::get(jaeger.query, "/api/services").ok()
            })?;
            Ok(jaeger)
        })
    }

    fn attempt(launch: impl Fn() -> Result<Self>) -> Self {
        let mut attempt = 1;
        loop {
            match launch() {
                Ok(jaeger) => return jaeger,
                Err(error) if attempt == ATTEMPTS => panic!("Jaeger does not start: {error:#}"),
                Err(_) => attempt += 1,
            }
        }
    }

    /// `set` is told besides the configuration's file.
    fn launch(program: &Path, set: &[String]) -> Result<Self> {
        let [otlp, otlp_http, query, query_grpc, health] = free_ports()?;
        let mut jaeger = command(program);
        jaeger
            .arg("--config")
            .arg(configuration("config.yaml"))
            .args(set.iter().flat_map(|set| ["--set", set]))
            .env("JAEGER_UI_CONFIG", configuration("ui.json"))
            .env("JAEGER_HOST", "127.0.0.1")
            .env("JAEGER_OTLP_GRPC_PORT", otlp.to_string())
            .env("JAEGER_OTLP_HTTP_PORT", otlp_http.to_string())
            .env("JAEGER_QUERY_HTTP_PORT", query.to_string())
            .env("JAEGER_QUERY_GRPC_PORT", query_grpc.to_string())
            .env("JAEGER_HEALTH_PORT", health.to_string());
        Self::await_ready(jaeger, loopback(otlp), loopback(query))
    }

    fn await_ready(command: Command, otlp: SocketAddr, query: SocketAddr) -> Result<Self> {
        let process = Process::start(command)?;
        process.wait_for_line("Everything is ready", START_BOUND)?;
        Ok(Self { process, otlp, query })
    }

    /// Where spans go: an OTLP/gRPC endpoint.
    pub fn otlp_url(&self) -> String {
        format!("http://{}", self.otlp)
    }

    /// The same, as an address.
    pub fn query(&self) -> SocketAddr {
        self.query
    }

    /// Where Jaeger's page and its HTTP interface are.
    pub fn query_url(&self) -> String {
        format!("http://{}", self.query)
    }

    /// What Jaeger has printed.
    pub fn lines(&self) -> Vec<String> {
        self.process.lines()
    }

    /// Every stored trace of the last hour that has a span of `service`. Traces appear span by span while services export them.
    pub fn traces(&self, service: &str) -> Result<Vec<Trace>> {
        let body =
            http::get(self.query, &format!("/api/traces?service={service}&limit={LIMIT}&lookback=1h"))?;
        traces::read(&body).with_context(|| format!("traces of {service}"))
    }

    /// The trace with this id (32 hexadecimal digits), when Jaeger has any of it.
    pub fn trace(&self, id: &str) -> Result<Option<Trace>> {
        // Jaeger answers 404 for a trace that it does not have (yet).
        let Ok(body) = http::get(self.query, &format!("/api/traces/{id}")) else { return Ok(None) };
        Ok(traces::read(&body)?.pop())
    }

    /// What its page is configured with: the JSON that stands in what it serves.
    pub fn ui_configuration(&self) -> Result<serde_json::Value> {
        let page = String::from_utf8(http::get(self.query, "/")?)?;
        let json = page.split("JAEGER_CONFIG = ").nth(1).context("no configuration on Jaeger's page")?;
        let json = serde_json::Deserializer::from_str(json).into_iter().next();
        Ok(json.context("an empty configuration")??)
    }

    /// Asks for the traces of `service` until `enough` holds, for at most 20 s. The error shows the spans that were there
    /// at the end.
    pub fn wait_for_traces(&self, service: &str, enough: impl Fn(&[Trace]) -> bool) -> Result<Vec<Trace>> {
        let mut last = Ok(Vec::new());
        let found = eventually("enough traces", TRACES_BOUND, || {
            last = self.traces(service);
            last.as_ref().is_ok_and(|traces| enough(traces)).then_some(())
        });
        let traces = last?;
        found.with_context(|| traces::outline(&traces))?;
        Ok(traces)
    }
}

fn configuration(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/jaeger").join(name)
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn free_ports<const N: usize>() -> Result<[u16; N]> {
    let mut ports = [0; N];
    for port in &mut ports {
        *port = free_port()?;
    }
    Ok(ports)
}
