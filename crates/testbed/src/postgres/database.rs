//! A database of a test's own, and templates that databases are copied from.

use std::sync::Arc;

use anyhow::Result;

use super::address::Access;

/// A database; it is dropped with this value, whoever is still connected.
#[derive(Debug)]
pub struct Database {
    access: Arc<Access>,
    name: String,
}

/// A database that others are copied from. It stays as long as its cluster.
#[derive(Clone, Debug)]
pub struct Template {
    name: String,
}

impl Database {
    pub(super) fn create(access: &Arc<Access>, name: String, template: &str) -> Result<Self> {
        let owner = access.owner_clause();
        access.run_as_admin("postgres", &format!("CREATE DATABASE {name} {owner} TEMPLATE {template}"))?;
        Ok(Self { access: Arc::clone(access), name })
    }

    /// The database stays, for others to be copied from.
    pub(super) fn into_template(mut self) -> Template {
        // The drop that follows then has nothing to remove.
        Template { name: std::mem::take(&mut self.name) }
    }

    /// The name on the server.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The URL of a client: TCP, the role `meanwhile` (no superuser), and its password.
    pub fn url(&self) -> String {
        self.access.client_url(&self.name)
    }

    /// The same without the password, as a flag takes it.
    pub fn url_without_password(&self) -> String {
        self.access.client_url_and_password(&self.name).0
    }

    /// The password, as an environment variable or a file gives it: not escaped.
    pub fn password(&self) -> String {
        self.access.client_url_and_password(&self.name).1
    }

    /// Where the server listens, on 127.0.0.1.
    pub fn server_port(&self) -> Result<u16> {
        Ok(self.run("SHOW port")?.parse()?)
    }

    /// Runs a script as the role `meanwhile`, up to its first error, a statement at a time. Answers the rows: a line each,
    /// columns separated by `|`.
    pub fn run(&self, sql: &str) -> Result<String> {
        self.access.run_as_owner(&self.name, sql)
    }

    /// The same as a superuser.
    pub fn run_as_admin(&self, sql: &str) -> Result<String> {
        self.access.run_as_admin(&self.name, sql)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if !self.name.is_empty() {
            // The cluster may be stopped or gone, and its databases with it.
            let _ =
                self.access.run_as_admin("postgres", &format!("DROP DATABASE {} WITH (FORCE)", self.name));
        }
    }
}

impl Template {
    /// The name on the server.
    pub fn name(&self) -> &str {
        &self.name
    }
}
