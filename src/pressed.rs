//! What the buttons of `up`'s page do: they have a scenario of the catalog sent, for real. One that is about servers of a
//! certain kind is sent to such ones, started for it over the same database; any other to those that are up.

use http::Uri;
use meanwhile_catalog::Catalog;
use meanwhile_dashboard::{Asked, ScenarioTitle, Scenarios, Waits};
use meanwhile_play::{Played, Scenario, Seen, Spans, play};
use meanwhile_telemetry::Telemetry;
use tokio::sync::mpsc;

use crate::drawn::Drawn;
use crate::own;
use crate::serving::{Options, Telemetries};
use crate::settings::TelemetryArgs;

/// Sends what is asked for, one scenario after the other.
pub struct Sender {
    asked: mpsc::Receiver<Asked>,
    dashboard: Uri,
    telemetry: TelemetryArgs,
    player: Telemetry,
    waits: Waits,
}

/// What the page of that dashboard may ask for, and who sends it. Spans go where `telemetry` says.
pub fn buttons(
    catalog: &Catalog,
    dashboard: Uri,
    telemetry: TelemetryArgs,
    waits: Waits,
) -> anyhow::Result<(Scenarios, Sender)> {
    let (ask, asked) = mpsc::channel(1);
    let player = telemetry.start("meanwhile-play", false)?;
    Ok((Scenarios::new(titles(catalog), ask), Sender { asked, dashboard, telemetry, player, waits }))
}

fn titles(catalog: &Catalog) -> Vec<ScenarioTitle> {
    let mut found: Vec<(u32, ScenarioTitle)> = Vec::new();
    for name in Scenario::names(&catalog.root) {
        match Scenario::load(catalog, &name) {
            Ok(Scenario { title, about, place, .. }) => {
                found.push((place, ScenarioTitle { name, title, about: about.trim().to_owned() }));
            }
            Err(error) => tracing::warn!(%error, "a scenario has no button"),
        }
    }
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, title)| title).collect()
}

/// What was sent.
struct Sent {
    scenario: Scenario,
    played: Played,
    spans: Spans,
}

impl Sender {
    /// Sends what is asked for as long as it is polled; `up` is how the services that are up work, and where.
    pub async fn send(&mut self, up: &Options, gateway: &str) {
        while let Some(Asked { name, sent }) = self.asked.recv().await {
            let (result, drawn) = match self.send_one(&name, up, gateway).await {
                Ok(drawn) => (Ok(()), Some(drawn)),
                Err(error) => (Err(format!("{error:#}")), None),
            };
            // Whoever asked may have left.
            let _ = sent.send(result);
            if let Some(sent) = drawn {
                self.draw(sent).await;
            }
        }
    }

    async fn send_one(&self, name: &str, up: &Options, gateway: &str) -> anyhow::Result<Sent> {
        let catalog = up.catalogs.borrow().clone();
        let scenario = Scenario::load(&catalog, name)?;
        let player = self.player.tracer();
        let (played, spans) = match &scenario.servers {
            Some(servers) => {
                let options = own::options(servers, up.clone());
                // Theirs alone, so that all of it is sent when they end.
                let telemetries = Telemetries::start(&self.telemetry)?;
                let played = own::play_on_own(options, &scenario, &player, &telemetries, &self.waits).await;
                telemetries.shutdown().await;
                (played?, Spans::Sent)
            }
            None => (play(&scenario, &gateway.parse()?, &player).await, Spans::OnTheirWay),
        };
        Ok(Sent { scenario, played, spans })
    }

    async fn draw(&self, Sent { scenario, played, spans }: Sent) {
        let seen = Seen::ask(&self.dashboard, &played, spans).await;
        let drawn = Drawn { played, seen };
        println!("{}", drawn.picture(&format!("  {}", scenario.title), drawn.total()));
    }
}
