//! A field's name: of a header, or one of the pseudo-headers of RFC 9113 section 8.3.

use http::HeaderName;

/// A field's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// `:authority`
    Authority,
    /// `:method`
    Method,
    /// `:path`
    Path,
    /// `:scheme`
    Scheme,
    /// `:status`
    Status,
    /// A header's, in small letters.
    Header(HeaderName),
}

impl Name {
    /// Of these bytes; none where they are no name, in capitals for instance.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        match bytes {
            b":authority" => Some(Self::Authority),
            b":method" => Some(Self::Method),
            b":path" => Some(Self::Path),
            b":scheme" => Some(Self::Scheme),
            b":status" => Some(Self::Status),
            _ => HeaderName::from_lowercase(bytes).ok().map(Self::Header),
        }
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Authority => ":authority",
            Self::Method => ":method",
            Self::Path => ":path",
            Self::Scheme => ":scheme",
            Self::Status => ":status",
            Self::Header(name) => name.as_str(),
        }
    }
}
