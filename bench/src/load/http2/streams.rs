//! The streams of a connection by their numbers, which are odd, and grow.

use std::collections::VecDeque;
use std::task::Waker;

use bytes::Bytes;

use super::session::Reply;

/// One call.
#[derive(Debug)]
pub struct Stream {
    /// What the peer's window has no room for yet.
    pub left: Bytes,
    /// Bytes that may be sent on it, were the connection's window open; negative where the peer has made it smaller.
    pub window: i64,
    /// Bytes that were received since the peer was last told.
    pub received: u32,
    /// The reply so far.
    pub reply: Reply,
    /// How it ended: the error is a sentence.
    pub ended: Option<Result<(), String>>,
    /// Who waits for its end.
    pub waker: Option<Waker>,
}

/// Those that somebody still waits for.
#[derive(Debug)]
pub struct Streams {
    /// The number of the first in the queue.
    first: u32,
    queue: VecDeque<Option<Stream>>,
}

impl Streams {
    pub fn new() -> Self {
        Self { first: 1, queue: VecDeque::new() }
    }

    /// Adds one, and gives its number.
    pub fn add(&mut self, stream: Stream) -> u32 {
        self.queue.push_back(Some(stream));
        self.first + 2 * (self.queue.len() as u32 - 1)
    }

    /// Of what was taken, or was never opened, there is nothing.
    pub fn get(&mut self, number: u32) -> Option<&mut Stream> {
        self.slot(number)?.as_mut()
    }

    pub fn take(&mut self, number: u32) -> Option<Stream> {
        let stream = self.slot(number)?.take();
        while let Some(None) = self.queue.front() {
            self.queue.pop_front();
            self.first += 2;
        }
        stream
    }

    pub fn all(&mut self) -> impl Iterator<Item = (u32, &mut Stream)> {
        let numbers = (self.first..).step_by(2);
        numbers.zip(&mut self.queue).filter_map(|(number, slot)| Some((number, slot.as_mut()?)))
    }

    fn slot(&mut self, number: u32) -> Option<&mut Option<Stream>> {
        self.queue.get_mut((number.checked_sub(self.first)? / 2) as usize)
    }
}
