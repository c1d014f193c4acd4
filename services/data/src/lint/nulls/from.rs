//! What FROM names: tables, queries and functions, and the joins that leave some of them without a row.

use std::collections::HashSet;

use sqlparser::ast::{
    Expr, Ident, Join, JoinConstraint, JoinOperator, TableAlias, TableFactor, TableWithJoins,
};

use super::query::Reader;
use super::scope::{OuterJoin, Output, Relation, Scope, folded, last_two, words};

/// A join's condition, with how many outer joins are made before it.
type Condition<'q> = (usize, &'q Expr);

impl Reader<'_> {
    /// What the names of a FROM mean.
    pub fn scope<'q, 'a>(
        &self,
        from: &'q [TableWithJoins],
        above: Option<&'a Scope<'a, 'a>>,
    ) -> Scope<'q, 'a> {
        let mut scope = Scope { above, ..Scope::default() };
        let mut conditions = Vec::new();
        for tables in from {
            self.add(tables, &mut scope, &mut conditions);
        }
        scope.narrow(conditions, self.known);
        scope
    }

    fn add<'q>(
        &self,
        tables: &'q TableWithJoins,
        scope: &mut Scope<'q, '_>,
        conditions: &mut Vec<Condition<'q>>,
    ) {
        let start = scope.relations.len();
        self.add_factor(&tables.relation, scope, conditions);
        for join in &tables.joins {
            let middle = scope.relations.len();
            self.add_factor(&join.relation, scope, conditions);
            self.add_join(join, (start, middle), scope, conditions);
        }
    }

    /// `sides` are where the relations on the left and on the right begin.
    fn add_join<'q>(
        &self,
        join: &'q Join,
        (left, right): (usize, usize),
        scope: &mut Scope<'q, '_>,
        conditions: &mut Vec<Condition<'q>>,
    ) {
        use JoinOperator as Op;
        let (kind, constraint) = match &join.join_operator {
            Op::Join(constraint) | Op::Inner(constraint) | Op::CrossJoin(constraint) => ("", constraint),
            Op::Left(constraint) | Op::LeftOuter(constraint) => ("LEFT JOIN", constraint),
            Op::Right(constraint) | Op::RightOuter(constraint) => ("RIGHT JOIN", constraint),
            Op::FullOuter(constraint) => ("FULL JOIN", constraint),
            // No database here knows these.
            _ => return,
        };
        let on = match constraint {
            JoinConstraint::On(on) => Some(on),
            JoinConstraint::None => None,
            _ => {
                scope.is_merged = true;
                None
            }
        };
        let end = scope.relations.len();
        if kind.is_empty() {
            conditions.extend(on.map(|on| (scope.joins.len(), on)));
            return;
        }
        let leaves_left = (kind != "LEFT JOIN").then_some(left..right);
        let leaves_right = (kind != "RIGHT JOIN").then_some(right..end);
        for relations in leaves_left.into_iter().chain(leaves_right) {
            let index = scope.joins.len();
            let missed = &mut scope.relations[relations];
            let names: Vec<&str> = missed.iter().map(|relation| relation.name.as_str()).collect();
            let why = format!("the {kind} may find no row of {}", names.join(" and "));
            missed.iter_mut().for_each(|relation| relation.missing_by.push(index));
            // Of a full join's row the other side may still be missing.
            let on = on.filter(|_| kind != "FULL JOIN");
            scope.joins.push(OuterJoin { why, on, finds: false });
        }
    }

    fn add_factor<'q>(
        &self,
        factor: &'q TableFactor,
        scope: &mut Scope<'q, '_>,
        conditions: &mut Vec<Condition<'q>>,
    ) {
        let (name, alias, columns) = match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let name = words(name);
                let named = alias.as_ref().map(|alias| folded(&alias.name, self.known.dialect));
                let table = self.table(&name, named);
                (table.name, alias, table.columns)
            }
            TableFactor::Derived { lateral, subquery, alias, .. } => {
                let above = if *lateral { Some(&*scope) } else { scope.above };
                (String::new(), alias, self.nested().query(subquery, above))
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                self.add(table_with_joins, scope, conditions);
                return;
            }
            TableFactor::Table { name, alias, .. } | TableFactor::Function { name, alias, .. } => {
                (last_two(&words(name), self.known.dialect).1, alias, vec![Output::Gap])
            }
            TableFactor::UNNEST { alias, .. }
            | TableFactor::TableFunction { alias, .. }
            | TableFactor::NestedJoin { alias, .. } => (String::new(), alias, vec![Output::Gap]),
            _ => (String::new(), &None, vec![Output::Gap]),
        };
        let (name, columns) = match alias {
            Some(alias) => (folded(&alias.name, self.known.dialect), self.renamed(columns, alias)),
            None => (name, columns),
        };
        let (missing_by, not_null) = (Vec::new(), HashSet::new());
        scope.relations.push(Relation { name, columns, missing_by, not_null });
    }

    /// A table of the database, or a query of that name.
    pub fn table(&self, name: &[Ident], alias: Option<String>) -> Relation {
        let (schema, name) = last_two(name, self.known.dialect);
        let named = self.named.iter().rev().find(|(known, _)| schema.is_none() && *known == name);
        let columns = match named {
            Some((_, columns)) => columns.clone(),
            None => self.known.columns(schema.as_deref(), &name),
        };
        let (missing_by, not_null) = (Vec::new(), HashSet::new());
        Relation { name: alias.unwrap_or(name), columns, missing_by, not_null }
    }

    /// `AS t (a, b)`: the first columns by new names.
    pub fn renamed(&self, columns: Vec<Output>, alias: &TableAlias) -> Vec<Output> {
        let mut names = alias.columns.iter().map(|column| folded(&column.name, self.known.dialect));
        columns
            .into_iter()
            .map(|column| match column {
                Output::Column { name, null } => Output::Column { name: names.next().or(name), null },
                Output::Gap => {
                    names.by_ref().for_each(drop);
                    Output::Gap
                }
            })
            .collect()
    }
}
