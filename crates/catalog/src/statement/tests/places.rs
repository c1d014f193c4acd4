//! Where what is told of a statement stands in its file.

use super::*;

fn place_of(text: &str, param: usize) -> (usize, usize) {
    parsed(text, Dialect::Postgres).param_place(param).line_column()
}

#[test]
fn a_place_counts_characters_and_not_bytes() {
    assert_eq!(place_of("SELECT 'Zürich — 東京', :a", 0), (1, 23));
    assert_eq!(place_of("-- é\nSELECT 'é' , :a.b", 0), (2, 14));
}

#[test]
fn carriage_returns_do_not_move_a_place() {
    assert_eq!(place_of("SELECT 1,\r\n  :a,\r\n\t:b\r\n", 1), (3, 2));
}

#[test]
fn text_around_parameters_stays_byte_for_byte() {
    let text = "SELECT 'ü:a', /* é */ :a ,\r\n \"日本:x\" , :b.c::text";
    let rendered = "SELECT 'ü:a', /* é */ ?1 ,\r\n \"日本:x\" , ?2::text";
    assert_eq!(parsed(text, Dialect::Postgres).render(Dialect::Sqlite), rendered);
}

#[test]
fn a_databases_position_leads_back_to_the_source() {
    let text = "\n  SELECT 'é', :first, nme, :second.x, oops FROM t";
    let statement = parsed(text, Dialect::Postgres);
    let rendered = statement.render(Dialect::Postgres);
    let at = |word: &str| {
        let character = rendered[..rendered.find(word).unwrap()].chars().count();
        let place = statement.rendered_place(Dialect::Postgres, character);
        text[place.range].to_owned()
    };
    assert_eq!(at("nme"), "nme");
    assert_eq!(at("oops"), "oops");
    assert_eq!(at("$1"), ":first");
    assert_eq!(at("$2"), ":second.x");
    assert_eq!(at("SELECT"), "SELECT");
}

#[test]
fn the_last_word_of_a_file_is_marked_whole() {
    let statement = parsed("SELECT missing", Dialect::Postgres);
    assert_eq!(statement.rendered_place(Dialect::Postgres, 7).range, 7..14);
}

#[test]
fn a_position_behind_the_end_is_the_end() {
    let statement = parsed("SELECT :a", Dialect::Postgres);
    assert_eq!(statement.rendered_place(Dialect::Postgres, 1_000).range, 9..9);
}

#[test]
fn a_word_is_found_whole_or_not_at_all() {
    let statement = parsed("SELECT id_x, xid, id FROM t", Dialect::Postgres);
    assert_eq!(statement.word_place("id").range, 18..20);
    assert_eq!(statement.word_place("nowhere").range, 0..27);
}
