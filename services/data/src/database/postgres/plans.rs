//! PostgreSQL's plans. A generic plan serves all values, so that it can be had without any. On a small table a scan is
//! cheaper than any index, and is forbidden here: what is scanned all the same has no index that could serve.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::TryStreamExt as _;
use serde_json::Value as Json;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Either, Executor as _, Row as _};

use super::Types;
use crate::database::plans::{Asked, Told};
use crate::plan_shown::{TableRead, Way};

/// What is prepared by name outlives a transaction, and a name is never used twice.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// A scan only where there is no other way.
const NO_SCANS: &str = "SET LOCAL enable_seqscan = off;\n";

/// An index is then used to find rows, and never for their order alone.
const ONLY_TO_FIND: &str = "SET LOCAL enable_indexscan = off;\nSET LOCAL enable_indexonlyscan = off;\n";

const GENERIC: &str = "SET LOCAL plan_cache_mode = force_generic_plan;\n";

/// How each text is executed; none where PostgreSQL does not plan it.
pub(super) async fn plans(
    connection: &mut PgConnection,
    types: &Types,
    asked: &[&Asked],
) -> Result<Option<Vec<Told>>, sqlx::Error> {
    let signature = signature(connection, types).await?;
    let explain = |asked: &&Asked| explain(asked.text.as_str(), &signature);
    let shown: String = asked.iter().map(explain).collect();
    let found: String = asked.iter().filter(|asked| !asked.params.is_empty()).map(explain).collect();
    let plans = run(connection, &[GENERIC, NO_SCANS, &shown, ONLY_TO_FIND, &found]).await?;
    Ok(plans.and_then(|plans| told(asked, &plans)))
}

fn told(asked: &[&Asked], plans: &[Json]) -> Option<Vec<Told>> {
    let (shown, mut finding) = (plans.get(..asked.len())?, plans.get(asked.len()..)?.iter());
    let told = asked.iter().zip(shown).map(|(asked, shown)| {
        if asked.params.is_empty() {
            return Some(Told { tables: tables(shown), scanned: None });
        }
        let finding = finding.next()?;
        let scanned = scanned(finding, &asked.params);
        // On an empty table an index that gives the order is as good as one that finds the rows.
        let plan = if scanned.is_some() { shown } else { finding };
        Some(Told { tables: tables(plan), scanned })
    });
    told.collect()
}

fn tables(plan: &Json) -> Vec<TableRead> {
    let mut tables = Vec::new();
    walk(plan, &mut |node| tables.extend(table_read(node)));
    tables
}

/// The types of a statement's parameters and a value for each, in parentheses where there are any.
struct Signature {
    types: String,
    values: String,
}

/// A generic plan is the same for all values, so they are NULL.
async fn signature(connection: &mut PgConnection, types: &Types) -> Result<Signature, sqlx::Error> {
    if types.params.is_empty() {
        return Ok(Signature { types: String::new(), values: String::new() });
    }
    let oids: Vec<String> = types.params.iter().map(|param| param.oid.0.to_string()).collect();
    // One message, which behind a pooler goes to one server.
    let names = format!(
        "SELECT format_type(oid, NULL) FROM unnest('{{{}}}'::oid[]) WITH ORDINALITY AS o(oid, n) ORDER BY n",
        oids.join(",")
    );
    let rows = connection.fetch_all(sqlx::raw_sql(AssertSqlSafe(names))).await?;
    let names = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, _>>()?;
    let nulls = vec!["NULL"; names.len()].join(", ");
    Ok(Signature { types: format!(" ({})", names.join(", ")), values: format!(" ({nulls})") })
}

/// The text is the catalog author's own, and may end in a comment.
fn explain(text: &str, Signature { types, values }: &Signature) -> String {
    let name = format!("meanwhile_plan_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    format!(
        "PREPARE {name}{types} AS {text}\n;\nEXPLAIN (VERBOSE, FORMAT JSON) EXECUTE {name}{values};\nDEALLOCATE {name};\n"
    )
}

/// The plans that a script gives, in a transaction of which nothing stays; none where PostgreSQL refuses one of them.
async fn run(connection: &mut PgConnection, script: &[&str]) -> Result<Option<Vec<Json>>, sqlx::Error> {
    let script = format!("BEGIN;\n{}ROLLBACK", script.concat());
    let plans: Result<Vec<_>, _> =
        connection.fetch_many(sqlx::raw_sql(AssertSqlSafe(script))).try_collect().await;
    match plans {
        Ok(results) => {
            let rows = results.into_iter().filter_map(Either::right);
            Ok(Some(rows.map(|row| plan(&row).unwrap_or_default()).collect()))
        }
        Err(sqlx::Error::Database(_)) => {
            connection.execute("ROLLBACK").await?;
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn plan(row: &PgRow) -> Option<Json> {
    let value = row.try_get_raw(0).ok()?;
    let document: Json = serde_json::from_str(value.as_str().ok()?).ok()?;
    document.get(0)?.get("Plan").cloned()
}

fn walk<'a>(node: &'a Json, visit: &mut impl FnMut(&'a Json)) {
    visit(node);
    for inner in node.get("Plans").and_then(Json::as_array).into_iter().flatten() {
        walk(inner, visit);
    }
}

fn text<'a>(node: &'a Json, key: &str) -> Option<&'a str> {
    node.get(key)?.as_str()
}

/// How a node of a plan reads a table; none for one that reads what others give it.
fn table_read(node: &Json) -> Option<TableRead> {
    let table = text(node, "Relation Name")?.to_owned();
    let way = match (text(node, "Node Type")?, text(node, "Index Name")) {
        ("Seq Scan" | "Sample Scan" | "Foreign Scan", _) => Way::Scan,
        ("Bitmap Heap Scan", _) => {
            let mut found = (Vec::new(), Vec::new());
            walk(node, &mut |node| {
                found.0.extend(text(node, "Index Name"));
                found.1.extend(text(node, "Index Cond"));
            });
            Way::Index { index: found.0.join(", "), condition: found.1.join(" ") }
        }
        ("Tid Scan" | "Tid Range Scan", _) => Way::Index {
            index: "ctid".to_owned(),
            condition: text(node, "TID Cond").unwrap_or_default().to_owned(),
        },
        (_, Some(index)) => match text(node, "Index Cond") {
            Some(condition) => Way::Index { index: index.to_owned(), condition: condition.to_owned() },
            None => Way::InOrder { index: index.to_owned() },
        },
        // What a statement writes to.
        _ => return None,
    };
    Some(TableRead { table, way })
}

/// The table all of whose rows are looked at, one by one or in an index's order, for a condition on one of these
/// parameters.
fn scanned(plan: &Json, params: &BTreeSet<usize>) -> Option<String> {
    let mut scanned = None;
    walk(plan, &mut |node| {
        let is_scan = table_read(node).is_some_and(|read| !matches!(read.way, Way::Index { .. }));
        let filter = text(node, "Filter").filter(|_| is_scan).unwrap_or_default();
        if scanned.is_none() && mentions(filter, params) {
            let schema = text(node, "Schema").unwrap_or_default();
            scanned = text(node, "Relation Name").map(|table| format!("{schema}.{table}"));
        }
    });
    scanned
}

/// True where `$n` stands in the text for one of the numbers.
fn mentions(text: &str, params: &BTreeSet<usize>) -> bool {
    let number = |behind: &str| {
        let digits = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
        behind[..digits].parse().is_ok_and(|number: usize| params.contains(&number))
    };
    text.split('$').skip(1).any(number)
}

/// The columns of a table, named with its schema.
pub(super) async fn columns_of(
    connection: &mut PgConnection,
    table: &str,
) -> Result<Vec<String>, sqlx::Error> {
    let (schema, table) = table.split_once('.').unwrap_or(("", table));
    let columns = "SELECT a.attname::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relname = $2 AND c.relnamespace = to_regnamespace(quote_ident($1)) AND a.attnum > 0";
    sqlx::query_scalar(columns).bind(schema).bind(table).fetch_all(connection).await
}

#[cfg(test)]
mod tests;
