//! Which tables are drafted: those that were named, or all that bare names lead to.

use super::DraftError;
use super::model::{Name, Schema};

/// Tables that are no part of anybody's data: those of Meanwhile, and of the tools that migrate schemas.
const TOOLS: [&str; 2] = ["meanwhile_", "_sqlx_"];

/// What was chosen: tables by index, and what there is no draft for, with the reason.
#[derive(Debug, Default)]
pub struct Chosen {
    /// Tables, by index, in order.
    pub tables: Vec<usize>,
    /// The others.
    pub left_out: Vec<(String, String)>,
}

/// Chooses by the names in `wanted`, as SQL has them: `orders`, `sales.orders`, `"Order Items"`.
///
/// # Errors
/// A name that leads to nothing, or none at all where there is no table.
pub fn choose(schema: &Schema, wanted: &[String]) -> Result<Chosen, DraftError> {
    let mut chosen = Chosen::default();
    if wanted.is_empty() {
        let is_data = |name: &Name| name.on_path && !TOOLS.iter().any(|prefix| name.name.starts_with(prefix));
        chosen.tables.extend((0..schema.tables.len()).filter(|&table| is_data(&schema.tables[table].name)));
        let others = schema.others.iter().filter(|other| is_data(&other.name));
        chosen.left_out.extend(others.map(|other| (other.name.to_string(), other.why.to_owned())));
    }
    for text in wanted {
        let is_it = |name: &Name| names(text, name);
        if let Some(table) = schema.tables.iter().position(|table| is_it(&table.name)) {
            chosen.tables.push(table);
        } else if let Some(other) = schema.others.iter().find(|other| is_it(&other.name)) {
            chosen.left_out.push((other.name.to_string(), other.why.to_owned()));
        } else {
            let known = schema.tables.iter().map(|table| table.name.to_string()).collect();
            return Err(DraftError::NoTable { wanted: text.clone(), known });
        }
    }
    chosen.tables.sort_unstable();
    chosen.tables.dedup();
    match chosen.tables.is_empty() && chosen.left_out.is_empty() {
        true => Err(DraftError::NoTables),
        false => Ok(chosen),
    }
}

/// True where the text leads to that name: bare, with its schema, and with or without quotes.
fn names(text: &str, name: &Name) -> bool {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let bare = [name.name.clone(), quoted(&name.name)];
    let is_bare = name.on_path && bare.iter().any(|bare| bare == text);
    let full = name.schema.iter().flat_map(|schema| [schema.clone(), quoted(schema)]);
    is_bare
        || full
            .flat_map(|schema| bare.each_ref().map(|bare| format!("{schema}.{bare}")))
            .any(|full| full == text)
}

#[cfg(test)]
mod tests {
    use meanwhile_catalog::Dialect;

    use super::*;
    use crate::draft::model::{Other, Table};

    fn name(schema: &str, name: &str) -> Name {
        Name { schema: Some(schema.to_owned()), name: name.to_owned(), on_path: schema == "public" }
    }

    fn schema() -> Schema {
        let table = |schema: &str, table: &str| Table::named(name(schema, table), None);
        Schema {
            dialect: Dialect::Postgres,
            database: "shop".to_owned(),
            tables: vec![
                table("public", "Order \"Items\""),
                table("public", "meanwhile_migrations"),
                table("public", "orders"),
                table("sales", "orders"),
            ],
            enums: Vec::new(),
            composites: Vec::new(),
            others: vec![Other { name: name("public", "totals"), why: "a view" }],
        }
    }

    fn chosen(wanted: &[&str]) -> Vec<usize> {
        let wanted: Vec<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
        choose(&schema(), &wanted).unwrap().tables
    }

    #[test]
    fn without_names_it_is_all_data_that_bare_names_lead_to() {
        assert_eq!(chosen(&[]), [0, 2]);
        assert_eq!(choose(&schema(), &[]).unwrap().left_out, [("totals".to_owned(), "a view".to_owned())]);
    }

    #[test]
    fn a_table_is_named_bare_or_with_its_schema_with_quotes_or_without() {
        assert_eq!(chosen(&["orders", "sales.orders"]), [2, 3]);
        assert_eq!(chosen(&["Order \"Items\"", "\"public\".\"Order \"\"Items\"\"\""]), [0]);
        assert_eq!(chosen(&["meanwhile_migrations"]), [1]);
    }

    #[test]
    fn a_name_that_leads_to_nothing_is_told() {
        let error = choose(&schema(), &["order".to_owned()]).unwrap_err();
        assert!(error.to_string().contains("no table order"), "{error}");
        assert!(error.to_string().contains("sales.orders"), "{error}");
    }
}
