//! The command line in a pipe: input that comes slowly, output that nobody reads, and Ctrl+C in between.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/endpoints.rs"]
mod endpoints;
#[path = "support/program.rs"]
mod program;
#[path = "support/server.rs"]
mod server;

use std::io::{BufRead, BufReader, Read, Write};
#[cfg(target_os = "linux")]
use std::os::{fd::OwnedFd, unix::net::UnixStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use endpoints::{SECRET, token_reply};
use program::{Bench, SandboxProcess, code, err, lines, out, skus};
use quantaprice_explorer::sandbox::Fault;
use serde_json::Value;
use server::{Answer, Server};

/// Longer than the program takes for anything here.
const PATIENCE: Duration = Duration::from_secs(20);

/// A `lookup --input -` whose input the test types.
struct Typed {
    child: Child,
    input: Option<ChildStdin>,
    answers: mpsc::Receiver<String>,
}

impl Typed {
    fn start(bench: &Bench) -> Self {
        let mut command = bench.program(&["--sandbox", "lookup", "--format", "ndjson", "--input", "-"]);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let (sender, answers) = mpsc::channel();
        let reader = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || reader.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { input: child.stdin.take(), child, answers }
    }

    fn type_line(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    fn answer(&self) -> Value {
        let line = self.answers.recv_timeout(PATIENCE).expect("an answer comes before more is typed");
        serde_json::from_str(&line).unwrap()
    }
}

/// The exit status; a program that does not end fails the test.
fn ended(child: &mut Child) -> Option<i32> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if start.elapsed() > PATIENCE {
            let _gone = child.kill();
            panic!("the program did not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn interrupt(child: &Child) {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn an_answer_is_written_before_the_next_sku_is_typed() {
    let mut typed = Typed::start(&Bench::new());
    for sku in ["PRODUCT-001", "MISSING-001"] {
        typed.type_line(sku);
        let answer = typed.answer();
        assert_eq!(answer["sku"], sku);
        let keys: Vec<&str> = answer.as_object().unwrap().keys().map(String::as_str).collect();
        let documented =
            ["sku", "outcome", "http_status", "elapsed_ms", "token_generation", "prices", "body", "error", "notes"];
        assert_eq!(keys, documented);
    }
    typed.input = None;
    assert_eq!(ended(&mut typed.child), Some(0));
}

#[test]
fn sigint_while_the_program_waits_for_input_ends_it_with_130() {
    let mut typed = Typed::start(&Bench::new());
    typed.type_line("PRODUCT-001");
    assert_eq!(typed.answer()["outcome"], "priced");
    interrupt(&typed.child);
    assert_eq!(ended(&mut typed.child), Some(130));
}

/// Whether the program waits for SIGINT itself, so that it does not just die of it.
#[cfg(target_os = "linux")]
fn catches_interrupts(child: &Child) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
    u64::from_str_radix(caught.trim(), 16).unwrap() & 2 != 0
}

#[cfg(target_os = "linux")]
#[test]
fn sigint_ends_the_program_also_where_its_screen_stands_still() {
    let bench = Bench::new();
    let list = bench.home.path().join("skus.txt");
    // Said on stderr: that the list looks damaged. But nothing has room there.
    std::fs::write(&list, "1.23E+10\n").unwrap();
    let (mut screen, _nobody_reads) = UnixStream::pair().unwrap();
    screen.set_nonblocking(true).unwrap();
    while screen.write(b" ").is_ok() {}
    screen.set_nonblocking(false).unwrap();
    let mut command = bench.program(&["lookup", "--input", list.to_str().unwrap()]);
    command.env("QUANTAPRICE_CLIENT_ID", "0a".repeat(12)).env("QUANTAPRICE_CLIENT_SECRET", SECRET);
    let mut child = command.stderr(OwnedFd::from(screen)).spawn().unwrap();
    let start = Instant::now();
    while !catches_interrupts(&child) && start.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(5));
    }
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if start.elapsed() > PATIENCE => {
                child.kill().unwrap();
                panic!("no Ctrl+C ends the program");
            }
            None => interrupt(&child),
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(status.code(), Some(130));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let bench = Bench::new();
    // So many that the program is still writing when its reader goes.
    let path = bench.home.path().join("skus.txt");
    std::fs::write(&path, "MISSING-001\n".repeat(20_000)).unwrap();
    for format in ["table", "ndjson", "csv"] {
        let arguments = ["--sandbox", "lookup", "--format", format, "--input", path.to_str().unwrap()];
        let mut child = bench.program(&arguments).spawn().unwrap();
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        reader.read_line(&mut String::new()).unwrap();
        drop(reader);
        assert_eq!(ended(&mut child), Some(0), "{format}");
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(said, "", "{format}");
    }
    let mut child = bench.program(&["--sandbox", "token"]).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), err(&output)), (0, ""));
}

#[test]
fn a_closed_stderr_is_no_error() {
    let bench = Bench::new();
    let list = bench.home.path().join("skus.txt");
    // Said on stderr: that the list looks damaged.
    std::fs::write(&list, "1.23E+10\n").unwrap();
    for (arguments, expected) in
        [(&["--sandbox", "lookup", "--input", list.to_str().unwrap()][..], 0), (&["lookup", "A"], 2)]
    {
        let mut child = bench.program(arguments).spawn().unwrap();
        drop(child.stderr.take());
        assert_eq!(ended(&mut child), Some(expected), "{arguments:?}");
    }
}

#[test]
fn help_says_what_a_script_needs_and_names_the_faults() {
    let bench = Bench::new();
    for help in ["--help", "-h"] {
        let output = bench.run(&["lookup", help]);
        for words in ["Examples:", "Exit status:", "130", "QUANTAPRICE_CLIENT_SECRET", "--separator"] {
            assert!(out(&output).contains(words), "{words}: {}", out(&output));
        }
        let output = bench.run(&["sandbox", help]);
        assert!(Fault::NAMES.iter().all(|name| out(&output).contains(&format!("\n  {name}  "))), "{}", out(&output));
    }
}

#[tokio::test]
async fn lookups_go_on_while_nobody_reads_their_answers() {
    let bench = Bench::new();
    let token = Server::start(token_reply).await;
    let api = Server::start(|request| match request.query() {
        "sku=WIDE" => server::json(&format!(r#"{{"price":1,"filler":"{}"}}"#, "x".repeat(1024 * 1024))).into(),
        _ => Answer::Endless(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b' '; 64 * 1024]),
    });
    let api = api.await;
    let mut command = bench.program(&["lookup", "--format", "ndjson", "--concurrency", "2", "WIDE", "ENDLESS"]);
    command.env("QUANTAPRICE_CLIENT_ID", "0123456789abcdef01234567").env("QUANTAPRICE_CLIENT_SECRET", SECRET);
    command.env("QUANTAPRICE_TOKEN_URL", format!("http://{}/token", token.address));
    command.env("QUANTAPRICE_API_URL", format!("http://{}", api.address));
    let child = command.spawn().unwrap();
    // The first answer fills the pipe. If reading the second one stopped meanwhile, its time limit would be used up by us.
    api.until_left().await;
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    assert_eq!(code(&output), 1, "{}", err(&output));
    assert_eq!(skus(out(&output)), ["WIDE", "ENDLESS"]);
    assert_eq!(lines(out(&output))[1]["error"]["kind"], "too_large");
}

#[test]
fn the_token_command_says_all_but_the_token() {
    let bench = Bench::new();
    let sandbox = SandboxProcess::start(&bench, &[]);
    let output = bench.program(&["token", "--format", "json"]).envs(&sandbox.variables).output().unwrap();
    assert_eq!(code(&output), 0, "{}", err(&output));
    let report: Value = serde_json::from_str(out(&output)).unwrap();
    assert_eq!((&report["state"], &report["is_jwt"], &report["error"]), (&"valid".into(), &true.into(), &Value::Null));
    assert_eq!((&report["lifetime_seconds"], &report["header"]["alg"]), (&3600.into(), &"RS256".into()));
    assert_eq!(report["claims"]["sub"], sandbox.variables["QUANTAPRICE_CLIENT_ID"].as_str());
    assert!(!out(&output).contains("eyJ") && !out(&output).contains(sandbox.secret()));
}

#[test]
fn every_named_fault_can_be_rehearsed_and_a_wrong_name_lists_them() {
    let bench = Bench::new();
    let arguments = Fault::NAMES.iter().flat_map(|name| ["--fault", name]);
    let arguments: Vec<&str> = ["sandbox"].into_iter().chain(arguments).collect();
    let mut child = bench.program(&arguments).spawn().unwrap();
    let mut text = String::new();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let all = |text: &str| Fault::NAMES.iter().all(|name| text.contains(&format!("\n  {name}  ")));
    while !all(&text) {
        assert_ne!(reader.read_line(&mut text).unwrap(), 0, "{text}");
    }
    interrupt(&child);
    assert_eq!(ended(&mut child), Some(0));

    let output = bench.run(&["sandbox", "--fault", "gremlins"]);
    assert_eq!(code(&output), 2);
    assert!(Fault::NAMES.iter().all(|name| err(&output).contains(name)), "{}", err(&output));
}
