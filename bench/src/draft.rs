//! A database of 200 tables that nobody has seen: drafted, checked, served, and every read of it answered by grpcurl, as
//! its owner would try it out.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use meanwhile_catalog::Catalog;
use meanwhile_testbed::grpcurl::Grpcurl;
use meanwhile_testbed::postgres::{Cluster, Database};
use meanwhile_testbed::run::run;
use meanwhile_testbed::schemas::{Sql, generate};

use crate::figure::{Bar, Unit};
use crate::section::Section;
use crate::setup::Setup;
use crate::stack::{DatabaseAddress, command, serve};

/// How many tables there are.
const TABLES: usize = 200;

/// How many calls are made at a time: each is a program of its own.
const AT_A_TIME: usize = 4;

/// Longer than any step may take.
const BOUND: Duration = Duration::from_secs(120);

const STEPS: [&str; 4] = ["draft", "check", "until it is served", "every read by grpcurl"];

/// Measures it.
pub fn measure(setup: &Setup) -> Result<Section> {
    let title = format!("a draft of {TABLES} tables, PostgreSQL");
    let (Some(cluster), Some(grpcurl)) = (Cluster::shared(), Grpcurl::find()) else {
        return Ok(Section::left_out(title, "needs postgresql and grpcurl"));
    };
    let mut section = Section::new(title);
    let database = cluster.database()?;
    database.run(&generate(Sql::Postgres, TABLES))?;
    for _ in 0..setup.repeats {
        let folder = tempfile::tempdir()?;
        let taken = once(setup, &folder.path().join("own"), &database, &grpcurl)?;
        for (name, seconds) in STEPS.into_iter().zip(taken) {
            section.add(name, Unit::Seconds, seconds);
        }
        section.hold("in all", Unit::Seconds, taken.iter().sum(), Bar::AtMost(20.0));
    }
    Ok(section)
}

/// How long each step took.
fn once(setup: &Setup, folder: &Path, database: &Database, grpcurl: &Grpcurl) -> Result<[f64; 4]> {
    let address = DatabaseAddress::of(database);
    let with_database = |mut command: Command| {
        address.give_to(&mut command);
        command
    };
    let timed = |command: Command| -> Result<f64> {
        let start = Instant::now();
        run(&mut with_database(command), b"", BOUND)?.success()?;
        Ok(start.elapsed().as_secs_f64())
    };
    let mut draft = command(setup, folder, "draft");
    draft.args(["--package", "own.v1"]);
    let drafted = timed(draft)?;
    let checked = timed(command(setup, folder, "check"))?;
    let start = Instant::now();
    let service = serve(with_database(command(setup, folder, "up")))?;
    let served = start.elapsed().as_secs_f64();
    let catalog = Catalog::load(folder).map_err(|findings| anyhow::anyhow!("{findings}"))?;
    let start = Instant::now();
    read_all(grpcurl, service.address(), &catalog)?;
    Ok([drafted, checked, served, start.elapsed().as_secs_f64()])
}

/// Calls each list, and the Get of its first row.
fn read_all(grpcurl: &Grpcurl, address: String, catalog: &Catalog) -> Result<()> {
    let lists: Vec<&str> = catalog
        .methods
        .iter()
        .filter(|method| method.page.is_some())
        .map(|method| &method.path[1..])
        .collect();
    anyhow::ensure!(lists.len() == TABLES, "{} lists", lists.len());
    let read = |list: &str| -> Result<()> {
        let page = grpcurl.call(&address, &[], list, "{\"pageSize\": 1}")?.message()?;
        let row = page.as_object().and_then(|page| page.values().find_map(|rows| rows.get(0)));
        let row = row.with_context(|| format!("{list}: no row"))?;
        let service = list.split_once('/').map_or("", |(service, _)| service);
        let get = catalog.methods.iter().find(|method| method.path.starts_with(&format!("/{service}/Get")));
        let get = get.with_context(|| format!("{service} has no Get"))?;
        let names =
            get.descriptor.input().fields().map(|field| field.json_name().to_owned()).collect::<Vec<_>>();
        let key = names.into_iter().filter_map(|name| Some((name.clone(), row.get(name)?.clone())));
        let key = serde_json::Value::Object(key.collect()).to_string();
        grpcurl.call(&address, &[], &get.path[1..], &key)?.message().map(drop)
    };
    std::thread::scope(|scope| {
        let share = |share: Vec<&str>| share.into_iter().try_for_each(read);
        let shares: Vec<_> = (0..AT_A_TIME)
            .map(|first| lists.iter().copied().skip(first).step_by(AT_A_TIME).collect::<Vec<_>>())
            .map(|own| scope.spawn(move || share(own)))
            .collect();
        shares
            .into_iter()
            .try_for_each(|share| share.join().map_err(|_| anyhow::anyhow!("a reader panicked"))?)
    })
}
