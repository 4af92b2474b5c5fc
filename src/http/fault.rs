//! Names a transport fault: which of the many things that can break between this PC and a server did break.
//!
//! Owns the sentences and the next steps. Refuses to show a URL, since a query could hold a secret (H7): hosts only.

use std::error::Error as _;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use rustls::pki_types::CertificateDer;

use super::Limits;
use super::proxy::Proxy;
use super::rejected::{CertificateFlaw, RejectedCertificate};
use super::server_clock::length;

/// What a proxy wants, where its answer says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyFault {
    /// It answered with 407 (RFC 9110 s15.5.8).
    WantsLogin,
    Other,
}

/// What the HTTP client says of a proxy that answered a `CONNECT` with 407; it passes on nothing else of it.
const CLIENT_SAYS_LOGIN: &str = "tunnel error: proxy authorization required";

/// A request that got no usable reply. Holds no secret, no token and no URL beyond the host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    #[error("The CA file {} cannot be used: {detail}.", path.display())]
    CaFile { path: PathBuf, detail: String },
    #[error("No secure connection can be made on this PC: {detail}.")]
    NoTrustStore { detail: String },
    #[error(
        "{host} was not contacted, since its URL starts with http:// and the secret or token would travel in plain text."
    )]
    PlainHttp { host: String },
    #[error("The name {host} was not found.")]
    UnknownHost { host: String },
    #[error("No connection to {host}: {detail}.")]
    Unreachable { host: String, detail: String },
    #[error("The proxy did not connect to {host}: {detail}.")]
    Proxy { host: String, detail: String, fault: ProxyFault },
    #[error("{host} did not answer the connection within {} s.", limit.as_secs_f64())]
    ConnectTimeout { host: String, limit: Duration },
    #[error("{host} did not finish its reply within {} s.", limit.as_secs_f64())]
    Timeout { host: String, limit: Duration },
    #[error("The certificate of {host} is not trusted{}: {detail}.", issued_by(issuer.as_deref()))]
    Certificate {
        host: String,
        detail: String,
        flaw: CertificateFlaw,
        /// Who issued it, where it could be read.
        issuer: Option<String>,
    },
    #[error("{host} does not speak TLS as expected: {detail}.")]
    Tls { host: String, detail: String },
    #[error("{host} answered with a redirect ({status}) to {to}, which was not followed.")]
    Redirected { host: String, status: u16, to: String },
    #[error("The reply of {host} is larger than {} and was cut off.", size(*limit))]
    TooLarge { host: String, status: u16, limit: usize },
    #[error("The reply of {host} broke off: {detail}.")]
    Broken { host: String, detail: String },
}

impl HttpError {
    /// What to do next, in one sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::CaFile { .. } => {
                "Choose a PEM file with the certificate of your company's CA, or leave the field empty."
            }
            Self::NoTrustStore { .. } => {
                "Install the system's CA certificates (package ca-certificates on Linux) and start again."
            }
            Self::PlainHttp { .. } => "Change the URL to https:// in the key's form.",
            Self::UnknownHost { .. } => "Check the URL in the key's form, the network, and the VPN if one is needed.",
            Self::Unreachable { .. } => {
                "The server may be down, or the URL names a wrong port: check the URL, the network, the VPN and the firewall, then try again."
            }
            Self::Proxy { .. } => "Check the proxy settings of this PC (HTTPS_PROXY, NO_PROXY), then try again.",
            Self::ConnectTimeout { .. } => {
                "A firewall may drop the connection: check the network and the VPN, then try again."
            }
            Self::Timeout { .. } => "Try again; if it stays slow, report the time and the host to the vendor.",
            Self::Certificate { flaw: CertificateFlaw::AuthorityAsServer, .. } => {
                "Have whoever runs the server give it a certificate that is no CA's; naming it as a CA file does not help."
            }
            Self::Certificate { .. } => {
                "A proxy may sit in between, or the CA is your company's own: name its PEM file under “URLs and CA file”."
            }
            Self::Tls { .. } => {
                "Check that the URL and port are those of the API; a proxy may be answering in its place."
            }
            Self::Redirected { .. } => {
                "Check the URL in the key's form: the API does not redirect, but login pages of networks do."
            }
            Self::TooLarge { .. } => "Check the URL: the API does not send replies of this size for one SKU.",
            Self::Broken { .. } => "Try again; if it happens again, report the host and the time to the vendor.",
        }
    }
}

/// The words of a name that is nobody's.
const NO_NAME: [&str; 2] = ["dns error", "failed to lookup address"];

fn issued_by(issuer: Option<&str>) -> String {
    issuer.map(|issuer| format!(" (issued by “{issuer}”)")).unwrap_or_default()
}

fn size(bytes: usize) -> String {
    if bytes >= 1024 * 1024 { format!("{} MiB", bytes / (1024 * 1024)) } else { format!("{} KiB", bytes / 1024) }
}

/// The sentence for what reqwest reports. Its own texts hold the URL, so only the innermost cause is kept.
pub(super) fn name(
    error: reqwest::Error,
    host: &str,
    limits: Limits,
    rejected: impl FnOnce() -> RejectedCertificate,
    proxy: impl FnOnce() -> Option<Proxy>,
) -> HttpError {
    let error = error.without_url();
    let host = host.to_owned();
    let chain = chain(&error);
    let detail = innermost(&error);
    let says = |words: &[&str]| words.iter().any(|word| chain.contains(word));
    if says(&["certificate"]) {
        let RejectedCertificate { issuer, flaw, names } = rejected();
        let detail = flaw_in_words(flaw, &names).unwrap_or_else(|| detail.replace("invalid peer certificate: ", ""));
        HttpError::Certificate { host, detail, flaw, issuer }
    } else if error.is_timeout() {
        if error.is_connect() {
            match proxy() {
                Some(proxy) => proxy.silent(&host, limits.connect),
                None => HttpError::ConnectTimeout { host, limit: limits.connect },
            }
        } else {
            HttpError::Timeout { host, limit: limits.request }
        }
    } else if says(&["tunnel error"]) {
        // Before the rest: what fails below it is the proxy's own name or port, not the host's.
        let is_reached = !says(&["failed to create underlying connection"]);
        match proxy().filter(|_| !is_reached) {
            Some(proxy) if says(&NO_NAME) => proxy.unknown(&host),
            Some(proxy) => proxy.unreached(&host, in_plain_words(&error).unwrap_or(&detail)),
            None => {
                let fault = if detail == CLIENT_SAYS_LOGIN { ProxyFault::WantsLogin } else { ProxyFault::Other };
                HttpError::Proxy { host, detail, fault }
            }
        }
    } else if says(&NO_NAME) {
        HttpError::UnknownHost { host }
    } else if says(&["tunnel", "proxy"]) {
        HttpError::Proxy { host, detail, fault: ProxyFault::Other }
    } else if error.is_connect() {
        if says(&["tls", "handshake", "corrupt message", "received fatal alert", "InvalidContentType"]) {
            HttpError::Tls { host, detail }
        } else {
            let detail = in_plain_words(&error).map_or(detail, str::to_owned);
            HttpError::Unreachable { host, detail }
        }
    } else {
        HttpError::Broken { host, detail }
    }
}

/// The same fault for whoever shakes hands without reqwest.
pub(crate) fn rejected_certificate(host: &str, error: &rustls::Error, own: Option<&CertificateDer<'_>>) -> HttpError {
    let issuer = own.and_then(super::rejected::issuer);
    let (flaw, names) = super::rejected::flaw_and_names(error);
    let detail = flaw_in_words(flaw, &names);
    let detail = detail.unwrap_or_else(|| error.to_string().replace("invalid peer certificate: ", ""));
    HttpError::Certificate { host: host.to_owned(), detail: without_number(&detail), flaw, issuer }
}

/// What is wrong with a certificate in words for people; the library's own words hold numbers of seconds since 1970.
fn flaw_in_words(flaw: CertificateFlaw, names: &[String]) -> Option<String> {
    let ago = |span: Duration| length(SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX));
    Some(match flaw {
        CertificateFlaw::UnknownIssuer => "this PC does not know its issuer".to_owned(),
        CertificateFlaw::Expired { since: Duration::MAX } => "it has expired".to_owned(),
        CertificateFlaw::Expired { since } => format!("it expired {} ago, by this PC's clock", ago(since)),
        CertificateFlaw::NotYetValid { until: Duration::MAX } => "it is not valid yet".to_owned(),
        CertificateFlaw::NotYetValid { until } => format!("it begins in {} only, by this PC's clock", ago(until)),
        CertificateFlaw::AuthorityAsServer => "it is made as a CA's, which cannot stand for a server".to_owned(),
        CertificateFlaw::OtherName if names.is_empty() => "it is for another name".to_owned(),
        CertificateFlaw::OtherName => format!("it is for the name {}", names.join(", ")),
        CertificateFlaw::Other => return None,
    })
}

/// The system's refusal to connect in words for people, where it is one of the common ones.
fn in_plain_words(error: &reqwest::Error) -> Option<&'static str> {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(words) = cause.downcast_ref::<io::Error>().and_then(refusal_in_words) {
            return Some(words);
        }
        source = cause.source();
    }
    None
}

/// The same of the system's error itself.
pub(crate) fn refusal_in_words(error: &io::Error) -> Option<&'static str> {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some("nothing answers there"),
        io::ErrorKind::NetworkUnreachable => Some("this PC has no network that leads there"),
        io::ErrorKind::HostUnreachable => Some("no way leads to that machine"),
        _ => None,
    }
}

/// The last cause in the chain, without a full stop and without the system's number for it.
pub(super) fn innermost(error: &reqwest::Error) -> String {
    let mut last = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        last = cause.to_string();
        source = cause.source();
    }
    without_number(&last)
}

/// What the system says, without a full stop and without its number for it.
pub(crate) fn without_number(text: &str) -> String {
    let words = text.split_once(" (os error ").map_or(text, |(words, _number)| words);
    words.trim_end_matches('.').to_owned()
}

fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str("; ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
