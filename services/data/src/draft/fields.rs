//! Which field of a message each column becomes, with what its type, its NULLs and its default say about the field.

use meanwhile_catalog::Dialect;

use super::default::insertable;
use super::model::{Column, ColumnKind, Origin, Table};
use super::quote::quoted;
use super::words::{Taken, snake, words};

/// A field of a resource's message, and its column.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type, as proto has it.
    pub proto: String,
    /// The file that its type is from, where it is no scalar.
    pub import: Option<String>,
    /// True for a message, whose absence is seen without a word.
    pub is_message: bool,
    /// True where an absent value is not the same as its type's default.
    pub is_optional: bool,
    /// What `google.api.field_behavior` says of it.
    pub behaviors: &'static [&'static str],
    /// What the database says of its column.
    pub comment: Option<String>,
    /// The column as SQL names it.
    pub column: String,
    /// True where the column is read as text.
    pub as_text: bool,
    /// The type that text has to be cast to, where a parameter alone would be taken for something else.
    pub cast: Option<String>,
    /// What a new row has where the client says nothing, as SQL.
    pub default: Option<String>,
    /// True where the client may say what a new row has.
    pub is_created: bool,
    /// True where the client may change it.
    pub is_updated: bool,
    /// True where it can be compared for equality by whoever sends it.
    pub is_comparable: bool,
    /// True where nought or false is a value like any other: absent, it is that.
    pub is_zero_meant: bool,
}

/// An enum of the contract: its full name, and its file.
pub type EnumField = (String, String);

/// The table's fields, in the order of its columns. `enums` are those that the contract has, in the order of the
/// schema's; the labels of the others are text.
pub fn fields(table: &Table, dialect: Dialect, enums: &[Option<EnumField>]) -> Vec<Field> {
    let names = names(table);
    let fields = table.columns.iter().zip(names).enumerate();
    fields.map(|(index, (column, name))| field(table, index, column, name, dialect, enums)).collect()
}

/// Names that need no change go first, so that a column added later takes none from one that is there.
fn names(table: &Table) -> Vec<String> {
    let mut taken = Taken::default();
    let wanted: Vec<String> = table
        .columns
        .iter()
        .enumerate()
        .map(|(index, column)| snake(&words(&column.name), &format!("column_{}", index + 1)))
        .collect();
    let is_own = |index: &usize| wanted[*index] == table.columns[*index].name;
    let (own, others): (Vec<usize>, Vec<usize>) = (0..wanted.len()).partition(is_own);
    let mut names = wanted.clone();
    for index in own.into_iter().chain(others) {
        names[index] = taken.take(&wanted[index], "column");
    }
    names
}

fn field(
    table: &Table,
    index: usize,
    column: &Column,
    name: String,
    dialect: Dialect,
    enums: &[Option<EnumField>],
) -> Field {
    let kind = kind(column, dialect, enums);
    let is_key = table.key.contains(&index);
    let default = insertable(column, dialect);
    // A key that the database makes up need not be sent; a key with a plain value as its default is still the client's.
    let is_made = match &column.origin {
        Origin::Database => true,
        Origin::Default(expression) => is_key && expression.contains('('),
        Origin::Client => false,
    };
    let has_default = !is_made && default.is_some();
    let is_zero_meant = kind.zero_is_a_value && !is_made && !table.refers_by(index);
    let is_wanted = !column.nullable && !has_default && !is_zero_meant;
    Field {
        name,
        proto: kind.proto,
        import: kind.import,
        is_message: kind.is_message,
        is_optional: !kind.is_message && (column.nullable || has_default),
        behaviors: match (is_made, is_key) {
            (true, true) => &["IDENTIFIER"],
            (true, false) => &["OUTPUT_ONLY"],
            (false, true) if is_wanted => &["REQUIRED", "IMMUTABLE"],
            (false, true) => &["IMMUTABLE"],
            (false, false) if is_wanted => &["REQUIRED"],
            (false, false) => &[],
        },
        comment: column.comment.clone(),
        column: quoted(&column.name),
        as_text: kind.as_text,
        cast: Some(&column.sql_type).filter(|name| kind.as_text && name.ends_with("[]")).cloned(),
        default: default.filter(|_| has_default),
        is_created: !is_made,
        is_updated: !is_made && !is_key,
        is_comparable: kind.is_comparable,
        is_zero_meant,
    }
}

/// What a column's kind says about its field.
struct Kind {
    proto: String,
    import: Option<String>,
    is_message: bool,
    as_text: bool,
    zero_is_a_value: bool,
    is_comparable: bool,
}

impl Kind {
    fn scalar(proto: &str) -> Self {
        Self {
            proto: proto.to_owned(),
            import: None,
            is_message: false,
            as_text: false,
            zero_is_a_value: false,
            is_comparable: true,
        }
    }

    /// Numbers and truth values: nought and false say as much as any other.
    fn number(proto: &str) -> Self {
        Self { zero_is_a_value: true, ..Self::scalar(proto) }
    }

    fn message(proto: &str, import: &str) -> Self {
        Self { is_message: true, import: Some(import.to_owned()), ..Self::scalar(proto) }
    }

    fn text() -> Self {
        Self { as_text: true, ..Self::scalar("string") }
    }
}

fn kind(column: &Column, dialect: Dialect, enums: &[Option<EnumField>]) -> Kind {
    let is_sqlite = dialect == Dialect::Sqlite;
    match column.kind {
        ColumnKind::Bool => Kind::number("bool"),
        ColumnKind::Int32 => Kind::number("int32"),
        ColumnKind::Int64 => Kind::number("int64"),
        ColumnKind::Float => Kind { is_comparable: false, ..Kind::number("float") },
        ColumnKind::Double => Kind { is_comparable: false, ..Kind::number("double") },
        // SQLite keeps such a value as whatever kind of number or text it is.
        ColumnKind::Numeric if is_sqlite => Kind::text(),
        ColumnKind::Text | ColumnKind::Uuid | ColumnKind::Numeric => Kind::scalar("string"),
        ColumnKind::Date | ColumnKind::Time => Kind::scalar("string"),
        ColumnKind::Bytes => Kind::scalar("bytes"),
        // There an instant is text of one form or another, and equal ones may differ.
        ColumnKind::Timestamp => Kind {
            is_comparable: !is_sqlite,
            ..Kind::message("google.protobuf.Timestamp", "google/protobuf/timestamp.proto")
        },
        ColumnKind::Json => Kind { is_comparable: false, ..Kind::scalar("string") },
        ColumnKind::Enum(index) => match enums.get(index).cloned().flatten() {
            Some((name, file)) => Kind { import: Some(file), ..Kind::scalar(&name) },
            None => Kind::text(),
        },
        ColumnKind::Interval | ColumnKind::Other => Kind::text(),
    }
}
