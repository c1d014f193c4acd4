//! `catalog.toml`: the catalog's name, its database by default, and the web services it may call, by name.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use crate::{Finding, Place, files};

/// The manifest's file name.
pub(crate) const FILE: &str = "catalog.toml";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub name: String,
    pub database: Option<String>,
    #[serde(default)]
    pub upstreams: BTreeMap<String, Upstream>,
}

/// A web service that `.http` files may name. Requests can never choose another host.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// Where it is: scheme, host, port and perhaps a base path.
    pub url: String,
    /// What it speaks.
    #[serde(default)]
    pub protocol: UpstreamProtocol,
}

/// What a web service speaks where TLS does not negotiate it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UpstreamProtocol {
    /// HTTP/1.1: a connection for each call that waits.
    #[default]
    Http1,
    /// HTTP/2 with prior knowledge (RFC 9113 §3.3): many waiting calls on few connections.
    H2c,
}

pub(crate) fn read(root: &Path) -> Result<Manifest, Finding> {
    let source: Arc<str> = files::text(root, Path::new(FILE))
        .map_err(|finding| match finding.place {
            Some(_) => finding,
            None => Finding {
                mend: "a catalog's folder holds a catalog.toml with its name".to_owned(),
                ..finding
            },
        })?
        .into();
    let manifest: Manifest = toml::from_str(&source).map_err(|error| {
        let place = Place::new(&source, error.span().unwrap_or(0..0));
        Finding::error(FILE, error.message(), "see docs/catalog.md for what catalog.toml may hold").at(place)
    })?;
    check_upstreams(&manifest, &source)?;
    Ok(manifest)
}

fn check_upstreams(manifest: &Manifest, source: &Arc<str>) -> Result<(), Finding> {
    for (name, upstream) in &manifest.upstreams {
        let plain = ["http://", "https://"].iter().any(|scheme| upstream.url.starts_with(scheme));
        if !plain || upstream.url.contains(['?', '#', '@']) {
            let start = source.find(upstream.url.as_str()).unwrap_or(0);
            let message =
                format!("the upstream {name} is not an http:// or https:// URL of host, port and path");
            let mend = "write it like \"http://127.0.0.1:8082\", without query or password";
            return Err(
                Finding::error(FILE, message, mend).at(Place::new(source, start..start + upstream.url.len()))
            );
        }
    }
    Ok(())
}
