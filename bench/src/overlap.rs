//! How far ten calls overlap that each sleep 100 ms in PostgreSQL, by the timeline's figure: through a pool of one as one after
//! the other, through a pool of ten tenfold.

use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use meanwhile_proto::v1::GetWindowRequest;

use crate::dashboard::Dashboard;
use crate::figure::{Bar, Unit};
use crate::requests::Requests;
use crate::section::Section;
use crate::setup::{NO_POSTGRES, Setup};
use crate::sleeps::{SLEEP, write_catalog};
use crate::stack::{DatabaseAddress, Options, Stack};

const CALLS: usize = 10;

/// How far the figure may be from what it has to be.
const TOLERANCE: f64 = 0.05;

/// Measures it.
pub fn measure(setup: &Setup) -> Result<Section> {
    let mut section =
        Section::new(format!("overlap of {CALLS} calls that sleep 100 ms in PostgreSQL, by the timeline"));
    let Some(postgres) = setup.postgres()? else {
        return Ok(Section::left_out(section.title, NO_POSTGRES));
    };
    let folder = tempfile::tempdir()?;
    write_catalog(folder.path())?;
    for (connections, expected) in [(1, 1.0), (CALLS, CALLS as f64)] {
        let (dashboard, database) = (Dashboard::start(setup)?, postgres.another()?);
        let options = Options::new(folder.path(), DatabaseAddress::of(&database));
        let options = Options { pool: connections, otlp: Some(dashboard.url.clone()), ..options };
        let stack = Stack::start(setup, &options)?;
        let bar = Bar::Between(expected * (1.0 - TOLERANCE), expected * (1.0 + TOLERANCE));
        for round in 0..=setup.repeats {
            let overlap = overlap(setup, &stack, &dashboard)?;
            // The first round opens connections and prepares statements.
            if round > 0 {
                section.hold(&format!("pool of {connections}"), Unit::Ratio, overlap, bar);
            }
        }
    }
    Ok(section)
}

/// Of one burst.
fn overlap(setup: &Setup, stack: &Stack, dashboard: &Dashboard) -> Result<f64> {
    let requests = Arc::new(Requests::numbered(SLEEP, 0..CALLS as i64));
    let start = SystemTime::now();
    stack.gateway.load().burst(&requests)?.complete(CALLS)?;
    let window = GetWindowRequest {
        start_time: Some(start.into()),
        end_time: Some(SystemTime::now().into()),
        method: SLEEP.trim_start_matches('/').to_owned(),
        ..GetWindowRequest::default()
    };
    let figures = setup.runtime.block_on(dashboard.figures(&window, CALLS))?;
    Ok(figures.overlap.context("no overlap")?.factor)
}
