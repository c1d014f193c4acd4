//! In, stored, out: whatever a request says comes back from a table, through the same engine that serves it, wherever
//! both sides can hold it, and else is the error or the value that docs/types.md states. A room for each family of
//! types; a list of each pair is tried too.

mod lists;
mod moments;
mod numbers;
mod shapes;
mod structured;
mod texts;
mod values;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use prost_reflect::{DynamicMessage, MessageDescriptor, ReflectMessage as _, Value as Proto};
use serde_json::{Value as Json, json};

use super::table;
use crate::fixture::{Served, Shop, on_postgres, on_sqlite};

/// How many values of a pair are made up, beside those at its edges.
const CASES: u32 = 16;

/// A field that is stored in a column, and read again.
#[derive(Clone)]
struct Pair {
    field: String,
    column: String,
    /// What is selected of the column `x`.
    back: String,
    edges: Vec<Case>,
    cases: BoxedStrategy<Case>,
}

/// A value as protobuf's JSON has it, and what becomes of it.
#[derive(Debug, Clone)]
struct Case {
    sent: Json,
    comes: Comes,
}

#[derive(Debug, Clone)]
enum Comes {
    Same,
    As(Json),
    Refused(&'static str),
}

const REJECTED: Comes = Comes::Refused("VALUE_REJECTED");
const INVALID: Comes = Comes::Refused("FIELD_INVALID");

impl From<Json> for Case {
    fn from(sent: Json) -> Self {
        Self { sent, comes: Comes::Same }
    }
}

fn case(sent: impl Into<Json>, comes: Comes) -> Case {
    Case { sent: sent.into(), comes }
}

fn refused(sent: impl Into<Json>) -> Case {
    case(sent, REJECTED)
}

fn pair(
    field: &str,
    column: &str,
    edges: impl IntoIterator<Item = impl Into<Case>>,
    cases: impl Strategy<Value = impl Into<Case> + std::fmt::Debug + 'static> + 'static,
) -> Pair {
    Pair {
        field: field.to_owned(),
        column: column.to_owned(),
        back: "x".to_owned(),
        edges: edges.into_iter().map(Into::into).collect(),
        cases: cases.prop_map(Into::into).boxed(),
    }
}

impl Pair {
    /// Where the column itself does not fill the field.
    fn back(self, back: &str) -> Self {
        Self { back: back.to_owned(), ..self }
    }

    /// More edges.
    fn and(mut self, edges: impl IntoIterator<Item = impl Into<Case>>) -> Self {
        self.edges.extend(edges.into_iter().map(Into::into));
        self
    }

    /// The same values in another column.
    fn in_column(&self, column: &str) -> Self {
        Self { column: column.to_owned(), ..self.clone() }
    }
}

/// What all pairs may use.
const MESSAGES: &str = "
    message Inner { int32 n = 1; string s = 2; }
    enum Status { STATUS_UNSPECIFIED = 0; STATUS_OPEN = 1; STATUS_SOLD_OUT = 2; STATUS_BROKEN = -1; }
    message Whole {
        optional bool truth = 1; optional int32 small = 2; optional int64 big = 3; optional uint64 huge = 4; optional float real = 5;
        optional double wide = 6; optional string text = 7; optional bytes raw = 8; Status status = 9;
        google.protobuf.Timestamp at = 10; google.protobuf.Duration took = 11; google.type.Date day = 12;
        google.type.TimeOfDay clock = 13; google.type.Decimal price = 14; Inner inner = 15; repeated int64 ids = 16;
        repeated string tags = 17; google.protobuf.Struct extra = 18; google.protobuf.BoolValue maybe = 19; repeated Inner more = 20;
        map<string, int32> counts = 21;
    }";

const TYPES: &str = "CREATE EXTENSION citext; CREATE DOMAIN small AS int2; CREATE DOMAIN label AS text;
    CREATE DOMAIN moment AS timestamptz; CREATE TYPE mood AS ENUM ('open', 'STATUS_SOLD_OUT', 'unspecified');
    CREATE TYPE textrange AS RANGE (subtype = text); CREATE TYPE pair AS (s text, n int4);
    CREATE TYPE whole AS (truth bool, small int4, big int8, huge numeric, real float4, wide float8, text text, raw bytea,
        status mood, at timestamptz, took interval, day date, clock time, price numeric, \"inner\" pair, ids int8[],
        tags text[], extra jsonb, maybe bool, more pair[], counts json);";

/// A table and a method for each pair.
fn shop(pairs: &[Pair]) -> Shop {
    let (mut methods, mut messages, mut tables) = (String::new(), MESSAGES.to_owned(), String::new());
    for (at, Pair { field, column, .. }) in pairs.iter().enumerate() {
        methods += &format!("rpc P{at}(Q{at}) returns (A{at});");
        messages +=
            &format!("message Q{at} {{ {field} x = 1; }} message A{at} {{ {field} x = 1; int32 y = 2; }}");
        tables += &format!("CREATE TABLE t{at} (x {column});");
    }
    let sql = |at: usize| format!("INSERT INTO t{at} (x) VALUES (:x) RETURNING {} AS x", pairs[at].back);
    (0..pairs.len())
        .fold(Shop::new(&methods, &messages), |shop, at| shop.sql(&format!("P{at}.sql"), &sql(at)))
        .with("migrations/1_t.postgres.sql", &format!("{TYPES}{tables}"))
        .with("migrations/1_t.sqlite.sql", &tables)
}

fn message(descriptor: &MessageDescriptor, json: &Json) -> DynamicMessage {
    DynamicMessage::deserialize(descriptor.clone(), json).unwrap()
}

/// A message, or what is in it, as a text that is the same for the same: NaN is NaN, and zero below zero is no zero. A
/// default that is on the wire and one that is left out are the same.
fn shown(value: &Proto) -> String {
    let in_order = |mut all: Vec<String>| {
        all.sort();
        all.join(" ")
    };
    match value {
        Proto::Message(message) => {
            let bytes = prost::Message::encode_to_vec(message);
            let message = DynamicMessage::decode(message.descriptor(), bytes.as_slice()).unwrap();
            let fields = message.fields().map(|(field, value)| format!("{}:{}", field.name(), shown(value)));
            format!("{{{}}}", in_order(fields.collect()))
        }
        Proto::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(" ")),
        Proto::Map(entries) => {
            in_order(entries.iter().map(|(key, value)| format!("{key:?}:{}", shown(value))).collect())
        }
        other => format!("{other:?}"),
    }
}

async fn try_case(served: &Served, method: &str, case: &Case) -> Result<(), String> {
    let path = format!("/shop.v1.Shop/{method}");
    let contract = &served.catalog.methods.iter().find(|known| known.path == path).unwrap().descriptor;
    let request = message(&contract.input(), &json!({ "x": case.sent }));
    let got = served.call_raw(method, &prost::Message::encode_to_vec(&request)).await;
    let expected = match (&case.comes, &got) {
        (Comes::Refused(reason), Err(fault)) if fault.reason.as_str() == *reason => return Ok(()),
        (Comes::Refused(reason), Err(fault)) => return Err(format!("not {reason} but {fault}")),
        (Comes::Refused(reason), Ok(_)) => return Err(format!("not {reason}")),
        (_, Err(fault)) => return Err(format!("{fault}: {:?}", fault.detail)),
        (Comes::Same, _) => &case.sent,
        (Comes::As(other), _) => other,
    };
    let got = DynamicMessage::decode(contract.output(), got.unwrap().as_slice()).unwrap();
    let got = shown(&Proto::Message(got));
    let expected = shown(&Proto::Message(message(&contract.output(), &json!({ "x": expected }))));
    if got == expected { Ok(()) } else { Err(format!("{expected:.300} is {got:.300}")) }
}

/// Every pair whose values do not all come back as they should.
async fn failures(served: &Served, pairs: &[Pair]) -> Vec<String> {
    let mut failures = Vec::new();
    for (at, pair) in pairs.iter().enumerate() {
        let method = format!("P{at}");
        let found = served.findings_of(&method);
        if !found.is_empty() {
            failures.push(format!("{} in {}: {found:?}", pair.field, pair.column));
            continue;
        }
        let mut told = |case: &Case, what: String| {
            failures.push(format!(
                "{} in {}: {:.200}: {what}",
                pair.field,
                pair.column,
                case.sent.to_string()
            ));
        };
        for case in &pair.edges {
            if let Err(what) = try_case(served, &method, case).await {
                told(case, what);
            }
        }
        let try_now = |case: Case| {
            let tried = tokio::runtime::Handle::current().block_on(try_case(served, &method, &case));
            tried.map_err(TestCaseError::fail)
        };
        let mut runner =
            TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
        if let Err(error) = tokio::task::block_in_place(|| runner.run(&pair.cases, try_now)) {
            failures.push(format!("{} in {}: {error:.600}", pair.field, pair.column));
        }
        match served.call(&method, "{}").await {
            Ok(reply) if reply == "{}" => {}
            other => failures.push(format!("{} in {}: absent is {other:?}", pair.field, pair.column)),
        }
    }
    failures
}

fn come_back_on_postgres(pairs: &[Pair]) {
    on_postgres(&shop(pairs), async |served| assert_eq!(failures(served, pairs).await, [""; 0]));
}

fn come_back_on_sqlite(pairs: &[Pair]) {
    on_sqlite(&shop(pairs), async |served| assert_eq!(failures(served, pairs).await, [""; 0]));
}

/// The word that a field goes by in the tables.
fn word_of(field: &str) -> Option<&'static str> {
    match field.trim_start_matches("optional ") {
        "Status" => Some("enum"),
        "Inner" | "Whole" => Some("message"),
        map if map.starts_with("map<") => Some("map"),
        other => table::word(other),
    }
}

/// The pairs that a table names, and that are not tried.
fn left_out(
    database: &str,
    tried: &[Pair],
    columns: impl Fn(&[&'static str]) -> Vec<&'static str>,
) -> Vec<String> {
    let mut left_out = Vec::new();
    for row in table::rows(table::PARAMETERS, database).iter().filter(|row| row[0] != "repeated") {
        for word in row[0].split(", ") {
            for column in columns(row) {
                let is_it = |pair: &Pair| {
                    pair.column.split('(').next() == Some(column) && word_of(&pair.field) == Some(word)
                };
                if !tried.iter().any(is_it) {
                    left_out.push(format!("{word} in {column}"));
                }
            }
        }
    }
    left_out
}

#[test]
fn every_pair_of_the_tables_is_tried() {
    let columns = |row: &[&'static str]| table::goes_into(row[1]);
    let tried: Vec<Pair> =
        [numbers::on_postgres(), texts::on_postgres(), moments::on_postgres(), structured::on_postgres()]
            .concat();
    assert_eq!(left_out("### PostgreSQL", &tried, columns), [""; 0]);
    let columns = |row: &[&'static str]| row[1].split(", ").collect();
    let tried: Vec<Pair> =
        [numbers::on_sqlite(), texts::on_sqlite(), moments::on_sqlite(), structured::on_sqlite()].concat();
    assert_eq!(left_out("### SQLite", &tried, columns), [""; 0]);
}
