//! Which text is picked for which values.

use meanwhile_catalog::Source;

use super::*;
use crate::fixture::Shop;

fn cuts(filters: usize, dialect: Dialect) -> Arc<Cuts> {
    let fields: Vec<String> = (0..filters).map(|n| format!("optional double f{n} = {};", n + 1)).collect();
    let conjuncts: Vec<String> = (0..filters).map(|n| format!("(:f{n} IS NULL OR a{n} = :f{n})")).collect();
    let shop = Shop::reading(
        &format!("message Request {{ {} }} message Reply {{ int64 id = 1; }}", fields.concat()),
        &format!("SELECT id FROM t WHERE {} AND b", conjuncts.join(" AND ")),
    );
    let catalog = shop.load();
    let Source::Sql(sql) = &catalog.methods[0].parts[0].source else { panic!("no SQL") };
    let written = (1..=filters).map(|number| format!("${number}")).collect();
    Cuts::new(sql.statement(dialect).unwrap(), dialect, written, " /* 701 */".to_owned()).unwrap()
}

/// The values whose bits are set are absent.
fn values(filters: usize, bits: usize) -> Vec<Value> {
    (0..filters).map(|n| if bits >> n & 1 == 1 { Value::Null } else { Value::Float(1.0) }).collect()
}

fn text(cuts: &Cuts, values: &[Value]) -> Option<String> {
    cuts.pick(values).map(|cut| cut.sql.as_str().to_owned())
}

#[test]
fn each_set_of_absent_values_has_its_text() {
    let cuts = cuts(2, Dialect::Postgres);
    for (bits, condition) in [
        (0b00, "(a0 = $1) AND (a1 = $2) AND b"),
        (0b01, "(a1 = $2) AND b"),
        (0b10, "(a0 = $1) AND b"),
        (0b11, "b"),
    ] {
        let expected = format!("SELECT id FROM t WHERE {condition} /* 701 */");
        assert_eq!(text(&cuts, &values(2, bits)), Some(expected));
    }
}

#[test]
fn a_text_is_made_once_also_by_many_at_once() {
    let cuts = cuts(3, Dialect::Postgres);
    let place = |bits: usize| std::ptr::from_ref(cuts.pick(&values(3, bits)).unwrap()) as usize;
    let places: Vec<Vec<usize>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| (0..8).map(place).collect::<Vec<_>>())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(places.iter().all(|each| *each == places[0]));
}

#[test]
fn beyond_64_texts_the_whole_one_serves() {
    let cuts = cuts(16, Dialect::Postgres);
    let sets: Vec<usize> = (0..200).map(|n| n * 331).collect();
    let picked: Vec<bool> = sets.iter().map(|bits| cuts.pick(&values(16, *bits)).is_some()).collect();
    assert_eq!(picked.iter().filter(|picked| **picked).count(), 64);
    let again: Vec<bool> = sets.iter().map(|bits| cuts.pick(&values(16, *bits)).is_some()).collect();
    assert_eq!(again, picked);
}

#[test]
fn what_sqlite_makes_null_of_is_absent() {
    let nan = [Value::Float(f64::NAN)];
    assert_eq!(text(&cuts(1, Dialect::Sqlite), &nan).unwrap(), "SELECT id FROM t WHERE b /* 701 */");
    assert_eq!(
        text(&cuts(1, Dialect::Postgres), &nan).unwrap(),
        "SELECT id FROM t WHERE (a0 = $1) AND b /* 701 */"
    );
}
