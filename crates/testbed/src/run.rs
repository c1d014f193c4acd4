//! Runs a program to its end within a bound: input in, status and output back. Programs that stay up are in `process`.

use std::{
    io::{Read, Write as _},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};

use crate::eventually::eventually;

/// What a program that ended left behind.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// Everything it wrote to standard output.
    pub stdout: String,
    /// Everything it wrote to standard error.
    pub stderr: String,
}

impl Finished {
    /// Standard output, or an error that carries standard error where the program failed.
    pub fn success(self) -> Result<String> {
        ensure!(self.status.success(), "{}: {}{}", self.status, self.stdout, self.stderr);
        Ok(self.stdout)
    }
}

/// Runs `command` with `input` on its standard input. After `bound` it is killed, and that is an error.
pub fn run(command: &mut Command, input: &[u8], bound: Duration) -> Result<Finished> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("start {name}"))?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        // A program that ends without reading all of its input breaks the pipe; its status says what happened.
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
        let stdout = scope.spawn(|| read_all(stdout));
        let stderr = scope.spawn(|| read_all(stderr));
        let status = wait_within(&mut child, bound).with_context(|| name)?;
        Ok(Finished {
            status,
            stdout: stdout.join().unwrap_or_default(),
            stderr: stderr.join().unwrap_or_default(),
        })
    })
}

fn read_all(stream: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    // What was read before an error is still worth showing.
    let _ = stream.map(|mut stream| stream.read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Waits for `child` to end; kills it after `bound`, and that is an error.
pub(crate) fn wait_within(child: &mut Child, bound: Duration) -> Result<ExitStatus> {
    let ended = eventually("the end of the process", bound, || child.try_wait().transpose());
    match ended {
        Ok(status) => Ok(status?),
        Err(error) => {
            let _ = child.kill();
            let _ = child.wait();
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECONDS: Duration = Duration::from_secs(20);

    #[test]
    fn input_goes_in_and_output_comes_back() {
        let finished = run(&mut Command::new("cat"), b"line\n", SECONDS).unwrap();
        assert_eq!(finished.success().unwrap(), "line\n");
    }

    #[test]
    fn a_program_that_does_not_end_is_killed_at_the_bound() {
        let error = run(Command::new("sleep").arg("600"), b"", Duration::from_millis(50)).unwrap_err();
        assert!(format!("{error:#}").contains("not within 50ms"), "{error:#}");
    }

    #[test]
    fn a_failure_carries_what_the_program_said() {
        let finished = run(Command::new("sh").args(["-c", "echo broken >&2; exit 3"]), b"", SECONDS).unwrap();
        let error = finished.success().unwrap_err().to_string();
        assert!(error.contains("broken") && error.contains('3'), "{error}");
    }
}
