//! The *Token* tab as an inspector: checks of the current token, a pasted one, a key file; and that a paste leaves no trace.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod base;
#[path = "support/keychain.rs"]
mod keychain;
#[path = "support/window.rs"]
mod window;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use egui::accesskit::Role;
use egui::{Key, Modifiers, vec2};
use quantaprice_explorer::sandbox::Fault;
use secrecy::ExposeSecret;
use window::{LOOKS, Server, Setup, Window};

const BOX: &str = "Paste a token to inspect";
/// What stands in the signature of pasted tokens, and must be seen nowhere.
const CANARY: &str = "c2VjcmV0LXNpZ25hdHVyZS1jYW5hcnk";

/// A token with this payload and a signature that is easy to find wherever it should not be.
fn token(payload: &str) -> String {
    let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
    format!("{}.{}.{CANARY}", part(r#"{"alg":"RS256","typ":"JWT","kid":"2026-10-a"}"#), part(payload))
}

fn sample() -> String {
    token(r#"{"iss":"https://staging.example","tenant":"demo-retail","iat":1795526801,"exp":1795530401}"#)
}

fn open_tab(server: &Server) -> Window {
    let mut window = Window::with_key_of(server);
    window.click_role(Role::Tab, "Token");
    window
}

fn current_token(window: &Window) -> String {
    window.app().status().unwrap().token.unwrap().secret().expose_secret().to_owned()
}

#[test]
fn the_current_token_is_checked_with_figures_and_times() {
    let server = Server::start();
    let mut window = open_tab(&server);
    window.click("Get a token");
    window.until_said("Checks of token #1");
    for words in [
        "Valid for another ",
        "3600 s agrees with exp − iat (3600 s).",
        "Lives 1 h (3600 s), as the vendor documents.",
        "the host of the token URL.",
        "the host of the API URL.",
        "RS256, as in the vendor's sample.",
        "Not checked: no public key given.",
        "By the issuer's clock, this PC's is right (±1 s).",
        "10 good, 1 not known",
    ] {
        window.assert_says(words);
    }
    let cells = window.cells();
    for relative in [["in ", "in "], ["ago", "now"]] {
        let is_there = cells.iter().any(|cell| relative.iter().any(|end| cell.starts_with(end) || cell.ends_with(end)));
        assert!(is_there, "{relative:?}: {cells:?}");
    }
    window.assert_silent(&current_token(&window));
}

#[test]
fn a_signature_is_checked_with_a_key_file_chosen_by_path() {
    let server = Server::start();
    let mut window = open_tab(&server);
    window.click("Get a token");
    window.until_said("Checks of token #1");
    window.click("Public key…");
    window.assert_tooltip("Read key", "Type a path first.");
    let path = window.folder.path().join("jwks.json");
    std::fs::write(&path, server.sandbox.jwks()).unwrap();
    window.type_into("Key file path", path.to_str().unwrap());
    window.click("Read key");
    window.until_said("Holds: RS256 with the RSA key of 2048 bits “sandbox-");
    window.assert_says("Signatures are checked with jwks.json: JWK set with 1 key");

    // Another sandbox's key does not fit; a file that is none says so, and the old key stays.
    let other = window.folder.path().join("other.json");
    std::fs::write(&other, Server::start().sandbox.jwks()).unwrap();
    window.type_into("Key file path", other.to_str().unwrap());
    window.key(Key::Enter);
    window.until_said("The key file does not know the key “sandbox-");
    std::fs::write(&other, "hello").unwrap();
    window.click("Read key");
    window.until_said("The file holds no key: it is neither PEM nor a JWK set.");
    window.click("Forget key file");
    window.assert_says("Not checked: no public key given.");
}

#[test]
fn a_pasted_token_is_read_and_held_against_the_profile() {
    let server = Server::start();
    let mut window = open_tab(&server);
    window.paste_into(BOX, &format!("curl https://api.example -H 'Authorization: Bearer {}'", sample()));
    window.assert_says("Left out: the cURL command, the word “Bearer” and quotation marks.");
    window.assert_says("Checks of the pasted token");
    window.assert_says("“https://staging.example” is not 127.0.0.1:");
    window.assert_says("RS256 · JWT · kid 2026-10-a");
    let cells = window.cells();
    for cell in ["tenant", "demo-retail", "Issuer: who made the token", "Expires 14:26:41 UTC, 24 Nov 2026"] {
        assert!(cells.iter().any(|shown| shown == cell), "{cell} is not among {cells:?}");
    }
    window.assert_says("No token to look into");
    assert_eq!(server.sandbox.counts().token_requests, 0, "nothing is sent for it");
}

#[test]
fn a_row_opens_in_full_by_click_and_by_keyboard() {
    let server = Server::start();
    let mut window = open_tab(&server);
    let long = "x".repeat(300);
    window.paste_into(BOX, &token(&format!(r#"{{"note":"{long}","exp":1795530401}}"#)));
    window.click_role(Role::Row, "note");
    window.assert_says("“note” in full");
    window.assert_says(&long);
    window.click("Close");
    window.assert_silent(&long);
    window.part(Role::Row, "exp").unwrap().focus();
    window.settle();
    window.key(Key::Enter);
    window.assert_says("“exp” in full");
    window.assert_says("14:26:41 UTC, 24 Nov 2026");
}

#[test]
fn the_view_follows_the_keyboard_to_a_row_far_down() {
    let server = Server::start();
    let setup = Setup { size: vec2(640.0, 400.0), ..Setup::default() };
    let mut window = Window::open(setup.with_key_of(&server, "Staging SE"));
    window.click_role(Role::Tab, "Token");
    window.paste_into(BOX, &sample());
    window.part(Role::Row, "kid").unwrap().focus();
    window.settle();
    window.pause();
    let row = window.part(Role::Row, "kid").unwrap().rect();
    assert!(row.top() > 88.0 && row.bottom() <= 400.0, "{row:?}");
    window.key(Key::Enter);
    window.assert_says("“kid” in full");
}

#[test]
fn what_is_wrong_with_a_paste_is_said_in_a_sentence() {
    let server = Server::start();
    let mut window = open_tab(&server);
    let whole = sample();
    let (header, rest) = whole.split_once('.').unwrap();
    let payload = rest.split_once('.').unwrap().0;
    let plus = format!("{header}.{}+{}.{CANARY}", &payload[..16], &payload[17..]);
    for (paste, words) in [
        ("Bearer $TOKEN", "A placeholder stands where the token belongs"),
        ("curl https://api.example", "The cURL line has no Authorization header"),
        ("just words", "This token is opaque"),
        (&"ab".repeat(32), "This has the form of a client secret"),
        ("a.b.c.d.e", "This token is encrypted (JWE, five parts)"),
        (&format!("{header}.{payload}"), "The signature is missing: the token has two parts instead of three."),
        (&plus, "The payload is not base64url: character 17 is “+”."),
        (&token("[1]"), "The payload is a list in JSON, where an object belongs."),
        (&"a".repeat(1024 * 1024 + 1), "The paste has 1048577 bytes"),
    ] {
        window.paste_into(BOX, paste);
        window.assert_says(words);
    }
}

/// Asserts that nothing of the pasted token is anywhere that outlives it.
#[track_caller]
fn assert_gone(window: &mut Window) {
    assert!(!window.accessibility_tree().contains(CANARY));
    window.assert_silent("the pasted token");
    let memory = window.harness.ctx.memory(|memory| ron::to_string(&memory.data).unwrap_or_default());
    assert!(!memory.contains(CANARY));
}

#[test]
fn k7_a_paste_is_never_shown_and_clear_wipes_it_beyond_undo() {
    let server = Server::start();
    let mut window = open_tab(&server);
    window.paste_into(BOX, &sample());
    window.assert_says("held in memory, hidden.");
    assert!(!window.accessibility_tree().contains(CANARY), "masked while it is held");
    assert!(!window.accessibility_tree().contains("•••"), "a paste does not even get into the text field");
    window.click("Clear");
    assert_gone(&mut window);
    window.focus(BOX);
    window.key_with(Modifiers::COMMAND, Key::Z);
    assert_gone(&mut window);
    window.assert_tooltip("Clear", "There is nothing to clear.");
}

#[test]
fn k7_what_is_typed_is_dots_and_wiped_beyond_undo_as_well() {
    let server = Server::start();
    let mut window = open_tab(&server);
    window.type_into(BOX, &sample());
    window.assert_says("Checks of the pasted token");
    assert!(window.accessibility_tree().contains("•••") && !window.accessibility_tree().contains(CANARY));
    window.pause();
    window.click("Clear");
    window.focus(BOX);
    window.key_with(Modifiers::COMMAND, Key::Z);
    assert_gone(&mut window);
    assert!(!window.accessibility_tree().contains("•••"));
}

#[test]
fn k7_leaving_the_tab_or_the_profile_wipes_the_paste() {
    let server = Server::start();
    let setup = Setup::default().with_key_of(&server, "Staging SE").with_key_of(&server, "Retail EU");
    let mut window = Window::open(setup);
    window.click_role(Role::Tab, "Token");
    for leave in [
        (|window: &mut Window| {
            window.click_role(Role::Tab, "Prices");
            window.click_role(Role::Tab, "Token");
        }) as fn(&mut Window),
        |window| {
            let other = window.app().profiles().iter().find(|other| window.app().active.as_ref() != Some(&other.id));
            let name = other.unwrap().name.clone();
            let rows = window.all(Role::ListBoxOption);
            let row = rows.iter().find(|row| row.contains(&name)).unwrap().clone();
            window.click_role(Role::ListBoxOption, &row);
        },
    ] {
        window.paste_into(BOX, &sample());
        window.assert_says("Checks of the pasted token");
        leave(&mut window);
        assert_gone(&mut window);
        window.focus(BOX);
        window.key_with(Modifiers::COMMAND, Key::Z);
        assert_gone(&mut window);
    }
}

#[test]
fn a_megabyte_with_ten_thousand_claims_is_shown_row_by_row() {
    let server = Server::start();
    let mut window = open_tab(&server);
    let claims: Vec<_> = (0..10_000).map(|n| format!(r#""claim-{n}":"{}""#, "x".repeat(60))).collect();
    let large = token(&format!("{{{}}}", claims.join(",")));
    assert!(large.len() > 900_000);
    window.paste_into(BOX, &large);
    window.assert_says("10000 names");
    assert!(window.cells().len() < 300, "only the rows in sight are built");
}

#[test]
fn odd_dates_duplicates_and_hidden_characters_are_flagged() {
    let server = Server::start();
    let mut window = open_tab(&server);
    window.paste_into(BOX, &token("{\"exp\":1e300,\"iat\":\"1795526801\",\"sub\":\"a\u{202e}b\",\"sub\":\"c\"}"));
    for words in [
        "exp (1e300) is a number that no calendar reaches.",
        "Issued 13:26:41 UTC, 24 Nov 2026; this is text where RFC 7519 wants a number",
        "a<U+202E>b",
        "“sub” is named more than once.",
    ] {
        let said = window.says(words) || window.cells().iter().any(|cell| cell.contains(words));
        assert!(said, "{words}: {}", window.screen());
    }
    assert!(!window.accessibility_tree().contains('\u{202e}'));
}

#[test]
fn t21_a_token_without_dates_asks_for_no_frames_and_one_with_dates_for_one_a_second() {
    let server = Server::start();
    let mut window = open_tab(&server);
    window.paste_into(BOX, &token(r#"{"tenant":"demo"}"#));
    window.focus("Profile name");
    window.key(Key::Escape);
    window.harness.remove_cursor();
    window.until("the window is idle", |window| window.next_frame_in() > Duration::from_secs(60));
    let soon = jiff::Timestamp::now().as_second() + 600;
    window.paste_into(BOX, &token(&format!(r#"{{"exp":{soon}}}"#)));
    window.focus("Profile name");
    window.key(Key::Escape);
    window.until("the window is idle", |window| window.next_frame_in() > Duration::ZERO);
    assert!(window.next_frame_in() <= Duration::from_millis(1010), "{:?}", window.next_frame_in());
}

#[test]
fn the_tab_can_be_drawn_in_every_state_and_size() {
    let server = Server::start();
    for (size, pixels_per_point, theme, name) in LOOKS {
        let setup = Setup { size, pixels_per_point, theme, ..Setup::default() };
        let mut window = Window::open(setup.with_key_of(&server, "Staging SE"));
        let save = |window: &mut Window, state: &str| {
            window.harness.remove_cursor();
            window.settle();
            window.save_picture(&format!("inspect-{state}-{name}"));
        };
        window.look_up_and_wait("PRODUCT-001");
        window.click_role(Role::Tab, "Token");
        save(&mut window, "current");
        window.click("Public key…");
        let path = window.folder.path().join("jwks.json");
        std::fs::write(&path, server.sandbox.jwks()).unwrap();
        window.type_into("Key file path", path.to_str().unwrap());
        window.click("Read key");
        window.until_said("Signatures are checked with");
        window.paste_into(BOX, &format!("Authorization: Bearer {}", sample()));
        window.part(Role::Row, "tenant").unwrap().focus();
        window.settle();
        window.key(Key::Enter);
        window.assert_says("“tenant” in full");
        save(&mut window, "row");
    }
}

#[test]
fn an_opaque_token_is_still_said_to_be_one_beside_the_box() {
    let server = Server::start();
    server.sandbox.set_fault(Fault::OpaqueToken);
    let mut window = open_tab(&server);
    window.click("Get a token");
    window.until_said("This token is opaque");
    window.field(BOX);
}
