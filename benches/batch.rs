//! Thousands of lookups beside a bare `reqwest` loop, a slow server beside its floor, and a million SKUs within a limit of memory.
//!
//! The program's side is what the `lookup` command does, from the questions to the ordered bytes: it takes its token, builds URLs,
//! reads the prices, and writes ndjson to a sink. The bare side sends the same headers to the same server
//! and reads the body, and nothing more; it is handed a token. The limit is held for a reply that names one price; what a reply with
//! two price lists and six prices takes, which has ten times as much to be read and written, is shown beside it. All take turns in
//! one run, each with a client of its own: the program on the runtime that a command has, the bare loop on the one that
//! `#[tokio::main]` gives it, for which the limit is, and on one thread as well. The server is nginx where it is installed, with
//! static replies and a log of token requests; where it is not, a server in this process, which is said.
//!
//! The million is one run of the release binary, fed through a pipe: `cargo bench --bench batch -- --million`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark that cannot be set up has to end")]

#[path = "support/nginx.rs"]
mod nginx;
mod support;

use std::io::Write;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use nginx::{SIX_PRICES, Static, TOKEN};
use quantaprice_explorer::batch::gate::{Gate, Limits};
use quantaprice_explorer::cli;
use quantaprice_explorer::cli::input::Line;
use quantaprice_explorer::cli::stream::{self, OnFailure, Promise, Stop, Work};
use quantaprice_explorer::explorer::{Explorer, Session};
use quantaprice_explorer::prices::report;
use quantaprice_explorer::token::{Credentials, TokenKey};
use support::{Report, Times, millis};
use tokio::runtime::Runtime;
use url::Url;

const MANY: usize = 5_000;
const AT_ONCE: u16 = 16;
const REPEATS: usize = 15;
/// Of the slow server, for each of its two answers.
const LATENCY: Duration = Duration::from_millis(20);
const FEW: usize = 200;
const SLOW_REPEATS: usize = 7;
const MILLION: usize = 1_000_000;
/// In MiB.
const MOST_MEMORY: f64 = 150.0;

fn main() -> ExitCode {
    let mut report = Report::default();
    let runtime = cli::runtime().unwrap();
    if std::env::args().any(|argument| argument == "--million") {
        million(&mut report);
        return report.end();
    }
    beside_a_bare_loop(&runtime, &mut report, "/api/v1", Some(1.25));
    beside_a_bare_loop(&runtime, &mut report, SIX_PRICES, None);
    beside_the_floor(&runtime, &mut report);
    beside_hurl(&mut report);
    report.end()
}

fn beside_a_bare_loop(ours: &Runtime, report: &mut Report, path: &str, limit: Option<f64>) {
    let server = Static::start(Duration::ZERO);
    // A thread for each processor, as `#[tokio::main]` has it.
    let usual = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let alone = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut sides = [Side::default(), Side::default(), Side::default()];
    let mut most_tokens = 0;
    // The first turn warms all sides up and does not count.
    for turn in 0..=REPEATS {
        let before = server.token_requests();
        // Each goes first every third time.
        for at in [turn % 3, (turn + 1) % 3, (turn + 2) % 3] {
            let (started, used) = (Instant::now(), cpu_secs());
            match at {
                0 => ours.block_on(lookups(&server, path, MANY)),
                1 => usual.block_on(bare_loop(&server, path, MANY)),
                _ => alone.block_on(bare_loop(&server, path, MANY)),
            }
            if turn > 0 {
                sides[at].wall.push(started.elapsed());
                sides[at].cpu += cpu_secs() - used;
            }
        }
        most_tokens = most_tokens.max(server.token_requests() - before);
    }
    let what = if limit.is_some() { "one price a reply" } else { "six prices a reply" };
    report.heading(&format!("{MANY} lookups, {AT_ONCE} at once, against {}, {what}", server.name()));
    let [ours, usual, alone] = sides;
    let ratios = ours.ratios(&usual);
    let beside = format!("bare reqwest {}", usual.each());
    let name = "Wall time, median of the ratios of each turn";
    match limit {
        Some(limit) => report.held(name, ours.each(), beside, ratios[ratios.len() / 2], limit),
        None => report.note(name, ours.each(), format!("{:.2} times {beside}", ratios[ratios.len() / 2])),
    }
    report.note("Ratios, least and most", format!("{:.2}", ratios[0]), format!("{:.2}", ratios[ratios.len() - 1]));
    let ratios = ours.ratios(&alone);
    let beside = format!("{:.2} times bare reqwest on one thread {}", ratios[ratios.len() / 2], alone.each());
    report.note("The same", ours.each(), beside);
    let [ours, usual, alone] = [ours, usual, alone].map(|side| side.cpu * 1e6 / (REPEATS * MANY) as f64);
    report.note(
        "CPU time of this process a lookup",
        format!("{ours:.1} µs"),
        format!("bare reqwest {usual:.1} µs, on one thread {alone:.1} µs"),
    );
    report.held("Token requests of one run, most", most_tokens, "", most_tokens as f64, 1.0);
}

#[derive(Default)]
struct Side {
    /// Of each turn.
    wall: Vec<Duration>,
    /// In seconds, of all turns.
    cpu: f64,
}

impl Side {
    /// What it took beside another side, turn by turn, the least first.
    fn ratios(&self, other: &Self) -> Vec<f64> {
        let mut ratios: Vec<_> =
            self.wall.iter().zip(&other.wall).map(|(own, other)| own.as_secs_f64() / other.as_secs_f64()).collect();
        ratios.sort_by(f64::total_cmp);
        ratios
    }

    fn each(&self) -> String {
        let mut wall = self.wall.clone();
        wall.sort();
        let median = wall[wall.len() / 2];
        format!("{} ({:.1} µs a lookup)", millis(median), median.as_secs_f64() * 1e6 / MANY as f64)
    }
}

/// What this process has used of all processors, where the system tells; in steps of 10 ms.
fn cpu_secs() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn beside_the_floor(runtime: &Runtime, report: &mut Report) {
    let server = Static::slow(LATENCY);
    let mut ours = Times::default();
    for _ in 0..SLOW_REPEATS {
        let started = Instant::now();
        runtime.block_on(lookups(&server, "/api/v1", FEW));
        ours.push(started.elapsed());
    }
    let rounds = FEW.div_ceil(usize::from(AT_ONCE)) as u32 + 1;
    let floor = LATENCY * rounds;
    report.heading(&format!("{FEW} lookups, {AT_ONCE} at once, {} ms of latency", LATENCY.as_millis()));
    let ratio = ours.median().as_secs_f64() / floor.as_secs_f64();
    let beside = format!("floor {}: one token, {} rounds", millis(floor), rounds - 1);
    report.held("Wall time, median", millis(ours.median()), beside, ratio, 1.2);
}

/// Whole processes against the slow server, their start included. hurl has a token handed to it, and is once more counted with a hurl
/// before it that fetches the token, as this program does. `HURL` names one that is not on the path.
fn beside_hurl(report: &mut Report) {
    let hurl = std::env::var("HURL").unwrap_or_else(|_| "hurl".into());
    if !Command::new(&hurl).arg("--version").output().is_ok_and(|output| output.status.success()) {
        return report.note("Beside `hurl --parallel`", "hurl is not installed", "");
    }
    let server = Static::slow(LATENCY);
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let form = "[FormParams]\ngrant_type: client_credentials\nclient_id: a1b2c3\nclient_secret: a secret\n";
    let token = file("token.hurl", &format!("POST {}\n{form}HTTP 200\n", server.url("/oauth2/token")));
    let skus: Vec<_> = (0..FEW).map(sku).collect();
    let list = file("skus.txt", &skus.join("\n"));
    // hurl runs files side by side, not the requests of one file.
    let files: Vec<_> = (0..usize::from(AT_ONCE))
        .map(|first| {
            let one = |sku: &String| {
                let url = server.url(&format!("/api/v1/prices?sku={sku}"));
                format!("GET {url}\nAuthorization: Bearer {TOKEN}\nContent-Type: application/json\nHTTP 200\n\n")
            };
            let text: String = skus.iter().skip(first).step_by(usize::from(AT_ONCE)).map(one).collect();
            file(&format!("part-{first}.hurl"), &text)
        })
        .collect();
    let timed = |command: &mut Command| {
        let started = Instant::now();
        let output = command.stdout(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        started.elapsed()
    };
    let (mut ours, mut bare, mut whole) = (Times::default(), Times::default(), Times::default());
    for _ in 0..SLOW_REPEATS {
        let mut program = Command::new(env!("CARGO_BIN_EXE_quantaprice-explorer"));
        program.args(["lookup", "--format", "ndjson", "--concurrency", "16", "--input"]).arg(&list);
        ours.push(timed(program.envs(server.variables())));
        let fetch = timed(Command::new(&hurl).arg("--no-output").arg(&token));
        let ask = timed(Command::new(&hurl).args(["--parallel", "--jobs", "16", "--no-output"]).args(&files));
        bare.push(ask);
        whole.push(fetch + ask);
    }
    report
        .heading(&format!("{FEW} lookups, {AT_ONCE} at once, {} ms of latency, whole processes", LATENCY.as_millis()));
    let (ours, bare, whole) = (ours.median(), bare.median(), whole.median());
    let ratio = |other: Duration| ours.as_secs_f64() / other.as_secs_f64();
    let beside = format!("`hurl` for a token, then `hurl --parallel`: {}", millis(whole));
    report.held("Wall time, median", millis(ours), beside, ratio(whole), 1.0);
    let beside = format!("{:.2} times `hurl --parallel` with a token handed to it: {}", ratio(bare), millis(bare));
    report.note("The same", millis(ours), beside);
}

/// What `lookup --format ndjson --concurrency 16` does between its questions and its answers, from a cold start.
async fn lookups(server: &Static, path: &str, count: usize) {
    let explorer = Explorer::without_log();
    let source = explorer.cache.source(Credentials {
        key: TokenKey {
            profile: "benchmark".into(),
            token_url: server.url("/oauth2/token"),
            client_id: "a1b2c3d4e5f6a1b2c3d4e5f6".into(),
            revision: 1,
        },
        client_secret: "a secret".into(),
        ca_file: None,
    });
    let session = Session { source, api_url: server.url(path), field_map: None };
    let (sender, questions) = tokio::sync::mpsc::channel(4);
    std::thread::spawn(move || {
        let skus: Vec<Line> = (0..count).map(|number| Line::Sku(sku(number))).collect();
        skus.chunks(256).try_for_each(|piece| sender.blocking_send(Ok(piece.to_vec())))
    });
    let work = Work {
        explorer,
        session,
        parameters: Vec::new(),
        gate: Gate::new(Limits { at_once: AT_ONCE, a_second: None }),
        retries: 0,
        on_failure: OnFailure::GoOn,
        promise: Promise::Fast,
        write: |out, lookup| report::write_ndjson(out, lookup),
    };
    let end = stream::run(work, questions, Sink, Stop::default(), |_| {}).await.unwrap();
    assert_eq!((end.tally.written, end.tally.failed), (count as u64, 0));
}

/// Takes whole lines and looks at nothing.
struct Sink;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        assert_eq!(bytes.last(), Some(&b'\n'));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

async fn bare_loop(server: &Static, path: &str, count: usize) {
    let client = reqwest::Client::new();
    let url = server.url(&format!("{path}/prices"));
    let next = Arc::new(AtomicU64::new(0));
    let workers: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (client, url, next) = (client.clone(), url.clone(), Arc::clone(&next));
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed) as usize;
                    if number >= count {
                        break;
                    }
                    ask(&client, &url, number).await;
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.expect("no request fails");
    }
}

async fn ask(client: &reqwest::Client, url: &Url, number: usize) {
    let mut url = url.clone();
    url.set_query(Some(&format!("sku={}", sku(number))));
    let request = client
        .get(url)
        .header("user-agent", "quantaprice-explorer/bench")
        .header("accept", "application/json")
        .header("content-type", "application/json")
        .bearer_auth(TOKEN);
    let body = request.send().await.unwrap().bytes().await.unwrap();
    assert!(!body.is_empty());
}

fn sku(number: usize) -> String {
    format!("SKU-{number:07}")
}

fn million(report: &mut Report) {
    let server = Static::start(Duration::ZERO);
    let mut command = Command::new(env!("CARGO_BIN_EXE_quantaprice-explorer"));
    command.args(["lookup", "--format", "ndjson", "--concurrency", "16", "--input", "-"]).envs(server.variables());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut input = std::io::BufWriter::new(child.stdin.take().unwrap());
    let status = format!("/proc/{}/status", child.id());
    let started = Instant::now();
    std::thread::spawn(move || (0..MILLION).try_for_each(|number| writeln!(input, "{}", sku(number))));
    let mut peak = 0.0_f64;
    let ended = loop {
        // `VmHWM` is the most that was ever resident; its last reading before the end is looked for.
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let kib = text
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok());
        peak = peak.max(kib.unwrap_or(0.0) / 1024.0);
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(ended.success(), "{ended}");
    let took = started.elapsed();
    report.heading(&format!("{MILLION} SKUs through `lookup`, a pipe in, nothing out, against {}", server.name()));
    report.held("Peak memory (VmHWM)", format!("{peak:.1} MiB"), "", peak, MOST_MEMORY);
    let each = took.as_secs_f64() * 1e6 / MILLION as f64;
    report.note("Wall time", format!("{:.1} s", took.as_secs_f64()), format!("{each:.1} µs a lookup"));
    report.held("Token requests", server.token_requests(), "", server.token_requests() as f64, 1.0);
}
