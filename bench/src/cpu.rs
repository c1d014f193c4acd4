//! What processes and threads used: CPU time from /proc/PID/stat and memory from /proc/PID/status (proc(5)).

use std::fs::{read_dir, read_to_string};

use anyhow::{Context as _, Result};
use rustix::time::{ClockId, clock_gettime};

/// What Linux counts CPU time in for programs (USER_HZ): the same on every machine that runs this.
const TICKS_A_SECOND: f64 = 100.0;

/// What this thread has used of its processor, in seconds. Others who share the machine do not count.
pub fn thread_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// CPU time of a process that is alive, in seconds, to a hundredth: user and system, all threads.
pub fn seconds(process: u32) -> Result<f64> {
    Ok(Stat::of(process)?.own())
}

/// The same of a process with its children, dead and alive, as a PostgreSQL server with its backends.
pub fn seconds_with_children(process: u32) -> Result<f64> {
    let parent = Stat::of(process)?;
    let processes = read_dir("/proc")?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    // A process that ends while this list is read is not there any more; it counts as a dead child next time.
    let stats = processes.filter_map(|id| Stat::of(id).ok());
    let children: f64 = stats.filter(|stat| stat.parent == process).map(|stat| stat.own()).sum();
    Ok(parent.own() + parent.of_dead_children() + children)
}

/// CPU time of this process's children that have ended, in seconds.
pub fn seconds_of_ended_children() -> Result<f64> {
    Ok(Stat::of(std::process::id())?.of_dead_children())
}

/// The most memory that a process has had in RAM, in bytes.
pub fn peak_memory(process: u32) -> Result<f64> {
    memory(process, "VmHWM:")
}

/// The memory that a process has in RAM now, in bytes.
pub fn memory_now(process: u32) -> Result<f64> {
    memory(process, "VmRSS:")
}

fn memory(process: u32, field: &str) -> Result<f64> {
    let text = read_to_string(format!("/proc/{process}/status")).context("the process is gone")?;
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
    Ok(kib.with_context(|| format!("no {field} in /proc/{process}/status"))? * 1024.0)
}

/// A line of /proc/PID/stat, times in clock ticks.
#[derive(Debug, PartialEq)]
struct Stat {
    parent: u32,
    ticks: u64,
    dead_children: u64,
}

impl Stat {
    fn of(process: u32) -> Result<Self> {
        let line = read_to_string(format!("/proc/{process}/stat")).context("the process is gone")?;
        Self::parse(&line).with_context(|| format!("/proc/{process}/stat: {line}"))
    }

    /// The second field is the program's name in parentheses, whatever it contains; the rest is counted after it.
    fn parse(line: &str) -> Option<Self> {
        let (_, rest) = line.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
        Some(Self {
            parent: number(1)?.try_into().ok()?,
            ticks: number(11)? + number(12)?,
            dead_children: number(13)? + number(14)?,
        })
    }

    fn own(&self) -> f64 {
        self.ticks as f64 / TICKS_A_SECOND
    }

    fn of_dead_children(&self) -> f64 {
        self.dead_children as f64 / TICKS_A_SECOND
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_may_be_called_anything() {
        let line = "77 (a) b (c)) S 5 77 77 0 -1 4194560 100 0 0 0 7 3 20 1 20 0 2 0 1000";
        assert_eq!(Stat::parse(line), Some(Stat { parent: 5, ticks: 10, dead_children: 21 }));
    }

    #[test]
    fn this_process_has_memory_and_a_parent() {
        let id = std::process::id();
        assert!(peak_memory(id).unwrap() >= memory_now(id).unwrap() / 2.0);
        assert!(Stat::of(id).unwrap().parent > 0);
    }
}
