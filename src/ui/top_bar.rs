//! The top bar: which key, which environment, how its token is, which theme. The token's chip is always in sight.

use egui::{Align, Frame, Layout, Margin, Panel, Rect, Sense, Ui, pos2, vec2};

use super::at_right::at_right;
use super::icon::{self, Icon};
use super::theme::{self, Palette, height, radius, space};
use super::widgets::{Button, Chip, Choice, EnvTag, Select};
use super::words;
use crate::app::{Action, App, Question};
use crate::keys::ThemeChoice;

/// What gives way in a narrow window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// All parts.
    Wide,
    /// Without the program's name.
    Medium,
    /// With a menu button for the left column.
    Narrow,
}

/// Draws the bar.
pub fn show(ui: &mut Ui, app: &App, width: Width, left_column: f32, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    let line =
        app.active_profile().map_or(palette.line, |profile| words::environment(profile.environment).fill(palette));
    let bar = Panel::top("top-bar").exact_size(height::BAR).show_separator_line(false);
    let shown = bar.frame(Frame::new().fill(palette.panel).inner_margin(Margin::symmetric(16, 0))).show(ui, |ui| {
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            brand(ui, width, actions);
            let centre = ui.max_rect().left() - 16.0 + left_column + space::XL;
            if width == Width::Wide {
                ui.add_space((centre - ui.cursor().left()).max(space::S));
            } else {
                ui.add_space(space::S);
            }
            profiles(ui, app, width, actions);
            if let Some(profile) = app.active_profile() {
                ui.add(EnvTag::new(words::environment(profile.environment)).bar());
            }
            at_right(ui, "top-bar-right", |ui| {
                find_or_run(ui, width, actions);
                chip(ui, app, actions);
                theme_button(ui, app, actions);
            });
        });
    });
    // The environment's colour runs under the whole bar.
    let rect = shown.response.rect;
    let edge = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 2.0), rect.right_bottom());
    ui.painter().rect_filled(edge, 0.0, line);
}

fn brand(ui: &mut Ui, width: Width, actions: &mut Vec<Action>) {
    if width == Width::Narrow {
        if ui.add(Button::secondary("Keys and token").icon_only(Icon::Menu).compact()).clicked() {
            actions.push(Action::ToggleDrawer);
        }
        return;
    }
    let palette = Palette::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(24.0, 24.0), Sense::hover());
    ui.painter().rect_filled(rect, f32::from(radius::CONTROL), palette.accent_fill);
    icon::paint(ui.painter(), rect.center(), Icon::Tag, icon::SMALL, palette.on_accent);
    if width == Width::Wide {
        ui.label(theme::body_strong("Quantaprice Explorer"));
    }
}

/// Opens the command palette.
fn find_or_run(ui: &mut Ui, width: Width, actions: &mut Vec<Action>) {
    let keys = if ui.ctx().os().is_mac() { "Find or run (Cmd K)" } else { "Find or run (Ctrl K)" };
    let button = Button::secondary(keys);
    let button = if width == Width::Wide { button.icon(Icon::Search) } else { button.icon_only(Icon::Search) };
    if ui.add(button.tooltip("What can be done now, found by typing")).clicked() {
        actions.push(Action::Ask(Question::Palette));
    }
}

fn profiles(ui: &mut Ui, app: &App, width: Width, actions: &mut Vec<Action>) {
    let mut choices: Vec<Choice<'_>> = app
        .profiles()
        .iter()
        .map(|profile| Choice { word: &profile.name, env: Some(words::environment(profile.environment)) })
        .collect();
    // Once it runs, the sandbox is among the profiles.
    if app.sandbox_profile().is_none() && !app.is_sandbox_starting() {
        choices.push("Start the sandbox".into());
    }
    let before = app.active.as_ref().and_then(|id| app.profiles().iter().position(|profile| profile.id == *id));
    let mut chosen = before;
    let nothing = if app.profiles().is_empty() { "No key yet" } else { "New key" };
    let wide = if width == Width::Wide { 232.0 } else { 176.0 };
    let select = Select::new("Profile").icon(Icon::KeyRound).strong().width(wide).nothing(nothing);
    select.show(ui, &mut chosen, &choices);
    if let Some(index) = chosen.filter(|_| chosen != before) {
        let profile = app.profiles().get(index);
        actions.push(profile.map_or(Action::StartSandbox, |profile| Action::Select(profile.id.clone())));
    }
}

fn chip(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let status = app.status();
    let state = words::state(app.active_profile().is_some(), status.as_ref());
    let name = match &state.time {
        Some(time) => format!("Token: {}, {time} left", state.word),
        None => format!("Token: {}", state.word),
    };
    let chip = Chip::new(state.tone, state.icon, state.word).time(state.time.as_deref()).bar().clickable().name(&name);
    if ui.add(chip).on_hover_text("Show the token").clicked() {
        actions.push(Action::Show(crate::app::Tab::Token));
    }
}

fn theme_button(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    // One button, three themes: the tooltip says which is next.
    let (icon, word, next) = match app.settings.theme {
        ThemeChoice::System => (Icon::SunMoon, "Theme: system. Change to light", ThemeChoice::Light),
        ThemeChoice::Light => (Icon::Sun, "Theme: light. Change to dark", ThemeChoice::Dark),
        ThemeChoice::Dark => (Icon::Moon, "Theme: dark. Change to the system's", ThemeChoice::System),
    };
    if ui.add(Button::ghost(word).icon_only(icon)).clicked() {
        actions.push(Action::SetTheme(next));
    }
}
