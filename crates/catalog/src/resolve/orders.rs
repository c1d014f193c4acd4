//! Sort orders: values of an enum of the request, each served by files of its own, as `ListCities.by_population.sql` is
//! for CITY_ORDER_BY_POPULATION. The value 0 is served by the files that name no order.

use std::collections::BTreeSet;

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind};

use super::Resolver;
use super::answers::{Answer, Dialects};
use crate::contract;
use crate::plan::{Order, Orders, Origin};
use crate::{Finding, Findings, Method, Part, Source, short_enum_name};

/// The field that chooses an order where it is an enum.
const FIELD: &str = "order_by";

/// The request's field that chooses among orders, and the words for its values.
#[derive(Debug)]
pub(super) struct OrderField {
    pub field: FieldDescriptor,
    pub of: EnumDescriptor,
}

impl OrderField {
    /// The field that these words of files' names choose by: `order_by`, else the one enum that has any of them.
    pub fn find(resolver: &Resolver<'_>, words: &BTreeSet<&str>) -> Result<Option<Self>, Vec<String>> {
        let request = resolver.descriptor.input();
        let fields = request.fields().filter(|field| !field.is_list());
        let mut enums = fields.filter_map(|field| match field.kind() {
            Kind::Enum(of) => Some(Self { field, of }),
            _ => None,
        });
        let mut all: Vec<Self> = enums.by_ref().collect();
        if let Some(named) = all.iter().position(|order| order.field.name() == FIELD) {
            return Ok(Some(all.swap_remove(named)));
        }
        all.retain(|order| order.words().any(|(_, word)| words.contains(word.as_str())));
        match all.len() {
            0 | 1 => Ok(all.pop()),
            _ => Err(all.iter().map(|order| order.field.name().to_owned()).collect()),
        }
    }

    /// Each number with its word; of several names for a number each is one.
    pub fn words(&self) -> impl Iterator<Item = (i32, String)> {
        let word = |name: &str| short_enum_name(&self.of, name);
        self.of
            .values()
            .map(move |value| (value.number(), word(value.name())))
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// The number of a word.
    pub fn number(&self, word: &str) -> Option<i32> {
        self.words().find(|(_, known)| known == word).map(|(number, _)| number)
    }

    /// The words of the orders that have files.
    pub fn known(&self) -> String {
        let words: Vec<String> =
            self.words().filter(|(number, _)| *number != 0).map(|(_, word)| word).collect();
        words.join(", ")
    }
}

/// The orders that the files are for, each once, with the word they use.
fn used(order: &OrderField, answers: &[Answer]) -> Vec<(i32, String)> {
    let mut used: Vec<(i32, String)> = Vec::new();
    for word in answers.iter().flat_map(|answer| answer.sql.keys().flatten()) {
        if let Some(number) =
            order.number(word).filter(|number| used.iter().all(|(known, _)| known != number))
        {
            used.push((number, word.clone()));
        }
    }
    used.sort();
    used
}

/// The files of an answer in an order; those that need none where it has none at all.
pub(super) fn files<'a>(answer: &'a Answer, order: Option<(&OrderField, i32)>) -> Option<&'a Dialects> {
    let has_orders = answer.sql.keys().any(Option::is_some);
    match order.filter(|_| has_orders) {
        None => answer.sql.get(&None),
        Some((field, number)) => {
            let is_its =
                |word: &&Option<String>| word.as_ref().and_then(|word| field.number(word)) == Some(number);
            answer.sql.keys().find(is_its).and_then(|word| answer.sql.get(word))
        }
    }
}

impl Resolver<'_> {
    /// The method's orders, each with the parts that `parts` makes of its files.
    pub(super) fn orders(
        &self,
        order: Option<&OrderField>,
        answers: &[Answer],
        base: &[Part],
        findings: &mut Findings,
        parts: impl Fn((&OrderField, i32), &mut Findings) -> Vec<Part>,
    ) -> Option<Orders> {
        let order = order?;
        let used = used(order, answers);
        if used.is_empty() && !self.ignores(order, base) {
            return None;
        }
        for answer in
            answers.iter().filter(|answer| used.is_empty() || answer.sql.keys().any(Option::is_some))
        {
            self.check_files(order, answer, findings);
        }
        let list = used.into_iter().map(|(number, name)| {
            let mut found = Findings::default();
            let parts = parts((order, number), &mut found);
            // What is wrong with a file that needs no order was told already.
            let is_known =
                |fault: &Finding| findings.iter().any(|known| known.to_string() == fault.to_string());
            let new: Vec<Finding> = found.into_iter().filter(|fault| !is_known(fault)).collect();
            findings.extend(new);
            Order { number, name, parts }
        });
        Some(Orders { field: order.field.clone(), list: list.collect() })
    }

    /// True where the request's `order_by` changes nothing: no file is for one of its values, and none asks for it.
    fn ignores(&self, order: &OrderField, parts: &[Part]) -> bool {
        let asks = |part: &Part| match &part.source {
            Source::Sql(sql) => sql.statements().flat_map(|statement| &statement.params).any(
                |param| matches!(&param.origin, Origin::Field(path) if path.first() == Some(&order.field)),
            ),
            Source::Http(call) => call.params.iter().any(
                |param| matches!(&param.origin, Origin::Field(path) if path.first() == Some(&order.field)),
            ),
        };
        contract::reads_only(self.descriptor) && parts.len() == 1 && !parts.iter().any(asks)
    }

    /// Each value has a file, and so has the one that chooses nothing.
    fn check_files(&self, order: &OrderField, answer: &Answer, findings: &mut Findings) {
        let path = answer.path();
        let name = answer.name.label(self.descriptor.name());
        if !answer.sql.contains_key(&None) && answer.http.is_none() {
            let message = format!("no file serves {name} in the order that needs no choice");
            findings.push(Finding::error(path, message, format!("write {name}.sql beside it")));
        }
        let has = |number| answer.sql.keys().flatten().any(|word| order.number(word) == Some(number));
        let mut told = BTreeSet::from([0]);
        for value in order.of.values() {
            if has(value.number()) || !told.insert(value.number()) {
                continue;
            }
            let word = short_enum_name(&order.of, value.name());
            let message =
                format!("no file serves {} in the order {}", self.descriptor.full_name(), value.name());
            let mend = format!("write {name}.{word}.sql, or take the value away");
            findings.push(self.contract.finding(&order.of.parent_file(), value.path(), message, mend));
        }
    }

    /// A column that no order is made of is nothing to page by.
    pub(super) fn check_page_columns(&self, method: &Method, findings: &mut Findings) {
        let (Some(page), Some(orders)) = (&method.page, &method.orders) else { return };
        let parts = orders.list.iter().map(|order| &order.parts).chain([&method.parts]);
        let sources = parts.filter_map(|parts| match &parts.get(page.part)?.source {
            Source::Sql(sql) => Some(sql),
            Source::Http(_) => None,
        });
        let params: Vec<&Origin> = sources
            .flat_map(|sql| sql.statements())
            .flat_map(|statement| &statement.params)
            .map(|param| &param.origin)
            .collect();
        for (index, column) in page.columns.iter().enumerate() {
            if !params.iter().any(|origin| matches!(origin, Origin::After(after) if *after == index)) {
                let message = format!("page_by names {column}, and no file uses :after.{column}");
                findings.push(
                    self.fault(message, "use it in the order that it is for, or take it out of page_by"),
                );
            }
        }
    }
}
