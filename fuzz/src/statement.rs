//! A text as a catalog's `.sql` file: it is refused at a place in it, or it reaches the database as it was written, but for
//! its parameters, and without whole filters at most.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use meanwhile_catalog::{Dialect, Statement};

use crate::scan::{Kind, Piece, names, scan};

/// Stands for a parameter, where none of the text's own can be taken for it.
const MARK: char = '\u{1}';

/// The forms of a statement with more filters than this are tried in part.
const FILTERS_IN_FULL: usize = 5;

/// Checks a text in every dialect.
///
/// # Panics
/// Where what is claimed of it is not so.
pub fn check(text: &str) {
    if text.contains(MARK) {
        return;
    }
    let source: Arc<str> = text.into();
    for dialect in Dialect::ALL {
        match Statement::read(Path::new("fuzz.sql"), &source, dialect) {
            Ok(statement) => check_statement(text, &statement, dialect),
            Err(finding) => {
                let place = finding.place.as_ref().map(|place| place.range.clone()).unwrap_or_default();
                assert!(
                    text.get(place.clone()).is_some(),
                    "a finding at {place:?}, which is not in the text"
                );
                finding.line_column();
                finding.end_line_column();
            }
        }
    }
}

fn check_statement(text: &str, statement: &Statement, dialect: Dialect) {
    let (used, end) = replaced(text, statement);
    let pieces = scan(text, dialect);
    if let Some(pieces) = &pieces {
        let before_end = |range: &Range<usize>| range.end <= end;
        let named: Vec<_> = names(text, pieces).into_iter().filter(before_end).collect();
        let ranges: Vec<_> = used.iter().map(|(_, range)| range.clone()).collect();
        assert_eq!(ranges, named, "{dialect}: what was replaced, and where a :name stands outside quotes");
        check_end(&text[end..], pieces, end);
    }
    let numbers: Vec<usize> = used.iter().map(|(param, _)| param + 1).collect();
    check_rendered(statement, dialect, pieces.is_some(), &numbers);
    check_forms(statement, dialect);
    check_told(statement, dialect);
}

/// Where parameters were replaced, each with its index, and where the statement ends. What stands between is the author's,
/// byte for byte.
fn replaced(text: &str, statement: &Statement) -> (Vec<(usize, Range<usize>)>, usize) {
    let rendered = statement.render_with(|param| format!("{MARK}{param}{MARK}"));
    let mut at = text.len() - text.trim_ascii_start().len();
    let mut used = Vec::new();
    for (index, part) in rendered.split(MARK).enumerate() {
        if index % 2 == 0 {
            assert!(text[at..].starts_with(part), "{part:?} is not the author's at byte {at}");
            at += part.len();
            continue;
        }
        let param: usize = part.parse().unwrap_or(usize::MAX);
        let name = format!(":{}", statement.params[param].name);
        assert!(text[at..].starts_with(&name), "{name} is not what stands at byte {at}");
        used.push((param, at..at + name.len()));
        at += name.len();
    }
    (used, at)
}

/// Behind a statement there is nothing but its semicolon, white space and comments.
fn check_end(rest: &str, pieces: &[Piece], end: usize) {
    let behind = pieces.iter().filter(|piece| piece.range.start >= end);
    let is_nothing =
        |piece: &Piece| matches!(piece.kind, Kind::Space | Kind::Comment | Kind::Sign(b';') | Kind::Variable);
    let blank = rest.trim_ascii_start();
    assert!(blank.is_empty() || blank.starts_with(';'), "{rest:?} is left out");
    assert!(behind.into_iter().all(is_nothing), "{rest:?} is left out");
}

/// What reaches the database has the parameters that were put there, and no other. A text that it cannot read anyway
/// (`was_read` is false) is not looked at.
fn check_rendered(statement: &Statement, dialect: Dialect, was_read: bool, numbers: &[usize]) {
    let rendered = statement.render(dialect);
    let Some(pieces) = scan(&rendered, dialect).filter(|_| was_read) else { return };
    let placeholders =
        |piece: &Piece| if let Kind::Placeholder(number) = piece.kind { Some(number) } else { None };
    let found: Vec<usize> = pieces.iter().filter_map(placeholders).collect();
    assert_eq!(found, numbers, "{dialect}: the parameters that the database sees in {rendered:?}");
    let is_foreign = |piece: &Piece| match piece.kind {
        Kind::Variable => true,
        Kind::Colon => dialect == Dialect::Sqlite,
        _ => false,
    };
    let foreign = pieces.iter().find(|piece| is_foreign(piece));
    assert!(
        foreign.is_none() || statement.sqlite_placeholder().is_some(),
        "{dialect}: {foreign:?} of {rendered:?} is a parameter that nobody gives a value"
    );
}

/// A form is the statement without some of its words; parentheses, OR and `true` may be new.
fn check_forms(statement: &Statement, dialect: Dialect) {
    let filters = statement.filters().len();
    let write = |param: usize| format!("{}{}", if dialect == Dialect::Sqlite { '?' } else { '$' }, param + 1);
    let whole = statement.render(dialect);
    let Some(words) = words(&whole, dialect) else { return };
    for bits in forms(filters) {
        let form = statement.render_form(bits, write);
        let Some(some) = self::words(&form, dialect) else {
            panic!("{dialect}: {form:?} cannot be read, and {whole:?} can")
        };
        let mut rest = words.iter();
        let missing = some.iter().find(|word| !rest.any(|known| known == *word));
        assert!(
            missing.is_none(),
            "{dialect}: {missing:?} of the form {form:?} is not in its order in {whole:?}"
        );
    }
}

/// The bits to try: all there can be, or each filter alone and with all others.
fn forms(filters: usize) -> Vec<u16> {
    if filters <= FILTERS_IN_FULL {
        return (0..1 << filters).collect();
    }
    (0..filters).flat_map(|filter| [1 << filter, !(1 << filter)]).chain([0, u16::MAX]).collect()
}

/// What stands in a text but white space, comments and what a form may add.
fn words<'a>(text: &'a str, dialect: Dialect) -> Option<Vec<&'a str>> {
    let pieces = scan(text, dialect)?;
    let is_word =
        |piece: &&Piece| !matches!(piece.kind, Kind::Space | Kind::Comment | Kind::Sign(b'(' | b')'));
    let texts = pieces.iter().filter(is_word).map(|piece| &text[piece.range.clone()]);
    let is_added = |word: &&str| word.eq_ignore_ascii_case("or") || word.eq_ignore_ascii_case("true");
    Some(texts.filter(|word| !is_added(word)).collect::<Vec<&'a str>>())
}

/// All that is told of a statement can be told.
fn check_told(statement: &Statement, dialect: Dialect) {
    let length = statement.render(dialect).chars().count();
    let mut places = vec![statement.word_place("id"), statement.single_word_place("id")];
    places.extend([0, length / 2, length].map(|character| statement.rendered_place(dialect, character)));
    places.extend(statement.sqlite_placeholder());
    for param in 0..statement.params.len() {
        places.push(statement.param_place(param));
        places.extend(statement.compared_place(param));
    }
    for filter in 0..statement.filters().len() {
        places.push(statement.filter_place(filter));
        let (given, _) = statement.filter_alone(filter);
        assert!(
            given.iter().all(|param| *param < statement.params.len()),
            "a filter of an unknown parameter"
        );
    }
    for place in places {
        assert!(place.source.get(place.range.clone()).is_some(), "{:?} is not in the text", place.range);
        place.line_column();
    }
    let beside = statement.beside();
    assert_eq!(beside.len(), statement.params.len());
    statement.text();
    statement.locking().render(dialect);
}
