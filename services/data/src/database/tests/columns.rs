//! The table in docs/types.md, tried pair by pair on a real PostgreSQL: a column of each type meets a field of each type,
//! and is accepted where the table says so, and nowhere else.

use meanwhile_catalog::{Dialect, Method, Source};
use prost_reflect::DescriptorPool;

use crate::fixture::{Served, Shop, contract, message, on_postgres};
use crate::rows::{ColumnType, RowPlan};

const TYPES: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/types.md"));

/// A word of the table and the field types that it stands for.
const FIELDS: [(&str, &[&str]); 20] = [
    ("bool", &["bool", "google.protobuf.BoolValue"]),
    ("int32", &["int32", "sint32", "sfixed32", "google.protobuf.Int32Value"]),
    ("int64", &["int64", "sint64", "sfixed64", "google.protobuf.Int64Value"]),
    ("uint32", &["uint32", "fixed32", "google.protobuf.UInt32Value"]),
    ("uint64", &["uint64", "fixed64", "google.protobuf.UInt64Value"]),
    ("float", &["float", "google.protobuf.FloatValue"]),
    ("double", &["double", "google.protobuf.DoubleValue"]),
    ("string", &["string", "google.protobuf.StringValue"]),
    ("bytes", &["bytes", "google.protobuf.BytesValue"]),
    ("enum", &["Mood"]),
    ("Timestamp", &["google.protobuf.Timestamp"]),
    ("Duration", &["google.protobuf.Duration"]),
    ("Date", &["google.type.Date"]),
    ("TimeOfDay", &["google.type.TimeOfDay"]),
    ("Decimal", &["google.type.Decimal"]),
    ("Struct", &["google.protobuf.Struct"]),
    ("Value", &["google.protobuf.Value"]),
    ("ListValue", &["google.protobuf.ListValue"]),
    ("message", &["Pair"]),
    ("map", &["map<string, int32>"]),
];

/// A row's name in the table and the types that it stands for, where they are others.
const COLUMNS: [(&str, &[&str]); 3] = [
    ("an enum", &["mood"]),
    ("a range", &["int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange", "textrange"]),
    ("a composite type", &["pair"]),
];

/// A row of the table: the column's types, and the words for what they fill.
struct Row {
    types: Vec<&'static str>,
    fills: Vec<&'static str>,
}

fn rows() -> Vec<Row> {
    let table = TYPES.split("### PostgreSQL").nth(1).unwrap().split("### SQLite").next().unwrap();
    let lines = table.lines().filter(|line| line.starts_with("| ")).skip(1);
    let row = |line: &'static str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let known = COLUMNS.iter().find(|(name, _)| *name == cells[1]);
        let types = known.map_or_else(|| cells[1].split(", ").collect(), |(_, types)| types.to_vec());
        Row { types, fills: cells[2].split(", ").collect() }
    };
    lines.map(row).filter(|row| row.types != ["an array"]).collect()
}

/// A field type, the word it goes by in the table, and whether it is repeated.
fn fields() -> Vec<(String, &'static str, bool)> {
    let all = FIELDS.iter().flat_map(|(word, types)| types.iter().map(move |kind| (*kind, *word)));
    let single = all.clone().map(|(kind, word)| (kind.to_owned(), word, false));
    let lists = all.filter(|(kind, _)| !kind.starts_with("map"));
    single.chain(lists.map(|(kind, word)| (format!("repeated {kind}"), word, true))).collect()
}

/// For each field type a message with one field `x` of it.
fn messages() -> DescriptorPool {
    let one = |(index, (kind, ..)): (usize, (String, _, _))| format!("message M{index} {{ {kind} x = 1; }}");
    let messages: String = fields().into_iter().enumerate().map(one).collect();
    let others =
        "message Pair { int32 x = 1; string y = 2; } enum Mood { MOOD_UNSPECIFIED = 0; MOOD_SAD = 1; }";
    contract(&format!("{messages}{others}"))
}

/// A column's type as PostgreSQL describes it to us.
async fn described(served: &Served, method: &Method) -> ColumnType {
    let Source::Sql(sql) = &method.parts[0].source else { panic!("SQL") };
    let statement = sql.statement(Dialect::Postgres).unwrap();
    let prepared = served.database.prepare(statement, &[], true).await;
    prepared.unwrap_or_else(|error| panic!("{}: {error:?}", statement.text())).types[0].clone()
}

#[test]
fn every_pair_of_the_table_is_accepted_and_every_other_is_a_finding() {
    let mut tried = Vec::new();
    for Row { types, fills } in rows() {
        for kind in types {
            tried.push((kind.to_owned(), fills.clone(), false));
            tried.push((format!("{kind}[]"), fills.clone(), true));
        }
    }
    let methods: String = (0..tried.len()).map(|at| format!("rpc C{at}(Request) returns (Reply);")).collect();
    let shop = Shop::new(&methods, "message Request {} message Reply { string x = 1; }");
    let with_sql = |shop: Shop, (at, (kind, ..)): (usize, &(String, _, _))| {
        shop.sql(&format!("C{at}.sql"), &format!("SELECT CAST(NULL AS {kind}) AS x"))
    };
    let shop = tried.iter().enumerate().fold(shop, with_sql);
    on_postgres(&shop, async |served| {
        let (pool, fields) = (messages(), fields());
        let mut wrong = Vec::new();
        for (at, (column, fills, is_array)) in tried.iter().enumerate() {
            let path = format!("/shop.v1.Shop/C{at}");
            let method = served.catalog.methods.iter().find(|method| method.path == path).unwrap();
            let kind = described(served, method).await;
            for (index, (field, word, is_list)) in fields.iter().enumerate() {
                let plan = RowPlan::new(
                    &message(&pool, &format!("M{index}")),
                    &["x".to_owned()],
                    std::slice::from_ref(&kind),
                    |_| false,
                );
                let by_element = fills.contains(word) && *word != "map";
                let expected = match (is_array, is_list) {
                    (true, true) => by_element,
                    (true, false) => false,
                    (false, true) => fills.contains(&"repeated"),
                    (false, false) => fills.contains(word),
                };
                if plan.is_ok() != expected {
                    wrong.push(format!("{column} into {field}: {}", plan.is_ok()));
                }
            }
        }
        assert_eq!(wrong, [""; 0]);
    });
}

#[test]
fn sqlite_accepts_every_pair_because_its_values_have_the_types() {
    let pool = messages();
    for (index, (field, ..)) in fields().iter().enumerate() {
        let message = message(&pool, &format!("M{index}"));
        let plan = RowPlan::new(&message, &["x".to_owned()], &[ColumnType::Any], |_| false);
        assert!(plan.is_ok(), "{field}");
    }
}
