//! A network between the data service and its database: it forwards, until the test has it stop. What is connected stays
//! connected then, and nothing arrives, as with a cable that was pulled.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
};

use anyhow::Result;

/// Forwards to one port of this machine for as long as the test program runs.
#[derive(Debug)]
pub struct Network {
    port: u16,
    gate: Arc<Gate>,
}

impl Network {
    pub fn to(port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let this = Self { port: listener.local_addr()?.port(), gate: Arc::default() };
        let gate = this.gate.clone();
        thread::spawn(move || {
            let server = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            for client in listener.incoming().flatten() {
                if let Ok(server) = TcpStream::connect(server) {
                    join(&client, &server, &gate);
                }
            }
        });
        Ok(this)
    }

    /// The port to connect to instead.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Nothing arrives any more.
    pub fn stop(&self) {
        self.gate.set(true);
    }

    /// What was held up arrives, and so does the rest.
    pub fn go_on(&self) {
        self.gate.set(false);
    }
}

/// Held bytes would keep their threads.
impl Drop for Network {
    fn drop(&mut self) {
        self.go_on();
    }
}

/// Where everything passes.
#[derive(Debug, Default)]
struct Gate {
    is_shut: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn set(&self, is_shut: bool) {
        *self.is_shut.lock().unwrap_or_else(PoisonError::into_inner) = is_shut;
        self.opened.notify_all();
    }

    fn pass(&self) {
        let is_shut = self.is_shut.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.opened.wait_while(is_shut, |is_shut| *is_shut));
    }
}

fn join(client: &TcpStream, server: &TcpStream, gate: &Arc<Gate>) {
    for (from, to) in [(client, server), (server, client)] {
        let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) else { return };
        let gate = gate.clone();
        thread::spawn(move || forward(from, to, &gate));
    }
}

/// Until one of the two ends; an end has to pass too.
fn forward(mut from: TcpStream, mut to: TcpStream, gate: &Gate) {
    let mut bytes = vec![0; 64 * 1024];
    loop {
        let read = from.read(&mut bytes);
        gate.pass();
        match read {
            Ok(count) if count > 0 && to.write_all(&bytes[..count]).is_ok() => {}
            _ => break,
        }
    }
    let _ = to.shutdown(Shutdown::Write);
    let _ = from.shutdown(Shutdown::Read);
}
