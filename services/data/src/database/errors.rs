//! From the driver's error to a fault: what a client may know is decided here, by SQLSTATE (PostgreSQL's appendix A)
//! or SQLite's extended result code. The driver's words go into the detail, for the log.

use meanwhile_proto::errors::Reason;
use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::postgres::{PgDatabaseError, PgSeverity};

use crate::fault::Fault;

/// What became of the statement's connection.
pub(super) enum Outcome {
    /// The database answered: the connection serves on.
    Answered(Fault),
    /// The connection is of no more use.
    Lost(Fault),
}

/// What a statement may have done by the time its connection breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stake {
    /// Nothing, ever.
    Read,
    /// Everything: it commits by itself.
    Write,
    /// Nothing: its transaction is not committed.
    Uncommitted,
    /// Everything: it is the COMMIT.
    Commit,
}

/// A failed statement. `stake` decides what a broken connection means for the client.
pub(super) fn outcome(error: &sqlx::Error, stake: Stake) -> Outcome {
    match error {
        sqlx::Error::Database(error) => answered(error.as_ref(), stake),
        _ => Outcome::Lost(lost(stake).detail(error)),
    }
}

/// The connection broke, and nobody said what became of the statement.
pub(super) fn lost(stake: Stake) -> Fault {
    match stake {
        Stake::Write | Stake::Commit => Fault::new(
            Reason::WriteOutcomeUnknown,
            "the database connection broke while the write was under way: it may have happened",
        ),
        Stake::Read | Stake::Uncommitted => {
            Fault::new(Reason::ConnectionLost, "the database connection broke while the call was under way")
        }
    }
}

/// The server ended the session, and said so. What it was doing is rolled back; only a COMMIT may have been done by then.
fn ended(stake: Stake) -> Fault {
    match stake {
        Stake::Commit => lost(stake),
        Stake::Read => Fault::new(Reason::ConnectionLost, "the database is not available"),
        Stake::Write | Stake::Uncommitted => {
            Fault::new(Reason::DatabaseUnreachable, "the database is not available")
        }
    }
}

/// No connection could be made; nothing was sent.
pub(super) fn unreachable(error: &sqlx::Error) -> Fault {
    Fault::new(Reason::DatabaseUnreachable, "the database cannot be reached").detail(error)
}

fn answered(error: &dyn DatabaseError, stake: Stake) -> Outcome {
    let code = error.code().unwrap_or_default();
    if is_fatal(error) {
        return Outcome::Lost(ended(stake).detail(error));
    }
    let reason = reason(error, &code);
    let mut fault = Fault::new(reason, sentence(reason)).detail(error);
    let of_sqlite = broken_in_sqlite(error);
    let (constraint, column) = match reason {
        Reason::NotNullViolation => (None, of_sqlite.and_then(|name| name.rsplit('.').next())),
        _ => (of_sqlite, None),
    };
    if let Some(constraint) = error.constraint().or(constraint) {
        fault = fault.with("constraint", constraint);
    }
    let of_postgres = error.try_downcast_ref::<PgDatabaseError>();
    if let Some(column) = of_postgres.and_then(PgDatabaseError::column).or(column) {
        fault = fault.with("column", column);
    }
    Outcome::Answered(fault)
}

/// True where the server ends the session with the error: on shutdown (57P01 and its like), and what else is FATAL.
fn is_fatal(error: &dyn DatabaseError) -> bool {
    let error = error.try_downcast_ref::<PgDatabaseError>();
    error.is_some_and(|error| matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic))
}

/// SQLite names a check by its name ("CHECK constraint failed: visits_stars"), what else can break by table.column. A
/// check without a name it tells by its SQL, which is nothing for a client.
fn broken_in_sqlite(error: &dyn DatabaseError) -> Option<&str> {
    let (kind, name) = error.message().split_once(" constraint failed: ")?;
    let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    (kind != "CHECK" || is_name).then_some(name)
}

fn reason(error: &dyn DatabaseError, code: &str) -> Reason {
    match error.kind() {
        ErrorKind::UniqueViolation => return Reason::UniqueViolation,
        ErrorKind::ForeignKeyViolation => return Reason::ForeignKeyViolation,
        ErrorKind::CheckViolation => return Reason::CheckViolation,
        ErrorKind::NotNullViolation => return Reason::NotNullViolation,
        _ => {}
    }
    match code {
        // SQLite: CONSTRAINT_DATATYPE, TOOBIG, MISMATCH
        "3091" | "18" | "20" => Reason::ValueRejected,
        // SQLite: ERROR, which has no finer code
        "1" => reason_of_sqlite(error.message()),
        // SQLite: BUSY and BUSY_SNAPSHOT
        "5" | "517" => Reason::SerializationFailure,
        "40001" => Reason::SerializationFailure,
        "40P01" => Reason::Deadlock,
        // ON DELETE RESTRICT has a code of its own, which the driver does not count among foreign keys.
        "23001" => Reason::ForeignKeyViolation,
        "57014" => Reason::DeadlineExceeded,
        "55P03" => Reason::SerializationFailure,
        // Too many connections, out of memory, disk full.
        "53000" | "53100" | "53200" | "53300" | "13" => Reason::DatabaseUnreachable,
        // What was there when the method was bound is not there now, or is not the same.
        "0A000" | "26000" | "42P01" | "42703" | "42883" | "42804" => Reason::MethodBroken,
        _ if code.len() == 5 && code.starts_with("22") => Reason::ValueRejected,
        _ if code.len() == 5 && code.starts_with("23") => Reason::CheckViolation,
        _ => Reason::DatabaseError,
    }
}

/// What only SQLite's words tell apart.
fn reason_of_sqlite(message: &str) -> Reason {
    const MISFITS: [&str; 4] = ["no such column", "no such table", "no such function", "has no column named"];
    const VALUES: [&str; 2] = ["malformed JSON", "integer overflow"];
    match message {
        _ if MISFITS.iter().any(|text| message.contains(text)) => Reason::MethodBroken,
        _ if VALUES.contains(&message) => Reason::ValueRejected,
        _ => Reason::DatabaseError,
    }
}

fn sentence(reason: Reason) -> &'static str {
    match reason {
        Reason::UniqueViolation => "a row with that key exists already",
        Reason::ForeignKeyViolation => "a row that is referred to does not exist, or is still referred to",
        Reason::CheckViolation => "a value breaks a rule of the database",
        Reason::NotNullViolation => "a value that must be there is missing",
        Reason::ValueRejected => "a value is not one its column can take",
        Reason::SerializationFailure => "another call changed the same rows; the call may be sent again",
        Reason::Deadlock => "two calls waited for each other; the call may be sent again",
        Reason::DeadlineExceeded => "the database ended the statement for taking too long",
        Reason::DatabaseUnreachable => "the database has no room for the call",
        Reason::MethodBroken => "the method's statement does not fit the database as it is now",
        _ => "the database could not answer",
    }
}
