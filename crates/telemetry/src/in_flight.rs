//! What waits right now: every call in flight with its waits, in a table that is written as calls come, wait and go. It is
//! there whether or not spans are exported, and holds nothing of a call that ended.

mod call;
mod changes;
mod service;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry::trace::SpanId;
use slab::Slab;

pub(crate) use call::{Call, Entered, Recorder, Waiting};

/// Calls are spread over so many locks, as they come and go on every thread.
const SHARDS: usize = 16;

/// The calls that a service has in flight. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct InFlight(Arc<Table>);

#[derive(Debug, Default)]
struct Table {
    next: AtomicU64,
    shards: [Mutex<Slab<Arc<Call>>>; SHARDS],
}

impl InFlight {
    /// How many calls there are.
    pub fn len(&self) -> usize {
        self.0.shards.iter().map(|shard| lock(shard).len()).sum()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Enters a call; it stays until its place is dropped.
    pub(crate) fn enter(&self, make: impl FnOnce(u64) -> Call) -> Place {
        let call = Arc::new(make(self.0.next.fetch_add(1, Ordering::Relaxed) + 1));
        let key = lock(self.0.shard(&call)).insert(call.clone());
        Place { table: self.0.clone(), call, key }
    }

    /// The calls there are, the oldest first.
    pub(crate) fn calls(&self) -> Vec<Arc<Call>> {
        let mut calls: Vec<Arc<Call>> = self
            .0
            .shards
            .iter()
            .flat_map(|shard| lock(shard).iter().map(|(_, call)| call.clone()).collect::<Vec<_>>())
            .collect();
        calls.sort_unstable_by_key(|call| call.id);
        calls
    }

    /// The method of the call whose span that is.
    pub(crate) fn method_of(&self, calls: &[Arc<Call>], span: SpanId) -> Option<String> {
        calls.iter().find(|call| call.span.span_id() == span).map(|call| call.method.to_string())
    }
}

impl Table {
    fn shard(&self, call: &Call) -> &Mutex<Slab<Arc<Call>>> {
        &self.shards[call.id as usize % SHARDS]
    }
}

/// A call's place in the table.
#[derive(Debug)]
pub(crate) struct Place {
    table: Arc<Table>,
    call: Arc<Call>,
    key: usize,
}

impl Place {
    pub fn call(&self) -> &Arc<Call> {
        &self.call
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(self.table.shard(&self.call)).try_remove(self.key);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
