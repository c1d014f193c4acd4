//! The schema changes while the catalog is served.

use meanwhile_proto::errors::Reason;

use crate::fixture::{Shop, on_postgres, on_sqlite};

const SCHEMA: &str = "
    CREATE TABLE a (id bigint, name text); CREATE TABLE b (note text);
    INSERT INTO a VALUES (1, 'one'); INSERT INTO b VALUES ('noted')";
const REPLY: &str = "message Request {} message Reply { int64 id = 1; string name = 2; string note = 3; }";
const BEFORE: &str = r#"{"id":"1","name":"one","note":"noted"}"#;

fn stars() -> Shop {
    Shop::reading(REPLY, "SELECT a.*, b.* FROM a CROSS JOIN b").schema(SCHEMA)
}

#[test]
fn a_read_recovers_when_a_column_comes_between_others() {
    on_postgres(&stars(), async |served| {
        assert_eq!(served.get("{}").await.unwrap(), BEFORE);
        served.psql("ALTER TABLE a ADD COLUMN extra text DEFAULT 'new'");
        for _ in 0..3 {
            assert_eq!(served.get("{}").await.unwrap(), BEFORE);
        }
        served.end_sessions();
        assert_eq!(served.get("{}").await.unwrap(), BEFORE);
    });
}

#[test]
fn a_read_recovers_when_a_column_gets_another_type() {
    on_postgres(&stars(), async |served| {
        served.get("{}").await.unwrap();
        for kind in ["integer", "numeric", "smallint", "bigint"] {
            served.psql(&format!("ALTER TABLE a ALTER COLUMN id TYPE {kind}"));
            assert_eq!(served.get("{}").await.unwrap(), BEFORE, "{kind}");
        }
        served.psql("ALTER TABLE a ALTER COLUMN name TYPE varchar(10)");
        assert_eq!(served.get("{}").await.unwrap(), BEFORE);
    });
}

#[test]
fn a_value_that_no_longer_fits_is_told_and_never_misread() {
    on_postgres(&stars(), async |served| {
        served.get("{}").await.unwrap();
        for kind in ["text", "float8", "interval", "money"] {
            served.psql(&format!("ALTER TABLE a ALTER COLUMN id TYPE {kind} USING '1'::{kind}"));
            assert_eq!(served.get("{}").await.unwrap_err().reason, Reason::ReplyInvalid, "{kind}");
        }
    });
}

#[test]
fn a_column_that_is_gone_breaks_its_method_alone() {
    on_postgres(&stars(), async |served| {
        served.get("{}").await.unwrap();
        served.psql("ALTER TABLE a DROP COLUMN name");
        for _ in 0..2 {
            assert_eq!(served.get("{}").await.unwrap_err().reason, Reason::MethodBroken);
        }
        served.psql("ALTER TABLE a ADD COLUMN name text DEFAULT 'one'");
        assert_eq!(served.get("{}").await.unwrap(), BEFORE);
    });
}

#[test]
fn a_table_that_is_gone_breaks_its_method_until_it_is_back() {
    on_postgres(&stars(), async |served| {
        served.get("{}").await.unwrap();
        served.psql("ALTER TABLE b RENAME TO c");
        assert_eq!(served.get("{}").await.unwrap_err().reason, Reason::MethodBroken);
        served.psql("ALTER TABLE c RENAME TO b");
        assert_eq!(served.get("{}").await.unwrap(), BEFORE);
    });
}

#[test]
fn a_lost_statement_is_prepared_again() {
    let shop = Shop::new(
        "rpc Get(Request) returns (Reply) { option idempotency_level = NO_SIDE_EFFECTS; } rpc Forget(Request) returns (Nothing);",
        &format!("{REPLY} message Nothing {{}}"),
    )
    .sql("Get.sql", "SELECT a.*, b.* FROM a CROSS JOIN b")
    .sql("Forget.sql", "SELECT forget()")
    .schema(&format!(
        "{SCHEMA}; CREATE FUNCTION forget() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$"
    ));
    on_postgres(&shop, async |served| {
        served.get("{}").await.unwrap();
        served.call("Forget", "{}").await.unwrap();
        assert_eq!(served.get("{}").await.unwrap(), BEFORE);
    });
}

#[test]
fn a_write_recovers_too_and_is_executed_once() {
    let shop = Shop::writing(
        "message Request {} message Reply { int64 id = 1; }",
        "INSERT INTO t (id) SELECT count(*) FROM t RETURNING *",
    )
    .schema("CREATE TABLE t (id bigint)");
    on_postgres(&shop, async |served| {
        assert_eq!(served.get("{}").await.unwrap(), "{}");
        served.psql("ALTER TABLE t ADD COLUMN extra text");
        assert_eq!(served.get("{}").await.unwrap(), r#"{"id":"1"}"#);
        assert_eq!(served.psql("SELECT count(*) FROM t"), "2");
    });
}

#[test]
fn sqlite_never_gives_a_column_the_value_of_another() {
    on_sqlite(&stars(), async |served| {
        assert_eq!(served.get("{}").await.unwrap(), BEFORE);
        let file = served.catalog.root.join("shop.sqlite");
        let url = crate::DatabaseUrl::new(format!("sqlite:{}", file.display()), None).unwrap();
        let mut other = crate::schema::sqlite(&url).await.unwrap();
        for change in ["ALTER TABLE a ADD COLUMN extra text DEFAULT 'new'", "ALTER TABLE a DROP COLUMN extra"]
        {
            sqlx::query(change).execute(&mut other).await.unwrap();
            assert_eq!(served.get("{}").await.unwrap(), BEFORE, "{change}");
        }
        for change in ["ALTER TABLE a DROP COLUMN name", "ALTER TABLE a ADD COLUMN other text"] {
            sqlx::query(change).execute(&mut other).await.unwrap();
            assert_eq!(served.get("{}").await.unwrap_err().reason, Reason::MethodBroken, "{change}");
        }
    });
}
