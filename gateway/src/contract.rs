//! What the gateway needs of a catalog: the descriptors that reflection shows, and a few facts of each method.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use meanwhile_catalog::Catalog;
use prost_reflect::DescriptorPool;

/// A catalog's contract, as the gateway sees it.
#[derive(Debug, Clone, Default)]
pub struct Contract {
    /// Every descriptor, our own options among them.
    pub pool: DescriptorPool,
    /// The methods that are served, by path: `/pkg.Service/Method`.
    pub methods: HashMap<String, MethodFacts>,
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
    /// The names of the services that are served, sorted.
    pub(crate) fn services(&self) -> BTreeSet<String> {
        let service = |path: &String| Some(path.strip_prefix('/')?.split_once('/')?.0.to_owned());
        self.methods.keys().filter_map(service).collect()
    }
}

impl From<&Catalog> for Contract {
    fn from(catalog: &Catalog) -> Self {
        let methods = catalog.methods.iter().map(|method| {
            let facts = MethodFacts { timeout: method.timeout, reads_only: method.reads_only };
            (method.path.clone(), facts)
        });
        Self { pool: catalog.contract.descriptors().clone(), methods: methods.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reflection::Descriptors;
    use std::path::Path;

    #[test]
    fn the_sample_is_served_and_shown_whole() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogs/cityscape");
        let catalog = Catalog::load(&root).unwrap();
        let contract = Contract::from(&catalog);
        assert_eq!(contract.services().into_iter().collect::<Vec<_>>(), ["cityscape.v1.Cities"]);
        assert_eq!(contract.methods.len(), catalog.methods.len());
        assert!(contract.methods["/cityscape.v1.Cities/GetCity"].reads_only);
        assert!(!contract.methods["/cityscape.v1.Cities/RecordVisit"].reads_only);
        let shown = Descriptors::new(&contract).unwrap();
        assert!(shown.file_of_symbol("cityscape.v1.Cities.GetOverview").is_some());
    }
}
