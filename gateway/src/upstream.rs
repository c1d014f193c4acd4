//! The data service as seen from here: its URL, and the connections to it.

use http::Uri;
use http::uri::{Authority, Parts, PathAndQuery, Scheme};
use meanwhile_transport::{Client, ClientConfig};

use crate::Error;

/// Where the data service is, and how it is spoken to.
#[derive(Debug, Clone)]
pub(crate) struct Upstream {
    scheme: Scheme,
    authority: Authority,
    client: ClientConfig,
}

impl Upstream {
    pub(crate) fn new(url: &Uri, client: ClientConfig) -> Result<Self, Error> {
        let parts = url.clone().into_parts();
        let bare = parts.path_and_query.is_none_or(|path| path == "/");
        match (parts.scheme, parts.authority) {
            (Some(scheme), Some(authority)) if bare && is_http(&scheme) && !has_user(&authority) => {
                Ok(Self { scheme, authority, client })
            }
            _ => Err(Error::DataUrl),
        }
    }

    /// The data service's URL for that path.
    pub(crate) fn uri(&self, path: PathAndQuery) -> Uri {
        let mut parts = Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(path);
        // It has all the parts that there are; and were it refused, "/" is a method that does not exist.
        Uri::from_parts(parts).unwrap_or_default()
    }

    /// A client with connections of its own.
    pub(crate) fn client<B>(&self) -> Client<B>
    where
        B: http_body::Body<Data = bytes::Bytes> + Send + Unpin + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>> + Send,
    {
        Client::new(self.client.clone())
    }
}

fn is_http(scheme: &Scheme) -> bool {
    [Scheme::HTTP, Scheme::HTTPS].contains(scheme)
}

fn has_user(authority: &Authority) -> bool {
    authority.as_str().contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;
    use meanwhile_transport::Protocol;

    fn is_accepted(url: &str) -> bool {
        Upstream::new(&url.parse().unwrap(), ClientConfig::new(Protocol::H2c)).is_ok()
    }

    #[test]
    fn only_scheme_host_and_port_make_a_data_url() {
        assert!(is_accepted("http://127.0.0.1:8081") && is_accepted("http://data:8081/"));
        for url in
            ["data:8081", "/data", "ftp://data", "http://data/path", "http://data/?q", "http://u:p@data"]
        {
            assert!(!is_accepted(url), "{url}");
        }
    }
}
