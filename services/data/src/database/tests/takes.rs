//! The tables of parameters in docs/types.md, tried pair by pair: a field of each type stands where a value of each type
//! is wanted, and is accepted where the table says so, and nowhere else.

use super::table::{self, Field, OTHERS, PARAMETERS, fields, rows};
use crate::fixture::{Shop, on_postgres, on_sqlite};

/// A domain is what it is over.
const DOMAINS: [(&str, &str); 2] = [("email", "text"), ("small", "int2")];

/// What the table says that a field of that word goes into.
fn goes_into(word: &str) -> Vec<&'static str> {
    let rows = rows(PARAMETERS, "### PostgreSQL");
    let row = rows.iter().find(|row| row[0].split(", ").any(|known| known == word)).unwrap();
    let named = table::goes_into(row[1]);
    let over = DOMAINS.iter().filter(|(_, base)| named.contains(base)).map(|(domain, _)| *domain);
    named.iter().copied().chain(over).collect()
}

/// For each field type a method whose statement takes a field of it for a value of each type, one a line.
fn shop(types: &[String], line: impl Fn(&str, usize) -> String, from: &str) -> Shop {
    let (mut methods, mut messages) = (String::new(), OTHERS.to_owned() + "message Reply { string y = 1; }");
    for (at, field) in fields().iter().enumerate() {
        methods +=
            &format!("rpc M{at}(R{at}) returns (Reply) {{ option idempotency_level = NO_SIDE_EFFECTS; }}");
        let of_type = |index| format!("{} x{index} = {}; ", field.kind, index + 1);
        messages += &format!("message R{at} {{ {} }}", (0..types.len()).map(of_type).collect::<String>());
    }
    let lines: String = types.iter().enumerate().map(|(index, kind)| line(kind, index)).collect();
    let sql = format!("SELECT 'y' AS y {from} WHERE true{lines}");
    (0..fields().len()).fold(Shop::new(&methods, &messages), |shop, at| shop.sql(&format!("M{at}.sql"), &sql))
}

/// The types by whose lines there are findings.
fn refused<'a>(found: &[String], types: &'a [String]) -> Vec<&'a str> {
    let line = |finding: &String| -> usize { finding.split(':').nth(1).unwrap().parse().unwrap() };
    let mut lines: Vec<usize> = found.iter().map(line).collect();
    lines.dedup();
    assert_eq!(lines.len(), found.len(), "{found:?}");
    lines.into_iter().map(|line| types[line - 2].as_str()).collect()
}

#[test]
fn postgresql_takes_every_pair_of_the_table_and_every_other_is_a_finding() {
    let types = table::all_types().into_iter().chain(DOMAINS.map(|(domain, _)| domain));
    let types: Vec<String> = types.flat_map(|kind| [kind.to_owned(), format!("{kind}[]")]).collect();
    let shop = shop(&types, |kind, index| format!("\nAND CAST(:x{index} AS {kind}) IS NOT NULL"), "");
    on_postgres(&shop, async |served| {
        for (at, Field { kind: field, word, is_list }) in fields().iter().enumerate() {
            let one = goes_into(word);
            let by_list = |kind: &str| match kind.strip_suffix("[]") {
                Some(item) => one.contains(&item),
                None => kind.starts_with("json"),
            };
            let is_taken = |kind: &str| if *is_list { by_list(kind) } else { one.contains(&kind) };
            let expected: Vec<&str> =
                types.iter().map(String::as_str).filter(|kind| !is_taken(kind)).collect();
            assert_eq!(refused(&served.findings_of(&format!("M{at}")), &types), expected, "{field}");
        }
    });
}

/// What the table says that a field is where nothing else says it.
fn by_itself(field: &Field) -> String {
    let rows = rows(PARAMETERS, "### PostgreSQL");
    let row = rows.iter().find(|row| row[0].split(", ").any(|known| known == field.word)).unwrap();
    let place = row[0].split(", ").position(|known| known == field.word).unwrap();
    let all: Vec<&str> = row[3].split(", ").collect();
    let one = if all.len() == 1 { all[0] } else { all[place] };
    // PostgreSQL's own names of some.
    let name = match one {
        "bool" => "boolean",
        "int4" => "integer",
        "int8" => "bigint",
        "float4" => "real",
        "float8" => "double precision",
        "time" => "time without time zone",
        "timestamptz" => "timestamp with time zone",
        other => other,
    };
    if field.is_list && one != "jsonb" { format!("{name}[]") } else { name.to_owned() }
}

#[test]
fn a_field_by_itself_is_what_the_table_says() {
    let repeated = rows(PARAMETERS, "### PostgreSQL").into_iter().find(|row| row[0] == "repeated").unwrap();
    assert_eq!(
        repeated[1..],
        ["an array of what its items go into, json, jsonb", "", "an array; of messages jsonb"]
    );
    let (mut methods, mut messages) = (String::new(), OTHERS.to_owned() + "message Reply { string y = 1; }");
    for (at, field) in fields().iter().enumerate() {
        methods += &format!("rpc M{at}(R{at}) returns (Reply);");
        messages += &format!("message R{at} {{ {} x = 1; }}", field.kind);
    }
    let shop = (0..fields().len()).fold(Shop::new(&methods, &messages), |shop, at| {
        shop.sql(&format!("M{at}.sql"), "SELECT CAST(pg_typeof(:x) AS text) AS y")
    });
    on_postgres(&shop, async |served| {
        for (at, field) in fields().iter().enumerate() {
            let reply = served.call(&format!("M{at}"), "{}").await;
            let reply = reply.unwrap_or_else(|fault| panic!("{}: {fault}", field.kind));
            assert_eq!(reply, format!(r#"{{"y":"{}"}}"#, by_itself(field)), "{}", field.kind);
        }
    });
}

#[test]
fn sqlite_takes_every_field_but_what_columns_of_numbers_can_never_hold() {
    let columns = ["INTEGER", "REAL", "TEXT", "BLOB", "NUMERIC"].map(str::to_owned);
    let schema: Vec<String> = columns.iter().map(|kind| format!("c_{kind} {kind}")).collect();
    let shop = shop(&columns, |kind, index| format!("\nAND c_{kind} = :x{index}"), "FROM t");
    let shop = shop.with("migrations/1_t.sql", &format!("CREATE TABLE t ({})", schema.join(", ")));
    on_sqlite(&shop, async |served| {
        for (at, Field { kind: field, word, is_list }) in fields().iter().enumerate() {
            let never = ["message", "Struct", "Value", "ListValue", "map", "bytes", "Date", "TimeOfDay"];
            let expected = match *word {
                _ if *is_list || never.contains(word) => vec!["INTEGER", "REAL"],
                "Timestamp" | "Duration" => vec!["REAL"],
                _ => vec![],
            };
            assert_eq!(refused(&served.findings_of(&format!("M{at}")), &columns), expected, "{field}");
        }
    });
}

#[test]
fn the_tables_have_a_row_for_every_field_type() {
    for database in ["### PostgreSQL", "### SQLite"] {
        let rows = rows(PARAMETERS, database);
        let words: Vec<&str> = rows.iter().flat_map(|row| row[0].split(", ")).collect();
        for field in fields() {
            let count = words.iter().filter(|word| **word == field.word).count();
            assert_eq!(count, 1, "{} on {database}", field.word);
        }
        assert!(words.contains(&"repeated"), "{database}");
        assert_eq!(words.len(), 21, "{words:?}");
    }
}
