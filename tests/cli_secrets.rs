//! A secret in a list, put there by mistake: it is sent nowhere and written nowhere (K1, H7).

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/counting.rs"]
mod counting;
#[path = "support/program.rs"]
mod program;

use std::time::Duration;

use counting::Counting;
use program::{Bench, code, err, out, skus};

const CANARY: &str = "cafe0123cafe4567cafe89abcafecdefcafe0123cafe4567cafe89abcafecdef";
const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJjYW5hcnkiOjF9.Y2FuYXJ5";

/// What must not be seen: the canary, the token, or any long part of one.
#[track_caller]
fn assert_hidden(text: &str, place: &str) {
    for part in [&CANARY[..16], &CANARY[48..], "Y2FuYXJ5", "eyJjYW5hcnkiOjF9"] {
        assert!(!text.contains(part), "{place} holds {part}: {text}");
    }
}

#[test]
fn k1_h7_a_secret_in_a_list_is_neither_sent_nor_written() {
    let bench = Bench::new();
    let server = Counting::start(Duration::ZERO, |_, _| (200, ""));
    let list = bench.home.path().join(".env");
    // Longer than any line that is read whole.
    let long = format!("{CANARY} ").repeat(2000);
    let text = format!(
        "A-1\n{CANARY}\nQUANTAPRICE_CLIENT_SECRET={CANARY}\n\"{CANARY}\"\tx\nAuthorization: Bearer {TOKEN}\n{long}\nA-2\n"
    );
    let bytes = [text.as_bytes(), b"\xfc", CANARY.as_bytes(), b"\nA-3\n"].concat();
    std::fs::write(&list, bytes).unwrap();
    let answers = bench.home.path().join("answers.ndjson");
    let look_up = |arguments: &[&str]| {
        let given = ["lookup", "--encoding", "utf-8", "--input", list.to_str().unwrap()];
        let mut command = bench.program(&[&given[..], arguments].concat());
        server.serve(&mut command);
        command.output().unwrap()
    };
    let path = answers.to_str().unwrap();
    let runs: [&[&str]; 5] = [
        &["--format", "table"],
        &["--format", "csv"],
        &["--format", "ndjson", "--param", "currency=SEK", CANARY],
        &["--resume", path],
        // The answers are those of this list still.
        &["--resume", path],
    ];
    for arguments in runs {
        let output = look_up(arguments);
        assert_eq!(code(&output), 1, "{}", err(&output));
        assert_hidden(out(&output), "stdout");
        assert_hidden(err(&output), "stderr");
    }
    let kept = std::fs::read_to_string(&answers).unwrap();
    assert_hidden(&kept, "the answers");
    let expected = ["A-1", "Hidden: 64 characters", "Hidden: 90 characters"];
    assert_eq!((&skus(&kept)[..3], skus(&kept).len()), (&expected.map(String::from)[..], 9));
    for (sku, _) in server.asked() {
        assert!(sku.starts_with("A-"), "{sku} was asked for");
    }
    // Neither as a heading that a sentence names, nor as a parameter.
    for arguments in [&["--column", "sku"][..], &["--param", CANARY], &["--param", &format!("region=x{CANARY}")]] {
        let output = look_up(arguments);
        assert_eq!(code(&output), 2);
        assert_hidden(err(&output), "stderr");
    }
}
