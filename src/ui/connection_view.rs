//! The connection check, in front of the window: each step with its finding and time as they come, what to do about a fault, and
//! all of it as plain text for a ticket.

use egui::{Align, Frame, Id, Layout, Margin, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};

use super::icon::{self, Icon};
use super::theme::{self, Palette, space};
use super::widgets::{Button, EnvTag, Tone, card, notice, spinner};
use super::words;
use crate::app::{Action, App};
use crate::connection::{Check, End, Leg, Step, StepState};
use crate::verdict::Remedy;

/// The width of the panel, in points.
pub const WIDTH: f32 = 640.0;
/// The width of a step's name.
const NAME: f32 = 44.0;
/// The width of a step's time, or of its state in a word.
const TIME: f32 = 76.0;
/// The room that heading, foot and margins take of the window's height.
const AROUND: f32 = 230.0;

/// Draws the panel's inside.
pub fn show(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let Some(check) = app.connection.shown() else {
        actions.push(Action::CloseQuestion);
        return;
    };
    let beside_bar = Margin { right: super::scrolled::GUTTER, ..Margin::ZERO };
    Frame::new().inner_margin(beside_bar).show(ui, |ui| header(ui, check));
    let room = (ui.ctx().content_rect().height() - AROUND).max(96.0);
    ScrollArea::vertical().id_salt("connection-steps").max_height(room).auto_shrink([false, true]).show(ui, |ui| {
        Frame::new().inner_margin(beside_bar).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = space::S;
            for leg in &check.legs {
                host(ui, app, leg, check, actions);
            }
        });
    });
    Frame::new().inner_margin(beside_bar).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = space::S;
        outcome(ui, app, check);
        foot(ui, app, check, actions);
    });
}

fn header(ui: &mut Ui, check: &Check) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::M;
        ui.label(theme::heading("Connection check"));
        ui.add(EnvTag::new(words::environment(check.environment)));
        let name = theme::small(&check.profile).color(palette.text2);
        ui.add(egui::Label::new(name).truncate());
    });
}

fn host(ui: &mut Ui, app: &App, leg: &Leg, check: &Check, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    card(ui, |ui| {
        Frame::new().inner_margin(Margin { left: 12, right: 12, top: 10, bottom: 10 }).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 6.0;
            ui.horizontal(|ui| {
                ui.spacing_mut().interact_size.y = 18.0;
                ui.spacing_mut().item_spacing.x = space::S;
                ui.add(egui::Label::new(theme::small_strong(&leg.host)).truncate());
                ui.label(theme::caption(leg.role.label()).color(palette.muted));
            });
            for step in &leg.steps {
                let top = ui.cursor().min;
                row(ui, app, step, actions);
                if step.state == StepState::Failed {
                    bring_into_sight(ui, check, egui::Rect::from_min_max(top, ui.min_rect().max));
                }
            }
        });
    });
}

/// The fault may stand below what is in sight; it is scrolled to once.
fn bring_into_sight(ui: &mut Ui, check: &Check, rect: egui::Rect) {
    let id = Id::unique("connection-fault-seen");
    if ui.data(|data| data.get_temp::<jiff::Timestamp>(id)) != Some(check.started) {
        ui.data_mut(|data| data.insert_temp(id, check.started));
        ui.scroll_to_rect(rect, None);
    }
}

fn row(ui: &mut Ui, app: &App, step: &Step, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    let is_quiet = matches!(step.state, StepState::Waiting | StepState::NotReached);
    ui.push_id(step.kind.code(), |ui| {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().interact_size.y = 18.0;
            ui.spacing_mut().item_spacing = vec2(space::S, 2.0);
            let room = ui.available_width();
            sign(ui, step);
            let colour = if is_quiet { palette.muted } else { palette.text };
            cell(ui, NAME, Layout::left_to_right(Align::Min), |ui| {
                ui.label(theme::small_strong(step.kind.label()).color(colour));
            });
            let middle = (room - icon::BODY - NAME - TIME - 3.0 * space::S).max(80.0);
            cell(ui, middle, Layout::top_down(Align::Min), |ui| finding(ui, app, step, actions));
            cell(ui, TIME, Layout::right_to_left(Align::Min), |ui| {
                ui.label(theme::small(step.took()).color(if is_quiet { palette.muted } else { palette.text2 }));
            });
        });
    });
}

fn cell(ui: &mut Ui, width: f32, layout: Layout, contents: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(vec2(width, 18.0), layout, |ui| {
        ui.set_width(width);
        contents(ui);
    });
}

/// The step's state as a sign; a screen reader hears its word.
fn sign(ui: &mut Ui, step: &Step) {
    let palette = Palette::of(ui);
    let (icon, tone) = match step.state {
        StepState::Running => {
            spinner(ui, icon::BODY, &format!("{} is running", step.kind.label()));
            return;
        }
        StepState::Done => (Icon::CircleCheck, Tone::Ok),
        StepState::Failed => (Icon::CircleX, Tone::Err),
        StepState::Skipped => (Icon::CircleMinus, Tone::Neutral),
        StepState::GivenUp => (Icon::CircleSlash, Tone::Neutral),
        StepState::Waiting | StepState::NotReached => (Icon::CircleDashed, Tone::Neutral),
    };
    let (rect, response) = ui.allocate_exact_size(vec2(icon::BODY, 20.0), Sense::hover());
    let name = format!("{}: {}", step.kind.label(), step.state.label());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    icon::paint(ui.painter(), rect.center(), icon, icon::BODY, tone.ink(palette));
}

fn finding(ui: &mut Ui, app: &App, step: &Step, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    ui.spacing_mut().item_spacing.y = 2.0;
    if !step.finding.is_empty() {
        let colour = if step.state == StepState::Failed { palette.err } else { palette.text };
        ui.add(egui::Label::new(theme::small(&step.finding).color(colour)).wrap());
    }
    if let Some(advice) = &step.advice {
        ui.add(egui::Label::new(theme::small(advice).color(palette.text)).wrap());
    }
    // To try again is what the button below is for.
    let verdict = step.verdict.as_deref().filter(|verdict| verdict.remedy != Some(Remedy::TryAgain));
    if let Some(verdict) = verdict
        && let Some((word, action)) = app.offer(verdict, None)
    {
        ui.add_space(2.0);
        if ui.add(Button::secondary(word).icon(words::remedy(verdict)).compact()).clicked() {
            actions.extend([Action::CloseQuestion, action]);
        }
        ui.add_space(2.0);
    }
    for fact in &step.facts {
        let text = format!("{}: {}", fact.name, fact.value);
        ui.add(egui::Label::new(theme::caption(text).color(palette.muted)).wrap());
    }
}

fn outcome(ui: &mut Ui, app: &App, check: &Check) {
    if let Some(broken) = app.connection.broken {
        notice(ui, Tone::Err, Icon::CircleX, &broken.to_string(), None);
        return;
    }
    let summary = match check.end {
        End::Running => return,
        _ => format!("{} It took {} ms.", check.summary(), check.took.as_millis()),
    };
    let (tone, icon) = match check.end {
        End::Well => (Tone::Ok, Icon::CircleCheck),
        End::Fault => (Tone::Err, Icon::CircleX),
        _ => (Tone::Neutral, Icon::CircleSlash),
    };
    let summary = if check.end == End::Cancelled { check.summary() } else { summary };
    notice(ui, tone, icon, &summary, None);
}

fn foot(ui: &mut Ui, app: &App, check: &Check, actions: &mut Vec<Action>) {
    ui.add_space(space::XS);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        if app.connection.is_running() {
            if ui.add(Button::secondary("Cancel").icon(Icon::X)).clicked() {
                actions.push(Action::CancelCheck);
            }
        } else if ui.add(Button::secondary("Check again").icon(Icon::RotateCcw)).clicked() {
            actions.push(Action::CheckConnection);
        }
        let copy =
            Button::secondary("Copy").icon(Icon::Copy).tooltip("As plain text; secrets and tokens are not in it");
        if ui.add(copy).clicked() {
            let what = "Connection check copied. No secret is in it.";
            actions.push(Action::Copy { text: app.drill_mark() + &check.to_text(), what });
        }
        let export = Button::ghost("Export support bundle…").icon(Icon::Package);
        if ui.add(export.tooltip("This check and everything else that helps, without secrets, as a zip")).clicked() {
            actions.push(Action::ExportBundle);
        }
        super::at_right::at_right(ui, "connection-foot-right", |ui| {
            if ui.add(Button::secondary("Close")).clicked() {
                actions.push(Action::CloseQuestion);
            }
        });
    });
}
