//! The command palette: opened, filtered, moved through and closed by keyboard alone, with only what can be done now in it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod base;
#[path = "support/keychain.rs"]
mod keychain;
#[path = "support/window.rs"]
mod window;

use egui::accesskit::Role;
use egui::{Event, Key, Modifiers};
use egui_kittest::kittest::NodeT as _;
use quantaprice_explorer::app::batch::BatchAction;
use quantaprice_explorer::app::lists::ListAction;
use quantaprice_explorer::app::{Action, PricesMode, Question, Tab};
use quantaprice_explorer::keys::ThemeChoice;
use window::{Server, Setup, Window};

fn open(window: &mut Window) {
    window.key_with(Modifiers::COMMAND, Key::K);
    assert!(is_open(window), "on screen is:\n{}", window.screen());
}

fn is_open(window: &Window) -> bool {
    window.part(Role::TextInput, "Find or run").is_some()
}

fn rows(window: &Window) -> Vec<String> {
    in_palette(window).filter_map(|row| row.accesskit_node().label()).collect()
}

/// The rows behind the field; the list of keys has rows of the same role.
fn in_palette(window: &Window) -> impl Iterator<Item = egui_kittest::Node<'_>> {
    let nodes = window.harness.root().children_recursive();
    let nodes = nodes.skip_while(|node| node.accesskit_node().label().as_deref() != Some("Find or run"));
    nodes.filter(|node| node.accesskit_node().role() == Role::ListBoxOption)
}

fn chosen(window: &Window) -> String {
    let row = in_palette(window).find(|row| row.accesskit_node().data().is_selected() == Some(true));
    row.and_then(|row| row.accesskit_node().label()).unwrap_or_default()
}

fn type_text(window: &mut Window, text: &str) {
    window.harness.event(Event::Text(text.to_owned()));
    window.settle();
}

fn key_of(window: &Window, name: &str) -> Option<String> {
    let row = window.part(Role::ListBoxOption, name).unwrap_or_else(|| panic!("no “{name}” in {:?}", rows(window)));
    row.accesskit_node().data().keyboard_shortcut().map(str::to_owned)
}

#[test]
fn a_command_is_found_by_typing_and_done_with_enter() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    open(&mut window);
    type_text(&mut window, "activ");
    assert_eq!(chosen(&window), "Activity");
    window.key(Key::Enter);
    assert!(!is_open(&window));
    assert_eq!(window.app().tab, Tab::Activity);

    open(&mut window);
    type_text(&mut window, "get tok");
    assert_eq!(chosen(&window), "Get token");
    window.key(Key::Enter);
    window.until("the token", |window| window.app().status().is_some_and(|status| status.token.is_some()));
}

#[test]
fn only_what_can_be_done_now_is_listed() {
    let mut window = Window::open(Setup::default());
    window.until("the keychain's answer", |window| window.app().keychain_state.is_some());
    open(&mut window);
    let without_key = rows(&window);
    for absent in ["Get token", "Refresh now", "Forget token", "Check connection", "Test key", "Prices"] {
        assert!(!without_key.iter().any(|row| row == absent), "{absent} is in {without_key:?}");
    }
    for present in ["Start the sandbox", "Token", "New key", "Import…", "Export support bundle…", "Light theme"] {
        assert!(without_key.iter().any(|row| row == present), "{present} is not in {without_key:?}");
    }

    let server = Server::start();
    let setup = Setup::default().with_key_of(&server, "Staging SE").with_key_of(&server, "Nordics");
    let mut window = Window::open(setup);
    window.until("the keychain's answer", |window| window.app().keychain_state.is_some());
    window.look_up_and_wait("PRODUCT-001");
    open(&mut window);
    let with_token = rows(&window);
    for present in ["Look up PRODUCT-001", "Refresh now", "Forget token", "Copy token…", "Switch to Nordics"] {
        assert!(with_token.iter().any(|row| row == present), "{present} is not in {with_token:?}");
    }
    for absent in ["Get token", "Switch to Staging SE", "Cancel the lookup"] {
        assert!(!with_token.iter().any(|row| row == absent), "{absent} is in {with_token:?}");
    }
}

#[test]
fn the_arrows_go_round_and_the_field_keeps_the_keyboard() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    open(&mut window);
    let all = rows(&window);
    assert_eq!(chosen(&window), all[0]);
    window.key(Key::ArrowDown);
    window.key(Key::ArrowDown);
    assert_eq!(chosen(&window), all[2]);
    for _ in 0..3 {
        window.key(Key::ArrowUp);
    }
    assert_eq!(chosen(&window), *all.last().unwrap());
    window.key(Key::ArrowDown);
    window.key(Key::PageDown);
    assert_eq!(chosen(&window), all[8]);
    // To a screen reader the chosen row has the keyboard, through the field that really has it.
    assert!(window.part(Role::ListBoxOption, &all[8]).unwrap().accesskit_node().is_focused());
    window.key(Key::Tab);
    type_text(&mut window, "dark");
    assert_eq!(window.field("Find or run").accesskit_node().value().as_deref(), Some("dark"), "Tab leads nowhere else");
}

#[test]
fn escape_closes_it_gives_the_keyboard_back_and_stops_nothing() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.type_into("SKU", "PRODUCT-001");
    for close in [Key::Escape, Key::K] {
        open(&mut window);
        type_text(&mut window, "tok");
        window.key_with(if close == Key::K { Modifiers::COMMAND } else { Modifiers::NONE }, close);
        assert!(!is_open(&window), "{close:?}");
        assert!(window.field("SKU").accesskit_node().is_focused(), "{close:?}");
    }
    assert_eq!(window.field("SKU").accesskit_node().value().as_deref(), Some("PRODUCT-001"));
    open(&mut window);
    assert_eq!(window.field("Find or run").accesskit_node().value().unwrap_or_default(), "", "it opens empty");
}

#[test]
fn what_is_typed_can_be_looked_up_as_a_sku() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    open(&mut window);
    type_text(&mut window, "PRODUCT-002");
    assert_eq!(chosen(&window), "Look up “PRODUCT-002”");
    window.key(Key::Enter);
    window.until_answered("PRODUCT-002");
}

#[test]
fn profiles_themes_and_questions_are_reached() {
    let server = Server::start();
    let setup = Setup::default().with_key_of(&server, "Staging SE").with_key_of(&server, "Nordics");
    let mut window = Window::open(setup);
    window.until("the keychain's answer", |window| window.app().keychain_state.is_some());
    open(&mut window);
    type_text(&mut window, "nordics");
    window.key(Key::Enter);
    assert_eq!(window.app().active_profile().unwrap().name, "Nordics");
    open(&mut window);
    type_text(&mut window, "light");
    window.key(Key::Enter);
    assert_eq!(window.app().settings.theme, ThemeChoice::Light);
    open(&mut window);
    type_text(&mut window, "import");
    window.key(Key::Enter);
    assert_eq!(window.app().question, Some(Question::Import));
    window.key_with(Modifiers::COMMAND, Key::K);
    assert_eq!(window.app().question, Some(Question::Import), "an open question stays");
}

#[test]
fn shortcuts_are_said_beside_what_they_do_and_hold() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    open(&mut window);
    assert_eq!(key_of(&window, "Token").as_deref(), Some("Ctrl+2"));
    assert_eq!(key_of(&window, "Activity").as_deref(), Some("Ctrl+3"));
    assert_eq!(key_of(&window, "Type a SKU").as_deref(), Some("Ctrl+L"));
    assert_eq!(key_of(&window, "New key"), None);
    type_text(&mut window, "type a");
    window.key(Key::Enter);
    assert!(window.field("SKU").accesskit_node().is_focused());
}

/// Puts a list of two SKUs into Batch.
fn with_list(window: &mut Window) {
    let app = &mut window.harness.state_mut().app;
    app.apply(Action::ShowPrices(PricesMode::Batch));
    app.apply(Action::List(ListAction::Paste("PRODUCT-001\nPRODUCT-002\n".to_owned())));
    window.until("the list", |window| window.app().list.ready().is_some());
}

#[test]
fn on_batch_the_list_is_looked_up_before_a_single_sku() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.look_up_and_wait("PRODUCT-001");
    with_list(&mut window);
    open(&mut window);
    type_text(&mut window, "look up");
    assert_eq!(chosen(&window), "Look up 2 SKUs");
    window.key(Key::Escape);
    window.harness.state_mut().app.apply(Action::ShowPrices(PricesMode::Single));
    window.settle();
    open(&mut window);
    type_text(&mut window, "look up");
    assert_eq!(chosen(&window), "Look up PRODUCT-001");
}

#[test]
fn what_is_done_with_a_batch_is_seen_wherever_it_was_asked_for() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    with_list(&mut window);
    window.harness.state_mut().app.apply(Action::Batch(BatchAction::Start));
    window.until("the end", |window| window.app().batch.progress().is_some_and(|now| now.standing.is_ended()));
    window.harness.state_mut().app.apply(Action::ShowPrices(PricesMode::History));
    window.settle();
    open(&mut window);
    type_text(&mut window, "new batch");
    window.key(Key::Enter);
    window.settle();
    assert_eq!(window.app().prices_mode, PricesMode::Batch);
    assert!(window.app().batch.running().is_none());
}

#[test]
fn the_export_of_results_is_found_once_there_are_any() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    open(&mut window);
    type_text(&mut window, "export");
    assert_eq!(chosen(&window), "Export support bundle…");
    window.key(Key::Escape);
    with_list(&mut window);
    window.harness.state_mut().app.apply(Action::Batch(BatchAction::Start));
    window
        .until("the run", |window| window.app().batch.progress().is_some_and(|progress| progress.standing.is_ended()));
    window.until_said("19.90");
    open(&mut window);
    type_text(&mut window, "export");
    assert_eq!(chosen(&window), "Export results…");
    window.key(Key::Enter);
    window.until_said("Export the table");
}

#[test]
fn tab_goes_on_in_the_view_that_was_gone_to() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.focus("SKU");
    open(&mut window);
    type_text(&mut window, "batch");
    assert_eq!(chosen(&window), "Batch");
    window.key(Key::Enter);
    window.settle();
    window.key(Key::Tab);
    let focused = window.harness.root().children_recursive().find(|node| {
        let node = node.accesskit_node();
        node.is_focused() && node.role() != Role::Window
    });
    let focused = focused.and_then(|node| node.accesskit_node().label()).unwrap_or_default();
    assert_eq!(focused, "Open list…", "on screen is:\n{}", window.screen());
}

#[test]
fn ctrl_l_selects_the_sku_also_where_the_keyboard_is_in_its_field() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.type_into("SKU", "PRODUCT-001");
    window.key_with(Modifiers::COMMAND, Key::L);
    type_text(&mut window, "007");
    assert_eq!(window.field("SKU").accesskit_node().value().as_deref(), Some("007"));
}

#[test]
fn the_pointer_opens_it_and_runs_a_row() {
    let mut window = Window::open(Setup::default());
    window.until("the keychain's answer", |window| window.app().keychain_state.is_some());
    window.click("Find or run (Ctrl K)");
    assert!(is_open(&window));
    window.click_role(Role::ListBoxOption, "Activity");
    assert!(!is_open(&window));
    assert_eq!(window.app().tab, Tab::Activity);
}

#[test]
fn nothing_found_is_said() {
    let mut window = Window::open(Setup::default());
    window.until("the keychain's answer", |window| window.app().keychain_state.is_some());
    open(&mut window);
    type_text(&mut window, "xyzzy");
    window.assert_says("Nothing like it can be done now.");
    window.key(Key::Enter);
    assert!(is_open(&window), "Enter does nothing then");
}
