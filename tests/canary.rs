//! The canary (K10): one recognisable secret and the tokens it brings go through add, use, copy, fail, panic and delete in the
//! window. After each, neither what a screen reader is told, nor the clipboard, the activity log, the settings, nor a log line
//! at the most talkative level holds them in any spelling.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod base;
#[path = "support/keychain.rs"]
mod keychain;
#[path = "support/window.rs"]
mod window;

use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use egui::accesskit::Role;
use egui_kittest::kittest::NodeT;
use quantaprice_explorer::sandbox::{Canned, Fault, ReplyFault};
use secrecy::ExposeSecret;
use window::{Mood, Server, Setup, Window};

/// What the program and its libraries log, at the most talkative level.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts to keep the log, once for all tests of this process.
fn lines() -> &'static Lines {
    static LINES: OnceLock<Lines> = OnceLock::new();
    LINES.get_or_init(|| {
        let lines = Lines::default();
        let writer = lines.clone();
        let log = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone());
        log.init();
        lines
    })
}

fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut text, byte| {
        write!(text, "%{byte:02X}").unwrap();
        text
    })
}

/// Every way in which a held value could be written down; of base64, the part that does not depend on what stands around it.
fn spellings(secret: &str) -> Vec<String> {
    let mut spellings = vec![secret.to_owned(), hex(secret), hex(secret).to_uppercase(), percent(secret)];
    for shift in 0..3 {
        let shifted = format!("{}{secret}", "x".repeat(shift));
        for text in [STANDARD.encode(&shifted), URL_SAFE_NO_PAD.encode(&shifted)] {
            spellings.push(text[4..text.len() - 8].to_owned());
        }
    }
    spellings
}

/// A body with every spelling of a text that a debugging server might send.
fn echo(text: &str) -> String {
    let spellings = [
        format!("Bearer {text}"),
        hex(text),
        hex(text).to_uppercase(),
        percent(text),
        STANDARD.encode(text),
        STANDARD.encode(format!("Bearer {text}")),
        URL_SAFE_NO_PAD.encode(format!("client:{text}")),
    ];
    let members: Vec<String> =
        spellings.iter().enumerate().map(|(number, text)| format!(r#""echo{number}":"{text}""#)).collect();
    let escaped = text.bytes().fold(String::new(), |mut text, byte| {
        write!(text, "\\u{byte:04x}").unwrap();
        text
    });
    format!(r#"{},"escaped":"{escaped}""#, members.join(","))
}

/// The secret and the tokens that a test has seen so far.
struct Held(Vec<String>);

impl Held {
    /// Takes the current token in as well.
    fn token(&mut self, window: &Window) -> String {
        let token = window.app().status().unwrap().token.unwrap().secret().expose_secret().to_owned();
        if !self.0.contains(&token) {
            self.0.push(token.clone());
        }
        token
    }

    /// Looks through all that the window shows, tells, copies, logs and writes.
    #[track_caller]
    fn assert_hidden(&self, window: &Window, when: &str) {
        let mut places = vec![("the accessibility tree", window.accessibility_tree()), ("the screen", window.screen())];
        let described = window.harness.root().children_recursive().fold(String::new(), |text, node| {
            let node = node.accesskit_node();
            let said = [node.label(), node.value(), node.data().description().map(str::to_owned)];
            text + &said.into_iter().flatten().collect::<Vec<_>>().join("\n")
        });
        places.push(("labels, values and descriptions", described));
        places.push(("the clipboard by way of egui", window.clipboard.join("\n")));
        places.push(("egui's memory", window.harness.ctx.memory(|memory| ron::to_string(memory).unwrap())));
        let snapshot = window.app().activity().snapshot();
        let events =
            snapshot.iter().fold(String::new(), |text, event| format!("{text}{event:?}\n{}\n", event.to_text()));
        places.push(("the activity log", events));
        for entry in std::fs::read_dir(window.folder.path()).unwrap() {
            places.push(("the settings", std::fs::read_to_string(entry.unwrap().path()).unwrap()));
        }
        for (path, bytes) in window.files_of_history() {
            places
                .push(("the files of the history", format!("{}\n{}", path.display(), String::from_utf8_lossy(&bytes))));
        }
        places.push(("what the history gives back", window.told_by_history()));
        places.push(("the log", String::from_utf8_lossy(&lines().0.lock().unwrap()).into_owned()));
        for secret in &self.0 {
            for (number, spelling) in spellings(secret).iter().enumerate() {
                for (place, text) in &places {
                    assert!(!text.contains(spelling), "{when}: spelling {number} of a held value is in {place}");
                }
            }
        }
    }
}

#[test]
fn k10_a_secret_and_its_tokens_leave_no_trace_through_add_use_copy_fail_panic_and_delete() {
    lines();
    let server = Server::start();
    let mut held = Held(vec![server.secret().to_owned()]);
    let mut window = Window::open(Setup::default());

    window.fill_in("Canary", &server, server.secret());
    held.assert_hidden(&window, "typed");
    window.click("Save key");
    window.until_said("Saved in the system keychain.");
    assert_eq!(window.store.secrets(), [server.secret()]);
    held.assert_hidden(&window, "added");

    window.look_up_and_wait("PRODUCT-001");
    let token = held.token(&window);
    held.assert_hidden(&window, "used");
    window.click("Copy as cURL");
    window.click_role(Role::Tab, "Token");
    window.until_said("Claims of token #1");
    window.click("Copy claims");
    held.assert_hidden(&window, "read");

    window.click("Copy token");
    window.click("Copy it");
    window.until_said("Token on the clipboard");
    assert_eq!(window.board.was_put(), [token.as_str()], "what the user asked to copy, and nothing else");
    held.assert_hidden(&window, "copied");
    window.click("Clear now");
    window.until_said("The token was cleared from the clipboard.");

    // Refusals that repeat all that was sent, by the price endpoint and by the token endpoint.
    window.click_role(Role::Tab, "Prices");
    for status in [400, 403, 500] {
        let body = format!(r#"{{"error":"bad","error_description":"no {token}",{}}}"#, echo(&token));
        let canned = Canned::new(status, body)
            .with_header("www-authenticate", &format!("Bearer error=\"bad\", error_description=\"no {token}\""));
        server.sandbox.set_fault(Fault::prices(ReplyFault::Canned(canned)));
        window.look_up_and_wait("PRODUCT-002");
        window.until("the refusal", |window| {
            window.app().desk().unwrap().shown.as_ref().unwrap().lookup.http_status == Some(status)
        });
        held.assert_hidden(&window, "refused");
    }
    let secret = server.secret();
    for spelling in [secret.to_owned(), STANDARD.encode(secret), percent(secret), hex(secret)] {
        let body = format!(r#"{{"error":"invalid_client","error_description":"no {spelling}",{}}}"#, echo(secret));
        let canned = Canned::new(401, body).with_header("x-secret", secret);
        server.sandbox.set_fault(Fault::token(ReplyFault::Canned(canned)));
        let failures = window.app().activity().snapshot().len();
        if window.is_enabled("Refresh now") {
            window.click("Refresh now");
        } else {
            window.click("Get token");
        }
        window.until("the refusal", |window| window.app().activity().snapshot().len() > failures);
        held.assert_hidden(&window, "refused by the token endpoint");
    }
    window.click_role(Role::Tab, "Activity");
    held.assert_hidden(&window, "told in the activity log");

    // A keychain that breaks in the middle, and one that refuses to delete.
    window.store.set(Mood::Panics);
    window.click("Delete key");
    window.click("Delete this key");
    window.until_said("crashed");
    held.assert_hidden(&window, "panicked");
    window.store.set(Mood::Well);
    window.click("Delete key");
    window.click("Delete this key");
    window.until("the deletion", |window| window.app().profiles().is_empty());
    assert!(window.store.secrets().is_empty());
    let file = window.folder.path().join("settings.toml");
    window.until("the settings are written", |_| {
        std::fs::read_to_string(&file).is_ok_and(|text| !text.contains(server.client_id()))
    });
    held.assert_hidden(&window, "deleted");
    assert!(!lines().0.lock().unwrap().is_empty(), "something was logged, so that there was something to look through");
}

#[test]
fn k10_a_price_body_that_repeats_the_token_is_read_and_shows_no_token() {
    lines();
    let server = Server::start();
    let mut held = Held(vec![server.secret().to_owned()]);
    let mut window = Window::with_key_of(&server);
    window.look_up_and_wait("PRODUCT-001");
    window.assert_silent("repeats the access token");
    let token = held.token(&window);
    let body = format!(
        r#"{{"sku":"PRODUCT-001","price":"77.10","currency":"EUR","pricelist":"of {token}",{}}}"#,
        echo(&token)
    );
    // Below and above the size up to which a body is read at once.
    for padding in [0, 40_000] {
        let body = format!("{body}{}", " ".repeat(padding));
        server.sandbox.set_fault(Fault::prices(ReplyFault::Canned(Canned::new(200, body))));
        window.look_up_and_wait("PRODUCT-001");
        window.until_said("77.10");
        window.assert_says("The server repeats the access token in its answer.");
        window.assert_says("of …");
        held.assert_hidden(&window, "in the tree");
        window.click_role(Role::RadioButton, "Text");
        window.click("Copy body");
        let copied = window.clipboard.last().unwrap();
        assert!(copied.contains(r#""echo0":"Bearer …""#) && copied.contains(r#""price":"77.10""#), "{copied}");
        held.assert_hidden(&window, "as text, and copied");
        window.click_role(Role::RadioButton, "Tree");
    }
}
