//! A real Chromium, driven by the page's own scripts (services/dashboard/web/browser).

use std::{path::Path, time::Duration};

use anyhow::Result;
pub use meanwhile_testbed::browser::Browser;
use serde_json::Value;

/// A browser starts for seconds where the machine has other things to do.
pub const BOUND: Duration = Duration::from_secs(180);

/// The page's browser; none where the machine lacks it, or the page was not built: `make page` also brings what drives it.
pub fn find() -> Result<Option<Browser>> {
    Browser::find(&Path::new(env!("CARGO_MANIFEST_DIR")).join("services/dashboard/web"))
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
