//! Methods, explained for a terminal: a method a paragraph, a part a block, everything in columns.

use std::fmt::Write as _;

use meanwhile_data::{ExplainedMethod, ExplainedPart};

pub fn text(methods: &[ExplainedMethod]) -> String {
    methods.iter().map(method).collect()
}

fn method(method: &ExplainedMethod) -> String {
    let timeout = humantime::format_duration(method.timeout);
    let shares = if method.shares { "equal calls may share" } else { "each call runs by itself" };
    let mut text = format!("{}\n  at most {timeout}; {shares}", method.name);
    if !method.page_by.is_empty() {
        text += &format!("; pages by {}", method.page_by.join(", "));
    }
    text.push('\n');
    method.parts.iter().for_each(|of| text += &part(of));
    text.push('\n');
    text
}

fn part(part: &ExplainedPart) -> String {
    let mut text = format!("  {}: {}, {}", part.name, part.file.display(), part.rows);
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
    rows(&mut text, "takes", parameters.collect());
    let field = |field: &Option<String>| field.clone().unwrap_or_else(|| "no field".to_owned());
    let columns = part.columns.iter();
    let columns = columns.map(|it| [it.name.clone(), typed(&it.sql_type), field(&it.field)]);
    rows(&mut text, "gives", columns.collect());
    rows(
        &mut text,
        "reads",
        part.plans.iter().map(|plan| [plan.clone(), String::new(), String::new()]).collect(),
    );
    let batches = match &part.alone {
        None => "possible".to_owned(),
        Some(why) => format!("no: {why}"),
    };
    rows(&mut text, "batch", vec![[batches, String::new(), String::new()]]);
    text
}

fn typed(sql_type: &Option<String>) -> String {
    sql_type.clone().unwrap_or_default()
}

/// Lines under one word, their cells as wide as the widest.
fn rows(text: &mut String, word: &str, lines: Vec<[String; 3]>) {
    let width = |cell: usize| lines.iter().map(|line| line[cell].chars().count()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    for (index, [name, kind, rest]) in lines.iter().enumerate() {
        let word = if index == 0 { word } else { "" };
        let line = format!("    {word:8} {name:first$}  {kind:second$}  {rest}");
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}", line.trim_end());
    }
}
