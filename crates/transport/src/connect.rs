//! Opening a connection, bounded in time as a whole: name lookup, TCP and TLS.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use tower::Service;

use crate::{BoxError, Roots};

/// A connector whose connections take at most `timeout` to open. TLS trusts Mozilla's roots, or others where they are said,
/// and offers both protocols by ALPN.
#[derive(Clone)]
pub(crate) struct Connector {
    https: HttpsConnector<HttpConnector>,
    timeout: Duration,
}

impl Connector {
    pub(crate) fn new(timeout: Duration, roots: Option<&Roots>) -> Self {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        // Shared between a name's addresses, so that one dead address does not use up all the time.
        http.set_connect_timeout(Some(timeout));
        // Named here, because rustls panics where it has to choose between two. It fails only for a provider that
        // does not know today's protocol versions, which ring does.
        #[expect(clippy::expect_used, reason = "see above")]
        let https = match roots {
            None => HttpsConnectorBuilder::new()
                .with_provider_and_webpki_roots(rustls::crypto::ring::default_provider())
                .expect("ring speaks TLS 1.2 and 1.3"),
            Some(roots) => HttpsConnectorBuilder::new().with_tls_config(
                rustls::ClientConfig::builder_with_provider(Arc::new(
                    rustls::crypto::ring::default_provider(),
                ))
                .with_safe_default_protocol_versions()
                .expect("ring speaks TLS 1.2 and 1.3")
                .with_root_certificates(roots.store())
                .with_no_client_auth(),
            ),
        };
        let https = https.https_or_http().enable_all_versions().wrap_connector(http);
        Self { https, timeout }
    }
}

impl Service<Uri> for Connector {
    type Response = <HttpsConnector<HttpConnector> as Service<Uri>>::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.https.poll_ready(cx)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = self.https.call(uri);
        let limit = self.timeout;
        Box::pin(async move {
            tokio::time::timeout(limit, connecting)
                .await
                .unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()))
        })
    }
}
