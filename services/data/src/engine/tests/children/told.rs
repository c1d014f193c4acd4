//! What is told of children that cannot find their parents.

use super::*;

#[test]
fn a_key_that_is_not_selected_is_told() {
    let shop = shop(ROWS).part("orders.items", "SELECT id, sku FROM items WHERE order_id = ANY(:orders.id)");
    on_both(&shop, async |served| {
        let found = served.findings();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains(
                "order_id is the key of orders.items, and this statement does not select it | select it"
            ),
            "{found:?}"
        );
    });
}

#[test]
fn a_parents_column_that_is_not_there_is_told_at_its_use() {
    let shop = shop(ROWS).part("orders.items", &ITEMS.replace(":orders.id", ":orders.ident"));
    on_postgres(&shop, async |served| {
        let found = served.findings();
        assert!(found[0].contains("orders.items.sql:1:58: the part orders has no column ident"), "{found:?}");
    });
}

#[test]
fn what_two_answers_fill_is_told_at_the_column() {
    let shop = shop(ROWS).sql(
        "Get/orders.sql",
        "SELECT id, ARRAY(SELECT ROW(sku)::item FROM items WHERE order_id = orders.id) AS items FROM orders",
    );
    on_postgres(&shop.schema(&format!("{SCHEMA}; CREATE TYPE item AS (sku text)")), async |served| {
        let found = served.findings();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains("orders.sql:1:82: items fills orders.items, and so does the part orders.items"),
            "{found:?}"
        );
    });
}

#[test]
fn a_column_that_no_other_part_can_take_is_told_at_its_place() {
    for column in ["ARRAY[id] AS id", "ROW(id, 'x')::pair AS id"] {
        let shop = shop(ROWS).sql("Get/orders.sql", &format!("SELECT {column} FROM orders"));
        on_postgres(
            &shop.schema(&format!("{SCHEMA}; CREATE TYPE pair AS (a bigint, b text)")),
            async |served| {
                let found = served.findings();
                assert!(
                    found.iter().any(|found| found.contains("another part takes id, which is ")),
                    "{found:?}"
                );
            },
        );
    }
}

#[test]
fn many_rows_where_one_value_stands_are_told_at_their_place() {
    for comparison in ["order_id = :orders.id", "order_id IN (:orders.id)"] {
        let items = format!("SELECT id, order_id, sku FROM items WHERE {comparison}");
        let shop = shop(ROWS).sql("Get/orders.items.sql", &items).sql("Get/orders.items.sqlite.sql", &items);
        on_both(&shop, async |served| {
            let found = served.findings();
            assert_eq!(found.len(), 1, "{found:?}");
            let column = items.find(':').unwrap() + 1;
            assert!(
                found[0].contains(&format!("sql:1:{column}: orders has many rows, and :orders.id ")),
                "{found:?}"
            );
            assert!(found[0].contains("| take them all: "), "{found:?}");
        });
    }
}

#[test]
fn one_row_where_a_list_stands_is_told_unless_its_column_is_one() {
    let best = |column: &str| {
        shop(ROWS)
            .sql("Get/best.sql", &format!("SELECT id, {column} AS ids FROM orders WHERE id = 1"))
            .sql(
                "Get/best.items.sql",
                "SELECT id, sku FROM items WHERE order_id = ANY(:best.ids) ORDER BY id",
            )
            .part("best.items.pieces", "SELECT item_id, name FROM pieces WHERE item_id = ANY(:best.items.id)")
    };
    on_postgres(&best("id"), async |served| {
        let found = served.findings();
        assert!(found[0].contains("best has one row, and :best.ids stands where a list does"), "{found:?}");
    });
    on_postgres(&best("ARRAY[1, 3]::bigint[]"), async |served| {
        let reply = served.get(r#"{"above": 9}"#).await.unwrap();
        assert!(reply.contains("pen") && reply.contains("cup"), "{reply}");
    });
}
