//! `meanwhile export`: takes a window from a dashboard to where others look at it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, anyhow, bail};
use clap::{Args as ClapArgs, ValueEnum};
use http::Uri;
use jiff::Timestamp;
use meanwhile_dashboard::ToJaeger;
use meanwhile_proto::v1::timeline_client::TimelineClient;
use meanwhile_proto::v1::{
    ExportFormat, ExportWindowRequest, GetWindowRequest, GetWindowResponse, SendWindowResponse,
};
use tonic::transport::Channel;

/// The most lanes that are taken, and the largest reply that is read: a window of so many is some 100 MB.
const LANES: i32 = 10_000;
const MAX_REPLY: usize = 256 << 20;

/// Spans are sent every 200 ms: of a request that has just ended they are not there before that.
const SENT: Duration = Duration::from_millis(500);

/// How long spans are on their way at most, and how often they are asked for until then.
const ON_THEIR_WAY: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(100);

/// The longest that Jaeger may take for a window of so many lanes.
const TAKEN: Duration = Duration::from_secs(120);

#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(flatten)]
    window: WindowArgs,
    #[command(flatten)]
    to: To,
    /// What the file is: the page with the window inside, a trace for Perfetto's page, or the spans
    #[arg(long, value_enum, default_value = "html", requires = "out")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Html,
    Perfetto,
    Otlp,
}

/// Where the window goes.
#[derive(Debug, ClapArgs)]
#[group(required = true, multiple = true)]
struct To {
    /// Send the window as one trace to this Jaeger, by OTLP/gRPC
    #[arg(long, value_name = "URL", conflicts_with = "out")]
    to_jaeger: Option<Uri>,
    /// Write it to this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Which window, and of whom it is asked.
#[derive(Debug, ClapArgs)]
struct WindowArgs {
    /// The dashboard that has it
    #[arg(long, env = "MEANWHILE_DASHBOARD", value_name = "URL", default_value = "http://127.0.0.1:8090")]
    dashboard: Uri,
    /// From when, as 2024-06-20T12:00:00Z; a minute before the end where it is not said
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Until when; now where it is not said
    #[arg(long, value_name = "TIME")]
    to: Option<Timestamp>,
    /// Lanes are the requests of this service; the topmost of each trace where it is not said
    #[arg(long, value_name = "NAME", default_value = "")]
    service: String,
}

pub async fn run(mut args: Args) -> anyhow::Result<ExitCode> {
    // The window ends with what there is now, however long its spans take.
    args.window.to.get_or_insert_with(Timestamp::now);
    match (&args.to.to_jaeger, &args.to.out) {
        (Some(jaeger), _) => to_jaeger(&args.window, jaeger).await?,
        (None, Some(out)) => to_file(&args.window, args.format, out).await?,
        (None, None) => bail!("it does not say where to: --out FILE, or --to-jaeger URL"),
    }
    Ok(ExitCode::SUCCESS)
}

async fn to_file(window: &WindowArgs, format: Format, out: &Path) -> anyhow::Result<()> {
    let format = match format {
        Format::Html => ExportFormat::Html,
        Format::Perfetto => ExportFormat::Perfetto,
        Format::Otlp => ExportFormat::OtlpJson,
    };
    let request =
        ExportWindowRequest { window: Some(window.request()), format: format.into(), view: String::new() };
    let mut timeline = window.timeline().await?;
    let exported = window
        .wait(async || {
            let exported =
                timeline.export_window(request.clone()).await.context("the dashboard")?.into_inner();
            Ok((exported.requests > 0).then_some(exported))
        })
        .await?;
    std::fs::write(out, exported.content).with_context(|| out.display().to_string())?;
    println!("{} requests in {}", exported.requests, out.display());
    Ok(())
}

async fn to_jaeger(window: &WindowArgs, url: &Uri) -> anyhow::Result<()> {
    let window = window.ask().await?;
    let jaeger = ToJaeger::over(connect(url, "--to-jaeger").await?, TAKEN);
    let sent = jaeger.send(&window).await.map_err(|status| anyhow!("{}", status.message()))?;
    let SendWindowResponse { trace_id, requests, total_size, spans } = sent;
    println!("{requests} requests as one trace of {spans} spans: /trace/{trace_id} on Jaeger's page");
    if total_size > requests {
        println!("these are the first of {total_size}");
    }
    Ok(())
}

impl WindowArgs {
    async fn ask(&self) -> anyhow::Result<GetWindowResponse> {
        let mut timeline = self.timeline().await?;
        self.wait(async || {
            let window = timeline.get_window(self.request()).await.context("the dashboard")?.into_inner();
            Ok((!window.lanes.is_empty()).then_some(window))
        })
        .await
    }

    /// Asks when the window's spans have been sent, and until there is a request: behind a `play` they are still on their
    /// way. Nothing is waited for in a window that was over long ago.
    async fn wait<T>(&self, mut ask: impl AsyncFnMut() -> anyhow::Result<Option<T>>) -> anyhow::Result<T> {
        let until = Instant::now() + ON_THEIR_WAY;
        // A window that has not ended yet is asked for as it is.
        let ended = self.to.and_then(|to| SystemTime::now().duration_since(to.into()).ok());
        let is_over = ended.is_some_and(|ago| ago > ON_THEIR_WAY);
        if let Some(ago) = ended {
            tokio::time::sleep(SENT.saturating_sub(ago)).await;
        }
        loop {
            match ask().await? {
                Some(found) => return Ok(found),
                None if is_over || Instant::now() >= until => bail!("there is no request in that window"),
                None => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    async fn timeline(&self) -> anyhow::Result<TimelineClient<Channel>> {
        let channel = connect(&self.dashboard, "--dashboard").await?;
        Ok(TimelineClient::new(channel).max_decoding_message_size(MAX_REPLY))
    }

    fn request(&self) -> GetWindowRequest {
        let time = |time: Option<Timestamp>| time.map(|time| SystemTime::from(time).into());
        GetWindowRequest {
            start_time: time(self.from),
            end_time: time(self.to),
            service: self.service.clone(),
            page_size: LANES,
            ..GetWindowRequest::default()
        }
    }
}

async fn connect(url: &Uri, flag: &str) -> anyhow::Result<Channel> {
    Channel::builder(url.clone()).connect().await.with_context(|| format!("nothing at {url} ({flag} URL)"))
}
