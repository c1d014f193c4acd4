use std::io::Write;
use std::sync::{Arc, Mutex};

use super::*;
use crate::Config;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) fn logged(config: &LogConfig, log: impl FnOnce()) -> String {
    logged_beside(&[], config, log)
}

fn logged_beside(services: &[(&'static str, &Telemetry)], config: &LogConfig, log: impl FnOnce()) -> String {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = subscriber(config, services, move || writer.clone(), false).unwrap();
    tracing::subscriber::with_default(subscriber, log);
    String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
}

#[test]
fn a_line_in_text_carries_its_fields() {
    let config = LogConfig { filter: Some("info".into()), ..LogConfig::default() };
    let text = logged(&config, || tracing::info!(trace_id = "4bf9", "ready"));
    assert!(text.contains("ready trace_id=\"4bf9\"") && text.lines().count() == 1, "{text}");
}

#[test]
fn a_line_in_json_is_one_object_with_its_fields() {
    let config = LogConfig { format: LogFormat::Json, filter: Some("info".into()) };
    let text = logged(&config, || tracing::warn!(trace_id = "4bf9", "slow"));
    assert!(text.starts_with('{') && text.ends_with("}\n") && text.lines().count() == 1, "{text}");
    assert!(text.contains(r#""message":"slow""#) && text.contains(r#""trace_id":"4bf9""#), "{text}");
}

#[test]
fn the_filter_decides_which_lines_there_are() {
    let config = LogConfig { filter: Some("warn,meanwhile_telemetry=error".into()), ..LogConfig::default() };
    let text = logged(&config, || {
        tracing::warn!("ours");
        tracing::error!("ours, grave");
        tracing::warn!(target: "elsewhere", "theirs");
        tracing::info!(target: "elsewhere", "theirs, chatty");
    });
    let messages: Vec<&str> =
        text.lines().filter_map(|line| line.rsplit_once(": ")).map(|(_, m)| m).collect();
    assert_eq!(messages, ["ours, grave", "theirs"], "{text}");
}

#[test]
fn an_empty_filter_means_info() {
    let config = LogConfig { filter: Some(String::new()), ..LogConfig::default() };
    let text = logged(&config, || {
        tracing::info!("shown");
        tracing::debug!("hidden");
    });
    assert!(text.contains("shown") && !text.contains("hidden"), "{text}");
}

#[test]
fn a_filter_that_does_not_parse_is_an_error() {
    let config = LogConfig { filter: Some("meanwhile=loud".into()), ..LogConfig::default() };
    assert!(matches!(subscriber(&config, &[], io::sink, false), Err(InstallError::Filter(_))));
}

#[tokio::test]
async fn exporting_spans_changes_nothing_about_the_lines() {
    let endpoints = vec!["http://127.0.0.1:4317".into()];
    let telemetry = Telemetry::start(Config { service_name: "meanwhile-data".into(), endpoints }).unwrap();
    let config = LogConfig { filter: Some("warn,elsewhere=info".into()), ..LogConfig::default() };
    let text = logged_beside(&[("meanwhile_data", &telemetry)], &config, || {
        tracing::info!(target: "elsewhere", "shown");
        tracing::warn!("shown");
        tracing::info!(target: "meanwhile_data", "hidden");
    });
    assert_eq!((text.matches("shown").count(), text.matches("hidden").count()), (2, 0), "{text}");
}
