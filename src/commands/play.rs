//! `meanwhile play`: sends a scenario's requests and draws them in time.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args as ClapArgs;
use http::Uri;
use meanwhile_catalog::Catalog;
use meanwhile_dashboard::Waits;
use meanwhile_data::DatabaseUrl;
use meanwhile_play::{Played, Scenario, chart, play, play_alone, slowdown};
use meanwhile_telemetry::Tracer;
use tokio::sync::watch;
use tonic::Code;

use crate::own::{self, play_on_own};
use crate::serving::{Options, Telemetries};
use crate::settings::{CatalogArgs, Latency, TelemetryArgs};

#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The scenario: scenarios/NAME.toml in the catalog's folder
    #[arg(value_name = "SCENARIO", default_value = "lecture")]
    scenario: String,
    #[command(flatten)]
    catalog: CatalogArgs,
    /// The gateway to send to
    #[arg(long, env = "MEANWHILE_GATEWAY", value_name = "URL", default_value = "http://127.0.0.1:8080")]
    gateway: Uri,
    /// Play on servers that are started for it and thrown away: one at a time first, then overlapped
    #[arg(long, conflicts_with = "gateway")]
    throw_away: bool,
    /// Send each request by itself first, and say how many times as long it takes among the others. All are sent twice
    #[arg(long, conflicts_with = "throw_away")]
    alone: bool,
    /// With --throw-away: add a stated delay to each trip, as things far away would
    #[arg(long, requires = "throw_away", value_name = "database=60ms,upstream=120ms", value_parser = crate::settings::latency)]
    simulate_latency: Option<Latency>,
    #[command(flatten)]
    telemetry: TelemetryArgs,
}

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let player = args.telemetry.start("meanwhile-play", true)?;
    let catalog = args.catalog.load()?;
    let scenario = Scenario::load(&catalog, &args.scenario)?;
    let own = scenario.servers.as_ref().filter(|_| args.throw_away).map(own::latency);
    print_heading(&scenario, args.simulate_latency.or(own).filter(|latency| *latency != Latency::default()));
    let result = match args.throw_away {
        true => before_and_after(&args, catalog, &scenario, player.tracer()).await,
        false => {
            let alone = match args.alone {
                true => Some(play_alone(&scenario, &args.gateway, &player.tracer()).await),
                false => None,
            };
            let played = play(&scenario, &args.gateway, &player.tracer()).await;
            println!("{}", chart(&played, "  from left to right: sent, waiting, answered", played.total()));
            println!("  one at a time the same would take {} ms", played.sum().as_millis());
            if let Some(alone) = &alone {
                println!("\n{}", slowdown(alone, &played));
            }
            Ok(all_ok(&played) && alone.as_ref().is_none_or(all_ok))
        }
    };
    player.shutdown().await;
    Ok(if result? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print_heading(scenario: &Scenario, latency: Option<Latency>) {
    println!("{}\n", scenario.title);
    for (index, request) in scenario.requests.iter().enumerate() {
        println!("  {:>2}  {}", index + 1, request.say);
    }
    if let Some(Latency { database, upstream }) = latency {
        let stated =
            |delay: Option<Duration>| humantime::format_duration(delay.unwrap_or_default()).to_string();
        let (database, upstream) = (stated(database), stated(upstream));
        println!("\n  simulated: {database} more on each trip to the database, {upstream} on each web call");
    }
    println!();
}

fn all_ok(played: &Played) -> bool {
    played.requests.iter().all(|request| request.code == Code::Ok)
}

/// The same requests against a synchronous server and against one that overlaps, drawn to the same scale.
async fn before_and_after(
    args: &Args,
    catalog: Arc<Catalog>,
    scenario: &Scenario,
    player: Tracer,
) -> anyhow::Result<bool> {
    let folder = tempfile::tempdir()?;
    let database = DatabaseUrl::new(format!("sqlite:{}", folder.path().join("play.sqlite").display()), None)?;
    meanwhile_data::migrate(&catalog, &database).await?;
    meanwhile_data::seed(&catalog, &database).await?;
    let telemetries = Telemetries::start(&args.telemetry)?;
    let servers = scenario.servers.clone().unwrap_or_default();
    let mut charts = Vec::new();
    for one_at_a_time in [true, false] {
        let options = Options {
            catalogs: watch::channel(catalog.clone()).1,
            database: database.clone(),
            pool: servers.pool,
            upstreams: Default::default(),
            latency: args.simulate_latency.unwrap_or_else(|| own::latency(&servers)),
            almanac_delay: Duration::ZERO,
            strict: true,
            batch: servers.batch,
            share: servers.share,
            fair: true,
            one_at_a_time,
        };
        charts.push(play_on_own(options, scenario, &player, &telemetries, &Waits::default()).await?);
    }
    telemetries.shutdown().await;
    print_comparison(&charts[0], &charts[1]);
    Ok(charts.iter().all(all_ok))
}

fn print_comparison(before: &Played, after: &Played) {
    let scale = before.total().max(after.total());
    println!("{}", chart(before, "  before: a synchronous server, one call at a time", scale));
    println!("{}", chart(after, "  after: while one waits, the others run", scale));
    let times = before.total().as_secs_f64() / after.total().as_secs_f64().max(f64::MIN_POSITIVE);
    println!("  {times:.1} times as fast, with the same database and the same web service\n");
}
