//! The list of what was looked up before, the search above it, and beneath it what is kept and for how long.

use egui::{Align, Id, Layout, Ui};

use super::super::grid::thousands;
use super::super::icon::{self, Icon};
use super::super::theme::{self, Palette, height, space};
use super::super::widgets::{
    Button, Cell, Choice, Column, Field, Offer, Select, Stripes, Table, TableClicked, Tone, card, notice, segmented,
    spinner,
};
use super::super::words;
use super::standing;
use crate::app::history::{HistoryAction, Listed};
use crate::app::{Action, App, Question};
use crate::batch::RunKind;
use crate::history::{Bodies, Entry, Keeping, Standing};
use crate::prices::Outcome;

/// The limits that can be chosen, in megabytes.
const LIMITS: [u32; 5] = [50, 100, 500, 2_000, 10_000];
/// The least height of the table, in points.
const LEAST: f32 = 120.0;
/// Below this width, in points, what stands beneath the list takes two rows.
const NARROW: f32 = 480.0;
/// Below this one, buttons beneath it show their icons only.
const TIGHT: f32 = 600.0;

pub(super) fn show(ui: &mut Ui, app: &App, typed: &mut String, actions: &mut Vec<Action>) {
    search(ui, typed, actions);
    if app.settings.history.keep == Keeping::ThisRun {
        let text = "The history is off: what you look up now is kept in memory, until the program ends.";
        notice(ui, Tone::Info, Icon::Info, text, None);
    }
    let Some(listed) = &app.past.listed else { return nothing_known(ui, app) };
    resumable(ui, listed, actions);
    if listed.found.unreadable > 0 {
        let count = thousands(listed.found.unreadable as i64);
        let text = format!("{count} of these entries cannot be read and are not listed: the history is damaged there.");
        notice(ui, Tone::Warn, Icon::TriangleAlert, &text, None);
    }
    if listed.found.entries.is_empty() {
        nothing(ui, app, typed, actions);
    } else {
        entries(ui, listed, actions);
    }
    foot(ui, app, listed, actions);
}

fn search(ui: &mut Ui, typed: &mut String, actions: &mut Vec<Action>) {
    let field = Field::new("Search history", typed).label_unseen().icon(Icon::Search).char_limit(256);
    let hint = "SKU, profile, list, outcome or day, such as 2026-11-24";
    let response = field.hint(hint).id(Id::unique("search-history")).show(ui);
    if response.changed() {
        actions.push(Action::History(HistoryAction::Search(typed.clone())));
    }
}

/// The latest run that can be gone on with.
fn resumable(ui: &mut Ui, listed: &Listed, actions: &mut Vec<Action>) {
    let Some(entry) = listed.found.entries.iter().find(|entry| entry.can_resume()) else { return };
    let text = format!("{}: {}.", subject(entry), lowered(&standing(entry)));
    let resume = Offer { word: "Resume", icon: Icon::Play };
    if notice(ui, Tone::Warn, Icon::CirclePause, &text, Some(resume)).clicked() {
        actions.push(Action::History(HistoryAction::Resume(entry.id)));
    }
}

fn lowered(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// What an entry is of.
fn subject(entry: &Entry) -> String {
    match (&entry.sku, entry.header.source.as_str()) {
        (Some(sku), _) => sku.to_string(),
        (None, "") => "A list".to_owned(),
        (None, source) => source.to_owned(),
    }
}

fn entries(ui: &mut Ui, listed: &Listed, actions: &mut Vec<Action>) {
    let found = &listed.found;
    let columns = [
        Column::new("When", 118.0),
        Column::new("What", 130.0).grows(),
        Column::new("Key", 174.0).drops(1),
        Column::new("Answers", 144.0),
        Column::new("State", 170.0).drops(2),
    ];
    let room = ui.available_height() - foot_height(ui) - space::S;
    let more = found.all > found.entries.len() + found.unreadable;
    let room = if more { room - height::COMPACT - space::S } else { room };
    card(ui, |ui| {
        let key = |index: usize| found.entries.get(index).map_or(0, |entry| entry.id.0 as u64);
        let table = Table::new("history", &columns).stripes(Stripes::Zebra).clickable(None).keyed(&key);
        let clicked = table
            .max_height(room.max(LEAST))
            .show(ui, found.entries.len(), |row| found.entries.get(row).map(cells).unwrap_or_default());
        if let Some(TableClicked::Row(row)) = clicked
            && let Some(entry) = found.entries.get(row)
        {
            actions.push(Action::History(HistoryAction::Open(entry.id)));
        }
    });
    if more {
        ui.horizontal(|ui| {
            if ui.add(Button::secondary("Show more").compact().icon(Icon::ChevronDown)).clicked() {
                actions.push(Action::History(HistoryAction::More));
            }
            let text = format!("{} of {}", thousands(found.entries.len() as i64), thousands(found.all as i64));
            ui.label(theme::caption(text).color(Palette::of(ui).muted));
        });
    }
}

fn cells(entry: &Entry) -> Vec<Cell<'_>> {
    let header = &entry.header;
    let environment = words::environment(header.environment);
    let what = match &entry.sku {
        Some(sku) => Cell::new(sku.as_str()).mono(),
        None => Cell::new(subject(entry)).icon(Icon::List).remark(format!("{} SKUs", thousands(header.count as i64))),
    };
    let key = Cell::new(header.profile_name.as_str()).icon(environment.icon()).remark(environment.word());
    vec![Cell::new(words::day_and_minute(header.started)).secondary(), what, key, answers(entry), state(entry)]
}

/// The outcome of one SKU, or how many of a run have the worst and the best.
fn answers(entry: &Entry) -> Cell<'static> {
    let present: Vec<Outcome> = Outcome::ALL.into_iter().filter(|outcome| entry.counts.of(*outcome) > 0).collect();
    if let (RunKind::Single, [outcome]) = (entry.header.kind, present.as_slice()) {
        let (icon, tone) = words::outcome(*outcome);
        return Cell::new(outcome.label()).icon(icon).tone(tone);
    }
    // What needs a look comes first: the outcomes stand from good to bad.
    let Some(outcome) = present.last() else { return Cell::new("No answer yet").muted() };
    let (icon, tone) = words::outcome(*outcome);
    let count = |outcome| thousands(entry.counts.of(outcome) as i64);
    let cell = Cell::new(format!("{} {}", count(*outcome), lowered(outcome.label()))).icon(icon).tone(tone);
    match (outcome, entry.counts.of(Outcome::Priced)) {
        (Outcome::Priced, _) | (_, 0) => cell,
        _ => cell.remark(format!("{} priced", count(Outcome::Priced))),
    }
}

fn state(entry: &Entry) -> Cell<'static> {
    let cell = match entry.standing {
        Standing::Finished if entry.header.kind == RunKind::Single => Cell::new("Single lookup").secondary(),
        Standing::Finished => Cell::new(standing(entry)).icon(Icon::CircleCheck).tone(Tone::Ok),
        Standing::CutOff | Standing::Stopped => Cell::new(standing(entry)).icon(Icon::CirclePause).tone(Tone::Warn),
        Standing::UnderWay | Standing::Elsewhere => {
            Cell::new(standing(entry)).icon(Icon::LoaderCircle).tone(Tone::Info)
        }
    };
    match entry.bodies {
        Bodies::Kept => cell,
        Bodies::Partly => cell.remark("some bodies not kept"),
        Bodies::Removed => cell.remark("bodies removed"),
    }
}

fn nothing_known(ui: &mut Ui, app: &App) {
    if app.past.is_searching() {
        ui.horizontal(|ui| {
            spinner(ui, icon::SMALL, "Reading the history");
            ui.label(theme::small("Reading the history…").color(Palette::of(ui).text2));
        });
    }
}

fn nothing(ui: &mut Ui, app: &App, typed: &mut String, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    let searched = !app.past.words.trim().is_empty();
    let room = ui.available_height() - foot_height(ui) - space::S;
    ui.allocate_ui_with_layout(
        egui::vec2(ui.available_width(), room.max(LEAST)),
        Layout::top_down(Align::Center),
        |ui| {
            ui.set_min_height(room.max(LEAST));
            ui.add_space(space::XXL.min(room / 4.0));
            icon::show(ui, Icon::History, icon::LARGE, palette.muted);
            if searched {
                ui.label(theme::heading("Nothing found"));
                let text = format!("No SKU, profile, list, outcome or day matches “{}”.", app.past.words.trim());
                ui.label(theme::small(text).color(palette.text2));
                if ui.add(Button::secondary("Show all").compact()).clicked() {
                    typed.clear();
                    actions.push(Action::History(HistoryAction::Search(String::new())));
                }
            } else {
                ui.label(theme::heading("Nothing looked up yet"));
                ui.label(theme::small("Every lookup is kept here with its answer.").color(palette.text2));
            }
        },
    );
}

fn foot_height(ui: &Ui) -> f32 {
    if ui.available_width() < NARROW { 2.0 * height::CONTROL + space::S } else { height::CONTROL }
}

/// What is kept, how much it takes, and the way to be rid of it.
fn foot(ui: &mut Ui, app: &App, listed: &Listed, actions: &mut Vec<Action>) {
    if ui.available_width() < NARROW {
        ui.horizontal(|ui| keeping(ui, app, actions));
        ui.horizontal(|ui| limit(ui, app, listed, actions));
    } else {
        ui.horizontal(|ui| {
            keeping(ui, app, actions);
            ui.add_space(space::S);
            limit(ui, app, listed, actions);
        });
    }
}

fn keeping(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let mut chosen = usize::from(app.settings.history.keep == Keeping::ThisRun);
    let response = segmented(ui, &mut chosen, &["Keep history", "Off"]);
    if response.changed() {
        let keeping = if chosen == 0 { Keeping::OnDisk } else { Keeping::ThisRun };
        actions.push(Action::History(HistoryAction::Keep(keeping)));
    }
    response.on_hover_text("Off: what is looked up is kept in memory, until the program ends.");
}

fn limit(ui: &mut Ui, app: &App, listed: &Listed, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    let is_tight = ui.max_rect().width() < TIGHT;
    let size = listed.size;
    let entries =
        if size.entries == 1 { "1 entry".to_owned() } else { format!("{} entries", thousands(size.entries as i64)) };
    let text = format!("{entries}, {} of", words::size(usize::try_from(size.bytes).unwrap_or(usize::MAX)));
    ui.label(theme::caption(text).color(palette.muted));
    let current = app.settings.history.limit_mb;
    let mut limits = LIMITS.to_vec();
    if !limits.contains(&current) {
        limits.push(current);
        limits.sort_unstable();
    }
    let names: Vec<String> = limits.iter().map(|limit| named(*limit)).collect();
    let choices: Vec<Choice<'_>> = names.iter().map(|name| name.as_str().into()).collect();
    let mut chosen = limits.iter().position(|limit| *limit == current);
    let select = Select::new("Limit of the history").compact().width(92.0).show(ui, &mut chosen, &choices);
    if select.changed()
        && let Some(limit) = chosen.and_then(|chosen| limits.get(chosen))
    {
        actions.push(Action::History(HistoryAction::SetLimit(*limit)));
    }
    select.on_hover_text(match app.settings.history.keep {
        Keeping::OnDisk => {
            "Above it the oldest bodies go first, then the oldest entries; never the latest, nor a run that can be \
             resumed. One run keeps bodies up to half of it."
        }
        Keeping::ThisRun => "The history is off: the limit holds for what was kept on disk before.",
    });
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let blocked = match (size.entries, app.past.is_changing()) {
            (_, true) => Some("The history is being changed."),
            (0, _) => Some("There is nothing to clear."),
            _ => None,
        };
        let button = Button::ghost("Clear history…").compact().blocked(blocked);
        let button = if is_tight { button.icon_only(Icon::Trash2) } else { button.icon(Icon::Trash2) };
        if ui.add(button).clicked() {
            actions.push(Action::Ask(Question::ClearHistory));
        }
    });
}

fn named(limit_mb: u32) -> String {
    if limit_mb >= 1000 && limit_mb.is_multiple_of(1000) {
        format!("{} GB", limit_mb / 1000)
    } else {
        format!("{limit_mb} MB")
    }
}
