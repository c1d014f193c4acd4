//! What each parameter stands beside: the column that it is compared with or stored in, a literal, the type of a cast.
//! SQLite gives parameters no type, so this is all there is to tell whether an enum is wanted by name or by number.
//! It only looks: a statement that sqlparser cannot read is a statement of which nothing is known.

mod scope;

use std::collections::HashSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    Assignment, AssignmentTarget, BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArguments, InTarget, Insert, ObjectName, OnConflictAction, OnInsert, Query, SelectItem, SetExpr,
    Statement, TableFactor, TableObject, Value, Visit, Visitor,
};
use sqlparser::dialect::SQLiteDialect;
use sqlparser::parser::Parser;

use scope::Scopes;

/// What one use of a parameter stands beside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beside {
    /// A column of one of these tables: those of the innermost query first. The first table that has it is its own.
    Column {
        /// The tables, query by query.
        tables: Vec<Vec<String>>,
        /// The column's name.
        column: String,
    },
    /// The column of that place, from 0, in an INSERT that does not name its columns.
    Place {
        /// The table.
        table: String,
        /// The column, from 0.
        index: usize,
    },
    /// Something of that type: a literal, or what it is cast to.
    Type(String),
    /// As `x IN (SELECT value FROM json_each(:list))`: each item stands beside that.
    Items(Box<Beside>),
    /// Anything else.
    Unknown,
}

/// What the uses of each parameter stand beside, in a text whose parameters are `?1`, `?2`... Where it is only asked
/// whether one is NULL is no use.
pub(super) fn read(text: &str, params: usize) -> Vec<Vec<Beside>> {
    let mut reader =
        Reader { scopes: Scopes::default(), met: HashSet::new(), found: vec![Vec::new(); params] };
    match Parser::parse_sql(&SQLiteDialect {}, text).as_deref() {
        Ok([statement]) => drop(statement.visit(&mut reader)),
        _ => reader.found.iter_mut().for_each(|uses| uses.push(Beside::Unknown)),
    }
    reader.found
}

struct Reader {
    scopes: Scopes,
    /// The uses of parameters that are told of already, by where they are in memory.
    met: HashSet<*const Expr>,
    found: Vec<Vec<Beside>>,
}

impl Visitor for Reader {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.scopes.enter(query);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        self.scopes.leave();
        ControlFlow::Continue(())
    }

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        self.scopes.enter_statement(statement);
        match statement {
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.assignments(&update.assignments),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::BinaryOp { left, op, right } if is_comparison(op) => self.pair(left, right),
            Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => {
                self.pair(left, right)
            }
            Expr::In { expr, target: InTarget::List(list), .. } => {
                list.iter().for_each(|item| self.pair(expr, item));
            }
            Expr::In { expr, target: InTarget::Subquery(query), .. } => self.in_list_of_json(expr, query),
            Expr::Between { expr, low, high, .. } => {
                self.pair(expr, low);
                self.pair(expr, high);
            }
            Expr::Case { operand: Some(operand), conditions, .. } => {
                conditions.iter().for_each(|when| self.pair(operand, &when.condition));
            }
            Expr::Cast { expr, data_type, .. } => self.meet(expr, &[Beside::Type(data_type.to_string())]),
            Expr::IsNull(tested) | Expr::IsNotNull(tested) => self.meet(tested, &[]),
            Expr::Function(_) => {
                let inside = results(expr);
                let beside: Vec<Beside> = inside.iter().flat_map(|expr| self.beside(expr)).collect();
                if !beside.is_empty() {
                    inside.iter().for_each(|expr| self.meet(expr, &beside));
                }
            }
            _ => {}
        }
        if let Some(param) = param(expr)
            && !self.met.contains(&std::ptr::from_ref(expr))
        {
            self.add(param, &[Beside::Unknown]);
        }
        ControlFlow::Continue(())
    }
}

impl Reader {
    fn insert(&mut self, insert: &Insert) {
        let TableObject::TableName(table) = &insert.table else { return };
        let Some(table) = scope::last_name(table) else { return };
        let columns: Vec<Option<String>> = insert.columns.iter().map(scope::last_name).collect();
        let target = |index: usize| match columns.get(index) {
            Some(Some(column)) => {
                Beside::Column { tables: vec![vec![table.clone()]], column: column.clone() }
            }
            None if columns.is_empty() => Beside::Place { table: table.clone(), index },
            _ => Beside::Unknown,
        };
        for row in insert.source.iter().flat_map(|query| rows(&query.body)) {
            row.into_iter().enumerate().for_each(|(index, expr)| self.meet(expr, &[target(index)]));
        }
        if let Some(OnInsert::OnConflict(conflict)) = &insert.on
            && let OnConflictAction::DoUpdate(update) = &conflict.action
        {
            self.assignments(&update.assignments);
        }
    }

    fn assignments(&mut self, assignments: &[Assignment]) {
        for assignment in assignments {
            match (&assignment.target, &assignment.value) {
                (AssignmentTarget::ColumnName(column), value) => self.assign(column, value),
                (AssignmentTarget::Tuple(columns), Expr::Tuple(values)) => {
                    columns.iter().zip(values).for_each(|(column, value)| self.assign(column, value));
                }
                _ => {}
            }
        }
    }

    fn assign(&mut self, column: &ObjectName, value: &Expr) {
        let beside = scope::last_name(column).and_then(|column| self.scopes.column(None, &column));
        self.meet(value, &[beside.unwrap_or(Beside::Unknown)]);
    }

    /// Two values that are compared; rows value by value.
    fn pair(&mut self, left: &Expr, right: &Expr) {
        if let (Expr::Tuple(left), Expr::Tuple(right)) = (left, right) {
            return left.iter().zip(right).for_each(|(left, right)| self.pair(left, right));
        }
        for (one, other) in [(left, right), (right, left)] {
            let beside = self.beside(other);
            if !beside.is_empty() {
                self.meet(one, &beside);
            }
        }
    }

    /// `x IN (SELECT value FROM json_each(:list))`: the list's items are compared with x.
    fn in_list_of_json(&mut self, expr: &Expr, query: &Query) {
        let beside = self.beside(expr);
        let SetExpr::Select(select) = &*query.body else { return };
        let [from] = select.from.as_slice() else { return };
        let TableFactor::Table { name, args: Some(args), .. } = &from.relation else { return };
        let is_json_each = scope::last_name(name).is_some_and(|name| name.eq_ignore_ascii_case("json_each"));
        if let ([FunctionArg::Unnamed(FunctionArgExpr::Expr(list))], true, false) =
            (args.args.as_slice(), is_json_each, beside.is_empty())
        {
            let items: Vec<Beside> = beside.into_iter().map(|beside| Beside::Items(beside.into())).collect();
            self.meet(list, &items);
        }
    }

    /// The parameters whose values the expression may give stand beside that.
    fn meet(&mut self, expr: &Expr, beside: &[Beside]) {
        if let Some(param) = param(expr) {
            self.met.insert(expr);
            self.add(param, beside);
        }
        results(expr).into_iter().for_each(|expr| self.meet(expr, beside));
    }

    fn add(&mut self, param: usize, beside: &[Beside]) {
        if let Some(uses) = self.found.get_mut(param) {
            uses.extend(beside.iter().filter(|beside| !uses.contains(beside)).cloned().collect::<Vec<_>>());
        }
    }

    /// What the expression is, where it has a type of its own.
    fn beside(&self, expr: &Expr) -> Vec<Beside> {
        const TEXT: [&str; 7] = ["lower", "upper", "trim", "ltrim", "rtrim", "substr", "substring"];
        let own = match expr {
            Expr::Identifier(column) => self.scopes.column(None, &column.value),
            Expr::CompoundIdentifier(words) => match words.as_slice() {
                [.., table, column] => self.scopes.column(Some(&table.value), &column.value),
                _ => None,
            },
            Expr::Cast { data_type, .. } => Some(Beside::Type(data_type.to_string())),
            Expr::Value(value) => match &value.value {
                Value::Number(..) => Some(Beside::Type("INTEGER".to_owned())),
                Value::SingleQuotedString(_) => Some(Beside::Type("TEXT".to_owned())),
                _ => None,
            },
            Expr::Function(function) if TEXT.iter().any(|name| is_named(function, name)) => {
                Some(Beside::Type("TEXT".to_owned()))
            }
            _ => None,
        };
        let inside = results(expr).into_iter().flat_map(|expr| self.beside(expr));
        own.into_iter().chain(inside).collect()
    }
}

fn is_comparison(op: &BinaryOperator) -> bool {
    use BinaryOperator as Op;
    matches!(op, Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq | Op::Spaceship)
}

/// The parameter, from 0, that the expression is.
fn param(expr: &Expr) -> Option<usize> {
    let Expr::Value(value) = expr else { return None };
    let Value::Placeholder(name) = &value.value else { return None };
    name.strip_prefix('?')?.parse::<usize>().ok()?.checked_sub(1)
}

/// The expressions one of which is this one's value as it is.
fn results(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Nested(inside) => vec![inside],
        Expr::Collate { expr, .. } => vec![expr],
        Expr::Case { conditions, else_result, .. } => {
            conditions.iter().map(|when| &when.result).chain(else_result.as_deref()).collect()
        }
        Expr::Function(function) => {
            let arguments = arguments(function);
            match () {
                () if ["coalesce", "ifnull"].iter().any(|name| is_named(function, name)) => arguments,
                () if is_named(function, "nullif") => arguments,
                () if ["iif", "if"].iter().any(|name| is_named(function, name)) => {
                    arguments.into_iter().skip(1).collect()
                }
                () => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

fn is_named(function: &Function, name: &str) -> bool {
    scope::last_name(&function.name).is_some_and(|known| known.eq_ignore_ascii_case(name))
}

fn arguments(function: &Function) -> Vec<&Expr> {
    let FunctionArguments::List(list) = &function.args else { return Vec::new() };
    let expr = |argument| match argument {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref expr)) => Some(expr),
        _ => None,
    };
    list.args.iter().filter_map(expr).collect()
}

/// The rows that an INSERT takes, as far as the statement writes them down.
fn rows(body: &SetExpr) -> Vec<Vec<&Expr>> {
    match body {
        SetExpr::Values(values) => values.rows.iter().map(|row| row.iter().collect()).collect(),
        SetExpr::SetOperation { left, right, .. } => [rows(left), rows(right)].concat(),
        SetExpr::Query(query) => rows(&query.body),
        SetExpr::Select(select) => {
            let items = select.projection.iter().map(|item| match item {
                SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
                _ => None,
            });
            // Behind a star nobody knows which column is which.
            vec![items.map_while(|item| item).collect()]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
