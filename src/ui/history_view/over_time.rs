//! What a SKU cost over time: a line for each price list, currency and quantity, from what was recorded.
//!
//! A place on the plot is a float, since a pixel is one; what is said of a point is the amount as the server wrote it (P2). To screen
//! readers the plot is one picture, whose value says each line's first and last amount.

use egui::{Color32, Role, Sense, Ui, WidgetInfo, vec2};
use egui_plot::{AxisHints, GridInput, GridMark, HoverPosition, Line, Plot, PlotPoints, Points};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::theme::{self, Palette, space};
use super::super::widgets::{card, card_body, card_header};
use super::super::words;
use crate::history::Recorded;
use crate::prices::Price;

const HEIGHT: f32 = 150.0;
/// More lines than this cannot be told apart.
const MOST: usize = 8;
/// The steps between two marks of time, in seconds.
const STEPS: [f64; 9] = [60.0, 600.0, 3600.0, 21_600.0, 86_400.0, 604_800.0, 2_592_000.0, 7_776_000.0, 31_536_000.0];
const DAY: f64 = 86_400.0;

/// The amounts of one price list, currency and quantity.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Series<'a> {
    pub name: String,
    pub points: Vec<&'a Recorded>,
}

/// Draws the card.
pub(super) fn show(ui: &mut Ui, sku: &str, recorded: &[Recorded]) {
    let palette = Palette::of(ui);
    let all = series(recorded);
    let shown = &all[..all.len().min(MOST)];
    card(ui, |ui| {
        card_header(ui, "Recorded prices over time", |_| {});
        card_body(ui, |ui| {
            plot(ui, sku, shown, palette);
            if all.len() > MOST {
                let text = format!("{} further prices are not drawn.", all.len() - MOST);
                ui.label(theme::caption(text).color(palette.muted));
            }
        });
    });
}

fn plot(ui: &mut Ui, sku: &str, all: &[Series<'_>], palette: &Palette) {
    let colours =
        [palette.info, palette.ok, palette.warn, palette.deny, palette.err, palette.stag, palette.dev, palette.neutral];
    let zone = TimeZone::system();
    let times = all.iter().flat_map(|series| &series.points).map(|one| seconds(one.at));
    let (from, to) = times.fold((f64::INFINITY, f64::NEG_INFINITY), |(from, to), at| (from.min(at), to.max(at)));
    let margin = ((to - from) * 0.05).max(30.0);
    let is_short = to - from < 2.0 * DAY;
    let axis_zone = zone.clone();
    let axis = AxisHints::new_x().formatter(move |mark, _range| {
        let format = if is_short { "%H:%M" } else { "%-d %b %Y" };
        timestamp(mark.value).to_zoned(axis_zone.clone()).strftime(format).to_string()
    });
    let offset = timestamp(from).to_zoned(zone).offset().seconds();
    let plot = Plot::new("prices-over-time")
        .height(HEIGHT)
        .sense(Sense::HOVER)
        .allow_zoom(false)
        .allow_drag(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .allow_double_click_reset(false)
        .show_background(false)
        .show_crosshair(false)
        .grid_color(palette.line)
        .custom_x_axes(vec![axis])
        .x_grid_spacer(move |input| marks(&input, f64::from(offset)))
        .include_x(from - margin)
        .include_x(to + margin)
        .set_margin_fraction(vec2(0.0, 0.15))
        .cursor_color(Color32::TRANSPARENT)
        .label_formatter(|at| said(all, at));
    let shown = plot.show(ui, |plot| {
        for (series, colour) in all.iter().zip(colours) {
            let points: Vec<[f64; 2]> = series.points.iter().map(|one| [seconds(one.at), height(&one.price)]).collect();
            plot.line(Line::new(&series.name, PlotPoints::from(points.clone())).color(colour).allow_hover(false));
            plot.points(Points::new(&series.name, PlotPoints::from(points)).color(colour).radius(3.5));
        }
    });
    legend(ui, all, &colours, palette);
    let summary = || summary(all);
    shown.response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Image, true, format!("Recorded prices of {sku}"));
        info.current_text_value = Some(summary());
        info
    });
}

/// Which colour is which price. Beneath the plot, where it covers nothing.
fn legend(ui: &mut Ui, all: &[Series<'_>], colours: &[Color32], palette: &Palette) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        ui.spacing_mut().interact_size.y = 16.0;
        for (series, colour) in all.iter().zip(colours) {
            let (dot, _) = ui.allocate_exact_size(vec2(8.0, 16.0), Sense::hover());
            ui.painter().circle_filled(dot.center(), 3.5, *colour);
            ui.label(theme::caption(series.name.as_str()).color(palette.text2));
            ui.add_space(space::S);
        }
    });
}

/// The prices that belong together, the one with the most points first.
pub(super) fn series(recorded: &[Recorded]) -> Vec<Series<'_>> {
    let mut all: Vec<Series<'_>> = Vec::new();
    for one in recorded {
        let name = name(&one.price);
        match all.iter_mut().find(|series| series.name == name) {
            Some(series) => series.points.push(one),
            None => all.push(Series { name, points: vec![one] }),
        }
    }
    all.sort_by_key(|series| std::cmp::Reverse(series.points.len()));
    all
}

/// What tells a price from the others of its SKU; nothing that the body does not name.
fn name(price: &Price) -> String {
    let quantity = price.quantity_from.as_ref().map(|quantity| format!("from {quantity}"));
    let parts = [
        price.price_list.as_deref(),
        price.currency.as_deref(),
        quantity.as_deref(),
        price.vat_mode.as_deref(),
        price.kind.as_deref().filter(|kind| *kind != "price"),
    ];
    let name = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    if name.is_empty() { "Price".to_owned() } else { name }
}

/// What is said of the point that the pointer is at.
fn said(all: &[Series<'_>], at: &HoverPosition<'_>) -> Option<String> {
    let HoverPosition::NearDataPoint { plot_name, index, .. } = at else { return None };
    let one = all.iter().find(|series| series.name == *plot_name)?.points.get(*index)?;
    let currency = one.price.currency.as_deref().unwrap_or_default();
    let parameters: Vec<String> = one.parameters.iter().map(|(name, value)| format!("\n{name}={value}")).collect();
    let (amount, when) = (&one.price.amount, words::day_and_time(one.at));
    Some(format!("{amount} {currency}\n{plot_name}\n{when}{}", parameters.concat()))
}

fn summary(all: &[Series<'_>]) -> String {
    let lines = all.iter().filter_map(|series| {
        let (first, last) = (series.points.first()?, series.points.last()?);
        let (from, to) = (words::day_and_time(first.at), words::day_and_time(last.at));
        Some(format!("{}: {} on {from}, {} on {to}", series.name, first.price.amount, last.price.amount))
    });
    lines.collect::<Vec<_>>().join("; ")
}

/// At most a handful of marks, at whole steps of local time.
fn marks(input: &GridInput, offset: f64) -> Vec<GridMark> {
    let (from, to) = input.bounds;
    let step = STEPS.into_iter().find(|step| (to - from) / step <= 6.0).unwrap_or((to - from) / 6.0);
    if step <= 0.0 || !step.is_finite() {
        return Vec::new();
    }
    let first = ((from + offset) / step).ceil() as i64;
    let last = ((to + offset) / step).floor() as i64;
    (first..=last).map(|index| GridMark { value: index as f64 * step - offset, step_size: step }).collect()
}

fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}

fn timestamp(seconds: f64) -> Timestamp {
    Timestamp::from_millisecond((seconds * 1000.0) as i64).unwrap_or_default()
}

/// Where an amount stands on the plot. One beyond all floats stands at 0.
fn height(price: &Price) -> f64 {
    price.amount.as_str().parse().ok().filter(|height: &f64| height.is_finite()).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::batch::RunId;
    use crate::prices::Answer;

    fn recorded(at: i64, body: &str) -> Vec<Recorded> {
        let answer = Answer::read("A", 200, None, body.as_bytes());
        let at = Timestamp::from_second(at).unwrap();
        let one = |price| Recorded { run: RunId(1), at, parameters: Arc::new([]), price };
        answer.prices.into_iter().map(one).collect()
    }

    #[test]
    fn prices_of_another_list_currency_or_quantity_are_lines_of_their_own() {
        let of = |amount: &str| {
            format!(
                r#"[{{"price":{amount},"currency":"EUR","min_qty":1}},{{"price":9,"currency":"EUR","min_qty":10}},{{"price":120,"currency":"SEK","min_qty":1}}]"#
            )
        };
        let mut all = recorded(0, &of("12.10"));
        all.extend(recorded(3600, &of("12.50")));
        let series = series(&all);
        let names: Vec<_> = series.iter().map(|series| (series.name.as_str(), series.points.len())).collect();
        assert_eq!(names, [("EUR, from 1", 2), ("EUR, from 10", 2), ("SEK, from 1", 2)]);
        let said = summary(&series);
        assert!(said.contains("12.10 on") && said.contains("12.50 on"), "{said}");
    }

    #[test]
    fn p2_what_is_said_of_a_point_is_what_the_server_wrote() {
        let all = recorded(0, r#"{"price":1e2,"currency":"EUR"}"#);
        let series = series(&all);
        let position = egui_plot::PlotPoint::new(0.0, 100.0);
        let at = HoverPosition::NearDataPoint { plot_name: "EUR", position, index: 0 };
        assert!(said(&series, &at).unwrap().starts_with("1e2 EUR\n"));
    }

    #[test]
    fn marks_of_time_are_few_and_whole() {
        for span in [60.0, 7200.0, 86_400.0 * 40.0, 86_400.0 * 4000.0] {
            let marks = marks(&GridInput { bounds: (1e9, 1e9 + span), base_step_size: 1.0 }, 3600.0);
            assert!((1..=7).contains(&marks.len()), "{span}: {}", marks.len());
        }
    }
}
