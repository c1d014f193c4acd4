//! Optional filters: conjuncts `(:f IS NULL OR cond)` in the AND chain of a WHERE. Where f is NULL they are true, where
//! it is not they are `cond`; but a plan that serves both cases uses no index. So they are found here, by tokens alone,
//! and a statement is rendered without them or with `cond` in their place. What is not surely understood stays as it is.

use std::ops::Range;

use sqlparser::keywords::Keyword;

use super::lexemes::{Kind, Lexeme};

/// A statement's filters beyond this many stay as they are.
pub(super) const MOST: usize = 16;

/// Parentheses deeper than this are not looked into.
const DEEPEST: usize = 32;

/// One optional filter of a statement.
#[derive(Debug, Clone)]
pub struct Filter {
    /// The parameters that it asks for: where one of them is NULL, the filter is true.
    pub params: Vec<usize>,
    /// The bytes it stands at, its parentheses included.
    pub(super) range: Range<usize>,
    /// What it is where none of them is NULL: one of these.
    pub(super) conditions: Vec<Range<usize>>,
}

/// An AND chain that has filters.
#[derive(Debug, Clone)]
pub(super) struct Chain {
    pub range: Range<usize>,
    pub conjuncts: Vec<Conjunct>,
}

/// What stands between two ANDs.
#[derive(Debug, Clone)]
pub(super) struct Conjunct {
    pub range: Range<usize>,
    /// The filter that it is, by index.
    pub filter: Option<usize>,
}

/// The filters of one statement, in order, and the chains they stand in: outer ones before those inside them.
#[derive(Debug, Clone, Default)]
pub(super) struct Filters {
    pub list: Vec<Filter>,
    pub chains: Vec<Chain>,
}

impl Filters {
    /// Those of the statement that these tokens are.
    pub fn find(lexemes: &[Lexeme]) -> Self {
        let mut finder = Finder { lexemes, found: Vec::new() };
        for (index, lexeme) in lexemes.iter().enumerate() {
            if lexeme.kind == Kind::Word(Keyword::WHERE) {
                finder.condition(index + 1..finder.end_of_clause(index + 1), 0);
            }
        }
        numbered(finder.found)
    }
}

/// A chain on its way to being numbered.
type Found = (Range<usize>, Vec<(Range<usize>, Option<Filter>)>);

fn numbered(mut found: Vec<Found>) -> Filters {
    let has_filter = |(_, conjuncts): &Found| conjuncts.iter().any(|(_, filter)| filter.is_some());
    found.retain(has_filter);
    found.sort_by_key(|(range, _)| range.start);
    let mut starts: Vec<usize> = found
        .iter()
        .flat_map(|(_, conjuncts)| conjuncts)
        .filter_map(|(_, filter)| Some(filter.as_ref()?.range.start))
        .collect();
    starts.sort_unstable();
    starts.truncate(MOST);
    let mut filters = Filters::default();
    for (range, conjuncts) in found {
        let conjuncts = conjuncts.into_iter().map(|(range, filter)| {
            let number = filter.and_then(|filter| {
                let number = starts.binary_search(&filter.range.start).ok()?;
                filters.list.push(filter);
                Some(number)
            });
            Conjunct { range, filter: number }
        });
        let conjuncts = conjuncts.collect();
        filters.chains.push(Chain { range, conjuncts });
    }
    filters.list.sort_by_key(|filter| filter.range.start);
    filters
}

struct Finder<'a> {
    lexemes: &'a [Lexeme],
    found: Vec<Found>,
}

impl Finder<'_> {
    /// Where the condition of a WHERE ends that begins at `start`.
    fn end_of_clause(&self, start: usize) -> usize {
        let (mut index, mut cases) = (start, 0_usize);
        while let Some(lexeme) = self.lexemes.get(index) {
            match lexeme.kind {
                Kind::Open(partner) => index = partner,
                Kind::Close => return index,
                Kind::Word(Keyword::CASE) => cases += 1,
                Kind::Word(Keyword::END) => cases = cases.saturating_sub(1),
                Kind::Word(word) if cases == 0 && ends_condition(word) => return index,
                _ => {}
            }
            index += 1;
        }
        self.lexemes.len()
    }

    /// Looks for filters in the AND chain that these tokens are, or for the one that they are as a whole.
    fn condition(&mut self, range: Range<usize>, depth: usize) {
        let Some(disjuncts) = self.split(&range, Keyword::OR).filter(|_| depth < DEEPEST) else { return };
        if disjuncts.len() > 1 {
            let bytes = self.bytes(&range);
            if let Some(filter) = self.filter(&disjuncts, bytes.clone()) {
                self.found.push((bytes.clone(), vec![(bytes, Some(filter))]));
            }
            return;
        }
        let Some(conjuncts) = self.split(&range, Keyword::AND) else { return };
        let mut chain = Vec::new();
        for conjunct in conjuncts {
            let bytes = self.bytes(&conjunct);
            let inside = self.inside(&conjunct);
            let disjuncts = inside.as_ref().and_then(|inside| self.split(inside, Keyword::OR));
            let filter = disjuncts.and_then(|disjuncts| self.filter(&disjuncts, bytes.clone()));
            if let (None, Some(inside)) = (&filter, inside) {
                self.condition(inside, depth + 1);
            }
            chain.push((bytes, filter));
        }
        self.found.push((self.bytes(&range), chain));
    }

    /// The tokens between two `word`s that belong to no CASE, no BETWEEN and no parenthesis; none where anything stands
    /// there that a condition does not have.
    fn split(&self, range: &Range<usize>, word: Keyword) -> Option<Vec<Range<usize>>> {
        let (mut parts, mut start) = (Vec::new(), range.start);
        let (mut index, mut cases, mut betweens) = (range.start, 0_usize, 0_usize);
        while index < range.end {
            match self.lexemes[index].kind {
                Kind::Open(partner) => index = partner,
                Kind::Close => return None,
                Kind::Word(Keyword::CASE) => cases += 1,
                Kind::Word(Keyword::END) => cases = cases.checked_sub(1)?,
                _ if cases > 0 => {}
                Kind::Word(Keyword::BETWEEN) => betweens += 1,
                Kind::Word(Keyword::AND) if betweens > 0 => betweens -= 1,
                Kind::Word(Keyword::OR) if betweens > 0 => return None,
                Kind::Word(found) if found == word => {
                    parts.push(start..index);
                    start = index + 1;
                }
                kind if self.is_strange(index, kind) => return None,
                _ => {}
            }
            index += 1;
        }
        parts.push(start..range.end);
        let is_whole = cases == 0 && betweens == 0 && parts.iter().all(|part| !part.is_empty());
        is_whole.then_some(parts)
    }

    /// True for what stands in no condition outside parentheses: these tokens are something else.
    fn is_strange(&self, index: usize, kind: Kind) -> bool {
        use Keyword as K;
        match kind {
            // `a IS DISTINCT FROM b`
            Kind::Word(K::FROM) => !self.is(index - 1, K::DISTINCT),
            Kind::Word(word) => matches!(
                word,
                K::SELECT
                    | K::WHERE
                    | K::AS
                    | K::JOIN
                    | K::INTO
                    | K::SET
                    | K::VALUES
                    | K::WHEN
                    | K::THEN
                    | K::ELSE
                    | K::BY
            ),
            Kind::Comma => true,
            _ => false,
        }
    }

    /// The filter that these alternatives are: at least one asks whether a parameter is NULL, and one does not.
    fn filter(&self, disjuncts: &[Range<usize>], range: Range<usize>) -> Option<Filter> {
        let (mut params, mut conditions) = (Vec::new(), Vec::new());
        for disjunct in disjuncts {
            match self.null_test(disjunct, 0) {
                Some(param) => params.push(param),
                None => conditions.push(self.bytes(disjunct)),
            }
        }
        (!params.is_empty() && !conditions.is_empty()).then_some(Filter { params, range, conditions })
    }

    /// The parameter of `:f IS NULL`.
    fn null_test(&self, range: &Range<usize>, depth: usize) -> Option<usize> {
        if let Some(inside) = self.inside(range).filter(|_| depth < DEEPEST) {
            return self.null_test(&inside, depth + 1);
        }
        let end = range.end.checked_sub(2).filter(|end| *end > range.start)?;
        let is_test = self.is(end, Keyword::IS) && self.is(end + 1, Keyword::NULL);
        is_test.then(|| self.param(&(range.start..end), 0)).flatten()
    }

    /// The parameter that these tokens are, also cast to a type whose cast makes NULL of nothing else.
    fn param(&self, range: &Range<usize>, depth: usize) -> Option<usize> {
        if let Some(inside) = self.inside(range).filter(|_| depth < DEEPEST) {
            return self.param(&inside, depth + 1);
        }
        let kind = |index: usize| self.lexemes[range.clone()].get(index).map(|lexeme| lexeme.kind);
        match (kind(0)?, kind(1), kind(2)) {
            (Kind::Param(param), None, _) => Some(param),
            (Kind::Param(param), Some(Kind::Cast), Some(_)) => {
                self.is_plain_type(range.start + 2..range.end).then_some(param)
            }
            (Kind::Word(Keyword::CAST), Some(Kind::Open(close)), Some(Kind::Param(param))) => {
                let is_cast = close + 1 == range.end && self.is(range.start + 3, Keyword::AS);
                (is_cast && self.is_plain_type(range.start + 4..close)).then_some(param)
            }
            _ => None,
        }
    }

    fn is_plain_type(&self, range: Range<usize>) -> bool {
        use Keyword as K;
        let is_type = |index: usize, lexeme: &Lexeme| match lexeme.kind {
            Kind::Word(word) | Kind::Name(word) if index == 0 => is_plain_type(word),
            Kind::Word(K::PRECISION | K::VARYING | K::WITH | K::WITHOUT | K::TIME | K::ZONE) => index > 0,
            Kind::Open(_) | Kind::Close | Kind::Comma | Kind::Number => index > 0,
            _ => false,
        };
        let tokens = &self.lexemes[range];
        !tokens.is_empty() && tokens.iter().enumerate().all(|(index, lexeme)| is_type(index, lexeme))
    }

    fn is(&self, index: usize, word: Keyword) -> bool {
        self.lexemes.get(index).is_some_and(|lexeme| lexeme.kind == Kind::Word(word))
    }

    /// What stands in the one pair of parentheses that these tokens are.
    fn inside(&self, range: &Range<usize>) -> Option<Range<usize>> {
        match self.lexemes[range.clone()].first()?.kind {
            Kind::Open(close) if close + 1 == range.end => Some(range.start + 1..close),
            _ => None,
        }
    }

    fn bytes(&self, range: &Range<usize>) -> Range<usize> {
        match &self.lexemes[range.clone()] {
            [first, .., last] => first.range.start..last.range.end,
            [only] => only.range.clone(),
            [] => 0..0,
        }
    }
}

/// The words that follow a WHERE's condition.
fn ends_condition(word: Keyword) -> bool {
    use Keyword as K;
    matches!(
        word,
        K::GROUP
            | K::HAVING
            | K::WINDOW
            | K::ORDER
            | K::LIMIT
            | K::OFFSET
            | K::FETCH
            | K::FOR
            | K::UNION
            | K::INTERSECT
            | K::EXCEPT
            | K::RETURNING
            | K::ON
            | K::DO
    )
}

fn is_plain_type(word: Keyword) -> bool {
    use Keyword as K;
    matches!(
        word,
        K::BIGINT
            | K::BLOB
            | K::BOOL
            | K::BOOLEAN
            | K::BYTEA
            | K::CHAR
            | K::CHARACTER
            | K::DATE
            | K::DECIMAL
            | K::DOUBLE
            | K::FLOAT4
            | K::FLOAT8
            | K::INT
            | K::INT2
            | K::INT4
            | K::INT8
            | K::INTEGER
            | K::INTERVAL
            | K::JSON
            | K::JSONB
            | K::NUMERIC
            | K::REAL
            | K::SMALLINT
            | K::TEXT
            | K::TIME
            | K::TIMESTAMP
            | K::TIMESTAMPTZ
            | K::UUID
            | K::VARCHAR
    )
}

#[cfg(test)]
mod tests;
