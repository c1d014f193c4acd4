//! docs/types.md as tests read it: the rows of its tables, and what its words stand for.

const TYPES: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/types.md"));

/// The chapters of the page that have tables, one of PostgreSQL and one of SQLite.
pub const COLUMNS: &str = "## Columns into reply fields";
pub const PARAMETERS: &str = "## Request fields into parameters";

/// A word of the tables and the field types that it stands for.
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

/// What the types above are that protobuf does not have by itself.
pub const OTHERS: &str = "message Pair { int32 x = 1; string y = 2; }
    enum Mood { MOOD_UNSPECIFIED = 0; MOOD_SAD = 1; MOOD_OK = 2; }";

/// A word for several types of PostgreSQL, or for one that has a name of its own here.
const NAMES: [(&str, &[&str]); 3] = [
    ("an enum", &["mood"]),
    ("a range", &["int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange", "textrange"]),
    ("a composite type", &["pair"]),
];

/// The cells of a table's rows, heads left out.
pub fn rows(chapter: &str, database: &str) -> Vec<Vec<&'static str>> {
    let chapter = TYPES.split(chapter).nth(1).unwrap().split("\n## ").next().unwrap();
    let table = chapter.split(database).nth(1).unwrap().split("\n### ").next().unwrap();
    let lines = table.lines().filter(|line| line.starts_with("| ")).skip(1);
    let cells = |line: &'static str| line.trim_matches('|').split('|').map(str::trim).collect();
    lines.map(cells).collect()
}

/// The types of PostgreSQL that a cell names.
pub fn types(cell: &'static str) -> Vec<&'static str> {
    let types = |word| match NAMES.iter().find(|(name, _)| *name == word) {
        Some((_, types)) => types.to_vec(),
        None => vec![word],
    };
    cell.split(", ").flat_map(types).collect()
}

/// Every type that the table of columns names, and so every one that a parameter may have.
pub fn all_types() -> Vec<&'static str> {
    let columns = rows(COLUMNS, "### PostgreSQL");
    columns.iter().map(|row| row[0]).filter(|name| *name != "an array").flat_map(types).collect()
}

/// The types of PostgreSQL that a field goes into, by its cell in the table.
pub fn goes_into(cell: &'static str) -> Vec<&'static str> {
    match cell.strip_prefix("all but ") {
        Some("bool, bytea, composite types and arrays") => {
            all_types().into_iter().filter(|kind| !["bool", "bytea", "pair"].contains(kind)).collect()
        }
        Some(other) => panic!("what are all but {other}?"),
        None => types(cell),
    }
}

/// The word that a field type goes by.
pub fn word(kind: &str) -> Option<&'static str> {
    FIELDS.iter().find(|(_, types)| types.contains(&kind)).map(|(word, _)| *word)
}

/// A field type, and the word that it goes by in the tables.
#[derive(Debug, Clone)]
pub struct Field {
    pub kind: String,
    pub word: &'static str,
    pub is_list: bool,
}

pub fn fields() -> Vec<Field> {
    let all = FIELDS.iter().flat_map(|(word, types)| types.iter().map(move |kind| (*kind, *word)));
    let single = all.clone().map(|(kind, word)| Field { kind: kind.to_owned(), word, is_list: false });
    let lists = all.filter(|(kind, _)| !kind.starts_with("map"));
    let lists = lists.map(|(kind, word)| Field { kind: format!("repeated {kind}"), word, is_list: true });
    single.chain(lists).collect()
}
