//! A token on the clipboard: asked about first, counted down, cleared, and left alone when it is not there any more (K8).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod base;
#[path = "support/keychain.rs"]
mod keychain;
#[path = "support/window.rs"]
mod window;

use std::time::Duration;

use base64::Engine as _;
use egui::accesskit::Role;
use egui::vec2;
use quantaprice_explorer::clipboard::ClipboardError;
use quantaprice_explorer::token::State;
use secrecy::ExposeSecret;
use window::{BoardMood, Server, Setup, Window};

const HELD: &str = "Token on the clipboard, cleared in 0:";

/// A window with a token, on a server that runs for as long as it.
fn with_token(server: &Server) -> Window {
    let mut window = Window::with_key_of(server);
    window.click("Get token");
    window.until("a token", |window| window.app().status().is_some_and(|status| status.state == State::Valid));
    window
}

fn token(window: &Window) -> String {
    window.app().status().unwrap().token.unwrap().secret().expose_secret().to_owned()
}

fn copy(window: &mut Window) {
    window.click("Copy token");
    window.click("Copy it");
}

#[test]
fn k8_a_token_is_copied_only_after_a_question_that_says_what_it_is() {
    let server = Server::start();
    let mut window = with_token(&server);
    window.click("Copy token");
    window.assert_says("Copy the access token?");
    window.assert_says("It works like a password");
    window.assert_says("cleared after 45 seconds");
    window.click("Leave it");
    assert!(window.board.was_put().is_empty() && window.app().question.is_none());
    copy(&mut window);
    window.until_said(HELD);
    let token = token(&window);
    assert_eq!(window.board.text().as_deref(), Some(token.as_str()));
    assert!(window.clipboard.is_empty(), "egui's clipboard does not keep it out of histories");
    window.assert_silent(&token);
}

#[test]
fn k8_a_copied_token_counts_down_and_is_cleared() {
    let server = Server::start();
    let mut window = with_token(&server);
    copy(&mut window);
    window.until_said("cleared in 0:44");
    assert!(window.next_frame_in() <= Duration::from_secs(1), "the countdown moves");
    window.pass(Duration::from_secs(30));
    window.until_said("cleared in 0:1");
    window.pass(Duration::from_secs(15));
    window.until_said("The token was cleared from the clipboard.");
    assert_eq!(window.board.text(), None);
    window.assert_silent(HELD);
}

#[test]
fn k8_clear_now_empties_the_clipboard_at_once() {
    let server = Server::start();
    let mut window = with_token(&server);
    copy(&mut window);
    window.until_said(HELD);
    window.click("Clear now");
    window.until_said("The token was cleared from the clipboard.");
    assert_eq!(window.board.text(), None);
    assert!(!window.has_button("Clear now"));
}

#[test]
fn k8_what_another_program_copied_meanwhile_stays() {
    let server = Server::start();
    let mut window = with_token(&server);
    copy(&mut window);
    window.until_said(HELD);
    window.board.copy("of another program");
    window.pass(Duration::from_secs(45));
    // Asked to look, it finds the other text before the time is over, or at its end.
    window.until("an end of the countdown", |window| !window.says(HELD));
    assert_eq!(window.board.text().as_deref(), Some("of another program"));
}

#[test]
fn k8_copying_something_else_here_ends_the_countdown() {
    let server = Server::start();
    let mut window = with_token(&server);
    window.look_up_and_wait("PRODUCT-001");
    copy(&mut window);
    window.until_said(HELD);
    window.click("Copy body");
    // As egui does it in the real window.
    let body = window.clipboard.last().cloned().unwrap();
    window.board.copy(&body);
    window.until_said("Body copied.");
    assert_eq!(window.board.text(), Some(body));
}

#[test]
fn k8_the_end_of_the_program_clears_the_token_and_nothing_else() {
    let server = Server::start();
    let mut window = with_token(&server);
    copy(&mut window);
    window.until_said(HELD);
    let board = window.board.clone();
    window.harness.state_mut().app.clipboard.leave();
    assert_eq!(board.text(), None, "before the program ends, not some time after");
    drop(window);

    let mut window = with_token(&server);
    copy(&mut window);
    window.until_said(HELD);
    let board = window.board.clone();
    board.copy("of another program");
    drop(window);
    assert_eq!(board.text().as_deref(), Some("of another program"));
}

#[test]
fn k8_without_a_clipboard_the_window_says_so() {
    let server = Server::start();
    let mut window = with_token(&server);
    let reason = "no display".to_owned();
    window.board.set(BoardMood::Fails(ClipboardError::Unavailable { reason }));
    copy(&mut window);
    window
        .until_said("The token was not copied. This system has no clipboard that the program can reach (no display).");
    window.assert_silent(HELD);
    window.board.set(BoardMood::Well);
    copy(&mut window);
    window.until_said(HELD);
}

#[test]
fn k8_a_token_that_could_not_be_cleared_is_said_and_tried_again() {
    let server = Server::start();
    let mut window = with_token(&server);
    copy(&mut window);
    window.until_said(HELD);
    window.board.set(BoardMood::Fails(ClipboardError::Busy));
    window.click("Clear now");
    window.until_said("The token is still on the clipboard.");
    window.board.set(BoardMood::Well);
    window.pass(Duration::from_secs(5));
    window.until_said("The token was cleared from the clipboard.");
    assert_eq!(window.board.text(), None);
}

#[test]
fn k8_frames_go_on_while_the_clipboard_hangs_and_the_program_ends_all_the_same() {
    let server = Server::start();
    let mut window = with_token(&server);
    window.board.set(BoardMood::Hangs);
    copy(&mut window);
    window.until_said("Asking the clipboard");
    let time = window.frame_time();
    assert!(time < Duration::from_millis(16), "{time:?} a frame");
    window.clock.pass(Duration::from_secs(3));
    window.until_said("The system's clipboard does not answer.");
    let started = std::time::Instant::now();
    window.harness.state_mut().app.clipboard.leave();
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
}

#[test]
fn k8_the_countdown_is_shown_in_the_lowest_window_too() {
    let server = Server::start();
    let setup = Setup { size: vec2(640.0, 400.0), ..Setup::default() };
    let mut window = Window::open(setup.with_key_of(&server, "Staging SE"));
    window.look_up_and_wait("PRODUCT-001");
    window.click("Keys and token");
    copy(&mut window);
    window.until_said(HELD);
    assert!(window.has_button("Clear now"));
}

#[test]
fn copied_claims_are_json_and_not_the_token() {
    let server = Server::start();
    let mut window = with_token(&server);
    window.click_role(Role::Tab, "Token");
    window.until_said("Claims of token #1");
    window.click("Copy claims");
    window.assert_says("Claims copied. The token is not among them.");
    let copied = window.clipboard.last().cloned().unwrap();
    let claims: serde_json::Value = serde_json::from_str(&copied).unwrap();
    assert!(claims["exp"].is_number() && claims["iss"].is_string(), "{copied}");
    let token = token(&window);
    let payload = token.split('.').nth(1).unwrap();
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    assert_eq!(claims, serde_json::from_slice::<serde_json::Value>(&payload).unwrap());
    assert!(token.split('.').all(|part| !copied.contains(part)));
    assert!(window.board.was_put().is_empty());
}
