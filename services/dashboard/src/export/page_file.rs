//! The page as one file with a window inside: what is opened with the network off shows the same. Nothing in it is loaded from
//! elsewhere, which its own policy forbids too.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use meanwhile_proto::v1::{Lane, SavedWindow};
use opentelemetry_proto::tonic::trace::v1::ResourceSpans;
use prost::Message as _;
use tonic::Status;

use super::Exported;
use crate::attributes::attributes;
use crate::page;

/// As the page asks: curves that bear a closer look, and what other pools would do.
pub const STEPS: i32 = 720;
pub const POOL_SIZES: [i32; 7] = [1, 2, 5, 10, 20, 50, 100];

const POLICY: &str =
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:";

/// The file; `view` is what the page is opened with.
pub fn file(exported: Exported, view: String) -> Result<Vec<u8>, Status> {
    let Some((script, style)) = page::bundle() else {
        return Err(Status::failed_precondition("the page was not built into this program: `make page`"));
    };
    let Exported { mut window, spans, intake } = exported;
    for lane in &mut window.lanes {
        lane.attributes = said(lane, &spans);
    }
    let saved = SavedWindow { window: Some(window), intake: Some(intake), view };
    let data =
        STANDARD.encode(packed(&saved.encode_to_vec()).map_err(|error| Status::internal(error.to_string()))?);
    // Within a script element these two would end it, or hide its end.
    let script = script.replace("</script", "<\\/script").replace("<!--", "<\\!--");
    Ok(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>Meanwhile, a saved window</title>\n\
         <style>{style}</style>\n</head>\n<body>\n<div id=\"page\"></div>\n\
         <script type=\"application/gzip\" id=\"window\">{data}</script>\n\
         <script type=\"module\">{script}</script>\n</body>\n</html>\n"
    )
    .into_bytes())
}

fn said(lane: &Lane, spans: &[ResourceSpans]) -> Vec<meanwhile_proto::v1::Attribute> {
    let trace = u128::from_str_radix(&lane.trace_id, 16).unwrap_or_default().to_be_bytes();
    let span = u64::from_str_radix(&lane.span_id, 16).unwrap_or_default().to_be_bytes();
    attributes(spans, &trace, &span)
}

fn packed(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}
