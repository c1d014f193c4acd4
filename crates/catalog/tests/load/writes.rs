//! Writes of several statements: steps, the etag's check, and what their names may be.

use meanwhile_catalog::{Origin, Role, Shape};

use crate::folder::{Folder, one_method};

const MESSAGES: &str = "message Request { string name = 1; Order order = 2; string etag = 3; }\n\
    message Reply { Order order = 10; Order copy = 20; }\n\
    message Order { int32 id = 1; string name = 2; string etag = 3; }";

const ORDER: &str = "INSERT INTO t VALUES (:order.name) RETURNING id";

fn write() -> Folder {
    one_method(MESSAGES).get("/order.sql", ORDER)
}

/// The parts in the order of the plan.
fn names(folder: &Folder) -> Vec<String> {
    folder.method().parts.into_iter().map(|part| part.name).collect()
}

#[test]
fn steps_stand_among_the_parts_by_their_numbers_and_the_etag_before_all() {
    let folder = write()
        .get("/copy.sql", "SELECT 1 AS id")
        .get("/_20_c.sql", "DELETE FROM t")
        .get("/_2_a.sql", "DELETE FROM t")
        .get("/_0011_b.sql", "DELETE FROM t")
        .get("/etag.sql", "SELECT 'x'");
    assert_eq!(names(&folder), ["etag", "a", "order", "b", "c", "copy"]);
}

#[test]
fn a_step_that_others_use_has_one_row_and_another_any_number() {
    let folder = write()
        .get("/_20_used.sql", "INSERT INTO t VALUES (1) RETURNING id")
        .get("/_30_unused.sql", "INSERT INTO t VALUES (1) RETURNING id")
        .get("/copy.sql", "SELECT 1 AS id WHERE 1 = :used.id");
    let parts = folder.method().parts;
    let shapes: Vec<_> = parts.iter().map(|part| (part.name.as_str(), part.role, part.shape)).collect();
    assert_eq!(
        shapes,
        [
            ("order", Role::Reply, Shape::One),
            ("used", Role::Step, Shape::One),
            ("copy", Role::Reply, Shape::One),
            ("unused", Role::Step, Shape::Nothing)
        ]
    );
    assert_eq!(parts[2].needs, [1]);
}

#[test]
fn a_parts_name_is_the_requests_in_its_own_file_and_the_parts_in_others() {
    let folder = write().get("/copy.sql", "SELECT 1 AS id WHERE :order.id = 1 AND :name = ''");
    let parts = folder.method().parts;
    let origins = |part: usize| match &parts[part].source {
        meanwhile_catalog::Source::Sql(sql) => sql
            .statements()
            .next()
            .unwrap()
            .params
            .iter()
            .map(|param| param.origin.clone())
            .collect::<Vec<_>>(),
        meanwhile_catalog::Source::Http(_) => Vec::new(),
    };
    assert!(matches!(&origins(0)[..], [Origin::Field(way)] if way.len() == 2));
    assert!(matches!(&origins(1)[..], [Origin::Column { part: 0, .. }, Origin::Field(_)]));
}

#[test]
fn an_empty_reply_may_have_steps_alone_and_another_may_not() {
    let empty = one_method("message Request { int32 id = 1; } message Reply {}")
        .get("/_1_a.sql", "DELETE FROM t WHERE id = :id");
    assert_eq!(names(&empty), ["a"]);
    let found = one_method(MESSAGES).get("/_1_a.sql", "DELETE FROM t").finding();
    assert!(found.contains("shop.proto:4:") && found.contains("nothing fills shop.v1.Reply"), "{found}");
}

#[test]
fn the_requests_own_etag_comes_before_its_resources() {
    let etag = |messages: &str| {
        let folder = one_method(messages).get("/etag.sql", "SELECT 'x'").get("/order.sql", "SELECT 1 AS id");
        folder.method().etag.unwrap().iter().map(|field| field.full_name().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(etag(MESSAGES), ["shop.v1.Request.etag"]);
    let resources = MESSAGES.replace("string etag = 3; }\nmessage Reply", "}\nmessage Reply");
    assert_eq!(etag(&resources), ["shop.v1.Request.order", "shop.v1.Order.etag"]);
    assert!(write().method().etag.is_none());
}

#[test]
fn an_etag_that_nobody_sends_or_that_is_no_text_is_told_at_its_check() {
    let none = MESSAGES.replace("string etag = 3;", "");
    let number = none.replace("Order order = 2;", "Order order = 2; int32 etag = 3;");
    let two = MESSAGES.replace("string etag = 3; }\nmessage Reply", "Order other = 4; }\nmessage Reply");
    for messages in [none, number, two] {
        let folder = one_method(&messages).get("/etag.sql", "SELECT 'x'").get("/order.sql", "SELECT 1 AS id");
        let found = folder.finding();
        assert!(
            found.contains("Get/etag.sql:1:1: shop.v1.Request has no string etag to compare with"),
            "{found}"
        );
    }
}

#[test]
fn an_etag_is_checked_before_there_are_columns_of_others() {
    let found = write().get("/etag.sql", "SELECT 'x' WHERE 1 = :copy.id").get("/copy.sql", "SELECT 1 AS id");
    assert_eq!(
        found.finding(),
        "sql/shop.v1.Shop/Get/etag.sql:1:22: the etag is checked first, and copy is not there by then | find the row \
         by fields of the request"
    );
}

#[test]
fn steps_of_one_number_or_one_name_are_told() {
    let found = write().get("/_10_a.sql", "DELETE FROM t").get("/_10_b.sql", "DELETE FROM t").finding();
    assert_eq!(
        found,
        "sql/shop.v1.Shop/Get/_10_b.sql:1:1: sql/shop.v1.Shop/Get/_10_a.sql is step 10 too | give each step a number \
         of its own"
    );
    let found = write().get("/_10_a.sql", "DELETE FROM t").get("/_11_a.sql", "DELETE FROM t").finding();
    assert!(found.contains("_11_a.sql:1:1: sql/shop.v1.Shop/Get/_10_a.sql is named a too"), "{found}");
    let dialects =
        write().get("/_10_a.sqlite.sql", "DELETE FROM t").get("/_10_a.postgres.sql", "DELETE FROM t");
    assert_eq!(names(&dialects), ["a", "order"], "a step comes before the part of its number");
}

#[test]
fn a_steps_name_that_is_somebody_elses_is_told() {
    for (file, message) in [
        ("/_10_copy.sql", "shop.v1.Reply has a field copy, and :copy would be both"),
        ("/_10_name.sql", "shop.v1.Request has a field name, and :name would be both"),
        ("/_10_Get.sql", "the method has this name, and :Get would be both"),
    ] {
        let found = write().get(file, "DELETE FROM t").finding();
        assert!(found.contains(&format!("Get{file}:1:1: {message}")), "{found}");
    }
}

#[test]
fn a_step_without_a_number_or_a_name_is_told_with_one_that_has_both() {
    for (file, mend) in [
        ("/_reserve.sql", "name it _NN_name.sql, like _10_reserve.sql"),
        ("/_10_.sql", "name it _NN_name.sql, like _10_name.sql"),
        ("/_10.sql", "name it _NN_name.sql, like _10_name.sql"),
        ("/_99999999999_x.sql", "name it _NN_name.sql, like _10_x.sql"),
    ] {
        let found = write().get(file, "DELETE FROM t").finding();
        assert!(found.contains(&format!("Get{file}:1:1: ")) && found.contains("is no step"), "{found}");
        assert!(found.ends_with(mend), "{found}");
    }
}

#[test]
fn steps_that_need_each_other_go_round_in_a_circle() {
    let found = write()
        .get("/_1_a.sql", "INSERT INTO t VALUES (:b.id) RETURNING id")
        .get("/_2_b.sql", "INSERT INTO t VALUES (:a.id) RETURNING id")
        .finding();
    assert!(found.contains("Get/_1_a.sql:1:23: a circle: a needs b, b needs a"), "{found}");
}

#[test]
fn a_web_call_is_no_part_of_a_write() {
    let found = write().get("/copy.http", "GET {stock}/copy").finding();
    assert!(found.contains("Get/copy.http:1:1: a web call in a method that may write"), "{found}");
    let found = write().get("/_5_a.http", "GET {stock}/copy").finding();
    assert!(found.contains("Get/_5_a.http:1:1: a web call in a method that may write"), "{found}");
}

#[test]
fn a_stream_has_neither_steps_nor_an_etag() {
    for file in ["/_1_a.sql", "/etag.sql"] {
        let folder = Folder::new(
            "service Shop { rpc Get(Request) returns (stream Reply); }\nmessage Request { string etag = 1; } message Reply {}",
        );
        let found = folder.get(file, "SELECT 1").finding();
        assert!(found.contains("a stream's messages are rows of one statement"), "{found}");
    }
}

const UPDATE: &str = "message Request { Order order = 1; google.protobuf.FieldMask update_mask = 2; }\n\
    message Reply { int32 id = 1; }\n\
    message Order { int32 id = 1; string name = 2; repeated Order more = 3; map<string, Order> named = 4; Order inner = 5; }";

fn update(sql: &str) -> Folder {
    one_method(UPDATE).get(".sql", sql)
}

#[test]
fn a_mask_is_asked_about_the_resources_fields() {
    let folder = update(
        "UPDATE t SET a = :update_mask.name AND :update_mask.inner.inner.id AND :update_mask.more RETURNING id",
    );
    let method = folder.method();
    assert_eq!(method.update_mask.unwrap().resource.name(), "order");
    let meanwhile_catalog::Source::Sql(sql) = &method.parts[0].source else { panic!("no SQL") };
    let ways: Vec<String> = sql
        .statements()
        .flat_map(|statement| &statement.params)
        .filter_map(|param| match &param.origin {
            Origin::Mask(way) => Some(way.iter().map(|field| field.name()).collect::<Vec<_>>().join(".")),
            _ => None,
        })
        .collect();
    assert_eq!(ways, ["order.name", "order.inner.inner.id", "order.more"]);
}

#[test]
fn a_mask_that_is_asked_about_what_it_cannot_say_is_told_there() {
    for (name, found) in [
        (
            ":update_mask.nme",
            "shop.v1.Order has no field nme | use a field that it has (id, name, more, named, inner)",
        ),
        (":update_mask.order.name", "shop.v1.Order has no field order"),
        (":update_mask.name.x", "shop.v1.Order.name is updated as a whole | end the name at name"),
        (":update_mask.more.id", "shop.v1.Order.more is updated as a whole | end the name at more"),
        (":update_mask.named.id", "shop.v1.Order.named is updated as a whole"),
        (
            ":update_mask",
            ":update_mask is a list of fields, and no parameter | ask about a field of the resource",
        ),
    ] {
        let told = update(&format!("UPDATE t SET a = {name} RETURNING id")).finding();
        assert!(told.contains(&format!("Get.sql:1:18: {found}")), "{told}");
    }
}

#[test]
fn a_mask_without_a_resource_or_with_two_is_told_where_it_is_asked() {
    let none = UPDATE.replace("Order order = 1;", "int32 order = 1;");
    let two = UPDATE.replace("Order order = 1;", "Order order = 1; Order other = 3;");
    for messages in [none, two] {
        let told =
            one_method(&messages).get(".sql", "UPDATE t SET a = :update_mask.name RETURNING id").finding();
        assert!(
            told.contains(
                "Get.sql:1:18: update_mask is of a resource, and shop.v1.Request has not one message"
            ),
            "{told}"
        );
    }
}

#[test]
fn a_field_of_that_name_that_is_no_mask_is_a_field_like_others() {
    let messages = UPDATE.replace("google.protobuf.FieldMask update_mask", "Order update_mask");
    let folder = one_method(&messages).get(".sql", "UPDATE t SET a = :update_mask.name RETURNING id");
    assert!(folder.method().update_mask.is_none());
}

#[test]
fn a_request_id_is_looked_after_unless_a_read_or_its_own_sql_has_it() {
    let messages = "message Request { string request_id = 1; } message Reply { int32 id = 1; }";
    let has_id = |folder: Folder| folder.method().request_id.is_some();
    assert!(has_id(one_method(messages).get(".sql", "DELETE FROM t RETURNING id")));
    assert!(!has_id(one_method(messages).get(".sql", "DELETE FROM t WHERE a = :request_id RETURNING id")));
    assert!(!has_id(crate::folder::one_read(messages).get(".sql", "SELECT 1 AS id")));
    let number = messages.replace("string request_id", "int32 request_id");
    assert!(!has_id(one_method(&number).get(".sql", "DELETE FROM t RETURNING id")));
    let stream =
        Folder::new(&format!("service Shop {{ rpc Get(Request) returns (stream Reply); }}\n{messages}"));
    let found = stream.get(".sql", "DELETE FROM t RETURNING id").finding();
    assert!(found.contains("a stream cannot be given again, and request_id asks for that"), "{found}");
}
