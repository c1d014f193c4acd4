//! The `.proto` files: what is told of those that do not compile, and what a catalog may import.

use std::time::Duration;

use crate::folder::{Folder, one_method, read_with};

#[test]
fn a_syntax_error_is_told_at_its_place() {
    let found = Folder::new("message Request {\n  strin g name = ;\n}").finding();
    assert!(found.starts_with("proto/shop/v1/shop.proto:5:"), "{found}");
}

#[test]
fn an_unknown_type_is_told_at_its_place() {
    let found = Folder::new("message Ü {}\n/* é */ message R { Missing x = 1; }").finding();
    assert!(found.starts_with("proto/shop/v1/shop.proto:"), "{found}");
    let found = Folder::new("message R { Missing x = 1; }").finding();
    assert!(found.starts_with("proto/shop/v1/shop.proto:4:13: "), "{found}");
}

#[test]
fn a_missing_import_is_told_where_it_is_imported() {
    let folder = Folder::new("").with("proto/b.proto", "syntax = \"proto3\";\nimport \"nowhere.proto\";");
    let found = folder.finding();
    assert!(found.starts_with("proto/b.proto:2:") && found.contains("nowhere.proto"), "{found}");
}

#[test]
fn the_faults_of_all_files_are_told_at_once() {
    let folder = Folder::new("import \"bad.proto\";")
        .with("proto/bad.proto", "syntax = \"proto3\"; message {")
        .with("proto/worse.proto", "syntax = \"proto3\"; enum {");
    let found = folder.findings();
    let files: Vec<&str> = found.iter().map(|finding| finding.split(':').next().unwrap()).collect();
    assert_eq!(files, ["proto/bad.proto", "proto/worse.proto"], "{found:#?}");
}

#[test]
fn a_place_behind_wide_characters_and_tabs_is_still_one() {
    let folder = Folder::new(
        "service Shop { /* 東京 é */\trpc Get(Request) returns (Reply); } message Request {} message Reply {}",
    );
    let found = folder.finding();
    assert!(found.starts_with("proto/shop/v1/shop.proto:4:27: nothing answers"), "{found}");
}

#[test]
fn what_is_built_in_can_be_imported() {
    let imports = [
        "google/type/latlng.proto",
        "google/api/annotations.proto",
        "google/protobuf/any.proto",
        "google/rpc/status.proto",
    ];
    let imports: String = imports.iter().map(|name| format!("import \"{name}\";\n")).collect();
    let proto = format!("{imports}message Place {{ google.type.LatLng at = 1; }}");
    let catalog = Folder::new(&proto).load();
    assert!(catalog.contract.descriptors().get_message_by_name("google.rpc.ErrorInfo").is_some());
}

#[test]
fn files_of_the_catalog_may_import_each_other() {
    let folder = one_method("import \"rows.proto\"; message Request {} message Reply { rows.Row row = 1; }")
        .with("proto/rows.proto", "syntax = \"proto3\"; package rows; message Row { int32 id = 1; }")
        .get("/row.sql", "SELECT 1 AS id");
    assert_eq!(folder.method().parts[0].target.message.full_name(), "rows.Row");
}

#[test]
fn a_method_may_have_a_time_of_its_own() {
    let timeout = |option: &str| {
        read_with(option, "message Request {} message Reply {}").get(".sql", "SELECT 1").method().timeout
    };
    assert_eq!(timeout("option (meanwhile.v1.timeout) = {seconds: 1 nanos: 5};"), Some(Duration::new(1, 5)));
    assert_eq!(timeout(""), None);
    assert_eq!(timeout("option (meanwhile.v1.timeout) = {seconds: -1};"), None);
}

#[test]
fn an_answer_to_no_method_is_told() {
    let folder = || one_method("message Request {} message Reply {}").get(".sql", "SELECT 1");
    assert_eq!(
        folder().with("sql/shop.v1.Shop/Got.sql", "SELECT 1").finding(),
        "sql/shop.v1.Shop/Got.sql:1:1: shop.v1.Shop has no method Got | use a name that it has (Get), or remove this"
    );
    assert_eq!(
        folder().with("sql/shop.v1.Shopp/Get.sql", "SELECT 1").finding(),
        "sql/shop.v1.Shopp/Get.sql:1:1: the contract has no service shop.v1.Shopp | use a name that it has \
         (shop.v1.Shop), or remove this"
    );
}
