//! The frame around the views, by the words on screen: the first start, themes, the narrow window, notices, the keyboard.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod base;
#[path = "support/keychain.rs"]
mod keychain;
#[path = "support/window.rs"]
mod window;

use egui::accesskit::Role;
use egui::{Key, Modifiers, Theme, vec2};
use quantaprice_explorer::keys::KeychainError;
use quantaprice_explorer::keys::settings::ThemeChoice;
use window::{Mood, Server, Setup, Store, Window};

#[test]
fn the_first_start_shows_two_ways_and_says_why_a_lookup_has_to_wait() {
    let mut window = Window::open(Setup::default());
    window.assert_says("Two ways to start");
    window.assert_says("No keys yet");
    assert!(window.is_enabled("Start the sandbox") && window.is_enabled("Import a key…"));
    assert!(!window.is_enabled("Look up"));
    window.assert_tooltip("Look up", "A lookup needs a key, or the sandbox.");
    assert!(!window.is_enabled("Save key"));
    window.assert_tooltip("Save key", "Fill in the form first.");
    window.harness.check_accessibility();
}

#[test]
fn the_first_way_leads_through_the_sandbox_to_a_price() {
    let mut window = Window::open(Setup::default());
    window.click("Start the sandbox");
    window.until_said("No price looked up yet");
    assert_eq!(window.field("SKU").value().as_deref(), Some("PRODUCT-001"));
    assert!(window.field("SKU").is_focused());
    window.key(Key::Enter);
    window.until_said("12.10");
    assert!(window.store.secrets().is_empty(), "the sandbox's key is in memory only");
    window.harness.check_accessibility();
}

#[test]
fn enter_without_a_key_says_what_is_missing() {
    let mut window = Window::open(Setup::default());
    window.look_up("PRODUCT-001");
    window.assert_says("Choose or add a key first, or start the sandbox.");
    window.click("Start the sandbox");
    window.until_said("No price looked up yet");
    window.assert_silent("Choose or add a key first");
}

#[test]
fn the_sandbox_is_found_again_once_there_are_keys() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.click_role(Role::ComboBox, "Profile");
    window.click_role(Role::ListBoxOption, "Start the sandbox");
    window.until("the sandbox", |window| window.app().active_profile().is_some_and(|one| one.name == "Sandbox"));
    window.click_role(Role::ComboBox, "Profile");
    window.assert_silent("Start the sandbox");
    window.key(Key::Escape);

    window.click("New");
    window.assert_silent("Start the sandbox");
    window.click("Open the sandbox");
    assert_eq!(window.app().active_profile().unwrap().name, "Sandbox");
    assert_eq!(window.app().profiles().len(), 2, "no second sandbox was started");
}

#[test]
fn the_second_way_leads_to_the_portal_and_the_import() {
    let mut window = Window::open(Setup::default());
    window.button("Account Portal").click();
    window.harness.step();
    let opened = (0..3).any(|_| {
        let commands = window.harness.output().platform_output.commands.clone();
        window.harness.step();
        commands.iter().any(|command| {
            matches!(command, egui::OutputCommand::OpenUrl(open) if open.url == "https://account.quantaprice.com")
        })
    });
    assert!(opened, "the portal's address goes to the browser");
    window.click("Import a key…");
    window.assert_says("Import a key");
    window.assert_says("If no dialog opens on this system, type the path:");
    window.key(Key::Escape);
    assert!(window.app().question.is_none());
}

#[test]
fn an_absent_keychain_is_said_in_the_status_bar_with_its_reason() {
    let store = Store::new(Mood::Fails(KeychainError::NoStore { reason: "nobody answers".into() }));
    let mut window = Window::open(Setup { store, ..Setup::default() });
    window.until_said("No system keychain");
    assert!(window.is_enabled("Start the sandbox"), "the sandbox needs none");
}

#[test]
fn a_damaged_settings_file_is_said_and_set_aside_and_the_notice_can_be_put_away() {
    let text = "version = 1\n[[profiles]]\nname = \"half a pro";
    let mut window = Window::open(Setup { settings_file: Some(text), ..Setup::default() });
    window.assert_says("The settings were damaged. The old file is kept as");
    assert!(window.button("Dismiss").rect().right() < 1280.0, "a long notice leaves the button in the window");
    let kept = std::fs::read_dir(window.folder.path())
        .unwrap()
        .any(|entry| std::fs::read_to_string(entry.unwrap().path()).is_ok_and(|kept| kept == text));
    assert!(kept, "the damaged file is still there");
    window.click("Dismiss");
    window.assert_silent("The settings were damaged");
}

#[test]
fn the_theme_goes_round_and_is_remembered() {
    let mut window = Window::open(Setup::default());
    window.click("Theme: system. Change to light");
    assert_eq!(window.harness.ctx.theme(), Theme::Light);
    window.click("Theme: light. Change to dark");
    assert_eq!(window.harness.ctx.theme(), Theme::Dark);
    let file = window.folder.path().join("settings.toml");
    window.until("the settings file", |_| std::fs::read_to_string(&file).is_ok_and(|text| text.contains("dark")));
    window.click("Theme: dark. Change to the system's");
    assert_eq!(window.app().settings.theme, ThemeChoice::System);
}

#[test]
fn in_a_narrow_window_keys_and_token_are_in_a_drawer_and_the_chip_stays() {
    let server = Server::start();
    let setup = Setup { size: vec2(640.0, 400.0), ..Setup::default() };
    let mut window = Window::open(setup.with_key_of(&server, "Staging SE"));
    assert!(!window.has_button("Save key") && window.has_button("Token: No token"));
    window.look_up_and_wait("PRODUCT-001");
    window.assert_says("12.10");
    window.click("Keys and token");
    assert!(window.has_button("Save key") && window.has_button("Get token"));
    window.harness.check_accessibility();
    window.click("Keys and token");
    assert!(!window.has_button("Save key"));
    window.harness.check_accessibility();
    window.click("Keys and token");
    window.click("Parameter");
    assert!(!window.has_button("Save key"), "a press beside the drawer closes it");
    window.click("Theme: system. Change to light");
}

#[test]
fn in_a_low_window_the_expiry_is_still_seen() {
    let server = Server::start();
    let setup = Setup { size: vec2(800.0, 560.0), ..Setup::default() };
    let mut window = Window::open(setup.with_key_of(&server, "Staging SE"));
    window.look_up_and_wait("PRODUCT-001");
    window.assert_says("Expires");
    assert!(window.all(Role::TreeItem).is_empty(), "the body is folded to leave room");
    window.click("Response body");
    assert!(!window.all(Role::TreeItem).is_empty());
}

#[test]
fn everything_can_be_reached_by_tab() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.type_into("SKU", "PRODUCT-001");
    let mut reached = Vec::new();
    for _ in 0..40 {
        window.harness.key_press(Key::Tab);
        window.settle();
        let focused = egui_kittest::kittest::NodeT::children_recursive(&window.harness.root())
            .filter(egui_kittest::Node::is_focused)
            .filter_map(|node| egui_kittest::kittest::NodeT::accesskit_node(&node).label())
            .last();
        reached.extend(focused);
    }
    for name in [
        "Profile",
        "New",
        "Import…",
        "Profile name",
        "Environment",
        "Client ID",
        "URLs and CA file",
        "Test key",
        "Replace secret…",
        "Delete key",
        "Get token",
        "Prices",
        "Token",
        "SKU",
        "Parameter",
        "Copy as cURL",
        "Look up",
    ] {
        assert!(reached.iter().any(|there| there == name), "Tab does not come to {name}: {reached:?}");
    }
    let place = |start: &str| reached.iter().position(|there| there.starts_with(start));
    assert!(place("Token: ") < place("Theme: ") && place("Import…") < place("New"), "not as they stand: {reached:?}");
}

#[test]
fn a_question_in_front_keeps_shortcuts_from_what_is_behind() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.click("Delete key");
    window.key_with(Modifiers::COMMAND, Key::Num2);
    assert_eq!(window.app().tab, quantaprice_explorer::app::Tab::Prices);
    window.key(Key::Escape);
    window.key_with(Modifiers::COMMAND, Key::Num2);
    assert_eq!(window.app().tab, quantaprice_explorer::app::Tab::Token);
    window.click_role(Role::Tab, "Prices");
    assert_eq!(window.app().tab, quantaprice_explorer::app::Tab::Prices);
}
