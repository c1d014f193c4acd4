//! A window to take away: as the spans that it is of (OTLP), as a trace that Perfetto's page draws, or as one file that is the
//! page with its data inside.

mod page_file;
mod perfetto;

use std::collections::HashSet;

use meanwhile_proto::v1::{
    ExportFormat, ExportWindowRequest, ExportWindowResponse, GetIntakeResponse, GetWindowResponse,
};
use meanwhile_timeline::TraceId;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, TracesData};
use tonic::Status;

pub use page_file::{POOL_SIZES, STEPS};

/// What is exported: a window, the spans of its requests as they came, and what is known of all that is kept.
#[derive(Debug)]
pub struct Exported {
    pub window: GetWindowResponse,
    pub spans: Vec<ResourceSpans>,
    pub intake: GetIntakeResponse,
}

/// The traces that a window's lanes are of.
pub fn traces(window: &GetWindowResponse) -> HashSet<TraceId> {
    let id = |digits: &str| u128::from_str_radix(digits, 16).ok().map(|id| TraceId(id.to_be_bytes()));
    window.lanes.iter().filter_map(|lane| id(&lane.trace_id)).collect()
}

/// The export as a file.
pub fn file(asked: ExportWindowRequest, exported: Exported) -> Result<ExportWindowResponse, Status> {
    let requests = exported.window.lanes.len().try_into().unwrap_or(i32::MAX);
    let (ending, content) = match asked.format() {
        ExportFormat::OtlpJson => ("otlp.json", otlp(exported.spans)?),
        ExportFormat::Perfetto => ("perfetto.json", perfetto::trace(&exported.window)),
        ExportFormat::Html => ("html", page_file::file(exported, asked.view)?),
        ExportFormat::Unspecified => return Err(Status::invalid_argument("format: it does not say which")),
    };
    Ok(ExportWindowResponse { content, file_name: format!("meanwhile.{ending}"), requests })
}

fn otlp(resource_spans: Vec<ResourceSpans>) -> Result<Vec<u8>, Status> {
    serde_json::to_vec(&TracesData { resource_spans }).map_err(|error| Status::internal(error.to_string()))
}
