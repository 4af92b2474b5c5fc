//! What moves while something is under way: a spinner, and a bar of parts by outcome. Idle, neither repaints.

use std::f32::consts::TAU;

use egui::{CornerRadius, Rect, Response, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::tone::Tone;
use crate::ui::theme::{self, Motion, Palette};

/// A turning arc, `size` points across. It asks for the next frame only while it is in sight,
/// and not at all where motion is reduced.
pub fn spinner(ui: &mut Ui, size: f32, name: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(size, size), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, name));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let palette = Palette::of(ui);
    let start = match theme::motion(ui.ctx()) {
        Motion::Reduced => 0.0,
        Motion::Full => {
            ui.ctx().request_repaint();
            ui.input(|input| input.time).fract() as f32
        }
    };
    let width = (size / 8.0).max(1.5);
    let radius = size / 2.0 - width;
    let points = (0..=27)
        .map(|step| {
            let angle = (start + 0.75 * step as f32 / 27.0) * TAU - TAU / 4.0;
            rect.center() + vec2(angle.cos(), angle.sin()) * radius
        })
        .collect();
    ui.painter().add(Shape::line(points, Stroke::new(width, palette.info)));
    response
}

/// A bar of 8 points. Each part is a tone and its share of the whole, 0 to 1; the rest is still to do.
/// The caller's name says in words what the bar shows.
pub fn progress_bar(ui: &mut Ui, name: &str, parts: &[(Tone, f32)]) -> Response {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 8.0), Sense::hover());
    let done: f32 = parts.iter().map(|(_, share)| share).sum();
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, name);
        info.value = Some(f64::from(done.clamp(0.0, 1.0)));
        info
    });
    let painter = ui.painter();
    painter.rect_filled(rect, CornerRadius::same(2), palette.raised);
    let mut x = rect.left();
    for (index, (tone, share)) in parts.iter().enumerate() {
        let end = (x + rect.width() * share.max(0.0)).min(rect.right());
        let left = if index == 0 { 2 } else { 0 };
        let corner = CornerRadius { nw: left, sw: left, ne: 0, se: 0 };
        let part = Rect::from_min_max(pos2(x, rect.top()), pos2(end, rect.bottom()));
        painter.rect_filled(part, corner, tone.ink(palette));
        x = end;
    }
    response
}

#[cfg(test)]
mod tests {
    use super::super::trial;
    use super::*;

    /// How soon the window wants to be drawn again while `shown` is on.
    fn next_frame(motion: Motion, shown: bool) -> std::time::Duration {
        let mut harness = trial::with((), move |ui, ()| {
            theme::set_motion(ui.ctx(), motion);
            if shown {
                spinner(ui, 16.0, "Asking for a token");
            } else {
                ui.label("Done");
            }
        });
        harness.run_steps(4);
        harness.output().viewport_output.values().map(|viewport| viewport.repaint_delay).min().unwrap_or_default()
    }

    #[test]
    fn a_spinner_repaints_while_it_is_shown_and_not_after() {
        assert_eq!(next_frame(Motion::Full, true), std::time::Duration::ZERO);
        assert_eq!(next_frame(Motion::Full, false), std::time::Duration::MAX);
    }

    #[test]
    fn with_reduced_motion_not_even_the_spinner_turns() {
        assert_eq!(next_frame(Motion::Reduced, true), std::time::Duration::MAX);
    }
}
