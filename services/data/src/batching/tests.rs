//! Which statements batch on PostgreSQL, and why the others do not.

use meanwhile_catalog::Source;

use super::{Alone, settled, verdict};
use crate::bind::BoundSource;
use crate::fixture::{Served, Shop, on_postgres, on_sqlite};
use crate::parsed::Parsed;

const MESSAGES: &str = "
    message Request { int32 id = 1; string name = 2; repeated int32 ids = 3; optional Mood mood = 4; }
    enum Mood { MOOD_UNSPECIFIED = 0; MOOD_SAD = 1; }
    message Reply { int64 id = 1; string name = 2; }";

const SCHEMA: &str = "CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE TABLE t (id bigint NOT NULL, name text NOT NULL, mood mood)";

/// Why `Get` runs for one call at a time.
async fn alone(served: &Served) -> Option<Alone> {
    let method = &served.catalog.methods[0];
    let bound = served.bindings[&method.path].as_ref().unwrap();
    let facts = served.database.facts().await.unwrap();
    let (part, bound) = (&method.parts[0], &bound.parts[0]);
    let (Source::Sql(sql), BoundSource::Sql { prepared, .. }) = (&part.source, &bound.source) else {
        panic!()
    };
    let statement = sql.statement(served.database.dialect()).unwrap();
    let parsed = Parsed::read(statement, served.database.dialect());
    let verdict = verdict(method, part, statement, prepared, &parsed, &facts);
    settled(verdict, statement, prepared, &served.database, &facts).await.unwrap().err()
}

fn assert_alone(shop: Shop, why: Option<Alone>) {
    on_postgres(&shop.schema(SCHEMA), async |served| assert_eq!(alone(served).await, why));
}

#[test]
fn a_point_read_batches_whatever_its_parameters_types_are() {
    for sql in [
        "SELECT id, name FROM t WHERE id = :id -- the last line is a comment",
        "SELECT id, name FROM t WHERE name IS NOT DISTINCT FROM :name AND mood = :mood",
        "SELECT id, name FROM t WHERE id = :id ORDER BY name LIMIT 1;",
        "WITH q AS (SELECT * FROM t WHERE id = :id) SELECT id, name FROM q",
        "SELECT count(*) AS id FROM t WHERE id = :id",
    ] {
        println!("{sql}");
        assert_alone(Shop::reading(MESSAGES, sql), None);
    }
}

#[test]
fn each_reason_not_to_batch_is_told() {
    for (sql, why) in [
        ("SELECT id FROM t WHERE id = :id AND random() < 2", Alone::Volatile("random".to_owned())),
        ("SELECT id FROM t WHERE id = :id FOR UPDATE", Alone::LocksRows),
        ("SELECT id FROM t WHERE id = :id FOR NO KEY UPDATE", Alone::LocksRows),
        ("SELECT count(*) AS id FROM t", Alone::NoParameter),
        ("SELECT max(id + :id) AS id FROM t", Alone::Aggregated("id".to_owned())),
        ("SELECT id FROM t WHERE id = :id AND (:name IS NULL OR name = :name)", Alone::Filtered),
        ("SELECT id FROM t WHERE id = ANY (:ids)", Alone::List("ids".to_owned())),
    ] {
        println!("{sql}");
        assert_alone(Shop::reading(MESSAGES, sql), Some(why));
    }
    assert_alone(Shop::writing(MESSAGES, "SELECT id FROM t WHERE id = :id"), Some(Alone::Writes));
    let list = MESSAGES.replace("Reply {", "Row {") + "message Reply { repeated Row rows = 1; }";
    assert_alone(Shop::reading(&list, "SELECT id FROM t WHERE id = :id"), Some(Alone::ManyRows));
}

#[test]
fn what_the_database_does_not_take_as_a_batch_is_told_in_its_words() {
    let sql = "SELECT id FROM t AS meanwhile_members WHERE id = :id";
    let shop = Shop::reading(MESSAGES, sql).schema(SCHEMA);
    on_postgres(&shop, async |served| {
        let why = alone(served).await.unwrap().to_string();
        assert!(why.starts_with("it does not prepare as a batch: column meanwhile_members.p1"), "{why}");
    });
}

#[test]
fn nothing_batches_on_sqlite() {
    on_sqlite(&Shop::reading(MESSAGES, "SELECT :id AS id"), async |served| {
        assert_eq!(alone(served).await, Some(Alone::Embedded));
    });
}
