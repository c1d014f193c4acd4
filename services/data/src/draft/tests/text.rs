//! What a draft writes, where it writes it, and what it leaves alone.

use std::path::Path;

use super::*;

fn read(world: &World, path: &str) -> String {
    std::fs::read_to_string(world.shop.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every file with its text.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            match entry.path().is_dir() {
                true => folders.push(entry.path()),
                false if entry.file_name().to_string_lossy().starts_with("shop.sqlite") => {}
                false => files.push((
                    entry.path().display().to_string(),
                    std::fs::read_to_string(entry.path()).unwrap(),
                )),
            }
        }
    }
    files.sort();
    files
}

const TWO: &str = "
    CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT);
    CREATE TABLE order_items (order_id INTEGER REFERENCES orders, line INTEGER, PRIMARY KEY (order_id, line));";

#[test]
fn a_draft_written_twice_is_written_once() {
    on(Dialect::Sqlite, TWO, &[], async |world| {
        let before = files(world.shop.path());
        let again = world.draft(&[]).await;
        assert_eq!((again.written, again.tables.len(), again.kept.len()), (0, 0, 2));
        assert_eq!(files(world.shop.path()), before);
    });
}

#[test]
fn a_table_is_added_to_a_draft_and_what_was_edited_stays() {
    on(Dialect::Sqlite, TWO, &["orders"], async |world| {
        let edited = world.shop.path().join("sql/t.v1.Orders/GetOrder.sql");
        std::fs::write(&edited, "SELECT id, 'edited' AS note FROM orders WHERE id = :id").unwrap();
        let before = files(world.shop.path());
        let added = world.draft(&["order_items", "orders"]).await;
        assert_eq!(added.kept, [Path::new("catalog.toml"), Path::new("proto/t/v1/orders.proto")]);
        assert_eq!(added.tables.len(), 1);
        let after = files(world.shop.path());
        assert!(before.iter().all(|file| after.contains(file)));
        assert!(after.len() > before.len());
        world.shop.load();
    });
}

#[test]
fn a_statement_that_is_there_is_kept_though_its_contract_is_not() {
    on(Dialect::Sqlite, TWO, &["orders"], async |world| {
        std::fs::remove_file(world.shop.path().join("proto/t/v1/orders.proto")).unwrap();
        std::fs::remove_file(world.shop.path().join("sql/t.v1.Orders/GetOrder.sql")).unwrap();
        std::fs::remove_file(world.shop.path().join("catalog.toml")).unwrap();
        let again = world.draft(&["orders"]).await;
        assert_eq!(again.written, 3);
        assert!(again.kept.contains(&"sql/t.v1.Orders/DeleteOrder.sql".into()));
        world.shop.load();
    });
}

#[test]
fn a_contract_that_has_the_name_already_keeps_it() {
    on(Dialect::Sqlite, TWO, &["orders"], async |world| {
        let proto = "syntax = \"proto3\"; package t.v1; message OrderItem {}";
        std::fs::write(world.shop.path().join("proto/own.proto"), proto).unwrap();
        let drafted = world.draft(&["order_items"]).await;
        let why = "proto/own.proto has a t.v1.OrderItem already".to_owned();
        assert_eq!(drafted.left_out, [("order_items".to_owned(), why)]);
        assert_eq!(drafted.written, 0);
    });
}

#[test]
fn what_there_is_no_draft_for_is_named_with_the_reason() {
    on(Dialect::Sqlite, SCHEMAS[1].2, &[], async |world| {
        let left_out: Vec<&str> = world.drafted.left_out.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(left_out, ["order_totals", "product_search"]);
        let visits = world.drafted.tables.iter().find(|table| table.table == "visits").unwrap();
        assert_eq!(visits.methods, ["CreateVisit"]);
        assert!(visits.notes[0].starts_with("no primary key"), "{:?}", visits.notes);
    });
}

#[test]
fn a_database_without_tables_is_no_draft() {
    let shop = Shop::empty();
    run(async {
        let url = shop.sqlite();
        crate::schema::close(crate::schema::sqlite(&url).await.unwrap()).await;
        let error = draft(&url, &options(&shop, &[])).await.unwrap_err();
        assert_eq!(error.to_string(), "the database has no tables");
        assert!(!shop.path().join("catalog.toml").exists());
    });
}

#[test]
fn a_database_that_is_not_there_is_not_made() {
    let shop = Shop::empty();
    run(async {
        assert!(draft(&shop.sqlite(), &options(&shop, &[])).await.is_err());
        assert!(std::fs::read_dir(shop.path()).unwrap().next().is_none());
    });
}

#[test]
fn a_sqlite_catalog_knows_its_database_and_a_postgresql_one_is_told() {
    on(Dialect::Sqlite, TWO, &[], async |world| {
        assert_eq!(
            world.served.catalog.database,
            Some(format!("sqlite:{}", world.url.file().unwrap().display()))
        );
    });
    on(Dialect::Postgres, "CREATE TABLE t (id integer PRIMARY KEY)", &[], async |world| {
        assert_eq!(world.served.catalog.database, None);
    });
}

#[test]
fn a_table_of_another_schema_is_in_a_package_of_its_own() {
    on(Dialect::Postgres, SCHEMAS[5].2, &["Sales; DROP.orders"], async |world| {
        assert_eq!(findings(world), [""; 0]);
        assert_eq!(world.drafted.tables[0].service, "t.sales_drop.v1.Orders");
        let sql = read(world, "sql/t.sales_drop.v1.Orders/GetOrder.sql");
        assert!(sql.contains("FROM \"Sales; DROP\".orders\nWHERE ip = :ip"), "{sql}");
        for (list, get) in reads::lists(world) {
            for row in reads::walk(world, &list).await {
                assert_eq!(reads::call(world, &get, &reads::key_of(world, &get, &row)).await, row);
            }
        }
    });
}

#[test]
fn comments_are_the_databases_own_and_stay_comments() {
    on(Dialect::Postgres, SCHEMAS[0].2, &["customers", "orders"], async |world| {
        let proto = read(world, "proto/t/v1/customers.proto");
        let about =
            "// Who buys.\n//\n// Never removed: */ rpc Evil(X) returns (X); // :name\nmessage Customer {";
        assert!(proto.contains(about), "{proto}");
        assert!(proto.contains("  // Unique, and in lower case.\n  string email = 2"), "{proto}");
        let status = read(world, "proto/t/v1/order_status.proto");
        assert!(status.contains("// How far an order has come.\nenum OrderStatus {"), "{status}");
    });
}

#[test]
fn postgresql_quotes_no_word_that_is_not_quoted_here() {
    on(Dialect::Postgres, "CREATE TABLE t (id integer PRIMARY KEY)", &[], async |world| {
        let words = world.served.psql("SELECT word FROM pg_get_keywords() WHERE catcode <> 'U'");
        let bare: Vec<&str> =
            words.lines().filter(|word| crate::draft::quote::quoted(word) == *word).collect();
        assert_eq!(bare, [""; 0]);
    });
}
