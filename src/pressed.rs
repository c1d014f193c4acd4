//! What the buttons of `up`'s page do: they have a scenario of the catalog sent, for real. One that is about servers of a
//! certain kind is sent to such ones, started for it over the same database; any other to those that are up.

use meanwhile_catalog::Catalog;
use meanwhile_dashboard::{Asked, ScenarioTitle, Scenarios, Waits};
use meanwhile_play::{Played, Scenario, chart, play};
use meanwhile_telemetry::Telemetry;
use tokio::sync::mpsc;

use crate::own;
use crate::serving::{Options, Telemetries};

/// Sends what is asked for, one scenario after the other.
pub struct Sender {
    asked: mpsc::Receiver<Asked>,
    player: Telemetry,
    waits: Waits,
}

/// What the page may ask for, and who sends it. Its own spans are those of `player`.
pub fn buttons(catalog: &Catalog, player: Telemetry, waits: Waits) -> (Scenarios, Sender) {
    let (ask, asked) = mpsc::channel(1);
    (Scenarios::new(titles(catalog), ask), Sender { asked, player, waits })
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

impl Sender {
    /// Sends what is asked for as long as it is polled; `up` is how the services that are up work, and where.
    pub async fn send(&mut self, up: &Options, gateway: &str, telemetries: &Telemetries) {
        while let Some(Asked { name, sent }) = self.asked.recv().await {
            let result = self.send_one(&name, up, gateway, telemetries).await;
            if let Ok((scenario, played)) = &result {
                println!("{}", chart(played, &format!("  {}", scenario.title), played.total()));
            }
            // Whoever asked may have left.
            let _ = sent.send(result.map(|_| ()).map_err(|error| format!("{error:#}")));
        }
    }

    async fn send_one(
        &self,
        name: &str,
        up: &Options,
        gateway: &str,
        telemetries: &Telemetries,
    ) -> anyhow::Result<(Scenario, Played)> {
        let catalog = up.catalogs.borrow().clone();
        let scenario = Scenario::load(&catalog, name)?;
        let player = self.player.tracer();
        let played = match &scenario.servers {
            Some(servers) => {
                let options = own::options(servers, up.clone());
                own::play_on_own(options, &scenario, &player, telemetries, &self.waits).await?
            }
            None => play(&scenario, &gateway.parse()?, &player).await,
        };
        Ok((scenario, played))
    }
}
