//! Methods, explained for a terminal: a method a paragraph, a part a block, everything in columns.

use std::fmt::Write as _;

use meanwhile_data::{ExplainedMethod, ExplainedOrder, ExplainedPart};

use crate::colour::Paint;

/// How a plan's line ends a table that is looked at row by row.
const SCAN: &str = "by scan";

pub fn text(methods: &[ExplainedMethod], paint: Paint) -> String {
    methods.iter().map(|explained| method(explained, paint)).collect()
}

fn method(method: &ExplainedMethod, paint: Paint) -> String {
    let timeout = humantime::format_duration(method.timeout);
    let shares = if method.shares { "equal calls may share" } else { "each call runs by itself" };
    let mut text = format!("{}\n  at most {timeout}; {shares}", paint.title(&method.name));
    if !method.page_by.is_empty() {
        text += &format!("; pages by {}", method.page_by.join(", "));
    }
    text.push('\n');
    method.parts.iter().for_each(|of| text += &part(of, paint));
    for ExplainedOrder { field, value, parts, .. } in &method.orders {
        text += &format!("  where {field} is {}\n", paint.name(value));
        parts.iter().for_each(|of| text += &part(of, paint));
    }
    text.push('\n');
    text
}

fn part(part: &ExplainedPart, paint: Paint) -> String {
    let mut text = format!("  {}: {}, {}", paint.name(&part.name), part.file.display(), part.rows);
    if !part.waits_for.is_empty() {
        text += &format!(", waits for {}", part.waits_for.join(" and "));
    }
    if part.optional {
        text += ", optional";
    }
    if let Some(timeout) = part.timeout {
        text += &format!(", at most {}", humantime::format_duration(timeout));
    }
    text.push('\n');
    let parameters = part.parameters.iter();
    let parameters = parameters.map(|it| [format!(":{}", it.name), typed(&it.sql_type), it.source.clone()]);
    rows(&mut text, &paint.label("takes   "), parameters.collect());
    let field = |field: &Option<String>| field.clone().unwrap_or_else(|| "no field".to_owned());
    let columns = part.columns.iter();
    let columns = columns.map(|it| [it.name.clone(), typed(&it.sql_type), field(&it.field)]);
    rows(&mut text, &paint.label("gives   "), columns.collect());
    let plans = part.plans.iter().map(|plan| alone(plan.replace(SCAN, &paint.notable(SCAN))));
    rows(&mut text, &paint.label("reads   "), plans.collect());
    let batches = match &part.alone {
        None => "possible".to_owned(),
        Some(why) => format!("no: {why}"),
    };
    rows(&mut text, &paint.label("batch   "), vec![alone(batches)]);
    text
}

fn typed(sql_type: &Option<String>) -> String {
    sql_type.clone().unwrap_or_default()
}

/// A line of one cell.
fn alone(cell: String) -> [String; 3] {
    [cell, String::new(), String::new()]
}

/// Lines under one word of eight letters, their cells as wide as the widest.
fn rows(text: &mut String, word: &str, lines: Vec<[String; 3]>) {
    let width = |cell: usize| lines.iter().map(|line| line[cell].chars().count()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    for (index, [name, kind, rest]) in lines.iter().enumerate() {
        let word = if index == 0 { word } else { "        " };
        let line = format!("    {word} {name:first$}  {kind:second$}  {rest}");
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use meanwhile_data::{ExplainedColumn, ExplainedParameter};

    use super::*;

    fn list(file: &str, plan: &str) -> ExplainedPart {
        ExplainedPart {
            name: "List".to_owned(),
            file: PathBuf::from(file),
            rows: "many rows",
            optional: false,
            timeout: None,
            waits_for: Vec::new(),
            parameters: vec![ExplainedParameter {
                name: "limit".to_owned(),
                source: "the page's size".to_owned(),
                sql_type: Some("bigint".to_owned()),
            }],
            columns: vec![ExplainedColumn {
                name: "id".to_owned(),
                sql_type: Some("bigint".to_owned()),
                field: Some("int64 t.Row.id".to_owned()),
            }],
            plans: vec![plan.to_owned()],
            alone: None,
        }
    }

    fn explained() -> ExplainedMethod {
        ExplainedMethod {
            name: "t.T/List".to_owned(),
            shares: true,
            timeout: Duration::from_secs(5),
            page_by: vec!["name".to_owned(), "id".to_owned()],
            parts: vec![list("List.sql", "t in order of index t_pkey")],
            orders: vec![ExplainedOrder {
                name: "by_name".to_owned(),
                field: "order_by".to_owned(),
                value: "ORDER_BY_NAME".to_owned(),
                parts: vec![list("List.by_name.sql", "t by scan")],
            }],
        }
    }

    #[test]
    fn a_method_is_told_with_all_its_orders() {
        let expected = "\
t.T/List
  at most 5s; equal calls may share; pages by name, id
  List: List.sql, many rows
    takes    :limit  bigint  the page's size
    gives    id  bigint  int64 t.Row.id
    reads    t in order of index t_pkey
    batch    possible
  where order_by is ORDER_BY_NAME
  List: List.by_name.sql, many rows
    takes    :limit  bigint  the page's size
    gives    id  bigint  int64 t.Row.id
    reads    t by scan
    batch    possible

";
        assert_eq!(text(&[explained()], Paint::NEVER), expected);
    }

    #[test]
    fn colours_change_no_word_and_no_column() {
        let coloured = text(&[explained()], Paint::ALWAYS);
        assert!(coloured.contains("\x1b[1mt.T/List\x1b[0m"), "{coloured:?}");
        let mut plain = String::new();
        for (index, piece) in coloured.split('\x1b').enumerate() {
            plain += if index == 0 { piece } else { piece.split_once('m').unwrap().1 };
        }
        assert_eq!(plain, text(&[explained()], Paint::NEVER));
    }
}
