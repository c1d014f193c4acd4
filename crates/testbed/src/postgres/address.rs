//! Connection URLs of a server, and SQL by psql. The URL that a test gives to Meanwhile goes by TCP with a password; what the
//! harness itself does goes by the server's socket, without one.

use std::{path::PathBuf, process::Command, time::Duration};

use anyhow::{Context as _, Result};
use percent_encoding::percent_decode_str;

use crate::run::run;

/// The role that owns test databases and that clients are.
const ROLE: &str = "meanwhile";

/// That role's password. It has characters that a URL must escape, and words to look for in logs, spans and errors, where
/// it must never be.
pub const PASSWORD: &str = "not/to@be:seen";

const BOUND: Duration = Duration::from_secs(120);

/// A URL with a place for the database's name.
#[derive(Clone, Debug)]
struct Target {
    before: String,
    after: String,
}

impl Target {
    fn url(&self, database: &str) -> String {
        format!("{}{database}{}", self.before, self.after)
    }
}

/// The ways to a server.
#[derive(Debug)]
pub(super) struct Access {
    psql: PathBuf,
    /// As a superuser.
    admin: Target,
    /// As the owner of test databases.
    owner: Target,
    /// As a client, by TCP.
    client: Target,
    /// Who owns the databases, where that is not the superuser.
    owner_role: Option<&'static str>,
}

impl Access {
    /// To a cluster of ours.
    pub(super) fn own(psql: PathBuf, socket_folder: &str, port: u16) -> Self {
        let local = |role: &str| Target {
            before: "postgresql:///".to_owned(),
            after: format!("?host={socket_folder}&port={port}&user={role}"),
        };
        let password = percent_encoding::utf8_percent_encode(PASSWORD, percent_encoding::NON_ALPHANUMERIC);
        let client = Target {
            before: format!("postgres://{ROLE}:{password}@127.0.0.1:{port}/"),
            after: String::new(),
        };
        Self { psql, admin: local("postgres"), owner: local(ROLE), client, owner_role: Some(ROLE) }
    }

    /// To a server that was there before, by its URL: all ways are the same one.
    pub(super) fn given(psql: PathBuf, url: &str) -> Result<Self> {
        let authority = url.find("://").context("a URL like postgres://user:password@host/postgres")? + 3;
        let path = url[authority..].find('/').map_or(url.len(), |slash| authority + slash);
        let query = url[path..].find('?').map_or(url.len(), |question| path + question);
        let target = Target { before: format!("{}/", &url[..path]), after: url[query..].to_owned() };
        Ok(Self { psql, admin: target.clone(), owner: target.clone(), client: target, owner_role: None })
    }

    /// The end of CREATE DATABASE that names the owner.
    pub(super) fn owner_clause(&self) -> String {
        self.owner_role.map(|role| format!("OWNER {role}")).unwrap_or_default()
    }

    /// Makes the role that clients are.
    pub(super) fn create_role(&self) -> Result<()> {
        let Some(role) = self.owner_role else { return Ok(()) };
        self.run_as_admin("postgres", &format!("CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'"))?;
        Ok(())
    }

    pub(super) fn client_url(&self, database: &str) -> String {
        self.client.url(database)
    }

    /// The client's URL and its password apart; the password is empty where the URL has none.
    pub(super) fn client_url_and_password(&self, database: &str) -> (String, String) {
        let url = self.client_url(database);
        let user = url.find("://").map_or(0, |scheme| scheme + 3);
        let Some(at) = url[user..].find('@').map(|at| user + at) else { return (url, String::new()) };
        let Some(colon) = url[user..at].find(':').map(|colon| user + colon) else {
            return (url, String::new());
        };
        let password = percent_decode_str(&url[colon + 1..at]).decode_utf8_lossy().into_owned();
        (format!("{}{}", &url[..colon], &url[at..]), password)
    }

    /// Runs SQL as a superuser; see [`Access::psql`].
    pub(super) fn run_as_admin(&self, database: &str, sql: &str) -> Result<String> {
        self.psql(&self.admin.url(database), sql)
    }

    /// Runs SQL as the databases' owner; see [`Access::psql`].
    pub(super) fn run_as_owner(&self, database: &str, sql: &str) -> Result<String> {
        self.psql(&self.owner.url(database), sql)
    }

    /// Runs a script up to its first error, a statement at a time, and answers the rows: a line each, columns separated by
    /// `|`. Without the last line break.
    fn psql(&self, url: &str, sql: &str) -> Result<String> {
        let mut psql = Command::new(&self.psql);
        psql.args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", "-"]);
        let rows = run(&mut psql, sql.as_bytes(), BOUND)?.success();
        // A seed script may have a million lines; its first words tell which one failed.
        let rows = rows.with_context(|| sql.chars().take(200).collect::<String>())?;
        Ok(rows.trim_end_matches('\n').to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_takes_its_place_in_a_given_url() {
        for (given, expected) in [
            (
                "postgres://u:p%2Fw@h:1/postgres?sslmode=disable",
                "postgres://u:p%2Fw@h:1/test?sslmode=disable",
            ),
            ("postgres://h", "postgres://h/test"),
        ] {
            assert_eq!(Access::given("psql".into(), given).unwrap().client_url("test"), expected);
        }
    }

    #[test]
    fn a_password_is_taken_out_and_decoded() {
        let own = Access::own("psql".into(), "/tmp/s", 5);
        let expected = ("postgres://meanwhile@127.0.0.1:5/test".to_owned(), PASSWORD.to_owned());
        assert_eq!(own.client_url_and_password("test"), expected);
    }
}
