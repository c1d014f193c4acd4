//! A shop: enums, uuids, decimals, moments, JSON, bytes, nested and absent fields, updates and deletes.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use meanwhile_testbed::grpcurl::Grpcurl;
use serde_json::{Value, json};
use tonic::Code;

use crate::stack::{Answer, Database, Stack, Wire, meanwhile};

const FIRST: &str = "0b9f2c5e-31a0-4f5f-9a4e-5d7a3c1e0001";
const SECOND: &str = "0b9f2c5e-31a0-4f5f-9a4e-5d7a3c1e0002";

fn shop() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/catalogs/shop")
}

fn on_both(test: impl Fn(&Shop) -> Result<()>) -> Result<()> {
    Database::both_for(&shop())?.into_iter().try_for_each(|database| {
        let stack = Stack::over(database).catalog(shop()).start()?;
        test(&Shop { client: stack.client()?, stack })
    })
}

struct Shop {
    client: Wire,
    stack: Stack,
}

impl Shop {
    fn call(&self, method: &str, request: &Value) -> Result<Answer> {
        self.client.call(&format!("shop.v1.Shop/{method}"), &request.to_string())
    }

    fn reply(&self, method: &str, request: &Value) -> Result<Value> {
        let answer = self.call(method, request)?;
        assert_eq!(answer.code, Code::Ok, "{answer:?}");
        self.client.decode(&format!("shop.v1.Shop/{method}"), &answer.replies[0])
    }

    fn refusal(&self, method: &str, request: &Value) -> Result<(Code, String)> {
        let answer = self.call(method, request)?;
        assert!(answer.replies.is_empty());
        Ok((answer.code, answer.reason.context("a reason")?))
    }
}

/// An order with a value of its own in every field.
fn order() -> Value {
    json!({
        "id": FIRST, "status": "STATUS_PAID", "buyer": "Zoë 🛒", "total": "12345678901234567890.10",
        "placedAt": "1969-12-31T23:59:59.123456Z", "sentAt": "2024-02-29T12:00:00Z",
        "details": r#"{"to": "Ann", "layers": [1, 2]}"#, "gift": true, "comment": "",
        "address": {"street": "Rua 1", "city": "Porto", "zip": "4000-001"},
        "label": "AAEC/w==", "weight": 0.30000000000000004, "discount": 0.125, "stars": 0,
        "pieces": 2147483647, "coupon": "half",
    })
}

/// An order with nothing in it that may be absent.
fn bare_order(id: &str, buyer: &str, placed_at: &str) -> Value {
    json!({"id": id, "status": "STATUS_OPEN", "buyer": buyer, "total": "0.00", "placedAt": placed_at,
           "details": "{}", "address": {"street": "a", "city": "b"}})
}

#[test]
fn grpcurl_users_get_back_what_they_sent() -> Result<()> {
    let Some(grpcurl) = Grpcurl::find() else { return Ok(()) };
    on_both(|shop| {
        let call = |method: &str, request: &Value| {
            let method = format!("shop.v1.Shop/{method}");
            grpcurl.call(shop.stack.gateway(), &[], &method, &request.to_string())?.message()
        };
        let mut order = order();
        order["discount"] = json!(0.1);
        assert_eq!(call("CreateOrder", &order)?, order);
        assert_eq!(call("GetOrder", &json!({"id": FIRST}))?, order);
        let update = json!({"id": FIRST, "status": "STATUS_SENT", "comment": "gone"});
        assert_eq!(call("UpdateOrder", &update)?, json!({}));
        assert_eq!(call("GetOrder", &json!({"id": FIRST}))?["status"], "STATUS_SENT");
        Ok(())
    })
}

#[test]
fn what_is_absent_stays_absent() -> Result<()> {
    on_both(|shop| {
        let bare = bare_order(FIRST, "Bo", "2024-01-01T00:00:00Z");
        assert_eq!(shop.reply("CreateOrder", &bare)?, bare);
        assert_eq!(shop.reply("GetOrder", &json!({"id": FIRST}))?, bare);
        Ok(())
    })
}

#[test]
fn an_absent_optional_field_of_an_update_is_null_to_its_statement() -> Result<()> {
    on_both(|shop| {
        shop.reply("CreateOrder", &order())?;
        shop.reply("UpdateOrder", &json!({"id": FIRST}))?;
        let mut expected = order();
        expected.as_object_mut().context("an order")?.remove("comment");
        assert_eq!(shop.reply("GetOrder", &json!({"id": FIRST}))?, expected);
        Ok(())
    })
}

#[test]
fn a_change_of_no_rows_is_not_found() -> Result<()> {
    on_both(|shop| {
        shop.reply("CreateOrder", &order())?;
        let not_found = (Code::NotFound, "RESOURCE_NOT_FOUND".to_owned());
        for method in ["UpdateOrder", "DeleteOrder", "GetOrder", "GetReceipt"] {
            assert_eq!(shop.refusal(method, &json!({"id": SECOND}))?, not_found, "{method}");
        }
        assert_eq!(shop.reply("DeleteOrder", &json!({"id": FIRST}))?, json!({}));
        assert_eq!(shop.refusal("DeleteOrder", &json!({"id": FIRST}))?, not_found);
        assert_eq!(shop.stack.database.count("orders")?, 0);
        Ok(())
    })
}

#[test]
fn a_row_that_others_refer_to_is_not_deleted() -> Result<()> {
    on_both(|shop| {
        shop.reply("CreateOrder", &order())?;
        shop.reply("AddLine", &json!({"orderId": FIRST, "product": "tea", "pieces": 2, "price": "3.50"}))?;
        let refused = shop.refusal("DeleteOrder", &json!({"id": FIRST}))?;
        assert_eq!(refused, (Code::FailedPrecondition, "FOREIGN_KEY_VIOLATION".to_owned()));
        assert_eq!(shop.stack.database.count("orders")?, 1);
        Ok(())
    })
}

#[test]
fn a_composite_has_its_one_row_parts_and_its_many_row_part() -> Result<()> {
    on_both(|shop| {
        shop.reply("CreateOrder", &order())?;
        let empty = json!({"order": order(), "sum": {}});
        assert_eq!(shop.reply("GetReceipt", &json!({"id": FIRST}))?, empty);
        let mut lines = Vec::new();
        for (product, pieces, price) in [("tea", 2, "3.50"), ("cup", 1, "12.00")] {
            let line = json!({"orderId": FIRST, "product": product, "pieces": pieces, "price": price});
            lines.push(shop.reply("AddLine", &line)?);
        }
        assert_eq!(lines[1]["price"], "12.00");
        let expected = json!({"order": order(), "lines": lines, "sum": {"lines": "2", "pieces": "3"}});
        assert_eq!(shop.reply("GetReceipt", &json!({"id": FIRST}))?, expected);
        Ok(())
    })
}

#[test]
fn a_nested_filter_and_pages_go_together() -> Result<()> {
    on_both(|shop| {
        for number in 0..10 {
            let id = format!("0b9f2c5e-31a0-4f5f-9a4e-5d7a3c1e00{number:02}");
            // Three at each moment, so that the id decides.
            let placed_at = format!("2024-01-0{}T00:00:00.5Z", 1 + number / 3);
            let mut order = bare_order(&id, if number % 2 == 0 { "even" } else { "odd" }, &placed_at);
            order["status"] = json!(if number < 5 { "STATUS_OPEN" } else { "STATUS_SENT" });
            shop.reply("CreateOrder", &order)?;
        }
        for (filter, expected) in [
            (json!(null), (0..10).collect::<Vec<_>>()),
            (json!({}), (0..10).collect()),
            (json!({"status": "STATUS_SENT"}), vec![5, 6, 7, 8, 9]),
            (json!({"buyer": "odd"}), vec![1, 3, 5, 7, 9]),
            (json!({"placedAfter": "2024-01-02T00:00:00.5Z"}), vec![6, 7, 8, 9]),
            (json!({"status": "STATUS_OPEN", "buyer": "even"}), vec![0, 2, 4]),
            (json!({"buyer": "nobody"}), vec![]),
        ] {
            for page_size in [1, 2, 50] {
                assert_eq!(walk(shop, &filter, page_size)?, expected, "{filter}");
            }
        }
        Ok(())
    })
}

/// The orders' numbers, page by page.
fn walk(shop: &Shop, filter: &Value, page_size: u32) -> Result<Vec<u32>> {
    let mut numbers = Vec::new();
    let mut token = String::new();
    loop {
        let request = json!({"filter": filter, "pageSize": page_size, "pageToken": token});
        let page = shop.reply("ListOrders", &request)?;
        for order in page["orders"].as_array().into_iter().flatten() {
            let id = order["id"].as_str().context("an id")?;
            numbers.push(id[id.len() - 2..].parse()?);
        }
        token = page["nextPageToken"].as_str().unwrap_or_default().to_owned();
        if token.is_empty() || numbers.len() > 100 {
            return Ok(numbers);
        }
    }
}

#[test]
fn one_reply_of_two_rows_is_a_fault_of_the_catalog() -> Result<()> {
    on_both(|shop| {
        for id in [FIRST, SECOND] {
            shop.reply("CreateOrder", &bare_order(id, "Bo", "2024-01-01T00:00:00Z"))?;
        }
        let refused = shop.refusal("FindOrder", &json!({"buyer": "Bo"}))?;
        assert_eq!(refused, (Code::Internal, "ROWS_AMBIGUOUS".to_owned()));
        Ok(())
    })
}

#[test]
fn a_value_that_its_column_cannot_take_is_invalid() -> Result<()> {
    on_both(|shop| {
        for (field, value) in
            [("details", json!("{not json")), ("status", json!("STATUS_UNSPECIFIED")), ("status", json!(77))]
        {
            let mut order = order();
            order[field] = value;
            let (code, reason) = shop.refusal("CreateOrder", &order)?;
            assert_eq!(code, Code::InvalidArgument, "{field}: {reason}");
        }
        assert_eq!(shop.stack.database.count("orders")?, 0);
        Ok(())
    })
}

#[test]
fn postgresql_takes_no_value_that_is_not_of_its_type() -> Result<()> {
    let Some(database) = Database::postgres_for(&shop())? else { return Ok(()) };
    let stack = Stack::over(database).catalog(shop()).start()?;
    let shop = Shop { client: stack.client()?, stack };
    for (field, value) in [
        ("id", json!("not a uuid")),
        ("total", json!("12,50")),
        ("total", json!("1e400")),
        ("stars", json!(32_768)),
        ("pieces", json!(2_147_483_648_u32)),
        ("address", json!({"street": "a", "city": "b", "zip": "longer than ten"})),
    ] {
        let mut order = order();
        order[field] = value.clone();
        let refused = shop.refusal("CreateOrder", &order)?;
        assert_eq!(refused, (Code::InvalidArgument, "VALUE_REJECTED".to_owned()), "{field}: {value}");
    }
    let refused = shop.refusal("GetOrder", &json!({"id": "not a uuid"}))?;
    assert_eq!(refused, (Code::InvalidArgument, "VALUE_REJECTED".to_owned()));
    assert_eq!(shop.stack.database.count("orders")?, 0);
    Ok(())
}

#[test]
fn numbers_and_moments_at_their_ends_come_back_whole() -> Result<()> {
    on_both(|shop| {
        for (field, value) in [
            ("placedAt", json!("0001-01-01T00:00:00Z")),
            ("placedAt", json!("9999-12-31T23:59:59.999999Z")),
            ("total", json!("-0.01")),
            ("total", json!("9999999999999999999999999999.99")),
            ("weight", json!(1.7976931348623157e308)),
            ("weight", json!(5e-324)),
            ("weight", json!("Infinity")),
            ("discount", json!(-1.7014118346046923e38)),
            ("discount", json!(1.401298464324817e-45)),
            ("stars", json!(-32_768)),
            ("details", json!(r#"{"a": "😀", "b": 1.50}"#)),
            ("buyer", json!("\u{10ffff}\u{1}\t\n\"'\\")),
        ] {
            let mut order = order();
            order[field] = value;
            assert_eq!(shop.reply("CreateOrder", &order)?[field], order[field], "{field}");
            assert_eq!(shop.reply("GetOrder", &json!({"id": FIRST}))?[field], order[field], "{field}");
            shop.reply("DeleteOrder", &json!({"id": FIRST}))?;
        }
        Ok(())
    })
}

#[test]
fn check_finds_nothing_in_it_on_either_database() -> Result<()> {
    for database in Database::both_for(&shop())? {
        let mut check = meanwhile(&["check"]);
        check.arg(shop());
        database.name_to(&mut check);
        let output = check.output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("8 methods"), "{output:?}");
    }
    Ok(())
}
