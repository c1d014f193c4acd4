//! Several faults at once: none hides another, and what is sound is known.

use meanwhile_catalog::Catalog;

use crate::folder::Folder;

const TWO: &str = "service Shop {
  rpc Get(Request) returns (Reply);
  rpc Put(Request) returns (Reply);
}
message Request { int32 id = 1; } message Reply { int32 id = 1; }";

#[test]
fn a_file_that_does_not_compile_hides_nothing_of_the_others() {
    let found = Folder::new(TWO)
        .with("proto/other.proto", "syntax = \"proto3\"; message {")
        .with("catalog.toml", "name = \"shop\"\nnmae = 1\n")
        .with("sql/shop.v1.Shop/Get.sql", "SELECT :nme AS id")
        .with("sql/shop.v1.Shop/Gte.sql", "SELECT 1")
        .with("sql/other.v1.Other/List.sql", "SELECT 'open")
        .with("sql/other.v1.Other/Call.http", "PUT {stock}/")
        .with("sql/other.v1.Other/Sound.sql", "SELECT 1")
        .with("sql/other.txt", "")
        .findings();
    let told = [
        "catalog.toml:2:1: unknown field `nmae`",
        "proto/other.proto:1:28: expected an identifier",
        "proto/shop/v1/shop.proto:6:3: nothing answers shop.v1.Shop/Put",
        "sql/other.txt:1:1: this file answers no method",
        "sql/other.v1.Other/Call.http:1:1: only GET is known",
        "sql/other.v1.Other/List.sql:1:8: Unterminated string literal",
        "sql/shop.v1.Shop/Get.sql:1:8: shop.v1.Request has no field nme",
        "sql/shop.v1.Shop/Gte.sql:1:1: shop.v1.Shop has no method Gte",
    ];
    assert_eq!(found.len(), told.len(), "{found:#?}");
    for (found, told) in found.iter().zip(told) {
        assert!(found.starts_with(told), "{found} is not {told}");
    }
}

#[test]
fn what_is_sound_is_known_beside_what_is_not() {
    let folder = Folder::new(
        "service Shop { rpc Get(Request) returns (Reply); rpc Put(Request) returns (Reply); }
         message Request { int32 id = 1; } message Reply { int32 id = 1; }",
    )
    .with("sql/shop.v1.Shop/Get.sql", "SELECT :id AS id")
    .with("sql/shop.v1.Shop/Put.sql", "SELECT :nme AS id");
    let reading = Catalog::read(folder.path());
    assert_eq!(reading.catalog.methods[0].full_name(), "shop.v1.Shop/Get");
    assert_eq!(reading.unsound[0].full_name(), "shop.v1.Shop/Put");
    let methods: Vec<_> = reading.findings.iter().map(|finding| finding.method.as_deref()).collect();
    assert_eq!(methods, [Some("shop.v1.Shop/Put")]);
    assert!(reading.sound().is_err());
}

#[test]
fn every_fault_of_a_contracts_file_is_told() {
    let found =
        Folder::new("message A { Missing x = 1; /* é */ Absent y = 2; }\nmessage B { Nowhere z = 1; }");
    let found = found.findings();
    let places: Vec<&str> = found.iter().map(|told| told.split(" is not").next().unwrap()).collect();
    assert_eq!(
        places,
        [
            "proto/shop/v1/shop.proto:4:13: name 'Missing'",
            "proto/shop/v1/shop.proto:4:36: name 'Absent'",
            "proto/shop/v1/shop.proto:5:13: name 'Nowhere'",
        ]
    );
}

#[test]
fn a_contract_that_ends_too_early_is_told_at_its_end() {
    let found = Folder::new("message A {\n").finding();
    assert!(found.starts_with("proto/shop/v1/shop.proto:4:12: expected"), "{found}");
}

#[test]
fn files_that_import_each_other_are_told_at_the_import() {
    let found = Folder::new("")
        .with("proto/a.proto", "syntax = \"proto3\";\nimport \"b.proto\";")
        .with("proto/b.proto", "syntax = \"proto3\";\n\nimport \"a.proto\";")
        .findings();
    let places: Vec<&str> = found.iter().map(|told| told.split(": ").next().unwrap()).collect();
    assert_eq!(places, ["proto/a.proto:2:8", "proto/b.proto:3:8"], "{found:?}");
}

#[test]
fn a_composites_parts_and_its_page_have_each_its_own_finding() {
    let found = Folder::new(
        "service Shop { rpc Get(stream Request) returns (Reply) { option (meanwhile.v1.page_by) = \"id\"; } }
         message Request { int32 id = 1; } message Row { int32 id = 1; }
         message Reply { Row one = 1; Row two = 2; Row three = 3; map<string, int32> four = 4; }",
    )
    .get("/one.sql", "SELECT :nme AS id, :other, :after.id")
    .get("/two.sql", "SELECT 1; SELECT 2")
    .get("/three.sql", "SELECT :two.id, :one.id AS id")
    .get("/four.sql", "SELECT :five")
    .get("/five.sql", "SELECT 1")
    .findings();
    let told: Vec<&str> = found.iter().map(|told| told.split(" | ").next().unwrap()).collect();
    assert_eq!(
        told,
        [
            "proto/shop/v1/shop.proto:4:16: client streaming is not served",
            "proto/shop/v1/shop.proto:4:16: page_by on a method whose reply is no list",
            "sql/shop.v1.Shop/Get/five.sql:1:1: shop.v1.Reply has no field five",
            "sql/shop.v1.Shop/Get/four.sql:1:8: shop.v1.Request has no field five",
            "sql/shop.v1.Shop/Get/one.sql:1:8: shop.v1.Request has no field nme",
            "sql/shop.v1.Shop/Get/one.sql:1:20: shop.v1.Request has no field other",
            "sql/shop.v1.Shop/Get/two.sql:1:11: a second statement",
        ]
    );
}

#[test]
fn places_are_counted_in_characters_whatever_ends_a_line() {
    let sql = "-- größe\r\nSELECT\t'東京', :nme AS id,\r\n\t\t:othér";
    let found = Folder::new(TWO)
        .with("sql/shop.v1.Shop/Get.sql", sql)
        .with("sql/shop.v1.Shop/Put.sql", "\u{feff}SELECT :x")
        .with("catalog.toml", "\u{feff}über = 1\r\nname = \"shop\"")
        .findings();
    let places: Vec<&str> = found.iter().map(|told| told.split(": ").next().unwrap()).collect();
    assert_eq!(
        places,
        [
            "catalog.toml:1:1",
            "sql/shop.v1.Shop/Get.sql:2:14",
            "sql/shop.v1.Shop/Get.sql:3:3",
            "sql/shop.v1.Shop/Put.sql:1:8",
        ],
        "{found:#?}"
    );
}
