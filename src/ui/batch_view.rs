//! The *Prices* tab's view for batch.

pub mod drop;
pub mod list;

use egui::Ui;

use super::icon::Icon;
use super::widgets::Button;
use crate::app::{Action, App};
use crate::lists::preflight::grouped;

/// What this view remembers between frames.
#[derive(Default)]
pub struct State {
    list: list::State,
}

pub fn show(ui: &mut Ui, app: &App, state: &mut State, actions: &mut Vec<Action>) {
    list::show(ui, app, &mut state.list, actions);
}

/// Starts the run.
pub fn start_button(ui: &mut Ui, app: &App, _actions: &mut Vec<Action>) {
    let count = app.list.shown().map_or(0, |shown| shown.revision.list.skus.len());
    let word = if count == 1 { "Look up 1 SKU".to_owned() } else { format!("Look up {} SKUs", grouped(count)) };
    let blocked = app.list.why_not_ready();
    ui.add(Button::primary(&word).icon(Icon::Play).blocked(blocked));
}
