use proptest::prelude::*;

use super::*;

/// One poll of one task, before the union.
#[derive(Debug, Clone, Copy)]
struct TaskPoll {
    woken: u64,
    start: u64,
    end: u64,
}

/// Some tasks of a request, each with its polls in order; small numbers, so that they meet often.
fn tasks(most_polls: usize) -> impl Strategy<Value = Vec<TaskPoll>> {
    let steps = prop::collection::vec((0..6_u64, 0..6_u64, 0..6_u64), 0..most_polls);
    prop::collection::vec((0..20_u64, steps), 1..4)
        .prop_map(|tasks| tasks.into_iter().flat_map(task).collect())
}

fn task((spawned, steps): (u64, Vec<(u64, u64, u64)>)) -> Vec<TaskPoll> {
    let mut at = spawned;
    let poll = |(idle, scheduled, busy): (u64, u64, u64)| {
        let woken = at + idle;
        let start = woken + scheduled;
        at = start + busy;
        TaskPoll { woken, start, end: at }
    };
    steps.into_iter().map(poll).collect()
}

/// Feeds the polls as they would happen: by time, and an end before a begin of the same instant.
fn recorded(task_polls: &[TaskPoll]) -> Vec<Poll> {
    let mut events: Vec<(u64, u8, Option<u64>)> = Vec::new();
    for poll in task_polls {
        events.push((poll.start, 1, Some(poll.woken)));
        // An empty poll begins before it ends.
        events.push((poll.end, if poll.start == poll.end { 2 } else { 0 }, None));
    }
    events.sort_by_key(|(at, order, _)| (*at, *order));
    let mut timeline = Timeline::default();
    for (at, _, woken) in &events {
        match woken {
            Some(woken) => timeline.begin(*woken, *at),
            None => timeline.end(*at),
        }
    }
    timeline.finish(events.last().map_or(0, |(at, ..)| *at))
}

/// Drawn, one letter an instant: `#` busy, `s` scheduled, `.` idle.
fn drawn(length: u64, polls: impl IntoIterator<Item = (u64, u64, u64)>) -> String {
    let mut letters = vec!['.'; usize::try_from(length).unwrap()];
    let mut fill = |from: u64, to: u64, letter: char| {
        for at in from..to {
            let drawn = &mut letters[usize::try_from(at).unwrap()];
            // Where tasks overlap, busy wins over scheduled.
            *drawn = if *drawn == '#' { '#' } else { letter };
        }
    };
    for (woken, start, end) in polls {
        fill(woken, start, 's');
        fill(start, end, '#');
    }
    letters.into_iter().collect()
}

fn drawn_tasks(length: u64, polls: &[TaskPoll]) -> String {
    drawn(length, polls.iter().map(|poll| (poll.woken, poll.start, poll.end)))
}

fn drawn_union(length: u64, polls: &[Poll]) -> String {
    drawn(length, polls.iter().map(|poll| (poll.woken, poll.start, poll.end)))
}

fn assert_in_order(polls: &[Poll]) {
    let instants: Vec<u64> = polls.iter().flat_map(|poll| [poll.woken, poll.start, poll.end]).collect();
    assert!(instants.is_sorted(), "{polls:?}");
}

proptest! {
    #[test]
    fn few_polls_are_the_exact_union_of_the_tasks(task_polls in tasks(40)) {
        let polls = recorded(&task_polls);
        let length = task_polls.iter().map(|poll| poll.end).max().unwrap_or(0);
        assert_in_order(&polls);
        prop_assert_eq!(drawn_union(length, &polls), drawn_tasks(length, &task_polls));
    }

    #[test]
    fn many_polls_are_bounded_in_order_and_lose_no_busy_time(task_polls in tasks(600)) {
        let polls = recorded(&task_polls);
        let length = task_polls.iter().map(|poll| poll.end).max().unwrap_or(0);
        assert_in_order(&polls);
        prop_assert!(polls.len() <= MAX_POLLS);
        let (union, exact) = (drawn_union(length, &polls), drawn_tasks(length, &task_polls));
        // Merging turns what lay between two polls into busy time and changes nothing else.
        for (at, (merged, exact)) in union.chars().zip(exact.chars()).enumerate() {
            prop_assert!(merged == '#' || merged == exact, "at {}: {} was {}", at, merged, exact);
        }
    }

    #[test]
    fn merging_closes_the_smallest_gaps_and_no_more(steps in prop::collection::vec((0..50_u64, 0..9_u64, 0..9_u64), 1..60), max in 1..60_usize) {
        let polls: Vec<Poll> = task((0, steps))
            .into_iter()
            .map(|poll| Poll { woken: poll.woken, start: poll.start, end: poll.end })
            .collect();
        let busy = |polls: &[Poll]| polls.iter().map(|poll| poll.end - poll.start).sum::<u64>();
        let mut gaps: Vec<u64> = polls.windows(2).map(|pair| pair[1].start - pair[0].end).collect();
        gaps.sort_unstable();
        let excess = polls.len().saturating_sub(max);

        let mut merged = polls.clone();
        merge_smallest_gaps(&mut merged, max);

        prop_assert_eq!(merged.len(), polls.len().min(max));
        prop_assert_eq!(busy(&merged), busy(&polls) + gaps[..excess].iter().sum::<u64>());
        assert_in_order(&merged);
    }
}

#[test]
fn a_task_that_stays_ready_while_another_runs_is_scheduled_before_and_after() {
    // The second task is woken at 1 and first polled at 8; the first one is polled from 3 to 5 meanwhile.
    let polls = recorded(&[TaskPoll { woken: 2, start: 3, end: 5 }, TaskPoll { woken: 1, start: 8, end: 9 }]);
    assert_eq!(drawn_union(9, &polls), ".ss##sss#");
}

#[test]
fn a_poll_under_way_ends_with_the_request_and_later_ones_are_left_out() {
    let mut timeline = Timeline::default();
    timeline.begin(2, 3);
    assert_eq!(timeline.finish(7), [Poll { woken: 2, start: 3, end: 7 }]);
    timeline.end(9);
    timeline.begin(10, 11);
    assert_eq!(timeline.finish(12), []);
}
