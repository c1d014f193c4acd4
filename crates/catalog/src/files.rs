//! The catalog's folder as it lies on disk: every file's text, sorted into what it is for by its path alone.
//! Nothing is understood yet; a file with no place in a catalog becomes a finding.

mod text;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::http_call::RawHttpCall;
use crate::statement::RawStatement;
use crate::{Dialect, Finding, Findings};
pub(crate) use text::text;

/// A text file of the catalog, named relative to its folder.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub path: PathBuf,
    pub text: Arc<str>,
    /// False where there is no text to understand: that was told when it was read.
    pub is_read: bool,
}

/// A step of the database's schema, run in order of `version` by `up` and `migrate`.
#[derive(Debug, Clone)]
pub struct MigrationFile {
    /// The number in front of the name.
    pub version: i64,
    /// The words between number and dialect.
    pub name: String,
    /// The SQL.
    pub sql: Arc<str>,
    /// The file, relative to the catalog's folder.
    pub path: PathBuf,
}

/// What fills an empty database.
#[derive(Debug, Clone)]
pub struct SeedFile {
    /// The file, on disk.
    pub path: PathBuf,
    /// The table a `.tsv` file fills; none for SQL that runs after the tables are filled.
    pub table: Option<String>,
}

/// A file that answers a method, as far as its path alone tells. What its words mean is read in `resolve::answers`.
#[derive(Debug)]
pub(crate) struct AnswerFile {
    pub file: File,
    pub kind: AnswerKind,
    /// True in the folder of the method's name.
    pub in_folder: bool,
    /// The name's words, less the method's name, the dialect and the ending.
    pub words: Vec<String>,
}

impl AnswerFile {
    /// What is wrong with the file itself, whatever it is the answer to.
    pub fn fault(&self) -> Option<Finding> {
        let File { path, text, is_read } = &self.file;
        match self.kind {
            _ if !is_read => None,
            AnswerKind::Sql(only) => RawStatement::parse(path, text, only.unwrap_or(Dialect::Postgres)).err(),
            AnswerKind::Http => RawHttpCall::parse(path, text).err(),
        }
    }
}

/// What a file asks: a database, of one dialect or of each, or a web service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnswerKind {
    Sql(Option<Dialect>),
    Http,
}

/// Everything under `sql/`, by method (`pkg.Service/Method`).
pub(crate) type Answers = BTreeMap<String, Vec<AnswerFile>>;

/// What was found on disk.
#[derive(Debug, Default)]
pub(crate) struct Folder {
    pub protos: Vec<File>,
    pub answers: Answers,
}

impl Folder {
    pub fn read(root: &Path, findings: &mut Findings) -> Self {
        let mut folder = Folder::default();
        for path in walk(root, Path::new("proto"), findings) {
            if path.extension().is_some_and(|extension| extension == "proto") {
                folder.protos.push(text::read(root, path, findings));
            }
        }
        for path in walk(root, Path::new("sql"), findings) {
            let file = text::read(root, path, findings);
            folder.add_answer(file).unwrap_or_else(|finding| findings.push(finding));
        }
        folder
    }

    fn add_answer(&mut self, file: File) -> Result<(), Finding> {
        let AnswerPath { method, kind, in_folder, words } =
            AnswerPath::parse(&file.path).ok_or_else(|| unused(&file.path))?;
        self.answers.entry(method).or_default().push(AnswerFile { file, kind, in_folder, words });
        Ok(())
    }
}

fn unused(path: &Path) -> Finding {
    let mend =
        "name it sql/pkg.Service/Method[.dialect].sql or .http, or put it in a folder of the method's name";
    Finding::error(path, "this file answers no method", mend)
}

/// Where an answer's file lies: `sql/pkg.Service/Method.sql` or `sql/pkg.Service/Method/part.sql`, with words between.
struct AnswerPath {
    method: String,
    kind: AnswerKind,
    in_folder: bool,
    words: Vec<String>,
}

impl AnswerPath {
    fn parse(path: &Path) -> Option<Self> {
        let steps: Vec<&str> = path.iter().map(|step| step.to_str()).collect::<Option<_>>()?;
        let (service, folder, name) = match steps.as_slice() {
            ["sql", service, name] => (service, None, name),
            ["sql", service, folder, name] => (service, Some(*folder), name),
            _ => return None,
        };
        let mut words: Vec<&str> = name.split('.').collect();
        let mut kind = match words.pop()? {
            "sql" => AnswerKind::Sql(None),
            "http" => AnswerKind::Http,
            _ => return None,
        };
        // The first word is the method's or the field's, whatever it is.
        words.first()?;
        let dialect = words.iter().skip(1).next_back().and_then(|word| Dialect::from_name(word));
        if let (AnswerKind::Sql(only), Some(_)) = (&mut kind, dialect) {
            *only = dialect;
            words.pop();
        }
        let method = folder.unwrap_or_else(|| words.remove(0));
        Some(Self {
            method: format!("{service}/{method}"),
            kind,
            in_folder: folder.is_some(),
            words: words.into_iter().map(str::to_owned).collect(),
        })
    }
}

/// The migrations that apply to `dialect`, in order. `NNNN_name.sql`, or `NNNN_name.dialect.sql` where they differ.
pub(crate) fn migrations(root: &Path, dialect: Dialect, findings: &mut Findings) -> Vec<MigrationFile> {
    let mut found: BTreeMap<i64, MigrationFile> = BTreeMap::new();
    for path in walk(root, Path::new("migrations"), findings) {
        let Some((version, name, only)) = migration_name(&path) else {
            let mend = "name it NNNN_name.sql, or NNNN_name.postgres.sql and NNNN_name.sqlite.sql";
            findings.push(Finding::error(path, "this is not a migration's name", mend));
            continue;
        };
        if only.is_some_and(|only| only != dialect) {
            continue;
        }
        let File { path, text, is_read: true } = text::read(root, path, findings) else { continue };
        if let Some(other) =
            found.insert(version, MigrationFile { version, name, sql: text, path: path.clone() })
        {
            let message = format!("{} has the number {version} too", other.path.display());
            findings.push(Finding::error(path, message, "give each migration a number of its own"));
        }
    }
    found.into_values().collect()
}

fn migration_name(path: &Path) -> Option<(i64, String, Option<Dialect>)> {
    let file = path.file_name()?.to_str()?.strip_suffix(".sql")?;
    let (stem, dialect) = match file.rsplit_once('.') {
        Some((stem, dialect)) => (stem, Some(Dialect::from_name(dialect)?)),
        None => (file, None),
    };
    let (version, name) = stem.split_once('_')?;
    // A sign would parse too.
    let digits = version.bytes().all(|byte| byte.is_ascii_digit());
    Some((version.parse().ok().filter(|_| digits)?, name.replace('_', " "), dialect))
}

/// The seed files that apply to `dialect`: tables first, then SQL, each in order of name.
pub(crate) fn seeds(root: &Path, dialect: Dialect, findings: &mut Findings) -> Vec<SeedFile> {
    let (mut tables, mut statements) = (Vec::new(), Vec::new());
    for path in walk(root, Path::new("seed"), findings) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let on_disk = root.join(&path);
        match name.split('.').collect::<Vec<_>>().as_slice() {
            [table, "tsv"] => tables.push(SeedFile { path: on_disk, table: Some((*table).to_owned()) }),
            [_, "sql"] => statements.push(SeedFile { path: on_disk, table: None }),
            [_, only, "sql"] if *only == dialect.as_str() => {
                statements.push(SeedFile { path: on_disk, table: None });
            }
            [_, only, "sql"] if Dialect::from_name(only).is_some() => {}
            [.., "sql" | "tsv"] => {
                let mend = "name it TABLE.tsv, NAME.sql, or NAME.postgres.sql and NAME.sqlite.sql";
                findings.push(Finding::error(path, "this is not a seed file's name", mend));
            }
            // Where the data are from, and what one may do with them, is written beside them.
            _ => {}
        }
    }
    tables.append(&mut statements);
    tables
}

/// Every file below `root/folder`, relative to `root`, in order of name; hidden ones and editors' copies aside.
pub(crate) fn walk(root: &Path, folder: &Path, findings: &mut Findings) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(root.join(&folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                findings.push(Finding::error(folder, format!("cannot be read: {error}"), "make it readable"));
                continue;
            }
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            if name.to_string_lossy().starts_with('.') || name.to_string_lossy().ends_with('~') {
                continue;
            }
            let path = folder.join(name);
            let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            match root.join(&path).is_dir() {
                true if is_link && leads_back(root, &path) => {}
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    files.sort();
    files
}

/// True for a link to a folder that it lies in itself. Other links are followed: Kubernetes mounts its ConfigMaps so.
fn leads_back(root: &Path, folder: &Path) -> bool {
    let real = |path: &Path| root.join(path).canonicalize().ok();
    let here = real(folder);
    folder.ancestors().skip(1).any(|above| real(above) == here)
}
