//! The timeline on top of the *Activity* tab: a bar a token from issue to expiry, a mark for requests by outcome, and “now”. It
//! draws what [`crate::activity::timeline`] counted, so a frame costs the same however long the log is. It is for the eye: the
//! list below says the same to a screen reader and a keyboard, and takes the whole of it.

use std::ops::Range;
use std::sync::Arc;

use egui::{Align, Color32, Layout, PopupAnchor, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};
use egui_plot::{AxisHints, GridMark, Plot, PlotBounds, PlotGeometry, PlotItem, PlotItemBase, PlotTransform};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::icon::Icon;
use super::theme::{self, Palette, space};
use super::widgets::{Button, Tone, segmented};
use super::words;
use crate::activity::timeline::{Bar, MOST_LANES, Mark, Picture, Span, Spot, Trace, View};
use crate::activity::{Event, Scan};
use crate::app::App;

/// So many events are looked at in one frame when the tab is opened.
const LOOKED_AT_IN_A_FRAME: u64 = 5_000;
/// In a tab lower than this, in points, the list needs the room: the timeline is folded until asked for.
const LOW: f32 = 480.0;
const LANE: f32 = 14.0;
const AXIS: f32 = 20.0;
/// The words at the left of the rows, in points.
const GUTTER: f32 = 76.0;
/// The distance between two times on the axis, in points, at least.
const TICKS_APART: f64 = 90.0;
/// What a row of marks is called, and what stands in it.
const ROWS: [(&str, &[Mark]); 4] = [
    ("Answered", &[Mark::Answered]),
    ("No price", &[Mark::WithoutPrice]),
    ("Forbidden", &[Mark::Forbidden]),
    ("Failed", &[Mark::Failed, Mark::GivenUp]),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fold {
    Open,
    Folded,
}

/// What the timeline remembers between frames.
#[derive(Default)]
pub struct TimelineState {
    /// As the user left it; by the room there is, until then.
    fold: Option<Fold>,
    span: Span,
    trace: Option<Trace>,
    picture: Option<(Range<u64>, Picture)>,
}

impl TimelineState {
    /// Lets go of the log while the tab is not seen.
    pub fn put_away(&mut self) {
        self.trace = None;
        self.picture = None;
    }
}

/// Draws it; returns the event that was clicked.
pub fn show(ui: &mut Ui, app: &App, state: &mut TimelineState) -> Option<Arc<Event>> {
    let by_room = if ui.available_height() < LOW { Fold::Folded } else { Fold::Open };
    let fold = state.fold.unwrap_or(by_room);
    let now = Timestamp::now();
    let mut trace = state.trace.take().unwrap_or_else(|| Trace::new(app.activity()));
    if fold == Fold::Open && trace.update(app.activity(), LOOKED_AT_IN_A_FRAME) != Scan::Done {
        ui.ctx().request_repaint();
    }
    let width = ui.available_width() - GUTTER;
    let view = View::new(state.span, &trace, now, width);
    if fold == Fold::Open && state.picture.as_ref().is_none_or(|(of, has)| *of != trace.scanned() || has.view != view) {
        state.picture = Some((trace.scanned(), Picture::new(&trace, view)));
    }
    head(ui, state, fold, &trace);
    let clicked = match (&state.picture, fold) {
        (Some((_, picture)), Fold::Open) if !trace.is_empty() => {
            ui.ctx().request_repaint_after(view.changes_in(now));
            plot(ui, picture, state.span, &trace)
        }
        _ => None,
    };
    state.trace = Some(trace);
    clicked
}

fn head(ui: &mut Ui, state: &mut TimelineState, fold: Fold, trace: &Trace) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let (word, icon, other) = match fold {
            Fold::Open => ("Hide timeline", Icon::ChevronDown, Fold::Folded),
            Fold::Folded => ("Show timeline", Icon::ChevronRight, Fold::Open),
        };
        if ui.add(Button::ghost(word).icon_only(icon).compact()).clicked() {
            state.fold = Some(other);
        }
        ui.label(theme::small_strong("Timeline"));
        if fold == Fold::Folded {
            return;
        }
        let text = match &state.picture {
            Some((_, picture)) if !trace.is_empty() => picture.summary(),
            _ => "nothing has been sent yet".to_owned(),
        };
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let mut chosen = Span::ALL.iter().position(|span| *span == state.span).unwrap_or(0);
            if segmented(ui, &mut chosen, &Span::ALL.map(Span::label)).changed() {
                state.span = Span::ALL[chosen];
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let room = ui.available_width();
                super::widgets::elided(ui, &text, &theme::small_style(), palette.text2, room);
            });
        });
    });
}

fn plot(ui: &mut Ui, picture: &Picture, span: Span, trace: &Trace) -> Option<Arc<Event>> {
    let palette = Palette::of(ui);
    let rows = (picture.lanes + ROWS.len()) as f32 * LANE;
    let View { from, to, .. } = picture.view;
    let name = format!("Timeline of {}: {}", span.spoken(), picture.summary());
    let shown = ui
        .horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            ui.add_space(GUTTER);
            let axis = AxisHints::new_x()
                .formatter(|mark, _| tick(mark))
                .tick_label_color(palette.muted)
                .tick_label_font(egui::TextStyle::Small.resolve(ui.style()))
                .min_thickness(AXIS)
                .label_spacing(20.0..=40.0);
            Plot::new("timeline")
                .height(rows + AXIS)
                .custom_x_axes(vec![axis])
                .custom_y_axes(Vec::new())
                .x_grid_spacer(|input| ticks(input.bounds))
                .show_grid([true, false])
                .grid_color(palette.line)
                .show_x(false)
                .show_y(false)
                .allow_zoom(false)
                .allow_drag(false)
                .allow_scroll(false)
                .allow_boxed_zoom(false)
                .allow_double_click_reset(false)
                .allow_axis_zoom_drag(false)
                .show_background(false)
                // The list below is the way for the keyboard.
                .sense(Sense::CLICK)
                .show(ui, |plot| {
                    plot.set_plot_bounds_x(secs(from)..=secs(to));
                    plot.set_plot_bounds_y(0.0..=f64::from(rows));
                    plot.add(Drawn { base: PlotItemBase::new("timeline".into()), picture, palette, rows });
                })
        })
        .inner;
    let (response, transform) = (shown.response, shown.transform);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    gutter(ui, picture, palette, *transform.frame());
    let at = response.hover_pos()?;
    let hit = Hit::at(picture, &transform, at)?;
    let (number, text) = hit.says(trace);
    ui.painter().rect_stroke(hit.rect(&transform), 3.0, (1.5, palette.accent), egui::StrokeKind::Outside);
    let tooltip = egui::Tooltip::always_open(ui.ctx().clone(), response.layer_id, response.id, PopupAnchor::Pointer);
    tooltip.gap(12.0).show(|ui| {
        ui.set_max_width(320.0);
        ui.label(theme::small(text));
    });
    if response.clicked() { trace.event(number).cloned() } else { None }
}

/// What each row is, with the shape of its marks.
fn gutter(ui: &Ui, picture: &Picture, palette: &Palette, frame: Rect) {
    let painter = ui.painter();
    let font = theme::small_style().resolve(ui.style());
    let left = frame.left() - GUTTER;
    let word = |text: &str, y: f32| {
        painter.text(pos2(left + 14.0, y), egui::Align2::LEFT_CENTER, text, font.clone(), palette.text2);
    };
    let y = frame.top() + LANE / 2.0;
    painter.rect_filled(Rect::from_center_size(pos2(left + 5.0, y), vec2(10.0, 7.0)), 2.0, palette.info);
    word("Tokens", y);
    for (row, (text, marks)) in ROWS.iter().enumerate() {
        let y = frame.top() + ((picture.lanes + row) as f32 + 0.5) * LANE;
        let mut shapes = Vec::new();
        shape(marks[0], pos2(left + 5.0, y), 3.5, palette, &mut shapes);
        painter.extend(shapes);
        word(text, y);
    }
}

/// What lies under the pointer.
enum Hit<'a> {
    Spot(&'a Spot, usize),
    Bar(&'a Bar),
}

impl<'a> Hit<'a> {
    fn at(picture: &'a Picture, transform: &PlotTransform, pos: Pos2) -> Option<Self> {
        let moment = (transform.value_from_position(pos).x * 1000.0) as i64;
        let row = ((pos.y - transform.frame().top()) / LANE).floor().max(0.0) as usize;
        match row.checked_sub(picture.lanes) {
            None => picture.bar_at(row, moment).map(Self::Bar),
            Some(row) => {
                let (_, marks) = ROWS.get(row)?;
                let spot = picture.spot_near(marks, moment, picture.view.pixel * 8)?;
                Some(Self::Spot(spot, picture.lanes + row))
            }
        }
    }

    fn rect(&self, transform: &PlotTransform) -> Rect {
        let y = |row: usize| transform.frame().top() + (row as f32 + 0.5) * LANE;
        match self {
            Self::Spot(spot, row) => {
                Rect::from_center_size(pos2(transform.position_from_point_x(secs(spot.at())), y(*row)), vec2(11.0, 11.0))
            }
            Self::Bar(bar) => bar_rect(bar, transform),
        }
    }

    /// The event that a click opens, and what there is to say.
    fn says(&self, trace: &Trace) -> (u64, String) {
        match self {
            Self::Spot(spot, _) => {
                let newest = trace.event(spot.newest).map(|event| one_line(event)).unwrap_or_default();
                let text = match spot.count {
                    1 => format!("{}\n{newest}", time(spot.first)),
                    many => format!(
                        "{many} requests {}, {} to {}\nThe newest: {newest}",
                        spot.mark.label(),
                        time(spot.first),
                        time(spot.last)
                    ),
                };
                (spot.newest, text)
            }
            Self::Bar(bar) if bar.count > 1 => {
                let text = format!("{} tokens\n{} to {}", bar.count, time(bar.life.from), time(bar.life.until));
                (bar.life.number, text)
            }
            Self::Bar(bar) => {
                let life = &bar.life;
                let why = trace.event(life.number).map(|event| one_line(event)).unwrap_or_default();
                let text = format!(
                    "{why}\nIssued {}, renewed in use from {}, lookups wait from {}, expires {}",
                    time(life.from),
                    time(life.soft),
                    time(life.stale),
                    time(life.until)
                );
                (life.number, text)
            }
        }
    }
}

fn one_line(event: &Event) -> String {
    let profile = event.profile.as_ref().map(|profile| format!(", {}", profile.name)).unwrap_or_default();
    format!("{}{profile}: {}, {}", event.subject, event.reason.label(), event.outcome.label())
}

/// The picture as an item of the plot.
struct Drawn<'a> {
    base: PlotItemBase,
    picture: &'a Picture,
    palette: &'static Palette,
    rows: f32,
}

impl PlotItem for Drawn<'_> {
    fn shapes(&self, _ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let (picture, palette, frame) = (self.picture, self.palette, transform.frame());
        for bar in &picture.bars {
            let rect = bar_rect(bar, transform);
            shapes.push(Shape::rect_filled(rect, 2.0, palette.info_bg));
            shapes.push(Shape::Rect(egui::epaint::RectShape::stroke(
                rect,
                2.0,
                (1.0, palette.info),
                egui::StrokeKind::Inside,
            )));
            // Marks that would not be told apart from the bar's end are left out.
            if rect.width() > 24.0 && bar.count == 1 {
                for (moment, ink) in [(bar.life.soft, palette.warn), (bar.life.stale, palette.err)] {
                    let x = transform.position_from_point_x(secs(moment));
                    if moment < bar.drawn_until && rect.x_range().contains(x) {
                        let line = [pos2(x, rect.top() + 1.0), pos2(x, rect.bottom() - 1.0)];
                        shapes.push(Shape::line_segment(line, Stroke::new(2.0, ink)));
                    }
                }
            }
        }
        for spot in &picture.spots {
            let row = ROWS.iter().position(|(_, marks)| marks.contains(&spot.mark)).unwrap_or(0) + picture.lanes;
            let centre =
                pos2(transform.position_from_point_x(secs(spot.at())), frame.top() + (row as f32 + 0.5) * LANE);
            let size = if spot.count == 1 { 3.0 } else { 4.0 };
            shape(spot.mark, centre, size, palette, shapes);
        }
        let x = transform.position_from_point_x(secs(picture.view.now));
        let line = [pos2(x, frame.top()), pos2(x, frame.bottom())];
        shapes.push(Shape::line_segment(line, Stroke::new(1.5, palette.accent)));
    }

    fn initialize(&mut self, _range: std::ops::RangeInclusive<f64>) {}

    fn color(&self) -> Color32 {
        self.palette.accent
    }

    fn allow_hover(&self) -> bool {
        false
    }

    fn geometry(&self) -> PlotGeometry<'_> {
        PlotGeometry::None
    }

    fn bounds(&self) -> PlotBounds {
        let View { from, to, .. } = self.picture.view;
        PlotBounds::from_min_max([secs(from), 0.0], [secs(to), f64::from(self.rows)])
    }

    fn base(&self) -> &PlotItemBase {
        &self.base
    }

    fn base_mut(&mut self) -> &mut PlotItemBase {
        &mut self.base
    }
}

fn bar_rect(bar: &Bar, transform: &PlotTransform) -> Rect {
    let x = |moment: i64| transform.position_from_point_x(secs(moment));
    let top = transform.frame().top() + bar.lane.min(MOST_LANES) as f32 * LANE;
    let (left, right) = (x(bar.life.from), x(bar.drawn_until));
    Rect::from_min_max(pos2(left, top + 2.0), pos2(right.max(left + 2.0), top + LANE - 2.0))
}

/// Each outcome has a shape of its own, so that colour is never the only sign.
fn shape(mark: Mark, centre: Pos2, size: f32, palette: &Palette, shapes: &mut Vec<Shape>) {
    let tone = match mark {
        Mark::Answered => Tone::Ok,
        Mark::WithoutPrice => Tone::Info,
        Mark::Forbidden => Tone::Deny,
        Mark::Failed => Tone::Err,
        Mark::GivenUp => Tone::Neutral,
    };
    let ink = tone.ink(palette);
    let at = |x: f32, y: f32| centre + vec2(x, y) * size;
    match mark {
        Mark::Answered => shapes.push(Shape::circle_filled(centre, size, ink)),
        Mark::WithoutPrice => {
            let corners = vec![at(0.0, -1.3), at(1.3, 0.0), at(0.0, 1.3), at(-1.3, 0.0)];
            shapes.push(Shape::closed_line(corners, Stroke::new(1.5, ink)));
        }
        Mark::Forbidden => {
            shapes.push(Shape::rect_filled(Rect::from_center_size(centre, vec2(size, size) * 1.8), 0.0, ink));
        }
        Mark::Failed => {
            for line in [[at(-1.0, -1.0), at(1.0, 1.0)], [at(-1.0, 1.0), at(1.0, -1.0)]] {
                shapes.push(Shape::line_segment(line, Stroke::new(2.0, ink)));
            }
        }
        Mark::GivenUp => shapes.push(Shape::circle_stroke(centre, size, Stroke::new(1.5, ink))),
    }
}

/// Times on the axis: whole steps of local time.
fn ticks((from, to): (f64, f64)) -> Vec<GridMark> {
    const STEPS: [f64; 13] = [
        60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 14_400.0, 21_600.0, 43_200.0, 86_400.0, 604_800.0,
    ];
    let wanted = (to - from) * TICKS_APART / 900.0;
    let step = STEPS.into_iter().find(|step| *step >= wanted).unwrap_or(wanted.max(1.0));
    let offset = Timestamp::from_second(from as i64).map_or(0, |at| TimeZone::system().to_offset(at).seconds());
    let offset = f64::from(offset);
    let first = ((from + offset) / step).ceil() * step - offset;
    (0..64)
        .map(|index| first + f64::from(index) * step)
        .take_while(|value| *value <= to)
        .map(|value| GridMark { value, step_size: step })
        .collect()
}

fn tick(mark: GridMark) -> String {
    let format = if mark.step_size < 86_400.0 { "%H:%M" } else { "%-d %b" };
    let at = Timestamp::from_second(mark.value.round() as i64);
    at.map(|at| at.to_zoned(TimeZone::system()).strftime(format).to_string()).unwrap_or_default()
}

fn secs(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

fn time(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map(words::time_of_day).unwrap_or_default()
}
