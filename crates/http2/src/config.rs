//! What a connection allows its peer.

/// What a connection allows its peer.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// Bytes that one stream may have on their way unread (SETTINGS_INITIAL_WINDOW_SIZE).
    pub stream_window: u32,
    /// Bytes that all streams together may have so.
    pub connection_window: u32,
    /// Streams that the peer may have open (SETTINGS_MAX_CONCURRENT_STREAMS).
    pub max_streams: u32,
    /// Bytes of one list of fields, as RFC 9113 section 6.5.2 counts them.
    pub max_header_list: u32,
}
