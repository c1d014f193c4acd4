//! The plan: what answers each method, in which shape, and what needs what. Plain data: how files become a plan is in
//! `resolve`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use prost_reflect::{FieldDescriptor, MessageDescriptor, MethodDescriptor};

use crate::{Dialect, HttpCall, Place, Statement};

/// A method and what answers it.
#[derive(Debug, Clone)]
pub struct Method {
    /// The contract's side.
    pub descriptor: MethodDescriptor,
    /// `/pkg.Service/Method`, as in a request.
    pub path: String,
    /// True for `idempotency_level = NO_SIDE_EFFECTS`.
    pub reads_only: bool,
    /// The longest a call may take, where the contract says so.
    pub timeout: Option<Duration>,
    /// How its list is paged, where it is.
    pub page: Option<Page>,
    /// The request's field that says what of the reply is wanted (AIP-157), where it has one.
    pub read_mask: Option<FieldDescriptor>,
    /// The request's field that says what of its resource is to be updated (AIP-134), where it has one.
    pub update_mask: Option<UpdateMask>,
    /// The request's field by which a call executes once (AIP-155), where it has one and no SQL of its own looks after it.
    pub request_id: Option<RequestId>,
    /// The way to the request's etag, where a part of [`Role::Etag`] is compared with it.
    pub etag: Option<Vec<FieldDescriptor>>,
    /// The orders that a client may choose, where there are several. `parts` are in the one that needs no choice.
    pub orders: Option<Orders>,
    /// What answers it: one part, or several that make up the reply. In the order in which a write runs them, less what
    /// they need of each other: the etag's check, the method's own, then by the number of step or reply field.
    pub parts: Vec<Part>,
}

impl Method {
    /// `pkg.Service/Method`, as in span names.
    pub fn full_name(&self) -> &str {
        &self.path[1..]
    }
}

/// The request's word for one call, however often it is sent.
#[derive(Debug, Clone)]
pub struct RequestId {
    /// The field.
    pub field: FieldDescriptor,
    /// The file that declares it, relative to the catalog's folder.
    pub file: PathBuf,
    /// Where in the file.
    pub place: Option<Place>,
}

/// What of a request's resource is to be updated.
#[derive(Debug, Clone)]
pub struct UpdateMask {
    /// The mask, a field of the request.
    pub field: FieldDescriptor,
    /// The resource, another one. The mask's paths are relative to it.
    pub resource: FieldDescriptor,
}

impl Method {
    /// The same method in one of its orders.
    pub fn in_order(&self, order: &Order) -> Self {
        Self { parts: order.parts.clone(), orders: None, ..self.clone() }
    }
}

/// The sort orders of a method: values of an enum of its request, each with files of its own.
#[derive(Debug, Clone)]
pub struct Orders {
    /// The request's field.
    pub field: FieldDescriptor,
    /// The orders besides that of the value 0.
    pub list: Vec<Order>,
}

/// One sort order.
#[derive(Debug, Clone)]
pub struct Order {
    /// The enum's value.
    pub number: i32,
    /// The word in its files' names.
    pub name: String,
    /// What answers the method in this order, part by part as in no order.
    pub parts: Vec<Part>,
}

/// How a list is paged (AIP-158).
#[derive(Debug, Clone)]
pub struct Page {
    /// The part whose rows are the list, by index.
    pub part: usize,
    /// The columns that order the list, the last of them unique among the rest.
    pub columns: Vec<String>,
    /// The request's `page_size`.
    pub size: FieldDescriptor,
    /// The request's `page_token`.
    pub token: FieldDescriptor,
    /// The reply's `next_page_token`.
    pub next: FieldDescriptor,
}

/// One answer: a statement or a web call, and the part of the reply it fills.
#[derive(Debug, Clone)]
pub struct Part {
    /// The reply field it fills, or the way to it (`orders.items`), or the method's name where a row is the reply; a step's
    /// own.
    pub name: String,
    /// What it is there for.
    pub role: Role,
    /// Where its rows go.
    pub target: Target,
    /// How many rows it has.
    pub shape: Shape,
    /// What is asked.
    pub source: Source,
    /// The parts whose columns it uses, by index. Never a cycle.
    pub needs: Vec<usize>,
    /// True: the reply is OK without it.
    pub optional: bool,
    /// The longest it may take, from its start.
    pub timeout: Option<Duration>,
    /// Whose rows its own go into, where it is a child.
    pub child: Option<Child>,
}

/// A part whose rows go into those of another one.
#[derive(Debug, Clone)]
pub struct Child {
    /// The other part, by index.
    pub parent: usize,
    /// How a row finds its parent; none where there is only one.
    pub key: Option<ChildKey>,
}

/// How a row finds its parent among many: two columns that are equal.
#[derive(Debug, Clone)]
pub struct ChildKey {
    /// The child's. It need not be a field.
    pub column: String,
    /// The parent's, which the child's statement selects by.
    pub parents_column: String,
}

/// What a part is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It fills the reply, or a field of it.
    Reply,
    /// A step of a write: it fills nothing, and others may use its columns.
    Step,
    /// The check of a write's etag: one row of one column, before anything else.
    Etag,
}

/// Where a part's rows go. Those of a step and of an etag's check go nowhere.
#[derive(Debug, Clone)]
pub struct Target {
    /// The message that a row fills.
    pub message: MessageDescriptor,
    /// The reply field that holds it; none where the row is the reply.
    pub field: Option<FieldDescriptor>,
}

/// How many rows a part has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Exactly one: none is NOT_FOUND, two INTERNAL.
    One,
    /// At most one column or none at all: a statement that answers with an empty message.
    Nothing,
    /// Any number, all in one repeated field.
    Many,
    /// Any number, a message of the stream each.
    Stream,
}

/// What a part asks.
#[derive(Debug, Clone)]
pub enum Source {
    /// A database.
    Sql(SqlSource),
    /// A web service.
    Http(HttpCall),
}

/// A statement in each dialect it was written for.
#[derive(Debug, Clone, Default)]
pub struct SqlSource {
    pub(crate) shared: Option<Statement>,
    pub(crate) own: BTreeMap<&'static str, Statement>,
    /// The dialects, and none for all, whose file has a fault of its own. Its method is not served.
    pub(crate) unread: BTreeSet<Option<&'static str>>,
}

impl SqlSource {
    /// The statement for that dialect: its own file, or the one that is for all.
    pub fn statement(&self, dialect: Dialect) -> Option<&Statement> {
        if self.unread.contains(&Some(dialect.as_str())) {
            return None;
        }
        self.own.get(dialect.as_str()).or(self.shared.as_ref())
    }

    /// True where there is a file for that dialect that could not be understood: that has been told.
    pub fn is_unread(&self, dialect: Dialect) -> bool {
        let own = self.unread.contains(&Some(dialect.as_str()));
        own || (self.unread.contains(&None) && !self.own.contains_key(dialect.as_str()))
    }

    /// Every statement there is.
    pub fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.own.values().chain(&self.shared)
    }
}

/// A `:name` that has been understood.
#[derive(Debug, Clone)]
pub struct Param {
    /// As its author wrote it, less the colon.
    pub name: String,
    /// Where its value comes from.
    pub origin: Origin,
}

/// Where a parameter's value comes from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// A field of the request, by the way to it.
    Field(Vec<FieldDescriptor>),
    /// Whether a field of the resource is to be updated, by the way to it from the request.
    Mask(Vec<FieldDescriptor>),
    /// A column of another part: its one row's value, or, where it has many rows, the list of theirs.
    Column {
        /// The other part, by index.
        part: usize,
        /// The column's name.
        column: String,
    },
    /// A column of the last row of the page before; NULL on page one.
    After(usize),
    /// How many rows to ask for: the page's, and one more that tells whether another page follows.
    Limit,
    /// Nowhere: the name means nothing, which has been told. Its method is not served.
    Unknown,
}
