//! Names that many spans share, kept once: a million spans have a few hundred services and methods between them.

use std::collections::HashMap;
use std::sync::Arc;

/// A name of [`Names`], by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(u32);

/// Each name once.
#[derive(Debug, Default, Clone)]
pub struct Names {
    list: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, Name>,
}

impl Names {
    /// The number of that name, a new one where it was not seen before.
    pub fn number(&mut self, name: &str) -> Name {
        if let Some(&known) = self.numbers.get(name) {
            return known;
        }
        let (text, number) = (Arc::<str>::from(name), Name(self.list.len() as u32));
        self.list.push(text.clone());
        self.numbers.insert(text, number);
        number
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
