//! A value that many read, on every call, and few replace, seldom.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, Guard};
use tokio::sync::watch;

/// What there is right now. Reading takes no lock; who reads keeps what was read, whatever comes after it.
#[derive(Debug)]
pub struct Current<T> {
    value: ArcSwap<T>,
    replacing: Mutex<()>,
    changed: watch::Sender<()>,
}

impl<T> Current<T> {
    /// The first value.
    pub fn new(value: T) -> Self {
        Self {
            value: ArcSwap::from_pointee(value),
            replacing: Mutex::default(),
            changed: watch::Sender::default(),
        }
    }

    /// The value, for as long as it is looked at.
    pub fn load(&self) -> Guard<Arc<T>> {
        self.value.load()
    }

    /// Puts in its place what `replace` makes of it, then tells who waits for that. One at a time.
    pub fn update(&self, replace: impl FnOnce(&T) -> T) {
        // The value is replaced whole or not at all, so it is sound even after a panic in `replace`.
        let one = self.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        let next = replace(&self.value.load());
        self.value.store(Arc::new(next));
        drop(one);
        self.changed.send_replace(());
    }

    /// Tells of every replacement from now on.
    pub fn changes(&self) -> Changes {
        Changes(self.changed.subscribe())
    }
}

/// Tells that the value was replaced; several replacements may be told as one.
#[derive(Debug)]
pub struct Changes(watch::Receiver<()>);

impl Changes {
    /// Waits for the next one. With the value itself gone there is none.
    pub async fn next(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending().await
        }
    }
}
