//! The table in docs/types.md, tried pair by pair on a real PostgreSQL: a column of each type meets a field of each type,
//! and is accepted where the table says so, and nowhere else.

use meanwhile_catalog::{Dialect, Method, Source};
use prost_reflect::DescriptorPool;

use super::table::{self, OTHERS, fields};
use crate::fixture::{Served, Shop, contract, message, on_postgres};
use crate::rows::{ColumnType, RowPlan};

/// For each field type a message with one field `x` of it.
fn messages() -> DescriptorPool {
    let one = |(index, field): (usize, table::Field)| format!("message M{index} {{ {} x = 1; }}", field.kind);
    let messages: String = fields().into_iter().enumerate().map(one).collect();
    contract(&format!("{messages}{OTHERS}"))
}

/// A column's type as PostgreSQL describes it to us.
async fn described(served: &Served, method: &Method) -> ColumnType {
    let Source::Sql(sql) = &method.parts[0].source else { panic!("SQL") };
    let statement = sql.statement(Dialect::Postgres).unwrap();
    let prepared = served.database.prepare(statement, &[], true).await;
    prepared.unwrap_or_else(|error| panic!("{}: {error:?}", statement.text())).types[0].clone()
}

#[test]
fn every_pair_of_the_table_is_accepted_and_every_other_is_a_finding() {
    let mut tried = Vec::new();
    for row in table::rows(table::COLUMNS, "### PostgreSQL").iter().filter(|row| row[0] != "an array") {
        let fills: Vec<&str> = row[1].split(", ").collect();
        for kind in table::types(row[0]) {
            tried.push((kind.to_owned(), fills.clone(), false));
            tried.push((format!("{kind}[]"), fills.clone(), true));
        }
    }
    let methods: String = (0..tried.len()).map(|at| format!("rpc C{at}(Request) returns (Reply);")).collect();
    let shop = Shop::new(&methods, "message Request {} message Reply { string x = 1; }");
    let with_sql = |shop: Shop, (at, (kind, ..)): (usize, &(String, _, _))| {
        shop.sql(&format!("C{at}.sql"), &format!("SELECT CAST(NULL AS {kind}) AS x"))
    };
    let shop = tried.iter().enumerate().fold(shop, with_sql);
    on_postgres(&shop, async |served| {
        let (pool, fields) = (messages(), fields());
        let mut wrong = Vec::new();
        for (at, (column, fills, is_array)) in tried.iter().enumerate() {
            let path = format!("/shop.v1.Shop/C{at}");
            let method = served.catalog.methods.iter().find(|method| method.path == path).unwrap();
            let kind = described(served, method).await;
            for (index, table::Field { kind: field, word, is_list }) in fields.iter().enumerate() {
                let plan = RowPlan::new(
                    &message(&pool, &format!("M{index}")),
                    &["x".to_owned()],
                    std::slice::from_ref(&kind),
                    |_| false,
                );
                let by_element = fills.contains(word) && *word != "map";
                let expected = match (is_array, is_list) {
                    (true, true) => by_element,
                    (true, false) => false,
                    (false, true) => fills.contains(&"repeated"),
                    (false, false) => fills.contains(word),
                };
                if plan.is_ok() != expected {
                    wrong.push(format!("{column} into {field}: {}", plan.is_ok()));
                }
            }
        }
        assert_eq!(wrong, [""; 0]);
    });
}

#[test]
fn sqlite_accepts_every_pair_because_its_values_have_the_types() {
    let pool = messages();
    for (index, field) in fields().iter().enumerate() {
        let message = message(&pool, &format!("M{index}"));
        let plan = RowPlan::new(&message, &["x".to_owned()], &[ColumnType::Any], |_| false);
        assert!(plan.is_ok(), "{}", field.kind);
    }
}
