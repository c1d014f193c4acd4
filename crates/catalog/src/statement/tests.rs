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

mod parameters {
    use super::*;

    #[test]
    fn a_name_is_found_and_a_dotted_one_whole() {
        assert_eq!(names("SELECT :id, :filter.country,:a.b.c"), ["id", "filter.country", "a.b.c"]);
    }

    #[test]
    fn a_name_used_twice_is_one_parameter() {
        assert_eq!(names("SELECT :a, :b, :a"), ["a", "b"]);
        assert_eq!(
            parsed("SELECT :a, :b, :a", Dialect::Postgres).render(Dialect::Postgres),
            "SELECT $1, $2, $1"
        );
    }

    #[test]
    fn a_keyword_can_be_a_name() {
        assert_eq!(names("SELECT :limit, :order.by, :update"), ["limit", "order.by", "update"]);
    }

    #[test]
    fn one_right_behind_a_word_is_refused_as_a_database_would_read_one_word() {
        for text in ["SELECT 1 LIMIT:n", "SELECT a:n", "SELECT 1:n", "SELECT \"a\":n"] {
            for dialect in Dialect::ALL {
                let finding = refused(text, dialect);
                assert!(finding.ends_with("a parameter right behind a word"), "{text}: {finding}");
            }
        }
        assert_eq!(names("SELECT (:n),-:n, 'a':n"), ["n"]);
    }

    #[test]
    fn white_space_that_a_database_takes_for_a_name_stays() {
        let rendered = parsed(" \n SELECT a FROM t\u{2003} \n", Dialect::Postgres).render(Dialect::Postgres);
        assert_eq!(rendered, "SELECT a FROM t\u{2003}");
    }

    #[test]
    fn a_comment_in_an_operator_is_refused() {
        for (text, column) in [("SELECT a >--= :n", 10), ("SELECT a #--:n", 10), ("SELECT a >/* :n */", 10)] {
            let finding = refused(text, Dialect::Postgres);
            assert_eq!(finding, format!("sql/s.S/M.sql:1:{column}: a comment in an operator"), "{text}");
        }
        assert_eq!(names("SELECT a - -:n -- :m\n, '--', $$--$$, \"--\" /*:m*/"), ["n"]);
    }

    #[test]
    fn none_is_in_a_string() {
        for text in [
            "SELECT ':a'",
            "SELECT 'it''s :a'",
            r"SELECT E'it\'s :a'",
            "SELECT $$ :a $$",
            "SELECT $tag$ $$ :a $tag$",
            r"SELECT U&'\0041 :a'",
            r#"SELECT ":a""#,
            r#"SELECT "x"":a""#,
        ] {
            assert_eq!(names(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn none_is_in_a_comment() {
        for text in ["SELECT 1 -- :a", "SELECT 1 /* :a */", "SELECT 1 /* /* :a */ :b */", "-- :a\nSELECT 1"] {
            assert_eq!(names(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn comments_of_sqlite_do_not_nest() {
        assert_eq!(names_in("SELECT 1 /* /* :a */ , :b", Dialect::Sqlite), ["b"]);
    }

    #[test]
    fn one_stands_behind_a_string_or_a_comment_that_ended() {
        assert_eq!(names("SELECT 'x'||:a /* ' */ , :b -- '\n, :c"), ["a", "b", "c"]);
    }

    #[test]
    fn a_cast_is_none() {
        assert_eq!(names("SELECT x::text, :a::int, '1'::int4"), ["a"]);
    }

    #[test]
    fn an_array_slice_is_none_but_may_hold_some() {
        assert_eq!(names("SELECT a[1:2], a[lo:hi], a[f(1):n], a[b[1]:c]"), [""; 0]);
        assert_eq!(names("SELECT a[:lo::int : :hi]"), ["lo", "hi"]);
        assert_eq!(names("SELECT a[:lo::int]"), ["lo"]);
        assert_eq!(names("SELECT ARRAY[:a, :b + 1, CASE WHEN :c THEN :d END]"), ["a", "b", "c", "d"]);
    }

    #[test]
    fn operators_of_jsonb_are_none_and_take_some() {
        assert_eq!(
            names("SELECT d ? 'k', d ?| :a, d @> :b, d->>:c, d #> :d, d @? '$.x'"),
            ["a", "b", "c", "d"]
        );
    }

    #[test]
    fn a_named_argument_is_none() {
        assert_eq!(names("SELECT f(a := 1, b := :x, c => :y)"), ["x", "y"]);
    }

    #[test]
    fn a_colon_without_a_name_is_none() {
        assert_eq!(names("SELECT a[:2], : x"), [""; 0]);
    }

    #[test]
    fn a_dot_without_a_name_behind_it_is_not_part_of_one() {
        assert_eq!(names("SELECT (:a).b, :c . d"), ["a", "c"]);
    }

    #[test]
    fn placeholders_of_other_tools_are_refused_at_their_place() {
        assert!(refused("SELECT\n  $1", Dialect::Postgres).starts_with("sql/s.S/M.sql:2:3: a placeholder"));
        for text in [
            "SELECT ?",
            "SELECT ?1",
            "SELECT $name",
            "SELECT @name",
            "SELECT #name",
            "SELECT :1",
            "SELECT :x'41'",
            "SELECT @::x",
            "SELECT \u{feff}$1x",
        ] {
            assert!(refused(text, Dialect::Sqlite).contains(":1:8: a placeholder"), "{text}");
        }
    }
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

mod places {
    use super::*;

    fn place_of(text: &str, param: usize) -> (usize, usize) {
        parsed(text, Dialect::Postgres).param_place(param).line_column()
    }

    #[test]
    fn a_place_counts_characters_and_not_bytes() {
        assert_eq!(place_of("SELECT 'Zürich — 東京', :a", 0), (1, 23));
        assert_eq!(place_of("-- é\nSELECT 'é' , :a.b", 0), (2, 14));
    }

    #[test]
    fn carriage_returns_do_not_move_a_place() {
        assert_eq!(place_of("SELECT 1,\r\n  :a,\r\n\t:b\r\n", 1), (3, 2));
    }

    #[test]
    fn text_around_parameters_stays_byte_for_byte() {
        let text = "SELECT 'ü:a', /* é */ :a ,\r\n \"日本:x\" , :b.c::text";
        let rendered = "SELECT 'ü:a', /* é */ ?1 ,\r\n \"日本:x\" , ?2::text";
        assert_eq!(parsed(text, Dialect::Postgres).render(Dialect::Sqlite), rendered);
    }

    #[test]
    fn a_databases_position_leads_back_to_the_source() {
        let text = "\n  SELECT 'é', :first, nme, :second.x, oops FROM t";
        let statement = parsed(text, Dialect::Postgres);
        let rendered = statement.render(Dialect::Postgres);
        let at = |word: &str| {
            let character = rendered[..rendered.find(word).unwrap()].chars().count();
            let place = statement.rendered_place(Dialect::Postgres, character);
            text[place.range].to_owned()
        };
        assert_eq!(at("nme"), "nme");
        assert_eq!(at("oops"), "oops");
        assert_eq!(at("$1"), ":first");
        assert_eq!(at("$2"), ":second.x");
        assert_eq!(at("SELECT"), "SELECT");
    }

    #[test]
    fn the_last_word_of_a_file_is_marked_whole() {
        let statement = parsed("SELECT missing", Dialect::Postgres);
        assert_eq!(statement.rendered_place(Dialect::Postgres, 7).range, 7..14);
    }

    #[test]
    fn a_position_behind_the_end_is_the_end() {
        let statement = parsed("SELECT :a", Dialect::Postgres);
        assert_eq!(statement.rendered_place(Dialect::Postgres, 1_000).range, 9..9);
    }

    #[test]
    fn a_word_is_found_whole_or_not_at_all() {
        let statement = parsed("SELECT id_x, xid, id FROM t", Dialect::Postgres);
        assert_eq!(statement.word_place("id").range, 18..20);
        assert_eq!(statement.word_place("nowhere").range, 0..27);
    }
}

mod one_statement {
    use super::*;

    #[test]
    fn a_semicolon_ends_it_and_is_not_sent() {
        for text in ["SELECT 1;", "SELECT 1 ; ", "SELECT 1;\n-- done\n", "SELECT 1;;"] {
            assert_eq!(parsed(text, Dialect::Postgres).render(Dialect::Postgres), "SELECT 1", "{text:?}");
        }
    }

    #[test]
    fn a_semicolon_in_a_string_or_a_comment_ends_nothing() {
        let text = "SELECT ';' -- ;";
        assert_eq!(parsed(text, Dialect::Postgres).render(Dialect::Postgres), text);
    }

    #[test]
    fn a_second_one_is_refused_where_it_starts() {
        assert_eq!(
            refused("SELECT 1;\n  DELETE FROM t WHERE x", Dialect::Postgres),
            "sql/s.S/M.sql:2:3: a second statement"
        );
    }

    #[test]
    fn a_file_without_one_is_refused() {
        for text in ["", " \n", "-- nothing\n", ";", "/* */ ;;"] {
            assert!(
                refused(text, Dialect::Postgres).ends_with("there is no statement in this file"),
                "{text:?}"
            );
        }
    }

    #[test]
    fn what_is_left_open_is_refused_where_it_opens_or_ends() {
        for text in ["SELECT 'x", "SELECT \"x", "SELECT /* x", "SELECT $$ x", "SELECT '日本"] {
            assert!(refused(text, Dialect::Postgres).starts_with("sql/s.S/M.sql:1:"), "{text:?}");
        }
    }

    #[test]
    fn what_would_outlive_it_in_the_connection_is_refused() {
        for text in
            ["BEGIN", "COMMIT", "SET x TO 1", "PRAGMA journal_mode", "LISTEN c", "EXPLAIN SELECT 1", ":a"]
        {
            assert!(refused(text, Dialect::Sqlite).contains("neither reads nor changes rows"), "{text:?}");
        }
    }
}

mod effects {
    use super::*;

    fn writes(text: &str) -> bool {
        parsed(text, Dialect::Postgres).writes()
    }

    #[test]
    fn changes_of_rows_are_writes() {
        for text in [
            "INSERT INTO t VALUES (1)",
            "update t SET x = 1",
            "DELETE FROM t",
            "MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE",
            "REPLACE INTO t VALUES (1)",
            "CALL p()",
            "TRUNCATE t",
            "/* why */ -- so\n INSERT INTO t VALUES (1)",
        ] {
            assert!(writes(text), "{text}");
        }
    }

    #[test]
    fn changes_inside_with_are_writes() {
        for text in [
            "WITH x AS (INSERT INTO t VALUES (1) RETURNING id) SELECT id FROM x",
            "WITH x AS MATERIALIZED (DELETE FROM t RETURNING id) SELECT id FROM x",
            "WITH x AS (SELECT 1), y AS (UPDATE t SET a = 1 RETURNING a) SELECT a FROM y",
            "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x",
            "WITH x AS (SELECT 1) DELETE FROM t",
            "WITH x AS (SELECT 1) REPLACE INTO t SELECT * FROM x",
            "WITH RECURSIVE x(n) AS (SELECT 1) CYCLE n SET c USING p UPDATE t SET a = 1",
            "(WITH x AS (DELETE FROM t RETURNING id) SELECT id FROM x)",
            "SELECT a INTO b FROM t",
        ] {
            assert!(writes(text), "{text}");
        }
    }

    #[test]
    fn reads_are_none() {
        for text in [
            "SELECT 1",
            "VALUES (1)",
            "TABLE t",
            "(SELECT 1) UNION (SELECT 2)",
            "SELECT * FROM t FOR UPDATE",
            "WITH x AS (SELECT * FROM t FOR UPDATE) SELECT * FROM x",
            "WITH x AS (SELECT replace(a, 'b', 'c') FROM t) SELECT * FROM x",
            "SELECT (replace(a, 'b', 'c')) FROM t",
            "SELECT \"update\", (\"delete\") FROM t",
            "SELECT t.update, (t.delete) FROM t",
            "SELECT 'INSERT INTO t' -- DELETE FROM t",
            "SELECT :into, (:update)",
            "WITH update AS (SELECT 1), values AS (SELECT 2) SELECT 1",
            "WITH x AS (SELECT 1) (SELECT * FROM x)",
            "WITH x AS (SELECT 1) SELECT (:delete)",
        ] {
            assert!(!writes(text), "{text}");
        }
    }

    #[test]
    fn the_word_that_writes_is_the_place() {
        let place = |text| raw(text, Dialect::Postgres).unwrap().write_place().unwrap().range;
        assert_eq!(place(" DELETE FROM t"), 1..7);
        assert_eq!(place("WITH x AS (UPDATE t SET a = 1) SELECT 1"), 11..17);
    }

    #[test]
    fn update_and_delete_are_about_rows_that_are_there() {
        let about = |text| parsed(text, Dialect::Postgres).changes_existing();
        assert!(about("UPDATE t SET a = 1"));
        assert!(about("WITH x AS (SELECT 1) DELETE FROM t"));
        assert!(!about("INSERT INTO t VALUES (1) ON CONFLICT DO UPDATE SET a = 1"));
        assert!(!about("SELECT * FROM t FOR UPDATE"));
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
