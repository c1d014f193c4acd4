//! What each instant of a lane was spent on.

use crate::Options;
use crate::drawn::{drawn, drawn_with};

#[test]
fn what_no_child_covers_is_the_services_own() {
    let t = drawn(
        "
        shop/Get   server    |----------|
          shop/db  database  |  ----    |
    ",
    );
    assert_eq!(t.lane("shop/Get"), "..dddd....");
}

#[test]
fn polls_say_what_was_work_and_what_waited_for_a_thread() {
    let t = drawn(
        "
        data/Get   server    |##-----~~##-~#|
          data/db  database  |  -----       |
    ",
    );
    assert_eq!(t.lane("data/Get"), "wwdddddssww?sw");
}

#[test]
fn an_answer_that_nobody_takes_waits_for_the_scheduler_and_not_for_the_database() {
    let t = drawn(
        "
        data/Get   server    |#---~~~~~~~#|
          data/db  database  | ---------- |
    ",
    );
    assert_eq!(t.lane("data/Get"), "wdddsssssssw");
}

#[test]
fn a_call_lasts_longer_than_its_answer_takes_and_that_is_the_network() {
    let t = drawn(
        "
        edge/Get       server    |--------------|
          edge/call    upstream  | ------------ |
            data/Get   server    |   --------   |
              data/db  database  |    ----      |
    ",
    );
    assert_eq!(t.lane("edge/Get"), ".nn.dddd...nn.");
}

#[test]
fn a_service_that_shows_nothing_is_waited_for_as_a_whole() {
    let t = drawn(
        "
        edge/Get     server    |--------|
          edge/call  upstream  | ------ |
    ",
    );
    assert_eq!(t.lane("edge/Get"), ".uuuuuu.");
}

#[test]
fn where_branches_overlap_the_one_that_the_reply_waited_for_counts() {
    let t = drawn(
        "
        data/Get         server    |--------------|
          data/city      database  | ---          |
          data/country   database  |    ---       |
          data/daylight  upstream  |    --------- |
    ",
    );
    assert_eq!(t.lane("data/Get"), ".ddduuuuuuuuu.");
}

#[test]
fn what_ran_beside_the_way_fills_only_what_the_way_leaves_open() {
    let t = drawn(
        "
        data/Get     server    |--------------|
          data/side  upstream  | ----------   |
          data/a     database  | --           |
          data/b     database  |       ------ |
    ",
    );
    assert_eq!(t.lane("data/Get"), ".dduuuudddddd.");
}

#[test]
fn a_child_that_outlives_its_request_was_not_waited_for_at_its_end() {
    let t = drawn(
        "
        shop/Get    server    |--------    |
          shop/log  upstream  |     -------|
          shop/db   database  |  --        |
    ",
    );
    assert_eq!(t.lane("shop/Get"), "..dd.uuu");
}

#[test]
fn a_lock_is_part_of_the_statement_that_waited_for_it() {
    let t = drawn(
        "
        data/Get       server    |-----------|
          data/db      database  | --------- |
            data/lock  lock      |   -----   |
    ",
    );
    assert_eq!(t.lane("data/Get"), ".ddllllldd.");
}

#[test]
fn a_lane_is_the_topmost_request_of_its_trace() {
    let picture = "
        play/call       client    |------------|
          edge/Get      server    | ---------- |
            edge/call   upstream  |  --------  |
              data/Get  server    |   ------   |
        cron/job        consumer  |   ----     |
    ";
    assert_eq!(drawn(picture).lanes(), ["edge/Get", "cron/job"]);
    let of_data = drawn_with(picture, |names| Options { service: names.find("data"), ..Options::default() });
    assert_eq!(of_data.lanes(), ["data/Get"]);
}

#[test]
fn a_request_whose_parent_was_lost_has_a_lane() {
    let t = drawn(
        "
        edge/Get    server  |--------|
          data/Get  server  | ------ |
    ",
    );
    let without_parent = t.spans[1..].to_vec();
    let timeline = crate::Timeline::new(without_parent, Options::default());
    assert_eq!(timeline.lanes().len(), 1);
}

#[test]
fn a_clock_that_is_ahead_is_set_back_and_that_is_said() {
    let t = drawn(
        "
        edge/Get       server    |----------              |
          edge/call    upstream  | --------               |
            data/Get   server    |                ------  |
              data/db  database  |                 ----   |
    ",
    );
    assert_eq!(t.lane("edge/Get"), ".n.dddd.n.");
    let moved: Vec<i64> = t.timeline.lanes().iter().map(|lane| lane.moved).collect();
    assert_eq!(moved, [0]);
    assert_eq!(t.timeline.interval(2).start, t.spans[2].start - 14_000_000);
}
