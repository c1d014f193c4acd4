//! Looking at a folder that others change: what is seen, and what is not.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use meanwhile_catalog::{Changes, Look};

use crate::folder::{Folder, one_read};

const MESSAGES: &str = "message Request {} message Reply { string name = 1; }";

fn shop() -> Folder {
    one_read(MESSAGES).get(".sql", "SELECT 'a' AS name")
}

/// Whether `change` is seen.
fn is_seen(folder: &Folder, change: impl FnOnce(&Path)) -> bool {
    let before = Look::at(folder.path());
    change(folder.path());
    before != Look::at(folder.path())
}

#[test]
fn two_looks_at_a_folder_that_nobody_changed_are_equal() {
    assert!(!is_seen(&shop(), |_| {}));
}

#[test]
fn a_file_that_is_made_changed_or_removed_is_seen() {
    let shop = shop();
    for name in
        ["catalog.toml", "proto/shop/v1/more.proto", "sql/shop.v1.Shop/Get/a.http", "migrations/1_a.sql"]
    {
        let file = |root: &Path| root.join(name);
        assert!(
            is_seen(&shop, |root| {
                fs::create_dir_all(file(root).parent().unwrap()).unwrap();
                fs::write(file(root), "a longer text").unwrap();
            }),
            "{name}"
        );
        assert!(is_seen(&shop, |root| fs::remove_file(file(root)).unwrap()), "{name}");
    }
}

/// As `cp -p` and `rsync -t` do it.
#[test]
fn a_text_of_the_same_length_with_the_time_set_back_is_seen() {
    let shop = shop();
    let file = shop.path().join("sql/shop.v1.Shop/Get.sql");
    let time = fs::metadata(&file).unwrap().modified().unwrap();
    assert!(is_seen(&shop, |root| {
        let other = root.join("other");
        fs::write(&other, "SELECT 'b' AS name").unwrap();
        fs::File::options().write(true).open(&other).unwrap().set_modified(time).unwrap();
        fs::rename(other, &file).unwrap();
    }));
}

#[test]
fn what_is_no_part_of_the_catalog_is_not_seen() {
    let shop = shop();
    for name in ["shop.sqlite", "seed/a.tsv", "scenarios/a.toml", "sql/.swap", "proto/shop.proto~"] {
        let change = |root: &Path| {
            fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
            fs::write(root.join(name), "x").unwrap();
        };
        assert!(!is_seen(&shop, change), "{name}");
    }
}

/// As Kubernetes mounts it: the visible names are links through `..data`, which is pointed elsewhere.
#[test]
fn a_config_map_that_is_pointed_elsewhere_is_seen() {
    let (first, second, mount) = (shop(), shop(), tempfile::tempdir().unwrap());
    let data = mount.path().join("..data");
    symlink(first.path(), &data).unwrap();
    for name in ["catalog.toml", "proto", "sql"] {
        symlink(Path::new("..data").join(name), mount.path().join(name)).unwrap();
    }
    let before = Look::at(mount.path());
    fs::remove_file(&data).unwrap();
    symlink(second.path(), &data).unwrap();
    assert_ne!(before, Look::at(mount.path()));
}

#[test]
fn a_folder_that_is_away_is_seen_and_is_the_same_when_it_is_back() {
    let shop = shop();
    let before = Look::at(shop.path());
    let away = tempfile::tempdir().unwrap();
    fs::rename(shop.path(), away.path().join("shop")).unwrap();
    let gone = Look::at(shop.path());
    assert!(gone != before && !gone.is_there() && before.is_there());
    fs::rename(away.path().join("shop"), shop.path()).unwrap();
    assert_eq!(before, Look::at(shop.path()));
}

fn digest(shop: &Folder) -> u64 {
    shop.method().digest()
}

#[test]
fn the_same_files_have_the_same_digest_elsewhere() {
    assert_eq!(digest(&shop()), digest(&shop()));
}

#[test]
fn whatever_answers_a_method_is_in_its_digest() {
    let other = [
        one_read(MESSAGES).get(".sql", "SELECT 'b' AS name"),
        one_read(MESSAGES).get(".sqlite.sql", "SELECT 'a' AS name"),
        one_read(MESSAGES).get(".http", "GET {stock}/a"),
        one_read("message Request { int32 a = 1; } message Reply { string name = 1; }")
            .get(".sql", "SELECT 'a' AS name"),
        one_read("message Request { E a = 1; } enum E { Z = 0; } message Reply { string name = 1; }")
            .get(".sql", "SELECT 'a' AS name"),
        one_read("message Request { E a = 1; } enum E { Z = 0; Y = 1; } message Reply { string name = 1; }")
            .get(".sql", "SELECT 'a' AS name"),
        one_read("message Request { I a = 1; } message I {} message Reply { string name = 1; }")
            .get(".sql", "SELECT 'a' AS name"),
        one_read("message Request { I a = 1; } message I { int32 b = 1; } message Reply { string name = 1; }")
            .get(".sql", "SELECT 'a' AS name"),
        one_read(
            "message Request { int32 a = 1 [(google.api.field_behavior) = REQUIRED]; } message Reply { string name = 1; }",
        )
        .get(".sql", "SELECT 'a' AS name"),
        crate::folder::read_with("option (meanwhile.v1.timeout) = { seconds: 1 };", MESSAGES)
            .get(".sql", "SELECT 'a' AS name"),
        crate::folder::one_method(MESSAGES).get(".sql", "SELECT 'a' AS name"),
    ];
    let digests: std::collections::BTreeSet<u64> = other.iter().chain([&shop()]).map(digest).collect();
    assert_eq!(digests.len(), other.len() + 1);
}

#[test]
fn what_answers_other_methods_is_not_in_a_methods_digest() {
    let two = |sql: &str| {
        Folder::new(
            "service Shop { rpc Get(Request) returns (Reply); rpc Put(Other) returns (Reply); }
             message Request {} message Other { int32 a = 1; } message Reply { string name = 1; }",
        )
        .get(".sql", "SELECT 'a' AS name")
        .with("sql/shop.v1.Shop/Put.sql", sql)
    };
    assert_eq!(digest(&two("SELECT 'x' AS name")), digest(&two("SELECT 'y' AS name")));
}

fn changes(before: &Folder, after: &Folder) -> [String; 3] {
    let Changes { new, changed, gone } = Changes::between(&before.load(), &after.load());
    [new, changed, gone].map(|names| names.to_string())
}

fn methods(names: &[&str], sql: &str) -> Folder {
    let rpcs: String = names.iter().map(|name| format!("rpc {name}(Request) returns (Reply);")).collect();
    let folder = Folder::new(&format!("service Shop {{ {rpcs} }} {MESSAGES}"));
    names.iter().fold(folder, |folder, name| folder.with(&format!("sql/shop.v1.Shop/{name}.sql"), sql))
}

#[test]
fn new_changed_and_gone_methods_are_told_apart() {
    let before = methods(&["Go", "Stay", "Turn"], "SELECT 'a' AS name");
    let after = methods(&["Come", "Stay", "Turn"], "SELECT 'a' AS name")
        .with("sql/shop.v1.Shop/Turn.sql", "SELECT 'b' AS name");
    assert_eq!(changes(&before, &after), ["shop.v1.Shop/Come", "shop.v1.Shop/Turn", "shop.v1.Shop/Go"]);
    assert_eq!(changes(&before, &before), ["none", "none", "none"]);
}

#[test]
fn many_methods_are_counted() {
    let names: Vec<String> = (0..23).map(|number| format!("M{number:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let [_, changed, _] =
        changes(&methods(&names, "SELECT 'a' AS name"), &methods(&names, "SELECT 'b' AS name"));
    assert!(changed.ends_with("shop.v1.Shop/M19 and 3 more"), "{changed}");
}
