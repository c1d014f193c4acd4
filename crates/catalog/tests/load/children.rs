//! Parts whose rows go into the rows of another part.

use meanwhile_catalog::{Child, ChildKey, Origin, Shape, Source};

use crate::folder::{Folder, one_read, read_with};

const MESSAGES: &str = "message Request { int32 page_size = 1; string page_token = 2; string limit = 3; }\n\
    message Reply { repeated Order orders = 1; string next_page_token = 2; Order best = 3; int32 total = 4; }\n\
    message Order { int32 id = 1;\n\
      repeated Item items = 2 [(meanwhile.v1.key) = \"order_id\"];\n\
      repeated Item gifts = 3; Item main = 4; repeated string tags = 5; repeated google.protobuf.Timestamp times = 6; }\n\
    message Item { int32 id = 1; repeated Piece pieces = 2 [(meanwhile.v1.key) = \"item_id\"]; }\n\
    message Piece { int32 id = 1; }";
const ITEMS: &str = "SELECT 1 AS id, 1 AS order_id WHERE 1 = ANY(:orders.id)";
const PIECES: &str = "SELECT 1 AS id, 1 AS item_id WHERE 1 = ANY(:orders.items.id)";

fn orders() -> Folder {
    one_read(MESSAGES).get("/orders.sql", "SELECT 1 AS id, 2 AS number")
}

fn family() -> Folder {
    orders().get("/orders.items.sql", ITEMS).get("/orders.items.pieces.sql", PIECES)
}

#[test]
fn a_childs_rows_go_into_those_of_the_part_above_by_the_fields_key() {
    let parts = family().method().parts;
    let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(names, ["orders", "orders.items", "orders.items.pieces"]);
    assert!(parts[0].child.is_none());
    let keys = parts.iter().filter_map(|part| part.child.as_ref()).map(|Child { parent, key }| {
        let ChildKey { column, parents_column } = key.as_ref().unwrap();
        (*parent, column.as_str(), parents_column.as_str())
    });
    assert_eq!(keys.collect::<Vec<_>>(), [(0, "order_id", "id"), (1, "item_id", "id")]);
    assert_eq!([&parts[1].needs[..], &parts[2].needs[..]], [[0], [1]]);
    assert_eq!(parts[2].target.message.full_name(), "shop.v1.Piece");
}

#[test]
fn a_child_of_one_row_needs_no_key_and_may_name_what_it_likes() {
    for sql in ["SELECT 1 AS id", "SELECT :best.id AS id WHERE 1 = :best.number"] {
        let folder = family().get("/best.sql", "SELECT 1 AS id, 2 AS number").get("/best.gifts.sql", sql);
        let part = folder.method().parts.into_iter().find(|part| part.name == "best.gifts").unwrap();
        assert_eq!(part.shape, Shape::Many);
        assert!(matches!(part.child, Some(Child { parent: 3, key: None })), "{part:?}");
    }
}

#[test]
fn a_sibling_takes_the_column_of_many_rows() {
    let folder = family().get("/total.sql", "SELECT count(*) AS total WHERE 1 = ANY(:orders.items.id)");
    let part = folder.method().parts.pop().unwrap();
    assert!(part.child.is_none());
    let Source::Sql(sql) = &part.source else { panic!("{part:?}") };
    let origin = &sql.statements().next().unwrap().params[0].origin;
    assert!(matches!(origin, Origin::Column { part: 1, column } if column == "id"), "{origin:?}");
}

#[test]
fn a_web_call_takes_no_list() {
    let folder = family().get("/best.http", "GET {stock}/:orders.id");
    let found = folder.finding();
    assert!(
        found.contains("best.http:1:1: orders has many rows, and a web call takes a column of one"),
        "{found}"
    );
}

#[test]
fn a_child_without_a_key_is_told_at_its_field() {
    let found = family().get("/orders.gifts.sql", "SELECT 1 AS id WHERE 1 = ANY(:orders.id)").finding();
    assert!(
        found.starts_with(
            "proto/shop/v1/shop.proto:9:1: the rows of shop.v1.Order.gifts go to many parents, and it has no key"
        ),
        "{found}"
    );
}

#[test]
fn a_child_names_one_column_of_its_parent() {
    let found =
        |sql: &str| orders().get("/orders.items.sql", sql).get("/orders.items.pieces.sql", PIECES).finding();
    let none = found("SELECT 1 AS id, 1 AS order_id");
    assert!(none.contains("orders.items.sql:1:1: this names no column of orders"), "{none}");
    let two = found("SELECT 1 AS id, 1 AS order_id WHERE 1 = ANY(:orders.id) AND 2 = ANY(:orders.number)");
    assert!(two.contains("orders.items.sql:1:69: this names two columns of orders, id and number"), "{two}");
}

#[test]
fn a_childs_dialects_select_by_the_same_column() {
    let folder =
        family().get("/orders.items.sqlite.sql", "SELECT 1 AS id, 1 AS order_id WHERE :orders.number");
    let found = folder.finding();
    assert!(found.contains("the files of orders.items select by different columns of orders"), "{found}");
}

#[test]
fn a_child_of_nothing_is_told_with_the_file_to_write() {
    let found = family().get("/best.gifts.sql", "SELECT 1 AS id").finding();
    assert!(
        found
            .contains("Get/best.gifts.sql:1:1: these rows go into those of best, which no file of Get gives"),
        "{found}"
    );
    assert!(found.ends_with("write best.sql beside it"), "{found}");
}

#[test]
fn a_child_fills_a_repeated_message_from_a_database() {
    for (field, line) in [("main", 9), ("tags", 9), ("times", 9)] {
        let found = family()
            .get(&format!("/orders.{field}.sql"), "SELECT 1 AS id WHERE 1 = ANY(:orders.id)")
            .finding();
        assert!(found.starts_with(&format!("proto/shop/v1/shop.proto:{line}:")), "{found}");
        assert!(found.contains(&format!("shop.v1.Order.{field} is no repeated message")), "{found}");
    }
    let found = family().get("/orders.gifts.http", "GET {stock}/").finding();
    assert!(found.contains("orders.gifts.http:1:1: a web call gives one message"), "{found}");
}

#[test]
fn a_key_that_no_child_uses_is_told_at_its_field() {
    let found = orders().get("/orders.items.sql", ITEMS).finding();
    assert!(
        found.starts_with(
            "proto/shop/v1/shop.proto:10:30: no child's file fills shop.v1.Item.pieces, so that its key"
        ),
        "{found}"
    );
}

#[test]
fn parent_and_child_that_need_each_other_are_a_circle() {
    let folder = one_read(MESSAGES)
        .get("/orders.sql", "SELECT 1 AS id WHERE 1 = ANY(:orders.items.id)")
        .get("/orders.items.sql", ITEMS)
        .get("/orders.items.pieces.sql", PIECES);
    let found = folder.finding();
    assert!(found.contains("a circle: orders needs orders.items, orders.items needs orders"), "{found}");
}

#[test]
fn in_a_folder_the_list_is_paged_and_no_other_part() {
    let page = "WHERE :after.id IS NULL OR id > :after.id ORDER BY id LIMIT :limit";
    let folder = read_with("option (meanwhile.v1.page_by) = \"id\";", MESSAGES)
        .get("/orders.sql", &format!("SELECT id FROM o {page}"))
        .get("/orders.items.sql", ITEMS)
        .get("/orders.items.pieces.sql", PIECES)
        .get("/total.sql", "SELECT 1 AS total WHERE 'x' = :limit");
    let method = folder.method();
    assert_eq!(method.page.as_ref().unwrap().part, 0);
    let Source::Sql(sql) = &method.parts[3].source else { panic!() };
    assert!(matches!(sql.statements().next().unwrap().params[0].origin, Origin::Field(_)));
    let folder = folder.get("/best.http", "GET {stock}/best");
    assert!(folder.method().page.is_some());
    let found = folder.get("/total.sql", "SELECT 1 AS total WHERE 'x' = :after.id").finding();
    assert!(found.contains("total.sql:1:31: shop.v1.Request has no field after"), "{found}");
}
