//! The state chip: round, tinted, an icon and a word, with the time left where there is one.

use egui::{Color32, CornerRadius, CursorIcon, Response, Role, Sense, Ui, Widget, WidgetInfo, pos2, vec2};

use super::paint;
use super::tone::Tone;
use crate::ui::icon::{self, Icon};
use crate::ui::theme::{self, Palette, height};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    /// In cards and lists.
    Normal,
    /// In the top bar, as high as the controls beside it.
    Bar,
    /// Without a plate, in a narrow card.
    Plain,
}

/// A state in a chip. Its accessible name is the word, and the time where it has one.
#[must_use = "add the chip with `ui.add`"]
pub struct Chip<'a> {
    tone: Tone,
    icon: Icon,
    word: &'a str,
    time: Option<&'a str>,
    size: Size,
    sense: Sense,
    name: Option<&'a str>,
}

impl<'a> Chip<'a> {
    /// A chip of 22 points.
    pub fn new(tone: Tone, icon: Icon, word: &'a str) -> Self {
        Self { tone, icon, word, time: None, size: Size::Normal, sense: Sense::hover(), name: None }
    }

    /// The time left, such as `53:48`, after the word.
    pub fn time(mut self, time: Option<&'a str>) -> Self {
        self.time = time;
        self
    }

    /// 32 points high, for the top bar.
    pub fn bar(mut self) -> Self {
        self.size = Size::Bar;
        self
    }

    /// Icon and word alone, without the tinted plate.
    pub fn plain(mut self) -> Self {
        self.size = Size::Plain;
        self
    }

    /// Lets the chip be clicked and reached by keyboard.
    pub fn clickable(mut self) -> Self {
        self.sense = Sense::click();
        self
    }

    /// An accessible name other than the words shown.
    pub fn name(mut self, name: &'a str) -> Self {
        self.name = Some(name);
        self
    }
}

impl Widget for Chip<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let palette = Palette::of(ui);
        let ink = self.tone.ink(palette);
        let (high, style, icon_size, left, gap, right, time_gap) = match self.size {
            Size::Normal => (height::CHIP, theme::caption_strong_style(), icon::SMALL, 7.0, 5.0, 8.0, 4.0),
            Size::Bar => (height::CONTROL, theme::body_strong_style(), icon::BODY, 10.0, 8.0, 14.0, 8.0),
            Size::Plain => (18.0, theme::small_strong_style(), icon::SMALL, 0.0, 6.0, 0.0, 4.0),
        };
        let word = paint::line(ui, self.word, &style, Color32::PLACEHOLDER);
        let time = self.time.map(|time| paint::line(ui, time, &style, Color32::PLACEHOLDER));
        let time_width = time.as_ref().map_or(0.0, |galley| time_gap + galley.size().x);
        let width = (left + icon_size + gap + word.size().x + time_width + right).ceil();
        let (rect, response) = ui.allocate_exact_size(vec2(width, high), self.sense);

        let name = self.name.map_or_else(
            || self.time.map_or_else(|| self.word.to_owned(), |time| format!("{} {time}", self.word)),
            str::to_owned,
        );
        let role = if self.sense.senses_click() { Role::Button } else { Role::Label };
        response.widget_info(|| WidgetInfo::labeled(role, ui.is_enabled(), &name));

        if ui.is_rect_visible(rect) {
            let painter = ui.painter();
            let corner = (high / 2.0) as u8;
            if self.size != Size::Plain {
                painter.rect_filled(rect, CornerRadius::same(corner), self.tone.fill(palette));
            }
            let y = rect.center().y;
            let mut x = rect.left() + left;
            icon::paint(painter, pos2(x + icon_size / 2.0, y), self.icon, icon_size, ink);
            x = paint::galley_at(painter, word, x + icon_size + gap, y, ink);
            if let Some(time) = time {
                paint::galley_at(painter, time, x + time_gap, y, ink);
            }
            if response.has_focus() {
                paint::focus_ring(painter, rect, corner, palette);
            }
        }
        if self.sense.senses_click() { response.on_hover_cursor(CursorIcon::PointingHand) } else { response }
    }
}
