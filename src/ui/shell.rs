//! The frame around the views: which view stands where, at which width, and what happens at the end of a frame.

use crate::app::App;
use crate::keys::ThemeChoice;

/// What views remember between frames that no other part needs to know.
#[derive(Default)]
pub struct Views {}

/// Draws one frame: takes in what finished, shows it, applies what was asked for.
pub fn show(ui: &mut egui::Ui, app: &mut App, _views: &mut Views) {
    app.poll();
    ui.label("…");
}

/// Sets the theme that the user chose.
pub fn choose_theme(ctx: &egui::Context, theme: ThemeChoice) {
    ctx.set_theme(match theme {
        ThemeChoice::System => egui::ThemePreference::System,
        ThemeChoice::Light => egui::ThemePreference::Light,
        ThemeChoice::Dark => egui::ThemePreference::Dark,
    });
}
