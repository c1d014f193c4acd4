//! Who made whom wait.

use crate::drawn::drawn;

#[test]
fn a_pool_wait_is_behind_the_request_that_gave_the_connection_back() {
    let t = drawn(
        "
        data/A         server             |-------------    |
          data/A-db    database           | ----------      |
        data/B         server             |   --------------|
          data/B-pool  pool      <data/A  |   --------      |
          data/B-db    database           |           ----  |
    ",
    );
    assert_eq!(t.lane("data/B"), "ppppppppdddd..");
    assert_eq!(t.blame("data/B-pool"), (Some("data/A"), Some("data/A")));
}

#[test]
fn a_chain_of_waits_leads_to_its_root() {
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
    assert_eq!(t.blame("data/C-pool"), (Some("data/B"), Some("data/A")));
}

#[test]
fn requests_that_wait_for_each_other_have_an_end() {
    let t = drawn(
        "
        data/A         server              |----------|
          data/A-lock  lock      <data/B   | -------- |
        data/B         server              |----------|
          data/B-lock  lock      <data/A   | -------- |
    ",
    );
    let (direct, root) = t.blame("data/A-lock");
    assert_eq!(direct, Some("data/B"));
    assert!(root.is_some());
}

#[test]
fn ten_waiters_behind_one_lock_all_point_to_its_root() {
    let mut picture = "data/holder server |--------------------|\n".to_owned();
    for waiter in 0..10 {
        let before = if waiter == 0 { "data/holder".to_owned() } else { format!("data/w{}", waiter - 1) };
        picture.push_str(&format!("data/w{waiter} server | -------------------|\n"));
        picture.push_str(&format!("  data/w{waiter}-lock lock <{before} |  -----------------  |\n"));
    }
    let t = drawn(&picture);
    for waiter in 0..10 {
        assert_eq!(t.blame(&format!("data/w{waiter}-lock")).1, Some("data/holder"), "{waiter}");
    }
}

#[test]
fn a_blocker_that_is_not_here_is_none() {
    let t = drawn(
        "
        data/A       server            |----|
        data/B       server            |----|
          data/lock  lock    <data/A   | -- |
    ",
    );
    let timeline = crate::Timeline::new(t.spans[1..].to_vec(), crate::Options::default());
    let wait = timeline.spans().iter().position(|span| span.blocker().is_some()).unwrap() as u32;
    assert_eq!(timeline.blocker(wait), None);
    assert_eq!(timeline.root_blocker(wait), None);
}
