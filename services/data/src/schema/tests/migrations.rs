use super::*;
use crate::migrate;

fn shop() -> Shop {
    Shop::new("", "").schema("CREATE TABLE t (n text); INSERT INTO t VALUES ('first')")
}

#[test]
fn migrations_run_once_and_new_ones_after_them() {
    on_both(&shop(), async |shop, url| {
        let _ = std::fs::remove_file(shop.path().join("migrations/2_more.sql"));
        for _ in 0..2 {
            assert_eq!(migrate(&shop.load(), url).await.unwrap(), 1);
        }
        std::fs::write(shop.path().join("migrations/2_more.sql"), "INSERT INTO t VALUES ('second')").unwrap();
        assert_eq!(migrate(&shop.load(), url).await.unwrap(), 2);
        assert_eq!(rows(url, "SELECT n FROM t ORDER BY n").await, ["first", "second"]);
    });
}

#[test]
fn a_migration_that_was_changed_after_it_ran_is_refused() {
    for (dialect, sql) in [("sqlite", "-- changed\nSELECT 1"), ("postgres", "SELECT 1")] {
        on_both(&shop(), async |shop, url| {
            if url.dialect().as_str() != dialect {
                return;
            }
            migrate(&shop.load(), url).await.unwrap();
            std::fs::write(shop.path().join("migrations/1_schema.sql"), sql).unwrap();
            let error = migrate(&shop.load(), url).await.unwrap_err().to_string();
            assert!(
                error.starts_with("migrating failed: ") && error.contains("has been modified"),
                "{error}"
            );
        });
    }
}

#[test]
fn a_migration_that_fails_leaves_nothing_and_may_be_mended() {
    let broken = "CREATE TABLE half (n text); INSERT INTO nowhere VALUES (1)";
    on_both(&shop(), async |shop, url| {
        let file = shop.path().join("migrations/2_broken.sql");
        std::fs::write(&file, broken).unwrap();
        migrate(&shop.load(), url).await.unwrap_err();
        std::fs::write(&file, "CREATE TABLE half (n text)").unwrap();
        migrate(&shop.load(), url).await.unwrap();
        assert_eq!(rows(url, "SELECT n FROM half").await, [""; 0]);
        std::fs::remove_file(file).unwrap();
    });
}

#[test]
fn a_database_that_knows_more_migrations_than_the_catalog_is_refused() {
    on_both(&shop(), async |shop, url| {
        let file = shop.path().join("migrations/2_later.sql");
        std::fs::write(&file, "SELECT 1").unwrap();
        migrate(&shop.load(), url).await.unwrap();
        std::fs::remove_file(file).unwrap();
        let error = migrate(&shop.load(), url).await.unwrap_err().to_string();
        assert!(error.contains("previously applied but is missing"), "{error}");
    });
}

#[test]
fn two_that_migrate_at_once_do_it_once() {
    let Some((_database, url)) = postgres() else { return };
    run(async {
        let shop = shop();
        let catalog = shop.load();
        let (one, other) = tokio::join!(migrate(&catalog, &url), migrate(&catalog, &url));
        assert_eq!((one.unwrap(), other.unwrap()), (1, 1));
        assert_eq!(rows(&url, "SELECT n FROM t").await, ["first"]);
    });
}

#[test]
fn behind_a_pooler_nothing_is_migrated() {
    let url = DatabaseUrl::new("postgres://meanwhile@127.0.0.1:1/shop?pooler=true", None).unwrap();
    run(async {
        let error = migrate(&shop().load(), &url).await.unwrap_err().to_string();
        assert!(error.contains("instead of its pooler"), "{error}");
    });
}
