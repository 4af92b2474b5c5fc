//! The offer to take up a run that was cut off when the program ended.

use egui::Ui;

use super::super::icon::{self, Icon};
use super::super::theme::{self, Palette, space};
use super::super::widgets::{Button, card, card_body};
use super::super::words;
use crate::app::batch::BatchAction;
use crate::app::{Action, App};
use crate::history::Entry;
use crate::lists::preflight::grouped;

/// Draws the offer, where there is one.
pub fn show(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let Some(entry) = app.batch.offer.as_ref().filter(|_| app.batch.running().is_none()) else { return };
    let palette = Palette::of(ui);
    card(ui, |ui| {
        card_body(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                icon::show(ui, Icon::History, icon::BODY, palette.warn);
                ui.label(theme::small_strong(sentence(entry)));
                let of = format!("{}, {}", entry.header.profile_name, entry.header.source);
                ui.label(theme::small(of).color(palette.text2));
                if ui.add(Button::secondary("Resume").icon(Icon::Play).compact()).clicked() {
                    actions.push(Action::Batch(BatchAction::Resume(entry.id)));
                }
                ui.add_space(space::S);
                let later = Button::ghost("Not now").compact().tooltip("It stays in the history");
                if ui.add(later).clicked() {
                    actions.push(Action::Batch(BatchAction::NotNow));
                }
            });
        });
    });
    ui.add_space(space::XS);
}

/// *742 of 1,200 looked up on 24 Nov 2026, cut off.*
fn sentence(entry: &Entry) -> String {
    let (done, of) = (grouped(entry.answered()), grouped(entry.header.count));
    format!("{done} of {of} looked up on {}, cut off.", words::day(entry.header.started))
}
