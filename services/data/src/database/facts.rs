//! What a database says of itself: its tables' columns and its functions. `check` asks once, for the questions that a
//! prepared statement does not answer; serving never does.

use std::collections::HashMap;

/// What a database says of itself.
#[derive(Debug, Default)]
pub struct Facts {
    /// Its tables and views.
    pub tables: Vec<Table>,
    /// Its functions by name, each with its overloads. SQLite names none.
    pub functions: HashMap<String, Vec<Function>>,
    /// What a type is called, by its number. PostgreSQL's alone.
    pub types: HashMap<u32, String>,
    /// What an array of a type is called, by the type's number. PostgreSQL's alone.
    pub arrays: HashMap<u32, String>,
}

/// A table or a view.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// True where it is found without its schema's name.
    pub is_visible: bool,
    /// Its columns in order; none where they may be NULL or not for reasons that are not told, as those of a view.
    pub columns: Option<Vec<Column>>,
}

/// A table's column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// True where it is never NULL.
    pub not_null: bool,
}

/// One overload of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Function {
    /// True for PostgreSQL's own.
    pub is_built_in: bool,
    /// True where each call may give another value, or change something.
    pub is_volatile: bool,
    /// True where it is NULL as soon as one of its arguments is.
    pub is_strict: bool,
    /// True for an aggregate.
    pub is_aggregate: bool,
    /// The least number of arguments.
    pub least: i16,
    /// The largest; none where there is none.
    pub most: Option<i16>,
}

impl Facts {
    /// The table of that name, with its schema's or without.
    pub fn table(&self, schema: Option<&str>, name: &str) -> Option<&Table> {
        let is_schemas = |table: &&Table| match schema {
            Some(schema) => table.schema == schema,
            None => table.is_visible,
        };
        self.tables.iter().filter(|table| table.name == name).find(is_schemas)
    }

    /// The overloads of a function that take that many arguments.
    pub fn overloads(&self, name: &str, arguments: usize) -> impl Iterator<Item = &Function> {
        let takes = move |function: &&Function| {
            let most = function.most.is_none_or(|most| arguments <= most.unsigned_abs().into());
            arguments >= function.least.unsigned_abs().into() && most
        };
        self.functions.get(name).into_iter().flatten().filter(takes)
    }
}
