//! From names to a plan: each method of the contract meets its files, each `:name` its meaning, each part its place
//! in the reply. Everything that does not meet becomes a finding.

mod names;
mod shape;

use std::collections::{BTreeMap, BTreeSet};

use prost_reflect::MethodDescriptor;

use crate::contract::{self, PartOptions};
use crate::files::{AnswerFiles, Answers, File};
use crate::http_call::RawHttpCall;
use crate::manifest::{self, Manifest};
use crate::statement::RawStatement;
use crate::{Contract, Dialect, Finding, Findings, Method, Part, Source, SqlSource};
use names::Names;

/// Every method's plan; methods with findings are left out.
pub(crate) fn methods(
    contract: &Contract,
    manifest: &Manifest,
    mut answers: Answers,
    findings: &mut Findings,
) -> Vec<Method> {
    let mut methods = Vec::new();
    for descriptor in contract.methods() {
        let name = format!("{}/{}", descriptor.parent_service().full_name(), descriptor.name());
        let files = answers.remove(&name);
        let resolver = Resolver { contract, manifest, descriptor: &descriptor };
        match files
            .ok_or_else(|| resolver.missing(&name))
            .and_then(|files| resolver.method(name, files, findings))
        {
            Ok(method) => methods.push(method),
            Err(finding) => findings.push(finding),
        }
    }
    for (name, files) in answers {
        findings
            .extend(files.values().filter_map(AnswerFiles::any).map(|file| unused(contract, &name, file)));
    }
    methods
}

/// A file of a service or a method that the contract does not have.
fn unused(contract: &Contract, name: &str, file: &File) -> Finding {
    let (service, method) = name.split_once('/').unwrap_or((name, ""));
    let (mut services, mut methods) = (BTreeSet::new(), BTreeSet::new());
    for known in contract.methods() {
        if known.parent_service().full_name() == service {
            methods.insert(known.name().to_owned());
        }
        services.insert(known.parent_service().full_name().to_owned());
    }
    let (message, known) = match methods.is_empty() {
        true => (format!("the contract has no service {service}"), services),
        false => (format!("{service} has no method {method}"), methods),
    };
    let known: Vec<String> = known.into_iter().collect();
    let mend = match known.is_empty() {
        true => "declare a service in proto/".to_owned(),
        false => format!("use a name that it has ({}), or remove this", known.join(", ")),
    };
    Finding::error(&file.path, message, mend)
}

/// One method on its way to a plan.
struct Resolver<'a> {
    contract: &'a Contract,
    manifest: &'a Manifest,
    descriptor: &'a MethodDescriptor,
}

impl Resolver<'_> {
    fn missing(&self, name: &str) -> Finding {
        self.fault(format!("nothing answers {name}"), format!("write sql/{name}.sql"))
    }

    /// A fault of the method itself, at its line in the contract.
    fn fault(&self, message: impl Into<String>, mend: impl Into<String>) -> Finding {
        self.contract.finding(&self.descriptor.parent_file(), self.descriptor.path(), message, mend)
    }

    fn method(
        &self,
        name: String,
        mut files: BTreeMap<Option<String>, AnswerFiles>,
        findings: &mut Findings,
    ) -> Result<Method, Finding> {
        if self.descriptor.is_client_streaming() {
            return Err(
                self.fault("client streaming is not served", "take one request message, or a repeated field")
            );
        }
        let whole = files.remove(&None);
        if let (Some(whole), Some(part)) = (&whole, files.values().find_map(AnswerFiles::any)) {
            let other = whole.any().map(|file| file.path.display().to_string()).unwrap_or_default();
            return Err(Finding::error(
                &part.path,
                format!("{other} answers {name} already"),
                "keep the file or the folder",
            ));
        }
        let page = shape::page(self)?;
        let parts = match whole {
            Some(whole) => vec![(None, whole)],
            None => self.in_field_order(files, findings),
        };
        let names = Names::new(self, &parts, page.as_ref());
        let mut resolved = Vec::new();
        for (field, files) in &parts {
            match self.part(field.as_deref(), files, &names) {
                Ok(part) => resolved.push(part),
                Err(faults) => findings.extend(faults),
            }
        }
        if resolved.len() == parts.len() {
            findings.extend(names::cycle(&resolved));
        }
        Ok(Method {
            path: format!("/{name}"),
            descriptor: self.descriptor.clone(),
            reads_only: contract::reads_only(self.descriptor),
            timeout: self.contract.timeout(self.descriptor),
            page,
            parts: resolved,
        })
    }

    /// A composite's files in the order of the reply's field numbers; those that name no field become findings.
    fn in_field_order(
        &self,
        files: BTreeMap<Option<String>, AnswerFiles>,
        findings: &mut Findings,
    ) -> Vec<(Option<String>, AnswerFiles)> {
        let reply = self.descriptor.output();
        let mut parts = Vec::new();
        for (name, files) in files {
            let field = name.as_deref().and_then(|name| reply.get_field_by_name(name));
            match (field, files.any()) {
                (Some(field), _) => parts.push((field.number(), (name, files))),
                (None, Some(file)) => {
                    let known: Vec<String> = reply.fields().map(|field| field.name().to_owned()).collect();
                    let message = format!("{} has no field {}", reply.full_name(), name.unwrap_or_default());
                    let mend = format!("name the file after the reply field it fills ({})", known.join(", "));
                    findings.push(Finding::error(&file.path, message, mend));
                }
                (None, None) => {}
            }
        }
        parts.sort_by_key(|(number, _)| *number);
        parts.into_iter().map(|(_, part)| part).collect()
    }

    fn part(&self, field: Option<&str>, files: &AnswerFiles, names: &Names<'_>) -> Result<Part, Findings> {
        let mut faults = Findings::default();
        let source = self.source(files, names, &mut faults);
        let reply = self.descriptor.output();
        let field = field.and_then(|field| reply.get_field_by_name(field));
        let placed = shape::place(self, field.as_ref(), files);
        let (Some(source), Ok((target, shape))) = (source, placed.as_ref()) else {
            faults.extend(placed.err());
            return Err(faults);
        };
        if !faults.is_empty() {
            return Err(faults);
        }
        let PartOptions { optional, timeout } =
            field.as_ref().map(|field| self.contract.part_options(field)).unwrap_or_default();
        let name = field.map_or_else(|| self.descriptor.name().to_owned(), |field| field.name().to_owned());
        let needs = names::needs(&source);
        Ok(Part { name, target: target.clone(), shape: *shape, source, needs, optional, timeout })
    }

    fn source(&self, files: &AnswerFiles, names: &Names<'_>, faults: &mut Findings) -> Option<Source> {
        if let (Some(http), Some(sql)) = (&files.http, files.sql.values().next()) {
            let message = format!("{} answers the same", sql.path.display());
            faults.push(Finding::error(&http.path, message, "keep one of the two"));
            return None;
        }
        match &files.http {
            Some(http) => self.http(http, names, faults),
            None => self.sql(files, names, faults),
        }
    }

    fn sql(&self, files: &AnswerFiles, names: &Names<'_>, faults: &mut Findings) -> Option<Source> {
        let mut source = SqlSource::default();
        for (only, file) in &files.sql {
            let dialect = only.and_then(Dialect::from_name).unwrap_or(Dialect::Postgres);
            let raw = match RawStatement::parse(&file.path, &file.text, dialect) {
                Ok(raw) => raw,
                Err(finding) => {
                    faults.push(finding);
                    continue;
                }
            };
            self.check_effects(&raw, names, faults);
            self.check_page(&raw, names, faults);
            let params = names.params(raw.params.iter().map(|param| (&param.path, param.range.clone())));
            match (params, only) {
                (Ok(params), Some(only)) => drop(source.own.insert(only, raw.with(params))),
                (Ok(params), None) => source.shared = Some(raw.with(params)),
                (Err(found), _) => faults.extend(found.into_iter().map(|(message, mend, range)| {
                    Finding::error(raw.file(), message, mend).at(raw.place(range))
                })),
            }
        }
        let any = source.statements().next().is_some();
        any.then_some(Source::Sql(source))
    }

    fn check_effects(&self, raw: &RawStatement, names: &Names<'_>, faults: &mut Findings) {
        let Some(place) = raw.write_place() else { return };
        let fault = |message: &str, mend: &str| Finding::error(raw.file(), message, mend).at(place);
        if contract::reads_only(self.descriptor) {
            let message =
                format!("{} is NO_SIDE_EFFECTS, and this statement writes", self.descriptor.full_name());
            faults.push(fault(&message, "take idempotency_level off the method, or only read"));
        } else if names.is_composite() {
            let mend = "write in a method of its own, with one statement";
            faults.push(fault("a write inside a composite reply", mend));
        }
    }

    /// Without `:limit` a page is the whole list, and without `:after` every page is the first.
    fn check_page(&self, raw: &RawStatement, names: &Names<'_>, faults: &mut Findings) {
        let Some(page) = names.page() else { return };
        let after = page.columns.iter().map(|column| vec!["after", column.as_str()]);
        for path in after.chain([vec!["limit"]]).filter(|path| !raw.uses(path)) {
            let name = path.join(".");
            let message =
                format!("{} has page_by, and this statement does not use :{name}", self.descriptor.name());
            let mend = "page it: WHERE (:after.id IS NULL OR id > :after.id) ORDER BY id LIMIT :limit";
            faults.push(Finding::error(raw.file(), message, mend));
        }
    }

    fn http(&self, file: &File, names: &Names<'_>, faults: &mut Findings) -> Option<Source> {
        let raw = RawHttpCall::parse(&file.path, &file.text).map_err(|finding| faults.push(finding)).ok()?;
        if !self.manifest.upstreams.contains_key(raw.upstream()) {
            let message = format!("{} names no upstream {}", manifest::FILE, raw.upstream());
            let mend = format!("add [upstreams.{}] with its url to {}", raw.upstream(), manifest::FILE);
            let start = file.text.find('{').unwrap_or(0);
            let range = start..start + raw.upstream().len() + 2;
            faults.push(Finding::error(&file.path, message, mend).at(raw.place(range)));
        }
        if !contract::reads_only(self.descriptor) {
            let mend = "set idempotency_level = NO_SIDE_EFFECTS on the method";
            faults.push(Finding::error(&file.path, "a web call in a method that may write", mend));
        }
        if names.page().is_some() {
            let mend = "answer it with SQL, or take page_by away";
            faults.push(Finding::error(&file.path, "page_by on a method that a web service answers", mend));
        }
        let params = names.params(raw.params.iter().map(|(path, range)| (path, range.clone())));
        match params {
            Ok(params) => Some(Source::Http(raw.with(params))),
            Err(found) => {
                faults.extend(found.into_iter().map(|(message, mend, range)| {
                    Finding::error(raw.file(), message, mend).at(raw.place(range))
                }));
                None
            }
        }
    }
}
