//! Where a database is. A password is never part of what is printed, and never comes from a flag.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use meanwhile_catalog::Dialect;
use sqlx::postgres::PgConnectOptions;

/// A database's URL, `sqlite:path` or `postgres://user@host/database`, with a password from elsewhere.
#[derive(Clone)]
pub struct DatabaseUrl {
    url: String,
    password: Option<String>,
    dialect: Dialect,
}

/// A URL that no database can be opened with.
#[derive(Debug, thiserror::Error)]
pub enum UrlError {
    /// Another database than those there are.
    #[error("a database URL starts with postgres:// or sqlite:")]
    Scheme,
    /// SQLite in memory is one database a connection.
    #[error("SQLite in memory cannot be shared by connections; name a file")]
    InMemory,
    /// Something the driver does not take.
    #[error("the database URL cannot be read: {0}")]
    Invalid(String),
}

impl DatabaseUrl {
    /// Reads a URL; `password` goes in where the URL has none.
    ///
    /// # Errors
    /// A URL that no database can be opened with.
    pub fn new(url: impl Into<String>, password: Option<String>) -> Result<Self, UrlError> {
        let url = url.into();
        let dialect = Dialect::from_url(&url).ok_or(UrlError::Scheme)?;
        let this = Self { url, password, dialect };
        match dialect {
            Dialect::Postgres => this.postgres().map(drop)?,
            Dialect::Sqlite => this.file().map(drop)?,
        }
        Ok(this)
    }

    /// True when the URL itself holds a password, which other users of the machine can read off a flag.
    pub fn has_password(url: &str) -> bool {
        let authority =
            url.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?']).next().unwrap_or(""));
        let user_info = authority.rsplit_once('@').map_or("", |(user_info, _)| user_info);
        let in_query = url.split_once('?').is_some_and(|(_, query)| {
            query
                .split('&')
                .any(|pair| pair.split('=').next().is_some_and(|key| key.eq_ignore_ascii_case("password")))
        });
        user_info.contains(':') || in_query
    }

    /// Which SQL it speaks.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(crate) fn postgres(&self) -> Result<PgConnectOptions, UrlError> {
        // The driver's own message may quote the URL, so only its kind is told.
        let options = PgConnectOptions::from_str(&self.url)
            .map_err(|_| UrlError::Invalid("write postgres://user@host:port/database".to_owned()))?;
        Ok(match &self.password {
            Some(password) => options.password(password),
            None => options,
        })
    }

    /// The SQLite file.
    ///
    /// # Errors
    /// A database in memory.
    pub fn file(&self) -> Result<PathBuf, UrlError> {
        let path = self.url.trim_start_matches("sqlite:").trim_start_matches("//");
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        if path.is_empty() || path.contains(":memory:") { Err(UrlError::InMemory) } else { Ok(path.into()) }
    }
}

/// Without user and password.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.dialect, self.postgres()) {
            (Dialect::Postgres, Ok(options)) => {
                let database = options.get_database().unwrap_or_else(|| options.get_username());
                write!(f, "postgres://{}:{}/{database}", options.get_host(), options.get_port())
            }
            _ => f.write_str(self.url.split('?').next().unwrap_or_default()),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}
