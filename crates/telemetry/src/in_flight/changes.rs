//! What changed in the table since it was last looked at. Looking costs the calls nothing but a lock held for a moment.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Call, InFlight};

/// What is known of the table.
#[derive(Debug, Default)]
pub(crate) struct Seen(HashMap<u64, Vec<(u64, bool)>>);

/// What a look found.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Calls that are new, or wait for something else.
    pub calls: Vec<Arc<Call>>,
    /// Calls that ended.
    pub ended: Vec<u64>,
    /// Everything that was there.
    pub all: Vec<Arc<Call>>,
}

impl Seen {
    /// Looks at the calls that `wanted` wants.
    pub fn look(&mut self, table: &InFlight, wanted: impl Fn(&Call) -> bool) -> Changes {
        let all = table.calls();
        let mut now = HashMap::with_capacity(self.0.len());
        let mut changes = Changes::default();
        for call in all.iter().filter(|call| wanted(call)) {
            let state = call.state();
            if self.0.remove(&call.id).as_ref() != Some(&state) {
                changes.calls.push(call.clone());
            }
            now.insert(call.id, state);
        }
        // Those that are left were there before and are not any more.
        changes.ended = std::mem::replace(&mut self.0, now).into_keys().collect();
        changes.ended.sort_unstable();
        changes.all = all;
        changes
    }
}
