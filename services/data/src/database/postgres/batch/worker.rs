//! The workers of a statement: each takes a connection, then whoever waits, and makes the trip; and again while somebody
//! waits. Between two trips it gives the connection back, so that other statements have their turn.

use std::sync::Arc;

use meanwhile_proto::waits::WaitKind;
use meanwhile_telemetry::RequestContext;

use super::{Batch, Member};
use crate::database::Sessions;
use crate::database::postgres::connect::Connector;
use crate::fault::Fault;

impl Batch {
    /// Lets a call wait, and sees to it that somebody works for it.
    pub(super) fn enqueue(
        self: &Arc<Self>,
        sessions: &Sessions<Connector>,
        mut member: Member,
    ) -> Result<(), Fault> {
        let client = member.asked.request.client();
        let needs_worker =
            self.queue.join(self.gate.lone(), sessions.pool.size(), client, |needs_worker| {
                if !needs_worker {
                    member.waits();
                }
                member
            })?;
        if needs_worker {
            let worker = Worker { batch: self.clone(), is_at_work: true };
            sessions.pool.spawn(worker.work(sessions.clone()));
        }
        Ok(())
    }
}

struct Worker {
    batch: Arc<Batch>,
    is_at_work: bool,
}

impl Worker {
    async fn work(mut self, sessions: Sessions<Connector>) {
        // Calls that came with this one, off the same socket, join first.
        tokio::task::yield_now().await;
        let mut before = None;
        while self.goes_on() {
            let queue = &self.batch.queue;
            let acquired = sessions.pool.acquire_together(|| queue.each_waiting(Member::waits)).await;
            let (lease, giver) = match acquired {
                Ok(acquired) => acquired,
                Err(fault) => {
                    queue.take_all().into_iter().for_each(|member| member.fail(&fault));
                    continue;
                }
            };
            let mut members = queue.take(self.batch.gate.limit(), Member::has_left);
            let Some(leader) = members.first().map(|member| member.asked.request.clone()) else { continue };
            if let Some(blocker) = giver.or(before.replace(leader)) {
                members.iter_mut().for_each(|member| member.waited_for(&blocker));
            }
            self.batch.depart(&mut sessions.session(lease), members).await;
        }
    }

    fn goes_on(&mut self) -> bool {
        self.is_at_work = self.batch.queue.goes_on();
        self.is_at_work
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if self.is_at_work {
            self.batch.queue.lost_worker();
        }
    }
}

impl Member {
    /// It waits for a connection from now on, where it does not already.
    fn waits(&mut self) {
        let request = &self.asked.request;
        self.asked.wait.get_or_insert_with(|| request.wait(WaitKind::Pool, "pool"));
    }

    fn waited_for(&mut self, blocker: &RequestContext) {
        if let Some(wait) = &mut self.asked.wait {
            wait.blocked_by(&blocker.span_context());
            blocker.blocks_others();
        }
    }

    fn has_left(&self) -> bool {
        self.reply.is_closed()
    }

    fn fail(mut self, fault: &Fault) {
        if let Some(wait) = &mut self.asked.wait {
            wait.fail(fault.reason.as_str());
        }
        let _ = self.reply.send(Err(fault.clone()));
    }
}
