//! Pages of a list, by AIP-158: how many rows, after which one, and the opaque token that says so next time.
//! A token belongs to its method and filters; it holds values, never SQL.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use meanwhile_catalog::{Finding, Method, Page};
use meanwhile_proto::errors::Reason;
use prost::Message;
use prost::encoding::WireType;
use prost_reflect::FieldDescriptor;

use crate::bind::{Argument, BoundPart, BoundSource};
use crate::fault::Fault;
use crate::rows::Key;
use crate::value::Value;

/// Rows on a page where the client does not say.
const DEFAULT_SIZE: i64 = 50;

/// Rows on a page at most, whatever the client says.
const MAX_SIZE: i64 = 1_000;

/// The most bytes of a token. What an index orders by is far shorter: PostgreSQL's rows of a B-tree end at 2,704 bytes.
const LONGEST_TOKEN: usize = 16 * 1024;

/// How one method's list is paged.
#[derive(Debug)]
pub struct Paging {
    method: String,
    size: usize,
    token: usize,
    /// What is wanted of a row is no filter: each page may have another.
    mask: Option<usize>,
    /// The reply's `next_page_token`.
    pub next: Key,
    /// The columns that order the list, by index.
    pub columns: Vec<usize>,
    /// Where each stands in `page_by`, which names those of all orders.
    places: Vec<usize>,
    /// How many `page_by` names.
    all: usize,
}

/// The page that a request asks for.
#[derive(Debug)]
pub struct Wanted {
    /// How many rows it has at most.
    pub size: usize,
    /// The last row of the page before; all NULL on the first page.
    pub after: Vec<Value>,
    scope: u64,
}

impl Paging {
    /// The paging of a list whose parts are bound.
    ///
    /// # Errors
    /// A column of `page_by` that the statement does not have.
    pub fn new(
        method: &Method,
        page: &Page,
        paths: &[Vec<FieldDescriptor>],
        parts: &[BoundPart],
    ) -> Result<Self, Finding> {
        let fault = |message: String| {
            let file = method.descriptor.parent_file();
            let path = std::path::Path::new("proto").join(file.name());
            Finding::error(path, message, "select every column that page_by names")
        };
        let Some(BoundSource::Sql { prepared, .. }) = parts.get(page.part).map(|part| &part.source) else {
            return Err(fault(format!("{} is paged, and no statement answers it", method.full_name())));
        };
        let arguments = parts.get(page.part).map(|part| part.arguments.as_slice()).unwrap_or_default();
        let places: Vec<usize> =
            (0..page.columns.len()).filter(|place| arguments.contains(&Argument::After(*place))).collect();
        let position = |column: &String| {
            let found = prepared.columns.iter().position(|known| known == column);
            found.ok_or_else(|| {
                fault(format!("{}: page_by names {column}, which is not selected", method.full_name()))
            })
        };
        let slot = |field: &FieldDescriptor| paths.iter().position(|path| path.as_slice() == [field.clone()]);
        let is_mask = |path: &Vec<FieldDescriptor>| path.first() == method.read_mask.as_ref();
        Ok(Self {
            method: method.full_name().to_owned(),
            mask: paths.iter().position(is_mask),
            size: slot(&page.size).unwrap_or_default(),
            token: slot(&page.token).unwrap_or_default(),
            next: Key::new(page.next.number(), WireType::LengthDelimited),
            columns: places.iter().map(|&place| position(&page.columns[place])).collect::<Result<_, _>>()?,
            places,
            all: page.columns.len(),
        })
    }

    /// Reads the page a request asks for.
    ///
    /// # Errors
    /// A negative size, or a token that is not from this list.
    pub fn wanted(&self, values: &[Value]) -> Result<Wanted, Fault> {
        let size = match &values[self.size] {
            Value::Int(size) if *size < 0 => {
                return Err(Fault::field("page_size", "a page cannot have fewer than no rows"));
            }
            Value::Int(size) if *size > 0 => (*size).min(MAX_SIZE),
            _ => DEFAULT_SIZE,
        };
        let scope = self.scope(values);
        let mut after = vec![Value::Null; self.all];
        if let Value::Text(token) = &values[self.token]
            && !token.is_empty()
        {
            let last = Token::read(token, scope, self.columns.len()).ok_or_else(token_refused)?;
            for (place, value) in self.places.iter().zip(last) {
                after[*place] = value;
            }
        }
        Ok(Wanted { size: size as usize, after, scope })
    }

    /// The method and its filters, in one number: FNV-1a, because tokens outlive a process and its random keys.
    fn scope(&self, values: &[Value]) -> u64 {
        let is_other = |slot| slot == self.size || slot == self.token || Some(slot) == self.mask;
        let filters = values.iter().enumerate().filter(|(slot, _)| !is_other(*slot));
        let text = format!("{} {:?}", self.method, filters.collect::<Vec<_>>());
        text.bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }
}

/// What a client reads whose token is not ours.
pub(crate) fn token_refused() -> Fault {
    Fault {
        reason: Reason::PageTokenInvalid,
        ..Fault::field("page_token", "this token is not from this list with these filters")
    }
}

impl Wanted {
    /// The token of the page after the row with these values.
    ///
    /// # Errors
    /// REPLY_INVALID where it would be too long to be taken back.
    pub fn next_token(&self, last: &[Value]) -> Result<String, Fault> {
        let after = last.iter().map(Stored::from).collect();
        let token = URL_SAFE_NO_PAD.encode(Token { scope: self.scope, after }.encode_to_vec());
        match token.len() > LONGEST_TOKEN {
            true => Err(Fault::new(Reason::ReplyInvalid, "the columns that order the pages are too long")),
            false => Ok(token),
        }
    }
}

/// A token's content. Its numbers are fixed: tokens live longer than a release.
#[derive(Clone, PartialEq, Message)]
struct Token {
    #[prost(fixed64, tag = "1")]
    scope: u64,
    #[prost(message, repeated, tag = "2")]
    after: Vec<Stored>,
}

#[derive(Clone, PartialEq, Message)]
struct Stored {
    #[prost(oneof = "StoredValue", tags = "1, 2, 3, 4, 5, 6, 7, 8")]
    value: Option<StoredValue>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum StoredValue {
    #[prost(bool, tag = "1")]
    Bool(bool),
    #[prost(sint64, tag = "2")]
    Int(i64),
    #[prost(uint64, tag = "3")]
    Uint(u64),
    #[prost(double, tag = "4")]
    Float(f64),
    #[prost(string, tag = "5")]
    Text(String),
    #[prost(bytes, tag = "6")]
    Bytes(Vec<u8>),
    #[prost(string, tag = "7")]
    Instant(String),
    #[prost(message, tag = "8")]
    List(StoredList),
}

#[derive(Clone, PartialEq, Message)]
struct StoredList {
    #[prost(message, repeated, tag = "1")]
    items: Vec<Stored>,
}

impl Token {
    fn read(token: &str, scope: u64, columns: usize) -> Option<Vec<Value>> {
        if token.len() > LONGEST_TOKEN {
            return None;
        }
        let token = Self::decode(URL_SAFE_NO_PAD.decode(token).ok()?.as_slice()).ok()?;
        let fits = token.scope == scope && token.after.len() == columns;
        fits.then(|| token.after.into_iter().map(Stored::value).collect()).flatten()
    }
}

impl Stored {
    fn value(self) -> Option<Value> {
        Some(match self.value {
            None => Value::Null,
            Some(StoredValue::Bool(value)) => Value::Bool(value),
            Some(StoredValue::Int(value)) => Value::Int(value),
            Some(StoredValue::Uint(value)) => Value::Uint(value),
            Some(StoredValue::Float(value)) => Value::Float(value),
            Some(StoredValue::Text(value)) if value.contains('\0') => return None,
            Some(StoredValue::Text(value)) => Value::Text(value),
            Some(StoredValue::Bytes(value)) => Value::Bytes(value),
            Some(StoredValue::Instant(value)) => Value::Instant(value.parse().ok()?),
            Some(StoredValue::List(list)) => {
                Value::List(list.items.into_iter().map(Self::value).collect::<Option<_>>()?)
            }
        })
    }
}

impl From<&Value> for Stored {
    fn from(value: &Value) -> Self {
        let value = match value {
            Value::Null => None,
            Value::Bool(value) => Some(StoredValue::Bool(*value)),
            Value::Int(value) => Some(StoredValue::Int(*value)),
            Value::Uint(value) => Some(StoredValue::Uint(*value)),
            Value::Float(value) => Some(StoredValue::Float(*value)),
            Value::Text(value) => Some(StoredValue::Text(value.clone())),
            Value::Bytes(value) => Some(StoredValue::Bytes(value.clone())),
            Value::Instant(value) => Some(StoredValue::Instant(value.to_string())),
            // No column gives one of these: theirs are text.
            Value::Duration(_) | Value::Date(_) | Value::Time(_) | Value::Structured(_) => {
                value.to_text().map(StoredValue::Text)
            }
            Value::List(items) => {
                Some(StoredValue::List(StoredList { items: items.iter().map(Self::from).collect() }))
            }
        };
        Self { value }
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod walks;
