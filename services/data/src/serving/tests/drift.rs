//! A database that changes under what is served.

use super::*;
use crate::fixture::{on_both, on_postgres};

const MESSAGES: &str =
    "message Request { string of = 1; } message Reply { int32 number = 1; string name = 2; }";
const SCHEMA: &str = "CREATE TABLE words (word text, number integer); INSERT INTO words VALUES ('hello', 7)";

fn words(list: &str) -> Shop {
    shop(&[("Get", "SELECT word AS name FROM words"), ("List", list)], MESSAGES).schema(SCHEMA)
}

const NUMBER: &str = "SELECT number FROM words";

#[test]
fn a_column_that_goes_refuses_its_method_alone_and_serves_it_again_when_it_is_back() {
    on_both(&words(NUMBER), async |fixture| {
        let kept = Kept::start(fixture, HASTY).await;
        assert_eq!(kept.call("List").await.unwrap(), r#"{"number":7}"#);
        fixture.beside("ALTER TABLE words DROP COLUMN number").await;
        assert_eq!(kept.refusal("List").await.0, Reason::MethodBroken);
        kept.until(LIST, Some(Status::NotServing)).await;
        assert_eq!([kept.status(GET), kept.status("shop.v1.Shop")], [Some(Status::Serving); 2]);
        assert_eq!(kept.call("Get").await.unwrap(), r#"{"name":"hello"}"#);
        let (reason, detail) = kept.refusal("List").await;
        assert!(reason == Reason::MethodBroken && detail.contains("number"), "{detail}");
        fixture.beside("ALTER TABLE words ADD COLUMN number integer DEFAULT 8").await;
        kept.until(LIST, Some(Status::Serving)).await;
        assert_eq!(kept.call("List").await.unwrap(), r#"{"number":8}"#);
        kept.stop().await.unwrap();
    });
}

#[test]
fn a_method_refused_at_start_is_served_when_a_migration_mends_it() {
    on_both(&words("SELECT number FROM later"), async |fixture| {
        let kept = Kept::start(fixture, HASTY).await;
        assert_eq!(kept.refusal("List").await.0, Reason::MethodBroken);
        fixture.beside("CREATE TABLE later (number integer); INSERT INTO later VALUES (9)").await;
        kept.until(LIST, Some(Status::Serving)).await;
        assert_eq!(kept.call("List").await.unwrap(), r#"{"number":9}"#);
        kept.stop().await.unwrap();
    });
}

#[test]
fn a_column_whose_type_no_longer_fits_refuses_its_method() {
    on_postgres(&words(NUMBER), async |fixture| {
        let kept = Kept::start(fixture, HASTY).await;
        assert_eq!(kept.call("List").await.unwrap(), r#"{"number":7}"#);
        fixture.beside("ALTER TABLE words ALTER COLUMN number TYPE text").await;
        let (reason, _) = kept.refusal("List").await;
        assert!([Reason::ReplyInvalid, Reason::MethodBroken].contains(&reason), "{reason:?}");
        kept.until(LIST, Some(Status::NotServing)).await;
        fixture.beside("ALTER TABLE words ALTER COLUMN number TYPE integer USING 3").await;
        kept.until(LIST, Some(Status::Serving)).await;
        assert_eq!(kept.call("List").await.unwrap(), r#"{"number":3}"#);
        kept.stop().await.unwrap();
    });
}

/// What was bound before: an integer parameter, where the column is text by now.
#[test]
fn a_parameter_whose_type_changes_is_bound_anew() {
    let list = "SELECT number FROM words WHERE word = :of";
    on_postgres(&words(list), async |fixture| {
        let kept = Kept::start(fixture, HASTY).await;
        let of_hello = r#"{"of": "5b1c1a3e-4f7a-4a0c-9f6e-0d3a4e2f1b0c"}"#;
        fixture.beside("UPDATE words SET word = '5b1c1a3e-4f7a-4a0c-9f6e-0d3a4e2f1b0c'").await;
        let held = kept.get("List").unwrap();
        assert_eq!(kept.call_held(&held, of_hello).await.unwrap(), r#"{"number":7}"#);
        fixture.beside("ALTER TABLE words ALTER COLUMN word TYPE uuid USING word::uuid").await;
        within(async {
            while kept.call_held(&kept.get("List").unwrap(), of_hello).await.is_err() {
                tokio::task::yield_now().await;
            }
        })
        .await;
        assert_eq!(kept.status(LIST), Some(Status::Serving));
        kept.stop().await.unwrap();
    });
}

/// A caller could otherwise take a method from everybody, by an argument for which something in it is not there.
#[test]
fn a_call_that_misses_something_of_its_own_does_not_refuse_the_method() {
    let schema = "CREATE FUNCTION count_of(name text) RETURNS integer LANGUAGE plpgsql STABLE AS $$
        DECLARE found integer;
        BEGIN EXECUTE format('SELECT count(*) FROM %I', name) INTO found; RETURN found; END $$";
    let shop = words("SELECT count_of(:of) AS number").schema(&format!("{SCHEMA}; {schema}"));
    on_postgres(&shop, async |fixture| {
        let kept = Kept::start(fixture, HASTY).await;
        let held = kept.get("List").unwrap();
        let mut changes = kept.serving.table.changes();
        let fault = kept.call_held(&held, r#"{"of": "nowhere"}"#).await.unwrap_err();
        assert_eq!(fault.reason, Reason::MethodBroken);
        // It was looked at, and is served.
        within(changes.next()).await;
        assert_eq!(kept.status(LIST), Some(Status::Serving));
        let answer = kept.call_held(&kept.get("List").unwrap(), r#"{"of": "words"}"#).await;
        assert_eq!(answer.unwrap(), r#"{"number":1}"#);
        kept.stop().await.unwrap();
    });
}

/// Whoever changes the tables has locked them: what is served goes on, and so does the keeper when the lock is gone.
#[test]
fn a_lock_on_a_table_holds_up_the_next_catalog_alone() {
    on_postgres(&words(NUMBER), async |fixture| {
        let mut kept = Kept::start(fixture, PATIENT).await;
        let mut session = fixture.session().await;
        sqlx::raw_sql("BEGIN; ALTER TABLE words ADD COLUMN more text").execute(&mut session).await.unwrap();
        let then = words("SELECT 1 AS number");
        kept.served.borrow_and_update();
        kept.wanted.send_replace(Arc::new(then.load()));
        fixture.lock_waiters(1).await;
        assert!(!kept.served.has_changed().unwrap());
        sqlx::raw_sql("COMMIT").execute(&mut session).await.unwrap();
        within(kept.served.changed()).await.unwrap();
        assert_eq!(kept.call("List").await.unwrap(), r#"{"number":1}"#);
        kept.stop().await.unwrap();
    });
}
