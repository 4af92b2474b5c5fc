//! A column that scrolls with its bar in the gutter beside it, so that the bar never covers what it scrolls.

use egui::{Frame, Margin, ScrollArea, Ui, UiBuilder};

/// The part of a column's right margin that belongs to the scroll bar, in points.
pub const GUTTER: i8 = 12;

/// Draws `contents` in all the height there is. The caller leaves [`GUTTER`] points of its right margin to this.
pub fn column(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        Frame::new().inner_margin(Margin { right: GUTTER, ..Margin::ZERO }).show(ui, |ui| {
            ui.set_width(ui.available_width());
            contents(ui);
        });
    });
}

/// Draws `contents` that have bars of their own, and end where a [`column`] ends.
pub fn beside_bars(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    let mut room = ui.available_rect_before_wrap();
    room.max.x -= f32::from(GUTTER);
    ui.scope_builder(UiBuilder::new().max_rect(room), contents);
}
