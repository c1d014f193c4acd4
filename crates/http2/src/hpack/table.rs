//! The table of entries that fields are numbers of (RFC 7541 section 2.3): the same 61 for everybody, then those of the
//! connection, newest first.

use std::collections::VecDeque;
use std::sync::LazyLock;

use http::HeaderValue;

use super::Name;

/// What a table may hold unless both sides say otherwise, as sizes are counted here.
pub const SIZE: usize = 4_096;

/// What an entry costs besides its bytes (section 4.1).
const OVERHEAD: usize = 32;

/// Appendix A, from entry 1 on.
#[rustfmt::skip]
const STATIC: [(&str, &str); 61] = [
    (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"), (":path", "/index.html"),
    (":scheme", "http"), (":scheme", "https"), (":status", "200"), (":status", "204"), (":status", "206"),
    (":status", "304"), (":status", "400"), (":status", "404"), (":status", "500"), ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"), ("accept-language", ""), ("accept-ranges", ""), ("accept", ""),
    ("access-control-allow-origin", ""), ("age", ""), ("allow", ""), ("authorization", ""), ("cache-control", ""),
    ("content-disposition", ""), ("content-encoding", ""), ("content-language", ""), ("content-length", ""),
    ("content-location", ""), ("content-range", ""), ("content-type", ""), ("cookie", ""), ("date", ""), ("etag", ""),
    ("expect", ""), ("expires", ""), ("from", ""), ("host", ""), ("if-match", ""), ("if-modified-since", ""),
    ("if-none-match", ""), ("if-range", ""), ("if-unmodified-since", ""), ("last-modified", ""), ("link", ""),
    ("location", ""), ("max-forwards", ""), ("proxy-authenticate", ""), ("proxy-authorization", ""), ("range", ""),
    ("referer", ""), ("refresh", ""), ("retry-after", ""), ("server", ""), ("set-cookie", ""),
    ("strict-transport-security", ""), ("transfer-encoding", ""), ("user-agent", ""), ("vary", ""), ("via", ""),
    ("www-authenticate", ""),
];

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let entry = |&(name, value): &(&str, &'static str)| {
        Some(Entry { name: Name::read(name.as_bytes())?, value: HeaderValue::from_static(value) })
    };
    STATIC.iter().filter_map(entry).collect()
});

/// A field.
#[derive(Debug, Clone)]
pub struct Entry {
    pub name: Name,
    pub value: HeaderValue,
}

impl Entry {
    fn size(&self) -> usize {
        self.name.as_str().len() + self.value.len() + OVERHEAD
    }
}

/// A connection's table, in one direction.
#[derive(Debug)]
pub struct Table {
    /// Newest first.
    entries: VecDeque<Entry>,
    size: usize,
    most: usize,
}

impl Table {
    pub fn new() -> Self {
        Self { entries: VecDeque::new(), size: 0, most: SIZE }
    }

    /// The entry of that number, which begins with 1.
    pub fn get(&self, number: usize) -> Option<&Entry> {
        let at = number.checked_sub(1)?;
        ENTRIES.get(at).or_else(|| self.entries.get(at.checked_sub(ENTRIES.len())?))
    }

    /// Adds one and drops the oldest that have no room then. One that is larger than the table leaves it empty.
    pub fn add(&mut self, entry: Entry) {
        self.size += entry.size();
        self.entries.push_front(entry);
        self.shrink();
    }

    /// From now on it holds so much.
    pub fn resize(&mut self, most: usize) {
        self.most = most;
        self.shrink();
    }

    /// Whether one of these bytes would leave room for some others.
    pub fn is_worth(&self, name: &Name, value: &[u8]) -> bool {
        name.as_str().len() + value.len() + OVERHEAD <= self.most / 4
    }

    /// The number of the entry that is this field.
    pub fn find(&self, name: &Name, value: &[u8]) -> Option<usize> {
        let is_it = |entry: &Entry| entry.value == *value && entry.name == *name;
        if let Some(at) = self.entries.iter().position(is_it) {
            return Some(ENTRIES.len() + 1 + at);
        }
        // Of headers no value is there but one that nobody sends here.
        if matches!(name, Name::Header(_)) {
            return None;
        }
        ENTRIES.iter().position(is_it).map(|at| at + 1)
    }

    /// The number of an entry with that name that is always there.
    pub fn find_name(name: &Name) -> Option<usize> {
        ENTRIES.iter().position(|entry| entry.name == *name).map(|at| at + 1)
    }

    fn shrink(&mut self) {
        while self.size > self.most
            && let Some(oldest) = self.entries.pop_back()
        {
            self.size -= oldest.size();
        }
    }
}
