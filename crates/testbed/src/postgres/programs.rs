//! PostgreSQL's programs on this machine, and the user they run as.

use std::{
    ffi::OsStr,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result};
use rustix::process::geteuid;

use crate::run::run;

const BOUND: Duration = Duration::from_secs(10);

/// The server's programs.
#[derive(Clone, Debug)]
pub(super) struct Programs {
    folder: PathBuf,
    account: Option<Account>,
}

/// Whom the server runs as when the tests run as root.
#[derive(Clone, Copy, Debug)]
pub(super) struct Account {
    pub(super) user: u32,
    pub(super) group: u32,
}

impl Programs {
    /// The programs beside `initdb`, which may be a link into the folder where all of them are.
    pub(super) fn beside(initdb: &Path) -> Result<Self> {
        let initdb = initdb.canonicalize()?;
        let folder = initdb.parent().context("initdb is in a folder")?.to_owned();
        let account = geteuid().is_root().then(postgres_account).transpose()?;
        Ok(Self { folder, account })
    }

    pub(super) fn account(&self) -> Option<Account> {
        self.account
    }

    pub(super) fn path(&self, program: &str) -> PathBuf {
        self.folder.join(program)
    }

    /// A program of the server, run as the server's user in a folder that this user can enter.
    pub(super) fn server_command(&self, program: &str, folder: &Path) -> Command {
        self.as_server(self.path(program), folder)
    }

    /// Any program, run as the server's user.
    pub(super) fn as_server(&self, program: impl AsRef<OsStr>, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).env("LC_ALL", "C");
        if let Some(account) = self.account {
            command.uid(account.user).gid(account.group);
        }
        command
    }

    /// The major version.
    pub(super) fn version(&self) -> Result<u32> {
        let text = run(Command::new(self.path("postgres")).arg("--version"), b"", BOUND)?.success()?;
        // "postgres (PostgreSQL) 15.18 (Debian ...)", or "17beta1" before a release.
        let number = text.split_whitespace().nth(2).unwrap_or_default();
        let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().with_context(|| text.clone())
    }
}

pub(super) fn postgres_account() -> Result<Account> {
    let id = |flag: &str| -> Result<u32> {
        let id = run(Command::new("id").args([flag, "postgres"]), b"", BOUND)?.success();
        let id =
            id.context("root cannot run a PostgreSQL server, and there is no user postgres to run it")?;
        Ok(id.trim().parse()?)
    };
    Ok(Account { user: id("-u")?, group: id("-g")? })
}
