//! The two kinds of SQL a catalog can be written in.

use std::fmt;

use sqlparser::dialect::{Dialect as Grammar, PostgreSqlDialect, SQLiteDialect};

/// A database's kind of SQL. In file names it is the last word before `.sql`: `GetCity.postgres.sql`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// PostgreSQL 13 and later.
    Postgres,
    /// SQLite, as sqlx bundles it.
    Sqlite,
}

impl Dialect {
    /// Every dialect there is.
    pub const ALL: [Dialect; 2] = [Self::Postgres, Self::Sqlite];

    /// The name in file names and messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Sqlite => "sqlite",
        }
    }

    /// The dialect of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.as_str() == name)
    }

    /// The dialect a database URL asks for, by its scheme.
    pub fn from_url(url: &str) -> Option<Self> {
        match url.split_once(':')?.0 {
            "postgres" | "postgresql" => Some(Self::Postgres),
            "sqlite" => Some(Self::Sqlite),
            _ => None,
        }
    }

    /// How the statement's parameter of that number (from 1) is written.
    pub(crate) fn placeholder(self, number: usize) -> String {
        match self {
            Self::Postgres => format!("${number}"),
            Self::Sqlite => format!("?{number}"),
        }
    }

    pub(crate) fn grammar(self) -> &'static dyn Grammar {
        match self {
            Self::Postgres => &PostgreSqlDialect {},
            Self::Sqlite => &SQLiteDialect {},
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
