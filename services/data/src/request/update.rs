//! `update_mask` (AIP-134): which fields of its resource a request updates. Without a mask they are those that it has; a path
//! that no statement asks about would be a promise that nobody keeps.

use meanwhile_catalog::{UpdateMask, is_output_only};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::layout::{Layout, Slot};
use crate::fault::Fault;
use crate::value::Value;

/// How many paths a mask may have.
const MOST_PATHS: usize = 1_000;

/// How many fields a path may have.
const LONGEST_PATH: usize = 100;

/// How many characters of a path are told back.
const SHOWN: usize = 60;

/// What statements ask of a request's mask.
#[derive(Debug, Clone, Copy)]
pub struct Update<'a> {
    /// The mask and its resource.
    pub mask: &'a UpdateMask,
    /// The slot of its paths.
    pub slot: Slot,
    /// The fields asked about, by the ways to them from the request.
    pub asked: &'a [Vec<FieldDescriptor>],
}

/// How a request's mask is read.
#[derive(Debug)]
pub(super) struct UpdatePlan {
    slot: Slot,
    name: String,
    resource: MessageDescriptor,
    asked: Vec<Asked>,
}

/// A field asked about.
#[derive(Debug)]
struct Asked {
    /// Its dotted name in the request.
    path: String,
    /// The fields that lead to it from the resource.
    way: Vec<String>,
    /// Where it is marked that it is there.
    mark: Option<usize>,
}

impl UpdatePlan {
    pub fn new(update: &Update<'_>, layout: &Layout) -> Self {
        let names =
            |way: &[FieldDescriptor]| way.iter().map(|field| field.name().to_owned()).collect::<Vec<_>>();
        let asked = update.asked.iter().map(|way| Asked {
            path: names(way).join("."),
            way: names(&way[1..]),
            mark: layout.mark(way),
        });
        let resource = match update.mask.resource.kind() {
            Kind::Message(message) => message,
            // A resource is a message.
            _ => update.mask.resource.parent_message().clone(),
        };
        Self {
            slot: update.slot,
            name: update.mask.field.name().to_owned(),
            resource,
            asked: asked.collect(),
        }
    }

    /// Whether each field asked about is to be updated.
    pub fn answer(&self, values: &[Value], marks: &[bool]) -> Result<Vec<bool>, Fault> {
        let paths = match &values[self.slot] {
            Value::List(paths) if !paths.is_empty() => paths,
            _ => {
                return Ok(self
                    .asked
                    .iter()
                    .map(|asked| asked.mark.is_some_and(|mark| marks[mark]))
                    .collect());
            }
        };
        if paths.len() > MOST_PATHS {
            return Err(self.fault(format!("a mask has at most {MOST_PATHS} paths")));
        }
        let mut answer = vec![false; self.asked.len()];
        for path in paths {
            match path {
                Value::Text(path) if path == "*" => answer.fill(true),
                Value::Text(path) => self.add(path, &mut answer)?,
                _ => {}
            }
        }
        Ok(answer)
    }

    fn add(&self, path: &str, answer: &mut [bool]) -> Result<(), Fault> {
        if self.is_ignored(path)? {
            return Ok(());
        }
        let way: Vec<&str> = path.split('.').collect();
        let mut any = false;
        for (asked, answer) in self.asked.iter().zip(answer) {
            if asked.way.len() >= way.len() && asked.way.iter().zip(&way).all(|(asked, name)| asked == name) {
                (*answer, any) = (true, true);
            }
        }
        match any {
            true => Ok(()),
            false => Err(self.fault(format!("{} cannot be updated here", shown(path)))),
        }
    }

    /// True for what only the server sets (AIP-203).
    fn is_ignored(&self, path: &str) -> Result<bool, Fault> {
        let (mut message, mut is_ignored) = (Some(self.resource.clone()), false);
        for (index, name) in path.split('.').enumerate() {
            let known = message.filter(|_| index < LONGEST_PATH).and_then(|it| it.get_field_by_name(name));
            let Some(field) = known else {
                let resource = self.resource.full_name();
                return Err(self.fault(format!("{resource} has no field {}", shown(path))));
            };
            is_ignored |= is_output_only(&field);
            message = match field.kind() {
                Kind::Message(message) if !field.is_map() && !field.is_list() => Some(message),
                _ => None,
            };
        }
        Ok(is_ignored)
    }

    /// True for a field that no statement writes, as the answers are: a required one is not missed there.
    pub fn leaves_alone(&self, path: &str, answer: &[bool]) -> bool {
        let is_inside = |asked: &Asked| match path.strip_prefix(asked.path.as_str()) {
            Some(rest) => rest.is_empty() || rest.starts_with('.'),
            None => false,
        };
        let mut above = self.asked.iter().zip(answer).filter(|(asked, _)| is_inside(asked)).peekable();
        above.peek().is_some() && above.all(|(_, updated)| !updated)
    }

    fn fault(&self, description: String) -> Fault {
        Fault::field(&self.name, description)
    }
}

fn shown(path: &str) -> String {
    format!("{:?}", path.chars().take(SHOWN).collect::<String>())
}
