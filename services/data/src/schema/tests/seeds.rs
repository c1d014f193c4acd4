use super::*;
use crate::{migrate, seed};

const SCHEMA: &str = "
    CREATE TABLE \"Zoos\" (id bigint PRIMARY KEY, name varchar(20) NOT NULL, motto text);
    CREATE TABLE animals (id bigint PRIMARY KEY, zoo bigint NOT NULL REFERENCES \"Zoos\", weight numeric(10, 1));
    CREATE TABLE aaa_visits (animal bigint NOT NULL REFERENCES animals)";

/// Three tables, of which each refers to one whose name comes later.
fn zoo() -> Shop {
    Shop::new("", "")
        .schema(SCHEMA)
        .with("seed/Zoos.tsv", "id\tname\tmotto\n1\tArtis\tnatura\n2\t\t\n")
        .with("seed/animals.tsv", "weight\tid\tzoo\r\n1.5\t10\t1\r\n\t11\t2\r\n\r\n")
        .with("seed/aaa_visits.tsv", "animal\n11\n")
        .with("seed/README.md", "Where the animals are from.")
        .with("seed/1_after.sql", "INSERT INTO animals (id, zoo) SELECT max(id) + 1, 1 FROM animals; DELETE FROM aaa_visits WHERE animal = 10")
}

#[test]
fn tables_that_are_referred_to_come_first_and_sql_comes_last() {
    on_both(&zoo(), async |shop, url| {
        migrate(&shop.load(), url).await.unwrap();
        assert_eq!(seed(&shop.load(), url).await.unwrap(), 5);
        let animals = rows(url, "SELECT id || ' ' || zoo || ' ' || COALESCE(CAST(weight AS text), 'none') FROM animals ORDER BY id").await;
        assert_eq!(animals, ["10 1 1.5", "11 2 none", "12 1 none"]);
    });
}

#[test]
fn an_empty_field_is_null_or_empty_where_text_has_to_be() {
    on_both(&zoo(), async |shop, url| {
        migrate(&shop.load(), url).await.unwrap();
        seed(&shop.load(), url).await.unwrap();
        let zoos =
            rows(url, "SELECT '[' || name || '] ' || COALESCE(motto, 'none') FROM \"Zoos\" ORDER BY id")
                .await;
        assert_eq!(zoos, ["[Artis] natura", "[] none"]);
    });
}

#[test]
fn a_database_is_seeded_once() {
    on_both(&zoo(), async |shop, url| {
        migrate(&shop.load(), url).await.unwrap();
        let counts = [seed(&shop.load(), url).await.unwrap(), seed(&shop.load(), url).await.unwrap()];
        assert_eq!(counts, [5, 0]);
    });
}

#[test]
fn two_that_seed_at_once_do_it_once() {
    on_both(&zoo(), async |shop, url| {
        let catalog = shop.load();
        migrate(&catalog, url).await.unwrap();
        let seeds = futures_util::future::join_all((0..4).map(|_| seed(&catalog, url))).await;
        let mut counts: Vec<usize> = seeds.into_iter().map(|seeded| seeded.unwrap()).collect();
        counts.sort_unstable();
        assert_eq!(counts, [0, 0, 0, 5]);
    });
}

#[test]
fn a_seed_that_fails_leaves_nothing_and_names_its_file() {
    for (file, content, told) in [
        ("seed/1_after.sql", "INSERT INTO nowhere VALUES (1)", "1_after.sql failed: "),
        ("seed/animals.tsv", "id\tzoo\n10\t99\n", ".tsv failed: "),
        ("seed/animals.tsv", "id\tzoo\n10\tx\n", ".tsv failed: "),
        ("seed/animals.tsv", "id\tzoo\n\n10\n", "animals.tsv failed: line 3: 1 fields under 2 columns"),
        ("seed/nowhere.tsv", "id\n1\n", "nowhere.tsv failed: "),
    ] {
        on_both(&zoo().with(file, content), async |shop, url| {
            migrate(&shop.load(), url).await.unwrap();
            let error = seed(&shop.load(), url).await.expect_err(content).to_string();
            assert!(error.starts_with("seeding from ") && error.contains(told), "{error}");
            assert_eq!(rows(url, "SELECT name FROM \"Zoos\"").await, [""; 0], "{content}");
        });
    }
}

#[test]
fn what_is_loaded_is_not_changed_on_its_way() {
    let text = "\"quoted\", 'too' \\N \\t back\\slash ;-- é東京 NULL";
    let shop =
        Shop::new("", "").schema("CREATE TABLE t (n text)").with("seed/t.tsv", &format!("n\n{text}\n"));
    on_both(&shop, async |shop, url| {
        migrate(&shop.load(), url).await.unwrap();
        seed(&shop.load(), url).await.unwrap();
        assert_eq!(rows(url, "SELECT n FROM t").await, [text]);
    });
}

#[test]
fn more_rows_than_one_statement_takes_are_all_there() {
    let lines: String = (0..40_000).map(|n| format!("{n}\tx\n")).collect();
    let shop = Shop::new("", "")
        .schema("CREATE TABLE t (n integer, m text)")
        .with("seed/t.tsv", &format!("n\tm\n{lines}"));
    on_both(&shop, async |shop, url| {
        migrate(&shop.load(), url).await.unwrap();
        assert_eq!(seed(&shop.load(), url).await.unwrap(), 40_000);
        assert_eq!(rows(url, "SELECT CAST(sum(n) AS text) FROM t").await, ["799980000"]);
    });
}
