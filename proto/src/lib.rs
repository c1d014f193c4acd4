//! Meanwhile's wire contracts, and the names that both sides of the wire share.
//!
//! What a catalog may import ([`imports`]), how an error looks to a client ([`errors`]), and what a span says
//! about a wait ([`attributes`], [`waits`], [`polls`]), and how long a call may take ([`deadline`]). Nothing here does I/O.

pub mod attributes;
pub mod deadline;
pub mod errors;
pub mod imports;
pub mod polls;
pub mod waits;

/// What Meanwhile's own services say, as made from `meanwhile/v1`.
pub mod v1 {
    #![allow(
        missing_docs,
        clippy::all,
        unused_qualifications,
        reason = "made from the .proto files, which say it"
    )]
    tonic::include_proto!("meanwhile.v1");

    /// A `google.protobuf.FileDescriptorSet` of what waits right now, for reflection.
    pub const WAITS_DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/waits.bin"));

    /// The same of the timeline.
    pub const TIMELINE_DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/timeline.bin"));
}

/// By this header a gateway tells the data service which of its clients a call is of: a number, the same for all calls of
/// one client. A client cannot say it itself: the gateway passes none of its `meanwhile-` headers on.
pub const CLIENT_HEADER: &str = "meanwhile-client";

/// The trailer that names the optional parts a reply had to do without, comma-separated, by reply field.
pub const MISSING_PARTS_TRAILER: &str = "meanwhile-missing-parts";
