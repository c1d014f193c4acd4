//! From a schema to a catalog's files: which tables, under which names, and what becomes of files that are there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use meanwhile_catalog::{Catalog, Dialect};

use super::choose::choose;
use super::files::{NewFile, write as write_file};
use super::kind::{Shared, SharedType};
use super::model::Schema;
use super::package::Package;
use super::resource::Resource;
use super::resources::{Names, names};
use super::words::{snake, words};
use super::{
    DraftError, DraftOptions, Drafted, DraftedTable, children, composites, enums, fields, proto, sql,
};
use crate::database::DatabaseUrl;

/// The manifest's file name.
const MANIFEST: &str = "catalog.toml";

pub(super) fn write(
    schema: &Schema,
    url: &DatabaseUrl,
    options: &DraftOptions,
) -> Result<Drafted, DraftError> {
    let name = snake(&words(&schema.database), "database");
    let folder = options.folder.clone().unwrap_or_else(|| PathBuf::from(&name));
    let package = options.package.as_deref().map_or_else(|| Ok(Package::of(schema)), Package::named)?;
    let there = There::read(&folder);
    let mut chosen = choose(schema, &options.tables)?;
    let mut drafted = Drafted { folder: folder.clone(), ..Drafted::default() };
    drafted.left_out.append(&mut chosen.left_out);
    let plan = Plan::new(schema, &package, &there);
    let mut tables = BTreeSet::new();
    for table in chosen.tables {
        match plan.hindrance(table, &there) {
            Some(Hindrance::Kept(file)) => drafted.kept.push(file),
            Some(Hindrance::Why(why)) => drafted.left_out.push((schema.tables[table].name.to_string(), why)),
            None => drop(tables.insert(table)),
        }
    }
    if !tables.is_empty() {
        drafted.put(NewFile { path: MANIFEST.into(), text: manifest(schema, url, &name) })?;
    }
    let resources = plan.resources(&tables);
    for &table in &tables {
        drafted.put_table(&resources[table], &resources, &plan)?;
    }
    drafted.kept.sort();
    Ok(drafted)
}

/// What `check` and `up` need to know: a name, and where the database is unless a password may be needed for it.
fn manifest(schema: &Schema, url: &DatabaseUrl, name: &str) -> String {
    let mut text = format!("name = \"{name}\"\n");
    if schema.dialect == Dialect::Sqlite {
        text.push_str(&format!("database = {}\n", toml_text(&url.to_string())));
    }
    text
}

/// A basic string of TOML 1.0.
fn toml_text(text: &str) -> String {
    let escaped = |letter: char| match letter {
        '"' | '\\' => format!("\\{letter}"),
        letter if letter.is_control() => format!("\\u{:04X}", letter as u32),
        letter => letter.to_string(),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

/// The catalog that is there already.
struct There {
    folder: PathBuf,
    /// The full name of each type, and its file.
    types: Vec<(String, String)>,
}

impl There {
    /// Whatever else is wrong with it, the names in it are taken.
    fn read(folder: &Path) -> Self {
        let mut types = Vec::new();
        if folder.join(MANIFEST).exists() {
            let catalog = Catalog::read(folder).catalog;
            let pool = catalog.contract.descriptors();
            let messages = pool.all_messages().map(|it| (it.full_name().to_owned(), it.parent_file()));
            let enums = pool.all_enums().map(|it| (it.full_name().to_owned(), it.parent_file()));
            let services = pool.services().map(|it| (it.full_name().to_owned(), it.parent_file()));
            let all = messages.chain(enums).chain(services);
            types.extend(all.map(|(name, file)| (name, file.name().to_owned())));
        }
        Self { folder: folder.to_owned(), types }
    }

    /// The file that has a type of that name.
    fn file_of(&self, full_name: &str) -> Option<&str> {
        self.types.iter().find(|(name, _)| name == full_name).map(|(_, file)| file.as_str())
    }

    fn has_file(&self, proto: &str) -> bool {
        self.folder.join("proto").join(proto).symlink_metadata().is_ok()
    }
}

/// Every table's names, whether it is drafted or not.
struct Plan<'a> {
    schema: &'a Schema,
    names: Vec<Names>,
    shared: Shared,
}

/// Why a table is not drafted.
enum Hindrance {
    Kept(PathBuf),
    Why(String),
}

impl<'a> Plan<'a> {
    fn new(schema: &'a Schema, package: &Package, there: &There) -> Self {
        let (names, mut packages) = names(schema, package);
        // One that is there under another's name, or is gone from its file, cannot be referred to.
        let is_sound = |it: &SharedType| match there.file_of(&it.full_name()) {
            Some(file) => file == it.file,
            None => !there.has_file(&it.file),
        };
        let mut shared = Shared::default();
        for kind in &schema.enums {
            shared.enums.push(enums::shared(kind, package, &mut packages).filter(is_sound));
        }
        for kind in &schema.composites {
            let message = composites::message(kind, package, &mut packages, &shared);
            shared.composites.push(message.filter(is_sound));
        }
        Self { schema, names, shared }
    }

    fn hindrance(&self, table: usize, there: &There) -> Option<Hindrance> {
        let names = &self.names[table];
        if there.has_file(&names.file) {
            return Some(Hindrance::Kept(Path::new("proto").join(&names.file)));
        }
        if self.schema.tables[table].columns.is_empty() {
            return Some(Hindrance::Why("it has no column".to_owned()));
        }
        let clash = |name: String| {
            let name = format!("{}.{name}", names.package);
            there.file_of(&name).map(|file| format!("proto/{file} has a {name} already"))
        };
        names.types().into_iter().find_map(clash).map(Hindrance::Why)
    }

    fn resources(&self, drafted: &BTreeSet<usize>) -> Vec<Resource<'a>> {
        let schema = self.schema;
        let resource = |(index, table)| {
            let fields = fields::fields(table, schema.dialect, &self.shared);
            let is_drafted = |other: usize| drafted.contains(&other);
            let children = match drafted.contains(&index) && !self.schema.tables[index].key.is_empty() {
                true => children::children(schema, &self.names, index, &fields, is_drafted),
                false => Vec::new(),
            };
            Resource { table, names: self.names[index].clone(), fields, children }
        };
        schema.tables.iter().enumerate().map(resource).collect()
    }
}

impl Drafted {
    fn put(&mut self, file: NewFile) -> Result<(), DraftError> {
        match write_file(&self.folder, &file)? {
            true => self.written += 1,
            false => self.kept.push(file.path),
        }
        Ok(())
    }

    /// The contract comes last: until it is there the table counts as not drafted.
    fn put_table(
        &mut self,
        resource: &Resource<'_>,
        all: &[Resource<'_>],
        plan: &Plan<'_>,
    ) -> Result<(), DraftError> {
        let folder = Path::new("sql").join(resource.names.full_service());
        let mut methods = Vec::new();
        for (path, text) in sql::statements(resource, all, plan.schema.dialect) {
            let method = path.split(['/', '.']).next().unwrap_or_default().to_owned();
            if !methods.contains(&method) {
                methods.push(method);
            }
            self.put(NewFile { path: folder.join(path), text })?;
        }
        for field in &resource.fields {
            self.put_shared(field.kind.import.as_deref(), &plan.shared)?;
        }
        let path = Path::new("proto").join(&resource.names.file);
        self.put(NewFile { path, text: proto::file(resource, all) })?;
        self.tables.push(DraftedTable {
            table: resource.table.name.to_string(),
            service: resource.names.full_service(),
            methods,
            notes: notes(resource, all),
        });
        Ok(())
    }
}

impl Drafted {
    /// The file of a type that tables share, and those that it needs itself.
    fn put_shared(&mut self, import: Option<&str>, shared: &Shared) -> Result<(), DraftError> {
        let mut all = shared.enums.iter().chain(&shared.composites).flatten();
        let Some(it) = all.find(|it| Some(it.file.as_str()) == import) else { return Ok(()) };
        for import in &it.imports {
            self.put_shared(Some(import), shared)?;
        }
        let path = Path::new("proto").join(&it.file);
        match self.folder.join(&path).symlink_metadata() {
            // Another table's, or one that was drafted before.
            Ok(_) => Ok(()),
            Err(_) => self.put(NewFile { path, text: it.text.clone() }),
        }
    }
}

/// What one should know of a table's draft before using it.
fn notes(resource: &Resource<'_>, all: &[Resource<'_>]) -> Vec<String> {
    let mut notes = Vec::new();
    if !resource.has_key() {
        notes.push(
            "no primary key, and no other: its rows cannot be got, listed, changed or deleted".to_owned(),
        );
    }
    for child in &resource.children {
        let table = &all[child.table].table;
        if !table.is_indexed_by(&child.reference.columns) {
            let columns = child.reference.columns.iter().map(|&column| table.columns[column].name.as_str());
            let columns = columns.collect::<Vec<_>>().join(", ");
            notes.push(format!(
                "{} has no index on ({columns}): reading its {} reads all of them",
                table.name, child.field
            ));
        }
    }
    notes
}
