//! What the gateway needs of a catalog: the descriptors that reflection shows, and a few facts of each method.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use http::uri::PathAndQuery;
use meanwhile_catalog::Catalog;
use prost_reflect::DescriptorPool;

use crate::reflection::{ContractError, Descriptors};

/// A catalog's contract, as the gateway serves it. It has been looked through: a value of this type can be served.
#[derive(Debug)]
pub struct Contract {
    /// What reflection shows.
    pub(crate) descriptors: Arc<Descriptors>,
    /// The methods that are served.
    pub(crate) methods: Vec<(PathAndQuery, MethodFacts)>,
}

/// What forwarding a call depends on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MethodFacts {
    /// The longest a call may take, where the contract says so.
    pub timeout: Option<Duration>,
    /// True for `idempotency_level = NO_SIDE_EFFECTS`: a call that broke may be sent again by the client.
    pub reads_only: bool,
}

impl Contract {
    /// Of every descriptor, our own options among them, and the methods by path: `/pkg.Service/Method`.
    ///
    /// # Errors
    /// What cannot be shown by reflection, or called.
    pub fn new(
        pool: &DescriptorPool,
        methods: impl IntoIterator<Item = (String, MethodFacts)>,
    ) -> Result<Self, ContractError> {
        let method = |(path, facts): (String, MethodFacts)| match path.parse() {
            Ok(parsed) if path.starts_with('/') => Ok((parsed, facts)),
            _ => Err(ContractError::MethodPath(path)),
        };
        let methods: Vec<_> = methods.into_iter().map(method).collect::<Result<_, _>>()?;
        let descriptors = Arc::new(Descriptors::new(pool, services(&methods))?);
        Ok(Self { descriptors, methods })
    }

    /// The names of the services that are served.
    pub(crate) fn services(&self) -> BTreeSet<String> {
        services(&self.methods)
    }
}

fn services(methods: &[(PathAndQuery, MethodFacts)]) -> BTreeSet<String> {
    let service = |path: &str| Some(path.strip_prefix('/')?.split_once('/')?.0.to_owned());
    methods.iter().filter_map(|(path, _)| service(path.path())).collect()
}

impl TryFrom<&Catalog> for Contract {
    type Error = ContractError;

    fn try_from(catalog: &Catalog) -> Result<Self, ContractError> {
        let methods = catalog.methods.iter().map(|method| {
            let facts = MethodFacts { timeout: method.timeout, reads_only: method.reads_only };
            (method.path.clone(), facts)
        });
        Self::new(catalog.contract.descriptors(), methods)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_sample_is_served_and_shown_whole() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogs/cityscape");
        let catalog = Catalog::load(&root).unwrap();
        let contract = Contract::try_from(&catalog).unwrap();
        assert_eq!(contract.services().into_iter().collect::<Vec<_>>(), ["cityscape.v1.Cities"]);
        assert_eq!(contract.methods.len(), catalog.methods.len());
        let reads_only = |path: &str| {
            contract.methods.iter().find(|(known, _)| known == path).map(|(_, facts)| facts.reads_only)
        };
        assert_eq!(reads_only("/cityscape.v1.Cities/GetCity"), Some(true));
        assert_eq!(reads_only("/cityscape.v1.Cities/RecordVisit"), Some(false));
        assert!(contract.descriptors.file_of_symbol("cityscape.v1.Cities.GetOverview").is_some());
    }
}
