//! `lookup --resume`: a run that is cut off goes on, loses no written answer, and asks for next to nothing twice.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/counting.rs"]
mod counting;
#[path = "support/program.rs"]
mod program;

use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use counting::Counting;
use program::{Bench, code, err, lines, out, skus};

const AT_ONCE: usize = 8;

struct Run {
    bench: Bench,
    server: Counting,
    list: PathBuf,
    answers: PathBuf,
}

impl Run {
    fn of(given: &[String], pause: Duration) -> Self {
        let bench = Bench::new();
        let list = bench.home.path().join("skus.txt");
        std::fs::write(&list, given.join("\n")).unwrap();
        let answers = bench.home.path().join("answers.ndjson");
        Self { bench, server: Counting::start(pause, |_, _| (200, "")), list, answers }
    }

    fn command(&self) -> Command {
        let at_once = AT_ONCE.to_string();
        let (list, answers) = (self.list.to_str().unwrap(), self.answers.to_str().unwrap());
        let arguments = ["lookup", "--input", list, "--resume", answers, "--concurrency", &at_once];
        let mut command = self.bench.program(&arguments);
        self.server.serve(&mut command);
        command
    }

    fn run(&self) -> Output {
        self.command().output().unwrap()
    }

    /// The file that says how the answers were asked for.
    fn told(&self) -> PathBuf {
        self.bench.home.path().join("answers.ndjson.run.json")
    }

    fn written(&self) -> String {
        std::fs::read_to_string(&self.answers).unwrap()
    }
}

fn given(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("SKU-{number:05}")).collect()
}

/// What a run wrote, but for what differs from run to run.
fn without_times(text: &str) -> Vec<serde_json::Value> {
    let mut lines = lines(text);
    for line in &mut lines {
        let line = line.as_object_mut().unwrap();
        line.remove("elapsed_ms");
        line.remove("token_generation");
    }
    lines
}

#[test]
fn p5_a_killed_run_goes_on_without_losing_a_row_or_asking_for_it_again() {
    let list = given(400);
    let run = Run::of(&list, Duration::from_millis(8));
    let mut child = run.command().spawn().unwrap();
    run.server.until(120);
    // SIGKILL: the program gets to do nothing more.
    child.kill().unwrap();
    child.wait().unwrap();
    let before = run.written();
    let whole = before.matches('\n').count();
    assert!(0 < whole && whole < list.len(), "{whole} rows were written");
    let asked_before = run.server.count();
    assert!(asked_before <= whole + AT_ONCE, "{asked_before} asked, {whole} written");

    let output = run.run();
    assert_eq!((code(&output), out(&output)), (0, ""), "{}", err(&output));
    assert!(err(&output).contains(&format!("{whole} answers already")), "{}", err(&output));
    let after = run.written();
    assert!(after.starts_with(&before[..before.rfind('\n').unwrap()]), "what was written stays as it is");
    assert_eq!(skus(&after), list);
    assert!(run.server.count() <= list.len() + AT_ONCE, "{} requests for {} SKUs", run.server.count(), list.len());

    let uninterrupted = Run::of(&list, Duration::ZERO);
    assert_eq!(code(&uninterrupted.run()), 0);
    assert_eq!(without_times(&after), without_times(&uninterrupted.written()));
    assert_eq!(uninterrupted.server.count(), list.len());

    // Once more: all is there, and nothing is asked.
    let requests = run.server.count();
    assert_eq!(code(&run.run()), 0);
    assert_eq!((run.written(), run.server.count()), (after, requests));
}

#[test]
fn p5_sigint_writes_what_is_in_flight_and_says_how_to_go_on() {
    let list = given(300);
    let run = Run::of(&list, Duration::from_millis(10));
    let child = run.command().spawn().unwrap();
    run.server.until(60);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 130, "{}", err(&output));
    let written = skus(&run.written());
    assert_eq!(written, list[..written.len()]);
    assert_eq!(run.server.count(), written.len(), "all that was asked for is written");
    let told = format!("{} holds {} answers. Give the same command again", run.answers.display(), written.len());
    assert!(err(&output).contains(&told), "{}", err(&output));
    assert_eq!(code(&run.run()), 0);
    assert_eq!(skus(&run.written()), list);
    assert_eq!(run.server.count(), list.len());
}

#[test]
fn p5_a_half_written_last_line_is_asked_for_again() {
    let list = given(5);
    let run = Run::of(&list, Duration::ZERO);
    assert_eq!(code(&run.run()), 0);
    let whole = run.written();
    std::fs::write(&run.answers, &whole[..whole.len() - 30]).unwrap();
    let output = run.run();
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert_eq!(skus(&run.written()), list);
    assert_eq!(run.server.by_sku()["SKU-00004"], 2);
    assert_eq!(run.server.count(), 6);
}

#[test]
fn p5_answers_to_another_list_are_named_by_their_line_and_left_alone() {
    let list = given(5);
    let run = Run::of(&list, Duration::ZERO);
    assert_eq!(code(&run.run()), 0);
    let whole = run.written();
    for (other, told) in [
        ("SKU-00000\nSKU-00001\nOTHER\nSKU-00003\nSKU-00004", "Line 3 of"),
        ("SKU-00000\nSKU-00001", "holds more answers than the input has SKUs, which is 2"),
    ] {
        std::fs::write(&run.list, other).unwrap();
        let output = run.run();
        assert_eq!((code(&output), out(&output)), (2, ""));
        assert!(err(&output).contains(told), "{}", err(&output));
        assert_eq!((run.written(), run.server.count()), (whole.clone(), 5));
    }
    // The list of SKUs itself, named by mistake.
    std::fs::write(&run.list, list.join("\n")).unwrap();
    std::fs::write(&run.answers, list.join("\n")).unwrap();
    let output = run.run();
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("not touched"), "{}", err(&output));
    assert_eq!((run.written(), run.server.count()), (list.join("\n"), 5));
}

#[test]
fn p5_answers_that_were_asked_for_otherwise_are_never_mixed_with_new_ones() {
    let list = given(5);
    let run = Run::of(&list, Duration::ZERO);
    let other_server = Counting::start(Duration::ZERO, |_, _| (200, ""));
    let command = |date: &str| {
        let mut command = run.command();
        command.args(["--param", &format!("asOf={date}"), "--param", "region=SE"]);
        command
    };
    assert_eq!(code(&command("2026-01-01").output().unwrap()), 0);
    let told = std::fs::read_to_string(run.told()).unwrap();
    assert!(told.contains("2026-01-01") && !told.to_lowercase().contains("secret"), "{told}");
    let cut = run.written().lines().take(2).collect::<Vec<_>>().join("\n") + "\n";
    std::fs::write(&run.answers, &cut).unwrap();

    let mut otherwise = [command("2026-02-01"), command("2026-01-01"), command("2026-01-01")];
    otherwise[1].env("QUANTAPRICE_CLIENT_ID", "bbbbbbbbbbbbbbbbbbbbbbbb");
    other_server.serve(&mut otherwise[2]);
    let [date, key, server] = otherwise;
    let addresses = [run.server.address, other_server.address].map(|address| address.to_string());
    for (mut command, differences) in [
        (date, vec!["asOf=2026-01-01 region=SE", "asOf=2026-02-01 region=SE"]),
        (key, vec!["client ID", "bbbbbbbbbbbbbbbbbbbbbbbb"]),
        (server, addresses.iter().map(String::as_str).collect()),
    ] {
        let output = command.output().unwrap();
        assert_eq!((code(&output), out(&output)), (2, ""), "{}", err(&output));
        for difference in differences {
            assert!(err(&output).contains(difference), "{difference}: {}", err(&output));
        }
    }
    assert_eq!((run.written(), run.server.count(), other_server.count()), (cut.clone(), 5, 0));

    std::fs::remove_file(run.told()).unwrap();
    let output = command("2026-01-01").output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("answers.ndjson.run.json"), "{}", err(&output));
    assert_eq!((run.written(), run.server.count()), (cut, 5));

    std::fs::write(run.told(), told).unwrap();
    assert_eq!(code(&command("2026-01-01").output().unwrap()), 0);
    assert_eq!((skus(&run.written()), run.server.count()), (list, 8));
    // A file without answers begins anew, whatever was to be asked before.
    std::fs::write(&run.answers, "").unwrap();
    assert_eq!(code(&command("2026-02-01").output().unwrap()), 0);
    assert!(std::fs::read_to_string(run.told()).unwrap().contains("2026-02-01"));
}

#[test]
fn resume_writes_ndjson_and_nothing_else() {
    let run = Run::of(&given(1), Duration::ZERO);
    let output = run.command().args(["--format", "csv"]).output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("--resume writes one JSON object a line"), "{}", err(&output));
    assert!(!run.answers.exists());
}
