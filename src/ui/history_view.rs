//! The *Prices* tab's view for history.

use egui::Ui;

use super::icon::{self, Icon};
use super::theme::{self, Palette, space};
use crate::app::{Action, App};

/// What this view remembers between frames.
#[derive(Default)]
pub struct State {}

pub fn show(ui: &mut Ui, _app: &App, _state: &mut State, _actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    ui.add_space(space::XXL);
    ui.vertical_centered(|ui| {
        icon::show(ui, Icon::History, icon::LARGE, palette.muted);
        ui.label(theme::heading("Nothing looked up yet"));
        ui.label(theme::small("Every lookup is kept here with its answer.").color(palette.text2));
    });
}
