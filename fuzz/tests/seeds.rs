//! What the targets start from, without libFuzzer.

use meanwhile_catalog::Catalog;
use meanwhile_fuzz::texts::Texts;
use meanwhile_fuzz::{peer, seeds, statement};

#[test]
fn every_statement_of_the_repository_is_read_as_the_target_says() {
    let statements = seeds::statements().unwrap();
    assert!(statements.len() > 40, "{}", statements.len());
    statements.iter().for_each(|text| statement::check(text));
}

#[test]
fn the_binders_catalog_has_no_findings_and_its_texts_are_known() {
    let folder = tempfile::tempdir().unwrap();
    seeds::write_catalog(folder.path()).unwrap();
    let catalog = Catalog::load(folder.path()).unwrap_or_else(|findings| panic!("{findings}"));
    let texts = Texts::new(&catalog, &[]);
    assert_eq!(texts.values("DELETE FROM orders WHERE id = ?1"), Some(1));
    let whole = "SELECT id, title FROM books WHERE (?1 IS NULL OR status = ?1) ORDER BY id";
    assert_eq!(texts.values(whole), Some(1));
    assert_eq!(texts.values(&whole.replace("(?1 IS NULL OR status = ?1)", "true")), Some(1));
    assert_eq!(texts.values(&whole.replace("?1", "'sold_out'")), None);
}

#[test]
fn what_peers_say_that_keep_the_rules_is_heard_to_its_end() {
    peer::seeds().iter().for_each(|said| peer::check(said));
}
