//! A request's bytes become values: one pass over the wire format (protobuf's encoding guide), with no message in
//! between. What no parameter needs is checked for its form and passed over.

mod finish;
mod given;
mod layout;
mod read;
#[cfg(test)]
mod tests;
mod update;

use meanwhile_proto::errors::Reason;

use crate::fault::Fault;
use crate::value::Value;

pub use given::Given;
pub use layout::Layout;
pub use update::Update;

impl Layout {
    /// Reads a request.
    ///
    /// # Errors
    /// REQUEST_MALFORMED where the bytes are no such message, FIELD_REQUIRED where a required field is absent,
    /// FIELD_INVALID where a text holds a NUL, which no database takes.
    pub fn read(&self, bytes: &[u8]) -> Result<Vec<Value>, Fault> {
        let mut reading = read::Reading::new(self);
        reading.message(Layout::ROOT, bytes)?;
        reading.finish()
    }
}

fn malformed(what: &str) -> Fault {
    Fault::new(Reason::RequestMalformed, format!("the request is not a message of its type: {what}"))
}

/// A field's text.
fn text<'a>(path: &str, bytes: &'a [u8]) -> Result<&'a str, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|_| malformed(&format!("{path} is not UTF-8")))?;
    match text.contains('\0') {
        true => Err(Fault::field(path, "a NUL character has no place in text")),
        false => Ok(text),
    }
}
