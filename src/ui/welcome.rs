//! The first start: nothing is there yet, and there are two ways to begin. A key in the environment is offered as a third.

use egui::{Align, Layout, Ui};

use super::icon::{self, Icon};
use super::theme::{self, Palette, height, space};
use super::widgets::{Button, EnvTag, EnvTone, card, card_body, spinner};
use crate::app::action::Question;
use crate::app::{Action, App};
use crate::keys::Imported;
use crate::origin;

/// Draws the two ways.
pub fn show(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    ui.add_space(space::S);
    ui.label(theme::title("Two ways to start"));
    ui.label(theme::body("Then type a SKU above and look it up.").color(palette.text2));
    ui.add_space(space::S);
    if ui.available_width() < 640.0 {
        sandbox(ui, app, actions);
        ui.add_space(space::S);
        own_key(ui, 0.0, actions);
    } else {
        ui.spacing_mut().item_spacing.x = space::L;
        ui.columns(2, |columns| {
            columns[0].with_layout(Layout::top_down(Align::LEFT), |ui| sandbox(ui, app, actions));
            // Both cards are as high as the first, which says more.
            let height = columns[0].min_rect().height() - 2.0 * (f32::from(PAD) + 1.0);
            columns[1].with_layout(Layout::top_down(Align::LEFT), |ui| own_key(ui, height, actions));
        });
    }
    if let Some(imported) = &app.environment {
        ui.add_space(space::S);
        environment(ui, imported, actions);
    }
    ui.add_space(space::XL);
}

fn sandbox(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    card(ui, |ui| {
        inner(ui, 0.0, |ui| {
            ui.horizontal(|ui| {
                ui.label(theme::heading("Try it in the sandbox"));
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.add(EnvTag::new(EnvTone::Sandbox)));
            });
            text(ui, "The price API inside this program. No account, no network, and nothing that can break.");
            line(ui, Icon::CircleCheck, "A demo catalogue with every outcome, from priced to forbidden");
            line(ui, Icon::Timer, "Real tokens that really expire");
            line(ui, Icon::Zap, "Try PRODUCT-001, ZERO-001, NOPRICE-001 or FORBIDDEN-001");
            ui.add_space(space::S);
            if app.is_sandbox_starting() {
                ui.horizontal(|ui| {
                    spinner(ui, icon::BODY, "Starting the sandbox");
                    ui.label(theme::body("Starting the sandbox…"));
                });
                return;
            }
            let is_running = app.sandbox_profile().is_some();
            let word = if is_running { "Open the sandbox" } else { "Start the sandbox" };
            if ui.add(Button::primary(word).icon(Icon::Play)).clicked() {
                actions.push(Action::StartSandbox);
            }
        });
    });
}

fn own_key(ui: &mut Ui, least_height: f32, actions: &mut Vec<Action>) {
    card(ui, |ui| {
        inner(ui, least_height, |ui| {
            ui.label(theme::heading("Use your API key"));
            text(ui, "A key has a Client ID and a Client secret. The secret is shown once, when the key is made.");
            line(ui, Icon::Plus, "Create an API key in the Account Portal");
            line(ui, Icon::ClipboardPaste, "Paste its Client ID and Client secret on the left");
            line(ui, Icon::Save, "Test key, then Save key");
            ui.add_space(space::S);
            ui.horizontal(|ui| {
                if ui.add(Button::secondary("Account Portal").icon(Icon::ExternalLink)).clicked() {
                    actions.push(Action::OpenPortal);
                }
                if ui.add(Button::secondary("Import a key…").icon(Icon::Download)).clicked() {
                    actions.push(Action::Ask(Question::Import));
                }
            });
        });
    });
}

fn environment(ui: &mut Ui, imported: &Imported, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    let missing = origin::missing_variable(imported);
    let (title, said) = match &missing {
        Some(missing) => ("Half a key is in the environment", missing.as_str()),
        None => (
            "A key is waiting in the environment",
            "QUANTAPRICE_CLIENT_ID and …_SECRET are set. Used for this run only, never written anywhere.",
        ),
    };
    card(ui, |ui| {
        card_body(ui, |ui| {
            ui.horizontal(|ui| {
                icon::show(ui, Icon::Terminal, icon::BODY, palette.accent);
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = space::XS;
                    ui.label(theme::small_strong(title));
                    ui.label(theme::small(said).color(palette.text2));
                });
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let button = Button::secondary("Use for this run").icon(Icon::ArrowRight).compact();
                    if missing.is_none() && ui.add(button).clicked() {
                        actions.push(Action::UseEnvironmentKey);
                    }
                });
            });
        });
    });
}

/// The room inside a card's edge, in points.
const PAD: i8 = 20;

fn inner(ui: &mut Ui, least_height: f32, contents: impl FnOnce(&mut Ui)) {
    egui::Frame::new().inner_margin(egui::Margin::same(PAD)).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.set_min_height(least_height);
        ui.spacing_mut().item_spacing.y = space::S;
        ui.spacing_mut().interact_size.y = height::TAG;
        contents(ui);
    });
}

fn text(ui: &mut Ui, text: &str) {
    ui.label(theme::small(text).color(Palette::of(ui).text2));
    ui.add_space(space::XS);
}

fn line(ui: &mut Ui, icon: Icon, text: &str) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        icon::show(ui, icon, icon::SMALL, palette.accent);
        ui.add(egui::Label::new(theme::small(text).color(palette.text2)).wrap());
    });
}
