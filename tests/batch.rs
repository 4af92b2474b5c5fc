//! A run against a server that counts: what is asked, how often, and what is written down, whatever the server does.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use compact_str::CompactString;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use quantaprice_explorer::batch::{
    Answered, Ask, HaltCause, Journal, Limits, NotKept, Opener, Plan, Progress, Repeats, Retried, Rows, Run, RunHeader,
    RunKind, RunState, Standing,
};
use quantaprice_explorer::explorer::{Explorer, SecretAt};
use quantaprice_explorer::keys::{Environment, KeychainError, Profile, ProfileId};
use quantaprice_explorer::origin;
use quantaprice_explorer::prices::{Body, Outcome};
use quantaprice_explorer::sandbox::{Canned, Endpoint, Fault, Options, ReplyFault, Sandbox};

const PATIENCE: Duration = Duration::from_secs(20);

/// What is kept of one place.
type Row = (Arc<Answered>, Option<Body>);

/// Keeps in memory, as often as it is told to, and refuses while it is told to.
#[derive(Default)]
struct Memory {
    kept: Mutex<HashMap<usize, Row>>,
    states: Mutex<Vec<RunState>>,
    is_full: AtomicBool,
    /// Another window has the run.
    is_elsewhere: AtomicBool,
    /// What the other window left when it let go of the run.
    fresh: Mutex<Option<Rows>>,
}

impl Memory {
    fn kept(&self) -> usize {
        self.kept.lock().unwrap().len()
    }
}

impl Journal for Memory {
    fn keep(&self, place: usize, answered: Arc<Answered>, body: Option<Body>) -> BoxFuture<'_, Result<(), NotKept>> {
        async move {
            if self.is_full.load(Ordering::SeqCst) || self.is_elsewhere.load(Ordering::SeqCst) {
                return Err(NotKept { why: "The disk is full.".into(), advice: "Make room.".into() });
            }
            self.kept.lock().unwrap().insert(place, (answered, body));
            Ok(())
        }
        .boxed()
    }

    fn note(&self, state: RunState) -> BoxFuture<'_, Result<Option<Rows>, NotKept>> {
        async move {
            if self.is_elsewhere.load(Ordering::SeqCst) {
                return Err(NotKept { why: "It is under way elsewhere.".into(), advice: "Stop it there.".into() });
            }
            self.states.lock().unwrap().push(state);
            Ok(self.fresh.lock().unwrap().take())
        }
        .boxed()
    }
}

struct Bench {
    sandbox: Sandbox,
    explorer: Explorer,
    opener: Opener,
    profile: Profile,
    journal: Arc<Memory>,
    woken: Arc<AtomicUsize>,
}

impl Bench {
    async fn new() -> Self {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let explorer = Explorer::new(|| {});
        let (profile, secret) = origin::sandbox_profile(&sandbox, Timestamp::now());
        let (inside, key) = (explorer.clone(), profile.clone());
        let opener: Opener = Arc::new(move || {
            let (explorer, profile, secret) = (inside.clone(), profile.clone(), SecretAt::Memory(secret.clone()));
            async move { explorer.open(&profile, &secret).await }.boxed()
        });
        Self { sandbox, explorer, opener, profile: key, journal: Arc::default(), woken: Arc::default() }
    }

    fn plan(skus: &[String], at_once: u16) -> Plan {
        let header = RunHeader {
            kind: RunKind::Batch,
            started: Timestamp::now(),
            profile: ProfileId::random(),
            profile_name: "Test".into(),
            environment: Environment::Sandbox,
            api_url: "http://127.0.0.1/".into(),
            token_url: String::new(),
            client_id: String::new(),
            field_map: None,
            parameters: Vec::new(),
            source: "a test".into(),
            count: skus.len(),
        };
        let skus: Arc<[CompactString]> = skus.iter().map(CompactString::from).collect();
        let limits = Limits { at_once, a_second: None };
        Plan { header, skus, limits, ask: Ask::Open, repeats: Repeats::AskEach }
    }

    fn start(&self, plan: Plan) -> Run {
        let rows = Rows::new(plan.skus.len());
        self.start_with(plan, rows, Arc::clone(&self.opener))
    }

    fn start_with(&self, plan: Plan, rows: Rows, opener: Opener) -> Run {
        let woken = Arc::clone(&self.woken);
        let changed = Arc::new(move || _ = woken.fetch_add(1, Ordering::SeqCst));
        let runtime = tokio::runtime::Handle::current();
        Run::start(runtime, self.explorer.clone(), opener, plan, self.journal.clone(), rows, changed)
    }

    fn requests(&self) -> u64 {
        self.sandbox.counts().price_requests
    }

    fn spoil(&self, fault: ReplyFault, replies: u32) {
        self.sandbox.spoil_next(Endpoint::Prices, fault, replies);
    }
}

fn list(count: usize) -> Vec<String> {
    (0..count).map(|_| "PRODUCT-001".to_owned()).collect()
}

/// Slow enough to be interfered with.
fn at_rate(plan: Plan) -> Plan {
    Plan { limits: Limits { a_second: Some(200.0), ..plan.limits }, ..plan }
}

fn now(run: &Run) -> Progress {
    run.progress(tokio::time::Instant::now())
}

async fn until(run: &Run, what: &str, holds: impl Fn(&Progress) -> bool) -> Progress {
    let started = Instant::now();
    loop {
        let progress = now(run);
        if holds(&progress) {
            return progress;
        }
        assert!(started.elapsed() < PATIENCE, "{what} never came: {progress:?}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn ended(run: &Run) -> Progress {
    until(run, "the end", |progress| progress.standing.is_ended()).await
}

fn is_halted_by(cause: HaltCause) -> impl Fn(&Progress) -> bool {
    move |progress| progress.standing.halt().is_some_and(|halt| halt.cause == cause) && progress.under_way == 0
}

#[tokio::test(flavor = "multi_thread")]
async fn p5_every_sku_is_asked_once_in_order_and_written_down_with_its_body() {
    let bench = Bench::new().await;
    let skus = ["PRODUCT-001", "00012345", "NO-SUCH-SKU", "A/B+C#7", " 😀 "].map(str::to_owned);
    let run = bench.start(Bench::plan(&skus, 3));
    let progress = ended(&run).await;
    assert_eq!(progress.standing, Standing::Ended(RunState::Finished, None));
    assert_eq!((progress.answered, progress.left, bench.requests()), (5, 0, 5));
    let rows = run.snapshot();
    let seen: Vec<_> = rows.answered().map(|(_, answered)| answered.sku.to_string()).collect();
    assert_eq!(seen, skus);
    let kept = bench.journal.kept.lock().unwrap();
    assert!(kept[&0].1.as_ref().is_some_and(|body| body.text().contains("PRODUCT-001")));
    assert_eq!(bench.journal.states.lock().unwrap().last(), Some(&RunState::Finished));
}

#[tokio::test(flavor = "multi_thread")]
async fn p5_a_pause_finishes_what_is_under_way_and_starts_nothing_more() {
    let bench = Bench::new().await;
    bench.sandbox.set_fault(Fault::Reply(Endpoint::Prices, ReplyFault::Slow(Duration::from_millis(30))));
    let run = bench.start(Bench::plan(&list(60), 4));
    until(&run, "some answers", |progress| progress.answered >= 8).await;
    run.pause();
    let paused = until(&run, "the pause", |progress| progress.under_way == 0).await;
    assert_eq!(paused.standing, Standing::Paused(None));
    let requests = bench.requests();
    assert_eq!(requests as usize, paused.answered);
    tokio::time::sleep(Duration::from_millis(150)).await;
    let idle = bench.woken.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert_eq!((bench.requests(), bench.woken.load(Ordering::SeqCst)), (requests, idle), "a pause is quiet");
    run.go_on(Arc::clone(&bench.opener));
    assert_eq!(ended(&run).await.answered, 60);
    assert_eq!(bench.requests(), 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn p5_a_stopped_run_asks_for_the_rest_when_it_is_taken_up_again() {
    let bench = Bench::new().await;
    bench.sandbox.set_fault(Fault::Reply(Endpoint::Prices, ReplyFault::Slow(Duration::from_millis(20))));
    let run = bench.start(Bench::plan(&list(50), 4));
    until(&run, "some answers", |progress| progress.answered >= 8).await;
    run.stop();
    let stopped = ended(&run).await;
    assert_eq!(stopped.standing, Standing::Ended(RunState::Stopped, None));
    assert_eq!((bench.requests() as usize, bench.journal.kept()), (stopped.answered, stopped.answered));
    // As a program that was started again does it: with the rows that the journal has.
    let rows = run.snapshot();
    drop(run);
    let run = bench.start_with(Bench::plan(&list(50), 4), rows, Arc::clone(&bench.opener));
    assert_eq!(ended(&run).await.answered, 50);
    assert_eq!(bench.requests(), 50, "none is asked for twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn p5_stop_does_not_wait_for_a_server_that_hangs_and_what_hung_is_asked_again() {
    let bench = Bench::new().await;
    bench.spoil(ReplyFault::Hanging, 2);
    let run = bench.start(Bench::plan(&list(10), 2));
    until(&run, "two that hang", |progress| progress.under_way == 2).await;
    let started = Instant::now();
    run.stop();
    let stopped = ended(&run).await;
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    assert_eq!(stopped.counts.of(Outcome::Failed), 0);
    bench.sandbox.clear_faults();
    run.go_on(Arc::clone(&bench.opener));
    let end = ended(&run).await;
    assert_eq!((end.answered, end.counts.of(Outcome::Priced)), (10, 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn p5_retry_pressed_three_times_asks_for_each_failed_one_once() {
    let bench = Bench::new().await;
    bench.spoil(ReplyFault::Failing, 4);
    let run = bench.start(Bench::plan(&list(20), 2));
    ended(&run).await;
    let before = bench.requests();
    for _ in 0..3 {
        run.retry_failed(Arc::clone(&bench.opener));
    }
    let second = until(&run, "the end of the retry", |progress| {
        progress.standing.is_ended() && progress.counts.of(Outcome::Failed) == 0
    });
    assert_eq!(second.await.left, 0);
    assert_eq!(bench.requests() - before, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn p5_retry_asks_for_the_failed_ones_only() {
    let bench = Bench::new().await;
    bench.spoil(ReplyFault::Failing, 4);
    let run = bench.start(Bench::plan(&list(20), 2));
    let first = ended(&run).await;
    assert_eq!((first.counts.of(Outcome::Failed), first.counts.of(Outcome::Priced)), (4, 16));
    assert_eq!(first.standing, Standing::Ended(RunState::Finished, None));
    let before = bench.requests();
    run.retry_failed(Arc::clone(&bench.opener));
    let second = until(&run, "the end of the retry", |progress| {
        progress.standing.is_ended() && progress.counts.of(Outcome::Failed) == 0
    });
    assert_eq!(second.await.counts.of(Outcome::Priced), 20);
    assert_eq!(bench.requests() - before, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn h6_a_429_holds_the_run_and_halves_what_runs_at_once() {
    let bench = Bench::new().await;
    bench.sandbox.set_fault(Fault::Reply(Endpoint::Prices, ReplyFault::RateLimit(Duration::from_secs(1))));
    let run = bench.start(Bench::plan(&list(24), 8));
    let held = until(&run, "the hold", |progress| progress.hold.is_some()).await;
    bench.sandbox.clear_faults();
    assert_eq!((held.gate.allowed, held.gate.at_once), (4, 8));
    let requests = bench.requests();
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(bench.requests() <= requests + 8, "only what was under way may have been sent");
    let end = ended(&run).await;
    assert_eq!((end.answered, end.counts.of(Outcome::Priced)), (24, 24));
    assert!(end.gate.allowed > held.gate.allowed, "good answers let more in again");
}

#[tokio::test(flavor = "multi_thread")]
async fn h6_a_sku_that_was_asked_too_fast_is_asked_again_later_in_the_run() {
    let bench = Bench::new().await;
    // More refusals than the first crowd has tries: each of its lookups gives up.
    bench.spoil(ReplyFault::RateLimit(Duration::ZERO), 24);
    let run = bench.start(Bench::plan(&list(40), 8));
    let end = ended(&run).await;
    assert_eq!(end.standing, Standing::Ended(RunState::Finished, None));
    assert_eq!((end.answered, end.counts.of(Outcome::Priced), end.left), (40, 40, 0));
    assert_eq!((bench.requests(), bench.journal.kept()), (64, 40));
}

#[tokio::test(flavor = "multi_thread")]
async fn h6_a_server_that_is_never_slow_enough_halts_the_run_and_fails_no_row() {
    let bench = Bench::new().await;
    bench.sandbox.set_fault(Fault::Reply(Endpoint::Prices, ReplyFault::RateLimit(Duration::ZERO)));
    let run = bench.start(Bench::plan(&list(500), 16));
    let halted = until(&run, "the halt", is_halted_by(HaltCause::TooFast)).await;
    assert_eq!((halted.answered, halted.gate.allowed), (0, 1));
    assert!(bench.requests() < 120, "{} requests", bench.requests());
    let halt = halted.standing.halt().unwrap();
    assert!(halt.verdict.is_some() && halt.why.contains("429"), "{halt:?}");
    bench.sandbox.clear_faults();
    run.go_on(Arc::clone(&bench.opener));
    let end = ended(&run).await;
    assert_eq!((end.answered, end.counts.of(Outcome::Priced)), (500, 500));
}

#[tokio::test(flavor = "multi_thread")]
async fn p5_a_key_that_is_revoked_in_the_middle_pauses_the_run_and_fails_no_row() {
    let bench = Bench::new().await;
    bench.sandbox.set_fault(Fault::Reply(Endpoint::Prices, ReplyFault::Slow(Duration::from_millis(10))));
    let run = bench.start(Bench::plan(&list(80), 4));
    until(&run, "some answers", |progress| progress.answered >= 10).await;
    bench.sandbox.revoke_key();
    let halted = until(&run, "the halt", is_halted_by(HaltCause::Key)).await;
    let halt = halted.standing.halt().unwrap().clone();
    assert!(halt.verdict.is_some() && !halt.advice.is_empty(), "{halt:?}");
    assert_eq!(halted.counts.of(Outcome::Failed), 0);
    assert!(halted.answered < 80);
    bench.sandbox.restore_key();
    run.go_on(Arc::clone(&bench.opener));
    let end = ended(&run).await;
    assert_eq!((end.answered, end.counts.of(Outcome::Priced)), (80, 80));
}

#[tokio::test(flavor = "multi_thread")]
async fn t15_a_storm_of_401_pauses_the_run_after_few_requests() {
    let bench = Bench::new().await;
    bench.sandbox.set_fault(Fault::Reply(Endpoint::Prices, ReplyFault::UnauthorizedStorm));
    let run = bench.start(Bench::plan(&list(500), 2));
    let halted = until(&run, "the halt", is_halted_by(HaltCause::Connection)).await;
    assert!(bench.requests() < 20, "{} requests", bench.requests());
    assert!(bench.sandbox.counts().token_requests <= 2);
    assert!(halted.answered < 10);
    // They are asked again when the run goes on.
    bench.sandbox.clear_faults();
    run.go_on(Arc::clone(&bench.opener));
    let end = ended(&run).await;
    assert_eq!((end.answered, end.counts.of(Outcome::Priced)), (500, 500));
}

#[tokio::test(flavor = "multi_thread")]
async fn p5_a_full_disk_pauses_the_run_and_loses_no_answer() {
    let bench = Bench::new().await;
    let run = bench.start(Bench::plan(&list(40), 4));
    until(&run, "some answers", |progress| progress.answered >= 5).await;
    bench.journal.is_full.store(true, Ordering::SeqCst);
    let halted = until(&run, "the halt", is_halted_by(HaltCause::Journal)).await;
    assert_eq!(halted.standing.halt().unwrap().why, "The disk is full.");
    assert_eq!(halted.answered, bench.journal.kept(), "what is not kept is not counted");
    bench.journal.is_full.store(false, Ordering::SeqCst);
    run.go_on(Arc::clone(&bench.opener));
    assert_eq!(ended(&run).await.answered, 40);
    assert_eq!(bench.requests(), 40, "nothing is asked for again");
}

#[tokio::test(flavor = "multi_thread")]
async fn k3_a_keychain_that_refuses_pauses_the_run_before_anything_is_sent() {
    let bench = Bench::new().await;
    let refuses: Opener = Arc::new(|| async { Err(KeychainError::NotFound) }.boxed());
    let run = bench.start_with(Bench::plan(&list(10), 4), Rows::new(10), refuses);
    let halted = until(&run, "the halt", is_halted_by(HaltCause::Key)).await;
    assert_eq!((halted.answered, bench.requests()), (0, 0));
    run.go_on(Arc::clone(&bench.opener));
    assert_eq!(ended(&run).await.answered, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn p5_a_sku_that_stands_twice_is_asked_once_and_stands_answered_twice() {
    let bench = Bench::new().await;
    let skus: Vec<String> = (0..30).map(|number| format!("SKU-{}", number % 10)).collect();
    let plan = Plan { repeats: Repeats::AskOnce, ..Bench::plan(&skus, 4) };
    let run = bench.start(plan);
    assert_eq!(ended(&run).await.answered, 30);
    assert_eq!((bench.requests(), bench.journal.kept()), (10, 30));
}

#[tokio::test(flavor = "multi_thread")]
async fn p5_a_dropped_run_asks_for_nothing_more() {
    let bench = Bench::new().await;
    bench.sandbox.set_fault(Fault::Reply(Endpoint::Prices, ReplyFault::Slow(Duration::from_millis(20))));
    let run = bench.start(Bench::plan(&list(1000), 4));
    until(&run, "some answers", |progress| progress.answered >= 4).await;
    drop(run);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let requests = bench.requests();
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(bench.requests(), requests);
}

#[tokio::test(flavor = "multi_thread")]
async fn p3_a_sku_that_cannot_be_sent_is_a_failed_row_and_no_reason_to_pause() {
    let bench = Bench::new().await;
    bench.sandbox.spoil_next(Endpoint::Prices, ReplyFault::Canned(Canned::new(200, "{\"price\":")), 1);
    let skus = ["PRODUCT-001", "", "line\nbreak", "PRODUCT-001"].map(str::to_owned);
    let run = bench.start(Bench::plan(&skus, 1));
    let end = ended(&run).await;
    assert_eq!((end.counts.of(Outcome::Failed), end.counts.of(Outcome::Priced)), (3, 1));
    assert_eq!(bench.requests(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn p5_neighbours_that_are_not_found_are_rows_and_no_reason_to_pause() {
    let bench = Bench::new().await;
    let run = bench.start(at_rate(Bench::plan(&list(100), 8)));
    until(&run, "some answers", |progress| progress.answered >= 12).await;
    let page = Canned::new(404, "<html>nginx").with_header("content-type", "text/html");
    bench.spoil(ReplyFault::Canned(page), 30);
    let end = ended(&run).await;
    assert_eq!(end.standing, Standing::Ended(RunState::Finished, None));
    assert_eq!((end.answered, end.counts.of(Outcome::Failed), end.left), (100, 30, 0));
    assert_eq!(bench.requests(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn p5_what_fails_again_after_a_halt_stands_as_failed_and_the_run_goes_on() {
    let bench = Bench::new().await;
    // A web page in place of every answer: the first three halt the run.
    let page = || ReplyFault::Canned(Canned::new(200, "<html>Sign in").with_header("content-type", "text/html"));
    bench.spoil(page(), 3);
    let skus: Vec<String> = (0..20).map(|number| format!("SKU-{}", number % 10)).collect();
    let run = bench.start(Plan { repeats: Repeats::AskOnce, ..Bench::plan(&skus, 1) });
    let halted = until(&run, "the halt", is_halted_by(HaltCause::Connection)).await;
    assert_eq!((halted.answered, halted.left), (6, 20), "each of the three stands at two places and is asked again");
    bench.spoil(page(), 3);
    run.go_on(Arc::clone(&bench.opener));
    let end = ended(&run).await;
    assert_eq!(end.standing, Standing::Ended(RunState::Finished, None));
    assert_eq!((end.answered, end.counts.of(Outcome::Failed), end.left), (20, 6, 0));
    assert_eq!(bench.requests(), 13);
    run.retry_failed(Arc::clone(&bench.opener));
    let end =
        until(&run, "the retry", |progress| progress.standing.is_ended() && progress.counts.of(Outcome::Failed) == 0);
    assert_eq!(end.await.retried, Some(Retried { asked: 6, failed: 0 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn p5_a_retry_in_a_pause_asks_for_the_failed_ones_and_is_paused_again() {
    let bench = Bench::new().await;
    bench.spoil(ReplyFault::Failing, 5);
    let run = bench.start(at_rate(Bench::plan(&list(600), 4)));
    until(&run, "some answers", |progress| progress.answered >= 12).await;
    run.pause();
    let paused = until(&run, "the pause", |progress| progress.under_way == 0).await;
    assert_eq!((paused.standing, paused.counts.of(Outcome::Failed)), (Standing::Paused(None), 5));
    let before = bench.requests();
    run.retry_failed(Arc::clone(&bench.opener));
    let again = until(&run, "the second pause", |progress| progress.standing == Standing::Paused(None)).await;
    assert_eq!((again.answered, again.counts.of(Outcome::Failed)), (paused.answered, 0));
    assert_eq!((again.left, again.retried), (paused.left, Some(Retried { asked: 5, failed: 0 })));
    assert_eq!(bench.requests() - before, 5);
    run.go_on(Arc::clone(&bench.opener));
    let end = ended(&run).await;
    assert_eq!((end.answered, end.left, end.retried), (600, 0, None));
    assert_eq!(bench.requests(), 605);
}

#[tokio::test(flavor = "multi_thread")]
async fn p5_a_run_that_another_window_has_asks_for_nothing_until_it_has_it_back_with_its_answers() {
    let bench = Bench::new().await;
    bench.journal.is_elsewhere.store(true, Ordering::SeqCst);
    let run = bench.start(Bench::plan(&list(40), 4));
    let halted = until(&run, "the halt", is_halted_by(HaltCause::Journal)).await;
    assert_eq!(halted.standing.halt().unwrap().why, "It is under way elsewhere.");
    run.go_on(Arc::clone(&bench.opener));
    until(&run, "the halt again", is_halted_by(HaltCause::Journal)).await;
    assert_eq!(bench.requests(), 0);
    // The other window answered ten of them, and stopped.
    let other = Bench::new().await;
    let done = other.start(Bench::plan(&list(10), 4));
    ended(&done).await;
    let mut fresh = Rows::new(40);
    for (place, answered) in done.snapshot().answered() {
        fresh.set(place, Arc::clone(answered));
    }
    *bench.journal.fresh.lock().unwrap() = Some(fresh);
    bench.journal.is_elsewhere.store(false, Ordering::SeqCst);
    run.go_on(Arc::clone(&bench.opener));
    let end = ended(&run).await;
    assert_eq!((end.standing, end.answered, end.left), (Standing::Ended(RunState::Finished, None), 40, 0));
    assert_eq!((bench.requests(), bench.journal.kept()), (30, 30), "what the other window has is not asked for again");
}

#[tokio::test(flavor = "multi_thread")]
async fn p5_a_run_that_another_window_has_ends_without_a_word_about_its_history() {
    let bench = Bench::new().await;
    bench.journal.is_elsewhere.store(true, Ordering::SeqCst);
    let run = bench.start(Bench::plan(&list(10), 4));
    until(&run, "the halt", is_halted_by(HaltCause::Journal)).await;
    run.stop();
    assert_eq!(ended(&run).await.standing, Standing::Ended(RunState::Stopped, None));
    assert_eq!(*bench.journal.states.lock().unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn t20_a_forgotten_token_is_asked_for_again_and_halts_no_run() {
    let bench = Bench::new().await;
    bench.sandbox.set_fault(Fault::token(ReplyFault::Slow(Duration::from_millis(300))));
    let run = bench.start(Bench::plan(&list(40), 4));
    until(&run, "lookups that wait for a token", |progress| progress.under_way == 4).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    bench.explorer.forget(&bench.profile);
    let end = ended(&run).await;
    assert_eq!((end.standing, end.counts.of(Outcome::Priced)), (Standing::Ended(RunState::Finished, None), 40));
    assert_eq!(bench.requests(), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn h6_nothing_is_said_of_the_time_left_while_the_server_asks_to_wait() {
    let bench = Bench::new().await;
    bench.sandbox.set_fault(Fault::Reply(Endpoint::Prices, ReplyFault::Slow(Duration::from_millis(20))));
    let run = bench.start(Bench::plan(&list(2_000), 4));
    until(&run, "a pace", |progress| progress.time_left.is_some()).await;
    bench.sandbox.set_fault(Fault::Reply(Endpoint::Prices, ReplyFault::RateLimit(Duration::from_secs(30))));
    let held = until(&run, "the hold", |progress| progress.hold.is_some()).await;
    assert_eq!(held.time_left, None);
}
