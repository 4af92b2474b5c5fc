//! The grid over a sheet that is not a run's: what it asks of the sheet, how it is dressed, and the widths of its columns.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod base;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use egui::accesskit::Role;
use egui::{Event, Modifiers, PointerButton, Pos2, Theme, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use quantaprice_explorer::sheet::{Cell, CellKind, Head, Keyed, Sheet};
use quantaprice_explorer::task::Spawner;
use quantaprice_explorer::ui::grid::{ColumnLook, Dress, Grid, GridState};
use quantaprice_explorer::ui::widgets::{self, EnvTone, Tone};

const ROWS: usize = 100_000;

/// Numbers, and which of them were asked for.
struct Numbers {
    heads: Vec<Head>,
    asked: Mutex<HashSet<usize>>,
}

impl Numbers {
    fn new(names: &[&str]) -> Arc<Self> {
        let heads = names.iter().map(|name| Head::new(name.to_lowercase(), *name, CellKind::Text)).collect();
        Arc::new(Self { heads, asked: Mutex::default() })
    }
}

impl Sheet for Numbers {
    fn heads(&self) -> &[Head] {
        &self.heads
    }

    fn len(&self) -> usize {
        ROWS
    }

    fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        self.asked.lock().unwrap().insert(row);
        if column == 0 { Cell::Text(format!("N{row}").into()) } else { Cell::Absent }
    }
}

impl Keyed for Numbers {
    fn key(&self, row: usize) -> u64 {
        row as u64
    }

    fn version(&self) -> u64 {
        1
    }
}

struct TwoSides;

impl Dress for TwoSides {
    fn column(&self, column: usize, head: &Head) -> ColumnLook {
        let env = (column == 1).then_some(EnvTone::Production);
        ColumnLook { env, ..ColumnLook::of(head) }
    }

    fn cell<'a>(&self, row: usize, column: usize, value: Cell<'a>) -> widgets::Cell<'a> {
        match value {
            Cell::Absent => widgets::Cell::new("no price").muted(),
            value if row == 2 && column == 0 => widgets::Cell::new(value.plain().into_owned()).tone(Tone::Warn),
            value => quantaprice_explorer::ui::grid::plain(value),
        }
    }

    fn fill(&self, row: usize, column: usize) -> Option<Tone> {
        (row == 2 && column == 1).then_some(Tone::Warn)
    }

    fn parted(&self, row: usize) -> bool {
        row == 2
    }
}

struct Drawn {
    sheet: Arc<Numbers>,
    state: GridState,
    copied: Vec<(String, &'static str)>,
}

fn grid(sheet: Arc<Numbers>) -> (Harness<'static, Drawn>, tokio::runtime::Runtime) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let spawner = Spawner::new(runtime.handle().clone(), || {});
    let drawn = Drawn { sheet, state: GridState::default(), copied: Vec::new() };
    let mut harness = base::builder(vec2(640.0, 400.0), 1.0, Theme::Dark).build_ui_state(
        move |ui, drawn: &mut Drawn| {
            let sheet: Arc<dyn Keyed> = Arc::clone(&drawn.sheet) as _;
            let shown = Grid::new("Numbers", &sheet, &TwoSides).show(ui, &spawner, &mut drawn.state);
            drawn.copied.extend(shown.copied.map(|copied| (copied.text.clone(), copied.said())));
        },
        drawn,
    );
    harness.run();
    (harness, runtime)
}

#[test]
fn only_the_rows_in_sight_are_asked_for() {
    let (mut harness, _runtime) = grid(Numbers::new(&["Number", "Left"]));
    harness.state_mut().state.scroll_to(ROWS / 2);
    harness.run();
    let asked = harness.state().sheet.asked.lock().unwrap().len();
    assert!((20..60).contains(&asked), "{asked} rows were asked for");
    assert!(harness.query_by_role_and_label(Role::Row, "N50000, no price").is_some());
}

#[test]
fn a_sheet_is_dressed_by_its_caller() {
    let (mut harness, _runtime) = grid(Numbers::new(&["Number", "Left"]));
    assert!(harness.query_by_role_and_label(Role::ColumnHeader, "Left").is_some(), "the tag's head keeps its name");
    assert!(harness.query_by_role_and_label(Role::Row, "N2, no price").is_some());
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("window-pictures");
    base::save_png(&mut harness, folder.join("grid-dressed.png"));
}

fn left_of(harness: &Harness<'_, Drawn>, name: &str) -> f32 {
    harness.get_by_role_and_label(Role::ColumnHeader, name).rect().left()
}

fn drag(harness: &mut Harness<'_, Drawn>, from: Pos2, to: Pos2) {
    let button = |pos, pressed| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    for event in [
        Event::PointerMoved(from),
        button(from, true),
        Event::PointerMoved(from + vec2(4.0, 0.0)),
        Event::PointerMoved(to),
        button(to, false),
    ] {
        harness.event(event);
        harness.step();
    }
    harness.run();
}

#[test]
fn a_right_click_offers_to_copy_the_cell_the_row_and_the_sku() {
    let (mut harness, _runtime) = grid(Numbers::new(&["SKU", "Left"]));
    for (item, text, said) in [
        ("Copy cell", "N3", "Cell copied."),
        ("Copy row", "SKU\tLeft\nN3\t", "1 row copied."),
        ("Copy SKU", "N3", "SKU copied."),
    ] {
        let row = harness.get_by_role_and_label(Role::Row, "N3, no price").rect();
        let at = pos2(row.left() + 24.0, row.center().y);
        harness.event(Event::PointerMoved(at));
        for pressed in [true, false] {
            let (button, modifiers) = (PointerButton::Secondary, Modifiers::NONE);
            harness.event(Event::PointerButton { pos: at, button, pressed, modifiers });
            harness.step();
        }
        harness.run();
        harness.get_by_role_and_label(Role::MenuItem, item).click();
        harness.run();
        assert_eq!(harness.state_mut().copied.pop(), Some((text.to_owned(), said)));
        assert!(harness.query_by_role_and_label(Role::MenuItem, item).is_none(), "the menu is closed");
    }
    assert!(harness.state().state.selection.contains(3), "the row of the menu is chosen");
}

#[test]
fn a_column_that_was_made_wider_stays_so_when_others_come_and_go() {
    let (mut harness, _runtime) = grid(Numbers::new(&["Number", "Left", "Right"]));
    let before = left_of(&harness, "Left");
    let edge = before - 8.0;
    drag(&mut harness, pos2(edge, 100.0), pos2(edge + 60.0, 100.0));
    let wider = left_of(&harness, "Left");
    assert!((wider - before - 60.0).abs() < 6.0, "{before} and {wider}");
    harness.state_mut().sheet = Numbers::new(&["Number", "Right"]);
    harness.run();
    harness.run();
    let right = left_of(&harness, "Right");
    assert!((right - wider).abs() < 2.0, "{right} and {wider}");
    let rows = harness.get_all_by_role(Role::Row).count();
    assert!(rows > 5 && harness.get_by_role_and_label(Role::Grid, "Numbers, 100000 rows").rect().height() > 300.0);
    assert!(
        harness.query_by_role_and_label(Role::Row, "N0, no price").is_some_and(|row| !row.accesskit_node().is_hidden())
    );
}
