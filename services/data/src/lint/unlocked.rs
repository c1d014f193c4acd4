//! An etag that is compared and not held: where PostgreSQL cannot lock what `etag.sql` reads, somebody else may change the
//! row between the check and the write, and of two clients that know the same state both may write.

use meanwhile_catalog::{Finding, Part, Role, Statement};

use crate::database::Prepared;

/// The check whose row is not locked.
pub(super) fn finding(part: &Part, statement: &Statement, prepared: &Prepared) -> Option<Finding> {
    let is_open = part.role == Role::Etag && !prepared.locks;
    is_open.then(|| {
        let message = "this etag is compared, and its row is not locked: two writes that know the same etag may both be done";
        let mend = "select it from the row itself, which FOR UPDATE can lock: no aggregate, GROUP BY, DISTINCT or UNION";
        Finding::warning(&statement.file, message, mend).at(statement.whole_place())
    })
}
