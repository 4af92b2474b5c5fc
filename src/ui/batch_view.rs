//! The *Prices* tab's view for batch: the list first, and once it is looked up, the run and what came of it.

pub mod drop;
pub mod list;
pub mod offer;
pub mod running;

use std::time::Duration;

use egui::Ui;

use super::icon::{self, Icon};
use super::results_view::ResultsState;
use super::scrolled;
use super::widgets::{Button, Offer, Tone, notice, spinner};
use crate::app::batch::BatchAction;
use crate::app::{Action, App, Search};
use crate::batch::Standing;
use crate::lists::preflight::grouped;

/// What this view remembers between frames.
#[derive(Default)]
pub struct State {
    list: list::State,
    results: ResultsState,
}

impl State {
    /// How the answers of the run are looked at.
    pub fn results(&self) -> &ResultsState {
        &self.results
    }
}

/// Draws the view. `search` has the query parameters that go with each SKU.
pub fn show(ui: &mut Ui, app: &App, search: &mut Search, state: &mut State, actions: &mut Vec<Action>) {
    if let Some(problem) = &app.batch.problem {
        let anew = app.batch.left_over().filter(|_| app.active_profile().is_some()).map(start_open_word);
        let (offer, action) = match &anew {
            Some(word) => (Offer { word, icon: Icon::Play }, BatchAction::StartOpen),
            None => (Offer { word: "Dismiss", icon: Icon::X }, BatchAction::DismissProblem),
        };
        if notice(ui, Tone::Err, Icon::CircleX, problem, Some(offer)).clicked() {
            actions.push(Action::Batch(action));
        }
    }
    let Some(running) = app.batch.running() else {
        state.results.forget(&app.spawner);
        return list::show(ui, app, search, &mut state.list, actions);
    };
    // It scrolls where the answers would have too little room beneath the rest.
    let height = ui.available_height();
    scrolled::column(ui, |ui| {
        let top = ui.cursor().top();
        if !app.batch.is_under_way() {
            list::beside_run(ui, app, actions);
        }
        let height = height - (ui.cursor().top() - top);
        running::show(ui, app, running, &mut state.results, height, actions);
    });
}

/// The button that starts the run; it says why it cannot where it cannot.
pub fn start_button(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let count = app.list.shown().map_or(0, |shown| shown.revision.list.skus.len());
    if ui.add(Button::primary(&start_word(count)).icon(Icon::Play).blocked(why_not(app))).clicked() {
        actions.push(Action::Batch(BatchAction::Start));
    }
    if app.batch.is_beginning() {
        spinner(ui, icon::BODY, "Starting the run");
    }
}

/// *Start a new run with the 1,176 open SKUs*.
fn start_open_word(open: usize) -> String {
    if open == 1 {
        "Start a new run with the open SKU".to_owned()
    } else {
        format!("Start a new run with the {} open SKUs", grouped(open))
    }
}

/// *Look up 1,200 SKUs*.
pub fn start_word(count: usize) -> String {
    if count == 1 { "Look up 1 SKU".to_owned() } else { format!("Look up {} SKUs", grouped(count)) }
}

/// Why no run can be started now, if none can.
pub fn why_not(app: &App) -> Option<&'static str> {
    if let Some(why) = app.list.why_not_ready() {
        Some(why)
    } else if app.active_profile().is_none() {
        Some("A batch needs a key, or the sandbox.")
    } else if app.batch.is_under_way() {
        Some("A batch is under way.")
    } else {
        None
    }
}

/// When a text about the run changes by itself; nothing while it changes only with its answers, or not at all.
pub fn changes_in(app: &App) -> Option<Duration> {
    let progress = app.batch.progress()?;
    // It runs with a pace, a time left and whatever it waits for; paused or ended, it changes with its answers alone.
    (progress.standing == Standing::Running).then_some(Duration::from_secs(1))
}
