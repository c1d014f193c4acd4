//! Every kind of call, as grpcurl users make it.

mod calls;
mod contract;
mod metadata;
mod pages;

use anyhow::Result;
use meanwhile_testbed::grpcurl::Grpcurl;
use serde_json::Value;

use crate::stack::{Database, Stack};

/// The sample served over each database there is, and a grpcurl; nothing where grpcurl is missing.
fn served() -> Result<Vec<(Stack, Grpcurl)>> {
    let Some(grpcurl) = Grpcurl::find() else { return Ok(Vec::new()) };
    let start = |database| Ok((Stack::over(database).start()?, grpcurl.clone()));
    Database::both()?.into_iter().map(start).collect()
}

/// The one reply of a unary call of the sample.
fn call(stack: &Stack, grpcurl: &Grpcurl, method: &str, json: &Value) -> Result<Value> {
    let method = format!("cityscape.v1.Cities/{method}");
    grpcurl.call(stack.gateway(), &[], &method, &json.to_string())?.message()
}
