//! What the clients of a ledger were told, and whether the database agrees.

use anyhow::Result;
use tonic::Code;

use crate::stack::{Answer, Stack};

/// What the clients were told.
#[derive(Debug, Default)]
pub struct Books {
    pub done: Vec<u64>,
    pub refused: Vec<u64>,
    /// It may have happened, once.
    pub unknown: Vec<u64>,
    pub failed_reads: Vec<Answer>,
    pub failed_writes: Vec<Answer>,
    /// What never may be.
    pub wrong: Vec<String>,
}

impl Books {
    /// No call failed.
    pub fn assert_unbroken(&self) {
        assert!(self.failed_writes.is_empty(), "{:?}", self.failed_writes);
        self.assert_reads_unbroken();
    }

    /// No read failed.
    pub fn assert_reads_unbroken(&self) {
        assert!(self.failed_reads.is_empty(), "{:?}", self.failed_reads);
    }

    /// Whatever failed did because a service was away, or had not reached its database yet, and said so; a write that may
    /// have happened never says that it did not.
    pub fn assert_told_honestly(&self) {
        let refused =
            ["UPSTREAM_UNAVAILABLE", "DATABASE_UNREACHABLE"].map(|it| (Code::Unavailable, Some(it)));
        for answer in &self.failed_reads {
            assert!(refused.contains(&told(answer)), "{answer:?}");
        }
        for answer in &self.failed_writes {
            let unknown = (Code::Unknown, Some("WRITE_OUTCOME_UNKNOWN"));
            assert!(told(answer) == unknown || refused.contains(&told(answer)), "{answer:?}");
        }
    }

    /// The database has what these books say.
    pub fn assert_true_of(&self, stack: &Stack) -> Result<()> {
        assert!(self.wrong.is_empty(), "{:?}", self.wrong);
        assert!(!self.done.is_empty(), "{self:?}");
        let database = &stack.database;
        let among = |ids: &[u64]| {
            // No entry has the number 0: a list may not be empty.
            let ids: Vec<String> = [0].iter().chain(ids).map(u64::to_string).collect();
            database.number(&format!("SELECT count(*) FROM entries WHERE id IN ({})", ids.join(", ")))
        };
        assert_eq!(database.number("SELECT count(*) - count(DISTINCT id) FROM entries")?, 0, "twice");
        assert_eq!(among(&self.done)?, i64::try_from(self.done.len())?, "acknowledged, and lost");
        assert_eq!(among(&self.refused)?, 0, "refused, and done");
        assert_eq!(database.count("entries")?, among(&self.done)? + among(&self.unknown)?);
        Ok(())
    }
}

fn told(answer: &Answer) -> (Code, Option<&str>) {
    (answer.code, answer.reason.as_deref())
}
