//! A statement as its author wrote it, and all that is read off its text alone.

mod effects;
mod one_statement;
mod parameters;
mod places;

use super::*;
use proptest::prelude::*;

fn raw(text: &str, dialect: Dialect) -> Result<RawStatement, Finding> {
    RawStatement::parse(Path::new("sql/s.S/M.sql"), &text.into(), dialect)
}

/// The statement with each parameter's meaning left out.
fn parsed(text: &str, dialect: Dialect) -> Statement {
    let raw = raw(text, dialect).unwrap_or_else(|finding| panic!("{finding}"));
    let params = raw.params.iter().map(|param| Param { name: param.path.join("."), origin: Origin::Limit });
    let params = params.collect();
    raw.with(params)
}

pub(super) fn parsed_in_postgres(text: &str) -> Statement {
    parsed(text, Dialect::Postgres)
}

fn names(text: &str) -> Vec<String> {
    names_in(text, Dialect::Postgres)
}

fn names_in(text: &str, dialect: Dialect) -> Vec<String> {
    parsed(text, dialect).params.into_iter().map(|param| param.name).collect()
}

fn refused(text: &str, dialect: Dialect) -> String {
    raw(text, dialect).unwrap_err().to_string()
}

#[test]
fn what_sqlite_alone_takes_for_a_parameter_is_known() {
    let place = |text| parsed(text, Dialect::Postgres).sqlite_placeholder().map(|place| place.range);
    assert_eq!(place("SELECT d ? 'k'"), Some(9..10));
    assert_eq!(place("SELECT :id, @x"), Some(12..13));
    assert_eq!(place("SELECT :id, #x"), Some(12..13));
    assert_eq!(place("SELECT :id <@x"), Some(11..13));
    assert_eq!(place("SELECT :id, '?', d @> :d, d #>> '{a}', '@x', \"#x\", a[1:2] -- @x"), None);
}

#[test]
fn a_star_for_columns_is_told_from_others() {
    let has_star = |text| parsed(text, Dialect::Postgres).has_star();
    for text in
        ["SELECT *", "SELECT DISTINCT *", "SELECT a, *", "SELECT t.*, u . *", "DELETE FROM t RETURNING *"]
    {
        assert!(has_star(text), "{text}");
    }
    for text in ["SELECT count(*)", "SELECT a * b, 2*3, :a * :b", "SELECT '*', \"*\" -- *"] {
        assert!(!has_star(text), "{text}");
    }
}

#[test]
fn only_is_null_is_a_null_test() {
    let tested = |text: &str| {
        let statement = parsed(text, Dialect::Postgres);
        statement.render_without_null_tests(|_| "$1".to_owned())
    };
    assert_eq!(tested("SELECT :a IS NULL OR x = :a"), "SELECT NULL IS NULL OR x = $1");
    assert_eq!(tested("SELECT :a is /**/ not\nnull"), "SELECT NULL is /**/ not\nnull");
    assert_eq!(tested("SELECT :a IS DISTINCT FROM x"), "SELECT $1 IS DISTINCT FROM x");
    assert_eq!(tested("SELECT :a IS TRUE"), "SELECT $1 IS TRUE");
}

/// Pieces of SQL that are whole by themselves, with the parameters they hold.
fn piece() -> impl Strategy<Value = (&'static str, &'static [&'static str])> {
    prop::sample::select(vec![
        ("x", &[] as &[_]),
        (" , 'a:b''c;'", &[]),
        ("\"q:x;\"", &[]),
        ("/* :no /* ; */ ' */", &[]),
        ("-- :no ' ;\n", &[]),
        (" $t$ :no ; $t$", &[]),
        (" (1 + 2)", &[]),
        (" a[1:2]", &[]),
        (" ::text", &[]),
        (" 'é東京' ", &[]),
        ("\r\n\t", &[]),
        (" :id ", &["id"]),
        (" ,:filter.country ", &["filter.country"]),
        (" a[:id::int] ", &["id"]),
        (" é=:über ", &["über"]),
    ])
}

proptest! {
    #[test]
    fn no_text_makes_reading_panic(text in "\\PC{0,60}", semicolons in "[:;'\"$\\[\\]/*@?. a-z\\n\\r\\-é]{0,40}") {
        for dialect in Dialect::ALL {
            for text in [text.clone(), format!("SELECT {text}"), semicolons.clone(), format!("SELECT {semicolons}")] {
                if let Ok(raw) = raw(&text, dialect) {
                    let params: Vec<_> = raw.params.iter().map(|param| raw.place(param.range.clone()).line_column()).collect();
                    prop_assert!(params.iter().all(|place| *place >= (1, 1)));
                }
            }
        }
    }

    #[test]
    fn a_statement_without_parameters_is_sent_as_it_stands(text in "[^:;]{0,60}") {
        let text = format!("SELECT {text}");
        for dialect in Dialect::ALL {
            if let Ok(raw) = raw(&text, dialect) {
                prop_assert!(raw.params.is_empty());
                prop_assert_eq!(raw.with(Vec::new()).render(dialect), text.trim_ascii());
            }
        }
    }

    #[test]
    fn parameters_are_found_at_their_bytes(pieces in prop::collection::vec(piece(), 0..12), end in prop::sample::select(vec!["", ";", " ;\n-- end"])) {
        let body: String = pieces.iter().map(|(text, _)| *text).collect();
        let text = format!("SELECT {body}{end}");
        let statement = parsed(&text, Dialect::Postgres);
        let mut expected: Vec<&str> = Vec::new();
        for name in pieces.iter().flat_map(|(_, names)| names.iter()) {
            if !expected.contains(name) {
                expected.push(name);
            }
        }
        let found: Vec<&str> = statement.params.iter().map(|param| param.name.as_str()).collect();
        prop_assert_eq!(&found, &expected);
        let back = statement.render_with(|param| format!(":{}", statement.params[param].name));
        let written = format!("SELECT {body}");
        prop_assert_eq!(back, written.trim());
    }
}
