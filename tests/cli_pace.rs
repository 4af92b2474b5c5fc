//! How `lookup` treats a server: no faster than wished, patient where that helps, and done where it does not.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/counting.rs"]
mod counting;
#[path = "support/program.rs"]
mod program;

use std::process::Output;
use std::time::Duration;

use counting::Counting;
use program::{Bench, code, err, lines, out, skus};

fn look_up(server: &Counting, arguments: &[&str]) -> Output {
    let bench = Bench::new();
    let mut command = bench.program(&[&["lookup", "--format", "ndjson"], arguments].concat());
    server.serve(&mut command);
    command.output().unwrap()
}

fn given(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("SKU-{number}")).collect()
}

#[test]
fn p5_a_rate_spaces_the_requests_whatever_runs_at_once() {
    let server = Counting::start(Duration::ZERO, |_, _| (200, ""));
    let list = given(9);
    let skus: Vec<&str> = list.iter().map(String::as_str).collect();
    let output = look_up(&server, &[&["--rate", "12.5", "--concurrency", "16"], skus.as_slice()].concat());
    assert_eq!(code(&output), 0, "{}", err(&output));
    let asked = server.asked();
    let took = asked[8].1.duration_since(asked[0].1);
    // Eight spaces of 80 ms; a machine that is busy makes it longer, and nothing may make it shorter but the first one's way.
    assert!(took >= Duration::from_millis(8 * 80 - 120), "{took:?}");
    for (rate, is_fit) in [("0", false), ("-1", false), ("nan", false), ("x", false), ("0.5", true)] {
        assert_eq!(code(&look_up(&server, &["A", &format!("--rate={rate}")])) == 0, is_fit, "{rate}");
    }
}

#[test]
fn t17_a_passing_failure_is_asked_again_as_often_as_wished_and_no_more() {
    let server = Counting::start(Duration::ZERO, |sku, earlier| match (sku, earlier) {
        ("FLAKY", 0..2) | ("DOWN", _) => (500, ""),
        _ => (200, ""),
    });
    let output = look_up(&server, &["FLAKY", "DOWN", "FINE", "--retries", "2"]);
    assert_eq!(code(&output), 1, "{}", err(&output));
    let answers = lines(out(&output));
    let outcomes: Vec<_> = answers.iter().map(|line| line["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["priced", "failed", "priced"]);
    let counts = server.by_sku();
    assert_eq!((counts["FLAKY"], counts["DOWN"], counts["FINE"]), (3, 3, 1));

    let server = Counting::start(Duration::ZERO, |_, earlier| if earlier == 0 { (500, "") } else { (200, "") });
    assert_eq!(code(&look_up(&server, &["FLAKY"])), 1, "nothing is asked again unless it is wished");
    assert_eq!(server.count(), 1);
}

#[test]
fn h6_what_will_not_change_by_itself_is_not_asked_again() {
    let server = Counting::start(Duration::ZERO, |_, _| (403, ""));
    assert_eq!(code(&look_up(&server, &["A", "--retries", "5"])), 0);
    assert_eq!(server.count(), 1);
    let server = Counting::start(Duration::ZERO, |_, _| (402, ""));
    assert_eq!(code(&look_up(&server, &["A", "--retries", "5"])), 1);
    assert_eq!(server.count(), 1);
}

#[test]
fn h6_retry_after_holds_everybody_back() {
    let server = Counting::start(Duration::from_millis(20), |sku, earlier| match (sku, earlier) {
        ("SKU-0", 0) => (429, "retry-after: 1\r\n"),
        _ => (200, ""),
    });
    let list = given(40);
    let skus_given: Vec<&str> = list.iter().map(String::as_str).collect();
    let output = look_up(&server, &[&["--concurrency", "2"], skus_given.as_slice()].concat());
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert_eq!(skus(out(&output)), list);
    let asked = server.asked();
    let first = asked[0].1;
    // Whoever was under way may end; a new one begins only when the second is over.
    let meanwhile = asked.iter().filter(|(_, at)| (80..900).contains(&at.duration_since(first).as_millis())).count();
    assert_eq!(meanwhile, 0, "{:?}", asked.iter().map(|(sku, at)| (sku, at.duration_since(first))).collect::<Vec<_>>());
}

#[test]
fn p5_fail_fast_finishes_what_is_in_flight_and_asks_for_nothing_more() {
    let server =
        Counting::start(Duration::from_millis(10), |sku, _| if sku == "SKU-20" { (500, "") } else { (200, "") });
    let list = given(200);
    let skus_given: Vec<&str> = list.iter().map(String::as_str).collect();
    let output = look_up(&server, &[&["--fail-fast", "--concurrency", "4"], skus_given.as_slice()].concat());
    assert_eq!(code(&output), 1, "{}", err(&output));
    let answered = skus(out(&output));
    assert_eq!(answered, list[..answered.len()]);
    assert!((21..32).contains(&answered.len()), "{} rows", answered.len());
    assert_eq!(server.count(), answered.len(), "all that was asked for is written");
}
