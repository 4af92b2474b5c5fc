//! The real program from the outside: what it prints, how it exits, and what it never says.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/program.rs"]
mod program;

use std::io::Write;
use std::process::Stdio;

use program::{Bench, SandboxProcess, code, err, lines, out, skus};

#[test]
fn the_three_formats_show_the_same_price() {
    let bench = Bench::new();
    let table = bench.run(&["--sandbox", "lookup", "PRODUCT-001"]);
    assert_eq!(code(&table), 0, "{}", err(&table));
    assert!(out(&table).starts_with("PRODUCT-001  Priced"), "{}", out(&table));
    assert!(out(&table).contains("12.10"));

    let ndjson = bench.run(&["--sandbox", "lookup", "PRODUCT-001", "--format", "ndjson"]);
    let answers = lines(out(&ndjson));
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0]["outcome"], "priced");
    assert_eq!(answers[0]["prices"][0]["amount"], "12.10");

    let csv = bench.run(&["--sandbox", "lookup", "PRODUCT-001", "--format", "csv"]);
    let mut reader = csv::Reader::from_reader(csv.stdout.as_slice());
    let at = |name: &str, header: &csv::StringRecord| header.iter().position(|column| column == name).unwrap();
    let header = reader.headers().unwrap().clone();
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), answers[0]["prices"].as_array().unwrap().len());
    assert_eq!(&rows[0][at("sku", &header)], "PRODUCT-001");
    assert_eq!(&rows[0][at("amount", &header)], "12.10");
}

#[test]
fn the_exit_status_says_what_came_of_it() {
    let bench = Bench::new();
    let cases: [(&[&str], i32); 13] = [
        (&["--sandbox", "lookup", "PRODUCT-001"], 0),
        // An answer is an answer, also when it is no.
        (&["--sandbox", "lookup", "MISSING-001", "ZERO-001", "NOPRICE-001", "FORBIDDEN-001"], 0),
        (&["--sandbox", "lookup", "PRODUCT-001", "BROKEN-001"], 1),
        (&["--sandbox", "token"], 0),
        (&["lookup", "PRODUCT-001"], 2),
        (&["token"], 2),
        (&["--profile", "nobody", "lookup", "PRODUCT-001"], 2),
        (&["--sandbox", "lookup"], 2),
        (&["--sandbox", "lookup", "A", "--param", "novalue"], 2),
        (&["--sandbox", "lookup", "A", "--param", "client_secret=x"], 2),
        (&["--sandbox", "lookup", "--input", "/nonexistent/skus.txt"], 2),
        (&["--sandbox", "lookup", "A", "--concurrency", "0"], 2),
        (&["sandbox", "--fault", "gremlins"], 2),
    ];
    for (arguments, expected) in cases {
        let output = bench.run(arguments);
        assert_eq!(code(&output), expected, "{arguments:?}: {}", err(&output));
        match expected {
            0 => assert_eq!(err(&output), "", "{arguments:?}"),
            1 => assert_eq!(err(&output), "1 of 2 SKUs failed; their rows say why.\n", "{arguments:?}"),
            _ => assert!(!output.stderr.is_empty(), "{arguments:?}"),
        }
    }
    let without_key = bench.run(&["lookup", "A"]);
    assert!(err(&without_key).contains("QUANTAPRICE_CLIENT_ID"), "{}", err(&without_key));
    assert!(without_key.stdout.is_empty());
}

#[test]
fn a_refused_key_exits_with_1() {
    let bench = Bench::new();
    let sandbox = SandboxProcess::start(&bench, &["revoked-key"]);
    let lookup = bench.program(&["lookup", "A", "--format", "ndjson"]).envs(&sandbox.variables).output().unwrap();
    assert_eq!(code(&lookup), 1, "{}", err(&lookup));
    assert_eq!(lines(out(&lookup))[0]["error"]["kind"], "key_refused");
    let token = bench.program(&["token"]).envs(&sandbox.variables).output().unwrap();
    assert_eq!(code(&token), 1, "{}", err(&token));
    assert!(out(&token).contains("Key refused"), "{}", out(&token));
}

#[test]
fn the_four_variables_reach_a_sandbox_in_another_process() {
    let bench = Bench::new();
    let sandbox = SandboxProcess::start(&bench, &[]);
    let good = bench.program(&["lookup", "PRODUCT-001"]).envs(&sandbox.variables).output().unwrap();
    assert_eq!(code(&good), 0, "{}{}", out(&good), err(&good));
    for name in ["QUANTAPRICE_CLIENT_ID", "QUANTAPRICE_CLIENT_SECRET"] {
        let mut command = bench.program(&["lookup", "PRODUCT-001"]);
        let output = command.envs(&sandbox.variables).env_remove(name).output().unwrap();
        assert_eq!(code(&output), 2, "{name}: {}", err(&output));
        assert!(err(&output).contains(name), "{name}: {}", err(&output));
        let mut command = bench.program(&["lookup", "PRODUCT-001"]);
        let output = command.envs(&sandbox.variables).env(name, "not hexadecimal").output().unwrap();
        assert_eq!(code(&output), 2, "{name}: {}", err(&output));
        assert!(err(&output).contains(name), "{name}: {}", err(&output));
    }
}

#[test]
fn p1_p5_a_file_is_read_byte_for_byte_and_in_order() {
    let bench = Bench::new();
    let expected =
        ["PRODUCT-002", "00012345", "KABEL 3×1,5 m", "A/B+C#7&d=e", "TASSE 🦊 350 ml", " LEADING", "MISSING-001"];
    let path = bench.home.path().join("skus.txt");
    std::fs::write(&path, format!("\u{feff}{}", expected.join("\r\n\r\n"))).unwrap();
    let arguments = ["--sandbox", "lookup", "PRODUCT-001", "--format", "ndjson", "--input"];
    let output = bench.run(&[&arguments[..], &[path.to_str().unwrap()]].concat());
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert_eq!(skus(out(&output)), [&["PRODUCT-001"], &expected[..]].concat());
}

#[test]
fn p5_a_line_that_is_no_text_is_one_failed_row_among_the_others() {
    let bench = Bench::new();
    let path = bench.home.path().join("skus.txt");
    std::fs::write(&path, b"MISSING-001\nMISSING-\xfc\r\n\nMISSING-002").unwrap();
    let arguments = ["--sandbox", "lookup", "--format", "ndjson", "--input", path.to_str().unwrap()];
    let output = bench.run(&[&arguments[..], &["--encoding", "utf-8"]].concat());
    assert_eq!(code(&output), 1, "{}", err(&output));
    assert_eq!(skus(out(&output)), ["MISSING-001", "MISSING-\u{fffd}", "MISSING-002"]);
    let rows = lines(out(&output));
    let outcomes: Vec<_> = rows.iter().map(|row| row["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["unknown_sku", "failed", "unknown_sku"]);
    assert!(rows[1]["error"]["message"].as_str().unwrap().contains("not UTF-8"), "{}", rows[1]);
}

#[test]
fn settings_that_could_not_be_read_whole_are_told_on_stderr() {
    let bench = Bench::new();
    let settings = bench.home.path().join("settings.toml");
    let told = |words: &str| {
        let output = bench.run(&["--profile", "nobody", "token"]);
        assert_eq!((code(&output), out(&output)), (2, ""));
        let said = err(&output).to_owned();
        assert!(said.contains(words) && !said.contains("No key is saved yet"), "{said}");
        said
    };
    std::fs::write(&settings, "version = 1\n[[profiles]\nname = ").unwrap();
    assert!(told("The settings were damaged").contains("No saved key is called “nobody”."));
    std::fs::write(&settings, "version = 99\n").unwrap();
    assert!(told("written by a newer version").contains("No saved key is called “nobody”."));
    std::fs::remove_file(&settings).unwrap();
    std::fs::create_dir(&settings).unwrap();
    assert!(!told("could not be read").contains("No saved key"));
}

#[test]
fn a_server_that_asks_to_wait_has_its_wait_named() {
    let bench = Bench::new();
    let sandbox = SandboxProcess::start(&bench, &["rate-limit-token"]);
    let token = bench.program(&["token"]).envs(&sandbox.variables).output().unwrap();
    assert!(out(&token).contains("What to do  Try again in 5 s, as the server asks."), "{}", out(&token));
    let lookup = bench.program(&["lookup", "A", "--format", "ndjson"]).envs(&sandbox.variables).output().unwrap();
    assert_eq!(lines(out(&lookup))[0]["error"]["hint"], "Try again in 5 s, as the server asks.");
}

#[test]
fn p5_standard_input_keeps_its_order_under_concurrency() {
    let bench = Bench::new();
    // Large bodies among small ones, so that answers come in another order than the questions.
    let given: Vec<String> =
        (0..120).map(|at| if at % 60 == 0 { "LARGE-001".to_owned() } else { format!("MISSING-{at}") }).collect();
    let arguments = ["--sandbox", "lookup", "--format", "ndjson", "--concurrency", "16", "--input", "-"];
    let mut child = bench.program(&arguments).stdin(Stdio::piped()).spawn().unwrap();
    let (mut stdin, text) = (child.stdin.take().unwrap(), given.join("\n"));
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert_eq!(skus(out(&output)), given);
}

#[test]
fn a_parameter_reaches_the_server() {
    let bench = Bench::new();
    let arguments = ["--sandbox", "lookup", "PRODUCT-001", "--format", "ndjson"];
    let count = |arguments: &[&str]| {
        let output = bench.run(arguments);
        let prices = lines(out(&output))[0]["prices"].as_array().unwrap().clone();
        (prices.len(), prices.iter().filter(|price| price["currency"] == "SEK").count())
    };
    let (all, swedish) = count(&arguments);
    assert!(0 < swedish && swedish < all);
    assert_eq!(count(&[&arguments[..], &["--param", "currency=SEK"]].concat()), (swedish, swedish));
}

#[cfg(unix)]
#[test]
fn p5_sigint_ends_a_long_run_with_130_and_every_finished_row() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::Command;

    let bench = Bench::new();
    let sandbox = SandboxProcess::start(&bench, &["slow-prices=1"]);
    let given: Vec<String> = (0..400).map(|at| format!("MISSING-{at}")).collect();
    let path = bench.home.path().join("skus.txt");
    std::fs::write(&path, given.join("\n")).unwrap();
    let arguments = ["lookup", "--format", "ndjson", "--concurrency", "2", "--input", path.to_str().unwrap()];
    let mut child = bench.program(&arguments).envs(&sandbox.variables).spawn().unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    reader.read_line(&mut text).unwrap();
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    reader.read_to_string(&mut text).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 130, "{}", err(&output));
    let finished = skus(&text);
    assert!(!finished.is_empty() && finished.len() < 20, "{} rows", finished.len());
    assert_eq!(finished, given[..finished.len()], "rows are missing or out of order");
    assert!(lines(&text).iter().all(|line| line["outcome"] == "unknown_sku"), "{text}");
}

#[test]
fn k1_t23_not_even_trace_logs_hold_a_secret_or_a_token() {
    let bench = Bench::new();
    let sandbox = SandboxProcess::start(&bench, &["unauthorized-once"]);
    let commands: [&[&str]; 5] = [
        &["lookup", "PRODUCT-001", "BROKEN-001", "--format", "ndjson"],
        &["lookup", "PRODUCT-001", "--format", "table"],
        &["lookup", "PRODUCT-001", "--format", "csv"],
        &["token"],
        &["token", "--format", "json"],
    ];
    let mut logged = 0;
    for arguments in commands {
        let mut command = bench.program(arguments);
        let output = command.envs(&sandbox.variables).env("QUANTAPRICE_LOG", "trace").output().unwrap();
        let said = format!("{}{}", out(&output), err(&output));
        logged += output.stderr.len();
        assert!(!said.contains(sandbox.secret()), "{arguments:?} says the secret");
        // Every JWT begins with this: `{"` in base64url, as the sandbox's tokens do.
        let token = said.find("eyJ").map(|at| said[at.saturating_sub(200)..].chars().take(240).collect::<String>());
        assert_eq!(token, None, "{arguments:?} says a token");
        assert!(!said.to_lowercase().contains("bearer ey"));
    }
    assert!(logged > 1_000, "the log was on: {logged} bytes");
    for file in std::fs::read_dir(bench.home.path()).unwrap().map(Result::unwrap) {
        let bytes = std::fs::read(file.path()).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&bytes).contains(sandbox.secret()), "{}", file.path().display());
    }
}
