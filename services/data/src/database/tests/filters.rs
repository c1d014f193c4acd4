//! Optional filters on real databases: a statement without those that a call leaves out gives the rows of the whole one.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use meanwhile_catalog::{Catalog, Param, Source, Statement};
use meanwhile_telemetry::{Config, Telemetry};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config as Cases, RngAlgorithm, TestRng, TestRunner};

use crate::database::cuts::{Cuts, Tried};
use crate::database::{Database, Prepared, RowSink, Trip};
use crate::fault::Fault;
use crate::fixture::{Served, Shop, on_both, on_sqlite};
use crate::request::Given;
use crate::rows::Columns;
use crate::value::Value;

/// The request's fields, and the table's columns of the same types.
const FIELDS: &str = "optional int32 p = 1; optional int32 q = 2; optional string s = 3; int32 plain = 4; optional double d = 5;";

const SCHEMA: &str = "CREATE TABLE t (id bigint PRIMARY KEY, n integer, s text, d double precision, b boolean NOT NULL);
    INSERT INTO t SELECT i, nullif(i % 7, 3), CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN 'a' ELSE 'OR' END,
        nullif(i % 5, 2) / 2.0, i % 3 = 0
    FROM (WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 60) SELECT i FROM r) AS numbers";

fn shop(sql: &str) -> Shop {
    let messages = format!(
        "message Request {{ {FIELDS} }} message Reply {{ repeated Row rows = 1; }} message Row {{ int64 id = 1; }}"
    );
    Shop::reading(&messages, sql)
}

/// How it is asked whether a parameter is NULL.
fn test(name: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just(format!(":{name} IS NULL")),
        1 => Just(format!("(:{name} IS NULL)")),
        1 => Just(format!("(:{name}) is null")),
    ]
}

/// A condition that may ask for anything, and be NULL.
fn condition() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "n = :p",
        "n >= :q",
        "s = :s",
        "n = :plain",
        "d < :d",
        "n BETWEEN :p AND 5",
        "n BETWEEN 1 AND :q",
        "n IN (:p, :q, 4)",
        "(n, id) > (:p, 7)",
        "n IS NOT DISTINCT FROM :p",
        "s IS DISTINCT FROM 'OR'",
        "CASE WHEN n > :p AND b THEN true WHEN s = 'x' OR b THEN b END",
        "n + 1 > :q",
        "b",
        "id > 10",
        "s <> ' AND ('",
        "NOT b",
        "n /* OR */ > 1",
        "s IS NULL",
    ]);
    let leaf = leaf.prop_map(str::to_owned);
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            4 => filter(inner.clone().boxed()),
            2 => prop::collection::vec(inner.clone(), 2..4).prop_map(|all| format!("({})", all.join(" AND "))),
            1 => prop::collection::vec(inner.clone(), 2..4).prop_map(|all| format!("({})", all.join(" OR "))),
            1 => inner.clone().prop_map(|one| format!("NOT ({one})")),
            1 => inner.clone().prop_map(|one| format!("(({one}))")),
            1 => inner.prop_map(|one| format!("EXISTS (SELECT 1 FROM t u WHERE u.id = t.id + 1 AND {one})")),
        ]
    })
}

fn filter(inner: BoxedStrategy<String>) -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["p", "q", "s", "d"]);
    (name.prop_flat_map(test), inner.clone(), inner, 0..8).prop_map(|(test, one, other, shape)| match shape {
        0..=2 => format!("({test} OR {one})"),
        3 => format!("({one} OR {test})"),
        4 => format!("({one} OR {test} OR {other})"),
        5 => format!("({test} OR {one} AND {other})"),
        6 => format!("({test} OR :q IS NULL -- both\n OR {one})"),
        _ => format!("({test} OR {one}) IS NOT FALSE"),
    })
}

/// A statement with a WHERE, somewhere.
fn statement() -> impl Strategy<Value = String> {
    let joined = |all: Vec<String>| all.join("\n AND ");
    let chain = prop::collection::vec(condition(), 1..5).prop_map(joined);
    let whole = condition().prop_map(|one| format!(":p IS NULL OR {one}"));
    (prop_oneof![6 => chain, 1 => whole], 0..6).prop_map(|(chain, shape)| match shape {
        0 | 1 => format!("SELECT id FROM t WHERE {chain} ORDER BY id"),
        2 => format!("WITH c AS (SELECT t.* FROM t WHERE {chain}) SELECT id FROM c WHERE (:s IS NULL OR s = :s) ORDER BY id LIMIT 50"),
        3 => format!("SELECT count(*) FILTER (WHERE {chain}) AS id FROM t"),
        4 => format!("SELECT id FROM t WHERE b UNION SELECT id FROM t WHERE {chain} ORDER BY 1"),
        _ => format!("SELECT max(id) AS id FROM t WHERE {chain} GROUP BY n ORDER BY 1"),
    })
}

fn values() -> impl Strategy<Value = Vec<(&'static str, Value)>> {
    let maybe = |value: BoxedStrategy<Value>| prop_oneof![Just(Value::Null), value];
    let number = || (0..7_i64).prop_map(Value::Int).boxed();
    let text = prop::sample::select(vec!["", "a", "OR", "x"]).prop_map(|text| Value::Text(text.to_owned()));
    let float = prop::sample::select(vec![0.0, 0.5, 1.5]).prop_map(Value::Float);
    (maybe(number()), maybe(number()), maybe(text.boxed()), number(), maybe(float.boxed()))
        .prop_map(|(p, q, s, plain, d)| vec![("p", p), ("q", q), ("s", s), ("plain", plain), ("d", d)])
}

#[derive(Default)]
struct Ids(Vec<Value>);

impl RowSink for Ids {
    fn row(&mut self, row: &impl Columns) -> Result<(), Fault> {
        self.0.push(row.scalar(0).unwrap().to_value().unwrap());
        Ok(())
    }

    fn is_untouched(&self) -> bool {
        self.0.is_empty()
    }
}

async fn rows(database: &Database, prepared: &Prepared, values: &[Value]) -> Vec<Value> {
    static TELEMETRY: LazyLock<Telemetry> = LazyLock::new(|| {
        Telemetry::start(Config { service_name: "test".to_owned(), endpoints: Vec::new() }).unwrap()
    });
    let span = TELEMETRY.tracer().client_request("test", Vec::new());
    let trip = Trip { prepared, values, summary: &"test".into(), part: None, request: &span.context() };
    let mut ids = Ids::default();
    database.run(&trip, &mut ids).await.unwrap();
    ids.0
}

/// The statement that answers the catalog's one method, accepted.
async fn prepared(served: &Served, catalog: &Catalog) -> (Statement, Prepared) {
    let method = &catalog.methods[0];
    let Source::Sql(source) = &method.parts[0].source else { panic!("no SQL") };
    let statement = source.statement(served.database.dialect()).unwrap();
    let given = |param: &Param| {
        let field = method.descriptor.input().get_field_by_name(&param.name);
        field.as_ref().map(Given::of)
    };
    let given: Vec<_> = statement.params.iter().map(given).collect();
    let prepared = served.database.prepare(statement, &given, true).await;
    (statement.clone(), prepared.unwrap_or_else(|error| panic!("{}: {error:?}", statement.source)))
}

fn in_order(statement: &Statement, values: &[(&str, Value)]) -> Vec<Value> {
    let value = |name: &str| values.iter().find(|(known, _)| *known == name).unwrap().1.clone();
    statement.params.iter().map(|param| value(&param.name)).collect()
}

/// What a statement gives whole and without the filters that the values leave out. Counts the texts that were used.
async fn compared(served: &Served, sql: &str, sets: &[Vec<(&str, Value)>], used: &RefCell<BTreeSet<String>>) {
    let (statement, prepared) = prepared(served, &shop(sql).load()).await;
    let whole = Prepared { cuts: None, ..prepared.clone() };
    for values in sets {
        let values = in_order(&statement, values);
        let (expected, given) =
            (rows(&served.database, &whole, &values).await, rows(&served.database, &prepared, &values).await);
        assert_eq!(given, expected, "{sql}\n{values:?}");
        if let Some(cut) = prepared.cuts.as_ref().and_then(|cuts| cuts.pick(&values)) {
            assert_eq!(cut.tried(), Tried::Accepted, "{sql}\n{:?}", cut.sql);
            used.borrow_mut().insert(cut.sql.as_str().to_owned());
        }
    }
}

#[test]
fn any_statement_gives_the_same_rows_without_the_filters_that_a_call_leaves_out() {
    let used = RefCell::new(BTreeSet::new());
    on_both(&shop("SELECT id FROM t WHERE id > :plain").schema(SCHEMA), async |served| {
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let mut runner = TestRunner::new_with_rng(Cases::default(), rng);
        for _ in 0..80 {
            let sql = statement().new_tree(&mut runner).unwrap().current();
            let sets = prop::collection::vec(values(), 5).new_tree(&mut runner).unwrap().current();
            compared(served, &sql, &sets, &used).await;
        }
    });
    assert!(used.borrow().len() > 120, "{}", used.borrow().len());
}

#[test]
fn a_text_that_the_database_does_not_take_is_given_up_for_the_whole_one() {
    let shop = shop("SELECT id FROM t WHERE (:p IS NULL OR id < :p) AND id < 5 ORDER BY id").schema(SCHEMA);
    on_both(&shop, async |served| {
        let (statement, prepared) = prepared(served, &served.catalog).await;
        let cuts =
            Cuts::new(&statement, served.database.dialect(), vec!["nonsense(".to_owned()], String::new());
        let prepared = Prepared { cuts, ..prepared };
        let values = [Value::Int(3)];
        let cut = prepared.cuts.as_ref().unwrap().pick(&values).unwrap();
        for tried in [Tried::NotYet, Tried::Refused] {
            assert_eq!(cut.tried(), tried);
            assert_eq!(rows(&served.database, &prepared, &values).await, [Value::Int(1), Value::Int(2)]);
        }
    });
}

#[test]
fn two_statements_that_look_the_same_once_they_are_cut_keep_their_types() {
    let messages = "message Request { optional int32 n = 1; optional int64 w = 2; optional string s = 3; } message Reply { repeated Row rows = 1; } message Row { int64 id = 1; }";
    let reads = "{ option idempotency_level = NO_SIDE_EFFECTS; }";
    let methods = format!(
        "rpc Get(Request) returns (Reply) {reads} rpc Wide(Request) returns (Reply) {reads} rpc Text(Request) returns (Reply) {reads} rpc Name(Request) returns (Reply) {reads}"
    );
    let shop = Shop::new(&methods, messages)
        .schema("CREATE TABLE t (id bigint PRIMARY KEY, n integer); INSERT INTO t VALUES (1, 1), (2, 2)")
        .sql("Get.sql", "SELECT id FROM t WHERE (:n IS NULL OR id = CAST(:n AS integer))")
        .sql("Wide.sql", "SELECT id FROM t WHERE (:w IS NULL OR id = CAST(:w AS integer))")
        .sql("Text.sql", "SELECT id FROM t WHERE (:n IS NULL OR id > 1)")
        .sql("Name.sql", "SELECT id FROM t WHERE (:s IS NULL OR id > 1)");
    on_both(&shop, async |served| {
        for (method, request) in [
            ("Get", r#"{"n": 2}"#),
            ("Wide", r#"{"w": 2}"#),
            ("Text", r#"{"n": 2}"#),
            ("Name", r#"{"s": "x"}"#),
        ] {
            for _ in 0..3 {
                assert_eq!(
                    served.call(method, request).await.unwrap(),
                    r#"{"rows":[{"id":"2"}]}"#,
                    "{method}"
                );
                assert_eq!(served.call(method, "{}").await.unwrap(), r#"{"rows":[{"id":"1"},{"id":"2"}]}"#);
            }
        }
    });
}

#[test]
fn a_column_that_is_named_like_a_clause_ends_no_filter_of_sqlite() {
    let shop = shop("SELECT id FROM t WHERE :p IS NULL OR id > offset ORDER BY id").schema(
        "CREATE TABLE t (id integer PRIMARY KEY, offset integer); INSERT INTO t VALUES (1, 1), (2, 1)",
    );
    on_sqlite(&shop, async |served| {
        for _ in 0..2 {
            assert_eq!(served.get(r#"{"p": 1}"#).await.unwrap(), r#"{"rows":[{"id":"2"}]}"#);
            assert_eq!(served.get("{}").await.unwrap(), r#"{"rows":[{"id":"1"},{"id":"2"}]}"#);
        }
    });
}

#[test]
fn a_write_takes_its_filters_too() {
    let shop = Shop::writing(
        "message Request { int64 id = 1; optional int32 version = 2; } message Reply { int64 id = 1; int32 version = 2; }",
        "UPDATE t SET version = version + 1 WHERE id = :id AND (:version IS NULL OR version = :version) RETURNING id, version",
    )
    .schema("CREATE TABLE t (id bigint PRIMARY KEY, version integer NOT NULL); INSERT INTO t VALUES (1, 1), (2, 1)");
    on_both(&shop, async |served| {
        assert_eq!(served.get(r#"{"id": "1"}"#).await.unwrap(), r#"{"id":"1","version":2}"#);
        assert_eq!(served.get(r#"{"id": "1", "version": 2}"#).await.unwrap(), r#"{"id":"1","version":3}"#);
        let fault = served.get(r#"{"id": "1", "version": 2}"#).await.unwrap_err();
        assert_eq!(fault.reason.as_str(), "RESOURCE_NOT_FOUND");
    });
}
