//! The *Activity* tab, by the words on screen: what is listed, filtered, opened, copied, and that none of it is a secret.

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
use quantaprice_explorer::activity::{Event, EventReason, Kind};
use quantaprice_explorer::sandbox::{Fault, ReplyFault};
use secrecy::ExposeSecret;
use window::{LOOKS, Server, Setup, Window};

/// A window in which some lookups were made and one 401 was replayed, at the tab.
fn window(server: &Server, setup: Setup) -> Window {
    let mut window = Window::open(setup.with_key_of(server, "Staging SE"));
    window.until("the keychain's answer", |window| window.app().keychain_state.is_some());
    window.look_up_and_wait("PRODUCT-001");
    server.sandbox.set_fault(Fault::prices(ReplyFault::UnauthorizedOnce));
    window.look_up_and_wait("PRODUCT-002");
    for sku in ["FORBIDDEN-001", "MISSING-001", "NOPRICE-001"] {
        window.look_up_and_wait(sku);
    }
    window.click_role(Role::Tab, "Activity");
    window
}

fn rows(window: &Window) -> Vec<String> {
    window.all(Role::Row)
}

/// The row that has the keyboard.
fn focused(window: &Window) -> Option<String> {
    use egui_kittest::kittest::NodeT as _;
    let nodes = window.harness.root().children_recursive();
    let mut rows = nodes.filter(|node| node.accesskit_node().role() == Role::Row);
    rows.find(|row| row.accesskit_node().is_focused()).and_then(|row| row.accesskit_node().label())
}

#[test]
fn before_anything_was_sent_the_tab_says_what_will_be_there() {
    let mut window = Window::open(Setup::default());
    window.until("the keychain's answer", |window| window.app().keychain_state.is_some());
    window.click_role(Role::Tab, "Activity");
    // The keychain was asked at the start already.
    assert_eq!(rows(&window).len(), 1);
    assert!(
        rows(&window)[0].contains("Keychain") && rows(&window)[0].contains("See if it answers, –, Done"),
        "{:?}",
        rows(&window)
    );
    window.click_role(Role::RadioButton, "Prices");
    window.assert_says("No event is like that");
    window.assert_says("0 of 1 events");
    window.click("Clear filter");
    window.assert_says("1 event");
}

#[test]
fn each_exchange_is_listed_with_its_reason_the_newest_on_top() {
    let server = Server::start();
    let window = window(&server, Setup::default());
    let rows = rows(&window);
    let expected = [
        "Price, NOPRICE-001, Lookup, Staging SE, No price, 200",
        "Price, MISSING-001, Lookup, Staging SE, Unknown SKU, 404",
        "Price, FORBIDDEN-001, ",
        "Price, PRODUCT-002, Replay after a 401, Staging SE, Priced, 200",
        "Token, Token #2, served 4 lookups, 1 waited ",
        "Price, PRODUCT-002, The API rejected the token",
        "Price, PRODUCT-001, Lookup, Staging SE, Priced, 200",
        "Token, Token #1, served 2 lookups, 1 waited ",
        "Keychain, Staging SE, Read a secret",
    ];
    for (row, expected) in rows.iter().zip(expected) {
        assert!(row.contains(expected), "{row} is not {expected}");
    }
    assert_eq!(window.columns(), ["Time", "Kind", "What", "Reason", "Profile", "Outcome", "HTTP", "ms"]);
    window.assert_says("11 events");
}

#[test]
fn events_are_filtered_by_kind_outcome_profile_and_text() {
    let server = Server::start();
    let mut window = window(&server, Setup::default());
    window.click_role(Role::RadioButton, "Tokens");
    assert_eq!(rows(&window).len(), 2);
    window.assert_says("2 of 11 events");
    window.click_role(Role::RadioButton, "Notes");
    assert_eq!(rows(&window).len(), 1);
    window.click_role(Role::RadioButton, "All");

    window.click_role(Role::ComboBox, "Outcome filter");
    window.click_role(Role::ListBoxOption, "Problems");
    let problems = rows(&window);
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("Forbidden, 403") && problems[1].contains("Failed, 401"), "{problems:?}");
    window.click_role(Role::ComboBox, "Outcome filter");
    window.click_role(Role::ListBoxOption, "Any outcome");

    window.click_role(Role::ComboBox, "Profile filter");
    window.click_role(Role::ListBoxOption, "Staging SE");
    window.assert_says("10 of 11 events");
    window.click_role(Role::ComboBox, "Profile filter");
    window.click_role(Role::ListBoxOption, "Any profile");

    window.type_into("Filter", "product-002");
    assert_eq!(rows(&window).len(), 2);
    window.type_into("Filter", "product-002 replay");
    assert_eq!(rows(&window).len(), 1);
    window.type_into("Filter", "nothing like it");
    window.assert_says("No event is like that");
    window.click("Clear filter");
    window.assert_says("11 events");
    assert_eq!(window.field("Filter").value().as_deref().unwrap_or(""), "");
}

#[test]
fn an_event_opens_to_its_request_and_answer_and_is_copied_without_secrets() {
    let server = Server::start();
    let mut window = window(&server, Setup::default());
    let token = rows(&window).into_iter().find(|row| row.contains("Token #2")).unwrap();
    window.click_role(Role::Row, &token);
    window.assert_says("A price request got 401, so the token was renewed.");
    window.assert_says("This request served 4 lookups, 1 waited");
    window.assert_says("client_secret=…");
    window.assert_says("\"access_token\": \"…\"");
    window.click("Copy event");
    let copied = window.clipboard.last().unwrap().clone();
    assert!(copied.contains("POST ") && copied.contains("HTTP 200") && copied.contains("Token: #2"), "{copied}");
    window.assert_says("Event copied. No secret is in it.");

    let bearer = window.app().status().unwrap().token.unwrap().secret().expose_secret().to_owned();
    for held in [server.secret(), &bearer, bearer.rsplit('.').next().unwrap()] {
        assert!(!copied.contains(held));
        assert!(!window.accessibility_tree().contains(held));
    }
    window.click("Close event");
    window.assert_silent("client_secret=…");
}

#[test]
fn the_list_and_an_event_are_reached_by_keyboard_alone() {
    let server = Server::start();
    let mut window = window(&server, Setup::default());
    window.key_with(egui::Modifiers::COMMAND, Key::Num1);
    window.key_with(egui::Modifiers::COMMAND, Key::Num3);
    for _ in 0..60 {
        if focused(&window).is_some() {
            break;
        }
        window.key(Key::Tab);
    }
    let rows = rows(&window);
    assert_eq!(focused(&window).as_ref(), Some(&rows[0]));
    window.key(Key::ArrowDown);
    window.key(Key::ArrowDown);
    assert_eq!(focused(&window).as_ref(), Some(&rows[2]));
    window.key(Key::Enter);
    window.assert_says("GET ");
    window.assert_says("sku=FORBIDDEN-001");
    assert!(focused(&window).is_some(), "the list keeps the keyboard");
    window.key(Key::Escape);
    window.assert_silent("sku=FORBIDDEN-001\n");
    window.key(Key::End);
    assert!(focused(&window).unwrap().contains("Profile switch"), "{:?}", focused(&window));
}

#[test]
fn switching_and_deleting_a_key_are_noted() {
    let server = Server::start();
    let setup = Setup::default().with_key_of(&server, "Retail EU");
    let mut window = Window::open(setup.with_key_of(&server, "Nordics"));
    window.until("the keychain's answer", |window| window.app().keychain_state.is_some());
    let nordics = window.app().profiles()[1].id.clone();
    window.harness.state_mut().app.apply(quantaprice_explorer::app::Action::Select(nordics));
    window.click_role(Role::Tab, "Activity");
    window.click_role(Role::RadioButton, "Notes");
    let notes = rows(&window);
    assert!(notes[0].contains("Note, Nordics, Switched from Retail EU., Profile switch"), "{notes:?}");
    window.click("Delete key");
    window.click("Delete this key");
    window.until_said("The key was deleted, and its token forgotten.");
    assert!(rows(&window)[0].contains("Key changed"), "{:?}", rows(&window));
}

#[test]
fn t21_an_idle_tab_asks_for_no_frame() {
    let mut window = Window::open(Setup::default());
    window.until("the keychain's answer", |window| window.app().keychain_state.is_some());
    window.click_role(Role::Tab, "Activity");
    window.until("the settings are written", |window| window.next_frame_in() > Duration::from_mins(1));
    for _ in 0..10 {
        window.step();
        assert!(window.next_frame_in() > Duration::from_mins(1), "idle asks for no frame");
    }
}

#[test]
fn a_hundred_thousand_events_scroll_and_filter_in_short_frames() {
    let mut window = Window::open(Setup::default());
    window.until("the keychain's answer", |window| window.app().keychain_state.is_some());
    let log = window.app().activity().clone();
    let add = |number: u32| {
        let subject = format!("PRODUCT-{number}");
        log.record(Event::new(Kind::Price, EventReason::Lookup, jiff::Timestamp::UNIX_EPOCH, &subject));
    };
    (0..100_000).for_each(add);
    window.click_role(Role::Tab, "Activity");
    let held = log.snapshot().len();
    window.until_said(&format!("{held} events"));
    window.type_into("Filter", "PRODUCT-99999");
    window.until_said("1 of ");
    window.type_into("Filter", "");
    window.until_said(&format!("{held} events"));
    assert!(rows(&window).len() < 40, "only the rows in sight are built");
    add(100_000);
    window.settle();
    assert!(rows(&window)[0].contains("PRODUCT-100000"), "{:?}", rows(&window)[0]);
    let time = window.frame_time();
    assert!(time < Duration::from_millis(16), "{time:?} a frame");
}

#[test]
fn the_tab_can_be_drawn_at_every_size() {
    let server = Server::start();
    for (size, pixels_per_point, theme, name) in LOOKS {
        let mut window = window(&server, Setup { size, pixels_per_point, theme, ..Setup::default() });
        window.harness.remove_cursor();
        window.settle();
        window.save_picture(&format!("activity-{name}"));
        // In a low window there is room for a few rows only.
        window.type_into("Filter", "#2 401");
        let token = rows(&window).into_iter().find(|row| row.contains("Token #2")).unwrap();
        window.click_role(Role::Row, &token);
        window.assert_says("client_secret=…");
        window.harness.remove_cursor();
        window.settle();
        window.save_picture(&format!("activity-open-{name}"));
    }
    let mut window = Window::open(Setup::default());
    window.until("the keychain's answer", |window| window.app().keychain_state.is_some());
    window.click_role(Role::Tab, "Activity");
    window.click_role(Role::RadioButton, "Prices");
    window.save_picture("activity-empty");
}
