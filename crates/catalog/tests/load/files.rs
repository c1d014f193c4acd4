//! The folder as it lies on disk.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use meanwhile_catalog::Catalog;

use crate::folder::{Folder, one_method, one_read};

fn shop() -> Folder {
    one_method("message Request {} message Reply {}").get(".sql", "SELECT 1")
}

#[test]
fn hidden_files_and_editors_copies_are_passed_over() {
    let folder = shop().get(".sql~", "garbage").with("sql/.DS_Store", [0xFF]).with("sql/.git/x", "y");
    folder.with("proto/.x.proto", "garbage").load();
}

#[test]
fn a_file_with_no_place_in_a_catalog_is_told() {
    for file in ["sql/x.sql", "sql/a.B/c/d/e.sql", "sql/a.B/sql", "sql/a.B/C.txt", "sql/README"] {
        let found = shop().with(file, "SELECT 1").finding();
        assert!(
            found.starts_with(&format!("{file}:1:1: this file answers no method | name it sql/pkg.Service")),
            "{found}"
        );
    }
}

#[test]
fn a_file_that_is_not_utf_8_is_told_at_its_first_byte_that_is_not() {
    let found = shop().with("sql/shop.v1.Shop/Get.postgres.sql", b"SELECT\n'\xC3\xA9\xFF'").finding();
    assert!(found.starts_with("sql/shop.v1.Shop/Get.postgres.sql:2:3: cannot be read: "), "{found}");
    assert!(found.ends_with("make it a readable UTF-8 file"), "{found}");
}

/// A method with a file that has no text is not told to have no answer, nor a contract not to have what nobody could read.
#[test]
fn what_cannot_be_read_is_all_that_is_told() {
    let sql = one_method("message Request {} message Reply {}");
    let found = sql.with("sql/shop.v1.Shop/Get.sql", [0xFF]).finding();
    assert!(found.starts_with("sql/shop.v1.Shop/Get.sql:1:1: cannot be read: "), "{found}");
    let found = shop().with("proto/shop/v1/shop.proto", b"syntax = \"proto3\"; // \xFF").finding();
    assert!(found.starts_with("proto/shop/v1/shop.proto:1:23: cannot be read: "), "{found}");
    let proto = "import \"shop/v1/more.proto\"; service Shop { rpc Get(Request) returns (Reply); } message Request {} message Reply {}";
    let found = Folder::new(proto).get(".sql", "SELECT 1").with("proto/shop/v1/more.proto", [0xFF]).finding();
    assert!(found.starts_with("proto/shop/v1/more.proto:1:1: cannot be read: "), "{found}");
    let web = one_read("message Request {} message Reply { int64 id = 1; }")
        .get(".http", "")
        .with("sql/shop.v1.Shop/Get.http", [0xFF]);
    assert!(web.finding().starts_with("sql/shop.v1.Shop/Get.http:1:1: cannot be read: "));
}

#[test]
fn a_nul_is_told_where_it_stands() {
    let found = shop().get(".sql", "SELECT\n1 \0").finding();
    assert!(found.starts_with("sql/shop.v1.Shop/Get.sql:2:3: a NUL"), "{found}");
    let migrations = shop()
        .with("migrations/1_a.sql", "SELECT 1;\n\0")
        .load()
        .migrations(meanwhile_catalog::Dialect::Sqlite);
    assert!(migrations.unwrap_err().to_string().starts_with("migrations/1_a.sql:2:1: a NUL"));
}

#[test]
fn a_pipe_and_a_device_are_told_and_not_waited_for() {
    for target in ["/dev/zero", "/dev/full"] {
        let folder = shop();
        std::fs::remove_file(folder.path().join("sql/shop.v1.Shop/Get.sql")).unwrap();
        symlink(target, folder.path().join("sql/shop.v1.Shop/Get.sql")).unwrap();
        let found = folder.finding();
        assert!(found.starts_with("sql/shop.v1.Shop/Get.sql:1:1: "), "{target}: {found}");
    }
}

#[test]
fn a_file_that_nobody_wrote_by_hand_is_not_read() {
    let found = shop().get(".sql", &"-- x\n".repeat(4 << 20)).finding();
    assert!(
        found.starts_with("sql/shop.v1.Shop/Get.sql:1:1: has 20 MiB, and 16 are the most that is read"),
        "{found}"
    );
}

#[test]
fn a_name_that_is_not_utf_8_is_told() {
    let folder = shop();
    let name = std::ffi::OsStr::from_bytes(b"Ge\xFFt.sql");
    std::fs::write(folder.path().join("sql/shop.v1.Shop").join(name), "SELECT 1").unwrap();
    assert!(folder.finding().contains("this file answers no method"));
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_text() {
    let folder =
        shop().get(".sql", "\u{feff}SELECT 1").with("sql/shop.v1.Shop/Get.sqlite.sql", "\u{feff}SELECT :x");
    assert!(folder.finding().contains("Get.sqlite.sql:1:8: "));
}

#[test]
fn a_mounted_config_map_is_followed() {
    let folder = shop();
    let root = folder.path();
    std::fs::create_dir(root.join("..2024_01_01")).unwrap();
    std::fs::rename(root.join("sql"), root.join("..2024_01_01/sql")).unwrap();
    std::fs::rename(root.join("catalog.toml"), root.join("..2024_01_01/catalog.toml")).unwrap();
    symlink("..2024_01_01", root.join("..data")).unwrap();
    symlink("..data/sql", root.join("sql")).unwrap();
    symlink("..data/catalog.toml", root.join("catalog.toml")).unwrap();
    assert_eq!(folder.load().methods.len(), 1);
}

#[test]
fn links_that_lead_back_are_passed_over() {
    let folder = shop();
    for (target, link) in
        [("..", "sql/up"), (".", "sql/here"), ("../..", "sql/shop.v1.Shop/root"), ("../proto", "proto/loop")]
    {
        symlink(target, folder.path().join(link)).unwrap();
    }
    assert_eq!(folder.load().methods.len(), 1);
}

#[test]
fn a_link_to_nowhere_is_told() {
    let folder = shop();
    symlink("nowhere", folder.path().join("sql/shop.v1.Shop/Get.postgres.sql")).unwrap();
    assert!(folder.finding().starts_with("sql/shop.v1.Shop/Get.postgres.sql:1:1: cannot be read: "));
}

#[test]
fn findings_come_in_order_of_file_and_place() {
    let folder = shop()
        .get(".sql", "SELECT 1 WHERE :a = 1")
        .get(".sqlite.sql", "SELECT 1;\nSELECT 2")
        .with("sql/a.sql", "")
        .with("catalog.toml", "");
    let found = folder.findings();
    let mut sorted = found.clone();
    sorted.sort();
    assert_eq!(found, sorted);
}

#[test]
fn a_report_shows_the_line_and_the_mend() {
    let folder = shop().get(".sql", "SELECT 1\nWHERE :missing = 1");
    let report = Catalog::load(folder.path()).unwrap_err().report(std::path::Path::new("cat"), false);
    assert!(report.starts_with("cat/sql/shop.v1.Shop/Get.sql:2:7\n"), "{report}");
    for said in ["shop.v1.Request has no field missing", "WHERE :missing = 1", "it has none"] {
        assert!(report.contains(said), "{said}: {report}");
    }
}
