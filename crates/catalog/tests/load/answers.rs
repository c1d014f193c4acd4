//! What the words of a file's name mean.

use meanwhile_catalog::{Role, Shape};

use crate::folder::{Folder, one_method, one_read};

const MESSAGES: &str = "message Request { int32 id = 1; }\n\
    message Reply { int32 id = 1; repeated Row rows = 2; }\n\
    message Row { int32 id = 1; map<string, Row> named = 2; }";

#[test]
fn a_methods_own_row_and_its_folder_fill_one_reply() {
    let folder = one_read(MESSAGES)
        .get(".sql", "SELECT 1 AS id, 2 AS extra")
        .get("/rows.sql", "SELECT 1 AS id WHERE 1 = :Get.extra");
    let parts = folder.method().parts;
    let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(names, ["Get", "rows"]);
    assert_eq!([parts[0].shape, parts[1].shape], [Shape::One, Shape::Many]);
    assert_eq!(parts[1].needs, [0]);
}

#[test]
fn a_method_without_a_folder_has_no_part_of_its_name() {
    let found = one_read(MESSAGES).get(".sql", "SELECT :Get.id AS id").finding();
    assert!(found.contains("Get.sql:1:8: shop.v1.Request has no field Get"), "{found}");
}

#[test]
fn rows_that_are_the_whole_reply_have_no_folder_beside_them() {
    let list =
        one_read("message Request {} message Reply { repeated Row rows = 1; } message Row { int32 id = 1; }")
            .get(".sql", "SELECT 1 AS id");
    let stream = Folder::new(
        "service Shop { rpc Get(Request) returns (stream Reply); }\n\
         message Request {} message Reply { repeated Row rows = 1; int32 id = 2; } message Row { int32 id = 1; }",
    );
    for folder in [list, stream.get(".sql", "SELECT 1 AS id")] {
        let found = folder.get("/rows.sql", "SELECT 1 AS id").finding();
        assert!(
            found.contains("Get/rows.sql:1:1: sql/shop.v1.Shop/Get.sql answers shop.v1.Shop/Get already"),
            "{found}"
        );
    }
}

#[test]
fn a_word_that_means_nothing_is_told_with_those_that_would() {
    let found =
        |file: &str| one_read(MESSAGES).get("/id.sql", "SELECT 1 AS id").get(file, "SELECT 1").finding();
    assert_eq!(
        one_read(MESSAGES).get(".sql", "SELECT 1 AS id").get(".mysql.sql", "SELECT 1").finding(),
        "sql/shop.v1.Shop/Get.mysql.sql:1:1: mysql is no dialect | use a dialect (postgres, sqlite), or take the word \
         away"
    );
    assert_eq!(
        found("/rows.price.sql"),
        "sql/shop.v1.Shop/Get/rows.price.sql:1:1: price is no dialect, and no field of shop.v1.Row | use a dialect \
         (postgres, sqlite) or a field (id, named), or take the word away"
    );
    for (file, message) in [
        ("/rows.sqlite.postgres.sql", "sqlite is no dialect"),
        ("/rows.sqlite.http", "sqlite is no dialect"),
        ("/rows..sql", " is no dialect"),
        ("/rows.named.id.sql", "id is no dialect"),
        ("/id.x.sql", "x is no dialect |"),
        ("/postgres.sql", "shop.v1.Reply has no field postgres"),
        ("/_x.sql", "shop.v1.Reply has no field _x"),
        ("/_1_.sql", "shop.v1.Reply has no field _1_"),
        ("/_+1_x.sql", "shop.v1.Reply has no field _+1_x"),
        ("/_99999999999_x.sql", "shop.v1.Reply has no field _99999999999_x"),
    ] {
        let found = found(file);
        assert!(found.contains(&format!("Get{file}:1:1: ")) && found.contains(message), "{file}: {found}");
    }
}

#[test]
fn a_step_is_of_a_write() {
    let found = one_read(MESSAGES).get("/id.sql", "SELECT 1 AS id").get("/_10_x.sql", "SELECT 1").finding();
    assert!(found.contains("Get/_10_x.sql:1:1: a step in a method that only reads"), "{found}");
}

#[test]
fn an_etag_is_checked_by_writes_and_is_a_field_of_reads() {
    let messages = "message Request { string etag = 1; } message Reply { string etag = 1; int32 id = 2; }";
    let read = one_read(messages).get("/etag.sql", "SELECT 'x' AS etag");
    assert_eq!(read.part().name, "etag");
    let write =
        one_method(messages).get("/etag.sql", "SELECT 'x'").get("/id.sql", "SELECT 1 AS id WHERE '' = :etag");
    let roles: Vec<Role> = write.method().parts.iter().map(|part| part.role).collect();
    assert_eq!(roles, [Role::Etag, Role::Reply]);
}
