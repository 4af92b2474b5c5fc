//! The menu in which the columns of compared rows are shown and hidden.

use egui::{Popup, PopupCloseBehavior, Ui, vec2};

use crate::compare::view::Column;
use crate::compare::{Columns, View};
use crate::ui::icon::Icon;
use crate::ui::theme::space;
use crate::ui::widgets::{Button, Choosing, MenuRow};

const WIDTH: f32 = 216.0;

/// Draws the button and, while it is open, the menu.
pub fn show(ui: &mut Ui, button: Button<'_>, columns: &mut Columns, view: &View) {
    let response = ui.add(button.tooltip("Choose the columns"));
    let popup = Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClickOutside).width(WIDTH).gap(4.0);
    popup.show(|ui| {
        ui.set_width(WIDTH);
        ui.spacing_mut().item_spacing = vec2(space::XS, 0.0);
        let named = view.comparison().named;
        for column in Column::ALL {
            let choosing = if columns.shows(column, named) { Choosing::Chosen } else { Choosing::NotChosen };
            let label = column.label(view.sides());
            if MenuRow::new(&label).option(choosing).show(ui).clicked() {
                columns.toggle(column, named);
            }
        }
        if MenuRow::new("Columns as at first").icon(Icon::RotateCcw).show(ui).clicked() {
            *columns = Columns::default();
        }
    });
}
