//! Remembers, of a certificate that the system's verifier rejects, who issued it and what is wrong with it.
//!
//! The error that comes out of a failed handshake holds neither, and without the issuer nobody can tell a proxy from an
//! unknown company CA. Refuses to judge: whatever the system's verifier says is passed on as it is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use super::error_body::clean;

/// A certificate can be for hundreds of names; nobody reads more than these.
const MOST_NAMES: usize = 3;

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CertificateFlaw {
    /// Whoever issued it is not trusted on this PC.
    UnknownIssuer,
    /// Its time is over by this PC's clock, for so long.
    Expired { since: Duration },
    /// Its time has not begun by this PC's clock, for so long to come.
    NotYetValid { until: Duration },
    /// It is made as a CA's, and so cannot be a server's.
    AuthorityAsServer,
    /// It is for another host.
    OtherName,
    #[default]
    Other,
}

/// A certificate that was rejected.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct RejectedCertificate {
    pub issuer: Option<String>,
    pub flaw: CertificateFlaw,
    /// The names that it is for, where it is for another host; a few of them.
    pub names: Vec<String>,
}

/// The last rejected certificate of each host; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Rejected(Arc<Mutex<HashMap<String, RejectedCertificate>>>);

impl Rejected {
    pub fn of(&self, host: &str) -> RejectedCertificate {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(host).cloned().unwrap_or_default()
    }
}

/// TLS as the system wants it, trusting `certificates` as well, watched.
pub(super) fn tls(
    certificates: Vec<CertificateDer<'static>>,
    rejected: Rejected,
) -> Result<ClientConfig, rustls::Error> {
    let provider = CryptoProvider::get_default().cloned();
    let provider = provider.unwrap_or_else(|| Arc::new(aws_lc_rs::default_provider()));
    let verifier = if certificates.is_empty() {
        rustls_platform_verifier::Verifier::new(Arc::clone(&provider))?
    } else {
        rustls_platform_verifier::Verifier::new_with_extra_roots(certificates, Arc::clone(&provider))?
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Watched { verifier, rejected }))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// TLS with which no server can be reached, for a client that speaks none.
pub(super) fn trusting_nobody() -> Result<ClientConfig, rustls::Error> {
    let provider = CryptoProvider::get_default().cloned();
    let provider = provider.unwrap_or_else(|| Arc::new(aws_lc_rs::default_provider()));
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
}

#[derive(Debug)]
struct Watched {
    verifier: rustls_platform_verifier::Verifier,
    rejected: Rejected,
}

impl ServerCertVerifier for Watched {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verdict = self.verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        verdict.inspect_err(|error| {
            let certificate =
                RejectedCertificate { issuer: issuer(end_entity), flaw: flaw(error), names: names(error) };
            let mut rejected = self.rejected.0.lock().unwrap_or_else(PoisonError::into_inner);
            rejected.insert(server_name.to_str().into_owned(), certificate);
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// What the verifier's error says.
pub(super) fn flaw_and_names(error: &rustls::Error) -> (CertificateFlaw, Vec<String>) {
    (flaw(error), names(error))
}

fn flaw(error: &rustls::Error) -> CertificateFlaw {
    let rustls::Error::InvalidCertificate(error) = error else { return CertificateFlaw::Other };
    match error {
        CertificateError::UnknownIssuer => CertificateFlaw::UnknownIssuer,
        CertificateError::ExpiredContext { time, not_after } => {
            CertificateFlaw::Expired { since: Duration::from_secs(time.as_secs().saturating_sub(not_after.as_secs())) }
        }
        CertificateError::NotValidYetContext { time, not_before } => {
            let until = Duration::from_secs(not_before.as_secs().saturating_sub(time.as_secs()));
            CertificateFlaw::NotYetValid { until }
        }
        CertificateError::Expired => CertificateFlaw::Expired { since: Duration::MAX },
        CertificateError::NotValidYet => CertificateFlaw::NotYetValid { until: Duration::MAX },
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateFlaw::OtherName
        }
        // The verifier's own error is of a crate below it, and there is no other way to tell it.
        CertificateError::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            CertificateFlaw::AuthorityAsServer
        }
        _ => CertificateFlaw::Other,
    }
}

/// The names of a certificate for another host. The library gives each as `DnsName("name")`.
fn names(error: &rustls::Error) -> Vec<String> {
    let rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext { presented, .. }) = error else {
        return Vec::new();
    };
    let bare = |name: &String| clean(name.split('"').nth(1).unwrap_or(name));
    presented.iter().take(MOST_NAMES).map(bare).collect()
}

/// Who issued a certificate: the common name, else the organisation; made fit to show.
pub(super) fn issuer(certificate: &CertificateDer<'_>) -> Option<String> {
    let (_, certificate) = x509_parser::parse_x509_certificate(certificate).ok()?;
    name(certificate.issuer())
}

fn name(name: &X509Name<'_>) -> Option<String> {
    let text = |part: &AttributeTypeAndValue<'_>| part.as_str().ok().map(clean).filter(|text| !text.trim().is_empty());
    name.iter_common_name().find_map(text).or_else(|| name.iter_organization().find_map(text))
}
