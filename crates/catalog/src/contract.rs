//! The contract: the catalog's `.proto` files compiled in memory, and what their options say.
//! Nothing here knows SQL.

mod compile;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use meanwhile_proto::imports;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, FileDescriptor, MessageDescriptor, MethodDescriptor,
    Value,
};

use crate::{Finding, Place};

/// Compiled `.proto` files with the text they came from.
#[derive(Debug, Clone)]
pub struct Contract {
    pool: DescriptorPool,
    sources: HashMap<String, Arc<str>>,
    /// False where a file did not compile: what it declares is not known.
    is_whole: bool,
}

/// What the option `meanwhile.v1.part` says of a reply field.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct PartOptions {
    pub optional: bool,
    pub timeout: Option<Duration>,
}

impl Contract {
    /// Every descriptor: the catalog's own and what they import, our options among them.
    pub fn descriptors(&self) -> &DescriptorPool {
        &self.pool
    }

    /// False where a `.proto` file did not compile, so that there may be more services than are known.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The methods of the catalog's own files.
    pub(crate) fn methods(&self) -> impl Iterator<Item = MethodDescriptor> + '_ {
        let own = |file: &FileDescriptor| self.sources.contains_key(file.name());
        let services = self.pool.services().filter(move |service| own(&service.parent_file()));
        services.flat_map(|service| service.methods().collect::<Vec<_>>())
    }

    /// A fault of what stands at `path` of a file (the path as in `SourceCodeInfo`).
    pub(crate) fn finding(
        &self,
        file: &FileDescriptor,
        path: &[i32],
        message: impl Into<String>,
        mend: impl Into<String>,
    ) -> Finding {
        let finding = Finding::error(Path::new("proto").join(file.name()), message, mend);
        match self.place(file, path) {
            Some(place) => finding.at(place),
            None => finding,
        }
    }

    fn place(&self, file: &FileDescriptor, path: &[i32]) -> Option<Place> {
        let source = self.sources.get(file.name())?;
        let info = file.file_descriptor_proto().source_code_info.as_ref()?;
        let location = info.location.iter().find(|location| location.path == path)?;
        let (line, column) = (*location.span.first()? as usize, *location.span.get(1)? as usize);
        let line_start: usize = source.split_inclusive('\n').take(line).map(str::len).sum();
        let start = line_start + column;
        let end = source[line_start..].find('\n').map_or(source.len(), |newline| line_start + newline);
        Some(Place::new(source, start..end))
    }

    pub(crate) fn timeout(&self, method: &MethodDescriptor) -> Option<Duration> {
        self.method_option(method, "timeout").as_ref().and_then(duration)
    }

    pub(crate) fn page_by(&self, method: &MethodDescriptor) -> Vec<String> {
        let columns = self.method_option(method, "page_by");
        let columns = columns.as_ref().and_then(Value::as_list).unwrap_or_default();
        columns.iter().filter_map(|column| column.as_str().map(str::to_owned)).collect()
    }

    pub(crate) fn part_options(&self, field: &FieldDescriptor) -> PartOptions {
        let Some(extension) = self.pool.get_extension_by_name(&own_option("part")) else {
            return PartOptions::default();
        };
        let options = field.options();
        match options.get_extension(&extension).as_message() {
            Some(part) => PartOptions {
                optional: part
                    .get_field_by_name("optional")
                    .and_then(|value| value.as_bool())
                    .unwrap_or(false),
                timeout: part
                    .has_field_by_name("timeout")
                    .then(|| part.get_field_by_name("timeout"))
                    .flatten()
                    .as_deref()
                    .and_then(duration),
            },
            None => PartOptions::default(),
        }
    }

    /// The column by which a repeated field's rows go to their parents.
    pub(crate) fn key(&self, field: &FieldDescriptor) -> Option<String> {
        let extension = self.pool.get_extension_by_name(&own_option("key"))?;
        let options = field.options();
        let key = options.get_extension(&extension).as_str().unwrap_or_default().to_owned();
        (!key.is_empty()).then_some(key)
    }

    /// The fields of the catalog's own messages, nested ones too.
    pub(crate) fn fields(&self) -> impl Iterator<Item = FieldDescriptor> + '_ {
        let own = |message: &MessageDescriptor| self.sources.contains_key(message.parent_file().name());
        self.pool.all_messages().filter(own).flat_map(|message| message.fields().collect::<Vec<_>>())
    }

    fn method_option(&self, method: &MethodDescriptor, name: &str) -> Option<Value> {
        let extension = self.pool.get_extension_by_name(&own_option(name))?;
        let options = method.options();
        options.has_extension(&extension).then(|| options.get_extension(&extension).into_owned())
    }
}

/// True for `idempotency_level = NO_SIDE_EFFECTS`, the one switch that allows sharing, batching and retrying.
pub(crate) fn reads_only(method: &MethodDescriptor) -> bool {
    let options: DynamicMessage = method.options();
    options.get_field_by_name("idempotency_level").and_then(|level| level.as_enum_number()) == Some(1)
}

/// True for `google.api.field_behavior = REQUIRED` (AIP-203).
pub fn is_required(field: &FieldDescriptor) -> bool {
    has_behavior(field, 2)
}

/// True for `google.api.field_behavior = OUTPUT_ONLY` (AIP-203).
pub fn is_output_only(field: &FieldDescriptor) -> bool {
    has_behavior(field, 3)
}

fn has_behavior(field: &FieldDescriptor, behavior: i32) -> bool {
    let pool = field.parent_message().parent_pool().clone();
    let Some(extension) = pool.get_extension_by_name("google.api.field_behavior") else { return false };
    let options = field.options();
    let behaviors = options.get_extension(&extension);
    behaviors.as_list().unwrap_or_default().iter().any(|value| value.as_enum_number() == Some(behavior))
}

fn own_option(name: &str) -> String {
    format!("{}.{name}", imports::OPTIONS_PACKAGE)
}

/// A `google.protobuf.Duration` that is positive.
fn duration(value: &Value) -> Option<Duration> {
    let message = value.as_message()?;
    let seconds = message.get_field_by_name("seconds")?.as_i64()?;
    let nanos = message.get_field_by_name("nanos")?.as_i32()?;
    let duration = Duration::new(seconds.try_into().ok()?, nanos.try_into().ok()?);
    (!duration.is_zero()).then_some(duration)
}
