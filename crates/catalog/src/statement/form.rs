//! The forms of a statement: its text with some filters cut, and the others reduced to their conditions.

use std::ops::Range;

use super::{Filter, Statement};
use crate::Place;

impl Statement {
    /// Its optional filters, in order: conjuncts `(:f IS NULL OR cond)` of a WHERE, at most 16.
    pub fn filters(&self) -> &[Filter] {
        &self.filters.list
    }

    /// Where the filter of that index stands.
    pub fn filter_place(&self, filter: usize) -> Place {
        self.at(self.filters.list.get(filter).map(|filter| filter.range.clone()))
    }

    /// The parameters that are given where the filter of that index is there and no other that need not be; and the bits
    /// of the filters that are cut then.
    pub fn filter_alone(&self, filter: usize) -> (Vec<usize>, u16) {
        let filters = &self.filters.list;
        let Some(inner) = filters.get(filter).map(|filter| &filter.range) else {
            return (Vec::new(), u16::MAX);
        };
        let around = filters.iter().filter(|it| it.range.start <= inner.start && inner.end <= it.range.end);
        let mut given: Vec<usize> = around.flat_map(|filter| filter.params.iter().copied()).collect();
        given.sort_unstable();
        given.dedup();
        let is_cut = |filter: &Filter| filter.params.iter().any(|param| !given.contains(param));
        let cut = filters.iter().enumerate().filter(|(_, filter)| is_cut(filter));
        let bits = cut.fold(0, |bits, (index, _)| bits | 1 << index);
        (given, bits)
    }

    /// The text without the filters whose bits are set in `cut`, and with the others' conditions alone. `write` makes
    /// something of each parameter, by index. Its rows are those of the whole text wherever exactly the parameters that
    /// the cut filters ask for are NULL.
    pub fn render_form(&self, cut: u16, write: impl Fn(usize) -> String) -> String {
        let mut form = Form {
            statement: self,
            cut,
            write: &write,
            text: String::with_capacity(self.end),
            has_gap: false,
        };
        form.range(0..self.end, 0);
        form.text.trim_ascii().to_owned()
    }
}

struct Form<'a, W> {
    statement: &'a Statement,
    cut: u16,
    write: &'a W,
    text: String,
    /// Something was left out since the last of the text.
    has_gap: bool,
}

impl<W: Fn(usize) -> String> Form<'_, W> {
    /// These bytes, with the chains from the `chain`th on in their form.
    fn range(&mut self, range: Range<usize>, mut chain: usize) {
        let (statement, mut at) = (self.statement, range.start);
        while let Some(next) = statement.filters.chains.get(chain).filter(|next| next.range.start < range.end)
        {
            if next.range.start >= at {
                self.plain(at..next.range.start);
                self.chain(chain);
                at = next.range.end;
            }
            chain += 1;
        }
        self.plain(at..range.end);
    }

    fn chain(&mut self, index: usize) {
        let chain = &self.statement.filters.chains[index];
        let (mut behind, mut is_empty) = (chain.range.start, true);
        for conjunct in &chain.conjuncts {
            let between = behind..conjunct.range.start;
            behind = conjunct.range.end;
            if conjunct.filter.is_some_and(|filter| self.cut >> filter & 1 == 1) {
                self.has_gap = true;
                continue;
            }
            if !std::mem::take(&mut is_empty) {
                self.plain(between);
            }
            match conjunct.filter {
                Some(filter) => self.conditions(filter, index + 1),
                None => self.range(conjunct.range.clone(), index + 1),
            }
        }
        if is_empty {
            self.keep_apart(Some('t'));
            self.text.push_str("true");
        }
    }

    /// Words that stood apart by what was left out, stay apart.
    fn keep_apart(&mut self, next: Option<char>) {
        let is_word = |letter: char| !letter.is_ascii_whitespace() && !"(),;".contains(letter);
        if next.is_some_and(is_word) && self.text.ends_with(is_word) {
            self.text.push(' ');
        }
    }

    fn conditions(&mut self, filter: usize, chain: usize) {
        self.text.push('(');
        for (index, condition) in self.statement.filters.list[filter].conditions.iter().enumerate() {
            self.text.push_str(if index == 0 { "" } else { " OR " });
            self.range(condition.clone(), chain);
        }
        self.text.push(')');
    }

    /// These bytes as they are, but for their parameters.
    fn plain(&mut self, range: Range<usize>) {
        let statement = self.statement;
        if self.has_gap && !range.is_empty() {
            self.has_gap = false;
            self.keep_apart(statement.source[range.clone()].chars().next());
        }
        let first = statement.uses.partition_point(|used| used.range.start < range.start);
        let mut at = range.start;
        for used in statement.uses[first..].iter().take_while(|used| used.range.start < range.end) {
            self.text.push_str(&statement.source[at..used.range.start]);
            self.text.push_str(&(self.write)(used.param));
            at = used.range.end;
        }
        self.text.push_str(&statement.source[at..range.end]);
    }
}
