//! What must not happen to a key in the window: its secret sent to another host, left behind, said to be saved when it is
//! not, or lost because another form was opened meanwhile.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod base;
#[path = "support/keychain.rs"]
mod keychain;
#[path = "support/window.rs"]
mod window;

use std::time::Duration;

use egui::accesskit::Role;
use quantaprice_explorer::app::{Action, FormMessage};
use quantaprice_explorer::keys::{KeychainError, Settings, ThemeChoice};
use quantaprice_explorer::sandbox::{Fault, ReplyFault};
use window::{CANARY, CLIENT_ID, Mood, Server, Setup, Store, Window};

/// A window with a saved key of `server`.
fn with_saved(server: &Server, name: &str) -> Window {
    let mut window = Window::open(Setup { store: Store::new(Mood::Well), ..Setup::default() });
    window.fill_in(name, server, server.secret());
    window.click("Save key");
    window.until_said("Saved in the system keychain.");
    window
}

fn settings_file(window: &Window) -> String {
    std::fs::read_to_string(window.folder.path().join("settings.toml")).unwrap()
}

/// Has the keychain refuse a new secret, and keeps it for this run.
fn keep_for_this_run(window: &mut Window) {
    window.store.set(Mood::FailsToWrite(KeychainError::Denied));
    window.click("Save key");
    window.until_said("Keep for this run only");
    window.click("Keep for this run only");
    window.until_said("Kept in memory");
    window.store.set(Mood::Well);
}

fn choose(window: &mut Window, name: &str) {
    let id = window.app().profiles().iter().find(|profile| profile.name == name).unwrap().id.clone();
    window.harness.state_mut().app.apply(Action::Select(id));
    window.settle();
}

/// A window in which “Second” is being saved, and the key of this name was chosen meanwhile.
fn left_while_saving(server: &Server) -> (Window, String) {
    let mut window = Window::with_key_of(server);
    let name = window.app().profiles()[0].name.clone();
    window.click("New");
    window.type_into("Profile name", "Second");
    window.paste_into("Client ID", CLIENT_ID);
    window.paste_into("Client secret", CANARY);
    window.store.set(Mood::Hangs);
    window.click("Save key");
    choose(&mut window, &name);
    (window, name)
}

#[test]
fn h3_the_secret_in_the_keychain_never_goes_to_a_host_that_came_with_another() {
    let (old, new) = (Server::start(), Server::start());
    let mut window = with_saved(&old, "Staging");
    window.click("URLs and CA file");
    window.paste_into("Token URL", new.sandbox.token_url().as_str());
    window.paste_into("API URL", new.sandbox.api_url().as_str());
    window.paste_into("Client ID", new.client_id());
    window.paste_into("Client secret", new.secret());
    keep_for_this_run(&mut window);
    window.harness.state_mut().app.apply(Action::SetTheme(ThemeChoice::Dark));
    window.until("the settings file", |window| settings_file(window).contains("dark"));
    let (text, store) = (settings_file(&window), window.store.clone());
    drop(window);
    assert_eq!(store.secrets(), [old.secret()]);

    let before = new.sandbox.counts().token_requests;
    let settings: Settings = toml::from_str(&text).unwrap();
    let mut window = Window::open(Setup { store, settings, ..Setup::default() });
    window.look_up_and_wait("PRODUCT-002");
    window.assert_says("19.90");
    assert_eq!(new.sandbox.counts().token_requests, before, "the old secret went to the new host");
}

#[test]
fn h3_a_host_that_was_edited_into_the_file_does_not_get_the_secret() {
    let (old, new) = (Server::start(), Server::start());
    let mut window = with_saved(&old, "Staging");
    let (store, text) = (window.store.clone(), settings_file(&window));
    drop(window);
    let mut settings: Settings = toml::from_str(&text).unwrap();
    settings.profiles[0].token_url = new.sandbox.token_url().clone();
    window = Window::open(Setup { store, settings, ..Setup::default() });
    window.look_up_and_wait("PRODUCT-002");
    window.assert_says("was saved for another server");
    window.assert_says("Enter the client secret again");
    assert_eq!(new.sandbox.counts().token_requests, 0);
}

#[test]
fn k11_deleting_a_key_takes_the_secret_behind_the_one_in_memory_too() {
    let server = Server::start();
    let mut window = with_saved(&server, "Staging");
    window.click("Replace secret…");
    window.paste_into("Client secret", server.secret());
    keep_for_this_run(&mut window);
    window.click("Delete key");
    window.assert_says("Its secret is removed from the system keychain.");
    window.click("Delete this key");
    window.until_said("is deleted.");
    assert!(window.store.secrets().is_empty());
}

#[test]
fn k1_a_key_whose_profile_cannot_be_written_is_not_called_saved_and_leaves_no_secret_behind() {
    let server = Server::start();
    let mut window = Window::open(Setup { store: Store::new(Mood::Well), ..Setup::default() });
    // A folder where the file should be.
    std::fs::create_dir_all(window.folder.path().join("settings.toml")).unwrap();
    window.fill_in("Retail EU", &server, server.secret());
    window.click("Save key");
    window.until_said("Kept for this run, and not saved.");
    window.assert_says("could not be saved in");
    window.until("the keychain as it was", |window| window.store.secrets().is_empty());
    window.look_up_and_wait("PRODUCT-002");
    window.assert_says("19.90");
}

#[test]
fn t19_a_new_secret_that_could_not_be_written_works_though_this_pcs_clock_was_ahead_before() {
    let server = Server::start();
    let mut window = with_saved(&server, "Retail EU");
    let mut profile = window.app().active_profile().unwrap().clone();
    profile.secret.as_mut().unwrap().revision += 3_600_000;
    let last = profile.secret.as_ref().unwrap().revision;
    window.harness.state_mut().app.settings.put(profile);
    window.look_up_and_wait("PRODUCT-002");
    let file = window.folder.path().join("settings.toml");
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    window.click("Replace secret…");
    window.paste_into("Client secret", server.secret());
    window.click("Save key");
    window.until_said("Kept for this run, and not saved.");
    assert!(window.app().active_profile().unwrap().secret.as_ref().unwrap().revision > last);
    window.look_up_and_wait("PRODUCT-001");
    window.assert_says("12.10");
}

#[test]
fn a_key_that_was_saved_just_before_the_window_closes_is_there_at_the_next_start() {
    let server = Server::start();
    let mut window = Window::open(Setup { store: Store::new(Mood::Well), ..Setup::default() });
    window.fill_in("Retail EU", &server, server.secret());
    window.click("Save key");
    window.until("the secret is saved", |window| !window.app().profiles().is_empty());
    window.harness.state_mut().app.finish_writing();
    assert!(settings_file(&window).contains("Retail EU"));
}

#[test]
fn settings_that_are_for_reading_only_refuse_a_key_before_it_is_in_the_keychain() {
    let mut window = Window::open(Setup { settings_file: Some("version = 9\n"), ..Setup::default() });
    window.type_into("Profile name", "Retail EU");
    window.paste_into("Client ID", CLIENT_ID);
    window.paste_into("Client secret", CANARY);
    window.click("Save key");
    window.assert_says("Not saved: this program cannot write its settings");
    assert!(window.store.secrets().is_empty());
    assert_eq!(*window.app().form.draft.client_secret, CANARY, "what was typed stays");
    window.click("Keep for this run only");
    window.until_said("Kept in memory");
}

#[test]
fn a_test_that_was_left_for_another_key_says_nothing_there() {
    let (one, two) = (Server::start(), Server::start());
    let mut window = Window::open(Setup::default().with_key_of(&one, "Retail EU").with_key_of(&two, "Wholesale SE"));
    for server in [&one, &two] {
        server.sandbox.set_fault(Fault::token(ReplyFault::Slow(Duration::from_millis(400))));
    }
    choose(&mut window, "Retail EU");
    window.click("Test key");
    choose(&mut window, "Wholesale SE");
    window.during(Duration::from_millis(800), "no answer of another key", |window| {
        window.app().form.message != Some(FormMessage::Works(Duration::from_hours(1))) && !window.says("The key works")
    });
}

#[test]
fn nothing_typed_is_lost_when_a_save_fails_after_another_key_was_chosen() {
    let server = Server::start();
    let (mut window, _) = left_while_saving(&server);
    window.store.set(Mood::Fails(KeychainError::Denied));
    window.until_said("“Second” was not saved. Press New to see why");
    assert_eq!(window.app().form.message, None, "the other key has nothing to do with it");
    window.click("New");
    let draft = &window.app().form.draft;
    assert_eq!((draft.name.as_str(), &**draft.client_secret), ("Second", CANARY));
    window.assert_says("Access to the");
    window.store.set(Mood::Well);
    window.click("Save key");
    window.until_said("Saved in the system keychain.");
    assert!(window.store.secrets().contains(&CANARY.to_owned()));
}

#[test]
fn a_save_that_ends_after_another_key_was_chosen_does_not_choose_its_own() {
    let server = Server::start();
    let (mut window, name) = left_while_saving(&server);
    window.store.set(Mood::Well);
    window.until("the key is saved", |window| window.app().profiles().len() == 2);
    assert_eq!(window.app().active_profile().unwrap().name, name);
    assert_eq!(window.app().form.draft.name, name);
}

#[test]
fn a_secret_for_another_host_stays_in_sight_when_it_is_complete() {
    let (old, new) = (Server::start(), Server::start());
    let mut window = Window::with_key_of(&old);
    window.click("URLs and CA file");
    window.paste_into("Token URL", new.sandbox.token_url().as_str());
    window.paste_into("Client secret", CANARY);
    window.settle();
    assert!(window.part(Role::PasswordInput, "Client secret").is_some());
    assert_eq!(*window.app().form.draft.client_secret, CANARY);
}

#[test]
fn t20_a_test_that_is_cancelled_leaves_no_secret_in_the_cache_and_stops_its_request() {
    let server = Server::start();
    let mut window = Window::open(Setup::default());
    window.fill_in("Staging SE", &server, server.secret());
    server.sandbox.set_fault(Fault::token(ReplyFault::Slow(Duration::from_millis(3000))));
    window.click("Test key");
    window.until_said("Testing the key: 2 s");
    window.click("Cancel");
    window.during(Duration::from_millis(1500), "no token comes", |window| {
        !window
            .app()
            .activity()
            .snapshot()
            .iter()
            .any(|event| event.outcome.label() == "Done" && event.generation.is_some())
    });
}
