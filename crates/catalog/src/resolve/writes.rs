//! What only writes have: steps that feed no field, the etag that a row is compared by, and the resource that a request
//! brings.

use prost_reflect::{FieldDescriptor, Kind, MethodDescriptor};

use super::Resolver;
use super::answers::{Answer, AnswerName};
use super::names::{self, inside, no_field};
use super::shape::is_mask;
use crate::contract;
use crate::plan::{RequestId, UpdateMask};
use crate::{Finding, Findings, Origin, Param, Part, Role, Shape, Source};

/// The request's word for the state that a client knows (AIP-154).
const ETAG: &str = "etag";

/// The request's word for one call (AIP-155).
const REQUEST_ID: &str = "request_id";

const UPDATE_MASK: &str = "update_mask";

/// The request's field that says what of its resource is to be updated.
pub(super) fn update_mask(method: &MethodDescriptor) -> Option<FieldDescriptor> {
    method.input().get_field_by_name(UPDATE_MASK).filter(is_mask)
}

impl Resolver<'_> {
    /// The request's one message that is no value: the resource, which a create or an update brings along (AIP-133, 134).
    fn resource(&self) -> Option<FieldDescriptor> {
        let is_well_known =
            |name: &str| name.starts_with("google.protobuf.") || name.starts_with("google.type.");
        let is_resource = |field: &FieldDescriptor| match field.kind() {
            Kind::Message(message) => {
                !field.is_list() && !field.is_map() && !is_well_known(message.full_name())
            }
            _ => false,
        };
        let request = self.descriptor.input();
        let mut found = request.fields().filter(is_resource);
        found.next().filter(|_| found.next().is_none())
    }

    /// What of the resource is to be updated, where the request says that.
    pub(super) fn update_mask(&self) -> Option<UpdateMask> {
        let field = update_mask(self.descriptor)?;
        Some(UpdateMask { field, resource: self.resource()? })
    }

    /// `:update_mask.name`, less its first word: whether that field of the resource is to be updated.
    pub(super) fn masked(&self, path: &[String]) -> Result<Origin, (String, String)> {
        let mend = "ask about a field of the resource, like :update_mask.name".to_owned();
        if path.is_empty() {
            return Err((":update_mask is a list of fields, and no parameter".to_owned(), mend));
        }
        let Some(UpdateMask { resource, .. }) = self.update_mask() else {
            let request = self.descriptor.input();
            let message =
                format!("update_mask is of a resource, and {} has not one message", request.full_name());
            return Err((message, "give the request one message field, the resource (AIP-134)".to_owned()));
        };
        let mut way = vec![resource];
        for name in path {
            let above = &way[way.len() - 1];
            let Some(message) = inside(above).filter(|_| !above.is_list()) else {
                let message = format!("{} is updated as a whole", above.full_name());
                return Err((message, format!("end the name at {}", above.name())));
            };
            let field = message.get_field_by_name(name).ok_or_else(|| no_field(&message, name))?;
            way.push(field);
        }
        Ok(Origin::Mask(way))
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

    /// The request's id, where each is to be executed once: in a write whose SQL does not look after it.
    pub(super) fn request_id(&self, parts: &[Part]) -> Result<Option<RequestId>, Finding> {
        let field = self.descriptor.input().get_field_by_name(REQUEST_ID).filter(is_text);
        let Some(field) = field.filter(|_| !contract::reads_only(self.descriptor)) else { return Ok(None) };
        let is_own =
            |param: &Param| matches!(&param.origin, Origin::Field(way) if way.first() == Some(&field));
        let statements = parts.iter().filter_map(|part| match &part.source {
            Source::Sql(sql) => Some(sql.statements()),
            Source::Http(_) => None,
        });
        if statements.flatten().any(|statement| statement.params.iter().any(is_own)) {
            return Ok(None);
        }
        if self.descriptor.is_server_streaming() {
            let message = "a stream cannot be given again, and request_id asks for that";
            return Err(self.fault(message, "take request_id away, or name :request_id in the SQL"));
        }
        let file = field.parent_message().parent_file();
        let told = self.contract.finding(&file, field.path(), "", "");
        Ok(Some(RequestId { field, file: told.file.into(), place: told.place }))
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
