//! One of a few, all in sight: the segmented control and the row of tabs.

use egui::{
    Color32, CornerRadius, CursorIcon, Rect, Response, Role, Sense, StrokeKind, TextStyle, Ui, WidgetInfo, pos2, vec2,
};

use super::paint;
use crate::ui::icon::{self, Icon};
use crate::ui::theme::{self, Palette, height, radius, space};

/// Segments of 28 points, joined. When another is chosen, `chosen` is set and the response has `changed`.
pub fn segmented(ui: &mut Ui, chosen: &mut usize, words: &[&str]) -> Response {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let mut whole: Option<Response> = None;
        for (index, word) in words.iter().enumerate() {
            let mut response = segment(ui, index, *chosen == index, words.len(), word);
            if response.clicked() && *chosen != index {
                *chosen = index;
                response.mark_changed();
            }
            whole = Some(match whole {
                Some(sum) => sum.union(response),
                None => response,
            });
        }
        let whole = whole.unwrap_or_else(|| ui.allocate_response(vec2(0.0, height::COMPACT), Sense::hover()));
        ui.painter().rect_stroke(
            whole.rect,
            CornerRadius::same(radius::CONTROL),
            (1.0, palette.control),
            StrokeKind::Inside,
        );
        whole
    })
    .inner
}

fn segment(ui: &mut Ui, index: usize, is_chosen: bool, count: usize, word: &str) -> Response {
    let palette = Palette::of(ui);
    // The width is that of the semibold word, so that choosing does not move the neighbours.
    let strong = paint::line(ui, word, &theme::small_strong_style(), Color32::PLACEHOLDER);
    let width = (strong.size().x + 25.0).round();
    let (rect, response) = ui.allocate_exact_size(vec2(width, height::COMPACT), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), is_chosen, word));

    let round = |at_end: bool| if at_end { radius::CONTROL } else { 0 };
    let (first, last) = (index == 0, index + 1 == count);
    let corner = CornerRadius { nw: round(first), sw: round(first), ne: round(last), se: round(last) };
    let (fill, ink) = if is_chosen {
        (palette.select, palette.accent)
    } else if response.hovered() {
        (palette.raised, palette.text)
    } else {
        (Color32::TRANSPARENT, palette.text2)
    };
    let painter = ui.painter();
    painter.rect_filled(rect, corner, fill);
    if !first {
        painter.vline(rect.left() + 0.5, rect.y_range(), (1.0, palette.control));
    }
    let galley = if is_chosen { strong } else { paint::line(ui, word, &theme::small_style(), Color32::PLACEHOLDER) };
    let x = rect.center().x - galley.size().x / 2.0;
    paint::galley_at(painter, galley, x, rect.center().y, ink);
    if response.has_focus() {
        painter.rect_stroke(
            rect.shrink(2.0),
            CornerRadius::same(radius::TAG),
            (2.0, palette.accent),
            StrokeKind::Inside,
        );
    }
    response.on_hover_cursor(CursorIcon::PointingHand)
}

/// One tab.
#[derive(Debug, Clone, Copy)]
pub struct Tab<'a> {
    pub icon: Icon,
    pub word: &'a str,
}

/// A row of tabs, 40 points high; a 2-point line marks the chosen one.
/// When another is chosen, `chosen` is set and the response has `changed`.
pub fn tabs(ui: &mut Ui, chosen: &mut usize, tabs: &[Tab<'_>]) -> Response {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let mut whole: Option<Response> = None;
        for (index, tab) in tabs.iter().enumerate() {
            let mut response = one_tab(ui, tab, *chosen == index);
            if response.clicked() && *chosen != index {
                *chosen = index;
                response.mark_changed();
            }
            whole = Some(match whole {
                Some(sum) => sum.union(response),
                None => response,
            });
        }
        whole.unwrap_or_else(|| ui.allocate_response(vec2(0.0, height::TABS), Sense::hover()))
    })
    .inner
}

fn one_tab(ui: &mut Ui, tab: &Tab<'_>, is_chosen: bool) -> Response {
    let palette = Palette::of(ui);
    let strong = paint::line(ui, tab.word, &theme::body_strong_style(), Color32::PLACEHOLDER);
    let width = (space::L + icon::BODY + space::S + strong.size().x + space::L).round();
    let (rect, response) = ui.allocate_exact_size(vec2(width, height::TABS), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, ui.is_enabled(), is_chosen, tab.word));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_selected(is_chosen));

    let (icon_ink, ink) = if is_chosen {
        (palette.accent, palette.text)
    } else if response.hovered() {
        (palette.text, palette.text)
    } else {
        (palette.text2, palette.text2)
    };
    let painter = ui.painter();
    let y = rect.center().y;
    let x = rect.left() + space::L;
    icon::paint(painter, pos2(x + icon::BODY / 2.0, y), tab.icon, icon::BODY, icon_ink);
    let galley = if is_chosen { strong } else { paint::line(ui, tab.word, &TextStyle::Body, Color32::PLACEHOLDER) };
    paint::galley_at(painter, galley, x + icon::BODY + space::S, y, ink);
    if is_chosen {
        let line = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 2.0), rect.right_bottom());
        painter.rect_filled(line, CornerRadius::ZERO, palette.accent);
    }
    if response.has_focus() {
        let ring = rect.shrink2(vec2(space::XS, space::XS));
        painter.rect_stroke(ring, CornerRadius::same(radius::CONTROL), (2.0, palette.accent), StrokeKind::Inside);
    }
    response.on_hover_cursor(CursorIcon::PointingHand)
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::super::trial;
    use super::*;

    #[test]
    fn a_segment_and_a_tab_are_chosen_by_their_words() {
        let mut harness = trial::with((0, 0), |ui, (segment, tab)| {
            segmented(ui, segment, &["Single", "Batch", "Compare"]);
            let all = [Tab { icon: Icon::Tags, word: "Prices" }, Tab { icon: Icon::Activity, word: "Activity" }];
            tabs(ui, tab, &all);
        });
        harness.get_by_label("Batch").click();
        harness.run();
        harness.get_by_role_and_label(Role::Tab, "Activity").focus();
        harness.run();
        harness.key_press(egui::Key::Enter);
        harness.run();
        assert_eq!(*harness.state(), (1, 1));
    }
}
