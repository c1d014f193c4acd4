//! A catalog as a whole: a folder is read into one. A [`Catalog`] has been checked as far as its files alone allow; the
//! compiler knows that a value of this type went through that.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::{
    Contract, Dialect, Findings, Method, MigrationFile, SeedFile, Upstream, files, manifest, resolve,
};

/// A checked catalog.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// The folder it was read from.
    pub root: PathBuf,
    /// Its name, from catalog.toml.
    pub name: String,
    /// The database it is served over where none is named.
    pub database: Option<String>,
    /// The web services it may call, by name.
    pub upstreams: BTreeMap<String, Upstream>,
    /// The compiled `.proto` files.
    pub contract: Contract,
    /// One a method of the contract.
    pub methods: Vec<Method>,
}

/// What a folder gave: what is sound of it, and what is said of the rest.
#[derive(Debug)]
pub struct Reading {
    /// The methods without a fault. It is a whole catalog only where [`Reading::sound`] says so.
    pub catalog: Catalog,
    /// The methods with one, as far as they are understood: `check` has the database look at them too.
    pub unsound: Vec<Method>,
    /// Every finding, in order of file and place.
    pub findings: Findings,
}

impl Reading {
    /// The catalog, where nothing keeps any of it from being served.
    ///
    /// # Errors
    /// Every finding, when at least one keeps something from being served.
    pub fn sound(self) -> Result<Catalog, Findings> {
        if self.findings.has_errors() { Err(self.findings) } else { Ok(self.catalog) }
    }
}

impl Catalog {
    /// Reads a catalog's folder, and goes on where a file has a fault: what others hold is known all the same.
    pub fn read(root: &Path) -> Reading {
        let mut findings = Findings::default();
        let folder = files::Folder::read(root, &mut findings);
        let manifest = manifest::read(root).map_err(|finding| findings.push(finding)).ok();
        let contract = Contract::compile(&folder.protos, &mut findings);
        let methods = resolve::methods(&contract, manifest.as_ref(), folder.answers, &mut findings);
        let (name, database, upstreams) = match manifest {
            Some(manifest) => (manifest.name, manifest.database, manifest.upstreams),
            None => Default::default(),
        };
        let root = root.to_owned();
        let catalog = Self { root, name, database, upstreams, contract, methods: methods.sound };
        Reading { catalog, unsound: methods.unsound, findings: findings.sorted() }
    }

    /// Reads a catalog's folder, to be served.
    ///
    /// # Errors
    /// Every finding, when at least one keeps something from being served.
    pub fn load(root: &Path) -> Result<Self, Findings> {
        Self::read(root).sound()
    }

    /// The database's schema, step by step.
    ///
    /// # Errors
    /// Files whose names are no migration's, or that cannot be read.
    pub fn migrations(&self, dialect: Dialect) -> Result<Vec<MigrationFile>, Findings> {
        let mut findings = Findings::default();
        let migrations = files::migrations(&self.root, dialect, &mut findings);
        if findings.is_empty() { Ok(migrations) } else { Err(findings) }
    }

    /// What fills an empty database: tables, then statements.
    ///
    /// # Errors
    /// Files that cannot be read.
    pub fn seeds(&self, dialect: Dialect) -> Result<Vec<SeedFile>, Findings> {
        let mut findings = Findings::default();
        let seeds = files::seeds(&self.root, dialect, &mut findings);
        if findings.is_empty() { Ok(seeds) } else { Err(findings) }
    }
}
