//! The texts of a statement with optional filters: one for each set of filters that calls leave out. Each is made when
//! it is first needed and tried on the database once; picking one takes neither lock nor memory. Where a text cannot
//! be used, the statement's whole text answers the same.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};

use meanwhile_catalog::{Dialect, Statement};
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};

use crate::value::Value;

/// A statement has at most this many texts besides its whole one.
const MOST: usize = 64;

/// The texts of a statement with no more filters than this are few.
const FEW: usize = 3;

/// A statement's filters, and its texts without them.
#[derive(Debug)]
pub(super) struct Cuts {
    statement: Statement,
    dialect: Dialect,
    /// What each parameter is written as.
    written: Vec<String>,
    /// What stands behind each text.
    end: String,
    /// The texts, each at the first free place from where its bits point.
    known: Box<[OnceLock<Cut>]>,
}

/// The statement without some of its filters.
#[derive(Debug)]
pub(super) struct Cut {
    bits: u16,
    pub sql: SqlStr,
    state: AtomicU8,
}

/// What the database said of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Tried {
    NotYet,
    Accepted,
    Refused,
}

impl Cuts {
    /// The texts of a statement that was accepted, whose parameters are `written` so; none where it has no filters.
    /// `end` is put behind each text.
    pub fn new(
        statement: &Statement,
        dialect: Dialect,
        written: Vec<String>,
        end: String,
    ) -> Option<Arc<Self>> {
        let filters = statement.filters().len();
        let places = 1_usize.checked_shl(filters as u32).map_or(MOST, |combinations| combinations.min(MOST));
        let known = std::iter::repeat_with(OnceLock::new).take(places).collect();
        (filters > 0).then(|| Arc::new(Self { statement: statement.clone(), dialect, written, end, known }))
    }

    /// The text for these values; none where there are too many already.
    pub fn pick(&self, values: &[Value]) -> Option<&Cut> {
        let bits = self.bits(values);
        (0..self.known.len()).find_map(|step| {
            // The number of places is a power of two.
            let place = (usize::from(bits) + step) & (self.known.len() - 1);
            Some(self.known[place].get_or_init(|| self.make(bits))).filter(|cut| cut.bits == bits)
        })
    }

    /// True where all texts there can be are tried before the first call.
    pub fn are_few(&self) -> bool {
        self.statement.filters().len() <= FEW
    }

    /// Every text there can be, where they are few.
    pub fn all(&self) -> impl Iterator<Item = &Cut> {
        (0..self.known.len()).map(|bits| self.known[bits].get_or_init(|| self.make(bits as u16)))
    }

    /// A bit for each filter that is cut.
    fn bits(&self, values: &[Value]) -> u16 {
        let absent = |param: &usize| values.get(*param).is_none_or(|value| self.is_null(value));
        let filters = self.statement.filters().iter().rev();
        filters.fold(0, |bits, filter| bits << 1 | u16::from(filter.params.iter().any(absent)))
    }

    fn is_null(&self, value: &Value) -> bool {
        match value {
            Value::Null => true,
            // SQLite has no NaN, and makes NULL of it.
            Value::Float(value) => self.dialect == Dialect::Sqlite && value.is_nan(),
            _ => false,
        }
    }

    /// The text without the filters of these bits.
    pub fn text(&self, bits: u16) -> SqlStr {
        let text = self.statement.render_form(bits, |param| self.written[param].clone());
        let text: Arc<str> = format!("{text}{}", self.end).into();
        // The text is the catalog author's own; requests come in as parameters only.
        AssertSqlSafe(text).into_sql_str()
    }

    fn make(&self, bits: u16) -> Cut {
        Cut { bits, sql: self.text(bits), state: AtomicU8::new(Tried::NotYet as u8) }
    }
}

impl Cut {
    pub fn tried(&self) -> Tried {
        match self.state.load(Ordering::Relaxed) {
            0 => Tried::NotYet,
            1 => Tried::Accepted,
            _ => Tried::Refused,
        }
    }

    pub fn set(&self, tried: Tried) {
        self.state.store(tried as u8, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
