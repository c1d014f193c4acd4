//! The SQL of a draft: a statement a file, with the database's own names quoted where they have to be, and nothing else
//! of the database's in it but its defaults.

use meanwhile_catalog::Dialect;

use super::children::{OF_EACH, OF_ONE};
use super::fields::Field;
use super::quote::quoted;
use super::resource::Resource;
use super::words::Taken;

/// Where a line of a list ends.
const WIDTH: usize = 100;

/// A statement's file, below the service's folder, and its text.
pub type Statement = (String, String);

/// Every statement of a resource. `all` are the draft's resources, in the order of its tables.
pub fn statements(resource: &Resource<'_>, all: &[Resource<'_>], dialect: Dialect) -> Vec<Statement> {
    let (message, plural) = (&resource.names.message, &resource.names.plural);
    let mut statements = Vec::new();
    if resource.has_key() {
        statements.push((format!("Get{message}.sql"), get(resource)));
        for child in &resource.children {
            let text = children_of_one(resource, child, &all[child.table]);
            statements.push((format!("Get{message}/{}.sql", child.field), text));
        }
        let many = &resource.names.many;
        let listed = resource.listed_children();
        let list_file = match listed.is_empty() {
            true => format!("List{plural}.sql"),
            false => format!("List{plural}/{many}.sql"),
        };
        statements.push((list_file, list(resource)));
        for (child, parent, own) in listed {
            let text = children_of_many(resource, &all[child.table], parent, own, dialect);
            statements.push((format!("List{plural}/{many}.{}.sql", child.field), text));
        }
    }
    statements.push((format!("Create{message}.sql"), create(resource)));
    if resource.can_update() {
        statements.push((format!("Update{message}.sql"), update(resource)));
    }
    if resource.has_key() {
        statements.push((format!("Delete{message}.sql"), delete(resource)));
    }
    statements
}

fn get(resource: &Resource<'_>) -> String {
    let (columns, table) = (selected(resource), resource.table.name.sql());
    let key = conditions(resource.key().into_iter().map(|field| (field, field.name.clone())));
    format!("SELECT\n{columns}\nFROM {table}\nWHERE {key}\n")
}

/// A page: what stands behind the last row of the page before, in order of the key.
fn list(resource: &Resource<'_>) -> String {
    let (columns, table) = (selected(resource), resource.table.name.sql());
    // ORDER BY takes a name for a result's column first, which may be another or be text.
    let is_renamed =
        resource.key().iter().any(|field| field.column != quoted(&field.name) || field.kind.is_text);
    let (table, own) = if is_renamed { (format!("{table} AS t"), "t.") } else { (table, "") };
    let mut conditions = Vec::new();
    for filter in resource.filters() {
        let (name, column) = (&filter.name, &filter.field.column);
        conditions.push(format!("(:{name} IS NULL OR {own}{column} = :{name})"));
    }
    let key: Vec<String> = resource.key().iter().map(|field| format!("{own}{}", field.column)).collect();
    let after: Vec<String> = resource.key().iter().map(|field| format!(":after.{}", field.name)).collect();
    conditions.push(format!("({} IS NULL OR {} > {})", after[0], tuple(&key), tuple(&after)));
    let (conditions, key) = (conditions.join("\n    AND "), key.join(", "));
    format!("SELECT\n{columns}\nFROM {table}\nWHERE {conditions}\nORDER BY {key}\nLIMIT :limit\n")
}

fn tuple(items: &[String]) -> String {
    if items.len() == 1 { items[0].clone() } else { format!("({})", items.join(", ")) }
}

fn create(resource: &Resource<'_>) -> String {
    let (table, created) = (resource.table.name.sql(), resource.created());
    let returning = selected(resource);
    if created.is_empty() {
        return format!("INSERT INTO {table} DEFAULT VALUES\nRETURNING\n{returning}\n");
    }
    let columns = wrapped(created.iter().map(|field| field.column.clone()));
    let values = wrapped(created.iter().map(|field| value(resource, field, field.default.clone())));
    format!("INSERT INTO {table} (\n{columns}\n)\nVALUES (\n{values}\n)\nRETURNING\n{returning}\n")
}

fn update(resource: &Resource<'_>) -> String {
    let (table, returning) = (resource.table.name.sql(), selected(resource));
    // What is cleared is NULL; only where it cannot be, it is the default.
    let default = |field: &Field| field.default.clone().filter(|_| !field.is_nullable);
    let set = resource.updated().into_iter().map(|field| {
        let value = value(resource, field, default(field));
        let (column, name) = (&field.column, &field.name);
        format!("    {column} = CASE WHEN :update_mask.{name} THEN {value} ELSE {column} END")
    });
    let set = set.collect::<Vec<_>>().join(",\n");
    let one = &resource.names.one;
    let key = resource.key().into_iter().map(|field| (field, format!("{one}.{}", field.name)));
    format!("UPDATE {table}\nSET\n{set}\nWHERE {}\nRETURNING\n{returning}\n", conditions(key))
}

fn delete(resource: &Resource<'_>) -> String {
    let key = conditions(resource.key().into_iter().map(|field| (field, field.name.clone())));
    format!("DELETE FROM {}\nWHERE {key}\n", resource.table.name.sql())
}

/// The children of the one row that a Get is about. Where its request names what they refer to, they need not wait for it.
fn children_of_one(
    parent: &Resource<'_>,
    child: &super::children::Child<'_>,
    resource: &Resource<'_>,
) -> String {
    let pairs = child.reference.columns.iter().zip(&child.reference.referenced);
    let equal = pairs.map(|(&own, &referenced)| {
        let name = &parent.fields[referenced].name;
        let source = match parent.table.key.contains(&referenced) {
            true => name.clone(),
            false => format!("Get{}.{name}", parent.names.message),
        };
        (&resource.fields[own], source)
    });
    let (columns, table, order) =
        (selected(resource), resource.table.name.sql(), child_order(resource, "t."));
    let conditions = conditions(equal);
    format!("SELECT\n{columns}\nFROM {table} AS t\nWHERE {conditions}\nORDER BY {order}\nLIMIT {OF_ONE}\n")
}

/// The children of a page's rows, in one statement: so many of each, in order.
fn children_of_many(
    parent: &Resource<'_>,
    resource: &Resource<'_>,
    referenced: usize,
    own: usize,
    dialect: Dialect,
) -> String {
    let mut taken = Taken::new(resource.table.columns.iter().map(|column| column.name.as_str()));
    let place = quoted(&taken.take("place", "of_row"));
    let (columns, table) = (selected(resource), resource.table.name.sql());
    let inner = wrapped(resource.fields.iter().map(|field| field.column.clone())).replace("    ", "        ");
    let key = &resource.fields[own].column;
    let parents = format!(":{}.{}", parent.names.many, parent.fields[referenced].name);
    let is_theirs = match dialect {
        Dialect::Postgres => format!("{key} = ANY({parents})"),
        Dialect::Sqlite => format!("{key} IN (SELECT value FROM json_each({parents}))"),
    };
    let order = child_order(resource, "");
    format!(
        "SELECT\n{columns}\nFROM (\n    SELECT\n{inner},\n        \
         row_number() OVER (PARTITION BY {key} ORDER BY {order}) AS {place}\n    \
         FROM {table}\n    WHERE {is_theirs}\n) AS t\nWHERE {place} <= {OF_EACH}\nORDER BY t.{key}, {place}\n"
    )
}

/// In order of the key.
fn child_order(resource: &Resource<'_>, own: &str) -> String {
    resource.key().iter().map(|field| format!("{own}{}", field.column)).collect::<Vec<_>>().join(", ")
}

/// What a client says a field is, or else the default.
fn value(resource: &Resource<'_>, field: &Field, default: Option<String>) -> String {
    let mut name = format!(":{}.{}", resource.names.one, field.name);
    if let Some(cast) = &field.cast {
        name = format!("CAST(CAST({name} AS text) AS {cast})");
    }
    match default {
        Some(default) => format!("COALESCE({name}, {default})"),
        None => name,
    }
}

/// The columns of a row, each called as its field.
fn selected(resource: &Resource<'_>) -> String {
    wrapped(resource.fields.iter().map(|field| {
        let Field { column, name, .. } = field;
        match field.kind.is_text {
            true => format!("CAST({column} AS text) AS {}", quoted(name)),
            false if *column == quoted(name) => column.clone(),
            false => format!("{column} AS {}", quoted(name)),
        }
    }))
}

fn conditions<'a>(pairs: impl Iterator<Item = (&'a Field, String)>) -> String {
    pairs.map(|(field, source)| format!("{} = :{source}", field.column)).collect::<Vec<_>>().join(" AND ")
}

/// As many as fit a line.
fn wrapped(items: impl Iterator<Item = String>) -> String {
    let mut lines = vec![String::from("   ")];
    for item in items {
        match lines.last_mut() {
            Some(line) if line.trim().is_empty() || line.len() + item.len() + 2 <= WIDTH => {
                line.push(' ');
                line.push_str(&item);
                line.push(',');
            }
            _ => lines.push(format!("    {item},")),
        }
    }
    let text = lines.join("\n");
    text.strip_suffix(',').unwrap_or(&text).to_owned()
}
