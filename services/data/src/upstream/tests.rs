use super::*;
use crate::fixture::Shop;

fn catalog(upstreams: &str) -> Catalog {
    let rpc = "rpc Get(Request) returns (Reply);";
    let shop = Shop::new(rpc, "message Request {} message Reply { string name = 1; }");
    shop.sql("Get.sql", "SELECT 'a' AS name")
        .with("catalog.toml", &format!("name = \"shop\"\n{upstreams}"))
        .load()
}

fn upstreams(first: &str) -> Upstreams {
    Upstreams::new(&catalog(first), &BTreeMap::new(), None).unwrap()
}

/// Whether another catalog calls `web` over the same connections.
fn is_kept(first: &str, then: &str) -> bool {
    let first = upstreams(first);
    let then = first.for_catalog(&catalog(then), &BTreeMap::new()).unwrap();
    Arc::ptr_eq(&first.by_name["web"], &then.by_name["web"])
}

const WEB: &str = "[upstreams.web]\nurl = \"http://127.0.0.1:1\"\n";

#[test]
fn connections_to_the_same_web_service_outlive_their_catalog() {
    assert!(is_kept(WEB, &format!("{WEB}[upstreams.more]\nurl = \"http://127.0.0.1:2\"\n")));
    assert!(!is_kept(WEB, &format!("{WEB}protocol = \"h2c\"\n")));
    assert!(!is_kept(WEB, "[upstreams.web]\nurl = \"http://127.0.0.1:2\"\n"));
}

#[test]
fn a_name_that_the_first_catalog_lacks_is_an_error_and_one_that_a_later_lacks_is_not() {
    let elsewhere = BTreeMap::from([("web".to_owned(), "http://127.0.0.1:9".to_owned())]);
    assert!(
        matches!(Upstreams::new(&catalog(""), &elsewhere, None), Err(UpstreamError::Unknown(name)) if name == "web")
    );
    let first = Upstreams::new(&catalog(WEB), &elsewhere, None).unwrap();
    assert!(first.for_catalog(&catalog(""), &elsewhere).unwrap().by_name.is_empty());
    let again =
        first.for_catalog(&catalog("[upstreams.web]\nurl = \"http://127.0.0.1:2\"\n"), &elsewhere).unwrap();
    assert_eq!(again.by_name["web"].base, "http://127.0.0.1:9");
}
