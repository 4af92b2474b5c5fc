//! The status bar: what the last token request was good for, where keys rest, which host is talked to.

use egui::{Align, Frame, Layout, Margin, Panel, TextStyle, Ui};

use super::icon::{self, Icon};
use super::theme::{self, Palette, height, space};
use super::widgets::elided;
use crate::app::App;
use crate::http::host_of;

/// What must be left of the bar for the clock to have a place in it, in points.
const ROOM_FOR_CLOCK: f32 = 300.0;

/// Draws the bar.
pub fn show(ui: &mut Ui, app: &App) {
    let palette = Palette::of(ui);
    let frame = Frame::new().fill(palette.panel).inner_margin(Margin::symmetric(16, 0));
    Panel::bottom("status-bar").exact_size(height::STATUS).frame(frame).show(ui, |ui| {
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let (icon, text) = left(app);
            icon::show(ui, icon, icon::SMALL, palette.text2);
            let room = (ui.available_width() * 0.5).max(100.0);
            elided(ui, &text, &TextStyle::Small, palette.text2, room);
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

fn left(app: &App) -> (Icon, String) {
    if let Some(what) = app.done {
        return (Icon::Check, what.to_owned());
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
