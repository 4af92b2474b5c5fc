//! Icons: the lucide font, painted or laid out. An icon never stands for a state alone; a word goes with it.

pub use lucide_icons::Icon;

use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Response, Sense, Ui, Vec2};

use super::theme;

/// Beside body text and in buttons.
pub const BODY: f32 = 16.0;
/// In chips and tables.
pub const SMALL: f32 = 14.0;
/// In environment tags.
pub const TINY: f32 = 12.0;
/// In a verdict and in the large ring.
pub const LARGE: f32 = 24.0;

/// The font of an icon that is `size` points high and wide.
pub fn font(size: f32) -> FontId {
    FontId::new(size, theme::icons())
}

/// Paints `icon` with its middle at `centre`.
pub fn paint(painter: &Painter, centre: Pos2, icon: Icon, size: f32, colour: Color32) -> Rect {
    // The em square of the font is the icon's box, so the corner decides where strokes meet pixels.
    let corner = painter_round(painter, centre - Vec2::splat(size / 2.0));
    painter.text(corner, Align2::LEFT_TOP, char::from(icon), font(size), colour)
}

fn painter_round(painter: &Painter, pos: Pos2) -> Pos2 {
    let ppp = painter.pixels_per_point();
    Pos2::new((pos.x * ppp).round() / ppp, (pos.y * ppp).round() / ppp)
}

/// Lays out `icon` in the flow. It says nothing to a screen reader: the word beside it does.
pub fn show(ui: &mut Ui, icon: Icon, size: f32, colour: Color32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(size), Sense::hover());
    paint(ui.painter(), rect.center(), icon, size, colour);
    response
}
