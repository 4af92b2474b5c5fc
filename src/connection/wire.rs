//! The steps below TLS: names, connections, and the tunnel that a proxy opens. They go the way that the HTTP client goes.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use url::{Host, Url};

use crate::http::{ProxyFault, USER_AGENT};

/// How long the preferred sort of address has before the other is tried beside it (RFC 8305 s5).
const HEAD_START: Duration = Duration::from_millis(300);
/// The longest answer of a proxy that is read.
const LONGEST_ANSWER: usize = 8192;

/// Whatever bytes go over.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A machine to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Without the brackets of an IPv6 address.
    pub host: String,
    pub port: u16,
    /// Where the host is an address already.
    pub address: Option<IpAddr>,
}

impl Target {
    pub fn of(url: &Url) -> Self {
        let port = url.port_or_known_default().unwrap_or(443);
        match url.host() {
            Some(Host::Ipv4(address)) => Self::at(address.into(), port),
            Some(Host::Ipv6(address)) => Self::at(address.into(), port),
            Some(Host::Domain(name)) => Self::named(name, port),
            None => Self::named("", port),
        }
    }

    /// A host as a proxy's address names it.
    pub fn named(host: &str, port: u16) -> Self {
        match host.trim_start_matches('[').trim_end_matches(']').parse() {
            Ok(address) => Self::at(address, port),
            Err(_) => Self { host: host.to_owned(), port, address: None },
        }
    }

    fn at(address: IpAddr, port: u16) -> Self {
        Self { host: address.to_string(), port, address: Some(address) }
    }

    /// As a `CONNECT` names it (RFC 9110 s9.3.6).
    fn authority(&self) -> String {
        match self.address {
            Some(IpAddr::V6(address)) => format!("[{address}]:{}", self.port),
            _ => format!("{}:{}", self.host, self.port),
        }
    }
}

/// The addresses of a machine, in the system's order.
pub async fn resolve(target: &Target) -> io::Result<Vec<SocketAddr>> {
    if let Some(address) = target.address {
        return Ok(vec![SocketAddr::new(address, target.port)]);
    }
    let found: Vec<_> = tokio::net::lookup_host((target.host.as_str(), target.port)).await?.collect();
    if found.is_empty() { Err(io::Error::new(io::ErrorKind::NotFound, "no address")) } else { Ok(found) }
}

/// Connects to the first address that answers: those of the first one's sort in turn, and after a moment the others beside them.
/// All of one sort share `limit` evenly, so that a silent address leaves time for the next one.
pub async fn connect(addresses: &[SocketAddr], limit: Duration) -> io::Result<(TcpStream, SocketAddr)> {
    let prefers_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = addresses.iter().partition(|address| address.is_ipv6() == prefers_v6);
    if second.is_empty() {
        return connect_in_turn(&first, limit).await;
    }
    let others = async {
        tokio::time::sleep(HEAD_START).await;
        connect_in_turn(&second, limit).await
    };
    let preferred = connect_in_turn(&first, limit);
    tokio::pin!(others, preferred);
    tokio::select! {
        answer = &mut preferred => match answer {
            Ok(connected) => Ok(connected),
            Err(_) => others.await,
        },
        answer = &mut others => match answer {
            Ok(connected) => Ok(connected),
            Err(_) => preferred.await,
        },
    }
}

async fn connect_in_turn(addresses: &[SocketAddr], limit: Duration) -> io::Result<(TcpStream, SocketAddr)> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "no address");
    let share = limit / u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
    for address in addresses {
        match tokio::time::timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok((stream, *address)),
            Ok(Err(error)) => last = error,
            Err(late) => last = late.into(),
        }
    }
    Err(last)
}

/// Why a proxy opened no tunnel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// As the end of a sentence.
    pub detail: String,
    pub fault: ProxyFault,
}

impl From<String> for Refused {
    fn from(detail: String) -> Self {
        Self { detail, fault: ProxyFault::Other }
    }
}

impl From<&str> for Refused {
    fn from(detail: &str) -> Self {
        Self::from(detail.to_owned())
    }
}

/// Asks a proxy to lead the connection on to `target` (RFC 9110 s9.3.6).
///
/// # Errors
/// Why it did not.
pub async fn tunnel<S: Stream + ?Sized>(
    stream: &mut S,
    target: &Target,
    login: Option<&SecretString>,
) -> Result<(), Refused> {
    let authority = target.authority();
    let mut request = zeroize::Zeroizing::new(format!(
        "CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: {USER_AGENT}\r\n"
    ));
    if let Some(login) = login {
        // In one piece, so that no half of it is left behind in a buffer that grew.
        request.reserve(login.expose_secret().len() + 32);
        request.push_str("Proxy-Authorization: ");
        request.push_str(login.expose_secret());
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    let broken = |error: io::Error| {
        Refused::from(format!(
            "the connection to it broke ({})",
            crate::http::fault::without_number(&error.to_string())
        ))
    };
    stream.write_all(request.as_bytes()).await.map_err(broken)?;
    stream.flush().await.map_err(broken)?;
    let mut answer = Vec::new();
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
        if answer.len() >= LONGEST_ANSWER {
            return Err("its answer is no HTTP".into());
        }
        // No further than the head: what follows belongs to the tunnel. A server speaks second in TLS, so nothing does.
        if stream.read_buf(&mut answer).await.map_err(broken)? == 0 {
            return Err("it closed the connection without an answer".into());
        }
    }
    match status_of(&answer) {
        Some(200) => Ok(()),
        Some(407) => Err(Refused { detail: "it wants a login (HTTP 407)".to_owned(), fault: ProxyFault::WantsLogin }),
        Some(status) => Err(format!("it refused the tunnel (HTTP {status})").into()),
        None => Err("its answer is no HTTP".into()),
    }
}

fn status_of(answer: &[u8]) -> Option<u16> {
    let line = answer.split(|byte| *byte == b'\r').next()?;
    let line = std::str::from_utf8(line).ok()?;
    line.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_named_as_a_tunnel_wants_it() {
        let of = |url: &str| Target::of(&url.parse().unwrap());
        assert_eq!(of("https://api.example.com/v1").authority(), "api.example.com:443");
        assert_eq!(of("https://[2001:db8::1]:8443").authority(), "[2001:db8::1]:8443");
        assert_eq!(Target::named("[::1]", 3128).address, Some("::1".parse().unwrap()));
        assert_eq!(of("http://127.0.0.1:9/").address, Some("127.0.0.1".parse().unwrap()));
    }

    #[tokio::test]
    async fn a_proxy_s_answer_is_judged_by_its_status() {
        let ask = async |answer: &'static [u8]| {
            let (mut here, mut there) = tokio::io::duplex(4096);
            let proxy = async move {
                let mut seen = vec![0; 4096];
                let count = there.read(&mut seen).await.unwrap();
                there.write_all(answer).await.unwrap();
                String::from_utf8(seen[..count].to_vec()).unwrap()
            };
            let target = Target::named("api.example.com", 443);
            let login = SecretString::from("Basic bTpo");
            let (answer, seen) = tokio::join!(tunnel(&mut here, &target, Some(&login)), proxy);
            assert!(
                seen.starts_with("CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com:443\r\n"),
                "{seen}"
            );
            assert!(seen.ends_with("\r\nProxy-Authorization: Basic bTpo\r\n\r\n"), "{seen}");
            answer
        };
        assert_eq!(ask(b"HTTP/1.1 200 OK\r\n\r\n").await, Ok(()));
        let login = ask(b"HTTP/1.0 407 No\r\nA: b\r\n\r\n").await.unwrap_err();
        assert_eq!((&*login.detail, login.fault), ("it wants a login (HTTP 407)", ProxyFault::WantsLogin));
        let refused = ask(b"HTTP/1.1 502 \r\n\r\n").await.unwrap_err();
        assert_eq!((&*refused.detail, refused.fault), ("it refused the tunnel (HTTP 502)", ProxyFault::Other));
        assert_eq!(ask(b"SSH-2.0-x\r\n\r\n").await.unwrap_err().detail, "its answer is no HTTP");
        assert_eq!(ask(b"HTTP/1.1 200").await.unwrap_err().detail, "it closed the connection without an answer");
    }

    #[tokio::test]
    async fn the_second_sort_of_address_is_tried_when_the_first_refuses() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let good = listener.local_addr().unwrap();
        let limit = Duration::from_secs(10);
        let (_, at) = connect(&["[::1]:1".parse().unwrap(), good], limit).await.unwrap();
        assert_eq!(at, good);
        assert!(connect(&["127.0.0.1:1".parse().unwrap()], limit).await.is_err());
        assert!(connect(&[], limit).await.is_err());
    }

    // Elsewhere a full queue refuses, where Linux says nothing.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn h4_a_silent_address_leaves_time_for_the_next() {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let full = socket.listen(0).unwrap();
        let silent = full.local_addr().unwrap();
        let moment = Duration::from_millis(200);
        let mut waiting = Vec::new();
        while let Ok(stream) = tokio::time::timeout(moment, TcpStream::connect(silent)).await {
            waiting.push(stream.unwrap());
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let good = listener.local_addr().unwrap();
        let limit = Duration::from_secs(1);
        let found = tokio::time::timeout(limit, connect(&[silent, good], limit)).await;
        assert_eq!(found.expect("the silent address took all the time").unwrap().1, good);
        assert_eq!(connect(&[silent], moment).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
