//! A `.http` file: one call of a web service, `GET {upstream}/path?key=:value`, with headers under it.
//! The host is never a parameter; what a request brings is percent-encoded into path and query.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::plan::Param;
use crate::{Finding, Place};

/// A web call, ready to be filled in.
#[derive(Debug, Clone)]
pub struct HttpCall {
    /// The file, relative to the catalog's folder.
    pub file: PathBuf,
    /// The upstream's name, as in catalog.toml.
    pub upstream: String,
    /// The path behind the upstream's URL.
    pub path: Vec<Piece>,
    /// The query's pairs, in order.
    pub query: Vec<QueryPair>,
    /// The headers' names, in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The parameters, each once.
    pub params: Vec<Param>,
}

/// A piece of a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text, as its author encoded it.
    Text(String),
    /// The parameter of that index.
    Param(usize),
}

/// `key=value`; left out as a whole where a parameter in it is absent.
#[derive(Debug, Clone)]
pub struct QueryPair {
    /// As its author encoded it.
    pub key: String,
    /// Text and parameters.
    pub value: Vec<Piece>,
}

/// A web call whose parameters are names only.
#[derive(Debug)]
pub(crate) struct RawHttpCall {
    pub params: Vec<(Vec<String>, std::ops::Range<usize>)>,
    source: Arc<str>,
    call: HttpCall,
}

const SHAPE: &str = "write GET {upstream}/path?key=:value on the first line, headers as Name: value under it";

impl RawHttpCall {
    pub fn parse(file: &Path, source: &Arc<str>) -> Result<Self, Finding> {
        let mut raw = Self {
            params: Vec::new(),
            source: source.clone(),
            call: HttpCall {
                file: file.to_owned(),
                upstream: String::new(),
                path: Vec::new(),
                query: Vec::new(),
                headers: Vec::new(),
                params: Vec::new(),
            },
        };
        let mut offset = 0;
        let mut seen_call = false;
        for line in source.split_inclusive('\n') {
            let start = offset;
            offset += line.len();
            let line = line.trim_end();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match seen_call {
                false => raw.read_call(line, start)?,
                true => raw.read_header(line, start)?,
            }
            seen_call = true;
        }
        match seen_call {
            true => Ok(raw),
            false => Err(Finding::error(file, "there is no call in this file", SHAPE)),
        }
    }

    pub fn with(self, params: Vec<Param>) -> HttpCall {
        HttpCall { params, ..self.call }
    }

    pub fn upstream(&self) -> &str {
        &self.call.upstream
    }

    pub fn place(&self, range: std::ops::Range<usize>) -> Place {
        Place::new(&self.source, range)
    }

    pub fn file(&self) -> &Path {
        &self.call.file
    }

    fn fault(&self, line: &str, start: usize, message: &str) -> Finding {
        Finding::error(&self.call.file, message, SHAPE).at(self.place(start..start + line.len()))
    }

    fn read_call(&mut self, line: &str, start: usize) -> Result<(), Finding> {
        let Some(url) = line.strip_prefix("GET ") else {
            return Err(self.fault(line, start, "only GET is known"));
        };
        let url_start = start + line.len() - url.trim_start().len();
        let url = url.trim();
        let named = url.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let Some((upstream, rest)) = named else {
            return Err(self.fault(line, start, "the URL does not start with an {upstream}"));
        };
        if !(rest.is_empty() || rest.starts_with(['/', '?'])) {
            return Err(self.fault(line, start, "behind {upstream} comes /path, ?query, or nothing"));
        }
        if !rest.chars().all(is_url_character) {
            return Err(self.fault(line, start, "a character that has to be percent-encoded"));
        }
        self.call.upstream = upstream.to_owned();
        let rest_start = url_start + upstream.len() + 2;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        self.call.path = self.pieces(path, rest_start);
        let mut at = rest_start + path.len() + 1;
        for pair in query.split('&') {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            if key.split(':').skip(1).any(|behind| name_length(behind) > 0) {
                return Err(self.fault(pair, at, "a query's key is text, not a parameter"));
            }
            if !pair.is_empty() {
                let value = self.pieces(value, at + key.len() + 1);
                self.call.query.push(QueryPair { key: key.to_owned(), value });
            }
            at += pair.len() + 1;
        }
        Ok(())
    }

    fn read_header(&mut self, line: &str, start: usize) -> Result<(), Finding> {
        let header = line.split_once(':').filter(|(name, value)| {
            let token = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            !name.is_empty() && name.chars().all(token) && value.chars().all(|c| !c.is_ascii_control())
        });
        let Some((name, value)) = header else {
            return Err(self.fault(line, start, "this is not a header"));
        };
        self.call.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        Ok(())
    }

    /// Splits text at `:name(.name)*`.
    fn pieces(&mut self, text: &str, start: usize) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(colon) = rest.find(':') {
            let name_start = colon + 1;
            let name_len = name_length(&rest[name_start..]);
            if name_len > 0 {
                if colon > 0 {
                    pieces.push(Piece::Text(rest[..colon].to_owned()));
                }
                let at = start + text.len() - rest.len() + colon;
                pieces.push(Piece::Param(self.param(&rest[name_start..name_start + name_len], at)));
            } else {
                pieces.push(Piece::Text(rest[..name_start].to_owned()));
            }
            rest = &rest[name_start + name_len..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        pieces
    }

    fn param(&mut self, name: &str, at: usize) -> usize {
        let path: Vec<String> = name.split('.').map(str::to_owned).collect();
        match self.params.iter().position(|(known, _)| *known == path) {
            Some(known) => known,
            None => {
                self.params.push((path, at..at + name.len() + 1));
                self.params.len() - 1
            }
        }
    }
}

/// What may stand in a path or a query as it is (RFC 3986), less `#`, which no server gets to see.
fn is_url_character(c: char) -> bool {
    c.is_ascii_graphic() && !matches!(c, '"' | '#' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}')
}

/// How many bytes of `text` are a dotted name; it starts with a letter and does not end with a dot.
fn name_length(text: &str) -> usize {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return 0;
    }
    let all = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')).unwrap_or(text.len());
    text[..all].trim_end_matches('.').len()
}

#[cfg(test)]
mod tests;
