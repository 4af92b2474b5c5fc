//! The head of a column, and the arrow of the one that rows are sorted by.

use egui::{
    CornerRadius, CursorIcon, Id, Rect, Response, Role, Sense, StrokeKind, TextStyle, Ui, WidgetInfo, pos2, vec2,
};

use super::super::paint;
use super::cell::CellAlign;
use crate::ui::icon::{self, Icon};
use crate::ui::theme::{Palette, radius, space};

/// Which column the rows are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sorted {
    Ascending(usize),
    Descending(usize),
}

/// The arrow in the head of the column that rows are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ui) enum Arrow {
    None,
    Up,
    Down,
}

/// Draws the head of a column in `cell`. With a sense for clicks it can be reached by keyboard.
pub(in crate::ui) fn draw_head(
    ui: &Ui,
    cell: Rect,
    id: Id,
    sense: Sense,
    words: &str,
    align: CellAlign,
    arrow: Arrow,
) -> Response {
    let palette = Palette::of(ui);
    let response = ui.interact(cell, id, sense);
    response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, words));
    let arrow = match arrow {
        Arrow::None => None,
        Arrow::Up => Some((Icon::ArrowUp, egui::accesskit::SortDirection::Ascending)),
        Arrow::Down => Some((Icon::ArrowDown, egui::accesskit::SortDirection::Descending)),
    };
    if let Some((_, direction)) = arrow {
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_sort_direction(direction));
    }
    let ink = if response.hovered() && sense.senses_click() { palette.text } else { palette.muted };
    let arrow_room = if arrow.is_some() { icon::TINY + space::XS } else { 0.0 };
    let galley = paint::cut_line(ui, words, &TextStyle::Small, ink, cell.width() - arrow_room);
    let x = match align {
        CellAlign::Left => cell.left(),
        CellAlign::Right | CellAlign::Decimal { .. } => cell.right() - galley.size().x - arrow_room,
    };
    let cut = galley.elided;
    let y = cell.center().y;
    let end = paint::galley_at(ui.painter(), galley, x, y, ink);
    if let Some((arrow, _)) = arrow {
        let at = pos2(end + space::XS + icon::TINY / 2.0, y);
        icon::paint(ui.painter(), at, arrow, icon::TINY, ink);
    }
    if response.has_focus() {
        let corner = CornerRadius::same(radius::TAG);
        ui.painter().rect_stroke(cell.shrink2(vec2(-4.0, 4.0)), corner, (2.0, palette.accent), StrokeKind::Inside);
    }
    let response = if sense.senses_click() { response.on_hover_cursor(CursorIcon::PointingHand) } else { response };
    if cut { response.on_hover_text(words) } else { response }
}
