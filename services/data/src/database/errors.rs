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

/// A failed statement. `writes` decides what a broken connection means for the client.
pub(super) fn outcome(error: &sqlx::Error, writes: bool) -> Outcome {
    match error {
        sqlx::Error::Database(error) => answered(error.as_ref(), writes),
        _ => Outcome::Lost(lost(writes).detail(error)),
    }
}

fn lost(writes: bool) -> Fault {
    match writes {
        true => Fault::new(
            Reason::WriteOutcomeUnknown,
            "the database connection broke while the write was under way: it may have happened",
        ),
        false => {
            Fault::new(Reason::ConnectionLost, "the database connection broke while the call was under way")
        }
    }
}

/// No connection could be made; nothing was sent.
pub(super) fn unreachable(error: &sqlx::Error) -> Fault {
    Fault::new(Reason::DatabaseUnreachable, "the database cannot be reached").detail(error)
}

fn answered(error: &dyn DatabaseError, writes: bool) -> Outcome {
    let code = error.code().unwrap_or_default();
    // The server ended this session: what it was doing is rolled back, so it was not done.
    if is_fatal(error) {
        let reason = if writes { Reason::DatabaseUnreachable } else { Reason::ConnectionLost };
        return Outcome::Lost(Fault::new(reason, "the database is not available").detail(error));
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
