//! What each table is called in the contract, by Google's AIPs: `orders` has the message Order, the service Orders, the
//! methods GetOrder, ListOrders, CreateOrder..., the collection /v1/orders, and a file of its own.
//!
//! A service a table, in a file of its own: of 200 tables' 1,000 methods each is found by the table's name, a table
//! drafted later is one more file, and a method stands beside the few that share its message.

use std::collections::HashMap;

use super::inflect::{plural, singular};
use super::model::{Name, Schema, Table};
use super::package::Package;
use super::words::{Taken, camel, lower_camel, snake, words};

/// The names that a table's part of the contract has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// `shop.v1`
    pub package: String,
    /// `shop/v1/orders.proto`
    pub file: String,
    /// `Order`
    pub message: String,
    /// `Orders`: of the service, and in the names of methods about many.
    pub service: String,
    /// `Orders`, in the names of methods and messages.
    pub plural: String,
    /// `order`: a request's field with one.
    pub one: String,
    /// `orders`: a reply's field with many.
    pub many: String,
    /// `/v1/orders`
    pub path: String,
}

impl Names {
    /// `shop.v1.Orders`
    pub fn full_service(&self) -> String {
        format!("{}.{}", self.package, self.service)
    }

    /// Every type that the table's file defines, by its name in the package.
    pub fn types(&self) -> Vec<String> {
        let Self { message, service, plural, .. } = self;
        let requests = ["Get", "Create", "Update", "Delete"].map(|verb| format!("{verb}{message}Request"));
        let list = [format!("List{plural}Request"), format!("List{plural}Response")];
        [message.clone(), service.clone()].into_iter().chain(requests).chain(list).collect()
    }
}

/// Fields of requests that mean something to Meanwhile or to the AIPs: no field with a row is called so.
const RESERVED: [&str; 10] = [
    "after",
    "etag",
    "limit",
    "next_page_token",
    "order_by",
    "page_size",
    "page_token",
    "read_mask",
    "request_id",
    "update_mask",
];

/// What is taken in each package.
#[derive(Debug, Default)]
pub struct Packages {
    types: HashMap<String, Taken>,
    files: HashMap<String, Taken>,
    paths: Taken,
}

impl Packages {
    /// The names of types in that package.
    pub fn types(&mut self, package: &str) -> &mut Taken {
        self.types.entry(package.to_owned()).or_default()
    }

    /// The names of files in that package, less their ending.
    fn files(&mut self, package: &str) -> &mut Taken {
        self.files.entry(package.to_owned()).or_default()
    }

    /// Names a type that tables share, and its file: `own`, or `own_kind`, `own_kind_2`... where that is taken.
    pub fn name_of_shared(
        &mut self,
        package: &str,
        own: &str,
        is_free: impl Fn(&str, &Taken) -> bool,
    ) -> String {
        let mut number = 0;
        loop {
            let name = match number {
                0 => own.to_owned(),
                1 => format!("{own}_kind"),
                _ => format!("{own}_kind{number}"),
            };
            let types = self.types(package);
            if types.has_room_for(&name) && is_free(&name, types) && self.files(package).has_room_for(&name) {
                self.types(package).add(&name);
                self.files(package).add(&name);
                return name;
            }
            number += 1;
        }
    }
}

/// Every table's names, in the order of the schema's. They depend on all tables, and not on which are drafted: what is
/// drafted later is called the same. Tables that are called as they would be go first.
pub fn names(schema: &Schema, package: &Package) -> (Vec<Names>, Packages) {
    let mut packages = Packages::default();
    let is_own = |index: &usize| {
        let name = &schema.tables[*index].name.name;
        snake(&words(name), "") == *name
    };
    let (own, others): (Vec<usize>, Vec<usize>) = (0..schema.tables.len()).partition(is_own);
    let mut named: Vec<(usize, Names)> = Vec::new();
    for index in own.into_iter().chain(others) {
        named.push((index, name(&schema.tables[index], package, &mut packages)));
    }
    named.sort_by_key(|(index, _)| *index);
    (named.into_iter().map(|(_, names)| names).collect(), packages)
}

fn name(table: &Table, package: &Package, packages: &mut Packages) -> Names {
    let mut number = 0;
    loop {
        let names = candidate(&table.name, package, number);
        let types = names.types();
        let stem = names.file_stem().to_owned();
        let is_free = [&names.one, &names.many].iter().all(|name| !RESERVED.contains(&name.as_str()))
            && types.iter().all(|name| packages.types(&names.package).has_room_for(name))
            && packages.files(&names.package).has_room_for(&stem)
            && packages.paths.has_room_for(&names.path);
        if is_free {
            types.iter().for_each(|name| packages.types(&names.package).add(name));
            packages.files(&names.package).add(&stem);
            packages.paths.add(&names.path);
            return names;
        }
        number += 1;
    }
}

impl Names {
    fn file_stem(&self) -> &str {
        let name = self.file.rsplit('/').next().unwrap_or_default();
        name.strip_suffix(".proto").unwrap_or(name)
    }
}

/// The names that a table would have; the first that are free are its.
fn candidate(table: &Name, package: &Package, number: usize) -> Names {
    let mut words = words(&table.name);
    if let (Some(last), 1..) = (words.last_mut(), number) {
        *last = singular(last);
    }
    words.extend((number > 0).then(|| "row".to_owned()));
    words.extend((number > 1).then(|| number.to_string()));
    let last = words.pop().unwrap_or_default();
    let is_number = last.starts_with(|letter: char| letter.is_ascii_digit());
    let (one, many) =
        if is_number { (last.clone(), last) } else { (singular(&last), plural(&singular(&last))) };
    let put_together = |last: &str| {
        let words: Vec<String> =
            words.iter().cloned().chain([last.to_owned()]).filter(|word| !word.is_empty()).collect();
        snake(&words, "table")
    };
    let (one, many) = (put_together(&one), put_together(&many));
    let package_name = package.of_name(table);
    let service = if one == many { format!("{}Service", camel(&many)) } else { camel(&many) };
    Names {
        file: format!("{}/{many}.proto", package_name.replace('.', "/")),
        message: camel(&one),
        service,
        plural: camel(&many),
        path: format!("{}/{}", package.path_of(table), lower_camel(&many)),
        package: package_name,
        one,
        many,
    }
}

#[cfg(test)]
mod tests {
    use meanwhile_catalog::Dialect;

    use super::*;

    fn of(tables: &[&str]) -> Vec<Names> {
        let table =
            |name: &&str| Table::named(Name { schema: None, name: (*name).to_owned(), on_path: true }, None);
        let schema = Schema {
            dialect: Dialect::Sqlite,
            database: "shop".to_owned(),
            tables: tables.iter().map(table).collect(),
            enums: Vec::new(),
            composites: Vec::new(),
            others: Vec::new(),
        };
        names(&schema, &Package::of(&schema)).0
    }

    #[test]
    fn a_table_has_the_names_that_aips_give_it() {
        let names = of(&["OrderItems"]).remove(0);
        assert_eq!(names.file, "shop/v1/order_items.proto");
        assert_eq!(names.full_service(), "shop.v1.OrderItems");
        assert_eq!(names.message, "OrderItem");
        assert_eq!(names.path, "/v1/orderItems");
        assert_eq!((names.one.as_str(), names.many.as_str()), ("order_item", "order_items"));
    }

    #[test]
    fn a_table_named_for_one_lists_many() {
        let names = of(&["film_actor"]).remove(0);
        assert_eq!((names.message.as_str(), names.service.as_str()), ("FilmActor", "FilmActors"));
    }

    #[test]
    fn where_one_and_many_are_the_same_the_service_is_called_one() {
        let names = of(&["staff"]).remove(0);
        assert_eq!((names.message.as_str(), names.service.as_str()), ("Staff", "StaffService"));
        assert_eq!(names.types().len(), 8);
    }

    #[test]
    fn tables_that_would_be_called_the_same_are_not() {
        let messages: Vec<String> =
            of(&["Orders", "order", "orders", "get_order_requests", "名前", "1st", "v_2"])
                .into_iter()
                .map(|names| names.message)
                .collect();
        assert_eq!(
            messages,
            ["OrderRow2", "Order", "OrderRow", "GetOrderRequestRow", "Table", "Table1st", "V2"]
        );
    }
}
