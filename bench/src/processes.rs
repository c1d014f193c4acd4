//! The processes behind a measurement, and whose CPU time a call is.

use anyhow::Result;

use crate::cpu;
use crate::postgres::Postgres;
use crate::stack::Stack;

/// The services and the database, in the order of a call's way.
#[derive(Debug, Clone, Copy)]
pub struct Processes {
    gateway: u32,
    data: u32,
    almanac: u32,
    postgres: u32,
}

/// CPU seconds by name.
pub type Used = [(&'static str, f64); 4];

impl Processes {
    /// Of that stack on that database.
    pub fn of(stack: &Stack, postgres: &Postgres) -> Result<Self> {
        let [gateway, data, almanac] =
            [&stack.gateway, &stack.data, &stack.almanac].map(|service| service.id());
        Ok(Self { gateway, data, almanac, postgres: postgres.server_id()? })
    }

    /// What they have used so far. PostgreSQL's is the server's with all its backends.
    pub fn read(&self) -> Result<Used> {
        Ok([
            ("gateway", cpu::seconds(self.gateway)?),
            ("data", cpu::seconds(self.data)?),
            ("almanac", cpu::seconds(self.almanac)?),
            ("postgres", cpu::seconds_with_children(self.postgres)?),
        ])
    }

    /// What they have used since.
    pub fn used_since(&self, before: &Used) -> Result<Used> {
        let mut used = self.read()?;
        used.iter_mut().zip(before).for_each(|((_, used), (_, before))| *used -= before);
        Ok(used)
    }
}
