//! Servers that hang, drip, never end, refuse or ask for patience: what each costs, and what a person is told.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/endpoints.rs"]
mod endpoints;
#[path = "support/server.rs"]
mod server;

use std::time::{Duration, Instant, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use endpoints::{SECRET, TOKEN, price_reply, profile, token_reply};
use quantaprice_explorer::explorer::{Explorer, SecretAt, Session};
use quantaprice_explorer::http::{Http, Limits};
use quantaprice_explorer::prices::client::{Progress, look_up};
use quantaprice_explorer::prices::{Lookup, LookupErrorKind as Kind, Outcome, PriceQuery};
use server::{Answer, Request, Server, reply};
use tokio::sync::mpsc;

const MIB: usize = 1024 * 1024;
/// More than the system holds back between two sockets of this machine.
const BUFFERS: usize = 16 * MIB;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Token,
    Price,
}

const BOTH: [At; 2] = [At::Token, At::Price];

/// The two endpoints, one of which misbehaves.
struct Rig {
    token: Server,
    api: Server,
    explorer: Explorer,
    session: Session,
}

impl Rig {
    async fn new(at: At, answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::within(Limits::default(), at, answer).await
    }

    async fn within(limits: Limits, at: At, answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let (token, api) = match at {
            At::Token => (Server::start(answer).await, Server::start(price_reply).await),
            At::Price => (Server::start(token_reply).await, Server::start(answer).await),
        };
        let explorer = Explorer::over(Http::with_limits(limits), || {});
        let profile = profile(&format!("http://{}/token", token.address), &format!("http://{}", api.address), None);
        let session = explorer.open(&profile, &SecretAt::Memory(SECRET.into())).await.unwrap();
        Self { token, api, explorer, session }
    }

    fn server(&self, at: At) -> &Server {
        if at == At::Token { &self.token } else { &self.api }
    }

    async fn look_up(&self) -> Lookup {
        look_up(&self.explorer, &self.session, &query(), |_| {}).await
    }

    /// A lookup in a task of its own, and each wait that it announces.
    fn start(&self) -> (tokio::task::JoinHandle<Lookup>, mpsc::UnboundedReceiver<(Duration, u32)>) {
        let (explorer, session) = (self.explorer.clone(), self.session.clone());
        let (sender, waits) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            let progress = |progress| {
                if let Progress::Waiting { until, next_try } = progress {
                    sender.send((until - tokio::time::Instant::now(), next_try)).unwrap();
                }
            };
            look_up(&explorer, &session, &query(), progress).await
        });
        (task, waits)
    }
}

fn query() -> PriceQuery {
    PriceQuery::new("A", vec![]).unwrap()
}

/// What a person is told: the message, then the hint.
fn told(lookup: &Lookup) -> (Kind, String) {
    let error = lookup.error.as_ref().expect("this lookup fails");
    let shown = format!("{error} {lookup:?}");
    assert!(!shown.contains(SECRET) && !shown.contains(TOKEN), "{shown}");
    (error.kind, error.to_string())
}

// H4: time.

#[test]
fn h4_a_connection_may_take_ten_seconds_and_an_exchange_thirty() {
    let expected = Limits { connect: Duration::from_secs(10), request: Duration::from_secs(30) };
    assert_eq!(Limits::default(), expected);
}

#[tokio::test]
async fn h4_a_connection_that_never_opens_is_given_up() {
    // Accepts, and then never answers the TLS greeting.
    let silent = Server::start(|_| Answer::Hang(vec![])).await;
    let good = Server::start(token_reply).await;
    let limits = Limits { connect: Duration::from_millis(500), request: Duration::from_secs(9) };
    let (silent, good) = (format!("https://{}", silent.address), format!("http://{}/token", good.address));
    for (token_url, api_url) in [(&silent, &good), (&good, &silent)] {
        let explorer = Explorer::over(Http::with_limits(limits), || {});
        let session = explorer.open(&profile(token_url, api_url, None), &SecretAt::Memory(SECRET.into())).await;
        let started = Instant::now();
        let (kind, text) = told(&look_up(&explorer, &session.unwrap(), &query(), |_| {}).await);
        assert_eq!(kind, Kind::Timeout, "{text}");
        assert!(text.contains("did not answer the connection within 0.5 s"), "{text}");
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn h4_a_reply_that_hangs_or_drips_is_given_up() {
    let limits = Limits { connect: Duration::from_secs(9), request: Duration::from_millis(700) };
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{".to_vec();
    let answers = [
        Answer::Hang(vec![]),
        Answer::Hang(head.clone()),
        Answer::Drip(head.clone(), Duration::from_millis(20)),
        Answer::Drip([head, vec![b' '; 98]].concat(), Duration::from_millis(10)),
    ];
    let cases = BOTH.into_iter().flat_map(|at| answers.iter().map(move |answer| (at, answer)));
    let all = cases.map(|(at, answer)| async move {
        let given = answer.clone();
        let rig = Rig::within(limits, at, move |_| given.clone()).await;
        let (kind, text) = told(&rig.look_up().await);
        assert_eq!(kind, Kind::Timeout, "{at:?}, {answer:?}: {text}");
        assert!(text.contains("did not finish its reply within 0.7 s"), "{at:?}, {answer:?}: {text}");
        rig.server(at).until_left().await;
    });
    futures_util::future::join_all(all).await;
}

// H4: size.

#[tokio::test]
async fn h4_an_endless_body_is_left_at_the_limit() {
    let json = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    let plain = Answer::Endless(format!("{json}\r\n").into(), vec![b' '; 64 * 1024]);
    let chunk = [format!("{:x}\r\n", 64 * 1024).into_bytes(), vec![b' '; 64 * 1024], b"\r\n".to_vec()].concat();
    let chunked = Answer::Endless(format!("{json}transfer-encoding: chunked\r\n\r\n").into(), chunk);
    for (at, limit, words) in [(At::Token, 64 * 1024, "64 KiB"), (At::Price, 16 * MIB, "16 MiB")] {
        for answer in [&plain, &chunked] {
            let given = answer.clone();
            let rig = Rig::new(at, move |_| given.clone()).await;
            let (kind, text) = told(&rig.look_up().await);
            assert_eq!(kind, Kind::TooLarge, "{at:?}: {text}");
            assert!(text.contains(words), "{at:?}: {text}");
            rig.server(at).until_left().await;
            let taken = rig.server(at).bytes_taken();
            assert!(taken < limit + BUFFERS, "{at:?}: {taken} bytes were taken");
        }
    }
}

#[tokio::test]
async fn h4_a_promised_length_beyond_the_limit_is_refused_unread() {
    for at in BOTH {
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 9999999999999\r\n\r\n";
        let rig = Rig::new(at, |_| Answer::Endless(head.to_vec(), vec![b' '; 64 * 1024])).await;
        assert_eq!(told(&rig.look_up().await).0, Kind::TooLarge, "{at:?}");
        rig.server(at).until_left().await;
        assert!(rig.server(at).bytes_taken() < BUFFERS);
    }
}

#[tokio::test]
async fn h8_headers_without_end_are_a_broken_reply() {
    for at in BOTH {
        let line = b"x-filler: 0123456789abcdef0123456789abcdef0123456789abcdef\r\n".repeat(1024);
        let rig = Rig::new(at, move |_| Answer::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), line.clone())).await;
        let (kind, text) = told(&rig.look_up().await);
        assert_eq!(kind, Kind::Network, "{at:?}: {text}");
        assert!(text.contains("broke off"), "{at:?}: {text}");
        rig.server(at).until_left().await;
        assert!(rig.server(at).bytes_taken() < BUFFERS);
    }
}

// H5: what a refusal says of itself.

#[tokio::test]
async fn h5_a_refusal_is_read_in_each_of_its_forms() {
    let long = format!(r#"{{"error":"server_error","error_description":"{}"}}"#, "é".repeat(9_000));
    let hostile = r#"{"error":"server_error","error_description":"a\u202eb\u0000c\r\nd\u200b\u001b[2J"}"#;
    let cases: [(u16, &str, &str, &str); 8] = [
        (500, "", r#"{"error":"server_error","error_description":"The database sleeps"}"#, "The database sleeps"),
        (500, "", r#"{"error":"server_error"}"#, "server_error"),
        (400, "", r#"{"title":"Bad","detail":"The tenant is unknown"}"#, "The tenant is unknown"),
        (502, "content-type: text/html\r\n", "<html><title>Bad gateway of ACME</title>", "Bad gateway of ACME"),
        (418, "www-authenticate: Bearer error=\"odd\", error_description=\"From a header\"\r\n", "", "From a header"),
        (500, "", "", "HTTP 500"),
        (500, "", &long, "ééé…"),
        (500, "", hostile, "abcd[2J"),
    ];
    for at in BOTH {
        for (status, headers, body, words) in cases {
            let bytes = reply(status, headers, body.as_bytes());
            let rig = Rig::new(at, move |_| bytes.clone().into()).await;
            let lookup = rig.look_up().await;
            let (_, text) = told(&lookup);
            assert_eq!(lookup.outcome, Outcome::Failed);
            assert!(text.contains(words), "{at:?} {status}: {text}");
            assert!(text.chars().count() < 900, "{at:?} {status}: {text}");
            assert!(!text.chars().any(|c| c.is_control() || c == '\u{202e}'), "{at:?} {status}: {text:?}");
            assert_eq!(rig.server(at).connections(), 1, "{at:?} {status}");
        }
    }
}

#[tokio::test]
async fn h1_a_redirect_shows_its_status() {
    let rig = Rig::new(At::Price, |_| reply(307, "location: /elsewhere\r\n", b"").into()).await;
    let lookup = rig.look_up().await;
    assert_eq!((told(&lookup).0, lookup.http_status), (Kind::Redirected, Some(307)));
}

// K10: what a server repeats of what it was sent.

/// A text in the spellings that a debugging server might choose, each with letters that are made of nothing else.
fn spellings(text: &str) -> Vec<(String, String)> {
    let each = |spell: fn(u8) -> String| text.bytes().map(spell).collect::<Vec<_>>().concat();
    let (hex, percent) = (each(|byte| format!("{byte:02x}")), each(|byte| format!("%{byte:02X}")));
    let whole = [text.to_owned(), hex.to_uppercase(), hex, percent];
    let mut spellings: Vec<_> = whole.map(|text| (text.clone(), text)).into();
    for before in ["", "x", "xy", "Bearer ", "grant_type=client_credentials&client_secret="] {
        let (start, end) = ((before.len() * 8).div_ceil(6), (before.len() + text.len()) * 8 / 6);
        for written in
            [STANDARD.encode(format!("{before}{text}")), URL_SAFE_NO_PAD.encode(format!("{before}{text}&more=1"))]
        {
            let own = written[start..end].to_owned();
            spellings.push((written, own));
        }
    }
    spellings
}

/// All that is left of a lookup anywhere, and the sign that the server's words were in it.
#[track_caller]
fn assert_hidden(rig: &Rig, lookup: &Lookup, secret: &str, when: &str) {
    let events = rig.explorer.activity.snapshot();
    let log: Vec<_> = events.iter().map(|event| format!("{event:?}\n{}\n", event.to_text())).collect();
    let log = log.concat();
    let texts = [format!("{lookup:?}"), lookup.error.as_ref().unwrap().to_string(), log];
    for text in texts {
        for (_, own) in spellings(secret) {
            assert!(!text.to_lowercase().contains(&own[..16].to_lowercase()), "{when}: {own} is in {text}");
        }
    }
}

#[tokio::test]
async fn k10_no_refusal_repeats_what_was_sent_however_it_is_spelled() {
    for at in BOTH {
        let secret = if at == At::Token { SECRET } else { TOKEN };
        for (spelling, _) in spellings(secret) {
            let words = format!(r#"{{"error":"odd","error_description":"You sent {spelling}"}}"#);
            let divided = format!(
                r#"{{"error":"odd","error_description":"You sent {}\u200b{}"}}"#,
                &spelling[..9],
                &spelling[9..]
            );
            let header =
                format!("www-authenticate: Bearer error=\"odd\", error_description=\"You sent {spelling}\"\r\n");
            let id = format!(
                "x-request-id: {spelling}\r\nwww-authenticate: Basic realm=\"{}{spelling}\"\r\n",
                "x".repeat(230)
            );
            let page = format!("<html><title>You sent {spelling}</title>");
            let cases = [
                ("a body of 401", reply(401, "", words.as_bytes())),
                ("a body of 500", reply(500, "", words.as_bytes())),
                ("a divided echo", reply(500, "", divided.as_bytes())),
                ("a challenge", reply(401, &header, b"")),
                ("other headers", reply(500, &id, b"")),
                ("a page", reply(502, "content-type: text/html\r\n", page.as_bytes())),
            ];
            for (when, bytes) in cases {
                let rig = Rig::new(at, move |_| bytes.clone().into()).await;
                let lookup = rig.look_up().await;
                assert_hidden(&rig, &lookup, secret, &format!("{when} at {at:?}"));
            }
            for place in
                [format!("https://{spelling}.example/"), format!("//me@{spelling}:99/x"), format!("/x?y={spelling}")]
            {
                let bytes = reply(307, &format!("location: {place}\r\n"), b"");
                let rig = Rig::new(at, move |_| bytes.clone().into()).await;
                let lookup = rig.look_up().await;
                assert_hidden(&rig, &lookup, secret, &format!("a redirect to {place} at {at:?}"));
            }
        }
    }
}

// H6: patience. Each test moves its own clock over the waits.

async fn pass(wait: Duration) {
    tokio::time::pause();
    tokio::time::advance(wait).await;
    tokio::time::resume();
}

#[tokio::test]
async fn h6_without_a_named_wait_the_waits_grow() {
    for (status, header, expected) in
        [(429, "", Kind::RateLimited), (503, "", Kind::ServerError), (503, "retry-after: soon\r\n", Kind::ServerError)]
    {
        let rig = Rig::new(At::Price, move |_| reply(status, header, b"").into()).await;
        let (task, mut waits) = rig.start();
        for (secs, number) in [(1.0, 2), (3.0, 3)] {
            let (wait, next_try) = waits.recv().await.unwrap();
            assert_eq!(next_try, number);
            assert!((secs - 0.2..=secs).contains(&wait.as_secs_f64()), "{status}: {wait:?}");
            assert_eq!(rig.api.requests().len() + 1, number as usize, "asked again before the wait was over");
            pass(wait).await;
        }
        let (kind, text) = told(&task.await.unwrap());
        assert_eq!(kind, expected);
        assert!(text.contains("3 times"), "{text}");
        assert_eq!(rig.api.requests().len(), 3);
        assert_eq!(rig.token.connections(), 1);
    }
}

#[tokio::test]
async fn h6_a_date_in_retry_after_is_waited_for() {
    let rig = Rig::new(At::Price, |_| {
        let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(60));
        reply(503, &format!("retry-after: {date}\r\n"), b"").into()
    });
    let rig = rig.await;
    let (task, mut waits) = rig.start();
    let (wait, _) = waits.recv().await.unwrap();
    assert!((57.0..=60.0).contains(&wait.as_secs_f64()), "{wait:?}");
    task.abort();
}

#[tokio::test]
async fn h6_giving_up_while_waiting_sends_nothing_more() {
    let rig = Rig::new(At::Price, |_| reply(429, "retry-after: 5\r\n", b"").into()).await;
    let (task, mut waits) = rig.start();
    waits.recv().await.unwrap();
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    pass(Duration::from_secs(20)).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(rig.api.connections(), 1);
}

#[tokio::test]
async fn h6_a_server_that_recovers_is_asked_no_more_than_needed() {
    let tries = std::sync::atomic::AtomicUsize::new(0);
    let rig = Rig::new(At::Price, move |request| match tries.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
        0 => reply(503, "retry-after: 0\r\n", b"").into(),
        _ => price_reply(request).into(),
    });
    let rig = rig.await;
    assert_eq!(rig.look_up().await.outcome, Outcome::Priced);
    assert_eq!(rig.api.requests().len(), 2);
}

#[tokio::test]
async fn h6_t18_a_busy_token_endpoint_is_left_alone_as_long_as_it_asks() {
    let rig = Rig::new(At::Token, |_| reply(429, "retry-after: 90\r\n", b"").into()).await;
    for _ in 0..5 {
        let lookup = rig.look_up().await;
        assert_eq!(told(&lookup).0, Kind::RateLimited);
        let asked = lookup.error.unwrap().retry_after.unwrap();
        assert!((80..=90).contains(&asked.as_secs()), "{asked:?}");
    }
    assert!(rig.session.source.refresh().await.is_err());
    assert_eq!((rig.token.requests().len(), rig.api.connections()), (1, 0));
}
