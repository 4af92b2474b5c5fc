//! Pictures of the whole window. Those without a running clock are compared with the ones in `tests/snapshots`; after a wanted
//! change, run with `UPDATE_SNAPSHOTS=1` and look at them. Those that show times, ports or a countdown cannot be
//! compared: the tests hold that each state is reached and can be drawn at every size, and leave the pictures in
//! `target/tmp/window-pictures` for a person to look at.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/authority.rs"]
mod authority;
#[path = "support/mod.rs"]
mod base;
#[path = "support/keychain.rs"]
mod keychain;
#[path = "support/server.rs"]
mod wire;
#[path = "support/window.rs"]
mod window;

use authority::Authority;
use egui::{Theme, Vec2, vec2};
use egui_kittest::SnapshotResults;
use quantaprice_explorer::keys::KeychainError;
use quantaprice_explorer::sandbox::{Canned, Fault, ReplyFault};
use secrecy::ExposeSecret;
use window::{CANARY, CLIENT_ID, Mood, Server, Setup, Store, Window};
use wire::Server as Tls;

/// Size in points, pixels a point, theme, and what the picture is called by them.
const LOOKS: [(Vec2, f32, Theme, &str); 4] = [
    (vec2(1280.0, 800.0), 1.0, Theme::Dark, "dark"),
    (vec2(1280.0, 800.0), 1.0, Theme::Light, "light"),
    (vec2(800.0, 560.0), 1.0, Theme::Dark, "medium"),
    (vec2(640.0, 400.0), 2.0, Theme::Dark, "zoomed"),
];

fn setup((size, pixels_per_point, theme, _): (Vec2, f32, Theme, &str)) -> Setup {
    Setup { size, pixels_per_point, theme, ..Setup::default() }
}

/// Compares the window with its picture, without the pointer's mark on anything.
fn compare(window: &mut Window, name: &str, results: &mut SnapshotResults) {
    window.harness.remove_cursor();
    window.settle();
    results.add(window.harness.try_snapshot(name));
}

fn save(window: &mut Window, name: &str) {
    window.harness.remove_cursor();
    window.settle();
    window.save_picture(name);
}

#[test]
fn the_first_start() {
    let mut results = SnapshotResults::new();
    for look in LOOKS {
        let mut window = Window::open(setup(look));
        window.until("the keychain's answer", |window| window.app().keychain_state.is_some());
        compare(&mut window, &format!("window-first-start-{}", look.3), &mut results);
    }
}

#[test]
fn a_token_on_the_clipboard_and_one_that_was_hidden() {
    let server = Server::start();
    for look in LOOKS {
        let mut window = Window::open(setup(look).with_key_of(&server, "Staging SE"));
        window.look_up_and_wait("PRODUCT-001");
        let token = window.app().status().unwrap().token.unwrap().secret().expose_secret().to_owned();
        let body = format!(r#"{{"sku":"PRODUCT-001","price":"12.10","currency":"EUR","you_sent":"Bearer {token}"}}"#);
        server.sandbox.set_fault(Fault::prices(ReplyFault::Canned(Canned::new(200, body))));
        window.look_up_and_wait("PRODUCT-001");
        window.until_said("repeats the access token");
        server.sandbox.clear_faults();
        if look.0.x < 760.0 {
            window.click("Keys and token");
        }
        window.click("Copy token");
        save(&mut window, &format!("copy-question-{}", look.3));
        window.click("Copy it");
        window.until_said("Token on the clipboard");
        save(&mut window, &format!("token-on-clipboard-{}", look.3));
    }
}

#[test]
fn a_failed_save() {
    let mut results = SnapshotResults::new();
    for look in [LOOKS[0], LOOKS[3]] {
        let store = Store::new(Mood::Fails(KeychainError::NoStore { reason: "no such service".into() }));
        let mut window = Window::open(Setup { store, ..setup(look) });
        if look.0.x < 760.0 {
            window.click("Keys and token");
        }
        window.type_into("Profile name", "Retail EU");
        window.paste_into("Client ID", CLIENT_ID);
        window.paste_into("Client secret", CANARY);
        window.click("Save key");
        window.until_said("Keep for this run only");
        window.button("Keep for this run only").scroll_to_me();
        compare(&mut window, &format!("window-failed-save-{}", look.3), &mut results);
    }
}

#[test]
fn a_priced_result_can_be_drawn_at_every_size() {
    let server = Server::start();
    for look in LOOKS {
        let mut window = Window::open(setup(look).with_key_of(&server, "Staging SE"));
        window.until("the keychain's answer", |window| window.app().keychain_state.is_some());
        window.look_up_and_wait("PRODUCT-001");
        save(&mut window, &format!("priced-{}", look.3));
        if look.0.x < 760.0 {
            window.click("Keys and token");
            save(&mut window, &format!("drawer-{}", look.3));
        }
    }
}

#[test]
fn every_other_outcome_can_be_drawn() {
    let server = Server::start();
    let mut window = Window::open(setup(LOOKS[0]).with_key_of(&server, "Staging SE"));
    for sku in ["PRODUCT-005", "PRODUCT-006", "ZERO-001", "NOPRICE-001", "MISSING-001", "FORBIDDEN-001", "BROKEN-001"] {
        window.look_up_and_wait(sku);
        save(&mut window, &format!("outcome-{sku}"));
    }
}

#[test]
fn a_refused_key_can_be_drawn_at_every_size() {
    let server = Server::start();
    server.sandbox.revoke_key();
    for look in LOOKS {
        let mut window = Window::open(setup(look).with_key_of(&server, "Staging SE"));
        window.until("the keychain's answer", |window| window.app().keychain_state.is_some());
        window.look_up_and_wait("PRODUCT-001");
        save(&mut window, &format!("refused-{}", look.3));
    }
}

#[test]
fn questions_and_the_token_tab_can_be_drawn() {
    let server = Server::start();
    let mut window = Window::open(setup(LOOKS[0]).with_key_of(&server, "Staging SE"));
    window.look_up_and_wait("PRODUCT-001");
    for (button, name) in [("Delete key", "delete"), ("Copy token", "copy-token"), ("Import…", "import")] {
        window.click(button);
        save(&mut window, &format!("question-{name}"));
        window.key(egui::Key::Escape);
    }
    window.click_role(egui::accesskit::Role::Tab, "Token");
    save(&mut window, "token-tab");
    window.click_role(egui::accesskit::Role::Tab, "Prices");
    window.paste_into("Client ID", CANARY);
    window.click("Replace secret…");
    window.paste_into("Client secret", CLIENT_ID);
    window.focus("Profile name");
    save(&mut window, "swapped");
}

#[test]
fn a_connection_check_can_be_drawn_as_it_runs_and_as_it_ends() {
    let server = Server::start();
    for look in LOOKS {
        let mut window = Window::open(setup(look).with_key_of(&server, "Staging SE"));
        window.until("the keychain's answer", |window| window.app().keychain_state.is_some());
        window.type_into("SKU", "PRODUCT-001");
        server.sandbox.clear_faults();
        window.harness.state_mut().app.apply(quantaprice_explorer::app::Action::CheckConnection);
        window.until("the end", |window| !window.app().connection.is_running());
        save(&mut window, &format!("check-done-{}", look.3));
        window.key(egui::Key::Escape);

        server.sandbox.set_fault(Fault::token(ReplyFault::Slow(std::time::Duration::from_secs(20))));
        window.harness.state_mut().app.apply(quantaprice_explorer::app::Action::ForgetToken);
        window.harness.state_mut().app.apply(quantaprice_explorer::app::Action::CheckConnection);
        window.until("the token's step", |window| {
            window.part(egui::accesskit::Role::ProgressIndicator, "Token is running").is_some()
        });
        save(&mut window, &format!("check-running-{}", look.3));
        window.key(egui::Key::Escape);
    }
}

#[test]
fn a_connection_check_that_fails_can_be_drawn_at_every_size() {
    let proxy = Authority::named("Example Corp Inspection CA");
    let company = Authority::named("Example Corp CA");
    for look in LOOKS {
        let server = Server::start();
        let mut setup = setup(look).with_key_of(&server, "Staging SE");
        let mut window = Window::open(Setup::default());
        let (good, bad) = window.block_on(async {
            let good = Tls::start_tls(company.acceptor("127.0.0.1", 2040), |_| {
                wire::json(r#"{"access_token":"t0ken","token_type":"Bearer","expires_in":3600}"#)
            });
            let bad = Tls::start_tls(proxy.acceptor("127.0.0.1", 2040), |_| wire::json("{}"));
            (good.await, bad.await)
        });
        let mut profile = server.profile("Retail EU");
        profile.environment = quantaprice_explorer::keys::Environment::Production;
        profile.token_url = format!("https://{}/oauth2/token", good.address).parse().unwrap();
        profile.api_url = format!("https://{}/api/v1", bad.address).parse().unwrap();
        profile.ca_file = Some(company.file());
        let record = profile.secret.take().unwrap();
        profile.keep(record);
        setup.store.put(&profile.id, server.secret());
        setup.settings.active = Some(profile.id.clone());
        setup.settings.put(profile);
        let servers_of = std::mem::replace(&mut window, Window::open(setup));
        window.harness.state_mut().app.apply(quantaprice_explorer::app::Action::CheckConnection);
        window.until("the end", |window| !window.app().connection.is_running());
        window.assert_says("issued by “Example Corp Inspection CA”");
        save(&mut window, &format!("check-failed-{}", look.3));
        drop(servers_of);
    }
}

#[test]
fn the_timeline_and_the_palette_can_be_drawn_at_every_size() {
    let server = Server::start();
    for look in LOOKS {
        let mut window = Window::open(setup(look).with_key_of(&server, "Staging SE").with_key_of(&server, "Nordics"));
        window.until("the keychain's answer", |window| window.app().keychain_state.is_some());
        for sku in ["PRODUCT-001", "FORBIDDEN-001", "MISSING-001"] {
            window.look_up_and_wait(sku);
        }
        window.key_with(egui::Modifiers::COMMAND, egui::Key::K);
        save(&mut window, &format!("palette-{}", look.3));
        window.harness.event(egui::Event::Text("tok".to_owned()));
        save(&mut window, &format!("palette-typed-{}", look.3));
        window.key(egui::Key::Escape);
        window.click_role(egui::accesskit::Role::Tab, "Activity");
        save(&mut window, &format!("timeline-first-minute-{}", look.3));
    }
}
