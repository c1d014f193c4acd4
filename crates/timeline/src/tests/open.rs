//! Requests that still run.

use crate::drawn::{MILLI, ZERO, drawn, drawn_with};
use crate::{Alone, Options, Timeline};

fn now(milli: u64) -> Options {
    Options { now: Some(ZERO + milli * MILLI), ..Options::default() }
}

#[test]
fn a_request_that_still_runs_lasts_until_now() {
    let t = drawn_with(
        "
        data/Get   server    |---->     |
          data/db  database  | --       |
    ",
        |_| now(8),
    );
    assert_eq!(t.lane("data/Get"), "?dd?????");
    assert!(t.timeline.lanes()[0].open);
    assert_eq!(t.window(0..20).figures(&Alone::new()).open, 1);
}

#[test]
fn a_request_of_which_only_waits_have_come_is_shown_as_open() {
    let t = drawn(
        "
        data/Get   server    |----------|
          data/a   database  | --       |
          data/b   database  |    ---   |
    ",
    );
    let timeline = Timeline::new(t.spans[1..].to_vec(), now(9));
    let [lane] = timeline.lanes() else { panic!("{:?}", timeline.lanes()) };
    assert_eq!((lane.start, lane.end, lane.open), (ZERO + MILLI, ZERO + 9 * MILLI, true));
    assert_eq!(timeline.spans()[lane.span as usize].id, t.spans[0].id);
}

#[test]
fn where_nobody_asks_what_runs_now_a_lost_request_stays_lost() {
    let t = drawn(
        "
        data/Get   server    |----------|
          data/a   database  | --       |
    ",
    );
    assert!(Timeline::new(t.spans[1..].to_vec(), Options::default()).lanes().is_empty());
}

#[test]
fn a_request_whose_end_has_come_too_is_not_open() {
    let t = drawn("data/Get server |---->     |");
    let mut ended = t.spans[0].clone();
    (ended.open, ended.end) = (false, ended.start + 3 * MILLI);
    for spans in [vec![t.spans[0].clone(), ended.clone()], vec![ended.clone(), t.spans[0].clone()]] {
        let timeline = Timeline::new(spans, now(9));
        assert_eq!(timeline.spans(), [ended.clone()]);
    }
}

#[test]
fn a_request_that_is_stuck_is_overtaken_and_overtakes_nobody() {
    let t = drawn_with(
        "
        data/stuck   server    |-->         |
        data/B       server    | ---        |
        data/C       server    |  -->       |
    ",
        |_| now(12),
    );
    let order = t.window(0..20).order();
    let overtaken: Vec<_> = order.overtaken.iter().map(|overtaken| (overtaken.lane, overtaken.by)).collect();
    assert_eq!(overtaken, [(t.place("data/stuck"), t.place("data/B"))]);
}
