//! P5 by the server's own count: a program that is killed in the middle of a run and started again asks for nothing that it had
//! written down, and for nothing twice but what was under way.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use compact_str::CompactString;
use futures_util::FutureExt;
use jiff::Timestamp;
use quantaprice_explorer::batch::{
    Ask, Limits, Opener, Plan, Repeats, Rows, Run, RunHeader, RunId, RunKind, RunState, Standing,
};
use quantaprice_explorer::explorer::{Explorer, SecretAt};
use quantaprice_explorer::history::{self, History, Keeping};
use quantaprice_explorer::keys::{Environment, Profile, ProfileId, SecretPlace, SecretRecord};
use quantaprice_explorer::prices::{FieldMap, Outcome};
use quantaprice_explorer::sandbox::{Endpoint, Fault, Options, ReplyFault, Sandbox};
use secrecy::ExposeSecret;

const COUNT: usize = 600;
const AT_ONCE: u16 = 8;
/// Of the history, in bytes.
const LIMIT: u64 = 100 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(60);
/// What the child is told by: the folder of the history, two addresses, and a key of the sandbox.
const FOLDER: &str = "BATCH_KILLED_FOLDER";

fn history_in(folder: &Path) -> History {
    History::new(Some(folder.to_path_buf()), Keeping::OnDisk, LIMIT)
}

fn child(folder: &Path, sandbox: &Sandbox) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_program_that_runs_a_batch", "--nocapture"])
        .env(FOLDER, folder)
        .env("BATCH_KILLED_TOKEN_URL", sandbox.token_url().as_str())
        .env("BATCH_KILLED_API_URL", sandbox.api_url().as_str())
        .env("BATCH_KILLED_ID", sandbox.client_id())
        .env("BATCH_KILLED_SECRET", sandbox.client_secret().expose_secret())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// The child's part; as a test of its own it has nothing to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_runs_a_batch() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let told = |name: &str| std::env::var(name).unwrap();
    let now = Timestamp::now();
    let secret = secrecy::SecretString::from(told("BATCH_KILLED_SECRET"));
    let mut profile = Profile {
        id: ProfileId::random(),
        name: "Killed".into(),
        environment: Environment::Sandbox,
        client_id: told("BATCH_KILLED_ID"),
        token_url: told("BATCH_KILLED_TOKEN_URL").parse().unwrap(),
        api_url: told("BATCH_KILLED_API_URL").parse().unwrap(),
        ca_file: None,
        created: now,
        last_used: None,
        recent_skus: Vec::new(),
        field_map: FieldMap::default(),
        secret: None,
    };
    profile.keep(SecretRecord::new(&secret, SecretPlace::Memory, None, now));

    let history = history_in(Path::new(&folder));
    let limits = Limits { at_once: AT_ONCE, a_second: None };
    let cut_off = history.unfinished().await.unwrap().into_iter().next();
    let (plan, rows, journal) = if let Some(entry) = cut_off {
        let (run, journal) = history.resume_run(entry.id).await.unwrap();
        let plan = Plan { header: run.header, skus: run.skus, limits, ask: Ask::Open, repeats: Repeats::AskEach };
        (plan, run.rows, journal)
    } else {
        // Each SKU is another one, and known to the server or not: all of them are answers.
        let skus: Arc<[CompactString]> =
            (0..COUNT).map(|number| CompactString::from(format!("SKU-{number:05}"))).collect();
        let header = RunHeader::of(RunKind::Batch, &profile, now);
        let header = RunHeader { source: "a test".into(), count: skus.len(), ..header };
        let journal = history.begin_run(header.clone(), Arc::clone(&skus)).await.unwrap();
        let rows = Rows::new(skus.len());
        (Plan { header, skus, limits, ask: Ask::Open, repeats: Repeats::AskEach }, rows, journal)
    };
    let explorer = Explorer::new(|| {});
    let inside = explorer.clone();
    let opener: Opener = Arc::new(move || {
        let (explorer, profile, secret) = (inside.clone(), profile.clone(), SecretAt::Memory(secret.clone()));
        async move { explorer.open(&profile, &secret).await }.boxed()
    });
    let runtime = tokio::runtime::Handle::current();
    let run = Run::start(runtime, explorer, opener, plan, Arc::new(journal), rows, Arc::new(|| {}));
    loop {
        let progress = run.progress(tokio::time::Instant::now());
        if let Standing::Ended(state, _) = progress.standing {
            assert_eq!(state, RunState::Finished);
            return;
        }
        assert!(progress.standing.halt().is_none(), "{progress:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p5_killed_and_resumed_every_sku_is_answered_and_none_that_was_kept_is_asked_again() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    sandbox.set_fault(Fault::Reply(Endpoint::Prices, ReplyFault::Slow(Duration::from_millis(10))));
    let folder = tempfile::tempdir().unwrap();
    let mut before = Vec::new();
    // Killed twice, so that a resumed run is killed as well.
    for part in 1..=2 {
        let mut program = child(folder.path(), &sandbox);
        let target = (COUNT * part / 3) as u64;
        let started = Instant::now();
        while sandbox.counts().price_requests < target {
            assert!(started.elapsed() < PATIENCE, "only {} requests came", sandbox.counts().price_requests);
            assert!(program.try_wait().unwrap().is_none(), "it ended too early");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // SIGKILL: nothing is flushed, nothing is said.
        program.kill().unwrap();
        program.wait().unwrap();
        let kept = loaded(folder.path()).await;
        let open = COUNT - kept.1.counts().all();
        assert!(open > 0, "it was killed in the middle");
        before = kept.1.answered().map(|(place, answered)| (place, answered.started)).collect();
        let asked = sandbox.counts().price_requests as usize;
        let in_vain = asked - before.len();
        assert!(in_vain <= part * usize::from(AT_ONCE), "{in_vain} were asked for in vain");
    }
    sandbox.clear_faults();
    let mut program = child(folder.path(), &sandbox);
    assert!(program.wait().unwrap().success());

    let (_, rows) = loaded(folder.path()).await;
    assert_eq!((rows.counts().all(), rows.counts().of(Outcome::Failed)), (COUNT, 0));
    let requests = sandbox.counts().price_requests as usize;
    println!("{COUNT} SKUs, killed twice: {requests} requests");
    assert!((COUNT..=COUNT + 2 * usize::from(AT_ONCE)).contains(&requests), "{requests} requests");
    for (place, started) in before {
        assert_eq!(rows.get(place).unwrap().started, started, "the answer at {place} is the one from before");
    }
}

/// The only run, as the history has it.
async fn loaded(folder: &Path) -> (RunId, Rows) {
    let history = history_in(folder);
    let found = history.find(history::Search::default(), 10).await.unwrap();
    assert_eq!(found.all, 1);
    let run = history.load_run(found.entries[0].id).await.unwrap();
    (run.id, run.rows)
}
