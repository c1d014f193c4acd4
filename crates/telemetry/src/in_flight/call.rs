//! One call under way, and what it waits for at this moment.

use std::sync::atomic::{AtomicBool, AtomicU32};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use opentelemetry::trace::SpanContext;
use opentelemetry::{Context, StringValue};
use opentelemetry_sdk::trace::SdkTracer;
use smallvec::SmallVec;

use super::lock;
use crate::clock::Clock;
use crate::wait::WaitKind;

/// A call under way: one allocation holds all that its parts share.
#[derive(Debug)]
pub(crate) struct Call {
    /// Its number in this process.
    pub id: u64,
    pub method: StringValue,
    /// Its span; where none is recorded, its caller's.
    pub span: SpanContext,
    pub clock: Clock,
    /// None where waits are not recorded.
    pub recorder: Option<Recorder>,
    /// Its own span says that others waited for it.
    pub blocks_others: AtomicBool,
    /// Whose call it is; 0 where nobody said.
    pub client: AtomicU32,
    waits: Mutex<Waits>,
}

/// What records a call's waits.
#[derive(Debug)]
pub(crate) struct Recorder {
    pub sdk: SdkTracer,
    /// Holds the call's span, as the parent of its waits.
    pub parent: Context,
}

/// A call may wait for several things at once, and seldom does.
#[derive(Debug, Default)]
struct Waits {
    next: u64,
    now: SmallVec<[Waiting; 1]>,
}

/// What a call waits for.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    number: u64,
    pub kind: WaitKind,
    pub name: StringValue,
    pub since: SystemTime,
    pub blocker: Option<SpanContext>,
}

impl Call {
    pub fn new(
        id: u64,
        method: StringValue,
        span: SpanContext,
        clock: Clock,
        recorder: Option<Recorder>,
    ) -> Self {
        let (blocks_others, client, waits) = Default::default();
        Self { id, method, span, clock, recorder, blocks_others, client, waits }
    }

    /// Begins a wait; it is there until [`Entered`] is dropped.
    pub fn enter(self: &Arc<Self>, kind: WaitKind, name: StringValue, since: SystemTime) -> Entered {
        let mut waits = lock(&self.waits);
        waits.next += 1;
        let number = waits.next;
        waits.now.push(Waiting { number, kind, name, since, blocker: None });
        Entered { call: self.clone(), number }
    }

    /// What it waits for, the longest wait first.
    pub fn waits(&self) -> Vec<Waiting> {
        lock(&self.waits).now.to_vec()
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
    /// The call that waits.
    pub fn call(&self) -> &Arc<Call> {
        &self.call
    }

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
