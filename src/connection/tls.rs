//! One TLS handshake, with the trust of the HTTP client and a witness that keeps the certificates, trusted or not.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ALL_VERSIONS, ClientConfig, DigitallySignedStruct, DistinguishedName, Error, ProtocolVersion, SignatureScheme,
};
use rustls_platform_verifier::Verifier;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::certificate::Certificate;
use super::wire::{Stream, Target};
use crate::http::{Http, HttpError, fault as http_fault};

/// Whom to trust: the system's store and, where given, a CA file.
#[derive(Clone)]
pub struct Trust {
    provider: Arc<CryptoProvider>,
    verifier: Arc<dyn ServerCertVerifier>,
}

/// What was seen in a handshake, whatever came of it.
pub struct Handshake {
    /// The server's certificates, its own first, as far as they came and can be read.
    pub chain: Vec<Certificate>,
    pub result: Result<Secured, HttpError>,
}

/// A connection that is secured.
pub struct Secured {
    /// `TLS 1.3, HTTP/2`.
    pub protocol: String,
    pub stream: TlsStream<Box<dyn Stream>>,
}

/// What is said to be spoken inside of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// As the HTTP client says to the API.
    Http,
    /// As it says to a proxy.
    Nothing,
}

impl Trust {
    /// Reads the stores. The HTTP client is made first, so that a fault of the CA file has its own sentence.
    pub async fn load(http: &Http, ca_file: Option<&Path>) -> Result<Self, HttpError> {
        http.client(ca_file).await?;
        let path = ca_file.map(Path::to_path_buf);
        let read = tokio::task::spawn_blocking(move || read(path)).await;
        read.map_err(|_panicked| HttpError::NoTrustStore { detail: "reading the trust store failed".into() })?
    }

    /// Shakes hands. `host` is the name for faults, as the HTTP client's have it.
    pub async fn handshake(
        &self,
        target: &Target,
        host: &str,
        stream: Box<dyn Stream>,
        within: Within,
    ) -> Result<Handshake, HttpError> {
        let witness = Arc::new(Witness { inner: Arc::clone(&self.verifier), seen: Mutex::default() });
        let tls = |detail: String| HttpError::Tls { host: host.to_owned(), detail };
        let config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(ALL_VERSIONS)
            .map_err(|error| tls(error.to_string()))?;
        let verifier = Arc::clone(&witness) as Arc<dyn ServerCertVerifier>;
        let mut config = config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
        if within == Within::Http {
            config.alpn_protocols = vec!["h2".into(), "http/1.1".into()];
        }
        let name = ServerName::try_from(target.host.clone()).map_err(|error| tls(error.to_string()))?;
        let shaken = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        let chain = witness.chain();
        let own = witness.own();
        let result = shaken.map(Secured::of).map_err(|error| fault(&error, host, own.as_ref()));
        Ok(Handshake { chain, result })
    }
}

fn read(ca_file: Option<PathBuf>) -> Result<Trust, HttpError> {
    let provider = CryptoProvider::get_default().map_or_else(|| Arc::new(aws_lc_rs::default_provider()), Arc::clone);
    let store = |error: Error| HttpError::NoTrustStore { detail: error.to_string() };
    let verifier = match ca_file {
        None => Verifier::new(Arc::clone(&provider)).map_err(store)?,
        Some(path) => {
            let bad = |detail: String| HttpError::CaFile { path: path.clone(), detail };
            let bytes = std::fs::read(&path).map_err(|error| bad(error.to_string()))?;
            let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
            let certificates = read.map_err(|error| bad(error.to_string()))?;
            Verifier::new_with_extra_roots(certificates, Arc::clone(&provider)).map_err(store)?
        }
    };
    Ok(Trust { provider, verifier: Arc::new(verifier) })
}

impl Secured {
    fn of(stream: TlsStream<Box<dyn Stream>>) -> Self {
        let (_, session) = stream.get_ref();
        let version = match session.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
            Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
            _ => "TLS",
        };
        let within = match session.alpn_protocol() {
            Some(b"h2") => ", HTTP/2",
            Some(b"http/1.1") => ", HTTP/1.1",
            _ => "",
        };
        Self { protocol: format!("{version}{within}"), stream }
    }
}

/// The same fault that the HTTP client would report.
fn fault(error: &io::Error, host: &str, own: Option<&CertificateDer<'_>>) -> HttpError {
    match error.get_ref().and_then(|cause| cause.downcast_ref::<Error>()) {
        Some(cause @ (Error::InvalidCertificate(_) | Error::NoCertificatesPresented)) => {
            http_fault::rejected_certificate(host, cause, own)
        }
        Some(cause) => {
            HttpError::Tls { host: host.to_owned(), detail: cause.to_string().trim_end_matches('.').to_owned() }
        }
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            let detail = "it closed the connection during the handshake".into();
            HttpError::Tls { host: host.to_owned(), detail }
        }
        None => {
            HttpError::Unreachable { host: host.to_owned(), detail: http_fault::without_number(&error.to_string()) }
        }
    }
}

/// Lets the trust store judge, and keeps what it was shown.
#[derive(Debug)]
struct Witness {
    inner: Arc<dyn ServerCertVerifier>,
    seen: Mutex<Vec<CertificateDer<'static>>>,
}

impl Witness {
    /// The server's own certificate.
    fn own(&self) -> Option<CertificateDer<'static>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).first().cloned()
    }

    fn chain(&self) -> Vec<Certificate> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().filter_map(|der| Certificate::read(der)).collect()
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let all = std::iter::once(end_entity).chain(intermediates);
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) =
            all.map(|certificate| certificate.clone().into_owned()).collect();
        self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }

    fn requires_raw_public_keys(&self) -> bool {
        self.inner.requires_raw_public_keys()
    }

    fn root_hint_subjects(&self) -> Option<&[DistinguishedName]> {
        self.inner.root_hint_subjects()
    }
}
