//! What deploy/ runs is what the binary knows.

use std::path::{Path, PathBuf};
use std::time::Duration;

use meanwhile_testbed::process::command;
use meanwhile_testbed::run::{Finished, run};
use meanwhile_testbed::{Tool, require};

use crate::stack::meanwhile;

const BOUND: Duration = Duration::from_secs(60);

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy")
}

fn finished(arguments: &[&str]) -> Finished {
    run(&mut meanwhile(arguments), b"", BOUND).unwrap()
}

/// Every container's arguments, in Kubernetes and in compose.
fn containers() -> Option<Vec<Vec<String>>> {
    require(Tool::Kustomize)?;
    require(Tool::KubernetesValidate)?;
    let listed = run(command(deploy().join("check.sh")).arg("--commands"), b"", BOUND).unwrap().success().unwrap();
    Some(listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn every_container_is_started_with_flags_that_the_binary_knows() {
    let Some(containers) = containers() else { return };
    assert!(containers.len() >= 6, "{containers:?}");
    for container in containers {
        // clap takes what stands before --help first, and refuses what it does not know.
        let arguments: Vec<&str> = container.iter().map(String::as_str).chain(["--help"]).collect();
        let finished = finished(&arguments);
        assert!(finished.status.success(), "{arguments:?}: {}", finished.stderr);
    }
}

#[test]
fn a_flag_that_the_binary_does_not_know_is_refused() {
    assert!(!finished(&["data", "--no-such-flag", "--help"]).status.success());
}

#[test]
fn the_catalog_that_an_overlay_mounts_has_no_findings() {
    let catalog = deploy().join("kubernetes/overlays/own-catalog/catalog");
    let finished = finished(&["check", catalog.to_str().unwrap()]);
    assert!(finished.status.success(), "{}{}", finished.stdout, finished.stderr);
}
