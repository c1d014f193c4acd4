//! Says once that spans are being lost, and once that they are not any more.

use std::sync::atomic::Ordering;

use super::chunks::Refused;

/// Whether spans get through to one endpoint, as its log lines tell it.
pub(super) struct Outage {
    endpoint: String,
    refused: Refused,
    /// How much of `refused` has been taken note of.
    noted: u64,
    /// Spans lost in the outage that is under way.
    lost: Option<u64>,
}

impl Outage {
    pub(super) fn new(endpoint: String, refused: Refused) -> Self {
        Self { endpoint, refused, noted: 0, lost: None }
    }

    /// Takes note of an export: how many spans it failed to deliver, and whether none but a last few still wait.
    pub(super) fn after_export(&mut self, failed: usize, caught_up: bool) {
        let lost = failed as u64 + self.refused_since_last();
        if lost == 0 {
            if caught_up && let Some(lost_spans) = self.lost.take() {
                tracing::info!(lost_spans, "spans reach the collector at {} again", self.endpoint);
            }
            return;
        }
        if self.lost.is_none() {
            self.warn(failed > 0);
        }
        *self.lost.get_or_insert(0) += lost;
    }

    fn refused_since_last(&mut self) -> u64 {
        let refused = self.refused.load(Ordering::Relaxed);
        refused - std::mem::replace(&mut self.noted, refused)
    }

    fn warn(&self, failed: bool) {
        let endpoint = &self.endpoint;
        if failed {
            tracing::warn!("no collector at {endpoint}: spans are dropped and counted");
        } else {
            tracing::warn!("the collector at {endpoint} is too slow: spans are dropped and counted");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::LogConfig;
    use crate::logs::tests::logged;

    fn said(exports: &[(u64, usize, bool)]) -> Vec<String> {
        let config = LogConfig { filter: Some("info".into()), ..LogConfig::default() };
        let text = logged(&config, || {
            let refused = Refused::default();
            let mut outage = Outage::new("http://c:4317".into(), Refused::clone(&refused));
            for (refusals, failed, caught_up) in exports {
                refused.fetch_add(*refusals, Ordering::Relaxed);
                outage.after_export(*failed, *caught_up);
            }
        });
        text.lines().filter_map(|line| Some(line.split_once("outage: ")?.1.to_owned())).collect()
    }

    #[test]
    fn nothing_is_said_while_spans_arrive() {
        assert!(said(&[(0, 0, true), (0, 0, false), (0, 0, true)]).is_empty());
    }

    #[test]
    fn a_queue_that_overflows_again_and_again_is_said_once_until_it_is_caught_up() {
        let exports = [(7, 0, false), (0, 0, false), (3, 0, false), (0, 0, true), (0, 0, true)];
        assert_eq!(
            said(&exports),
            [
                "the collector at http://c:4317 is too slow: spans are dropped and counted",
                "spans reach the collector at http://c:4317 again lost_spans=10",
            ]
        );
    }

    #[test]
    fn each_outage_is_said_with_its_own_count() {
        let exports = [(0, 5, true), (2, 4, false), (0, 0, true), (0, 1, true), (0, 0, true)];
        assert_eq!(
            said(&exports),
            [
                "no collector at http://c:4317: spans are dropped and counted",
                "spans reach the collector at http://c:4317 again lost_spans=11",
                "no collector at http://c:4317: spans are dropped and counted",
                "spans reach the collector at http://c:4317 again lost_spans=1",
            ]
        );
    }
}
