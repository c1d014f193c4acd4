//! Finds the programs that tests need, and says aloud when one is missing. The list of them, with versions and places, is
//! `tools/status.sh`; nothing is installed here.

use std::{
    collections::HashMap,
    env,
    fs::OpenOptions,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    thread,
};

/// A program that `tools/status.sh` lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// PostgreSQL's server programs; the path is that of `initdb`.
    Postgresql,
    /// The pooler before a PostgreSQL.
    Pgbouncer,
    /// The gRPC command line client.
    Grpcurl,
    /// Jaeger with storage in memory.
    Jaeger,
    /// Renders the Kubernetes manifests.
    Kustomize,
    /// A Python interpreter that can import kubernetes-validate.
    KubernetesValidate,
    /// A Python interpreter that has Quart, Flask and OpenTelemetry's packages.
    PythonApps,
    /// Runs JavaScript: the page's tests.
    Node,
    /// A browser for them.
    Chromium,
}

impl Tool {
    /// The name in `tools/status.sh`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgresql => "postgresql",
            Self::Pgbouncer => "pgbouncer",
            Self::Grpcurl => "grpcurl",
            Self::Jaeger => "jaeger",
            Self::Kustomize => "kustomize",
            Self::KubernetesValidate => "kubernetes-validate",
            Self::PythonApps => "python-apps",
            Self::Node => "node",
            Self::Chromium => "chromium",
        }
    }
}

/// Where the tool is. `None` means that the test is to be left out: that is printed past the test runner's capture and
/// added to the file that MEANWHILE_LEFT_OUT names, whose content ends the output of `make test`.
///
/// # Panics
/// Where CI=true and the tool is missing: there nothing may be left out.
pub fn require(tool: Tool) -> Option<PathBuf> {
    let found = status().get(tool.name()).cloned();
    if found.is_none() {
        leave_out(tool);
    }
    found
}

fn leave_out(tool: Tool) {
    let name = tool.name();
    let current = thread::current();
    let test = current.name().unwrap_or("a test");
    if env::var("CI").is_ok_and(|ci| ci == "true") {
        panic!(
            "{test} needs {name}, which is not here; with CI=true that is a failure (see tools/install.sh)"
        );
    }
    // A report that cannot be written must not turn an omission into a failure, hence the ignored results.
    let _ = writeln!(io::stderr(), "SKIPPED {test}: needs {name}");
    if let Some(list) = env::var_os("MEANWHILE_LEFT_OUT") {
        let file = OpenOptions::new().append(true).create(true).open(list);
        let _ = file.and_then(|mut file| writeln!(file, "{name}\t{test}"));
    }
}

/// Name -> program, of the tools that were found. Asked once a process.
///
/// # Panics
/// Where the list itself cannot be read: every test would be left out in silence.
fn status() -> &'static HashMap<String, PathBuf> {
    static STATUS: OnceLock<HashMap<String, PathBuf>> = OnceLock::new();
    STATUS.get_or_init(|| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/status.sh");
        match Command::new("sh").arg(&script).output() {
            Ok(output) if output.status.success() => read_status(&String::from_utf8_lossy(&output.stdout)),
            Ok(output) => panic!("{}: {}", script.display(), String::from_utf8_lossy(&output.stderr)),
            Err(error) => panic!("{}: {error}", script.display()),
        }
    })
}

fn read_status(lines: &str) -> HashMap<String, PathBuf> {
    let columns = lines.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let found = columns.filter_map(|columns| match columns.as_slice() {
        [name, _version, _needed_by, program] if !program.is_empty() => {
            Some(((*name).to_owned(), PathBuf::from(program)))
        }
        _ => None,
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_without_a_program_is_not_found() {
        let found = read_status("one\t1\tfor this\t/bin/one\ntwo\t2\tfor that\t\n");
        assert_eq!(found, HashMap::from([("one".to_owned(), PathBuf::from("/bin/one"))]));
    }

    #[test]
    fn every_tool_is_in_the_list() {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/status.sh");
        let output = Command::new("sh").arg(script).output().unwrap();
        let listed = String::from_utf8(output.stdout).unwrap();
        for tool in [
            Tool::Postgresql,
            Tool::Pgbouncer,
            Tool::Grpcurl,
            Tool::Jaeger,
            Tool::Kustomize,
            Tool::KubernetesValidate,
            Tool::PythonApps,
            Tool::Node,
            Tool::Chromium,
        ] {
            assert!(listed.lines().any(|line| line.split('\t').next() == Some(tool.name())), "{tool:?}");
        }
    }
}
