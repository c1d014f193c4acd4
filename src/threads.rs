//! The runtime that a process serves on. A call is little work and much waiting: what it costs most easily is to be woken on
//! one thread and finished on another. `bench` keeps the figures.

use std::io;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use tokio::runtime::{Builder, Runtime};

/// A runtime of so many threads; of half the processors where that is not said, as whoever calls, the database and the
/// process at the other end need the rest.
pub fn runtime(threads: Option<NonZeroUsize>) -> io::Result<Runtime> {
    let half = || available_parallelism().map_or(1, |all| all.get().div_ceil(2));
    match threads.map_or_else(half, NonZeroUsize::get) {
        // Nothing is ever handed to another thread, and nothing has to be woken there.
        1 => Builder::new_current_thread().enable_all().build(),
        threads => Builder::new_multi_thread().worker_threads(threads).enable_all().build(),
    }
}
