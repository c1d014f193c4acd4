//! The form in which one trip carries a statement for several calls: their parameters as arrays, and the author's SQL run
//! for each of their rows.

use meanwhile_catalog::Statement;

use crate::database::Facts;
use crate::database::postgres::types::Types;

/// What the rows of parameters are called. No statement of an author's has such a name.
const MEMBERS: &str = "meanwhile_members";

/// The column that says whose a row is, from 1.
const ORDINAL: &str = "meanwhile_ordinal";

/// The statement for several calls; none where a parameter's type has no array.
pub(in crate::database::postgres) fn form(
    statement: &Statement,
    types: &Types,
    facts: &Facts,
) -> Option<String> {
    let mut arrays = Vec::new();
    for (index, param) in types.params.iter().enumerate() {
        arrays.push(format!("${}::{}", index + 1, facts.arrays.get(&param.oid.0)?));
    }
    let names: Vec<String> = (1..=types.params.len()).map(|number| format!("p{number}")).collect();
    let sql = statement.render_with(|index| {
        let column = format!("{MEMBERS}.p{}", index + 1);
        match types.params.get(index).and_then(|param| param.cast.as_ref()) {
            Some(cast) => format!("CAST({column} AS {cast})"),
            None => column,
        }
    });
    // What the author ends with may be a comment, hence the line's end.
    Some(format!(
        "SELECT q.*, {ORDINAL} FROM unnest({}) WITH ORDINALITY AS {MEMBERS}({}, {ORDINAL}) CROSS JOIN LATERAL ({sql}\n) q",
        arrays.join(", "),
        names.join(", ")
    ))
}
