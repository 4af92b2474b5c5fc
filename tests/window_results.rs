//! The table of a run's answers, by the words on screen: keys, ranges, copying, columns, filters, details.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod base;
#[path = "support/answers.rs"]
mod answers;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use egui::accesskit::Role;
use egui::{Event, Key, Modifiers, Theme, Vec2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use egui_kittest::{Harness, Node};
use quantaprice_explorer::app::Action;
use quantaprice_explorer::batch::{Answered, Rows, Shared};
use quantaprice_explorer::prices::Body;
use quantaprice_explorer::task::Spawner;
use quantaprice_explorer::ui::results_view::{self, BodyKnown, Results, ResultsState};
use quantaprice_explorer::ui::theme::Palette;

const PATIENCE: Duration = Duration::from_secs(20);

#[derive(PartialEq)]
enum Shows {
    Run,
    Nothing,
}

/// What the harness draws.
struct Drawn {
    rows: Rows,
    run: u64,
    shows: Shows,
    state: ResultsState,
    actions: Vec<Action>,
}

struct Table {
    harness: Harness<'static, Drawn>,
    asked: Rc<RefCell<Vec<usize>>>,
    /// So many bodies that are asked for never come.
    lost: Rc<Cell<usize>>,
    /// Fetching bodies waits for this.
    _runtime: tokio::runtime::Runtime,
}

impl Table {
    fn over(rows: Rows) -> Self {
        Self::sized(rows, vec2(960.0, 600.0), 1.0, Theme::Dark)
    }

    fn sized(rows: Rows, size: Vec2, pixels_per_point: f32, theme: Theme) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let slot = Arc::new(OnceLock::<egui::Context>::new());
        let waker = Arc::clone(&slot);
        let spawner = Spawner::new(runtime.handle().clone(), move || {
            _ = waker.get().map(egui::Context::request_repaint);
        });
        let asked = Rc::new(RefCell::new(Vec::new()));
        let for_view = Rc::clone(&asked);
        let lost = Rc::new(Cell::new(0_usize));
        let to_lose = Rc::clone(&lost);
        let drawn = Drawn { rows, run: 1, shows: Shows::Run, state: ResultsState::default(), actions: Vec::new() };
        let builder = base::builder(size, pixels_per_point, theme).allow_missing_glyphs();
        let harness = builder.build_ui_state(
            move |ui, drawn: &mut Drawn| {
                slot.get_or_init(|| ui.ctx().clone());
                if drawn.shows == Shows::Nothing {
                    drawn.rows = Rows::default();
                    drawn.state.forget(&spawner);
                    return;
                }
                let whole = ui.ctx().content_rect();
                ui.set_clip_rect(whole);
                ui.painter().rect_filled(whole, 0.0, Palette::of(ui).canvas);
                ui.scope_builder(egui::UiBuilder::new().max_rect(whole.shrink(24.0)), |ui| {
                    let body = |place: usize, _: &Answered| {
                        if for_view.borrow().contains(&place) {
                            BodyKnown::There(Body::keep(answers::reply(place).1.as_bytes(), None).0)
                        } else {
                            BodyKnown::Unasked
                        }
                    };
                    let results = Results {
                        name: "Results",
                        run: drawn.run,
                        rows: &drawn.rows,
                        body: &body,
                        fetch_body: &|place, _| Action::PutSku(place.to_string()),
                    };
                    let mut actions = Vec::new();
                    results_view::show(ui, &spawner, &results, &mut drawn.state, &mut actions, |_, _, _| {});
                    for action in actions {
                        if let Action::PutSku(place) = &action {
                            match to_lose.get().checked_sub(1) {
                                Some(left) => to_lose.set(left),
                                None => for_view.borrow_mut().push(place.parse().unwrap()),
                            }
                        }
                        drawn.actions.push(action);
                    }
                });
            },
            drawn,
        );
        let mut table = Self { harness, asked, lost, _runtime: runtime };
        table.until("the first order", |table| !table.rows().is_empty());
        table
    }

    fn settle(&mut self) {
        for _ in 0..4 {
            self.harness.step();
        }
    }

    #[track_caller]
    fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let started = Instant::now();
        loop {
            self.harness.step();
            if holds(self) {
                return self.settle();
            }
            assert!(started.elapsed() < PATIENCE, "{what} never came; on screen is:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn nodes(&self, role: Role) -> Vec<Node<'_>> {
        self.harness.root().children_recursive().filter(|node| node.accesskit_node().role() == role).collect()
    }

    fn screen(&self) -> String {
        let nodes = self.harness.root().children_recursive();
        nodes.filter_map(|node| name_of(&node)).collect::<Vec<_>>().join("\n")
    }

    fn says(&self, text: &str) -> bool {
        self.harness.root().children_recursive().any(|node| name_of(&node).is_some_and(|name| name.contains(text)))
    }

    /// The rows in sight, by the names that a screen reader has for them.
    fn rows(&self) -> Vec<String> {
        self.nodes(Role::Row).iter().filter_map(name_of).collect()
    }

    /// The SKUs of the rows in sight.
    fn skus(&self) -> Vec<String> {
        self.rows().iter().map(|row| row.split(", ").nth(1).unwrap().to_owned()).collect()
    }

    /// The positions of the rows in sight that are chosen.
    fn chosen(&self) -> Vec<String> {
        let rows = self.nodes(Role::Row);
        let chosen = rows.iter().filter(|row| row.accesskit_node().is_selected() == Some(true));
        chosen.filter_map(name_of).map(|row| row.split(", ").next().unwrap().to_owned()).collect()
    }

    fn heads(&self) -> Vec<String> {
        self.nodes(Role::ColumnHeader).iter().filter_map(name_of).collect()
    }

    #[track_caller]
    fn click_row(&mut self, index: usize, modifiers: Modifiers) {
        let rows = self.nodes(Role::Row);
        let row = rows.get(index).unwrap_or_else(|| panic!("there is no row {index}"));
        let at = row.rect().left_center() + vec2(100.0, 0.0);
        self.harness.event(Event::PointerMoved(at));
        for pressed in [true, false] {
            let button = egui::PointerButton::Primary;
            self.harness.event_modifiers(Event::PointerButton { pos: at, button, pressed, modifiers }, modifiers);
        }
        self.settle();
        // Two clicks of a test are not a double click.
        self.pause();
    }

    fn pause(&mut self) {
        for _ in 0..6 {
            self.harness.step();
        }
    }

    fn key(&mut self, key: Key) {
        self.key_with(Modifiers::NONE, key);
    }

    fn key_with(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.settle();
    }

    #[track_caller]
    fn click(&mut self, role: Role, name: &str) {
        self.harness.get_by_role_and_label(role, name).scroll_to_me();
        self.settle();
        self.harness.get_by_role_and_label(role, name).click();
        self.settle();
    }

    fn type_into(&mut self, name: &str, text: &str) {
        self.harness.get_by_role_and_label(Role::TextInput, name).focus();
        self.settle();
        self.key_with(Modifiers::COMMAND, Key::A);
        self.key(Key::Delete);
        self.harness.event(Event::Text(text.to_owned()));
        self.settle();
    }

    /// What was copied last.
    #[track_caller]
    fn copy(&mut self) -> String {
        self.harness.state_mut().actions.clear();
        self.harness.event(Event::Copy);
        self.until("the copied text", |table| !table.harness.state().actions.is_empty());
        match self.harness.state().actions.last() {
            Some(Action::Copy { text, .. }) => text.clone(),
            other => panic!("{other:?}"),
        }
    }
}

fn name_of(node: &Node<'_>) -> Option<String> {
    let node = node.accesskit_node();
    node.label().or_else(|| node.value())
}

#[test]
fn p3_p4_each_price_is_a_row_and_each_outcome_has_its_word() {
    let table = Table::over(answers::rows(12));
    let rows = table.rows();
    assert_eq!(rows.len(), 14, "PRODUCT-001 has three prices: {rows:?}");
    assert!(rows[0].starts_with("1, PRODUCT-001, Priced, 12.10, EUR, PL-RETAIL, 1"), "{}", rows[0]);
    assert!(rows[2].starts_with("1, PRODUCT-001, Priced, 9, EUR, PL-PROJECT, 1"), "{}", rows[2]);
    assert!(rows[6].contains("SAMPLE-FREE, Zero price, 0.00"), "{}", rows[6]);
    assert!(rows[7].contains("PRODUCT-017, No price, –, –"), "an absent price is a dash: {}", rows[7]);
    assert!(table.says("14 rows"));
    assert_eq!(
        table.heads(),
        [
            "#",
            "SKU",
            "Outcome",
            "Amount",
            "Currency",
            "Price list",
            "From qty",
            "VAT",
            "Detail",
            "Valid from",
            "HTTP",
            "Time, ms"
        ]
    );
}

#[test]
fn rows_are_chosen_by_mouse() {
    let mut table = Table::over(answers::rows(12));
    table.click_row(3, Modifiers::NONE);
    assert_eq!(table.chosen(), ["2"]);
    table.click_row(6, Modifiers::SHIFT);
    assert_eq!(table.chosen(), ["2", "3", "4", "5"]);
    table.click_row(4, Modifiers::COMMAND);
    assert_eq!(table.chosen(), ["2", "4", "5"]);
    table.click_row(8, Modifiers::NONE);
    assert_eq!(table.chosen(), ["7"]);
}

#[test]
fn rows_are_chosen_by_keyboard() {
    let mut table = Table::over(answers::rows(1200));
    table.click_row(0, Modifiers::NONE);
    table.key(Key::ArrowDown);
    table.key(Key::ArrowDown);
    table.key(Key::ArrowDown);
    assert_eq!(table.chosen(), ["2"]);
    table.key_with(Modifiers::SHIFT, Key::ArrowDown);
    table.key_with(Modifiers::SHIFT, Key::ArrowDown);
    assert_eq!(table.chosen(), ["2", "3", "4"]);
    table.key_with(Modifiers::SHIFT, Key::ArrowUp);
    assert_eq!(table.chosen(), ["2", "3"]);
    table.key(Key::End);
    assert_eq!(table.chosen(), ["1,200"], "the last row is scrolled to");
    table.key(Key::PageUp);
    assert_eq!(table.chosen().len(), 1);
    table.key_with(Modifiers::SHIFT, Key::Home);
    assert!(table.says("rows, 1,3") || table.says("chosen"), "{}", table.screen());
    assert_eq!(table.skus()[0], "PRODUCT-001");
    table.key(Key::Escape);
    assert!(table.chosen().is_empty());
    table.key_with(Modifiers::COMMAND, Key::A);
    assert_eq!(table.chosen().len(), table.rows().len());
    assert!(table.says("1,400 rows, 1,400 chosen"), "{}", table.screen());
}

#[test]
fn p6_chosen_rows_are_copied_as_they_are_seen_with_heads_and_harmless() {
    let mut rows = answers::rows(3);
    rows.set(1, answers::answered("=1+1", 404, "{}", 5, &mut Shared::default()));
    let mut table = Table::over(rows);
    table.click_row(2, Modifiers::NONE);
    table.click_row(4, Modifiers::SHIFT);
    assert_eq!(
        table.copy(),
        "#\tSKU\tOutcome\tAmount\tCurrency\tPrice list\tFrom qty\tVAT\tDetail\tValid from\tHTTP\tTime, ms\n\
         1\tPRODUCT-001\tpriced\t9\tEUR\tPL-PROJECT\t1\tNET\tPL-PROJECT, 3 of 3 prices\t\t200\t70\n\
         2\t'=1+1\tunknown_sku\t\t\t\t\t\tThe server does not know this SKU\t\t404\t5\n\
         3\t00012345\tpriced\t7.5\tEUR\tPL-RETAIL\t\tGROSS\tPL-RETAIL, 1 price\t\t200\t144"
    );
}

#[test]
fn a_copy_of_very_many_rows_ends_at_a_limit_and_says_so() {
    let answered = answers::answered("A", 404, "{}", 5, &mut Shared::default());
    let mut rows = Rows::new(100_001);
    (0..rows.len()).for_each(|place| rows.set(place, Arc::clone(&answered)));
    let mut table = Table::over(rows);
    table.click_row(0, Modifiers::NONE);
    table.key_with(Modifiers::SHIFT, Key::End);
    assert!(table.says("100,001 rows, 100,001 chosen"), "{}", table.screen());
    let text = table.copy();
    assert_eq!(text.lines().count(), 100_001, "the heads and 100,000 rows");
    assert!(text.lines().last().unwrap().starts_with("100000\tA\t"));
    match table.harness.state().actions.last() {
        Some(Action::Copy { what, .. }) => assert!(what.starts_with("Only the first 100,000"), "{what}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_long_choice_comes_along_with_a_new_order_and_no_frame_shows_one_without_the_other() {
    let mut table = Table::over(answers::rows(2400));
    table.click_row(3, Modifiers::NONE);
    table.key_with(Modifiers::SHIFT, Key::End);
    let chosen = "2,800 rows, 2,797 chosen";
    assert!(table.says(chosen), "{}", table.screen());
    table.key_with(Modifiers::COMMAND, Key::Home);
    let before = table.skus();
    table.harness.get_by_role_and_label(Role::ColumnHeader, "#").click();
    let started = Instant::now();
    loop {
        table.harness.step();
        let rows = table.nodes(Role::Row);
        for row in &rows {
            // The three prices of the first SKU are the rows that are not chosen.
            let is_first = name_of(row).unwrap().starts_with("1, ");
            assert_eq!(row.accesskit_node().is_selected(), Some(!is_first), "{:?}", name_of(row));
        }
        if !rows.is_empty() && table.skus() != before {
            break;
        }
        assert!(started.elapsed() < PATIENCE, "the new order never came");
    }
    assert!(table.says("2,797 chosen"), "{}", table.screen());
}

#[test]
fn a_head_sorts_and_the_old_order_stays_until_the_new_is_ready() {
    let mut table = Table::over(answers::rows(2400));
    let before = table.skus();
    table.harness.get_by_role_and_label(Role::ColumnHeader, "Amount").click();
    // The click itself, and no frame more: whatever is drawn in it is the old order, whole.
    table.harness.step();
    assert_eq!(table.skus(), before);
    table.until("the new order", |table| table.skus() != before);
    assert!(table.skus()[0].starts_with("SAMPLE-FREE"), "{:?}", table.skus());
    table.click(Role::ColumnHeader, "Amount");
    table.until("the order from above", |table| table.skus()[0].starts_with("PRODUCT-002"));
    table.click(Role::ColumnHeader, "Amount");
    table.until("the order of the list", |table| table.skus() == before);
}

#[test]
fn a_choice_survives_another_order() {
    let mut table = Table::over(answers::rows(12));
    table.click_row(0, Modifiers::NONE);
    table.click_row(3, Modifiers::COMMAND);
    table.click(Role::ColumnHeader, "SKU");
    table.until("the new order", |table| table.skus()[0] == "1.23E+10");
    let mut chosen = table.chosen();
    chosen.sort();
    assert_eq!(chosen, ["1", "2"]);
    // The keyboard goes on from the row that it was at.
    table.key(Key::ArrowDown);
    let rows = table.skus();
    let at = rows.iter().position(|sku| sku == "PRODUCT-002").unwrap();
    let next = table.nodes(Role::Row)[at + 1].accesskit_node().is_selected();
    assert_eq!(next, Some(true), "{rows:?}");
}

#[test]
fn tiles_and_words_filter() {
    let mut table = Table::over(answers::rows(12));
    table.click(Role::Button, "Zero price: 1");
    table.until("the filter", |table| table.says("1 of 14 rows"));
    table.click(Role::Button, "Failed: 1");
    table.until("both", |table| table.says("2 of 14 rows"));
    assert_eq!(table.skus(), ["SAMPLE-FREE", "PRODUCT-021"]);
    table.click(Role::Button, "All: 12");
    table.until("all", |table| table.rows().len() == 14);
    table.type_into("Filter rows", "product pl-retail");
    table.until("the words", |table| table.says("4 of 14 rows"));
    assert_eq!(table.skus(), ["PRODUCT-001", "PRODUCT-001", "PRODUCT-002", "PRODUCT-020"]);
    table.type_into("Filter rows", "no such thing");
    table.until("nothing", |table| table.says("Nothing matches the filter"));
    table.click(Role::Button, "Clear filter");
    table.until("all again", |table| table.rows().len() == 14);
}

#[test]
fn columns_are_hidden_shown_and_moved() {
    let mut table = Table::over(answers::rows(12));
    table.click(Role::Button, "Columns");
    table.click(Role::ListBoxOption, "Currency");
    assert!(!table.heads().contains(&"Currency".to_owned()), "{:?}", table.heads());
    table.click(Role::ListBoxOption, "Token");
    assert!(table.heads().contains(&"Token".to_owned()));
    table.click(Role::Button, "Move SKU left");
    assert_eq!(table.heads()[..2], ["SKU", "#"]);
    table.click(Role::MenuItem, "Columns as at first");
    assert_eq!(table.heads()[..5], ["#", "SKU", "Outcome", "Amount", "Currency"]);
    assert!(!table.says("Unit"), "no body names a unit, so none is offered");
    table.key(Key::Escape);
}

#[test]
fn the_columns_menu_can_be_used_by_keyboard_alone() {
    let mut table = Table::over(answers::rows(12));
    table.harness.get_by_role_and_label(Role::Button, "Columns").focus();
    table.settle();
    table.key(Key::Enter);
    for _ in 0..60 {
        if table.harness.get_by_role_and_label(Role::ListBoxOption, "Amount").accesskit_node().is_focused() {
            break;
        }
        table.key(Key::Tab);
    }
    table.key(Key::Space);
    assert!(!table.heads().contains(&"Amount".to_owned()), "{:?}", table.heads());
}

#[test]
fn heads_sort_and_become_wider_by_keyboard_alone() {
    let mut table = Table::over(answers::rows(240));
    let left_of =
        |table: &Table, name: &str| table.harness.get_by_role_and_label(Role::ColumnHeader, name).rect().left();
    table.harness.get_by_role_and_label(Role::ColumnHeader, "SKU").focus();
    table.settle();
    let before = left_of(&table, "Outcome");
    table.key_with(Modifiers::SHIFT, Key::ArrowRight);
    table.key_with(Modifiers::SHIFT, Key::ArrowRight);
    assert!((left_of(&table, "Outcome") - before - 32.0).abs() < 1.0, "{} and {before}", left_of(&table, "Outcome"));
    table.key_with(Modifiers::SHIFT, Key::ArrowLeft);
    assert!((left_of(&table, "Outcome") - before - 16.0).abs() < 1.0);
    let is_focused = |table: &Table, name: &str| {
        table.harness.get_by_role_and_label(Role::ColumnHeader, name).accesskit_node().is_focused()
    };
    assert!(is_focused(&table, "SKU"), "the keyboard stays at the head");
    table.key(Key::Tab);
    table.key(Key::Tab);
    assert!(is_focused(&table, "Amount"));
    table.key(Key::Enter);
    table.until("the new order", |table| table.skus()[0].starts_with("SAMPLE-FREE"));
    let direction = table.harness.get_by_role_and_label(Role::ColumnHeader, "Amount").accesskit_node().sort_direction();
    assert_eq!(direction, Some(egui::accesskit::SortDirection::Ascending));
    assert!(is_focused(&table, "Amount"));
}

#[test]
fn every_part_of_the_table_is_reached_by_tab_and_what_cannot_be_done_says_why() {
    let mut table = Table::over(answers::rows(12));
    let mut reached = Vec::new();
    for _ in 0..40 {
        table.key(Key::Tab);
        let focused = table.harness.root().children_recursive().find(|node| node.accesskit_node().is_focused());
        reached.extend(focused.and_then(|node| name_of(&node)));
    }
    for name in ["All: 12", "Failed: 1", "Filter rows", "Columns", "#", "Amount", "Time, ms", "Results, 14 rows"] {
        assert!(reached.iter().any(|reached| reached == name), "{name} is not among {reached:?}");
    }
    // With a row chosen, what is done with rows is reached as well.
    table.harness.get_by_role_and_label(Role::Grid, "Results, 14 rows").focus();
    table.settle();
    table.key(Key::ArrowDown);
    reached.clear();
    for _ in 0..40 {
        table.key(Key::Tab);
        let focused = table.harness.root().children_recursive().find(|node| node.accesskit_node().is_focused());
        reached.extend(focused.and_then(|node| name_of(&node)));
    }
    for name in ["Copy rows", "Details"] {
        assert!(reached.iter().any(|reached| reached == name), "{name} is not among {reached:?}");
    }
}

#[test]
fn enter_opens_a_row_with_its_body_and_escape_closes_it() {
    let mut table = Table::over(answers::rows(12));
    table.click_row(1, Modifiers::NONE);
    table.key(Key::Enter);
    table.until("the body", |table| table.says("PL-PROJECT") && table.says("Copy body"));
    assert_eq!(*table.asked.borrow(), [0], "the body is asked for once");
    for fact in ["2 of 3", "items[0].breaks[1].price", "11.5", "2026-09-01"] {
        assert!(table.says(fact), "“{fact}” is not in:\n{}", table.screen());
    }
    // The pane goes with the keyboard.
    for _ in 0..9 {
        table.key(Key::ArrowDown);
    }
    table.until("the next body", |table| table.says("Forbidden"));
    assert_eq!(table.asked.borrow().last(), Some(&8));
    table.key(Key::Escape);
    assert!(!table.says("Copy body"));
    assert_eq!(table.chosen().len(), 1, "the choice of rows stays");
    table.key(Key::Escape);
    assert!(table.chosen().is_empty());
    table.key(Key::ArrowUp);
    assert_eq!(table.chosen().len(), 1, "the table has the keyboard again");
}

#[test]
fn answers_that_come_in_appear_and_what_was_chosen_stays() {
    let mut shared = Shared::default();
    let mut rows = Rows::new(12);
    rows.set(3, answers::at(3, &mut shared));
    let mut table = Table::over(rows);
    table.click_row(0, Modifiers::NONE);
    for place in [0, 9] {
        let answered = answers::at(place, &mut shared);
        table.harness.state_mut().rows.set(place, answered);
    }
    table.until("the new rows", |table| table.rows().len() == 5);
    assert_eq!(table.skus()[3], "KABEL 3×1,5 m", "in the order of the list: {:?}", table.rows());
    assert_eq!(table.chosen(), ["4"]);
}

#[test]
fn another_run_starts_with_nothing_chosen() {
    let mut table = Table::over(answers::rows(12));
    table.click_row(0, Modifiers::NONE);
    let drawn = table.harness.state_mut();
    (drawn.rows, drawn.run) = (answers::rows(2), 2);
    table.until("the other run", |table| table.rows().len() == 4);
    assert!(table.chosen().is_empty());
}

#[test]
fn the_same_run_loaded_again_shows_what_changed() {
    let mut table = Table::over(answers::rows(3));
    let mut again = Rows::new(3);
    for (place, answered) in answers::rows(3).answered() {
        again.set(place, Arc::clone(answered));
    }
    again.set(1, answers::answered("OTHER", 404, "{}", 5, &mut Shared::default()));
    let mut before = answers::rows(3);
    before.set(1, answers::at(1, &mut Shared::default()));
    // The same run, with as many changes, and yet other rows.
    assert_eq!((again.len(), again.version()), (before.len(), before.version()));
    table.harness.state_mut().rows = before;
    table.until("the first rows", |table| table.says("5 rows"));
    table.pause();
    std::thread::sleep(Duration::from_millis(400));
    table.pause();
    table.harness.state_mut().rows = again;
    table.until("what changed", |table| table.skus().contains(&"OTHER".to_owned()));
}

#[test]
fn a_body_that_was_lost_on_its_way_is_asked_for_again() {
    let mut table = Table::over(answers::rows(12));
    table.lost.set(1);
    table.click_row(0, Modifiers::NONE);
    table.key(Key::Enter);
    table.until("the body", |table| table.says("Copy body"));
}

#[test]
fn a_body_that_never_comes_is_not_asked_for_for_ever() {
    let mut table = Table::over(answers::rows(12));
    table.lost.set(usize::MAX);
    table.click_row(0, Modifiers::NONE);
    table.key(Key::Enter);
    table.until("the sentence", |table| table.says("The body did not come."));
    let asked = table.harness.state().actions.len();
    table.pause();
    assert_eq!(table.harness.state().actions.len(), asked);
}

#[test]
fn the_body_of_an_answer_that_was_asked_for_anew_is_fetched_anew() {
    let mut table = Table::over(answers::rows(12));
    table.click_row(0, Modifiers::NONE);
    table.key(Key::Enter);
    table.until("the body", |table| table.says("Copy body"));
    assert_eq!(*table.asked.borrow(), [0]);
    let drawn = table.harness.state_mut();
    let mut anew = (**drawn.rows.get(0).unwrap()).clone();
    anew.started += jiff::SignedDuration::from_secs(60);
    drawn.rows.set(0, Arc::new(anew));
    table.until("the new body", |table| *table.asked.borrow() == [0, 0]);
}

#[test]
fn no_row_is_kept_when_no_run_is_shown() {
    let mut table = Table::over(answers::rows(12));
    table.click_row(0, Modifiers::NONE);
    table.key(Key::Enter);
    table.until("the body", |table| table.says("Copy body"));
    let answered = Arc::downgrade(table.harness.state().rows.get(0).unwrap());
    table.harness.state_mut().shows = Shows::Nothing;
    table.until("the rows' end", |_| answered.strong_count() == 0);
    table.harness.state_mut().rows = answers::rows(3);
    table.harness.state_mut().shows = Shows::Run;
    table.until("the next rows", |table| table.says("5 rows"));
    assert!(table.chosen().is_empty());
}

#[test]
fn an_amount_is_never_cut() {
    let long = "123456789012345678901234567890.123456789";
    let mut rows = answers::rows(3);
    let body = format!(r#"{{"price":{long},"currency":"EUR"}}"#);
    rows.set(1, answers::answered("LONG", 200, &body, 5, &mut Shared::default()));
    let mut table = Table::over(rows);
    table.settle();
    let cells = table.nodes(Role::Cell);
    let amount = cells.iter().find(|cell| name_of(cell).as_deref() == Some(long)).unwrap();
    assert!(amount.rect().width() > 270.0, "{:?}", amount.rect());
    table.pause();
    let next = table.harness.output().viewport_output[&egui::ViewportId::ROOT].repaint_delay;
    assert!(next > Duration::from_secs(1), "nothing moves, and a frame is asked for in {next:?}");
}

#[test]
fn pictures_to_look_at() {
    let looks: [(Vec2, f32, Theme, &str); 4] = [
        (vec2(960.0, 640.0), 1.0, Theme::Dark, "dark"),
        (vec2(960.0, 640.0), 1.0, Theme::Light, "light"),
        (vec2(536.0, 460.0), 1.0, Theme::Dark, "medium"),
        (vec2(640.0, 320.0), 2.0, Theme::Dark, "zoomed"),
    ];
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("window-pictures");
    for (size, scale, theme, name) in looks {
        let mut table = Table::sized(answers::rows(742), size, scale, theme);
        let save = |table: &mut Table, state: &str| {
            table.harness.remove_cursor();
            table.settle();
            base::save_png(&mut table.harness, folder.join(format!("results-{state}-{name}.png")));
        };
        save(&mut table, "all");
        table.click_row(3, Modifiers::NONE);
        table.key_with(Modifiers::SHIFT, Key::ArrowDown);
        table.key_with(Modifiers::SHIFT, Key::ArrowDown);
        table.key(Key::Enter);
        table.until("the tree", |table| !table.nodes(Role::TreeItem).is_empty());
        save(&mut table, "details");
        table.key(Key::Escape);
        table.key(Key::Escape);
        table.click(Role::Button, "Columns");
        save(&mut table, "columns");
        table.key(Key::Escape);
        table.type_into("Filter rows", "nothing like it");
        table.until("nothing", |table| table.says("Nothing matches the filter"));
        save(&mut table, "nothing");
    }
}
