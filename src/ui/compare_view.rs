//! The *Prices* tab's view for compare.

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
        icon::show(ui, Icon::GitCompareArrows, icon::LARGE, palette.muted);
        ui.label(theme::heading("Nothing compared yet"));
        ui.label(
            theme::small("Look the same list up under two keys or at two dates, and see what differs.")
                .color(palette.text2),
        );
    });
}
