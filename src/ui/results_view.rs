//! The answers of a run: counts that filter, a filter by text, the table, and all of the chosen row beside it.
//!
//! It shows any [`Rows`], whoever holds them: a run under way or one of the history. Sorting and filtering are done behind the
//! window; what is seen stays until the new order is ready.

mod arranger;
mod columns_menu;
mod details;
mod dress;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Align, Id, Layout as Direction, Rect, Ui, UiBuilder, vec2};

use jiff::Timestamp;

use self::arranger::Arranger;
use self::details::{Details, Open, Pane};
use super::grid::{Brought, Grid, GridState, Seen, counted, drop_behind};
use super::icon::{self, Icon};
use super::theme::{self, Palette, height, space};
use super::widgets::{Button, Choosing, Field, LowTile, Sorted, Tile, Tone, card_frame, header_row};
use super::words;
use crate::app::Action;
use crate::batch::{Answered, Rows};
use crate::prices::{Body, Outcome};
use crate::results::{Arranged, Layout, Outcomes, RowKey, Towards, View, Wish};
use crate::sheet::{Keyed, Sheet as _};
use crate::task::Spawner;

/// From this width on, in points, the open row stands beside the table; below, beneath it.
const SIDE_BY_SIDE: f32 = 760.0;
const DETAILS_WIDTH: f32 = 344.0;
/// The least height of the table's card, in points.
const LEAST: f32 = 220.0;
/// A tile is not made narrower than this, in points; then they are low ones.
const NARROWEST_TILE: f32 = 104.0;
/// With less height than this, in points, tiles are low, and an open row takes the table's place.
const LOW: f32 = 420.0;

/// What is shown.
pub struct Results<'a> {
    /// What a screen reader calls the table; tells it from others.
    pub name: &'a str,
    /// Tells one run from another that is shown in the same place.
    pub run: u64,
    pub rows: &'a Rows,
    /// What is known now of the body of this answer at a place of the list. Asked for in each frame while the row is open.
    pub body: &'a dyn Fn(usize, &Answered) -> BodyKnown,
    /// What fetches it. Sent once, when a row is opened whose body was not asked for.
    pub fetch_body: &'a dyn Fn(usize, &Answered) -> Action,
}

/// What is known of a body.
#[derive(Debug, Clone)]
pub enum BodyKnown {
    Unasked,
    Fetching,
    There(Body),
    /// Why there is none, in a sentence.
    NotKept(Cow<'static, str>),
}

/// What is remembered between frames.
#[derive(Default)]
pub struct ResultsState {
    /// Nothing while no run is shown.
    run: Option<u64>,
    wish: Wish,
    layout: Layout,
    arranger: Arranger,
    grid: GridState,
    view: Option<Arc<View>>,
    /// What is to be seen as soon as it is known where the chosen rows stand in it.
    next: Option<Arc<View>>,
    open: Option<RowKey>,
    /// The body that was asked for last.
    asked: Option<Asked>,
    details: Details,
}

/// A body that was asked for.
#[derive(Debug, Clone, Copy)]
struct Asked {
    place: usize,
    /// When its answer was asked for, since a retry puts another in its place.
    started: Timestamp,
    /// How often it was asked for without coming.
    tries: u8,
}

impl Asked {
    /// A body can be lost on its way when another is fetched in its place. One that never comes is not asked for for ever.
    const MOST: u8 = 3;
}

impl ResultsState {
    /// Lets go of all rows, since no run is shown now; how they are looked at stays.
    pub fn forget(&mut self, spawner: &Spawner) {
        if self.run.is_some() {
            start_over(spawner, None, self);
        }
    }

    /// Shows only rows with this text; all with none.
    pub fn filter_by(&mut self, text: &str) {
        text.clone_into(&mut self.wish.text);
    }

    /// The place in the list of the row that is open or, where none is, of the one that the keyboard is at.
    pub fn chosen(&self) -> Option<usize> {
        let key = self.open.or_else(|| self.grid.selection.cursor_key().map(RowKey::of_bits));
        key.map(|key| key.place as usize)
    }

    /// The rows and columns on screen, as they stand: what an export writes (P6). Nothing before there are any.
    pub fn view(&self) -> Option<&Arc<View>> {
        self.view.as_ref()
    }
}

/// Draws tiles, table and pane in all the room there is. `export` draws at the right of the table's header, given what is on screen.
pub fn show(
    ui: &mut Ui,
    spawner: &Spawner,
    results: &Results<'_>,
    state: &mut ResultsState,
    actions: &mut Vec<Action>,
    export: impl FnOnce(&mut Ui, &Arc<View>, &mut Vec<Action>),
) {
    if state.run != Some(results.run) {
        start_over(spawner, Some(results.run), state);
    }
    tiles(ui, results.rows, &mut state.wish);
    ui.add_space(space::M - space::S);
    update(ui, spawner, results, state);
    let mut room = ui.available_rect_before_wrap();
    room.set_height(room.height().max(LEAST));
    let builder = UiBuilder::new().scope_id(Id::unique(("results", results.name))).max_rect(room);
    ui.scope_builder(builder.layout(Direction::top_down(Align::Min)), |ui| {
        parts(ui, room, spawner, results, state, actions, export);
    });
}

/// Another run has other rows and columns; how it is looked at stays.
fn start_over(spawner: &Spawner, run: Option<u64>, state: &mut ResultsState) {
    state.run = run;
    let arranger = std::mem::take(&mut state.arranger);
    drop_behind(spawner, arranger.seen().cloned());
    drop_behind(spawner, (state.view.take(), state.next.take()));
    state.grid.start_over();
    state.details.forget_body();
    (state.open, state.asked) = (None, None);
}

/// Brings the arrangement and the view up to date, as far as that is done.
fn update(ui: &Ui, spawner: &Spawner, results: &Results<'_>, state: &mut ResultsState) {
    let before = state.arranger.number();
    if let Some(wait) = state.arranger.update(results.rows, &state.wish, spawner, Instant::now()) {
        // A little later than due, so that the frame does not come too early by a hair.
        ui.ctx().request_repaint_after(wait + Duration::from_millis(2));
    }
    let Some(arranged) = state.arranger.seen() else { return };
    if state.arranger.number() != before {
        state.layout.update(&arranged.found);
    }
    let is_of = |view: &Arc<View>| Arc::ptr_eq(view.arranged(), arranged);
    // One that is on its way comes first, so that rows which come in without a pause are seen at all.
    if state.next.is_none() && !state.view.as_ref().is_some_and(is_of) {
        state.next = Some(Arc::new(view_of(&state.layout, Arc::clone(arranged), state.arranger.number())));
    }
    bring(spawner, state);
    if let Some(view) = &state.view
        && !state.layout.shown(&view.arranged().found).eq(view.columns())
    {
        let view = view_of(&state.layout, Arc::clone(view.arranged()), view.version());
        drop_behind(spawner, state.view.replace(Arc::new(view)));
    }
}

fn view_of(layout: &Layout, arranged: Arc<Arranged>, number: u64) -> View {
    let columns = layout.shown(&arranged.found).cloned().collect();
    View::new(arranged, columns).numbered(number)
}

/// Puts the next view on screen when what is chosen is known in it.
fn bring(spawner: &Spawner, state: &mut ResultsState) {
    let Some(next) = &state.next else { return };
    let brought = match &state.view {
        None => Brought::There,
        Some(view) => {
            if !view.arranged().wish.filters_as(&next.arranged().wish) {
                state.grid.selection.forget_all();
            }
            let (from, to): (Arc<dyn Keyed>, Arc<dyn Keyed>) = (Arc::clone(view) as _, Arc::clone(next) as _);
            state.grid.bring(&from, &to, spawner)
        }
    };
    if brought == Brought::There {
        let before = std::mem::replace(&mut state.view, state.next.take());
        drop_behind(spawner, before);
    }
}

fn parts(
    ui: &mut Ui,
    room: Rect,
    spawner: &Spawner,
    results: &Results<'_>,
    state: &mut ResultsState,
    actions: &mut Vec<Action>,
    export: impl FnOnce(&mut Ui, &Arc<View>, &mut Vec<Action>),
) {
    // What is open goes first, and the choice of rows stays.
    if state.open.is_some() && Grid::escapes(ui, results.name) {
        ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Escape));
        close(ui, results.name, state);
    }
    let open = state.open.and_then(|key| Some((key, Arc::clone(results.rows.get(key.place as usize)?))));
    let Some((key, answered)) = open else {
        return part(ui, "table", room, |ui| table(ui, room, spawner, results, state, actions, export));
    };
    let (first, second) = if room.width() >= SIDE_BY_SIDE {
        let (left, right) = room.split_left_right_at_x(room.right() - DETAILS_WIDTH);
        (left.with_max_x(left.right() - space::M), right)
    } else if room.height() < LOW {
        (Rect::NOTHING, room)
    } else {
        let (above, below) = room.split_top_bottom_at_y(room.top() + (room.height() * 0.45).round());
        (above.with_max_y(above.bottom() - space::M), below)
    };
    if first.is_positive() {
        part(ui, "table", first, |ui| table(ui, first, spawner, results, state, actions, export));
    }
    let found = state.view.as_ref().map(|view| view.arranged().found.clone()).unwrap_or_default();
    let body = body_of(key.place as usize, &answered, results, &mut state.asked, actions);
    let open = Open { key, rows: results.rows, answered: &answered, found: &found, body };
    let pane = part(ui, "details", second, |ui| details::show(ui, second, &open, &mut state.details, spawner, actions));
    if pane == Pane::Closes {
        close(ui, results.name, state);
    }
}

/// What is known of the body of an answer; asks for it where that has to be done.
fn body_of(
    place: usize,
    answered: &Answered,
    results: &Results<'_>,
    asked: &mut Option<Asked>,
    actions: &mut Vec<Action>,
) -> BodyKnown {
    let started = answered.started;
    let known = (results.body)(place, answered);
    let Some(asked) = asked.as_mut().filter(|asked| (asked.place, asked.started) == (place, started)) else {
        // Whatever is there: why there was none may not hold any more.
        *asked = Some(Asked { place, started, tries: 1 });
        actions.push((results.fetch_body)(place, answered));
        return BodyKnown::Fetching;
    };
    match known {
        // Asked for, and not on its way: something else was fetched in its place.
        BodyKnown::Unasked if asked.tries < Asked::MOST => {
            asked.tries += 1;
            actions.push((results.fetch_body)(place, answered));
        }
        BodyKnown::Unasked => {
            return BodyKnown::NotKept("The body did not come. Close the details, and open them again.".into());
        }
        BodyKnown::There(_) | BodyKnown::NotKept(_) => asked.tries = 0,
        BodyKnown::Fetching => {}
    }
    known
}

fn close(ui: &Ui, name: &str, state: &mut ResultsState) {
    (state.open, state.asked) = (None, None);
    ui.memory_mut(|memory| memory.request_focus(Grid::id(name)));
}

fn part<R>(ui: &mut Ui, name: &str, rect: Rect, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let id = ui.scope_id().with(name);
    let builder = UiBuilder::new().scope_id(id).max_rect(rect).layout(Direction::top_down(Align::Min));
    ui.scope_builder(builder, contents).inner
}

fn tiles(ui: &mut Ui, rows: &Rows, wish: &mut Wish) {
    let counts = rows.counts();
    let all = (Tone::Neutral, Icon::List, "All", counts.all(), None);
    let outcomes = Outcome::ALL.map(|outcome| {
        let (icon, tone) = words::outcome(outcome);
        (tone, icon, outcome.label(), counts.of(outcome), Some(outcome))
    });
    let gap = space::S;
    let tiles = outcomes.len() + 1;
    let width = ((ui.available_width() - gap * (tiles - 1) as f32) / tiles as f32).floor();
    let is_low = width < NARROWEST_TILE || ui.available_height() < LOW;
    let draw = |ui: &mut Ui| {
        ui.spacing_mut().item_spacing = egui::Vec2::splat(if is_low { space::XS } else { gap });
        for (tone, icon, word, count, outcome) in std::iter::once(all).chain(outcomes) {
            let count = counted(count);
            let is_chosen = outcome.map_or(wish.outcomes.is_empty(), |outcome| wish.outcomes.contains(outcome));
            let choosing = if is_chosen { Choosing::Chosen } else { Choosing::NotChosen };
            let response = if is_low {
                ui.add(LowTile { tone, icon, word, count: &count, choosing })
            } else {
                ui.add(Tile { tone, icon, word, count: &count, choosing, width })
            };
            match outcome {
                _ if !response.clicked() => {}
                Some(outcome) => wish.outcomes.toggle(outcome),
                None => wish.outcomes = Outcomes::default(),
            }
        }
    };
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = height::COMPACT;
        if is_low { ui.horizontal_wrapped(draw) } else { ui.horizontal(draw) }
    });
}

fn table(
    ui: &mut Ui,
    rect: Rect,
    spawner: &Spawner,
    results: &Results<'_>,
    state: &mut ResultsState,
    actions: &mut Vec<Action>,
    export: impl FnOnce(&mut Ui, &Arc<View>, &mut Vec<Action>),
) {
    card_frame(Palette::of(ui)).show(ui, |ui| {
        ui.set_min_size(rect.size() - vec2(2.0, 2.0));
        ui.set_max_size(rect.size() - vec2(2.0, 2.0));
        ui.spacing_mut().item_spacing.y = 0.0;
        header(ui, spawner, results, state, actions, export);
        let Some(view) = state.view.clone() else { return nothing_yet(ui, results.rows) };
        if view.is_empty() {
            return nothing(ui, results.rows, &mut state.wish);
        }
        let sheet: Arc<dyn Keyed> = Arc::clone(&view) as _;
        let dress = dress::Results(&view);
        let sort = &view.arranged().wish.sort;
        let sorted = view.columns().iter().position(|column| *column == sort.column).map(|column| match sort.towards {
            Towards::Ascending => Sorted::Ascending(column),
            Towards::Descending => Sorted::Descending(column),
        });
        let shown = Grid::new(results.name, &sheet, &dress).sorted(sorted).show(ui, spawner, &mut state.grid);
        if let Some(column) = shown.sort.and_then(|column| view.columns().get(column)) {
            state.wish.sort = state.wish.sort.clicked(column);
            ui.ctx().request_repaint();
        }
        if let Some(copied) = shown.copied {
            let what = copied.said();
            actions.push(Action::Copy { text: copied.text, what });
        }
        if let Some(row) = shown.opened {
            state.open = view.row_key(row);
            ui.ctx().request_repaint();
        } else if shown.moved && state.open.is_some() {
            // The pane goes with the keyboard.
            state.open = state.grid.selection.cursor_key().map(RowKey::of_bits);
        }
    });
}

fn header(
    ui: &mut Ui,
    spawner: &Spawner,
    results: &Results<'_>,
    state: &mut ResultsState,
    actions: &mut Vec<Action>,
    export: impl FnOnce(&mut Ui, &Arc<View>, &mut Vec<Action>),
) {
    let palette = Palette::of(ui);
    let room = ui.available_width();
    let wide = room > 820.0;
    let count = count(state);
    let face = |button: Button<'static>, icon| if wide { button.icon(icon) } else { button.icon_only(icon) };
    header_row(
        ui,
        44.0,
        |ui| {
            let width = (room * 0.36).clamp(120.0, 320.0);
            let field = Field::new("Filter rows", &mut state.wish.text).label_unseen().icon(Icon::Search).compact();
            let id = Id::unique(("filter", results.name));
            field.hint("Filter by SKU or detail").width(width).id(id).char_limit(256).show(ui);
            if room > 480.0 {
                ui.label(theme::caption(count).color(palette.muted));
            }
        },
        |ui| {
            ui.spacing_mut().item_spacing.x = if wide { space::L } else { space::XS };
            let Some(view) = state.view.clone() else { return };
            export(ui, &view, actions);
            columns_menu::show(
                ui,
                face(Button::ghost("Columns").compact(), Icon::Columns3),
                &mut state.layout,
                &view.arranged().found,
            );
            let none = state
                .grid
                .selection
                .is_empty()
                .then_some("Choose rows first: click, Shift-click, or Ctrl+A in the table.");
            let copy = face(Button::ghost("Copy rows").compact(), Icon::Copy).blocked(none);
            if ui.add(copy.tooltip("As text with tabs, for a spreadsheet or a ticket (Ctrl+C)")).clicked() {
                let sheet: Arc<dyn Keyed> = Arc::clone(&view) as _;
                state.grid.copy(&sheet, spawner);
            }
            let cursor = state.grid.selection.cursor();
            let why = (state.open.is_none() && cursor.is_none())
                .then_some("Choose a row first. Enter or a double click opens it.");
            let details = face(Button::ghost("Details").compact(), Icon::PanelRight).blocked(why);
            if ui.add(details.tooltip("All of the chosen row, with its body (Enter)")).clicked() {
                state.open = match state.open {
                    Some(_) => {
                        state.asked = None;
                        None
                    }
                    None => cursor.and_then(|row| view.row_key(row)),
                };
            }
        },
    );
}

/// How many rows are seen, of how many, and how many are chosen.
fn count(state: &ResultsState) -> String {
    let Some(view) = &state.view else { return String::new() };
    let arranged = view.arranged();
    let all = counted(arranged.all());
    let rows = match (arranged.wish.filters(), arranged.all()) {
        (false, 1) => "1 row".to_owned(),
        (false, _) => format!("{all} rows"),
        (true, _) => format!("{} of {all} rows", counted(arranged.len())),
    };
    let chosen = state.grid.selection.len();
    let chosen = if chosen > 1 { format!(", {} chosen", counted(chosen)) } else { String::new() };
    let seen = match state.arranger.is(&state.wish) {
        Seen::AsWished if state.next.is_some() => Seen::Before,
        seen => seen,
    };
    format!("{rows}{chosen}{}", seen.remark())
}

fn nothing_yet(ui: &mut Ui, rows: &Rows) {
    let (title, text) = if rows.counts().all() == 0 {
        ("No answer yet", "Each SKU's answer will stand here as soon as it comes.")
    } else {
        ("Arranging the rows…", "A long list takes a moment.")
    };
    empty(ui, Icon::List, title, text);
}

fn nothing(ui: &mut Ui, rows: &Rows, wish: &mut Wish) {
    if rows.counts().all() == 0 {
        return nothing_yet(ui, rows);
    }
    if !wish.filters() {
        return empty(ui, Icon::List, "Arranging the rows…", "A long list takes a moment.");
    }
    empty(ui, Icon::FunnelX, "Nothing matches the filter", "The run has other rows: change the filter to see them.");
    ui.vertical_centered(|ui| {
        ui.add_space(space::S);
        if ui.add(Button::secondary("Clear filter").icon(Icon::X)).clicked() {
            wish.text.clear();
            wish.outcomes = Outcomes::default();
        }
    });
}

fn empty(ui: &mut Ui, icon: Icon, title: &str, text: &str) {
    let palette = Palette::of(ui);
    ui.add_space(space::XL);
    ui.vertical_centered(|ui| {
        icon::show(ui, icon, icon::LARGE, palette.muted);
        ui.label(theme::heading(title));
        ui.label(theme::small(text).color(palette.text2));
    });
}
