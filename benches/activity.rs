//! What recording an event costs whoever records it: alone, and from sixteen threads at once, while the log is full and nobody
//! or somebody reads it. divan counts the allocations. The limit is 2 µs; the window's frame is in `benches/frame.rs`.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up has to end")]

use std::hint::black_box;
use std::sync::LazyLock;
use std::time::Duration;

use divan::{AllocProfiler, Bencher};
use jiff::Timestamp;
use quantaprice_explorer::activity::{ActivityLog, Event, EventReason, Kind};
use quantaprice_explorer::http::Traffic;
use secrecy::SecretString;
use url::Url;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

/// One, then sixteen.
const THREADS: [usize; 2] = [1, 16];

/// So many calls are timed at once, since one is shorter than the clock's own step.
const SAMPLE: u32 = 1_000;

/// A log of the usual size that is full, so that each new event pushes old ones out.
static FULL: LazyLock<ActivityLog> = LazyLock::new(|| {
    let log = ActivityLog::new();
    while log.snapshot().numbers().start == 1 {
        log.record(event());
    }
    log
});

static URL: LazyLock<Url> =
    LazyLock::new(|| "https://api.example.com/api/v1/prices?sku=PRODUCT-001&tax_area=SE".parse().unwrap());
static BEARER: LazyLock<SecretString> = LazyLock::new(|| "t".repeat(800).into());

/// As a price request leaves it: both texts, about a kilobyte.
fn event() -> Event {
    let mut event = Event::new(Kind::Price, EventReason::Lookup, Timestamp::UNIX_EPOCH, "PRODUCT-001");
    event.took = Duration::from_millis(84);
    event.traffic = Some(Traffic {
        request: "r".repeat(180).into(),
        response: Some("r".repeat(760).into()),
        status: Some(200),
        sent: 0,
        received: 640,
    });
    event
}

fn main() {
    LazyLock::force(&FULL);
    divan::main();
}

/// The whole cost to a request that is done: its number, its place, and the old events that go for it.
#[divan::bench(threads = THREADS, sample_size = SAMPLE)]
fn record(bencher: Bencher) {
    bencher.with_inputs(event).bench_values(|event| black_box(&*FULL).record(event));
}

/// The same while the window takes pictures of the log as fast as it can.
#[divan::bench(threads = THREADS, sample_size = SAMPLE)]
fn record_while_read(bencher: Bencher) {
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                black_box(FULL.snapshot());
            }
        });
        bencher.with_inputs(event).bench_values(|event| black_box(&*FULL).record(event));
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

/// What the window takes each frame.
#[divan::bench(sample_size = SAMPLE)]
fn snapshot(bencher: Bencher) {
    bencher.bench(|| black_box(&*FULL).snapshot());
}

/// Writing the request down, which is done before it is sent.
#[divan::bench(sample_size = SAMPLE)]
fn describe_request(bencher: Bencher) {
    bencher.bench(|| Traffic::of_get(black_box(&URL), black_box(&BEARER)));
}
