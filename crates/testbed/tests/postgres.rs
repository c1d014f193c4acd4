//! The PostgreSQL of the testbed, tried on the real server.

use std::{
    env, fs,
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

use anyhow::Result;
use meanwhile_testbed::{
    eventually,
    postgres::{Cluster, PASSWORD, Settings},
    process::{Process, Signal},
    run::run,
};

const SECONDS: Duration = Duration::from_secs(30);

#[test]
fn a_database_is_there_and_gone_after() -> Result<()> {
    let Some(cluster) = Cluster::shared() else { return Ok(()) };
    let database = cluster.database()?;
    let count = format!("SELECT count(*) FROM pg_database WHERE datname = '{}'", database.name());
    assert_eq!(cluster.run_as_admin(&count)?, "1");
    drop(database);
    assert_eq!(cluster.run_as_admin(&count)?, "0");
    Ok(())
}

#[test]
fn a_client_needs_the_password() -> Result<()> {
    let Some(cluster) = Cluster::start(&Settings::default()) else { return Ok(()) };
    let database = cluster.database()?;
    let select = |url: &str, password: &str| {
        let mut psql = Command::new(Cluster::program("psql").unwrap_or_default());
        psql.env("PGPASSWORD", password).args(["-w", "-X", "-A", "-t", "-c", "SELECT current_user", url]);
        run(&mut psql, b"", SECONDS)
    };
    assert_eq!(select(&database.url(), "")?.success()?, "meanwhile\n");
    assert_eq!(select(&database.url_without_password(), PASSWORD)?.success()?, "meanwhile\n");
    let refused = select(&database.url_without_password(), "wrong")?;
    assert!(refused.stderr.contains("password authentication failed"), "{}", refused.stderr);
    Ok(())
}

#[test]
fn the_owner_of_a_database_is_no_superuser_and_may_make_tables() -> Result<()> {
    let Some(cluster) = Cluster::start(&Settings::default()) else { return Ok(()) };
    let database = cluster.database()?;
    assert_eq!(database.run("CREATE TABLE t (x int); SHOW is_superuser")?, "off");
    Ok(())
}

#[test]
fn a_database_from_a_template_has_its_rows_and_keeps_its_own() -> Result<()> {
    let Some(cluster) = Cluster::shared() else { return Ok(()) };
    let fill = |rows: &str| cluster.template("filled", |empty| empty.run(rows).map(drop));
    let template = fill("CREATE TABLE t (x int); INSERT INTO t VALUES (7)")?;
    let again = fill("this is not SQL and is not run a second time")?;
    let [one, two] = [cluster.database_from(&template)?, cluster.database_from(&again)?];
    one.run("DELETE FROM t")?;
    assert_eq!((one.run("SELECT x FROM t")?, two.run("SELECT x FROM t")?), (String::new(), "7".to_owned()));
    Ok(())
}

#[test]
fn a_script_stops_at_its_first_error() -> Result<()> {
    let Some(cluster) = Cluster::shared() else { return Ok(()) };
    let database = cluster.database()?;
    let error =
        format!("{:#}", database.run("CREATE TABLE t (x int); SELECT nothing; DROP TABLE t").unwrap_err());
    assert!(error.contains("\"nothing\" does not exist"), "{error}");
    assert_eq!(database.run("SELECT count(*) FROM t")?, "0");
    Ok(())
}

#[test]
fn a_server_that_was_stopped_or_killed_comes_back_with_its_data() -> Result<()> {
    let Some(cluster) = Cluster::start(&Settings::default()) else { return Ok(()) };
    let database = cluster.database()?;
    database.run("CREATE TABLE t (x int); INSERT INTO t VALUES (1)")?;
    for end in [Cluster::stop, Cluster::kill] {
        end(&cluster)?;
        assert!(database.run("SELECT 1").is_err());
        cluster.start_again()?;
        assert_eq!(database.run("SELECT x FROM t")?, "1");
    }
    assert!(cluster.log().contains("automatic recovery in progress"), "{}", cluster.log());
    Ok(())
}

#[test]
fn a_setting_reaches_the_server() -> Result<()> {
    let settings = Settings::default().with("fsync", "on").with("application_name", "it's ours");
    let Some(cluster) = Cluster::start(&settings) else { return Ok(()) };
    assert_eq!(cluster.run_as_admin("SHOW fsync; SHOW max_connections")?, "on\n200");
    assert!(fs::read_to_string(folder_of(&cluster)?.join("data/postgresql.conf"))?.contains("'it''s ours'"));
    Ok(())
}

/// The test process that is killed is this program again, running this same test.
#[test]
fn a_cluster_is_gone_when_its_test_process_is_killed() -> Result<()> {
    const VICTIM: &str = "TESTBED_VICTIM";
    if env::var_os(VICTIM).is_some() {
        return hold_a_cluster();
    }
    if Cluster::program("postgres").is_none() {
        return Ok(());
    }
    let mut command = Command::new(env::current_exe()?);
    command
        .args(["--exact", "a_cluster_is_gone_when_its_test_process_is_killed", "--nocapture"])
        .env(VICTIM, "1");
    let mut victim = Process::start(command)?;
    let line = victim.wait_for_line("cluster in ", SECONDS)?;
    let folder = Path::new(line.split("cluster in ").last().unwrap_or_default());
    let lock = fs::read_to_string(folder.join("data/postmaster.pid"))?;
    let port: u16 = lock.lines().nth(3).unwrap_or_default().parse()?;
    victim.signal(Signal::KILL)?;
    victim.wait(SECONDS)?;
    eventually("the removal of the cluster", SECONDS, || (!folder.exists()).then_some(()))?;
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    Ok(())
}

fn hold_a_cluster() -> Result<()> {
    let Some(cluster) = Cluster::start(&Settings::default()) else { return Ok(()) };
    println!("cluster in {}", folder_of(&cluster)?.display());
    loop {
        thread::park();
    }
}

fn folder_of(cluster: &Cluster) -> Result<PathBuf> {
    let data = cluster.run_as_admin("SHOW data_directory")?;
    Ok(Path::new(&data).parent().unwrap_or(Path::new("/")).to_owned())
}
