//! What a database holds, in plain data: read once, in `postgres` or `sqlite`, and asked by pure functions from then on.
//! Names are the database's own and may be anything.

use meanwhile_catalog::Dialect;

/// A database's tables, with what a draft needs to know of them.
#[derive(Debug, Clone)]
pub struct Schema {
    /// Which SQL it speaks.
    pub dialect: Dialect,
    /// The database's name: a SQLite file's is that of the file.
    pub database: String,
    /// Every table there is, in order of name.
    pub tables: Vec<Table>,
    /// Every enum type there is.
    pub enums: Vec<EnumType>,
    /// Every composite type there is that is no table's.
    pub composites: Vec<CompositeType>,
    /// What has rows and is no table of its own, with the reason why nothing is drafted for it.
    pub others: Vec<Other>,
}

/// Where something is: its schema, where the database has such, and its name there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// None on SQLite.
    pub schema: Option<String>,
    /// As the database has it.
    pub name: String,
    /// True where its bare name leads to it.
    pub on_path: bool,
}

/// A view, a virtual table and the like.
#[derive(Debug, Clone)]
pub struct Other {
    /// Its name.
    pub name: Name,
    /// Why nothing is drafted for it.
    pub why: &'static str,
}

/// A table.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name.
    pub name: Name,
    /// What the database says of it.
    pub comment: Option<String>,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// The columns that tell its rows apart, none of them NULL, by index: the primary key, or else a unique key.
    pub key: Vec<usize>,
    /// The columns of each index that is over whole columns and all rows, by index.
    pub indexes: Vec<Vec<usize>>,
    /// The columns that are unique together, by index; the primary key among them.
    pub uniques: Vec<Vec<usize>>,
    /// What it refers to.
    pub references: Vec<Reference>,
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// Its type as SQL has it, for casts.
    pub sql_type: String,
    /// True where it may be NULL.
    pub nullable: bool,
    /// Where its value comes from in a new row.
    pub origin: Origin,
    /// What the database says of it.
    pub comment: Option<String>,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnKind {
    /// A truth value.
    Bool,
    /// A whole number of at most 32 bits.
    Int32,
    /// A whole number of at most 64 bits.
    Int64,
    /// A floating-point number of 32 bits.
    Float,
    /// A floating-point number of 64 bits.
    Double,
    /// A decimal number.
    Numeric,
    /// Text.
    Text,
    /// What is text wherever it is not in the database: a UUID, an address, a range.
    Plain,
    /// Bytes.
    Bytes,
    /// An instant.
    Timestamp,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A length of time.
    Interval,
    /// A JSON document.
    Json,
    /// One of an enum's labels, by index among the schema's enums.
    Enum(usize),
    /// A row of its own, by index among the schema's composite types.
    Composite(usize),
    /// Several of those.
    Array(Box<ColumnKind>),
    /// What has to be cast to text to be read.
    Other,
}

/// Where a column's value comes from in a new row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Whoever makes the row.
    Client,
    /// The same, or else this expression.
    Default(String),
    /// The database alone: an identity, a serial number, a generated column.
    Database,
}

/// An enum type.
#[derive(Debug, Clone)]
pub struct EnumType {
    /// Its name.
    pub name: Name,
    /// What the database says of it.
    pub comment: Option<String>,
    /// Its labels, in order.
    pub labels: Vec<String>,
}

/// A composite type.
#[derive(Debug, Clone)]
pub struct CompositeType {
    /// Its name.
    pub name: Name,
    /// What the database says of it.
    pub comment: Option<String>,
    /// Its attributes' names, and what they hold.
    pub attributes: Vec<(String, ColumnKind)>,
}

/// A foreign key.
#[derive(Debug, Clone)]
pub struct Reference {
    /// Its columns, by index.
    pub columns: Vec<usize>,
    /// The table it refers to, by index.
    pub table: usize,
    /// That table's columns, in the same order, by index.
    pub referenced: Vec<usize>,
    /// True where the row goes with the row it refers to.
    pub cascades: bool,
}

impl Table {
    /// True where these columns are the first of an index, in any order.
    pub fn is_indexed_by(&self, columns: &[usize]) -> bool {
        let leads = |index: &Vec<usize>| {
            index.len() >= columns.len()
                && index[..columns.len()].iter().all(|column| columns.contains(column))
        };
        self.indexes.iter().any(leads)
    }

    /// True where the column alone is a foreign key.
    pub fn refers_by(&self, column: usize) -> bool {
        self.references.iter().any(|reference| reference.columns == [column])
    }
}

impl Table {
    /// A table of which nothing is known yet.
    pub fn named(name: Name, comment: Option<String>) -> Self {
        Self {
            name,
            comment,
            columns: Vec::new(),
            key: Vec::new(),
            indexes: Vec::new(),
            uniques: Vec::new(),
            references: Vec::new(),
        }
    }

    /// Adds an index. The first unique one without NULLs is the key where there is no primary key; a primary one is, in
    /// any case.
    pub fn add_index(&mut self, columns: Vec<usize>, is_unique: bool, is_primary: bool) {
        let no_nulls = columns.iter().all(|&column| !self.columns[column].nullable);
        if is_primary || is_unique && no_nulls && self.key.is_empty() {
            self.key.clone_from(&columns);
        }
        if is_unique && !self.uniques.contains(&columns) {
            self.uniques.push(columns.clone());
        }
        if !self.indexes.contains(&columns) {
            self.indexes.push(columns);
        }
    }
}
