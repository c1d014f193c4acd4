//! Which tables a column's name may be of, at each place of a statement.

use sqlparser::ast::{
    FromTable, ObjectName, Query, SetExpr, Statement, TableFactor, TableObject, TableWithJoins,
    UpdateTableFromKind,
};

use super::Beside;

/// The queries that a place lies in, the innermost last.
#[derive(Default)]
pub(super) struct Scopes {
    levels: Vec<Level>,
}

/// What one query reads.
#[derive(Default)]
struct Level {
    /// What each table is called there, and its name.
    tables: Vec<(String, String)>,
    /// True where it also reads what is no table: a query, a function.
    is_open: bool,
    /// The queries that WITH names.
    named: Vec<String>,
}

impl Scopes {
    pub fn enter(&mut self, query: &Query) {
        let named = query.with.iter().flat_map(|with| &with.cte_tables);
        let named = named.map(|named| named.alias.name.value.clone()).collect();
        self.levels.push(Level { named, ..Level::default() });
        self.body(&query.body);
    }

    pub fn leave(&mut self) {
        self.levels.pop();
    }

    pub fn enter_statement(&mut self, statement: &Statement) {
        self.levels.push(Level::default());
        match statement {
            Statement::Insert(insert) => {
                if let TableObject::TableName(table) = &insert.table {
                    let alias = insert.table_alias.as_ref().map(|alias| alias.alias.value.clone());
                    self.table(table, alias);
                    self.table(table, Some("excluded".to_owned()));
                }
            }
            Statement::Update(update) => {
                self.from(std::slice::from_ref(&update.table));
                if let Some(UpdateTableFromKind::AfterSet(from) | UpdateTableFromKind::BeforeSet(from)) =
                    &update.from
                {
                    self.from(from);
                }
            }
            Statement::Delete(delete) => match &delete.from {
                FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from) => self.from(from),
            },
            _ => {}
        }
    }

    /// The column of that name, of the table that is called so there.
    pub fn column(&self, table: Option<&str>, column: &str) -> Option<Beside> {
        let tables = match table {
            Some(called) => {
                let mut known = self.levels.iter().rev().flat_map(|level| &level.tables);
                let (_, table) = known.find(|(known, _)| known.eq_ignore_ascii_case(called))?;
                vec![vec![table.clone()]]
            }
            None => self.visible(),
        };
        (!tables.is_empty()).then(|| Beside::Column { tables, column: column.to_owned() })
    }

    /// The tables from here outwards, up to a query that reads what is no table: the column may be of that.
    fn visible(&self) -> Vec<Vec<String>> {
        let mut tables = Vec::new();
        for level in self.levels.iter().rev() {
            let here: Vec<String> = level.tables.iter().map(|(_, table)| table.clone()).collect();
            tables.extend((!here.is_empty()).then_some(here));
            if level.is_open {
                break;
            }
        }
        tables
    }

    fn body(&mut self, body: &SetExpr) {
        match body {
            SetExpr::Select(select) => self.from(&select.from),
            SetExpr::SetOperation { left, right, .. } => {
                self.body(left);
                self.body(right);
            }
            _ => {}
        }
    }

    fn from(&mut self, from: &[TableWithJoins]) {
        for tables in from {
            let joined = tables.joins.iter().map(|join| &join.relation);
            [&tables.relation].into_iter().chain(joined).for_each(|factor| self.factor(factor));
        }
    }

    fn factor(&mut self, factor: &TableFactor) {
        match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                self.table(name, alias.as_ref().map(|alias| alias.name.value.clone()));
            }
            TableFactor::NestedJoin { table_with_joins, .. } => {
                self.from(std::slice::from_ref(table_with_joins));
            }
            _ => self.open(),
        }
    }

    fn table(&mut self, name: &ObjectName, alias: Option<String>) {
        let Some(table) = last_name(name) else { return self.open() };
        let mut named = self.levels.iter().flat_map(|level| &level.named);
        if named.any(|named| named.eq_ignore_ascii_case(&table)) {
            return self.open();
        }
        if let Some(level) = self.levels.last_mut() {
            level.tables.push((alias.unwrap_or_else(|| table.clone()), table));
        }
    }

    fn open(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            level.is_open = true;
        }
    }
}

/// A name less its schema.
pub(super) fn last_name(name: &ObjectName) -> Option<String> {
    name.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.clone())
}
