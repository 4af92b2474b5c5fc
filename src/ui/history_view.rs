//! *History*: what was looked up before, listed, searched and opened again.
//!
//! Owns the words being typed and what an opened entry remembers. All that it shows was asked for by the app.

mod list;
mod opened;
mod over_time;

use egui::Ui;

use super::icon::Icon;
use super::widgets::{Offer, Tone, notice};
use super::{result_card, results_view, scrolled};
use crate::app::history::{HistoryAction, Opened};
use crate::app::{Action, App};
use crate::history::{Entry, Standing};

/// What this view remembers between frames.
#[derive(Default)]
pub struct State {
    /// What is being typed into the search field.
    words: String,
    results: results_view::ResultsState,
    result: result_card::ResultState,
}

pub fn show(ui: &mut Ui, app: &App, state: &mut State, actions: &mut Vec<Action>) {
    // What scrolls by itself has its bar in the gutter; the rest ends where that does.
    if matches!(app.past.opened, Some(Opened::Lookup(_))) || app.past.over_time.is_some() {
        contents(ui, app, state, actions);
    } else {
        scrolled::beside_bars(ui, |ui| contents(ui, app, state, actions));
    }
}

fn contents(ui: &mut Ui, app: &App, state: &mut State, actions: &mut Vec<Action>) {
    if let Some(problem) = &app.past.problem {
        let close = Offer { word: "Close", icon: Icon::X };
        if notice(ui, Tone::Err, Icon::CircleX, problem, Some(close)).clicked() {
            actions.push(Action::History(HistoryAction::DismissProblem));
        }
    }
    if !matches!(app.past.opened, Some(Opened::Run(_))) {
        state.results.forget(&app.spawner);
    }
    match &app.past.opened {
        Some(opened) => opened::show(ui, app, opened, state, actions),
        None => list::show(ui, app, &mut state.words, actions),
    }
}

/// How far an entry is, in words: `Cut off at 742 of 1,200`.
fn standing(entry: &Entry) -> String {
    let of = || {
        let (answered, count) = (entry.answered() as i64, entry.header.count as i64);
        format!("at {} of {}", super::grid::thousands(answered), super::grid::thousands(count))
    };
    match entry.standing {
        Standing::UnderWay => format!("Under way, {}", of()),
        Standing::Elsewhere => format!("Under way in another window, {}", of()),
        Standing::CutOff => format!("Cut off {}", of()),
        Standing::Stopped => format!("Stopped {}", of()),
        Standing::Finished => "Finished".to_owned(),
    }
}
