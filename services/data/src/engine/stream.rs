//! Where rows go when the reply is a stream: many messages a frame, a bounded number of frames ahead of the reader,
//! and an end for readers that stop reading.

use std::time::Duration;

use bytes::Bytes;
use meanwhile_proto::errors::Reason;
use tokio::sync::mpsc;

use super::sink;
use crate::database::RowSink;
use crate::fault::Fault;
use crate::grpc::frame_message;
use crate::rows::{Columns, RowPlan};

/// Messages are gathered until they have this many bytes: many small DATA frames cost both sides more than they carry.
const ENOUGH: usize = 16 * 1024;

/// A reader that takes nothing for this long has its stream ended, because it holds a connection.
const STALL: Duration = Duration::from_secs(10);

/// Frames for a reader.
#[derive(Debug)]
pub struct StreamSink {
    frames: mpsc::Sender<Bytes>,
    buffer: Vec<u8>,
    messages: usize,
}

impl StreamSink {
    /// A sink for the reader at the other end.
    pub fn new(frames: mpsc::Sender<Bytes>) -> Self {
        Self { frames, buffer: Vec::new(), messages: 0 }
    }

    pub(super) fn rows<'a>(&'a mut self, plan: &'a RowPlan) -> StreamRows<'a> {
        StreamRows { sink: self, plan }
    }

    pub(super) async fn flush(&mut self) -> Result<(), Fault> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let frame = std::mem::take(&mut self.buffer).into();
        match tokio::time::timeout(STALL, self.frames.send(frame)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Fault::new(Reason::Cancelled, "the reader went away")),
            Err(_) => Err(Fault::new(Reason::Overloaded, "the stream was not read for 10 s")),
        }
    }
}

pub(super) struct StreamRows<'a> {
    sink: &'a mut StreamSink,
    plan: &'a RowPlan,
}

impl RowSink for StreamRows<'_> {
    fn row(&mut self, row: &impl Columns) -> Result<(), Fault> {
        self.sink.messages += 1;
        frame_message(&mut self.sink.buffer, |out| sink::write(self.plan, None, row, out))
    }

    async fn pause(&mut self) -> Result<(), Fault> {
        if self.sink.buffer.len() < ENOUGH { Ok(()) } else { self.sink.flush().await }
    }

    fn is_untouched(&self) -> bool {
        self.sink.messages == 0
    }
}
