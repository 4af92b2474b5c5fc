//! The timeline on top of the *Activity* tab: a bar for each token from its request to its expiry, and marks for requests, shaped
//! and coloured by outcome. What the pointer rests on is told, and a click opens it.
//!
//! It draws columns of time and never the events themselves, so that its cost goes by its width. The list below is the way to
//! the same events for keyboards and screen readers; to those the plot is one picture, with a summary as its value.

mod says;
mod shapes;
mod stretch;

use std::ops::RangeInclusive;
use std::sync::Arc;

use egui::epaint::TextShape;
use egui::{
    Align2, Color32, Frame, Margin, Pos2, Rangef, Rect, Response, Role, Sense, Shape, Ui, WidgetInfo, pos2, vec2,
};
use egui_plot::{AxisHints, Plot, PlotBounds, PlotGeometry, PlotItem, PlotItemBase, PlotTransform};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::shapes::{BarPlaces, bar_colours};
use self::stretch::{Past, Stretch};
use super::at_right::at_right;
use super::icon::Icon;
use super::theme::{self, Palette, space};
use super::time_axis::{grid_marks, name, seconds, still};
use super::widgets::{Button, card, header_row, segmented};
use crate::activity::timeline::bars::place;
use crate::activity::timeline::{Mark, Placed, Tally, Timeline};
use crate::activity::{ActivityLog, Event, Scan, Snapshot};

/// So many events are looked at in one frame when the tab is opened: well under a millisecond.
const LOOKED_AT_IN_A_FRAME: u64 = 5_000;
/// Below this height of the tab, in points, the plot is folded unless it was opened by hand.
const LOW: f32 = 440.0;
/// Below this width the words of the lanes go; below the other one, the legend.
const NARROW: f32 = 420.0;
const LEGEND: f32 = 600.0;
/// The most rows of tokens that overlap.
const ROWS: usize = 3;
/// The width of a column of requests, and between two marks that are stacked in one.
const DOT: f32 = 8.0;
const PITCH: f32 = 9.0;
/// From the pointer to what it points at, at most.
const REACH: f32 = 7.0;
const LABELS: f32 = 76.0;
/// Between two times that the axis names.
const AXIS_STEP: f32 = 84.0;
const AXIS_HEIGHT: f32 = 18.0;

/// The lanes, in points from the top of the plot.
const NOW_AT: f32 = 7.0;
const TOKENS: Rangef = Rangef { min: 16.0, max: 64.0 };
const LOOKUPS: Rangef = Rangef { min: 70.0, max: 106.0 };
const PROBLEMS: Rangef = Rangef { min: 108.0, max: 135.0 };
const HEIGHT: f32 = 138.0;

/// What the plot remembers between frames.
#[derive(Default)]
pub struct TimelineState {
    fold: Fold,
    past: Past,
    index: Option<Timeline>,
}

/// Whether the plot is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Fold {
    /// As the room allows, until somebody chooses.
    #[default]
    BySize,
    Open,
    Folded,
}

impl TimelineState {
    /// Folds the plot.
    pub fn fold(&mut self) {
        self.fold = Fold::Folded;
    }

    /// Lets go of what was counted, while the tab is not seen.
    pub fn put_away(&mut self) {
        self.index = None;
    }
}

/// Draws the card. Returns the event that was clicked.
pub fn show(ui: &mut Ui, log: &ActivityLog, state: &mut TimelineState, open: Option<u64>) -> Option<Arc<Event>> {
    let is_open = match state.fold {
        Fold::BySize => ui.available_height() >= LOW,
        Fold::Open => true,
        Fold::Folded => false,
    };
    if !is_open {
        state.index = None;
        ui.horizontal(|ui| head(ui, state, is_open));
        return None;
    }
    card(ui, |ui| {
        header_row(ui, 40.0, |ui| head(ui, state, is_open), |_| ());
        let margin = Margin { left: 12, right: 12, top: 6, bottom: 8 };
        Frame::new().inner_margin(margin).show(ui, |ui| body(ui, &log.snapshot(), state, open)).inner
    })
    .inner
}

fn head(ui: &mut Ui, state: &mut TimelineState, is_open: bool) {
    let icon = if is_open { Icon::ChevronDown } else { Icon::ChevronRight };
    let response = ui.add(Button::ghost("Timeline").icon(icon).compact());
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_expanded(is_open));
    if response.clicked() {
        state.fold = if is_open { Fold::Folded } else { Fold::Open };
    }
    if is_open {
        at_right(ui, "timeline-past", |ui| {
            let mut chosen = Past::ALL.iter().position(|past| *past == state.past).unwrap_or(0);
            if segmented(ui, &mut chosen, &Past::ALL.map(Past::label)).changed() {
                state.past = Past::ALL[chosen];
            }
        });
    }
}

fn body(ui: &mut Ui, log: &Snapshot, state: &mut TimelineState, open: Option<u64>) -> Option<Arc<Event>> {
    let palette = Palette::of(ui);
    let now = Timestamp::now();
    let whole = ui.available_width();
    let labels = if whole < NARROW { 0.0 } else { LABELS };
    let width = (whole - labels).max(1.0);

    let mut timeline = state.index.take().unwrap_or_else(|| Timeline::new(std::time::Duration::from_secs(60)));
    if timeline.update(log, LOOKED_AT_IN_A_FRAME) != Scan::Done {
        ui.ctx().request_repaint();
    }
    let living = timeline.bars().iter().filter(|bar| bar.expires_at() > now && bar.at <= now);
    let live_for = living.map(|bar| bar.lifetime).max();
    let stretch = Stretch::new(state.past, now, timeline.earliest(), live_for, width * ui.pixels_per_point());
    timeline.set_column(stretch.column(DOT, width));
    let clicked = if timeline.is_empty() {
        nothing(ui, palette);
        None
    } else {
        let scene = Scene::new(&timeline, &stretch, now, open);
        let (rect, _) = ui.allocate_exact_size(vec2(whole, HEIGHT + AXIS_HEIGHT), Sense::hover());
        if labels > 0.0 {
            let painter = ui.painter();
            for (word, lane) in [("Tokens", TOKENS), ("Lookups", LOOKUPS), ("Problems", PROBLEMS)] {
                let at = pos2(rect.left(), rect.top() + lane.center());
                let font = theme::small_style().resolve(ui.style());
                painter.text(at, Align2::LEFT_CENTER, word, font, palette.text2);
            }
        }
        let right = rect.with_min_x(rect.left() + labels);
        let builder = egui::UiBuilder::new().max_rect(right);
        let clicked = ui.scope_builder(builder, |ui| plot(ui, &scene, &timeline, log)).inner;
        ui.ctx().request_repaint_after(stretch.changes_in(now));
        clicked
    };
    if whole >= LEGEND {
        legend(ui, palette);
    }
    state.index = Some(timeline);
    clicked.and_then(|number| log.get(number).cloned())
}

fn nothing(ui: &mut Ui, palette: &Palette) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT + AXIS_HEIGHT), Sense::hover());
    let text = "Tokens and requests will be drawn here as they come.";
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    let font = theme::small_style().resolve(ui.style());
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, text, font, palette.text2);
}

/// A mark with what it stands for.
struct Dot {
    at: f64,
    y: f32,
    mark: Mark,
    tally: Tally,
}

/// All that is drawn in one frame.
struct Scene<'a> {
    stretch: &'a Stretch,
    now: Timestamp,
    /// The tokens in sight.
    bars: Vec<Placed<'a>>,
    /// All tokens.
    placed: Vec<Placed<'a>>,
    rows: usize,
    dots: Vec<Dot>,
    /// The number of the event that is open.
    open: Option<u64>,
}

/// What the pointer is at.
#[derive(Debug, Clone, Copy)]
enum Hit {
    Bar(usize),
    Dot(usize),
}

impl<'a> Scene<'a> {
    fn new(timeline: &'a Timeline, stretch: &'a Stretch, now: Timestamp, open: Option<u64>) -> Self {
        let times = stretch.times();
        let placed = place(timeline.bars(), ROWS);
        let in_sight = |place: &&Placed<'_>| place.bar.at < times.end && place.until > times.start;
        // Thousands of tokens in one pixel are one line.
        let mut drawn_until = [f64::MIN; ROWS];
        let pixel = stretch.span().as_secs_f64() / 4000.0;
        let is_seen = |place: &&Placed<'_>| {
            let last = &mut drawn_until[place.row.min(ROWS - 1)];
            let (from, until) = (seconds(place.bar.at), seconds(place.until));
            let is_seen = until - from > pixel || from - *last > pixel;
            if is_seen {
                *last = until;
            }
            is_seen
        };
        let bars: Vec<Placed<'_>> = placed.iter().filter(in_sight).filter(is_seen).copied().collect();
        let rows = bars.iter().map(|place| place.row + 1).max().unwrap_or(1);
        let mut dots = Vec::new();
        for column in timeline.columns(&times) {
            for (lane, is_answer) in [(LOOKUPS, true), (PROBLEMS, false)] {
                let tallies = || column.tallies().filter(|(mark, _)| mark.is_answer() == is_answer);
                let count = tallies().count();
                let newest = tallies().map(|(_, tally)| tally.at).max().unwrap_or(0);
                for (index, (mark, tally)) in tallies().enumerate() {
                    let y = lane.center() + (index as f32 - (count as f32 - 1.0) / 2.0) * PITCH;
                    dots.push(Dot { at: newest as f64 / 1e3, y, mark, tally });
                }
            }
        }
        Self { stretch, now, bars, placed, rows, dots, open }
    }

    fn bar_places(&self, place: &Placed<'_>, transform: &PlotTransform) -> BarPlaces {
        let frame = transform.frame();
        let edges = Rangef::new(frame.left() - 8.0, frame.right() + 8.0);
        let x = |at: Timestamp| edges.clamp(x_of(transform, seconds(at)).round());
        let (from, until) = (x(place.bar.at), x(place.until));
        let pitch = TOKENS.span() / self.rows as f32;
        let top = frame.top() + TOKENS.min + pitch * place.row as f32;
        let height = (pitch - 4.0).min(22.0);
        let top = if self.rows == 1 { frame.top() + TOKENS.center() - height / 2.0 } else { top };
        let rect = Rect::from_min_size(pos2(from, top.round()), vec2((until - from).max(2.0), height.round()));
        let mark = |lead| x(place.bar.before_expiry(lead)).min(rect.right());
        let (soft, stale) = match place.bar.leads {
            Some(leads) => (mark(leads.soft), mark(leads.stale)),
            None => (rect.right(), rect.right()),
        };
        BarPlaces { rect, soft, stale }
    }

    fn dot_place(dot: &Dot, transform: &PlotTransform) -> Pos2 {
        pos2(x_of(transform, dot.at), transform.frame().top() + dot.y)
    }

    fn hit(&self, at: Pos2, transform: &PlotTransform) -> Option<Hit> {
        let far = |index: &usize| Self::dot_place(&self.dots[*index], transform).distance(at);
        let nearest = (0..self.dots.len()).min_by(|a, b| far(a).total_cmp(&far(b)));
        if let Some(index) = nearest.filter(|index| far(index) <= REACH) {
            return Some(Hit::Dot(index));
        }
        // The last one lies on top.
        let is_at = |place: &Placed<'_>| self.bar_places(place, transform).rect.expand2(vec2(2.0, 1.0)).contains(at);
        self.bars.iter().rposition(is_at).map(Hit::Bar)
    }

    fn lives(&self, place: &Placed<'_>) -> bool {
        place.standing == crate::activity::timeline::bars::Standing::Newest && place.bar.expires_at() > self.now
    }

    fn paint(&self, ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let palette = Palette::of(ui);
        let frame = transform.frame();
        for lane in [LOOKUPS, PROBLEMS] {
            let y = (frame.top() + lane.center()).round() + 0.5;
            shapes.push(Shape::hline(frame.x_range(), y, (1.0, palette.line)));
        }
        for place in &self.bars {
            let places = self.bar_places(place, transform);
            let lives = self.lives(place);
            shapes::bar(&places, lives, palette, shapes);
            self.name(ui, place, &places, bar_colours(lives, palette).0, frame, shapes);
            if self.open == Some(place.bar.number) {
                let edge = egui::StrokeKind::Outside;
                let ring = egui::epaint::RectShape::stroke(places.rect.expand(1.0), 5.0, (2.0, palette.accent), edge);
                shapes.push(ring.into());
            }
        }
        let x = (x_of(transform, self.stretch.now)).round() + 0.5;
        shapes.push(Shape::vline(x, Rangef::new(frame.top() + 14.0, frame.bottom()), (1.0, palette.accent)));
        for dot in &self.dots {
            let at = Self::dot_place(dot, transform);
            if self.open == Some(dot.tally.newest) {
                shapes.push(Shape::circle_stroke(at, REACH, (2.0, palette.accent)));
            }
            shapes.extend(shapes::mark(dot.mark, at, palette));
        }
        let font = theme::caption_strong_style().resolve(ui.style());
        let galley = ui.painter().layout_no_wrap("now".to_owned(), font, palette.accent);
        let left = (x - galley.size().x / 2.0).min(frame.right() - galley.size().x);
        let top = frame.top() + NOW_AT - galley.size().y / 2.0;
        shapes.push(TextShape::new(pos2(left, top).round(), galley, palette.accent).into());
    }

    /// The token's number on its bar, and why it was fetched, as far as there is room.
    fn name(
        &self,
        ui: &Ui,
        place: &Placed<'_>,
        places: &BarPlaces,
        ink: Color32,
        frame: &Rect,
        shapes: &mut Vec<Shape>,
    ) {
        if places.rect.height() < 12.0 {
            return;
        }
        let palette = Palette::of(ui);
        let ink = if self.lives(place) { ink } else { palette.text2 };
        let left = places.rect.left().max(frame.left()) + 6.0;
        let room = places.soft.min(frame.right()) - 4.0 - left;
        let number = format!("#{}", place.bar.generation);
        let long = format!("{number} {}", place.bar.reason.label());
        let font = theme::caption_strong_style().resolve(ui.style());
        for text in [long, number] {
            let galley = ui.painter().layout_no_wrap(text, font.clone(), ink);
            if galley.size().x <= room {
                let top = places.rect.center().y - galley.size().y / 2.0;
                shapes.push(TextShape::new(pos2(left, top).round(), galley, ink).into());
                return;
            }
        }
    }
}

fn x_of(transform: &PlotTransform, seconds: f64) -> f32 {
    transform.position_from_point_x(seconds)
}

/// The scene as an item of the plot, which hands over its transform and clips what is drawn.
struct Item<'a> {
    scene: &'a Scene<'a>,
    base: PlotItemBase,
}

impl PlotItem for Item<'_> {
    fn shapes(&self, ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        self.scene.paint(ui, transform, shapes);
    }

    fn initialize(&mut self, _x_range: RangeInclusive<f64>) {}

    fn color(&self) -> Color32 {
        Color32::TRANSPARENT
    }

    fn allow_hover(&self) -> bool {
        false
    }

    fn geometry(&self) -> PlotGeometry<'_> {
        PlotGeometry::None
    }

    fn bounds(&self) -> PlotBounds {
        PlotBounds::NOTHING
    }

    fn base(&self) -> &PlotItemBase {
        &self.base
    }

    fn base_mut(&mut self) -> &mut PlotItemBase {
        &mut self.base
    }
}

/// Draws the plot; returns the number of the event that was clicked.
fn plot(ui: &mut Ui, scene: &Scene<'_>, timeline: &Timeline, log: &Snapshot) -> Option<u64> {
    let palette = Palette::of(ui);
    let stretch = scene.stretch;
    let zone = TimeZone::system();
    let offset = zone.to_offset(scene.now).seconds();
    let width = ui.available_width();
    let (marks, step) = stretch.marks(AXIS_STEP, width, offset);
    let axis = AxisHints::new_x()
        .min_thickness(AXIS_HEIGHT)
        .label_spacing(1.0..=2.0)
        .tick_label_color(palette.muted)
        .tick_label_font(egui::TextStyle::Small.resolve(ui.style()))
        .formatter(move |mark, _| name(mark.value, step, &zone));
    let plot = still(Plot::new("timeline"))
        .width(width)
        .height(HEIGHT + AXIS_HEIGHT)
        .sense(Sense::CLICK)
        .invert_y(true)
        .show_x(false)
        .show_y(false)
        .show_axes([true, false])
        .show_grid([true, false])
        .grid_color(palette.line)
        .grid_fade(0.0)
        .custom_x_axes(vec![axis])
        .x_grid_spacer(move |_| grid_marks(&marks, step));
    let shown = plot.show(ui, |plot| {
        plot.set_plot_bounds_x(stretch.from..=stretch.until);
        plot.set_plot_bounds_y(0.0..=f64::from(HEIGHT));
        plot.add(Item { scene, base: PlotItemBase::new("timeline".to_owned()) });
    });
    let response = shown.response;
    let summary = || says::summary(stretch, timeline, &scene.placed, scene.now);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Image, true, "Timeline of tokens and requests");
        info.current_text_value = Some(summary());
        info
    });
    let hit = response.hover_pos().and_then(|at| scene.hit(at, &shown.transform))?;
    let number = match hit {
        Hit::Bar(index) => scene.bars[index].bar.number,
        Hit::Dot(index) => scene.dots[index].tally.newest,
    };
    mark_hovered(ui, scene, hit, &shown.transform);
    let response = response.on_hover_cursor(egui::CursorIcon::PointingHand);
    let is_clicked = response.clicked();
    tell(response, scene, hit, log.get(number));
    is_clicked.then_some(number)
}

fn mark_hovered(ui: &Ui, scene: &Scene<'_>, hit: Hit, transform: &PlotTransform) {
    let palette = Palette::of(ui);
    let painter = ui.painter().with_clip_rect(transform.frame().expand(4.0));
    match hit {
        Hit::Dot(index) => {
            let at = Scene::dot_place(&scene.dots[index], transform);
            painter.circle_stroke(at, REACH, (1.0, palette.text));
        }
        Hit::Bar(index) => {
            let rect = scene.bar_places(&scene.bars[index], transform).rect;
            painter.rect_stroke(rect, f32::from(theme::radius::TAG), (1.0, palette.text), egui::StrokeKind::Outside);
        }
    }
}

/// The words beside the pointer.
fn tell(response: Response, scene: &Scene<'_>, hit: Hit, event: Option<&Arc<Event>>) {
    let Some(event) = event else { return };
    response.on_hover_ui_at_pointer(|ui| {
        let palette = Palette::of(ui);
        ui.set_max_width(360.0);
        ui.spacing_mut().item_spacing.y = 2.0;
        let line = |ui: &mut Ui, text: String| _ = ui.label(theme::small(text).color(palette.text2));
        match hit {
            Hit::Bar(index) => {
                let bar = scene.bars[index].bar;
                ui.label(theme::small_strong(&*event.subject));
                line(ui, says::facts(event));
                line(ui, says::life(bar, scene.now));
                if let Some(service) = event.service.as_ref().map(crate::activity::Service::sentence)
                    && !service.is_empty()
                {
                    line(ui, format!("{}.", says::with_capital(&service)));
                }
                line(ui, "Click to open it.".to_owned());
            }
            Hit::Dot(index) => {
                let dot = &scene.dots[index];
                ui.label(theme::small_strong(format!("{} · {}", event.subject, event.outcome.label())));
                line(ui, says::facts(event));
                if dot.tally.count > 1 {
                    let others = dot.tally.count - 1;
                    line(
                        ui,
                        format!(
                            "And {others} more {} about then. Click to open the newest.",
                            dot.mark.outcome().label()
                        ),
                    );
                } else {
                    line(ui, "Click to open it.".to_owned());
                }
            }
        }
    });
}

/// The shapes with their words. It says nothing that the words of the list do not say.
fn legend(ui: &mut Ui, palette: &Palette) {
    ui.add_space(space::XS);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 16.0), Sense::hover());
    let font = egui::TextStyle::Small.resolve(ui.style());
    let painter = ui.painter();
    let y = rect.center().y;
    let mut x = rect.left();
    let word = |x: f32, text: &str| {
        let rect = painter.text(pos2(x, y), Align2::LEFT_CENTER, text, font.clone(), palette.text2);
        rect.right() + 14.0
    };
    for mark in Mark::ALL {
        painter.extend(shapes::mark(mark, pos2(x + shapes::MARK, y), palette));
        x = word(x + 2.0 * shapes::MARK + 6.0, mark.outcome().label());
    }
    let low = Rect::from_min_max(pos2(x, y), pos2(x + 10.0, y + 5.0));
    painter.rect_filled(low, 0.0, palette.warn);
    x = word(x + 16.0, "Soft refresh");
    let high = Rect::from_min_max(pos2(x, y - 5.0), pos2(x + 10.0, y + 5.0));
    painter.rect_filled(high, 0.0, palette.err);
    word(x + 16.0, "Stale");
}
