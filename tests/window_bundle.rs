//! The support bundle in the window: looked at, searched for secrets, saved, opened again; and what happens when a secret is in it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod base;
#[path = "support/keychain.rs"]
mod keychain;
#[path = "support/window.rs"]
mod window;

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use egui::Key;
use egui::accesskit::Role;
use quantaprice_explorer::activity::{Event, EventReason, Kind};
use quantaprice_explorer::app::Action;
use quantaprice_explorer::http::HttpError;
use quantaprice_explorer::sandbox::{Fault, ReplyFault};
use secrecy::ExposeSecret;
use serde_json::Value;
use window::{CANARY, LOOKS, Server, Setup, Window};

/// A window with a day's work behind it: prices, a 401, a missing permission, a failure, a check of the connection.
fn after_work(server: &Server, setup: Setup) -> Window {
    let mut window = Window::open(setup.with_key_of(server, "Staging SE"));
    window.until("the keychain's answer", |window| window.app().keychain_state.is_some());
    window.look_up_and_wait("PRODUCT-001");
    server.sandbox.set_fault(Fault::prices(ReplyFault::UnauthorizedOnce));
    for sku in ["PRODUCT-002", "FORBIDDEN-001", "MISSING-001", "BROKEN-001", "<b>KABEL</b> & 3×1,5"] {
        window.look_up_and_wait(sku);
    }
    window.harness.state_mut().app.apply(Action::CheckConnection);
    window.until("the check", |window| !window.app().connection.is_running());
    window.key(Key::Escape);
    window
}

fn export(window: &mut Window) {
    window.click_role(Role::Tab, "Activity");
    window.click("Export support bundle…");
    window.until("the bundle", |window| !window.app().export.is_gathering());
}

fn save(window: &mut Window, path: &Path) {
    window.paste_into("Save as", path.to_str().unwrap());
    window.click("Save here");
    window.until("the file", |window| !window.app().export.is_saving());
}

fn unzip(path: &Path) -> HashMap<String, String> {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut files = HashMap::new();
    for index in 0..zip.len() {
        let mut file = zip.by_index(index).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        files.insert(file.name().unwrap().into_owned(), text);
    }
    files
}

/// A way to write a secret.
type Spell = fn(&str) -> String;

/// A text byte by byte.
fn each(text: &str, write: fn(u8) -> String) -> String {
    text.bytes().map(write).collect::<Vec<_>>().concat()
}

fn record(window: &Window, subject: &str) {
    let event = Event::new(Kind::Price, EventReason::Lookup, jiff::Timestamp::UNIX_EPOCH, subject);
    window.app().activity().record(event);
}

#[test]
fn k10_a_bundle_is_saved_opened_again_and_holds_no_secret_in_any_spelling() {
    let server = Server::start();
    let mut window = after_work(&server, Setup::default());
    let token = window.app().status().unwrap().token.unwrap().secret().expose_secret().to_owned();
    export(&mut window);
    let path = window.folder.path().join("bundle.zip");
    save(&mut window, &path);
    window.assert_says(&format!("Saved as {}.", path.display()));

    let files = unzip(&path);
    let names = ["program", "profile", "token", "check", "network", "clock", "keychain", "settings", "activity"];
    let json = |name: &str| -> Value { serde_json::from_str(&files[&format!("{name}.json")]).unwrap() };
    for name in names {
        json(name);
    }
    assert_eq!(files.len(), names.len() + 1, "{:?}", files.keys());
    assert_eq!(json("program")["program"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(json("program")["platform"]["os"], std::env::consts::OS);
    assert_eq!(json("token")["state"], "valid");
    assert!(json("token")["claims"]["exp"].is_number(), "{}", files["token.json"]);
    assert_eq!(json("check")["result"], "ok", "{}", files["check.json"]);
    assert_eq!(json("keychain")["answers"], true);
    let clock = &json("clock")["token_endpoint"];
    assert_eq!(clock["server_ahead_seconds"].as_array().map(Vec::len), Some(2), "{}", files["clock.json"]);
    let id = json("profile")["client_id"].as_str().unwrap().to_owned();
    assert!(id.contains('…') && !server.client_id().contains(&id), "{id}");
    assert_eq!(json("settings")["profiles"].as_array().unwrap().len(), 1);
    let events = json("activity");
    assert_eq!(events.as_array().unwrap().len(), window.app().activity().snapshot().len());
    assert!(events.as_array().unwrap().iter().any(|event| event["subject"] == "<b>KABEL</b> & 3×1,5"));

    let signature = token.rsplit('.').next().unwrap();
    for (name, text) in &files {
        for held in [server.secret(), &token, signature] {
            let hex = each(held, |byte| format!("{byte:02x}"));
            for spelling in [held.to_owned(), STANDARD.encode(held), URL_SAFE_NO_PAD.encode(held), hex] {
                let needle = spelling.trim_end_matches('=');
                assert!(!text.to_lowercase().contains(&needle.to_lowercase()), "{name} holds a secret");
            }
        }
    }
    let page = &files["report.html"];
    assert!(page.contains("&lt;b&gt;KABEL&lt;/b&gt; &amp; 3×1,5") && !page.contains("<b>KABEL"));
    for outside in ["<script", "<link", "<img", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("default-src 'none'"));
    // Left for a person to open in a browser.
    let shown = Path::new(env!("CARGO_TARGET_TMPDIR")).join("support-bundle");
    std::fs::create_dir_all(&shown).unwrap();
    std::fs::copy(&path, shown.join("bundle.zip")).unwrap();
    std::fs::write(shown.join("report.html"), page).unwrap();
}

#[test]
fn the_preview_shows_the_very_bytes_of_each_file() {
    let server = Server::start();
    let mut window = after_work(&server, Setup::default());
    export(&mut window);
    let bundle = window.app().export.prepared.clone().unwrap().bundle;
    let listed = window.all(Role::ListBoxOption);
    for file in &bundle.files {
        assert!(listed.contains(&file.name), "{} is not in {listed:?}", file.name);
        window.click_role(Role::ListBoxOption, &file.name);
        for line in file.text().lines().take(5) {
            let start: String = line.chars().take(40).collect();
            window.assert_says(&start);
        }
    }
    let path = window.folder.path().join("bundle.zip");
    save(&mut window, &path);
    let written = unzip(&path);
    assert!(bundle.files.iter().all(|file| written[&file.name] == file.text()));
}

#[test]
fn the_home_folder_is_named_nowhere() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    let folders = directories::UserDirs::new().unwrap();
    let home = folders.home_dir();
    let path = home.join("company.pem");
    let fault = HttpError::CaFile { path, detail: "it holds no PEM certificate".into() };
    record(&window, &fault.to_string());
    export(&mut window);
    let bundle = &window.app().export.prepared.as_ref().unwrap().bundle;
    let named = home.join("").display().to_string();
    for file in &bundle.files {
        assert!(!file.text().contains(&named), "{} names the home folder", file.name);
    }
    let of = |name: &str| bundle.files.iter().find(|file| file.name == name).unwrap().text();
    for name in ["activity.json", "report.html"] {
        assert!(of(name).contains("The CA file ~"), "{name}");
    }
}

#[test]
fn k10_a_planted_secret_refuses_the_bundle_and_says_where_but_not_what() {
    let server = Server::start();
    let spellings: [(Spell, &str); 4] = [
        (|secret| secret.to_owned(), "as it is"),
        (|secret| STANDARD.encode(format!("x{secret}")), "in base64"),
        (|secret| each(secret, |byte| format!("{byte:02X}")), "in hexadecimal digits"),
        (|secret| each(secret, |byte| format!("%{byte:02X}")), "percent-encoded"),
    ];
    for (spell, words) in spellings {
        let mut window = Window::with_key_of(&server);
        window.look_up_and_wait("PRODUCT-001");
        record(&window, &spell(server.secret()));
        export(&mut window);
        window.assert_says("Nothing was written: the client secret of “Staging SE” is in ");
        window.assert_says(words);
        window.assert_says("That is a fault of this program");
        assert!(!window.has_button("Save…") && !window.has_button("Save here"));
        assert!(window.app().export.prepared.is_none());
        window.key(Key::Escape);
        window.assert_silent("Nothing was written");
    }
}

#[test]
fn k10_a_secret_of_another_profile_and_one_being_typed_are_looked_for_too() {
    let server = Server::start();
    let other = Server::start();
    let setup = Setup::default().with_key_of(&other, "Nordics");
    let mut window = Window::open(setup.with_key_of(&server, "Retail EU"));
    window.look_up_and_wait("PRODUCT-001");
    let [nordics, retail] = [0, 1].map(|at| window.app().profiles()[at].id.clone());
    window.harness.state_mut().app.apply(Action::Select(retail));
    window.look_up_and_wait("PRODUCT-001");
    let profile = window.app().profiles().iter().find(|profile| profile.id == nordics).unwrap();
    let token = window.app().status_of(profile).unwrap().token.unwrap().secret().expose_secret().to_owned();
    // Its signature alone would do.
    record(&window, token.rsplit('.').next().unwrap());
    export(&mut window);
    window.assert_says("the access token of “Nordics” is in ");
    window.key(Key::Escape);

    let mut window = Window::with_key_of(&server);
    window.click("Replace secret…");
    window.paste_into("Client secret", CANARY);
    record(&window, CANARY);
    export(&mut window);
    window.assert_says("Nothing was written: the client secret in the form is in ");
}

#[test]
fn a_token_that_came_after_the_preview_is_looked_for_before_it_is_written() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.look_up_and_wait("PRODUCT-001");
    record(&window, CANARY);
    export(&mut window);
    assert!(window.app().export.prepared.is_some(), "nobody holds this secret yet");
    // As if the key had been typed meanwhile.
    CANARY.clone_into(&mut window.harness.state_mut().app.form.draft.client_secret);
    let path = window.folder.path().join("bundle.zip");
    save(&mut window, &path);
    window.assert_says("Nothing was written: the client secret in the form is in ");
    assert!(!path.exists());
}

#[test]
fn a_place_that_takes_no_file_is_said_and_nothing_is_left() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    export(&mut window);
    let folder = window.folder.path().join("exports");
    std::fs::create_dir(&folder).unwrap();
    save(&mut window, &folder.join("no/such/bundle.zip"));
    window.assert_says("does not exist.");
    window.assert_says("Choose a folder that is there.");
    save(&mut window, &folder);
    window.assert_says("is a folder.");
    std::fs::write(folder.join("old.zip"), "old").unwrap();
    save(&mut window, &folder.join("old.zip"));
    window.assert_says("already.");
    assert_eq!(std::fs::read_to_string(folder.join("old.zip")).unwrap(), "old");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    save(&mut window, &folder.join("new.zip"));
    window.assert_says("Saved as ");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2, "no temporary file is left");
}

#[test]
fn the_check_leads_to_a_bundle_and_escape_leaves_it() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.click("Check connection");
    window.until("the check", |window| !window.app().connection.is_running());
    window.click("Export support bundle…");
    window.until("the bundle", |window| !window.app().export.is_gathering());
    window.click_role(Role::ListBoxOption, "check.json");
    window.assert_says("\"result\": \"ok\"");
    window.key(Key::Escape);
    window.assert_silent("Support bundle");
    assert!(window.app().export.prepared.is_none(), "nothing of it is kept");
}

#[test]
fn no_frame_waits_for_a_bundle_of_a_long_day() {
    let mut window = Window::open(Setup::default());
    window.until("the keychain's answer", |window| window.app().keychain_state.is_some());
    (0..50_000).for_each(|number| record(&window, &format!("PRODUCT-{number}")));
    window.harness.state_mut().app.apply(Action::ExportBundle);
    let started = std::time::Instant::now();
    window.step();
    assert!(started.elapsed() < Duration::from_millis(500), "{:?}", started.elapsed());
    window.until("the bundle", |window| !window.app().export.is_gathering());
    window.click_role(Role::ListBoxOption, "activity.json");
    let time = window.frame_time();
    assert!(time < Duration::from_millis(16), "{time:?} a frame");
}

#[test]
fn the_preview_can_be_drawn_at_every_size() {
    let server = Server::start();
    for (size, pixels_per_point, theme, name) in LOOKS {
        let mut window = after_work(&server, Setup { size, pixels_per_point, theme, ..Setup::default() });
        export(&mut window);
        window.harness.remove_cursor();
        window.settle();
        window.save_picture(&format!("bundle-{name}"));
        let path = window.folder.path().join("bundle.zip");
        save(&mut window, &path);
        window.harness.remove_cursor();
        window.settle();
        window.save_picture(&format!("bundle-saved-{name}"));
        window.key(Key::Escape);
        record(&window, server.secret());
        window.click("Export support bundle…");
        window.until("the refusal", |window| !window.app().export.is_gathering());
        window.harness.remove_cursor();
        window.settle();
        window.save_picture(&format!("bundle-refused-{name}"));
    }
}
