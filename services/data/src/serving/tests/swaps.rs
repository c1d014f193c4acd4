//! Another catalog while calls run.

use super::*;
use crate::fixture::{on_both, on_postgres, on_sqlite};

const MESSAGES: &str = "message Request { double seconds = 1; } message Reply { string name = 1; }";
const SCHEMA: &str = "CREATE TABLE words (word text); INSERT INTO words VALUES ('hello')";

fn words(methods: &[(&str, &str)]) -> Shop {
    shop(methods, MESSAGES).schema(SCHEMA)
}

#[test]
fn a_new_method_answers_a_changed_one_differs_and_one_that_is_gone_is_nobodys() {
    let first = words(&[("Get", "SELECT word AS name FROM words"), ("Old", "SELECT 'old' AS name")]);
    let then = words(&[("Get", "SELECT upper(word) AS name FROM words"), ("List", "SELECT 'new' AS name")]);
    on_both(&first, async |fixture| {
        let mut kept = Kept::start(fixture, PATIENT).await;
        assert_eq!(kept.call("Get").await.unwrap(), r#"{"name":"hello"}"#);
        assert_eq!(kept.status(LIST), None);
        kept.swap(&then).await;
        assert_eq!(kept.call("Get").await.unwrap(), r#"{"name":"HELLO"}"#);
        assert_eq!(kept.call("List").await.unwrap(), r#"{"name":"new"}"#);
        assert!(kept.get("Old").is_none());
        assert_eq!(kept.status(LIST), Some(Status::Serving));
        assert_eq!(kept.status("shop.v1.Shop/Old"), None);
        kept.stop().await.unwrap();
    });
}

#[test]
fn a_call_keeps_the_plan_it_began_with() {
    let first = words(&[("Get", "SELECT word AS name FROM words")]);
    let then = shop(
        &[("List", "SELECT 'new' AS name")],
        "message Request {} message Reply { int64 id = 1; string name = 2; }",
    );
    on_both(&first, async |fixture| {
        let mut kept = Kept::start(fixture, PATIENT).await;
        let held = kept.get("Get").unwrap();
        kept.swap(&then).await;
        assert!(kept.get("Get").is_none());
        assert_eq!(kept.call_held(&held, "{}").await.unwrap(), r#"{"name":"hello"}"#);
        kept.stop().await.unwrap();
    });
}

#[test]
fn a_statement_that_runs_is_not_disturbed() {
    on_postgres(&words(&[("Get", "SELECT word AS name FROM words")]), async |fixture| {
        let mut kept = Kept::start(fixture, PATIENT).await;
        let held = kept.get("Get").unwrap();
        let mut session = fixture.session().await;
        sqlx::raw_sql("BEGIN; LOCK TABLE words").execute(&mut session).await.unwrap();
        let call = held.answer(fixture, "{}");
        let meanwhile = async {
            fixture.lock_waiters(1).await;
            kept.swap(&words(&[("List", "SELECT 'new' AS name")])).await;
            sqlx::raw_sql("ROLLBACK").execute(&mut session).await.unwrap();
        };
        let (answer, ()) = tokio::join!(call, meanwhile);
        assert_eq!(answer.unwrap(), r#"{"name":"hello"}"#);
        kept.stop().await.unwrap();
    });
}

#[test]
fn what_a_changed_catalog_has_that_does_not_fit_is_refused_alone() {
    let first = words(&[("Get", "SELECT word AS name FROM words")]);
    let then =
        words(&[("Get", "SELECT word AS name FROM words"), ("List", "SELECT nope AS name FROM words")]);
    on_both(&first, async |fixture| {
        let mut kept = Kept::start(fixture, PATIENT).await;
        kept.swap(&then).await;
        let (reason, detail) = kept.refusal("List").await;
        assert_eq!(reason, Reason::MethodBroken);
        assert!(detail.contains("nope"), "{detail}");
        assert_eq!(kept.call("Get").await.unwrap(), r#"{"name":"hello"}"#);
        assert_eq!(kept.status(LIST), Some(Status::NotServing));
        assert_eq!([kept.status(GET), kept.status("shop.v1.Shop")], [Some(Status::Serving); 2]);
        kept.stop().await.unwrap();
    });
}

#[test]
fn with_strict_a_first_misfit_is_an_error_and_a_later_one_leaves_what_is_served() {
    let fits = words(&[("Get", "SELECT word AS name FROM words")]);
    let misfit =
        words(&[("Get", "SELECT word AS name FROM words"), ("List", "SELECT nope AS name FROM words")]);
    on_both(&misfit, async |fixture| {
        let kept = Kept::begin(fixture, PATIENT, true);
        let findings = within(kept.kept).await.unwrap().unwrap_err();
        assert_eq!(findings.len(), 1, "{findings:?}");
    });
    on_both(&fits, async |fixture| {
        let mut kept = Kept::begin(fixture, PATIENT, true).bound().await;
        kept.wanted.send_replace(Arc::new(misfit.load()));
        // Behind it, so that it was looked at.
        kept.swap(&words(&[("Get", "SELECT 'then' AS name")])).await;
        assert_eq!(kept.call("Get").await.unwrap(), r#"{"name":"then"}"#);
        assert!(kept.get("List").is_none());
        kept.stop().await.unwrap();
    });
}

#[test]
fn the_same_catalog_again_is_bound_again() {
    let shop =
        words(&[("Get", "SELECT word AS name FROM words"), ("List", "SELECT more AS name FROM words")]);
    on_both(&shop, async |fixture| {
        let mut kept = Kept::start(fixture, PATIENT).await;
        assert_eq!(kept.refusal("List").await.0, Reason::MethodBroken);
        fixture.beside("ALTER TABLE words ADD COLUMN more text DEFAULT 'more'").await;
        kept.swap(&shop).await;
        assert_eq!(kept.call("List").await.unwrap(), r#"{"name":"more"}"#);
        // What a session prepared before is no answer to whether it fits now.
        fixture.beside("ALTER TABLE words DROP COLUMN more").await;
        kept.swap(&shop).await;
        assert_eq!(kept.status(LIST), Some(Status::NotServing));
        kept.stop().await.unwrap();
    });
}

#[test]
fn a_catalog_is_served_in_the_end_however_many_come_at_once() {
    on_sqlite(&words(&[("Get", "SELECT '0' AS name")]), async |fixture| {
        let kept = Kept::start(fixture, PATIENT).await;
        for number in 1..=100 {
            let sql = format!("SELECT '{number}' AS name");
            kept.wanted.send_replace(Arc::new(words(&[("Get", &sql)]).load()));
            tokio::task::yield_now().await;
        }
        let mut changes = kept.serving.table.changes();
        within(async {
            while kept.call("Get").await.unwrap() != r#"{"name":"100"}"# {
                changes.next().await;
            }
        })
        .await;
        kept.stop().await.unwrap();
    });
}

#[test]
fn when_it_stops_nothing_is_serving_any_more() {
    on_sqlite(&words(&[("Get", "SELECT '0' AS name")]), async |fixture| {
        let kept = Kept::start(fixture, PATIENT).await;
        let serving = kept.serving.clone();
        kept.stop().await.unwrap();
        for name in ["", "shop.v1.Shop", GET] {
            assert_eq!(serving.table.load().status(name), Some(Status::NotServing), "{name}");
        }
    });
}

#[test]
fn without_its_database_a_service_that_needs_none_is_served() {
    let shop = shop(&[("Get", "SELECT 'a' AS name")], MESSAGES).sql("List.http", "GET {web}/list");
    let shop = shop.with(
        "proto/web.proto",
        "syntax = \"proto3\"; package web.v1; import \"shop.proto\";
         service Web { rpc Get(shop.v1.Request) returns (shop.v1.Reply) { option idempotency_level = NO_SIDE_EFFECTS; } }",
    );
    std::fs::remove_file(shop.path().join("sql/shop.v1.Shop/List.http")).unwrap();
    let shop = shop.with("sql/web.v1.Web/Get.http", "GET {web}/get");
    on_sqlite(&shop, async |fixture| {
        let bound =
            Table::bound(&fixture.catalog, &Arc::new(fixture.engine.clone()), fixture.bindings.clone());
        let alone = bound.in_phase(Phase::Alone);
        let statuses =
            ["", "shop.v1.Shop", GET, "web.v1.Web", "web.v1.Web/Get"].map(|name| alone.status(name));
        let (yes, no) = (Some(Status::Serving), Some(Status::NotServing));
        assert_eq!(statuses, [yes, no, no, yes, yes]);
    });
}
