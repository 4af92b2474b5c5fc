//! Lookups through the whole core against the embedded sandbox, over real HTTP: how often it is asked, and what each fault is
//! called (T1, T14–T16, T19, H1, H4, H6, H8, P1, P3).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::Mutex;
use std::time::Duration;

use futures_util::StreamExt;
use jiff::Timestamp;
use quantaprice_explorer::explorer::{Explorer, SecretAt, Session};
use quantaprice_explorer::keys::{Profile, SecretPlace, SecretRecord};
use quantaprice_explorer::origin::sandbox_profile;
use quantaprice_explorer::prices::client::{Progress, look_up};
use quantaprice_explorer::prices::lookup::LookupErrorKind as Kind;
use quantaprice_explorer::prices::{Lookup, Outcome, PriceQuery};
use quantaprice_explorer::sandbox::{Canned, Fault, Options, ReplyFault, Sandbox, demo_skus};
use secrecy::SecretString;

struct Rig {
    sandbox: Sandbox,
    explorer: Explorer,
    profile: Profile,
    secret: SecretString,
    session: Session,
}

impl Rig {
    async fn with(faults: impl IntoIterator<Item = Fault>) -> Self {
        let options = Options { faults: faults.into_iter().collect(), ..Options::default() };
        let sandbox = Sandbox::start(options).await.unwrap();
        let explorer = Explorer::new(|| {});
        let (profile, secret) = sandbox_profile(&sandbox, Timestamp::now());
        let session = explorer.open(&profile, &SecretAt::Memory(secret.clone())).await.unwrap();
        Self { sandbox, explorer, profile, secret, session }
    }

    async fn look_up(&self, sku: &str) -> Lookup {
        look_up(&self.explorer, &self.session, &query(sku), |_| {}).await
    }

    fn counts(&self) -> (u64, u64) {
        let counts = self.sandbox.counts();
        (counts.token_requests, counts.price_requests)
    }
}

fn query(sku: &str) -> PriceQuery {
    PriceQuery::new(sku, Vec::new()).unwrap()
}

fn kind(lookup: &Lookup) -> Kind {
    assert_eq!(lookup.outcome, Outcome::Failed);
    lookup.error.as_ref().unwrap().kind
}

#[tokio::test]
async fn p1_p3_every_demo_sku_has_its_documented_outcome() {
    let rig = Rig::with([]).await;
    for demo in demo_skus() {
        let lookup = rig.look_up(demo.sku).await;
        assert_eq!(lookup.outcome.code(), demo.outcome, "{}", demo.sku);
        assert_eq!(lookup.sku, demo.sku);
    }
    assert_eq!(rig.counts().0, 1, "all of them with one token");
}

#[tokio::test]
async fn t1_a_thousand_lookups_on_a_cold_cache_send_one_token_request() {
    let rig = Rig::with([]).await;
    let lookups = futures_util::stream::iter(0..1000).map(|_| rig.look_up("PRODUCT-002")).buffer_unordered(16);
    let priced = lookups.filter(|lookup| std::future::ready(lookup.outcome == Outcome::Priced)).count().await;
    assert_eq!((priced, rig.counts()), (1000, (1, 1000)));
}

#[tokio::test]
async fn t14_many_401s_at_once_cause_one_token_request() {
    let rig = Rig::with([]).await;
    rig.look_up("PRODUCT-002").await;
    rig.sandbox.expire_tokens();
    // Sent at once, so that all of them meet the dead token.
    let lookups = futures_util::future::join_all((0..50).map(|_| rig.look_up("PRODUCT-002"))).await;
    assert!(lookups.iter().all(|lookup| lookup.outcome == Outcome::Priced));
    assert_eq!(rig.counts().0, 2);
}

#[tokio::test]
async fn t15_a_401_is_replayed_once_and_a_second_one_is_reported() {
    let rig = Rig::with([Fault::prices(ReplyFault::UnauthorizedOnce)]).await;
    assert_eq!(rig.look_up("PRODUCT-002").await.outcome, Outcome::Priced);
    assert_eq!(rig.counts(), (2, 2));

    let storm = Rig::with([Fault::prices(ReplyFault::UnauthorizedStorm)]).await;
    assert_eq!(kind(&storm.look_up("PRODUCT-002").await), Kind::Unauthorized);
    assert_eq!(storm.counts(), (2, 2));
    for _ in 0..20 {
        assert_eq!(kind(&storm.look_up("PRODUCT-002").await), Kind::Unauthorized);
    }
    assert_eq!(storm.counts(), (2, 2), "within ten seconds nothing more is sent");
}

#[tokio::test]
async fn t16_a_revoked_key_is_named_and_not_asked_for_again() {
    let rig = Rig::with([]).await;
    rig.look_up("PRODUCT-002").await;
    rig.sandbox.revoke_key();
    for _ in 0..20 {
        assert_eq!(kind(&rig.look_up("PRODUCT-002").await), Kind::KeyRefused);
    }
    assert_eq!(rig.counts().0, 2);
    rig.sandbox.restore_key();
    assert_eq!(kind(&rig.look_up("PRODUCT-002").await), Kind::KeyRefused, "nobody asked again");
    rig.session.source.refresh().await.unwrap();
    assert_eq!(rig.look_up("PRODUCT-002").await.outcome, Outcome::Priced);
}

#[tokio::test]
async fn t19_a_corrected_secret_works_at_once() {
    let mut rig = Rig::with([]).await;
    let wrong: SecretString = "0".repeat(64).into();
    rig.profile.secret =
        Some(SecretRecord::new(&wrong, SecretPlace::Memory, rig.profile.secret.as_ref(), Timestamp::now()));
    let session = rig.explorer.open(&rig.profile, &SecretAt::Memory(wrong)).await.unwrap();
    assert_eq!(kind(&look_up(&rig.explorer, &session, &query("PRODUCT-002"), |_| {}).await), Kind::KeyRefused);
    let previous = rig.profile.secret.clone();
    rig.profile.secret = Some(SecretRecord::new(&rig.secret, SecretPlace::Memory, previous.as_ref(), Timestamp::now()));
    let session = rig.explorer.open(&rig.profile, &SecretAt::Memory(rig.secret.clone())).await.unwrap();
    let lookup = look_up(&rig.explorer, &session, &query("PRODUCT-002"), |_| {}).await;
    assert_eq!(lookup.outcome, Outcome::Priced);
}

#[tokio::test]
async fn t12_t13_odd_token_replies_each_have_their_sentence() {
    let token = |extra: &str| format!(r#"{{"access_token":"opaque","token_type":"Bearer"{extra}}}"#);
    for (body, says) in [
        (token(r#","expires_in":0"#), "expires_in"),
        (token(r#","expires_in":-5"#), "expires_in"),
        (token(r#","error":"temporarily_odd""#), "temporarily_odd"),
        ("<html><title>Guest login</title>".to_owned(), "Guest login"),
        (format!(r#"{{"access_token":"{}","token_type":"Bearer"}}"#, "a".repeat(20_000)), "16 KiB"),
        ("a".repeat(1_000_000), "64 KiB"),
        ("[1".to_owned(), "not JSON"),
    ] {
        let rig = Rig::with([Fault::token(ReplyFault::Canned(Canned::new(200, body)))]).await;
        let lookup = rig.look_up("PRODUCT-002").await;
        let error = lookup.error.unwrap();
        assert!(error.message.contains(says), "{says}: {}", error.message);
        assert_eq!(rig.counts().1, 0, "no price request without a token");
    }
    for fault in [Fault::OpaqueToken, Fault::NoExpiry] {
        assert_eq!(Rig::with([fault]).await.look_up("PRODUCT-002").await.outcome, Outcome::Priced);
    }
}

#[tokio::test]
async fn h1_a_redirect_is_never_followed() {
    for fault in [Fault::prices(ReplyFault::Redirect), Fault::token(ReplyFault::Redirect)] {
        let rig = Rig::with([fault]).await;
        assert_eq!(kind(&rig.look_up("PRODUCT-002").await), Kind::Redirected);
        assert_eq!(rig.sandbox.counts().redirects_followed, 0);
    }
}

#[tokio::test]
async fn h4_h8_bodies_that_cannot_be_read_are_named() {
    for (fault, expected) in [
        (ReplyFault::Garbage, Kind::Unreadable),
        (ReplyFault::Html, Kind::WrongAddress),
        (ReplyFault::NotUtf8, Kind::Unreadable),
        (ReplyFault::Deep, Kind::Unreadable),
        (ReplyFault::Endless, Kind::TooLarge),
        (ReplyFault::Truncated, Kind::Network),
        (ReplyFault::Failing, Kind::ServerError),
    ] {
        let rig = Rig::with([Fault::prices(fault.clone())]).await;
        let lookup = rig.look_up("PRODUCT-002").await;
        assert_eq!(kind(&lookup), expected, "{fault:?}: {:?}", lookup.error);
        rig.sandbox.clear_faults();
        assert_eq!(rig.look_up("PRODUCT-002").await.outcome, Outcome::Priced, "and the next one works");
    }
}

#[tokio::test]
async fn h6_a_missing_permission_is_named_without_refresh_or_retry() {
    let rig = Rig::with([]).await;
    let lookup = rig.look_up("FORBIDDEN-001").await;
    assert_eq!((lookup.outcome, rig.counts()), (Outcome::Forbidden, (1, 1)));
    assert!(lookup.error.unwrap().message.contains("prices:wholesale"));
}

#[tokio::test]
async fn h6_the_server_is_asked_three_times_at_most_and_the_wait_is_shown() {
    let rig = Rig::with([Fault::prices(ReplyFault::RateLimit(Duration::ZERO))]).await;
    let steps = Mutex::new(Vec::new());
    let lookup =
        look_up(&rig.explorer, &rig.session, &query("PRODUCT-002"), |step| steps.lock().unwrap().push(step)).await;
    assert_eq!((kind(&lookup), rig.counts().1), (Kind::RateLimited, 3));
    let waits = steps.into_inner().unwrap().into_iter().filter(|step| matches!(step, Progress::Waiting { .. })).count();
    assert_eq!(waits, 2);

    let long = Rig::with([Fault::prices(ReplyFault::Unavailable(Duration::from_secs(999)))]).await;
    let lookup = long.look_up("PRODUCT-002").await;
    assert_eq!(long.counts().1, 1, "a wait of a quarter of an hour is reported, not waited for");
    assert_eq!(lookup.error.unwrap().retry_after, Some(Duration::from_secs(999)));
}

#[tokio::test]
async fn h6_dropping_a_lookup_cancels_it() {
    let rig = Rig::with([Fault::prices(ReplyFault::Hanging)]).await;
    let ended = tokio::time::timeout(Duration::from_millis(300), rig.look_up("PRODUCT-002")).await;
    assert!(ended.is_err());
    rig.sandbox.clear_faults();
    assert_eq!(rig.look_up("PRODUCT-002").await.outcome, Outcome::Priced);
}

#[tokio::test]
async fn h2_a_server_that_is_gone_is_named() {
    let rig = Rig::with([]).await;
    rig.look_up("PRODUCT-002").await;
    let Rig { sandbox, explorer, session, .. } = rig;
    sandbox.stop().await;
    let lookup = look_up(&explorer, &session, &query("PRODUCT-002"), |_| {}).await;
    assert_eq!(kind(&lookup), Kind::Network);
    let error = lookup.error.unwrap();
    assert!(error.message.contains("127.0.0.1") && !error.message.contains("sku="), "{}", error.message);
}
