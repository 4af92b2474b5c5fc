//! What a SKU cost over time: the lines that the history made of its recorded prices, drawn.
//!
//! It draws and makes nothing. To screen readers the plot is one picture, whose value says each line's first and last amount, as the
//! server wrote them (P2).

use std::time::Duration;

use egui::{Color32, Role, Sense, Ui, WidgetInfo, vec2};
use egui_plot::{AxisHints, HoverPosition, Line as Drawn, Plot, PlotPoints, Points};
use jiff::tz::TimeZone;

use super::super::icon::Icon;
use super::super::theme::{self, Palette, space};
use super::super::time_axis::{grid_marks, marks, name, round_up, still, timestamp};
use super::super::widgets::{Button, card, card_body, card_header};
use super::super::words;
use crate::history::over_time::{Line, OverTime, heights, marks as amount_marks};

const HEIGHT: f32 = 150.0;
/// The same where there is one for each currency.
const LOW: f32 = 110.0;
/// Between two amounts that the axis names, in points, and the room for their names, so that plots beneath each other begin alike.
const LEVEL_STEP: f32 = 40.0;
const AMOUNTS: f32 = 48.0;
/// What a colour's dot takes before its name.
const DOT: f32 = 12.0;
/// Between two times that the axis names, in points.
const AXIS_STEP: f32 = 110.0;

/// Whether the card can be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Card {
    Stays,
    Closes,
}

/// Draws the card. Says when it was closed.
pub(super) fn show(ui: &mut Ui, over_time: &OverTime, kind: Card) -> bool {
    let palette = Palette::of(ui);
    let mut is_closed = false;
    card(ui, |ui| {
        let title = match kind {
            Card::Stays => "Recorded prices over time".to_owned(),
            Card::Closes => format!("Recorded prices of {} over time", over_time.sku),
        };
        card_header(ui, &title, |ui| {
            let close = || Button::ghost("Close prices over time").icon_only(Icon::X).compact();
            is_closed = kind == Card::Closes && ui.add(close()).clicked();
        });
        card_body(ui, |ui| {
            let said = |ui: &mut Ui, text: &str| _ = ui.label(theme::small(text).color(palette.text2));
            match over_time.span {
                None => return said(ui, "No price of this SKU is recorded for this key."),
                Some(_) if !over_time.is_over_time() => {
                    said(ui, "The prices of this SKU were recorded once. A second time makes a line.");
                }
                Some((from, to)) => plots(ui, over_time, from, to, palette),
            }
            if over_time.has_as_of() {
                let text = "Prices as of another day (asOf) stand at the moment at which they were asked for.";
                ui.label(theme::caption(text).color(palette.muted));
            }
            legend(ui, over_time, palette);
        });
    });
    is_closed
}

/// The colours of the lines, in their order.
fn colours(palette: &Palette) -> [Color32; 8] {
    [palette.info, palette.ok, palette.warn, palette.deny, palette.err, palette.stag, palette.dev, palette.neutral]
}

/// One plot for each currency.
fn plots(ui: &mut Ui, over_time: &OverTime, from: f64, to: f64, palette: &Palette) {
    let groups = over_time.by_currency();
    let height = if groups.len() > 1 { LOW } else { HEIGHT };
    let colours = colours(palette);
    for (currency, lines) in &groups {
        let coloured = |index: &usize| Some((over_time.lines.get(*index)?, *colours.get(*index)?));
        let lines: Vec<(&Line, Color32)> = lines.iter().filter_map(coloured).collect();
        let name = match currency.filter(|_| groups.len() > 1) {
            Some(currency) => {
                ui.label(theme::caption(currency).color(palette.text2));
                format!("Recorded prices of {} in {currency}", over_time.sku)
            }
            None => format!("Recorded prices of {}", over_time.sku),
        };
        plot(ui, &name, &lines, height, [from, to], palette);
    }
}

fn plot(ui: &mut Ui, title: &str, lines: &[(&Line, Color32)], height: f32, times: [f64; 2], palette: &Palette) {
    let zone = TimeZone::system();
    let [from, to] = times;
    let margin = ((to - from) * 0.05).max(30.0);
    let (from, to) = (from - margin, to + margin);
    let parts = (ui.available_width() / AXIS_STEP).max(1.0);
    let step = round_up(Duration::try_from_secs_f64((to - from) / f64::from(parts)).unwrap_or_default()).as_secs_f64();
    let marks = marks(from..=to, step, zone.to_offset(timestamp(to)).seconds());
    let font = egui::TextStyle::Small.resolve(ui.style());
    let axis = |hints: AxisHints<'static>| hints.tick_label_color(palette.muted).tick_label_font(font.clone());
    let times = axis(AxisHints::new_x()).formatter(move |mark, _range| name(mark.value, step, &zone));
    let (least, most) = heights(lines.iter().map(|(line, _)| *line));
    let (levels, between, decimals) = amount_marks((least, most), f64::from(height / LEVEL_STEP));
    let amounts = axis(AxisHints::new_y()).min_thickness(AMOUNTS);
    let amounts = amounts.formatter(move |mark, _range| format!("{:.decimals$}", mark.value));
    let plot = still(Plot::new(("prices-over-time", title)))
        .height(height)
        .sense(Sense::HOVER)
        .grid_color(palette.line)
        .custom_x_axes(vec![times])
        .custom_y_axes(vec![amounts])
        .x_grid_spacer(move |_| grid_marks(&marks, step))
        .y_grid_spacer(move |_| grid_marks(&levels, between))
        .include_x(from)
        .include_x(to)
        .include_y(least)
        .include_y(most)
        .set_margin_fraction(vec2(0.0, 0.0))
        .label_formatter(|at| said(lines.iter().map(|(line, _)| *line), at));
    let shown = plot.show(ui, |plot| {
        for (line, colour) in lines {
            let places = || line.places.iter().copied().collect::<PlotPoints<'_>>();
            plot.line(Drawn::new(&line.name, places()).color(*colour).allow_hover(false));
            plot.points(Points::new(&line.name, places()).color(*colour).radius(3.5));
        }
    });
    shown.response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Image, true, title);
        info.current_text_value = Some(summary(lines.iter().map(|(line, _)| *line)));
        info
    });
}

/// Which colour is which price. Beneath the plot, where it covers nothing.
fn legend(ui: &mut Ui, over_time: &OverTime, palette: &Palette) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        ui.spacing_mut().interact_size.y = 16.0;
        for (line, colour) in over_time.lines.iter().zip(colours(palette)) {
            // In one piece, so that no dot is left alone at a line's end.
            let font = egui::TextStyle::Small.resolve(ui.style());
            let mut job = egui::text::LayoutJob::simple_singleline(line.name.clone(), font, palette.text2);
            job.wrap = egui::text::TextWrapping::truncate_at_width((ui.max_rect().width() - DOT).max(0.0));
            let galley = ui.painter().layout_job(job);
            let size = vec2(DOT + galley.size().x + space::S, galley.size().y.max(16.0));
            let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
            ui.painter().circle_filled(rect.left_center() + vec2(4.0, 0.0), 3.5, colour);
            let at = rect.left_center() + vec2(DOT, -galley.size().y / 2.0);
            let is_cut = galley.elided;
            ui.painter().galley(at, galley, palette.text2);
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &line.name));
            if is_cut {
                response.on_hover_text(&line.name);
            }
        }
    });
    let muted = |ui: &mut Ui, text: String| _ = ui.label(theme::caption(text).color(palette.muted));
    if !over_time.common.is_empty() {
        muted(ui, format!("All of them: {}", over_time.common));
    }
    match over_time.left_out {
        0 => {}
        1 => muted(ui, "1 further price is not drawn.".to_owned()),
        further => muted(ui, format!("{further} further prices are not drawn.")),
    }
}

/// What is said of the point that the pointer is at.
fn said<'a>(mut lines: impl Iterator<Item = &'a Line>, at: &HoverPosition<'_>) -> Option<String> {
    let HoverPosition::NearDataPoint { plot_name, index, .. } = at else { return None };
    let one = lines.find(|line| line.name == *plot_name)?.points.get(*index)?;
    let currency = one.price.currency.as_deref().unwrap_or_default();
    let parameters: Vec<String> =
        one.header.parameters.iter().map(|(name, value)| format!("\n{name}={value}")).collect();
    let (amount, when) = (&one.price.amount, words::day_and_time(one.at));
    Some(format!("{amount} {currency}\n{plot_name}\n{when}{}", parameters.concat()))
}

fn summary<'a>(lines: impl Iterator<Item = &'a Line>) -> String {
    let lines = lines.filter_map(|line| {
        let (first, last) = (line.points.first()?, line.points.last()?);
        let (from, to) = (words::day_and_time(first.at), words::day_and_time(last.at));
        Some(format!("{}: {} on {from}, {} on {to}", line.name, first.price.amount, last.price.amount))
    });
    lines.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::batch::{RunHeader, RunId, RunKind};
    use crate::history::Recorded;
    use crate::keys::{Environment, ProfileId};
    use crate::prices::Answer;

    #[test]
    fn p2_what_is_said_of_a_point_is_what_the_server_wrote() {
        let header = RunHeader {
            kind: RunKind::Single,
            started: jiff::Timestamp::UNIX_EPOCH,
            profile: ProfileId::random(),
            profile_name: "A".to_owned(),
            environment: Environment::Production,
            api_url: String::new(),
            token_url: String::new(),
            client_id: String::new(),
            parameters: vec![("asOf".to_owned(), "2026-12-01".to_owned())],
            source: String::new(),
            count: 1,
            field_map: None,
        };
        let (header, at) = (Arc::new(header), jiff::Timestamp::UNIX_EPOCH);
        let prices = Answer::read("A", 200, None, br#"{"price":1e2,"currency":"EUR"}"#).prices;
        let one = |price| Recorded { run: RunId(1), at, header: Arc::clone(&header), price };
        let over_time = OverTime::of("A".into(), prices.into_iter().map(one).collect());
        let position = egui_plot::PlotPoint::new(0.0, 100.0);
        let said = said(over_time.lines.iter(), &HoverPosition::NearDataPoint { plot_name: "EUR", position, index: 0 })
            .unwrap();
        assert!(said.starts_with("1e2 EUR\n") && said.ends_with("\nasOf=2026-12-01"), "{said}");
        assert!(summary(over_time.lines.iter()).contains("EUR: 1e2 on"));
    }
}
