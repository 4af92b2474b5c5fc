//! Small pieces of text: a key and its value, facts with dots between, text that is cut where it does not fit.

use egui::{Color32, Response, Role, Sense, TextStyle, Ui, WidgetInfo, vec2};

use super::paint;
use crate::ui::theme::{self, Palette, space};

/// A word and its value on one line, the value in semibold: *Expires* **15:26:41**.
pub fn key_value(ui: &mut Ui, key: &str, value: &str) -> Response {
    let palette = Palette::of(ui);
    paint::low_row(ui, |ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        let key = ui.label(theme::small(key).color(palette.text2));
        key.union(ui.label(theme::small_strong(value)))
    })
}

/// Facts in a row with a dot between each two: *HTTP 200 · 84 ms · Token #7*.
/// They keep their order in a layout from the right, too.
pub fn facts(ui: &mut Ui, facts: &[&str]) -> Response {
    let palette = Palette::of(ui);
    let whole = facts.join("  ·  ");
    let label = egui::Label::new(theme::small(whole).color(palette.text2)).extend();
    ui.add(label)
}

/// One line of text, cut with `…` at `max_width`. When it was cut, the whole is in the tooltip;
/// the accessible name is the whole in either case.
pub fn elided(ui: &mut Ui, text: &str, style: &TextStyle, colour: Color32, max_width: f32) -> Response {
    let galley = paint::cut_line(ui, text, style, colour, max_width);
    let cut = galley.elided;
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x, galley.size().y), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    paint::galley_at(ui.painter(), galley, rect.left(), rect.center().y, colour);
    if cut { tip(response, text) } else { response }
}

/// A tooltip in small text.
pub fn tip(response: Response, text: &str) -> Response {
    response.on_hover_text(theme::small(text))
}
