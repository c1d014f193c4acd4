//! What the requests of a window tell together.

use crate::drawn::{MILLI, drawn, drawn_with};
use crate::{Alone, Kind, Options, Timeline};

/// The lecture's picture: three arrive together, and leave as 1, 3, 2.
const LECTURE: &str = "
    data/1       server    |-----           |
      data/1-db  database  | ---            |
    data/2       server    | -------------- |
      data/2-db  database  |  ------------  |
    data/3       server    |  ---------     |
      data/3-up  upstream  |   -------      |
";

#[test]
fn requests_that_overlap_take_less_time_than_one_at_a_time() {
    let t = drawn(LECTURE);
    let overlap = t.window(0..100).overlap(&Alone::new()).unwrap();
    assert_eq!((overlap.alone, overlap.passed), (28 * MILLI, 15 * MILLI));
    let serial: Vec<_> = t.window(0..100).one_at_a_time(&Alone::new()).map(|one| one.end / MILLI).collect();
    assert_eq!(serial, [5, 19, 28]);
}

#[test]
fn time_in_which_nobody_asked_for_anything_does_not_count() {
    let t = drawn(
        "
        data/A  server  |----                |
        data/B  server  |                ----|
    ",
    );
    assert_eq!(t.window(0..100).overlap(&Alone::new()).unwrap().factor(), 1.0);
}

#[test]
fn who_was_overtaken_by_whom_and_why() {
    let t = drawn(LECTURE);
    let order = t.window(0..100).order();
    let [overtaken] = order.overtaken.as_slice() else { panic!("{order:?}") };
    assert_eq!((overtaken.lane, overtaken.by), (t.place("data/2"), t.place("data/3")));
    assert_eq!(order.why(), [(Kind::Database, 1)]);
}

#[test]
fn who_was_overtaken_behind_another_says_behind_whom() {
    let t = drawn(
        "
        data/A         server             |-------------    |
          data/A-db    database           | ----------      |
        data/B         server             |   --------------|
          data/B-pool  pool      <data/A  |   ------------- |
        data/C         server             |    --           |
    ",
    );
    let order = t.window(0..100).order();
    let late = order.overtaken.iter().find(|late| late.lane == t.place("data/B")).unwrap();
    assert_eq!(late.kind, Kind::Pool);
    assert_eq!(t.names.text(late.behind.unwrap()), "data/A");
}

#[test]
fn requests_that_begin_together_overtake_nobody() {
    let t = drawn(
        "
        data/A  server  |--------|
        data/B  server  |----    |
    ",
    );
    assert!(t.window(0..100).order().overtaken.is_empty());
}

#[test]
fn what_was_waited_for_names_kind_blocker_and_root() {
    let t = drawn(
        "
        data/A         server              |--------------------|
          data/A-db    database            | ------------------ |
        data/B         server              |  ----------------- |
          data/B-lock  lock      <data/A   |  ----------------  |
        data/C         server              |   -----------------|
          data/C-pool  pool      <data/B   |   --------------   |
    ",
    );
    let name = |name| t.names.text(name);
    let waited = t.window(0..100).waited_for();
    let rows: Vec<_> = waited
        .rows
        .iter()
        .map(|row| {
            (row.kind, name(row.on), row.behind.map(name), row.root.map(name), row.time / MILLI, row.waits)
        })
        .collect();
    assert_eq!(
        rows,
        [
            (Kind::Database, "data/A-db", None, None, 18, 1),
            (Kind::Lock, "data/B-lock", Some("data/A"), Some("data/A"), 16, 1),
            (Kind::Pool, "data/C-pool", Some("data/B"), Some("data/A"), 14, 1),
        ]
    );
}

#[test]
fn work_that_others_share_counts_for_each_as_long_as_it_took() {
    let t = drawn(
        "
        data/A         server                 |--------------|
          data/A-db    database               |  ----------  |
        data/B         server                 |--------------|
          data/B-wait  shared    <data/A-db   |------------  |
        data/C         server                 |       -------|
          data/C-wait  shared    <data/A-db   |       -----  |
    ",
    );
    let alone = |name| t.timeline.alone(&t.timeline.lanes()[t.place(name)]) / MILLI;
    assert_eq!((alone("data/A"), alone("data/B"), alone("data/C")), (14, 12, 12));
}

#[test]
fn who_waits_for_an_equal_request_to_fly_itself_and_who_flies_with_it_take_what_the_flight_takes() {
    let t = drawn(
        "
        data/A         server               |------------                 |
          data/A-db    database             | ---------                   |
        data/B         server               |  -------------------------- |
          data/B-wait  shared    <data/A    |  ----------                 |
          data/B-pool  pool      <data/X    |            ---              |
          data/B-db    database             |               -----------   |
        data/C         server               |    -------------------------|
          data/C-wait  shared    <data/B    |    ------------------------ |
        data/X         server               |--------                     |
    ",
    );
    let alone = |name| t.timeline.alone(&t.timeline.lanes()[t.place(name)]) / MILLI;
    assert_eq!((alone("data/A"), alone("data/B"), alone("data/C")), (12, 13, 14));
}

#[test]
fn slowdown_is_estimated_and_where_it_was_measured_it_is_said() {
    let t = drawn(
        "
        data/A         server             |----------          |
          data/A-db    database           |----------          |
        data/B         server             |--------------------|
          data/B-pool  pool      <data/A  |----------          |
          data/B-db    database           |          ----------|
    ",
    );
    let slowdown = t.window(0..100).slowdown(&Alone::new()).unwrap();
    assert_eq!((slowdown.median, slowdown.most, slowdown.slowest), (1.0, 2.0, t.place("data/B")));
    assert_eq!(slowdown.measured, 0);
    let alone = Alone::from([(t.names.find("data/B").unwrap(), 5 * MILLI)]);
    let slowdown = t.window(0..100).slowdown(&alone).unwrap();
    assert_eq!((slowdown.most, slowdown.measured), (4.0, 1));
}

#[test]
fn in_flight_counts_requests_by_what_they_spend_their_time_on() {
    let t = drawn(
        "
        data/A     server    |--------|
          data/db  database  |  ----  |
        data/B     server    |    ----|
    ",
    );
    let in_flight = t.window(0..8).in_flight(4);
    let of = |kind: Kind| in_flight.steps.iter().map(|step| step[kind as usize]).collect::<Vec<_>>();
    assert_eq!(of(Kind::Database), [0.0, 1.0, 1.0, 0.0]);
    assert_eq!(of(Kind::Own), [1.0, 0.0, 1.0, 2.0]);
}

#[test]
fn a_window_that_cuts_requests_says_so_and_counts_only_what_is_in_it() {
    let t = drawn(LECTURE);
    let figures = t.window(3..8).figures(&Alone::new());
    assert_eq!((figures.requests, figures.cut), (3, 3));
    assert_eq!(figures.by_kind.iter().sum::<u64>(), 12 * MILLI);
    assert_eq!(figures.passed, 5 * MILLI);
    assert_eq!(t.window(0..100).figures(&Alone::new()).cut, 0);
}

#[test]
fn a_sampled_window_withholds_what_only_all_requests_tell() {
    let t = drawn(LECTURE);
    let mut spans = t.spans.clone();
    spans.iter_mut().for_each(|span| span.details.get_or_insert_default().one_in = 4);
    let by_spans = Timeline::new(spans, Options::default());
    let told = drawn_with(LECTURE, |_| Options { one_in: Some(4), ..Options::default() });
    for timeline in [by_spans, told.timeline] {
        let figures = timeline.whole().figures(&Alone::new());
        assert_eq!(figures.one_in, 4);
        assert!(figures.overlap.is_none() && figures.order.is_none() && figures.waited.is_none());
        assert!(figures.slowdown.is_some());
    }
    let all = t.window(0..100).figures(&Alone::new());
    assert!(all.overlap.is_some() && all.order.is_some() && all.waited.is_some());
}

#[test]
fn a_window_is_of_the_requests_that_are_kept() {
    let t = drawn(LECTURE);
    let third = t.names.find("data/3").unwrap();
    let window = t.window(0..100).keep(|lane| t.timeline.spans()[lane.span as usize].name == third);
    assert_eq!(window.figures(&Alone::new()).requests, 1);
    assert_eq!(window.overlap(&Alone::new()).unwrap().factor(), 1.0);
}
