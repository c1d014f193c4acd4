//! Why a call failed, as this service thinks of it: a reason with its sentence for the client, and a detail for the
//! log alone. Driver and SQL text only ever go into the detail.

use std::fmt;

use meanwhile_proto::errors::{self, Reason};
use tonic::Status;

/// A failed call, or a failed part of one.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Decides the code, and what a client may do about it.
    pub reason: Reason,
    /// The sentence a client reads.
    pub message: String,
    /// The request field at fault.
    pub field: Option<String>,
    /// For programs: `ErrorInfo.metadata`.
    pub metadata: Vec<(&'static str, String)>,
    /// For the log: what the driver or the other side said.
    pub detail: Option<String>,
}

impl Fault {
    /// A fault that is told as it is.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), field: None, metadata: Vec::new(), detail: None }
    }

    /// A fault of one request field.
    pub fn field(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::new(Reason::FieldInvalid, description) }
    }

    /// Adds what only the log may know.
    pub fn detail(mut self, detail: impl fmt::Display) -> Self {
        self.detail = Some(detail.to_string());
        self
    }

    /// Adds a word for programs.
    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.metadata.push((key, value.into()));
        self
    }

    /// Out of time.
    pub fn deadline() -> Self {
        Self::new(Reason::DeadlineExceeded, "the deadline passed before the reply was ready")
    }

    /// True where somebody who runs the service should look.
    pub fn is_ours(&self) -> bool {
        use tonic::Code;
        matches!(self.reason.code(), Code::Internal | Code::Unknown | Code::Unavailable | Code::DataLoss)
    }

    /// As it goes over the wire.
    pub fn status(&self) -> Status {
        if let Some(field) = &self.field {
            return errors::field_status(self.reason, field, &self.message);
        }
        let metadata: Vec<_> = self.metadata.iter().map(|(key, value)| (*key, value.as_str())).collect();
        if self.reason == Reason::Overloaded {
            return errors::retry_status(self.reason, &self.message, std::time::Duration::from_millis(100));
        }
        errors::status(self.reason, &self.message, &metadata)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        match &self.detail {
            Some(detail) => write!(f, " ({detail})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Fault {}
