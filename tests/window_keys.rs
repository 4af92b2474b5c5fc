//! Keys in the whole window: the form, the keychain's faults, and what becomes of a typed secret.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod base;
#[path = "support/window.rs"]
mod window;

use std::time::Duration;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use quantaprice_explorer::app::Opening;
use quantaprice_explorer::keys::fingerprint::fingerprint;
use window::{Store, Window};

const ID: &str = "a1b2c3d4e5f6a1b2c3d4e5f6";
const SECRET: &str = "c0ffee00c0ffee11c0ffee22c0ffee33c0ffee44c0ffee55c0ffee66c0ffee77";
/// A part of the secret that nothing else on screen has.
const CANARY: &str = "c0ffee";

fn typed(store: Store) -> Window {
    let mut window = Window::open(store, Opening::SavedKeys);
    window.fill("Profile name", "Retail EU");
    window.fill("Client ID", ID);
    window.fill("Client secret", SECRET);
    // Undo takes a text in once it has stood still for a while.
    window.harness.run_steps(8);
    window
}

fn saved() -> Window {
    let mut window = typed(Store::Works);
    window.press("Save key");
    window.until_says("Saved in the system keychain.");
    window.step();
    window
}

/// Presses Ctrl+Z in a field, more often than there is anything to undo. The secret must not come by on the way.
#[track_caller]
fn undo_in(window: &mut Window, role: Role, field: &str) {
    window.harness.get_by_role_and_label(role, field).focus();
    window.step();
    for _ in 0..4 {
        window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        window.step();
        let form = &window.app().form.draft;
        if role == Role::PasswordInput {
            assert!(!form.client_secret.contains(CANARY), "undo brought the secret back");
        }
        assert!(!form.client_id.contains(CANARY), "undo put the secret into the field of the ID");
        assert!(!window.accessibility_tree().contains(CANARY), "a screen reader reads the secret");
    }
}

#[test]
fn k6_a_saved_key_shows_when_it_was_saved_and_a_fingerprint() {
    let mut window = saved();
    let shown = window.value("Client secret");
    assert!(shown.starts_with("Saved ") && shown.ends_with(&fingerprint(&SECRET.into())), "{shown}");
    assert!(!window.has(Role::PasswordInput, "Client secret"));
    assert!(!window.accessibility_tree().contains(CANARY));
    let file = window.folder.path().join("settings.toml");
    window.until("the settings are written", |_| file.exists());
    for entry in std::fs::read_dir(window.folder.path()).unwrap() {
        let text = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!String::from_utf8_lossy(&text).contains(CANARY), "K1: a file holds the secret");
    }
}

#[test]
fn k5_a_wrong_length_and_a_wrong_character_are_named() {
    let mut window = Window::open(Store::Works, Opening::SavedKeys);
    window.fill("Profile name", "Retail EU");
    window.fill("Client ID", "a1b2c3");
    window.fill("Client secret", &SECRET.replace("c0ffee33", "c0ffeez3"));
    window.press("Save key");
    window.step();
    assert!(window.says("6 of 24 characters"));
    assert!(window.says("Character 31 is “z”: only 0–9 and a–f."));
    assert!(!window.accessibility_tree().contains(CANARY), "what is wrong is named without the rest");
    assert!(window.secrets.lock().unwrap().is_empty() && window.app().profiles().is_empty());
}

#[test]
fn k5_white_space_around_a_value_is_removed_and_said() {
    let mut window = Window::open(Store::Works, Opening::SavedKeys);
    window.fill("Profile name", "Retail EU");
    window.fill("Client ID", &format!("  {ID} "));
    window.fill("Client secret", SECRET);
    assert!(window.says("White space around it was removed."));
    window.press("Save key");
    window.until_says("Saved in the system keychain.");
    assert_eq!(window.app().profiles()[0].client_id, ID);
}

#[test]
fn k5_k7_a_secret_in_the_field_of_the_id_is_swapped_and_undo_does_not_bring_it_back() {
    let mut window = Window::open(Store::Works, Opening::SavedKeys);
    window.fill("Profile name", "Retail EU");
    window.fill("Client ID", SECRET);
    window.harness.run_steps(8);
    window.fill("Client secret", ID);
    window.press_role(Role::Link, "Swap them");
    window.step();
    assert_eq!(window.value("Client ID"), ID);
    assert_eq!(window.app().form.draft.client_secret.as_str(), SECRET);
    undo_in(&mut window, Role::TextInput, "Client ID");
}

#[test]
fn k7_a_secret_once_typed_into_the_field_of_the_id_does_not_come_back_after_saving() {
    let mut window = Window::open(Store::Works, Opening::SavedKeys);
    window.fill("Profile name", "Retail EU");
    window.fill("Client ID", SECRET);
    window.harness.run_steps(8);
    window.fill("Client ID", ID);
    window.fill("Client secret", SECRET);
    window.harness.run_steps(8);
    window.press("Save key");
    window.until_says("Saved in the system keychain.");
    window.step();
    undo_in(&mut window, Role::TextInput, "Client ID");
}

#[test]
fn k3_each_fault_of_the_keychain_has_its_sentence_and_its_next_step() {
    for (store, next) in
        [(Store::Absent, "keep the key in memory"), (Store::Locked, "Unlock it"), (Store::Denied, "allow access")]
    {
        let mut window = typed(store);
        window.press("Save key");
        window.until_says("Keep for this run only");
        // The message may have to be scrolled to, which moves the buttons.
        window.harness.run_steps(8);
        assert!(window.says(next), "{store:?}");
        assert_eq!(window.value("Profile name"), "Retail EU");
        assert_eq!(window.value("Client ID"), ID);
        assert_eq!(window.app().form.draft.client_secret.as_str(), SECRET);
        assert!(!window.accessibility_tree().contains(CANARY), "K7, {store:?}");
        // The store comes back, and the same form is saved without typing again.
        window.set_store(Store::Works);
        window.press("Save key");
        window.until_says("Saved in the system keychain.");
    }
}

#[test]
fn k1_a_key_kept_for_this_run_works_and_no_file_holds_it() {
    let mut window = Window::open(Store::Absent, Opening::SavedKeys);
    let server = window.another_server();
    window.type_key("Test key", &server);
    window.press("Save key");
    window.until_says("Keep for this run only");
    // The open URLs push the offer below what is in sight; it is scrolled there.
    window.harness.run_steps(8);
    window.press("Keep for this run only");
    window.until_says("Kept in memory.");
    assert!(window.value("Client secret").starts_with("This run only"));
    window.ask("PRODUCT-001");
    assert!(window.has(Role::Label, "Priced") && window.has(Role::Cell, "12.10"));
    assert_eq!(server.counts().token_requests, 1);
    window.harness.run_steps(20);
    let file = std::fs::read_to_string(window.folder.path().join("settings.toml")).unwrap_or_default();
    assert!(!file.contains(server.client_id()), "a key of this run is not saved");
}

#[test]
fn k2_saving_into_a_keychain_that_hangs_can_be_cancelled() {
    let mut window = typed(Store::Works);
    window.set_store(Store::HangsInWrites);
    window.press("Save key");
    window.until_says("Saving the key");
    assert!(window.is_blocked("Save key") && !window.has(Role::Button, "Cancel"));
    window.fill("SKU", "00012345");
    assert_eq!(window.value("SKU"), "00012345");
    window.until("Cancel is offered", |window| window.has(Role::Button, "Cancel"));
    let waited = window.app().key_work().unwrap().1;
    assert!((Duration::from_secs(2)..Duration::from_secs(4)).contains(&waited), "after {waited:?}");
    assert!(window.says("A password prompt may be waiting."));
    window.press("Cancel");
    assert!(window.app().key_work().is_none() && !window.says("Saving the key"));
    assert_eq!(window.app().form.draft.client_secret.as_str(), SECRET, "nothing typed is lost");
    // What the store did after the cancel is undone.
    window.set_store(Store::Works);
    let secrets = std::sync::Arc::clone(&window.secrets);
    window.until("the cancelled save is undone", |_| secrets.lock().unwrap().is_empty());
    window.press("Save key");
    window.until_says("Saved in the system keychain.");
}

#[test]
fn k11_a_keychain_that_refuses_to_delete_is_named_and_the_key_stays() {
    let mut window = saved();
    window.set_store(Store::Denied);
    window.press("Delete key");
    window.until_says("Delete the key “Retail EU”?");
    window.press("Keep it");
    assert!(!window.says("Delete the key “Retail EU”?"));
    window.press("Delete key");
    window.press("Delete this key");
    window.until_says("was refused");
    assert_eq!(window.app().profiles().len(), 1);
    assert_eq!(window.secrets.lock().unwrap().len(), 1);
    assert!(!window.has(Role::Button, "Keep for this run only"), "that would not delete anything");
}

#[test]
fn k7_undo_does_not_bring_a_saved_secret_back_into_the_next_key() {
    let mut window = saved();
    window.press("New");
    undo_in(&mut window, Role::PasswordInput, "Client secret");
}

#[test]
fn k7_undo_does_not_bring_a_secret_back_after_saving_by_keyboard() {
    let mut window = typed(Store::Works);
    window.harness.get_by_role_and_label(Role::Button, "Save key").focus();
    window.step();
    window.harness.key_press(Key::Enter);
    window.until_says("Saved in the system keychain.");
    window.step();
    window.press("Replace secret…");
    undo_in(&mut window, Role::PasswordInput, "Client secret");
}

#[test]
fn k7_undo_does_not_bring_a_cancelled_replacement_back() {
    let mut window = saved();
    for by_pointer in [true, false] {
        window.press("Replace secret…");
        window.fill("Client secret", SECRET);
        window.harness.run_steps(8);
        if by_pointer {
            window.press("Keep old secret");
        } else {
            window.harness.get_by_role_and_label(Role::Button, "Keep old secret").focus();
            window.step();
            window.harness.key_press(Key::Space);
            window.step();
        }
        assert!(window.value("Client secret").starts_with("Saved "));
        window.press("Replace secret…");
        undo_in(&mut window, Role::PasswordInput, "Client secret");
        window.press("Keep old secret");
    }
}

#[test]
fn k7_undo_does_not_bring_a_secret_back_after_leaving_for_another_profile() {
    let mut window = saved();
    window.press("New");
    window.fill("Profile name", "Half typed");
    window.fill("Client secret", SECRET);
    window.harness.run_steps(8);
    let row = window.app().profiles()[0].name.clone();
    window.press_role(Role::ListBoxOption, &format!("{row}, Production, No token"));
    window.step();
    assert_eq!(window.value("Profile name"), row);
    window.press("Replace secret…");
    undo_in(&mut window, Role::PasswordInput, "Client secret");
}

#[test]
fn k7_undo_does_not_bring_a_secret_back_after_new() {
    let mut window = typed(Store::Works);
    window.press("New");
    assert!(window.app().form.draft.client_secret.is_empty());
    undo_in(&mut window, Role::PasswordInput, "Client secret");
}

#[test]
fn k7_a_revealed_secret_is_for_the_eye_only_also_when_saving_failed() {
    let mut window = typed(Store::Locked);
    window.press("Show secret");
    assert!(window.has(Role::Button, "Hide secret"));
    assert!(!window.accessibility_tree().contains(CANARY));
    window.press("Save key");
    window.until_says("is locked");
    assert!(!window.accessibility_tree().contains(CANARY));
    window.press("Show secret");
    assert!(!window.accessibility_tree().contains(CANARY));
}

#[test]
fn undo_works_where_nothing_is_secret() {
    let mut window = typed(Store::Works);
    window.fill("Profile name", "Half");
    window.harness.run_steps(8);
    window.fill("Profile name", "Nordics");
    window.harness.run_steps(8);
    undo_in(&mut window, Role::TextInput, "Profile name");
    assert_ne!(window.value("Profile name"), "Nordics", "or the tests above could not fail");
}
