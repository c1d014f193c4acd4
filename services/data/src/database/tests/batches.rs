//! Calls of one statement that wait at the same time go in one trip, and nobody can tell.

use std::sync::Arc;

use futures_util::future::join_all;
use meanwhile_proto::errors::Reason;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use crate::fixture::{Served, Shop, on_counting_postgres, on_postgres};

const MESSAGES: &str =
    "message Request { int32 id = 1; optional string name = 2; int32 by = 3; double wait = 4; }
    message Reply { int32 id = 1; optional string name = 2; int64 count = 3; repeated string tags = 4; }";

const SCHEMA: &str = "CREATE TABLE items (id int4 PRIMARY KEY, name text, tags text[] NOT NULL DEFAULT '{}');
    INSERT INTO items SELECT i, CASE WHEN i % 3 > 0 THEN 'item ' || i END, ARRAY['a', i::text]
    FROM generate_series(1, 1000) i; ANALYZE items;
    -- It says that it is not volatile, and so goes in batches.
    CREATE FUNCTION slow(seconds float8) RETURNS text STABLE LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_sleep(seconds); RETURN ''; END $$";

fn shop(sql: &str) -> Shop {
    Shop::reading(MESSAGES, sql).with("migrations/1_items.postgres.sql", SCHEMA)
}

const POINT: &str = "SELECT id, name, tags FROM items WHERE id = :id";

/// The replies of these requests, all at once. A fault is told by its reason.
async fn at_once(served: &Served, requests: &[String]) -> Vec<Result<String, Reason>> {
    join_all(requests.iter().map(async |request| served.get(request).await.map_err(|fault| fault.reason)))
        .await
}

async fn one_by_one(served: &Served, requests: &[String]) -> Vec<Result<String, Reason>> {
    let mut replies = Vec::new();
    for request in requests {
        replies.push(served.get(request).await.map_err(|fault| fault.reason));
    }
    replies
}

fn ids(ids: impl IntoIterator<Item = i32>) -> Vec<String> {
    ids.into_iter().map(|id| json!({ "id": id }).to_string()).collect()
}

/// While the machine is busy with other things a gate may find that batches do not pay, and closes for 16,384 calls: so
/// many rounds pass that once it has opened again.
const ROUNDS: usize = 250;

#[test]
fn calls_that_wait_at_the_same_time_go_in_few_trips() {
    on_counting_postgres(&shop(POINT), async |served| {
        let calls =
            "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query LIKE '%FROM items WHERE%'";
        let mut before = 0;
        for _ in 0..ROUNDS {
            let replies = at_once(served, &ids(1..=200)).await;
            assert!(replies.iter().all(Result::is_ok));
            let now: u32 = served.psql_as_admin(calls).parse().unwrap();
            if now - before < 40 {
                return;
            }
            before = now;
        }
        panic!("200 calls never went in fewer than 40 trips");
    });
}

#[test]
fn each_call_gets_its_own_row_or_none() {
    on_postgres(&shop(POINT), async |served| {
        let requests = ids((1..=300).map(|i| if i % 4 == 0 { -i } else { i }));
        for _ in 0..3 {
            for (index, reply) in at_once(served, &requests).await.into_iter().enumerate() {
                let id = index as i32 + 1;
                match id % 4 {
                    0 => assert_eq!(reply, Err(Reason::ResourceNotFound)),
                    _ => assert!(reply.unwrap().starts_with(&format!("{{\"id\":{id},"))),
                }
            }
        }
    });
}

#[test]
fn what_one_call_asks_fails_nobody_elses() {
    let sql = "SELECT id, CAST(10 / CAST(:by AS int4) AS int8) AS count FROM items WHERE id = :id";
    on_postgres(&shop(sql), async |served| {
        let request = |i: i32| json!({ "id": i, "by": i % 10 }).to_string();
        let requests: Vec<String> = (1..=100).map(request).collect();
        for _ in 0..5 {
            let replies = at_once(served, &requests).await;
            for (reply, i) in replies.into_iter().zip(1..) {
                assert_eq!(reply.is_err(), i % 10 == 0, "{i}: {reply:?}");
            }
        }
    });
}

#[test]
fn two_rows_where_one_was_expected_are_an_error_of_that_call_alone() {
    let sql = "SELECT i.id FROM items i, generate_series(1, CAST(:by AS int4)) WHERE i.id = :id";
    on_postgres(&shop(sql), async |served| {
        let request = |i: i32| json!({ "id": i, "by": i % 4 }).to_string();
        let requests: Vec<String> = (1..=100).map(request).collect();
        for _ in 0..5 {
            for (reply, i) in at_once(served, &requests).await.into_iter().zip(1..) {
                match i % 4 {
                    0 => assert_eq!(reply, Err(Reason::ResourceNotFound)),
                    1 => assert!(reply.is_ok()),
                    _ => assert_eq!(reply, Err(Reason::RowsAmbiguous)),
                }
            }
        }
    });
}

#[test]
fn those_who_leave_take_nobody_with_them() {
    let sql = "SELECT id, slow(:wait) AS name FROM items WHERE id = :id";
    on_postgres(&shop(sql), async |served| {
        let request = |id: i32| json!({ "id": id, "wait": 0.02 }).to_string();
        for _ in 0..3 {
            let calls = (1..=60).map(async |id| {
                let call = served.get(&request(id)).await;
                (id, call.is_ok())
            });
            let leaving = (61..=120).map(async |id| {
                let soon = std::time::Duration::from_millis(5);
                (id, tokio::time::timeout(soon, served.get(&request(id))).await.is_err())
            });
            let (calls, left) = tokio::join!(join_all(calls), join_all(leaving));
            assert!(calls.into_iter().all(|(_, is_ok)| is_ok));
            assert!(left.into_iter().any(|(_, has_left)| has_left));
        }
        served.wait_for_psql(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'meanwhile-data' \
             AND datname = current_database() AND wait_event = 'PgSleep'",
            "0",
        );
        assert!(served.get(&request(1)).await.is_ok());
    });
}

#[test]
fn a_trip_that_everybody_left_is_ended_on_the_server() {
    let sql = "SELECT id, slow(:wait) AS name FROM items WHERE id = :id";
    on_postgres(&shop(sql), async |served| {
        let sleeping = "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'meanwhile-data' \
             AND datname = current_database() AND wait_event = 'PgSleep'";
        at_once(served, &ids(1..=100)).await;
        let requests: Vec<String> = (1..=20).map(|id| json!({ "id": id, "wait": 600 }).to_string()).collect();
        {
            let calls = at_once(served, &requests);
            let begun = async {
                served.wait_for_psql(sleeping, "t");
            };
            tokio::select! {
                biased;
                _ = calls => panic!("nobody waits for that"),
                () = begun => {}
            }
        }
        served.wait_for_psql(sleeping, "f");
        assert_eq!(served.get("{\"id\": 7}").await.unwrap(), "{\"id\":7,\"name\":\"\"}");
    });
}

#[test]
fn a_table_that_changes_under_a_batch_is_read_as_it_is_now() {
    on_postgres(&shop("SELECT * FROM items WHERE id = :id"), async |served| {
        for _ in 0..3 {
            at_once(served, &ids(1..=100)).await;
        }
        served.psql("ALTER TABLE items ADD COLUMN other int4");
        for reply in at_once(served, &ids(1..=100)).await {
            reply.unwrap();
        }
    });
}

/// Statements of every kind that batches, over one table.
const STATEMENTS: [&str; 8] = [
    POINT,
    "SELECT id, name FROM items WHERE id = :id AND name IS NOT DISTINCT FROM :name",
    "SELECT id, name FROM items WHERE id > :id ORDER BY id LIMIT 1",
    "SELECT count(*) AS count FROM items WHERE id < :id",
    "SELECT count(*) AS count, min(name) AS name FROM items WHERE name > :name HAVING count(*) > :id",
    "WITH q AS (SELECT * FROM items WHERE id = :id) SELECT id, coalesce(:name, name) AS name FROM q -- the end",
    "SELECT CAST(:id AS int4) AS id, CAST(:name AS text) AS name",
    "SELECT i.id, i.name FROM items i WHERE i.id = :id UNION ALL SELECT 0, :name WHERE :id > 1000",
];

#[test]
fn replies_are_those_of_calls_by_themselves_while_others_write() {
    let id = prop_oneof![4 => 1..=1000_i32, 1 => any::<i32>()];
    let name = prop_oneof![Just(None), "item [0-9]{1,3}".prop_map(Some), "\\PC{0,9}".prop_map(Some)];
    let request = (id, name, any::<i32>()).prop_map(|(id, name, by)| match name {
        Some(name) => json!({ "id": id, "name": name, "by": by }).to_string(),
        None => json!({ "id": id, "by": by }).to_string(),
    });
    let requests = prop::collection::vec(request, 80);
    for sql in STATEMENTS {
        let mut runner = TestRunner::new(Config::default());
        on_postgres(&shop(sql), async |served| {
            let writing = Arc::new(tokio::sync::Notify::new());
            let mut session = served.session().await;
            let writes = async {
                loop {
                    // What nobody above asks for.
                    let write = "UPDATE items SET tags = array_append(tags[1:2], 'x') WHERE false;
                        INSERT INTO items SELECT i, 'zz' FROM generate_series(200000, 200020) i;
                        DELETE FROM items WHERE id >= 200000";
                    sqlx::raw_sql(write).execute(&mut session).await.unwrap();
                    writing.notify_one();
                }
            };
            let compared = async {
                writing.notified().await;
                for _ in 0..6 {
                    let requests = requests.new_tree(&mut runner).unwrap().current();
                    let together = at_once(served, &requests).await;
                    assert_eq!(together, one_by_one(served, &requests).await, "{sql}");
                }
            };
            tokio::select! {
                () = writes => {}
                () = compared => {}
            }
        });
    }
}
