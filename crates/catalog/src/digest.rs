//! Whether a method is answered as it was before: what a changed catalog changes.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::hash::{DefaultHasher, Hasher as _};

use prost::Message as _;
use prost_reflect::{Kind, MessageDescriptor};

use crate::Method;

impl Method {
    /// A number that is another one when the method's contract, its SQL, its web calls or their options are. It is for
    /// comparing within one process.
    pub fn digest(&self) -> u64 {
        let mut digest = Digest(DefaultHasher::new());
        // The plan shows all that it is made of, the files' texts among it.
        digest.add(self);
        digest.0.write(&self.descriptor.options().encode_to_vec());
        let mut seen = BTreeSet::new();
        digest.add_message(&self.descriptor.input(), &mut seen);
        digest.add_message(&self.descriptor.output(), &mut seen);
        digest.0.finish()
    }
}

/// A hash of what is written into it.
struct Digest(DefaultHasher);

impl fmt::Write for Digest {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

impl Digest {
    fn add(&mut self, shown: impl fmt::Debug) {
        // Writing here cannot fail.
        let _ = write!(self, "{shown:?}");
    }

    /// The message with all that it holds.
    fn add_message(&mut self, message: &MessageDescriptor, seen: &mut BTreeSet<String>) {
        if !seen.insert(message.full_name().to_owned()) {
            return;
        }
        self.add(message);
        for field in message.fields() {
            self.0.write(&field.options().encode_to_vec());
            match field.kind() {
                Kind::Message(inner) => self.add_message(&inner, seen),
                Kind::Enum(inner) => self.add(inner.enum_descriptor_proto()),
                _ => {}
            }
        }
    }
}
