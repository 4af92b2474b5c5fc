//! The status bar: a token on the clipboard and its end there; what the last token request was good for, where keys rest, which host is talked to.

use egui::{Align, Frame, Layout, Margin, Panel, TextStyle, Ui};

use super::icon::{self, Icon};
use super::theme::{self, Palette, height, space};
use super::widgets::{Button, elided};
use crate::app::{Action, App};
use crate::clipboard::Shown;
use crate::http::host_of;
use crate::token::status::countdown;

/// What must be left of the bar for the clock to have a place in it, in points.
const ROOM_FOR_CLOCK: f32 = 300.0;

/// With less room than this beside a token on the clipboard, nothing else is said, in points.
const ROOM_BESIDE_TOKEN: f32 = 340.0;

/// Draws the bar.
pub fn show(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    let frame = Frame::new().fill(palette.panel).inner_margin(Margin::symmetric(16, 0));
    Panel::bottom("status-bar").exact_size(height::STATUS).frame(frame).show(ui, |ui| {
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let copied = copied(&app.clipboard.shown());
            let is_copied = copied.is_some();
            let (icon, text) = copied.unwrap_or_else(|| left(app));
            icon::show(ui, icon, icon::SMALL, palette.text2);
            let room = (ui.available_width() * 0.5).max(100.0);
            elided(ui, &text, &TextStyle::Small, palette.text2, room);
            if is_copied {
                ui.spacing_mut().interact_size.y = height::TAG;
                if ui.add(Button::ghost("Clear now").icon(Icon::Eraser).compact()).clicked() {
                    actions.push(Action::ClearClipboard);
                }
            }
            if is_copied && ui.available_width() < ROOM_BESIDE_TOKEN {
                return;
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if let Some(profile) = app.active_profile() {
                    ui.label(theme::caption(host_of(&profile.api_url)).color(palette.text2));
                    ui.add_space(space::S);
                }
                let (icon, text) = keychain(app);
                let label = ui.label(theme::caption(text).color(palette.text2));
                icon::show(ui, icon, icon::SMALL, palette.text2);
                if let Some(offset) = app.server_clock().offset().filter(|_| ui.available_width() > ROOM_FOR_CLOCK) {
                    ui.add_space(space::S);
                    let colour = if offset.matters() { palette.warn } else { palette.text2 };
                    let text = format!("PC clock {}", offset.in_words());
                    ui.label(theme::caption(text).color(colour))
                        .on_hover_text("Against the clock of the token endpoint");
                    icon::show(ui, Icon::Clock, icon::SMALL, colour);
                }
                if let Some(Err(error)) = &app.keychain_state {
                    let detail = error.detail().map(|detail| format!("\n\n{detail}")).unwrap_or_default();
                    label.on_hover_text(format!("{error} {}{detail}", error.next_step()));
                }
            });
        });
    });
}

/// What is to be said of a token on the clipboard.
fn copied(shown: &Shown) -> Option<(Icon, String)> {
    match shown {
        Shown::Nothing => None,
        Shown::Asked => Some((Icon::Clipboard, "Asking the clipboard…".into())),
        Shown::Silent => Some((Icon::TriangleAlert, "The system's clipboard does not answer.".into())),
        Shown::Held(left) => {
            Some((Icon::ClipboardCheck, format!("Token on the clipboard, cleared in {}", countdown(*left))))
        }
        Shown::NotCleared(error) => {
            Some((Icon::TriangleAlert, format!("The token is still on the clipboard. {error}")))
        }
    }
}

fn left(app: &App) -> (Icon, String) {
    if let Some(what) = app.done {
        return (Icon::Check, what.to_owned());
    }
    if let Some(said) = super::batch_view::running::in_status_bar(app) {
        return said;
    }
    let status = app.status();
    if status.as_ref().is_some_and(|status| status.token.is_none() && status.failure.is_some()) {
        return (Icon::TriangleAlert, "The last token request failed.".into());
    }
    if app.active_profile().is_none() {
        return (Icon::Info, "No key chosen.".into());
    }
    match status.and_then(|status| status.token) {
        None => (Icon::Info, "No token yet: the first lookup fetches one.".into()),
        Some(token) => {
            // Refused requests count as well, so nothing is said of answers.
            let used = match token.served() {
                0 => "not used yet".to_owned(),
                1 => "sent with 1 price request".to_owned(),
                many => format!("sent with {many} price requests"),
            };
            (Icon::Activity, format!("Token {} of this run: {used}", token.generation()))
        }
    }
}

fn keychain(app: &App) -> (Icon, &'static str) {
    match &app.keychain_state {
        None => (Icon::Lock, "Asking the system keychain…"),
        Some(Ok(())) => (Icon::Lock, "System keychain ready"),
        Some(Err(_)) => (Icon::LockOpen, "No system keychain"),
    }
}
