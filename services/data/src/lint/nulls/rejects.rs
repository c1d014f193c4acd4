//! Conditions that let no NULL through: `name = 'x'` holds for no name that is NULL. Found for the parts of an AND chain;
//! what is not understood lets everything through.

use sqlparser::ast::{BinaryOperator, Expr, Ident, UnaryOperator};

use super::Known;
use super::scope::{Scope, last_two, words};

/// A column in a scope: the relation, by index, and its name.
type Column = (usize, String);

impl<'q> Scope<'q, '_> {
    /// Takes what conditions say of the columns: those of WHERE and of joins, each with how many joins are made before.
    /// An outer join that is found to find a row adds its own.
    pub fn narrow(&mut self, mut conditions: Vec<(usize, &'q Expr)>, known: &Known<'_>) {
        while let Some((made, condition)) = conditions.pop() {
            let looking = Looking { scope: self, known };
            for (relation, column) in looking.rejected(condition) {
                let relation = &mut self.relations[relation];
                relation.not_null.insert(column);
                for &index in relation.missing_by.iter().filter(|&&index| index < made) {
                    let join = &mut self.joins[index];
                    if !join.finds {
                        join.finds = true;
                        conditions.extend(join.on.map(|on| (index, on)));
                    }
                }
            }
        }
    }
}

struct Looking<'s> {
    scope: &'s Scope<'s, 's>,
    known: &'s Known<'s>,
}

impl Looking<'_> {
    /// The columns that are not NULL where the condition holds.
    fn rejected(&self, condition: &Expr) -> Vec<Column> {
        match condition {
            Expr::Nested(inner) => self.rejected(inner),
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                let mut found = self.rejected(left);
                found.extend(self.rejected(right));
                found
            }
            Expr::BinaryOp { left, op: BinaryOperator::Or, right } => {
                let right = self.rejected(right);
                self.rejected(left).into_iter().filter(|column| right.contains(column)).collect()
            }
            Expr::IsNotNull(inner) | Expr::IsTrue(inner) | Expr::IsFalse(inner) => self.strict(inner),
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => self.strict(expr),
            // Of an empty list they are false whatever is looked for, but they do not hold.
            Expr::In { expr, negated: false, .. } | Expr::AnyOp { left: expr, .. } => self.strict(expr),
            Expr::Between { expr, negated: false, low, high } => self.of([&**expr, &**low, &**high]),
            other => self.strict(other),
        }
    }

    /// The columns each of which makes the value NULL when it is NULL.
    fn strict(&self, value: &Expr) -> Vec<Column> {
        match value {
            Expr::Identifier(name) => self.column(std::slice::from_ref(name)),
            Expr::CompoundIdentifier(names) => self.column(names),
            Expr::Nested(inner)
            | Expr::Cast { expr: inner, .. }
            | Expr::Collate { expr: inner, .. }
            | Expr::Extract { expr: inner, .. }
            | Expr::UnaryOp { expr: inner, .. }
            | Expr::Between { expr: inner, .. } => self.strict(inner),
            Expr::Like { expr, pattern, .. }
            | Expr::ILike { expr, pattern, .. }
            | Expr::SimilarTo { expr, pattern, .. } => self.of([&**expr, &**pattern]),
            Expr::BinaryOp { left, op, right } if is_strict(op) => self.of([&**left, &**right]),
            Expr::AtTimeZone { timestamp, time_zone } => self.of([&**timestamp, &**time_zone]),
            Expr::Function(function) => match self.known.strict_arguments(&words(&function.name), function) {
                Some(arguments) => self.of(arguments),
                None => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    fn of<'e>(&self, values: impl IntoIterator<Item = &'e Expr>) -> Vec<Column> {
        values.into_iter().flat_map(|value| self.strict(value)).collect()
    }

    fn column(&self, names: &[Ident]) -> Vec<Column> {
        let (qualifier, name) = last_two(names, self.known.dialect);
        self.scope.find(qualifier.as_deref(), &name).map(|relation| (relation, name)).into_iter().collect()
    }
}

/// True for what is NULL as soon as one of its sides is. Operators that somebody made are not known.
pub fn is_strict(op: &BinaryOperator) -> bool {
    use BinaryOperator as Op;
    matches!(op, Op::Plus | Op::Minus | Op::Multiply | Op::Divide | Op::Modulo | Op::StringConcat)
        || matches!(op, Op::Gt | Op::Lt | Op::GtEq | Op::LtEq | Op::Eq | Op::NotEq)
        || matches!(op, Op::BitwiseOr | Op::BitwiseAnd | Op::PGBitwiseXor | Op::PGExp)
        || matches!(op, Op::PGBitwiseShiftLeft | Op::PGBitwiseShiftRight | Op::PGOverlap)
        || matches!(op, Op::PGRegexMatch | Op::PGRegexIMatch | Op::PGRegexNotMatch | Op::PGRegexNotIMatch)
        || matches!(op, Op::PGLikeMatch | Op::PGILikeMatch | Op::PGNotLikeMatch | Op::PGNotILikeMatch)
        || matches!(op, Op::AtArrow | Op::ArrowAt | Op::AtAt)
}
