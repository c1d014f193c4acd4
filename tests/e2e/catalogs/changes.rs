//! Rows that are made, changed and deleted, with what the database itself adds and what it refuses.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tonic::Code;

use super::market::{Market, id, on_both};

fn kettle() -> Value {
    json!({
        "name": "Kettle", "makerId": 2, "status": "PRODUCT_STATUS_SOLD_OUT", "price": "49.90", "gift": true,
        "stock": -2_147_483_648_i32, "views": 4_294_967_295_u32, "weightKg": 1.5, "rating": 0, "subtitle": "",
        "reorderLevel": -5, "fragile": false, "releasedOn": "0001-01-01", "thumbnail": "/wAB", "attributes": "[]",
        "packaging": {"widthMm": 1e-300, "shelf": {"level": 7}}, "createdAt": "9999-12-31T23:59:59.999999Z",
    })
}

fn count(market: &Market) -> Result<i64> {
    market.stack.database.count("products")
}

#[test]
fn a_row_comes_back_as_it_was_made_with_a_key_from_the_database() -> Result<()> {
    on_both(|market| {
        let made = market.reply("CreateProduct", &kettle())?;
        let id = made["id"].as_str().context("an id")?;
        assert!(id.len() == 36 && id.as_bytes()[14] == b'4' && id == id.to_lowercase(), "{id}");
        let mut expected = kettle();
        expected["id"] = json!(id);
        assert_eq!(made, expected);
        assert_eq!(market.reply("GetProduct", &json!({"id": id}))?, expected);
        Ok(())
    })
}

#[test]
fn what_a_new_row_is_not_given_is_the_statements_default() -> Result<()> {
    on_both(|market| {
        let made = market.reply("CreateProduct", &json!({"name": "Spoon", "makerId": 1, "price": "0.10"}))?;
        assert_eq!(made["status"], "PRODUCT_STATUS_DRAFT");
        assert_eq!(made["attributes"], "{}");
        assert!(made["createdAt"].as_str().is_some_and(|at| at > "2024-"), "{made}");
        for absent in
            ["rating", "subtitle", "fragile", "releasedOn", "thumbnail", "packaging", "gift", "stock"]
        {
            assert_eq!(made.get(absent), None, "{absent}");
        }
        Ok(())
    })
}

#[test]
fn an_update_changes_what_it_is_given_and_nothing_else() -> Result<()> {
    on_both(|market| {
        let mut expected = market.reply("GetProduct", &json!({"id": id(3)}))?;
        let update = json!({"id": id(3), "status": "PRODUCT_STATUS_DRAFT", "gift": false, "stock": -1});
        let updated = market.reply("UpdateProduct", &update)?;
        expected["status"] = json!("PRODUCT_STATUS_DRAFT");
        expected["stock"] = json!(-1);
        expected.as_object_mut().context("a product")?.remove("gift");
        assert_eq!(updated, expected);
        assert_eq!(market.reply("GetProduct", &json!({"id": id(3)}))?, expected);
        Ok(())
    })
}

#[test]
fn a_change_of_a_row_that_is_not_there_is_not_found() -> Result<()> {
    on_both(|market| {
        for method in ["UpdateProduct", "DeleteProduct"] {
            let (code, said) = market.refusal(method, &json!({"id": id(99)}))?;
            assert!(code == Code::NotFound && said.contains("RESOURCE_NOT_FOUND"), "{method} {said}");
        }
        assert_eq!(count(market)?, 7);
        Ok(())
    })
}

#[test]
fn a_row_is_deleted_once() -> Result<()> {
    on_both(|market| {
        let saucer = json!({"id": id(5)});
        assert_eq!(market.reply("DeleteProduct", &saucer)?, json!({}));
        assert_eq!(market.refusal("DeleteProduct", &saucer)?.0, Code::NotFound);
        assert_eq!(market.refusal("GetProduct", &saucer)?.0, Code::NotFound);
        assert_eq!(count(market)?, 6);
        Ok(())
    })
}

#[test]
fn what_the_database_refuses_changes_nothing() -> Result<()> {
    on_both(|market| {
        for (field, value, code) in [
            ("makerId", json!(99), Code::FailedPrecondition),
            ("price", json!("-1.00"), Code::InvalidArgument),
            ("price", json!("much"), Code::InvalidArgument),
            ("status", json!(99), Code::InvalidArgument),
            ("attributes", json!("{no"), Code::InvalidArgument),
            ("name", json!(""), Code::InvalidArgument),
        ] {
            let mut product = kettle();
            product[field] = value;
            let (refused, said) = market.refusal("CreateProduct", &product)?;
            assert_eq!(refused, code, "{field} {said}");
            assert!(!said.contains("json_valid") && !said.contains("GLOB"), "SQL in {said}");
        }
        assert_eq!(market.refusal("DeleteProduct", &json!({"id": id(1)}))?.0, Code::FailedPrecondition);
        assert_eq!(count(market)?, 7);
        Ok(())
    })
}
