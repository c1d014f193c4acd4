//! Names that many spans share, kept once: a million spans have a few hundred services and methods between them.

use std::collections::HashMap;
use std::sync::Arc;

/// A name of [`Names`], by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(u32);

/// Longer names are cut: a name is for telling things apart, not for carrying them.
const LONGEST: usize = 1_024;

/// What a name takes besides its text: its places in the list and in the table.
const OVERHEAD: usize = 64;

/// Stands for every name that there is no room for.
const OTHER: &str = "(too many names)";

/// Each name once.
#[derive(Debug, Clone)]
pub struct Names {
    list: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, Name>,
    bytes: usize,
    most: usize,
}

impl Default for Names {
    fn default() -> Self {
        Self::bounded(usize::MAX)
    }
}

impl Names {
    /// Names that take about so many bytes at most; those that come later are all called the same.
    pub fn bounded(bytes: usize) -> Self {
        Self { list: Vec::new(), numbers: HashMap::new(), bytes: 0, most: bytes }
    }

    /// The number of that name, a new one where it was not seen before.
    pub fn number(&mut self, name: &str) -> Name {
        let name = &name[..name.floor_char_boundary(LONGEST)];
        if let Some(&known) = self.numbers.get(name) {
            return known;
        }
        if self.bytes.saturating_add(name.len() + OVERHEAD) > self.most && name != OTHER {
            return self.number(OTHER);
        }
        let (text, number) = (Arc::<str>::from(name), Name(self.list.len() as u32));
        self.bytes += name.len() + OVERHEAD;
        self.list.push(text.clone());
        self.numbers.insert(text, number);
        number
    }

    /// What they take, about, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The number of a name that was seen before.
    pub fn find(&self, name: &str) -> Option<Name> {
        self.numbers.get(name).copied()
    }

    /// The name of that number; empty where it is another list's.
    pub fn text(&self, name: Name) -> &str {
        self.list.get(name.0 as usize).map_or("", |text| text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_there_is_no_room_for_are_all_called_the_same() {
        let mut names = Names::bounded(2 * (OVERHEAD + 1));
        let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| names.number(name));
        assert_eq!([a, b, c, d].map(|name| names.text(name)), ["a", "b", OTHER, OTHER]);
        assert_eq!(names.number("a"), a);
    }

    #[test]
    fn a_long_name_is_cut_between_two_letters() {
        let mut names = Names::default();
        let long = names.number(&"ä".repeat(LONGEST));
        assert_eq!(names.text(long), "ä".repeat(LONGEST / 2));
    }
}
