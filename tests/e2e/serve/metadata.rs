//! Metadata goes through the gateway both ways. A data service of the test's own tells what arrived.

use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result};
use http::HeaderMap;

use crate::stack::{
    Service, Wire, meanwhile, sample,
    stranger::{Stranger, empty},
};

const METHOD: &str = "cityscape.v1.Cities/GetCity";

/// A gateway, and the headers of the calls that its data service saw.
struct Seen {
    _data: Stranger,
    _gateway: Service,
    client: Wire,
    calls: Arc<Mutex<Vec<HeaderMap>>>,
}

fn gateway() -> Result<Seen> {
    gateway_with(&[])
}

fn gateway_with(flags: &[&str]) -> Result<Seen> {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let seen = calls.clone();
    let data = Stranger::answering(move |request| {
        if request.uri().path().ends_with("GetCity") {
            seen.lock().unwrap().push(request.headers().clone());
        }
        Box::pin(async {
            let mut reply = http::Response::new(empty());
            let headers = [
                ("content-type", "application/grpc"),
                ("grpc-status", "0"),
                ("x-from-data", "yes"),
                ("x-from-data-bin", "AAEC"),
            ];
            for (name, value) in headers {
                reply.headers_mut().insert(name, http::HeaderValue::from_static(value));
            }
            reply
        })
    })?;
    let catalog = sample().display().to_string();
    let url = data.url();
    let words = ["gateway", "--catalog", &catalog, "--data", &url, "--admin", "127.0.0.1:0"];
    let gateway = Service::start(meanwhile(&[&words, flags].concat()))?;
    let client = Wire::to(gateway.address(), &sample())?;
    Ok(Seen { _data: data, _gateway: gateway, client, calls })
}

impl Seen {
    fn call(&self, metadata: &[(&str, &str)]) -> Result<(HeaderMap, HeaderMap)> {
        let answer = self.client.call_with(METHOD, metadata, r#"{"id": 1}"#)?;
        let seen = self.calls.lock().unwrap().pop().context("the call did not arrive")?;
        Ok((seen, answer.trailers))
    }
}

#[test]
fn a_callers_metadata_arrives_and_what_is_the_gateways_own_does_not() -> Result<()> {
    let gateway = gateway()?;
    let sent = [
        ("authorization", "Bearer of-nothing"),
        ("x-tenant", "one"),
        ("x-tenant", "two"),
        ("x-key-bin", "AAEC"),
        ("meanwhile-identity", "forged"),
    ];
    let (seen, _) = gateway.call(&sent)?;
    assert_eq!(seen.get_all("x-tenant").iter().collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(seen["authorization"], "Bearer of-nothing");
    assert_eq!(seen["x-key-bin"], "AAEC");
    assert_eq!(seen.get("meanwhile-identity"), None);
    Ok(())
}

#[test]
fn the_data_services_metadata_comes_back() -> Result<()> {
    let (_, reply) = gateway()?.call(&[])?;
    assert_eq!(
        (reply["x-from-data"].as_bytes(), reply["x-from-data-bin"].as_bytes()),
        (&b"yes"[..], &b"AAEC"[..])
    );
    Ok(())
}

#[test]
fn what_is_left_of_the_deadline_goes_on() -> Result<()> {
    let gateway = gateway()?;
    let left = |asked: &str| -> Result<u64> {
        let (seen, _) = gateway.call(&[("grpc-timeout", asked)])?;
        let text = seen["grpc-timeout"].to_str()?.to_owned();
        text.strip_suffix('u').with_context(|| text.clone())?.parse().context("a number")
    };
    assert!(left("2S")? < 2_000_000);
    // The contract's own limit is 5 s.
    assert!(left("1H")? < 5_000_000);
    Ok(())
}

const CALLER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[test]
fn the_callers_trace_goes_on_under_the_gateways_span() -> Result<()> {
    let gateway = gateway_with(&["--otlp", "http://127.0.0.1:1"])?;
    let (seen, _) = gateway.call(&[("traceparent", CALLER)])?;
    let passed = seen["traceparent"].to_str()?;
    assert!(passed.starts_with("00-0af7651916cd43dd8448eb211c80319c-"), "{passed}");
    assert_ne!(passed, CALLER);
    Ok(())
}

/// A parent that nobody ever sees would cut the trace in two.
#[test]
fn where_the_gateway_sends_no_spans_the_callers_stays_the_parent() -> Result<()> {
    let (seen, _) = gateway()?.call(&[("traceparent", CALLER)])?;
    assert_eq!(seen["traceparent"], CALLER);
    Ok(())
}
