//! A scenario: which requests are sent, and when. `scenarios/NAME.toml` in a catalog's folder.

use std::path::{Path, PathBuf};
use std::time::Duration;

use meanwhile_catalog::{Catalog, Method};
use prost::Message;
use prost_reflect::DynamicMessage;
use serde::Deserialize;
use serde::de::IntoDeserializer;

use crate::servers::Servers;

/// A scenario whose requests are ready to be sent.
#[derive(Debug, Clone, Default)]
pub struct Scenario {
    /// One line for people.
    pub title: String,
    /// What there is to see in it.
    pub about: String,
    /// Its place among the catalog's, the first being 0.
    pub place: u32,
    /// The servers it is about, where it is about any.
    pub servers: Option<Servers>,
    /// The requests, in the order of the file.
    pub requests: Vec<Planned>,
}

/// One request of a scenario.
#[derive(Debug, Clone)]
pub struct Planned {
    /// When it is sent, from the start of the scenario.
    pub at: Duration,
    /// `/pkg.Service/Method`.
    pub path: String,
    /// The message's bytes on the wire.
    pub message: Vec<u8>,
    /// The message as protobuf JSON, for people.
    pub json: String,
    /// One line for people.
    pub say: String,
}

/// Why a scenario cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// No such file.
    #[error("there is no scenario {name}: {} cannot be read ({error})", path.display())]
    Missing {
        /// The scenario.
        name: String,
        /// Where it would be.
        path: PathBuf,
        /// Why it cannot be read.
        error: std::io::Error,
    },
    /// A file that is no scenario.
    #[error("{}: {error}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    #[serde(default)]
    about: String,
    #[serde(default)]
    place: u32,
    #[serde(default)]
    servers: Option<Servers>,
    #[serde(rename = "request")]
    requests: Vec<Request>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    #[serde(default)]
    at: Option<String>,
    method: String,
    #[serde(default)]
    say: String,
    #[serde(default)]
    body: toml::Table,
}

impl Scenario {
    /// Reads the catalog's scenario of that name.
    ///
    /// # Errors
    /// See [`ScenarioError`].
    pub fn load(catalog: &Catalog, name: &str) -> Result<Self, ScenarioError> {
        let path = catalog.root.join("scenarios").join(name).with_extension("toml");
        let text = std::fs::read_to_string(&path).map_err(|error| ScenarioError::Missing {
            name: name.to_owned(),
            path: path.clone(),
            error,
        })?;
        Self::parse(&text, catalog).map_err(|error| ScenarioError::Invalid { path: path.clone(), error })
    }

    /// The names of the catalog's scenarios.
    pub fn names(root: &Path) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(root.join("scenarios")) else { return Vec::new() };
        let toml = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "toml");
        let files = entries.flatten().map(|entry| entry.path()).filter(toml);
        let mut names: Vec<String> =
            files.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
        names.sort();
        names
    }

    fn parse(text: &str, catalog: &Catalog) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        if file.requests.is_empty() {
            return Err("a scenario has at least one [[request]]".to_owned());
        }
        let requests = file.requests.iter().map(|request| request.plan(catalog)).collect::<Result<_, _>>()?;
        let File { title, about, place, servers, .. } = file;
        Ok(Self { title, about, place, servers, requests })
    }
}

impl Request {
    fn plan(&self, catalog: &Catalog) -> Result<Planned, String> {
        let method = self.find_method(catalog)?;
        let fault = |what: String| format!("the request to {}: {what}", self.method);
        let at = match self.at.as_deref() {
            None => Duration::ZERO,
            Some(text) => humantime::parse_duration(text).map_err(|error| fault(format!("at: {error}")))?,
        };
        let body = toml::Value::Table(self.body.clone());
        let input = method.descriptor.input();
        let message = DynamicMessage::deserialize(input, body.into_deserializer())
            .map_err(|error| fault(error.to_string()))?;
        let json = serde_json_text(&message).map_err(fault)?;
        Ok(Planned {
            at,
            path: method.path.clone(),
            message: message.encode_to_vec(),
            json,
            say: self.say.clone(),
        })
    }

    fn find_method<'a>(&self, catalog: &'a Catalog) -> Result<&'a Method, String> {
        let found = catalog.methods.iter().find(|method| method.full_name() == self.method);
        found.ok_or_else(|| format!("the catalog has no method {}", self.method))
    }
}

fn serde_json_text(message: &DynamicMessage) -> Result<String, String> {
    serde_json::to_string(message).map_err(|error| error.to_string())
}
