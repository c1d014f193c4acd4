//! A composite reply: which part runs when, and how the reply is put together.

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use meanwhile_proto::errors::Reason;

use super::tree::Tree;
use super::{Call, Engine, PartReply, Reply, reply_too_large};
use crate::bind::BoundPart;
use crate::fault::Fault;

/// How far a part is.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Progress {
    Waiting,
    /// Nobody wants it.
    LeftOut,
    Running,
    Done,
    /// Optional, and failed: what needs it goes without too.
    Missing,
}

impl Engine {
    pub(super) async fn composite(&self, call: &Call<'_>) -> Result<Reply, Fault> {
        let parts = &call.method.parts;
        let mut progress = at_start(call);
        let mut replies: Vec<Option<PartReply>> = parts.iter().map(|_| None).collect();
        let mut running = FuturesUnordered::new();
        loop {
            while let Some(index) = next(parts, &progress) {
                if self.one_at_a_time && !running.is_empty() {
                    break;
                }
                progress[index] = Progress::Running;
                let (part, given) = (&parts[index], call.given(&parts[index], &replies));
                running.push(async move { (index, self.part(call, part, given).await) });
            }
            let Some((index, result)) = running.next().await else { break };
            progress[index] = settle(call, &parts[index], result, &mut replies[index])?;
            mark_orphans(parts, &mut progress)?;
        }
        join(call, &progress, &replies, self.max_reply)
    }
}

/// What nobody wants is left out.
pub(super) fn at_start(call: &Call<'_>) -> Vec<Progress> {
    let start = |part| if call.runs(part) { Progress::Waiting } else { Progress::LeftOut };
    call.method.parts.iter().map(start).collect()
}

/// The first part that waits and has all it needs.
pub(super) fn next(parts: &[BoundPart], progress: &[Progress]) -> Option<usize> {
    let ready = |part: &BoundPart| part.needs.iter().all(|&need| progress[need] == Progress::Done);
    (0..parts.len()).find(|&index| progress[index] == Progress::Waiting && ready(&parts[index]))
}

fn settle(
    call: &Call<'_>,
    part: &BoundPart,
    result: Result<PartReply, Fault>,
    reply: &mut Option<PartReply>,
) -> Result<Progress, Fault> {
    match result {
        Ok(given) => {
            *reply = Some(given);
            Ok(Progress::Done)
        }
        Err(fault) if part.optional => {
            let trace_id = call.request.trace_id();
            tracing::info!(%trace_id, method = call.method.name, part = %part.name, %fault, "the reply goes without a part");
            Ok(Progress::Missing)
        }
        Err(fault) => Err(fault),
    }
}

/// A part that needs a missing one is missing too, and so on; where it is not optional there is no reply. A child goes
/// with its parent.
fn mark_orphans(parts: &[BoundPart], progress: &mut [Progress]) -> Result<(), Fault> {
    let orphan = |progress: &[Progress]| {
        let is_missing = |&need: &usize| progress[need] == Progress::Missing;
        let waits = |index: &usize| progress[*index] == Progress::Waiting;
        (0..parts.len()).filter(waits).find(|&index| parts[index].needs.iter().any(is_missing))
    };
    while let Some(index) = orphan(progress) {
        if !parts[index].optional && !is_inside_missing(parts, progress, index) {
            let message = format!("{} needs a part that failed", parts[index].name);
            return Err(Fault::new(Reason::UpstreamUnavailable, message));
        }
        progress[index] = Progress::Missing;
    }
    Ok(())
}

/// True where the rows that a child's would go into, or those that they would, are missing.
fn is_inside_missing(parts: &[BoundPart], progress: &[Progress], index: usize) -> bool {
    let parent = |index: &usize| parts[*index].child.as_ref().map(|child| child.parent);
    std::iter::successors(parent(&index), parent).any(|above| progress[above] == Progress::Missing)
}

pub(super) fn join(
    call: &Call<'_>,
    progress: &[Progress],
    replies: &[Option<PartReply>],
    max_bytes: usize,
) -> Result<Reply, Fault> {
    let parts = &call.method.parts;
    let tree = Tree::new(parts, replies);
    let own = || (0..parts.len()).filter(|&index| parts[index].child.is_none());
    let length = own().map(|index| tree.len(index)).fold(0, u64::saturating_add);
    let length = usize::try_from(length).ok().filter(|length| *length <= max_bytes);
    let mut bytes = Vec::with_capacity(length.ok_or_else(reply_too_large)?);
    own().for_each(|index| tree.write(index, &mut bytes));
    let is_missing = |part: &&BoundPart| {
        let missing = progress[part.index] == Progress::Missing && call.sends(part);
        missing && !is_inside_missing(parts, progress, part.index)
    };
    let missing = parts.iter().filter(is_missing).map(|part| part.name.clone()).collect();
    Ok(Reply { bytes, missing })
}
