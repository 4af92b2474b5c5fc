//! One event, opened: why it happened, what came of it, what was sent and what came back. All of it can be copied, since
//! no event holds a secret.

use egui::{Align, CornerRadius, Frame, Layout, Margin, ScrollArea, TextStyle, Ui, Vec2};

use super::activity_view::{kind_icon, outcome};
use super::icon::{self, Icon};
use super::theme::{self, Palette, radius, space};
use super::widgets::{Button, Chip, card, elided, header_row};
use super::words;
use crate::activity::{Event, Service};
use crate::app::Action;

/// Draws the event in a card of this size; says whether it is to be closed.
pub fn show(ui: &mut Ui, size: Vec2, event: &Event, actions: &mut Vec<Action>) -> bool {
    let palette = Palette::of(ui);
    card(ui, |ui| {
        ui.set_height(size.y - 2.0);
        let closed = header_row(
            ui,
            44.0,
            |ui| title(ui, event),
            |ui| ui.add(Button::ghost("Close event").icon_only(Icon::X).compact()).clicked(),
        );
        let inside = Margin { left: 12, right: 16, top: 12, bottom: 12 };
        ScrollArea::vertical().id_salt(("event", event.number)).auto_shrink([false, false]).show(ui, |ui| {
            Frame::new().inner_margin(inside).show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.spacing_mut().item_spacing.y = space::S;
                ui.label(theme::small_strong(event.reason.sentence()));
                if !event.sentence.is_empty() {
                    ui.label(theme::small(&*event.sentence).color(palette.text2));
                }
                if let Some(service) = event.service.as_ref().map(Service::sentence).filter(|text| !text.is_empty()) {
                    ui.label(theme::small(format!("This request {service}.")).color(palette.text2));
                }
                facts(ui, event);
                let copy = Button::secondary("Copy event").icon(Icon::Copy).compact();
                if ui.add(copy.tooltip("As plain text; secrets and tokens are not in it")).clicked() {
                    actions.push(Action::Copy { text: event.to_text(), what: "Event copied. No secret is in it." });
                }
                if let Some(traffic) = &event.traffic {
                    exchange(ui, "Request", &traffic.request, traffic.sent);
                    match &traffic.response {
                        Some(response) => exchange(ui, "Answer", response, traffic.received),
                        None => _ = ui.label(theme::small("No answer came.").color(palette.text2)),
                    }
                }
            });
        });
        closed
    })
    .inner
}

fn title(ui: &mut Ui, event: &Event) {
    let palette = Palette::of(ui);
    icon::show(ui, kind_icon(event.kind), icon::BODY, palette.accent);
    let (icon, tone) = outcome(event.outcome);
    // The chip and the button at the right never give way to a long SKU.
    let room = (ui.available_width() - 160.0).max(40.0);
    elided(ui, &event.subject, &TextStyle::Body, palette.text, room);
    ui.add(Chip::new(tone, icon, event.outcome.label()));
}

fn facts(ui: &mut Ui, event: &Event) {
    let started = event.at.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S%.3f").to_string();
    fact(ui, Icon::Send, "Started", &started);
    fact(ui, Icon::Globe, "In UTC", &words::in_utc(event.at));
    fact(ui, Icon::Timer, "Took", &format!("{} ms", event.took.as_millis()));
    if let Some(profile) = &event.profile {
        fact(ui, Icon::UserRound, "Profile", &profile.name);
    }
    if let Some(generation) = event.generation {
        fact(ui, Icon::KeyRound, "Token", &format!("#{generation}"));
    }
    if let Some(lifetime) = event.lifetime {
        fact(ui, Icon::Hourglass, "Lifetime", &words::spoken(lifetime));
    }
}

fn fact(ui: &mut Ui, icon: Icon, what: &str, value: &str) {
    let palette = Palette::of(ui);
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = 18.0;
        ui.horizontal(|ui| {
            icon::show(ui, icon, icon::SMALL, palette.text2);
            ui.label(theme::small(what));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let room = ui.available_width();
                elided(ui, value, &theme::small_style(), palette.text2, room);
            });
        });
    });
}

/// One of the two texts, with the size of its body.
fn exchange(ui: &mut Ui, what: &str, text: &str, bytes: usize) {
    let palette = Palette::of(ui);
    ui.label(theme::caption(format!("{what}, body of {}", words::size(bytes))).color(palette.muted));
    let frame = Frame::new().fill(palette.field).stroke((1.0, palette.line)).inner_margin(Margin::symmetric(10, 8));
    frame.corner_radius(CornerRadius::same(radius::CONTROL)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.add(egui::Label::new(theme::mono_small(text)).wrap());
    });
}
