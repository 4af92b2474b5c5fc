//! The look: installs fonts, text sizes, spacing and colours for both themes, once, at start.
//! It draws nothing and holds no state; widgets read their colours from [`Palette::of`].

mod palette;
mod type_scale;

pub use palette::{DARK, LIGHT, Palette};
pub use type_scale::{
    body, body_strong, body_strong_style, caption, caption_strong_style, heading, icons, mono, mono_small,
    mono_small_style, mono_title, mono_title_style, semibold, small, small_strong, small_strong_style, small_style,
    timer, timer_style, title, title_style,
};

use egui::style::{ScrollStyle, Selection, TextCursorStyle, WidgetVisuals};
use egui::{Color32, CornerRadius, Margin, Shadow, Stroke, Theme, vec2};

/// The steps of space; nothing lies between them.
pub mod space {
    pub const XS: f32 = 4.0;
    pub const S: f32 = 8.0;
    pub const M: f32 = 12.0;
    pub const L: f32 = 16.0;
    pub const XL: f32 = 24.0;
    pub const XXL: f32 = 32.0;
}

/// Heights of parts, in points.
pub mod height {
    pub const BAR: f32 = 48.0;
    pub const TABS: f32 = 40.0;
    pub const STATUS: f32 = 28.0;
    pub const CONTROL: f32 = 32.0;
    pub const COMPACT: f32 = 28.0;
    pub const LIST_ROW: f32 = 32.0;
    pub const TABLE_ROW: f32 = 30.0;
    pub const TABLE_ROW_DENSE: f32 = 28.0;
    pub const CHIP: f32 = 22.0;
    pub const TAG: f32 = 20.0;
}

/// Corner radii, in points.
pub mod radius {
    pub const TAG: u8 = 4;
    pub const CONTROL: u8 = 6;
    pub const CARD: u8 = 8;
    pub const PALETTE: u8 = 12;
}

/// Whether parts may move by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Motion {
    #[default]
    Full,
    /// Not even a spinner turns.
    Reduced,
}

/// Installs fonts and both styles. Call once, before the first frame.
pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(type_scale::definitions());
    for theme in [Theme::Dark, Theme::Light] {
        let palette = Palette::of_theme(theme);
        ctx.style_mut_of(theme, |style| apply(style, palette, theme));
    }
}

/// Sets whether spinners may turn, for the whole window.
pub fn set_motion(ctx: &egui::Context, motion: Motion) {
    ctx.data_mut(|data| data.insert_temp(motion_id(), motion == Motion::Reduced));
}

/// Whether spinners may turn.
pub fn motion(ctx: &egui::Context) -> Motion {
    match ctx.data(|data| data.get_temp::<bool>(motion_id())) {
        Some(true) => Motion::Reduced,
        _ => Motion::Full,
    }
}

fn motion_id() -> egui::Id {
    egui::Id::unique("theme-motion")
}

fn apply(style: &mut egui::Style, p: &Palette, theme: Theme) {
    style.text_styles = type_scale::text_styles();
    style.drag_value_text_style = small_style();
    style.animation_time = 0.1;
    style.override_text_valign = None;

    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(space::S, space::S);
    spacing.button_padding = vec2(space::M, 6.0);
    spacing.interact_size = vec2(height::CONTROL, height::CONTROL);
    spacing.window_margin = Margin::same(16);
    spacing.menu_margin = Margin::same(4);
    spacing.indent = 16.0;
    spacing.icon_width = 16.0;
    spacing.icon_width_inner = 10.0;
    spacing.icon_spacing = 8.0;
    spacing.tooltip_width = 320.0;
    spacing.menu_width = 320.0;
    spacing.combo_height = 320.0;
    spacing.text_edit_width = 200.0;
    spacing.scroll = ScrollStyle {
        bar_width: 6.0,
        floating_width: 6.0,
        floating_allocated_width: 0.0,
        handle_min_length: 24.0,
        bar_inner_margin: 2.0,
        dormant_handle_opacity: 1.0,
        active_handle_opacity: 1.0,
        interact_handle_opacity: 1.0,
        dormant_background_opacity: 0.0,
        active_background_opacity: 0.0,
        interact_background_opacity: 0.0,
        foreground_color: false,
        ..ScrollStyle::floating()
    };
    spacing.scroll.fade.strength = 0.0;

    style.interaction.tooltip_delay = 0.5;
    style.interaction.tooltip_grace_time = 0.2;
    style.interaction.multi_widget_text_select = false;
    style.interaction.interact_radius = 2.0;

    let edge = |width: f32, colour: Color32| Stroke::new(width, colour);
    let widget = |fill: Color32, stroke: Color32, ink: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: edge(1.0, stroke),
        corner_radius: CornerRadius::same(radius::CONTROL),
        fg_stroke: edge(1.0, ink),
        expansion: 0.0,
    };

    let visuals = &mut style.visuals;
    *visuals = theme.default_visuals();
    visuals.widgets.noninteractive = widget(p.card, p.line, p.text);
    // The handle of a scroll bar takes its fill from here, so it is the edge colour of controls.
    visuals.widgets.inactive = WidgetVisuals { bg_fill: p.control, ..widget(p.card, p.control, p.text) };
    visuals.widgets.hovered = WidgetVisuals { bg_fill: p.text2, ..widget(p.raised, p.text2, p.text) };
    visuals.widgets.active = WidgetVisuals { bg_fill: p.accent, ..widget(p.select, p.accent, p.text) };
    visuals.widgets.open = widget(p.raised, p.accent, p.text);
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(p.muted);
    visuals.selection = Selection { bg_fill: p.select, stroke: edge(2.0, p.accent) };
    visuals.hyperlink_color = p.accent;
    visuals.faint_bg_color = p.zebra;
    visuals.extreme_bg_color = p.field;
    visuals.text_edit_bg_color = Some(p.field);
    visuals.code_bg_color = p.raised;
    visuals.warn_fg_color = p.warn;
    visuals.error_fg_color = p.err;
    visuals.panel_fill = p.panel;
    visuals.window_fill = p.card;
    visuals.window_stroke = edge(1.0, p.line);
    visuals.window_corner_radius = CornerRadius::same(radius::PALETTE);
    visuals.menu_corner_radius = CornerRadius::same(radius::CARD);
    visuals.window_highlight_topmost = false;
    let shadow = Shadow { offset: [0, 12], blur: 32, spread: 0, color: p.shadow };
    visuals.window_shadow = shadow;
    visuals.popup_shadow = shadow;
    // A blinking cursor would draw the whole window twice a second for as long as a field has the keyboard.
    visuals.text_cursor = TextCursorStyle { stroke: edge(2.0, p.accent), blink: false, ..TextCursorStyle::default() };
    visuals.ime_composition.active_underline_stroke = edge(2.0, p.accent);
    visuals.ime_composition.inactive_underline_stroke = edge(1.0, p.accent);
    visuals.indent_has_left_vline = false;
    visuals.image_loading_spinners = false;
    // Disabled parts have colours of their own that keep their contrast; fading would lose it.
    visuals.disabled_alpha = 1.0;
    visuals.striped = false;
}
