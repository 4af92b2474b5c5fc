//! `lookup` where a failure is not of its SKU: the run ends with a sentence, and `--resume` asks again for what failed.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/counting.rs"]
mod counting;
#[path = "support/program.rs"]
mod program;

use std::path::PathBuf;
use std::process::{Child, Command, Output};
use std::time::{Duration, Instant};

use counting::{Counting, Mood};
use program::{Bench, code, err, lines, out, skus};

const AT_ONCE: usize = 4;

struct Run {
    bench: Bench,
    server: Counting,
    given: Vec<String>,
    answers: PathBuf,
    at_once: usize,
}

impl Run {
    fn of(count: usize, answer: impl Fn(&str, usize) -> (u16, &'static str) + Send + Sync + 'static) -> Self {
        let bench = Bench::new();
        let given: Vec<String> = (0..count).map(|number| format!("SKU-{number:05}")).collect();
        std::fs::write(bench.home.path().join("skus.txt"), given.join("\n")).unwrap();
        let answers = bench.home.path().join("answers.ndjson");
        Self { bench, server: Counting::start(Duration::from_millis(5), answer), given, answers, at_once: AT_ONCE }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let (list, at_once) = (self.bench.home.path().join("skus.txt"), self.at_once.to_string());
        let given = ["lookup", "--format", "ndjson", "--input", list.to_str().unwrap(), "--concurrency", &at_once];
        let mut command = self.bench.program(&[&given[..], arguments].concat());
        self.server.serve(&mut command);
        command
    }

    fn resumable(&self, arguments: &[&str]) -> Command {
        self.command(&[&["--resume", self.answers.to_str().unwrap()], arguments].concat())
    }

    fn written(&self) -> String {
        std::fs::read_to_string(&self.answers).unwrap()
    }

    /// Everything written is priced, and is the beginning of the list; says how much it is.
    #[track_caller]
    fn assert_priced(&self) -> usize {
        let text = self.written();
        assert!(lines(&text).iter().all(|line| line["outcome"] == "priced"), "{text}");
        let written = skus(&text);
        assert_eq!(written, self.given[..written.len()]);
        written.len()
    }

    /// The same command once more asks for the rest, and all is well.
    #[track_caller]
    fn assert_goes_on(&self) {
        let output = self.resumable(&[]).output().unwrap();
        assert_eq!(code(&output), 0, "{}", err(&output));
        assert_eq!(self.assert_priced(), self.given.len());
    }
}

fn well(_: &str, _: usize) -> (u16, &'static str) {
    (200, "")
}

/// Interrupts the program, and gives what came of it; one that waits on fails the test.
fn interrupted(child: Child) -> Output {
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let start = Instant::now();
    let output = child.wait_with_output().unwrap();
    // The server asked for 100 s; 2 s are enough, and a busy machine may take longer.
    assert!(kill.success() && start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    output
}

#[test]
fn p5_a_key_that_is_revoked_in_between_costs_no_row_and_resume_goes_on() {
    let run = Run::of(200, well);
    let child = run.resumable(&[]).spawn().unwrap();
    run.server.until(20);
    run.server.set(Mood::Revoked);
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), out(&output)), (1, ""), "{}", err(&output));
    let whole = run.assert_priced();
    assert!((10..60).contains(&whole), "{whole} rows");
    let told = format!("{} holds {whole} answers", run.answers.display());
    assert!(err(&output).contains("every further SKU would fail") && err(&output).contains(&told), "{}", err(&output));
    // As long as it is refused, nothing changes.
    let output = run.resumable(&[]).output().unwrap();
    assert_eq!((code(&output), run.assert_priced()), (1, whole), "{}", err(&output));
    run.server.set(Mood::Well);
    run.assert_goes_on();
}

#[test]
fn p5_a_connection_that_is_lost_in_between_costs_no_row_and_resume_goes_on() {
    for at_once in [1, AT_ONCE] {
        let mut run = Run::of(200, well);
        run.at_once = at_once;
        let child = run.resumable(&[]).spawn().unwrap();
        run.server.until(20);
        run.server.set(Mood::Gone);
        let output = child.wait_with_output().unwrap();
        assert_eq!(code(&output), 1, "{}", err(&output));
        let whole = run.assert_priced();
        assert!((10..60).contains(&whole), "{whole} rows");
        assert!(err(&output).contains("did not reach the API"), "{}", err(&output));
        run.server.set(Mood::Well);
        run.assert_goes_on();
    }
}

#[test]
fn p5_a_list_that_ends_without_a_connection_is_asked_for_again() {
    let run = Run::of(2, well);
    run.server.set(Mood::Gone);
    let output = run.resumable(&[]).output().unwrap();
    assert_eq!((code(&output), run.written().as_str()), (1, ""), "{}", err(&output));
    run.server.set(Mood::Well);
    run.assert_goes_on();
}

#[test]
fn p5_fail_fast_with_resume_leaves_the_failed_row_to_the_next_run() {
    let run = Run::of(100, |sku, earlier| if sku == "SKU-00020" && earlier == 0 { (500, "") } else { (200, "") });
    let output = run.resumable(&["--fail-fast"]).output().unwrap();
    assert_eq!((code(&output), run.assert_priced()), (1, 20), "{}", err(&output));
    assert!(err(&output).contains("--fail-fast at “SKU-00020”"), "{}", err(&output));
    run.assert_goes_on();
    assert_eq!(run.server.by_sku()["SKU-00020"], 2);
    assert!(run.server.count() <= 100 + AT_ONCE, "{} requests", run.server.count());
}

#[test]
fn p5_sigint_while_the_server_asks_to_wait_ends_at_once_and_leaves_the_row_to_the_next_run() {
    for retry_after in ["retry-after: 100\r\n", "retry-after: 200\r\n"] {
        // 100 s are waited for inside of a lookup, 200 s only between two tries.
        let answer =
            move |sku: &str, earlier| if sku == "SKU-00010" && earlier == 0 { (503, retry_after) } else { (200, "") };
        let run = Run::of(40, answer);
        let child = run.resumable(&["--retries", "3"]).spawn().unwrap();
        run.server.until(11);
        let output = interrupted(child);
        assert_eq!(code(&output), 130, "{}", err(&output));
        assert_eq!(run.assert_priced(), 10, "{}", err(&output));
        run.assert_goes_on();
    }
}

#[test]
fn h6_p5_a_sku_that_was_asked_too_fast_is_asked_again_and_not_left_as_failed() {
    // A lookup gives up after three tries.
    let is_refused = |sku: &str, earlier| sku.ends_with('7') && earlier < 3;
    let run =
        Run::of(40, move |sku, earlier| if is_refused(sku, earlier) { (429, "retry-after: 0\r\n") } else { (200, "") });
    let output = run.resumable(&[]).output().unwrap();
    assert_eq!((code(&output), run.assert_priced()), (0, 40), "{}", err(&output));
}

#[test]
fn h6_sigint_while_the_server_asks_to_wait_writes_what_there_is_where_no_run_follows() {
    let run = Run::of(40, |sku, _| if sku == "SKU-00010" { (429, "retry-after: 100\r\n") } else { (200, "") });
    let child = run.command(&[]).spawn().unwrap();
    run.server.until(11);
    let output = interrupted(child);
    assert_eq!(code(&output), 130, "{}", err(&output));
    let rows = lines(out(&output));
    assert_eq!(skus(out(&output)), run.given[..rows.len()], "rows are missing or out of order");
    assert_eq!((&rows[9]["outcome"], &rows[10]["error"]["kind"]), (&"priced".into(), &"rate_limited".into()));
}

#[test]
fn t16_a_refused_key_ends_a_run_instead_of_failing_the_rest_of_the_list() {
    let run = Run::of(2000, well);
    run.server.set(Mood::Revoked);
    let output = run.command(&[]).output().unwrap();
    assert_eq!(code(&output), 1);
    let rows = lines(out(&output));
    assert!((1..=2 * AT_ONCE).contains(&rows.len()), "{} rows", rows.len());
    assert!(rows.iter().all(|row| row["error"]["kind"] == "key_refused"), "{}", out(&output));
    assert!(err(&output).contains("every further SKU would fail"), "{}", err(&output));
}
