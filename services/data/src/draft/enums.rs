//! A database's enum types as enums of the contract (AIP-126), a file each, so that tables share them. A label is a
//! value's name less its enum's prefix, in lower case; an enum with a label that is no such name is text instead.

use super::comment::comment;
use super::kind::SharedType;
use super::model::EnumType;
use super::package::Package;
use super::resources::Packages;
use super::words::{Taken, camel, snake, words};

/// The enum of that type; none for one whose labels are no names.
pub fn shared(kind: &EnumType, package: &Package, packages: &mut Packages) -> Option<SharedType> {
    if !kind.labels.iter().all(|label| is_name(label)) {
        return None;
    }
    let package = package.of_name(&kind.name);
    let own = snake(&joined(words(&kind.name.name)), "enum");
    let name = packages.name_of_shared(&package, &own, |name, taken| is_free(name, kind, taken));
    values(&name, kind).for_each(|value| packages.types(&package).add(&value));
    Some(SharedType {
        text: proto(&package, &name, kind),
        file: format!("{}/{name}.proto", package.replace('.', "/")),
        name: camel(&name),
        imports: Vec::new(),
        package,
    })
}

fn is_free(name: &str, kind: &EnumType, taken: &Taken) -> bool {
    values(name, kind).all(|value| taken.has_room_for(&value))
}

/// Words such that those of `OrderStatus` are told from its capitals: none of one letter, none that begins with a digit.
fn joined(words: Vec<String>) -> Vec<String> {
    let mut joined: Vec<String> = Vec::new();
    for word in words {
        let begins = word.starts_with(|letter: char| letter.is_ascii_alphabetic());
        match joined.last_mut() {
            Some(last) if last.len() == 1 || word.len() == 1 || !begins => last.push_str(&word),
            _ => joined.push(word),
        }
    }
    joined
}

/// The values' names: `ORDER_STATUS_UNSPECIFIED`, `ORDER_STATUS_PAID`...
fn values<'a>(name: &'a str, kind: &'a EnumType) -> impl Iterator<Item = String> + 'a {
    let labels = kind.labels.iter().map(String::as_str);
    ["unspecified"].into_iter().chain(labels).map(move |label| format!("{name}_{label}").to_ascii_uppercase())
}

/// A label that its value's name leads back to.
fn is_name(label: &str) -> bool {
    label != "unspecified"
        && label.starts_with(|letter: char| letter.is_ascii_lowercase())
        && label.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
}

fn proto(package: &str, name: &str, kind: &EnumType) -> String {
    let comment = kind.comment.as_deref().map(|text| comment(text, "", "//")).unwrap_or_default();
    let values = values(name, kind).enumerate().map(|(number, value)| format!("  {value} = {number};\n"));
    let values = values.collect::<String>();
    format!("syntax = \"proto3\";\n\npackage {package};\n\n{comment}enum {} {{\n{values}}}\n", camel(name))
}
