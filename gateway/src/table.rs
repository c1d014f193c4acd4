//! What the gateway serves right now: where each method's calls go, what reflection shows, and how healthy the data
//! service says that each service is. It is replaced as a whole, so that these are never of two minds.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use meanwhile_health::{Status, Statuses};

use crate::Contract;
use crate::forward::Method;
use crate::reflection::Descriptors;
use crate::upstream::Upstream;

/// Everything that is served.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    methods: Arc<HashMap<String, Arc<Method>>>,
    descriptors: Arc<Descriptors>,
    services: BTreeMap<String, Status>,
    is_draining: bool,
}

impl Table {
    /// The gateway itself is serving; what is behind it is not, as far as is known.
    pub(crate) fn new(contract: &Contract, upstream: &Upstream) -> Self {
        let method = |(path, facts): &(http::uri::PathAndQuery, crate::MethodFacts)| {
            let name = path.path().trim_start_matches('/').into();
            let method = Method { name, uri: upstream.uri(path.clone()), facts: *facts };
            (path.path().to_owned(), Arc::new(method))
        };
        let services = contract.services().into_iter().map(|service| (service, Status::NotServing));
        Self {
            methods: Arc::new(contract.methods.iter().map(method).collect()),
            descriptors: contract.descriptors.clone(),
            services: services.collect(),
            is_draining: false,
        }
    }

    /// The same for another contract: what is known of the services that stay is kept.
    pub(crate) fn with_contract(&self, contract: &Contract, upstream: &Upstream) -> Self {
        let mut next = Self { is_draining: self.is_draining, ..Self::new(contract, upstream) };
        for (service, status) in &mut next.services {
            if let Some(known) = self.services.get(service) {
                *status = *known;
            }
        }
        next
    }

    /// The same, with what the data service says of one service.
    pub(crate) fn with_status(&self, service: &str, status: Status) -> Self {
        let mut next = self.clone();
        next.services.entry(service.to_owned()).and_modify(|known| *known = status);
        next
    }

    /// The same, serving nothing that is new.
    pub(crate) fn draining(&self) -> Self {
        Self { is_draining: true, ..self.clone() }
    }

    pub(crate) fn method(&self, path: &str) -> Option<&Arc<Method>> {
        self.methods.get(path)
    }

    pub(crate) fn descriptors(&self) -> &Arc<Descriptors> {
        &self.descriptors
    }
}

/// Of the gateway itself and of services; a method's is asked for where it is wanted.
impl Statuses for Table {
    fn status(&self, name: &str) -> Option<Status> {
        let known = if name.is_empty() { Status::Serving } else { *self.services.get(name)? };
        Some(if self.is_draining { Status::NotServing } else { known })
    }
}
