//! A select: one of a few, in a list that opens below. And the rows that menus are made of.

use egui::{
    Color32, CornerRadius, CursorIcon, Popup, Rect, Response, Role, Sense, Stroke, StrokeKind, TextStyle, Ui,
    WidgetInfo, pos2, vec2,
};

use super::env_tag::{EnvTag, EnvTone};
use super::paint;
use super::tile::Choosing;
use crate::ui::icon::{self, Icon};
use crate::ui::theme::{self, Palette, height, radius, space};

/// One choice of a [`Select`].
#[derive(Debug, Clone, Copy)]
pub struct Choice<'a> {
    pub word: &'a str,
    /// An environment shown at the right end of the choice.
    pub env: Option<EnvTone>,
}

impl<'a> From<&'a str> for Choice<'a> {
    fn from(word: &'a str) -> Self {
        Self { word, env: None }
    }
}

/// A box that shows what is chosen and opens a list. Its accessible name is the caller's.
#[must_use = "call `show`"]
pub struct Select<'a> {
    name: &'a str,
    label_width: Option<f32>,
    icon: Option<Icon>,
    height: f32,
    width: Option<f32>,
    strong: Option<TextStyle>,
    nothing: &'a str,
}

impl<'a> Select<'a> {
    pub fn new(name: &'a str) -> Self {
        Self {
            name,
            label_width: None,
            icon: None,
            height: height::CONTROL,
            width: None,
            strong: None,
            nothing: "Nothing to choose",
        }
    }

    /// Shows the name at the left, this wide, as fields do.
    pub fn label_width(mut self, width: f32) -> Self {
        self.label_width = Some(width);
        self
    }

    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// 28 points high.
    pub fn compact(mut self) -> Self {
        self.height = height::COMPACT;
        self
    }

    pub fn width(mut self, width: f32) -> Self {
        self.width = Some(width);
        self
    }

    /// Sets what is chosen in semibold, as the profile in the top bar.
    pub fn strong(mut self) -> Self {
        self.strong = Some(theme::body_strong_style());
        self
    }

    /// What the box says while nothing is chosen.
    pub fn nothing(mut self, text: &'a str) -> Self {
        self.nothing = text;
        self
    }

    /// Draws the box; when another choice is made, `chosen` is set and the response has `changed`.
    pub fn show(self, ui: &mut Ui, chosen: &mut Option<usize>, choices: &[Choice<'_>]) -> Response {
        let Some(width) = self.label_width else { return self.boxed(ui, chosen, choices) };
        let palette = Palette::of(ui);
        paint::low_row(ui, |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let (rect, label) = ui.allocate_exact_size(vec2(width, self.height), Sense::hover());
            label.widget_info(|| WidgetInfo::labeled(Role::Label, true, self.name));
            let galley = paint::cut_line(ui, self.name, &theme::small_style(), palette.text2, width);
            paint::galley_at(ui.painter(), galley, rect.left(), rect.center().y, palette.text2);
            self.boxed(ui, chosen, choices)
        })
    }

    fn boxed(self, ui: &mut Ui, chosen: &mut Option<usize>, choices: &[Choice<'_>]) -> Response {
        let palette = Palette::of(ui);
        let width = self.width.unwrap_or_else(|| ui.available_width());
        let can_open = ui.is_enabled() && !choices.is_empty();
        let sense = if can_open { Sense::click() } else { Sense::hover() };
        let (rect, mut response) = ui.allocate_exact_size(vec2(width, self.height), sense);
        let current = chosen.and_then(|index| choices.get(index));
        let shown = current.map_or(self.nothing, |choice| choice.word);

        let open = Popup::is_id_open(ui.ctx(), Popup::default_response_id(&response));
        let edge = if open || response.has_focus() {
            Stroke::new(2.0, palette.accent)
        } else if !can_open {
            Stroke::new(1.0, palette.control)
        } else if response.hovered() {
            Stroke::new(1.0, palette.text2)
        } else {
            Stroke::new(1.0, palette.control)
        };
        let painter = ui.painter();
        painter.rect(rect, CornerRadius::same(radius::CONTROL), palette.field, edge, StrokeKind::Inside);
        let compact = self.height < height::CONTROL;
        let pad = if compact { 9.0 } else { 11.0 };
        let (y, mut x) = (rect.center().y, rect.left() + pad);
        if let Some(icon) = self.icon {
            icon::paint(painter, pos2(x + icon::BODY / 2.0, y), icon, icon::BODY, palette.text2);
            x += icon::BODY + space::S;
        }
        let chevron = rect.right() - pad - icon::BODY / 2.0 + 2.0;
        icon::paint(painter, pos2(chevron, y), Icon::ChevronDown, icon::BODY, palette.text2);
        let style = match (self.strong, compact) {
            (Some(style), _) if current.is_some() => style,
            (_, true) => theme::small_style(),
            (_, false) => TextStyle::Body,
        };
        let ink = if current.is_some() { palette.text } else { palette.text2 };
        let galley = paint::cut_line(ui, shown, &style, ink, chevron - icon::BODY / 2.0 - space::XS - x);
        let cut = galley.elided;
        paint::galley_at(painter, galley, x, y, ink);

        Popup::menu(&response).width(width).gap(4.0).show(|ui| {
            ui.set_min_width(width - 10.0);
            ui.spacing_mut().item_spacing.y = 0.0;
            for (index, choice) in choices.iter().enumerate() {
                let mut row = MenuRow::new(choice.word).option(Choosing::of(*chosen == Some(index)));
                if let Some(env) = choice.env {
                    row = row.env(env);
                }
                if row.show(ui).clicked() {
                    if *chosen != Some(index) {
                        *chosen = Some(index);
                        response.mark_changed();
                    }
                    ui.close();
                }
            }
        });

        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::ComboBox, can_open, self.name);
            info.current_text_value = Some(shown.to_owned());
            info
        });
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_expanded(open));
        let response = if can_open { response.on_hover_cursor(CursorIcon::PointingHand) } else { response };
        if cut { response.on_hover_text(shown) } else { response }
    }
}

/// One row of a menu: an icon or a tick, a word, and at the right a shortcut or an environment.
#[must_use = "call `show`"]
pub struct MenuRow<'a> {
    word: &'a str,
    icon: Option<Icon>,
    tick: Option<Choosing>,
    shortcut: Option<&'a str>,
    env: Option<EnvTone>,
    blocked: Option<&'a str>,
}

impl<'a> MenuRow<'a> {
    pub fn new(word: &'a str) -> Self {
        Self { word, icon: None, tick: None, shortcut: None, env: None, blocked: None }
    }

    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// One of several; the chosen one has a tick.
    pub fn option(mut self, choosing: Choosing) -> Self {
        self.tick = Some(choosing);
        self
    }

    pub fn shortcut(mut self, keys: &'a str) -> Self {
        self.shortcut = Some(keys);
        self
    }

    pub fn env(mut self, env: EnvTone) -> Self {
        self.env = Some(env);
        self
    }

    /// With a reason, the row cannot act and its tooltip says the reason.
    pub fn blocked(mut self, reason: Option<&'a str>) -> Self {
        self.blocked = reason;
        self
    }

    pub fn show(self, ui: &mut Ui) -> Response {
        let palette = Palette::of(ui);
        let enabled = self.blocked.is_none() && ui.is_enabled();
        let sense = if enabled { Sense::click() } else { Sense::hover() };
        let word = paint::line(ui, self.word, &TextStyle::Body, Color32::PLACEHOLDER);
        let tag = self.env.map(|env| EnvTag::new(env).width_in(ui));
        let keys = self.shortcut.map(|keys| paint::line(ui, keys, &TextStyle::Small, palette.muted));
        let lead = if self.icon.is_some() || self.tick.is_some() { icon::BODY + space::S } else { 0.0 };
        let tail = tag.or_else(|| keys.as_ref().map(|galley| galley.size().x)).map_or(0.0, |width| width + space::L);
        let needed = 2.0 * space::S + lead + word.size().x + tail;
        let size = vec2(needed.max(ui.available_width()), height::LIST_ROW);
        let (rect, response) = ui.allocate_exact_size(size, sense);
        match self.tick {
            Some(choosing) => {
                let chosen = choosing == Choosing::Chosen;
                response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, enabled, chosen, self.word));
                ui.ctx().accesskit_node_builder(response.id, |node| node.set_selected(chosen));
            }
            None => response.widget_info(|| WidgetInfo::labeled(Role::MenuItem, enabled, self.word)),
        }
        let ink = if enabled { palette.text } else { palette.muted };
        let painter = ui.painter();
        let plate = CornerRadius::same(radius::CONTROL);
        if enabled && (response.hovered() || response.has_focus()) {
            painter.rect_filled(rect, plate, palette.raised);
        }
        if response.has_focus() {
            painter.rect_stroke(rect, plate, (2.0, palette.accent), StrokeKind::Inside);
        }
        let (y, mut x) = (rect.center().y, rect.left() + space::S);
        let shown_icon = self.icon.or_else(|| (self.tick == Some(Choosing::Chosen)).then_some(Icon::Check));
        if let Some(icon) = shown_icon {
            let colour = if self.tick == Some(Choosing::Chosen) { palette.accent } else { palette.text2 };
            icon::paint(painter, pos2(x + icon::BODY / 2.0, y), icon, icon::BODY, colour);
        }
        x += lead;
        paint::galley_at(painter, word, x, y, ink);
        let right = rect.right() - space::S;
        if let Some(galley) = keys {
            let at = right - galley.size().x;
            paint::galley_at(painter, galley, at, y, palette.muted);
        }
        if let (Some(env), Some(width)) = (self.env, tag) {
            let at = Rect::from_min_size(pos2(right - width, y - height::TAG / 2.0), vec2(width, height::TAG));
            EnvTag::new(env).paint_at(ui, at);
        }
        match self.blocked {
            Some(reason) => response.on_hover_text(reason),
            None => response.on_hover_cursor(CursorIcon::PointingHand),
        }
    }
}

/// A key cap, such as *Ctrl K*.
pub fn key_cap(ui: &mut Ui, keys: &str) -> Response {
    let palette = Palette::of(ui);
    let galley = paint::line(ui, keys, &TextStyle::Small, palette.text2);
    let (rect, response) = ui.allocate_exact_size(vec2((galley.size().x + 12.0).ceil(), 18.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, keys));
    let painter = ui.painter();
    painter.rect_stroke(rect, CornerRadius::same(radius::TAG), (1.0, palette.control), StrokeKind::Inside);
    let at = rect.center().x - galley.size().x / 2.0;
    paint::galley_at(painter, galley, at, rect.center().y, palette.text2);
    response
}

#[cfg(test)]
mod tests {
    use egui::Key;
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use super::super::trial;
    use super::*;

    fn environments(ui: &mut Ui, chosen: &mut Option<usize>) {
        let choices = ["Production", "Staging", "Sandbox"].map(Choice::from);
        Select::new("Environment").label_width(80.0).show(ui, chosen, &choices);
    }

    #[test]
    fn a_choice_is_made_with_the_pointer() {
        let mut harness = trial::with(Some(0), environments);
        harness.get_by_role_and_label(Role::ComboBox, "Environment").click();
        harness.run();
        harness.get_by_role_and_label(Role::ListBoxOption, "Staging").click();
        harness.run();
        assert_eq!(*harness.state(), Some(1));
        assert!(harness.query_by_role(Role::ListBoxOption).is_none(), "the list closes");
    }

    #[test]
    fn a_choice_is_made_with_the_keyboard_alone() {
        let mut harness = trial::with(Some(0), environments);
        harness.get_by_role_and_label(Role::ComboBox, "Environment").focus();
        harness.run();
        harness.key_press(Key::Enter);
        harness.run();
        for _ in 0..8 {
            if harness.get_by_role_and_label(Role::ListBoxOption, "Sandbox").accesskit_node().is_focused() {
                break;
            }
            harness.key_press(Key::ArrowDown);
            harness.run();
        }
        harness.key_press(Key::Enter);
        harness.run();
        assert_eq!(*harness.state(), Some(2));
    }
}
