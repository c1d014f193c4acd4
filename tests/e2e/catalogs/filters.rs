//! Filters of every type that are left out where they are absent, in streams and in lists by pages.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tonic::Code;

use super::market::{Market, id, names, on_both};

const EVERYTHING: [&str; 7] = ["Teapot", "Anvil", "cup", "Émile's mug", "Saucer", "espresso", "Beans"];

#[test]
fn a_stream_has_the_rows_that_every_filter_there_is_lets_through() -> Result<()> {
    on_both(|market| {
        for (filters, expected) in [
            (json!({}), EVERYTHING.to_vec()),
            (json!({"id": id(5)}), vec!["Saucer"]),
            (json!({"status": "PRODUCT_STATUS_SOLD_OUT"}), vec!["Émile's mug"]),
            (json!({"releasedOn": "2024-02-29"}), vec!["Teapot", "cup"]),
            (json!({"gift": true}), vec!["Teapot", "cup", "espresso"]),
            (json!({"gift": false}), vec!["Anvil", "Émile's mug", "Saucer", "Beans"]),
            (json!({"makerId": -7}), vec!["Anvil"]),
            (json!({"name": "Émile's mug"}), vec!["Émile's mug"]),
            (json!({"name": ""}), vec![]),
            (json!({"gift": true, "makerId": 1, "status": "PRODUCT_STATUS_ON_SALE"}), vec!["Teapot", "cup"]),
            (json!({"name": "cup", "gift": false}), vec![]),
        ] {
            let found = market.call("ExportProducts", &filters)?.messages()?;
            assert_eq!(names(&found), expected, "{filters}");
        }
        Ok(())
    })
}

#[test]
fn a_list_has_the_rows_that_its_nested_filter_lets_through() -> Result<()> {
    on_both(|market| {
        for (filter, expected) in [
            (json!({}), vec!["Teapot", "Beans", "espresso", "Saucer", "Émile's mug", "cup", "Anvil"]),
            (json!({"status": "PRODUCT_STATUS_ON_SALE", "gift": true}), vec!["Teapot", "espresso", "cup"]),
            (json!({"maxPrice": "3.50"}), vec!["Saucer", "cup", "Anvil"]),
            (json!({"createdSince": "2024-01-03T00:00:00Z"}), vec!["Teapot", "Beans", "espresso"]),
            (json!({"createdSince": "2024-01-03T00:00:01Z", "gift": false}), vec![]),
        ] {
            for size in [1, 2, 50] {
                let pages =
                    walk(market, "ListProducts", "products", &json!({"filter": filter, "pageSize": size}))?;
                assert!(pages.iter().all(|page| page.len() <= size));
                assert_eq!(names(&pages.concat()), expected, "{filter}");
            }
        }
        Ok(())
    })
}

#[test]
fn a_list_may_be_paged_by_a_column_that_is_no_field() -> Result<()> {
    on_both(|market| {
        let all = walk(market, "ListProductNames", "names", &json!({}))?.concat();
        let small = walk(market, "ListProductNames", "names", &json!({"pageSize": 2}))?;
        assert_eq!(small.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 2, 1]);
        assert_eq!(small.concat(), all);
        assert_eq!(names(&all).into_iter().collect::<BTreeSet<_>>(), BTreeSet::from(EVERYTHING));
        let plain: Vec<_> = names(&all).into_iter().filter(|name| name.is_ascii()).collect();
        assert!(plain.starts_with(&["Anvil", "Beans", "cup"]), "{plain:?}");
        Ok(())
    })
}

/// All pages, one after the other.
fn walk(market: &Market, method: &str, field: &str, request: &Value) -> Result<Vec<Vec<Value>>> {
    let mut request = request.clone();
    let mut pages = Vec::new();
    loop {
        let page = market.reply(method, &request)?;
        pages.push(page[field].as_array().cloned().unwrap_or_default());
        match page["nextPageToken"].as_str() {
            Some(next) => request["pageToken"] = json!(next),
            None => return Ok(pages),
        }
        ensure!(pages.len() <= EVERYTHING.len(), "the pages have no end");
    }
}

#[test]
fn a_page_token_is_good_for_its_filter_alone() -> Result<()> {
    on_both(|market| {
        let page = market.reply("ListProducts", &json!({"filter": {"gift": true}, "pageSize": 1}))?;
        let token = page["nextPageToken"].as_str().context("a token")?;
        for filter in [json!({"gift": false}), json!({}), json!(null)] {
            let request = json!({"filter": filter, "pageSize": 1, "pageToken": token});
            let (code, said) = market.refusal("ListProducts", &request)?;
            assert!(code == Code::InvalidArgument && said.contains("PAGE_TOKEN_INVALID"), "{filter} {said}");
        }
        Ok(())
    })
}
