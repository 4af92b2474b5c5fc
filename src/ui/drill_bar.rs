//! The sandbox's own row: the menu *Rehearse a fault*, and while a drill runs its badge and the way back. Drawn nowhere else.

use egui::{Align, CornerRadius, Frame, Layout, Margin, Popup, Ui};

use super::icon::{self, Icon};
use super::scrolled::GUTTER;
use super::theme::{self, Palette, height, radius, space};
use super::widgets::{Button, MenuRow, Tone};
use crate::app::drills::Drill;
use crate::app::{Action, App};

/// Below this width the row says less, in points.
const NARROW: f32 = 600.0;
/// The width of the menu, in points.
const MENU_WIDTH: f32 = 220.0;

/// Draws the row where the chosen key is the sandbox's.
pub fn show(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    if !app.is_on_sandbox() {
        return;
    }
    let palette = Palette::of(ui);
    let drill = app.drill();
    let (tone, fill) = match drill {
        Some(_) => (Tone::Warn, Tone::Warn.fill(palette)),
        None => (Tone::Neutral, palette.card),
    };
    let edge = if drill.is_some() { tone.ink(palette) } else { palette.line };
    let beside_bar = Frame::new().inner_margin(Margin { right: GUTTER, ..Margin::ZERO });
    beside_bar.show(ui, |ui| {
        let frame = Frame::new().fill(fill).stroke((1.0, edge)).corner_radius(CornerRadius::same(radius::CARD));
        frame.inner_margin(Margin { left: 12, right: 8, top: 4, bottom: 4 }).show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            let is_narrow = ui.available_width() < NARROW;
            ui.horizontal(|ui| {
                ui.set_min_height(height::COMPACT);
                ui.spacing_mut().item_spacing.x = space::S;
                icon::show(ui, Icon::FlaskConical, icon::BODY, tone.ink(palette));
                if let Some(drill) = drill {
                    let badge = theme::small_strong(drill.badge()).color(tone.ink(palette));
                    ui.label(badge).on_hover_text(drill.summary());
                }
                let text = match drill {
                    Some(_) if is_narrow => "",
                    Some(drill) => drill.summary(),
                    None if is_narrow => "Sandbox",
                    None => "Sandbox: made-up prices, and nothing that can break.",
                };
                if !text.is_empty() {
                    ui.label(theme::caption(text).color(palette.text2));
                }
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    // The act that ends a drill stands where the one that begins it stood.
                    if drill.is_some() {
                        let button = Button::secondary("Back to normal").icon(Icon::Undo2).compact();
                        if ui.add(button).clicked() {
                            actions.push(Action::EndDrill);
                        }
                        if is_narrow {
                            return;
                        }
                    }
                    menu(ui, actions);
                });
            });
        });
    });
    ui.add_space(space::S);
}

fn menu(ui: &mut Ui, actions: &mut Vec<Action>) {
    let button = Button::ghost("Rehearse a fault").trailing(Icon::ChevronDown).compact();
    let response = ui.add(button);
    Popup::menu(&response).width(MENU_WIDTH).gap(4.0).show(|ui| {
        ui.set_max_width(MENU_WIDTH);
        ui.spacing_mut().item_spacing.y = 0.0;
        for drill in Drill::ALL {
            if MenuRow::new(drill.label()).show(ui).on_hover_text(drill.summary()).clicked() {
                actions.push(Action::Rehearse(drill));
                ui.close();
            }
        }
    });
}
