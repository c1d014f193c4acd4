//! What a draft writes, where it writes it, and what it leaves alone.

use std::path::Path;

use serde_json::{Value, json};

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
        assert_eq!(findings(world).await, [""; 0]);
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

const ORDERS: &str = "
    CREATE TABLE customers (id integer PRIMARY KEY);
    CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customers);
    CREATE TABLE order_items (id integer PRIMARY KEY, order_id integer NOT NULL REFERENCES orders, sku text NOT NULL);
    CREATE INDEX i ON order_items (order_id);
    INSERT INTO customers VALUES (1);
    INSERT INTO orders VALUES (1, 1), (2, 1), (3, 1);
    INSERT INTO order_items VALUES (1, 1, 'a'), (2, 3, 'b'), (3, 1, 'c');";

/// On each database.
fn on_both(script: &str, tables: &[&str], test: impl AsyncFn(&World)) {
    on(Dialect::Sqlite, script, tables, &test);
    on(Dialect::Postgres, script, tables, &test);
}

#[test]
fn an_order_has_its_items_alone_and_in_lists() {
    on_both(ORDERS, &[], async |world| {
        let item = |id: i32, order: i32, sku: &str| json!({"id": id, "orderId": order, "sku": sku});
        let first = json!({"id": 1, "customerId": 1, "items": [item(1, 1, "a"), item(3, 1, "c")]});
        let orders = json!([first, {"id": 2, "customerId": 1}, {"id": 3, "customerId": 1, "items": [item(2, 3, "b")]}]);
        let orders = text_of_integers(world, &json!({"orders": orders}));
        assert_eq!(reads::call(world, "/t.v1.Orders/ListOrders", &json!({})).await, orders);
        let got = reads::call(world, "/t.v1.Orders/GetOrder", &json!({"id": 1})).await;
        assert_eq!(got, orders["orders"][0]);
        let masked = json!({"id": 1, "readMask": "customerId"});
        let customer = text_of_integers(world, &json!({"customerId": 1}));
        assert_eq!(reads::call(world, "/t.v1.Orders/GetOrder", &masked).await, customer);
        assert!(
            !world.shop.path().join("sql/t.v1.Customers/GetCustomer").exists(),
            "orders are no part of a customer"
        );
    });
}

/// SQLite's integers have 64 bits, which JSON has as text.
fn text_of_integers(world: &World, value: &Value) -> Value {
    match value {
        Value::Number(number) if world.url.dialect() == Dialect::Sqlite => json!(number.to_string()),
        Value::Array(items) => items.iter().map(|item| text_of_integers(world, item)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), text_of_integers(world, value))).collect()
        }
        other => other.clone(),
    }
}

#[test]
fn children_of_many_are_bounded_each_and_a_missing_index_is_told() {
    let more = "
        DROP INDEX i;
        INSERT INTO order_items
        WITH RECURSIVE n (n) AS (SELECT 4 UNION ALL SELECT n + 1 FROM n WHERE n < 250) SELECT n, 1 + n % 2, 'x' FROM n";
    on_both(&format!("{ORDERS}{more}"), &["orders", "order_items"], async |world| {
        let page = reads::call(world, "/t.v1.Orders/ListOrders", &json!({})).await;
        let counts: Vec<usize> = page["orders"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["items"].as_array().unwrap().len())
            .collect();
        assert_eq!(counts, [100, 100, 1]);
        let got = reads::call(world, "/t.v1.Orders/GetOrder", &json!({"id": 1})).await;
        assert_eq!(got["items"].as_array().unwrap().len(), 126);
        let orders = world.drafted.tables.iter().find(|table| table.table == "orders").unwrap();
        assert_eq!(
            orders.notes,
            ["order_items has no index on (order_id): reading its items reads all of them"]
        );
    });
}

/// The files below a folder's folders: those of methods that have children.
fn children(world: &World) -> Vec<String> {
    let below = files(&world.shop.path().join("sql")).into_iter().map(|(path, _)| path);
    let below = below.filter_map(|path| path.split_once("/sql/t.v1.").map(|(_, path)| path.to_owned()));
    below.filter(|path| path.matches('/').count() == 2 && path.contains("/Get")).collect()
}

#[test]
fn rows_belong_to_the_nearest_row_that_they_cannot_be_without() {
    let of = |schema: usize, expected: &[&str]| {
        on(SCHEMAS[schema].1, SCHEMAS[schema].2, &[], async |world| assert_eq!(children(world), expected));
    };
    of(0, &["Orders/GetOrder/items.sql"]);
    of(2, &["Actors/GetActor/film_actors.sql", "Films/GetFilm/actors.sql", "Rentals/GetRental/payments.sql"]);
    of(3, &["Invoices/GetInvoice/lines.sql", "Playlists/GetPlaylist/tracks.sql"]);
    of(4, &["Issues/GetIssue/comments.sql", "Issues/GetIssue/labels.sql"]);
}
