//! Clients at work: each writes an entry, reads it back, and notes what it was told, until whatever was to happen has
//! happened. They hold on to no part of the stack, so that any of its processes may be ended under them.

use std::{
    path::PathBuf,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use anyhow::Result;
use meanwhile_testbed::eventually;
use tokio::time::error::Elapsed;
use tonic::Code;

use super::{GET, PUT, books::Books};
use crate::stack::{Answer, BOUND, Stack, Wire};

/// How long a client rests after a failure: there may be thousands of them a second.
const REST: Duration = Duration::from_millis(10);

/// Clients at work.
pub struct Load {
    gateway: String,
    catalog: PathBuf,
    /// `grpc-timeout`.
    patience: &'static str,
    /// Of each entry.
    note: String,
    gateway_may_end: bool,
    books: Mutex<Books>,
    next: AtomicU64,
    rounds: Vec<AtomicU64>,
    is_over: AtomicBool,
}

impl Load {
    /// So many clients, whose calls take 20 s at most.
    pub fn on(stack: &Stack, clients: usize) -> Self {
        Self {
            gateway: stack.gateway().to_owned(),
            catalog: stack.catalog().to_owned(),
            patience: "20S",
            note: "n".to_owned(),
            gateway_may_end: false,
            books: Mutex::default(),
            next: AtomicU64::new(1),
            rounds: (0..clients).map(|_| AtomicU64::new(0)).collect(),
            is_over: AtomicBool::new(false),
        }
    }

    /// Their calls take so long at most, as `grpc-timeout` has it.
    pub fn patience(self, patience: &'static str) -> Self {
        Self { patience, ..self }
    }

    /// Each entry has this note.
    pub fn note(self, note: String) -> Self {
        Self { note, ..self }
    }

    /// A call whose connection breaks has failed, and a write's outcome is not known then.
    pub fn gateway_may_end(self) -> Self {
        Self { gateway_may_end: true, ..self }
    }

    /// Lets them work while `fault` happens, and gives their books.
    pub fn during(self, fault: impl FnOnce(&Self) -> Result<()>) -> Result<Books> {
        thread::scope(|scope| {
            let load = &self;
            let client = |rounds| scope.spawn(move || load.client(rounds));
            let clients: Vec<_> = self.rounds.iter().map(client).collect();
            let result = fault(load);
            load.is_over.store(true, Relaxed);
            for client in clients {
                match client.join() {
                    Ok(ended) => ended?,
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            result
        })?;
        Ok(self.books.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until every client has made two more rounds: the last of them began after this was called.
    pub fn wait_for_rounds(&self) -> Result<()> {
        let before: Vec<u64> = self.rounds.iter().map(|rounds| rounds.load(Relaxed)).collect();
        eventually("two more rounds of each client", BOUND, || {
            let mut pairs = self.rounds.iter().zip(&before);
            pairs.all(|(rounds, before)| rounds.load(Relaxed) >= before + 2).then_some(())
        })
    }

    /// Waits until one more write failed, doing again and again what makes it fail.
    pub fn wait_for_failed_write(&self, meanwhile: impl FnMut()) -> Result<()> {
        self.wait_for_one_more("a write that fails", |books| books.failed_writes.len(), meanwhile)
    }

    /// The same for a read.
    pub fn wait_for_failed_read(&self, meanwhile: impl FnMut()) -> Result<()> {
        self.wait_for_one_more("a read that fails", |books| books.failed_reads.len(), meanwhile)
    }

    fn wait_for_one_more(
        &self,
        what: &str,
        count: impl Fn(&Books) -> usize,
        mut meanwhile: impl FnMut(),
    ) -> Result<()> {
        let before = count(&self.books());
        eventually(what, BOUND, || {
            meanwhile();
            (count(&self.books()) > before).then_some(())
        })
    }

    fn client(&self, rounds: &AtomicU64) -> Result<()> {
        let client = Wire::to(&self.gateway, &self.catalog)?;
        while !self.is_over.load(Relaxed) {
            let id = self.next.fetch_add(1, Relaxed);
            let is_done = self.put(&client, id)?;
            let is_read = self.get(&client, id, is_done)?;
            if !is_done || !is_read {
                thread::sleep(REST);
            }
            rounds.fetch_add(1, Relaxed);
        }
        Ok(())
    }

    fn put(&self, client: &Wire, id: u64) -> Result<bool> {
        let answer = self.call(client, PUT, &format!(r#"{{"id": {id}, "note": "{}"}}"#, self.note))?;
        let mut books = self.books();
        match answer.code {
            Code::Ok => {
                books.done.push(id);
                drop(books);
                self.assert_own(client, PUT, id, &answer)?;
                return Ok(true);
            }
            Code::Unknown | Code::DeadlineExceeded => books.unknown.push(id),
            _ => books.refused.push(id),
        }
        books.failed_writes.push(answer);
        Ok(false)
    }

    fn get(&self, client: &Wire, id: u64, is_there: bool) -> Result<bool> {
        let answer = self.call(client, GET, &format!(r#"{{"id": {id}}}"#))?;
        match answer.code {
            Code::Ok => self.assert_own(client, GET, id, &answer)?,
            Code::NotFound if is_there => {
                self.books().wrong.push(format!("{id} was acknowledged and is not there"))
            }
            Code::NotFound => {}
            _ => {
                self.books().failed_reads.push(answer);
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn call(&self, client: &Wire, method: &str, json: &str) -> Result<Answer> {
        match client.call_with(method, &[("grpc-timeout", self.patience)], json) {
            // What hangs is never as it should be.
            Err(error) if self.gateway_may_end && !error.is::<Elapsed>() => Ok(Answer::broken_off(&error)),
            answered => answered,
        }
    }

    fn assert_own(&self, client: &Wire, method: &str, id: u64, answer: &Answer) -> Result<()> {
        let reply = client.decode(method, &answer.replies[0])?;
        let own = serde_json::json!({ "id": id.to_string(), "note": self.note });
        if reply != own {
            self.books().wrong.push(format!("{method} of {id} was told {reply}"));
        }
        Ok(())
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
