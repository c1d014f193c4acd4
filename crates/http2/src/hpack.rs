//! HPACK (RFC 7541): fields to bytes and back, over a table that each side of a connection keeps of the other's.

mod decoder;
mod encoder;
mod huffman;
mod integer;
mod name;
mod table;

pub use decoder::Decoder;
pub use encoder::Encoder;
pub use name::Name;

#[cfg(test)]
mod tests;
