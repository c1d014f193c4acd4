//! What only writes have: steps that feed no field, the etag that a row is compared by, and the resource that a request
//! brings.

use prost_reflect::{FieldDescriptor, Kind};

use super::Resolver;
use super::answers::{Answer, AnswerName};
use super::names::{self, is_value};
use crate::{Finding, Findings, Part, Role, Shape};

/// The request's word for the state that a client knows (AIP-154).
const ETAG: &str = "etag";

impl Resolver<'_> {
    /// The request's one message that is no value: the resource, which a create or an update brings along (AIP-133, 134).
    pub(super) fn resource(&self) -> Option<FieldDescriptor> {
        let is_resource = |field: &FieldDescriptor| match field.kind() {
            Kind::Message(message) => {
                !field.is_list() && !field.is_map() && !is_value(message.full_name()) && !is_mask(field)
            }
            _ => false,
        };
        let request = self.descriptor.input();
        let mut found = request.fields().filter(is_resource);
        found.next().filter(|_| found.next().is_none())
    }

    /// The way to the request's etag: its own, else its resource's. None where no answer is the check of it.
    pub(super) fn etag(&self, answers: &[Answer]) -> Result<Option<Vec<FieldDescriptor>>, Finding> {
        let Some(check) = answers.iter().find(|answer| answer.name == AnswerName::Etag) else {
            return Ok(None);
        };
        let request = self.descriptor.input();
        let own = request.get_field_by_name(ETAG).map(|etag| vec![etag]);
        let way = own.or_else(|| {
            let resource = self.resource()?;
            let Kind::Message(message) = resource.kind() else { return None };
            Some(vec![resource, message.get_field_by_name(ETAG)?])
        });
        match way.filter(|way| way.last().is_some_and(is_text)) {
            Some(way) => Ok(Some(way)),
            None => {
                let message = format!("{} has no string etag to compare with", request.full_name());
                let mend = "add string etag to it or to its resource, or take this file away";
                Err(Finding::error(check.path(), message, mend))
            }
        }
    }

    /// Steps whose order or whose columns' names would be open.
    pub(super) fn check_steps(&self, answers: &[Answer], findings: &mut Findings) {
        let mut before: Vec<(u32, &str, &Answer)> = Vec::new();
        for answer in answers {
            let AnswerName::Step { number, name } = &answer.name else { continue };
            let mut fault = |message: String, mend: &str| {
                findings.push(Finding::error(answer.path(), message, mend));
            };
            if let Some((.., other)) = before.iter().find(|(known, ..)| known == number) {
                let message = format!("{} is step {number} too", other.path().display());
                fault(message, "give each step a number of its own");
            }
            if let Some((.., other)) = before.iter().find(|(_, known, _)| known == name) {
                let message = format!("{} is named {name} too", other.path().display());
                fault(message, "give each step a name of its own");
            }
            if let Some(owner) = self.owner(name) {
                fault(format!("{owner}, and :{name} would be both"), "give the step a name of its own");
            }
            before.push((*number, name, answer));
        }
    }

    /// What has that name already, and so the first right to `:name`.
    fn owner(&self, name: &str) -> Option<String> {
        if name == self.descriptor.name() {
            return Some("the method has this name".to_owned());
        }
        let messages = [self.descriptor.input(), self.descriptor.output()];
        let owner = messages.into_iter().find(|message| message.get_field_by_name(name).is_some())?;
        Some(format!("{} has a field {name}", owner.full_name()))
    }

    /// Steps alone fill no reply.
    pub(super) fn check_filled(&self, answers: &[Answer]) -> Option<Finding> {
        let fills = |answer: &Answer| matches!(answer.name, AnswerName::Method | AnswerName::Part(_));
        let reply = self.descriptor.output();
        let is_empty = reply.fields().len() == 0;
        if is_empty || answers.is_empty() || answers.iter().any(fills) {
            return None;
        }
        let message = format!("nothing fills {}", reply.full_name());
        let name = self.descriptor.name();
        Some(self.fault(message, format!("write {name}.sql, or {name}/field.sql for a field of it")))
    }
}

/// What fills nothing has one row where others use its columns; else nobody reads a row.
pub(super) fn shape_steps(parts: &mut [Part]) {
    for index in 0..parts.len() {
        if parts[index].shape == Shape::Nothing && parts.iter().any(|part| part.needs.contains(&index)) {
            parts[index].shape = Shape::One;
        }
    }
}

/// A check that takes a column of another part would not run first.
pub(super) fn late_etag(parts: &[Part]) -> Option<Finding> {
    let check = parts.iter().find(|part| part.role == Role::Etag)?;
    let message =
        format!("the etag is checked first, and {} is not there by then", parts[*check.needs.first()?].name);
    let mend = "find the row by fields of the request";
    Some(names::fault(check, check.needs[0], message, mend))
}

fn is_text(field: &FieldDescriptor) -> bool {
    field.kind() == Kind::String && !field.is_list()
}

fn is_mask(field: &FieldDescriptor) -> bool {
    matches!(field.kind(), Kind::Message(message) if message.full_name() == "google.protobuf.FieldMask")
}
