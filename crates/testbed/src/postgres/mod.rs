//! Real PostgreSQL: a temporary cluster with initdb, a database a test. As root the server runs as the user `postgres`, for
//! it refuses to run as root. MEANWHILE_TEST_POSTGRES may name a server that is there already, by the URL of a superuser.

mod address;
mod cluster;
mod database;
mod pgbouncer;
mod programs;
mod server;
mod settings;

pub use self::{
    address::PASSWORD,
    cluster::Cluster,
    database::{Database, Template},
    pgbouncer::Pgbouncer,
    settings::Settings,
};
