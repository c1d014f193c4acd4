//! The fields that a mask's paths name, as a tree. A path that goes on below another one adds nothing to it.

use std::collections::HashMap;

use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage as _, Value as ProtoValue,
};

use crate::fault::Fault;

/// How many paths a mask may have.
const MOST_PATHS: usize = 1_000;

/// How many fields a path may have, which is how deep protobuf's own readers go.
const LONGEST_PATH: usize = 100;

/// How many characters of a name that is none are told back.
const SHOWN: usize = 60;

/// What of a message is wanted.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    /// Nothing.
    None,
    /// Everything.
    All,
    /// These fields, and of each what its tree says.
    Fields(HashMap<String, Tree>),
}

impl Tree {
    /// The tree of paths in a message.
    ///
    /// # Errors
    /// FIELD_INVALID for a path that does not exist.
    pub fn new(message: &MessageDescriptor, paths: &[&str]) -> Result<Self, Fault> {
        if paths.len() > MOST_PATHS {
            return Err(Fault::field("read_mask", format!("a mask has at most {MOST_PATHS} paths")));
        }
        let mut tree = Self::None;
        for path in paths {
            match *path {
                "*" => tree = Self::All,
                path => tree.add(message, path)?,
            }
        }
        Ok(tree)
    }

    /// The tree of a list's reply, where paths are of its elements: what else is in the reply is there.
    ///
    /// # Errors
    /// See [`Self::new`].
    pub fn of_list(reply: &MessageDescriptor, list: &FieldDescriptor, paths: &[&str]) -> Result<Self, Fault> {
        let Kind::Message(element) = list.kind() else { return Ok(Self::All) };
        match Self::new(&element, paths)? {
            Self::All => Ok(Self::All),
            elements => {
                let all = reply.fields().map(|field| (field.name().to_owned(), Self::All));
                let list = (list.name().to_owned(), elements);
                Ok(Self::Fields(all.chain([list]).collect()))
            }
        }
    }

    fn add(&mut self, message: &MessageDescriptor, path: &str) -> Result<(), Fault> {
        let unknown = |message: &MessageDescriptor, name: &str| {
            let name: String = name.chars().take(SHOWN).collect();
            Fault::field("read_mask", format!("{} has no field {name:?}", message.full_name()))
        };
        let (mut tree, mut inside) = (Some(self), Ok(message.clone()));
        for (index, name) in path.split('.').enumerate() {
            let message: MessageDescriptor = inside.map_err(|field: FieldDescriptor| {
                Fault::field("read_mask", format!("{} has no fields of its own", field.full_name()))
            })?;
            let field = message.get_field_by_name(name).ok_or_else(|| unknown(&message, name))?;
            if index == LONGEST_PATH {
                return Err(Fault::field("read_mask", format!("a path has at most {LONGEST_PATH} fields")));
            }
            tree = tree.and_then(|tree| tree.inside(name));
            inside = match field.kind() {
                Kind::Message(message) if !field.is_map() => Ok(message),
                _ => Err(field),
            };
        }
        if let Some(tree) = tree {
            *tree = Self::All;
        }
        Ok(())
    }

    /// The tree of a field, to be added to; none where all of it is wanted already.
    fn inside(&mut self, name: &str) -> Option<&mut Self> {
        if *self == Self::None {
            *self = Self::Fields(HashMap::new());
        }
        match self {
            Self::Fields(fields) => Some(fields.entry(name.to_owned()).or_insert(Self::None)),
            Self::None | Self::All => None,
        }
    }

    /// What is wanted of the field at the end of a way; none where that is nothing.
    pub fn at<'a>(&self, way: impl IntoIterator<Item = &'a str>) -> Option<&Self> {
        let mut tree = self;
        for name in way {
            tree = match tree {
                Self::None => return None,
                Self::All => return Some(tree),
                Self::Fields(fields) => fields.get(name)?,
            };
        }
        (*tree != Self::None).then_some(tree)
    }

    /// True where a column of that name is wanted, at least in part.
    pub fn has(&self, column: &str) -> bool {
        self.at(column.split('.')).is_some()
    }

    /// Takes what is not wanted out of a message.
    pub fn cut(&self, message: &mut DynamicMessage) {
        let fields = match self {
            Self::All => return,
            Self::None => return *message = DynamicMessage::new(message.descriptor()),
            Self::Fields(fields) => fields,
        };
        let there: Vec<FieldDescriptor> = message.fields().map(|(field, _)| field).collect();
        for field in there {
            match fields.get(field.name()) {
                Some(tree) => tree.cut_value(message.get_field_mut(&field)),
                None => message.clear_field(&field),
            }
        }
    }

    fn cut_value(&self, value: &mut ProtoValue) {
        match value {
            ProtoValue::Message(message) => self.cut(message),
            ProtoValue::List(items) => items.iter_mut().for_each(|item| self.cut_value(item)),
            _ => {}
        }
    }
}
