//! 10,000 calls at once to a method that is one `.http` file, sent straight to the data service: what a web service that
//! takes 100 ms adds to the whole, whether all are answered, and what memory so many waiting calls take. Over HTTP/2, as the
//! sample's catalog has it; over HTTP/1.1, where each waiting call is a connection, only that all are answered.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use meanwhile_testbed::run::run;
use rustix::process::{Resource, getrlimit};

use crate::catalog_files::copy;
use crate::cpu;
use crate::figure::{Bar, Unit};
use crate::load::Burst;
use crate::requests::Requests;
use crate::section::Section;
use crate::setup::Setup;
use crate::stack::{DatabaseAddress, Options, Stack, command};

const CALLS: usize = 10_000;

const DELAY: Duration = Duration::from_millis(100);

/// So long that all calls wait at the same time.
const LONG: Duration = Duration::from_secs(2);

/// Each is a stack of its own: what was once needed is not given back.
const MEMORY_ROUNDS: usize = 5;

/// One connection a call over HTTP/1.1, and what else a process has open.
const DESCRIPTORS: u64 = CALLS as u64 + 500;

const SEEDING: Duration = Duration::from_secs(60);

/// Measures it.
pub fn measure(setup: &Setup) -> Result<Section> {
    let folder = tempfile::tempdir()?;
    let database = DatabaseAddress::sqlite(&folder.path().join("bench.sqlite"));
    let mut migrate = command(setup, &setup.catalog, "migrate");
    database.give_to(&mut migrate);
    run(&mut migrate, b"", SEEDING)?.success()?;

    let mut section = Section::new(format!("{CALLS} GetDaylight at once, data alone"));
    let options = Options::new(&setup.catalog, database);
    let requests = Arc::new(Requests::daylight(CALLS));
    added(setup, &options, &requests, &mut section)?;
    memory(setup, &Options { almanac_delay: LONG, ..options.clone() }, &requests, &mut section)?;
    let limit = getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX);
    match limit >= DESCRIPTORS {
        true => {
            let catalog = catalog_over_http1(setup, folder.path())?;
            let options = Options { catalog: &catalog, almanac_delay: DELAY, ..options };
            over_http1(setup, &options, &requests, &mut section)?;
        }
        false => section.note(format!(
            "HTTP/1.1 left out: it needs {DESCRIPTORS} file descriptors, the limit is {limit}"
        )),
    }
    Ok(section)
}

/// What the web service's time adds.
fn added(
    setup: &Setup,
    options: &Options<'_>,
    requests: &Arc<Requests>,
    section: &mut Section,
) -> Result<()> {
    let instant = Stack::start(setup, options)?;
    let delayed = Stack::start(setup, &Options { almanac_delay: DELAY, ..options.clone() })?;
    for round in 0..=setup.repeats {
        let without = burst(&instant, requests)?;
        let with = burst(&delayed, requests)?;
        // The first round opens connections.
        if round == 0 {
            continue;
        }
        answered(section, "HTTP/2: answered", without.ok.min(with.ok));
        let [without, with] = [without, with].map(|burst| burst.total.as_secs_f64());
        section.add("the almanac answers at once: T(0)", Unit::Seconds, without);
        section.add("the almanac takes 100 ms: T(100ms)", Unit::Seconds, with);
        section.hold("T(100ms) - T(0)", Unit::Seconds, with - without, Bar::AtMost(0.130));
    }
    Ok(())
}

/// What memory the data service takes for them, anew in each round.
fn memory(
    setup: &Setup,
    options: &Options<'_>,
    requests: &Arc<Requests>,
    section: &mut Section,
) -> Result<()> {
    for _ in 0..setup.repeats.min(MEMORY_ROUNDS) {
        let stack = Stack::start(setup, options)?;
        let idle = cpu::memory_now(stack.data.id())?;
        burst(&stack, requests)?.complete(CALLS)?;
        let above = cpu::peak_memory(stack.data.id())? - idle;
        section.add("the data service's memory, idle", Unit::Bytes, idle);
        section.hold("the same with all waiting, above idle", Unit::Bytes, above, Bar::AtMost(200e6));
    }
    Ok(())
}

fn over_http1(
    setup: &Setup,
    options: &Options<'_>,
    requests: &Arc<Requests>,
    section: &mut Section,
) -> Result<()> {
    let stack = Stack::start(setup, options)?;
    for _ in 0..setup.repeats {
        let burst = burst(&stack, requests)?;
        answered(section, "HTTP/1.1: answered", burst.ok);
        section.add("HTTP/1.1: T(100ms)", Unit::Seconds, burst.total.as_secs_f64());
    }
    Ok(())
}

fn burst(stack: &Stack, requests: &Arc<Requests>) -> Result<Burst> {
    let burst = stack.data.load().burst(requests)?;
    if let Some(failure) = &burst.first_failure {
        eprintln!("  {} of {CALLS} failed, the first with {failure}", CALLS - burst.ok);
    }
    Ok(burst)
}

/// The figure is what the worst round had: one call that is not answered is one too many.
fn answered(section: &mut Section, name: &str, ok: usize) {
    section.hold(name, Unit::Fewest, ok as f64, Bar::AtLeast(CALLS as f64));
}

/// A copy of the catalog whose almanac is spoken to in HTTP/1.1.
fn catalog_over_http1(setup: &Setup, folder: &Path) -> Result<PathBuf> {
    let target = folder.join("catalog");
    copy(&setup.catalog, &target)?;
    let manifest = target.join("catalog.toml");
    let text = fs::read_to_string(&manifest)?;
    let changed = text.replace(r#"protocol = "h2c""#, r#"protocol = "http1""#);
    anyhow::ensure!(changed != text, "the sample's catalog.toml does not speak h2c to the almanac");
    fs::write(&manifest, changed)?;
    Ok(target)
}
