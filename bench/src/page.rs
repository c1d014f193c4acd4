//! The dashboard's page with ten thousand requests on it, in a real browser: how soon they are seen, how long a drawing takes while
//! they are moved and zoomed, how long after a wait's end it is there, and how large the script is. The browser draws without a
//! graphics card, on the processor that it shares with the services.

mod lanes;

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, ensure};
use meanwhile_testbed::browser::Browser;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use serde::Deserialize;

use crate::dashboard::Dashboard;
use crate::figure::{Bar, Unit, quantile};
use crate::section::Section;
use crate::setup::Setup;
use crate::stack::up;

/// As many as the page asks for at most, with what is called while it is looked at.
const REQUESTS: usize = 9_990;

/// What the browser found: times are milliseconds.
#[derive(Debug, Deserialize)]
struct Found {
    /// Live, and of a window; and how long the dashboard took for the lanes of each.
    first: [f64; 2],
    asked: [f64; 2],
    lanes: usize,
    drawn: Vec<f64>,
    after: Vec<f64>,
    script: f64,
    faults: Vec<String>,
}

/// Measures it.
pub fn measure(setup: &Setup) -> Result<Section> {
    let title = "the dashboard's page with 10000 requests";
    let Some(browser) =
        Browser::find(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../services/dashboard/web"))?
    else {
        let why = "needs Node 20 and chromium (tools/install.sh), and the page (make page, then cargo builds it in)";
        return Ok(Section::left_out(title, why));
    };
    let mut section = Section::new(title);
    let folder = tempfile::tempdir()?;
    for _ in 0..setup.repeats {
        let found = round(setup, &browser, &folder.path().join("bench.sqlite"))?;
        let drawn = quantile(&found.drawn, 0.95);
        let latest = quantile(&found.after, 1.0);
        for (number, opened) in ["live", "at a window"].into_iter().enumerate() {
            let [first, asked] = [found.first, found.asked].map(|times| times[number] / 1e3);
            section.hold(&format!("first picture, {opened}"), Unit::Seconds, first, Bar::AtMost(1.0));
            section.add(&format!("first picture, {opened}: the dashboard's share"), Unit::Seconds, asked);
        }
        section.hold(
            "a drawing while it is moved and zoomed: p95",
            Unit::Seconds,
            drawn / 1e3,
            Bar::AtMost(0.008),
        );
        section.hold(
            "a wait's end is on the page after, the latest of 5",
            Unit::Seconds,
            latest / 1e3,
            Bar::AtMost(1.0),
        );
        section.hold("the script, packed", Unit::Bytes, found.script, Bar::AtMost(150e3));
    }
    Ok(section)
}

/// A dashboard that has seen nothing yet, and a server whose spans it takes too: a page follows only the last seconds.
fn round(setup: &Setup, browser: &Browser, database: &Path) -> Result<Found> {
    let dashboard = Dashboard::start(setup)?;
    let url = &dashboard.url;
    let server = up(setup, database, &["--otlp", url])?;

    let end = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos())?;
    let start = end - REQUESTS as u64 * lanes::APART - lanes::LONGEST;
    setup.runtime.block_on(send(url, start))?;
    let millis = |nanos: u64| nanos / 1_000_000;
    let query = format!("?from={}&to={}", millis(start), millis(end) + 1);
    let found = browser.run("measure.mjs", &[&format!("{url}/"), &server.url(), &query])?;
    let found: Found = serde_json::from_value(found)?;
    ensure!(found.faults.is_empty(), "faults on the page: {:?}", found.faults);
    ensure!(found.lanes >= REQUESTS, "{} requests on the page", found.lanes);
    Ok(found)
}

async fn send(url: &str, start: u64) -> Result<()> {
    let mut client = TraceServiceClient::connect(url.to_owned()).await?;
    for some in lanes::requests(REQUESTS, start) {
        client.export(some).await?;
    }
    Ok(())
}
