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
use crate::history::over_time::{Line, OverTime};

const HEIGHT: f32 = 150.0;
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
                Some((from, to)) => plot(ui, over_time, from, to, palette),
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

fn plot(ui: &mut Ui, over_time: &OverTime, from: f64, to: f64, palette: &Palette) {
    let zone = TimeZone::system();
    let margin = ((to - from) * 0.05).max(30.0);
    let (from, to) = (from - margin, to + margin);
    let parts = (ui.available_width() / AXIS_STEP).max(1.0);
    let step = round_up(Duration::try_from_secs_f64((to - from) / f64::from(parts)).unwrap_or_default()).as_secs_f64();
    let marks = marks(from..=to, step, zone.to_offset(timestamp(to)).seconds());
    let font = egui::TextStyle::Small.resolve(ui.style());
    let axis = |hints: AxisHints<'static>| hints.tick_label_color(palette.muted).tick_label_font(font.clone());
    let times = axis(AxisHints::new_x()).formatter(move |mark, _range| name(mark.value, step, &zone));
    let plot = still(Plot::new("prices-over-time"))
        .height(HEIGHT)
        .sense(Sense::HOVER)
        .grid_color(palette.line)
        .custom_x_axes(vec![times])
        .custom_y_axes(vec![axis(AxisHints::new_y())])
        .x_grid_spacer(move |_| grid_marks(&marks, step))
        .include_x(from)
        .include_x(to)
        .set_margin_fraction(vec2(0.0, 0.15))
        .label_formatter(|at| said(&over_time.lines, at));
    let shown = plot.show(ui, |plot| {
        for (line, colour) in over_time.lines.iter().zip(colours(palette)) {
            let places = || line.places.iter().copied().collect::<PlotPoints<'_>>();
            plot.line(Drawn::new(&line.name, places()).color(colour).allow_hover(false));
            plot.points(Points::new(&line.name, places()).color(colour).radius(3.5));
        }
    });
    shown.response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Image, true, format!("Recorded prices of {}", over_time.sku));
        info.current_text_value = Some(summary(&over_time.lines));
        info
    });
}

/// Which colour is which price. Beneath the plot, where it covers nothing.
fn legend(ui: &mut Ui, over_time: &OverTime, palette: &Palette) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        ui.spacing_mut().interact_size.y = 16.0;
        for (line, colour) in over_time.lines.iter().zip(colours(palette)) {
            let (dot, _) = ui.allocate_exact_size(vec2(8.0, 16.0), Sense::hover());
            ui.painter().circle_filled(dot.center(), 3.5, colour);
            ui.label(theme::caption(line.name.as_str()).color(palette.text2));
            ui.add_space(space::S);
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
fn said(lines: &[Line], at: &HoverPosition<'_>) -> Option<String> {
    let HoverPosition::NearDataPoint { plot_name, index, .. } = at else { return None };
    let one = lines.iter().find(|line| line.name == *plot_name)?.points.get(*index)?;
    let currency = one.price.currency.as_deref().unwrap_or_default();
    let parameters: Vec<String> =
        one.header.parameters.iter().map(|(name, value)| format!("\n{name}={value}")).collect();
    let (amount, when) = (&one.price.amount, words::day_and_time(one.at));
    Some(format!("{amount} {currency}\n{plot_name}\n{when}{}", parameters.concat()))
}

fn summary(lines: &[Line]) -> String {
    let lines = lines.iter().filter_map(|line| {
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
        let said =
            said(&over_time.lines, &HoverPosition::NearDataPoint { plot_name: "EUR", position, index: 0 }).unwrap();
        assert!(said.starts_with("1e2 EUR\n") && said.ends_with("\nasOf=2026-12-01"), "{said}");
        assert!(summary(&over_time.lines).contains("EUR: 1e2 on"));
    }
}
