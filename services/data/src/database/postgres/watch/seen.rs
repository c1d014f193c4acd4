//! How often a statement was seen at what.

use std::fmt::Write as _;

use super::Look;

/// Counts of looks.
#[derive(Debug, Default)]
pub(super) struct Seen {
    cpu: u32,
    io: u32,
    lock: u32,
    client: u32,
    other: u32,
}

impl Seen {
    pub fn add(&mut self, look: &Look) {
        let count = match look.event.as_deref() {
            None => &mut self.cpu,
            Some("IO") => &mut self.io,
            Some("Lock") => &mut self.lock,
            Some("Client") => &mut self.client,
            Some(_) => &mut self.other,
        };
        *count += 1;
    }

    /// `cpu=3 io=1`; none where it was never looked at.
    pub fn told(&self) -> Option<String> {
        let Self { cpu, io, lock, client, other } = *self;
        let counts = [("cpu", cpu), ("io", io), ("lock", lock), ("client", client), ("other", other)];
        let mut told = String::new();
        for (name, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            let space = if told.is_empty() { "" } else { " " };
            let _ = write!(told, "{space}{name}={count}");
        }
        (!told.is_empty()).then_some(told)
    }
}
