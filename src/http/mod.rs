//! HTTP for both endpoints: one client per CA file, and the limits that every exchange keeps.
//!
//! Owns: building clients, sending a request, reading a reply within its limits, naming a transport fault, remembering servers'
//! clocks. It is the only module that names reqwest. Refuses: redirects (a 307 would replay the secret), plain HTTP beyond loopback, replies
//! without a size limit. It knows nothing of tokens or prices.

mod clocks;
pub mod echo;
pub mod error_body;
pub(crate) mod fault;
pub mod proxy;
mod rejected;
pub mod retry_after;
pub mod server_clock;
pub mod traffic;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AGE, CONTENT_TYPE, DATE, HeaderMap, HeaderValue};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OnceCell;
use url::Url;

use clocks::{Sent, ServerClocks};
pub use fault::{HttpError, ProxyFault};
pub use rejected::CertificateFlaw;
use rejected::Rejected;
pub use server_clock::{Offset, Reading};
pub use traffic::{Traffic, Wire};

/// Time to open a connection: DNS, TCP, proxy and TLS together.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Time for one whole exchange, from the first byte sent to the last byte read.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// How the program calls itself, to servers and to proxies.
pub(crate) const USER_AGENT: &str = concat!("quantaprice-explorer/", env!("CARGO_PKG_VERSION"));
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// What the client unpacks. It would say so itself, and put it into words for each request.
const GZIP: HeaderValue = HeaderValue::from_static("gzip");

/// Gives out HTTP clients; cheap to clone.
///
/// Building a client reads the trust store, so it happens once per CA file and off the UI thread. Token and price calls
/// of a profile share one client, hence one proxy setting and one trust store.
#[derive(Clone, Default)]
pub struct Http {
    limits: Limits,
    clients: Arc<Mutex<HashMap<Option<PathBuf>, Slot>>>,
    /// For plain HTTP to this machine.
    plain: Slot,
    clocks: ServerClocks,
}

/// A client that is built by the first who wants it, while the others wait for it.
type Slot = Arc<OnceCell<Arc<Client>>>;

/// How long things may take (H4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Until a connection is open: DNS, TCP, proxy and TLS together.
    pub connect: Duration,
    /// One whole exchange, the connection included.
    pub request: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: CONNECT_TIMEOUT, request: REQUEST_TIMEOUT }
    }
}

/// A client for one trust store.
pub struct Client {
    /// Through the proxy that the system names, if it names one.
    outward: reqwest::Client,
    /// Past every proxy, to this machine: the plain text that is allowed there must not leave it.
    loopback: reqwest::Client,
    limits: Limits,
    clocks: ServerClocks,
    rejected: Rejected,
}

impl Http {
    pub fn new() -> Self {
        Self::default()
    }

    /// Other time limits than the usual ones.
    pub fn with_limits(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// The client that trusts the operating system's store and, if given, the certificates in `ca_file` (PEM).
    ///
    /// # Errors
    /// [`HttpError::CaFile`] when the file cannot be read or holds no certificate, [`HttpError::NoTrustStore`] when the
    /// client cannot be built at all.
    pub async fn client(&self, ca_file: Option<&Path>) -> Result<Arc<Client>, HttpError> {
        let path = ca_file.map(Path::to_path_buf);
        let slot = Arc::clone(self.lock().entry(path.clone()).or_default());
        let (limits, clocks) = (self.limits, self.clocks.clone());
        let build = async || {
            let built = tokio::task::spawn_blocking(move || build(path.as_deref(), limits, &clocks)).await;
            built
                .map_err(|_panicked| HttpError::NoTrustStore { detail: "building the client failed".into() })?
                .map(Arc::new)
        };
        slot.get_or_try_init(build).await.cloned()
    }

    /// The client for one address. Plain HTTP to this machine, as the sandbox speaks it, needs no trust store, and does not wait
    /// for one to be read; its client trusts nobody, should it be given another address.
    ///
    /// # Errors
    /// Those of [`Http::client`].
    pub async fn client_to(&self, url: &Url, ca_file: Option<&Path>) -> Result<Arc<Client>, HttpError> {
        if ca_file.is_some() || url.scheme() != "http" || !is_loopback(url) {
            return self.client(ca_file).await;
        }
        let (limits, clocks) = (self.limits, self.clocks.clone());
        self.plain.get_or_try_init(async || build_plain(limits, &clocks).map(Arc::new)).await.cloned()
    }

    /// The time limits of every exchange.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// What is known of the clock of a URL's host, from the replies that came from there.
    pub fn clock_of(&self, url: &Url) -> Reading {
        self.clocks.reading(url)
    }

    /// Forgets what is known of the clock of a URL's host.
    pub fn forget_clock_of(&self, url: &Url) {
        self.clocks.forget(url);
    }

    /// Forgets the client of a CA file, so that a changed file is read again.
    pub fn forget_ca_file(&self, ca_file: &Path) {
        self.lock().remove(&Some(ca_file.to_path_buf()));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Option<PathBuf>, Slot>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn build(ca_file: Option<&Path>, limits: Limits, clocks: &ServerClocks) -> Result<Client, HttpError> {
    let Some(path) = ca_file else { return build_with(limits, clocks, Vec::new()) };
    let certificates = read_ca_file(path)?;
    // PEM around bytes that are no certificate is noticed only here. If all is well without the file, the file is at fault.
    build_with(limits, clocks, certificates).map_err(|error| match (error, build_with(limits, clocks, Vec::new())) {
        (HttpError::NoTrustStore { detail }, Ok(_)) => {
            let detail = detail.replace("invalid peer certificate: ", "");
            HttpError::CaFile { path: path.to_path_buf(), detail: format!("a certificate in it is damaged ({detail})") }
        }
        (error, _) => error,
    })
}

fn build_with(
    limits: Limits,
    clocks: &ServerClocks,
    certificates: Vec<CertificateDer<'static>>,
) -> Result<Client, HttpError> {
    let rejected = Rejected::default();
    let no_trust = |detail: String| HttpError::NoTrustStore { detail: detail.trim_end_matches('.').to_owned() };
    let tls = rejected::tls(certificates, rejected.clone()).map_err(|error| no_trust(error.to_string()))?;
    let build = |builder: reqwest::ClientBuilder| {
        let built = builder.tls_backend_preconfigured(tls.clone()).build();
        built.map_err(|error| no_trust(fault::innermost(&error)))
    };
    let (outward, loopback) = (build(builder(limits))?, build(builder(limits).no_proxy())?);
    Ok(Client { outward, loopback, limits, clocks: clocks.clone(), rejected })
}

fn build_plain(limits: Limits, clocks: &ServerClocks) -> Result<Client, HttpError> {
    let no_trust = |detail: String| HttpError::NoTrustStore { detail };
    let tls = rejected::trusting_nobody().map_err(|error| no_trust(error.to_string()))?;
    let built = builder(limits).no_proxy().tls_backend_preconfigured(tls).build();
    let client = built.map_err(|error| no_trust(fault::innermost(&error)))?;
    Ok(Client {
        outward: client.clone(),
        loopback: client,
        limits,
        clocks: clocks.clone(),
        rejected: Rejected::default(),
    })
}

fn builder(limits: Limits) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(reqwest::redirect::Policy::none())
        // The price client decides what is sent twice; a hidden retry would make the count of requests a lie.
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(limits.connect)
        .timeout(limits.request)
}

fn read_ca_file(path: &Path) -> Result<Vec<CertificateDer<'static>>, HttpError> {
    let bad = |detail: String| HttpError::CaFile { path: path.to_path_buf(), detail };
    let bytes = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
    let certificates = CertificateDer::pem_slice_iter(&bytes).collect::<Result<Vec<_>, _>>();
    let certificates = certificates.map_err(|error| bad(error.to_string()))?;
    if certificates.is_empty() {
        return Err(bad("it holds no PEM certificate".into()));
    }
    Ok(certificates)
}

/// A reply that was read to its end.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status code.
    pub status: u16,
    /// The body after decompression, within the limit that the caller gave.
    pub body: Bytes,
    /// From just before the request was sent until the last byte was read.
    pub elapsed: Duration,
    headers: reqwest::header::HeaderMap,
}

impl Reply {
    /// The first value of a header, when it is visible ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// All values of a header that are visible ASCII.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }

    /// Every header by its name in lower case, in the order of arrival as far as it is known; the value when it is visible ASCII.
    pub fn all_headers(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().ok()))
    }

    /// A reply that no server sent.
    #[cfg(test)]
    pub(crate) fn for_tests(status: u16, body: Vec<u8>, headers: &[(&str, &str)]) -> Self {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        Self { status, body: body.into(), elapsed: Duration::ZERO, headers }
    }

    /// Whether the status is in 200..=299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Client {
    fn to(&self, url: &Url) -> &reqwest::Client {
        if is_loopback(url) { &self.loopback } else { &self.outward }
    }

    /// Posts a form and reads the reply, at most `limit` bytes of it.
    ///
    /// The secret leaves its [`SecretString`] here, into the body of the request and nowhere else.
    pub async fn post_form(&self, url: &Url, form: &Form<'_>, limit: usize) -> Result<Reply, HttpError> {
        refuse_plain_http(url)?;
        let request = self.to(url).post(url.clone()).header(ACCEPT, JSON).form(&[
            ("grant_type", form.grant_type),
            ("client_id", form.client_id),
            ("client_secret", form.client_secret.expose_secret()),
        ]);
        self.send(request, url, form.client_secret, limit).await
    }

    /// Gets `url` with a bearer token and reads the reply, at most `limit` bytes of it.
    ///
    /// `Content-Type` is sent although a GET has no body, since the vendor's page documents it.
    pub async fn get_with_bearer(&self, url: &Url, bearer: &SecretString, limit: usize) -> Result<Reply, HttpError> {
        refuse_plain_http(url)?;
        let request = self
            .to(url)
            .get(url.clone())
            .header(ACCEPT, JSON)
            .header(CONTENT_TYPE, JSON)
            .header(ACCEPT_ENCODING, GZIP)
            .bearer_auth(bearer.expose_secret());
        self.send(request, url, bearer, limit).await
    }
}

/// The form of a token request (RFC 6749 s4.4.2, credentials in the body as the vendor documents).
pub struct Form<'a> {
    pub grant_type: &'a str,
    pub client_id: &'a str,
    pub client_secret: &'a SecretString,
}

impl Client {
    /// `sent` is what the request holds that nobody is to see, should the server repeat it.
    async fn send(
        &self,
        request: reqwest::RequestBuilder,
        url: &Url,
        sent: &SecretString,
        limit: usize,
    ) -> Result<Reply, HttpError> {
        let rejected = || self.rejected.of(url.host_str().unwrap_or_default());
        let failed = |error| fault::name(error, &host_of(url), self.limits, rejected, || proxy::proxy_to(url));
        let sent_at = self.clocks.send();
        let mut response = request.send().await.map_err(failed)?;
        let status = response.status().as_u16();
        if (300..400).contains(&status) && status != 304 {
            let to = response.headers().get("location").and_then(|value| value.to_str().ok());
            let to = to.and_then(|target| redirect_target(url, target, sent));
            let to = to.unwrap_or_else(|| "an unnamed place".into());
            return Err(HttpError::Redirected { host: host_of(url), status, to });
        }
        self.note_clock(url, response.headers(), sent_at);
        let expected = response.content_length().unwrap_or_default();
        let too_large = || HttpError::TooLarge { host: host_of(url), status, limit };
        if expected > limit as u64 {
            return Err(too_large());
        }
        // Most replies come in one piece, which is then the body as it is.
        let mut body = Bytes::new();
        let mut joined = BytesMut::new();
        while let Some(piece) = response.chunk().await.map_err(failed)? {
            if body.len() + joined.len() + piece.len() > limit {
                return Err(too_large());
            }
            if body.is_empty() && joined.is_empty() {
                body = piece;
            } else {
                if joined.is_empty() {
                    joined.reserve(expected as usize);
                    joined.extend_from_slice(&std::mem::take(&mut body));
                }
                joined.extend_from_slice(&piece);
            }
        }
        let body = if joined.is_empty() { body } else { joined.freeze() };
        Ok(Reply { status, body, elapsed: sent_at.at.elapsed(), headers: std::mem::take(response.headers_mut()) })
    }

    /// Remembers the server's time. A reply with an `Age` was kept by somebody on the way, and its `Date` is of then.
    fn note_clock(&self, url: &Url, headers: &HeaderMap, sent: Sent) {
        let date = headers.get(DATE).filter(|_| !headers.contains_key(AGE));
        if let Some(date) = date.and_then(|date| date.to_str().ok()) {
            self.clocks.note(url, date, sent);
        }
    }
}

/// The host and, where it is not the scheme's own, the port: what an error may show of a URL.
pub fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or("an unnamed host");
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The host that a redirect leads to; nothing when it cannot be read or repeats the secret that was `sent`.
fn redirect_target(url: &Url, location: &str, sent: &SecretString) -> Option<String> {
    let host = host_of(&url.join(location).ok()?);
    // Searched as it was written too, since a host is in small letters once it is read, and base64 is another text then.
    let written: String = location.chars().filter(|c| !c.is_control()).collect();
    let written = written.trim_start().split_once(['/', '\\']).map_or("", |(_scheme, rest)| rest);
    let written = written.trim_start_matches(['/', '\\']).split(['/', '\\', '?', '#']).next().unwrap_or_default();
    let is_echo = |text: &str| matches!(traffic::hide_echoes(text, sent), std::borrow::Cow::Owned(_));
    (!is_echo(&host) && !is_echo(written)).then_some(host)
}

/// Whether a URL is TLS, or plain HTTP to this machine.
pub fn is_safe_transport(url: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => is_loopback(url),
        _ => false,
    }
}

/// Whether a URL names this computer: `localhost`, 127.0.0.0/8 or `::1`. Such a host is never reached through a proxy.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The last line of defence: the form refuses such a URL too, but a settings file can be edited by hand.
fn refuse_plain_http(url: &Url) -> Result<(), HttpError> {
    if is_safe_transport(url) { Ok(()) } else { Err(HttpError::PlainHttp { host: host_of(url) }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h2_plain_http_is_for_loopback_only() {
        for url in
            ["https://api.example.com", "http://127.0.0.1:9", "http://127.9.9.9", "http://[::1]:1", "http://LOCALHOST/"]
        {
            assert!(is_safe_transport(&url.parse().unwrap()), "{url}");
        }
        for url in [
            "http://api.example.com",
            "http://10.0.0.1",
            "http://localhost.example.com",
            "ftp://127.0.0.1",
            "file:///x",
        ] {
            assert!(!is_safe_transport(&url.parse().unwrap()), "{url}");
        }
    }

    #[test]
    fn h7_a_host_is_all_that_an_error_shows_of_a_url() {
        let url: Url = "https://user:pw@api.example.com:8443/x?client_secret=s".parse().unwrap();
        assert_eq!(host_of(&url), "api.example.com:8443");
    }
}
