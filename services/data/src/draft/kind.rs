//! The type of a field, by what its column holds: docs/types.md is the table of what goes where.

use meanwhile_catalog::Dialect;

use super::model::ColumnKind;

/// The contract's own types, in the order of the schema's: none for those that the contract cannot have.
#[derive(Debug, Default)]
pub struct Shared {
    /// The enums.
    pub enums: Vec<Option<SharedType>>,
    /// The composite types' messages.
    pub composites: Vec<Option<SharedType>>,
}

/// A type in a file of its own, so that tables can share it.
#[derive(Debug, Clone)]
pub struct SharedType {
    /// `shop.v1`
    pub package: String,
    /// `OrderStatus`
    pub name: String,
    /// `shop/v1/order_status.proto`
    pub file: String,
    /// What it imports itself.
    pub imports: Vec<String>,
    /// The file's text.
    pub text: String,
}

impl SharedType {
    /// `shop.v1.OrderStatus`
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.package, self.name)
    }
}

/// A field's type.
#[derive(Debug, Clone)]
pub struct FieldKind {
    /// As proto has it.
    pub proto: String,
    /// The file that it is from, where it is no scalar.
    pub import: Option<String>,
    /// True for a list of them.
    pub is_repeated: bool,
    /// True for a message, whose absence is seen without a word.
    pub is_message: bool,
    /// True where the column is read as text by a cast.
    pub is_text: bool,
    /// True for numbers and truth values, of which nought and false say as much as any other.
    pub is_number: bool,
    /// True where two of them are equal when they are written the same.
    pub is_comparable: bool,
}

impl FieldKind {
    /// The type of the field for a column of that kind.
    pub fn of(kind: &ColumnKind, dialect: Dialect, shared: &Shared) -> Self {
        let is_sqlite = dialect == Dialect::Sqlite;
        // There a moment is text of one form or another.
        let moment = |kind: Self| Self { is_comparable: !is_sqlite, ..kind };
        match kind {
            ColumnKind::Bool => Self::number("bool"),
            ColumnKind::Int32 => Self::number("int32"),
            ColumnKind::Int64 => Self::number("int64"),
            ColumnKind::Float => Self { is_comparable: false, ..Self::number("float") },
            ColumnKind::Double => Self { is_comparable: false, ..Self::number("double") },
            // SQLite keeps such a value as whatever kind of number or text it is.
            ColumnKind::Numeric if is_sqlite => Self::text(),
            // A string holds every interval; a Duration holds no months.
            ColumnKind::Text | ColumnKind::Plain | ColumnKind::Numeric | ColumnKind::Interval => {
                Self::scalar("string")
            }
            ColumnKind::Bytes => Self::scalar("bytes"),
            ColumnKind::Timestamp => {
                moment(Self::message("google.protobuf.Timestamp", "google/protobuf/timestamp.proto"))
            }
            ColumnKind::Date => Self::message("google.type.Date", "google/type/date.proto"),
            ColumnKind::Time => moment(Self::message("google.type.TimeOfDay", "google/type/timeofday.proto")),
            ColumnKind::Json => {
                let value = Self::message("google.protobuf.Value", "google/protobuf/struct.proto");
                Self { is_comparable: false, ..value }
            }
            ColumnKind::Enum(index) => match shared.enums.get(*index).into_iter().flatten().next() {
                Some(it) => Self { import: Some(it.file.clone()), ..Self::scalar(&it.full_name()) },
                None => Self::scalar("string"),
            },
            ColumnKind::Composite(index) => {
                match shared.composites.get(*index).into_iter().flatten().next() {
                    Some(it) => Self { is_comparable: false, ..Self::message(&it.full_name(), &it.file) },
                    None => Self::text(),
                }
            }
            ColumnKind::Array(item) => match Self::of(item, dialect, shared) {
                item if item.is_text || item.is_repeated => Self::text(),
                item => Self { is_repeated: true, is_comparable: false, ..item },
            },
            ColumnKind::Other => Self::text(),
        }
    }

    fn scalar(proto: &str) -> Self {
        Self {
            proto: proto.to_owned(),
            import: None,
            is_repeated: false,
            is_message: false,
            is_text: false,
            is_number: false,
            is_comparable: true,
        }
    }

    fn number(proto: &str) -> Self {
        Self { is_number: true, ..Self::scalar(proto) }
    }

    fn message(proto: &str, import: &str) -> Self {
        Self { is_message: true, import: Some(import.to_owned()), ..Self::scalar(proto) }
    }

    fn text() -> Self {
        Self { is_text: true, is_comparable: false, ..Self::scalar("string") }
    }
}
