//! Programs that stay up for a test, Meanwhile's own above all: their output by lines, signals, and their end. A process is
//! killed when its handle is dropped, or when the test process itself dies.

use std::{
    env,
    io::{BufRead as _, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process};

use crate::{run::wait_within, watchdog::Watchdog};

/// A command for `binary` that inherits no setting of Meanwhile's or OpenTelemetry's from whoever runs the tests.
pub fn command(binary: impl AsRef<Path>) -> Command {
    let mut command = Command::new(binary.as_ref());
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("MEANWHILE_") || text.starts_with("OTEL_") || text == "RUST_LOG" {
            command.env_remove(&name);
        }
    }
    command
}

/// A program that was built into the same folder as this one, as `meanwhile` is beside the bench. An error where it is not
/// there.
pub fn beside_this_program(name: &str) -> Result<PathBuf> {
    let program = env::current_exe()?.with_file_name(name);
    if !program.is_file() {
        bail!("{} is not built", program.display());
    }
    Ok(program)
}

/// A running program.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    output: Arc<Output>,
    watchdog: Option<Watchdog>,
}

impl Process {
    /// Starts `command` with its output captured and nothing on its standard input.
    pub fn start(mut command: Command) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("start {name}"))?;
        let pid = child.id().to_string();
        let output = Arc::new(Output::default());
        output.follow(child.stdout.take());
        output.follow(child.stderr.take());
        let mut process = Self { name, child, output, watchdog: None };
        process.watchdog = Some(Watchdog::start(Command::new("sh"), r#"kill -KILL "$1""#, &[&pid])?);
        Ok(process)
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Every line so far, of both streams, in the order they arrived.
    pub fn lines(&self) -> Vec<String> {
        self.output.state().lines.clone()
    }

    /// The first line that contains `text`, past or to come. An error carries the whole output: when `bound` passes, or at
    /// once when the output ends without such a line.
    pub fn wait_for_line(&self, text: &str, bound: Duration) -> Result<String> {
        let found = self.output.wait_for(text, bound);
        found
            .with_context(|| format!("{}: no line with {text:?} in:\n{}", self.name, self.lines().join("\n")))
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("no process id")?;
        Ok(kill_process(pid, signal)?)
    }

    /// Waits for the end; after `bound` the process is killed, and that is an error.
    pub fn wait(&mut self, bound: Duration) -> Result<ExitStatus> {
        let name = &self.name;
        let status = wait_within(&mut self.child, bound).with_context(|| name.clone());
        // The process id is free for another process from here on.
        self.watchdog.take().into_iter().for_each(Watchdog::disarm);
        status
    }

    /// Whether it has not ended yet.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.watchdog.take().into_iter().for_each(Watchdog::disarm);
    }
}

/// The lines of a process, filled by one thread a stream.
#[derive(Debug, Default)]
struct Output {
    state: Mutex<OutputState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct OutputState {
    lines: Vec<String>,
    open_streams: usize,
}

impl Output {
    fn state(&self) -> MutexGuard<'_, OutputState> {
        // A line is pushed whole or not at all, so the state is sound even after a panic elsewhere.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn follow(self: &Arc<Self>, stream: Option<impl Read + Send + 'static>) {
        let Some(stream) = stream else { return };
        self.state().open_streams += 1;
        let output = Arc::clone(self);
        // The thread ends with the stream, which ends with the process.
        thread::spawn(move || {
            let mut reader = BufReader::new(stream);
            let mut line = Vec::new();
            while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                output.state().lines.push(String::from_utf8_lossy(&line).trim_end().to_owned());
                output.changed.notify_all();
                line.clear();
            }
            output.state().open_streams -= 1;
            output.changed.notify_all();
        });
    }

    fn wait_for(&self, text: &str, bound: Duration) -> Option<String> {
        let deadline = Instant::now() + bound;
        let mut state = self.state();
        loop {
            if let Some(line) = state.lines.iter().find(|line| line.contains(text)) {
                return Some(line.clone());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || state.open_streams == 0 {
                return None;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;
    use crate::eventually;

    const SECONDS: Duration = Duration::from_secs(20);

    fn sh(script: &str) -> Process {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Process::start(command).unwrap()
    }

    #[test]
    fn a_line_of_either_stream_is_waited_for() {
        let process = sh("echo first; echo second >&2; exec sleep 600");
        assert_eq!(process.wait_for_line("first", SECONDS).unwrap(), "first");
        assert_eq!(process.wait_for_line("second", SECONDS).unwrap(), "second");
    }

    #[test]
    fn the_end_of_the_output_ends_the_wait_for_a_line() {
        let error = sh("echo only this").wait_for_line("that", SECONDS).unwrap_err().to_string();
        assert!(error.contains("only this"), "{error}");
    }

    #[test]
    fn a_signal_reaches_the_process() {
        let mut process = sh("exec sleep 600");
        process.signal(Signal::TERM).unwrap();
        assert_eq!(process.wait(SECONDS).unwrap().signal(), Some(Signal::TERM.as_raw()));
    }

    #[test]
    fn a_dropped_process_is_gone() {
        let process = sh("exec sleep 600");
        let pid = process.id().to_string();
        drop(process);
        assert!(!Command::new("kill").args(["-0", &pid]).output().unwrap().status.success());
    }

    #[test]
    fn a_process_dies_with_the_test_process() {
        // The watchdog cannot tell a dead test process from a closed pipe, so the pipe alone is closed here.
        let mut process = sh("exec sleep 600");
        drop(process.watchdog.take());
        eventually("the end", SECONDS, || (!process.is_running()).then_some(())).unwrap();
    }
}
