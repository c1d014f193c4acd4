//! A real Chromium, driven by the scripts of a folder that has playwright-core in it: `browser/NAME` there, which prints what it
//! found as JSON.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::Result;
use serde_json::Value;

use crate::{
    run::run,
    tools::{Tool, require},
};

/// A browser starts for seconds where the machine has other things to do.
const BOUND: Duration = Duration::from_secs(180);

/// A browser, and what drives it.
#[derive(Debug)]
pub struct Browser {
    node: PathBuf,
    chromium: String,
    folder: PathBuf,
}

impl Browser {
    /// With the scripts of that folder. `None` where the machine lacks one of the two, or the folder has not what it needs: that is
    /// said aloud, and fails where CI=true.
    pub fn find(folder: &Path) -> Result<Option<Self>> {
        let (Some(node), Some(chromium)) = (require(Tool::Node), require(Tool::Chromium)) else {
            return Ok(None);
        };
        if ["dist/index.html", "node_modules/playwright-core"].iter().all(|name| folder.join(name).exists()) {
            let chromium = chromium.display().to_string();
            return Ok(Some(Self { node, chromium, folder: folder.to_owned() }));
        }
        anyhow::ensure!(std::env::var("CI").is_err(), "the page is not built: tools/page.sh");
        eprintln!("SKIPPED the page in a browser: needs `make page`");
        Ok(None)
    }

    /// What a script found.
    pub fn run(&self, script: &str, arguments: &[&str]) -> Result<Value> {
        let script = format!("browser/{script}");
        let words = [&[script.as_str(), &self.chromium], arguments].concat();
        Ok(serde_json::from_str(&run(&mut self.command(&words), b"", BOUND)?.success()?)?)
    }

    /// Sends a body to a URL, as JSON.
    pub fn post(&self, url: &str, body: &str) -> Result<()> {
        let send = "fetch(process.argv[1], {method: 'POST', headers: {'content-type': 'application/json'}, body: process.argv[2]})
            .then((reply) => process.exit(reply.ok ? 0 : 1))";
        run(&mut self.command(&["-e", send, url, body]), b"", BOUND)?.success()?;
        Ok(())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.node);
        command.current_dir(&self.folder).args(arguments);
        command
    }
}
