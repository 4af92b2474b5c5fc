//! Which way a host is reached: directly, or through a proxy. The rules are the ones that the HTTP client itself goes by. The
//! only place that knows them: the check, the verdicts, the bundle and the client's faults ask here.
//!
//! Refuses to show a proxy's user name and password: a proxy is named by host and port.

use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use secrecy::SecretString;
use url::Url;

use super::{HttpError, ProxyFault, host_of, is_loopback, is_safe_transport};

/// The variables that name a proxy for HTTPS, in the order in which they are looked at.
const PROXY_VARIABLES: [[&str; 2]; 2] = [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]];
const NO_PROXY_VARIABLES: [&str; 2] = ["NO_PROXY", "no_proxy"];
/// Set in a web server's CGI, where proxy variables could come from a stranger; then none is looked at.
const CGI_VARIABLE: &str = "REQUEST_METHOD";

/// How a host is reached.
#[derive(Debug, Clone)]
pub enum Route {
    /// Without a proxy; the sentence says why.
    Direct(String),
    Through(Proxy),
}

/// A proxy that a host is reached through.
#[derive(Clone)]
pub struct Proxy {
    pub host: String,
    pub port: u16,
    pub speech: Speech,
    /// What named it: an environment variable, or the system's settings.
    pub named_by: String,
    /// The value of `Proxy-Authorization`, where the proxy's URL holds a login.
    pub(crate) login: Option<SecretString>,
}

/// What a proxy speaks before it opens a tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speech {
    Http,
    Https,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("at", &self.address()).field("named_by", &self.named_by).finish_non_exhaustive()
    }
}

impl Proxy {
    /// Host and port.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// No way to the proxy itself; `words` say why.
    pub(crate) fn unreached(&self, host: &str, words: &str) -> HttpError {
        let detail = format!("no connection to the proxy {} itself, {words}", self.address());
        HttpError::Proxy { host: host.to_owned(), detail, fault: ProxyFault::Other }
    }

    /// The proxy's own name is nobody's.
    pub(crate) fn unknown(&self, host: &str) -> HttpError {
        let detail = format!("its own name, {}, was not found", self.host);
        HttpError::Proxy { host: host.to_owned(), detail, fault: ProxyFault::Other }
    }

    /// Neither the proxy nor anybody behind it answered in time.
    pub(crate) fn silent(&self, host: &str, limit: Duration) -> HttpError {
        let detail = format!("nothing came back through the proxy {} within {} s", self.address(), limit.as_secs_f64());
        HttpError::Proxy { host: host.to_owned(), detail, fault: ProxyFault::Other }
    }
}

impl Route {
    /// The way to a host in one sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::Direct(why) => why.clone(),
            Self::Through(proxy) => {
                let login = if proxy.login.is_some() { ", with a login" } else { "" };
                format!("Through the proxy {}, named by {}{login}.", proxy.address(), proxy.named_by)
            }
        }
    }
}

/// The system's rules as they were when they were first asked for. The clients read them once as well, and a frame may ask.
static RULES: LazyLock<Matcher> = LazyLock::new(Matcher::from_system);

/// The proxy on the way to a URL's host, if there is one that can be used.
pub fn proxy_to(url: &Url) -> Option<Proxy> {
    match route(url) {
        Ok(Route::Through(proxy)) => Some(proxy),
        Ok(Route::Direct(_)) | Err(_) => None,
    }
}

/// The way to a URL's host, by the system's rules.
///
/// # Errors
/// [`HttpError::PlainHttp`] for a URL that is never contacted, [`HttpError::Proxy`] for a proxy of a sort that cannot be used.
pub fn route(url: &Url) -> Result<Route, HttpError> {
    route_by(&RULES, url, |name| std::env::var(name).ok())
}

fn route_by(rules: &Matcher, url: &Url, variable: impl Fn(&str) -> Option<String>) -> Result<Route, HttpError> {
    if !is_safe_transport(url) {
        return Err(HttpError::PlainHttp { host: host_of(url) });
    }
    if is_loopback(url) {
        return Ok(Route::Direct("No proxy: this host is on this PC.".into()));
    }
    let first = |names: &[&'static str]| names.iter().find_map(|name| Some((*name, variable(name)?)));
    let named: Vec<(&str, String)> = PROXY_VARIABLES.iter().filter_map(|names| first(names)).collect();
    let readable = named.iter().find(|(_, value)| is_proxy(value));
    // Only host and scheme matter to the rules.
    let origin = format!("{}://{}/", url.scheme(), url.host_str().unwrap_or_default());
    let found = origin.parse().ok().and_then(|origin| rules.intercept(&origin));
    let Some(found) = found else {
        let unread = named.iter().find(|(_, value)| !value.trim().is_empty());
        return Ok(Route::Direct(match (readable, unread) {
            (Some((name, _)), _) if variable(CGI_VARIABLE).is_some() => {
                format!("No proxy: {name} is not looked at, since {CGI_VARIABLE} is set.")
            }
            (Some((name, _)), _) => {
                let exception = first(&NO_PROXY_VARIABLES).map_or(NO_PROXY_VARIABLES[0], |(name, _)| name);
                format!("No proxy for this host: {exception} takes it out of {name}.")
            }
            (None, Some((name, _))) => {
                format!("No proxy: what {name} holds cannot be read as a proxy's address, so it is not used.")
            }
            (None, None) => "No proxy is set: this PC connects directly.".into(),
        }));
    };
    let named_by = readable.map_or("the system's settings", |(name, _)| name).to_owned();
    let uri = found.uri();
    let host = uri.host().unwrap_or_default().to_owned();
    let speech = match uri.scheme_str() {
        Some("https") => Speech::Https,
        Some("http") | None => Speech::Http,
        Some(other) => {
            let detail = format!("{named_by} names a proxy of the sort {other}, which this program does not speak");
            return Err(HttpError::Proxy { host: host_of(url), detail, fault: ProxyFault::Other });
        }
    };
    let port = uri.port_u16().unwrap_or(if speech == Speech::Https { 443 } else { 80 });
    let login = found.basic_auth().and_then(|value| value.to_str().ok()).map(SecretString::from);
    Ok(Route::Through(Proxy { host, port, speech, named_by, login }))
}

/// Whether the rules can make a proxy of a variable's value.
fn is_proxy(value: &str) -> bool {
    let rules = Matcher::builder().https(value.to_owned()).build();
    "https://host/".parse().is_ok_and(|any| rules.intercept(&any).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(https: &str, no: &str, url: &str) -> Result<Route, HttpError> {
        let rules = Matcher::builder().https(https.to_owned()).no(no.to_owned()).build();
        let variables = [("HTTPS_PROXY", https), ("no_proxy", no)];
        route_by(&rules, &url.parse().unwrap(), |name| {
            let found = variables.iter().find(|(known, value)| *known == name && !value.is_empty());
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn says(https: &str, no: &str, url: &str) -> String {
        by(https, no, url).map_or_else(|error| error.to_string(), |route| route.sentence())
    }

    #[test]
    fn h2_the_way_is_named_with_what_decided_it() {
        let url = "https://api.example.com/v1";
        assert_eq!(says("", "", url), "No proxy is set: this PC connects directly.");
        assert_eq!(says("proxy.corp:3128", "", url), "Through the proxy proxy.corp:3128, named by HTTPS_PROXY.");
        assert_eq!(
            says("http://proxy.corp", "example.com", url),
            "No proxy for this host: no_proxy takes it out of HTTPS_PROXY."
        );
        assert_eq!(
            says("ftp://proxy.corp", "", url),
            "No proxy: what HTTPS_PROXY holds cannot be read as a proxy's address, so it is not used."
        );
        assert_eq!(says("proxy.corp", "", "http://127.0.0.1:99/"), "No proxy: this host is on this PC.");
        assert!(says("socks5://proxy.corp:1080", "", url).contains("socks5, which this program does not speak"));
        assert!(says("", "", "http://api.example.com").contains("was not contacted"));
    }

    #[test]
    fn k1_a_proxy_s_login_is_kept_but_never_shown() {
        let route = by("https://me:hidden@proxy.corp", "", "https://api.example.com").unwrap();
        let text = format!("{route:?} {}", route.sentence());
        assert!(!text.contains("hidden") && !text.contains("me:"), "{text}");
        assert!(text.contains("proxy.corp:443") && text.contains("with a login"), "{text}");
        let Route::Through(proxy) = route else { panic!("{route:?}") };
        assert!(proxy.login.is_some() && proxy.speech == Speech::Https);
    }
}
