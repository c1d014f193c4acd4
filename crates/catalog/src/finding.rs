//! What `check` tells people: a finding is one fault at one place, with its mend. Findings are collected, never
//! thrown one at a time, so that a catalog's author sees them all at once.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::{LabeledSpan, MietteDiagnostic, MietteHandler, MietteHandlerOpts, ReportHandler as _};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; the catalog is served all the same.
    Warning,
    /// What it names cannot be served.
    Error,
}

/// Where in a file: a range of bytes of its text.
#[derive(Debug, Clone)]
pub struct Place {
    /// The whole text of the file.
    pub source: Arc<str>,
    /// The bytes in question.
    pub range: Range<usize>,
}

impl Place {
    /// The place of `range` in `source`, cut back to what the text holds, in whole characters.
    pub fn new(source: &Arc<str>, range: Range<usize>) -> Self {
        let start = source.floor_char_boundary(range.start);
        let end = source.ceil_char_boundary(range.end).max(start);
        Self { source: source.clone(), range: start..end }
    }

    /// Line and column, both from 1; a column is a character.
    pub fn line_column(&self) -> (usize, usize) {
        self.line_column_of(self.range.start)
    }

    /// The same of what comes next.
    pub fn end_line_column(&self) -> (usize, usize) {
        self.line_column_of(self.range.end)
    }

    fn line_column_of(&self, byte: usize) -> (usize, usize) {
        let before = &self.source[..byte];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

/// One fault, at one place, and how to mend it.
#[derive(Debug, Clone)]
pub struct Finding {
    /// Whether what it names can be served all the same.
    pub severity: Severity,
    /// The file, relative to the catalog's folder.
    pub file: Box<Path>,
    /// Where in the file, unless it is about the file as a whole.
    pub place: Option<Place>,
    /// What is wrong, one sentence.
    pub message: String,
    /// What to do about it, one sentence.
    pub mend: String,
    /// The method it keeps from being served, `pkg.Service/Method`, where it is about one.
    pub method: Option<Box<str>>,
}

impl Finding {
    /// A fault that keeps what it names from being served.
    pub fn error(file: impl Into<PathBuf>, message: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            file: file.into().into_boxed_path(),
            place: None,
            message: message.into(),
            mend: mend.into(),
            method: None,
        }
    }

    /// A fault that is served all the same.
    pub fn warning(file: impl Into<PathBuf>, message: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(file, message, mend) }
    }

    /// The same, at a place in the file.
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The same, of a method.
    pub fn of(mut self, method: &str) -> Self {
        self.method.get_or_insert_with(|| method.into());
        self
    }

    /// Line and column, both from 1; of a whole file the first.
    pub fn line_column(&self) -> (usize, usize) {
        self.place.as_ref().map_or((1, 1), Place::line_column)
    }

    /// The same of what comes next.
    pub fn end_line_column(&self) -> (usize, usize) {
        self.place.as_ref().map_or((1, 1), Place::end_line_column)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.line_column();
        write!(f, "{}:{line}:{column}: {}", self.file.display(), self.message)
    }
}

impl std::error::Error for Finding {}

/// Every finding of one reading of a catalog.
#[derive(Debug, Default, Clone)]
pub struct Findings {
    list: Vec<Finding>,
}

impl Findings {
    /// Adds one.
    pub fn push(&mut self, finding: Finding) {
        self.list.push(finding);
    }

    /// Adds all of another's.
    pub fn extend(&mut self, other: impl IntoIterator<Item = Finding>) {
        self.list.extend(other);
    }

    /// True when at least one keeps something from being served.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// True when there is none at all.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// In order of file and place.
    pub fn sorted(mut self) -> Self {
        self.list.sort_by(|a, b| (&a.file, a.line_column()).cmp(&(&b.file, b.line_column())));
        self
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.list.iter()
    }

    /// A report for people, with the lines in question; in colour where their terminal shows it.
    pub fn report(&self, root: &Path, coloured: bool) -> String {
        let handler = MietteHandlerOpts::new().color(coloured).build();
        self.list.iter().map(|finding| report(finding, root, &handler)).collect()
    }
}

/// The place as editors read it, then miette's drawing of the lines around it.
fn report(finding: &Finding, root: &Path, handler: &MietteHandler) -> String {
    let (line, column) = finding.line_column();
    let place = format!("{}:{line}:{column}", root.join(&finding.file).display());
    let severity = match finding.severity {
        Severity::Warning => miette::Severity::Warning,
        Severity::Error => miette::Severity::Error,
    };
    let told = MietteDiagnostic::new(&finding.message).with_severity(severity).with_help(&finding.mend);
    let drawn = match &finding.place {
        Some(Place { source, range }) => {
            let label = LabeledSpan::underline(range.clone());
            miette::Report::new(told.with_label(label)).with_source_code(source.clone())
        }
        None => miette::Report::new(told),
    };
    format!("{place}\n{}\n", Drawn { handler, report: &drawn })
}

/// miette's drawing by a handler of ours: its own looks at stderr, wherever the report goes.
struct Drawn<'a> {
    handler: &'a MietteHandler,
    report: &'a miette::Report,
}

impl fmt::Display for Drawn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.handler.debug(self.report.as_ref(), f)
    }
}

impl From<Finding> for Findings {
    fn from(finding: Finding) -> Self {
        Self { list: vec![finding] }
    }
}

impl IntoIterator for Findings {
    type Item = Finding;
    type IntoIter = std::vec::IntoIter<Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.list.iter().enumerate() {
            write!(f, "{}{finding}", if index == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Findings {}
