//! The connection check in the window, by the words on screen: the steps as they come, a fault with its advice, copying, cancelling,
//! and all of it by keyboard alone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod base;
#[path = "support/keychain.rs"]
mod keychain;
#[path = "support/window.rs"]
mod window;

use std::time::Duration;

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::NodeT as _;
use quantaprice_explorer::activity::Kind;
use quantaprice_explorer::keys::KeychainError;
use quantaprice_explorer::sandbox::{Fault, ReplyFault};
use secrecy::ExposeSecret;
use window::{Mood, Server, Setup, Window, unreachable_profile};

fn done(window: &mut Window) {
    window.until("the end of the check", |window| !window.app().connection.is_running());
}

/// The name of the button that has the keyboard.
fn focused(window: &Window) -> Option<String> {
    let mut nodes = window.harness.root().children_recursive();
    nodes.find(|node| node.accesskit_node().is_focused()).and_then(|node| node.accesskit_node().label())
}

#[track_caller]
fn tab_to(window: &mut Window, name: &str) {
    for _ in 0..80 {
        if focused(window).as_deref() == Some(name) {
            return;
        }
        window.key(Key::Tab);
    }
    panic!("Tab never came to “{name}”; on screen is:\n{}", window.screen());
}

#[test]
fn a_good_connection_shows_each_step_and_is_copied_without_a_secret() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.type_into("SKU", "PRODUCT-001");
    window.click("Check connection");
    done(&mut window);
    for step in ["Proxy: OK", "DNS: Skipped", "TCP: OK", "TLS: Skipped", "Token: OK", "Price: OK"] {
        assert!(window.part(Role::Image, step).is_some(), "{step} is not in\n{}", window.screen());
    }
    window.assert_says("No TLS on loopback");
    window.assert_says("PRODUCT-001: Priced (HTTP 200).");
    window.assert_says("All is well. It took ");
    window.click("Copy");
    let copied = window.clipboard.last().unwrap().clone();
    assert!(copied.starts_with("Connection check of Staging SE (Staging), "), "{copied}");
    assert!(copied.contains("Token #1 came") && copied.contains("All is well."), "{copied}");
    let token = window.app().status().unwrap().token.unwrap().secret().expose_secret().to_owned();
    for held in [server.secret(), &token] {
        assert!(!copied.contains(held) && !window.accessibility_tree().contains(held));
    }
    window.click("Close");
    window.assert_silent("All is well.");
}

#[test]
fn a_fault_is_named_with_what_to_do_and_checked_again() {
    let server = Server::start();
    server.sandbox.revoke_key();
    let mut window = Window::with_key_of(&server);
    window.click("Check connection");
    done(&mut window);
    assert!(window.part(Role::Image, "Token: Failed").is_some(), "{}", window.screen());
    assert!(window.part(Role::Image, "Price: Not reached").is_some());
    window.assert_says("The server refused this key");
    window.assert_says("Create a new key in the Account Portal");
    window.assert_says("Token failed at 127.0.0.1:");
    window.click("Check again");
    done(&mut window);
    window.assert_says("the server was not asked again");
    // The form has a button of this name too; the panel's is the last.
    window.click_last("Replace secret…");
    window.assert_silent("Connection check");
    assert!(window.app().form.replacing);
}

#[test]
fn nothing_that_listens_fails_at_its_step() {
    let mut setup = Setup::default();
    let profile = unreachable_profile("Nowhere");
    setup.store.put(&profile.id, window::CANARY);
    setup.settings.active = Some(profile.id.clone());
    setup.settings.put(profile);
    let mut window = Window::open(setup);
    window.click("Check connection");
    done(&mut window);
    assert!(window.part(Role::Image, "TCP: Failed").is_some(), "{}", window.screen());
    window.assert_says("No connection to 127.0.0.1:1: nothing answers there.");
}

#[test]
fn a_locked_keychain_fails_at_the_token_and_says_what_to_do() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.store.set(Mood::Fails(KeychainError::Locked));
    window.click("Check connection");
    done(&mut window);
    assert!(window.part(Role::Image, "TCP: OK").is_some() && window.part(Role::Image, "Token: Failed").is_some());
    window.assert_says(&KeychainError::Locked.to_string());
    window.assert_says(KeychainError::Locked.next_step());
}

#[test]
fn a_running_check_shows_a_spinner_and_is_cancelled() {
    let server = Server::start();
    server.sandbox.set_fault(Fault::token(ReplyFault::Slow(Duration::from_secs(20))));
    let mut window = Window::with_key_of(&server);
    window.click("Check connection");
    window.until("the token's step", |window| window.part(Role::ProgressIndicator, "Token is running").is_some());
    assert!(window.part(Role::Image, "TCP: OK").is_some(), "{}", window.screen());
    assert!(window.next_frame_in() < Duration::from_secs(1), "a spinner turns");
    assert!(window.frame_time() < Duration::from_millis(16), "no frame waits for a step");
    window.click("Cancel");
    assert!(!window.app().connection.is_running());
    window.assert_says("The check was cancelled.");
    assert!(window.part(Role::Image, "Token: Cancelled").is_some(), "{}", window.screen());
    window.until("the log", |window| {
        let events = window.app().activity().snapshot();
        events.iter().any(|event| event.kind == Kind::Check && event.outcome.label() == "Given up")
    });
}

#[test]
fn escape_closes_it_and_stops_it() {
    let server = Server::start();
    server.sandbox.set_fault(Fault::token(ReplyFault::Slow(Duration::from_secs(20))));
    let mut window = Window::with_key_of(&server);
    window.click("Check connection");
    window.until("the token's step", |window| window.part(Role::ProgressIndicator, "Token is running").is_some());
    window.key(Key::Escape);
    window.assert_silent("Connection check");
    assert!(!window.app().connection.is_running());
}

#[test]
fn the_keyboard_alone_is_enough() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    tab_to(&mut window, "Check connection");
    window.key(Key::Enter);
    done(&mut window);
    window.assert_says("All is well, as far as it was looked at.");
    tab_to(&mut window, "Copy");
    window.key(Key::Enter);
    window.assert_says("Connection check copied. No secret is in it.");
    window.assert_says("No SKU is in the SKU field");
    tab_to(&mut window, "Check again");
    window.key(Key::Enter);
    done(&mut window);
    window.assert_says("is in hand and valid for");
    tab_to(&mut window, "Close");
    window.key(Key::Space);
    window.assert_silent("Check again");
}

#[test]
fn the_sandbox_has_a_sku_of_its_own_and_the_steps_are_in_the_log() {
    let mut window = Window::on_sandbox();
    window.type_into("SKU", "");
    window.click("Check connection");
    done(&mut window);
    window.assert_says("PRODUCT-001: Priced");
    window.key(Key::Escape);
    window.click_role(Role::Tab, "Activity");
    window.click_role(Role::RadioButton, "Checks");
    let rows = window.all(Role::Row);
    assert_eq!(rows.len(), 6, "{rows:?}");
    assert!(
        rows[5].contains("Check, Proxy of 127.0.0.1:") && rows[5].contains("Connection check, Sandbox, Done"),
        "{rows:?}"
    );
}

#[test]
fn without_a_saved_key_the_button_says_why_it_cannot_act() {
    let mut window = Window::open(Setup::default());
    window.until("the keychain's answer", |window| window.app().keychain_state.is_some());
    assert!(!window.is_enabled("Check connection"));
    window.assert_tooltip("Check connection", "Save the key first.");
}

#[test]
fn a_deleted_key_takes_its_check_with_it() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.click("Check connection");
    done(&mut window);
    window.key(Key::Escape);
    window.click("Delete key");
    window.click("Delete this key");
    window.until_said("is deleted.");
    assert!(window.app().connection.shown().is_none());
}
