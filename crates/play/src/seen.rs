//! What a dashboard saw of requests that were played: each one's lane, and the figures of their time. A dashboard has them a
//! moment after the reply, as spans are sent every 200 ms; whoever knows that all were sent says so, and nothing is waited for.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::Uri;
use meanwhile_proto::v1::timeline_client::TimelineClient;
use meanwhile_proto::v1::{GetWindowRequest, GetWindowResponse, Lane};
use prost_types::Timestamp;
use tokio::time::{Instant, sleep, sleep_until};
use tonic::Status;
use tonic::transport::Channel;

use crate::send::{Played, PlayedRequest};

/// How far its clock may be from the player's.
const CLOCKS: Duration = Duration::from_secs(2);

/// How long a dashboard may take to answer at all.
const CONNECT: Duration = Duration::from_secs(2);

/// How long spans are on their way: as a rule, at most, and how often it is asked whether more have come.
const SENT: Duration = Duration::from_millis(500);
const ON_THEIR_WAY: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(250);

/// The most lanes that are taken, and the largest reply that is read.
const LANES: i32 = 10_000;
const MAX_REPLY: usize = 256 << 20;

/// Whether spans are still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spans {
    /// Whoever made them has sent all of them.
    Sent,
    /// They are on their way.
    OnTheirWay,
}

/// What a dashboard tells of requests that were played.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Exactly their time, in whole milliseconds: also the lanes of others that were in flight then, and the figures of all.
    pub window: GetWindowResponse,
    /// The page that shows the same, as long as the dashboard is there.
    pub page: Option<String>,
}

/// Why there is nothing to see.
#[derive(Debug, thiserror::Error)]
pub enum Unseen {
    /// Nobody is there.
    #[error("no dashboard at {0} (--dashboard URL)")]
    Away(Uri),
    /// It has no span of them.
    #[error("the dashboard at {0} got no spans of these requests")]
    Unknown(Uri),
    /// It does not answer.
    #[error("the dashboard: {0}")]
    Fault(#[from] Box<Status>),
}

impl Seen {
    /// Asks the dashboard at `http://host:port` what it saw of them.
    ///
    /// # Errors
    /// See [`Unseen`].
    pub async fn ask(dashboard: &Uri, played: &Played, spans: Spans) -> Result<Self, Unseen> {
        let channel = Channel::builder(dashboard.clone()).connect_timeout(CONNECT);
        let channel = channel.connect().await.map_err(|_| Unseen::Away(dashboard.clone()))?;
        let mut asking = Asking {
            timeline: TimelineClient::new(channel).max_decoding_message_size(MAX_REPLY),
            played,
            time: played.start.checked_sub(CLOCKS).unwrap_or(UNIX_EPOCH)
                ..played.start + played.total() + CLOCKS,
        };
        let around = match spans {
            Spans::Sent => asking.around().await?,
            Spans::OnTheirWay => asking.settled().await?,
        };
        let Some((from, to)) = asking.extent(&around) else { return Err(Unseen::Unknown(dashboard.clone())) };
        let window = asking.window(time(from), time(to)).await?;
        let page = format!("{}/?from={from}&to={to}", dashboard.to_string().trim_end_matches('/'));
        Ok(Self { window, page: Some(page) })
    }

    /// The lane of a request; none where it did not get as far as a server that tells of it.
    pub fn lane(&self, request: &PlayedRequest) -> Option<&Lane> {
        self.window.lanes.iter().find(|lane| lane.trace_id == request.trace_id)
    }

    /// How many of the window's requests are somebody else's.
    pub fn others(&self, played: &Played) -> usize {
        let all = usize::try_from(self.window.total_size).unwrap_or(0);
        let own = played.requests.iter().filter(|request| self.lane(request).is_some()).count();
        all.saturating_sub(own)
    }
}

struct Asking<'a> {
    timeline: TimelineClient<Channel>,
    played: &'a Played,
    /// The time in which their lanes are, by any clock that is not far off.
    time: std::ops::Range<SystemTime>,
}

impl Asking<'_> {
    async fn around(&mut self) -> Result<GetWindowResponse, Unseen> {
        self.window(self.time.start.into(), self.time.end.into()).await
    }

    /// Asks until each request has its lane and no more has come for a while.
    async fn settled(&mut self) -> Result<GetWindowResponse, Unseen> {
        let until = Instant::now() + ON_THEIR_WAY;
        sleep_until((self.played.done + SENT).into()).await;
        let mut told = self.around().await?;
        loop {
            sleep(PAUSE).await;
            let now = self.around().await?;
            let is_whole = self.own(&now).count() == self.played.requests.len();
            if Instant::now() >= until || (is_whole && self.own(&now).eq(self.own(&told))) {
                return Ok(now);
            }
            told = now;
        }
    }

    async fn window(&mut self, from: Timestamp, to: Timestamp) -> Result<GetWindowResponse, Unseen> {
        let request = GetWindowRequest {
            start_time: Some(from),
            end_time: Some(to),
            page_size: LANES,
            steps: 1,
            ..GetWindowRequest::default()
        };
        let told = self.timeline.get_window(request).await;
        Ok(told.map_err(Box::new)?.into_inner())
    }

    fn own<'a>(&self, told: &'a GetWindowResponse) -> impl Iterator<Item = &'a Lane> {
        let ids: Vec<&str> = self.played.requests.iter().map(|request| request.trace_id.as_str()).collect();
        told.lanes.iter().filter(move |lane| ids.contains(&lane.trace_id.as_str()))
    }

    /// From when to when their lanes are, in whole milliseconds since 1970: what an address of the page can say exactly.
    fn extent(&self, told: &GetWindowResponse) -> Option<(i64, i64)> {
        let zero =
            told.start_time.map(|time| i128::from(time.seconds) * 1_000_000_000 + i128::from(time.nanos))?;
        let from = self.own(told).map(|lane| zero + i128::from(lane.start_ns)).min()?;
        let end = |lane: &Lane| zero + i128::from(lane.start_ns) + i128::from(lane.duration_ns);
        let to = self.own(told).map(end).max()?;
        let millis = |nanos: i128| i64::try_from(nanos.div_euclid(1_000_000)).ok();
        Some((millis(from)?, millis(to + 999_999)?))
    }
}

/// Of whole milliseconds since 1970.
fn time(millis: i64) -> Timestamp {
    let nanos = millis.rem_euclid(1_000) * 1_000_000;
    Timestamp { seconds: millis.div_euclid(1_000), nanos: i32::try_from(nanos).unwrap_or_default() }
}
