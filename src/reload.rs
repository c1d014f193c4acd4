//! The catalog's folder, read again on SIGHUP and, with `--watch`, whenever its files have changed and lie still. A
//! reading with findings is told, and the one before it stays.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use clap::Args;
use meanwhile_catalog::{Catalog, Changes, Findings, Look};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::colour::Paint;

/// How often the folder is looked at. Two equal looks mean that nobody writes there just now.
const PAUSE: Duration = Duration::from_millis(300);

/// How often a reading during which files changed is begun again, before what was read is taken as it is.
const READINGS: usize = 20;

/// When the catalog is read again.
#[derive(Debug, Clone, Copy, Args)]
pub struct ReloadArgs {
    /// Serve the catalog's changes when they are saved; on SIGHUP it is read again in any case
    #[arg(long, env = "MEANWHILE_WATCH")]
    watch: bool,
}

/// A catalog's folder that was read once, and is to be read again.
#[derive(Debug)]
pub struct Source {
    folder: PathBuf,
    watches: bool,
    hangup: Option<Signal>,
    had_terminal: bool,
    /// The folder as it was when it was read last.
    read: Look,
    /// The last reading that was taken.
    catalog: Arc<Catalog>,
}

impl Source {
    /// Reads the catalog for the first time. From here on SIGHUP does not end the process.
    ///
    /// # Errors
    /// A catalog with findings; they are printed.
    pub async fn open(folder: PathBuf, args: ReloadArgs) -> anyhow::Result<Self> {
        let hangup = signal(SignalKind::hangup());
        let hangup = hangup.inspect_err(|error| tracing::error!(%error, "cannot catch SIGHUP")).ok();
        let had_terminal = std::io::stderr().is_terminal();
        let (read, loaded) = load(&folder).await?;
        match loaded {
            Ok(catalog) => {
                let catalog = Arc::new(catalog);
                Ok(Self { folder, watches: args.watch, hangup, had_terminal, read, catalog })
            }
            Err(findings) => {
                tell(&findings, &folder);
                bail!("the catalog {} has findings", folder.display())
            }
        }
    }

    /// The first reading.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// Sends what `admit` makes of each further reading, until `shutdown`. What it refuses is told, and not sent.
    pub fn follow<T, F>(
        mut self,
        sender: watch::Sender<T>,
        admit: impl Fn(Arc<Catalog>) -> F + Send + 'static,
        shutdown: CancellationToken,
    ) where
        T: Send + Sync + 'static,
        F: Future<Output = anyhow::Result<T>> + Send + 'static,
    {
        tokio::spawn(async move {
            while let Some(()) = shutdown.run_until_cancelled(self.wake()).await {
                if self.had_terminal && !std::io::stderr().is_terminal() {
                    // That SIGHUP was what its name says: whoever started this is gone.
                    return shutdown.cancel();
                }
                let Some(catalog) = self.read_again().await else { continue };
                match admit(catalog.clone()).await {
                    Ok(admitted) => {
                        self.tell_changes(&catalog);
                        self.catalog = catalog;
                        sender.send_replace(admitted);
                    }
                    Err(error) => {
                        print(&format!("meanwhile: {error:#}\n"));
                        tracing::error!("the changed catalog is not served; the one before it is");
                    }
                }
            }
        });
    }

    /// Waits for a reason to read the folder.
    async fn wake(&mut self) {
        let (folder, read) = (&self.folder, &self.read);
        tokio::select! {
            () = hung_up(&mut self.hangup) => tracing::info!("SIGHUP: reading the catalog"),
            () = changed(folder, read), if self.watches => tracing::info!("the catalog's files have changed"),
        }
    }

    async fn read_again(&mut self) -> Option<Arc<Catalog>> {
        let (read, loaded) = load(&self.folder).await.inspect_err(|error| tracing::error!(%error)).ok()?;
        self.read = read;
        match loaded {
            Ok(catalog) => Some(Arc::new(catalog)),
            Err(findings) => {
                tell(&findings, &self.folder);
                let findings = findings.iter().count();
                tracing::error!(findings, "the changed catalog is not served; the one before it is");
                None
            }
        }
    }

    fn tell_changes(&self, catalog: &Catalog) {
        let Changes { new, changed, gone } = Changes::between(&self.catalog, catalog);
        tracing::info!(%new, %changed, %gone, "the catalog was read again");
        if self.catalog.database != catalog.database {
            tracing::warn!("the database that catalog.toml names takes a restart");
        }
    }
}

async fn hung_up(hangup: &mut Option<Signal>) {
    let received = match hangup {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if received.is_none() {
        std::future::pending().await
    }
}

/// Waits until the folder is another one than it was when it was read, and lies still.
async fn changed(folder: &Path, read: &Look) {
    let mut before = read.clone();
    loop {
        sleep(PAUSE).await;
        let Ok(now) = look(folder).await else { continue };
        match (before.is_there(), now.is_there()) {
            (true, false) => tracing::warn!("the catalog's folder is gone; what was read of it is served"),
            (false, true) => tracing::info!("the catalog's folder is back"),
            _ if now == before && now != *read && now.is_there() => return,
            _ => {}
        }
        before = now;
    }
}

async fn look(folder: &Path) -> anyhow::Result<Look> {
    let folder = folder.to_owned();
    Ok(tokio::task::spawn_blocking(move || Look::at(&folder)).await?)
}

/// Reads the folder, once more where it changed meanwhile: half of one version and half of another are none.
async fn load(folder: &Path) -> anyhow::Result<(Look, Result<Catalog, Findings>)> {
    let mut before = look(folder).await?;
    for _ in 1..READINGS {
        let loaded = load_once(folder).await?;
        let after = look(folder).await?;
        if before == after {
            return Ok((after, loaded));
        }
        before = after;
        sleep(PAUSE).await;
    }
    Ok((before, load_once(folder).await?))
}

async fn load_once(folder: &Path) -> anyhow::Result<Result<Catalog, Findings>> {
    let folder = folder.to_owned();
    Ok(tokio::task::spawn_blocking(move || Catalog::load(&folder)).await?)
}

fn tell(findings: &Findings, folder: &Path) {
    print(&findings.report(folder, Paint::on(&std::io::stderr()).is_seen()));
}

/// Where nobody reads it, it is not written.
fn print(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
