//! Binding: a catalog's plan meets a database. Each statement is prepared, each column finds its field, each
//! parameter its source. What does not fit is a finding at its line, and that method alone is refused.

mod children;
mod part;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use meanwhile_catalog::{Catalog, Finding, Method, Origin, Param, RequestId, Source};
use meanwhile_proto::errors::Reason;
use prost_reflect::FieldDescriptor;

use crate::batching;
use crate::database::{Database, Facts};
use crate::fault::Fault;
use crate::mask::Masking;
use crate::once::Once;
use crate::page::Paging;
use crate::request::{Layout, Update};
use crate::value::Value;
pub use part::{Argument, BoundPart, BoundSource};

/// A method that can be called.
#[derive(Debug)]
pub struct BoundMethod {
    /// `pkg.Service/Method`.
    pub name: String,
    /// How its requests are read.
    pub layout: Layout,
    /// How its list is paged, where it is.
    pub paging: Option<Paging>,
    /// How its reply is cut down to what a client wants, where a client may say that.
    pub masking: Option<Masking>,
    /// How each of its calls is executed once, where a client may ask for that.
    pub once: Option<Once>,
    /// True unless it promises to read only: then all of it is one transaction.
    pub writes: bool,
    /// The orders that a client may choose, where there are several.
    pub orders: Option<BoundOrders>,
    /// What answers it, in order of the reply's field numbers.
    pub parts: Vec<BoundPart>,
}

/// A method's sort orders.
#[derive(Debug)]
pub struct BoundOrders {
    /// Where the request's values have the choice.
    slot: usize,
    /// The request's field.
    field: String,
    /// The method in each order, by the enum's number. Their requests are read as the method's own.
    pub list: Vec<(i64, BoundMethod)>,
}

impl BoundMethod {
    /// The method in the order that these values of a request ask for.
    ///
    /// # Errors
    /// FIELD_INVALID for a number that is no order's.
    pub fn in_order(&self, values: &[Value]) -> Result<&Self, Fault> {
        let Some(orders) = &self.orders else { return Ok(self) };
        match &values[orders.slot] {
            Value::Int(number) if *number != 0 => {
                let found = orders.list.iter().find(|(known, _)| known == number).map(|(_, method)| method);
                found.ok_or_else(|| Fault::field(&orders.field, "there is no order of this number"))
            }
            _ => Ok(self),
        }
    }
}

/// How many methods are bound at the same time, each over a connection of its own.
pub const AT_ONCE: usize = 4;

/// How long the database may take to prepare one method's statements.
const PATIENCE: Duration = Duration::from_secs(30);

/// What became of one method.
pub type Binding = Result<Arc<BoundMethod>, Vec<Finding>>;

/// Every method by its path, `/pkg.Service/Method`.
pub type Bindings = HashMap<String, Binding>;

/// Binds every method of the catalog.
///
/// # Errors
/// The database could not be asked.
pub async fn bind(catalog: &Catalog, database: &Database) -> Result<Bindings, Fault> {
    let facts = &facts_for_batches(database).await?;
    let binding = async |method: &Method| {
        let binding = bind_with(method, database, facts.as_ref()).await?;
        Ok((method.path.clone(), binding.map(Arc::new)))
    };
    stream::iter(&catalog.methods).map(binding).buffer_unordered(AT_ONCE).try_collect().await
}

/// Binds one method, or gives all that is wrong with it.
///
/// # Errors
/// The database could not be asked, or did not answer in time: a statement waits for whoever changes its tables.
pub async fn bind_one(
    method: &Method,
    database: &Database,
) -> Result<Result<BoundMethod, Vec<Finding>>, Fault> {
    let facts = facts_for_batches(database).await?;
    bind_with(method, database, facts.as_ref()).await
}

async fn bind_with(
    method: &Method,
    database: &Database,
    facts: Option<&Facts>,
) -> Result<Result<BoundMethod, Vec<Finding>>, Fault> {
    let look = in_time(look(method, database), || {
        format!("the database did not prepare {} in time", method.full_name())
    });
    let mut bound = look.await?.whole(method, database);
    if let (Ok(bound), Some(facts)) = (&mut bound, facts) {
        batching::arm(method, bound, database.dialect(), facts);
    }
    Ok(bound)
}

/// What has to be known before calls may go together; none where they never do.
async fn facts_for_batches(database: &Database) -> Result<Option<Facts>, Fault> {
    if !database.batches() {
        return Ok(None);
    }
    let late = || "the database did not say what its functions do in time".to_owned();
    in_time(database.facts(), late).await.map(Some)
}

async fn in_time<T>(
    asked: impl Future<Output = Result<T, Fault>>,
    late: impl FnOnce() -> String,
) -> Result<T, Fault> {
    let answer = tokio::time::timeout(PATIENCE, asked).await;
    answer.unwrap_or_else(|_| Err(Fault::new(Reason::DatabaseUnreachable, late())))
}

/// What a database says of each part of one method.
pub struct Look {
    /// The parts that it accepted, those with findings among them.
    pub parts: Vec<Option<BoundPart>>,
    once: Option<Once>,
    /// The same in each of the method's sort orders.
    pub orders: Vec<Look>,
    inputs: Arc<Inputs>,
    findings: Vec<Finding>,
}

/// Has the database look at each part of a method.
///
/// # Errors
/// The database could not be asked.
pub async fn look(method: &Method, database: &Database) -> Result<Look, Fault> {
    let inputs = Arc::new(Inputs::of(method, database));
    let mut looked = look_in_order(method, &inputs, database).await?;
    looked.once = once(method, &inputs, database, &mut looked.findings).await?;
    for order in method.orders.iter().flat_map(|orders| &orders.list) {
        looked.orders.push(look_in_order(&method.in_order(order), &inputs, database).await?);
    }
    Ok(looked)
}

async fn look_in_order(method: &Method, inputs: &Arc<Inputs>, database: &Database) -> Result<Look, Fault> {
    let (mut parts, mut findings) = (Vec::new(), Vec::new());
    for index in 0..method.parts.len() {
        let (part, found) = part::bind(method, index, database, inputs).await?;
        parts.push(part);
        findings.extend(found);
    }
    Ok(Look { parts, once: None, orders: Vec::new(), inputs: inputs.clone(), findings })
}

/// How a method's calls are executed once, where a client may ask for that.
async fn once(
    method: &Method,
    inputs: &Inputs,
    database: &Database,
    findings: &mut Vec<Finding>,
) -> Result<Option<Once>, Fault> {
    let slot = |id: &RequestId| inputs.slot(std::slice::from_ref(&id.field));
    let Some((id, slot)) = method.request_id.as_ref().and_then(|id| Some((id, slot(id)?))) else {
        return Ok(None);
    };
    let once = Once::bind(method, id, slot, database).await?;
    Ok(once.map_err(|finding| findings.push(finding)).ok())
}

impl Look {
    /// The method, where all of it fits.
    ///
    /// # Errors
    /// Everything that does not.
    pub fn whole(mut self, method: &Method, database: &Database) -> Result<BoundMethod, Vec<Finding>> {
        let looks = std::mem::take(&mut self.orders);
        let inputs = self.inputs.clone();
        let bound = self.in_one_order(method, database);
        let Some(orders) = &method.orders else { return bound };
        let (mut list, mut findings) = (Vec::new(), Vec::new());
        for (order, look) in orders.list.iter().zip(looks) {
            match look.in_one_order(&method.in_order(order), database) {
                Ok(method) => list.push((order.number.into(), method)),
                Err(more) => findings.extend(more),
            }
        }
        match bound {
            Ok(bound) if list.len() == orders.list.len() => {
                let slot = inputs.slot(std::slice::from_ref(&orders.field)).unwrap_or_default();
                let orders = BoundOrders { slot, field: orders.field.name().to_owned(), list };
                Ok(BoundMethod { orders: Some(orders), ..bound })
            }
            Ok(_) => Err(findings),
            Err(mut told) => {
                // The orders share the files that need none.
                findings.retain(|found| !told.iter().any(|known| known.to_string() == found.to_string()));
                told.append(&mut findings);
                Err(told)
            }
        }
    }

    fn in_one_order(self, method: &Method, database: &Database) -> Result<BoundMethod, Vec<Finding>> {
        let Self { parts, once, inputs, mut findings, .. } = self;
        let of_method = |finding: Finding| finding.of(method.full_name());
        findings.extend(children::lists(method, &parts, database));
        let parts: Option<Vec<BoundPart>> = parts.into_iter().collect();
        // What could not be read has no findings here: they were told with the file.
        let Some(mut parts) = parts.filter(|_| findings.is_empty()) else {
            return Err(findings.into_iter().map(of_method).collect());
        };
        children::match_keys(&mut parts);
        let paging = method.page.as_ref().map(|page| Paging::new(method, page, &inputs.paths, &parts));
        Ok(BoundMethod {
            name: method.full_name().to_owned(),
            layout: inputs.layout(method),
            once,
            writes: !method.reads_only,
            masking: method
                .read_mask
                .as_ref()
                .and_then(|mask| Some(Masking::new(method, inputs.slot(&mask_paths(mask)?)?))),
            paging: paging.transpose().map_err(|finding| vec![of_method(finding)])?,
            orders: None,
            parts,
        })
    }
}

/// The request fields that a method's parameters need; a field's slot is its index.
pub(crate) struct Inputs {
    paths: Vec<Vec<FieldDescriptor>>,
    /// The fields of which it is asked whether they are to be updated; their slots are behind the others.
    asked: Vec<Vec<FieldDescriptor>>,
}

impl Inputs {
    fn of(method: &Method, database: &Database) -> Self {
        let mut paths: Vec<Vec<FieldDescriptor>> = Vec::new();
        let orders = method.orders.iter().flat_map(|orders| &orders.list);
        let ordered = orders.flat_map(|order| &order.parts);
        let all: Vec<&Param> =
            method.parts.iter().chain(ordered).flat_map(|part| params(&part.source, database)).collect();
        let fields = all.iter().copied().filter_map(field);
        let order = method.orders.as_ref().map(|orders| vec![orders.field.clone()]);
        let paging = method.page.iter().flat_map(|page| [vec![page.size.clone()], vec![page.token.clone()]]);
        let masks = [method.read_mask.as_ref(), method.update_mask.as_ref().map(|mask| &mask.field)];
        let masks = masks.into_iter().flatten().filter_map(mask_paths);
        let id = method.request_id.as_ref().map(|id| vec![id.field.clone()]);
        for path in fields.chain(paging).chain(masks).chain(method.etag.clone()).chain(order).chain(id) {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        let mut asked: Vec<Vec<FieldDescriptor>> = Vec::new();
        for param in all {
            match &param.origin {
                Origin::Mask(path) if !asked.contains(path) => asked.push(path.clone()),
                _ => {}
            }
        }
        Self { paths, asked }
    }

    pub(crate) fn masked_slot(&self, path: &[FieldDescriptor]) -> Option<usize> {
        self.asked.iter().position(|known| known == path).map(|index| self.paths.len() + index)
    }

    /// How the request is read. A method that only reads updates nothing, and looks at a mask only where it asks.
    fn layout(&self, method: &Method) -> Layout {
        let mask = method.update_mask.as_ref().filter(|_| !method.reads_only || !self.asked.is_empty());
        let slot = mask.and_then(|mask| self.slot(&mask_paths(&mask.field)?));
        let update = mask.zip(slot).map(|(mask, slot)| Update { mask, slot, asked: &self.asked });
        Layout::new(&method.descriptor.input(), &self.paths, update)
    }

    pub(crate) fn slot(&self, path: &[FieldDescriptor]) -> Option<usize> {
        self.paths.iter().position(|known| known == path)
    }
}

/// The way to the paths of a mask of the request.
fn mask_paths(mask: &FieldDescriptor) -> Option<Vec<FieldDescriptor>> {
    let paths = mask.kind().as_message()?.get_field_by_name("paths")?;
    Some(vec![mask.clone(), paths])
}

fn params<'a>(source: &'a Source, database: &Database) -> &'a [Param] {
    match source {
        Source::Sql(sql) => sql.statement(database.dialect()).map_or(&[], |statement| &statement.params),
        Source::Http(call) => &call.params,
    }
}

fn field(param: &Param) -> Option<Vec<FieldDescriptor>> {
    match &param.origin {
        Origin::Field(path) => Some(path.clone()),
        _ => None,
    }
}

/// The columns of part `index` that other parts use.
fn exports(method: &Method, index: usize, database: &Database) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for param in method.parts.iter().flat_map(|part| params(&part.source, database)) {
        if let Origin::Column { part, column } = &param.origin
            && *part == index
            && !columns.contains(column)
        {
            columns.push(column.clone());
        }
    }
    columns
}

#[cfg(test)]
mod tests;
