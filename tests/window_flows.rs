//! What a support person does in the window, by the words on screen: lookups, keys, tokens, and what fails.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod base;
#[path = "support/window.rs"]
mod window;

use std::time::{Duration, Instant};

use egui::Key;
use egui_kittest::kittest::Queryable;
use quantaprice_explorer::app::Opening;
use quantaprice_explorer::sandbox::{Fault, ReplyFault};
use window::{Store, Window};

const ID: &str = "a1b2c3d4e5f6a1b2c3d4e5f6";
const SECRET: &str = "c0ffee00c0ffee11c0ffee22c0ffee33c0ffee44c0ffee55c0ffee66c0ffee77";

fn fill_key(window: &mut Window) {
    window.fill("Profile name", "Retail EU");
    window.fill("Client ID", ID);
    window.fill("Client secret", SECRET);
}

#[test]
fn p2_p4_a_price_is_shown_as_the_server_wrote_it() {
    let mut window = Window::on_sandbox();
    window.harness.key_press(Key::Enter);
    window.until_says("Priced");
    for words in ["12.10", "109.00", "89", "PL-WHOLESALE-SE", "SEK", "GROSS", "1 Sep 2026", "HTTP 200", "Token #1"] {
        assert!(window.says(words), "{words}");
    }
    assert!(window.says("Token: Valid"));
}

#[test]
fn p3_outcomes_are_told_apart_and_an_absent_price_is_never_a_zero() {
    let mut window = Window::on_sandbox();
    for (sku, word) in [
        ("ZERO-001", "Zero price"),
        ("NOPRICE-001", "No price"),
        ("FORBIDDEN-001", "Forbidden"),
        ("NO-SUCH-SKU", "Unknown SKU"),
        ("BROKEN-001", "Failed"),
        ("00012345", "Priced"),
    ] {
        window.look_up(sku);
        window.until(sku, |window| {
            window.app().desk().and_then(|desk| desk.shown.as_ref()).is_some_and(|shown| shown.lookup.sku == sku)
        });
        window.harness.step();
        assert!(window.says(word), "{sku} is not called {word}");
        assert_eq!(window.says("0.00"), sku == "ZERO-001", "{sku}");
    }
}

#[test]
fn k1_k6_a_saved_key_rests_in_the_keychain_alone_and_is_never_shown_again() {
    let mut window = Window::open(Store::Works, Opening::SavedKeys);
    fill_key(&mut window);
    window.press("Save key");
    window.until_says("Saved in the system keychain.");
    assert_eq!(window.secrets.lock().unwrap().values().collect::<Vec<_>>(), [SECRET]);
    let file = window.folder.path().join("settings.toml");
    window.until("the settings are written", |_| file.exists());
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(ID) && !text.contains(SECRET), "{text}");
    assert!(!window.says(SECRET) && window.app().form.draft.client_secret.is_empty());
}

#[test]
fn k7_what_was_typed_does_not_come_back_and_no_screen_reader_sees_it() {
    let mut window = Window::open(Store::Works, Opening::SavedKeys);
    fill_key(&mut window);
    window.press("Show secret");
    assert!(!window.says("c0ffee00"), "revealed letters are for the eye only");
    window.press("Save key");
    window.until_says("Saved in the system keychain.");
    window.press("Replace secret…");
    window.harness.get_by_role_and_label(egui::accesskit::Role::PasswordInput, "Client secret").focus();
    window.harness.step();
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    window.harness.step();
    assert!(window.app().form.draft.client_secret.is_empty(), "undo brought the secret back");
}

#[test]
fn k3_a_keychain_that_fails_is_named_and_nothing_typed_is_lost() {
    for (store, words) in
        [(Store::Absent, "does not answer"), (Store::Locked, "is locked"), (Store::Denied, "was refused")]
    {
        let mut window = Window::open(store, Opening::SavedKeys);
        fill_key(&mut window);
        window.press("Save key");
        window.until_says("Keep for this run only");
        assert!(window.says(words), "{store:?}");
        let draft = &window.app().form.draft;
        assert_eq!(
            (draft.name.as_str(), draft.client_id.as_str(), draft.client_secret.as_str()),
            ("Retail EU", ID, SECRET)
        );
        window.press("Keep for this run only");
        window.until_says("Kept in memory.");
        assert!(window.app().active_profile().is_some_and(|profile| window.app().is_for_this_run(profile)));
    }
}

#[test]
fn k5_wrong_and_swapped_values_are_named_and_put_right() {
    let mut window = Window::open(Store::Works, Opening::SavedKeys);
    window.fill("Profile name", "Retail EU");
    window.fill("Client ID", "a1b2c3g4e5f6a1b2c3d4e5f6");
    window.fill("Client secret", SECRET);
    window.press("Save key");
    window.until_says("Character 7 is");
    window.fill("Client ID", SECRET);
    window.fill("Client secret", ID);
    window.until_says("ID and secret are in each other");
    window.press_role(egui::accesskit::Role::Link, "Swap them");
    let draft = &window.app().form.draft;
    assert_eq!((draft.client_id.as_str(), draft.client_secret.as_str()), (ID, SECRET));
    assert!(window.secrets.lock().unwrap().is_empty());
}

#[test]
fn k11_deleting_asks_once_and_removes_the_secret() {
    let mut window = Window::open(Store::Works, Opening::SavedKeys);
    fill_key(&mut window);
    window.press("Save key");
    window.until_says("Saved in the system keychain.");
    window.press("Delete key");
    window.until_says("Delete the key “Retail EU”?");
    assert_eq!(window.secrets.lock().unwrap().len(), 1, "only asked so far");
    window.press("Delete this key");
    window.until_says("Deleted.");
    assert!(window.secrets.lock().unwrap().is_empty() && window.app().profiles().is_empty());
}

/// The median work of many frames on this thread's CPU, so that a busy machine does not count; drawing is left out.
fn frame_work(window: &mut Window) -> Duration {
    let start = Instant::now();
    let on_cpu = || {
        let schedstat = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
        let nanos = schedstat.and_then(|text| text.split_whitespace().next()?.parse().ok());
        nanos.map_or_else(|| start.elapsed(), Duration::from_nanos)
    };
    let mut times: Vec<Duration> = (0..61)
        .map(|_| {
            let before = on_cpu();
            window.harness.step();
            on_cpu().saturating_sub(before)
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

#[test]
fn k2_frames_go_on_while_the_keychain_hangs() {
    let mut window = Window::open(Store::Hangs, Opening::SavedKeys);
    fill_key(&mut window);
    window.press("Save key");
    // Behind a call that hangs for longer than a second, the next one fails fast and says so.
    window.until("saving is under way or refused", |window| window.says("Saving the key") || window.says("still busy"));
    let work = frame_work(&mut window);
    assert!(work < Duration::from_millis(16), "{work:?} a frame");
    window.fill("SKU", "00012345");
    assert_eq!(window.app().search.sku, "00012345");
    assert_eq!(window.app().form.draft.client_secret.as_str(), SECRET);
}

#[test]
fn t22_frames_go_on_while_the_server_hangs_and_cancel_stops_it() {
    let mut window = Window::on_sandbox();
    window.app().rehearse(Fault::prices(ReplyFault::Hanging));
    window.look_up("PRODUCT-001");
    window.until_says("Looking up PRODUCT-001");
    let work = frame_work(&mut window);
    assert!(work < Duration::from_millis(16), "{work:?} a frame");
    window.press("Cancel");
    assert!(!window.says("Looking up PRODUCT-001"));
}

#[test]
fn t21_idle_means_no_repaint_and_a_countdown_one_a_second() {
    let mut window = Window::on_sandbox();
    let delay = |window: &Window| {
        window.harness.output().viewport_output.values().map(|output| output.repaint_delay).min().unwrap()
    };
    window.harness.run_steps(10);
    // A blinking text cursor repaints by itself; it is not what is asked here.
    window.harness.get_by_role_and_label(egui::accesskit::Role::Button, "Copy as cURL").focus();
    window.until("the window is idle", |window| delay(window) > Duration::from_mins(1));
    window.look_up("PRODUCT-001");
    window.until_says("Priced");
    window.harness.get_by_role_and_label(egui::accesskit::Role::Button, "Copy as cURL").focus();
    window.until("the countdown sleeps until its text changes", |window| {
        (Duration::from_millis(100)..=Duration::from_millis(1100)).contains(&delay(window))
    });
}

#[test]
fn copying_a_token_asks_first_and_forgetting_it_is_shown() {
    let mut window = Window::on_sandbox();
    window.press("Get token");
    window.until_says("Token: Valid");
    window.press("Copy token");
    window.until_says("Copy the access token?");
    window.press("Leave it");
    window.press("Forget token");
    window.until_says("Token: No token");
    window.press("Get token");
    window.until_says("Token: Valid");
    assert_eq!(window.app().status().unwrap().token.unwrap().generation(), 2);
}

#[test]
fn a_sku_and_enter_that_come_in_one_slow_frame_are_looked_up() {
    let mut window = Window::on_sandbox();
    window.fill("SKU", "");
    window.harness.key_press(Key::Delete);
    window.until("the field is empty and has the keyboard", |window| window.app().search.sku.is_empty());
    let enter = egui::Event::Key {
        key: Key::Enter,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: egui::Modifiers::NONE,
    };
    window.harness.input_mut().events.extend([egui::Event::Text("PRODUCT-002".into()), enter]);
    window.until_says("19.90");
}
