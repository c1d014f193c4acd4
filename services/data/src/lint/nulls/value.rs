//! Whether an expression may be NULL: told for what is known to give NULL, and for what passes one on. What is not known
//! is not told.

use sqlparser::ast::{
    BinaryOperator, CaseWhen, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Query,
    SetExpr, Value,
};

use super::query::Reader;
use super::rejects::is_strict;
use super::scope::{Null, Output, Scope, last_two, words};

impl Reader<'_> {
    /// Why the expression may be NULL; `groups` is true where the query around it has a row for each group, or for each
    /// row, and never one for none.
    pub fn value(&self, value: &Expr, scope: &Scope<'_, '_>, groups: bool) -> Null {
        let of = |value: &Expr| self.value(value, scope, groups);
        match value {
            Expr::Identifier(name) => self.column(std::slice::from_ref(name), scope),
            Expr::CompoundIdentifier(names) => self.column(names, scope),
            Expr::Value(value) => self.literal(&value.value),
            Expr::Nested(inner)
            | Expr::Collate { expr: inner, .. }
            | Expr::Extract { expr: inner, .. }
            | Expr::Ceil { expr: inner, .. }
            | Expr::Floor { expr: inner, .. }
            | Expr::Substring { expr: inner, .. }
            | Expr::Trim { expr: inner, .. }
            | Expr::Overlay { expr: inner, .. }
            | Expr::UnaryOp { expr: inner, .. }
            | Expr::Cast { expr: inner, .. } => of(inner),
            Expr::Position { expr, r#in } => of(expr).or_else(|| of(r#in)),
            Expr::AtTimeZone { timestamp, time_zone } => of(timestamp).or_else(|| of(time_zone)),
            Expr::BinaryOp { left, op, right } if is_strict(op) || is_logical(op) => {
                of(left).or_else(|| of(right))
            }
            Expr::Between { expr, low, high, .. } => of(expr).or_else(|| of(low)).or_else(|| of(high)),
            Expr::Like { expr, pattern, .. } | Expr::ILike { expr, pattern, .. } => {
                of(expr).or_else(|| of(pattern))
            }
            Expr::Case { conditions, else_result, .. } => match else_result {
                Some(other) => self.case(conditions, other, scope, groups),
                None => Some("a CASE without ELSE is NULL where nothing matches".to_owned()),
            },
            Expr::Subquery(query) => self.subquery(query, scope),
            Expr::Function(function) => self.function(function, scope, groups),
            _ => None,
        }
    }

    fn column(&self, names: &[sqlparser::ast::Ident], scope: &Scope<'_, '_>) -> Null {
        let (qualifier, name) = last_two(names, self.known.dialect);
        scope.null(qualifier.as_deref(), &name)
    }

    fn literal(&self, value: &Value) -> Null {
        match value {
            Value::Null => Some("it is NULL".to_owned()),
            Value::Placeholder(number) => {
                let number: usize = number.trim_start_matches(['$', '?']).parse().ok()?;
                self.known.params.get(number.checked_sub(1)?)?.clone()
            }
            _ => None,
        }
    }

    /// A value that the conditions are about is not NULL in every branch; in which is not looked into.
    fn case(&self, conditions: &[CaseWhen], other: &Expr, scope: &Scope<'_, '_>, groups: bool) -> Null {
        let asked: String = conditions.iter().map(|when| format!(" {} ", when.condition)).collect();
        let results = conditions.iter().map(|when| &when.result).chain([other]);
        let mut results = results.filter(|result| !shares_a_word(&asked, &result.to_string()));
        results.find_map(|result| self.value(result, scope, groups))
    }

    /// A subquery in place of a value: NULL where it finds no row, which one that aggregates everything always does.
    fn subquery(&self, query: &Query, scope: &Scope<'_, '_>) -> Null {
        let always_one = match query.body.as_ref() {
            SetExpr::Select(select) => {
                let aggregates = !Self::groups(select) && self.has_aggregate(&select.projection);
                let bare = select.from.is_empty() && select.selection.is_none();
                (aggregates || bare) && select.having.is_none() && query.limit_clause.is_none()
            }
            SetExpr::Values(_) => true,
            _ => false,
        };
        match always_one {
            true => match self.nested().query(query, Some(scope)).into_iter().next() {
                Some(Output::Column { null, .. }) => null,
                _ => None,
            },
            false => Some("a subquery that finds no row is NULL".to_owned()),
        }
    }

    fn function(&self, function: &Function, scope: &Scope<'_, '_>, groups: bool) -> Null {
        let words = words(&function.name);
        let (_, name) = last_two(&words, self.known.dialect);
        let arguments = arguments(function);
        let null = |argument: &&Expr| self.value(argument, scope, groups);
        match name.as_str() {
            // NULL only where all of them are.
            "coalesce" | "ifnull" => return all(arguments.iter().map(null)),
            "nullif" => return Some("NULLIF is NULL where the two are equal".to_owned()),
            "greatest" | "least" => return all(arguments.iter().map(null)),
            "lag" | "lead" if function.over.is_some() && arguments.len() < 3 => {
                return Some(format!("{name} has no row to look at, at the end"));
            }
            _ if function.over.is_some() => return None,
            _ => {}
        }
        if self.known.is_aggregate(&name, arguments.len()) {
            return self.aggregate(&name, function, arguments.first().and_then(null), groups);
        }
        let strict = self.known.strict_arguments(&words, function)?;
        strict.iter().find_map(null)
    }

    /// Of no rows nearly every aggregate is NULL; of a group's it is NULL where all its values are.
    fn aggregate(&self, name: &str, function: &Function, argument: Null, groups: bool) -> Null {
        if matches!(name, "count" | "regr_count" | "total" | "json_group_array" | "json_group_object") {
            return None;
        }
        if function.filter.is_some() || !groups {
            return Some(format!("{name}() of no rows is NULL"));
        }
        let skips_nulls = matches!(name, "sum" | "avg" | "min" | "max" | "string_agg" | "group_concat")
            || name.starts_with("bool_")
            || name == "every";
        argument.filter(|_| skips_nulls)
    }
}

fn all(mut nulls: impl Iterator<Item = Null>) -> Null {
    let first = nulls.next()??;
    nulls.all(|null| null.is_some()).then_some(first)
}

fn shares_a_word(one: &str, other: &str) -> bool {
    let is_apart = |c: char| !(c.is_alphanumeric() || c == '_');
    let mut words = other.split(is_apart).filter(|word| !word.is_empty());
    words.any(|word| one.split(is_apart).any(|known| known.eq_ignore_ascii_case(word)))
}

fn is_logical(op: &BinaryOperator) -> bool {
    matches!(op, BinaryOperator::And | BinaryOperator::Or)
}

/// A function's arguments, a star aside.
pub fn arguments(function: &Function) -> Vec<&Expr> {
    let FunctionArguments::List(list) = &function.args else { return Vec::new() };
    let expression = |argument| match argument {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref expression))
        | &FunctionArg::Named { arg: FunctionArgExpr::Expr(ref expression), .. }
        | &FunctionArg::ExprNamed { arg: FunctionArgExpr::Expr(ref expression), .. } => Some(expression),
        _ => None,
    };
    list.args.iter().filter_map(expression).collect()
}
