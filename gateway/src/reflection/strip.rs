//! Takes our own options out of a contract: what `meanwhile.v1` says is between a catalog's author and Meanwhile.
//! Everything else stays as it was written, google.api's options and the comments among it.

use std::collections::BTreeSet;

use meanwhile_proto::imports::{OPTIONS_FILE, OPTIONS_PACKAGE};
use prost::Message;
use prost_reflect::{
    DescriptorError, DescriptorPool, DynamicMessage, ExtensionDescriptor, FileDescriptor, MessageDescriptor,
    Value,
};

/// Why a contract cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ContractError {
    /// It is of no use without what reflection leaves out, such as a field of one of our own types.
    #[error("the contract cannot be shown without the options of meanwhile.v1: {0}")]
    Options(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A method's name does not make a URL.
    #[error("not a method's path: {0}")]
    MethodPath(String),
}

impl From<DescriptorError> for ContractError {
    fn from(error: DescriptorError) -> Self {
        Self::Options(error.into())
    }
}

impl From<prost::DecodeError> for ContractError {
    fn from(error: prost::DecodeError) -> Self {
        Self::Options(error.into())
    }
}

/// The contract without our options. That it still links shows that nothing needed was taken.
pub(crate) fn public(contract: &DescriptorPool) -> Result<DescriptorPool, ContractError> {
    let Some(schema) = contract.get_message_by_name("google.protobuf.FileDescriptorProto") else {
        // Without descriptor.proto there is nothing that could extend it: no custom option of anybody's.
        return Ok(contract.clone());
    };
    let ours: BTreeSet<i32> =
        contract.all_extensions().filter(is_ours).filter_map(|ours| ours.number().try_into().ok()).collect();
    let mut public = DescriptorPool::new();
    let files = contract.files().filter(|file| file.name() != OPTIONS_FILE);
    for file in files {
        public.decode_file_descriptor_proto(stripped(&file, &schema, &ours)?.as_slice())?;
    }
    Ok(public)
}

fn is_ours(extension: &ExtensionDescriptor) -> bool {
    extension.full_name().strip_prefix(OPTIONS_PACKAGE).is_some_and(|rest| rest.starts_with('.'))
}

fn stripped(
    file: &FileDescriptor,
    schema: &MessageDescriptor,
    ours: &BTreeSet<i32>,
) -> Result<Vec<u8>, ContractError> {
    let mut message = DynamicMessage::decode(schema.clone(), file.encode_to_vec().as_slice())?;
    clear_options(&mut message);
    remove_import(&mut message);
    remove_locations(&mut message, ours);
    Ok(message.encode_to_vec())
}

/// Options stand on files, messages, fields, oneofs, enums, values, services and methods, at any depth.
fn clear_options(message: &mut DynamicMessage) {
    let ours: Vec<_> = message.extensions().map(|(option, _)| option).filter(is_ours).collect();
    ours.iter().for_each(|option| message.clear_extension(option));
    for (_, value) in message.fields_mut() {
        match value {
            Value::Message(message) => clear_options(message),
            Value::List(values) => {
                values.iter_mut().filter_map(Value::as_message_mut).for_each(clear_options)
            }
            _ => {}
        }
    }
}

/// Public and weak imports are named by their place among all imports, so those behind ours move up.
fn remove_import(file: &mut DynamicMessage) {
    let Some(imports) = file.get_field_by_name_mut("dependency").and_then(Value::as_list_mut) else { return };
    let Some(at) = imports.iter().position(|name| name.as_str() == Some(OPTIONS_FILE)) else { return };
    imports.remove(at);
    for places in ["public_dependency", "weak_dependency"] {
        let Some(places) = file.get_field_by_name_mut(places).and_then(Value::as_list_mut) else { continue };
        places.retain(|place| place.as_i32() != i32::try_from(at).ok());
        for place in places.iter_mut().filter_map(Value::as_i32_mut) {
            *place -= i32::from(usize::try_from(*place).is_ok_and(|place| place > at));
        }
    }
}

/// Where our options stood, and the comments on them. A location's path is made of field numbers and places in lists;
/// ours are too high to be a place. Those of imports go too: their places have changed, and they say little.
fn remove_locations(file: &mut DynamicMessage, ours: &BTreeSet<i32>) {
    const IMPORTS: [i32; 3] = [3, 10, 11];
    let Some(info) = file.get_field_by_name_mut("source_code_info").and_then(Value::as_message_mut) else {
        return;
    };
    let Some(locations) = info.get_field_by_name_mut("location").and_then(Value::as_list_mut) else { return };
    locations.retain(|location| {
        let path = location.as_message().and_then(|location| location.get_field_by_name("path"));
        let path: Vec<i32> = path
            .iter()
            .flat_map(|path| path.as_list().unwrap_or_default())
            .filter_map(Value::as_i32)
            .collect();
        let of_import = path.first().is_some_and(|first| IMPORTS.contains(first));
        !of_import && !path.iter().any(|step| ours.contains(step))
    });
}
