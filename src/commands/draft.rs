//! `meanwhile draft`: writes a catalog's proto and SQL from a database's own tables, and says what it wrote, what it
//! left out and why, and what to do next.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args as ClapArgs;
use meanwhile_catalog::Catalog;
use meanwhile_data::{DatabaseUrl, DraftOptions, Drafted, DraftedTable};

use crate::settings::{CatalogArgs, DatabaseArgs, shown};

#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(flatten)]
    catalog: CatalogArgs,
    #[command(flatten)]
    database: DatabaseArgs,
    /// A table, as SQL names it: orders, sales.orders; may be repeated [default: all that bare names lead to]
    #[arg(long = "table", value_name = "NAME", value_delimiter = ',')]
    tables: Vec<String>,
    /// The package of the contract [default: the database's name and .v1]
    #[arg(long, value_name = "NAME")]
    package: Option<String>,
}

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let folder = folder(&args.catalog);
    let there = folder.as_deref().filter(|folder| is_catalog(folder)).map(Catalog::read);
    let database = there.and_then(|reading| reading.catalog.database);
    let url = args.database.existing(database.as_deref())?;
    // One that holds a password came by environment, and does again.
    let named = args.database.database.filter(|url| !DatabaseUrl::has_password(url));
    let options = DraftOptions { tables: args.tables, package: args.package, folder };
    let drafted = meanwhile_data::draft(&url, &options).await?;
    print!("{}", told(&drafted, named.as_deref()));
    Ok(ExitCode::SUCCESS)
}

/// The folder asked for, or this one where it is a catalog; none for a new one.
fn folder(args: &CatalogArgs) -> Option<PathBuf> {
    let here = || Some(PathBuf::from(".")).filter(|folder| is_catalog(folder));
    args.catalog.clone().or_else(here)
}

fn is_catalog(folder: &Path) -> bool {
    folder.join("catalog.toml").is_file()
}

fn told(drafted: &Drafted, database: Option<&str>) -> String {
    let folder = shown(&drafted.folder);
    let mut text = String::new();
    for DraftedTable { table, service, methods, notes } in &drafted.tables {
        text.push_str(&format!("{table}: {service} with {}\n", methods.join(", ")));
        notes.iter().for_each(|note| text.push_str(&format!("    {note}\n")));
    }
    for (what, why) in &drafted.left_out {
        text.push_str(&format!("left out: {what}: {why}\n"));
    }
    for file in &drafted.kept {
        text.push_str(&format!("kept as it is: {}\n", shown(file)));
    }
    let files = if drafted.written == 1 { "1 file" } else { &format!("{} files", drafted.written) };
    text.push_str(&format!("\n{files} written to {folder}. Next:\n\n"));
    let database = database.map(|url| format!(" --database {}", quoted(url))).unwrap_or_default();
    for command in ["check", "up"] {
        text.push_str(&format!("  meanwhile {command} --catalog {}{database}\n", quoted(&folder)));
    }
    text
}

/// A word as a POSIX shell reads it.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@%+=,".contains(letter);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_says_what_it_wrote_what_it_left_out_and_what_is_next() {
        let drafted = Drafted {
            folder: PathBuf::from("my shop"),
            tables: vec![DraftedTable {
                table: "orders".to_owned(),
                service: "shop.v1.Orders".to_owned(),
                methods: vec!["GetOrder".to_owned(), "ListOrders".to_owned()],
                notes: vec!["a note".to_owned()],
            }],
            written: 5,
            kept: vec![PathBuf::from("catalog.toml")],
            left_out: vec![("totals".to_owned(), "a view".to_owned())],
        };
        let expected = "orders: shop.v1.Orders with GetOrder, ListOrders\n    a note\nleft out: totals: a view\n\
                        kept as it is: catalog.toml\n\n5 files written to my shop. Next:\n\n  \
                        meanwhile check --catalog 'my shop' --database postgres://u@h:1/shop\n  \
                        meanwhile up --catalog 'my shop' --database postgres://u@h:1/shop\n";
        assert_eq!(told(&drafted, Some("postgres://u@h:1/shop")), expected);
    }
}
