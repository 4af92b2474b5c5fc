//! The offer to take up a run that was cut off when the program ended.

use egui::Ui;

use super::super::icon::{self, Icon};
use super::super::scrolled;
use super::super::theme::{self, Palette, space};
use super::super::widgets::{Button, card, card_body, elided};
use super::super::words;
use crate::app::batch::BatchAction;
use crate::app::{Action, App};
use crate::history::Entry;
use crate::lists::preflight::grouped;

/// With less room than this, in points, the buttons stand beneath the words.
const ROOM_FOR_BUTTONS: f32 = 720.0;
/// The room that both buttons take, in points.
const BUTTONS: f32 = 200.0;
/// So much of the key's and the list's name is always seen, in points.
const ROOM_FOR_NAME: f32 = 160.0;

/// Draws the offer, where there is one.
pub fn show(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let Some(entry) = app.batch.offer.as_ref().filter(|_| app.batch.running().is_none()) else { return };
    scrolled::beside_bars(ui, |ui| {
        card(ui, |ui| {
            card_body(ui, |ui| {
                if ui.available_width() >= ROOM_FOR_BUTTONS {
                    ui.horizontal(|ui| {
                        said(ui, entry);
                        buttons(ui, entry, actions);
                    });
                } else {
                    ui.horizontal_wrapped(|ui| said(ui, entry));
                    ui.horizontal(|ui| buttons(ui, entry, actions));
                }
            });
        });
    });
    ui.add_space(space::XS);
}

fn said(ui: &mut Ui, entry: &Entry) {
    let palette = Palette::of(ui);
    icon::show(ui, Icon::History, icon::BODY, palette.warn);
    ui.label(theme::small_strong(sentence(entry)));
    let of = format!("{}, {}", entry.header.profile_name, entry.header.source);
    // A long name of a list must not push the buttons out.
    let room = (ui.available_width() - BUTTONS).max(ROOM_FOR_NAME);
    elided(ui, &of, &theme::small_style(), palette.text2, room);
}

fn buttons(ui: &mut Ui, entry: &Entry, actions: &mut Vec<Action>) {
    if ui.add(Button::secondary("Resume").icon(Icon::Play).compact()).clicked() {
        actions.push(Action::Batch(BatchAction::Resume(entry.id)));
    }
    ui.add_space(space::S);
    let later = Button::ghost("Not now").compact().tooltip("It stays in the history");
    if ui.add(later).clicked() {
        actions.push(Action::Batch(BatchAction::NotNow));
    }
}

/// *742 of 1,200 looked up on 24 Nov 2026, cut off.*
fn sentence(entry: &Entry) -> String {
    let (done, of) = (grouped(entry.answered()), grouped(entry.header.count));
    format!("{done} of {of} looked up on {}, cut off.", words::day(entry.header.started))
}
