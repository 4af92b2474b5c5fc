//! A run: how far it is, what it waits for, what can be done with it, and beneath that its answers.

mod card;
mod says;

use egui::{Ui, UiBuilder};

use super::super::at_right::at_right;
use super::super::export_menu;
use super::super::icon::Icon;
use super::super::questions::foot;
use super::super::results_view::{self, BodyKnown, Results, ResultsState};
use super::super::scrolled::GUTTER;
use super::super::theme::{self, Palette, space};
use super::super::widgets::{Button, Offer, Taken, Tone, Verdict};
use super::super::words;
use crate::app::batch::{BatchAction, CutOff, Running, standing_words};
use crate::app::history::HistoryAction;
use crate::app::{Action, App};
use crate::batch::{HaltCause, Progress, Standing};
use crate::history::AnswerId;
use crate::lists::preflight::grouped;
use crate::prices::Outcome;

/// With less room than this, in points, buttons show their icons alone.
const ROOM_FOR_WORDS: f32 = 560.0;
/// The answers have at least so much height, in points: what stands above them must not leave a strip of a table.
const LEAST_ANSWERS: f32 = 260.0;

/// Draws the run in a view that is `view` points high; its answers take what is left of them.
pub fn show(
    ui: &mut Ui,
    app: &App,
    running: &Running,
    results: &mut ResultsState,
    view: f32,
    actions: &mut Vec<Action>,
) {
    let progress = running.run.progress(tokio::time::Instant::now());
    let top = ui.cursor().top();
    card::show(ui, app, running, &progress, actions);
    ui.add_space(space::S);
    if halted(ui, app, running, &progress, actions) {
        ui.add_space(space::S);
    }
    let id = running.id;
    let shown = Results {
        name: "Batch",
        run: id.0.cast_unsigned(),
        rows: &running.rows,
        body: &|place, answered| body(app, AnswerId::of(id, place, answered)),
        fetch_body: &|place, answered| Action::History(HistoryAction::FetchBody(AnswerId::of(id, place, answered))),
    };
    let mut room = ui.available_rect_before_wrap();
    // A point less, so that rounding makes no bar.
    room.set_height((view - (room.top() - top) - 1.0).max(LEAST_ANSWERS));
    ui.scope_builder(UiBuilder::new().max_rect(room), |ui| {
        results_view::show(ui, &app.spawner, &shown, results, actions, |ui, view, actions| {
            export_menu::of_run(ui, running.run.header(), view, actions);
        });
    });
}

/// What is known of the body of an answer: the history has it.
fn body(app: &App, answer: AnswerId) -> BodyKnown {
    if app.past.is_fetching(answer) {
        return BodyKnown::Fetching;
    }
    match app.past.fetched(answer) {
        None => BodyKnown::Unasked,
        Some(Ok(Some(body))) => BodyKnown::There(body.clone()),
        Some(Ok(None)) => BodyKnown::NotKept("No body came, or it is not kept any more.".into()),
        Some(Err(error)) => BodyKnown::NotKept(error.to_string().into()),
    }
}

/// What can be done with the run, at the right of the modes.
pub fn buttons(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let Some(progress) = app.batch.progress() else { return };
    let is_wide = ui.available_width() >= ROOM_FOR_WORDS - 120.0;
    let (is_ended, failed) = (progress.standing.is_ended(), progress.counts.of(Outcome::Failed));
    let is_stopping = progress.standing == Standing::Stopping;
    at_right(ui, "batch-buttons", |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let mut button = |word: &str, icon: Icon, blocked: Option<&str>, action: BatchAction| {
            let button = Button::secondary(word).blocked(blocked);
            let button = if is_wide { button.icon(icon) } else { button.icon_only(icon) };
            if ui.add(button).clicked() {
                actions.push(Action::Batch(action));
            }
        };
        let why = (!is_ended).then_some("Stop the run first, or let it finish.");
        button("New batch", Icon::FolderOpen, why, BatchAction::Close);
        let why = match failed {
            _ if is_stopping => Some("The run is stopping."),
            0 => Some("No lookup has failed."),
            _ => None,
        };
        button("Retry failed", Icon::RotateCcw, why, BatchAction::RetryFailed);
        match &progress.standing {
            Standing::Running => button("Pause", Icon::Pause, None, BatchAction::Pause),
            Standing::Paused(_) => button("Resume", Icon::Play, None, BatchAction::GoOn),
            Standing::Stopping => button("Resume", Icon::Play, Some("The run is stopping."), BatchAction::GoOn),
            Standing::Ended(..) => {
                let why = (progress.answered >= progress.count).then_some("Every SKU has an answer.");
                button("Resume", Icon::Play, why, BatchAction::GoOn);
            }
        }
        let why = (is_ended || is_stopping).then_some("The run has been stopped, or has ended.");
        button("Stop", Icon::Square, why, BatchAction::Stop);
        // Where the cards beneath end.
        ui.add_space(f32::from(GUTTER) - space::S);
    });
}

/// Why the run paused by itself; says whether there was something to say.
fn halted(ui: &mut Ui, app: &App, running: &Running, progress: &Progress, actions: &mut Vec<Action>) -> bool {
    let Some(halt) = progress.standing.halt() else { return false };
    let verdict = halt.verdict.as_deref();
    let (icon, tone) = match (verdict, halt.cause) {
        (Some(verdict), _) => words::verdict(verdict),
        (None, HaltCause::Journal) => (Icon::HardDrive, Tone::Err),
        (None, _) => (Icon::CircleX, Tone::Err),
    };
    let why = verdict.map_or(&halt.why, |verdict| &verdict.why);
    let notes: Vec<String> =
        verdict.map(|verdict| verdict.said_sentence().into_iter().chain(verdict.doubt()).collect()).unwrap_or_default();
    // What mends it is done to the chosen key; to ask for a token is what resuming does anyway.
    let remedy = verdict.filter(|_| !app.is_other_key(&running.run.header().profile)).and_then(|verdict| {
        let (word, action) = app.offer(verdict, None)?;
        let is_asking = matches!(action, Action::GetToken | Action::RefreshToken);
        (!is_asking).then(|| (Offer { word, icon: words::remedy(verdict) }, action))
    });
    let others: Vec<Offer<'_>> = remedy.iter().map(|(offer, _)| *offer).collect();
    let shown = Verdict::new(tone, icon, why, &halt.advice).notes(&notes).others(&others);
    let shown = if progress.standing.is_ended() {
        shown
    } else {
        shown.main(Offer { word: "Resume the run", icon: Icon::Play })
    };
    match (shown.show(ui), remedy) {
        (Some(Taken::Main), _) => actions.push(Action::Batch(BatchAction::GoOn)),
        (Some(Taken::Other(_)), Some((_, action))) => actions.push(action),
        _ => {}
    }
    true
}

/// What the status bar says of the run.
pub fn in_status_bar(app: &App) -> Option<(Icon, String)> {
    let progress = app.batch.progress()?;
    let icon = match &progress.standing {
        Standing::Running => Icon::RefreshCw,
        Standing::Paused(None) | Standing::Stopping => Icon::Pause,
        Standing::Paused(Some(_)) | Standing::Ended(_, Some(_)) => Icon::TriangleAlert,
        Standing::Ended(..) => Icon::Check,
    };
    let (done, of) = (grouped(progress.answered), grouped(progress.count));
    Some((icon, format!("Batch {}, {done} of {of}", standing_words(&progress))))
}

/// The question before the window closes over what it would cut off.
pub fn leave(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let (heading, text) = match app.what_would_be_cut_off() {
        Some(CutOff::Batch) => (
            "Close while a batch is under way?",
            "What is looked up so far is kept. At the next start you can resume the run where it is cut off.",
        ),
        Some(CutOff::UnkeptBatch) => (
            "Close while a batch is under way?",
            "This run is not kept on disk: its answers are lost when the window closes.",
        ),
        Some(CutOff::Comparison) => (
            "Close while a comparison is under way?",
            "What is looked up so far is in the history, where both runs can be resumed. The comparison itself is lost.",
        ),
        Some(CutOff::Export) => (
            "Close while an export is being written?",
            "The file is not there yet. Wait a moment, or export again later.",
        ),
        None => ("Close the window?", "What was under way is done."),
    };
    ui.label(theme::heading(heading));
    ui.label(theme::small(text).color(Palette::of(ui).text2));
    foot(ui, |ui| {
        if ui.add(Button::secondary("Close the window")).clicked() {
            actions.push(Action::Batch(BatchAction::Leave));
        }
        if ui.add(Button::primary("Keep it open")).clicked() {
            actions.push(Action::CloseQuestion);
        }
    });
}
