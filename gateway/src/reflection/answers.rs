//! What reflection answers, from the public descriptors alone. It knows nothing of streams and messages of its own.

use std::collections::{BTreeSet, HashSet, VecDeque};

use prost_reflect::{DescriptorPool, FileDescriptor};

use super::strip::{self, ContractError};

/// What reflection is asked about.
#[derive(Debug)]
pub(crate) struct Descriptors {
    pool: DescriptorPool,
    services: Vec<String>,
}

impl Descriptors {
    /// The contract's descriptors and those of the services that every gateway has.
    pub(crate) fn new(
        contract: &DescriptorPool,
        mut services: BTreeSet<String>,
    ) -> Result<Self, ContractError> {
        let mut pool = strip::public(contract)?;
        for own in [
            tonic_health::pb::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
        ] {
            services.extend(
                DescriptorPool::decode(own)?.services().map(|service| service.full_name().to_owned()),
            );
            let mut with_own = pool.clone();
            match with_own.decode_file_descriptor_set(own) {
                Ok(()) => pool = with_own,
                // The catalog brought its own copy of that contract.
                Err(error) => tracing::debug!(%error, "kept the catalog's own descriptors"),
            }
        }
        Ok(Self { pool, services: services.into_iter().collect() })
    }

    /// The services that are served, sorted.
    pub(crate) fn services(&self) -> &[String] {
        &self.services
    }

    pub(crate) fn file(&self, name: &str) -> Option<FileDescriptor> {
        self.pool.get_file_by_name(name)
    }

    /// The file that declares a message, enum, service, extension, or a field, oneof, value or method of one.
    pub(crate) fn file_of_symbol(&self, symbol: &str) -> Option<FileDescriptor> {
        // Some clients write a full name with the dot that protobuf's own type names begin with.
        let symbol = symbol.strip_prefix('.').unwrap_or(symbol);
        self.file_of_type(symbol).or_else(|| self.file_of_member(symbol))
    }

    pub(crate) fn file_of_extension(&self, message: &str, number: i32) -> Option<FileDescriptor> {
        let extended = self.pool.get_message_by_name(message)?;
        Some(extended.get_extension(number.try_into().ok()?)?.parent_file())
    }

    /// The numbers by which a message is extended, sorted; none where there is no such message.
    pub(crate) fn extension_numbers(&self, message: &str) -> Option<Vec<i32>> {
        let extended = self.pool.get_message_by_name(message)?;
        let numbers = extended.extensions().filter_map(|extension| extension.number().try_into().ok());
        let mut numbers: Vec<i32> = numbers.collect();
        numbers.sort_unstable();
        Some(numbers)
    }

    fn file_of_type(&self, name: &str) -> Option<FileDescriptor> {
        let pool = &self.pool;
        let message = || pool.get_message_by_name(name).map(|message| message.parent_file());
        let enumeration = || pool.get_enum_by_name(name).map(|enumeration| enumeration.parent_file());
        let service = || pool.get_service_by_name(name).map(|service| service.parent_file());
        let extension = || pool.get_extension_by_name(name).map(|extension| extension.parent_file());
        message().or_else(enumeration).or_else(service).or_else(extension)
    }

    fn file_of_member(&self, name: &str) -> Option<FileDescriptor> {
        let (parent, member) = name.rsplit_once('.')?;
        if let Some(message) = self.pool.get_message_by_name(parent) {
            let is_field = message.get_field_by_name(member).is_some();
            let is_oneof = message.oneofs().any(|oneof| oneof.name() == member);
            if is_field || is_oneof {
                return Some(message.parent_file());
            }
        }
        if let Some(service) = self.pool.get_service_by_name(parent) {
            let is_method = service.methods().any(|method| method.name() == member);
            return is_method.then(|| service.parent_file());
        }
        // An enum's values are its siblings (protobuf's scoping is C++'s); many write them as its children.
        let mut enums = self.pool.all_enums();
        let owner = enums.find(|owner| {
            let scope = owner.full_name().rsplit_once('.').map_or("", |(scope, _)| scope);
            (parent == scope || parent == owner.full_name()) && owner.get_value_by_name(member).is_some()
        });
        owner.map(|owner| owner.parent_file())
    }
}

/// The file, and every file it depends on that is not in `sent` yet; with those a client links it without asking again.
pub(crate) fn with_dependencies(file: FileDescriptor, sent: &mut HashSet<String>) -> Vec<Vec<u8>> {
    // The file itself is sent again if it is asked for again.
    sent.remove(file.name());
    let mut queue = VecDeque::from([file]);
    let mut encoded = Vec::new();
    while let Some(file) = queue.pop_front() {
        if sent.insert(file.name().to_owned()) {
            encoded.push(file.encode_to_vec());
            queue.extend(file.dependencies());
        }
    }
    encoded
}
