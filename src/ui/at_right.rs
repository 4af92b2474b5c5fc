//! The right end of a row, in reading order, which is the order of Tab and of screen readers: a layout from the right would turn
//! it round.

use egui::{Id, Ui};

/// Draws `contents` from the left so that it ends at the right edge. Its width is known from the frame before; where it is another
/// now, the frame is drawn anew.
pub fn at_right(ui: &mut Ui, name: &str, contents: impl FnOnce(&mut Ui)) {
    let id = Id::unique(name);
    let before = ui.data(|data| data.get_temp::<f32>(id)).unwrap_or(0.0);
    ui.add_space((ui.available_width() - before).max(0.0));
    let from = ui.cursor().left();
    contents(ui);
    let now = ui.min_rect().right() - from;
    if (now - before).abs() > 0.5 {
        ui.data_mut(|data| data.insert_temp(id, now));
        ui.ctx().request_discard("What stands at the right has another width now.");
    }
}
