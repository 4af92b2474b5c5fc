//! The token in the whole window: the word for each state, the four buttons, and whose token is shown.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod base;
#[path = "support/window.rs"]
mod window;

use std::time::Duration;

use egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;
use quantaprice_explorer::app::Opening;
use quantaprice_explorer::sandbox::{Endpoint, Fault, ReplyFault};
use secrecy::ExposeSecret as _;
use window::{Store, Window};

fn generation(window: &Window) -> u64 {
    window.app().status().and_then(|status| status.token).map_or(0, |token| token.generation())
}

/// Clicks a profile's row in the list at the left.
fn choose(window: &mut Window, name: &str) {
    let id = window.app().profiles().iter().find(|profile| profile.name == name).unwrap().id.clone();
    let start = format!("{name}, ");
    window
        .harness
        .get_by(|node| {
            node.role() == Role::ListBoxOption && node.label().is_some_and(|label| label.starts_with(&start))
        })
        .click();
    window.step();
    assert_eq!(window.app().active, Some(id));
}

#[test]
fn without_a_key_the_state_is_no_key_and_nothing_can_be_asked() {
    let window = Window::open(Store::Works, Opening::SavedKeys);
    assert!(window.has(Role::Button, "Token: No key") && window.has(Role::Label, "No key"));
    for button in ["Get token", "Refresh now", "Forget token", "Copy token"] {
        assert!(window.is_blocked(button), "{button}");
    }
}

#[test]
fn a_token_is_got_refreshed_and_forgotten_and_each_state_has_its_word() {
    let mut window = Window::on_sandbox();
    window.step();
    assert!(window.has(Role::Button, "Token: No token") && window.is_blocked("Refresh now"));
    window.press("Get token");
    window.until_says("Token: Valid, 59:");
    assert!(window.has(Role::Label, "Valid") && window.says("Token status: Valid, 59 min"));
    assert!(window.is_blocked("Get token"), "there is one already");
    assert_eq!(generation(&window), 1);

    let first = window.app().status().unwrap().token.unwrap();
    window.press("Refresh now");
    window.until("the token is another one", |window| generation(window) == 2);
    let second = window.app().status().unwrap().token.unwrap();
    assert_ne!(first.secret().expose_secret(), second.secret().expose_secret());

    window.until_says("Token: Valid");
    window.press("Forget token");
    window.until_says("Token: No token");
    assert!(window.is_blocked("Copy token") && window.is_blocked("Forget token"));
}

#[test]
fn t16_a_revoked_key_is_called_refused_and_is_not_tried_again_by_itself() {
    let mut window = Window::open(Store::Works, Opening::SavedKeys);
    let server = window.another_server();
    window.save_key_of("Own server", &server);
    assert!(window.has(Role::Button, "Token: No token"));
    window.press("Get token");
    window.until_says("Token: Valid");

    server.revoke_key();
    window.press("Refresh now");
    window.until_says("Token: Key refused");
    assert!(window.has(Role::Label, "Key refused") && !window.says("Token: Valid"));
    assert!(window.says("Nothing is sent by itself until the key changes or you ask again."));
    let asked = server.counts().token_requests;
    window.ask("PRODUCT-001");
    assert!(window.has(Role::Label, "Failed") && window.says("Replace secret…"));
    assert_eq!(server.counts().token_requests, asked, "a lookup does not ask with a refused key");

    server.restore_key();
    window.press("Get token");
    window.until_says("Token: Valid");
    assert_eq!(server.counts().token_requests, asked + 1, "asking by hand does");
}

#[test]
fn t17_a_server_that_is_gone_is_called_unreachable() {
    let mut window = Window::open(Store::Works, Opening::SavedKeys);
    let server = window.another_server();
    window.save_key_of("Own server", &server);
    window.stop(server);
    window.press("Get token");
    window.until_says("Token: Unreachable");
    assert!(window.has(Role::Label, "Unreachable"));
    assert!(window.says("Next try possible in") || window.says("The next lookup tries again."));
    window.ask("PRODUCT-001");
    assert!(window.has(Role::Label, "Failed") && !window.has(Role::ColumnHeader, "Amount"));
}

#[test]
fn a_copied_token_is_asked_about_first() {
    let mut window = Window::on_sandbox();
    window.press("Get token");
    window.until_says("Token: Valid");
    window.press("Copy token");
    window.step();
    assert!(window.says("Copy the access token?") && window.copied.is_empty());
    window.press("Leave it");
    window.step();
    assert!(window.copied.is_empty() && !window.says("Copy the access token?"));
    window.press("Copy token");
    window.step();
    window.press("Copy it");
    window.step();
    let token = window.app().status().unwrap().token.unwrap();
    assert!(window.copied.iter().any(|text| text == token.secret().expose_secret()));
    assert!(!window.accessibility_tree().contains(token.secret().expose_secret()), "it is copied, not shown");
}

#[test]
fn t19_each_profile_has_its_own_token_and_its_own_answer() {
    let mut window = Window::open(Store::Works, Opening::SavedKeys);
    let (one, two) = (window.another_server(), window.another_server());
    window.save_key_of("One", &one);
    window.ask("PRODUCT-001");
    assert!(window.has(Role::Cell, "12.10") && window.says("Token: Valid"));
    window.save_key_of("Two", &two);
    assert!(window.has(Role::Button, "Token: No token"), "the other profile's token is not this one's");
    assert!(!window.has(Role::Cell, "12.10"), "nor is its answer");
    window.ask("PRODUCT-002");
    assert!(window.has(Role::Cell, "19.90"));

    choose(&mut window, "One");
    assert!(window.has(Role::Cell, "12.10") && !window.has(Role::Cell, "19.90") && window.says("Token: Valid"));
    let token = |window: &Window| window.app().status().unwrap().token.unwrap().secret().expose_secret().to_owned();
    let of_one = token(&window);
    choose(&mut window, "Two");
    assert!(window.has(Role::Cell, "19.90") && !window.has(Role::Cell, "12.10"));
    assert_ne!(token(&window), of_one);
    assert_eq!((one.counts().token_requests, two.counts().token_requests), (1, 1), "looking is not asking");

    // A refusal of one is not a refusal of the other.
    one.revoke_key();
    choose(&mut window, "One");
    window.press("Refresh now");
    window.until_says("Token: Key refused");
    choose(&mut window, "Two");
    assert!(window.says("Token: Valid"));
    assert_eq!((one.counts().price_requests, two.counts().price_requests), (1, 1));
}

#[test]
fn t14_a_token_that_the_api_refuses_once_is_replaced_without_a_word_to_the_user() {
    let mut window = Window::open(Store::Works, Opening::SavedKeys);
    let server = window.another_server();
    window.save_key_of("Own server", &server);
    window.ask("PRODUCT-001");
    server.expire_tokens();
    window.ask("PRODUCT-002");
    assert!(window.has(Role::Label, "Priced") && window.has(Role::Cell, "19.90"));
    assert_eq!(generation(&window), 2);
}

#[test]
fn the_old_answer_stays_while_a_slow_one_is_under_way_and_escape_keeps_it() {
    let mut window = Window::open(Store::Works, Opening::SavedKeys);
    let server = window.another_server();
    window.save_key_of("Own server", &server);
    window.ask("PRODUCT-001");
    server.set_fault(Fault::prices(ReplyFault::Hanging));
    window.fill("SKU", "PRODUCT-002");
    window.harness.key_press(egui::Key::Enter);
    window.until_says("Looking up PRODUCT-002");
    assert!(window.has(Role::Cell, "12.10"));
    window.until_says("The API is slow");
    window.harness.key_press(egui::Key::Escape);
    window.step();
    assert!(window.has(Role::Cell, "12.10") && !window.says("Looking up PRODUCT-002"));
    assert!(window.has(Role::Label, "PRODUCT-001"), "the answer keeps its own SKU");
}

#[test]
fn h6_a_rate_limit_shows_its_countdown_and_is_tried_again() {
    let mut window = Window::open(Store::Works, Opening::SavedKeys);
    let server = window.another_server();
    window.save_key_of("Own server", &server);
    server.spoil_next(Endpoint::Prices, ReplyFault::RateLimit(Duration::from_secs(2)), 1);
    window.fill("SKU", "PRODUCT-001");
    window.harness.key_press(egui::Key::Enter);
    window.until_says("The API asks to wait. Try 2 of 3 starts in");
    window.until("the second try has answered", |window| window.has(Role::Cell, "12.10"));
    assert_eq!(server.counts().price_requests, 2);
}

#[test]
fn the_token_tab_lists_claims_and_no_token() {
    let mut window = Window::on_sandbox();
    window.press("Get token");
    window.until_says("Token: Valid");
    window.press_role(Role::Tab, "Token");
    window.step();
    assert!(window.says("Claims of token #1") && window.has(Role::Cell, "exp"));
    let token = window.app().status().unwrap().token.unwrap();
    let signature = token.secret().expose_secret().rsplit('.').next().unwrap().to_owned();
    assert!(!window.accessibility_tree().contains(&signature));
}
