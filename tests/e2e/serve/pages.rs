//! Lists by pages (AIP-158): walked to the end, every row is there once.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tonic::Code;

use crate::stack::{Database, Stack, Wire};

const LIST_CITIES: &str = "cityscape.v1.Cities/ListCities";
const LIST_VISITS: &str = "cityscape.v1.Cities/ListVisits";

fn on_both(test: impl Fn(&Stack, &Wire) -> Result<()>) -> Result<()> {
    Database::both()?.into_iter().try_for_each(|database| {
        let stack = Stack::over(database).start()?;
        test(&stack, &stack.client()?)
    })
}

/// One page: its rows, and the token of the next.
fn page(client: &Wire, method: &str, request: &Value) -> Result<(Vec<Value>, String)> {
    let answer = client.call(method, &request.to_string())?;
    assert_eq!(answer.code, Code::Ok, "{}", answer.message);
    let reply = client.decode(method, &answer.replies[0])?;
    let rows = ["cities", "visits"].into_iter().find_map(|field| reply[field].as_array().cloned());
    Ok((rows.unwrap_or_default(), reply["nextPageToken"].as_str().unwrap_or_default().to_owned()))
}

/// All pages, one after the other.
fn walk(client: &Wire, method: &str, request: &Value) -> Result<Vec<Vec<Value>>> {
    let mut pages = Vec::new();
    let mut request = request.clone();
    loop {
        let (rows, next) = page(client, method, &request)?;
        pages.push(rows);
        if next.is_empty() {
            return Ok(pages);
        }
        anyhow::ensure!(pages.len() < 10_000, "the pages have no end");
        request["pageToken"] = json!(next);
    }
}

#[test]
fn small_pages_have_the_rows_of_one_large_page_each_once_and_in_order() -> Result<()> {
    on_both(|_, client| {
        let (all, next) = page(client, LIST_CITIES, &json!({"countryCode": "NZ", "pageSize": 1000}))?;
        assert_eq!(next, "");
        for size in [1, 7] {
            let pages = walk(client, LIST_CITIES, &json!({"countryCode": "NZ", "pageSize": size}))?;
            assert!(pages.iter().all(|page| page.len() <= size));
            assert_eq!(pages.concat(), all);
        }
        let ids: BTreeSet<_> = all.iter().map(|city| city["id"].to_string()).collect();
        assert_eq!(ids.len(), all.len());
        Ok(())
    })
}

#[test]
fn equal_names_are_neither_skipped_nor_repeated_between_pages() -> Result<()> {
    on_both(|stack, client| {
        let pages = walk(client, LIST_CITIES, &json!({"countryCode": "US", "pageSize": 1000}))?.concat();
        let count = stack.database.number("SELECT count(*) FROM cities WHERE country_code = 'US'")?;
        assert_eq!(i64::try_from(pages.len())?, count);
        let names: BTreeSet<_> = pages.iter().map(|city| city["name"].to_string()).collect();
        assert!(names.len() < pages.len(), "the sample has cities of one name");
        let ids: BTreeSet<_> = pages.iter().map(|city| city["id"].to_string()).collect();
        assert_eq!(ids.len(), pages.len());
        Ok(())
    })
}

#[test]
fn a_filter_holds_on_every_page() -> Result<()> {
    on_both(|stack, client| {
        let request = json!({"countryCode": "BR", "minPopulation": 500_000, "pageSize": 3});
        let rows = walk(client, LIST_CITIES, &request)?.concat();
        let count = "SELECT count(*) FROM cities WHERE country_code = 'BR' AND population >= 500000";
        assert_eq!(i64::try_from(rows.len())?, stack.database.number(count)?);
        Ok(())
    })
}

#[test]
fn a_page_has_50_rows_unless_told_and_1000_at_most() -> Result<()> {
    on_both(|_, client| {
        for (size, rows) in [(json!(null), 50), (json!(0), 50), (json!(5_000), 1_000)] {
            let request = json!({"countryCode": "US", "pageSize": size});
            assert_eq!(page(client, LIST_CITIES, &request)?.0.len(), rows, "{size}");
        }
        Ok(())
    })
}

#[test]
fn a_list_of_nothing_is_one_empty_page() -> Result<()> {
    on_both(|_, client| {
        assert_eq!(page(client, LIST_CITIES, &json!({"countryCode": "XX"}))?, (Vec::new(), String::new()));
        Ok(())
    })
}

#[test]
fn a_list_that_ends_with_a_full_page_has_no_empty_page_after_it() -> Result<()> {
    on_both(|_, client| {
        let (all, _) = page(client, LIST_CITIES, &json!({"countryCode": "FJ"}))?;
        let (rows, next) = page(client, LIST_CITIES, &json!({"countryCode": "FJ", "pageSize": all.len()}))?;
        assert_eq!((rows.len(), next.as_str()), (all.len(), ""));
        Ok(())
    })
}

#[test]
fn a_descending_list_goes_on_where_it_was_although_rows_were_added() -> Result<()> {
    on_both(|stack, client| {
        let add = |count: usize| -> Result<()> {
            for _ in 0..count {
                let visit = r#"{"cityId": 2198148, "visitor": "Bo", "stars": 3}"#;
                let answer = client.call("cityscape.v1.Cities/RecordVisit", visit)?;
                assert_eq!(answer.code, Code::Ok, "{}", answer.message);
            }
            Ok(())
        };
        add(5)?;
        let first = json!({"cityId": 2198148, "pageSize": 3});
        let (rows, next) = page(client, LIST_VISITS, &first)?;
        add(2)?;
        let (rest, end) =
            page(client, LIST_VISITS, &json!({"cityId": 2198148, "pageSize": 3, "pageToken": next}))?;
        assert_eq!(end, "");
        let ids = [rows, rest].concat().iter().map(|visit| visit["id"].clone()).collect::<Vec<_>>();
        let id = |text: &Value| text.as_str().context("an id")?.parse::<i64>().context("a number");
        let ids = ids.iter().map(id).collect::<Result<Vec<_>>>()?;
        assert!(ids.len() == 5 && ids.is_sorted_by(|a, b| a > b), "{ids:?}");
        assert_eq!(stack.database.count("visits")?, 7);
        Ok(())
    })
}
