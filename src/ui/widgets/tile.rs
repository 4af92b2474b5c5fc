//! Things in a list that can be chosen: the count tile, and the row of the keys' list.

use egui::{
    Color32, CornerRadius, CursorIcon, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Widget, WidgetInfo, pos2,
    vec2,
};

use super::env_tag::{EnvTag, EnvTone};
use super::paint;
use super::tone::Tone;
use crate::ui::icon::{self, Icon};
use crate::ui::theme::{self, Palette, height, radius, space};

/// Whether a tile or row is the chosen one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choosing {
    Chosen,
    NotChosen,
}

impl Choosing {
    /// The answer to a comparison, in words.
    pub(super) fn of(is_chosen: bool) -> Self {
        if is_chosen { Self::Chosen } else { Self::NotChosen }
    }
}

/// A tile of 60 points that shows how many there are of something, and filters by it when clicked.
#[must_use = "add the tile with `ui.add`"]
pub struct Tile<'a> {
    pub tone: Tone,
    pub icon: Icon,
    pub word: &'a str,
    pub count: &'a str,
    pub choosing: Choosing,
    /// In points.
    pub width: f32,
}

impl Widget for Tile<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let palette = Palette::of(ui);
        let chosen = self.choosing == Choosing::Chosen;
        let (rect, response) = ui.allocate_exact_size(vec2(self.width, 60.0), Sense::click());
        let name = format!("{}: {}", self.word, self.count);
        response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), chosen, &name));
        let (fill, edge) = match (chosen, response.hovered()) {
            (true, _) => (palette.select, palette.accent),
            (false, true) => (palette.raised, palette.text2),
            (false, false) => (palette.card, palette.line),
        };
        let painter = ui.painter();
        painter.rect(rect, CornerRadius::same(radius::CARD), fill, Stroke::new(1.0, edge), StrokeKind::Inside);
        let ink = if chosen { palette.text } else { self.tone.ink(palette) };
        let style = if chosen { theme::small_strong_style() } else { theme::small_style() };
        let icon_ink = if chosen { palette.accent } else { ink };
        let (x, y) = (rect.left() + 12.0, rect.top() + 18.0);
        icon::paint(painter, pos2(x + icon::SMALL / 2.0, y), self.icon, icon::SMALL, icon_ink);
        let room = rect.right() - space::XS - x - icon::SMALL - 6.0;
        let word = paint::cut_line(ui, self.word, &style, ink, room);
        paint::galley_at(painter, word, x + icon::SMALL + 6.0, y, ink);
        let count = paint::line(ui, self.count, &egui::TextStyle::Heading, palette.text);
        paint::galley_at(painter, count, x, rect.top() + 40.0, palette.text);
        if response.has_focus() {
            paint::focus_ring(painter, rect, radius::CARD, palette);
        }
        response.on_hover_cursor(CursorIcon::PointingHand)
    }
}

/// The same as a [`Tile`] on one line of 28 points, as wide as its words: for where there is no room for tiles.
#[must_use = "add the tile with `ui.add`"]
pub struct LowTile<'a> {
    pub tone: Tone,
    pub icon: Icon,
    pub word: &'a str,
    pub count: &'a str,
    pub choosing: Choosing,
}

impl Widget for LowTile<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let palette = Palette::of(ui);
        let chosen = self.choosing == Choosing::Chosen;
        let ink = if chosen { palette.text } else { self.tone.ink(palette) };
        let word = paint::line(ui, self.word, &theme::small_style(), ink);
        let count = paint::line(ui, self.count, &theme::small_strong_style(), palette.text);
        let width = space::S + icon::SMALL + 6.0 + word.size().x + 6.0 + count.size().x + space::S;
        let (rect, response) = ui.allocate_exact_size(vec2(width.ceil(), height::COMPACT), Sense::click());
        let name = format!("{}: {}", self.word, self.count);
        response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), chosen, &name));
        let (fill, edge) = match (chosen, response.hovered()) {
            (true, _) => (palette.select, palette.accent),
            (false, true) => (palette.raised, palette.text2),
            (false, false) => (palette.card, palette.line),
        };
        let painter = ui.painter();
        painter.rect(rect, CornerRadius::same(radius::CONTROL), fill, Stroke::new(1.0, edge), StrokeKind::Inside);
        let (x, y) = (rect.left() + space::S, rect.center().y);
        let icon_ink = if chosen { palette.accent } else { ink };
        icon::paint(painter, pos2(x + icon::SMALL / 2.0, y), self.icon, icon::SMALL, icon_ink);
        let end = paint::galley_at(painter, word, x + icon::SMALL + 6.0, y, ink);
        paint::galley_at(painter, count, end + 6.0, y, palette.text);
        if response.has_focus() {
            paint::focus_ring(painter, rect, radius::CONTROL, palette);
        }
        response.on_hover_cursor(CursorIcon::PointingHand)
    }
}

/// A row of a list: a state's icon, a name, a note, and an environment. A 3-point line marks the chosen row.
#[must_use = "add the row with `ui.add`"]
pub struct ListRow<'a> {
    pub tone: Tone,
    pub icon: Icon,
    pub name: &'a str,
    /// A note before the tag, in the row's tone, such as *34 d unused*.
    pub note: Option<&'a str>,
    pub env: EnvTone,
    pub choosing: Choosing,
    /// What a screen reader says of the row, its state in words included.
    pub accessible_name: &'a str,
}

impl Widget for ListRow<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let palette = Palette::of(ui);
        let chosen = self.choosing == Choosing::Chosen;
        let size = vec2(ui.available_width(), height::LIST_ROW);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        response
            .widget_info(|| WidgetInfo::selected(Role::ListBoxOption, ui.is_enabled(), chosen, self.accessible_name));
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_selected(chosen));
        let fill = match (chosen, response.hovered()) {
            (true, _) => palette.select,
            (false, true) => palette.raised,
            (false, false) => Color32::TRANSPARENT,
        };
        let painter = ui.painter();
        painter.rect_filled(rect, CornerRadius::ZERO, fill);
        if chosen {
            let mark = Rect::from_min_size(rect.left_top(), vec2(3.0, rect.height()));
            painter.rect_filled(mark, CornerRadius::ZERO, palette.accent);
        }
        let y = rect.center().y;
        let x = rect.left() + 12.0;
        icon::paint(painter, pos2(x + icon::BODY / 2.0, y), self.icon, icon::BODY, self.tone.ink(palette));
        let tag_width = EnvTag::new(self.env).width_in(ui);
        let tag_left = rect.right() - space::S - tag_width;
        let mut right = tag_left - space::S;
        if let Some(note) = self.note {
            let ink = self.tone.ink(palette);
            let galley = paint::line(ui, note, &egui::TextStyle::Small, ink);
            let start = right - galley.size().x;
            paint::galley_at(painter, galley, start, y, ink);
            right = start - space::S;
        }
        let style = if chosen { theme::small_strong_style() } else { theme::small_style() };
        let left = x + icon::BODY + space::S;
        let name = paint::cut_line(ui, self.name, &style, palette.text, right - left);
        let cut = name.elided;
        paint::galley_at(painter, name, left, y, palette.text);
        if response.has_focus() {
            let ring = rect.shrink(1.0);
            painter.rect_stroke(ring, CornerRadius::same(radius::TAG), (2.0, palette.accent), StrokeKind::Inside);
        }
        let tag = Rect::from_min_size(pos2(tag_left, y - height::TAG / 2.0), vec2(tag_width, height::TAG));
        EnvTag::new(self.env).paint_at(ui, tag);
        let response = response.on_hover_cursor(CursorIcon::PointingHand);
        if cut { response.on_hover_text(self.name) } else { response }
    }
}
