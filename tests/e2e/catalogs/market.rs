//! A market as a stranger would declare it (in `market/`), called by grpcurl through gateway and data service.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use meanwhile_testbed::grpcurl::{Grpcurl, Reply};
use serde_json::{Value, json};
use tonic::Code;

use crate::stack::{Database, Stack};

/// The market, served.
pub struct Market {
    pub stack: Stack,
    grpcurl: Grpcurl,
}

/// The same test over each database there is; none where grpcurl is missing.
pub fn on_both(test: impl Fn(&Market) -> Result<()>) -> Result<()> {
    let Some(grpcurl) = Grpcurl::find() else { return Ok(()) };
    Database::both_for(&folder())?.into_iter().try_for_each(|database| {
        let stack = Stack::over(database).catalog(folder()).start()?;
        test(&Market { stack, grpcurl: grpcurl.clone() })
    })
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/catalogs/market")
}

impl Market {
    /// Calls a method of the service Products.
    pub fn call(&self, method: &str, request: &Value) -> Result<Reply> {
        self.call_verbosely(method, request, &[])
    }

    fn call_verbosely(&self, method: &str, request: &Value, flags: &[&str]) -> Result<Reply> {
        let method = format!("market.v1.Products/{method}");
        self.grpcurl.call(self.stack.gateway(), flags, &method, &request.to_string())
    }

    /// The one reply of a call.
    pub fn reply(&self, method: &str, request: &Value) -> Result<Value> {
        self.call(method, request)?.message().with_context(|| format!("{method} {request}"))
    }

    /// A refused call's code, and all that grpcurl says of it.
    pub fn refusal(&self, method: &str, request: &Value) -> Result<(Code, String)> {
        let reply = self.call(method, request)?;
        let code = reply.code().with_context(|| format!("{reply:?}"))?;
        Ok((Code::from(code), reply.0.stderr))
    }
}

/// The id of a seeded product.
pub fn id(number: u32) -> String {
    format!("6f9619ff-8b86-4011-b42d-00c04fc964{number:02}")
}

/// The names in a list of rows.
pub fn names(rows: &[Value]) -> Vec<&str> {
    rows.iter().filter_map(|row| row["name"].as_str()).collect()
}

fn teapot() -> Value {
    json!({
        "id": id(1), "name": "Teapot", "makerId": 1, "status": "PRODUCT_STATUS_ON_SALE", "price": "1234567890.10",
        "gift": true, "stock": -3, "views": 4_294_967_295_u32, "weightKg": 0.1, "rating": 4.75,
        "subtitle": "Holds \"two\" cups: 'yes'", "reorderLevel": 0, "fragile": true, "releasedOn": "2024-02-29",
        "thumbnail": "AP8Q", "attributes": r#"{"color": "red", "sizes": [1, 2]}"#,
        "packaging": {"widthMm": 0.1, "heightMm": 210.5, "shelf": {"aisle": "B", "level": -1}},
        "createdAt": "2024-02-29T23:59:59.123456Z", "soldOutAt": "1969-07-20T20:17:40.250Z",
    })
}

#[test]
fn a_row_with_a_value_in_every_column_is_read_whole() -> Result<()> {
    on_both(|market| {
        assert_eq!(market.reply("GetProduct", &json!({"id": id(1)}))?, teapot());
        Ok(())
    })
}

#[test]
fn what_is_null_is_absent_and_so_is_a_message_of_nulls_alone() -> Result<()> {
    on_both(|market| {
        let anvil = json!({"id": id(2), "name": "Anvil", "makerId": -7, "status": "PRODUCT_STATUS_DRAFT",
            "price": "0.00", "attributes": "{}", "createdAt": "2024-01-01T00:00:00Z"});
        assert_eq!(market.reply("GetProduct", &json!({"id": id(2)}))?, anvil);
        let saucer = market.reply("GetProduct", &json!({"id": id(5)}))?;
        assert_eq!(saucer["packaging"], json!({"shelf": {"aisle": "C"}}));
        Ok(())
    })
}

#[test]
fn a_composite_puts_rows_lists_numbers_and_instants_together() -> Result<()> {
    on_both(|market| {
        let page = market.reply("GetProductPage", &json!({"id": id(1)}))?;
        assert_eq!(page["product"], teapot());
        let maker =
            json!({"id": 1, "name": "Brown & Sons", "country": "GB", "balanceCents": "-9007199254740993"});
        assert_eq!(page["maker"], maker);
        assert_eq!(names(page["related"].as_array().context("related")?), ["cup", "Saucer"]);
        let reviews = json!([
            {"id": "1", "stars": 5, "text": "Pours well", "writtenAt": "2024-03-01T08:00:00Z"},
            {"id": "3", "stars": 4, "text": "Ein Kännchen ☕", "writtenAt": "2024-03-03T08:00:00.500Z"},
        ]);
        assert_eq!(page["reviews"], reviews);
        assert_eq!(page["totalReviews"], "3");
        assert_eq!(page["promotion"], json!({"text": "Tea week", "percent": 15}));
        assert_eq!(page["lastReviewAt"], "2024-03-03T08:00:00.500Z");
        Ok(())
    })
}

#[test]
fn a_composite_without_its_first_row_is_not_found() -> Result<()> {
    on_both(|market| {
        assert_eq!(market.refusal("GetProductPage", &json!({"id": id(99)}))?.0, Code::NotFound);
        Ok(())
    })
}

#[test]
fn an_optional_statement_without_a_row_leaves_its_field_out_and_is_named() -> Result<()> {
    on_both(|market| {
        let reply = market.call_verbosely("GetProductPage", &json!({"id": id(2)}), &["-v"])?.0.success()?;
        assert!(reply.contains("meanwhile-missing-parts: promotion"), "{reply}");
        assert!(reply.contains("Anvil") && reply.contains("\"totalReviews\": \"3\""), "{reply}");
        assert!(!reply.contains("percent") && !reply.contains("lastReviewAt"), "{reply}");
        Ok(())
    })
}

#[test]
fn an_optional_statement_that_fails_leaves_its_field_out_and_is_named() -> Result<()> {
    on_both(|market| {
        market.stack.database.run("ALTER TABLE promotions RENAME TO offers")?;
        let reply = market.call_verbosely("GetProductPage", &json!({"id": id(1)}), &["-v"])?.0.success()?;
        assert!(reply.contains("meanwhile-missing-parts: promotion"), "{reply}");
        assert!(reply.contains("Teapot") && !reply.contains("percent"), "{reply}");
        Ok(())
    })
}

#[test]
fn a_second_service_of_the_catalog_is_served_too() -> Result<()> {
    on_both(|market| {
        let call = |request: &str| {
            market.grpcurl.call(market.stack.gateway(), &[], "market.v1.Makers/GetMaker", request)
        };
        let nobody = json!({"id": -7, "name": "Nobody", "country": "XX"});
        assert_eq!(call(r#"{"id": -7}"#)?.message()?, nobody);
        assert_eq!(call(r#"{"id": 7}"#)?.code(), Some(Code::NotFound as i32));
        Ok(())
    })
}
