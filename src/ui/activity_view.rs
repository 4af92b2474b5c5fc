//! The *Activity* tab: every exchange with its reason, the newest on top, filtered as wanted; a row opens to what was sent
//! and what came, with no secret in it. It reads the log's still picture and never waits for it; what a filter lets through is
//! kept from frame to frame.

use std::sync::Arc;

use egui::{Align, Frame, Id, Key, Layout, Margin, Popup, Rect, Ui, UiBuilder, vec2};

use super::activity_details;
use super::icon::{self, Icon};
use super::scrolled::GUTTER;
use super::theme::{self, Palette, height, space};
use super::timeline::{self, TimelineState};
use super::widgets::{
    Button, Cell, CellAlign, Choice, Column, Field, Select, Stripes, Table, TableClicked, Tone, card, segmented,
};
use super::words;
use crate::activity::{Event, EventOutcome, Filter, Kind, Matches, Scan, Wanted};
use crate::app::{Action, App, Desk};
use crate::prices::Outcome;

/// So many events are looked at in one frame when the filter changes: a millisecond or less. A log of the usual size takes a
/// frame or two.
const LOOKED_AT_IN_A_FRAME: u64 = 5_000;
/// From this width on, in points, the open event stands beside the list; below, in its place.
const SIDE_BY_SIDE: f32 = 720.0;
/// With less room than this below the timeline, in points, the list waits until that is folded.
const LEAST_LIST: f32 = 180.0;
const DETAILS_WIDTH: f32 = 344.0;
/// From this width on all filters stand in one row.
const ONE_ROW: f32 = 880.0;

/// What this view remembers between frames.
#[derive(Default)]
pub struct ActivityState {
    filter: Filter,
    matches: Option<Matches>,
    /// The newest event of the last frame, by its number.
    newest: Option<u64>,
    timeline: TimelineState,
    /// The event that is open. Held here, so that it stays when the log lets go of it.
    open: Option<Arc<Event>>,
}

impl ActivityState {
    /// Lets go of the picture of the log while the tab is not seen: it would keep events that the log has let go of.
    pub fn put_away(&mut self) {
        self.timeline.put_away();
        self.matches = None;
        self.newest = None;
    }
}

/// The words of the kinds that can be chosen, in the order in which they stand.
const KINDS: [(&str, Option<Kind>); 6] = [
    ("All", None),
    ("Tokens", Some(Kind::Token)),
    ("Prices", Some(Kind::Price)),
    ("Keychain", Some(Kind::Keychain)),
    ("Checks", Some(Kind::Check)),
    ("Notes", Some(Kind::Note)),
];

const OUTCOMES: [(&str, Wanted); 10] = [
    ("Any outcome", Wanted::Any),
    ("Problems", Wanted::Problems),
    ("Done", Wanted::Only(EventOutcome::Done)),
    ("Priced", Wanted::Only(EventOutcome::Answered(Outcome::Priced))),
    ("Zero price", Wanted::Only(EventOutcome::Answered(Outcome::ZeroPrice))),
    ("No price", Wanted::Only(EventOutcome::Answered(Outcome::NoPrice))),
    ("Unknown SKU", Wanted::Only(EventOutcome::Answered(Outcome::UnknownSku))),
    ("Forbidden", Wanted::Only(EventOutcome::Answered(Outcome::Forbidden))),
    ("Failed", Wanted::Only(EventOutcome::Failed)),
    ("Given up", Wanted::Only(EventOutcome::GivenUp)),
];

/// Draws the tab.
pub fn show(ui: &mut Ui, app: &App, state: &mut ActivityState, actions: &mut Vec<Action>) {
    let log = app.activity();
    let mut matches = state.matches.take().unwrap_or_else(|| Matches::new(log));
    if escapes(ui, app) {
        state.open = None;
    }
    let margin = Margin { right: GUTTER, bottom: 16, ..Margin::ZERO };
    Frame::new().inner_margin(margin).show(ui, |ui| {
        let open = state.open.as_ref().map(|event| event.number);
        if let Some(event) = timeline::show(ui, log, &mut state.timeline, open) {
            state.open = Some(event);
            if ui.available_height() < LEAST_LIST {
                state.timeline.fold();
                ui.ctx().request_repaint();
            }
        }
        ui.add_space(space::S);
        if ui.available_height() < LEAST_LIST {
            ui.label(theme::small("Fold the timeline to see the list.").color(Palette::of(ui).muted));
            return;
        }
        // Before the rows are counted, so that a letter typed is seen in its own frame.
        filters(ui, app, state, &matches);
        let scan = matches.update(log, &state.filter, LOOKED_AT_IN_A_FRAME);
        if scan != Scan::Done {
            ui.ctx().request_repaint();
        }
        ui.add_space(space::XS);
        let room = ui.available_rect_before_wrap();
        let (above, below) = room.split_top_bottom_at_y(room.bottom() - height::COMPACT);
        let above = above.with_max_y(above.bottom() - space::M);
        part(ui, "activity-events", above, |ui| events(ui, &matches, scan, state, actions));
        part(ui, "activity-foot", below, |ui| foot(ui, actions));
    });
    state.matches = Some(matches);
}

fn events(ui: &mut Ui, matches: &Matches, scan: Scan, state: &mut ActivityState, actions: &mut Vec<Action>) {
    if matches.is_empty() {
        state.newest = None;
        return nothing(ui, state, matches.snapshot().is_empty(), scan);
    }
    let room = ui.available_rect_before_wrap();
    let Some(open) = state.open.clone() else { return list(ui, room, matches, state) };
    if room.width() < SIDE_BY_SIDE {
        return details(ui, room, &open, state, actions);
    }
    let (left, right) = room.split_left_right_at_x(room.right() - DETAILS_WIDTH);
    list(ui, left.with_max_x(left.right() - space::M), matches, state);
    details(ui, right, &open, state, actions);
}

fn foot(ui: &mut Ui, actions: &mut Vec<Action>) {
    let button = Button::secondary("Export support bundle…").icon(Icon::Package).compact();
    if ui.add(button.tooltip("All of this without secrets, as a zip; what is in it is shown first")).clicked() {
        actions.push(Action::ExportBundle);
    }
}

/// A part of the tab. It has an id of its own wherever it stands, so that the list keeps the keyboard and its place when an
/// event opens beside it.
fn part<R>(ui: &mut Ui, name: &str, rect: Rect, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let builder = UiBuilder::new().scope_id(Id::unique(name)).max_rect(rect).layout(Layout::top_down(Align::Min));
    ui.scope_builder(builder, contents).inner
}

fn details(ui: &mut Ui, rect: Rect, event: &Event, state: &mut ActivityState, actions: &mut Vec<Action>) {
    if part(ui, "activity-details", rect, |ui| activity_details::show(ui, rect.size(), event, actions)) {
        state.open = None;
    }
}

/// Escape closes the open event, unless it is meant for the filter, for a list, for a question or for a lookup that runs.
fn escapes(ui: &Ui, app: &App) -> bool {
    let is_elsewhere = ui.memory(|memory| memory.has_focus(filter_id()))
        || Popup::is_any_open(ui.ctx())
        || app.question.is_some()
        || app.desk().is_some_and(Desk::is_running);
    !is_elsewhere && ui.input(|input| input.key_pressed(Key::Escape))
}

fn filter_id() -> Id {
    Id::unique("activity-filter")
}

fn filters(ui: &mut Ui, app: &App, state: &mut ActivityState, matches: &Matches) {
    let in_one_row = ui.available_width() >= ONE_ROW;
    ui.spacing_mut().item_spacing = vec2(space::S, space::S);
    ui.horizontal(|ui| {
        let mut kind = KINDS.iter().position(|(_, kind)| *kind == state.filter.kind).unwrap_or(0);
        if segmented(ui, &mut kind, &KINDS.map(|(word, _)| word)).changed() {
            state.filter.kind = KINDS[kind].1;
        }
        if in_one_row {
            further_filters(ui, app, &mut state.filter);
        }
        count(ui, state, matches);
    });
    if !in_one_row {
        ui.horizontal(|ui| further_filters(ui, app, &mut state.filter));
    }
}

fn further_filters(ui: &mut Ui, app: &App, filter: &mut Filter) {
    // The text takes what the two lists leave, within reason.
    let width = (ui.available_width() - 2.0 * 124.0 - 130.0).clamp(120.0, 220.0);
    let field = Field::new("Filter", &mut filter.text).label_unseen().hint("Filter").icon(Icon::Search).compact();
    field.width(width).id(filter_id()).char_limit(256).show(ui);
    let mut outcome = OUTCOMES.iter().position(|(_, wanted)| *wanted == filter.wanted);
    let choices = OUTCOMES.map(|(word, _)| Choice::from(word));
    if Select::new("Outcome filter").compact().width(124.0).show(ui, &mut outcome, &choices).changed() {
        filter.wanted = outcome.map_or(Wanted::Any, |index| OUTCOMES[index].1);
    }
    let profiles = app.profiles();
    let mut chosen = match &filter.profile {
        None => Some(0),
        Some(id) => profiles.iter().position(|profile| profile.id.as_str() == &**id).map(|index| index + 1),
    };
    let names = profiles.iter().map(|profile| Choice::from(profile.name.as_str()));
    let choices: Vec<Choice<'_>> = std::iter::once(Choice::from("Any profile")).chain(names).collect();
    let select = Select::new("Profile filter").compact().width(124.0).nothing("A deleted key");
    if select.show(ui, &mut chosen, &choices).changed() {
        let profile = chosen.and_then(|index| index.checked_sub(1)).and_then(|index| profiles.get(index));
        filter.profile = profile.map(|profile| profile.id.as_str().into());
    }
}

fn count(ui: &mut Ui, state: &ActivityState, matches: &Matches) {
    let all = matches.snapshot().len();
    let text = match all {
        1 if state.filter.is_open() => "1 event".to_owned(),
        _ if state.filter.is_open() => format!("{all} events"),
        _ => format!("{} of {all} events", matches.len()),
    };
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.label(theme::small(text).color(Palette::of(ui).muted));
    });
}

fn nothing(ui: &mut Ui, state: &mut ActivityState, is_log_empty: bool, scan: Scan) {
    let palette = Palette::of(ui);
    ui.add_space(space::XXL);
    ui.vertical_centered(|ui| {
        let (icon, title, text) = match scan {
            Scan::Left(_) => (Icon::Search, "Looking through the log…", "Older events are still to be looked at."),
            Scan::Done if is_log_empty => (
                Icon::Activity,
                "Nothing has been sent yet",
                "Every token request, price request and keychain call will be listed here, with its reason.",
            ),
            Scan::Done => {
                (Icon::FunnelX, "No event is like that", "The log holds others: change the filter to see them.")
            }
        };
        icon::show(ui, icon, icon::LARGE, palette.muted);
        ui.label(theme::heading(title));
        ui.label(theme::small(text).color(palette.text2));
        ui.add_space(space::S);
        if !is_log_empty && ui.add(Button::secondary("Clear filter").icon(Icon::X)).clicked() {
            state.filter = Filter::default();
        }
    });
}

fn list(ui: &mut Ui, rect: Rect, matches: &Matches, state: &mut ActivityState) {
    let came_on_top = state.newest.and_then(|number| matches.place_of(number)).unwrap_or(0);
    state.newest = matches.newest(0).map(|event| event.number);
    let chosen = state.open.as_ref().and_then(|event| matches.place_of(event.number));
    let columns = [
        Column::new("Time", 56.0),
        Column::new("Kind", 78.0),
        Column::new("What", 130.0).grows(),
        Column::new("Reason", 112.0).drops(3),
        Column::new("Profile", 84.0).drops(4),
        Column::new("Outcome", 104.0),
        Column::new("HTTP", 32.0).align(CellAlign::Right).drops(2),
        Column::new("ms", 44.0).align(CellAlign::Right).drops(1),
    ];
    let key = |index: usize| matches.newest(index).map_or(0, |event| event.number);
    let height = rect.height() - 2.0;
    part(ui, "activity-list", rect, |ui| {
        card(ui, |ui| {
            ui.set_height(height);
            let table = Table::new("activity", &columns).stripes(Stripes::Zebra).clickable(chosen).keyed(&key);
            let table = table.came_on_top(came_on_top).max_height(height);
            let clicked = table.show(ui, matches.len(), |index| match matches.newest(index) {
                Some(event) => cells(event),
                None => Vec::new(),
            });
            if let Some(TableClicked::Row(index)) = clicked {
                let event = matches.newest(index).cloned();
                let is_open = state.open.as_ref().map(|open| open.number) == event.as_ref().map(|event| event.number);
                state.open = event.filter(|_| !is_open);
            }
        });
    });
}

fn cells(event: &Event) -> Vec<Cell<'_>> {
    let subject = Cell::new(&*event.subject).remark(event.remark());
    let (outcome_icon, tone) = outcome(event.outcome);
    vec![
        Cell::new(words::time_of_day(event.at)).secondary(),
        Cell::new(event.kind.label()).icon(kind_icon(event.kind)),
        if event.kind == Kind::Price { subject.mono() } else { subject.strong() },
        Cell::new(event.reason.label()).secondary(),
        event.profile.as_ref().map_or_else(Cell::absent, |profile| Cell::new(&*profile.name).secondary()),
        Cell::new(event.outcome.label()).icon(outcome_icon).tone(tone),
        event
            .status()
            .map_or_else(Cell::absent, |status| Cell::new(status.to_string()).strong().tone(status_tone(status))),
        if event.kind == Kind::Note {
            Cell::absent()
        } else {
            Cell::new(event.took.as_millis().to_string()).secondary()
        },
    ]
}

/// The icon of a kind; its word is [`Kind::label`].
pub(super) fn kind_icon(kind: Kind) -> Icon {
    match kind {
        Kind::Token => Icon::KeyRound,
        Kind::Price => Icon::Tags,
        Kind::Keychain => Icon::Lock,
        Kind::Check => Icon::Stethoscope,
        Kind::Note => Icon::ArrowRightLeft,
    }
}

/// Icon and tone of an outcome; its word is [`EventOutcome::label`].
pub(super) fn outcome(outcome: EventOutcome) -> (Icon, Tone) {
    match outcome {
        EventOutcome::Done => (Icon::CircleCheck, Tone::Ok),
        EventOutcome::Answered(outcome) => words::outcome(outcome),
        EventOutcome::Failed => (Icon::CircleX, Tone::Err),
        EventOutcome::GivenUp => (Icon::CircleSlash, Tone::Neutral),
    }
}

fn status_tone(status: u16) -> Tone {
    match status {
        200..=299 => Tone::Ok,
        401 => Tone::Warn,
        403 => Tone::Deny,
        404 => Tone::Info,
        _ => Tone::Err,
    }
}
