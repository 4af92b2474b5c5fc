//! What several widgets paint alike: the focus ring, a galley centred on a line, rounding to pixels.

use std::sync::Arc;

use egui::{Color32, CornerRadius, FontId, Galley, Painter, Pos2, Rect, Stroke, StrokeKind, TextStyle, Ui, pos2};

use crate::ui::theme::Palette;

/// Paints the 2-point ring, 2 points outside `rect`, that says which part has the keyboard.
pub(super) fn focus_ring(painter: &Painter, rect: Rect, radius: u8, palette: &Palette) {
    let ring = Stroke::new(2.0, palette.accent);
    painter.rect_stroke(rect.expand(2.0), CornerRadius::same(radius.saturating_add(2)), ring, StrokeKind::Outside);
}

/// One line of text in a text style, not wrapped.
pub(super) fn line(ui: &Ui, text: impl Into<String>, style: &TextStyle, colour: Color32) -> Arc<Galley> {
    line_in(ui, text, style.resolve(ui.style()), colour)
}

/// One line of text in a font, not wrapped.
pub(super) fn line_in(ui: &Ui, text: impl Into<String>, font: FontId, colour: Color32) -> Arc<Galley> {
    ui.painter().layout_no_wrap(text.into(), font, colour)
}

/// One line of text cut with `…` at `max_width`.
pub(super) fn cut_line(
    ui: &Ui,
    text: impl Into<String>,
    style: &TextStyle,
    colour: Color32,
    max_width: f32,
) -> Arc<Galley> {
    let mut job = egui::text::LayoutJob::simple_singleline(text.into(), style.resolve(ui.style()), colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(max_width.max(0.0));
    ui.painter().layout_job(job)
}

/// Paints `galley` with its left edge at `x` and its middle at `y`. Returns the x where it ends.
pub(super) fn galley_at(painter: &Painter, galley: Arc<Galley>, x: f32, y: f32, colour: Color32) -> f32 {
    let size = galley.size();
    painter.galley(on_pixel(painter, pos2(x, y - size.y / 2.0)), galley, colour);
    x + size.x
}

/// The nearest place where a pixel begins, so that edges and stems stay sharp.
pub(super) fn on_pixel(painter: &Painter, pos: Pos2) -> Pos2 {
    let ppp = painter.pixels_per_point();
    pos2((pos.x * ppp).round() / ppp, (pos.y * ppp).round() / ppp)
}
