//! The verdict: one sentence that says why, one that says what to do, and the button that does it.
//! And the notice, its small sister for one line.

use egui::{CornerRadius, Frame, Margin, Response, Role, Sense, StrokeKind, TextStyle, Ui, WidgetInfo, pos2, vec2};

use super::button::Button;
use super::paint;
use super::tone::Tone;
use crate::ui::icon::{self, Icon};
use crate::ui::theme::{self, Palette, radius, space};

/// An act that a verdict offers.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    pub word: &'a str,
    pub icon: Icon,
}

/// Which offer of a verdict was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The one button.
    Main,
    /// The nth of the links at the right.
    Other(usize),
}

/// A verdict to be shown.
#[must_use = "call `show`"]
pub struct Verdict<'a> {
    tone: Tone,
    icon: Icon,
    why: &'a str,
    what_to_do: &'a str,
    notes: &'a [String],
    main: Option<Offer<'a>>,
    others: &'a [Offer<'a>],
}

impl<'a> Verdict<'a> {
    pub fn new(tone: Tone, icon: Icon, why: &'a str, what_to_do: &'a str) -> Self {
        Self { tone, icon, why, what_to_do, notes: &[], main: None, others: &[] }
    }

    /// What else is to be known, in small letters: the server's own words, what remains in doubt.
    pub fn notes(mut self, notes: &'a [String]) -> Self {
        self.notes = notes;
        self
    }

    /// The button that does what the second sentence says.
    pub fn main(mut self, offer: Offer<'a>) -> Self {
        self.main = Some(offer);
        self
    }

    /// Minor offers, as links at the right.
    pub fn others(mut self, offers: &'a [Offer<'a>]) -> Self {
        self.others = offers;
        self
    }

    /// Draws the verdict and says which offer was taken.
    pub fn show(self, ui: &mut Ui) -> Option<Taken> {
        let palette = Palette::of(ui);
        let ink = self.tone.ink(palette);
        let has_foot = self.main.is_some() || !self.others.is_empty();
        let mut answer = None;
        Frame::new().fill(palette.card).stroke((1.0, ink)).corner_radius(CornerRadius::same(radius::CARD)).show(
            ui,
            |ui| {
                ui.set_min_width(ui.available_width());
                ui.spacing_mut().item_spacing.y = 0.0;
                self.head(ui, palette, has_foot);
                if has_foot {
                    answer = self.foot(ui);
                }
            },
        );
        answer
    }

    fn head(&self, ui: &mut Ui, palette: &Palette, has_foot: bool) {
        let round = radius::CARD - 1;
        let below = if has_foot { 0 } else { round };
        let frame = Frame::new()
            .fill(self.tone.fill(palette))
            .corner_radius(CornerRadius { nw: round, ne: round, sw: below, se: below })
            .inner_margin(Margin { left: 16, right: 16, top: 16, bottom: 16 });
        frame.show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = space::L;
                icon::show(ui, self.icon, icon::LARGE, self.tone.ink(palette));
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = space::XS;
                    ui.label(theme::heading(self.why));
                    ui.label(theme::body(self.what_to_do).color(palette.text2));
                    for note in self.notes {
                        ui.label(theme::caption(note.as_str()).color(palette.text2));
                    }
                });
            });
        });
    }

    fn foot(&self, ui: &mut Ui) -> Option<Taken> {
        let mut answer = None;
        let frame = Frame::new().inner_margin(Margin { left: 56, right: 16, top: 12, bottom: 12 });
        frame.show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            ui.horizontal(|ui| {
                if let Some(offer) = self.main
                    && ui.add(Button::primary(offer.word).icon(offer.icon)).clicked()
                {
                    answer = Some(Taken::Main);
                }
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    ui.spacing_mut().item_spacing.x = space::L;
                    for (index, offer) in self.others.iter().enumerate().rev() {
                        if ui.add(Button::link(offer.word).compact().trailing(offer.icon)).clicked() {
                            answer = Some(Taken::Other(index));
                        }
                    }
                });
            });
        });
        answer
    }
}

/// One line in a tone: icon and words, and after them a link where one is given.
/// The response is the link's, or the words' where there is no link.
pub fn notice(ui: &mut Ui, tone: Tone, icon: Icon, text: &str, link: Option<Offer<'_>>) -> Response {
    let palette = Palette::of(ui);
    let colour = tone.ink(palette);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, space::XS);
        ui.spacing_mut().interact_size.y = 16.0;
        ui.horizontal_wrapped(|ui| {
            icon::show(ui, icon, icon::SMALL, colour);
            let words = ui.label(theme::caption(text).color(colour));
            match link {
                Some(offer) => inline_link(ui, offer),
                None => words,
            }
        })
        .inner
    })
    .inner
}

/// A link in running text of caption size.
pub fn inline_link(ui: &mut Ui, offer: Offer<'_>) -> Response {
    let palette = Palette::of(ui);
    let galley = paint::line(ui, offer.word, &TextStyle::Small, palette.accent);
    let size = vec2(galley.size().x + space::XS + icon::SMALL, 16.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Link, ui.is_enabled(), offer.word));
    let painter = ui.painter();
    let y = rect.center().y;
    let x = paint::galley_at(painter, galley, rect.left(), y, palette.accent);
    icon::paint(painter, pos2(x + space::XS + icon::SMALL / 2.0, y), offer.icon, icon::SMALL, palette.accent);
    if response.hovered() {
        painter.hline(rect.left()..=x, rect.bottom() - 1.0, (1.0, palette.accent));
    }
    if response.has_focus() {
        let ring = rect.expand(2.0);
        painter.rect_stroke(ring, CornerRadius::same(radius::TAG), (2.0, palette.accent), StrokeKind::Outside);
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}
