//! The editor of a key's field map, by the words on screen: opened where no price was recognised, filled in by a click on a value,
//! previewed, saved, used by the next lookup, written to the settings, and forgotten.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod base;
#[path = "support/keychain.rs"]
mod keychain;
#[path = "support/window.rs"]
mod window;

use std::fmt::Write as _;
use std::time::Duration;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use quantaprice_explorer::app::Action;
use quantaprice_explorer::prices::{FieldMap, MappedField, Outcome};
use quantaprice_explorer::sandbox::{Canned, Fault, ReplyFault};
use window::{LOOKS, Server, Setup, Window};

/// A body whose names nobody could know.
const STRANGE: &str = r#"{"artikel":"X-1","rader":[{"belopp":12.10,"valuta":"EUR","fran":1},{"belopp":"139","valuta":"SEK","fran":10},
    {"belopp":null,"valuta":"NOK","fran":100}]}"#;

const OPEN: &str = "Name the price fields…";

fn answers(server: &Server, body: &str) {
    server.sandbox.set_fault(Fault::prices(ReplyFault::Canned(Canned::new(200, body))));
}

fn until_read(window: &mut Window) {
    window.until("the preview", |window| !window.app().field_map.is_reading());
}

/// A window with an answer that no usual name fits.
fn with_strange_answer(server: &Server, setup: Setup) -> Window {
    let mut window = Window::open(setup.with_key_of(server, "Staging SE"));
    window.until("the keychain's answer", |window| window.app().keychain_state.is_some());
    answers(server, STRANGE);
    window.look_up_and_wait("X-1");
    window
}

fn type_place(window: &mut Window, field: &str, place: &str) {
    window.paste_into(field, place);
    until_read(window);
}

#[test]
fn p3_p4_the_places_of_a_strange_body_are_named_by_clicks_seen_saved_and_used() {
    let server = Server::start();
    let mut window = with_strange_answer(&server, Setup::default());
    window.assert_says("No price");
    window.assert_says("holds no field that is known to be a price");
    window.click(OPEN);
    until_read(&mut window);
    window.assert_says("“*” or “-” stands for each entry of a list.");
    window.assert_says("0 prices");
    assert!(!window.is_enabled("Save for this key"));
    window.assert_tooltip("Save for this key", "Name at least one field.");

    window.click_role(Role::TreeItem, "belopp: 12.10");
    until_read(&mut window);
    assert_eq!(window.field("Amount").value().as_deref(), Some("/rader/*/belopp"));
    window.assert_says("2 prices");
    let cells = window.cells();
    assert!(
        cells.contains(&"12.10".into()) && cells.contains(&"139".into()) && !cells.contains(&"0".into()),
        "{cells:?}"
    );

    // What the keyboard was in last is what a click fills in.
    window.focus("Currency");
    window.click_role(Role::TreeItem, "valuta: \"EUR\"");
    until_read(&mut window);
    assert_eq!(window.field("Currency").value().as_deref(), Some("/rader/*/valuta"));
    assert!(window.cells().contains(&"SEK".into()));
    window.assert_says("Read by your field map: amount, currency.");
    assert_eq!(server.sandbox.counts().price_requests, 1, "a preview sends nothing");

    window.click("Save for this key");
    window.assert_silent("What would be read");
    window.until("the answer read anew", |window| window.cells().contains(&"12.10".into()));
    window.assert_says("Priced");
    window.assert_says("Read by your field map: amount, currency.");
    window.assert_silent("holds no field that is known");
    assert_eq!(server.sandbox.counts().price_requests, 1, "the answer that is there is read anew");
    let path = window.folder.path().join("settings.toml");
    let says = |text: &str, path: &std::path::Path| std::fs::read_to_string(path).is_ok_and(|file| file.contains(text));
    window.until("the settings", |_| says("amount = \"/rader/*/belopp\"", &path));

    answers(&server, r#"{"rader":[{"belopp":"7.5","valuta":"DKK"}]}"#);
    window.look_up_and_wait("X-2");
    window.until("the next answer", |window| window.cells().contains(&"7.5".into()));
    assert!(window.cells().contains(&"DKK".into()));

    // A body of another shape is read by the usual names, and that is said.
    answers(&server, r#"{"sku":"X-3","price":9,"currency":"EUR"}"#);
    window.look_up_and_wait("X-3");
    window.assert_says("Your field map has the amount at /rader/*/belopp, and this body has no value there");
    assert!(window.cells().contains(&"9".into()));
    window.click(OPEN);
    window.click("Forget the map");
    window.until("the answer read anew", |window| !window.says("Your field map has"));
    assert!(window.app().active_profile().unwrap().field_map.is_empty());
    window.until("the settings", |_| !says("/rader", &path));
}

#[test]
fn a_place_that_is_no_pointer_is_said_with_its_position_and_is_not_saved() {
    let server = Server::start();
    let mut window = with_strange_answer(&server, Setup::default());
    window.click(OPEN);
    type_place(&mut window, "Amount", "rader[0].belopp");
    window.assert_says("Character 1 has to be a “/”");
    window.assert_says("Correct the place above first.");
    assert!(!window.is_enabled("Save for this key"));
    type_place(&mut window, "Amount", "/rader/~x");
    window.assert_says("Character 8 is a “~”");
    type_place(&mut window, "Amount", "/rader/0/belopp");
    window.assert_silent("Character");
    window.assert_says("1 price");
    type_place(&mut window, "Amount", "/rader/2/belopp");
    window.assert_says("that is no price, and not a price of zero.");
    window.assert_says("0 prices");
    assert!(window.cells().is_empty());
    window.key(Key::Escape);
    window.assert_silent("What would be read");
    assert!(window.app().active_profile().unwrap().field_map.is_empty(), "Escape saves nothing");
}

#[test]
fn the_whole_of_it_can_be_done_by_keyboard() {
    let server = Server::start();
    let mut window = with_strange_answer(&server, Setup::default());
    window.key_with(Modifiers::COMMAND, Key::K);
    window.harness.event(egui::Event::Text("price fields".to_owned()));
    window.settle();
    window.key(Key::Enter);
    until_read(&mut window);
    window.focus("Amount");
    for _ in 0..7 {
        window.key(Key::Tab);
    }
    window.part(Role::TreeItem, "belopp: 12.10").unwrap().focus();
    window.settle();
    // The last field that had the keyboard is what Enter fills in.
    let before = MappedField::ALL.map(|field| window.field(field.label()).value().unwrap_or_default());
    window.key(Key::Enter);
    until_read(&mut window);
    let after = MappedField::ALL.map(|field| window.field(field.label()).value().unwrap_or_default());
    assert_eq!(before.iter().zip(&after).filter(|(before, after)| before != after).count(), 1, "{after:?}");
    assert!(after.contains(&"/rader/*/belopp".to_owned()), "{after:?}");
    window.focus("Amount");
    window.part(Role::TreeItem, "belopp: 12.10").unwrap().focus();
    window.settle();
    window.key(Key::Enter);
    until_read(&mut window);
    window.button("Save for this key").focus();
    window.settle();
    window.key(Key::Enter);
    let map = &window.app().active_profile().unwrap().field_map;
    assert_eq!(map.get(MappedField::Amount).unwrap().as_str(), "/rader/*/belopp");
}

#[test]
fn without_a_body_places_can_be_typed_all_the_same() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.harness.state_mut().app.apply(Action::FieldMap(quantaprice_explorer::app::field_map::FieldMapAction::Open));
    window.settle();
    window.assert_says("No body to choose from");
    window.assert_says("there is no body to read");
    type_place(&mut window, "Amount", "/rader/*/belopp");
    window.click("Save for this key");
    answers(&server, STRANGE);
    window.look_up_and_wait("X-1");
    window.until("the prices", |window| window.cells().contains(&"12.10".into()));
}

#[test]
fn a_map_belongs_to_its_key_and_outlives_changes_of_the_key() {
    let (one, two) = (Server::start(), Server::start());
    let mut setup = Setup::default().with_key_of(&one, "Retail EU").with_key_of(&two, "Wholesale SE");
    let map = FieldMap::parse([(MappedField::Amount, "/rader/*/belopp")]).unwrap();
    setup.settings.profiles[0].field_map = map.clone();
    let mut window = Window::open(setup);
    window.until_said("System keychain ready");
    answers(&one, STRANGE);
    answers(&two, STRANGE);
    window.look_up_and_wait("X-1");
    assert!(window.cells().contains(&"12.10".into()));
    window.type_into("Profile name", "Retail Europe");
    window.click("Save key");
    window.until("the new name", |window| window.app().profiles()[0].name == "Retail Europe");
    assert_eq!(window.app().profiles()[0].field_map, map);
    let id = window.app().profiles()[1].id.clone();
    window.harness.state_mut().app.apply(Action::Select(id));
    window.look_up_and_wait("X-1");
    assert_eq!(window.app().desk().unwrap().shown.as_ref().unwrap().lookup.outcome, Outcome::NoPrice);
}

#[test]
fn h8_no_frame_waits_for_a_body_of_megabytes() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    let mut body = String::from(r#"{"rader":[{"belopp":1}"#);
    (0..60_000)
        .for_each(|number| _ = write!(body, r#",{{"belopp":"{number}.50","valuta":"EUR","text":"some words"}}"#));
    body.push_str("]}");
    answers(&server, &body);
    window.look_up_and_wait("X-1");
    window.click(OPEN);
    window.paste_into("Amount", "/rader/*/belopp");
    window.until("the preview", |window| !window.app().field_map.is_reading() && window.says("60001 prices"));
    let time = window.frame_time();
    assert!(time < Duration::from_millis(32), "{time:?} a frame");
    window.paste_into("Currency", "/rader/*/valuta");
    let started = std::time::Instant::now();
    window.step();
    assert!(started.elapsed() < Duration::from_millis(500), "{:?}", started.elapsed());
    window.until("the preview", |window| window.says("for 1 of 60001 prices"));
}

#[test]
fn the_editor_can_be_drawn_at_every_size() {
    for (size, pixels_per_point, theme, name) in LOOKS {
        let server = Server::start();
        let mut window = with_strange_answer(&server, Setup { size, pixels_per_point, theme, ..Setup::default() });
        window.harness.remove_cursor();
        window.settle();
        window.save_picture(&format!("field-map-offered-{name}"));
        window.click(OPEN);
        until_read(&mut window);
        window.harness.remove_cursor();
        window.settle();
        window.save_picture(&format!("field-map-empty-{name}"));
        type_place(&mut window, "Amount", "/rader/*/belopp");
        type_place(&mut window, "Currency", "/rader/*/valuta");
        type_place(&mut window, "From quantity", "/rader/*/fran");
        window.harness.remove_cursor();
        window.settle();
        window.save_picture(&format!("field-map-read-{name}"));
        if size.x < 760.0 {
            window.click_role(Role::RadioButton, "Body");
            window.save_picture(&format!("field-map-body-{name}"));
            window.click_role(Role::RadioButton, "Fields");
        }
        type_place(&mut window, "Valid to", "/rader/~");
        window.harness.remove_cursor();
        window.settle();
        window.save_picture(&format!("field-map-wrong-{name}"));
        window.type_into("Valid to", "");
        until_read(&mut window);
        window.click("Save for this key");
        window.until("the answer read anew", |window| window.says("Priced"));
        window.harness.remove_cursor();
        window.settle();
        window.save_picture(&format!("field-map-saved-{name}"));
    }
}
