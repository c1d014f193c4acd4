//! What each file of a method answers. The words of a file's name are read against the contract here and nowhere else:
//! `sql/pkg.Service/Method[.order][.dialect].sql` for the whole reply, and in the folder of the method's name
//! `field[.field...][.order][.dialect].sql` for a part, `_NN_name[.dialect].sql` for a step of a write, and `etag.sql`.

use std::collections::BTreeMap;
use std::path::Path;

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::Resolver;
use super::orders::OrderField;
use crate::contract;
use crate::files::{AnswerFile, AnswerKind, File};
use crate::{Dialect, Finding, Findings};

/// What of a method an answer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AnswerName {
    /// The check of a write's etag.
    Etag,
    /// The method itself: its row is the reply, or all of its rows are.
    Method,
    /// A part: the way from the reply to the field that its rows fill. More than one field long it is a child.
    Part(Vec<FieldDescriptor>),
    /// A step of a write, which fills no field.
    Step {
        /// Where it stands among the parts, on the scale of their fields' numbers.
        number: u32,
        /// What others call it.
        name: String,
    },
}

/// The files of one statement, by dialect; under none the one for all.
pub(super) type Dialects = BTreeMap<Option<&'static str>, File>;

/// One answer with its files: a web call, or a statement a sort order; under none the one that needs no order.
#[derive(Debug)]
pub(super) struct Answer {
    pub name: AnswerName,
    pub sql: BTreeMap<Option<String>, Dialects>,
    pub http: Option<File>,
}

impl AnswerName {
    /// What other parts call it, word by word. An etag's check is called nothing: `:etag` is the request's.
    pub fn words<'a>(&'a self, method: &'a str) -> Vec<&'a str> {
        match self {
            Self::Etag => Vec::new(),
            Self::Method => vec![method],
            Self::Part(way) => way.iter().map(FieldDescriptor::name).collect(),
            Self::Step { name, .. } => vec![name],
        }
    }

    /// What people and spans call it.
    pub fn label(&self, method: &str) -> String {
        match self {
            Self::Etag => ETAG.to_owned(),
            _ => self.words(method).join("."),
        }
    }

    /// The order in which a write runs its answers, less what they need of each other.
    fn rank(&self) -> (u8, Vec<u32>, u8) {
        match self {
            Self::Etag => (0, Vec::new(), 0),
            Self::Method => (1, Vec::new(), 0),
            Self::Step { number, .. } => (2, vec![*number], 0),
            Self::Part(way) => (2, way.iter().map(FieldDescriptor::number).collect(), 1),
        }
    }
}

impl Answer {
    pub fn any(&self) -> Option<&File> {
        self.sql.values().flat_map(Dialects::values).next().or(self.http.as_ref())
    }

    /// Where it stands; an answer has one file or more.
    pub fn path(&self) -> &Path {
        self.any().map_or(Path::new("sql"), |file| &file.path)
    }
}

const ETAG: &str = "etag";

impl Resolver<'_> {
    /// A method's answers in the order of [`AnswerName::rank`]. Files whose names mean nothing become findings.
    pub(super) fn answers(
        &self,
        files: Vec<AnswerFile>,
        findings: &mut Findings,
    ) -> (Vec<Answer>, Option<OrderField>) {
        let mut answers: Vec<Answer> = Vec::new();
        let orders = self.order_field(&files, findings);
        for AnswerFile { file, kind, in_folder, words } in files {
            let orders = orders.as_ref();
            let read = match in_folder {
                true => self.in_folder(&file, &words, orders),
                false => self.whole(&file, &words, orders),
            };
            let read = read.and_then(|(name, order)| match (&kind, &order) {
                (AnswerKind::Http, Some(word)) => Err(Finding::error(
                    &file.path,
                    format!("a web call in the order {word}"),
                    "answer it with SQL, or take the word away",
                )),
                _ => Ok((name, order)),
            });
            let (name, order) = match read {
                Ok(read) => read,
                Err(finding) => {
                    findings.push(finding);
                    continue;
                }
            };
            let known = answers.iter().position(|answer| answer.name == name).unwrap_or_else(|| {
                answers.push(Answer { name, sql: BTreeMap::new(), http: None });
                answers.len() - 1
            });
            match kind {
                AnswerKind::Http => answers[known].http = Some(file),
                AnswerKind::Sql(only) => {
                    let dialects = answers[known].sql.entry(order).or_default();
                    dialects.insert(only.map(Dialect::as_str), file);
                }
            }
        }
        answers.sort_by_key(|answer| answer.name.rank());
        (answers, orders)
    }

    /// The field that chooses an order, by what is left of the files' names when method or fields are read.
    fn order_field(&self, files: &[AnswerFile], findings: &mut Findings) -> Option<OrderField> {
        let left = |file: &AnswerFile| match file.in_folder {
            true => way(self.descriptor.output(), &file.words).len(),
            false => 0,
        };
        let word = |file: &'_ AnswerFile| file.words.get(left(file)).cloned();
        let words: Vec<String> = files.iter().filter_map(word).collect();
        match OrderField::find(self, &words.iter().map(String::as_str).collect()) {
            Ok(order) => order,
            Err(fields) => {
                let message =
                    format!("the files' orders are values of several fields: {}", fields.join(", "));
                findings.push(self.fault(message, "name the field that chooses the order order_by"));
                None
            }
        }
    }

    fn whole(
        &self,
        file: &File,
        words: &[String],
        orders: Option<&OrderField>,
    ) -> Result<(AnswerName, Option<String>), Finding> {
        let order = order(file, words, None, orders)?;
        Ok((AnswerName::Method, order))
    }

    fn in_folder(
        &self,
        file: &File,
        words: &[String],
        orders: Option<&OrderField>,
    ) -> Result<(AnswerName, Option<String>), Finding> {
        let first = words.first().map(String::as_str).unwrap_or_default();
        let writes = !contract::reads_only(self.descriptor);
        if writes && words == [ETAG] {
            return Ok((AnswerName::Etag, None));
        }
        if let Some((number, name)) = step(first) {
            let mend = "feed a reply field: name the file after it, or take NO_SIDE_EFFECTS off the method";
            return match (writes, &words[1..]) {
                (false, _) => Err(Finding::error(&file.path, "a step in a method that only reads", mend)),
                (true, []) => Ok((AnswerName::Step { number, name: name.to_owned() }, None)),
                (true, rest) => Err(unknown_word(file, &rest[0], None, None)),
            };
        }
        let way = way(self.descriptor.output(), words);
        match way.last() {
            None if writes && first.starts_with('_') => Err(no_number(file, first)),
            None => Err(self.no_field(file, first)),
            Some(last) => {
                let order = order(file, &words[way.len()..], Some(last), orders)?;
                Ok((AnswerName::Part(way), order))
            }
        }
    }

    fn no_field(&self, file: &File, name: &str) -> Finding {
        let reply = self.descriptor.output();
        let message = format!("{} has no field {name}", reply.full_name());
        let mend = format!("name the file after the reply field it fills ({})", fields(&reply));
        Finding::error(&file.path, message, mend)
    }
}

/// The sort order that is left of a name when method or fields are read; `last` is the last of the fields.
fn order(
    file: &File,
    rest: &[String],
    last: Option<&FieldDescriptor>,
    orders: Option<&OrderField>,
) -> Result<Option<String>, Finding> {
    let Some((word, rest)) = rest.split_first() else { return Ok(None) };
    match orders.and_then(|order| order.number(word)) {
        None => Err(unknown_word(file, word, last.and_then(inner), orders)),
        Some(0) => {
            let message = format!("{word} is the order of the files that name none");
            Err(Finding::error(&file.path, message, "take the word away"))
        }
        Some(_) => match rest.first() {
            Some(word) => Err(unknown_word(file, word, None, None)),
            None => Ok(Some(word.clone())),
        },
    }
}

/// The fields, each in the one before, that as many of the words as possible name.
pub(super) fn way(reply: MessageDescriptor, words: &[String]) -> Vec<FieldDescriptor> {
    let mut message = Some(reply);
    let mut way: Vec<FieldDescriptor> = Vec::new();
    for word in words {
        let Some(field) = message.and_then(|message| message.get_field_by_name(word)) else { break };
        message = inner(&field);
        way.push(field);
    }
    way
}

fn no_number(file: &File, word: &str) -> Finding {
    let name = word.trim_start_matches('_').trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
    let name = if name.is_empty() { "name" } else { name };
    let mend = format!("name it _NN_name.sql, like _10_{name}.sql");
    Finding::error(&file.path, format!("{word} is no step: a step has a number and a name"), mend)
}

/// A word of a file's name that means nothing there; `message` is the one whose field it could have been.
fn unknown_word(
    file: &File,
    word: &str,
    message: Option<MessageDescriptor>,
    orders: Option<&OrderField>,
) -> Finding {
    let dialects = Dialect::ALL.map(Dialect::as_str).join(", ");
    let (mut told, mut valid) = (format!("{word} is no dialect"), format!("use a dialect ({dialects})"));
    if let Some(message) = message {
        told.push_str(&format!(", and no field of {}", message.full_name()));
        valid.push_str(&format!(" or a field ({})", fields(&message)));
    }
    if let Some(order) = orders {
        told.push_str(&format!(", and no order of {}", order.of.full_name()));
        valid.push_str(&format!(" or an order ({})", order.known()));
    }
    Finding::error(&file.path, told, format!("{valid}, or take the word away"))
}

fn fields(message: &MessageDescriptor) -> String {
    message.fields().map(|field| field.name().to_owned()).collect::<Vec<_>>().join(", ")
}

fn inner(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    match field.kind() {
        Kind::Message(message) if !field.is_map() => Some(message),
        _ => None,
    }
}

/// `_10_reserve` is step 10, named `reserve`.
fn step(word: &str) -> Option<(u32, &str)> {
    let (number, name) = word.strip_prefix('_')?.split_once('_')?;
    // A sign would parse too.
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    Some((number.parse().ok().filter(|_| digits && !name.is_empty())?, name))
}
