//! Where a database is. A password is never part of what is printed, and never comes from a flag.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use meanwhile_catalog::Dialect;
use percent_encoding::percent_decode_str;
use sqlx::postgres::PgConnectOptions;

/// A database's URL, `sqlite:path` or `postgres://user@host/database`, with a password from elsewhere.
#[derive(Clone)]
pub struct DatabaseUrl {
    url: String,
    password: Option<String>,
    dialect: Dialect,
}

/// In a URL's query: whether a pooler such as PgBouncer stands before the server.
const POOLER: &str = "pooler";

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
    /// Reads a URL; `password` is the one to use, also where the URL has another.
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

    /// True when the URL itself holds a password, which other users of the machine can read off a flag; also when the
    /// password is not escaped, and the URL therefore none that a database can be opened with.
    pub fn has_password(url: &str) -> bool {
        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
        let (user_info, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let in_query = url.split_once('?').is_some_and(|(_, query)| query.split('&').any(names_password));
        user_info.contains(':') || !has_plain_port(host) || in_query
    }

    /// Which SQL it speaks.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// True where the URL says `pooler=true`.
    pub(crate) fn is_pooler(&self) -> bool {
        split_pooler(&self.url).1.as_deref() == Some("true")
    }

    pub(crate) fn postgres(&self) -> Result<PgConnectOptions, UrlError> {
        let (url, pooler) = split_pooler(&self.url);
        if !matches!(pooler.as_deref(), None | Some("true" | "false")) {
            return Err(UrlError::Invalid("write pooler=true or pooler=false".to_owned()));
        }
        // The driver's own message may quote the URL, so only its kind is told.
        let options = PgConnectOptions::from_str(&url)
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
        let path = self.url.strip_prefix("sqlite:").unwrap_or(&self.url);
        let path = path.strip_prefix("//").unwrap_or(path);
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        if path.is_empty() || path.contains(":memory:") { Err(UrlError::InMemory) } else { Ok(path.into()) }
    }
}

/// The URL without what it says of a pooler, which is nothing for the driver; and what that is.
fn split_pooler(url: &str) -> (String, Option<String>) {
    let Some((before, query)) = url.split_once('?') else { return (url.to_owned(), None) };
    let is_pooler = |pair: &&str| pair.split('=').next() == Some(POOLER);
    let (told, rest): (Vec<&str>, Vec<&str>) = query.split('&').partition(is_pooler);
    let value = told.first().map(|pair| pair.split_once('=').map_or("", |(_, value)| value).to_owned());
    let url = if rest.is_empty() { before.to_owned() } else { format!("{before}?{}", rest.join("&")) };
    (url, value)
}

/// True for `password=...`, in any case and however it is escaped.
fn names_password(pair: &str) -> bool {
    let key = percent_decode_str(pair.split('=').next().unwrap_or("")).decode_utf8_lossy();
    key.eq_ignore_ascii_case("password")
}

/// False for what follows a host's colon and is no port: the first half of a password with a `/` in it, say.
fn has_plain_port(host: &str) -> bool {
    let after_address = host.rsplit_once(']').map_or(host, |(_, after)| after);
    after_address.split_once(':').is_none_or(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_seen_wherever_it_is() {
        for url in [
            "postgres://u:p@h/d",
            "postgres://u:@h/d",
            "postgres://u:p%2Fw@h:1/d",
            "postgres://u:not/escaped@h/d",
            "postgres://u:not?escaped@h/d",
            "postgres://u:not@escaped@h/d",
            "postgres://u@h/d?password=p",
            "postgres://u@h/d?a=b&PassWord=p",
            "postgres://u@h/d?p%61ssword=p",
        ] {
            assert!(DatabaseUrl::has_password(url), "{url}");
        }
    }

    #[test]
    fn a_url_without_a_password_has_none() {
        for url in [
            "sqlite:a.sqlite",
            "sqlite:///tmp/a:b.sqlite",
            "postgres://u@h:5432/d",
            "postgres://u@[::1]:5432/d?application_name=a:b@c",
            "postgres:///d?host=/tmp/s&user=u",
        ] {
            assert!(!DatabaseUrl::has_password(url), "{url}");
        }
    }

    fn shown(url: &str, password: Option<&str>) -> String {
        let url = DatabaseUrl::new(url, password.map(str::to_owned)).unwrap();
        format!("{url} {url:?}")
    }

    #[test]
    fn what_is_shown_has_no_password_wherever_it_came_from() {
        for (url, password) in [
            ("postgres://user:S3CRET@host:1/shop", None),
            ("postgres://user@host:1/shop", Some("S3CRET")),
            ("postgres://user:other@host:1/shop", Some("S3CRET")),
            ("postgres://user@host:1/shop?password=S3CRET&sslmode=disable", None),
            ("postgres://user:S3CRET%2Fx@host:1/shop", None),
            ("postgresql://user:S3CRET@host:1/shop", None),
        ] {
            assert_eq!(
                shown(url, password),
                "postgres://host:1/shop DatabaseUrl(postgres://host:1/shop)",
                "{url}"
            );
        }
    }

    #[test]
    fn a_url_that_cannot_be_read_is_not_quoted() {
        for url in
            ["postgres://u:S3CRET@h:port/d", "postgres://u:S3CRET@[::/d", "postgres://u@h/d?sslmode=S3CRET"]
        {
            let error = DatabaseUrl::new(url, None).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("S3CRET"), "{error:?}");
        }
    }

    #[test]
    fn a_pooler_is_declared_in_the_url_and_is_no_matter_of_the_drivers() {
        for (url, is_pooler) in [
            ("postgres://u@h:1/d?pooler=true", true),
            ("postgres://u@h:1/d?sslmode=disable&pooler=true", true),
            ("postgres://u@h:1/d?pooler=false", false),
            ("postgres://u@h:1/d", false),
        ] {
            let url = DatabaseUrl::new(url, None).unwrap();
            assert_eq!(url.is_pooler(), is_pooler, "{url}");
            assert_eq!(url.to_string(), "postgres://h:1/d");
        }
        assert!(DatabaseUrl::new("postgres://u@h/d?pooler=maybe", None).is_err());
    }

    #[test]
    fn other_databases_and_memory_are_refused() {
        for url in ["mysql://h/d", "shop.sqlite", "", "SQLITE:x"] {
            assert!(matches!(DatabaseUrl::new(url, None), Err(UrlError::Scheme)), "{url}");
        }
        for url in ["sqlite:", "sqlite://", "sqlite::memory:", "sqlite://:memory:"] {
            assert!(matches!(DatabaseUrl::new(url, None), Err(UrlError::InMemory)), "{url}");
        }
    }

    #[test]
    fn a_sqlite_file_is_its_path() {
        for (url, file) in [
            ("sqlite:shop.sqlite", "shop.sqlite"),
            ("sqlite://shop.sqlite", "shop.sqlite"),
            ("sqlite:///tmp/shop.sqlite?mode=rwc", "/tmp/shop.sqlite"),
            ("sqlite:/tmp/sqlite:x", "/tmp/sqlite:x"),
            ("sqlite:////tmp/x", "//tmp/x"),
        ] {
            assert_eq!(DatabaseUrl::new(url, None).unwrap().file().unwrap(), PathBuf::from(file), "{url}");
        }
    }
}
