//! What a `:name` means in the files of one method: a field of the request, a column of another part, or one of the
//! words that paging adds.

use std::ops::Range;

use prost_reflect::{FieldDescriptor, Kind};

use super::Resolver;
use crate::files::AnswerFiles;
use crate::plan::{Origin, Page, Param};
use crate::{Finding, Part, Source};

/// The names that mean something in one method.
pub(super) struct Names<'a> {
    resolver: &'a Resolver<'a>,
    parts: Vec<&'a str>,
    page: Option<&'a Page>,
}

/// What is wrong with a name, how to mend it, and where it stands.
pub(super) type NameFault = (String, String, Range<usize>);

impl<'a> Names<'a> {
    pub fn new(
        resolver: &'a Resolver<'a>,
        parts: &'a [(Option<String>, AnswerFiles)],
        page: Option<&'a Page>,
    ) -> Self {
        let parts = parts.iter().map(|(name, _)| name.as_deref().unwrap_or_default()).collect();
        Self { resolver, parts, page }
    }

    pub fn is_composite(&self) -> bool {
        self.parts.iter().any(|part| !part.is_empty())
    }

    pub fn params<'p>(
        &self,
        names: impl Iterator<Item = (&'p Vec<String>, Range<usize>)>,
    ) -> Result<Vec<Param>, NameFault> {
        names
            .map(|(path, range)| {
                let origin = self.origin(path).map_err(|(message, mend)| (message, mend, range))?;
                Ok(Param { name: path.join("."), origin })
            })
            .collect()
    }

    fn origin(&self, path: &[String]) -> Result<Origin, (String, String)> {
        if let (Some(page), [first, rest @ ..]) = (self.page, path) {
            match (first.as_str(), rest) {
                ("limit", []) => return Ok(Origin::Limit),
                ("after", [column]) => return self.after(page, column),
                _ => {}
            }
        }
        let part = self.parts.iter().position(|part| !part.is_empty() && *part == path[0]);
        match (part, path) {
            (Some(part), [_, column]) => Ok(Origin::Column { part, column: column.clone() }),
            (Some(_), _) => Err((
                format!(":{} names a part, not a column of it", path.join(".")),
                format!("write :{}.column", path[0]),
            )),
            (None, _) => self.field(path).map(Origin::Field),
        }
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

    fn field(&self, path: &[String]) -> Result<Vec<FieldDescriptor>, (String, String)> {
        let mut message = self.resolver.descriptor.input();
        let mut fields = Vec::new();
        for (index, name) in path.iter().enumerate() {
            let field = message.get_field_by_name(name).ok_or_else(|| {
                let known: Vec<String> = message.fields().map(|field| field.name().to_owned()).collect();
                let known = if known.is_empty() { "it has none".to_owned() } else { known.join(", ") };
                (
                    format!("{} has no field {name}", message.full_name()),
                    format!("use a field that it has ({known}), or add this one to the .proto file"),
                )
            })?;
            if field.is_list() || field.is_map() {
                let mend = "use a field with one value".to_owned();
                return Err((
                    format!("{} is repeated, and a parameter is one value", field.full_name()),
                    mend,
                ));
            }
            fields.push(field.clone());
            let is_last = index + 1 == path.len();
            match field.kind() {
                Kind::Message(inner) if !is_last => message = inner,
                Kind::Message(inner) if !is_value(inner.full_name()) => {
                    let mend = format!("use one of its fields, like :{}.x", path.join("."));
                    return Err((
                        format!("{} is a message, and a parameter is one value", field.full_name()),
                        mend,
                    ));
                }
                _ if !is_last => {
                    let mend = format!("end the name at :{}", path[..=index].join("."));
                    return Err((format!("{} has no fields of its own", field.full_name()), mend));
                }
                _ => {}
            }
        }
        Ok(fields)
    }
}

/// Messages that stand for one value of a column.
fn is_value(name: &str) -> bool {
    const WRAPPERS: [&str; 9] = [
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
    match name.strip_prefix("google.protobuf.") {
        Some(known) => known == "Timestamp" || WRAPPERS.contains(&known),
        None => false,
    }
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

/// Parts that need each other, or a part whose many rows are taken for one.
pub(super) fn cycle(parts: &[Part]) -> Vec<Finding> {
    let mut done = vec![false; parts.len()];
    while let Some(next) =
        (0..parts.len()).find(|&index| !done[index] && parts[index].needs.iter().all(|&need| done[need]))
    {
        done[next] = true;
    }
    let stuck: Vec<&Part> =
        parts.iter().zip(&done).filter(|(_, done)| !**done).map(|(part, _)| part).collect();
    let names: Vec<&str> = stuck.iter().map(|part| part.name.as_str()).collect();
    let cycle = stuck.first().map(|part| {
        let message = format!("the parts {} wait for each other", names.join(", "));
        Finding::error(file(part), message, "let at least one of them do without the others")
    });
    let many = parts.iter().flat_map(|part| part.needs.iter().map(move |&need| (part, &parts[need])));
    let many = many.filter(|(_, need)| need.shape != crate::Shape::One).map(|(part, need)| {
        let message = format!("{} has many rows, and this part takes a column of one", need.name);
        Finding::error(file(part), message, "take columns of parts with one row only")
    });
    cycle.into_iter().chain(many).collect()
}

fn file(part: &Part) -> std::path::PathBuf {
    match &part.source {
        Source::Sql(sql) => {
            sql.statements().next().map(|statement| statement.file.clone()).unwrap_or_default()
        }
        Source::Http(call) => call.file.clone(),
    }
}
