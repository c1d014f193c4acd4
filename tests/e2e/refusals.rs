//! Bad input gets a clear status with ErrorInfo, and has no effect.

mod constraints;
mod deadlines;
mod framing;
mod values;

use anyhow::Result;
use tonic::Code;

use crate::stack::{Answer, Database, Stack, Wire};

const GET_CITY: &str = "cityscape.v1.Cities/GetCity";
const RECORD_VISIT: &str = "cityscape.v1.Cities/RecordVisit";

/// A visit that would be recorded.
const VISIT: &str = r#"{"cityId": 2198148, "visitor": "Bo", "stars": 3}"#;

/// The sample over both databases; whatever the test does, no visit is recorded, and good calls are served after it, on the
/// connection that it used.
fn without_effect(test: impl Fn(&Wire) -> Result<()>) -> Result<()> {
    Database::both()?.into_iter().try_for_each(|database| {
        let stack = Stack::over(database).start()?;
        let client = stack.client()?;
        test(&client)?;
        assert_eq!(stack.database.count("visits")?, 0);
        assert_eq!(client.call(RECORD_VISIT, VISIT)?.code, Code::Ok);
        assert_eq!(stack.database.count("visits")?, 1);
        Ok(())
    })
}

/// The answer is this refusal, and says nothing of SQL or of the driver.
#[track_caller]
fn assert_refused(answer: &Answer, code: Code, reason: &str) {
    assert_eq!((answer.code, answer.reason.as_deref()), (code, Some(reason)), "{answer:?}");
    assert!(!answer.message.is_empty());
    for inner in ["INSERT", "SELECT", "sqlx", "SQLSTATE", "relation", "127.0.0.1"] {
        assert!(!answer.message.contains(inner), "{}", answer.message);
    }
    assert!(answer.replies.is_empty());
}

/// `ErrorInfo.metadata` has this word.
#[track_caller]
fn assert_names(answer: &Answer, key: &str, value: &str) {
    assert!(answer.metadata.contains(&(key.to_owned(), value.to_owned())), "{answer:?}");
}
