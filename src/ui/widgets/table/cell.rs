//! One cell: a text with its face and colour, an icon before it and a remark after it.

use std::borrow::Cow;

use egui::{Color32, Id, Rect, Role, Sense, TextStyle, Ui, WidgetInfo, pos2};

use super::super::paint;
use super::super::tone::Tone;
use crate::ui::icon::{self, Icon};
use crate::ui::theme::{self, Palette, space};

/// How the cells of a column stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellAlign {
    Left,
    Right,
    /// On the decimal point, with room for this many digits after it.
    Decimal {
        fraction_digits: u8,
    },
}

/// One cell.
#[must_use]
#[derive(Debug, Clone)]
pub struct Cell<'a> {
    text: Cow<'a, str>,
    remark: Cow<'a, str>,
    icon: Option<Icon>,
    ink: Ink,
    face: Face,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ink {
    Value,
    Secondary,
    Muted,
    Toned(Tone),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Face {
    Words,
    Strong,
    Amount,
    Number,
    Mono,
    MonoSmall,
}

impl<'a> Cell<'a> {
    pub fn new(text: impl Into<Cow<'a, str>>) -> Self {
        Self { text: text.into(), remark: Cow::Borrowed(""), icon: None, ink: Ink::Value, face: Face::Words }
    }

    /// A dash in muted, for what is absent. Never a zero.
    pub fn absent() -> Self {
        Self::new("–").muted()
    }

    /// Further words after the text, as a secondary value.
    pub fn remark(mut self, words: impl Into<Cow<'a, str>>) -> Self {
        self.remark = words.into();
        self
    }

    /// An icon before the text, in its colour.
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    pub fn tone(mut self, tone: Tone) -> Self {
        self.ink = Ink::Toned(tone);
        self
    }

    /// A secondary value.
    pub fn secondary(mut self) -> Self {
        self.ink = Ink::Secondary;
        self
    }

    pub fn muted(mut self) -> Self {
        self.ink = Ink::Muted;
        self
    }

    pub fn strong(mut self) -> Self {
        self.face = Face::Strong;
        self
    }

    /// An amount: semibold and a point larger. It is never cut.
    pub fn amount(mut self) -> Self {
        self.face = Face::Amount;
        self
    }

    /// A number beside the amounts. It is never cut.
    pub fn number(mut self) -> Self {
        self.face = Face::Number;
        self
    }

    pub fn mono(mut self) -> Self {
        self.face = Face::Mono;
        self
    }

    /// Mono of caption size, for paths.
    pub fn mono_small(mut self) -> Self {
        self.face = Face::MonoSmall;
        self
    }

    fn style(&self) -> TextStyle {
        match self.face {
            Face::Words | Face::Number => theme::small_style(),
            Face::Strong => theme::small_strong_style(),
            Face::Amount => theme::body_strong_style(),
            Face::Mono => TextStyle::Monospace,
            Face::MonoSmall => theme::mono_small_style(),
        }
    }

    fn colour(&self, palette: &Palette) -> Color32 {
        match self.ink {
            Ink::Value => palette.text,
            Ink::Secondary => palette.text2,
            Ink::Muted => palette.muted,
            Ink::Toned(tone) => tone.ink(palette),
        }
    }
}

pub(super) fn first_text(cells: &[Cell<'_>]) -> Option<String> {
    cells.first().map(|cell| cell.text.to_string())
}

pub(in crate::ui) fn all_texts(cells: &[Cell<'_>]) -> String {
    let texts = cells.iter().flat_map(|cell| [&*cell.text, &*cell.remark]);
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
}

/// Draws one cell. Returns the width that it would have to have for nothing to be cut that must not be: an amount or another number.
pub(in crate::ui) fn draw_cell(ui: &Ui, rect: Rect, align: CellAlign, cell: &Cell<'_>, id: Id) -> f32 {
    if cell.text.is_empty() && cell.icon.is_none() {
        return 0.0;
    }
    let palette = Palette::of(ui);
    let ink = cell.colour(palette);
    let style = cell.style();
    let icon_room = if cell.icon.is_some() { icon::SMALL + 6.0 } else { 0.0 };
    let galley = match cell.face {
        Face::Amount | Face::Number => paint::line(ui, cell.text.as_ref(), &style, ink),
        _ => paint::cut_line(ui, cell.text.as_ref(), &style, ink, rect.width() - icon_room),
    };
    let mut cut = galley.elided;
    let own_width = galley.size().x;
    let x = match align {
        CellAlign::Left => rect.left() + icon_room,
        CellAlign::Right => rect.right() - galley.size().x,
        CellAlign::Decimal { fraction_digits } => {
            // What has no point ends where the whole part of the others ends, so 89 and 1e2 line up with 12.10.
            let fraction = cell.text.find('.').map_or("", |point| &cell.text[point..]);
            let width = |text: &str| paint::line(ui, text, &style, ink).size().x;
            let reserved = width(&format!(".{}", "0".repeat(usize::from(fraction_digits))));
            let own = if fraction.is_empty() { 0.0 } else { width(fraction) };
            let is_amount = cell.text.bytes().any(|byte| byte.is_ascii_digit());
            let tail = if is_amount { (reserved - own).max(0.0) } else { 0.0 };
            rect.right() - tail - galley.size().x
        }
    };
    let y = rect.center().y;
    if let Some(icon) = cell.icon {
        icon::paint(ui.painter(), pos2(x - icon_room + icon::SMALL / 2.0, y), icon, icon::SMALL, ink);
    }
    let end = paint::galley_at(ui.painter(), galley, x, y, ink);
    let room = rect.right() - end - space::S;
    if !cell.remark.is_empty() && room > 2.0 * space::L {
        let style = theme::small_style();
        let remark = paint::cut_line(ui, cell.remark.as_ref(), &style, palette.text2, room);
        cut |= remark.elided;
        paint::galley_at(ui.painter(), remark, end + space::S, y, palette.text2);
    } else {
        cut |= !cell.remark.is_empty();
    }
    let response = ui.interact(rect, id, Sense::hover());
    let words = || {
        if cell.remark.is_empty() { cell.text.to_string() } else { format!("{} {}", cell.text, cell.remark) }
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Cell, true, words()));
    if cut {
        response.on_hover_ui(|ui| _ = ui.label(words()));
    }
    match (cell.face, align) {
        (Face::Amount | Face::Number, CellAlign::Left) => own_width + icon_room,
        (Face::Amount | Face::Number, _) => rect.right() - x + icon_room,
        _ => 0.0,
    }
}
