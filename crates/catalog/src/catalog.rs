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
    /// Findings that do not keep it from being served.
    pub warnings: Findings,
}

impl Catalog {
    /// Reads a catalog's folder.
    ///
    /// # Errors
    /// Every finding, when at least one keeps something from being served.
    pub fn load(root: &Path) -> Result<Self, Findings> {
        let mut findings = Findings::default();
        let folder = files::Folder::read(root, &mut findings);
        let manifest = manifest::read(root).map_err(|finding| findings.push(finding)).ok();
        let contract = Contract::compile(&folder.protos).map_err(|faults| findings.extend(faults)).ok();
        let (Some(manifest), Some(contract)) = (manifest, contract) else { return Err(findings.sorted()) };
        let methods = resolve::methods(&contract, &manifest, folder.answers, &mut findings);
        if findings.has_errors() {
            return Err(findings.sorted());
        }
        Ok(Self {
            root: root.to_owned(),
            name: manifest.name,
            database: manifest.database,
            upstreams: manifest.upstreams,
            contract,
            methods,
            warnings: findings.sorted(),
        })
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
