//! What is drawn under a lane.

use crate::drawn::drawn;

#[test]
fn what_runs_beside_the_way_is_drawn_under_it() {
    let t = drawn(
        "
        data/Get         server    |--------------|
          data/city      database  | ---          |
          data/country   database  |    ---       |
          data/nearest   database  |    -----     |
          data/daylight  upstream  |    --------- |
    ",
    );
    assert_eq!(t.lane("data/Get"), ".ddduuuuuuuuu.");
    assert_eq!(t.branches("data/Get"), ["    ddd", "    ddddd"]);
}

#[test]
fn a_branch_shows_what_is_under_it() {
    let t = drawn(
        "
        edge/Get       server    |------------|
          edge/slow    upstream  | ---------- |
          edge/call    upstream  | --------   |
            data/Get   server    |  ------    |
              data/db  database  |   ---      |
    ",
    );
    assert_eq!(t.branches("edge/Get"), [" n.ddd..n"]);
}

#[test]
fn what_was_on_the_way_for_a_while_is_drawn_for_the_rest() {
    let t = drawn(
        "
        data/Get     server    |--------------|
          data/side  upstream  | ----------   |
          data/a     database  | --           |
          data/b     database  |       ------ |
    ",
    );
    assert_eq!(t.lane("data/Get"), ".dduuuudddddd.");
    assert_eq!(t.branches("data/Get"), [" uu    uuuu"]);
}

#[test]
fn a_way_without_branches_has_none() {
    let t = drawn(
        "
        data/Get   server    |------|
          data/db  database  | ---- |
    ",
    );
    assert!(t.branches("data/Get").is_empty());
}
