//! A request for a window, checked: what is asked for, in the timeline's own terms.

use std::ops::Range;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use meanwhile_proto::v1::GetWindowRequest;
use meanwhile_timeline::{Alone, Kind, Lane, Name, Names, Options, Segment, Span};
use prost_types::Timestamp;
use tonic::Status;

/// How long a window is where nobody says.
const LENGTH: Duration = Duration::from_secs(60);

const LANES: usize = 200;
const STEPS: usize = 200;
const MOST: usize = 10_000;
const MOST_POOLS: usize = 32;

/// What is asked for.
#[derive(Debug)]
pub struct Asked {
    pub time: Range<u64>,
    pub lanes: usize,
    pub steps: usize,
    pub pools: Vec<usize>,
    service: AnyName,
    method: AnyName,
    min_duration: u64,
    failed: bool,
    kinds: Vec<Kind>,
    running: Option<u64>,
    alone: Vec<(String, u64)>,
    sampled_one_in: u32,
}

/// A name that was asked for; none where any will do.
type AnyName = Option<String>;

/// The same with the names that spans have.
#[derive(Debug)]
pub struct Wanted {
    pub options: Options,
    pub alone: Alone,
    /// None where any will do; `Some(None)` where it is a name that no span has.
    method: Option<Option<Name>>,
    /// True where it is asked for a service that no span is of.
    pub is_nobody: bool,
    min_duration: u64,
    failed: bool,
    /// None where any will do.
    kinds: Vec<Kind>,
}

impl Asked {
    pub fn new(request: GetWindowRequest) -> Result<Self, Status> {
        let now = nanos(SystemTime::now());
        let end = request.end_time.map(|time| instant(time, "end_time")).transpose()?.unwrap_or(now);
        let minute_before = end.saturating_sub(LENGTH.as_nanos() as u64);
        let start =
            request.start_time.map(|time| instant(time, "start_time")).transpose()?.unwrap_or(minute_before);
        if start > end {
            return Err(Status::invalid_argument("start_time: it is later than end_time"));
        }
        if request.pool_sizes.len() > MOST_POOLS {
            return Err(Status::invalid_argument(format!("pool_sizes: more than {MOST_POOLS}")));
        }
        let pool = |&size: &i32| usize::try_from(size).ok().filter(|size| *size > 0);
        let pools: Option<Vec<usize>> = request.pool_sizes.iter().map(pool).collect();
        let alone = request.alone.into_iter().map(|(method, time)| Ok((method, length(time, "alone")?)));
        Ok(Self {
            time: start..end,
            lanes: count(request.page_size, LANES, "page_size")?,
            steps: count(request.steps, STEPS, "steps")?,
            pools: pools
                .ok_or_else(|| Status::invalid_argument("pool_sizes: a pool has a connection at least"))?,
            service: Some(request.service).filter(|name| !name.is_empty()),
            method: Some(request.method).filter(|name| !name.is_empty()),
            min_duration: request
                .min_duration
                .map(|time| length(time, "min_duration"))
                .transpose()?
                .unwrap_or(0),
            failed: request.failed,
            kinds: request.kinds.iter().map(|name| kind(name)).collect::<Result<_, _>>()?,
            running: request.running.then_some(now),
            alone: alone.collect::<Result<_, Status>>()?,
            sampled_one_in: request.sampled_one_in,
        })
    }

    /// True where requests count that still run.
    pub fn running(&self) -> bool {
        self.running.is_some()
    }

    /// With the numbers that names have.
    pub fn wanted(&self, names: &Names) -> Wanted {
        let service = self.service.as_ref().map(|name| names.find(name));
        let known = |(method, time): &(String, u64)| Some((names.find(method)?, *time));
        Wanted {
            options: Options {
                service: service.flatten(),
                now: self.running,
                one_in: Some(self.sampled_one_in).filter(|one_in| *one_in > 1),
            },
            alone: self.alone.iter().filter_map(known).collect(),
            method: self.method.as_ref().map(|name| names.find(name)),
            is_nobody: service == Some(None),
            min_duration: self.min_duration,
            failed: self.failed,
            kinds: self.kinds.clone(),
        }
    }
}

impl Wanted {
    /// True where the lane, whose request that span is and which has those segments, is asked for.
    pub fn has(&self, lane: &Lane, span: &Span, segments: &[Segment]) -> bool {
        !self.is_nobody
            && self.method.is_none_or(|method| method == Some(span.name))
            && lane.duration() >= self.min_duration
            && (!self.failed || span.failed)
            && (self.kinds.is_empty() || segments.iter().any(|segment| self.kinds.contains(&segment.kind)))
    }
}

/// Nanoseconds since 1970 as the wire has them.
pub fn timestamp(instant: u64) -> Timestamp {
    const SECOND: u64 = 1_000_000_000;
    Timestamp { seconds: (instant / SECOND) as i64, nanos: (instant % SECOND) as i32 }
}

/// Nanoseconds since 1970.
pub fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Nanoseconds since 1970 of what the wire has.
pub fn instant(time: Timestamp, field: &str) -> Result<u64, Status> {
    let since = SystemTime::try_from(time).ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let nanos = since.and_then(|since| u64::try_from(since.as_nanos()).ok());
    nanos.ok_or_else(|| Status::invalid_argument(format!("{field}: it is not a time from 1970 to 2554")))
}

fn length(time: prost_types::Duration, field: &str) -> Result<u64, Status> {
    let time = Duration::try_from(time).ok().and_then(|time| u64::try_from(time.as_nanos()).ok());
    time.ok_or_else(|| Status::invalid_argument(format!("{field}: it is less than nothing, or endless")))
}

fn kind(name: &str) -> Result<Kind, Status> {
    let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == name);
    kind.ok_or_else(|| Status::invalid_argument("kinds: there is no such kind"))
}

fn count(asked: i32, otherwise: usize, field: &str) -> Result<usize, Status> {
    match usize::try_from(asked) {
        Err(_) => Err(Status::invalid_argument(format!("{field}: it is less than 0"))),
        Ok(0) => Ok(otherwise),
        Ok(count) => Ok(count.min(MOST)),
    }
}
