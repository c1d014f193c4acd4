//! Ends what a test process started, even when that process is killed. A watchdog is a small shell that reads from a pipe of
//! ours: when the pipe's other end closes, by drop or because this process is gone, it runs its clean-up.

use std::{
    io,
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::run::wait_within;

/// How long a clean-up may take before it is abandoned.
const BOUND: Duration = Duration::from_secs(30);

/// Runs its clean-up when it is dropped.
#[derive(Debug)]
pub(crate) struct Watchdog {
    shell: Child,
}

impl Watchdog {
    /// `shell` is a `Command` for sh (it may name another user); `script` sees `arguments` as `$1`, `$2`, and so on.
    pub(crate) fn start(mut shell: Command, script: &str, arguments: &[&str]) -> io::Result<Self> {
        let shell = shell
            .args(["-c", &format!("read -r _\n{script}"), "watchdog"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A Ctrl-C at the terminal goes to the whole group of the test runner; the watchdog has to outlive it.
            .process_group(0)
            .spawn()?;
        Ok(Self { shell })
    }

    /// Ends the watchdog without its clean-up.
    pub(crate) fn disarm(mut self) {
        // Once it has been waited for, the drop that follows finds nothing left to do.
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = wait_within(&mut self.shell, BOUND);
    }
}
