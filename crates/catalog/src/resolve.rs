//! From names to a plan: each method of the contract meets its files, each `:name` its meaning, each part its place
//! in the reply. Everything that does not meet becomes a finding.

mod answers;
mod children;
mod names;
mod orders;
mod shape;
mod sources;
mod writes;

use std::collections::BTreeSet;

use prost_reflect::MethodDescriptor;

use crate::contract::{self, PartOptions};
use crate::files::{AnswerFile, Answers, File};
use crate::manifest::Manifest;
use crate::{Contract, Finding, Findings, Method, Part, Role, Shape, Source, Target};
use answers::{Answer, AnswerName};
use names::{Names, Paged};
use orders::OrderField;

/// The contract's methods.
#[derive(Debug, Default)]
pub(crate) struct Methods {
    /// Those without a fault.
    pub sound: Vec<Method>,
    /// Those with one, as far as they are understood.
    pub unsound: Vec<Method>,
}

/// Every method's plan. Without a manifest it is not known which web services there are.
pub(crate) fn methods(
    contract: &Contract,
    manifest: Option<&Manifest>,
    mut answers: Answers,
    findings: &mut Findings,
) -> Methods {
    let mut methods = Methods::default();
    if contract.is_whole() {
        findings.extend(children::unused_keys(contract, &answers));
    }
    for descriptor in contract.methods() {
        let name = format!("{}/{}", descriptor.parent_service().full_name(), descriptor.name());
        let files = answers.remove(&name);
        let resolver = Resolver { contract, manifest, descriptor: &descriptor };
        let mut faults = Findings::default();
        match files.map(|files| resolver.method(&name, files, &mut faults)) {
            Some(method) if faults.has_errors() => methods.unsound.push(method),
            Some(method) => methods.sound.push(method),
            None => faults.push(resolver.missing(&name)),
        }
        findings.extend(faults.into_iter().map(|fault| fault.of(&name)));
    }
    let known = |name: &str| contract.methods().any(|method| method.parent_service().full_name() == name);
    for (name, files) in answers {
        let is_known = name.split_once('/').is_some_and(|(service, _)| known(service));
        match contract.is_whole() || is_known {
            true => findings.extend(files.iter().map(|answer| unused(contract, &name, &answer.file))),
            false => findings.extend(files.iter().filter_map(AnswerFile::fault)),
        }
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
    manifest: Option<&'a Manifest>,
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

    /// The method's plan; whatever is wrong goes to `findings`, and what can be understood besides is there.
    fn method(&self, name: &str, files: Vec<AnswerFile>, findings: &mut Findings) -> Method {
        if self.descriptor.is_client_streaming() {
            let mend = "take one request message, or a repeated field";
            findings.push(self.fault("client streaming is not served", mend));
        }
        let (mut answers, order) = self.answers(files, findings);
        if let Err(fault) = self.check_folder(name, &answers) {
            findings.push(fault);
            answers.retain(|answer| answer.name == AnswerName::Method);
        }
        findings.extend(self.check_filled(&answers));
        self.check_steps(&answers, findings);
        let etag = self.etag(&answers).map_err(|finding| findings.push(finding)).ok().flatten();
        let page = shape::page(self, &answers);
        let paged = match &page {
            Ok(Some(page)) => Paged::By(page),
            Ok(None) => Paged::Not,
            Err(_) => Paged::Wrongly,
        };
        let names = Names::new(self, &answers, paged);
        let parts = self.parts(&answers, &names, None, findings);
        let orders = self.orders(order.as_ref(), &answers, &parts, findings, |order, findings| {
            self.parts(&answers, &names, Some(order), findings)
        });
        let page = page.unwrap_or_else(|fault| {
            findings.push(fault);
            None
        });
        let is_web = |part: &Part| matches!(part.source, Source::Http(_));
        let request_id = self.request_id(&parts).map_err(|finding| findings.push(finding)).ok().flatten();
        let method = Method {
            path: format!("/{name}"),
            descriptor: self.descriptor.clone(),
            reads_only: contract::reads_only(self.descriptor),
            timeout: self.contract.timeout(self.descriptor),
            page: page.filter(|page| !parts.get(page.part).is_some_and(is_web)),
            read_mask: shape::read_mask(self.descriptor),
            update_mask: self.update_mask(),
            request_id,
            etag,
            orders,
            parts,
        };
        self.check_page_columns(&method, findings);
        method
    }

    /// The method's parts, in one of its orders.
    fn parts(
        &self,
        answers: &[Answer],
        names: &Names<'_>,
        order: Option<(&OrderField, i32)>,
        findings: &mut Findings,
    ) -> Vec<Part> {
        let (mut parts, mut unplaced) = (Vec::new(), Vec::new());
        for (index, answer) in answers.iter().enumerate() {
            let names = names.of(index);
            let place = self.place(answer, &names).unwrap_or_else(|fault| {
                findings.extend(fault);
                unplaced.push(index);
                // It is prepared all the same, and its columns are compared with nothing.
                (self.nowhere(), Shape::Nothing)
            });
            parts.push(self.part(answer, order, &names, place, findings));
        }
        writes::shape_steps(&mut parts);
        children::link(self, answers, &unplaced, &mut parts, findings);
        findings.extend(writes::late_etag(&parts));
        findings.extend(names::cycle(&parts, &unplaced));
        parts
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

    fn part(
        &self,
        answer: &Answer,
        order: Option<(&OrderField, i32)>,
        names: &Names<'_>,
        (target, shape): (Target, Shape),
        faults: &mut Findings,
    ) -> Part {
        let (role, field) = match &answer.name {
            AnswerName::Method => (Role::Reply, None),
            AnswerName::Part(way) => (Role::Reply, way.last()),
            AnswerName::Step { .. } => (Role::Step, None),
            AnswerName::Etag => (Role::Etag, None),
        };
        let source = self.source(answer, order, names, faults);
        let PartOptions { optional, timeout } =
            field.map(|field| self.contract.part_options(field)).unwrap_or_default();
        if let Some(field) = field.filter(|_| optional && !contract::reads_only(self.descriptor)) {
            let message = "is optional, and a write happens as a whole";
            faults.push(shape::field_fault(self, field, message, "take optional away"));
        }
        let name = answer.name.label(self.descriptor.name());
        let needs = names::needs(&source);
        Part { name, role, target, shape, source, needs, optional, timeout, child: None }
    }

    /// The target of rows that go nowhere.
    fn nowhere(&self) -> Target {
        Target { message: self.descriptor.output(), field: None }
    }

    /// Where a part's rows go, or why that is not known, unless it was told.
    fn place(&self, answer: &Answer, names: &Names<'_>) -> Result<(Target, Shape), Option<Finding>> {
        match &answer.name {
            AnswerName::Method if names.is_paged_wrongly() && !shape::is_rows(self.descriptor) => Err(None),
            AnswerName::Method => shape::place(self, None, answer).map_err(Some),
            AnswerName::Part(way) if way.len() > 1 => shape::child(self, way, answer).map_err(Some),
            AnswerName::Part(way) => shape::place(self, way.last(), answer).map_err(Some),
            AnswerName::Step { .. } | AnswerName::Etag if self.descriptor.is_server_streaming() => {
                Err(Some(shape::stream_of_parts(self)))
            }
            AnswerName::Step { .. } => Ok((self.nowhere(), Shape::Nothing)),
            AnswerName::Etag => Ok((self.nowhere(), Shape::One)),
        }
    }
}
