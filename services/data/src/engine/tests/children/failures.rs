//! When a child's statement runs, and what becomes of its parents where it fails, is late, or is left.

use super::*;

#[test]
fn without_parents_a_childs_statement_is_not_run() {
    // It would fail.
    let items = ITEMS.replace("SELECT id", "SELECT id / (:above::bigint - :above) AS id");
    let shop = shop(ROWS).part("orders.items", &items);
    on_postgres(&shop, async |served| {
        assert_eq!(served.get(r#"{"above": 9}"#).await.unwrap(), "{}");
        served.get("{}").await.unwrap_err();
    });
}

#[test]
fn a_row_of_no_parent_is_our_fault() {
    for key in ["order_id + 100 AS order_id", "NULL::bigint AS order_id"] {
        let items = ITEMS.replace("id, order_id,", &format!("id, {key},"));
        on_postgres(&shop(ROWS).part("orders.items", &items), async |served| {
            let fault = served.get("{}").await.unwrap_err();
            assert_eq!(fault.reason.as_str(), "REPLY_INVALID", "{key}");
            assert_eq!(fault.metadata, [("column", "order_id".to_owned())]);
            // Nothing hangs, and nothing is lost.
            assert!(served.get("{}").await.is_err());
        });
    }
}

#[test]
fn a_child_that_fails_fails_the_call() {
    let items = ITEMS.replace("id, order_id,", "id / 0 AS id, order_id,");
    on_postgres(&shop(ROWS).part("orders.items", &items), async |served| {
        assert_eq!(served.get("{}").await.unwrap_err().reason.as_str(), "VALUE_REJECTED");
    });
}

#[test]
fn parents_go_without_an_optional_child_that_fails() {
    let broken = "SELECT order_id + 100 AS order_id, text FROM notes WHERE order_id = ANY(:orders.id)";
    on_both(&shop(ROWS).part("orders.notes", broken), async |served| {
        let reply = served.get("{}").await.unwrap();
        assert!(reply.contains("pen") && !reply.contains("notes"), "{reply}");
        assert_eq!(served.missing("{}").await, ["orders.notes"]);
    });
}

#[test]
fn parents_go_without_an_optional_child_that_is_late() {
    let late = NOTES.replace("WHERE", "WHERE pg_sleep(60) IS NOT NULL AND");
    on_postgres(&shop(ROWS).part("orders.notes", &late), async |served| {
        assert_eq!(served.missing("{}").await, ["orders.notes"]);
        assert!(served.get("{}").await.unwrap().contains("pen"));
    });
}

#[test]
fn what_goes_into_a_missing_part_is_missing_with_it_and_not_told() {
    let messages =
        MESSAGES.replace("Order best = 5;", "Order best = 5 [(meanwhile.v1.part) = { optional: true }];");
    let get = "rpc Get(Request) returns (Reply) { option idempotency_level = NO_SIDE_EFFECTS; }";
    let shop = Shop::new(get, &messages)
        .schema(&format!("{SCHEMA}; {ROWS}"))
        .sql("Get/total.sql", "SELECT 7 AS total")
        .sql("Get/best.sql", "SELECT id FROM orders WHERE id = 9")
        .sql("Get/best.items.sql", "SELECT id, sku FROM items WHERE order_id = :best.id")
        .part("best.items.pieces", "SELECT item_id, name FROM pieces WHERE item_id = ANY(:best.items.id)")
        .sql("Get/best.notes.sql", "SELECT text FROM notes");
    on_both(&shop, async |served| {
        assert_eq!(served.get("{}").await.unwrap(), r#"{"total":"7"}"#);
        assert_eq!(served.missing("{}").await, ["best"]);
    });
}

#[test]
fn one_at_a_time_gives_the_same() {
    on_sqlite(&shop(ROWS), async |served| {
        assert_eq!(served.get_one_at_a_time("{}").await.unwrap(), served.get("{}").await.unwrap());
    });
}

#[test]
fn a_child_starts_when_its_parents_are_there_whatever_else_still_runs() {
    let functions =
        "CREATE SEQUENCE started; CREATE FUNCTION child_has_started() RETURNS bigint LANGUAGE plpgsql AS $$
        BEGIN
            FOR attempt IN 1..3000 LOOP
                IF (SELECT is_called FROM started) THEN RETURN 1; END IF;
                PERFORM pg_sleep(0.01);
            END LOOP;
            RAISE EXCEPTION 'it waits for this';
        END $$";
    let shop = shop(&format!("{ROWS}; {functions}"))
        .sql("Get/total.sql", "SELECT child_has_started() AS total")
        .sql("Get/orders.items.sql", &ITEMS.replace("WHERE", "WHERE nextval('started') > 0 AND"));
    on_postgres(&shop, async |served| {
        let reply = served.get("{}").await.unwrap();
        assert!(reply.ends_with(r#""total":"1"}"#) && reply.contains("pen"), "{reply}");
    });
}

#[test]
fn a_call_that_is_left_ends_its_childs_statement() {
    let slow = ITEMS.replace("FROM items WHERE", "FROM items, pg_sleep(600) WHERE");
    on_postgres(&shop(ROWS).sql("Get/orders.items.sql", &slow), async |served| {
        for _ in 0..4 {
            // There are two connections: what stays behind would be in the way of the next.
            let left = tokio::time::timeout(std::time::Duration::from_millis(200), served.get("{}")).await;
            assert!(left.is_err(), "{left:?}");
        }
        let bound = std::time::Duration::from_secs(30);
        let answered = tokio::time::timeout(bound, served.get(r#"{"above": 9}"#)).await;
        assert_eq!(answered.expect("no connection came back").unwrap(), "{}");
    });
}
