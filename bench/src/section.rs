//! What one measurement gave: its figures, filled round by round, and what a reader has to know beside them.

use crate::figure::{Bar, Figure, Unit};

/// What one measurement gave.
#[derive(Debug, Default)]
pub struct Section {
    /// What was done.
    pub title: String,
    /// What came out.
    pub figures: Vec<Figure>,
    /// What a reader has to know beside them.
    pub notes: Vec<String>,
}

impl Section {
    /// With nothing in it yet.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// One that was not measured, and why.
    pub fn left_out(title: impl Into<String>, why: &str) -> Self {
        let mut section = Self::new(title);
        section.note(format!("left out: {why}"));
        section
    }

    /// Adds a value to the figure of that name, which is begun where there is none.
    pub fn add(&mut self, name: &str, unit: Unit, value: f64) {
        self.figure(name, unit).values.push(value);
    }

    /// The same for a figure that has to hold a bar.
    pub fn hold(&mut self, name: &str, unit: Unit, value: f64, bar: Bar) {
        let figure = self.figure(name, unit);
        figure.values.push(value);
        figure.bar = Some(bar);
    }

    fn figure(&mut self, name: &str, unit: Unit) -> &mut Figure {
        let known = self.figures.iter().position(|figure| figure.name == name);
        let index = known.unwrap_or(self.figures.len());
        if known.is_none() {
            self.figures.push(Figure::new(name, unit, Vec::new()));
        }
        &mut self.figures[index]
    }

    /// Says something beside the figures, once.
    pub fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_one_name_are_one_figure_with_one_bar() {
        let mut section = Section::new("title");
        for value in [1.0, 3.0] {
            section.add("ours", Unit::Ratio, value);
            section.hold("theirs", Unit::Ratio, 2.0 * value, Bar::AtLeast(4.0));
        }
        let seen: Vec<_> = section
            .figures
            .iter()
            .map(|figure| (figure.name.as_str(), figure.median(), figure.bar))
            .collect();
        assert_eq!(seen, [("ours", 2.0, None), ("theirs", 4.0, Some(Bar::AtLeast(4.0)))]);
    }
}
