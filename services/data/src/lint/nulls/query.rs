//! The columns of a query, one by one: what each is called, and why it may be NULL. A star over what is not known is a gap.

use sqlparser::ast::{
    Assignment, AssignmentTarget, Cte, Delete, Expr, FromTable, GroupByExpr, Insert, ObjectName, OnInsert,
    Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, SetOperator, Statement, TableObject,
    TableWithJoins, Update, UpdateTableFromKind,
};

use super::Known;
use super::scope::{Null, Output, Scope, folded, last_two, words};
use super::value::arguments;

/// Reads queries, with the names that WITH gives.
#[derive(Clone)]
pub struct Reader<'a> {
    pub known: &'a Known<'a>,
    pub named: Vec<(String, Vec<Output>)>,
}

impl<'a> Reader<'a> {
    pub fn new(known: &'a Known<'a>) -> Self {
        Self { known, named: Vec::new() }
    }

    /// One for a query inside.
    pub fn nested(&self) -> Self {
        self.clone()
    }

    pub fn statement(mut self, statement: &Statement) -> Vec<Output> {
        match statement {
            Statement::Query(query) => self.query(query, None),
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
            _ => vec![Output::Gap],
        }
    }

    pub fn query(&mut self, query: &Query, above: Option<&Scope<'_, '_>>) -> Vec<Output> {
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.name(cte, above);
        }
        self.body(&query.body, above)
    }

    /// While it is read, a query that uses itself is not known.
    fn name(&mut self, cte: &Cte, above: Option<&Scope<'_, '_>>) {
        let name = folded(&cte.alias.name, self.known.dialect);
        self.named.push((name.clone(), vec![Output::Gap]));
        let columns = self.nested().query(&cte.query, above);
        let columns = self.renamed(columns, &cte.alias);
        self.named.push((name, columns));
    }

    fn body(&mut self, body: &SetExpr, above: Option<&Scope<'_, '_>>) -> Vec<Output> {
        match body {
            SetExpr::Select(select) => self.select(select, above),
            SetExpr::Query(query) => self.nested().query(query, above),
            SetExpr::SetOperation { left, op, right, .. } => {
                let left = self.body(left, above);
                let right = self.body(right, above);
                together(left, right, *op)
            }
            SetExpr::Values(values) => {
                let scope = Scope { above, ..Scope::default() };
                let row = |row: &Vec<Expr>| -> Vec<Output> {
                    row.iter().map(|value| unnamed(self.value(value, &scope, true))).collect()
                };
                let rows = values.rows.iter().map(|values| row(&values.content));
                rows.reduce(|all, row| together(all, row, SetOperator::Union)).unwrap_or_default()
            }
            SetExpr::Insert(statement) | SetExpr::Update(statement) | SetExpr::Delete(statement) => {
                self.nested().statement(statement)
            }
            SetExpr::Merge(_) | SetExpr::Table(_) => vec![Output::Gap],
        }
    }

    fn select(&mut self, select: &Select, above: Option<&Scope<'_, '_>>) -> Vec<Output> {
        let mut scope = self.scope(&select.from, above);
        scope.narrow(select.selection.iter().map(|condition| (usize::MAX, condition)).collect(), self.known);
        self.items(&select.projection, &scope, Self::groups(select))
    }

    /// The columns of a list of what is selected.
    fn items(&self, items: &[SelectItem], scope: &Scope<'_, '_>, groups: bool) -> Vec<Output> {
        let mut outputs = Vec::new();
        for item in items {
            match item {
                SelectItem::UnnamedExpr(value) => {
                    let name = match value {
                        Expr::Identifier(name) => Some(folded(name, self.known.dialect)),
                        Expr::CompoundIdentifier(names) => Some(last_two(names, self.known.dialect).1),
                        _ => None,
                    };
                    outputs.push(Output::Column { name, null: self.value(value, scope, groups) });
                }
                SelectItem::ExprWithAlias { expr, alias } => {
                    let name = Some(folded(alias, self.known.dialect));
                    outputs.push(Output::Column { name, null: self.value(expr, scope, groups) });
                }
                SelectItem::Wildcard(_) => outputs.extend(scope.star(None)),
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                    let (_, name) = last_two(&words(name), self.known.dialect);
                    outputs.extend(scope.star(Some(&name)));
                }
                SelectItem::QualifiedWildcard(..) | SelectItem::ExprWithAliases { .. } => {
                    outputs.push(Output::Gap);
                }
            }
        }
        outputs
    }

    /// True where there is a row for each group only, never one for no rows at all.
    pub fn groups(select: &Select) -> bool {
        let by = match &select.group_by {
            GroupByExpr::All(_) => true,
            GroupByExpr::Expressions(by, _) => !by.is_empty(),
        };
        by || select.having.is_some()
    }

    /// True where a row is made of all rows.
    pub fn has_aggregate(&self, items: &[SelectItem]) -> bool {
        items.iter().any(|item| match item {
            SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. } => {
                self.aggregates(value)
            }
            _ => false,
        })
    }

    fn aggregates(&self, value: &Expr) -> bool {
        match value {
            Expr::Function(function) => {
                let (_, name) = last_two(&words(&function.name), self.known.dialect);
                let arguments = arguments(function);
                let is_one = function.over.is_none() && self.known.is_aggregate(&name, arguments.len());
                is_one || arguments.iter().any(|argument| self.aggregates(argument))
            }
            Expr::Nested(inner) | Expr::Cast { expr: inner, .. } | Expr::UnaryOp { expr: inner, .. } => {
                self.aggregates(inner)
            }
            Expr::BinaryOp { left, right, .. } => self.aggregates(left) || self.aggregates(right),
            _ => false,
        }
    }

    /// A row that is put in is made of what is put in; one that was there before is the table's.
    fn insert(&mut self, insert: &Insert) -> Vec<Output> {
        let (TableObject::TableName(name), Some(returning)) = (&insert.table, &insert.returning) else {
            return vec![Output::Gap];
        };
        let name = words(name);
        let alias = insert.table_alias.as_ref().map(|alias| folded(&alias.alias, self.known.dialect));
        let mut scope = Scope::default();
        let mut relation = self.table(&name, alias);
        let keeps = matches!(insert.on, Some(OnInsert::OnConflict(_) | OnInsert::DuplicateKeyUpdate(_)));
        if let (Some(source), false) = (&insert.source, keeps) {
            let given = self.nested().query(source, None);
            let columns: Vec<String> =
                insert.columns.iter().map(|name| last_two(&words(name), self.known.dialect).1).collect();
            for (column, given) in columns.into_iter().zip(given) {
                match given {
                    Output::Column { null: None, .. } => drop(relation.not_null.insert(column)),
                    Output::Column { .. } => {}
                    Output::Gap => break,
                }
            }
        }
        scope.relations.push(relation);
        self.items(returning, &scope, true)
    }

    fn update(&mut self, update: &Update) -> Vec<Output> {
        let Some(returning) = &update.returning else { return vec![Output::Gap] };
        let from = match &update.from {
            Some(UpdateTableFromKind::AfterSet(from) | UpdateTableFromKind::BeforeSet(from)) => {
                from.as_slice()
            }
            None => &[],
        };
        let tables: Vec<TableWithJoins> = [&update.table].into_iter().chain(from).cloned().collect();
        let mut scope = self.scope(&tables, None);
        scope.narrow(update.selection.iter().map(|condition| (usize::MAX, condition)).collect(), self.known);
        let set: Vec<(String, Null)> =
            update.assignments.iter().flat_map(|assignment| self.assigned(assignment, &scope)).collect();
        // The condition is about the row before, what is set about the row after.
        if let Some(table) = scope.relations.first_mut() {
            for (name, null) in set {
                match null {
                    None => drop(table.not_null.insert(name)),
                    Some(_) => drop(table.not_null.remove(&name)),
                }
            }
        }
        self.items(returning, &scope, true)
    }

    /// Of `(a, b) = ...` it is not known.
    fn assigned(&self, assignment: &Assignment, scope: &Scope<'_, '_>) -> Vec<(String, Null)> {
        let name = |name: &ObjectName| last_two(&words(name), self.known.dialect).1;
        match &assignment.target {
            AssignmentTarget::ColumnName(column) => {
                vec![(name(column), self.value(&assignment.value, scope, true))]
            }
            AssignmentTarget::Tuple(columns) => columns.iter().map(|column| (name(column), None)).collect(),
        }
    }

    fn delete(&mut self, delete: &Delete) -> Vec<Output> {
        let Some(returning) = &delete.returning else { return vec![Output::Gap] };
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        let tables: Vec<TableWithJoins> = from.iter().chain(delete.using.iter().flatten()).cloned().collect();
        let mut scope = self.scope(&tables, None);
        scope.narrow(delete.selection.iter().map(|condition| (usize::MAX, condition)).collect(), self.known);
        self.items(returning, &scope, true)
    }
}

pub fn unnamed(null: Null) -> Output {
    Output::Column { name: None, null }
}

/// Two queries' rows in one: UNION has the NULLs of both, EXCEPT the first one's, INTERSECT those that both have.
fn together(left: Vec<Output>, right: Vec<Output>, op: SetOperator) -> Vec<Output> {
    let is_open = |outputs: &[Output]| outputs.iter().any(|output| matches!(output, Output::Gap));
    if left.len() != right.len() || is_open(&left) || is_open(&right) {
        return vec![Output::Gap];
    }
    let pairs = left.into_iter().zip(right);
    pairs
        .map(|(left, right)| match (left, right) {
            (Output::Column { name, null: left }, Output::Column { null: right, .. }) => {
                let null = match op {
                    SetOperator::Union => left.or(right),
                    SetOperator::Intersect => left.filter(|_| right.is_some()),
                    SetOperator::Except | SetOperator::Minus => left,
                };
                Output::Column { name, null }
            }
            _ => Output::Gap,
        })
        .collect()
}
