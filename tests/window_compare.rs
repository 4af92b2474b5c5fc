//! Two runs side by side in the window: two keys, two dates, an earlier run; what differs, in detail, and as a file.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod base;
#[path = "support/keychain.rs"]
mod keychain;
#[path = "support/window.rs"]
mod window;

use egui::accesskit::Role;
use egui_kittest::kittest::NodeT as _;
use quantaprice_explorer::app::compare::{CompareAction, Wanted};
use quantaprice_explorer::app::lists::ListAction;
use quantaprice_explorer::app::{Action, PricesMode};
use quantaprice_explorer::compare::{AsOf, Verdict};
use quantaprice_explorer::keys::Environment;
use quantaprice_explorer::prices::{FieldMap, MappedField};
use quantaprice_explorer::sandbox::{Canned, Fault, ReplyFault};
use window::{LOOKS, Server, Setup, Window};

const LIST: &str = "PRODUCT-001\n00012345\nSAMPLE-FREE\nPRODUCT-017\nNO-SUCH-SKU\nFORBIDDEN-001\nBROKEN-001";

fn act(window: &mut Window, action: Action) {
    window.harness.state_mut().app.apply(action);
    window.step();
}

fn with_list(window: &mut Window, list: &str) {
    act(window, Action::List(ListAction::Paste(list.to_owned())));
    window.until("the list", |window| window.app().list.ready().is_some());
    act(window, Action::ShowPrices(PricesMode::Compare));
    window.until("the earlier runs", |window| window.app().compare.earlier.is_some());
}

fn number(window: &Window) -> u64 {
    window.app().compare.shown.as_ref().map_or(0, |shown| shown.number)
}

fn until_compared(window: &mut Window, nth: u64) {
    window.until("the comparison", |window| {
        assert_eq!(window.app().compare.problem, None);
        number(window) == nth && !window.app().compare.is_busy()
    });
    window.settle();
    window.until("the rows", |window| window.says(" rows"));
}

fn count(window: &Window, verdict: Verdict) -> usize {
    window.app().compare.shown.as_ref().unwrap().comparison.count(verdict)
}

/// Two keys of two servers, Production at the left and Staging at the right.
fn two_keys(setup: Setup, left: &Server, right: &Server) -> Window {
    let mut setup = setup.with_key_of(left, "Retail EU").with_key_of(right, "Nordics");
    setup.settings.profiles[0].environment = Environment::Production;
    Window::open(setup)
}

#[test]
fn h3_t19_each_side_is_asked_with_its_own_key_and_differences_are_shown_first() {
    let (left, right) = (Server::start(), Server::start());
    let mut window = two_keys(Setup::default(), &left, &right);
    with_list(&mut window, LIST);
    window.click("Compare");
    until_compared(&mut window, 1);
    // Two sandboxes have the same catalogue, so that only what nobody answers is left.
    assert_eq!(count(&window, Verdict::Different) + count(&window, Verdict::OnlyLeft), 0);
    assert!(count(&window, Verdict::Same) > 6);
    window.assert_says("Production: forbidden, Staging: forbidden");
    for server in [&left, &right] {
        let counts = server.sandbox.counts();
        assert_eq!((counts.token_requests, counts.price_requests >= 7), (1, true));
    }
    let body =
        r#"{"items":[{"pricelist":{"code":"PL-RETAIL","currency_code":"EUR","vat_mode":"GROSS"},"price":"99.95"}]}"#;
    right.sandbox.set_fault(Fault::prices(ReplyFault::Canned(Canned::new(200, body))));
    window.click("Compare");
    until_compared(&mut window, 2);
    assert!(count(&window, Verdict::OnlyLeft) > 0);
    window.assert_says("Only in Production");
}

#[test]
fn p4_two_dates_of_one_key_are_compared_and_the_moment_is_said() {
    let mut window = Window::on_sandbox();
    with_list(&mut window, "PRODUCT-001");
    window.type_into("Left as of", "2026-12-31");
    window.type_into("Right as of", "soon");
    assert!(!window.is_enabled("Compare"));
    window.assert_says("Type a date or a date and time");
    for _ in 0..4 {
        window.key(egui::Key::Backspace);
    }
    window.type_into("Right as of", "2027-01-01T12:00Z");
    window.assert_says("sent as 2027-01-01T12:00:00Z");
    window.click("Compare");
    until_compared(&mut window, 1);
    assert!(count(&window, Verdict::OnlyLeft) > 0, "a list ends with the year");
    let runs = window.app().compare.shown.as_ref().unwrap();
    assert_eq!(runs.comparison.right.header.parameters, [("asOf".to_owned(), "2027-01-01T12:00:00Z".to_owned())]);
}

#[test]
fn p4_a_date_among_the_shared_parameters_makes_no_other_day_of_now() {
    let mut window = Window::on_sandbox();
    let parameters = [("asOf", "2020-01-01"), ("tax_area", "SE"), ("currency", "SEK")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    window.harness.state_mut().app.search.parameters = parameters.to_vec();
    with_list(&mut window, "PRODUCT-001");
    window.assert_says("asOf=2020-01-01 is not sent");
    window.assert_says("Sent with each SKU on both sides");
    window.click("currency=SEK");
    window.type_into("Right as of", "01.01.2027");
    window.assert_says("1 Jan 2027");
    // Enter in the field compares.
    window.key(egui::Key::Enter);
    until_compared(&mut window, 1);
    let shown = window.app().compare.shown.as_ref().unwrap();
    let sides = [&shown.comparison.left, &shown.comparison.right].map(|side| side.header.parameters.clone());
    assert_eq!(sides[0], parameters[1..2]);
    assert_eq!(sides[1][0], parameters[1]);
    assert_eq!((sides[1].len(), sides[1][1].0.as_str()), (2, "asOf"));
}

#[test]
fn choices_that_changed_since_are_said_until_they_are_compared() {
    const CHANGED: &str = "The choices have changed: press Compare again";
    let mut window = Window::on_sandbox();
    with_list(&mut window, "PRODUCT-001");
    window.type_into("Right as of", "2027-01-01");
    window.click("Compare");
    until_compared(&mut window, 1);
    window.assert_silent(CHANGED);
    window.type_into("Right as of", "2027-02-01");
    window.assert_says(CHANGED);
    window.type_into("Right as of", "2027-01-01T00:00");
    window.assert_silent(CHANGED);
    window.type_into("Right as of", "2027-02-01");
    window.click("Compare");
    until_compared(&mut window, 2);
    window.assert_silent(CHANGED);
    act(&mut window, Action::List(ListAction::Paste("PRODUCT-002".to_owned())));
    window.until("the other list", |window| window.says(CHANGED));
}

fn paste_skus(window: &mut Window, text: &str) {
    window.part(Role::MultilineTextInput, "SKUs to compare").unwrap().focus();
    window.settle();
    window.harness.event(egui::Event::Paste(text.to_owned()));
    window.settle();
}

#[test]
fn a_long_list_is_pasted_without_leaving_the_comparison() {
    let mut window = Window::on_sandbox();
    act(&mut window, Action::ShowPrices(PricesMode::Compare));
    let long: Vec<String> = (0..400).map(|number| format!("ART-{number}")).collect();
    paste_skus(&mut window, &long.join("\n"));
    window.save_picture("compare-paste");
    let button = window.button("Use these SKUs").rect();
    assert!(window.harness.ctx.content_rect().contains_rect(button), "{button:?}");
    assert!(window.has_button("Open file…"));
    window.click("Use these SKUs");
    window.until("the list", |window| window.says("400 SKUs from"));
    assert_eq!(window.app().prices_mode, PricesMode::Compare);
    window.click("Change list…");
    paste_skus(&mut window, "PRODUCT-001");
    window.click("Use these SKUs");
    window.until("the other list", |window| window.says("1 SKU from"));
}

#[test]
fn two_dates_are_compared_under_one_key_unless_another_was_chosen() {
    let (left, right) = (Server::start(), Server::start());
    let mut window = two_keys(Setup::default(), &left, &right);
    with_list(&mut window, "PRODUCT-001\nNO-SUCH-SKU");
    window.type_into("Left as of", "2026-11-20");
    window.type_into("Right as of", "2026-11-22");
    window.click("Compare");
    until_compared(&mut window, 1);
    let shown = window.app().compare.shown.as_ref().unwrap();
    let names = [&shown.comparison.left, &shown.comparison.right].map(|side| side.header.profile_name.as_str());
    assert_eq!(names, ["Retail EU", "Retail EU"]);
    assert_eq!(count(&window, Verdict::Neither), 1, "nobody knows the second SKU");
    window.click("Show all rows");
    window.until("the heads", |window| window.part(Role::ColumnHeader, "2026-11-20").is_some());
    assert!(window.part(Role::ColumnHeader, "2026-11-22").is_some());
    window.assert_says("No price on either side: unknown SKU");
    window.save_picture("compare-two-dates");
}

#[test]
fn a_row_is_opened_with_both_sides_and_both_bodies() {
    let (left, right) = (Server::start(), Server::start());
    let mut window = two_keys(Setup::default(), &left, &right);
    with_list(&mut window, "PRODUCT-001\n00012345");
    window.click("Compare");
    until_compared(&mut window, 1);
    window.click("Show all rows");
    window.until("a row", |window| !window.all(Role::Row).is_empty());
    let row = window.all(Role::Row)[0].clone();
    window.click_role(Role::Row, &row);
    window.until("the details", |window| window.has_button("Both bodies"));
    window.assert_says("Retail EU · HTTP 200");
    window.assert_says("Nordics · HTTP 200");
    window.assert_says("no field differs");
    window.click("Both bodies");
    window.until("both bodies", |window| window.app().compare.fetched.is_some());
    assert!(window.app().compare.fetched.as_ref().unwrap().bodies.iter().all(Result::is_ok));
    window.click("Close details");
    assert!(!window.has_button("Fields"));
}

#[test]
fn p6_what_is_on_screen_is_exported_with_its_receipt_and_a_file_in_the_way_is_asked_about() {
    let (left, right) = (Server::start(), Server::start());
    let mut window = two_keys(Setup::default(), &left, &right);
    with_list(&mut window, LIST);
    window.click("Compare");
    until_compared(&mut window, 1);
    window.click("Export…");
    window.until("the proposed path", |window| window.app().save.suggested().is_some());
    let suggested = window.app().save.suggested().unwrap();
    let name = suggested.file_name().unwrap().to_string_lossy().into_owned();
    assert!(name.starts_with("comparison-Retail-EU-Nordics-20"), "{name}");
    assert_eq!(suggested.extension().unwrap(), "xlsx");
    window.click_role(Role::RadioButton, "CSV");
    let path = window.folder.path().join("differences.csv");
    std::fs::write(&path, "old").unwrap();
    window.focus("Save as");
    window.key_with(egui::Modifiers::COMMAND, egui::Key::A);
    window.type_into("Save as", path.to_str().unwrap());
    window.click("Save here");
    window.until_said("There is a file called");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
    window.click_role(Role::Link, "Replace it");
    window.until_said("saved as");
    let shown = window.app().compare.shown.as_ref().unwrap();
    let rows = shown.comparison.pairs.len() - shown.comparison.count(Verdict::Same);
    let rows = rows - shown.comparison.count(Verdict::Neither);
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), rows + 1, "{text}");
    assert!(text.starts_with("sku,price_list,quantity_from,"));
    let receipt = std::fs::read_to_string(window.folder.path().join("differences.csv.receipt.json")).unwrap();
    let receipt: serde_json::Value = serde_json::from_str(&receipt).unwrap();
    let sides = [&receipt["runs"][0], &receipt["runs"][1]];
    assert_eq!(sides.map(|side| side["environment"].as_str()), [Some("Production"), Some("Staging")]);
    assert_eq!(receipt["view"]["Shown"], "Different, Only left, Only right, Not comparable");
    window.click("Copy path");
    assert_eq!(window.clipboard.last().map(String::as_str), path.to_str());
}

#[test]
fn an_earlier_run_is_a_side_and_its_list_is_asked() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    with_list(&mut window, "PRODUCT-001\nPRODUCT-002");
    let id = window.app().active_profile().unwrap().id.clone();
    let as_of = AsOf::read("2026-12-31", &jiff::tz::TimeZone::UTC).unwrap();
    let sides = [Wanted::Ask(id.clone(), as_of), Wanted::Ask(id.clone(), AsOf::Now)];
    act(&mut window, Action::Compare(CompareAction::Start(Box::new(sides))));
    until_compared(&mut window, 1);
    window
        .until("both in the list", |window| window.app().compare.earlier.as_ref().is_some_and(|runs| runs.len() == 2));
    act(&mut window, Action::List(ListAction::Clear));
    let before = server.sandbox.counts().price_requests;
    let run = window.app().compare.shown.as_ref().unwrap().ids[1];
    let sides = [Wanted::Earlier(run), Wanted::Ask(id, AsOf::Now)];
    act(&mut window, Action::Compare(CompareAction::Start(Box::new(sides))));
    until_compared(&mut window, 2);
    assert_eq!(server.sandbox.counts().price_requests - before, 2);
    let all = window.app().compare.shown.as_ref().unwrap().comparison.pairs.len();
    assert_eq!(count(&window, Verdict::Same), all);
    window.assert_says("Everything is the same");
}

/// Three price lists whose amounts went down, up, and far up.
fn with_changes(left: &Server, right: &Server, setup: Setup) -> Window {
    let of = |amounts: [&str; 3]| {
        let list = |code: &str, amount: &str| {
            format!(r#"{{"pricelist":{{"code":"{code}","currency_code":"EUR","vat_mode":"NET"}},"price":"{amount}"}}"#)
        };
        let lists = ["PL-A", "PL-B", "PL-C"].iter().zip(amounts).map(|(code, amount)| list(code, amount));
        format!(r#"{{"items":[{}]}}"#, lists.collect::<Vec<_>>().join(","))
    };
    for (server, amounts) in [(left, ["11.50", "100", "5.00"]), (right, ["11.20", "110.00", "6.20"])] {
        server.sandbox.set_fault(Fault::prices(ReplyFault::Canned(Canned::new(200, of(amounts)))));
    }
    let mut window = two_keys(setup, left, right);
    with_list(&mut window, "A-1");
    window.click("Compare");
    until_compared(&mut window, 1);
    window.until("the rows", |window| window.all(Role::Row).len() == 3);
    window
}

/// The lists of the rows in sight.
fn lists(window: &Window) -> String {
    let of = |row: &String| row.split("PL-").nth(1).and_then(|rest| rest.chars().next()).unwrap();
    window.all(Role::Row).iter().map(of).collect()
}

#[test]
fn p2_p6_heads_sort_by_mouse_and_keyboard_and_a_minus_is_one_on_screen_only() {
    let (left, right) = (Server::start(), Server::start());
    let mut window = with_changes(&left, &right, Setup::default());
    let rows = window.all(Role::Row);
    assert!(rows[0].contains("−0.30, −2.6, EUR, Amount −0.30 (−2.6 %)"), "{}", rows[0]);
    assert!(rows[2].contains("+1.20, +24.0, EUR, Amount +1.20 (+24.0 %)"), "{}", rows[2]);
    window.part(Role::ColumnHeader, "Change").unwrap().scroll_to_me();
    window.settle();
    window.click_role(Role::ColumnHeader, "Change");
    window.until("the order from below", |window| lists(window) == "ACB");
    window.part(Role::ColumnHeader, "Change").unwrap().click();
    // The click itself, and no frame more: whatever is drawn in it is the old order, whole.
    window.harness.step();
    assert_eq!(lists(&window), "ACB");
    window.until("the order from above", |window| lists(window) == "BCA");
    let head = window.part(Role::ColumnHeader, "Change").unwrap();
    assert_eq!(head.accesskit_node().sort_direction(), Some(egui::accesskit::SortDirection::Descending));
    // By keyboard: Tab to the next head, Enter.
    window.part(Role::ColumnHeader, "Change").unwrap().focus();
    window.settle();
    window.key(egui::Key::Tab);
    assert!(window.part(Role::ColumnHeader, "Change, %").unwrap().accesskit_node().is_focused());
    window.key(egui::Key::Enter);
    window.until("the order by percent", |window| lists(window) == "ABC");
    window.key(egui::Key::Space);
    window.until("and from above", |window| lists(window) == "CBA");
    window.key(egui::Key::Space);
    window.until("and that of the lists", |window| lists(window) == "ABC");
    // What is copied is for programs.
    window.part(Role::Grid, "Comparison, 3 rows").unwrap().focus();
    window.settle();
    window.key_with(egui::Modifiers::COMMAND, egui::Key::A);
    window.assert_says("3 of 3 rows, 3 chosen");
    window.click("Copy rows");
    window.until("the copy", |window| !window.clipboard.is_empty());
    let copied = window.clipboard.last().unwrap().clone();
    let first = copied.lines().nth(1).unwrap();
    assert!(first.ends_with("NET\t11.50\t11.20\t-0.30\t-2.6\tEUR\tAmount -0.30 (-2.6 %)"), "{copied}");
    assert!(copied.ends_with("\tAmount +1.20 (+24.0 %)") && !copied.contains('−'), "{copied}");
}

#[test]
fn words_filter_compared_rows_and_the_rows_that_are_gone_stay_chosen() {
    let (left, right) = (Server::start(), Server::start());
    let mut window = with_changes(&left, &right, Setup::default());
    let row = window.all(Role::Row)[1].clone();
    window.click_role(Role::Row, &row);
    window.type_into("Filter compared rows", "eur −0.30");
    window.until("the filter", |window| window.says("1 of 3 rows"));
    assert_eq!(lists(&window), "A");
    window.key(egui::Key::Backspace);
    window.key_with(egui::Modifiers::COMMAND, egui::Key::A);
    window.key(egui::Key::Delete);
    window.until("all again", |window| window.says("3 of 3 rows"));
    let rows = window.harness.root().children_recursive().filter(|node| node.accesskit_node().role() == Role::Row);
    let chosen: Vec<_> = rows.map(|row| row.accesskit_node().is_selected()).collect();
    assert_eq!(chosen, [Some(false), Some(true), Some(false)]);
}

#[test]
fn a_row_is_opened_read_and_closed_by_keyboard_alone() {
    let (left, right) = (Server::start(), Server::start());
    let mut window = with_changes(&left, &right, Setup::default());
    window.part(Role::Grid, "Comparison, 3 rows").unwrap().focus();
    window.settle();
    window.key(egui::Key::ArrowDown);
    window.key(egui::Key::Enter);
    window.until("the details", |window| window.has_button("Both bodies"));
    window.assert_says("1 field differs");
    window.key(egui::Key::Escape);
    window.settle();
    assert!(!window.has_button("Both bodies"));
    window.key(egui::Key::Escape);
    window.key(egui::Key::ArrowDown);
    let is_chosen = |node: &egui_kittest::Node<'_>| node.accesskit_node().is_selected() == Some(true);
    let rows = window.harness.root().children_recursive().filter(|node| node.accesskit_node().role() == Role::Row);
    assert_eq!(rows.filter(is_chosen).count(), 1, "the table has the keyboard again");
}

#[test]
fn p4_sides_that_are_read_by_different_field_maps_are_said_to_be() {
    let (left, right) = (Server::start(), Server::start());
    let maps = [FieldMap::parse([(MappedField::Amount, "/no/such/place")]).unwrap(), FieldMap::default()];
    for (map, is_said) in maps.into_iter().zip([true, false]) {
        let mut setup = Setup::default().with_key_of(&left, "Retail EU").with_key_of(&right, "Nordics");
        setup.settings.profiles[0].field_map = map;
        let mut window = Window::open(setup);
        with_list(&mut window, LIST);
        window.click("Compare");
        until_compared(&mut window, 1);
        assert_eq!(window.says("The two sides are read by different field maps"), is_said);
    }
}

#[test]
fn a_stopped_comparison_shows_what_there_is() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    let list: Vec<String> = (0..400).map(|number| format!("ART-{number}")).collect();
    with_list(&mut window, &list.join("\n"));
    server.sandbox.set_fault(Fault::prices(ReplyFault::Slow(std::time::Duration::from_millis(30))));
    window.type_into("Right as of", "2026-12-01");
    window.click("Compare");
    window
        .until("some answers", |window| window.app().compare.progress().iter().any(|side| side.progress.answered > 4));
    window.click("Stop");
    until_compared(&mut window, 1);
    window.assert_says("not answered");
    assert_eq!(window.app().compare.shown.as_ref().unwrap().comparison.pairs.len(), 400);
}

#[test]
fn a_moment_has_room_in_every_window() {
    let (left, right) = (Server::start(), Server::start());
    for (size, pixels_per_point, theme, name) in LOOKS {
        let mut window = two_keys(Setup { size, pixels_per_point, theme, ..Setup::default() }, &left, &right);
        act(&mut window, Action::ShowPrices(PricesMode::Compare));
        window.type_into("Left as of", "2026-12-01T08:00");
        let field = window.part(Role::TextInput, "Left as of").unwrap().rect();
        assert!(field.width() >= 116.0, "{name}: {field}");
    }
}

#[test]
fn pictures_of_the_comparison_and_of_the_export() {
    let (left, right) = (Server::start(), Server::start());
    for look in LOOKS {
        let (size, pixels_per_point, theme, name) = look;
        let mut window = two_keys(Setup { size, pixels_per_point, theme, ..Setup::default() }, &left, &right);
        act(&mut window, Action::ShowPrices(PricesMode::Compare));
        window.settle();
        window.save_picture(&format!("compare-empty-{name}"));
        let ids: Vec<_> = window.app().profiles().iter().map(|profile| profile.id.clone()).collect();
        let early = AsOf::read("2026-09-15", &jiff::tz::TimeZone::UTC).unwrap();
        let sides = [Wanted::Ask(ids[0].clone(), AsOf::Now), Wanted::Ask(ids[1].clone(), early)];
        act(&mut window, Action::Compare(CompareAction::Start(Box::new(sides.clone()))));
        window.until_said("There is no list yet.");
        window.save_picture(&format!("compare-problem-{name}"));
        window.click_role(Role::Link, "Dismiss");
        with_list(&mut window, LIST);
        let body = r#"{"items":[{"pricelist":{"code":"PL-RETAIL","currency_code":"EUR","vat_mode":"GROSS"},
            "valid_from":"2026-12-01","breaks":[{"from":1,"price":"12.90"},{"from":10,"price":"11.20"},{"from":500,"price":"8"}]}]}"#;
        right.sandbox.set_fault(Fault::prices(ReplyFault::Canned(Canned::new(200, body))));
        act(&mut window, Action::Compare(CompareAction::Start(Box::new(sides))));
        until_compared(&mut window, 1);
        window.save_picture(&format!("compare-{name}"));
        for head in ["Production", "Change"] {
            // In the lowest window the table is below what is in sight, and its heads may stay there.
            if window.part(Role::ColumnHeader, head).is_none() {
                window.part(Role::TextInput, "Filter compared rows").unwrap().focus();
                window.settle();
            }
            let Some(at) = window.part(Role::ColumnHeader, head) else { continue };
            at.scroll_to_me();
            window.settle();
            window.click_role(Role::ColumnHeader, head);
            window.until("the order", |window| window.says(" rows") && !window.says(" rows …"));
            window.harness.remove_cursor();
            window.settle();
            window.save_picture(&format!("compare-sorted-{head}-{name}"));
        }
        window.type_into("Filter compared rows", "nothing like it");
        window.until_said("Nothing matches the filter");
        window.save_picture(&format!("compare-nothing-{name}"));
        window.click("Show all rows");
        window.until("all rows", |window| window.part(Role::Grid, "Comparison, 26 rows").is_some());
        let grid = window.part(Role::Grid, "Comparison, 26 rows").unwrap();
        grid.focus();
        window.settle();
        window.key(egui::Key::ArrowDown);
        window.settle();
        if !window.has_button("Both bodies") {
            // A low window keeps the table until somebody asks for the row.
            window.click("Details");
        }
        window.until("the details", |window| window.has_button("Both bodies"));
        window.harness.remove_cursor();
        window.settle();
        window.save_picture(&format!("compare-row-{name}"));
        window.click("Both bodies");
        window.until("both bodies", |window| window.app().compare.fetched.is_some());
        window.settle();
        window.save_picture(&format!("compare-bodies-{name}"));
        window.click("Close details");
        window.click("Export…");
        window.click_role(Role::RadioButton, "CSV");
        window.until("the proposed path", |window| window.app().save.suggested().is_some());
        window.settle();
        window.save_picture(&format!("export-{name}"));
        right.sandbox.clear_faults();
    }
}
