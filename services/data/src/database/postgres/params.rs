//! Values become PostgreSQL's parameters, in binary where the value's type is the parameter's own. What has no binary
//! form here is sent as text and cast by the server, so that every type works and the server's own rules decide what
//! is valid.

mod array;
mod binary;
mod implied;
mod kind;
mod takes;
mod text;

use meanwhile_catalog::Origin;
use meanwhile_proto::errors::Reason;
use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo, Postgres};
use sqlx::{Arguments as _, Type};

use crate::fault::Fault;
use crate::page;
use crate::value::Value;
pub(super) use implied::{implied, implied_name};
pub(super) use kind::ParamKind;

/// How one parameter is sent.
#[derive(Debug, Clone)]
pub(super) struct PgParam {
    /// What the server is told of its type.
    pub oid: Oid,
    pub kind: ParamKind,
    /// True where the statement casts it from text, or from a list of texts.
    pub as_text: bool,
    /// The type that the statement casts it to, where it does.
    pub cast: Option<String>,
    /// As its author wrote it, for messages.
    pub name: String,
    /// Whose value it is.
    pub source: ValueSource,
}

/// Where a value comes from, and so who can mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueSource {
    /// A field of the request.
    Field,
    /// A page token, which anybody can make up.
    PageToken,
    /// Another part, or Meanwhile itself.
    Own,
}

impl From<&Origin> for ValueSource {
    fn from(origin: &Origin) -> Self {
        match origin {
            Origin::Field(_) => Self::Field,
            Origin::After(_) => Self::PageToken,
            Origin::Mask(_) | Origin::Column { .. } | Origin::Limit | Origin::Unknown => Self::Own,
        }
    }
}

/// Every value in its parameter's form.
pub(super) fn arguments(params: &[PgParam], values: &[Value]) -> Result<PgArguments, Fault> {
    let mut arguments = PgArguments::default();
    arguments.reserve(params.len(), params.len() * 8);
    for (param, value) in params.iter().zip(values) {
        arguments.add(Argument { param, value }).map_err(|error| refused(param, error.as_ref()))?;
    }
    Ok(arguments)
}

/// Whether every value fits its parameter; they are sent with other calls' values.
pub(super) fn fit(params: &[PgParam], values: &[Value]) -> Result<(), Fault> {
    let mut scratch = Vec::with_capacity(64);
    params.iter().zip(values).try_for_each(|(param, value)| {
        scratch.clear();
        let written = Argument { param, value }.write(&mut scratch);
        written.map(drop).map_err(|error| refused(param, error.as_ref()))
    })
}

/// The values of several calls, as an array for each parameter.
pub(super) fn of_several(params: &[PgParam], calls: &[&[Value]]) -> Result<PgArguments, Fault> {
    let mut arguments = PgArguments::default();
    arguments.reserve(params.len(), params.len() * (20 + 12 * calls.len()));
    for (index, param) in params.iter().enumerate() {
        let column = Column { param, calls, index };
        arguments.add(column).map_err(|error| refused(param, error.as_ref()))?;
    }
    Ok(arguments)
}

fn refused(param: &PgParam, error: &(dyn std::error::Error + Send + Sync)) -> Fault {
    match param.source {
        ValueSource::Field => {
            Fault { reason: Reason::ValueRejected, ..Fault::field(&param.name, error.to_string()) }
        }
        ValueSource::PageToken => page::token_refused().detail(error),
        ValueSource::Own => {
            Fault::new(Reason::Internal, format!("the value of :{} cannot be used", param.name)).detail(error)
        }
    }
}

struct Argument<'a> {
    param: &'a PgParam,
    value: &'a Value,
}

impl Type<Postgres> for Argument<'_> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl<'q> Encode<'q, Postgres> for Argument<'_> {
    fn produces(&self) -> Option<PgTypeInfo> {
        Some(PgTypeInfo::with_oid(self.param.oid))
    }

    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        self.write(buffer)
    }
}

impl Argument<'_> {
    fn write(&self, buffer: &mut Vec<u8>) -> Result<IsNull, BoxDynError> {
        let PgParam { kind, as_text, .. } = self.param;
        match (kind, self.value) {
            (_, Value::Null) => return Ok(IsNull::Yes),
            (ParamKind::Array(item, _), Value::List(items)) if *as_text => {
                array::write(items.iter(), kind::TEXT, buffer, |value, out| {
                    out.extend(text::of(item, value)?.as_bytes());
                    Ok(())
                })?;
            }
            (ParamKind::Array(item, oid), Value::List(items)) => {
                array::write(items.iter(), *oid, buffer, |value, out| binary::write(item, value, out))?;
            }
            (kind, value) if *as_text => buffer.extend(text::of(kind, value)?.as_bytes()),
            (kind, value) => binary::write(kind, value, buffer)?,
        }
        Ok(IsNull::No)
    }
}

/// One parameter's values in several calls.
struct Column<'a> {
    param: &'a PgParam,
    calls: &'a [&'a [Value]],
    index: usize,
}

impl Type<Postgres> for Column<'_> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl<'q> Encode<'q, Postgres> for Column<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let PgParam { kind, as_text, oid, .. } = self.param;
        let values = self.calls.iter().map(|call| call.get(self.index).unwrap_or(&Value::Null));
        match *as_text {
            true => array::write(values, kind::TEXT, buffer, |value, out| {
                out.extend(text::of(kind, value)?.as_bytes());
                Ok(())
            })?,
            false => array::write(values, *oid, buffer, |value, out| binary::write(kind, value, out))?,
        }
        Ok(IsNull::No)
    }
}
