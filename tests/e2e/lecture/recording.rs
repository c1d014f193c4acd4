//! Scenarios that were played through separate services, and what Jaeger has of them. A recording is made once a test
//! program; its services have ended before it is looked at.

use std::{sync::OnceLock, time::Duration};

use anyhow::{Context as _, Result, ensure};
use meanwhile_play::Scenario;
use meanwhile_testbed::jaeger::Jaeger;

use super::{
    lane::Lane,
    player::{Player, scenario},
};
use crate::stack::{Database, Setup, Stack, catalog, sample};

pub const LATENCY: &str = "database=60ms,upstream=120ms";

/// The spans of the lecture: 5 of GetCity, 9 of GetOverview, 6 of GetDaylight.
const LECTURE_SPANS: usize = 20;

#[derive(Debug)]
pub struct Recording {
    /// A lane a request, in the order of their starts.
    pub lanes: Vec<Lane>,
}

impl Recording {
    /// The lecture with simulated latency; `None` where there is no Jaeger.
    pub fn overlapped() -> Option<&'static Self> {
        static RECORDING: OnceLock<Option<Recording>> = OnceLock::new();
        once(&RECORDING, || lecture("play-overlapped", |stack| stack, LECTURE_SPANS))
    }

    /// The same, one at a time.
    pub fn one_at_a_time() -> Option<&'static Self> {
        static RECORDING: OnceLock<Option<Recording>> = OnceLock::new();
        // Two of the three wait for their turn.
        once(&RECORDING, || lecture("play-one-at-a-time", Setup::one_at_a_time, LECTURE_SPANS + 2))
    }

    /// The lecture with statements that really wait, in PostgreSQL, and an almanac that does; `None` where there is no
    /// PostgreSQL or no Jaeger.
    pub fn real() -> Option<&'static Self> {
        static RECORDING: OnceLock<Option<Recording>> = OnceLock::new();
        once(&RECORDING, || real_lecture("play-real", |stack| stack, LECTURE_SPANS))
    }

    /// The same, one at a time.
    pub fn real_one_at_a_time() -> Option<&'static Self> {
        static RECORDING: OnceLock<Option<Recording>> = OnceLock::new();
        once(&RECORDING, || real_lecture("play-real-one-at-a-time", Setup::one_at_a_time, LECTURE_SPANS + 2))
    }

    /// Plays the scenario on this stack, from a service of this name, until Jaeger has as many spans of it.
    pub fn make(stack: Setup, name: &str, scenario: &Scenario, spans: usize) -> Result<Option<Self>> {
        let Some(jaeger) = Jaeger::shared() else { return Ok(None) };
        let stack = stack.otlp(&jaeger.otlp_url()).start()?;
        // The first time, connections are opened and statements prepared.
        Player::silent()?.play(scenario, &stack)?;
        let player = Player::traced(name, &jaeger.otlp_url())?;
        player.play(scenario, &stack)?;
        player.finish();
        let requests = scenario.requests.len();
        let traces = jaeger.wait_for_traces(name, |traces| {
            let stored: usize = traces.iter().map(|trace| trace.spans.len()).sum();
            traces.len() == requests && stored >= spans
        })?;
        let mut lanes: Vec<_> = traces.into_iter().map(|trace| Lane { trace }).collect();
        lanes.sort_by_key(|lane| lane.root().map(|root| root.start_us).unwrap_or_default());
        Ok(Some(Self { lanes }))
    }

    /// The lane of the only request to a method.
    pub fn lane(&self, method: &str) -> Result<&Lane> {
        let name = format!("cityscape.v1.Cities/{method}");
        let mut found = self.lanes.iter().filter(|lane| lane.root().is_ok_and(|root| root.operation == name));
        let lane = found.next().with_context(|| name.clone())?;
        ensure!(found.next().is_none(), "{name} was called twice");
        Ok(lane)
    }

    /// Each two requests.
    pub fn pairs(&self) -> impl Iterator<Item = (&Lane, &Lane)> {
        let lanes = self.lanes.iter().enumerate();
        lanes.flat_map(|(at, one)| self.lanes[at + 1..].iter().map(move |other| (one, other)))
    }
}

fn once(
    recording: &'static OnceLock<Option<Recording>>,
    make: impl FnOnce() -> Result<Option<Recording>>,
) -> Option<&'static Recording> {
    recording.get_or_init(|| make().unwrap_or_else(|error| panic!("{error:#}"))).as_ref()
}

fn lecture(name: &str, how: impl FnOnce(Setup) -> Setup, spans: usize) -> Result<Option<Recording>> {
    let stack = Stack::over(Database::sqlite()?).simulate(LATENCY);
    Recording::make(how(stack), name, &scenario("lecture")?, spans)
}

fn real_lecture(name: &str, how: impl FnOnce(Setup) -> Setup, spans: usize) -> Result<Option<Recording>> {
    let Some(database) = Database::postgres()? else { return Ok(None) };
    let sleepy = sleepy_sample()?;
    let stack = Stack::over(database).catalog(sleepy.path()).with_almanac_delay(Duration::from_millis(120));
    Recording::make(how(stack), name, &scenario("lecture")?, spans)
}

/// The sample, each statement of the lecture asleep for 60 ms in PostgreSQL before it answers.
fn sleepy_sample() -> Result<tempfile::TempDir> {
    let names = ["GetCity.sql", "GetOverview/city.sql", "GetOverview/country.sql", "GetOverview/nearest.sql"];
    let asleep = names.map(|name| {
        let file = format!("sql/cityscape.v1.Cities/{name}");
        let text = std::fs::read_to_string(sample().join(&file))?;
        // The statement's own FROM is the one at the start of a line.
        ensure!(text.matches("\nFROM ").count() == 1, "{file} has one FROM at the start of a line");
        Ok((file, text.replace("\nFROM ", "\nFROM pg_sleep(0.06) AS asleep CROSS JOIN ")))
    });
    let asleep: Vec<(String, String)> = asleep.into_iter().collect::<Result<_>>()?;
    let files: Vec<_> = asleep.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
    catalog::sample_with(&files)
}
