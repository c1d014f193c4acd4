//! Runs the apps of examples/any-app with the Python environment that tools/install.sh makes, and sends them requests.

use std::{
    ffi::OsString,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};
use meanwhile_testbed::{
    Tool, eventually,
    ports::free_port,
    process::{Process, command},
    require,
};

use crate::stack::BOUND;

/// The environment's interpreter.
pub struct Python {
    program: PathBuf,
}

/// An app that takes requests.
pub struct App {
    process: Process,
    address: SocketAddr,
}

impl Python {
    /// None where it is not here; see [`require`].
    pub fn find() -> Option<Self> {
        require(Tool::PythonApps).map(|program| Self { program })
    }

    /// A command for this interpreter, with the environment's own programs first on the path.
    pub fn command(&self, arguments: &[&str]) -> Result<Command> {
        let mut python = command(&self.program);
        let folder = self.program.parent().context("a folder")?;
        let mut path = OsString::from(folder);
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        python.env("PATH", path).args(arguments);
        python.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/any-app"));
        Ok(python)
    }

    /// An app by itself.
    pub fn start(&self, app: &str, variables: &[(&str, String)]) -> Result<App> {
        App::start(self.command(&[app])?, variables)
    }

    /// `opentelemetry-instrument python APP`, with the one variable.
    pub fn start_watched(&self, app: &str, dashboard: &str, variables: &[(&str, String)]) -> Result<App> {
        let instrument = self.program.with_file_name("opentelemetry-instrument");
        let mut command = self.command(&[])?;
        command.arg(instrument).args(["python", app]);
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{dashboard}"));
        App::start(command, variables)
    }
}

impl App {
    fn start(mut command: Command, variables: &[(&str, String)]) -> Result<Self> {
        let port = free_port()?;
        command.env("PORT", port.to_string()).envs(variables.iter().map(|(name, value)| (name, value)));
        let mut process = Process::start(command)?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let found = eventually("an app that listens", BOUND, || {
            (!process.is_running() || TcpStream::connect(address).is_ok()).then_some(())
        });
        ensure!(found.is_ok() && process.is_running(), "{}", process.lines().join("\n"));
        Ok(Self { process, address })
    }

    /// What it has said.
    pub fn said(&self) -> String {
        self.process.lines().join("\n")
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sends a GET of each path, one right after the other, and then waits for all the answers.
    pub fn get_at_once(&self, paths: &[&str]) -> Result<()> {
        let send = |path: &&str| -> Result<TcpStream> {
            let mut stream = TcpStream::connect(self.address)?;
            stream.set_read_timeout(Some(BOUND))?;
            write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address)?;
            Ok(stream)
        };
        let sent: Vec<_> = paths.iter().map(send).collect::<Result<_>>()?;
        for mut stream in sent {
            let mut reply = String::new();
            stream.read_to_string(&mut reply)?;
            ensure!(reply.contains(" 200 OK\r\n") || reply.contains(" 200 \r\n"), "{reply}");
        }
        Ok(())
    }
}
