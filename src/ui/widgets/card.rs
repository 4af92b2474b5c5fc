//! Cards: a plate with an edge, a header row, and content that may go from edge to edge.

use egui::{Align, CornerRadius, Frame, InnerResponse, Layout, Margin, Response, Sense, Ui, UiBuilder, vec2};

use crate::ui::theme::{self, Palette, radius, space};

/// The frame of a card, without any inner margin, so that tables reach its edges.
pub fn card_frame(palette: &Palette) -> Frame {
    Frame::new().fill(palette.card).stroke((1.0, palette.line)).corner_radius(CornerRadius::same(radius::CARD))
}

/// A card as wide as there is room.
pub fn card<R>(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    card_frame(Palette::of(ui)).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 0.0;
        contents(ui)
    })
}

/// The header row of a card, 44 points: a title at the left, what the caller wants at the right,
/// laid out from the right edge, and a line beneath.
pub fn card_header<R>(ui: &mut Ui, title: &str, right: impl FnOnce(&mut Ui) -> R) -> R {
    header_row(
        ui,
        44.0,
        |ui| {
            ui.label(theme::small_strong(title));
        },
        right,
    )
}

/// A header row of any height with free content at both ends, and a line beneath.
pub fn header_row<R>(ui: &mut Ui, height: f32, left: impl FnOnce(&mut Ui), right: impl FnOnce(&mut Ui) -> R) -> R {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let inner = rect.shrink2(vec2(space::M, 0.0));
    let result = ui
        .scope_builder(UiBuilder::new().max_rect(inner).layout(Layout::left_to_right(Align::Center)), |ui| {
            ui.spacing_mut().item_spacing.x = space::M;
            left(ui);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = space::L;
                right(ui)
            })
            .inner
        })
        .inner;
    rule(ui);
    result
}

/// The inside of a card where it does not reach the edges: 12 points all round.
pub fn card_body<R>(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    Frame::new().inner_margin(Margin::same(12)).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = space::S;
        contents(ui)
    })
}

/// A line across, 1 point, decoration only.
pub fn rule(ui: &mut Ui) -> Response {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    ui.painter().rect_filled(rect, CornerRadius::ZERO, palette.line);
    response
}
