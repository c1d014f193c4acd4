//! 10,000 calls that wait for a web service at once, sent straight to the data service: whether all are answered, how long
//! they take, and what memory that costs. Over HTTP/2, as the sample's catalog has it, and over HTTP/1.1, where each waiting
//! call is a connection.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use meanwhile_testbed::run::run;
use rustix::process::{Resource, getrlimit};

use crate::cpu;
use crate::figure::{Bar, Figure, Section, Unit};
use crate::requests::Requests;
use crate::setup::Setup;
use crate::stack::{DatabaseAddress, Options, Stack, command};

const CALLS: usize = 10_000;

const DELAY: Duration = Duration::from_millis(500);

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

    let title = format!("{CALLS} GetDaylight at once, the almanac takes {} ms", DELAY.as_millis());
    let mut section = Section { title, ..Default::default() };
    section.figures.extend(with_protocol(setup, &setup.catalog, &database, "HTTP/2")?);
    let limit = getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX);
    match limit >= DESCRIPTORS {
        true => {
            let catalog = catalog_over_http1(setup, folder.path())?;
            section.figures.extend(with_protocol(setup, &catalog, &database, "HTTP/1.1")?);
        }
        false => section.notes.push(format!(
            "HTTP/1.1 left out: it needs {DESCRIPTORS} file descriptors, the limit is {limit}"
        )),
    }
    Ok(section)
}

fn with_protocol(
    setup: &Setup,
    catalog: &Path,
    database: &DatabaseAddress,
    protocol: &str,
) -> Result<Vec<Figure>> {
    let options = Options { catalog, database: database.clone(), almanac_delay: DELAY, otlp: None };
    let stack = Stack::start(setup, &options)?;
    let sender = stack.data.sender()?;
    let requests = Requests::daylight(CALLS);
    let idle = cpu::memory_now(stack.data.id())?;
    let (mut totals, mut fewest) = (Vec::new(), CALLS);
    for _ in 0..setup.repeats {
        let burst = setup.runtime.block_on(sender.burst(&requests))?;
        if let Some(failure) = &burst.first_failure {
            eprintln!("  {protocol}: {} of {CALLS} failed, the first with {failure}", CALLS - burst.ok);
        }
        totals.push(burst.total.as_secs_f64());
        fewest = fewest.min(burst.ok);
    }
    let peak = cpu::peak_memory(stack.data.id())?;
    let figure = |name: &str, unit, values| Figure::new(format!("{protocol}: {name}"), unit, values);
    Ok(vec![
        figure("answered", Unit::Count, vec![fewest as f64]).bar(Bar::AtLeast(CALLS as f64)),
        figure("until the last reply", Unit::Seconds, totals),
        figure("the data service's memory, idle", Unit::Bytes, vec![idle]),
        figure("the data service's memory, at most", Unit::Bytes, vec![peak]),
    ])
}

/// A copy of the catalog whose almanac is spoken to in HTTP/1.1.
fn catalog_over_http1(setup: &Setup, folder: &Path) -> Result<PathBuf> {
    let copy = folder.join("catalog");
    copy_folder(&setup.catalog, &copy)?;
    let manifest = copy.join("catalog.toml");
    let text = fs::read_to_string(&manifest)?;
    let changed = text.replace(r#"protocol = "h2c""#, r#"protocol = "http1""#);
    anyhow::ensure!(changed != text, "the sample's catalog.toml does not speak h2c to the almanac");
    fs::write(&manifest, changed)?;
    Ok(copy)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy_folder(&entry.path(), &target)?,
            false => {
                fs::copy(entry.path(), &target)?;
            }
        }
    }
    Ok(())
}
