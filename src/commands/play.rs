//! `meanwhile play`: sends a scenario's requests and draws them in time.

mod before_and_after;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use clap::Args as ClapArgs;
use http::Uri;
use meanwhile_catalog::Catalog;
use meanwhile_play::{Played, Scenario, Seen, Spans, Told, play, play_alone, reach, slowdown, told};
use meanwhile_telemetry::Tracer;
use tonic::Code;

use self::before_and_after::before_and_after;
use crate::drawn::Drawn;
use crate::own;
use crate::settings::{CatalogArgs, Latency, TelemetryArgs};

/// Where `up` and `dashboard` have theirs.
const DASHBOARD: &str = "http://127.0.0.1:8090";

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
    /// The dashboard that tells what each request waited for [default: http://127.0.0.1:8090, or with --throw-away one of its
    /// own]; without one it is drawn as the client saw it
    #[arg(long, env = "MEANWHILE_DASHBOARD", value_name = "URL")]
    dashboard: Option<Uri>,
    /// Play on servers that are started for it and thrown away: one at a time first, then overlapped
    #[arg(long, conflicts_with = "gateway")]
    throw_away: bool,
    /// Send each request by itself first, and say how many times as long it takes among the others. All are sent twice
    #[arg(long, conflicts_with = "throw_away")]
    alone: bool,
    /// With --throw-away: add a stated delay to each trip, as things far away would
    #[arg(long, requires = "throw_away", value_name = "database=60ms,upstream=120ms", value_parser = crate::settings::latency)]
    simulate_latency: Option<Latency>,
    /// Tell it as JSON, to the nanosecond, instead of drawing it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    telemetry: TelemetryArgs,
}

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let player = args.telemetry.start("meanwhile-play", true)?;
    let catalog = args.catalog.load()?;
    let scenario = Scenario::load(&catalog, &args.scenario)?;
    if !args.json {
        let own = scenario.servers.as_ref().filter(|_| args.throw_away).map(own::latency);
        print_heading(
            &scenario,
            args.simulate_latency.or(own).filter(|latency| *latency != Latency::default()),
        );
    }
    let result = match args.throw_away {
        true => thrown_away(&args, catalog, &scenario, &player.tracer()).await,
        false => as_it_is(&args, &scenario, &player.tracer()).await,
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
        let stated = |delay: Option<Duration>, on: &str| {
            Some(format!("{} more on each {on}", humantime::format_duration(delay?)))
        };
        let stated = [stated(database, "trip to the database"), stated(upstream, "web call")];
        println!("\n  simulated: {}", stated.into_iter().flatten().collect::<Vec<_>>().join(", "));
    }
    println!();
}

fn print_json(scenario: &Scenario, plays: &[Told]) -> anyhow::Result<()> {
    let document = serde_json::json!({"title": scenario.title, "plays": plays});
    println!("{}", serde_json::to_string_pretty(&document)?);
    Ok(())
}

fn all_ok(played: &Played) -> bool {
    played.requests.iter().all(|request| request.code == Code::Ok)
}

/// On the servers that are there. Gives whether all went well.
async fn as_it_is(args: &Args, scenario: &Scenario, player: &Tracer) -> anyhow::Result<bool> {
    if let Err(error) = reach(&args.gateway).await {
        let gateway = &args.gateway;
        bail!(
            "no gateway answers at {gateway} ({error}): `meanwhile up` starts one, and --throw-away needs none"
        );
    }
    let alone = match args.alone {
        true => Some(play_alone(scenario, &args.gateway, player).await),
        false => None,
    };
    let played = play(scenario, &args.gateway, player).await;
    let dashboard = args.dashboard.clone().unwrap_or(Uri::from_static(DASHBOARD));
    let seen = Seen::ask(&dashboard, &played, Spans::OnTheirWay).await;
    let drawn = Drawn { played, seen };
    match args.json {
        true => {
            let alone = alone.iter().map(|alone| told("alone", alone, None));
            let all = alone.chain([told("", &drawn.played, Some(&drawn.seen))]);
            print_json(scenario, &all.collect::<Vec<_>>())?;
        }
        false => {
            let what = match drawn.seen {
                Ok(_) => "  from left to right: what each request's time went on",
                Err(_) => "  from left to right: sent, waiting, answered",
            };
            println!("{}", drawn.picture(what, drawn.total()));
            if let Some(page) = drawn.page() {
                println!("  the same on the page: {page}");
            }
            if let Some(alone) = &alone {
                println!("\n{}", slowdown(alone, &drawn.played));
            }
        }
    }
    Ok(all_ok(&drawn.played) && alone.as_ref().is_none_or(all_ok))
}

/// On servers of its own.
async fn thrown_away(
    args: &Args,
    catalog: Arc<Catalog>,
    scenario: &Scenario,
    player: &Tracer,
) -> anyhow::Result<bool> {
    let both = before_and_after(args, catalog, scenario, player).await?;
    let named = ["before", "after"].into_iter().zip(&both);
    match args.json {
        true => {
            let all = named.map(|(name, drawn)| told(name, &drawn.played, Some(&drawn.seen)));
            print_json(scenario, &all.collect::<Vec<_>>())?;
        }
        false => print_comparison(&both),
    }
    Ok(both.iter().all(|drawn| all_ok(&drawn.played)))
}

fn print_comparison(both: &[Drawn]) {
    let headings =
        ["  before: a synchronous server, one call at a time", "  after: while one waits, the others run"];
    let scale = both.iter().map(Drawn::total).max().unwrap_or_default();
    for (heading, drawn) in headings.iter().zip(both) {
        println!("{}", drawn.picture(heading, scale));
        if let Some(page) = drawn.page() {
            println!("  the same on the page: {page}\n");
        }
    }
    let [before, after] = [both.first(), both.last()]
        .map(|drawn| drawn.map(|drawn| drawn.played.total()).unwrap_or_default().as_secs_f64());
    let times = before / after.max(f64::MIN_POSITIVE);
    println!("  {times:.1} times as fast, with the same database and the same web service\n");
}
