//! Whose certificates are trusted, where Mozilla's roots are not the answer: a private authority's.

use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject as _};

/// Certificates that a server's is to be signed by. They take the place of Mozilla's roots.
#[derive(Debug, Clone)]
pub struct Roots(Arc<RootCertStore>);

/// Why a text has no roots.
#[derive(Debug, thiserror::Error)]
pub enum RootsError {
    /// It is not PEM (RFC 7468).
    #[error("it is not PEM: {0}")]
    Pem(pem::Error),
    /// A certificate in it cannot be read, or signs nothing.
    #[error("a certificate in it cannot be used: {0}")]
    Certificate(#[from] rustls::Error),
    /// It has none.
    #[error("there is no certificate in it")]
    Empty,
}

impl Roots {
    /// The certificates of a PEM text; what else is in it is passed over.
    ///
    /// # Errors
    /// Where it has none, or one that cannot be used.
    pub fn from_pem(text: &[u8]) -> Result<Self, RootsError> {
        let mut store = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(text) {
            store.add(certificate.map_err(RootsError::Pem)?)?;
        }
        match store.is_empty() {
            true => Err(RootsError::Empty),
            false => Ok(Self(Arc::new(store))),
        }
    }

    pub(crate) fn store(&self) -> Arc<RootCertStore> {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_a_certificate_is_refused() {
        assert!(matches!(Roots::from_pem(b"no certificate"), Err(RootsError::Empty)));
    }

    #[test]
    fn a_certificate_that_is_none_is_refused() {
        let text = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(Roots::from_pem(text), Err(RootsError::Certificate(_))));
        assert!(matches!(Roots::from_pem(&text[..40]), Err(RootsError::Pem(_))));
    }
}
