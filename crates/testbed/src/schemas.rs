//! Schemas as large as somebody's own: as many tables as one wants, of varied types, with foreign keys, keys of several
//! columns, enums, domains, comments, indexes, defaults and names of every style, and a few rows in each. The same number
//! always makes the same schema.

use std::fmt::Write as _;

/// Whose SQL a schema is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sql {
    /// PostgreSQL's.
    Postgres,
    /// SQLite's.
    Sqlite,
}

/// Rows in each table.
pub const ROWS: usize = 3;

const NOUNS: [&str; 20] = [
    "order", "category", "person", "address", "invoice", "shipment", "box", "status", "news", "campus",
    "film", "city", "employee", "batch", "leaf", "child", "key", "movie", "analysis", "staff",
];

const KINDS: [&str; 10] =
    ["", "archived", "pending", "daily", "external", "group", "internal", "2nd", "shared", "user"];

/// A type in each SQL, a default, and a value of it by number; `#` stands for the number's last digit.
struct Kind {
    postgres: &'static str,
    sqlite: &'static str,
    default: Option<&'static str>,
    value: &'static str,
}

const fn kind(
    postgres: &'static str,
    sqlite: &'static str,
    default: Option<&'static str>,
    value: &'static str,
) -> Kind {
    Kind { postgres, sqlite, default, value }
}

const COLUMNS: [Kind; 24] = [
    kind("text", "TEXT", None, "'text #'"),
    kind("integer", "INTEGER", Some("7"), "#"),
    kind("bigint", "BIGINT", Some("0"), "900719925474099#"),
    kind("boolean", "BOOLEAN", Some("false"), "true"),
    kind("timestamptz", "TIMESTAMP", Some("CURRENT_TIMESTAMP"), "'2024-02-2# 12:30:00'"),
    kind("numeric(12, 2)", "DECIMAL(12, 2)", Some("0"), "12.5#"),
    kind("uuid", "UUID", None, "'6f9619ff-8b86-4011-b42d-00c04fc9640#'"),
    kind("date", "DATE", None, "'2024-02-2#'"),
    kind("varchar(40)", "VARCHAR(40)", Some("'none'"), "'Größe #'"),
    kind("double precision", "DOUBLE PRECISION", None, "0.#"),
    kind("jsonb", "JSON", Some("'{}'"), "'{\"a\": [#, null]}'"),
    kind("smallint", "SMALLINT", None, "-#"),
    kind("bytea", "BLOB", None, ""),
    kind("mood_#", "TEXT", None, "'very_good'"),
    kind("real", "REAL", None, "1.5"),
    kind("timestamp", "DATETIME", Some("CURRENT_TIMESTAMP"), "'1969-07-2# 20:17:40'"),
    kind("time", "TIME", None, "'12:30:0#'"),
    kind("inet", "TEXT", None, "'10.0.0.#'"),
    kind("interval", "TEXT", None, "'1 day 0#:00:00'"),
    kind("text[]", "TEXT", None, "'{a,\"b #\"}'"),
    kind("positive_#", "INTEGER", Some("1"), "1#"),
    kind("int4range", "TEXT", None, "'[1,1#)'"),
    kind("character(3)", "CHARACTER(3)", Some("'EUR'"), "'AB#'"),
    kind("json", "JSON", None, "'[#]'"),
];

/// A schema's script, with its rows.
pub fn generate(sql: Sql, tables: usize) -> String {
    let mut script = String::new();
    if sql == Sql::Postgres {
        for number in 0..10 {
            let _ = writeln!(
                script,
                "CREATE TYPE mood_{number} AS ENUM ('bad', 'good', 'very_good', 'grade_{number}');"
            );
            let _ = writeln!(script, "CREATE DOMAIN positive_{number} AS integer CHECK (VALUE > 0);");
        }
    }
    (0..tables).for_each(|number| table(&mut script, sql, number));
    (0..tables).for_each(|number| rows(&mut script, sql, number));
    script
}

/// The table's name as SQL has it.
fn name(number: usize) -> String {
    let (noun, kind) = (NOUNS[number % NOUNS.len()], KINDS[number / NOUNS.len() % KINDS.len()]);
    let round = number / NOUNS.len() / KINDS.len();
    let words = [kind, noun, &if round > 0 { round.to_string() } else { String::new() }].join(" ");
    let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
    let capital = |word: &String| word[..1].to_uppercase() + &word[1..];
    match number % 7 {
        4 => format!("\"{}\"", words.iter().map(capital).collect::<String>()),
        5 => format!("\"{} %\"", words.iter().map(capital).collect::<Vec<_>>().join(" ")),
        6 => format!("\"{}\"", words.join("-")),
        _ => {
            let ending = if noun.ends_with(['s', 'x', 'h']) { "es" } else { "s" };
            format!("\"{}{ending}\"", words.join("_"))
        }
    }
}

/// The columns beside key and foreign keys, by their place in [`COLUMNS`].
fn columns(number: usize) -> impl Iterator<Item = usize> {
    (0..3 + number % 8).map(move |column| (number * 5 + column * 7) % COLUMNS.len())
}

/// What the table refers to: its parent, and another table.
fn referred(number: usize) -> (Option<usize>, Option<usize>) {
    // Parents have a key of one column.
    let plain = |number: usize| number - number % 5;
    let parent = (number % 5 > 1).then(|| plain(number));
    let other = (number % 3 == 1 && number > 5).then(|| plain(number / 2));
    (parent, other.filter(|other| Some(*other) != parent))
}

/// Every fifth table has a key of two columns, its parent's and a number.
fn has_two_keys(number: usize) -> bool {
    number % 5 == 3
}

fn column_name(number: usize, column: usize) -> String {
    let kind = COLUMNS[column].postgres.split(['(', ' ', '[']).next().unwrap_or_default();
    match (number + column) % 9 {
        7 => format!("\"{kind} Value\""),
        8 => format!("\"the{}{}\"", kind[..1].to_uppercase(), &kind[1..]),
        _ => format!("\"{kind}_{column}\""),
    }
    .replace('#', "x")
}

fn type_of(sql: Sql, number: usize, column: usize) -> String {
    match sql {
        Sql::Postgres => COLUMNS[column].postgres.replace('#', &(number % 10).to_string()),
        Sql::Sqlite => COLUMNS[column].sqlite.to_owned(),
    }
}

fn table(script: &mut String, sql: Sql, number: usize) {
    let name = name(number);
    let (parent, other) = referred(number);
    let mut lines = Vec::new();
    let key = match (has_two_keys(number), sql) {
        (true, _) => "parent_id, line",
        (false, _) => "id",
    };
    match (has_two_keys(number), sql) {
        (true, _) => lines.push("line integer NOT NULL".to_owned()),
        (false, Sql::Postgres) if number.is_multiple_of(2) => {
            lines.push("id bigint GENERATED ALWAYS AS IDENTITY".to_owned())
        }
        (false, Sql::Postgres) => lines.push("id bigserial".to_owned()),
        (false, Sql::Sqlite) => lines.push("id INTEGER".to_owned()),
    }
    for (field, table) in [("parent_id", parent), ("\"otherId\"", other)] {
        let Some(table) = table else { continue };
        let cascade = if number.is_multiple_of(2) { " ON DELETE CASCADE" } else { "" };
        lines.push(format!("{field} bigint NOT NULL REFERENCES {}{cascade}", self::name(table)));
    }
    for column in columns(number) {
        let default = COLUMNS[column].default.filter(|_| (number + column).is_multiple_of(2));
        let default = default.map(|default| format!(" DEFAULT {default}")).unwrap_or_default();
        let not_null = if (number + column).is_multiple_of(3) { "" } else { " NOT NULL" };
        let column =
            format!("{} {}{default}{not_null}", column_name(number, column), type_of(sql, number, column));
        lines.push(column);
    }
    let _ = writeln!(
        script,
        "CREATE TABLE {name} (\n    {},\n    PRIMARY KEY ({key})\n);",
        lines.join(",\n    ")
    );
    if parent.is_some() && !has_two_keys(number) {
        let _ = writeln!(script, "CREATE INDEX i{number}_parent ON {name} (parent_id);");
    }
    if let Some(column) = columns(number).find(|column| ![10, 12, 23].contains(column)) {
        let _ = writeln!(script, "CREATE INDEX i{number}_own ON {name} ({});", column_name(number, column));
    }
    if sql == Sql::Postgres {
        let _ =
            writeln!(script, "COMMENT ON TABLE {name} IS E'Table {number}.\\n\\nIts rows are */ :made up.';");
        for column in columns(number).take(2) {
            let column = column_name(number, column);
            let _ = writeln!(
                script,
                "COMMENT ON COLUMN {name}.{column} IS 'What it is: {}';",
                "so and ".repeat(40)
            );
        }
    }
}

fn rows(script: &mut String, sql: Sql, number: usize) {
    let name = name(number);
    let (parent, other) = referred(number);
    for row in 1..=ROWS {
        let mut names = Vec::new();
        let mut values = Vec::new();
        if has_two_keys(number) {
            names.push("line".to_owned());
            values.push(row.to_string());
        }
        for (field, _) in
            [("parent_id", parent), ("\"otherId\"", other)].into_iter().filter(|(_, to)| to.is_some())
        {
            names.push(field.to_owned());
            values.push((1 + row % 2).to_string());
        }
        for column in columns(number) {
            names.push(column_name(number, column));
            let is_null = (number + column).is_multiple_of(3) && row == 2;
            values.push(if is_null { "NULL".to_owned() } else { value(sql, column, row) });
        }
        let _ = writeln!(script, "INSERT INTO {name} ({}) VALUES ({});", names.join(", "), values.join(", "));
    }
}

fn value(sql: Sql, column: usize, row: usize) -> String {
    match (COLUMNS[column].postgres, sql) {
        ("bytea", Sql::Postgres) => format!("'\\x00ff0{row}'"),
        ("bytea", Sql::Sqlite) => format!("x'00ff0{row}'"),
        _ => COLUMNS[column].value.replace('#', &row.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_tables_have_a_name() {
        let names: std::collections::BTreeSet<String> = (0..1_000).map(name).collect();
        assert_eq!(names.len(), 1_000);
    }

    #[test]
    fn a_schema_is_always_the_same() {
        assert_eq!(generate(Sql::Postgres, 50), generate(Sql::Postgres, 50));
    }
}
