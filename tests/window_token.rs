//! The token's state, by the words on screen: ten states, four buttons, the countdown, and frames that go on.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod base;
#[path = "support/keychain.rs"]
mod keychain;
#[path = "support/window.rs"]
mod window;

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use egui::accesskit::Role;
use quantaprice_explorer::keys::Settings;
use quantaprice_explorer::sandbox::{Canned, Fault, Options, ReplyFault};
use quantaprice_explorer::token::State;
use secrecy::ExposeSecret;
use window::{CANARY, Mood, Server, Setup, Window, unreachable_profile};

const BUTTONS: [&str; 4] = ["Get token", "Refresh now", "Forget token", "Copy token"];

/// Whether each of the four buttons can be pressed, in the order in which they stand.
fn enabled(window: &Window) -> [bool; 4] {
    BUTTONS.map(|name| window.is_enabled(name))
}

/// Asserts that chip, panel and ring all say this word.
#[track_caller]
fn assert_state(window: &Window, word: &str) {
    let chips = window.all(Role::Button);
    let chip = format!("Token: {word}");
    assert!(chips.iter().any(|name| name == &chip || name.starts_with(&format!("{chip}, "))), "{word}: {chips:?}");
    let rings = window.all(Role::ProgressIndicator);
    let ring = format!("Token status: {word}");
    assert!(rings.iter().any(|name| name == &ring || name.starts_with(&format!("{ring}, "))), "{word}: {rings:?}");
    assert!(window.all(Role::Label).iter().any(|label| label == word), "{word} is not in the panel");
}

fn state(window: &Window) -> Option<State> {
    window.app().status().map(|status| status.state)
}

#[test]
fn without_a_key_there_is_nothing_to_fetch_with_and_the_buttons_say_so() {
    let mut window = Window::open(Setup::default());
    assert_state(&window, "No key");
    assert_eq!(enabled(&window), [false; 4]);
    for name in BUTTONS {
        window.assert_tooltip(name, "Choose or save a key first.");
    }
}

#[test]
fn from_no_token_to_valid_and_back() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    assert_state(&window, "No token");
    window.assert_says("The first lookup fetches a token.");
    assert_eq!(enabled(&window), [true, false, false, false]);
    window.assert_tooltip("Refresh now", "There is no token yet.");
    window.assert_tooltip("Forget token", "There is no token to forget.");

    window.click("Get token");
    window.until("a token", |window| state(window) == Some(State::Valid));
    assert_state(&window, "Valid");
    assert_eq!(enabled(&window), [false, true, true, true]);
    window.assert_tooltip("Get token", "There is a valid token.");
    let expires = window.app().status().unwrap().token.unwrap().expires_at();
    window.assert_says(&expires.strftime("%H:%M:%S UTC").to_string());
    window.assert_says("Renewed from ");
    window.assert_says("Last 1:00: lookups wait");

    window.click("Refresh now");
    window.until_said("Token 2 of this run: not used yet");
    window.click("Forget token");
    window.assert_says("Token forgotten. The next lookup fetches a new one.");
    assert_state(&window, "No token");
    assert_eq!(server.sandbox.counts().token_requests, 2);
    window.look_up_and_wait("PRODUCT-002");
    window.assert_silent("Token forgotten.");
}

#[test]
fn fetching_and_refreshing_are_shown_while_they_last() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    server.sandbox.set_fault(Fault::token(ReplyFault::Slow(Duration::from_millis(700))));
    window.click("Get token");
    window.until("fetching", |window| state(window) == Some(State::Fetching));
    assert_state(&window, "Fetching");
    assert_eq!(enabled(&window), [false, false, true, false]);
    window.assert_tooltip("Get token", "A token request is under way.");
    window.until("a token", |window| state(window) == Some(State::Valid));
    window.click("Refresh now");
    window.until("refreshing", |window| state(window) == Some(State::Refreshing));
    assert_state(&window, "Refreshing");
    assert_eq!(enabled(&window), [false, false, true, true]);
    window.until("the new token", |window| state(window) == Some(State::Valid));
}

#[test]
fn a_slow_token_says_how_slow_and_forgetting_stops_it() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    server.sandbox.set_fault(Fault::token(ReplyFault::Hanging));
    window.click("Get token");
    window.until_said("has not answered for 2 s.");
    window.assert_says("Wait: it is given up after 30 s.");
    window.click("Forget token");
    window.until("no token", |window| state(window).is_none_or(|state| state == State::NoToken));
    assert_state(&window, "No token");
}

#[test]
fn t6_a_short_token_goes_from_valid_over_stale_to_expired() {
    let server = Server::start_with(Options { expires_in: Duration::from_secs(5), ..Options::default() });
    let mut window = Window::with_key_of(&server);
    window.click("Get token");
    window.until("a token", |window| state(window) == Some(State::Valid));
    window.until("stale", |window| state(window) == Some(State::Stale));
    assert_state(&window, "Stale");
    window.until("expired", |window| state(window) == Some(State::Expired));
    assert_state(&window, "Expired");
    window.assert_says("The next lookup fetches a new one.");
    assert_eq!(enabled(&window), [true, false, true, false]);
    assert_eq!(server.sandbox.counts().token_requests, 1, "nothing is fetched without a use (T21)");
}

#[test]
fn t15_a_rejected_token_is_said() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    server.sandbox.set_fault(Fault::prices(ReplyFault::UnauthorizedStorm));
    window.look_up_and_wait("PRODUCT-001");
    window.assert_says("The API rejected two tokens in a row (HTTP 401)");
    assert_state(&window, "Rejected");
    window.assert_says("Token #2 is dropped; the next lookup fetches a new one.");
    assert_eq!(enabled(&window), [true, false, false, false]);
}

#[test]
fn t16_a_refused_key_is_said_and_nothing_is_sent_by_itself() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    server.sandbox.revoke_key();
    window.click("Get token");
    window.until("the refusal", |window| state(window) == Some(State::KeyRefused));
    assert_state(&window, "Key refused");
    window.assert_says("Nothing is sent by itself until the key changes or you ask again.");
    window.assert_says("The server refused this key: it was revoked, or the secret is wrong.");
    window.look_up_and_wait("PRODUCT-001");
    assert_eq!(server.sandbox.counts().token_requests, 1);
    server.sandbox.restore_key();
    window.click("Get token");
    window.until("a token", |window| state(window) == Some(State::Valid));
}

#[test]
fn t17_an_unreachable_server_counts_the_seconds_to_the_next_try() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    server.sandbox.set_fault(Fault::token(ReplyFault::Unavailable(Duration::from_secs(20))));
    window.look_up_and_wait("PRODUCT-001");
    assert_state(&window, "Unreachable");
    window.assert_says("The token endpoint is not available (HTTP 503).");
    window.until_said("Next try possible in 19 s.");
    window.until_said("Next try possible in 18 s.");
}

#[test]
fn a_server_that_is_gone_is_named_beside_the_buttons() {
    let profile = unreachable_profile("Nowhere");
    let setup = Setup::default();
    setup.store.put(&profile.id, CANARY);
    let settings = Settings { active: Some(profile.id.clone()), profiles: vec![profile], ..Settings::default() };
    let mut window = Window::open(Setup { settings, ..setup });
    window.click("Get token");
    window.until("unreachable", |window| state(window) == Some(State::Unreachable));
    window.until_said("127.0.0.1:1");
    window.assert_silent(CANARY);
}

#[test]
fn a_token_is_copied_only_after_a_question() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.click("Get token");
    window.until("a token", |window| state(window) == Some(State::Valid));
    window.click("Copy token");
    window.assert_says("Copy the access token?");
    window.click("Leave it");
    assert!(window.clipboard.is_empty() && window.app().question.is_none());
    window.click("Copy token");
    window.click("Copy it");
    let token = window.app().status().unwrap().token.unwrap().secret().expose_secret().to_owned();
    assert_eq!(window.clipboard, [token.as_str()]);
    window.assert_says("Access token copied. It works like a password until it expires.");
    window.assert_silent(&token);
}

#[test]
fn the_token_tab_reads_the_claims_and_never_shows_the_token() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.click_role(Role::Tab, "Token");
    window.assert_says("No token to look into");
    window.click("Get a token");
    window.until_said("Claims of token #1");
    let cells = window.cells();
    for claim in ["iss", "exp", "iat", "alg"] {
        assert!(cells.iter().any(|cell| cell == claim), "{claim} is not among {cells:?}");
    }
    assert!(cells.iter().any(|cell| cell.starts_with("Expires ") && cell.contains("UTC")), "{cells:?}");
    let token = window.app().status().unwrap().token.unwrap().secret().expose_secret().to_owned();
    window.assert_silent(&token);
    window.assert_silent(token.rsplit('.').next().unwrap());
}

#[test]
fn an_opaque_token_is_said_to_be_one() {
    let server = Server::start();
    server.sandbox.set_fault(Fault::OpaqueToken);
    let mut window = Window::with_key_of(&server);
    window.look_up_and_wait("PRODUCT-002");
    window.assert_says("19.90");
    window.click_role(Role::Tab, "Token");
    window.assert_says("This token is opaque");
}

#[test]
fn t21_idle_means_no_repaint_and_a_countdown_one_a_second() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.until("the settings are written", |window| window.next_frame_in() > Duration::from_mins(1));
    for _ in 0..10 {
        window.step();
        assert!(window.next_frame_in() > Duration::from_mins(1), "idle without a token asks for no frame");
    }
    window.look_up_and_wait("PRODUCT-002");
    window.until("the window is idle", |window| window.next_frame_in() > Duration::ZERO);
    // Frames as the window asks for them: each shows another second, and there is none between.
    let mut shown = Vec::new();
    for _ in 0..3 {
        let delay = window.next_frame_in();
        assert!(delay <= Duration::from_millis(1010), "the text changes every second, not in {delay:?}");
        std::thread::sleep(delay);
        window.step();
        let chips = window.all(Role::Button);
        shown.push(chips.into_iter().find(|name| name.starts_with("Token: Valid")).unwrap());
    }
    assert!(shown.windows(2).all(|two| two[0] != two[1]), "{shown:?}");
    assert!(window.all(Role::ProgressIndicator).iter().all(|name| name.starts_with("Token status")), "nothing spins");
}

#[test]
fn t10_two_clocks_are_shown_where_they_differ_and_ours_decides() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.look_up_and_wait("PRODUCT-002");
    window.assert_silent("by the server");
    // The token dies 50 s before the reply says it does.
    let exp = jiff::Timestamp::now().as_second() + 252;
    let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let token = format!("{}.{}.c2ln", part(r#"{"alg":"RS256"}"#), part(&format!(r#"{{"exp":{exp}}}"#)));
    let body = format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":302}}"#);
    server.sandbox.set_fault(Fault::token(ReplyFault::Canned(Canned::new(200, body))));
    window.click("Refresh now");
    window.until_said("by this PC");
    window.assert_says("4:1");
    window.assert_says(" by the server, 5:0");
    window.assert_says("Token: Valid, 5:0");
}

#[test]
fn a_spinner_turns_only_while_something_runs() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    let spinners = |window: &Window| {
        let all = window.all(Role::ProgressIndicator);
        all.into_iter().filter(|name| !name.starts_with("Token status")).count()
    };
    assert_eq!(spinners(&window), 0);
    server.sandbox.set_fault(Fault::prices(ReplyFault::Hanging));
    window.look_up("PRODUCT-001");
    window.until_said("Looking up PRODUCT-001");
    assert_eq!(spinners(&window), 1);
    window.key(egui::Key::Escape);
    assert_eq!(spinners(&window), 0);
}

const FRAME: Duration = Duration::from_millis(16);

#[test]
fn k2_frames_go_on_while_the_keychain_hangs() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.store.set(Mood::Hangs);
    window.look_up("PRODUCT-001");
    window.click("Get token");
    window.until_said("Looking up PRODUCT-001");
    let time = window.frame_time();
    assert!(time < FRAME, "{time:?} a frame");
    window.type_into("SKU", "0042");
    assert_eq!(window.app().search.sku, "0042");
    window.type_into("Profile name", "Still here");
    assert_eq!(window.app().form.draft.name, "Still here");
}

#[test]
fn t22_frames_go_on_while_the_server_hangs_and_cancel_stops_it() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    server.sandbox.set_fault(Fault::token(ReplyFault::Hanging));
    window.look_up("PRODUCT-001");
    window.until_said("Looking up PRODUCT-001");
    let time = window.frame_time();
    assert!(time < FRAME, "{time:?} a frame");
    window.type_into("SKU", "0042");
    assert_eq!(window.app().search.sku, "0042");
    window.click("Cancel");
    window.assert_silent("Looking up PRODUCT-001");
}

#[test]
fn frames_stay_short_with_a_large_body_on_screen() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.look_up_and_wait("LARGE-001");
    let time = window.frame_time();
    assert!(time < FRAME, "{time:?} a frame");
}
