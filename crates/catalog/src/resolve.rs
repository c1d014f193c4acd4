//! From names to a plan: each method of the contract meets its files, each `:name` its meaning, each part its place
//! in the reply. Everything that does not meet becomes a finding.

mod answers;
mod children;
mod names;
mod shape;

use std::collections::BTreeSet;

use prost_reflect::MethodDescriptor;

use crate::contract::{self, PartOptions};
use crate::files::{AnswerFile, Answers, File};
use crate::http_call::RawHttpCall;
use crate::manifest::{self, Manifest};
use crate::statement::RawStatement;
use crate::{Contract, Dialect, Finding, Findings, Method, Part, Source, SqlSource};
use answers::{Answer, AnswerName, Dialects};
use names::Names;

/// Every method's plan; methods with findings are left out.
pub(crate) fn methods(
    contract: &Contract,
    manifest: &Manifest,
    mut answers: Answers,
    findings: &mut Findings,
) -> Vec<Method> {
    let mut methods = Vec::new();
    findings.extend(children::unused_keys(contract, &answers));
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
        findings.extend(files.iter().map(|answer| unused(contract, &name, &answer.file)));
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
        files: Vec<AnswerFile>,
        findings: &mut Findings,
    ) -> Result<Method, Finding> {
        if self.descriptor.is_client_streaming() {
            return Err(
                self.fault("client streaming is not served", "take one request message, or a repeated field")
            );
        }
        let answers = self.answers(files, findings);
        self.check_folder(&name, &answers)?;
        let page = shape::page(self, &answers)?;
        let names = Names::new(self, &answers, page.as_ref());
        let mut parts = Vec::new();
        for (index, answer) in answers.iter().enumerate() {
            match self.part(answer, &names.of(index)) {
                Ok(part) => parts.push(part),
                Err(faults) => findings.extend(faults),
            }
        }
        if parts.len() == answers.len() {
            children::link(self, &answers, &mut parts, findings);
            findings.extend(names::cycle(&parts));
        }
        Ok(Method {
            path: format!("/{name}"),
            descriptor: self.descriptor.clone(),
            reads_only: contract::reads_only(self.descriptor),
            timeout: self.contract.timeout(self.descriptor),
            page,
            parts,
        })
    }

    /// A method's own row may fill the reply beside a folder that fills more of it; rows that are the whole reply may not.
    fn check_folder(&self, name: &str, answers: &[Answer]) -> Result<(), Finding> {
        let (whole, others): (Vec<_>, Vec<_>) =
            answers.iter().partition(|answer| answer.name == AnswerName::Method);
        let file = |answers: &[&Answer]| answers.iter().find_map(|answer| answer.any().cloned());
        match (file(&whole), file(&others)) {
            (Some(whole), Some(other)) if shape::is_rows(self.descriptor) => {
                let message = format!("{} answers {name} already", whole.path.display());
                Err(Finding::error(&other.path, message, "keep the file or the folder"))
            }
            _ => Ok(()),
        }
    }

    fn part(&self, answer: &Answer, names: &Names<'_>) -> Result<Part, Findings> {
        let mut faults = Findings::default();
        let field = match &answer.name {
            AnswerName::Method => None,
            AnswerName::Part(way) => way.last(),
            AnswerName::Step { .. } | AnswerName::Etag => {
                let file = answer.any().map(|file| file.path.clone()).unwrap_or_default();
                let mend = "name the file after a field of the reply";
                faults.push(Finding::error(file, "files of this kind are not served yet", mend));
                return Err(faults);
            }
        };
        let source = self.source(answer, names, &mut faults);
        let placed = match &answer.name {
            AnswerName::Part(way) if way.len() > 1 => shape::child(self, way, answer),
            _ => shape::place(self, field, answer),
        };
        let (Some(source), Ok((target, shape))) = (source, placed.as_ref()) else {
            faults.extend(placed.err());
            return Err(faults);
        };
        if !faults.is_empty() {
            return Err(faults);
        }
        let PartOptions { optional, timeout } =
            field.map(|field| self.contract.part_options(field)).unwrap_or_default();
        if let Some(field) = field.filter(|_| optional && !contract::reads_only(self.descriptor)) {
            let message = "is optional, and a write happens as a whole";
            return Err(Findings::from(shape::field_fault(self, field, message, "take optional away")));
        }
        let name = answer.name.words(self.descriptor.name()).join(".");
        let needs = names::needs(&source);
        let (target, shape) = (target.clone(), *shape);
        Ok(Part { name, target, shape, source, needs, optional, timeout, child: None })
    }

    fn source(&self, answer: &Answer, names: &Names<'_>, faults: &mut Findings) -> Option<Source> {
        let mut statements = answer.sql.values();
        if let (Some(http), Some(sql)) = (&answer.http, statements.next().and_then(|it| it.values().next())) {
            let message = format!("{} answers the same", sql.path.display());
            faults.push(Finding::error(&http.path, message, "keep one of the two"));
            return None;
        }
        match (&answer.http, answer.sql.get(&None)) {
            (Some(http), _) => self.http(http, names, faults),
            (None, Some(statement)) => self.sql(statement, names, faults),
            (None, None) => None,
        }
    }

    fn sql(&self, files: &Dialects, names: &Names<'_>, faults: &mut Findings) -> Option<Source> {
        let mut source = SqlSource::default();
        for (only, file) in files {
            let dialect = only.and_then(Dialect::from_name).unwrap_or(Dialect::Postgres);
            let raw = match RawStatement::parse(&file.path, &file.text, dialect) {
                Ok(raw) => raw,
                Err(finding) => {
                    faults.push(finding);
                    continue;
                }
            };
            self.check_effects(&raw, faults);
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

    fn check_effects(&self, raw: &RawStatement, faults: &mut Findings) {
        let Some(place) = raw.write_place().filter(|_| contract::reads_only(self.descriptor)) else { return };
        let message =
            format!("{} is NO_SIDE_EFFECTS, and this statement writes", self.descriptor.full_name());
        let mend = "take idempotency_level off the method, or only read";
        faults.push(Finding::error(raw.file(), message, mend).at(place));
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
