//! What a token that is in the cache costs its caller: alone, and from sixteen threads at once (guarantee T22).
//!
//! The peer is the simplest shared cache that an async program would have: a `tokio::sync::Mutex` around an `Arc`, locked and
//! cloned at each use, without a look at the clock. divan counts the allocations of both; a line without any means none.
//! `SystemClock` is measured too, since reading both clocks is a part of each hit that no cache could leave out.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up has to end")]

use std::hint::black_box;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use divan::{AllocProfiler, Bencher};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use quantaprice_explorer::token::{
    Clock as _, Credentials, Fetch, FetchError, RandomJitter, SystemClock, TokenCache, TokenKey, TokenReply,
    TokenSource,
};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

/// One, then sixteen.
const THREADS: [usize; 2] = [1, 16];

/// So many calls are timed at once, since one is shorter than the clock's own step.
const SAMPLE: u32 = 1_000;

/// As long as the vendor's sample token, give or take.
const TOKEN_BYTES: usize = 800;

/// Gives a token that lives an hour, at once.
struct Ready;

impl Fetch for Ready {
    fn fetch(&self, _credentials: &Credentials) -> BoxFuture<'static, Result<TokenReply, FetchError>> {
        let reply = TokenReply { access_token: token().into(), lifetime: Duration::from_hours(1) };
        std::future::ready(Ok(reply)).boxed()
    }
}

fn token() -> String {
    "t".repeat(TOKEN_BYTES)
}

/// A cache that holds a token. Its runtime ends before the first measurement: a hit needs none.
static SOURCE: LazyLock<TokenSource> = LazyLock::new(|| {
    let cache = TokenCache::new(Arc::new(Ready), Arc::new(SystemClock::default()), Arc::new(RandomJitter), || {});
    let source = cache.source(Credentials {
        key: TokenKey {
            profile: "retail".into(),
            token_url: "https://login.example.com/oauth2/token".parse().unwrap(),
            client_id: "a1b2c3d4e5f6a1b2c3d4e5f6".into(),
            revision: 1,
        },
        client_secret: "a secret".to_owned().into(),
        ca_file: None,
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(source.get()).unwrap();
    source
});

static PEER: LazyLock<tokio::sync::Mutex<Arc<String>>> = LazyLock::new(|| Arc::new(token()).into());

fn main() {
    LazyLock::force(&SOURCE);
    LazyLock::force(&PEER);
    divan::main();
}

/// A hit: the future is ready at its first poll, or this would end the benchmark.
///
/// Each thread has had one before: a thread's very first read of an `ArcSwap` makes its place in that crate's list of readers,
/// 192 bytes that it keeps for its life.
#[divan::bench(threads = THREADS, sample_size = SAMPLE)]
fn cache_hit(bencher: Bencher) {
    let had_one = || drop(SOURCE.status());
    bencher.with_inputs(had_one).bench_values(|()| black_box(&*SOURCE).get().now_or_never().unwrap());
}

/// What the window reads each frame.
#[divan::bench(threads = THREADS, sample_size = SAMPLE)]
fn cache_status(bencher: Bencher) {
    bencher.bench(|| black_box(&*SOURCE).status());
}

/// The peer. A thread that does not get the lock at once waits for it, as its caller would.
#[divan::bench(threads = THREADS, sample_size = SAMPLE)]
fn mutex_and_clone(bencher: Bencher) {
    bencher.bench(|| match PEER.try_lock() {
        Ok(token) => Arc::clone(&token),
        Err(_taken) => Arc::clone(&PEER.blocking_lock()),
    });
}

#[divan::bench(threads = THREADS, sample_size = SAMPLE)]
fn both_clocks(bencher: Bencher) {
    let clock = SystemClock::default();
    bencher.bench(|| black_box(&clock).now());
}
