//! Volatile functions in methods that promise to read only: each call is meant to have a value of its own, and calls that
//! are shared or batched would have one for all.

use std::collections::BTreeSet;

use meanwhile_catalog::{Dialect, Finding, Method, Statement};

use crate::batching::is_volatile;
use crate::database::Facts;
use crate::parsed::{Call, Parsed};

/// Each volatile function once, where it is first called.
pub(super) fn findings(
    method: &Method,
    statement: &Statement,
    parsed: &Parsed,
    facts: &Facts,
) -> Vec<Finding> {
    if !method.reads_only {
        return Vec::new();
    }
    let mut told = BTreeSet::new();
    let calls = parsed.calls().filter(|call| is_volatile(call, parsed.dialect, facts));
    let calls = calls.filter(|call| told.insert(call.name.clone()));
    calls.map(|call| finding(method, statement, parsed, &call, facts)).collect()
}

fn finding(method: &Method, statement: &Statement, parsed: &Parsed, call: &Call, facts: &Facts) -> Finding {
    let name = &call.name;
    let message = format!(
        "{name}() is volatile, so that {} will not batch, and calls that are shared have one value",
        method.descriptor.name()
    );
    let own = facts.functions.get(name).is_some_and(|all| all.iter().all(|function| !function.is_built_in));
    let mend = match own && parsed.dialect == Dialect::Postgres {
        true => format!("if it only reads, declare it so: ALTER FUNCTION {name} STABLE"),
        false if name == "clock_timestamp" || name == "timeofday" => "use now()".to_owned(),
        false => "if each call needs a value of its own, take idempotency_level off the method".to_owned(),
    };
    Finding::warning(&statement.file, message, mend).at(parsed.place(statement, call))
}
