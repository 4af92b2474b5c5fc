//! What several widgets paint alike: the focus ring, a galley centred on a line, rounding to pixels.

use std::sync::Arc;

use egui::{Color32, CornerRadius, FontId, Galley, Painter, Pos2, Rect, Stroke, StrokeKind, TextStyle, Ui, pos2};

use crate::ui::theme::Palette;

/// Paints the 2-point ring, 2 points outside `rect`, that says which part has the keyboard.
pub(super) fn focus_ring(painter: &Painter, rect: Rect, radius: u8, palette: &Palette) {
    let ring = Stroke::new(2.0, palette.accent);
    painter.rect_stroke(rect.expand(2.0), CornerRadius::same(radius.saturating_add(2)), ring, StrokeKind::Outside);
}

/// A row that is as high as its content: `ui.horizontal` alone makes it at least as high as a control.
pub(super) fn low_row<R>(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> R {
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = 16.0;
        ui.horizontal(contents).inner
    })
    .inner
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

/// Paints `galley` with its left edge at `x` and the middle of its capitals at `y`. Returns the x where it ends.
///
/// The middle of a row of text lies lower than the middle of its letters, and beside an icon the eye goes by the letters.
pub(super) fn galley_at(painter: &Painter, galley: Arc<Galley>, x: f32, y: f32, colour: Color32) -> f32 {
    let end = x + galley.size().x;
    painter.galley(on_pixel(painter, pos2(x, top_for_middle(&galley, y))), galley, colour);
    end
}

/// Capital height of Plex and Hack, as a fraction of the font size.
const CAP_HEIGHT: f32 = 0.7;

/// Where a one-line galley's top must be for the middle of its capitals to lie at `y`.
fn top_for_middle(galley: &Galley, y: f32) -> f32 {
    let size = galley.job.sections.first().map(|section| section.format.font_id.size);
    let baseline = galley.rows.first().and_then(|row| row.glyphs.first().map(|glyph| row.pos.y + glyph.pos.y));
    match (size, baseline) {
        (Some(size), Some(baseline)) => y + size * CAP_HEIGHT / 2.0 - baseline,
        _ => y - galley.size().y / 2.0,
    }
}

/// The nearest place where a pixel begins, so that edges and stems stay sharp.
pub(super) fn on_pixel(painter: &Painter, pos: Pos2) -> Pos2 {
    let ppp = painter.pixels_per_point();
    pos2((pos.x * ppp).round() / ppp, (pos.y * ppp).round() / ppp)
}
