//! A place in a text, which only goes forward.

/// The bytes that are still to be read.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    pub at: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), at: 0 }
    }

    pub fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    pub fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at.min(self.bytes.len())..]
    }

    /// The byte so far ahead; NUL behind the end, which no SQL has.
    pub fn peek(&self, ahead: usize) -> u8 {
        self.rest().get(ahead).copied().unwrap_or(0)
    }

    /// True where one of these bytes stands before.
    pub fn is_behind(&self, bytes: &[u8]) -> bool {
        self.at.checked_sub(1).is_some_and(|before| bytes.contains(&self.bytes[before]))
    }

    pub fn starts_with(&self, text: &str) -> bool {
        self.rest().starts_with(text.as_bytes())
    }

    /// Goes on while the bytes are such.
    pub fn skip_while(&mut self, is: impl Fn(u8) -> bool) {
        self.at += self.rest().iter().take_while(|byte| is(**byte)).count();
    }

    /// Goes to behind the first `text`; false where there is none.
    pub fn skip_behind(&mut self, text: &[u8]) -> bool {
        let found = self.rest().windows(text.len()).position(|window| window == text);
        self.at = found.map_or(self.bytes.len(), |found| self.at + found + text.len());
        found.is_some()
    }

    /// Goes to behind the quote that closes what is open; one that is doubled does not, nor, where backslashes count, one
    /// behind them. None where nothing closes it.
    pub fn skip_quoted(&mut self, quote: u8, backslashes: bool) -> Option<()> {
        while !self.is_at_end() {
            match self.peek(0) {
                b'\\' if backslashes => self.at += 2,
                byte if byte == quote && self.peek(1) == quote => self.at += 2,
                byte if byte == quote => {
                    self.at += 1;
                    return Some(());
                }
                _ => self.at += 1,
            }
        }
        None
    }
}
