//! The activity log over real HTTP and under a paused clock: every exchange is in it with its reason, and no secret is.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/keychain.rs"]
mod keychain;
#[path = "support/token.rs"]
mod token;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use keychain::{Mood, Store};
use quantaprice_explorer::activity::{ActivityLog, Event, EventOutcome, EventReason, Kind};
use quantaprice_explorer::explorer::{Explorer, SecretAt, Session};
use quantaprice_explorer::keys::Profile;
use quantaprice_explorer::origin;
use quantaprice_explorer::prices::client::look_up;
use quantaprice_explorer::prices::{Outcome, PriceQuery};
use quantaprice_explorer::sandbox::{Canned, Fault, Options, ReplyFault, Sandbox};
use quantaprice_explorer::token::Reason;
use secrecy::{ExposeSecret, SecretString};
use token::{Script, credentials, fail, refusal, wait, watched_rig};

fn events(log: &ActivityLog) -> Vec<Arc<Event>> {
    log.snapshot().iter().cloned().collect()
}

/// Reason and outcome of each event, in words.
fn told(log: &ActivityLog) -> Vec<String> {
    let words = |event: &Arc<Event>| format!("{}: {}", event.reason.label(), event.outcome.label());
    events(log).iter().map(words).collect()
}

struct Bench {
    sandbox: Sandbox,
    explorer: Explorer,
    profile: Profile,
    secret: SecretString,
    session: Session,
}

impl Bench {
    async fn new() -> Self {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let explorer = Explorer::new(|| {});
        let (profile, secret) = origin::sandbox_profile(&sandbox, Timestamp::now());
        let session = explorer.open(&profile, &SecretAt::Memory(secret.clone())).await.unwrap();
        Self { sandbox, explorer, profile, secret, session }
    }

    async fn look_up(&self, sku: &str) {
        let query = PriceQuery::new(sku, vec![("tax_area".into(), "SE".into())]).unwrap();
        look_up(&self.explorer, &self.session, &query, |_| {}).await;
    }

    fn log(&self) -> &ActivityLog {
        &self.explorer.activity
    }
}

#[tokio::test]
async fn a_lookup_leaves_its_token_request_and_its_price_request() {
    let bench = Bench::new().await;
    bench.look_up("PRODUCT-001").await;
    bench.look_up("FORBIDDEN-001").await;
    assert_eq!(told(bench.log()), ["First use: Done", "Lookup: Priced", "Lookup: Forbidden"]);
    let events = events(bench.log());
    let (token, price) = (&events[0], &events[1]);

    assert_eq!((token.kind, token.generation, token.status()), (Kind::Token, Some(1), Some(200)));
    assert_eq!(*token.profile.as_ref().unwrap().name, *bench.profile.name);
    let service = token.service.as_ref().unwrap();
    assert_eq!((service.waited, service.uses.as_ref().unwrap().count()), (1, 2), "it counts on after it was recorded");
    let traffic = token.traffic.as_ref().unwrap();
    assert!(traffic.request.starts_with(&format!("POST {}\n", bench.sandbox.token_url())), "{}", traffic.request);
    assert!(traffic.request.ends_with("client_secret=…"), "{}", traffic.request);
    let response = traffic.response.as_ref().unwrap();
    assert!(response.contains("\"access_token\": \"…\"") && response.contains("\"expires_in\": 3600"), "{response}");
    assert!(traffic.sent > 100 && traffic.received > 100, "{traffic:?}");

    assert_eq!((price.kind, price.generation, price.status()), (Kind::Price, Some(1), Some(200)));
    assert_eq!(&*price.subject, "PRODUCT-001");
    let traffic = price.traffic.as_ref().unwrap();
    let url = format!("GET {}/prices?sku=PRODUCT-001&tax_area=SE\n", bench.sandbox.api_url());
    assert!(traffic.request.starts_with(&url), "{}", traffic.request);
    assert!(traffic.response.as_ref().unwrap().contains("PL-RETAIL"), "{traffic:?}");
    assert!(price.at >= token.at && price.took > Duration::ZERO);
}

#[tokio::test]
async fn t15_a_replay_is_told_with_what_made_it_needed() {
    let bench = Bench::new().await;
    bench.sandbox.set_fault(Fault::prices(ReplyFault::UnauthorizedOnce));
    bench.look_up("PRODUCT-001").await;
    assert_eq!(
        told(bench.log()),
        ["First use: Done", "Lookup: Failed", "Forced by a 401: Done", "Replay after a 401: Priced"]
    );
    let events = events(bench.log());
    assert_eq!(events[1].status(), Some(401));
    assert!(events[1].sentence.contains("asked again with a new one"), "{}", events[1].sentence);
    let generations: Vec<_> = events.iter().map(|event| event.generation).collect();
    assert_eq!(generations, [Some(1), Some(1), Some(2), Some(2)]);
}

#[tokio::test]
async fn h6_each_try_of_a_busy_server_is_told() {
    let bench = Bench::new().await;
    bench.sandbox.set_fault(Fault::prices(ReplyFault::Unavailable(Duration::ZERO)));
    bench.look_up("PRODUCT-001").await;
    assert_eq!(told(bench.log()), ["First use: Done", "Lookup: Failed", "Second try: Failed", "Further try: Failed"]);
    assert!(events(bench.log())[1].sentence.contains("try 2 of 3"), "{}", events(bench.log())[1].sentence);
}

#[tokio::test]
async fn t16_a_lookup_that_sent_nothing_says_so() {
    let bench = Bench::new().await;
    bench.sandbox.revoke_key();
    bench.look_up("PRODUCT-001").await;
    bench.look_up("PRODUCT-002").await;
    assert_eq!(told(bench.log()), ["First use: Failed", "Lookup: Failed", "Lookup: Failed"]);
    let events = events(bench.log());
    assert_eq!(events[0].status(), Some(401));
    assert!(events[0].traffic.as_ref().unwrap().response.as_ref().unwrap().contains("invalid_client"));
    assert!(events[2].sentence.starts_with("Nothing was sent. The server refused this key"), "{}", events[2].sentence);
    assert!(events[2].traffic.is_none());
}

#[tokio::test]
async fn h1_a_redirect_is_told_with_its_status() {
    let bench = Bench::new().await;
    bench.look_up("PRODUCT-001").await;
    bench.sandbox.set_fault(Fault::prices(ReplyFault::Redirect));
    bench.look_up("PRODUCT-001").await;
    bench.sandbox.set_fault(Fault::token(ReplyFault::Redirect));
    bench.session.source.refresh().await.unwrap_err();
    for event in &events(bench.log())[2..] {
        assert!(event.status().is_some_and(|status| (300..400).contains(&status)), "{event:?}");
        assert!(event.sentence.contains("redirect"), "{}", event.sentence);
    }
    assert_eq!(events(bench.log())[0].lifetime, Some(Duration::from_secs(3600)));
}

#[tokio::test]
async fn who_leaves_gives_the_request_up() {
    let bench = Bench::new().await;
    bench.look_up("PRODUCT-001").await;
    bench.sandbox.set_fault(Fault::prices(ReplyFault::Hanging));
    let left = tokio::time::timeout(Duration::from_millis(200), bench.look_up("PRODUCT-002")).await;
    assert!(left.is_err());
    let last = events(bench.log()).pop().unwrap();
    assert_eq!((last.outcome, &*last.subject), (EventOutcome::GivenUp, "PRODUCT-002"));
    let traffic = last.traffic.as_ref().unwrap();
    assert!(traffic.response.is_none() && traffic.status.is_none());
}

/// Every way in which a held value could be written down.
fn forms(secret: &str) -> Vec<String> {
    let hex = secret.bytes().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    let percent = secret.bytes().fold(String::new(), |mut text, byte| {
        write!(text, "%{byte:02X}").unwrap();
        text
    });
    let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    // Wherever in a longer text it starts, the middle of its base64 is one of three.
    let in_base64 = (0..3).flat_map(|shift| {
        let shifted = format!("{}{secret}", "x".repeat(shift));
        let middle = |text: String| text[4..text.len() - 8].to_owned();
        [middle(STANDARD.encode(&shifted)), middle(URL_SAFE_NO_PAD.encode(&shifted))]
    });
    let mut forms = vec![secret.to_owned(), hex.to_uppercase(), hex, percent, encoded];
    forms.extend(in_base64);
    forms
}

#[tokio::test]
async fn k10_the_log_of_refusals_replays_and_echoes_holds_neither_secret_nor_token() {
    let bench = Bench::new().await;
    let mut held = vec![bench.secret.clone()];
    bench.sandbox.revoke_key();
    bench.look_up("PRODUCT-001").await;
    bench.sandbox.restore_key();
    held.push(bench.session.source.refresh().await.unwrap().secret().clone());
    bench.sandbox.set_fault(Fault::prices(ReplyFault::UnauthorizedOnce));
    bench.look_up("PRODUCT-001").await;
    let token = bench.session.source.get().await.unwrap().secret().clone();

    // A server that says all that it was sent, and a proxy that puts it into headers.
    let bearer = token.expose_secret();
    let echo = Canned::new(400, format!(r#"{{"error":"bad","you_sent":"Bearer {bearer}"}}"#))
        .with_header("www-authenticate", &format!("Bearer realm=\"{bearer}\""))
        .with_header("x-authorization", bearer);
    bench.sandbox.set_fault(Fault::prices(ReplyFault::Canned(echo)));
    bench.look_up("PRODUCT-001").await;
    let secret = bench.secret.expose_secret();
    let body = format!(r#"{{"error":"invalid_client","error_description":"no client with {secret}"}}"#);
    let echo = Canned::new(401, body).with_header("x-secret", secret);
    bench.sandbox.set_fault(Fault::token(ReplyFault::Canned(echo)));
    bench.session.source.refresh().await.unwrap_err();
    held.push(token);

    let events = events(bench.log());
    assert!(events.len() >= 8, "{:?}", told(bench.log()));
    let text = events.iter().fold(String::new(), |text, event| format!("{text}{event:?}\n{}\n", event.to_text()));
    assert!(text.contains("you_sent") && text.contains("no client with …"), "the echoes themselves were kept");
    for secret in held {
        for form in forms(secret.expose_secret()) {
            assert!(!text.contains(&form), "a form of a held value is in the log");
        }
        let signature = secret.expose_secret().rsplit('.').next().unwrap();
        assert!(!text.contains(signature), "the end of a token is in the log");
    }
}

#[tokio::test(start_paused = true)]
async fn t1_one_token_request_tells_how_many_waited_and_for_how_long() {
    let log = ActivityLog::new();
    log.call("retail", "Retail EU");
    let rig = watched_rig(Arc::new(log.clone()));
    let source = rig.cache.source(credentials(1));
    let call = || {
        let source = source.clone();
        tokio::spawn(async move { source.get().await.map(|token| token.count_use()) })
    };
    let calls: Vec<_> = (0..37).map(|_| call()).collect();
    let leaves = call();
    tokio::time::sleep(Duration::from_millis(50)).await;
    leaves.abort();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    let events = events(&log);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].reason, EventReason::Token(Reason::FirstUse));
    assert_eq!(events[0].remark(), "served 37 lookups, 37 waited 100 ms");
    assert_eq!(&*events[0].profile.as_ref().unwrap().name, "Retail EU");
    assert_eq!(events[0].took, Duration::from_millis(100));
}

#[tokio::test(start_paused = true)]
async fn t7_a_soft_refresh_tells_that_nobody_waited() {
    let log = ActivityLog::new();
    let rig = watched_rig(Arc::new(log.clone()));
    let source = rig.cache.source(credentials(1));
    source.get().await.unwrap().count_use();
    wait(3600 - 100).await;
    source.get().await.unwrap().count_use();
    wait(1).await;
    assert_eq!(told(&log), ["First use: Done", "Soft refresh: Done"]);
    assert_eq!(events(&log)[0].remark(), "served 2 lookups, 1 waited 100 ms");
    assert_eq!(events(&log)[1].remark(), "served 0 lookups");
}

#[tokio::test(start_paused = true)]
async fn t5_t20_failed_and_dropped_requests_are_told_once() {
    let log = ActivityLog::new();
    let rig = watched_rig(Arc::new(log.clone()));
    rig.endpoint.then([fail(refusal()), Script::Hang, Script::Panic]);
    let source = rig.cache.source(credentials(1));
    source.get().await.unwrap_err();
    source.get().await.unwrap_err();
    let asking = tokio::spawn({
        let source = source.clone();
        async move { source.refresh().await }
    });
    wait(1).await;
    source.forget();
    asking.await.unwrap().unwrap_err();
    source.refresh().await.unwrap_err();
    assert_eq!(told(&log), ["First use: Failed", "Asked for: Given up", "Asked for: Failed"]);
    assert!(events(&log)[0].sentence.contains("refused this key"), "{}", events(&log)[0].sentence);
}

#[tokio::test]
async fn each_keychain_call_is_told_and_none_names_a_secret() {
    let store = Store::new(Mood::Well);
    let keychain = store.keychain();
    let explorer = Explorer::new(|| {});
    explorer.watch(&keychain);
    let bench = Bench::new().await;
    explorer.activity.call(bench.profile.id.as_str(), "Retail EU");
    keychain.probe().await.unwrap();
    keychain.write(&bench.profile.id, bench.secret.clone()).await.unwrap();
    explorer.open(&bench.profile, &SecretAt::Keychain(keychain.clone())).await.unwrap();
    keychain.delete(&bench.profile.id).await.unwrap();
    keychain.read(&bench.profile.id).await.unwrap_err();
    store.set(Mood::Hangs);
    let left = tokio::time::timeout(Duration::from_millis(100), keychain.read(&bench.profile.id)).await;
    assert!(left.is_err());
    store.set(Mood::Well);
    assert_eq!(
        told(&explorer.activity),
        [
            "See if it answers: Done",
            "Save a secret: Done",
            "Read a secret: Done",
            "Delete a secret: Done",
            "Read a secret: Failed",
            "Read a secret: Given up",
        ]
    );
    let events = events(&explorer.activity);
    assert!(events.iter().all(|event| event.kind == Kind::Keychain));
    assert_eq!(*events[2].subject, *bench.profile.name);
    assert!(events[4].sentence.contains("holds no secret for this key"), "{}", events[4].sentence);
    assert!(!format!("{events:?}").contains(bench.secret.expose_secret()));
}

#[tokio::test]
async fn a_zero_and_an_absent_price_are_told_apart() {
    let bench = Bench::new().await;
    for (sku, outcome) in [("ZERO-001", Outcome::ZeroPrice), ("NOPRICE-001", Outcome::NoPrice)] {
        bench.look_up(sku).await;
        assert_eq!(events(bench.log()).pop().unwrap().outcome, EventOutcome::Answered(outcome), "{sku}");
    }
}
