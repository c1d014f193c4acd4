//! What a `:name` means in the files of one method: a field of the request, a column of another part, or one of the
//! words that paging adds.

use std::ops::Range;

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::answers::{Answer, AnswerName};
use super::{Resolver, shape, writes};
use crate::plan::{Origin, Page, Param};
use crate::{Finding, HttpCall, Part, Piece, Shape, Source};

/// The names that mean something in one method.
#[derive(Clone)]
pub(super) struct Names<'a> {
    resolver: &'a Resolver<'a>,
    /// What each part is called, word by word.
    parts: Vec<Vec<&'a str>>,
    /// The part whose file it is.
    own: Option<usize>,
    page: Paged<'a>,
}

/// How the method's list is paged.
#[derive(Debug, Clone, Copy)]
pub(super) enum Paged<'a> {
    /// Not at all.
    Not,
    /// So.
    By(&'a Page),
    /// In a way that has been told to be none.
    Wrongly,
}

/// What is wrong with a name, how to mend it, and where it stands.
pub(super) type NameFault = (String, String, Range<usize>);

impl<'a> Names<'a> {
    pub fn new(resolver: &'a Resolver<'a>, answers: &'a [Answer], page: Paged<'a>) -> Self {
        let is_composite = answers.iter().any(|answer| answer.name != AnswerName::Method);
        let method = resolver.descriptor.name();
        // A method that is answered by one file has no parts that could name each other.
        let parts = answers.iter().filter(|_| is_composite).map(|answer| answer.name.words(method)).collect();
        Self { resolver, parts, own: None, page }
    }

    /// The same in one answer's files: paging adds its words where the list is selected, and nowhere else.
    pub fn of(&self, answer: usize) -> Self {
        let page = match self.page {
            Paged::By(page) if page.part != answer => Paged::Not,
            page => page,
        };
        Self { page, own: Some(answer), ..self.clone() }
    }

    pub fn page(&self) -> Option<&Page> {
        match self.page {
            Paged::By(page) => Some(page),
            Paged::Not | Paged::Wrongly => None,
        }
    }

    pub fn is_paged_wrongly(&self) -> bool {
        matches!(self.page, Paged::Wrongly)
    }

    /// What each name means, and everything that is wrong with them.
    pub fn params<'p>(
        &self,
        names: impl Iterator<Item = (&'p Vec<String>, Range<usize>)>,
    ) -> (Vec<Param>, Vec<NameFault>) {
        let (mut params, mut faults) = (Vec::new(), Vec::new());
        for (path, range) in names {
            let origin = self.origin(path).unwrap_or_else(|(message, mend)| {
                faults.push((message, mend, range));
                Origin::Unknown
            });
            params.push(Param { name: path.join("."), origin });
        }
        (params, faults)
    }

    fn origin(&self, path: &[String]) -> Result<Origin, (String, String)> {
        if let [first, rest @ ..] = path {
            match (self.page, first.as_str(), rest) {
                (Paged::By(_), "limit", []) => return Ok(Origin::Limit),
                (Paged::By(page), "after", [column]) => return self.after(page, column),
                (Paged::Wrongly, "limit", []) | (Paged::Wrongly, "after", [_]) => return Ok(Origin::Unknown),
                _ => {}
            }
        }
        if let [first, rest @ ..] = path
            && writes::update_mask(self.resolver.descriptor).is_some_and(|mask| first == mask.name())
        {
            return self.resolver.masked(rest);
        }
        let part = |words: &[String]| self.parts.iter().position(|part| !part.is_empty() && part == words);
        let column = path.split_last().and_then(|(column, words)| Some((part(words)?, column)));
        let is_field = self.resolver.descriptor.input().get_field_by_name(&path[0]).is_some();
        let starts = |part: &&Vec<&str>| part.first().is_some_and(|first| *first == path[0]);
        match (part(path), column, self.parts.iter().find(starts)) {
            // A part cannot use its own columns: in its file the name is the request's.
            (None, Some((part, column)), _) if !(is_field && self.own == Some(part)) => {
                Ok(Origin::Column { part, column: column.clone() })
            }
            _ if self.is_mask(path) => Err((
                format!(":{} chooses what is sent, and is no parameter", path[0]),
                "take it out: what nobody wants is left out without it".to_owned(),
            )),
            (known, _, start) if !is_field && (known.is_some() || start.is_some()) => {
                let part = known.map(|part| &self.parts[part]).or(start).map(|part| part.join("."));
                let mend = format!("write :{}.column", part.unwrap_or_default());
                Err((format!(":{} names a part, not a column of it", path.join(".")), mend))
            }
            _ => self.field(path).map(Origin::Field),
        }
    }

    fn is_mask(&self, path: &[String]) -> bool {
        shape::read_mask(self.resolver.descriptor).is_some_and(|mask| path[0] == mask.name())
    }

    fn after(&self, page: &Page, column: &str) -> Result<Origin, (String, String)> {
        let index = page.columns.iter().position(|known| known == column);
        index.map(Origin::After).ok_or_else(|| {
            let columns = page.columns.join(", ");
            (
                format!("page_by does not name {column}"),
                format!("use one of its columns ({columns}), or add this one"),
            )
        })
    }

    /// The way to a field of the request. Through a repeated message it leads to a list: one value an item.
    fn field(&self, path: &[String]) -> Result<Vec<FieldDescriptor>, (String, String)> {
        let mut message = self.resolver.descriptor.input();
        let mut fields: Vec<FieldDescriptor> = Vec::new();
        for (index, name) in path.iter().enumerate() {
            let field = message.get_field_by_name(name).ok_or_else(|| no_field(&message, name))?;
            if field.is_list() && fields.iter().any(FieldDescriptor::is_list) {
                let mend = format!("take the whole list as JSON: :{}", path[..index].join("."));
                return Err((format!("{} is a list in a list", field.full_name()), mend));
            }
            fields.push(field.clone());
            if index + 1 < path.len() {
                message = inside(&field).ok_or_else(|| {
                    let mend = format!("end the name at :{}", path[..=index].join("."));
                    (format!("{} has no fields of its own", field.full_name()), mend)
                })?;
            }
        }
        Ok(fields)
    }
}

pub(super) fn no_field(message: &MessageDescriptor, name: &str) -> (String, String) {
    let known: Vec<String> = message.fields().map(|field| field.name().to_owned()).collect();
    let known = if known.is_empty() { "it has none".to_owned() } else { known.join(", ") };
    (
        format!("{} has no field {name}", message.full_name()),
        format!("use a field that it has ({known}), or add this one to the .proto file"),
    )
}

/// The message whose fields a name may go on with.
pub(super) fn inside(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    match field.kind() {
        Kind::Message(inner) if !field.is_map() && !is_value(inner.full_name()) => Some(inner),
        _ => None,
    }
}

/// Messages that stand for one value of a column.
pub(super) fn is_value(name: &str) -> bool {
    const TYPES: [&str; 3] = ["Date", "Decimal", "TimeOfDay"];
    const PROTOBUFS: [&str; 14] = [
        "Timestamp",
        "Duration",
        "Struct",
        "Value",
        "ListValue",
        "DoubleValue",
        "FloatValue",
        "Int64Value",
        "UInt64Value",
        "Int32Value",
        "UInt32Value",
        "BoolValue",
        "StringValue",
        "BytesValue",
    ];
    match (name.strip_prefix("google.protobuf."), name.strip_prefix("google.type.")) {
        (Some(known), _) => PROTOBUFS.contains(&known),
        (_, Some(known)) => TYPES.contains(&known),
        _ => false,
    }
}

/// The parameters of a call, by index, that a URL has no form for, with the mend.
pub(super) fn unfit_for_url(call: &HttpCall) -> Vec<(usize, String, &'static str)> {
    let unfit = |(index, param): (usize, &Param)| {
        let Origin::Field(path) = &param.origin else { return None };
        let field = path.last()?;
        let is_message = match field.kind() {
            Kind::Message(message) => {
                field.is_map() || !is_value(message.full_name()) || is_json(message.full_name())
            }
            _ => false,
        };
        let is_list = path.iter().any(FieldDescriptor::is_list);
        if is_message {
            let message = format!("{} is a message, and a URL takes single values", field.full_name());
            return Some((index, message, "use its fields one by one"));
        }
        let message = format!("{} is a list, which only a query takes", field.full_name());
        let is_in_path = call.path.contains(&Piece::Param(index));
        (is_list && is_in_path).then_some((index, message, "write it behind the question mark: ?key=:name"))
    };
    call.params.iter().enumerate().filter_map(unfit).collect()
}

fn is_json(name: &str) -> bool {
    matches!(name, "google.protobuf.Struct" | "google.protobuf.Value" | "google.protobuf.ListValue")
}

/// The parts whose columns a source uses.
pub(super) fn needs(source: &Source) -> Vec<usize> {
    let params: Vec<&Param> = match source {
        Source::Sql(sql) => sql.statements().flat_map(|statement| &statement.params).collect(),
        Source::Http(call) => call.params.iter().collect(),
    };
    let part = |param: &&Param| match param.origin {
        Origin::Column { part, .. } => Some(part),
        _ => None,
    };
    let mut needs: Vec<usize> = params.iter().filter_map(part).collect();
    needs.sort_unstable();
    needs.dedup();
    needs
}

/// Parts that need each other, or what another one cannot give.
pub(super) fn cycle(parts: &[Part], unplaced: &[usize]) -> Vec<Finding> {
    let circle = circle(parts).map(|circle| {
        let needs = |(&part, &need): (&usize, &usize)| match part == need {
            true => format!("{} needs itself", parts[part].name),
            false => format!("{} needs {}", parts[part].name, parts[need].name),
        };
        let links: Vec<String> = circle.iter().zip(circle.iter().cycle().skip(1)).map(needs).collect();
        let next = circle.get(1).unwrap_or(&circle[0]);
        let mend = "let one of them take what it needs from the request, or join it in its own statement";
        fault(&parts[circle[0]], *next, format!("a circle: {}", links.join(", ")), mend)
    });
    let users = parts.iter().flat_map(|part| part.needs.iter().map(move |&need| (part, need)));
    let users = users.filter(|(_, need)| !unplaced.contains(need));
    let unfit = users.filter_map(|(part, need)| {
        let (what, mend) = match (parts[need].shape, &part.source) {
            (Shape::One, _) | (Shape::Many, Source::Sql(_)) => return None,
            (Shape::Many, Source::Http(_)) => (
                "has many rows, and a web call takes a column of one",
                "take columns of parts with one row only",
            ),
            (Shape::Nothing | Shape::Stream, _) => {
                ("has no columns that others could use", "take what it needs from the request")
            }
        };
        Some(fault(part, need, format!("{} {what}", parts[need].name), mend))
    });
    circle.into_iter().chain(unfit).collect()
}

/// Parts each of which needs the next, and the last the first.
fn circle(parts: &[Part]) -> Option<Vec<usize>> {
    let mut done = vec![false; parts.len()];
    while let Some(next) =
        (0..parts.len()).find(|&index| !done[index] && parts[index].needs.iter().all(|&need| done[need]))
    {
        done[next] = true;
    }
    // Each part that is not done needs another one that is not, so that this way leads round and round.
    let mut way = vec![done.iter().position(|done| !done)?];
    loop {
        let next = parts[*way.last()?].needs.iter().copied().find(|&need| !done[need])?;
        if let Some(start) = way.iter().position(|&part| part == next) {
            return Some(way.split_off(start));
        }
        way.push(next);
    }
}

/// A fault where a part uses a column of another one.
pub(super) fn fault(part: &Part, need: usize, message: String, mend: &str) -> Finding {
    let uses = |param: &Param| matches!(param.origin, Origin::Column { part, .. } if part == need);
    let sql = match &part.source {
        Source::Http(call) => return Finding::error(&call.file, message, mend),
        Source::Sql(sql) => sql,
    };
    let mut found = sql.statements().filter_map(|it| Some((it, it.params.iter().position(uses)?)));
    match found.next() {
        Some((statement, param)) => {
            Finding::error(&statement.file, message, mend).at(statement.param_place(param))
        }
        // Never so: a part's needs are those of its parameters.
        None => Finding::error(&part.name, message, mend),
    }
}
