//! Names that mean nothing: parameters, parts, pages.

use super::{GET, LEFT, PAGE, RIGHT, assert_file};

#[test]
fn a_parameter_that_the_request_does_not_have() {
    let words = ["notes.v1.Key has no field key", "id"];
    assert_file(GET, "SELECT id FROM notes\nWHERE id = :key", "Get.sql:2:12", &words);
}

#[test]
fn a_parameter_that_is_not_one_value() {
    assert_file(GET, "SELECT id FROM notes WHERE id = :id.more", "Get.sql:1:33", &["no fields of its own"]);
}

#[test]
fn parts_that_need_each_other() {
    let circle = "SELECT id, text FROM notes WHERE id = :right.id\n";
    assert_file(LEFT, circle, "Both/left.sql:1:39", &["a circle", "left needs right", "right needs left"]);
    assert_file(
        LEFT,
        "SELECT id FROM notes WHERE id = :left.id",
        "Both/left.sql:1:33",
        &["left needs itself"],
    );
}

#[test]
fn a_part_that_needs_a_column_that_is_not_selected() {
    let words = ["the part left has no column size", "select it there, AS size"];
    assert_file(RIGHT, "SELECT id FROM notes WHERE size = :left.size", "Both/right.sql:1:35", &words);
    assert_file(RIGHT, "SELECT id FROM notes WHERE id = :left", "Both/right.sql:1:33", &["names a part"]);
}

#[test]
fn a_list_that_is_not_paged() {
    let words = ["Page has page_by, and this statement does not use :limit"];
    assert_file(PAGE, "SELECT id FROM notes WHERE id > :after.id", "Page.sql:1:1", &words);
    let words = ["page_by does not name size"];
    let other = "SELECT id FROM notes\nWHERE id > :after.id OR size > :after.size LIMIT :limit";
    assert_file(PAGE, other, "Page.sql:2:32", &words);
    let words = ["page_by"];
    assert_file(PAGE, "SELECT text FROM notes WHERE id > :after.id LIMIT :limit", "Page.sql:1:", &words);
}
