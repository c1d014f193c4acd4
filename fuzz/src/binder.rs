//! Any bytes as a request: whatever they are, what goes to the database is one of the texts that were known before, with as
//! many values as it takes.

use std::error::Error;
use std::path::Path;

use meanwhile_catalog::{Dialect, Method, Source};
use meanwhile_data::fuzzing::{Sent, Served, own_statements};
use prost::Message as _;
use prost_reflect::{DynamicMessage, Value};

use crate::seeds;
use crate::texts::Texts;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The catalog of docs/catalog.md and that of `fuzz/catalog` in one, served over SQLite.
#[derive(Debug)]
pub struct Binder {
    served: Served,
    texts: Texts,
    /// The methods' paths; an input's first byte chooses one.
    methods: Vec<String>,
}

impl Binder {
    /// Writes the catalog into a folder that is empty, and serves it.
    ///
    /// # Errors
    /// The catalog has a finding, or the folder cannot be written to.
    pub fn start(folder: &Path) -> Result<Self> {
        let catalog = folder.join("catalog");
        seeds::write_catalog(&catalog)?;
        let served = Served::start(&catalog, &folder.join("fuzz.sqlite"))?;
        let texts = Texts::new(&served.catalog, &own_statements(Dialect::Sqlite));
        let methods = served.catalog.methods.iter().filter(|method| is_local(method));
        let mut methods: Vec<String> = methods.map(|method| method.path.clone()).collect();
        methods.sort();
        match methods.iter().flat_map(|path| served.findings(path)).next() {
            Some(finding) => Err(finding.into()),
            None => Ok(Self { served, texts, methods }),
        }
    }

    /// Checks one input: a byte that chooses a method, and the bytes of a request.
    ///
    /// # Panics
    /// Where anything of the request became SQL, or where a value is missing.
    pub fn check(&self, input: &[u8]) {
        let Some((first, request)) = input.split_first() else { return };
        let path = &self.methods[usize::from(*first) % self.methods.len()];
        let (_, sent) = self.served.call(path, request);
        for Sent { sql, values } in &sent {
            let takes = self.texts.values(sql);
            assert!(
                takes.is_some(),
                "{path}: this is not one of the {} known texts: {sql}",
                self.texts.len()
            );
            assert!(
                values.is_none() || *values == takes,
                "{path}: {values:?} values, and {takes:?} in {sql}"
            );
        }
    }

    /// Inputs to start from: the requests of `fuzz/requests.txt`, and the same for the next page of each list.
    ///
    /// # Errors
    /// A line that is no request, or whose call sends nothing to the database.
    pub fn seeds(&self) -> Result<Vec<Vec<u8>>> {
        let mut inputs = Vec::new();
        for line in std::fs::read_to_string(seeds::repository().join("fuzz/requests.txt"))?.lines() {
            let (method, json) = line.split_once(' ').ok_or("a line is a method and its request")?;
            let path = format!("/{method}");
            let number = self.methods.iter().position(|known| *known == path).ok_or_else(|| path.clone())?;
            let descriptor = self.served.catalog.methods.iter().find(|known| known.path == path);
            let descriptor = &descriptor.ok_or_else(|| path.clone())?.descriptor;
            let mut json = serde_json::Deserializer::from_str(json);
            let mut request = DynamicMessage::deserialize(descriptor.input(), &mut json)?;
            let input = |request: &DynamicMessage| [vec![number as u8], request.encode_to_vec()].concat();
            inputs.push(input(&request));
            let (reply, sent) = self.served.call(&path, &request.encode_to_vec());
            if sent.is_empty() {
                return Err(format!("nothing goes to the database for {line}").into());
            }
            let Ok(reply) = reply else { continue };
            if let Some(token) = next_page(&DynamicMessage::decode(descriptor.output(), reply.as_slice())?) {
                request.set_field_by_name("page_token", token);
                inputs.push(input(&request));
            }
        }
        Ok(inputs)
    }
}

/// True for a method that only the database answers.
fn is_local(method: &Method) -> bool {
    method.parts.iter().all(|part| matches!(part.source, Source::Sql(_)))
}

fn next_page(reply: &DynamicMessage) -> Option<Value> {
    let token = reply.get_field_by_name("next_page_token")?.into_owned();
    (token.as_str() != Some("")).then_some(token)
}
