//! What the price client costs beside the bare request, and that a thousand lookups on a cold cache are one token request.
//!
//! Both sides ask the same server in this process, of two: the embedded sandbox, which is what the program is tried on, and a
//! loopback port that answers each request with the same bytes and signs and checks nothing, so that nearly all of the time
//! measured is the client's. The limit is held against the first; the second is harsher than any server there is, and shows
//! where time is left to be saved. Requests of both kinds take turns, on one kept connection each. The bare side sends the same headers and reads the body to its end, but makes
//! nothing of it; a second bare side also decodes it into a `serde_json::Value`, as whoever wants a price out of it has to. The
//! client's side takes a token, builds the URL, outlines the JSON, and reads prices, notes and outcome from it.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark that cannot be set up has to end")]

mod support;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use quantaprice_explorer::explorer::{Explorer, Session};
use quantaprice_explorer::prices::client::look_up;
use quantaprice_explorer::prices::{Body, Outcome, PriceQuery};
use quantaprice_explorer::sandbox::{self, Sandbox};
use quantaprice_explorer::token::{Credentials, TokenKey};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use support::{Report, Times, micros, millis};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::runtime::Runtime;
use url::Url;

/// A body of the size that one SKU has: two price lists, quantity breaks, 0.6 KB.
const BODY: &str = r#"{"sku":"PRODUCT-001","name":"Screwdriver set, 12 pieces","items":[{"pricelist":{"code":"PL-RETAIL","name":"Retail, Europe","currency_code":"EUR","vat_mode":"GROSS","tax_areas":["SE","DK","FI","DE"],"start_date":"2026-09-01","end_date":null},"prices":[{"quantity":1,"price":12.10},{"quantity":10,"price":11.50},{"quantity":100,"price":9.95}]},{"pricelist":{"code":"PL-WHOLESALE-SE","name":"Wholesale, Sweden","currency_code":"SEK","vat_mode":"NET","tax_areas":["SE"],"start_date":"2026-09-01","end_date":"2026-12-31"},"prices":[{"quantity":1,"price":109.00},{"quantity":10,"price":103.50},{"quantity":100,"price":89.55}]}],"page":0,"size":20,"total":2}"#;
const TOKEN_REPLY: &str =
    r#"{"access_token":"opaque-token-of-the-benchmark-server-0123456789","token_type":"Bearer","expires_in":3600}"#;

/// The token in that reply.
const TOKEN: &str = "opaque-token-of-the-benchmark-server-0123456789";

/// Requests of each kind, one after the other, before and while they are measured.
const WARM_UP: usize = 500;
const ROUNDS: usize = 10_000;

const MANY: usize = 1_000;
const AT_ONCE: usize = 16;
/// How long the token request takes, so that all who come meanwhile have to wait for it.
const TOKEN_DELAY: Duration = Duration::from_millis(50);
const REPEATS: usize = 7;

fn main() -> ExitCode {
    let server = Server::start();
    // As many threads as the program has.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut report = Report::default();
    against_the_sandbox(&runtime, &mut report);
    against_a_bare_server(&runtime, &server, &mut report);
    all_at_once(&runtime, &server, &mut report);
    report.end()
}

fn against_the_sandbox(runtime: &Runtime, report: &mut Report) {
    let sandbox = runtime.block_on(Sandbox::start(sandbox::Options::default())).unwrap();
    let (explorer, session) =
        cold(sandbox.token_url(), sandbox.api_url(), sandbox.client_id(), sandbox.client_secret());
    report.heading("One lookup after the other, against the sandbox");
    let [mut ours, mut peers, ..] = one_after_the_other(runtime, explorer, session);
    let (lookup, bare) = (ours.median(), peers.median());
    let beside = format!("bare reqwest {}", micros(bare));
    report.held("Lookup, median", micros(lookup), &beside, ratio(lookup, bare), 1.15);
    report.note("Lookup, 90th percentile", micros(ours.at(0.9)), format!("bare reqwest {}", micros(peers.at(0.9))));
}

fn against_a_bare_server(runtime: &Runtime, server: &Server, report: &mut Report) {
    let (explorer, session) = server.cold();
    report.heading("One lookup after the other, against a server that does nothing");
    let [mut ours, mut peers, mut decoding, mut http] = one_after_the_other(runtime, explorer, session);
    let (lookup, bare, decoded, request) = (ours.median(), peers.median(), decoding.median(), http.median());
    let beside = |other: Duration| format!("{:.2} times bare reqwest {}", ratio(lookup, other), micros(other));
    report.note("Lookup, median", micros(lookup), beside(bare));
    let beside = format!("bare reqwest {}", micros(bare));
    report.held("Its request alone, prices not read", micros(request), &beside, ratio(request, bare), 1.15);
    let beside = format!("bare reqwest and serde_json {}", micros(decoded));
    report.held("Lookup, beside a decoded reply", micros(lookup), beside, ratio(lookup, decoded), 1.15);
}

fn ratio(ours: Duration, peers: Duration) -> f64 {
    ours.as_secs_f64() / peers.as_secs_f64()
}

/// The times of a lookup, of the same request by bare reqwest, of that with its reply decoded, and of a lookup's request alone.
fn one_after_the_other(runtime: &Runtime, explorer: Explorer, session: Session) -> [Times; 4] {
    let query = PriceQuery::new("PRODUCT-001", Vec::new()).unwrap();
    let url = query.url(&session.api_url).unwrap();
    let bare = reqwest::Client::new();
    // In a task, as in the program: what runs on the caller's thread wakes up differently.
    let measured = runtime.spawn(async move {
        let client = explorer.http.client(None).await.unwrap();
        let token = session.source.get().await.unwrap();
        let size = ask(&bare, &url, token.secret()).await.len();
        let mut times = <[Times; 4]>::default();
        for round in 0..WARM_UP + ROUNDS {
            // Each comes at each place equally often.
            for turn in 0..times.len() {
                let kind = (round + turn) % times.len();
                let started = Instant::now();
                // What was received is dropped after the clock was read, on all sides.
                let time = match kind {
                    0 => {
                        let lookup = look_up(&explorer, &session, &query, |_| {}).await;
                        let time = started.elapsed();
                        assert_eq!(lookup.outcome, Outcome::Priced, "{:?}", lookup.error);
                        time
                    }
                    1 => {
                        let body = ask(&bare, &url, token.secret()).await;
                        let time = started.elapsed();
                        assert_eq!(body.len(), size);
                        time
                    }
                    2 => {
                        let body: Value = serde_json::from_slice(&ask(&bare, &url, token.secret()).await).unwrap();
                        let time = started.elapsed();
                        assert!(body.is_object());
                        time
                    }
                    _ => {
                        let reply = client.get_with_bearer(&url, token.secret(), Body::MAX_BYTES).await.unwrap();
                        let time = started.elapsed();
                        assert_eq!(reply.body.len(), size);
                        time
                    }
                };
                if round >= WARM_UP {
                    times[kind].push(time);
                }
            }
        }
        times
    });
    runtime.block_on(measured).unwrap()
}

fn all_at_once(runtime: &Runtime, server: &Server, report: &mut Report) {
    let (mut ours, mut peers) = (Times::default(), Times::default());
    let mut most_tokens = 0;
    for _ in 0..REPEATS {
        let (explorer, session) = server.cold();
        let query = PriceQuery::new("PRODUCT-001", Vec::new()).unwrap();
        let url = query.url(&session.api_url).unwrap();
        let before = server.token_requests.load(Ordering::SeqCst);
        let lookups = move || {
            let (explorer, session, query) = (explorer.clone(), session.clone(), query.clone());
            async move {
                let lookup = look_up(&explorer, &session, &query, |_| {}).await;
                assert_eq!(lookup.outcome, Outcome::Priced, "{:?}", lookup.error);
            }
        };
        let started = Instant::now();
        runtime.block_on(many(lookups));
        ours.push(started.elapsed());
        most_tokens = most_tokens.max(server.token_requests.load(Ordering::SeqCst) - before);
        // Making a client reads the trust store. The program's makes its own at the first lookup, so it counts on both sides.
        let started = Instant::now();
        let bare = reqwest::Client::new();
        let requests = move || {
            let (bare, url) = (bare.clone(), url.clone());
            async move { assert_eq!(ask(&bare, &url, &SecretString::from(TOKEN)).await.len(), BODY.len()) }
        };
        runtime.block_on(many(requests));
        peers.push(started.elapsed());
    }
    report.heading(&format!("{MANY} lookups, {AT_ONCE} at a time, on a cold cache"));
    report.held("Token requests, most of all repeats", most_tokens, "", most_tokens as f64, 1.0);
    let beside = format!("bare reqwest, which needs no token, {}", millis(peers.median()));
    report.note("Wall time, median", millis(ours.median()), beside);
    report.note("Of which the token request's wait is", millis(TOKEN_DELAY), "");
}

/// Runs [`MANY`] pieces of work, [`AT_ONCE`] at a time, and returns when all are done.
async fn many<F: Future<Output = ()> + Send + 'static>(work: impl Fn() -> F + Send + Sync + 'static) {
    let (work, next) = (Arc::new(work), Arc::new(AtomicU64::new(0)));
    let workers: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (work, next) = (Arc::clone(&work), Arc::clone(&next));
            tokio::spawn(async move {
                while next.fetch_add(1, Ordering::SeqCst) < MANY as u64 {
                    work().await;
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.expect("no lookup fails");
    }
}

/// The same request as the client's, by reqwest alone.
async fn ask(client: &reqwest::Client, url: &Url, token: &SecretString) -> impl std::ops::Deref<Target = [u8]> + use<> {
    let request = client
        .get(url.clone())
        .header("accept", "application/json")
        .header("content-type", "application/json")
        .bearer_auth(token.expose_secret());
    request.send().await.unwrap().bytes().await.unwrap()
}

/// The program's core with nothing in its cache.
fn cold(token_url: &Url, api_url: &Url, client_id: &str, client_secret: &SecretString) -> (Explorer, Session) {
    let explorer = Explorer::new(|| {});
    let source = explorer.cache.source(Credentials {
        key: TokenKey {
            profile: "benchmark".into(),
            token_url: token_url.clone(),
            client_id: client_id.to_owned(),
            revision: 1,
        },
        client_secret: client_secret.clone(),
        ca_file: None,
    });
    (explorer, Session { source, api_url: api_url.clone(), field_map: None })
}

/// HTTP/1.1 with kept connections and two answers.
struct Server {
    port: u16,
    token_requests: Arc<AtomicU64>,
}

impl Server {
    fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        listener.set_nonblocking(true).unwrap();
        let token_requests = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&token_requests);
        // A thread of its own, so that neither side's tasks wait behind it.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                while let Ok((connection, _)) = listener.accept().await {
                    // A client that closes its connection ends this task with an error, which is as it should be.
                    tokio::spawn(serve(connection, Arc::clone(&counter)));
                }
            });
        });
        Self { port, token_requests }
    }

    fn cold(&self) -> (Explorer, Session) {
        let secret = SecretString::from("a secret");
        cold(&self.url("/oauth2/token"), &self.url("/api/v1"), "a1b2c3d4e5f6a1b2c3d4e5f6", &secret)
    }

    fn url(&self, path: &str) -> Url {
        format!("http://127.0.0.1:{}{path}", self.port).parse().unwrap()
    }
}

async fn serve(mut connection: tokio::net::TcpStream, token_requests: Arc<AtomicU64>) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let reply = |body: &str| {
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
             date: Tue, 24 Nov 2026 14:00:00 GMT\r\n\r\n{body}",
            body.len()
        )
    };
    let (price, token) = (reply(BODY), reply(TOKEN_REPLY));
    let mut request = Vec::new();
    loop {
        if connection.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
        // A GET ends with its head. The one POST there is ends with its form.
        let Some(head) = request.windows(4).position(|end| end == b"\r\n\r\n") else { continue };
        if request.starts_with(b"GET") {
            connection.write_all(price.as_bytes()).await?;
        } else {
            let length = String::from_utf8_lossy(&request[..head]).to_ascii_lowercase();
            let length = length.split_once("content-length: ").and_then(|(_, rest)| rest.lines().next()?.parse().ok());
            if request.len() < head + 4 + length.unwrap_or(0) {
                continue;
            }
            token_requests.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(TOKEN_DELAY).await;
            connection.write_all(token.as_bytes()).await?;
        }
        request.clear();
    }
}
