//! The way from a SKU to an answer over real HTTP: how many requests each fault costs, and what it is called.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/server.rs"]
mod server;

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use jiff::{SignedDuration, Timestamp};
use quantaprice_explorer::explorer::{Explorer, SecretAt, Session};
use quantaprice_explorer::keys::{Profile, SecretPlace, SecretRecord};
use quantaprice_explorer::origin;
use quantaprice_explorer::prices::client::{Progress, look_up};
use quantaprice_explorer::prices::{Body, FieldMap, Lookup, LookupErrorKind as Kind, MappedField, Outcome, PriceQuery};
use quantaprice_explorer::sandbox::{Canned, Fault, Options, ReplyFault, Sandbox, demo_skus};
use secrecy::{ExposeSecret, SecretString};
use server::Server;

struct Bench {
    sandbox: Sandbox,
    explorer: Explorer,
    profile: Profile,
    session: Session,
}

impl Bench {
    async fn new() -> Self {
        Self::with(&[]).await
    }

    async fn with(faults: &[Fault]) -> Self {
        let options = Options { faults: faults.to_vec(), ..Options::default() };
        let sandbox = Sandbox::start(options).await.unwrap();
        let explorer = Explorer::new(|| {});
        let (profile, secret) = origin::sandbox_profile(&sandbox, Timestamp::now());
        let session = explorer.open(&profile, &SecretAt::Memory(secret)).await.unwrap();
        Self { sandbox, explorer, profile, session }
    }

    async fn look_up(&self, sku: &str) -> Lookup {
        let query = PriceQuery::new(sku, vec![]).unwrap();
        look_up(&self.explorer, &self.session, &query, |_| {}).await
    }

    /// The session with a field map, as a profile has it.
    async fn by_map(mut self, map: FieldMap) -> Self {
        self.profile.field_map = map;
        let secret = SecretAt::Memory(self.sandbox.client_secret().clone());
        self.session = self.explorer.open(&self.profile, &secret).await.unwrap();
        self
    }

    async fn many(&self, count: usize, at_once: usize) -> Vec<Lookup> {
        let lookups = futures_util::stream::iter(0..count).map(|_| self.look_up("PRODUCT-001"));
        lookups.buffered(at_once).collect().await
    }

    fn token_requests(&self) -> u64 {
        self.sandbox.counts().token_requests
    }

    fn price_requests(&self) -> u64 {
        self.sandbox.counts().price_requests
    }
}

fn kind(lookup: &Lookup) -> Option<Kind> {
    lookup.error.as_ref().map(|error| error.kind)
}

fn message(lookup: &Lookup) -> &str {
    &lookup.error.as_ref().expect("this lookup fails").message
}

#[tokio::test]
async fn p3_every_demo_sku_has_its_documented_outcome() {
    let bench = Bench::new().await;
    for demo in demo_skus() {
        let lookup = bench.look_up(demo.sku).await;
        assert_eq!(lookup.outcome.code(), demo.outcome, "{}: {:?}", demo.sku, lookup.error);
        assert_eq!(lookup.sku, demo.sku);
    }
}

#[tokio::test]
async fn p1_skus_and_parameters_arrive_byte_for_byte() {
    let server = Server::start(|request| {
        if request.line().starts_with("POST") {
            server::json(r#"{"access_token":"t0ken","token_type":"Bearer","expires_in":3600}"#)
        } else {
            server::json(r#"{"price":"12.10"}"#)
        }
    })
    .await;
    let bench = Bench::new().await;
    let url = |path: &str| format!("http://{}{path}", server.address).parse().unwrap();
    let profile = Profile { token_url: url("/token"), api_url: url("/api/v1"), ..bench.profile.clone() };
    let secret = SecretAt::Memory(bench.sandbox.client_secret().clone());
    let session = bench.explorer.open(&profile, &secret).await.unwrap();
    let odd = [
        "00012345",
        " A ",
        "a b",
        "a+b",
        "a%20b",
        "a/b",
        "a&b=c",
        "a#b",
        "a?b",
        "å\u{301}ß×",
        "🦊",
        "\"'<>\\^`{|}",
        "..",
    ];
    for odd in odd {
        let parameters = vec![("tax area".to_owned(), odd.to_owned()), ("x&y".to_owned(), String::new())];
        let query = PriceQuery::new(odd, parameters.clone()).unwrap();
        let lookup = look_up(&bench.explorer, &session, &query, |_| {}).await;
        assert_eq!(lookup.outcome, Outcome::Priced, "{odd}: {:?}", lookup.error);
        let request = server.requests().pop().unwrap();
        assert!(request.line().starts_with("GET /api/v1/prices?"), "{}", request.line());
        let mut arrived = vec![];
        for pair in request.query().split('&') {
            let (name, value) = pair.split_once('=').unwrap();
            arrived.push((decoded(name), decoded(value)));
        }
        let sent = [vec![("sku".to_owned(), odd.to_owned())], parameters].concat();
        assert_eq!(arrived, sent);
    }
}

/// Percent-decodes as a form does, independently of the crate that encoded.
fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (vec![], text.bytes());
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let hex = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn t15_one_401_costs_one_replay_with_a_fresh_token() {
    let bench = Bench::new().await;
    assert_eq!(bench.look_up("PRODUCT-001").await.token_generation, Some(1));
    bench.sandbox.set_fault(Fault::prices(ReplyFault::UnauthorizedOnce));
    let lookup = bench.look_up("PRODUCT-001").await;
    assert_eq!((lookup.outcome, lookup.token_generation), (Outcome::Priced, Some(2)));
    assert_eq!((bench.price_requests(), bench.token_requests()), (3, 2));
}

#[tokio::test]
async fn t15_a_storm_of_401s_is_bounded() {
    let bench = Bench::with(&[Fault::prices(ReplyFault::UnauthorizedStorm)]).await;
    let lookup = bench.look_up("PRODUCT-001").await;
    assert_eq!((lookup.outcome, kind(&lookup)), (Outcome::Failed, Some(Kind::Unauthorized)));
    assert_eq!((bench.price_requests(), bench.token_requests()), (2, 2));
    for lookup in bench.many(50, 10).await {
        assert_eq!(kind(&lookup), Some(Kind::Unauthorized), "{:?}", lookup.error);
    }
    // One forced refresh per 10 s; a slow machine may pass into the next 10 s once.
    assert!(bench.token_requests() <= 3, "{:?}", bench.sandbox.counts());
    assert!(bench.price_requests() <= 2 + 10, "{:?}", bench.sandbox.counts());
}

#[tokio::test]
async fn t16_a_revoked_key_is_asked_for_once() {
    let bench = Bench::new().await;
    assert_eq!(bench.look_up("PRODUCT-001").await.outcome, Outcome::Priced);
    bench.sandbox.revoke_key();
    assert_eq!(kind(&bench.look_up("PRODUCT-001").await), Some(Kind::KeyRefused));
    let (tokens, prices) = (bench.token_requests(), bench.price_requests());
    for lookup in bench.many(20, 4).await {
        assert_eq!(kind(&lookup), Some(Kind::KeyRefused));
    }
    assert_eq!(tokens, 2);
    assert_eq!(tokens, bench.token_requests());
    assert_eq!(prices, bench.price_requests(), "a dead token was sent again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t14_fifty_401s_at_once_cost_one_token_request() {
    let bench = Bench::new().await;
    assert_eq!(bench.look_up("PRODUCT-001").await.outcome, Outcome::Priced);
    bench.sandbox.expire_tokens();
    // The replies come together, so that every lookup has sent the dead token before the first refresh is over.
    bench.sandbox.set_fault(Fault::prices(ReplyFault::Slow(Duration::from_millis(300))));
    for lookup in bench.many(50, 50).await {
        assert_eq!(lookup.outcome, Outcome::Priced, "{:?}", lookup.error);
    }
    assert_eq!(bench.token_requests(), 2);
    assert_eq!(bench.price_requests(), 1 + 2 * 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t1_a_thousand_lookups_on_a_cold_cache_cost_one_token_request() {
    let bench = Bench::new().await;
    let lookups = bench.many(1_000, 16).await;
    assert!(lookups.iter().all(|lookup| lookup.outcome == Outcome::Priced));
    assert_eq!((bench.token_requests(), bench.price_requests()), (1, 1_000));
    assert!(bench.sandbox.counts().peak_open_price_requests <= 16);
}

#[tokio::test]
async fn t12_odd_but_valid_tokens_work() {
    let skews = [-600, 600].map(|secs| Fault::SkewedClock(SignedDuration::from_secs(secs)));
    for fault in [Fault::OpaqueToken, Fault::NoExpiry].into_iter().chain(skews) {
        let bench = Bench::with(std::slice::from_ref(&fault)).await;
        for _ in 0..2 {
            let lookup = bench.look_up("PRODUCT-001").await;
            assert_eq!(lookup.outcome, Outcome::Priced, "{fault:?}: {:?}", lookup.error);
        }
        assert_eq!(bench.token_requests(), 1, "{fault:?}");
    }
}

fn canned_token(body: impl Into<Vec<u8>>) -> Fault {
    Fault::token(ReplyFault::Canned(Canned::new(200, body)))
}

#[tokio::test]
async fn t12_a_lifetime_in_any_form_is_taken_and_never_for_ever() {
    for (raw, lifetime) in [("\"3600\"", 3600), ("3600.0", 3600), ("1e18", 86_400), ("null", 300)] {
        let body = format!(r#"{{"access_token":"t0ken","token_type":"Bearer","expires_in":{raw}}}"#);
        let bench = Bench::with(&[canned_token(body)]).await;
        let token = bench.session.source.get().await.unwrap();
        assert_eq!(token.lifetime(), Duration::from_secs(lifetime), "{raw}");
        assert_eq!(token.secret().expose_secret(), "t0ken");
    }
}

#[tokio::test]
async fn t13_each_unusable_token_reply_has_its_own_sentence() {
    let lifetime = |raw: &str| format!(r#"{{"access_token":"t0ken","token_type":"Bearer","expires_in":{raw}}}"#);
    let long = |size: usize| format!(r#"{{"access_token":"{}","token_type":"Bearer"}}"#, "t".repeat(size));
    let html = Canned::new(200, "<html><title>Guest login</title></html>").with_header("content-type", "text/html");
    let cases = [
        (canned_token(lifetime("0")), "expires_in"),
        (canned_token(lifetime("-5")), "expires_in"),
        (canned_token(r#"{"error":"server_error","access_token":"t0ken","token_type":"Bearer"}"#), "server_error"),
        (canned_token(long(20 * 1024)), "16 KiB"),
        (canned_token(long(1024 * 1024)), "64 KiB"),
        (canned_token(""), "empty"),
        (canned_token("%%%"), "not JSON"),
        (canned_token(r#"{"token_type":"Bearer"}"#), "no access_token"),
        (canned_token(r#"{"access_token":"t0ken","token_type":"mac"}"#), "not Bearer"),
        (canned_token(r#"{"access_token":"t0ken\r\nx: y","token_type":"Bearer"}"#), "no header can carry"),
        (Fault::token(ReplyFault::Canned(html)), "Guest login"),
        (Fault::token(ReplyFault::Html), "web page"),
        (Fault::token(ReplyFault::NotUtf8), "UTF-8"),
        // Depth in a field that is not read harms nobody; what is missing is what is said.
        (Fault::token(ReplyFault::Deep), "no access_token"),
        (canned_token("[".repeat(10_000)), "not JSON"),
        (Fault::token(ReplyFault::Truncated), "broke off"),
        (Fault::token(ReplyFault::Endless), "64 KiB"),
        (Fault::token(ReplyFault::Failing), "HTTP 500"),
    ];
    for (fault, words) in cases {
        let bench = Bench::with(std::slice::from_ref(&fault)).await;
        let lookup = bench.look_up("PRODUCT-001").await;
        let said = message(&lookup);
        assert!(said.contains(words), "{fault:?}: {said}");
        assert!(!lookup.error.as_ref().unwrap().hint.is_empty());
        assert!(!said.contains("t0ken") && !said.contains("ttttt"), "{said}");
        assert_eq!((bench.token_requests(), bench.price_requests()), (1, 0), "{fault:?}");
    }
}

#[tokio::test]
async fn t13_a_refusal_inside_a_200_stops_automatic_requests() {
    let bench = Bench::with(&[canned_token(r#"{"error":"invalid_client"}"#)]).await;
    for _ in 0..5 {
        assert_eq!(kind(&bench.look_up("PRODUCT-001").await), Some(Kind::KeyRefused));
    }
    assert_eq!(bench.token_requests(), 1);
}

#[tokio::test]
async fn t19_a_corrected_secret_works_at_once() {
    let bench = Bench::new().await;
    let right = bench.sandbox.client_secret().clone();
    let (now, wrong) = (Timestamp::now(), SecretString::from("0".repeat(64)));
    let record = SecretRecord::new(&wrong, SecretPlace::Memory, bench.profile.secret.as_ref(), now);
    let profile = Profile { secret: Some(record), ..bench.profile.clone() };
    let session = bench.explorer.open(&profile, &SecretAt::Memory(wrong)).await.unwrap();
    let query = PriceQuery::new("PRODUCT-001", vec![]).unwrap();
    let refused = look_up(&bench.explorer, &session, &query, |_| {}).await;
    assert_eq!(kind(&refused), Some(Kind::KeyRefused));

    let record = SecretRecord::new(&right, SecretPlace::Memory, profile.secret.as_ref(), now);
    let profile = Profile { secret: Some(record), ..profile };
    let session = bench.explorer.open(&profile, &SecretAt::Memory(right)).await.unwrap();
    let lookup = look_up(&bench.explorer, &session, &query, |_| {}).await;
    assert_eq!(lookup.outcome, Outcome::Priced, "{:?}", lookup.error);
}

#[tokio::test]
async fn h6_a_missing_permission_is_named_and_asked_for_once() {
    let challenge = r#"Bearer error="insufficient_scope", scope="prices:read""#;
    let as_401 = Canned::new(401, "").with_header("www-authenticate", challenge);
    for fault in [ReplyFault::Forbidden, ReplyFault::Canned(as_401)] {
        let bench = Bench::with(&[Fault::prices(fault)]).await;
        let lookup = bench.look_up("PRODUCT-001").await;
        assert_eq!((lookup.outcome, kind(&lookup)), (Outcome::Forbidden, Some(Kind::Forbidden)));
        assert!(message(&lookup).contains("prices:read"), "{}", message(&lookup));
        assert_eq!((bench.price_requests(), bench.token_requests()), (1, 1));
        assert!(bench.session.source.status().token.is_some(), "the token is still good");
    }
}

#[tokio::test]
async fn h6_busy_servers_are_asked_three_times_and_the_wait_is_shown() {
    let busy = [ReplyFault::RateLimit, ReplyFault::Unavailable];
    for (fault, expected) in busy.into_iter().zip([Kind::RateLimited, Kind::ServerError]) {
        let bench = Bench::with(&[Fault::prices(fault(Duration::from_secs(1)))]).await;
        let (started, seen) = (Instant::now(), Mutex::new(Vec::new()));
        let query = PriceQuery::new("PRODUCT-001", vec![]).unwrap();
        let progress = |progress| {
            if let Progress::Waiting { next_try, .. } = progress {
                seen.lock().unwrap().push(next_try);
            }
        };
        let lookup = look_up(&bench.explorer, &bench.session, &query, progress).await;
        assert_eq!(kind(&lookup), Some(expected));
        assert_eq!(*seen.lock().unwrap(), [2, 3]);
        assert_eq!((bench.price_requests(), bench.token_requests()), (3, 1));
        assert!(started.elapsed() >= Duration::from_secs(2), "the server's wait was not kept");
    }
}

#[tokio::test]
async fn h6_a_long_wait_is_reported_at_once() {
    let bench = Bench::with(&[Fault::prices(ReplyFault::RateLimit(Duration::from_secs(999)))]).await;
    let lookup = bench.look_up("PRODUCT-001").await;
    let error = lookup.error.unwrap();
    assert_eq!((error.kind, error.retry_after), (Kind::RateLimited, Some(Duration::from_secs(999))));
    assert!(error.hint.contains("999 s"), "{}", error.hint);
    assert_eq!(bench.price_requests(), 1);
}

#[tokio::test]
async fn t2_dropping_a_lookup_cancels_its_price_request_only() {
    let bench = Bench::with(&[Fault::prices(ReplyFault::Hanging)]).await;
    let dropped = tokio::time::timeout(Duration::from_millis(500), bench.look_up("PRODUCT-001")).await;
    assert!(dropped.is_err());
    assert_eq!(bench.price_requests(), 1, "the lookup was under way");
    tokio::time::sleep(Duration::from_millis(300)).await;
    bench.sandbox.clear_faults();
    assert_eq!(bench.look_up("PRODUCT-001").await.outcome, Outcome::Priced);
    assert_eq!(bench.sandbox.counts().peak_open_price_requests, 1, "the dropped request stayed open");
    assert_eq!(bench.token_requests(), 1);
}

#[tokio::test]
async fn t2_a_dropped_lookup_leaves_the_token_request_to_the_next() {
    let bench = Bench::with(&[Fault::token(ReplyFault::Slow(Duration::from_millis(800)))]).await;
    let dropped = tokio::time::timeout(Duration::from_millis(400), bench.look_up("PRODUCT-001")).await;
    assert!(dropped.is_err());
    assert_eq!(bench.look_up("PRODUCT-001").await.outcome, Outcome::Priced);
    assert_eq!(bench.token_requests(), 1);
}

#[tokio::test]
async fn h8_each_broken_body_names_its_fault_and_the_next_lookup_works() {
    let cases = [
        (ReplyFault::NotUtf8, Kind::Unreadable, "not UTF-8"),
        (ReplyFault::Truncated, Kind::Network, "broke off"),
        (ReplyFault::Deep, Kind::Unreadable, "levels"),
        (ReplyFault::Garbage, Kind::Unreadable, "not JSON"),
        (ReplyFault::Html, Kind::WrongAddress, "web page"),
        (ReplyFault::Endless, Kind::TooLarge, "16 MiB"),
        (ReplyFault::Failing, Kind::ServerError, "HTTP 500"),
    ];
    let bench = Bench::new().await;
    let mut sentences = HashSet::new();
    for (fault, expected, words) in cases {
        bench.sandbox.set_fault(Fault::prices(fault.clone()));
        let lookup = bench.look_up("PRODUCT-001").await;
        assert_eq!((lookup.outcome, kind(&lookup)), (Outcome::Failed, Some(expected)), "{fault:?}: {:?}", lookup.error);
        assert!(message(&lookup).contains(words), "{fault:?}: {}", message(&lookup));
        assert!(lookup.body.as_ref().is_none_or(|body| body.size() <= Body::MAX_BYTES));
        assert!(sentences.insert(message(&lookup).to_owned()), "two faults share a sentence");
        // A reply that is too large has a status, though its body was not taken.
        assert_eq!(lookup.http_status.is_some(), expected != Kind::Network, "{fault:?}");
        bench.sandbox.clear_faults();
        assert_eq!(bench.look_up("PRODUCT-001").await.outcome, Outcome::Priced);
    }
    assert_eq!(bench.token_requests(), 1, "a broken body is no reason for a new token");
}

#[tokio::test]
async fn h1_no_redirect_is_followed() {
    for fault in [Fault::prices(ReplyFault::Redirect), Fault::token(ReplyFault::Redirect)] {
        let bench = Bench::with(std::slice::from_ref(&fault)).await;
        let lookup = bench.look_up("PRODUCT-001").await;
        assert_eq!(kind(&lookup), Some(Kind::Redirected), "{fault:?}: {:?}", lookup.error);
        assert_eq!(bench.sandbox.counts().redirects_followed, 0);
    }
}

#[tokio::test]
async fn p4_the_field_map_of_a_profile_goes_with_its_session_for_small_bodies_and_large() {
    let map = [(MappedField::Amount, "/rader/*/belopp"), (MappedField::Currency, "/rader/*/valuta")];
    let bench = Bench::new().await.by_map(FieldMap::parse(map).unwrap()).await;
    for count in [2, 2_000] {
        let rows = vec![r#"{"belopp":"12.10","valuta":"EUR"}"#; count].join(",");
        let body = format!(r#"{{"price":99,"rader":[{rows}]}}"#);
        bench.sandbox.set_fault(Fault::prices(ReplyFault::Canned(Canned::new(200, body))));
        let lookup = bench.look_up("X-1").await;
        assert_eq!((lookup.outcome, lookup.prices.len()), (Outcome::Priced, count));
        assert_eq!((lookup.prices[1].amount.as_str(), lookup.prices[1].currency.as_deref()), ("12.10", Some("EUR")));
        assert_eq!(lookup.notes, ["Read by your field map: amount, currency."]);
    }
}
