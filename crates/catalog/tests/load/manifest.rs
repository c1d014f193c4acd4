//! `catalog.toml`.

use meanwhile_catalog::UpstreamProtocol;

use crate::folder::{Folder, one_method};

fn shop(manifest: &str) -> Folder {
    one_method("message Request {} message Reply {}").get(".sql", "SELECT 1").with("catalog.toml", manifest)
}

#[test]
fn it_names_the_catalog_its_database_and_its_upstreams() {
    let catalog = shop(
        "name = \"x\"\ndatabase = \"sqlite:x.db\"\n[upstreams.a]\nurl = \"https://h/base\"\n[upstreams.b]\nurl = \
         \"http://h:1\"\nprotocol = \"h2c\"",
    )
    .load();
    assert_eq!((catalog.name.as_str(), catalog.database.as_deref()), ("x", Some("sqlite:x.db")));
    let protocols: Vec<_> = catalog.upstreams.values().map(|upstream| upstream.protocol).collect();
    assert_eq!(protocols, [UpstreamProtocol::Http1, UpstreamProtocol::H2c]);
}

#[test]
fn a_fault_is_told_at_its_place() {
    for (manifest, place) in [
        ("", "1:1"),
        ("name = \"x\"\ncolour = 1", "2:1"),
        ("name = 1", "1:8"),
        ("name = \"x\"\n[upstreams.a]\nurl = \"http://h\"\nprotocol = \"h3\"", "4:12"),
        ("name = \"x", "1:10"),
    ] {
        let found = shop(manifest).finding();
        assert!(found.starts_with(&format!("catalog.toml:{place}: ")), "{manifest}: {found}");
        assert!(found.contains("docs/catalog.md"), "{found}");
    }
}

#[test]
fn an_upstream_is_a_plain_url() {
    for url in ["ftp://h", "h:80", "http://u:p@h", "http://h?x=1", "http://h#x", ""] {
        let found = shop(&format!("name = \"é\"\n[upstreams.a]\nurl = \"{url}\"")).finding();
        assert!(
            found.starts_with("catalog.toml:") && found.contains("the upstream a is not"),
            "{url}: {found}"
        );
    }
    assert!(
        shop("name = \"é\"\n[upstreams.a]\nurl = \"ftp://h\"").finding().starts_with("catalog.toml:3:8: ")
    );
}

#[test]
fn a_folder_without_it_is_no_catalog() {
    let folder = shop("name = \"x\"");
    std::fs::remove_file(folder.path().join("catalog.toml")).unwrap();
    let found = folder.finding();
    assert!(found.starts_with("catalog.toml:1:1: cannot be read: "), "{found}");
}
