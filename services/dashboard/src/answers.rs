//! `meanwhile.v1.Timeline` over gRPC. A look at many spans takes a second of a processor: few are made at once, away from
//! the threads that take spans in.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use meanwhile_proto::v1;
use meanwhile_proto::v1::timeline_server::Timeline as TimelineService;
use meanwhile_proto::v1::{
    ExportWindowRequest, ExportWindowResponse, GetIntakeRequest, GetIntakeResponse, GetLaneRequest,
    GetLaneResponse, GetWindowRequest, GetWindowResponse, PinWindowRequest, PinWindowResponse, Pinned,
    SendWindowRequest, SendWindowResponse, UnpinWindowRequest, UnpinWindowResponse,
};
use meanwhile_timeline::{Lane, Options, Span, SpanRef, Timeline, TraceId};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tonic::{Request, Response, Status};

use crate::attributes::attributes;
use crate::export::{self, Exported};
use crate::from_jaeger::FromJaeger;
use crate::running::Running;
use crate::shown::{self, Shown};
use crate::store::{Store, TooMany};
use crate::to_jaeger::{MOST_REQUESTS, ToJaeger};
use crate::window::{self, Asked, timestamp};

/// How many looks there may be at once, and how long the others wait for their turn.
const LOOKS: usize = 2;
const TURN: Duration = Duration::from_secs(10);

/// How many spans a look may be at: a quarter of a gigabyte of lanes.
const MOST_SPANS: usize = 1_000_000;

/// How many lanes of one trace are told.
const LANES_OF_TRACE: usize = 1_000;

/// Answers from the spans that are kept.
#[derive(Clone)]
pub struct Answers {
    store: Arc<Store>,
    running: Arc<Running>,
    jaeger: Option<Arc<FromJaeger>>,
    to_jaeger: Option<ToJaeger>,
    sampled_one_in: u32,
    looks: Arc<Semaphore>,
}

impl Answers {
    pub fn new(
        store: Arc<Store>,
        running: Arc<Running>,
        jaeger: Option<Arc<FromJaeger>>,
        to_jaeger: Option<ToJaeger>,
        sampled_one_in: u32,
    ) -> Self {
        Self { store, running, jaeger, to_jaeger, sampled_one_in, looks: Arc::new(Semaphore::new(LOOKS)) }
    }

    /// What is asked for, with what the dashboard was told of all spans.
    fn asked(&self, request: GetWindowRequest) -> Result<Asked, Status> {
        let sampled_one_in = request.sampled_one_in.max(self.sampled_one_in);
        Asked::new(GetWindowRequest { sampled_one_in, ..request })
    }

    async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Store) -> Result<T, Status> + Send + 'static,
    ) -> Result<Response<T>, Status> {
        let busy = || Status::resource_exhausted("others are looking at many spans: try again");
        let permit = timeout(TURN, self.looks.clone().acquire_owned()).await.map_err(|_| busy())?;
        let store = self.store.clone();
        let looked = tokio::task::spawn_blocking(move || {
            // Kept to the end also where nobody waits for it any more.
            let _permit = permit;
            look(&store)
        });
        looked.await.map_err(|_| Status::internal("the look failed"))?.map(Response::new)
    }
}

impl Answers {
    /// Gives whether Jaeger had more of that time than it was asked for.
    async fn read_from_jaeger(&self, time: &Range<u64>) -> Result<bool, Status> {
        match &self.jaeger {
            Some(jaeger) => jaeger.read(time).await.map_err(|error| Status::unavailable(error.to_string())),
            None => Ok(false),
        }
    }
}

#[tonic::async_trait]
impl TimelineService for Answers {
    async fn get_window(
        &self,
        request: Request<GetWindowRequest>,
    ) -> Result<Response<GetWindowResponse>, Status> {
        let asked = self.asked(request.into_inner())?;
        let running = self.running.clone();
        let cut = self.read_from_jaeger(&asked.time).await?;
        self.look(move |store| {
            let window = window(store, &running, &asked, |shown, lane| shown.lane(lane))?;
            Ok(marked(window, cut))
        })
        .await
    }

    async fn get_lane(&self, request: Request<GetLaneRequest>) -> Result<Response<GetLaneResponse>, Status> {
        let GetLaneRequest { trace_id, service } = request.into_inner();
        let trace = trace_of(&trace_id)
            .ok_or_else(|| Status::invalid_argument("trace_id: it is not 32 hex digits, or zeros alone"))?;
        let running = self.running.clone();
        self.look(move |store| lane(store, &running, trace, &service)).await
    }

    async fn export_window(
        &self,
        request: Request<ExportWindowRequest>,
    ) -> Result<Response<ExportWindowResponse>, Status> {
        let mut request = request.into_inner();
        let window = GetWindowRequest {
            page_size: i32::MAX,
            steps: export::STEPS,
            pool_sizes: export::POOL_SIZES.to_vec(),
            ..request.window.take().unwrap_or_default()
        };
        let (asked, running) = (self.asked(window)?, self.running.clone());
        let cut = self.read_from_jaeger(&asked.time).await?;
        self.look(move |store| {
            let window = self::window(store, &running, &asked, |shown, lane| shown.lane_with_branches(lane))?;
            let spans = store.whole(&export::traces(&window), MOST_SPANS).map_err(too_many)?;
            let intake = intake(store, 0);
            export::file(request, Exported { window: marked(window, cut), spans, intake })
        })
        .await
    }

    async fn send_window(
        &self,
        request: Request<SendWindowRequest>,
    ) -> Result<Response<SendWindowResponse>, Status> {
        let to_jaeger = self.to_jaeger.as_ref().ok_or_else(|| {
            Status::failed_precondition("no Jaeger is known to send to (--jaeger-otlp URL names it)")
        })?;
        let window = request.into_inner().window.unwrap_or_default();
        let window = GetWindowRequest { page_size: MOST_REQUESTS, running: false, ..window };
        let window = self.get_window(Request::new(window)).await?.into_inner();
        to_jaeger.send(&window).await.map(Response::new)
    }

    async fn pin_window(
        &self,
        request: Request<PinWindowRequest>,
    ) -> Result<Response<PinWindowResponse>, Status> {
        let time = pinned(request.into_inner().window)?;
        match self.store.pin(time) {
            true => Ok(Response::new(PinWindowResponse {})),
            false => {
                Err(Status::resource_exhausted("pinned windows would take more than half of the memory"))
            }
        }
    }

    async fn unpin_window(
        &self,
        request: Request<UnpinWindowRequest>,
    ) -> Result<Response<UnpinWindowResponse>, Status> {
        let time = pinned(request.into_inner().window)?;
        match self.store.unpin(&time) {
            true => Ok(Response::new(UnpinWindowResponse {})),
            false => Err(Status::not_found("that window is not pinned")),
        }
    }

    async fn get_intake(&self, _: Request<GetIntakeRequest>) -> Result<Response<GetIntakeResponse>, Status> {
        let running = self.running.count();
        self.look(move |store| Ok(intake(store, running))).await
    }
}

/// With what Jaeger's search depth did to it.
fn marked(window: GetWindowResponse, search_cut: bool) -> GetWindowResponse {
    GetWindowResponse { search_cut, incomplete: window.incomplete || search_cut, ..window }
}

fn window(
    store: &Store,
    running: &Running,
    asked: &Asked,
    show: impl Fn(&Shown<'_>, &Lane) -> v1::Lane,
) -> Result<GetWindowResponse, Status> {
    let in_flight = if asked.running() { store.read(&running.resources()) } else { Vec::new() };
    let mut spans = store.traces(&asked.time, &in_flight, MOST_SPANS).map_err(too_many)?;
    add_new(&mut spans, in_flight);
    let wanted = store.names(|names| asked.wanted(names));
    let timeline = Timeline::new(spans, wanted.options);
    let window = timeline.window(asked.time.clone());
    let window =
        window.keep(|lane| wanted.has(lane, &timeline.spans()[lane.span as usize], timeline.segments(lane)));
    let figures = window.figures(&wanted.alone);
    // Who is not known may have held a connection: a replay of some requests is of another pool.
    let is_replayed = !asked.pools.is_empty() && figures.one_in <= 1;
    let pool = is_replayed.then(|| shown::pool(&window.pool(), &asked.pools));
    let in_flight = shown::in_flight(&window.in_flight(asked.steps));
    let time = window.time();
    let incomplete = store.is_incomplete(&time);
    Ok(store.names(|names| {
        let shown = Shown::new(&timeline, names, time.start);
        GetWindowResponse {
            start_time: Some(timestamp(time.start)),
            end_time: Some(timestamp(time.end)),
            lanes: window.lanes().take(asked.lanes).map(|lane| show(&shown, lane)).collect(),
            total_size: figures.requests.try_into().unwrap_or(i32::MAX),
            figures: Some(shown::figures(&figures, pool, names)),
            in_flight: Some(in_flight),
            incomplete,
            search_cut: false,
        }
    }))
}

/// Adds the calls in flight whose own spans have not come yet.
fn add_new(spans: &mut Vec<Span>, in_flight: Vec<Span>) {
    let calls = in_flight.iter().filter(|span| span.is_request()).map(Span::reference);
    let calls: HashSet<SpanRef> = calls.collect();
    let come = spans.iter().map(Span::reference).filter(|span| calls.contains(span));
    let come: HashSet<SpanRef> = come.collect();
    let is_new = |span: &Span| {
        let of = span.parent.map(|span_id| SpanRef { trace: span.trace, span: span_id });
        !come.contains(&span.reference()) && (span.is_request() || !of.is_some_and(|of| come.contains(&of)))
    };
    spans.extend(in_flight.into_iter().filter(is_new));
}

fn lane(store: &Store, running: &Running, trace: TraceId, service: &str) -> Result<GetLaneResponse, Status> {
    let mut spans = store.trace(trace, MOST_SPANS).map_err(too_many)?;
    let mut in_flight = store.read(&running.resources());
    in_flight.retain(|span| span.trace == trace);
    let now = (!in_flight.is_empty()).then(|| window::nanos(SystemTime::now()));
    add_new(&mut spans, in_flight);
    let service = match service {
        "" => None,
        name => {
            Some(store.names(|names| names.find(name)).ok_or_else(|| Status::not_found("no such service"))?)
        }
    };
    let whole = store.whole(&HashSet::from([trace]), MOST_SPANS).map_err(too_many)?;
    let timeline = Timeline::new(spans, Options { service, now, ..Options::default() });
    let Some(first) = timeline.lanes().first() else {
        return Err(Status::not_found("no request of that trace is kept"));
    };
    Ok(store.names(|names| {
        let shown = Shown::new(&timeline, names, first.start);
        let lanes = timeline.lanes().iter().take(LANES_OF_TRACE);
        let lanes = lanes.map(|lane| {
            let span = timeline.spans()[lane.span as usize].id.0.get().to_be_bytes();
            let attributes = attributes(&whole, &trace.0, &span);
            v1::Lane { attributes, ..shown.lane_with_branches(lane) }
        });
        GetLaneResponse { start_time: Some(timestamp(first.start)), lanes: lanes.collect() }
    }))
}

fn intake(store: &Store, running: usize) -> GetIntakeResponse {
    let (counts, time) = (store.counts(), store.time());
    GetIntakeResponse {
        received: counts.received,
        invalid: counts.invalid,
        dropped: counts.dropped,
        kept: counts.kept,
        bytes: counts.bytes as u64,
        max_bytes: store.max_bytes() as u64,
        start_time: time.as_ref().map(|time| timestamp(time.start)),
        end_time: time.as_ref().map(|time| timestamp(time.end)),
        services: store.services(),
        pinned: store.pinned().iter().map(shown_pin).collect(),
        running: running.try_into().unwrap_or(u32::MAX),
    }
}

fn pinned(window: Option<Pinned>) -> Result<Range<u64>, Status> {
    let Pinned { start_time, end_time } = window.unwrap_or_default();
    let time = |time: Option<_>, field| {
        window::instant(
            time.ok_or_else(|| Status::invalid_argument(format!("{field}: it is missing")))?,
            field,
        )
    };
    let (start, end) = (time(start_time, "start_time")?, time(end_time, "end_time")?);
    match start < end {
        true => Ok(start..end),
        false => Err(Status::invalid_argument("start_time: it is not before end_time")),
    }
}

fn shown_pin(time: &Range<u64>) -> Pinned {
    Pinned { start_time: Some(timestamp(time.start)), end_time: Some(timestamp(time.end)) }
}

fn trace_of(digits: &str) -> Option<TraceId> {
    let is_id = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let id = u128::from_str_radix(digits, 16).ok().filter(|&id| is_id && id != 0)?;
    Some(TraceId(id.to_be_bytes()))
}

fn too_many(TooMany: TooMany) -> Status {
    Status::resource_exhausted(format!("more than {MOST_SPANS} spans: ask for less time"))
}
