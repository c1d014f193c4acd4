//! Who may come in. A browser sends any page's requests to loopback, and a name that its owner points there passes for this
//! server's own (DNS rebinding). So a request has to be for a name this server has, and where it says which page it comes
//! from, from one of its own.

use std::net::IpAddr;

use http::header::{HOST, ORIGIN};
use http::uri::Authority;
use http::{Request, Uri};

/// Lets requests in or not.
#[derive(Debug, Clone)]
pub struct Door {
    hosts: Vec<String>,
}

impl Door {
    /// `hosts` are names besides `localhost` and addresses, which no foreign name can be.
    pub fn new(hosts: Vec<String>) -> Self {
        Self { hosts: hosts.iter().map(|host| host.to_ascii_lowercase()).collect() }
    }

    /// Why the request may not come in; none where it may.
    pub fn refuses<B>(&self, request: &Request<B>) -> Option<&'static str> {
        let Some(authority) = authority(request) else {
            return Some("the request does not say for which host it is");
        };
        if !self.is_ours(authority.host()) {
            return Some("the request is for a host that this server is not called (--host adds a name)");
        }
        let mut origins = request.headers().get_all(ORIGIN).iter();
        let is_own = origins.all(|origin| {
            let origin = origin.to_str().ok().and_then(|origin| origin.parse::<Uri>().ok());
            origin.and_then(|origin| origin.authority().cloned()) == Some(authority.clone())
        });
        (!is_own).then_some("the request comes from a web page that is not this server's")
    }

    fn is_ours(&self, host: &str) -> bool {
        let name = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        name == "localhost" || name.parse::<IpAddr>().is_ok() || self.hosts.contains(&name)
    }
}

/// Whom the request is for; none where it does not say, or says two things.
fn authority<B>(request: &Request<B>) -> Option<Authority> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => Some(host.to_str().ok()?.parse::<Authority>().ok()?),
        (None, _) => None,
        (Some(_), Some(_)) => return None,
    };
    match (request.uri().authority().cloned(), host) {
        (Some(uri), Some(host)) => (uri == host).then_some(uri),
        (uri, host) => uri.or(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_let_in(host: &str, origin: Option<&str>) -> bool {
        let door = Door::new(vec!["Dashboard.svc".to_owned()]);
        let request = Request::post("/v1/traces").header(HOST, host);
        let request = match origin {
            Some(origin) => request.header(ORIGIN, origin),
            None => request,
        };
        door.refuses(&request.body(()).unwrap()).is_none()
    }

    #[test]
    fn addresses_localhost_and_names_that_were_given_are_this_servers() {
        for host in [
            "127.0.0.1:8090",
            "localhost:8090",
            "localhost",
            "[::1]:8090",
            "10.0.0.7:8090",
            "dashboard.svc:8090",
        ] {
            assert!(is_let_in(host, None), "{host}");
        }
    }

    #[test]
    fn other_names_are_not() {
        for host in ["evil.example:8090", "localhost.evil.example", "127.0.0.1.evil.example", "", "a b"] {
            assert!(!is_let_in(host, None), "{host}");
        }
    }

    #[test]
    fn a_page_of_this_server_may_and_no_other() {
        assert!(is_let_in("localhost:8090", Some("http://localhost:8090")));
        for origin in
            ["http://evil.example", "http://localhost:3000", "http://127.0.0.1:8090", "null", "", "file://"]
        {
            assert!(!is_let_in("localhost:8090", Some(origin)), "{origin}");
        }
    }

    #[test]
    fn a_request_that_names_nobody_or_two_is_refused() {
        let door = Door::new(Vec::new());
        assert!(door.refuses(&Request::get("/").body(()).unwrap()).is_some());
        let two = Request::get("/").header(HOST, "localhost").header(HOST, "localhost");
        assert!(door.refuses(&two.body(()).unwrap()).is_some());
        let differ = Request::get("http://localhost/").header(HOST, "127.0.0.1");
        assert!(door.refuses(&differ.body(()).unwrap()).is_some());
        let by_uri = Request::get("http://localhost:8090/");
        assert!(door.refuses(&by_uri.body(()).unwrap()).is_none());
    }
}
