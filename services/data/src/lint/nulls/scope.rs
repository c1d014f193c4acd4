//! The tables that a query reads, as far as NULL is concerned: which columns there are, which tables an outer join may
//! leave without a row, and what the query's conditions let through.

use std::collections::HashSet;

use meanwhile_catalog::Dialect;
use sqlparser::ast::{Expr, Ident, ObjectName};

/// Why a value may be NULL; none where it is not known to be.
pub type Null = Option<String>;

/// One column of a query's result, or any number of them that are not known.
#[derive(Debug, Clone)]
pub enum Output {
    /// A column; a name that is not given is not known.
    Column {
        /// Its name.
        name: Option<String>,
        /// Whether it may be NULL.
        null: Null,
    },
    /// Columns of what is not known: a function's, a view's.
    Gap,
}

/// A table in FROM, or what stands for one.
#[derive(Debug)]
pub struct Relation {
    /// What its columns are qualified by.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Output>,
    /// The outer joins that may leave it without a row.
    pub missing_by: Vec<usize>,
    /// The columns that the conditions let not be NULL.
    pub not_null: HashSet<String>,
}

/// An outer join that may leave relations without a row.
#[derive(Debug)]
pub struct OuterJoin<'q> {
    /// For people.
    pub why: String,
    /// Its condition, which holds wherever it finds a row.
    pub on: Option<&'q Expr>,
    /// True where a condition lets only rows through that it found.
    pub finds: bool,
}

/// What the names in a query mean.
#[derive(Debug, Default)]
pub struct Scope<'q, 'a> {
    /// In order of FROM.
    pub relations: Vec<Relation>,
    /// In the order in which they are made.
    pub joins: Vec<OuterJoin<'q>>,
    /// Columns that USING or NATURAL make one of two.
    pub is_merged: bool,
    /// The query around it.
    pub above: Option<&'a Scope<'a, 'a>>,
}

impl Scope<'_, '_> {
    /// Whether the column of that name may be NULL.
    pub fn null(&self, qualifier: Option<&str>, name: &str) -> Null {
        match self.find(qualifier, name) {
            Some(relation) => self.null_of(relation, name),
            None => self.above.and_then(|above| above.null(qualifier, name)),
        }
    }

    fn null_of(&self, relation: usize, name: &str) -> Null {
        let relation = &self.relations[relation];
        let missing = relation.missing_by.iter().filter_map(|&join| self.joins.get(join));
        if let Some(join) = missing.into_iter().find(|join| !join.finds) {
            return Some(join.why.clone());
        }
        if relation.not_null.contains(name) {
            return None;
        }
        relation.columns.iter().find_map(|column| match column {
            Output::Column { name: Some(known), null } if known == name => null.clone(),
            _ => None,
        })
    }

    /// The relation that a column is of. The database has found it without doubt, so the only one that is known to have
    /// it is the one.
    pub fn find(&self, qualifier: Option<&str>, name: &str) -> Option<usize> {
        if let Some(qualifier) = qualifier {
            return self.relations.iter().position(|relation| relation.name == qualifier);
        }
        if self.is_merged {
            return None;
        }
        let has = |relation: &&Relation| relation.columns.iter().any(|column| is_named(column, name));
        let known = self.relations.iter().position(|relation| has(&relation));
        let is_open = |relation: &Relation| relation.columns.iter().any(|it| matches!(it, Output::Gap));
        let mut open = (0..self.relations.len()).filter(|&index| is_open(&self.relations[index]));
        let only_open = open.next().filter(|_| open.next().is_none() && self.above.is_none());
        known.or(only_open)
    }

    /// What a star stands for.
    pub fn star(&self, qualifier: Option<&str>) -> Vec<Output> {
        if qualifier.is_none() && self.is_merged {
            return vec![Output::Gap];
        }
        let is_meant = |relation: &Relation| qualifier.is_none_or(|name| relation.name == name);
        let indices = (0..self.relations.len()).filter(|&index| is_meant(&self.relations[index]));
        let columns = |index: usize| self.relations[index].columns.iter().map(move |column| (index, column));
        let seen = |(index, column): (usize, &Output)| match column {
            Output::Column { name: Some(name), .. } => {
                Output::Column { name: Some(name.clone()), null: self.null_of(index, name) }
            }
            other => other.clone(),
        };
        let found: Vec<Output> = indices.flat_map(columns).map(seen).collect();
        if found.is_empty() { vec![Output::Gap] } else { found }
    }
}

fn is_named(column: &Output, wanted: &str) -> bool {
    matches!(column, Output::Column { name: Some(name), .. } if name == wanted)
}

/// A name as the database compares it.
pub fn folded(ident: &Ident, dialect: Dialect) -> String {
    match (dialect, ident.quote_style) {
        (Dialect::Postgres, Some(_)) => ident.value.clone(),
        _ => ident.value.to_lowercase(),
    }
}

/// The last two words of a name: whose it is, and itself.
pub fn last_two(words: &[Ident], dialect: Dialect) -> (Option<String>, String) {
    let mut words = words.iter().rev().map(|ident| folded(ident, dialect));
    let name = words.next().unwrap_or_default();
    (words.next(), name)
}

/// The words of an object's name.
pub fn words(name: &ObjectName) -> Vec<Ident> {
    name.0.iter().filter_map(|part| part.as_ident().cloned()).collect()
}
