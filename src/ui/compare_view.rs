//! The *Prices* tab's view for two runs side by side: what is compared, how far it is, and what differs.

mod arranger;
mod choosing;
mod columns_menu;
mod details;
mod dress;

use std::sync::Arc;

use egui::{Align, Id, Layout, Rect, Ui, UiBuilder, vec2};

use self::arranger::Arranger;
use self::choosing::Choosing;
use super::grid::{Grid, GridState, counted, thousands};
use super::icon::{self, Icon};
use super::theme::{self, Palette, space};
use super::widgets::{
    Button, Choosing as Chosen, Field, LowTile, Offer, Sorted, Tile, Tone, card, card_body, card_frame, header_row,
    notice, progress_bar, spinner,
};
use super::{export_menu, scrolled};
use crate::app::compare::{CompareAction, Shown};
use crate::app::save;
use crate::app::{Action, App, Search};
use crate::compare::{Columns, Order, Verdict, View, Wish};
use crate::export::ReceiptFacts;
use crate::results::Towards;
use crate::sheet::{Keyed, Sheet as _};
use crate::task::Spawner;

/// What a screen reader calls the table.
const NAME: &str = "Comparison";
/// With less height than this, in points, an open row takes the table's place, and tiles are low.
const LOW: f32 = 420.0;
/// The height of table or row where the view scrolls, in points.
const SCROLLED: f32 = 300.0;
/// The least height of the table's card, in points.
const LEAST: f32 = 220.0;
/// The height of an open row beneath the table, in points.
const DETAILS: f32 = 236.0;
/// A tile is not made narrower than this, in points.
const NARROWEST_TILE: f32 = 84.0;
/// What of a tile's width is neither its icon nor its word, in points.
const TILE_MARGINS: f32 = 24.0;
/// Said where the two sides do not go by the same field map.
const READ_DIFFERENTLY: &str = "The two sides are read by different field maps, so a difference can come from the reading and not from the prices.";

/// What this view remembers between frames.
#[derive(Default)]
pub struct State {
    choosing: Choosing,
    wish: Wish,
    columns: Columns,
    arranger: Arranger,
    /// The comparison that is shown.
    of: u64,
    grid: GridState,
    open: Option<u64>,
    details: details::Details,
}

impl State {
    /// What *Export…* offers of the comparison on screen; nothing where it has no row.
    pub fn on_screen(&self, app: &App) -> Option<save::Offer> {
        let (shown, view) = (app.compare.shown.as_ref()?, self.arranger.seen()?);
        (!view.is_empty()).then(|| offer(view, &shown.comparison))
    }
}

/// How the view fits the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// The table takes the height that is left.
    Whole,
    /// The window is so low that the view scrolls.
    Scrolls,
}

pub fn show(ui: &mut Ui, app: &App, search: &mut Search, state: &mut State, actions: &mut Vec<Action>) {
    if ui.available_height() < LOW {
        scrolled::column(ui, |ui| inside(ui, app, search, state, actions, Fit::Scrolls));
    } else {
        scrolled::beside_bars(ui, |ui| inside(ui, app, search, state, actions, Fit::Whole));
    }
}

fn inside(ui: &mut Ui, app: &App, search: &mut Search, state: &mut State, actions: &mut Vec<Action>, fit: Fit) {
    choosing::show(ui, app, search, &mut state.choosing, actions);
    if let Some(problem) = &app.compare.problem {
        let dismiss = Offer { word: "Dismiss", icon: Icon::X };
        if notice(ui, Tone::Err, Icon::CircleX, problem, Some(dismiss)).clicked() {
            actions.push(Action::Compare(CompareAction::DismissProblem));
        }
    }
    if app.compare.is_busy() {
        progress(ui, app, actions);
    } else if choosing::has_changed(app, search, &state.choosing) {
        let text = "The choices have changed: press Compare again. What is shown is of the choices before.";
        notice(ui, Tone::Warn, Icon::TriangleAlert, text, None);
    }
    match &app.compare.shown {
        Some(shown) => compared(ui, app, shown, state, actions, fit),
        None if !app.compare.is_busy() => nothing_yet(ui, app, state, actions),
        None => {}
    }
}

fn nothing_yet(ui: &mut Ui, app: &App, state: &mut State, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    ui.add_space(space::L);
    ui.vertical_centered(|ui| {
        icon::show(ui, Icon::GitCompareArrows, icon::LARGE, palette.muted);
        ui.label(theme::heading("Nothing compared yet"));
        ui.label(
            theme::small("Look the same list up under two keys or at two dates, and see what differs.")
                .color(palette.text2),
        );
    });
    if app.list.shown().is_none() {
        choosing::paste(ui, app, &mut state.choosing, actions);
    }
}

/// One card for both sides.
fn progress(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    let sides = app.compare.progress();
    let (done, all) =
        sides.iter().fold((0, 0), |sum, side| (sum.0 + side.progress.answered, sum.1 + side.progress.count));
    card(ui, |ui| {
        card_body(ui, |ui| {
            ui.horizontal(|ui| {
                spinner(ui, icon::BODY, "Comparing");
                let words = if sides.is_empty() {
                    "Comparing the two sides…".to_owned()
                } else {
                    format!("{} of {} answers", thousands(done as i64), thousands(all as i64))
                };
                ui.label(theme::body_strong(words));
                super::at_right::at_right(ui, "compare-stop", |ui| {
                    let blocked = (!app.compare.is_asking()).then_some("It is nearly done.");
                    let stop = Button::secondary("Stop").icon(Icon::Square).compact().blocked(blocked);
                    if ui.add(stop.tooltip("End both sides, and compare what there is")).clicked() {
                        actions.push(Action::Compare(CompareAction::Stop));
                    }
                });
            });
            if all > 0 {
                let share = done as f32 / all as f32;
                progress_bar(ui, &format!("{done} of {all} answers"), &[(Tone::Ok, share)]);
            }
            for side in &sides {
                let left = side
                    .progress
                    .time_left
                    .map_or_else(String::new, |left| format!(", {} left", crate::token::status::countdown(left)));
                let name = format!(
                    "{}, {}: {} of {}{left}",
                    side.header.profile_name, side.header.environment, side.progress.answered, side.progress.count
                );
                ui.label(theme::caption(name).color(palette.text2));
            }
            if let Some((name, halt)) = app.compare.halt() {
                let text = format!("{name}: {} {}", halt.why, halt.advice);
                let go_on = Offer { word: "Go on", icon: Icon::Play };
                if notice(ui, Tone::Err, Icon::CircleX, &text, Some(go_on)).clicked() {
                    actions.push(Action::Compare(CompareAction::GoOn));
                }
            }
        });
    });
}

fn compared(ui: &mut Ui, app: &App, shown: &Shown, state: &mut State, actions: &mut Vec<Action>, fit: Fit) {
    if state.of != shown.number {
        state.of = shown.number;
        state.open = None;
        state.grid.start_over();
        state.wish.text.clear();
    }
    if shown.comparison.is_read_differently() {
        notice(ui, Tone::Warn, Icon::TriangleAlert, READ_DIFFERENTLY, None);
    }
    let sides = crate::compare::difference::side_words(&shown.comparison.left, &shown.comparison.right);
    tiles(ui, shown, &sides, &mut state.wish, fit);
    state.arranger.update(shown, &state.wish, &mut state.grid, &app.spawner);
    state.arranger.show_columns(state.columns);
    // What is open goes first, and the choice of rows stays.
    if state.open.is_some() && Grid::escapes(ui, NAME) {
        ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Escape));
        close(ui, state);
    }
    let mut room = ui.available_rect_before_wrap();
    room.set_height(match fit {
        Fit::Whole => room.height().max(LEAST),
        Fit::Scrolls => SCROLLED,
    });
    let view = state.arranger.seen().cloned();
    let open = state.open.filter(|_| view.is_some());
    let (table_room, details_room) = match open {
        None => (room, None),
        Some(_) if room.height() < LOW => (Rect::NOTHING, Some(room)),
        Some(_) => {
            let (above, below) = room.split_top_bottom_at_y(room.bottom() - DETAILS);
            (above.with_max_y(above.bottom() - space::M), Some(below))
        }
    };
    ui.allocate_rect(room, egui::Sense::hover());
    if table_room.is_positive() {
        part(ui, "compared", table_room, |ui| table(ui, table_room, app, shown, state, actions));
    }
    if let (Some(rect), Some(key), Some(view)) = (details_room, open, view) {
        let pane = part(ui, "compared-row", rect, |ui| {
            details::show(ui, rect, app, shown, &view, key, &mut state.details, actions)
        });
        if pane == details::Pane::Closes {
            close(ui, state);
        }
    }
}

fn close(ui: &Ui, state: &mut State) {
    state.open = None;
    ui.memory_mut(|memory| memory.request_focus(Grid::id(NAME)));
}

fn part<R>(ui: &mut Ui, name: &str, rect: Rect, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let builder = UiBuilder::new().scope_id(Id::unique(name)).max_rect(rect).layout(Layout::top_down(Align::Min));
    ui.scope_builder(builder, contents).inner
}

/// How a verdict looks. State is told by word, icon and colour.
pub(super) fn look(verdict: Verdict) -> (Icon, Tone) {
    match verdict {
        Verdict::Different => (Icon::EqualNot, Tone::Warn),
        Verdict::OnlyLeft => (Icon::ArrowLeftToLine, Tone::Info),
        Verdict::OnlyRight => (Icon::ArrowRightToLine, Tone::Info),
        Verdict::Same => (Icon::Equal, Tone::Ok),
        Verdict::Neither => (Icon::CircleMinus, Tone::Neutral),
        Verdict::NotComparable => (Icon::CircleSlash, Tone::Neutral),
    }
}

/// The width that a tile with this word needs, in points.
fn tile_width(ui: &Ui, word: &str) -> f32 {
    let font = theme::small_strong_style().resolve(ui.style());
    let words = ui.painter().layout_no_wrap(word.to_owned(), font, Palette::of(ui).text).size().x;
    (words + icon::SMALL + TILE_MARGINS).max(NARROWEST_TILE).ceil()
}

fn tiles(ui: &mut Ui, shown: &Shown, sides: &[String; 2], wish: &mut Wish, fit: Fit) {
    let comparison = &shown.comparison;
    let words = Verdict::ALL.map(|verdict| match verdict {
        Verdict::Different => "Different".to_owned(),
        Verdict::OnlyLeft => format!("Only {}", sides[0]),
        Verdict::OnlyRight => format!("Only {}", sides[1]),
        Verdict::Same => "Same".to_owned(),
        Verdict::Neither => "No price".to_owned(),
        Verdict::NotComparable => "Not comparable".to_owned(),
    });
    let all = (Tone::Neutral, Icon::List, "All", comparison.pairs.len(), None);
    let verdicts = Verdict::ALL.into_iter().zip(&words).map(|(verdict, word)| {
        let (icon, tone) = look(verdict);
        (tone, icon, word.as_str(), comparison.count(verdict), Some(verdict))
    });
    let tiles: Vec<_> = std::iter::once(all).chain(verdicts).collect();
    // Each as wide as its words, chosen or not, and what is left is shared among them.
    let gap = space::S;
    let widths: Vec<f32> = tiles.iter().map(|(_, _, word, ..)| tile_width(ui, word)).collect();
    let gaps = gap * (tiles.len() - 1) as f32;
    let spare = ((ui.available_width() - gaps - widths.iter().sum::<f32>()) / tiles.len() as f32).floor();
    let is_low = spare < 0.0 || fit == Fit::Scrolls || ui.available_height() < LOW;
    let draw = |ui: &mut Ui| {
        ui.spacing_mut().item_spacing = egui::Vec2::splat(if is_low { space::XS } else { gap });
        for ((tone, icon, word, count, verdict), width) in tiles.into_iter().zip(widths) {
            let width = width + spare;
            let count = thousands(count as i64);
            let is_chosen = verdict.map_or(wish.is_all(), |verdict| !wish.is_all() && wish.shows(verdict));
            let choosing = if is_chosen { Chosen::Chosen } else { Chosen::NotChosen };
            let response = if is_low {
                ui.add(LowTile { tone, icon, word, count: &count, choosing })
            } else {
                ui.add(Tile { tone, icon, word, count: &count, choosing, width })
            };
            if response.clicked() {
                wish.toggle(verdict);
            }
        }
    };
    if is_low {
        ui.horizontal_wrapped(draw)
    } else {
        ui.horizontal(draw)
    };
}

fn table(ui: &mut Ui, rect: Rect, app: &App, shown: &Shown, state: &mut State, actions: &mut Vec<Action>) {
    card_frame(Palette::of(ui)).show(ui, |ui| {
        ui.set_min_size(rect.size() - vec2(2.0, 2.0));
        ui.set_max_size(rect.size() - vec2(2.0, 2.0));
        ui.spacing_mut().item_spacing.y = 0.0;
        header(ui, &app.spawner, shown, state, actions);
        let Some(view) = state.arranger.seen().cloned() else { return };
        if view.is_empty() {
            return nothing(ui, shown, &mut state.wish);
        }
        let sheet: Arc<dyn Keyed> = Arc::clone(&view) as _;
        let sorted = match view.wish().order {
            Order::Lists => None,
            Order::By(column, towards) => {
                view.columns().iter().position(|one| *one == column).map(|at| match towards {
                    Towards::Ascending => Sorted::Ascending(at),
                    Towards::Descending => Sorted::Descending(at),
                })
            }
        };
        let dress = dress::Compared(&view);
        let grid = Grid::new(NAME, &sheet, &dress).sorted(sorted).show(ui, &app.spawner, &mut state.grid);
        if let Some(column) = grid.sort.and_then(|column| view.columns().get(column)) {
            state.wish.order = state.wish.order.clicked(*column);
            ui.ctx().request_repaint();
        }
        if let Some(copied) = grid.copied {
            let what = copied.said();
            actions.push(Action::Copy { text: copied.text, what });
        }
        if let Some(row) = grid.opened {
            state.open = Some(view.key(row));
        } else if grid.moved && (state.open.is_some() || rect.height() >= LOW) {
            state.open = state.grid.selection.cursor_key();
        }
    });
}

fn header(ui: &mut Ui, spawner: &Spawner, shown: &Shown, state: &mut State, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    let room = ui.available_width();
    let count = count(shown, state);
    header_row(
        ui,
        44.0,
        |ui| {
            let width = (room * 0.36).clamp(120.0, 280.0);
            let field = Field::new("Filter compared rows", &mut state.wish.text).label_unseen().icon(Icon::Search);
            let field = field.compact().hint("Filter by SKU, list or change").width(width);
            field.id(Id::unique("filter-compared")).char_limit(256).show(ui);
            if room > 480.0 {
                ui.label(theme::caption(count).color(palette.muted));
            }
        },
        |ui| {
            let Some(view) = state.arranger.seen().cloned() else { return };
            let blocked = view.is_empty().then_some("There is no row to export.");
            export_menu::button(ui, blocked, || offer(&view, &shown.comparison), actions);
            let button = Button::ghost("Columns").compact();
            let button = if room > 820.0 { button.icon(Icon::Columns3) } else { button.icon_only(Icon::Columns3) };
            columns_menu::show(ui, button, &mut state.columns, &view);
            let none = state
                .grid
                .selection
                .is_empty()
                .then_some("Choose rows first: click, Shift-click, or Ctrl+A in the table.");
            let copy = Button::ghost("Copy rows").compact().blocked(none);
            let copy = if room > 820.0 { copy.icon(Icon::Copy) } else { copy.icon_only(Icon::Copy) };
            if ui.add(copy.tooltip("As text with tabs, for a spreadsheet or a ticket (Ctrl+C)")).clicked() {
                let sheet: Arc<dyn Keyed> = Arc::clone(&view) as _;
                state.grid.copy(&sheet, spawner);
            }
            let cursor = state.grid.selection.cursor_key();
            let why = (state.open.is_none() && cursor.is_none())
                .then_some("Choose a row first. Enter or a double click opens it.");
            let details = Button::ghost("Details").compact().blocked(why);
            let details =
                if room > 620.0 { details.icon(Icon::PanelBottom) } else { details.icon_only(Icon::PanelBottom) };
            if ui.add(details.tooltip("Both sides of the chosen row, with their bodies (Enter)")).clicked() {
                state.open = if state.open.is_some() { None } else { cursor };
            }
        },
    );
}

/// How many rows are seen, of how many, and how many are chosen.
fn count(shown: &Shown, state: &State) -> String {
    let Some(view) = state.arranger.seen() else { return String::new() };
    let rows = format!("{} of {} rows", counted(view.len()), counted(shown.comparison.pairs.len()));
    let chosen = state.grid.selection.len();
    let chosen = if chosen > 1 { format!(", {} chosen", counted(chosen)) } else { String::new() };
    format!("{rows}{chosen}{}", state.arranger.is(&state.wish).remark())
}

fn offer(view: &Arc<View>, comparison: &crate::compare::Comparison) -> save::Offer {
    let wish = view.wish();
    let mut seen = Vec::new();
    if !wish.is_all() {
        let words: Vec<&str> =
            Verdict::ALL.into_iter().filter(|verdict| wish.shows(*verdict)).map(Verdict::label).collect();
        seen.push(("Shown".to_owned(), words.join(", ")));
    }
    if !wish.text.trim().is_empty() {
        seen.push(("Filter".to_owned(), wish.text.trim().to_owned()));
    }
    if let Order::By(column, towards) = wish.order {
        let direction = match towards {
            Towards::Ascending => "ascending",
            Towards::Descending => "descending",
        };
        let head = column.label(view.sides());
        seen.push(("Sorted by".to_owned(), format!("{head}, {direction}")));
    }
    seen.push(("Percent".to_owned(), crate::compare::change::ROUNDING.to_owned()));
    if comparison.is_read_differently() {
        seen.push(("Field maps".to_owned(), READ_DIFFERENTLY.to_owned()));
    }
    let runs = vec![comparison.left.header.clone(), comparison.right.header.clone()];
    let facts = ReceiptFacts { what: "Comparison".to_owned(), runs, view: seen, corrections: None };
    save::Offer { sheet: save::OnScreen(Arc::clone(view) as _), facts }
}

fn nothing(ui: &mut Ui, shown: &Shown, wish: &mut Wish) {
    let palette = Palette::of(ui);
    ui.add_space(space::XL);
    let (same, neither) = (shown.comparison.count(Verdict::Same), shown.comparison.count(Verdict::Neither));
    let is_same = same + neither == shown.comparison.pairs.len();
    ui.vertical_centered(|ui| {
        let (icon, title) = if is_same && same == 0 {
            (Icon::CircleMinus, "No price on either side")
        } else if is_same && neither > 0 {
            (Icon::Equal, "Every price is the same")
        } else if is_same {
            (Icon::Equal, "Everything is the same")
        } else {
            (Icon::FunnelX, "Nothing matches the filter")
        };
        icon::show(ui, icon, icon::LARGE, palette.muted);
        ui.label(theme::heading(title));
        if is_same && same > 0 && neither > 0 {
            let text = format!("{} the same, {} without a price on either side", counted(same), counted(neither));
            ui.label(theme::small(text).color(palette.text2));
        }
        if ui.add(Button::secondary("Show all rows").icon(Icon::List)).clicked() {
            *wish = Wish { order: wish.order, ..Wish::all() };
        }
    });
}
