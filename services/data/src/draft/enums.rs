//! A database's enum types as enums of the contract (AIP-126), a file each, so that tables share them. A label is a
//! value's name less its enum's prefix, in lower case; an enum with a label that is no such name is text instead.

use super::comment::comment;
use super::model::{EnumType, Schema};
use super::package::Package;
use super::resources::Packages;
use super::words::{camel, snake, words};

/// An enum of the contract.
#[derive(Debug, Clone)]
pub struct Enum {
    /// `shop.v1`
    pub package: String,
    /// `shop/v1/order_status.proto`
    pub file: String,
    /// `OrderStatus`
    pub name: String,
    /// `ORDER_STATUS_`
    prefix: String,
    labels: Vec<String>,
    comment: Option<String>,
}

/// The enum of each of the schema's types; none for those whose labels are no names.
pub fn enums(schema: &Schema, package: &Package, packages: &mut Packages) -> Vec<Option<Enum>> {
    schema.enums.iter().map(|kind| of(kind, package, packages)).collect()
}

fn of(kind: &EnumType, package: &Package, packages: &mut Packages) -> Option<Enum> {
    if !kind.labels.iter().all(|label| is_name(label)) {
        return None;
    }
    let package = package.of_name(&kind.name);
    let own = snake(&joined(words(&kind.name.name)), "enum");
    let (mut name, mut number) = (own.clone(), 1);
    while !is_free(&name, kind, packages.types(&package)) || !packages.files(&package).has_room_for(&name) {
        number += 1;
        name = if number == 2 { format!("{own}_kind") } else { format!("{own}_kind_{number}") };
    }
    packages.files(&package).add(&name);
    packages.types(&package).add(&name);
    values(&name, kind).for_each(|value| packages.types(&package).add(&value));
    Some(Enum {
        file: format!("{}/{name}.proto", package.replace('.', "/")),
        name: camel(&name),
        prefix: prefix(&name),
        labels: kind.labels.clone(),
        comment: kind.comment.clone(),
        package,
    })
}

fn is_free(name: &str, kind: &EnumType, taken: &super::words::Taken) -> bool {
    taken.has_room_for(name) && values(name, kind).all(|value| taken.has_room_for(&value))
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

fn values<'a>(name: &'a str, kind: &'a EnumType) -> impl Iterator<Item = String> + 'a {
    let zero = std::iter::once("unspecified".to_owned());
    zero.chain(kind.labels.iter().cloned()).map(move |label| prefix(name) + &label)
}

/// `ORDER_STATUS_` as the name less its enum's prefix is found: from the enum's name in capitals.
fn prefix(name: &str) -> String {
    name.to_ascii_uppercase() + "_"
}

/// A label that its value's name leads back to.
fn is_name(label: &str) -> bool {
    label != "unspecified"
        && label.starts_with(|letter: char| letter.is_ascii_lowercase())
        && label.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
}

impl Enum {
    /// `shop.v1.OrderStatus`
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.package, self.name)
    }

    /// Its file's text.
    pub fn proto(&self) -> String {
        let Self { package, name, prefix, labels, .. } = self;
        let comment = self.comment.as_deref().map(|text| comment(text, "", "//")).unwrap_or_default();
        let mut text = format!("syntax = \"proto3\";\n\npackage {package};\n\n{comment}enum {name} {{\n");
        text.push_str(&format!("  {prefix}UNSPECIFIED = 0;\n"));
        for (index, label) in labels.iter().enumerate() {
            text.push_str(&format!("  {prefix}{} = {};\n", label.to_ascii_uppercase(), index + 1));
        }
        text + "}\n"
    }
}
