//! A real Chromium, driven by the page's own scripts (services/dashboard/web/browser).

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::Result;
use meanwhile_testbed::{Tool, require, run::run};
use serde_json::Value;

/// A browser starts for seconds where the machine has other things to do.
pub const BOUND: Duration = Duration::from_secs(180);

/// A browser, and what drives it.
pub struct Browser {
    node: PathBuf,
    chromium: String,
}

impl Browser {
    /// None where the machine lacks one of them, or the page was not built: `make page` also brings what drives the browser.
    pub fn find() -> Result<Option<Self>> {
        let (Some(node), Some(chromium)) = (require(Tool::Node), require(Tool::Chromium)) else {
            return Ok(None);
        };
        if ["dist/index.html", "node_modules/playwright-core"].iter().all(|name| web().join(name).exists()) {
            return Ok(Some(Self { node, chromium: chromium.display().to_string() }));
        }
        anyhow::ensure!(std::env::var("CI").is_err(), "the page is not built: tools/page.sh");
        eprintln!("SKIPPED the page in a browser: needs `make page`");
        Ok(None)
    }

    /// What a script found.
    pub fn run(&self, script: &str, arguments: &[&str]) -> Result<Value> {
        let script = format!("browser/{script}");
        let words = [&[script.as_str(), &self.chromium], arguments].concat();
        Ok(serde_json::from_str(&run(&mut self.command(&words), b"", BOUND)?.success()?)?)
    }

    /// Sends a body to a URL, as JSON.
    pub fn post(&self, url: &str, body: &str) -> Result<()> {
        let send = "fetch(process.argv[1], {method: 'POST', headers: {'content-type': 'application/json'}, body: process.argv[2]})
            .then((reply) => process.exit(reply.ok ? 0 : 1))";
        run(&mut self.command(&["-e", send, url, body]), b"", BOUND)?.success()?;
        Ok(())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.node);
        command.current_dir(web()).args(arguments);
        command
    }
}

fn web() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("services/dashboard/web")
}

/// The page's rows say what the service's lanes do, to the microsecond.
pub fn assert_same_lanes(rows: &Value, told: &Value) {
    let row = |lane: &Value| {
        let segments = lane["segments"].as_array().into_iter().flatten();
        let segments = segments.map(|part| serde_json::json!([part["kind"], millis(&part["durationNs"])]));
        serde_json::json!({
            "trace": lane["traceId"],
            "method": lane["method"],
            "took": millis(&lane["durationNs"]),
            "segments": Value::Array(segments.collect()),
        })
    };
    let lanes: Vec<Value> = told["lanes"].as_array().into_iter().flatten().map(row).collect();
    assert_eq!(*rows, Value::Array(lanes));
}

/// Milliseconds with three decimals, as the table has them.
fn millis(nanos: &Value) -> Option<String> {
    let micros = (nanos.as_str()?.parse::<u64>().ok()? + 500) / 1000;
    Some(format!("{}.{:03}", micros / 1000, micros % 1000))
}

/// The overlap as the page writes it.
pub fn overlap(told: &Value) -> Option<String> {
    let factor = told["figures"]["overlap"]["factor"].as_f64()?;
    Some(if factor < 9.95 { format!("{factor:.1}\u{202f}×") } else { format!("{factor:.0}\u{202f}×") })
}
