//! A trip for several calls: everybody aboard asked for in one statement, each told what was found for it.

use std::time::Instant;

use futures_util::TryStreamExt as _;
use meanwhile_proto::attributes;
use meanwhile_proto::waits::WaitKind;
use meanwhile_telemetry::{KeyValue, Wait};
use sqlx::postgres::PgArguments;
use sqlx::{Connection as _, Row as _, SqlStr};
use tokio::sync::oneshot;

use super::{Asked, Batch, Found, Member};
use crate::database::driver::Driver as _;
use crate::database::errors::{Outcome, Stake, outcome};
use crate::database::postgres::{
    connect::{Connector, PgSession},
    params,
};
use crate::database::sessions::{Session, Told};
use crate::fault::Fault;
use crate::waiters::all_left;

/// What a trip found.
struct Answer {
    /// For each call.
    found: Vec<Found>,
    /// True where the connection had the statement prepared before.
    was_known: bool,
}

impl Batch {
    /// Makes the trip. It ends early where nobody waits for it any more; the connection is then looked after by its lease.
    pub(super) async fn depart(&self, session: &mut Session<Connector>, members: Vec<Member>) {
        let aboard = members.into_iter().map(|member| (member.asked, member.reply));
        let (mut asked, replies): (Vec<_>, Vec<_>) = aboard.unzip();
        let Some(leader) = asked.first() else { return };
        session.lease.hold_for(&leader.request);
        let mut waits = self.begin_waits(session, &mut asked);
        session.began(|| waits.iter().map(Wait::handle).collect());
        let have_left = || replies.iter().all(oneshot::Sender::is_closed);
        let found = tokio::select! {
            biased;
            found = self.travel(session, &asked) => found,
            () = all_left(have_left) => return,
        };
        if let Some(statement) = waits.first_mut() {
            session.ended(statement);
        }
        for ((reply, found), wait) in replies.into_iter().zip(found).zip(&mut waits) {
            if let Err(fault) = &found {
                wait.fail(fault.reason.as_str());
            }
            // Who left does not take it.
            let _ = reply.send(found);
        }
    }

    /// The first call's wait is the statement's span; the others' are linked to it.
    fn begin_waits(&self, session: &Session<Connector>, asked: &mut [Asked]) -> Vec<Wait> {
        let mut waits: Vec<Wait> = Vec::with_capacity(asked.len());
        let calls = asked.len() as i64;
        for call in asked {
            drop(call.wait.take());
            let told =
                Told { summary: call.summary.clone(), text: self.text.clone(), part: call.part.as_deref() };
            waits.push(match waits.first() {
                None => {
                    let mut wait = session.wait(&call.request, told);
                    if calls > 1 {
                        wait.set_attribute(KeyValue::new(attributes::BATCH_SIZE, calls));
                    }
                    wait
                }
                Some(statement) => {
                    let mut wait = call.request.wait(WaitKind::Database, told.summary.clone());
                    wait.describe(|| {
                        [
                            KeyValue::new("db.system.name", Connector::SYSTEM),
                            KeyValue::new("db.query.summary", told.summary),
                        ]
                    });
                    wait.part_of(&statement.span_context());
                    wait
                }
            });
        }
        waits
    }

    async fn travel(&self, session: &mut Session<Connector>, asked: &[Asked]) -> Vec<Result<Found, Fault>> {
        let started = Instant::now();
        session.travel().await;
        let error = match self.ask(session, asked).await {
            Ok(Answer { found, was_known }) => {
                session.lease.finished();
                // To prepare a statement takes trips and a plan of its own, once a connection.
                if was_known {
                    self.gate.took(asked.len(), started.elapsed());
                }
                return found.into_iter().map(Ok).collect();
            }
            Err(error) => error,
        };
        let is_refused = |code: &str| code.starts_with("42") || code.starts_with("0A");
        match outcome(&error, Stake::Read) {
            Outcome::Answered(fault) => {
                session.lease.finished();
                if asked.len() == 1 {
                    return vec![Err(fault)];
                }
                match error.as_database_error().and_then(|error| error.code()) {
                    Some(code) if is_refused(&code) => self.gate.close_for_good(),
                    _ => self.gate.failed(),
                }
                self.one_by_one(session, asked).await
            }
            Outcome::Lost(fault) => {
                session.lease.died();
                asked.iter().map(|_| Err(fault.clone())).collect()
            }
        }
    }

    /// Nobody's trip fails for what another one asked.
    async fn one_by_one(
        &self,
        session: &mut Session<Connector>,
        asked: &[Asked],
    ) -> Vec<Result<Found, Fault>> {
        let mut results: Vec<Result<Found, Fault>> = Vec::with_capacity(asked.len());
        let mut lost: Option<Fault> = None;
        for call in asked {
            if let Some(fault) = &lost {
                results.push(Err(fault.clone()));
                continue;
            }
            let found = self.ask(session, std::slice::from_ref(call)).await;
            results.push(match found.map(|mut answer| answer.found.pop().unwrap_or(Found::None)) {
                Ok(found) => {
                    session.lease.finished();
                    Ok(found)
                }
                Err(error) => match outcome(&error, Stake::Read) {
                    Outcome::Answered(fault) => {
                        session.lease.finished();
                        Err(fault)
                    }
                    Outcome::Lost(fault) => {
                        session.lease.died();
                        lost = Some(fault.clone());
                        Err(fault)
                    }
                },
            });
        }
        results
    }

    /// Asks for all of them at once, anew where the statement has to be prepared anew.
    async fn ask(&self, session: &mut Session<Connector>, asked: &[Asked]) -> Result<Answer, sqlx::Error> {
        let held = session.lease.begin();
        let known = held.connection.cached_statements_size();
        let found = match self.ask_once(held, asked).await {
            Err(error) if Connector::is_stale(&error) => {
                Connector::forget_statements(held).await;
                self.ask_once(held, asked).await
            }
            found => found,
        }?;
        Ok(Answer { found, was_known: known == held.connection.cached_statements_size() })
    }

    async fn ask_once(&self, session: &mut PgSession, asked: &[Asked]) -> Result<Vec<Found>, sqlx::Error> {
        let entered = session.enter().await?;
        let found = self.rows_of(session, asked).await;
        session.leave(entered, found.is_ok()).await?;
        found
    }

    async fn rows_of(&self, session: &mut PgSession, asked: &[Asked]) -> Result<Vec<Found>, sqlx::Error> {
        let params = &self.types.params;
        let mut found: Vec<Found> = asked.iter().map(|_| Found::None).collect();
        if let [call] = asked {
            let arguments = params::arguments(params, &call.values).map_err(unencodable)?;
            let mut rows = rows(session, &self.lone, arguments);
            while let Some(row) = rows.try_next().await? {
                found[0].add(row);
            }
            return Ok(found);
        }
        let values: Vec<&[crate::value::Value]> = asked.iter().map(|call| call.values.as_slice()).collect();
        let arguments = params::of_several(params, &values).map_err(unencodable)?;
        let mut rows = rows(session, &self.several, arguments);
        while let Some(row) = rows.try_next().await? {
            let ordinal: i64 = row.try_get(row.len() - 1)?;
            // PostgreSQL counts from 1.
            if let Some(found) = usize::try_from(ordinal - 1).ok().and_then(|place| found.get_mut(place)) {
                found.add(row);
            }
        }
        Ok(found)
    }
}

fn rows<'c>(
    session: &'c mut PgSession,
    text: &SqlStr,
    arguments: PgArguments,
) -> futures_util::stream::BoxStream<'c, Result<sqlx::postgres::PgRow, sqlx::Error>> {
    let query = sqlx::query_with::<sqlx::Postgres, _>(text.clone(), arguments);
    query.persistent(session.keeps_statements()).fetch(&mut session.connection)
}

/// Each value was found to fit its parameter when its call joined.
fn unencodable(fault: Fault) -> sqlx::Error {
    sqlx::Error::Encode(fault.into())
}
