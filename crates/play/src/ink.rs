//! How a lane's kinds look in a terminal. In colour, time that is there only because others are is warm and half dense, and
//! waiting for somebody's answer is cool and dense, as on the dashboard's page; in plain text each kind is a character.

use anstyle::{Ansi256Color, Color, Style};

/// What a terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Characters alone.
    Plain,
    /// Colours too.
    Colour,
}

/// A kind's looks.
struct Mark {
    kind: &'static str,
    plain: char,
    glyph: char,
    /// Of the 256 that terminals have; none is the colour that text has.
    colour: Option<u8>,
}

/// In the order of the page's legend (docs/wait-spans.md says what each is).
const MARKS: [Mark; 11] = [
    mark("queue", 'q', '▒', Some(166)),
    mark("shared", 's', '█', Some(110)),
    mark("pool", 'p', '▒', Some(214)),
    mark("database", 'd', '█', Some(32)),
    mark("lock", 'l', '▒', Some(169)),
    mark("upstream", 'u', '█', Some(36)),
    mark("network", '-', '─', Some(245)),
    mark("work", '#', '█', None),
    mark("scheduler", '%', '▒', Some(184)),
    mark("unknown", '?', '░', Some(245)),
    mark("self", '=', '█', Some(247)),
];

const UNKNOWN: &Mark = &MARKS[9];

const fn mark(kind: &'static str, plain: char, glyph: char, colour: Option<u8>) -> Mark {
    Mark { kind, plain, glyph, colour }
}

impl Ink {
    /// So many cells of a kind; one that a newer service has is not explained here.
    pub(crate) fn cells(self, kind: &str, count: usize) -> String {
        let mark = MARKS.iter().find(|mark| mark.kind == kind).unwrap_or(UNKNOWN);
        match (self, mark.colour) {
            (Self::Plain, _) => mark.plain.to_string().repeat(count),
            (Self::Colour, None) => mark.glyph.to_string().repeat(count),
            (Self::Colour, Some(colour)) => {
                let style = Style::new().fg_color(Some(Color::Ansi256(Ansi256Color(colour))));
                format!("{style}{}{style:#}", mark.glyph.to_string().repeat(count))
            }
        }
    }

    /// What is beside the point.
    pub(crate) fn soft(self, text: &str) -> String {
        let style = Style::new().dimmed();
        match self {
            Self::Plain => text.to_owned(),
            Self::Colour => format!("{style}{text}{style:#}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_has_a_character_of_its_own() {
        let kinds: Vec<&str> = MARKS.iter().map(|mark| mark.kind).collect();
        assert_eq!(kinds, meanwhile_timeline::Kind::ALL.map(|kind| kind.as_str()));
        let plain: BTreeSet<char> = MARKS.iter().map(|mark| mark.plain).collect();
        assert_eq!(plain.len(), MARKS.len());
    }

    #[test]
    fn no_two_kinds_look_the_same_in_colour() {
        let looks: BTreeSet<_> = MARKS.iter().map(|mark| (mark.glyph, mark.colour)).collect();
        assert_eq!(looks.len(), MARKS.len());
        assert_eq!(Ink::Colour.cells("work", 3), "███");
        assert_eq!(Ink::Plain.cells("of a newer service", 2), "??");
    }
}
