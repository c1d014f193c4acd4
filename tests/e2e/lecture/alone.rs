//! Each request takes about as long as if it were alone; one at a time, the last one takes the time of all.

use std::time::Duration;

use anyhow::Result;
use meanwhile_play::Played;

use super::{
    player::{Player, scenario, scenario_of},
    recording::LATENCY,
};
use crate::stack::{Database, Stack};

/// Of which the medians count.
const ROUNDS: usize = 5;

/// One round against one server: each request by itself, then all at once.
pub struct Round {
    alone: Vec<Duration>,
    pub together: Played,
}

/// Plays the lecture, in rounds, after one that opens connections and prepares statements.
pub fn rounds(stack: &Stack) -> Result<Vec<Round>> {
    let (player, lecture) = (Player::silent()?, scenario("lecture")?);
    let round = || {
        let alone = lecture.requests.iter().map(|request| {
            let played = player.play(&scenario_of(vec![request.clone()]), stack)?;
            Ok(played.requests[0].duration())
        });
        let alone = alone.collect::<Result<Vec<_>>>()?;
        Ok(Round { alone, together: player.play(&lecture, stack)? })
    };
    round()?;
    (0..ROUNDS).map(|_| round()).collect()
}

/// The whole lecture in relation to its longest request alone.
pub fn to_the_longest_alone(rounds: &[Round]) -> f64 {
    let longest = alone(rounds).max().unwrap_or_default();
    println!("all at once {:?}, the longest alone {longest:?}", total(rounds));
    total(rounds).as_secs_f64() / longest.as_secs_f64()
}

fn to_the_sum_alone(rounds: &[Round]) -> f64 {
    let sum: Duration = alone(rounds).sum();
    println!("one at a time {:?}, the sum of each alone {sum:?}", total(rounds));
    total(rounds).as_secs_f64() / sum.as_secs_f64()
}

/// Each request's time alone.
fn alone(rounds: &[Round]) -> impl Iterator<Item = Duration> {
    let requests = rounds.first().map_or(0, |round| round.alone.len());
    (0..requests).map(|request| median(rounds.iter().map(|round| round.alone[request]).collect()))
}

fn total(rounds: &[Round]) -> Duration {
    median(rounds.iter().map(|round| round.together.total()).collect())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

#[test]
fn all_at_once_take_as_long_as_the_longest_alone() -> Result<()> {
    for database in Database::both()? {
        let rounds = rounds(&Stack::over(database).simulate(LATENCY).start()?)?;
        let ratio = to_the_longest_alone(&rounds);
        assert!((1.0 / 1.15..=1.15).contains(&ratio), "{ratio}");
        let orders: Vec<_> = rounds.iter().map(|round| round.together.order()).collect();
        assert!(orders.iter().all(|order| *order == [1, 3, 2]), "{orders:?}");
    }
    Ok(())
}

#[test]
fn one_at_a_time_the_last_reply_takes_the_sum_of_all_alone() -> Result<()> {
    for database in Database::both()? {
        let rounds = rounds(&Stack::over(database).simulate(LATENCY).one_at_a_time().start()?)?;
        let ratio = to_the_sum_alone(&rounds);
        assert!((0.9..=1.1).contains(&ratio), "{ratio}");
        let orders: Vec<_> = rounds.iter().map(|round| round.together.order()).collect();
        assert!(orders.iter().all(|order| *order == [1, 2, 3]), "{orders:?}");
    }
    Ok(())
}
