//! An address that somebody else listens on is an error that names its flag.

use std::net::TcpListener;
use std::process::{Command, Output};

use anyhow::{Context as _, Result};

use crate::stack::up::{ADDRESSES, command};
use crate::stack::{meanwhile, sample};

/// Runs `command` with the address of this flag changed to one that somebody else listens on.
fn run_with_taken(command: &Command, flag: &str) -> Result<(Output, String)> {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let mut words: Vec<_> = command.get_args().collect();
    let at = words.iter().position(|word| *word == flag).context("the flag")?;
    words[at + 1] = address.as_ref();
    let output = meanwhile(&[]).args(words).output()?;
    Ok((output, address))
}

#[test]
fn a_taken_port_names_its_flag() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for flag in ADDRESSES {
        let (output, address) = run_with_taken(&command(folder.path()), flag)?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(&address) && said.contains(&format!("{flag} ADDR")), "{said}");
    }
    Ok(())
}

#[test]
fn a_taken_port_of_a_service_alone_names_its_flag() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let catalog = sample().display().to_string();
    let database = format!("sqlite:{}", folder.path().join("one.sqlite").display());
    let addresses = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
    for (words, flags) in [
        (vec!["gateway", "--catalog", &catalog], vec!["--listen", "--admin"]),
        (vec!["data", "--catalog", &catalog, "--database", &database], vec!["--listen", "--admin"]),
        (vec!["almanac"], vec!["--listen"]),
    ] {
        for flag in &flags {
            let words = [&words[..], &addresses[..flags.len() * 2]].concat();
            let (output, address) = run_with_taken(&meanwhile(&words), flag)?;
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(1), "{said}");
            assert!(said.contains(&address) && said.contains(&format!("{flag} ADDR")), "{said}");
        }
    }
    Ok(())
}
