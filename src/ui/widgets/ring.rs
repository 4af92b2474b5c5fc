//! The token ring: how much of a token's life is left, read like a minute hand.
//! Twelve o'clock is expiry, and the empty part grows clockwise. It computes no times itself.

use std::f32::consts::TAU;

use egui::{Color32, Painter, Pos2, Response, Role, Sense, Shape, Stroke, Ui, Vec2, Widget, WidgetInfo, vec2};

use super::paint;
use super::tone::Tone;
use crate::ui::icon::{self, Icon};
use crate::ui::theme::{self, Motion, Palette};

/// How large the ring is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RingSize {
    /// 96 points, time in the middle.
    Large,
    /// 52 points; no time fits in the middle, the chip beside it says it.
    Small,
}

/// What stands in the middle.
#[derive(Debug, Clone, Copy)]
pub enum RingCentre<'a> {
    /// `m:ss` and a word beneath, such as *left*. Shown in the large ring only.
    Time { time: &'a str, caption: &'a str },
    /// The icon of a state that has no time to show.
    Icon(Icon),
}

/// What the ring itself shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RingFill {
    /// The track alone.
    Empty,
    /// The fraction of the life that is left, 0 to 1.
    Left(f32),
    /// A quarter that turns while something is under way; it rests where motion is reduced.
    Turning,
}

/// The ring. Its accessible name is the caller's, such as *Token status: Valid, 53 min 48 s*.
#[must_use = "add the ring with `ui.add`"]
pub struct Ring<'a> {
    name: &'a str,
    size: RingSize,
    tone: Tone,
    fill: RingFill,
    centre: RingCentre<'a>,
    soft: Option<f32>,
    stale: Option<f32>,
    surface: Option<Color32>,
}

impl<'a> Ring<'a> {
    pub fn new(name: &'a str, tone: Tone, fill: RingFill, centre: RingCentre<'a>) -> Self {
        Self { name, size: RingSize::Large, tone, fill, centre, soft: None, stale: None, surface: None }
    }

    pub fn size(mut self, size: RingSize) -> Self {
        self.size = size;
        self
    }

    /// Where the token is renewed behind a lookup, and where lookups wait: fractions of the life left, 0 to 1.
    pub fn marks(mut self, soft: Option<f32>, stale: Option<f32>) -> Self {
        self.soft = soft;
        self.stale = stale;
        self
    }

    /// The surface the ring stands on, so that the gaps beside the marks match it. The panel unless told.
    pub fn on(mut self, surface: Color32) -> Self {
        self.surface = Some(surface);
        self
    }
}

/// The measures of one size, in points.
struct Measures {
    outer: f32,
    width: f32,
    mark_inner: f32,
    mark_outer: f32,
    mark_width: f32,
    gap: f32,
    icon: f32,
}

const LARGE: Measures =
    Measures { outer: 45.0, width: 8.0, mark_inner: 36.0, mark_outer: 51.0, mark_width: 2.5, gap: 6.0, icon: 30.0 };

const SMALL: Measures =
    Measures { outer: 19.0, width: 5.0, mark_inner: 13.0, mark_outer: 22.0, mark_width: 1.5, gap: 4.0, icon: 16.0 };

/// A point on a circle; `turn` is the fraction of a turn clockwise from twelve o'clock.
fn on_circle(centre: Pos2, radius: f32, turn: f32) -> Pos2 {
    let angle = turn * TAU - TAU / 4.0;
    centre + vec2(angle.cos(), angle.sin()) * radius
}

fn arc(painter: &Painter, centre: Pos2, m: &Measures, from: f32, to: f32, colour: Color32) {
    let middle = m.outer - m.width / 2.0;
    let steps = (((to - from) * 120.0).ceil() as usize).max(1);
    let points =
        (0..=steps).map(|i| on_circle(centre, middle, from + (to - from) * (i as f32 / steps as f32))).collect();
    painter.add(Shape::line(points, Stroke::new(m.width, colour)));
}

impl Widget for Ring<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let (side, m) = match self.size {
            RingSize::Large => (96.0, &LARGE),
            RingSize::Small => (52.0, &SMALL),
        };
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, self.name));
        if !ui.is_rect_visible(rect) {
            return response;
        }
        let palette = Palette::of(ui);
        let painter = ui.painter();
        let centre = rect.center();
        let ink = self.tone.ink(palette);
        arc(painter, centre, m, 0.0, 1.0, palette.line);
        match self.fill {
            RingFill::Empty => {}
            RingFill::Left(left) => {
                let left = left.clamp(0.0, 1.0);
                if left > 0.0 {
                    arc(painter, centre, m, 1.0 - left, 1.0, ink);
                }
            }
            RingFill::Turning => {
                let start = match theme::motion(ui.ctx()) {
                    Motion::Reduced => 0.0,
                    Motion::Full => {
                        ui.ctx().request_repaint();
                        ui.input(|input| input.time).fract() as f32
                    }
                };
                arc(painter, centre, m, start, start + 0.25, ink);
            }
        }
        let surface = self.surface.unwrap_or(palette.panel);
        for (mark, colour) in [(self.soft, palette.warn), (self.stale, palette.err)] {
            let Some(left) = mark else { continue };
            let turn = 1.0 - left.clamp(0.0, 1.0);
            let along = |radius: f32| on_circle(centre, radius, turn);
            painter.line_segment([along(m.outer - m.width - 1.0), along(m.outer + 1.0)], (m.gap, surface));
            painter.line_segment([along(m.mark_inner), along(m.mark_outer)], (m.mark_width, colour));
        }
        match (self.centre, self.size) {
            (RingCentre::Icon(icon), _) => {
                icon::paint(painter, centre, icon, m.icon, ink);
            }
            (RingCentre::Time { time, caption }, RingSize::Large) => {
                let time = paint::line(ui, time, &theme::timer_style(), palette.text);
                let caption = paint::line(ui, caption, &egui::TextStyle::Small, palette.muted);
                let (dx, half) = (time.size().x / 2.0, caption.size().x / 2.0);
                paint::galley_at(painter, time, centre.x - dx, centre.y - 2.0, palette.text);
                paint::galley_at(painter, caption, centre.x - half, centre.y + 18.0, palette.muted);
            }
            (RingCentre::Time { .. }, RingSize::Small) => {}
        }
        response
    }
}
