//! Time, chance and a token endpoint that a test holds in its hands (T24).

#![allow(dead_code, reason = "each test crate takes what it needs from here")]

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use quantaprice_explorer::token::{
    Clock, Credentials, Fetch, FetchError, Jitter, Moment, TokenCache, TokenKey, TokenReply, Watch,
};
use tokio::time::Instant;

/// Follows tokio's paused clock; the wall clock can be set apart from it.
pub struct TestClock {
    start: Instant,
    wall_offset_ms: AtomicI64,
}

impl TestClock {
    pub fn set_wall_by(&self, offset: SignedDuration) {
        self.wall_offset_ms.fetch_add(offset.as_millis() as i64, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Moment {
        let monotonic = Instant::now() - self.start;
        let wall_ms = 1_800_000_000_000 + monotonic.as_millis() as i64 + self.wall_offset_ms.load(Ordering::SeqCst);
        Moment { monotonic, wall: Timestamp::from_millisecond(wall_ms).unwrap() }
    }
}

/// Draws what it is told.
pub struct FixedJitter(pub f64);

impl Jitter for FixedJitter {
    fn draw(&self) -> f64 {
        self.0
    }
}

/// One answer of the endpoint.
#[derive(Debug, Clone)]
pub enum Script {
    Token { after: Duration, lifetime: Duration },
    Fail { after: Duration, error: FetchError },
    Panic,
    Hang,
}

pub fn token(lifetime_secs: u64) -> Script {
    Script::Token { after: Duration::from_millis(100), lifetime: Duration::from_secs(lifetime_secs) }
}

pub fn fail(error: FetchError) -> Script {
    Script::Fail { after: Duration::from_millis(100), error }
}

pub fn server_error() -> FetchError {
    FetchError::Status { status: 500, detail: None, retry_after: None }
}

pub fn refusal() -> FetchError {
    FetchError::Refused { status: 401, code: "invalid_client".into(), description: None }
}

/// A token endpoint that follows a script and then gives hour-long tokens; counts requests, and how many ended.
#[derive(Default)]
pub struct TestEndpoint {
    pub script: Mutex<VecDeque<Script>>,
    pub started: AtomicUsize,
    pub finished: AtomicUsize,
    /// Requests in flight now, and the most there ever were at once.
    pub open: Arc<AtomicUsize>,
    pub most_open: AtomicUsize,
}

struct Open(Arc<AtomicUsize>);
impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl TestEndpoint {
    pub fn requests(&self) -> usize {
        self.started.load(Ordering::SeqCst)
    }
    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
    pub fn then(&self, script: impl IntoIterator<Item = Script>) {
        self.script.lock().unwrap().extend(script);
    }
}

/// The cache holds the endpoint through this, so that tests keep a handle of their own.
struct Shared(Arc<TestEndpoint>);

impl Fetch for Shared {
    fn fetch(&self, credentials: &Credentials) -> BoxFuture<'static, Result<TokenReply, FetchError>> {
        let endpoint = Arc::clone(&self.0);
        let number = endpoint.started.fetch_add(1, Ordering::SeqCst) + 1;
        let open = endpoint.open.fetch_add(1, Ordering::SeqCst) + 1;
        endpoint.most_open.fetch_max(open, Ordering::SeqCst);
        let guard = Open(Arc::clone(&endpoint.open));
        let revision = credentials.key.revision;
        let script = endpoint.script.lock().unwrap().pop_front();
        Box::pin(async move {
            let _open = guard;
            let result = match script.unwrap_or_else(|| self::token(3600)) {
                Script::Token { after, lifetime } => {
                    tokio::time::sleep(after).await;
                    Ok(TokenReply { access_token: format!("token-{number}-revision-{revision}").into(), lifetime })
                }
                Script::Fail { after, error } => {
                    tokio::time::sleep(after).await;
                    Err(error)
                }
                Script::Panic => panic!("the endpoint's code broke"),
                Script::Hang => std::future::pending().await,
            };
            endpoint.finished.fetch_add(1, Ordering::SeqCst);
            result
        })
    }
}

/// A cache with all that a test wants to hold.
pub struct Rig {
    pub clock: Arc<TestClock>,
    pub endpoint: Arc<TestEndpoint>,
    pub cache: TokenCache,
}

/// Must be called under a paused runtime.
pub fn rig() -> Rig {
    rig_with_jitter(0.5)
}

pub fn rig_with_jitter(jitter: f64) -> Rig {
    rig_of(|fetch, clock| TokenCache::new(fetch, clock, Arc::new(FixedJitter(jitter)), || {}))
}

/// With somebody who is told of every token request.
pub fn watched_rig(watch: Arc<dyn Watch>) -> Rig {
    rig_of(|fetch, clock| TokenCache::watched(fetch, clock, Arc::new(FixedJitter(0.5)), watch, || {}))
}

fn rig_of(cache: impl FnOnce(Arc<dyn Fetch>, Arc<dyn Clock>) -> TokenCache) -> Rig {
    let clock = Arc::new(TestClock { start: Instant::now(), wall_offset_ms: AtomicI64::new(0) });
    let endpoint = Arc::new(TestEndpoint::default());
    let fetch = Arc::new(Shared(Arc::clone(&endpoint)));
    let cache = cache(fetch, Arc::clone(&clock) as _);
    Rig { clock, endpoint, cache }
}

pub fn credentials(revision: u64) -> Credentials {
    credentials_of("retail", revision)
}

pub fn credentials_of(profile: &str, revision: u64) -> Credentials {
    Credentials {
        key: TokenKey {
            profile: profile.into(),
            token_url: "https://login.example.com/oauth2/token".parse().unwrap(),
            client_id: "a1b2c3d4e5f6a1b2c3d4e5f6".into(),
            revision,
        },
        client_secret: "canary-secret".into(),
        ca_file: None,
    }
}

pub async fn wait(secs: u64) {
    tokio::time::sleep(Duration::from_secs(secs)).await;
}
