//! The environment tag: square and filled, so that it is never taken for a state, not even in grey.

use egui::{Color32, CornerRadius, Rect, Response, Role, Sense, Ui, Widget, WidgetInfo, pos2, vec2};

use super::paint;
use crate::ui::icon::{self, Icon};
use crate::ui::theme::{self, Palette, height, radius};

/// Which environment, as far as looks go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EnvTone {
    Production,
    Staging,
    Development,
    Sandbox,
}

impl EnvTone {
    /// The fill of the tag, and the line under the top bar.
    pub fn fill(self, palette: &Palette) -> Color32 {
        match self {
            Self::Production => palette.prod,
            Self::Staging => palette.stag,
            Self::Development => palette.dev,
            Self::Sandbox => palette.sand,
        }
    }

    /// The icon before the word.
    pub fn icon(self) -> Icon {
        match self {
            Self::Production => Icon::Globe,
            Self::Staging => Icon::Layers,
            Self::Development => Icon::Terminal,
            Self::Sandbox => Icon::FlaskConical,
        }
    }

    /// The word in the tag.
    pub fn word(self) -> &'static str {
        match self {
            Self::Production => "Production",
            Self::Staging => "Staging",
            Self::Development => "Development",
            Self::Sandbox => "Sandbox",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Normal,
    Bar,
}

/// A tag of 20 points, or 24 in the top bar.
#[must_use = "add the tag with `ui.add`"]
pub struct EnvTag {
    tone: EnvTone,
    size: Size,
}

impl EnvTag {
    pub fn new(tone: EnvTone) -> Self {
        Self { tone, size: Size::Normal }
    }

    /// 24 points high, for the top bar.
    pub fn bar(mut self) -> Self {
        self.size = Size::Bar;
        self
    }

    /// How wide the tag will be, in points, so that a row can keep room for it.
    pub fn width_in(&self, ui: &Ui) -> f32 {
        let (_, style, icon_size, pad, gap) = self.measures();
        let word = paint::line(ui, self.tone.word(), &style, Color32::PLACEHOLDER);
        (pad + icon_size + gap + word.size().x + pad - 1.0).round()
    }

    /// Paints the tag inside another widget, whose accessible name must say the word.
    pub fn paint_at(&self, ui: &Ui, rect: Rect) {
        let palette = Palette::of(ui);
        let (_, style, icon_size, pad, gap) = self.measures();
        let painter = ui.painter();
        painter.rect_filled(rect, CornerRadius::same(radius::TAG), self.tone.fill(palette));
        let (x, y) = (rect.left() + pad, rect.center().y);
        icon::paint(painter, pos2(x + icon_size / 2.0, y), self.tone.icon(), icon_size, palette.on_env);
        let word = paint::line(ui, self.tone.word(), &style, palette.on_env);
        paint::galley_at(painter, word, x + icon_size + gap, y, palette.on_env);
    }

    /// Height, text style, icon size, side padding, gap.
    fn measures(&self) -> (f32, egui::TextStyle, f32, f32, f32) {
        match self.size {
            Size::Normal => (height::TAG, theme::caption_strong_style(), icon::TINY, 8.0, 4.0),
            Size::Bar => (24.0, theme::small_strong_style(), icon::SMALL, 9.0, 6.0),
        }
    }
}

impl Widget for EnvTag {
    fn ui(self, ui: &mut Ui) -> Response {
        let size = vec2(self.width_in(ui), self.measures().0);
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, ui.is_enabled(), self.tone.word()));
        if ui.is_rect_visible(rect) {
            self.paint_at(ui, rect);
        }
        response
    }
}
