//! The menu in which columns are shown, hidden and moved.

use egui::{Popup, PopupCloseBehavior, ScrollArea, Ui, vec2};

use crate::results::layout::Side;
use crate::results::{Found, Layout};
use crate::ui::icon::Icon;
use crate::ui::theme::{height, space};
use crate::ui::widgets::{Button, Choosing, MenuRow};

const WIDTH: f32 = 264.0;

/// Draws the button and, while it is open, the menu.
pub fn show(ui: &mut Ui, button: Button<'_>, layout: &mut Layout, found: &Found) {
    let response = ui.add(button.tooltip("Choose the columns and their order"));
    let popup = Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClickOutside).width(WIDTH).gap(4.0);
    popup.show(|ui| {
        ui.set_width(WIDTH);
        ui.spacing_mut().item_spacing = vec2(space::XS, 0.0);
        ScrollArea::vertical().max_height(360.0).show(ui, |ui| rows(ui, layout, found));
        if MenuRow::new("Columns as at first").icon(Icon::RotateCcw).show(ui).clicked() {
            layout.reset(found);
        }
    });
}

fn rows(ui: &mut Ui, layout: &mut Layout, found: &Found) {
    let offered: Vec<_> = layout.offered(found).map(|(column, shown)| (column.clone(), shown)).collect();
    let (mut toggled, mut shifted) = (None, None);
    for (column, shown) in &offered {
        let label = column.label();
        ui.horizontal(|ui| {
            // The bar at the right has room of its own.
            let room = WIDTH - 2.0 * (height::COMPACT + space::XS) - space::L;
            ui.allocate_ui(vec2(room, height::LIST_ROW), |ui| {
                ui.set_width(room);
                let choosing = if *shown { Choosing::Chosen } else { Choosing::NotChosen };
                if MenuRow::new(label).option(choosing).show(ui).clicked() {
                    toggled = Some(column);
                }
            });
            for (side, word, icon) in [(Side::Left, "left", Icon::ArrowLeft), (Side::Right, "right", Icon::ArrowRight)]
            {
                let name = format!("Move {label} {word}");
                if ui.add(Button::ghost(&name).icon_only(icon).compact()).clicked() {
                    shifted = Some((column, side));
                }
            }
        });
    }
    if let Some(column) = toggled {
        layout.toggle(column, found);
    }
    if let Some((column, side)) = shifted {
        layout.shift(column, side, found);
    }
}
