//! How a bar and a mark look. Each outcome has a shape of its own beside its colour, the same in the plot and in the legend.

use egui::epaint::{CornerRadius, RectShape};
use egui::{Color32, Pos2, Rect, Shape, Stroke, StrokeKind, vec2};

use super::super::theme::{Palette, radius};
use crate::activity::timeline::Mark;
use crate::ui::activity_view;

/// From the middle of a mark to its farthest edge, in points.
pub const MARK: f32 = 4.0;

pub fn mark_ink(mark: Mark, palette: &Palette) -> Color32 {
    activity_view::outcome(mark.outcome()).1.ink(palette)
}

/// A dot, a ring, a bar, a triangle, a square, a cross and a slash: told apart without their colours.
pub fn mark(mark: Mark, at: Pos2, palette: &Palette) -> [Shape; 2] {
    let ink = mark_ink(mark, palette);
    let r = MARK;
    let convex = |points: &[(f32, f32)]| {
        let points = points.iter().map(|(x, y)| at + vec2(*x, *y) * r).collect();
        Shape::convex_polygon(points, ink, Stroke::NONE)
    };
    let line = |x: f32, y: f32| Shape::line_segment([at - vec2(x, y) * r, at + vec2(x, y) * r], Stroke::new(2.0, ink));
    match mark {
        Mark::Priced => [Shape::circle_filled(at, r - 0.5, ink), Shape::Noop],
        Mark::ZeroPrice => [Shape::circle_stroke(at, r - 1.0, Stroke::new(2.0, ink)), Shape::Noop],
        Mark::NoPrice => [line(0.9, 0.0), Shape::Noop],
        Mark::UnknownSku => [convex(&[(0.0, -1.0), (1.0, 0.8), (-1.0, 0.8)]), Shape::Noop],
        Mark::Forbidden => {
            let rect = Rect::from_center_size(at, vec2(2.0 * r - 1.0, 2.0 * r - 1.0));
            [Shape::rect_filled(rect, CornerRadius::ZERO, ink), Shape::Noop]
        }
        Mark::Failed => [line(0.85, 0.85), line(0.85, -0.85)],
        Mark::GivenUp => [line(0.7, -0.9), Shape::Noop],
    }
}

/// The times of a bar as places on the screen.
#[derive(Debug, Clone, Copy)]
pub struct BarPlaces {
    pub rect: Rect,
    /// Where the soft refresh begins, where lookups begin to wait; the end of the bar where that is not known.
    pub soft: f32,
    pub stale: f32,
}

/// Ink and fill of a bar that lives, or does not live any more.
pub fn bar_colours(lives: bool, palette: &Palette) -> (Color32, Color32) {
    if lives { (palette.ok, palette.ok_bg) } else { (palette.control, palette.neutral_bg) }
}

/// A bar with its two last stretches: hatched apart by their heights too, since colour alone tells nothing. The soft one is
/// half as high.
pub fn bar(places: &BarPlaces, lives: bool, palette: &Palette, shapes: &mut Vec<Shape>) {
    let (ink, fill) = bar_colours(lives, palette);
    let rect = places.rect;
    let corner = CornerRadius::same(radius::TAG.min((rect.width() / 2.0) as u8));
    shapes.push(RectShape::filled(rect, corner, fill).into());
    let soft = Rect::from_x_y_ranges(places.soft..=places.stale, rect.center().y..=rect.bottom());
    if soft.width() > 0.5 {
        shapes.push(Shape::rect_filled(soft, CornerRadius::ZERO, palette.warn));
    }
    let stale = Rect::from_x_y_ranges(places.stale..=rect.right(), rect.y_range());
    if stale.width() > 0.5 {
        let corner = CornerRadius { nw: 0, sw: 0, ..corner };
        shapes.push(RectShape::filled(stale, corner, palette.err).into());
    }
    shapes.push(RectShape::stroke(rect, corner, Stroke::new(1.0, ink), StrokeKind::Inside).into());
}
