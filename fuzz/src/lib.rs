//! What the fuzz targets check. `tools/fuzz.sh` builds and runs them; the seeds they start from are run by plain tests too.
//!
//! Nothing from a request ever becomes SQL: [`statement`] says that a file's text reaches the database as its author wrote
//! it, but for its parameters, and [`texts`] which texts there can be at all, whatever requests come. [`scan`] reads SQL by the rules of the
//! databases' own scanners, and shares no code with what it is compared to.
//!
//! [`peer`] says what HTTP/2 may be made to do by whoever is on the other side.

#[cfg(feature = "libfuzzer")]
pub mod binder;
pub mod peer;
pub mod scan;
pub mod seeds;
pub mod statement;
pub mod texts;
