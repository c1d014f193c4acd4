//! The contract of a draft: a file a table, with its message, its service, and what the methods take and give.

use std::collections::BTreeSet;

use super::children::{OF_EACH, OF_ONE};
use super::comment::comment;
use super::fields::Field;
use super::resource::Resource;

const BEHAVIOR: &str = "google.api.field_behavior";

/// A resource's file. `all` are the draft's resources, in the order of its tables.
pub fn file(resource: &Resource<'_>, all: &[Resource<'_>]) -> String {
    let names = &resource.names;
    let mut text = format!("syntax = \"proto3\";\n\npackage {};\n\n", names.package);
    for import in imports(resource, all) {
        text.push_str(&format!("import \"{import}\";\n"));
    }
    let about = resource.table.comment.as_deref().map(|text| comment(text, "", "//")).unwrap_or_default();
    text.push_str(&format!("\n{about}service {} {{\n{}}}\n", names.service, methods(resource)));
    text.push_str(&format!("\n{about}{}", message(resource, all)));
    for request in requests(resource) {
        text.push('\n');
        text.push_str(&request);
    }
    text
}

fn imports(resource: &Resource<'_>, all: &[Resource<'_>]) -> BTreeSet<String> {
    let mut imports =
        BTreeSet::from(["google/api/annotations.proto", "google/api/field_behavior.proto"].map(String::from));
    imports.extend(resource.fields.iter().filter_map(|field| field.kind.import.clone()));
    imports.extend(resource.children.iter().map(|child| all[child.table].names.file.clone()));
    if resource.has_key() {
        imports.extend(["google/protobuf/empty.proto", "meanwhile/v1/options.proto"].map(String::from));
    }
    if resource.can_update() || resource.has_read_mask() {
        imports.insert("google/protobuf/field_mask.proto".to_owned());
    }
    imports
}

fn methods(resource: &Resource<'_>) -> String {
    let names = &resource.names;
    let (message, plural, path, one) = (&names.message, &names.plural, &names.path, &names.one);
    let mut methods = Vec::new();
    let key = path_of_key(resource, "");
    if resource.has_key() {
        let get = key.as_ref().map(|key| format!("get: \"{path}/{key}\""));
        methods.push(method(&format!("Get{message}"), message, true, get, &[]));
        let pages: Vec<&str> = resource.key().iter().map(|field| field.name.as_str()).collect();
        let list = Some(format!("get: \"{path}\""));
        methods.push(method(&format!("List{plural}"), &format!("List{plural}Response"), true, list, &pages));
    }
    let create = Some(format!("post: \"{path}\" body: \"{one}\""));
    methods.push(method(&format!("Create{message}"), message, false, create, &[]));
    if resource.can_update() {
        let key = path_of_key(resource, &format!("{one}."));
        let update = key.map(|key| format!("patch: \"{path}/{key}\" body: \"{one}\""));
        methods.push(method(&format!("Update{message}"), message, false, update, &[]));
    }
    if resource.has_key() {
        let delete = key.map(|key| format!("delete: \"{path}/{key}\""));
        methods.push(method(&format!("Delete{message}"), "google.protobuf.Empty", false, delete, &[]));
    }
    methods.join("\n")
}

fn method(name: &str, reply: &str, reads: bool, http: Option<String>, pages: &[&str]) -> String {
    let mut options = String::new();
    if reads {
        options.push_str("    option idempotency_level = NO_SIDE_EFFECTS;\n");
    }
    for column in pages {
        options.push_str(&format!("    option (meanwhile.v1.page_by) = \"{column}\";\n"));
    }
    if let Some(http) = http {
        options.push_str(&format!("    option (google.api.http) = {{ {http} }};\n"));
    }
    match options.is_empty() {
        true => format!("  rpc {name}({name}Request) returns ({reply});\n"),
        false => format!("  rpc {name}({name}Request) returns ({reply}) {{\n{options}  }}\n"),
    }
}

/// `{id}`, where a path can hold it: a message it cannot.
fn path_of_key(resource: &Resource<'_>, before: &str) -> Option<String> {
    let key = resource.key();
    let steps = key.iter().map(|field| format!("{{{before}{}}}", field.name)).collect::<Vec<_>>();
    key.iter().all(|field| !field.kind.is_message).then(|| steps.join("/"))
}

fn message(resource: &Resource<'_>, all: &[Resource<'_>]) -> String {
    let mut text = format!("message {} {{\n", resource.names.message);
    for (index, field) in resource.fields.iter().enumerate() {
        text.push_str(&field_text(field, &field.name, index + 1, field.is_optional, field.behaviors));
    }
    for (index, child) in resource.children.iter().enumerate() {
        let (number, names) = (resource.fields.len() + index + 1, &all[child.table].names);
        let message = if names.package == resource.names.package {
            names.message.clone()
        } else {
            format!("{}.{}", names.package, names.message)
        };
        let get = format!("Get{}", resource.names.message);
        let list = format!("List{}", resource.names.plural);
        let mut options = vec![format!("({BEHAVIOR}) = OUTPUT_ONLY")];
        let lists = match child.key() {
            Some((_, own)) => {
                let key = &all[child.table].fields[own].name;
                options.push(format!("(meanwhile.v1.key) = \"{key}\""));
                format!("the first {OF_EACH} of each in {list}")
            }
            None => format!("none in {list}"),
        };
        let about = format!("The first {OF_ONE} in {get}, {lists}. List{} has them all.", names.plural);
        text.push_str(&comment(&about, "  ", "//"));
        let options = options.join(", ");
        text.push_str(&format!("  repeated {message} {} = {number} [{options}];\n", child.field));
    }
    text + "}\n"
}

fn field_text(field: &Field, name: &str, number: usize, is_optional: bool, behaviors: &[&str]) -> String {
    let about = field.comment.as_deref().map(|text| comment(text, "  ", "//")).unwrap_or_default();
    let label = match (field.kind.is_repeated, is_optional) {
        (true, _) => "repeated ",
        (false, true) => "optional ",
        (false, false) => "",
    };
    let behaviors: Vec<String> =
        behaviors.iter().map(|behavior| format!("({BEHAVIOR}) = {behavior}")).collect();
    let options = if behaviors.is_empty() { String::new() } else { format!(" [{}]", behaviors.join(", ")) };
    format!("{about}  {label}{} {name} = {number}{options};\n", field.kind.proto)
}

fn requests(resource: &Resource<'_>) -> Vec<String> {
    let names = &resource.names;
    let (message, plural, one, many) = (&names.message, &names.plural, &names.one, &names.many);
    let required = format!("[({BEHAVIOR}) = REQUIRED]");
    let mut requests = Vec::new();
    if resource.has_key() {
        let mask = read_mask(resource, resource.key().len() + 1);
        requests.push(by_key(resource, &format!("Get{message}Request"), &mask));
        requests.push(list_request(resource));
        requests.push(format!(
            "message List{plural}Response {{\n  repeated {message} {many} = 1;\n  string next_page_token = 2;\n}}\n"
        ));
    }
    requests.push(format!("message Create{message}Request {{\n  {message} {one} = 1 {required};\n}}\n"));
    if resource.can_update() {
        requests.push(format!(
            "message Update{message}Request {{\n  {message} {one} = 1 {required};\n\n  \
             // The fields to change; without it, those that are set.\n  \
             google.protobuf.FieldMask update_mask = 2;\n}}\n"
        ));
    }
    if resource.has_key() {
        requests.push(by_key(resource, &format!("Delete{message}Request"), ""));
    }
    requests
}

/// A request for one row, with `more` behind its key.
fn by_key(resource: &Resource<'_>, name: &str, more: &str) -> String {
    let fields = resource.key().into_iter().enumerate().map(|(index, field)| {
        let field = Field { comment: None, ..field.clone() };
        let behaviors: &[&str] = if field.is_zero_meant { &[] } else { &["REQUIRED"] };
        field_text(&field, &field.name, index + 1, false, behaviors)
    });
    format!("message {name} {{\n{}{more}}}\n", fields.collect::<String>())
}

/// By which a client does without the children (AIP-157).
fn read_mask(resource: &Resource<'_>, number: usize) -> String {
    match resource.has_read_mask() {
        true => format!(
            "\n  // The fields to read; without it, all.\n  google.protobuf.FieldMask read_mask = {number};\n"
        ),
        false => String::new(),
    }
}

fn list_request(resource: &Resource<'_>) -> String {
    let mut text = format!("message List{}Request {{\n", resource.names.plural);
    text.push_str("  // At most 1,000; 50 where it is not set.\n  int32 page_size = 1;\n\n");
    text.push_str("  // The next_page_token of the page before.\n  string page_token = 2;\n");
    text.push_str(&read_mask(resource, 3));
    let first = if resource.has_read_mask() { 4 } else { 3 };
    for (index, filter) in resource.filters().iter().enumerate() {
        let field = Field { comment: None, ..filter.field.clone() };
        text.push('\n');
        text.push_str("  // Only rows with this value.\n");
        text.push_str(&field_text(&field, &filter.name, first + index, !field.kind.is_message, &[]));
    }
    text + "}\n"
}
