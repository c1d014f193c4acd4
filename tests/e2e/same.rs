//! Every read gives the same bytes over SQLite and PostgreSQL.
