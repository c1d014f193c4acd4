//! One stream: what came in and is not taken yet, what goes out and has no room yet, and who waits for either.

use std::task::{Context, Waker};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Response};

use crate::Error;

/// What holds a stream. When nobody does, it is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// Who takes what comes in.
    Receiver = 1,
    /// Who sends.
    Sender = 2,
}

/// What follows the data that is left.
#[derive(Debug)]
pub enum Then {
    /// More data, or nothing yet.
    More,
    /// Nothing.
    End,
    /// Trailers, and then nothing.
    Trailers(HeaderMap),
}

#[derive(Debug)]
pub struct Stream {
    pub inbound: Inbound,
    pub outbound: Outbound,
    /// Why it broke off.
    pub error: Option<Error>,
    holders: u8,
}

#[derive(Debug)]
pub struct Inbound {
    /// Client: the head, until it is taken.
    pub response: Option<Response<()>>,
    /// The head has come.
    pub has_head: bool,
    pub data: BytesMut,
    pub trailers: Option<HeaderMap>,
    /// The peer sends no more.
    pub is_done: bool,
    /// What may still be received, and what was taken since the peer was told.
    pub window: i64,
    pub used: u32,
    /// What the head announced and has not come yet.
    pub announced: Option<u64>,
    pub waker: Option<Waker>,
}

#[derive(Debug)]
pub struct Outbound {
    pub left: Bytes,
    pub then: Then,
    /// We have sent all.
    pub is_done: bool,
    pub window: i64,
    pub is_blocked: bool,
    pub waker: Option<Waker>,
}

impl Stream {
    pub fn new(in_window: u32, out_window: i64) -> Self {
        Self {
            inbound: Inbound {
                response: None,
                has_head: false,
                data: BytesMut::new(),
                trailers: None,
                is_done: false,
                window: in_window.into(),
                used: 0,
                announced: None,
                waker: None,
            },
            outbound: Outbound {
                left: Bytes::new(),
                then: Then::More,
                is_done: false,
                window: out_window,
                is_blocked: false,
                waker: None,
            },
            error: None,
            holders: Holder::Receiver as u8 | Holder::Sender as u8,
        }
    }

    pub fn is_closed(&self) -> bool {
        self.error.is_some() || (self.inbound.is_done && self.outbound.is_done)
    }

    pub fn is_held_by(&self, holder: Holder) -> bool {
        self.holders & holder as u8 != 0
    }

    pub fn is_held(&self) -> bool {
        self.holders != 0
    }

    pub fn let_go(&mut self, holder: Holder) {
        self.holders &= !(holder as u8);
    }

    /// It broke off. What had come in whole stays.
    pub fn fail(&mut self, error: Error) {
        self.error.get_or_insert(error);
        self.outbound.left.clear();
        self.wake_receiver();
        self.wake_sender();
    }

    pub fn wake_receiver(&mut self) {
        self.inbound.waker.take().into_iter().for_each(Waker::wake);
    }

    pub fn wake_sender(&mut self) {
        self.outbound.waker.take().into_iter().for_each(Waker::wake);
    }
}

/// Remembers who waits.
pub fn wait(waker: &mut Option<Waker>, cx: &Context<'_>) {
    match waker {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *waker = Some(cx.waker().clone()),
    }
}
