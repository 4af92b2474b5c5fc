//! The *Prices* tab's view for batch.

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
        icon::show(ui, Icon::ListChecks, icon::LARGE, palette.muted);
        ui.label(theme::heading("No list yet"));
        ui.label(theme::small("Open a list or paste one to look many SKUs up at once.").color(palette.text2));
    });
}
