//! An entry that was opened: a run as a table, a lookup of one SKU as its answer, with what the SKU cost before.

use compact_str::CompactString;
use egui::{Id, Ui};

use super::super::icon::Icon;
use super::super::results_view::{self, BodyKnown, Results};
use super::super::theme::{self, Palette, space};
use super::super::widgets::{Button, EnvTag, Tone, elided, facts, notice};
use super::super::{result_card, scrolled, words};
use super::{State, over_time};
use crate::app::history::{HistoryAction, Opened, OpenedLookup};
use crate::app::{Action, App, Question};
use crate::batch::{Answered, RunHeader, RunId, RunKind};
use crate::history::{AnswerId, Bodies, LoadedRun, Standing};
use crate::prices::Outcome;

/// Below this width, in points, buttons show their icons only.
const NARROW: f32 = 620.0;
/// The same for the way back and the removal of a run, which has more buttons.
const TIGHT: f32 = 1040.0;
/// What a run's tag and buttons take then, in points.
const ACTS: f32 = 530.0;

pub(super) fn show(ui: &mut Ui, app: &App, opened: &Opened, state: &mut State, actions: &mut Vec<Action>) {
    match opened {
        Opened::Run(run) => of_run(ui, app, run, state, actions),
        Opened::Lookup(lookup) => of_lookup(ui, app, lookup, state, actions),
    }
}

fn of_run(ui: &mut Ui, app: &App, run: &LoadedRun, state: &mut State, actions: &mut Vec<Action>) {
    let is_open = run.rows.counts().all() < run.rows.len();
    let is_free = !matches!(run.standing, Standing::UnderWay | Standing::Elsewhere);
    let goes_on = match (is_open, run.rows.counts().of(Outcome::Failed)) {
        _ if !is_free => None,
        (true, _) => Some(("Resume", "Asks for the SKUs that have no answer yet")),
        (false, 0) => None,
        (false, _) => Some(("Open in Batch", "There you can retry what failed")),
    };
    let goes_on = goes_on.map(|(word, tooltip)| GoesOn { word, tooltip, why_not: app.why_not_resume(&run.header) });
    let title = if run.header.source.is_empty() { "A list" } else { &run.header.source };
    let chosen = state.results.chosen().and_then(|place| run.rows.get(place));
    let sku = chosen.map(|answered| &answered.sku).filter(|sku| !sku.is_empty());
    let over_time = Some(match sku {
        _ if app.past.is_drawing() => Err("The recorded prices are being read."),
        Some(sku) => Ok(sku),
        None => Err("Choose a row first."),
    });
    let acts = Acts { goes_on, over_time };
    if let Some(over_time) = &app.past.over_time {
        // In the place of the results, which stay as they are.
        scrolled::column(ui, |ui| {
            head(ui, run.id, &run.header, title, &acts, actions);
            if over_time::show(ui, over_time, over_time::Card::Closes) {
                actions.push(Action::History(HistoryAction::HideOverTime));
            }
        });
        return;
    }
    head(ui, run.id, &run.header, title, &acts, actions);
    if run.unreadable > 0 {
        let count = super::super::grid::thousands(run.unreadable as i64);
        let text =
            format!("{count} of the answers cannot be read: the history is damaged there. Look these SKUs up again.");
        notice(ui, Tone::Warn, Icon::TriangleAlert, &text, None);
    }
    let body = |place, answered: &Answered| known(app, run, AnswerId::of(run.id, place, answered));
    let fetch_body =
        |place, answered: &Answered| Action::History(HistoryAction::FetchBody(AnswerId::of(run.id, place, answered)));
    let results = Results {
        name: "Run of the history",
        run: run.id.0 as u64,
        rows: &run.rows,
        body: &body,
        fetch_body: &fetch_body,
    };
    results_view::show(ui, &app.spawner, &results, &mut state.results, actions, |ui, view, actions| {
        crate::ui::export_menu::of_run(ui, &run.header, None, view, actions);
    });
}

/// What is known of a body of the open run.
fn known(app: &App, run: &LoadedRun, answer: AnswerId) -> BodyKnown {
    if app.past.is_fetching(answer) {
        return BodyKnown::Fetching;
    }
    match app.past.fetched(answer) {
        None => BodyKnown::Unasked,
        Some(Ok(Some(body))) => BodyKnown::There(body.clone()),
        Some(Ok(None)) => BodyKnown::NotKept(
            match run.bodies {
                Bodies::Removed => "The body was removed to keep the history within its limit.",
                Bodies::Partly => {
                    "No body came with this answer, or it was left out to keep the history within its limit."
                }
                Bodies::Kept => "No body came with this answer.",
            }
            .into(),
        ),
        Some(Err(error)) => BodyKnown::NotKept(error.to_string().into()),
    }
}

fn of_lookup(ui: &mut Ui, app: &App, opened: &OpenedLookup, state: &mut State, actions: &mut Vec<Action>) {
    let OpenedLookup { entry, shown, over_time } = opened;
    scrolled::column(ui, |ui| {
        head(ui, entry.id, &entry.header, &shown.lookup.sku, &Acts::default(), actions);
        if entry.bodies == Bodies::Removed && shown.lookup.body.is_none() {
            let text = "The body was removed to keep the history within its limit.";
            ui.label(theme::caption(text).color(Palette::of(ui).muted));
        }
        // One answer can name many prices; a line takes two of the same.
        if over_time.is_over_time() {
            over_time::show(ui, over_time, over_time::Card::Stays);
            ui.add_space(space::S);
        }
        result_card::show(ui, app, shown, &shown.lookup.sku, &mut state.result, actions);
        ui.add_space(space::L);
    });
}

/// How a run is taken up where batches are run.
struct GoesOn {
    word: &'static str,
    tooltip: &'static str,
    why_not: Option<String>,
}

/// What can be done with an entry beside its removal.
#[derive(Default)]
struct Acts<'a> {
    goes_on: Option<GoesOn>,
    /// The SKU whose prices over time can be drawn, or why there is none now.
    over_time: Option<Result<&'a CompactString, &'static str>>,
}

/// The way back, what is open, and what can be done with it.
fn head(ui: &mut Ui, id: RunId, header: &RunHeader, title: &str, acts: &Acts<'_>, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    let is_narrow = ui.available_width() < NARROW;
    let is_tight = is_narrow || (acts.goes_on.is_some() && ui.available_width() < TIGHT);
    ui.horizontal(|ui| {
        let back = Button::ghost("Back to the list").compact();
        let back = if is_tight { back.icon_only(Icon::ArrowLeft) } else { back.icon(Icon::ArrowLeft) };
        if ui.add(back).clicked() {
            actions.push(Action::History(HistoryAction::Close));
        }
        let most = ui.available_width() * 0.4;
        let room =
            if is_tight && !is_narrow { (ui.available_width() - ACTS).min(most).max(80.0) } else { most.max(80.0) };
        elided(ui, title, &theme::small_strong_style(), palette.text, room);
        ui.add(EnvTag::new(words::environment(header.environment)));
        super::super::at_right::at_right(ui, "history-acts", |ui| {
            fn icon(button: Button<'_>, icon: Icon, is_narrow: bool) -> Button<'_> {
                if is_narrow { button.icon_only(icon) } else { button.icon(icon) }
            }
            if let Some(GoesOn { word, tooltip, why_not }) = &acts.goes_on {
                let button = Button::primary(word).compact().tooltip(tooltip).blocked(why_not.as_deref());
                if ui.add(icon(button, Icon::Play, is_narrow)).clicked() {
                    actions.push(Action::History(HistoryAction::Resume(id)));
                }
            }
            if let Some(sku) = acts.over_time {
                let button = Button::secondary("Prices over time").compact().blocked(sku.err());
                if ui.add(icon(button, Icon::ChartLine, is_narrow)).clicked()
                    && let Ok(sku) = sku
                {
                    actions.push(Action::History(HistoryAction::ShowOverTime(sku.clone())));
                }
            }
            let delete = icon(Button::ghost("Remove from history…").compact(), Icon::Trash2, is_tight);
            if ui.add(delete.tooltip("Removes this entry with its answers for good; asks first")).clicked() {
                actions.push(Action::Ask(Question::RemoveEntry(id)));
            }
        });
    });
    let when = words::day_and_time(header.started);
    let parameters: Vec<String> = header.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let parameters = parameters.join("&");
    let mut parts = vec![header.profile_name.as_str(), when.as_str()];
    if !parameters.is_empty() {
        parts.push(&parameters);
    }
    if header.kind == RunKind::Single && !header.source.is_empty() {
        parts.push(&header.source);
    }
    ui.push_id(Id::unique("history-facts"), |ui| facts(ui, &parts));
    // A tooltip alone would leave the button looking broken.
    if let Some(why_not) = acts.goes_on.as_ref().and_then(|goes_on| goes_on.why_not.as_deref()) {
        notice(ui, Tone::Warn, Icon::TriangleAlert, why_not, None);
    }
}
