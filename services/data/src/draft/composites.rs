//! A database's composite types as messages of the contract, a file each, so that tables share them. Each attribute is
//! the field of its name; a type with an attribute that cannot be is text instead.

use std::collections::BTreeSet;

use meanwhile_catalog::Dialect;

use super::comment::comment;
use super::kind::{FieldKind, Shared, SharedType};
use super::model::CompositeType;
use super::package::Package;
use super::resources::Packages;
use super::words::{Taken, camel, snake, words};

/// The message of that type. `shared` has the enums, and the messages of types that came before.
pub fn message(
    kind: &CompositeType,
    package: &Package,
    packages: &mut Packages,
    shared: &Shared,
) -> Option<SharedType> {
    let fields = fields(kind, shared)?;
    let package = package.of_name(&kind.name);
    let own = snake(&words(&kind.name.name), "message");
    let name = packages.name_of_shared(&package, &own, |_, _| true);
    let imports: BTreeSet<String> = fields.iter().filter_map(|(_, field)| field.import.clone()).collect();
    Some(SharedType {
        text: proto(&package, &name, kind, &fields, &imports),
        file: format!("{}/{name}.proto", package.replace('.', "/")),
        name: camel(&name),
        imports: imports.into_iter().collect(),
        package,
    })
}

/// Each attribute's name and field; none where one of them is no field's name or can only be cast.
fn fields<'a>(kind: &'a CompositeType, shared: &Shared) -> Option<Vec<(&'a str, FieldKind)>> {
    let mut taken = Taken::default();
    let field = |(name, held): &'a (String, _)| {
        let field = FieldKind::of(held, Dialect::Postgres, shared);
        let is_sound = snake(&words(name), "") == *name && taken.has_room_for(name) && !field.is_text;
        taken.add(name);
        is_sound.then_some((name.as_str(), field))
    };
    let fields: Option<Vec<_>> = kind.attributes.iter().map(field).collect();
    fields.filter(|fields| !fields.is_empty())
}

fn proto(
    package: &str,
    name: &str,
    kind: &CompositeType,
    fields: &[(&str, FieldKind)],
    imports: &BTreeSet<String>,
) -> String {
    let mut text = format!("syntax = \"proto3\";\n\npackage {package};\n\n");
    imports.iter().for_each(|import| text.push_str(&format!("import \"{import}\";\n")));
    if !imports.is_empty() {
        text.push('\n');
    }
    text.push_str(&kind.comment.as_deref().map(|text| comment(text, "", "//")).unwrap_or_default());
    text.push_str(&format!("message {} {{\n", camel(name)));
    for (index, (name, field)) in fields.iter().enumerate() {
        let label = match field {
            FieldKind { is_repeated: true, .. } => "repeated ",
            FieldKind { is_message: true, .. } => "",
            _ => "optional ",
        };
        text.push_str(&format!("  {label}{} {name} = {};\n", field.proto, index + 1));
    }
    text + "}\n"
}
