//! One POST to a receiver, over http or https.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::TokioExecutor;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{Error as PemError, PemObject as _};
use rustls::{ClientConfig, RootCertStore};

use super::guard::GuardedNames;
use super::settings::WebhookSettings;

/// How long a receiver may take, from the connection to the head of its answer.
const RECEIVER_TIME: Duration = Duration::from_secs(10);

type Connector = HttpsConnector<HttpConnector<GuardedNames>>;

/// Posts to receivers. It follows no redirection, uses no proxy, and reads no answer's body.
#[derive(Clone, Debug)]
pub(super) struct Poster {
    client: Client<Connector, Full<Bytes>>,
}

/// Why no client can be made.
#[derive(Debug, thiserror::Error)]
pub enum PosterError {
    /// The file of `webhooks.ca_file` cannot be read, or holds something else than certificates.
    #[error("webhooks.ca_file cannot be read as certificates (PEM)")]
    File(#[source] PemError),
    /// The file of `webhooks.ca_file` holds no certificate.
    #[error("webhooks.ca_file holds no certificate")]
    Empty,
    /// A certificate of it is refused.
    #[error("a certificate of webhooks.ca_file is of no use, or TLS cannot be set up")]
    Tls(#[from] rustls::Error),
}

/// Why nothing was answered.
#[derive(Debug, thiserror::Error)]
pub(super) enum PostError {
    /// The address or a header has no form that can be sent.
    #[error("the request has no form that can be sent")]
    Form(#[from] http::Error),
    /// The receiver does not answer.
    #[error("the receiver does not answer")]
    Receiver(#[from] ClientError),
    /// The receiver takes too long.
    #[error("the receiver did not answer within {} seconds", RECEIVER_TIME.as_secs())]
    Late,
}

impl Poster {
    /// A client that trusts the authorities of this machine, and those of `webhooks.ca_file`.
    pub(super) fn new(settings: &WebhookSettings) -> Result<Self, PosterError> {
        let mut http = HttpConnector::new_with_resolver(GuardedNames::new(settings.allow_internal));
        http.enforce_http(false);
        http.set_connect_timeout(Some(RECEIVER_TIME));
        let tls = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(trusted(settings.ca_file.as_deref())?)
            .with_no_client_auth();
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { client })
    }

    /// Posts JSON; gives the status of the answer.
    pub(super) async fn post(
        &self,
        url: &str,
        headers: &[(&str, String)],
        body: String,
    ) -> Result<u16, PostError> {
        let mut request = Request::post(url).header("Content-Type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request.body(Full::new(Bytes::from(body)))?;
        let answered = tokio::time::timeout(RECEIVER_TIME, self.client.request(request)).await;
        let answer = answered.map_err(|_| PostError::Late)??;
        Ok(answer.status().as_u16())
    }
}

/// The authorities whose word for a receiver's name counts. A machine without any sends to `http:` alone, or to
/// receivers that the file names.
fn trusted(ca_file: Option<&Path>) -> Result<RootCertStore, PosterError> {
    let mut store = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "certificates of this machine cannot be read");
    }
    // Old authorities of a machine may be of a form that is no longer taken.
    store.add_parsable_certificates(found.certs);
    let Some(path) = ca_file else {
        return Ok(store);
    };
    let mut is_empty = true;
    for certificate in CertificateDer::pem_file_iter(path).map_err(PosterError::File)? {
        store.add(certificate.map_err(PosterError::File)?)?;
        is_empty = false;
    }
    if is_empty {
        return Err(PosterError::Empty);
    }
    Ok(store)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_file(content: &str) -> Result<Poster, PosterError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        std::fs::write(&path, content).unwrap();
        let settings = WebhookSettings {
            ca_file: Some(path),
            ..WebhookSettings::default()
        };
        Poster::new(&settings)
    }

    #[test]
    fn file_without_a_certificate_is_refused_and_so_is_one_that_is_not_there() {
        assert!(matches!(with_file("nothing\n"), Err(PosterError::Empty)));
        let settings = WebhookSettings {
            ca_file: Some("/nowhere/ca.pem".into()),
            ..WebhookSettings::default()
        };
        assert!(matches!(Poster::new(&settings), Err(PosterError::File(_))));
    }

    #[test]
    fn broken_certificate_is_refused() {
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(with_file(broken), Err(PosterError::Tls(_))));
    }
}
