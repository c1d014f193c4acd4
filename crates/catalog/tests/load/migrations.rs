//! Migrations and seeds: which files apply to which database, in which order.

use meanwhile_catalog::Dialect;

use crate::folder::Folder;

fn shop(files: &[&str]) -> Folder {
    files.iter().fold(Folder::new(""), |folder, file| folder.with(file, format!("-- {file}")))
}

fn migrations(files: &[&str], dialect: Dialect) -> Result<Vec<String>, String> {
    let folder = shop(files);
    let found = folder.load().migrations(dialect).map_err(|findings| findings.to_string())?;
    Ok(found.iter().map(|file| format!("{} {} {}", file.version, file.name, file.sql)).collect())
}

#[test]
fn migrations_run_by_number_whatever_their_digits() {
    let files = ["migrations/10_ten.sql", "migrations/0002_two_words.sql", "migrations/1_one.sql"];
    assert_eq!(
        migrations(&files, Dialect::Sqlite).unwrap(),
        [
            "1 one -- migrations/1_one.sql",
            "2 two words -- migrations/0002_two_words.sql",
            "10 ten -- migrations/10_ten.sql"
        ]
    );
}

#[test]
fn a_dialects_migration_is_for_that_one_alone() {
    let files = ["migrations/1_a.postgres.sql", "migrations/1_a.sqlite.sql", "migrations/2_b.sqlite.sql"];
    assert_eq!(migrations(&files, Dialect::Postgres).unwrap(), ["1 a -- migrations/1_a.postgres.sql"]);
    assert_eq!(migrations(&files, Dialect::Sqlite).unwrap().len(), 2);
}

#[test]
fn a_number_used_twice_is_told() {
    for files in
        [["migrations/1_a.sql", "migrations/01_b.sql"], ["migrations/1_a.sql", "migrations/1_a.sqlite.sql"]]
    {
        let found = migrations(&files, Dialect::Sqlite).unwrap_err();
        assert!(found.contains("has the number 1 too"), "{found}");
    }
}

#[test]
fn what_is_no_migrations_name_is_told() {
    for file in
        ["1.sql", "a_1.sql", "-1_a.sql", "+1_a.sql", "1_a.mysql.sql", "1_a.txt", "99999999999999999999_a.sql"]
    {
        let found = migrations(&[&format!("migrations/{file}")], Dialect::Sqlite).unwrap_err();
        assert!(found.ends_with(":1:1: this is not a migration's name"), "{file}: {found}");
    }
}

fn seeds(files: &[&str], dialect: Dialect) -> Result<Vec<String>, String> {
    let folder = shop(files);
    let found = folder.load().seeds(dialect).map_err(|findings| findings.to_string())?;
    let name =
        |file: &meanwhile_catalog::SeedFile| file.path.file_name().unwrap().to_string_lossy().into_owned();
    Ok(found.iter().map(name).collect())
}

#[test]
fn seeds_are_tables_then_statements_by_name() {
    let files = [
        "seed/b.tsv",
        "seed/a.tsv",
        "seed/0_first.sql",
        "seed/x.sqlite.sql",
        "seed/x.postgres.sql",
        "seed/README.md",
    ];
    assert_eq!(seeds(&files, Dialect::Sqlite).unwrap(), ["a.tsv", "b.tsv", "0_first.sql", "x.sqlite.sql"]);
    assert_eq!(
        seeds(&files, Dialect::Postgres).unwrap(),
        ["a.tsv", "b.tsv", "0_first.sql", "x.postgres.sql"]
    );
}

#[test]
fn what_would_be_a_seed_but_for_its_name_is_told() {
    for file in ["seed/a.b.tsv", "seed/a.mysql.sql"] {
        let found = seeds(&[file], Dialect::Sqlite).unwrap_err();
        assert!(found.ends_with(":1:1: this is not a seed file's name"), "{file}: {found}");
    }
}

#[test]
fn a_catalog_needs_neither() {
    assert!(migrations(&[], Dialect::Sqlite).unwrap().is_empty());
    assert!(seeds(&[], Dialect::Sqlite).unwrap().is_empty());
}
