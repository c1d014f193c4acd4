//! What one reading of a catalog changes against the one before it.

use std::collections::BTreeMap;
use std::fmt;

use crate::Catalog;

/// How many methods are named before the rest is only counted.
const NAMED: usize = 20;

/// The methods that are other than before.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Those that were not there.
    pub new: Names,
    /// Those whose contract, SQL, web calls or options are other ones.
    pub changed: Names,
    /// Those that are not there any more.
    pub gone: Names,
}

/// Methods as `pkg.Service/Method`, sorted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Names(Vec<String>);

impl Changes {
    /// From one catalog to the other.
    pub fn between(before: &Catalog, after: &Catalog) -> Self {
        let digests = |catalog: &Catalog| -> BTreeMap<String, u64> {
            catalog.methods.iter().map(|method| (method.full_name().to_owned(), method.digest())).collect()
        };
        let (mut before, mut changes) = (digests(before), Self::default());
        for (name, digest) in digests(after) {
            match before.remove(&name) {
                Some(known) if known == digest => {}
                Some(_) => changes.changed.0.push(name),
                None => changes.new.0.push(name),
            }
        }
        changes.gone.0.extend(before.into_keys());
        changes
    }
}

/// As many as a line of a log holds, and how many more.
impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(names) = self;
        match names.len() {
            0 => f.write_str("none"),
            count if count > NAMED => {
                write!(f, "{} and {} more", names[..NAMED].join(" "), count - NAMED)
            }
            _ => f.write_str(&names.join(" ")),
        }
    }
}
