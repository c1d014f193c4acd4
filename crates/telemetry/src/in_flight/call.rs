//! One call in flight, and what it waits for at this moment.

use std::borrow::Cow;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use opentelemetry::trace::SpanContext;

use super::lock;
use crate::clock::Clock;
use crate::wait::WaitKind;

/// A call in flight.
#[derive(Debug)]
pub(crate) struct Call {
    /// Its number in this process.
    pub id: u64,
    pub method: Cow<'static, str>,
    /// Its span; where none is recorded, its caller's.
    pub span: SpanContext,
    pub clock: Clock,
    waits: Mutex<Waits>,
}

/// A call may wait for several things at once.
#[derive(Debug, Default)]
struct Waits {
    next: u64,
    now: Vec<Waiting>,
}

/// What a call waits for.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    number: u64,
    pub kind: WaitKind,
    pub name: Cow<'static, str>,
    pub since: SystemTime,
    pub blocker: Option<SpanContext>,
}

impl Call {
    pub fn new(id: u64, method: Cow<'static, str>, span: SpanContext, clock: Clock) -> Self {
        Self { id, method, span, clock, waits: Mutex::default() }
    }

    /// Begins a wait; it is there until [`Entered`] is dropped.
    pub fn enter(self: &Arc<Self>, kind: WaitKind, name: Cow<'static, str>, since: SystemTime) -> Entered {
        let mut waits = lock(&self.waits);
        waits.next += 1;
        let number = waits.next;
        waits.now.push(Waiting { number, kind, name, since, blocker: None });
        Entered { call: self.clone(), number }
    }

    /// What it waits for, the longest wait first.
    pub fn waits(&self) -> Vec<Waiting> {
        lock(&self.waits).now.clone()
    }

    /// The numbers of its waits, and whether each has a blocker: what changes when they do.
    pub fn state(&self) -> Vec<(u64, bool)> {
        lock(&self.waits).now.iter().map(|wait| (wait.number, wait.blocker.is_some())).collect()
    }
}

/// A wait's place in its call.
#[derive(Debug)]
pub(crate) struct Entered {
    call: Arc<Call>,
    number: u64,
}

impl Entered {
    /// Says behind whom; the first one counts.
    pub fn blocked_by(&self, blocker: &SpanContext) {
        let mut waits = lock(&self.call.waits);
        if let Some(wait) = waits.now.iter_mut().find(|wait| wait.number == self.number) {
            wait.blocker.get_or_insert_with(|| blocker.clone());
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        lock(&self.call.waits).now.retain(|wait| wait.number != self.number);
    }
}
