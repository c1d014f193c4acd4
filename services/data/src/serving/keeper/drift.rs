//! Methods that do not fit the database, at start or since: told once, and looked at again, so that a migration or a
//! database that comes back mends them without a restart.

use std::collections::HashMap;
use std::sync::Arc;

use meanwhile_catalog::{Finding, Method};
use meanwhile_proto::errors::Reason;
use tokio::time::Instant;

use super::{Keeper, Trouble};
use crate::bind::{Binding, Bindings, bind_one};
use crate::fault::Fault;
use crate::serving::Served;

/// When methods were looked at.
#[derive(Debug, Default)]
pub(super) struct Examined {
    /// All that are refused.
    refused: Option<Instant>,
    /// Single ones, by path.
    suspects: HashMap<String, Instant>,
}

impl Examined {
    /// Every method was bound.
    pub fn just_now() -> Self {
        Self { refused: Some(Instant::now()), suspects: HashMap::new() }
    }
}

impl Keeper {
    /// A call of this method failed as it would if the database had changed. Only preparing its statements again tells:
    /// what a function in them does with its arguments is the call's affair, and no reason to refuse the next one.
    pub(super) async fn examine(&mut self, path: &str, fault: &Fault) {
        let now = Instant::now();
        let before = self.examined.suspects.get(path);
        if before.is_some_and(|before| now.duration_since(*before) < self.pace.refused) {
            return;
        }
        let catalog = self.catalog.clone();
        let method = catalog.methods.iter().find(|method| method.path == path);
        let Some(method) = method.filter(|_| self.refusal(path).is_none()) else { return };
        self.examined.suspects.insert(path.to_owned(), now);
        // Where the database cannot be asked, the next look tells that.
        let Ok(bound) = bind_one(method, &self.engine.database).await else { return };
        let binding = bound.map(Arc::new);
        match &binding {
            Err(findings) => log_refusal(method.full_name(), findings),
            Ok(_) if fault.reason == Reason::MethodBroken => {
                let method = method.full_name();
                tracing::warn!(method, %fault, "a call missed something in the database, though its statement fits");
            }
            Ok(_) => {}
        }
        self.put([(method, binding)]);
    }

    /// Looks at every refused method again, once in a while.
    pub(super) async fn look_at_refused(&mut self) -> Result<(), Trouble> {
        let now = Instant::now();
        if self.examined.refused.is_some_and(|before| now.duration_since(before) < self.pace.refused) {
            return Ok(());
        }
        self.examined.refused = Some(now);
        let catalog = self.catalog.clone();
        let mut news = Vec::new();
        for method in &catalog.methods {
            let Some(known) = self.refusal(&method.path) else { continue };
            let bound = bind_one(method, &self.engine.database).await.map_err(Trouble::Away)?;
            let binding = bound.map(Arc::new);
            match &binding {
                Ok(_) => {
                    let method = method.full_name();
                    tracing::info!(method, "the method fits the database now, and is served");
                }
                Err(findings) if told(findings) == known => continue,
                Err(findings) => log_refusal(method.full_name(), findings),
            }
            news.push((method, binding));
        }
        self.put(news);
        Ok(())
    }

    /// Why the method is refused, where it is.
    fn refusal(&self, path: &str) -> Option<Vec<String>> {
        let table = self.table.load();
        table.methods.get(path).and_then(|served| served.refusal()).map(told)
    }

    fn put<'a>(&self, news: impl IntoIterator<Item = (&'a Method, Binding)>) {
        let served = |(method, binding): (&'a Method, Binding)| {
            (method.path.clone(), Arc::new(Served::new(method, &self.engine, Some(binding))))
        };
        let news: Vec<_> = news.into_iter().map(served).collect();
        if !news.is_empty() {
            self.table.update(|table| table.with(news));
        }
    }
}

fn told(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(Finding::to_string).collect()
}

fn log_refusal(method: &str, findings: &[Finding]) {
    for finding in findings {
        tracing::error!(method, %finding, mend = finding.mend, "the method is refused");
    }
}

/// Logs what does not fit, in order of the methods' names, and gives it.
pub(super) fn log_refusals(bindings: &Bindings) -> Vec<Finding> {
    let refused = bindings.iter().filter_map(|(path, binding)| Some((path, binding.as_ref().err()?)));
    let mut refused: Vec<_> = refused.collect();
    refused.sort_by_key(|(path, _)| *path);
    refused.iter().for_each(|(path, findings)| log_refusal(&path[1..], findings));
    refused.into_iter().flat_map(|(_, findings)| findings.iter().cloned()).collect()
}
