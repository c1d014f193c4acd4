//! What a run ran on: figures mean little without it.

use std::fmt;
use std::fs::read_to_string;
use std::process::Command;
use std::thread::available_parallelism;
use std::time::Duration;

use meanwhile_testbed::postgres::Cluster;
use meanwhile_testbed::run::run;
use serde::Serialize;

const BOUND: Duration = Duration::from_secs(20);

/// The machine, and the programs that matter. What cannot be found out is "unknown".
#[derive(Debug, Serialize)]
pub struct Machine {
    cores: usize,
    processor: String,
    memory: String,
    kernel: String,
    postgresql: String,
    rustc: String,
    /// Over the last minute before the run: a machine that was busy measures badly.
    load_average: String,
}

impl Machine {
    /// Describes this one.
    pub fn describe() -> Self {
        Self {
            cores: available_parallelism().map_or(0, Into::into),
            processor: proc_field("/proc/cpuinfo", "model name"),
            memory: memory(&proc_field("/proc/meminfo", "MemTotal")),
            kernel: first_word("/proc/sys/kernel/osrelease"),
            postgresql: Cluster::program("postgres")
                .map_or_else(unknown, |program| version(program.as_ref())),
            rustc: version("rustc".as_ref()),
            load_average: first_word("/proc/loadavg"),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cores, processor, memory, kernel, postgresql, rustc, load_average } = self;
        write!(
            f,
            "{cores} cores ({processor}), {memory}, Linux {kernel}\n{postgresql}\n{rustc}\nload average {load_average}"
        )
    }
}

fn proc_field(file: &str, name: &str) -> String {
    let text = read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_once(':')).map_or_else(unknown, |(_, value)| value.trim().to_owned())
}

fn memory(text: &str) -> String {
    let kib = text.strip_suffix("kB").and_then(|kib| kib.trim().parse::<f64>().ok());
    kib.map_or_else(unknown, |kib| format!("{:.1} GiB", kib / f64::from(1 << 20)))
}

fn first_word(file: &str) -> String {
    let text = read_to_string(file).unwrap_or_default();
    text.split_whitespace().next().map_or_else(unknown, str::to_owned)
}

fn version(program: &std::ffi::OsStr) -> String {
    let output = run(Command::new(program).arg("--version"), b"", BOUND);
    let text = output.and_then(|finished| finished.success());
    text.map_or_else(|_| unknown(), |text| text.trim().to_owned())
}

fn unknown() -> String {
    "unknown".to_owned()
}
