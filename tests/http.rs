//! What goes over the wire, and what each broken wire is called: origins, TLS, proxies of trust, sizes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/authority.rs"]
mod authority;
#[path = "support/endpoints.rs"]
mod endpoints;
#[path = "support/server.rs"]
mod server;

use std::path::Path;

use authority::Authority;
use endpoints::{SECRET, TOKEN, price_reply, profile, token_reply};
use quantaprice_explorer::explorer::{Explorer, SecretAt};
use quantaprice_explorer::http::{Http, HttpError};
use quantaprice_explorer::keys::Profile;
use quantaprice_explorer::prices::client::look_up;
use quantaprice_explorer::prices::{Lookup, LookupErrorKind as Kind, Outcome, PriceQuery};
use secrecy::SecretString;
use server::{Request, Server};

const LIMIT: usize = 16 * 1024 * 1024;

async fn look_up_with(profile: &Profile) -> Lookup {
    let explorer = Explorer::new(|| {});
    let session = explorer.open(profile, &SecretAt::Memory(SECRET.into())).await.unwrap();
    look_up(&explorer, &session, &PriceQuery::new("A", vec![]).unwrap(), |_| {}).await
}

async fn get(url: &str, ca_file: Option<&Path>) -> Result<Vec<u8>, HttpError> {
    let client = Http::new().client(ca_file).await?;
    client
        .get_with_bearer(&url.parse().unwrap(), &SecretString::from(TOKEN), LIMIT)
        .await
        .map(|reply| reply.body.to_vec())
}

#[tokio::test]
async fn h3_h7_the_secret_goes_to_the_token_origin_and_the_token_to_the_api_alone() {
    for api_reply in
        [price_reply, |_: &Request| server::reply(401, "", b""), |_: &Request| server::reply(500, "", b"x")]
    {
        let token_server = Server::start(token_reply).await;
        let api = Server::start(api_reply).await;
        let profile =
            profile(&format!("http://{}/token", token_server.address), &format!("http://{}/v1", api.address), None);
        let lookup = look_up_with(&profile).await;
        let (asked, served) = (token_server.requests(), api.requests());
        assert!(!asked.is_empty() && !served.is_empty());
        for request in &asked {
            assert!(request.body.contains(SECRET), "the secret travels in the body");
            assert!(!request.head.contains(SECRET), "{}", request.line());
            assert!(!request.text().contains(TOKEN));
            assert!(!request.head.to_lowercase().contains("authorization:"));
        }
        for request in &served {
            assert!(!request.text().contains(SECRET));
            assert!(!request.line().contains(TOKEN), "{}", request.line());
            assert!(request.head.to_lowercase().contains(&format!("authorization: bearer {TOKEN}")));
            assert!(!request.head.to_lowercase().contains("referer:"));
        }
        let shown = format!("{lookup:?}");
        assert!(!shown.contains(SECRET) && !shown.contains(TOKEN), "{shown}");
    }
}

#[tokio::test]
async fn h1_the_target_of_a_redirect_on_another_host_gets_no_connection() {
    for status in [301, 302, 303, 307, 308] {
        let target = Server::start(token_reply).await;
        let location = format!("location: http://{}/?client_secret=x\r\n", target.address);
        let from = Server::start(move |_| server::reply(status, &location, b"")).await;
        let url = format!("http://{}/token", from.address);
        let lookup = look_up_with(&profile(&url, &url, None)).await;
        let error = lookup.error.unwrap();
        assert_eq!(error.kind, Kind::Redirected);
        assert!(error.message.contains(&target.address.to_string()), "{}", error.message);
        assert!(!error.to_string().contains("client_secret"), "{error}");
        assert_eq!(target.connections(), 0);
    }
}

/// A gzip file of so many spaces and then a JSON text, made by hand: 13 bits for 258 spaces (RFC 1951 s3.2.6, RFC 1952).
fn gzip_of_spaces(runs_of_258: usize, json: &str) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.low_first(0b1, 1);
    bits.low_first(0b01, 2);
    bits.literal(b' ');
    for _ in 0..runs_of_258 {
        bits.high_first(0b1100_0101, 8);
        bits.high_first(0, 5);
    }
    json.bytes().for_each(|byte| bits.literal(byte));
    bits.high_first(0, 7);
    let mut plain = vec![b' '; 1 + 258 * runs_of_258];
    plain.extend_from_slice(json.as_bytes());
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    file.extend_from_slice(&bits.bytes);
    file.extend_from_slice(&crc32(&plain).to_le_bytes());
    file.extend_from_slice(&u32::try_from(plain.len()).unwrap().to_le_bytes());
    file
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    count: usize,
}

impl Bits {
    fn push(&mut self, bit: u32) {
        if self.count.is_multiple_of(8) {
            self.bytes.push(0);
        }
        *self.bytes.last_mut().unwrap() |= u8::try_from(bit).unwrap() << (self.count % 8);
        self.count += 1;
    }

    fn low_first(&mut self, value: u32, length: u32) {
        (0..length).for_each(|at| self.push(value >> at & 1));
    }

    fn high_first(&mut self, value: u32, length: u32) {
        (0..length).rev().for_each(|at| self.push(value >> at & 1));
    }

    /// Bytes below 144 have eight bits, from `0b0011_0000` on.
    fn literal(&mut self, byte: u8) {
        self.high_first(0b0011_0000 + u32::from(byte), 8);
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
    })
}

#[tokio::test]
async fn h4_a_gzip_bomb_stops_at_the_limit_and_honest_gzip_is_read() {
    for (runs, expected) in [(1_000, Outcome::Priced), (16 * 1024 * 1024 / 258 + 10, Outcome::Failed)] {
        let token_server = Server::start(token_reply).await;
        let packed = gzip_of_spaces(runs, r#"{"price":"1.00"}"#);
        assert!(packed.len() < 256 * 1024, "the bomb is small on the wire");
        let headers = "content-type: application/json\r\ncontent-encoding: gzip\r\n";
        let api = Server::start(move |_| server::reply(200, headers, &packed)).await;
        let profile =
            profile(&format!("http://{}/token", token_server.address), &format!("http://{}", api.address), None);
        let lookup = look_up_with(&profile).await;
        assert_eq!(lookup.outcome, expected, "{:?}", lookup.error);
        if expected == Outcome::Failed {
            assert_eq!(lookup.error.unwrap().kind, Kind::TooLarge);
        }
    }
}

#[tokio::test]
async fn h4_a_token_reply_that_unpacks_beyond_64_kib_is_too_large() {
    let packed = gzip_of_spaces(300, "{}");
    let headers = "content-type: application/json\r\ncontent-encoding: gzip\r\n";
    let server = Server::start(move |_| server::reply(200, headers, &packed)).await;
    let url = format!("http://{}", server.address);
    let error = look_up_with(&profile(&url, &url, None)).await.error.unwrap();
    assert_eq!(error.kind, Kind::TooLarge);
    assert!(error.message.contains("64 KiB"), "{}", error.message);
}

#[tokio::test]
async fn h2_an_unknown_authority_is_a_certificate_fault_and_is_not_tried_twice() {
    let authority = Authority::new();
    let server = Server::start_tls(authority.acceptor("127.0.0.1", 2040), token_reply).await;
    let url = format!("https://{}/token", server.address);
    let error = get(&url, None).await.unwrap_err();
    assert!(matches!(error, HttpError::Certificate { .. }), "{error:?}");
    assert_eq!(server.connections(), 1);

    let api = Server::start_tls(authority.acceptor("127.0.0.1", 2040), price_reply).await;
    let tokens = Server::start(token_reply).await;
    let profile = profile(&format!("http://{}/token", tokens.address), &format!("https://{}", api.address), None);
    let lookup = look_up_with(&profile).await;
    assert_eq!(lookup.error.unwrap().kind, Kind::Tls);
    assert_eq!((api.connections(), api.requests().len()), (1, 0), "the bearer token was not sent");
}

#[tokio::test]
async fn h2_the_ca_file_makes_token_and_price_calls_work() {
    let authority = Authority::new();
    let tokens = Server::start_tls(authority.acceptor("127.0.0.1", 2040), token_reply).await;
    let api = Server::start_tls(authority.acceptor("127.0.0.1", 2040), price_reply).await;
    let (token_url, api_url) = (format!("https://{}/token", tokens.address), format!("https://{}", api.address));
    let lookup = look_up_with(&profile(&token_url, &api_url, Some(authority.file()))).await;
    assert_eq!(lookup.outcome, Outcome::Priced, "{:?}", lookup.error);
}

#[tokio::test]
async fn h2_another_name_or_an_expired_certificate_is_a_certificate_fault() {
    let authority = Authority::new();
    let mut sentences = vec![];
    for (name, last_year) in [("other.example", 2040), ("127.0.0.1", 2021)] {
        let server = Server::start_tls(authority.acceptor(name, last_year), token_reply).await;
        let error = get(&format!("https://{}", server.address), Some(&authority.file())).await.unwrap_err();
        let HttpError::Certificate { detail, .. } = error else { panic!("{name}, {last_year}: {error:?}") };
        sentences.push(detail);
        assert_eq!(server.connections(), 1);
    }
    assert!(sentences[0].contains("name"), "{sentences:?}");
    assert!(sentences[1].contains("expired"), "{sentences:?}");
}

#[tokio::test]
async fn h2_a_ca_file_that_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let pem = |body: &str| format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
    let files = [
        ("garbage.pem", "no certificate at all".to_owned()),
        ("empty.pem", String::new()),
        ("base64.pem", pem("%%%%")),
        ("der.pem", pem("bm90IGEgY2VydGlmaWNhdGU=")),
    ];
    for (name, content) in files {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let error = get("https://127.0.0.1:9/", Some(&path)).await.unwrap_err();
        assert!(matches!(error, HttpError::CaFile { .. }), "{name}: {error:?}");
        assert!(error.to_string().contains(name), "{error}");
    }
    let missing = folder.path().join("missing.pem");
    let error = get("https://127.0.0.1:9/", Some(&missing)).await.unwrap_err();
    assert!(matches!(error, HttpError::CaFile { .. }), "{error:?}");
}

#[tokio::test]
async fn h2_each_broken_connection_has_its_own_name() {
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    for scheme in ["http", "https"] {
        let error = get(&format!("{scheme}://{closed}/"), None).await.unwrap_err();
        assert!(matches!(error, HttpError::Unreachable { .. }), "{scheme}: {error:?}");
    }
    let error = get("https://nobody.invalid/", None).await.unwrap_err();
    assert!(matches!(error, HttpError::UnknownHost { .. }), "{error:?}");

    let plain = Server::start(|_| server::json("{}")).await;
    let raw = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = raw.local_addr().unwrap();
    let talker = tokio::spawn(async move {
        // A plain HTTP server answers a TLS greeting with 400 in plain text.
        use tokio::io::AsyncWriteExt;
        let (mut stream, _) = raw.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        // Reading until the client hangs up keeps the reply from being lost to a reset.
        let mut rest = vec![];
        let _hung_up = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut rest).await;
    });
    let error = get(&format!("https://{address}/"), None).await.unwrap_err();
    assert!(matches!(error, HttpError::Tls { .. }), "{error:?}");
    talker.abort();

    let error = get(&format!("http://10.255.255.1:{}/", plain.address.port()), None).await.unwrap_err();
    assert!(matches!(error, HttpError::PlainHttp { .. }), "{error:?}");

    let silent = Server::start(|_| vec![]).await;
    let error = get(&format!("http://{}/", silent.address), None).await.unwrap_err();
    assert!(matches!(error, HttpError::Broken { .. }), "{error:?}");
    let noise = Server::start(|_| b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()).await;
    let error = get(&format!("http://{}/", noise.address), None).await.unwrap_err();
    assert!(matches!(error, HttpError::Broken { .. }), "{error:?}");
}
