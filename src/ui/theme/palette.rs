//! The colour tokens of both themes. Every colour on screen has its name here;
//! no other file holds a colour literal. It knows nothing of widgets.

use egui::{Color32, Theme};

/// One theme's colours, by what they are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Behind the centre.
    pub canvas: Color32,
    /// Bars and the left column.
    pub panel: Color32,
    /// Cards, menus and dialogs.
    pub card: Color32,
    /// Under the pointer.
    pub raised: Color32,
    /// Inside an input.
    pub field: Color32,
    /// A chosen row or tile, and selected text.
    pub select: Color32,
    /// Every second table row.
    pub zebra: Color32,
    /// Separators and card edges; decoration only.
    pub line: Color32,
    /// Edges of fields and buttons.
    pub control: Color32,
    /// Values.
    pub text: Color32,
    /// Labels and secondary values.
    pub text2: Color32,
    /// Heads, hints and what is disabled.
    pub muted: Color32,
    /// Links, focus, what is chosen.
    pub accent: Color32,
    /// The one primary button, at rest.
    pub accent_fill: Color32,
    /// The one primary button, under the pointer.
    pub accent_fill_hover: Color32,
    /// The one primary button, pressed.
    pub accent_fill_pressed: Color32,
    /// Text on the primary button.
    pub on_accent: Color32,
    /// Text on an environment tag.
    pub on_env: Color32,
    pub ok: Color32,
    pub ok_bg: Color32,
    pub warn: Color32,
    pub warn_bg: Color32,
    pub err: Color32,
    pub err_bg: Color32,
    pub info: Color32,
    pub info_bg: Color32,
    pub deny: Color32,
    pub deny_bg: Color32,
    pub neutral: Color32,
    pub neutral_bg: Color32,
    /// Production, Staging, Development, Sandbox: the fill of the tag.
    pub prod: Color32,
    pub stag: Color32,
    pub dev: Color32,
    pub sand: Color32,
    /// Behind a modal dialog.
    pub backdrop: Color32,
    /// Under menus and dialogs.
    pub shadow: Color32,
}

const fn hex(rgb: u32) -> Color32 {
    Color32::from_rgb((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
}

/// The dark theme.
pub static DARK: Palette = Palette {
    canvas: hex(0x0F_1318),
    panel: hex(0x15_1A21),
    card: hex(0x1A_2029),
    raised: hex(0x25_2E3A),
    field: hex(0x0B_0F13),
    select: hex(0x20_304F),
    zebra: hex(0x1D_242E),
    line: hex(0x2A_3340),
    control: hex(0x66_7386),
    text: hex(0xE9_EDF3),
    text2: hex(0xB6_C0CD),
    muted: hex(0x91_9DAE),
    accent: hex(0x9B_B8FF),
    accent_fill: hex(0x3D_63DD),
    accent_fill_hover: hex(0x45_69E2),
    accent_fill_pressed: hex(0x31_53C0),
    on_accent: Color32::WHITE,
    on_env: Color32::WHITE,
    ok: hex(0x62_D69C),
    ok_bg: hex(0x12_291F),
    warn: hex(0xF2_BA52),
    warn_bg: hex(0x30_250F),
    err: hex(0xFF_928A),
    err_bg: hex(0x37_1A1B),
    info: hex(0x7C_C0FF),
    info_bg: hex(0x12_273A),
    deny: hex(0xC9_ADFF),
    deny_bg: hex(0x28_1F3D),
    neutral: hex(0xB6_C0CD),
    neutral_bg: hex(0x25_2E3A),
    prod: hex(0xC2_2F79),
    stag: hex(0x8F_5E00),
    dev: hex(0x0F_7189),
    sand: hex(0x5B_6675),
    backdrop: Color32::from_black_alpha(140),
    shadow: Color32::from_black_alpha(115),
};

/// The light theme.
pub static LIGHT: Palette = Palette {
    canvas: hex(0xEF_F2F5),
    panel: hex(0xF8_F9FB),
    card: hex(0xFF_FFFF),
    raised: hex(0xE6_EBF1),
    field: hex(0xFF_FFFF),
    select: hex(0xDF_E8FF),
    zebra: hex(0xF7_F9FB),
    line: hex(0xD5_DCE5),
    control: hex(0x7D_8897),
    text: hex(0x14_181F),
    text2: hex(0x41_4B58),
    muted: hex(0x5A_6573),
    accent: hex(0x2A_4DC4),
    accent_fill: hex(0x35_57D6),
    accent_fill_hover: hex(0x26_45B8),
    accent_fill_pressed: hex(0x1E_389A),
    on_accent: Color32::WHITE,
    on_env: Color32::WHITE,
    ok: hex(0x0A_6A41),
    ok_bg: hex(0xDF_F3E8),
    warn: hex(0x7F_4C00),
    warn_bg: hex(0xFB_EED3),
    err: hex(0xB1_221A),
    err_bg: hex(0xFC_E4E2),
    info: hex(0x0A_58A4),
    info_bg: hex(0xDF_EDFB),
    deny: hex(0x64_3AB0),
    deny_bg: hex(0xED_E5FB),
    neutral: hex(0x41_4B58),
    neutral_bg: hex(0xE6_EBF1),
    prod: hex(0xAD_2468),
    stag: hex(0x85_5600),
    dev: hex(0x0D_6A80),
    sand: hex(0x55_606E),
    backdrop: Color32::from_black_alpha(140),
    shadow: Color32::from_black_alpha(51),
};

impl Palette {
    /// The colours of the theme that `ui` is drawn in.
    pub fn of(ui: &egui::Ui) -> &'static Self {
        if ui.visuals().dark_mode { &DARK } else { &LIGHT }
    }

    /// The colours of a theme, where no `Ui` is at hand.
    pub fn of_theme(theme: Theme) -> &'static Self {
        match theme {
            Theme::Dark => &DARK,
            Theme::Light => &LIGHT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2 relative luminance of an opaque colour.
    fn luminance(colour: Color32) -> f64 {
        let channel = |byte: u8| {
            let c = f64::from(byte) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(colour.r()) + 0.7152 * channel(colour.g()) + 0.0722 * channel(colour.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn contrast_knows_its_two_ends() {
        assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 1e-9);
        assert!((contrast(Color32::WHITE, Color32::WHITE) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn text_is_readable_on_every_surface_it_stands_on() {
        for (theme, p) in [("dark", &DARK), ("light", &LIGHT)] {
            let plain = [p.canvas, p.panel, p.card, p.field, p.zebra];
            let all = [p.canvas, p.panel, p.card, p.field, p.zebra, p.raised, p.select];
            let mut pairs: Vec<(&str, Color32, Color32)> = Vec::new();
            for surface in all {
                pairs.push(("text", p.text, surface));
                pairs.push(("text2", p.text2, surface));
            }
            for surface in plain {
                for (name, colour) in [
                    ("muted", p.muted),
                    ("accent", p.accent),
                    ("ok", p.ok),
                    ("warn", p.warn),
                    ("err", p.err),
                    ("info", p.info),
                    ("deny", p.deny),
                ] {
                    pairs.push((name, colour, surface));
                }
            }
            pairs.extend([
                ("muted on raised", p.muted, p.raised),
                ("accent on select", p.accent, p.select),
                ("accent on raised", p.accent, p.raised),
                ("on accent", p.on_accent, p.accent_fill),
                ("on accent, hover", p.on_accent, p.accent_fill_hover),
                ("on accent, pressed", p.on_accent, p.accent_fill_pressed),
                ("ok", p.ok, p.ok_bg),
                ("warn", p.warn, p.warn_bg),
                ("err", p.err, p.err_bg),
                ("info", p.info, p.info_bg),
                ("deny", p.deny, p.deny_bg),
                ("neutral", p.neutral, p.neutral_bg),
                ("pressed danger", p.card, p.err),
                ("text on err", p.text, p.err_bg),
                ("text2 on err", p.text2, p.err_bg),
                ("text on warn", p.text, p.warn_bg),
                ("text2 on warn", p.text2, p.warn_bg),
                ("prod", p.on_env, p.prod),
                ("stag", p.on_env, p.stag),
                ("dev", p.on_env, p.dev),
                ("sand", p.on_env, p.sand),
            ]);
            for (name, ink, surface) in pairs {
                let ratio = contrast(ink, surface);
                assert!(ratio >= 4.5, "{theme}: {name} {ink:?} on {surface:?} has {ratio:.2}");
            }
        }
    }

    #[test]
    fn edges_and_icons_are_visible_on_every_surface_they_stand_on() {
        for (theme, p) in [("dark", &DARK), ("light", &LIGHT)] {
            for surface in [p.canvas, p.panel, p.card, p.field] {
                for (name, ink) in [("control", p.control), ("accent", p.accent), ("muted", p.muted)] {
                    let ratio = contrast(ink, surface);
                    assert!(ratio >= 3.0, "{theme}: {name} on {surface:?} has {ratio:.2}");
                }
            }
        }
    }
}
