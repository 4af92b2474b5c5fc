//! The *Keys* panel, by the words on screen: a key is entered, checked, saved, tested, replaced, imported and deleted, and
//! nothing typed is lost or left behind.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod base;
#[path = "support/keychain.rs"]
mod keychain;
#[path = "support/window.rs"]
mod window;

use std::time::Duration;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use quantaprice_explorer::app::FormMessage;
use quantaprice_explorer::keys::keychain::KeychainCall;
use quantaprice_explorer::keys::{Environment, Imported, KeychainError, SecretPlace, SecretRecord, Settings, import};
use quantaprice_explorer::ui::keys_panel::secret_id;
use window::{CANARY, CLIENT_ID, Mood, Server, Setup, Store, Window, unreachable_profile};

fn new_key(mood: Mood) -> Window {
    let mut window = Window::open(Setup { store: Store::new(mood), ..Setup::default() });
    window.type_into("Profile name", "Retail EU");
    window.paste_into("Client ID", CLIENT_ID);
    window.paste_into("Client secret", CANARY);
    window
}

#[track_caller]
fn assert_nothing_typed_is_lost(window: &Window) {
    let draft = &window.app().form.draft;
    let typed = (draft.name.as_str(), draft.client_id.as_str(), draft.client_secret.as_str());
    assert_eq!(typed, ("Retail EU", CLIENT_ID, CANARY));
}

/// Everything of the window in which a secret could be left, apart from the keychain.
#[track_caller]
fn assert_no_trace(window: &Window, secret: &str) {
    let traces = [secret, &secret[..16], &secret[48..]];
    let memory = window.harness.ctx.memory(|memory| ron::to_string(memory).unwrap());
    let tree = window.accessibility_tree();
    for trace in traces {
        window.assert_silent(trace);
        assert!(!memory.contains(trace), "egui's memory would be written with the secret in it");
        assert!(!tree.contains(trace), "the accessibility tree holds the secret");
        for entry in std::fs::read_dir(window.folder.path()).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            assert!(!text.contains(trace), "a settings file holds the secret");
        }
    }
}

/// Asserts that nothing can be undone in the secret's field, which is on screen.
#[track_caller]
fn assert_undo_brings_nothing_back(window: &mut Window) {
    let before = window.app().form.draft.client_secret.clone();
    window.focus("Client secret");
    for _ in 0..3 {
        window.key_with(Modifiers::COMMAND, Key::Z);
    }
    assert_eq!(*window.app().form.draft.client_secret, *before, "undo changed the field");
}

#[test]
fn k1_k6_a_saved_key_rests_in_the_keychain_alone_and_is_never_shown_again() {
    let mut window = new_key(Mood::Well);
    window.click("Save key");
    window.until_said("Saved in the system keychain.");
    assert_eq!(window.store.secrets(), [CANARY]);
    let file = window.folder.path().join("settings.toml");
    window.until("the settings file", |_| std::fs::read_to_string(&file).is_ok_and(|text| text.contains(CLIENT_ID)));
    let profile = window.app().active_profile().unwrap().clone();
    let fingerprint = profile.secret.unwrap().fingerprint;
    let shown = window.field("Client secret").value().unwrap();
    assert!(shown.starts_with("Saved ") && shown.ends_with(&fingerprint), "{shown}");
    assert!(!CANARY.contains(&fingerprint), "the fingerprint is no part of the secret");
    assert!(window.part(Role::PasswordInput, "Client secret").is_none());
    assert_no_trace(&window, CANARY);
}

#[test]
fn a_saved_key_is_there_when_the_window_opens_again() {
    let server = Server::start();
    let store = Store::new(Mood::Well);
    let mut window = Window::open(Setup { store: store.clone(), ..Setup::default() });
    window.fill_in("Staging SE", &server, server.secret());
    window.click("Save key");
    window.until_said("Saved in the system keychain.");
    let file = window.folder.path().join("settings.toml");
    window.until("the settings file", |_| std::fs::read_to_string(&file).is_ok_and(|text| text.contains("Staging SE")));
    let text = std::fs::read_to_string(&file).unwrap();
    drop(window);

    let settings: Settings = toml::from_str(&text).unwrap();
    let mut window = Window::open(Setup { store, settings, ..Setup::default() });
    window.look_up_and_wait("PRODUCT-002");
    window.assert_says("19.90");
}

#[test]
fn k5_lengths_and_wrong_characters_are_named_with_their_figures() {
    let mut window = new_key(Mood::Well);
    window.paste_into("Client ID", "65f0c0ffee65f0c0ffee65f");
    window.focus("Client secret");
    window.assert_says("23 of 24 characters");
    window.paste_into("Client ID", "65f0c0gfee65f0c0ffee65f0");
    window.assert_says("Character 7 is");
    window.paste_into("Client ID", CLIENT_ID);
    window.paste_into("Client secret", &format!("{CANARY}0"));
    window.focus("Profile name");
    window.assert_says("65 characters where 64 are expected.");
    window.click("Save key");
    assert!(window.store.secrets().is_empty(), "a key of the wrong form is not saved");
    window.assert_silent("Saved in");
    assert_no_trace(&window, CANARY);
}

#[test]
fn k5_swapped_values_are_recognised_and_one_press_swaps_them() {
    let mut window = new_key(Mood::Well);
    window.paste_into("Client ID", CANARY);
    window.paste_into("Client secret", CLIENT_ID);
    window.until_said("Client ID and client secret are in each other's field.");
    window.focus("Profile name");
    assert_eq!(window.screen().matches("each other's field").count(), 1, "it is said once");
    window.assert_silent("swapped");
    for name in ["Save key", "Test key"] {
        assert!(!window.is_enabled(name));
        window.assert_tooltip(name, "Swap client ID and client secret first.");
    }
    window.click_role(Role::Link, "Swap them");
    assert_nothing_typed_is_lost(&window);
    window.assert_silent("in each other's field");
    window.click("Save key");
    window.until_said("Saved in the system keychain.");
    assert_eq!(window.store.secrets(), [CANARY]);
}

#[test]
fn what_is_said_of_a_field_stays_inside_the_column() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.paste_into("Client ID", CANARY);
    window.click("Replace secret…");
    window.paste_into("Client secret", CLIENT_ID);
    window.focus("Profile name");
    window.assert_says("each other's field");
    let edge = window.button("Delete key").rect().right();
    assert!(edge < 320.0, "the buttons are pushed out to {edge}");
    window.click("Keep old secret");
    window.paste_into("Client ID", CLIENT_ID);
    window.assert_says("The client ID changed: enter the client secret that belongs to it.");
    let edge = window.button("Delete key").rect().right();
    assert!(edge < 320.0, "the buttons are pushed out to {edge}");
}

#[test]
fn k5_a_secret_pasted_as_an_id_is_recognised() {
    let mut window = Window::open(Setup::default());
    window.paste_into("Client ID", CANARY);
    window.focus("Profile name");
    window.assert_says("This is a client secret: it belongs in the field “Client secret”.");
}

#[test]
fn k5_white_space_and_a_pasted_line_are_put_right_and_said() {
    let mut window = new_key(Mood::Well);
    window.paste_into("Client ID", &format!("  {CLIENT_ID}\t"));
    window.assert_says("White space around it was removed.");
    window.paste_into("Client secret", &format!("QUANTAPRICE_CLIENT_SECRET={CANARY}"));
    window.assert_says("A whole line was pasted; only its value was taken.");
    window.click("Save key");
    window.until_said("Saved in the system keychain.");
    assert_eq!(window.store.secrets(), [CANARY]);
    assert_eq!(window.app().active_profile().unwrap().client_id, CLIENT_ID);
}

#[test]
fn h2_h3_urls_without_tls_and_new_hosts_are_refused_next_to_their_field() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.click("URLs and CA file");
    window.paste_into("API URL", "http://api.example.com/api/v1");
    window.assert_says("https");
    window.paste_into("API URL", "https://api.example.com/api/v1");
    window.assert_says("enter the client secret again before it is sent there.");
    window.click("Save key");
    window.assert_silent("Saved in the system keychain.");
    assert_eq!(window.app().active_profile().unwrap().api_url, *server.sandbox.api_url());
}

#[test]
fn k3_each_failure_of_the_keychain_has_its_sentence_and_its_step_and_loses_nothing() {
    let timed_out = KeychainError::TimedOut { call: KeychainCall::Write, limit: Duration::from_mins(1) };
    let mut sentences = Vec::new();
    for (mood, why) in [
        (
            Mood::Fails(KeychainError::NoStore { reason: "nobody answers".into() }),
            "does not answer, so no secret can be saved or read.",
        ),
        (Mood::Fails(KeychainError::Locked), "is locked."),
        (Mood::Fails(KeychainError::Denied), "was refused."),
        (Mood::FailsToWrite(timed_out), "did not answer within 60 s while saving a secret."),
        (Mood::Fails(KeychainError::Ambiguous { count: 2 }), "holds 2 secrets for this key."),
        (Mood::Panics, "crashed."),
    ] {
        let mut window = new_key(mood);
        window.click("Save key");
        window.until_said(why);
        assert_nothing_typed_is_lost(&window);
        assert!(window.app().profiles().is_empty(), "{why}");
        let Some(FormMessage::Keychain { error, .. }) = &window.app().form.message else {
            panic!("{why} is not told in the form")
        };
        window.assert_says(error.next_step());
        sentences.push((error.to_string(), error.next_step().to_owned()));
        assert_no_trace(&window, CANARY);
    }
    for (at, one) in sentences.iter().enumerate() {
        assert!(sentences[at + 1..].iter().all(|other| one.0 != other.0 && one.1 != other.1), "{one:?} is said twice");
    }
}

#[test]
fn k3_a_store_that_appears_later_works_without_a_restart() {
    let mut window = new_key(Mood::Fails(KeychainError::NoStore { reason: "nobody answers".into() }));
    window.until_said("No system keychain");
    window.click("Save key");
    window.until_said("does not answer");
    window.store.set(Mood::Well);
    window.click("Save key");
    window.until_said("Saved in the system keychain.");
    window.assert_says("System keychain ready");
    assert_eq!(window.store.secrets(), [CANARY]);
}

#[test]
fn k2_saving_into_a_keychain_that_hangs_can_be_cancelled_and_saves_nothing() {
    let mut window = new_key(Mood::Well);
    window.until_said("System keychain ready");
    window.store.set(Mood::Hangs);
    window.click("Save key");
    window.until_said("Saving the key: 2 s. A password prompt may be waiting.");
    assert!(!window.is_enabled("Save key") && !window.is_enabled("Test key"));
    window.type_into("SKU", "0042");
    assert_eq!(window.app().search.sku, "0042");
    window.click("Cancel");
    window.assert_silent("Saving the key");
    assert_nothing_typed_is_lost(&window);
    window.store.set(Mood::Well);
    window.during(Duration::from_millis(200), "the cancelled save came through", |window| {
        window.store.secrets().is_empty() && window.app().profiles().is_empty()
    });
    window.click("Save key");
    window.until_said("Saved in the system keychain.");
}

#[test]
fn k2_behind_a_call_that_hangs_the_next_one_fails_fast() {
    let mut window = new_key(Mood::Hangs);
    window.click("Save key");
    window.until_said("is still busy with an earlier call");
    window.assert_says("Answer the system's password prompt");
    assert_nothing_typed_is_lost(&window);
}

#[test]
fn k1_a_key_kept_for_this_run_is_marked_and_written_nowhere() {
    let server = Server::start();
    let store = Store::new(Mood::Fails(KeychainError::NoStore { reason: "nobody answers".into() }));
    let mut window = Window::open(Setup { store, ..Setup::default() });
    window.fill_in("Staging SE", &server, server.secret());
    window.click("Save key");
    window.until_said("Keep for this run only");
    window.click("Keep for this run only");
    window.until_said("Kept in memory. It is gone when the window closes.");
    assert!(window.field("Client secret").value().unwrap().to_lowercase().contains("this run only"));
    window.look_up_and_wait("PRODUCT-002");
    window.assert_says("19.90");
    assert!(window.store.secrets().is_empty());
    let file = window.folder.path().join("settings.toml");
    window.until("the settings file", |_| file.exists());
    assert!(!std::fs::read_to_string(&file).unwrap().contains("Staging SE"));
    assert_no_trace(&window, server.secret());
}

#[test]
fn testing_a_typed_key_says_how_long_its_tokens_live_and_saves_nothing() {
    let server = Server::start();
    let mut window = Window::open(Setup::default());
    assert!(!window.is_enabled("Test key"));
    window.fill_in("Staging SE", &server, server.secret());
    window.click("Test key");
    window.until_said("The key works. Its tokens live 1 h.");
    assert!(window.app().profiles().is_empty() && window.store.secrets().is_empty());
    assert_eq!(&**window.app().form.draft.client_secret, server.secret(), "what was typed stays");
}

#[test]
fn a_new_key_at_an_address_of_this_pc_is_not_taken_for_production() {
    let server = Server::start();
    let mut window = Window::open(Setup::default());
    window.fill_in("Mine", &server, server.secret());
    assert_eq!(window.app().form.draft.environment, Environment::Development);
}

#[test]
fn testing_a_wrong_key_says_why_and_what_to_do() {
    let server = Server::start();
    let mut window = Window::open(Setup::default());
    window.fill_in("Staging SE", &server, CANARY);
    window.click("Test key");
    window.until_said("The server refused this key: it was revoked, or the secret is wrong.");
    window.assert_says("Create a new key in the Account Portal, or paste the current secret");
    assert_no_trace(&window, CANARY);
}

#[test]
fn testing_against_a_server_that_is_gone_names_the_host() {
    let setup = Setup::default();
    let profile = unreachable_profile("Nowhere");
    setup.store.put(&profile.id, CANARY);
    let mut window = Window::open(Setup { settings: settings_of(profile), ..setup });
    window.click("Test key");
    window.until("the answer to the test", |window| matches!(window.app().form.message, Some(FormMessage::Token(_))));
    window.assert_says("No connection to 127.0.0.1");
    window.assert_says("The server may be down");
    window.click("Test again");
    window.until("the second answer", |window| matches!(window.app().form.message, Some(FormMessage::Token(_))));
    window.assert_silent("os error");
    window.assert_silent(CANARY);
}

fn settings_of(profile: quantaprice_explorer::keys::Profile) -> Settings {
    Settings { active: Some(profile.id.clone()), profiles: vec![profile], ..Settings::default() }
}

#[test]
fn t19_a_wrong_new_secret_keeps_the_old_one_and_a_right_one_works_at_once() {
    let server = Server::start();
    let mut profile = server.profile("Staging SE");
    let setup = Setup::default();
    // What the keychain holds was revoked long ago.
    let old = CANARY.replace('c', "d");
    setup.store.put(&profile.id, &old);
    let (old_secret, now) = (old.clone().into(), jiff::Timestamp::now());
    profile.keep(SecretRecord::new(&old_secret, SecretPlace::Keychain, None, now));
    let mut window = Window::open(Setup { settings: settings_of(profile), ..setup });
    window.look_up_and_wait("PRODUCT-002");
    window.assert_says("Token: Key refused");
    let before = window.app().active_profile().unwrap().secret.clone().unwrap();

    window.click("Replace secret…");
    window.paste_into("Client secret", CANARY);
    window.click("Save key");
    window.until_said("The new secret was not saved, and the old one stays.");
    assert_eq!(window.store.secrets(), [old.as_str()]);
    assert_eq!(window.app().active_profile().unwrap().secret.as_ref(), Some(&before));
    assert_eq!(&**window.app().form.draft.client_secret, CANARY, "what was typed stays, to be put right");

    window.paste_into("Client secret", server.secret());
    window.click("Save key");
    window.until_said("Saved in the system keychain.");
    assert_eq!(window.store.secrets(), [server.secret()]);
    let shown = window.field("Client secret").value().unwrap();
    assert!(!shown.contains(&before.fingerprint), "the fingerprint is the new secret's: {shown}");
    window.look_up_and_wait("PRODUCT-002");
    window.assert_says("19.90");
}

#[test]
fn replacing_can_be_given_up() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.click("Replace secret…");
    window.paste_into("Client secret", CANARY);
    window.click("Keep old secret");
    assert!(window.app().form.draft.client_secret.is_empty());
    assert!(window.field("Client secret").value().unwrap().starts_with("Saved "));
    assert_eq!(window.store.secrets(), [server.secret()]);
    window.click("Replace secret…");
    assert_undo_brings_nothing_back(&mut window);
    assert_no_trace(&window, CANARY);
}

#[test]
fn k11_deleting_asks_once_and_removes_the_secret() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.click("Delete key");
    window.assert_says("Delete the key “Staging SE”?");
    assert_eq!(window.store.secrets().len(), 1, "only asked so far");
    window.click("Keep it");
    window.assert_silent("Delete the key “");
    window.click("Delete key");
    window.key(Key::Escape);
    window.assert_silent("Delete the key “");
    assert_eq!(window.store.secrets().len(), 1);
    window.click("Delete key");
    window.click("Delete this key");
    window.until_said("“Staging SE” is deleted.");
    assert!(window.store.secrets().is_empty() && window.app().profiles().is_empty());
    window.assert_says("Two ways to start");
}

#[test]
fn k11_a_keychain_that_refuses_to_delete_is_said_and_the_profile_stays() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.store.set(Mood::FailsToWrite(KeychainError::Denied));
    window.click("Delete key");
    window.click("Delete this key");
    window.until_said("was refused.");
    assert_eq!((window.app().profiles().len(), window.store.secrets().len()), (1, 1));
    assert!(!window.has_button("Keep for this run only"), "keeping it is not what was asked for");
    window.store.set(Mood::Well);
    window.click("Delete key");
    window.click("Delete this key");
    window.until_said("” is deleted.");
    assert!(window.store.secrets().is_empty());
}

#[test]
fn a_key_is_imported_from_an_env_file_or_from_json_by_its_path() {
    let env = format!("# the key\nQUANTAPRICE_CLIENT_ID={CLIENT_ID}\nexport QUANTAPRICE_CLIENT_SECRET=\"{CANARY}\"\n");
    let json = format!(r#"{{"client_id":"{CLIENT_ID}","client_secret":"{CANARY}"}}"#);
    for (name, text) in [("key.env", env), ("key.json", json)] {
        let mut window = Window::open(Setup::default());
        let files = tempfile::tempdir().unwrap();
        let path = files.path().join(name);
        std::fs::write(&path, text).unwrap();
        window.click("Import…");
        assert!(!window.is_enabled("Read it"));
        window.type_into("File path", path.to_str().unwrap());
        window.click("Read it");
        window.until_said("Imported into the form. Nothing is saved yet.");
        window.assert_silent("From a .env file or a JSON file");
        let draft = &window.app().form.draft;
        assert_eq!((&**draft.client_id, &**draft.client_secret), (CLIENT_ID, CANARY), "{name}");
        assert!(window.store.secrets().is_empty());
        assert_no_trace(&window, CANARY);
    }
}

#[test]
fn files_that_are_no_keys_are_named_in_the_dialog_which_stays_open() {
    let mut window = Window::open(Setup::default());
    let files = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = files.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    window.click("Import…");
    for (path, why) in [
        (files.path().join("missing").to_str().unwrap().to_owned(), "There is no file"),
        (files.path().to_str().unwrap().to_owned(), "is not a file."),
        (write("broken.json", br#"{"client_id": "#), "The JSON is broken at line 1"),
        (write("picture.png", b"\x89PNG\x00\x01"), "The file is not text."),
        (write("other.env", b"COLOUR=blue\n"), "Neither a client ID nor a client secret was found."),
    ] {
        window.type_into("File path", &path);
        window.key(Key::Enter);
        window.until_said(why);
        window.assert_says("From a .env file or a JSON file");
    }
    window.key(Key::Escape);
    assert!(window.app().question.is_none());
}

fn environment(server: &Server) -> Imported {
    import::from_environment(|name| match name {
        import::CLIENT_ID_VARIABLE => Some(server.client_id().to_owned()),
        import::CLIENT_SECRET_VARIABLE => Some(server.secret().to_owned()),
        import::TOKEN_URL_VARIABLE => Some(server.sandbox.token_url().to_string()),
        import::API_URL_VARIABLE => Some(server.sandbox.api_url().to_string()),
        _ => None,
    })
}

#[test]
fn a_key_in_the_environment_is_offered_and_used_for_this_run() {
    let server = Server::start();
    let mut window = Window::open(Setup { environment: Some(environment(&server)), ..Setup::default() });
    window.assert_says("A key is waiting in the environment");
    window.click("Use for this run");
    window.assert_says("From the environment");
    window.look_up_and_wait("PRODUCT-002");
    window.assert_says("19.90");
    assert!(window.store.secrets().is_empty());
    assert_no_trace(&window, server.secret());
}

#[test]
fn half_a_key_in_the_environment_is_said_and_not_offered() {
    let half = import::from_environment(|name| (name == import::CLIENT_ID_VARIABLE).then(|| CLIENT_ID.to_owned()));
    let window = Window::open(Setup { environment: Some(half), ..Setup::default() });
    window.assert_says("QUANTAPRICE_CLIENT_ID is set and QUANTAPRICE_CLIENT_SECRET is not");
    assert!(!window.has_button("Use for this run"));
}

#[test]
fn lines_of_an_imported_file_that_were_not_understood_are_told() {
    let files = tempfile::tempdir().unwrap();
    let path = files.path().join("key.env");
    let key = format!("what is this?\nQUANTAPRICE_CLIENT_ID={CLIENT_ID}\n");
    for (text, words) in [
        (format!("{key}QUANTAPRICE_CLIENT_SECRET={CANARY}\n"), "Imported into the form. Nothing is saved yet."),
        (format!("{key}QUANTAPRICE_CLIENT_SECRET='{CANARY}\n"), "the client secret is missing"),
    ] {
        std::fs::write(&path, &text).unwrap();
        let mut window = Window::open(Setup::default());
        window.click("Import…");
        window.type_into("File path", path.to_str().unwrap());
        window.click("Read it");
        window.until_said(words);
        window.assert_says("not understood.");
        assert_no_trace(&window, CANARY);
    }
}

#[test]
fn a_key_in_the_environment_can_be_imported_into_the_form() {
    let server = Server::start();
    let mut window = Window::open(Setup { environment: Some(environment(&server)), ..Setup::default() });
    window.click("Import…");
    window.click("From the environment");
    window.until_said("Imported into the form. Nothing is saved yet.");
    assert_eq!(&**window.app().form.draft.client_secret, server.secret());
    assert_eq!(window.app().form.draft.api_url, server.sandbox.api_url().as_str());

    let mut window = Window::open(Setup::default());
    window.click("Import…");
    assert!(!window.is_enabled("From the environment"));
    window.assert_tooltip("From the environment", "are not set");
}

#[test]
fn k7_no_letter_reaches_the_accessibility_tree_even_when_revealed() {
    let mut window = new_key(Mood::Well);
    assert_no_trace(&window, CANARY);
    window.click("Show secret");
    assert!(window.has_button("Hide secret"));
    assert_no_trace(&window, CANARY);
    window.focus("Profile name");
    assert!(window.has_button("Show secret"), "the letters are dots again once the field is left");
    assert_no_trace(&window, CANARY);
}

#[test]
fn k7_what_was_typed_is_wiped_on_save() {
    let mut window = new_key(Mood::Well);
    window.click("Save key");
    window.until_said("Saved in the system keychain.");
    assert!(window.app().form.draft.client_secret.is_empty());
    window.click("Replace secret…");
    assert_undo_brings_nothing_back(&mut window);
    assert_no_trace(&window, CANARY);
}

#[test]
fn k7_undo_is_wiped_when_the_field_is_left() {
    let mut window = Window::open(Setup::default());
    window.type_into("Client secret", "cafe0123");
    // Undo points are a second apart.
    window.pause();
    window.paste_into("Client secret", CANARY);
    window.focus("Profile name");
    assert_undo_brings_nothing_back(&mut window);
}

#[test]
fn k7_leaving_the_form_by_any_way_leaves_nothing_to_undo() {
    let server = Server::start();
    for way in ["choose another key", "new", "Escape"] {
        let mut window = Window::with_key_of(&server);
        window.click("New");
        window.paste_into("Client secret", CANARY);
        window.pause();
        match way {
            "choose another key" => window.click_role(Role::ListBoxOption, "Staging SE, Staging, No token"),
            "new" => window.click("New"),
            _ => window.key(Key::Escape),
        }
        if way == "choose another key" {
            window.click("Replace secret…");
        }
        if way != "Escape" {
            assert!(window.app().form.draft.client_secret.is_empty(), "{way}");
        }
        assert_undo_brings_nothing_back(&mut window);
        assert_no_trace(&window, CANARY);
    }
}

#[test]
fn k7_a_shortcut_that_changes_the_form_wipes_undo_too() {
    let mut window = Window::open(Setup::default());
    window.paste_into("Client secret", CANARY);
    let state = egui::TextEdit::load_state(&window.harness.ctx, secret_id());
    assert!(state.is_some(), "the field is known by its id");
    window.key_with(Modifiers::COMMAND, Key::L);
    assert_undo_brings_nothing_back(&mut window);
}

#[test]
fn k7_a_swap_leaves_no_secret_to_undo_in_the_open_field() {
    let mut window = Window::open(Setup::default());
    window.paste_into("Client ID", CANARY);
    window.paste_into("Client secret", CLIENT_ID);
    window.pause();
    window.click_role(Role::Link, "Swap them");
    window.focus("Client ID");
    for _ in 0..3 {
        window.key_with(Modifiers::COMMAND, Key::Z);
        assert_eq!(window.app().form.draft.client_id.as_str(), CLIENT_ID);
        assert_no_trace(&window, CANARY);
    }
}

#[test]
fn k7_the_secret_cannot_be_copied_out_of_its_field() {
    let mut window = new_key(Mood::Well);
    window.click("Show secret");
    window.focus("Client secret");
    window.key_with(Modifiers::COMMAND, Key::A);
    window.harness.event(egui::Event::Copy);
    window.settle();
    window.harness.event(egui::Event::Cut);
    window.settle();
    assert!(window.clipboard.iter().all(|text| !text.contains("cafe")), "{:?}", window.clipboard);
}

#[test]
fn k7_undo_does_not_bring_a_saved_secret_back_into_the_next_key() {
    let mut window = new_key(Mood::Well);
    window.pause();
    // By keyboard, so that the pointer does not take the focus away first.
    window.button("Save key").focus();
    window.settle();
    window.key(Key::Enter);
    window.until_said("Saved in the system keychain.");
    window.click("New");
    assert!(window.app().form.draft.client_secret.is_empty());
    assert_undo_brings_nothing_back(&mut window);
}

#[test]
fn k7_a_secret_once_typed_into_the_field_of_the_id_does_not_come_back_after_saving() {
    let mut window = new_key(Mood::Well);
    window.paste_into("Client ID", CANARY);
    window.pause();
    window.paste_into("Client ID", CLIENT_ID);
    window.pause();
    window.click("Save key");
    window.until_said("Saved in the system keychain.");
    window.focus("Client ID");
    for _ in 0..4 {
        window.key_with(Modifiers::COMMAND, Key::Z);
        assert_eq!(window.app().form.draft.client_id.as_str(), CLIENT_ID);
        assert_no_trace(&window, CANARY);
    }
}

#[test]
fn undo_works_where_nothing_is_secret() {
    let mut window = new_key(Mood::Well);
    window.type_into("Profile name", "Half");
    window.pause();
    window.type_into("Profile name", "Nordics");
    window.pause();
    window.key_with(Modifiers::COMMAND, Key::Z);
    assert_ne!(window.app().form.draft.name, "Nordics", "or the tests above could not fail");
}

#[test]
fn no_other_key_is_chosen_when_one_is_deleted() {
    let (one, two) = (Server::start(), Server::start());
    let mut window = Window::open(Setup::default().with_key_of(&one, "Retail EU").with_key_of(&two, "Wholesale SE"));
    window.until_said("System keychain ready");
    window.click("Delete key");
    window.click("Delete this key");
    window.until_said("” is deleted.");
    assert!(window.app().active_profile().is_none() && window.app().profiles().len() == 1);
}
