//! Which texts can go to the database for a catalog's calls. They are as good as written in its files: no request is needed
//! to know them.

use std::collections::HashMap;

use meanwhile_catalog::{Catalog, Dialect, Method, Part, Source, Statement};

/// Every text, and how many values each of its runs takes.
#[derive(Debug, Default)]
pub struct Texts {
    known: HashMap<String, usize>,
}

impl Texts {
    /// Those of a catalog over SQLite, and those of Meanwhile's own, `own`.
    pub fn new(catalog: &Catalog, own: &[&'static str]) -> Self {
        let mut texts = Self::default();
        for part in catalog.methods.iter().flat_map(parts) {
            if let Source::Sql(sql) = &part.source
                && let Some(statement) = sql.statement(Dialect::Sqlite)
            {
                texts.add(statement);
            }
        }
        own.iter()
            .filter_map(|text| Statement::own(text, Dialect::Sqlite).ok())
            .for_each(|it| texts.add(&it));
        texts
    }

    /// The whole statement, and each of its forms.
    fn add(&mut self, statement: &Statement) {
        let forms = 0..1_u32 << statement.filters().len();
        let form = |bits| statement.render_form(bits as u16, |param| format!("?{}", param + 1));
        let values = statement.params.len();
        self.known.extend(forms.map(|bits| (form(bits), values)));
        self.known.insert(statement.render(Dialect::Sqlite), values);
    }

    /// How many values a text takes; none for one that was not known.
    pub fn values(&self, text: &str) -> Option<usize> {
        self.known.get(text).copied()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// True where there is none.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}

/// A method's parts, in each of its orders.
fn parts(method: &Method) -> impl Iterator<Item = &Part> {
    let orders = method.orders.iter().flat_map(|orders| &orders.list);
    method.parts.iter().chain(orders.flat_map(|order| &order.parts))
}
