//! Server parameters of a cluster. Tests trade durability for speed; a benchmark sets back what it measures.

/// Parameters as in postgresql.conf; a later one overrides an earlier one of the same name.
#[derive(Clone, Debug)]
pub struct Settings {
    parameters: Vec<(String, String)>,
}

impl Default for Settings {
    /// For tests: nothing is forced to disk, and there is room for many pools at once.
    fn default() -> Self {
        Self { parameters: Vec::new() }
            .with("fsync", "off")
            .with("synchronous_commit", "off")
            .with("full_page_writes", "off")
            .with("max_connections", "200")
            .with("password_encryption", "scram-sha-256")
            .with("log_line_prefix", "%m [%p] %u@%d %a ")
    }
}

impl Settings {
    /// These settings with one parameter more.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.parameters.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The lines of a configuration file.
    pub(super) fn lines(&self) -> String {
        let line = |(name, value): &(String, String)| format!("{name} = '{}'\n", value.replace('\'', "''"));
        self.parameters.iter().map(line).collect()
    }
}
