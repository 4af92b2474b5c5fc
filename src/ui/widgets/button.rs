//! Buttons: primary, secondary, ghost, danger and link, 32 or 28 points high.
//! A button that cannot act is drawn disabled and says why; it is never left out.

use egui::{
    Color32, CornerRadius, CursorIcon, Rect, Response, Role, Sense, Stroke, StrokeKind, TextStyle, Ui, Vec2, Widget,
    WidgetInfo, vec2,
};

use super::paint;
use crate::ui::icon::{self, Icon};
use crate::ui::theme::{self, Palette, height, radius, space};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Primary,
    Secondary,
    Ghost,
    Danger,
    Link,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Face {
    IconAndWord,
    IconOnly,
}

/// How a button looks at one moment. Only a gallery of parts names one; elsewhere the pointer and the keyboard decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    Rest,
    Hovered,
    Pressed,
    Focused,
    Disabled,
}

/// A button. Add it with `ui.add(..)`; its accessible name is its word.
#[must_use = "add the button with `ui.add`"]
pub struct Button<'a> {
    word: &'a str,
    kind: Kind,
    face: Face,
    icon: Option<Icon>,
    trailing: Option<Icon>,
    height: f32,
    width: Option<f32>,
    blocked: Option<&'a str>,
    tooltip: Option<&'a str>,
    mono: Option<()>,
    drawn_as: Option<Look>,
}

impl<'a> Button<'a> {
    fn new(word: &'a str, kind: Kind) -> Self {
        Self {
            word,
            kind,
            face: Face::IconAndWord,
            icon: None,
            trailing: None,
            height: height::CONTROL,
            width: None,
            blocked: None,
            tooltip: None,
            mono: None,
            drawn_as: None,
        }
    }

    /// The one main act of a view: filled.
    pub fn primary(word: &'a str) -> Self {
        Self::new(word, Kind::Primary)
    }

    /// Any other act: outlined.
    pub fn secondary(word: &'a str) -> Self {
        Self::new(word, Kind::Secondary)
    }

    /// A minor act: no frame at rest, and no padding, so its text stays on the grid.
    pub fn ghost(word: &'a str) -> Self {
        Self::new(word, Kind::Ghost)
    }

    /// An act that destroys: outlined, its word in the error colour.
    pub fn danger(word: &'a str) -> Self {
        Self::new(word, Kind::Danger)
    }

    /// A ghost in the link colour, for what leads elsewhere.
    pub fn link(word: &'a str) -> Self {
        Self::new(word, Kind::Link)
    }

    /// An icon before the word.
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// An icon after the word.
    pub fn trailing(mut self, icon: Icon) -> Self {
        self.trailing = Some(icon);
        self
    }

    /// Shows `icon` alone. The word stays the accessible name, and becomes the tooltip.
    pub fn icon_only(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self.face = Face::IconOnly;
        self
    }

    /// Its word in mono, for a SKU or a parameter.
    pub fn mono(mut self) -> Self {
        self.mono = Some(());
        self
    }

    /// 28 points high, set in small text.
    pub fn compact(mut self) -> Self {
        self.height = height::COMPACT;
        self
    }

    /// Exactly this wide, in points, with the content in the middle.
    pub fn width(mut self, width: f32) -> Self {
        self.width = Some(width);
        self
    }

    /// With a reason, the button is disabled and its tooltip says the reason.
    pub fn blocked(mut self, reason: Option<&'a str>) -> Self {
        self.blocked = reason;
        self
    }

    /// What the pointer is told while the button can act.
    pub fn tooltip(mut self, text: &'a str) -> Self {
        self.tooltip = Some(text);
        self
    }

    /// Draws one look whatever the pointer does. For galleries of parts.
    pub fn drawn_as(mut self, look: Look) -> Self {
        self.drawn_as = Some(look);
        self
    }

    fn is_compact(&self) -> bool {
        self.height < height::CONTROL
    }

    fn text_style(&self) -> TextStyle {
        let can_act = self.blocked.is_none() && self.drawn_as != Some(Look::Disabled);
        match (self.kind, self.is_compact()) {
            _ if self.mono.is_some() => TextStyle::Monospace,
            _ if !can_act && self.is_compact() => theme::small_style(),
            _ if !can_act => TextStyle::Button,
            (Kind::Primary, false) => theme::body_strong_style(),
            (Kind::Primary, true) => theme::small_strong_style(),
            (_, false) => TextStyle::Button,
            (_, true) => theme::small_style(),
        }
    }

    fn trailing_size(&self) -> f32 {
        if self.is_compact() { icon::SMALL } else { icon::BODY }
    }

    fn side_padding(&self) -> f32 {
        match (self.kind, self.is_compact()) {
            (Kind::Ghost | Kind::Link, _) => 1.0,
            (_, false) => 13.0,
            (_, true) => 10.0,
        }
    }
}

/// What a button is painted with.
struct Coat {
    fill: Color32,
    edge: Color32,
    ink: Color32,
}

fn coat(kind: Kind, look: Look, p: &Palette) -> Coat {
    let clear = Color32::TRANSPARENT;
    match (kind, look) {
        (Kind::Ghost | Kind::Link, Look::Disabled) => Coat { fill: clear, edge: clear, ink: p.muted },
        (_, Look::Disabled) => Coat { fill: clear, edge: p.line, ink: p.muted },
        (Kind::Primary, Look::Rest | Look::Focused) => Coat { fill: p.accent_fill, edge: clear, ink: p.on_accent },
        (Kind::Primary, Look::Hovered) => Coat { fill: p.accent_fill_hover, edge: clear, ink: p.on_accent },
        (Kind::Primary, Look::Pressed) => Coat { fill: p.accent_fill_pressed, edge: clear, ink: p.on_accent },
        (Kind::Secondary, Look::Rest | Look::Focused) => Coat { fill: p.card, edge: p.control, ink: p.text },
        (Kind::Secondary, Look::Hovered) => Coat { fill: p.raised, edge: p.text2, ink: p.text },
        (Kind::Secondary, Look::Pressed) => Coat { fill: p.select, edge: p.accent, ink: p.text },
        (Kind::Ghost, Look::Rest | Look::Focused) => Coat { fill: clear, edge: clear, ink: p.text2 },
        (Kind::Ghost, Look::Hovered) => Coat { fill: p.raised, edge: clear, ink: p.text },
        (Kind::Ghost, Look::Pressed) => Coat { fill: p.select, edge: clear, ink: p.text },
        (Kind::Link, Look::Rest | Look::Focused) => Coat { fill: clear, edge: clear, ink: p.accent },
        (Kind::Link, Look::Hovered) => Coat { fill: p.raised, edge: clear, ink: p.accent },
        (Kind::Link, Look::Pressed) => Coat { fill: p.select, edge: clear, ink: p.accent },
        (Kind::Danger, Look::Rest | Look::Focused) => Coat { fill: p.card, edge: p.control, ink: p.err },
        (Kind::Danger, Look::Hovered) => Coat { fill: p.err_bg, edge: p.err, ink: p.err },
        (Kind::Danger, Look::Pressed) => Coat { fill: p.err, edge: p.err, ink: p.card },
    }
}

/// The look that pointer and keyboard give a part.
pub(super) fn look_of(response: &Response, enabled: bool) -> Look {
    if !enabled {
        Look::Disabled
    } else if response.is_pointer_button_down_on() {
        Look::Pressed
    } else if response.hovered() {
        Look::Hovered
    } else if response.has_focus() {
        Look::Focused
    } else {
        Look::Rest
    }
}

impl Widget for Button<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let palette = Palette::of(ui);
        let word = match self.face {
            Face::IconAndWord if !self.word.is_empty() => {
                Some(paint::line(ui, self.word, &self.text_style(), Color32::PLACEHOLDER))
            }
            _ => None,
        };
        let gap = if self.is_compact() { 6.0 } else { space::S };
        let word_width = word.as_ref().map_or(0.0, |galley| galley.size().x);
        let pieces = [
            self.icon.map(|_| icon::BODY),
            word.as_ref().map(|_| word_width),
            self.trailing.map(|_| self.trailing_size()),
        ];
        let shown = pieces.iter().flatten().count();
        let content: f32 = pieces.iter().flatten().sum::<f32>() + gap * shown.saturating_sub(1) as f32;
        let natural = match self.face {
            Face::IconAndWord => content + 2.0 * self.side_padding(),
            Face::IconOnly => self.height,
        };
        let size = vec2(self.width.unwrap_or(natural.round()), self.height);

        let enabled = ui.is_enabled() && self.blocked.is_none();
        let sense = if enabled { Sense::click() } else { Sense::hover() };
        let (rect, response) = ui.allocate_exact_size(size, sense);
        let named_by_tooltip = self.face == Face::IconOnly;
        response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, self.word));

        if ui.is_rect_visible(rect) {
            let look = self.drawn_as.unwrap_or_else(|| look_of(&response, enabled));
            let coat = eased(ui, &response, self.kind, look, palette);
            self.paint(ui, rect, content, gap, word, &coat);
            if look == Look::Focused || (self.drawn_as.is_none() && response.has_focus()) {
                paint::focus_ring(ui.painter(), rect, radius::CONTROL, palette);
            }
        }

        let response = if enabled { response.on_hover_cursor(CursorIcon::PointingHand) } else { response };
        match (self.blocked, self.tooltip) {
            (Some(reason), _) => response.on_hover_text(reason),
            (None, Some(text)) => response.on_hover_text(text),
            (None, None) if named_by_tooltip => response.on_hover_text(self.word),
            (None, None) => response,
        }
    }
}

/// Fades from rest to hover over the style's animation time; a press shows at once.
fn eased(ui: &Ui, response: &Response, kind: Kind, look: Look, palette: &Palette) -> Coat {
    let target = coat(kind, look, palette);
    if !matches!(look, Look::Rest | Look::Focused | Look::Hovered) || !response.sense.senses_click() {
        return target;
    }
    let t = ui.ctx().animate_bool(response.id, look == Look::Hovered);
    if t <= 0.0 || t >= 1.0 {
        return target;
    }
    let (rest, hover) = (coat(kind, Look::Rest, palette), coat(kind, Look::Hovered, palette));
    Coat {
        fill: rest.fill.lerp_to_gamma(hover.fill, t),
        edge: rest.edge.lerp_to_gamma(hover.edge, t),
        ink: rest.ink.lerp_to_gamma(hover.ink, t),
    }
}

impl Button<'_> {
    fn paint(
        &self,
        ui: &Ui,
        rect: Rect,
        content: f32,
        gap: f32,
        word: Option<std::sync::Arc<egui::Galley>>,
        coat: &Coat,
    ) {
        let painter = ui.painter();
        // A frameless button spreads its fill over the padding it does not have.
        let frameless = matches!(self.kind, Kind::Ghost | Kind::Link) && self.face == Face::IconAndWord;
        let plate = if frameless { rect.expand2(Vec2::new(space::S, 0.0)) } else { rect };
        let corner = CornerRadius::same(radius::CONTROL);
        painter.rect_filled(plate, corner, coat.fill);
        if coat.edge != Color32::TRANSPARENT {
            painter.rect_stroke(plate, corner, Stroke::new(1.0, coat.edge), StrokeKind::Inside);
        }
        let y = rect.center().y;
        let mut x = rect.center().x - content / 2.0;
        if let Some(icon) = self.icon {
            icon::paint(painter, egui::pos2(x + icon::BODY / 2.0, y), icon, icon::BODY, coat.ink);
            x += icon::BODY + gap;
        }
        if let Some(galley) = word {
            x = paint::galley_at(painter, galley, x, y, coat.ink) + gap;
        }
        if let Some(icon) = self.trailing {
            let size = self.trailing_size();
            icon::paint(painter, egui::pos2(x + size / 2.0, y), icon, size, coat.ink);
        }
    }
}

#[cfg(test)]
mod tests {
    use egui::Key;
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use super::super::trial;
    use super::*;

    #[test]
    fn a_button_acts_on_a_click_on_enter_and_on_space() {
        let mut harness = trial::with(0, |ui, clicks| {
            if ui.add(Button::primary("Look up").icon(Icon::Search)).clicked() {
                *clicks += 1;
            }
        });
        harness.get_by_label("Look up").click();
        harness.run();
        assert_eq!(*harness.state(), 1);
        harness.get_by_label("Look up").focus();
        harness.run();
        for (presses, key) in [(2, Key::Enter), (3, Key::Space)] {
            harness.key_press(key);
            harness.run();
            assert_eq!(*harness.state(), presses, "{key:?}");
        }
    }

    #[test]
    fn a_blocked_button_cannot_act_and_says_why() {
        let mut harness = trial::with(0, |ui, clicks| {
            if ui.add(Button::secondary("Save key").blocked(Some("Nothing has changed."))).clicked() {
                *clicks += 1;
            }
        });
        harness.get_by_label("Save key").click();
        harness.run();
        assert_eq!(*harness.state(), 0);
        let node = harness.get_by_label("Save key");
        assert!(node.accesskit_node().is_disabled());
        assert_eq!(node.accesskit_node().data().description(), Some("Nothing has changed."));
    }

    #[test]
    fn a_button_of_an_icon_alone_keeps_its_word_as_its_name() {
        let harness = trial::with((), |ui, ()| {
            ui.add(Button::ghost("Light theme").icon_only(Icon::Sun));
        });
        harness.get_by_role_and_label(Role::Button, "Light theme");
    }

    #[test]
    fn buttons_keep_the_two_heights() {
        let harness = trial::with(Vec::new(), |ui, heights| {
            *heights = vec![
                ui.add(Button::secondary("Test key")).rect.height(),
                ui.add(Button::secondary("Test key").compact()).rect.height(),
            ];
        });
        assert_eq!(*harness.state(), [height::CONTROL, height::COMPACT]);
    }
}
