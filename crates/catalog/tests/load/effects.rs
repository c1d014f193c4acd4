//! Reads and writes.

use crate::folder::{one_method, one_read};

const MESSAGES: &str = "message Request {} message Reply { Row row = 1; } message Row { int32 id = 1; }";

#[test]
fn a_write_in_a_read_is_told_at_its_word() {
    let found = one_read(MESSAGES).get(".sql", "-- why\n  DELETE FROM t").finding();
    assert_eq!(
        found,
        "sql/shop.v1.Shop/Get.sql:2:3: shop.v1.Shop.Get is NO_SIDE_EFFECTS, and this statement writes | take \
         idempotency_level off the method, or only read"
    );
}

#[test]
fn a_write_may_have_several_parts() {
    let folder = one_method(MESSAGES).get("/row.sql", "INSERT INTO t VALUES (1) RETURNING id");
    assert_eq!(folder.method().parts.len(), 1);
}

#[test]
fn a_part_of_a_write_cannot_be_optional() {
    let row = "Row row = 1 [(meanwhile.v1.part) = {optional: true}];";
    let messages = MESSAGES.replace("Row row = 1;", row);
    let found = one_method(&messages).get("/row.sql", "INSERT INTO t VALUES (1) RETURNING id").finding();
    assert!(found.contains("shop.proto:5:36") && found.contains("Reply.row is optional"), "{found}");
}

#[test]
fn a_method_reads_only_where_it_says_so() {
    assert!(one_read(MESSAGES).get(".sql", "SELECT 1").method().reads_only);
    assert!(!one_method(MESSAGES).get(".sql", "SELECT 1").method().reads_only);
}
