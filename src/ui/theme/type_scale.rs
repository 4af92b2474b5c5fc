//! Fonts and text styles: which faces are bundled, and the seven sizes that exist.
//! Nothing on screen is set in a size or a face that is not named here.

use std::sync::Arc;

use egui::{
    FontData, FontDefinitions, FontFamily, FontId, FontTweak, RichText, TextStyle, epaint::text::VariationCoords,
};

/// IBM Plex Sans, variable in weight and width (SIL Open Font License 1.1, beside the file).
static PLEX: &[u8] = include_bytes!("../../../assets/fonts/IBMPlexSans-Variable.ttf");

/// IBM Plex Sans at weight 600.
pub fn semibold() -> FontFamily {
    FontFamily::Name("semibold".into())
}

/// The lucide icon font.
pub fn icons() -> FontFamily {
    FontFamily::Name("icons".into())
}

/// 24/28, weight 600: m:ss in the ring.
pub fn timer_style() -> TextStyle {
    TextStyle::Name("timer".into())
}

/// 20/28, weight 600: the result's SKU, the heading of an empty state.
pub fn title_style() -> TextStyle {
    TextStyle::Name("title".into())
}

/// 14/20, weight 600.
pub fn body_strong_style() -> TextStyle {
    TextStyle::Name("body-strong".into())
}

/// 13/18: tables, left column, compact buttons.
pub fn small_style() -> TextStyle {
    TextStyle::Name("small".into())
}

/// 13/18, weight 600.
pub fn small_strong_style() -> TextStyle {
    TextStyle::Name("small-strong".into())
}

/// 12/16, weight 600: words in tags and chips.
pub fn caption_strong_style() -> TextStyle {
    TextStyle::Name("caption-strong".into())
}

/// 12/16 in mono: paths and URLs.
pub fn mono_small_style() -> TextStyle {
    TextStyle::Name("mono-small".into())
}

/// 20/28 in mono: a SKU as a title.
pub fn mono_title_style() -> TextStyle {
    TextStyle::Name("mono-title".into())
}

/// Every text style with its font, as `egui::Style::text_styles` wants it.
pub(super) fn text_styles() -> std::collections::BTreeMap<TextStyle, FontId> {
    use FontFamily::{Monospace, Proportional};
    [
        (timer_style(), FontId::new(24.0, semibold())),
        (title_style(), FontId::new(20.0, semibold())),
        (TextStyle::Heading, FontId::new(16.0, semibold())),
        (TextStyle::Body, FontId::new(14.0, Proportional)),
        (TextStyle::Button, FontId::new(14.0, Proportional)),
        (body_strong_style(), FontId::new(14.0, semibold())),
        (small_style(), FontId::new(13.0, Proportional)),
        (small_strong_style(), FontId::new(13.0, semibold())),
        (TextStyle::Small, FontId::new(12.0, Proportional)),
        (caption_strong_style(), FontId::new(12.0, semibold())),
        (TextStyle::Monospace, FontId::new(13.0, Monospace)),
        (mono_small_style(), FontId::new(12.0, Monospace)),
        (mono_title_style(), FontId::new(20.0, Monospace)),
    ]
    .into()
}

/// The bundled faces: Plex for words, Hack for SKUs and JSON, lucide for icons.
/// The same Plex file is registered twice, since a weight is a face of its own to egui.
pub(super) fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let fallback = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    let weight = |wght: f32, hinting: Option<bool>| {
        let tweak = FontTweak { coords: VariationCoords::new([(b"wght", wght)]), hinting, ..FontTweak::default() };
        Arc::new(FontData::from_static(PLEX).tweak(tweak))
    };
    fonts.font_data.insert("plex".to_owned(), weight(400.0, None));
    // Not fitted to the pixel grid: its six sizes would each run the font's own program before the first frame, and thick
    // stems gain little by it.
    fonts.font_data.insert("plex-600".to_owned(), weight(600.0, Some(false)));
    fonts.font_data.insert("lucide".to_owned(), Arc::new(FontData::from_static(lucide_icons::LUCIDE_FONT_BYTES)));

    let chain = |first: &str| {
        let mut names = vec![first.to_owned()];
        names.extend(fallback.iter().cloned());
        names
    };
    fonts.families.insert(FontFamily::Proportional, chain("plex"));
    fonts.families.insert(semibold(), chain("plex-600"));
    fonts.families.insert(icons(), vec!["lucide".to_owned(), "plex".to_owned()]);
    if let Some(mono) = fonts.families.get_mut(&FontFamily::Monospace) {
        // What Hack lacks comes from Plex before it comes from anywhere else.
        mono.insert(1.min(mono.len()), "plex".to_owned());
    }
    fonts
}

fn styled(text: impl Into<String>, style: TextStyle, line_height: f32) -> RichText {
    RichText::new(text).text_style(style).line_height(Some(line_height))
}

/// 24/28, weight 600.
pub fn timer(text: impl Into<String>) -> RichText {
    styled(text, timer_style(), 28.0)
}

/// 20/28, weight 600.
pub fn title(text: impl Into<String>) -> RichText {
    styled(text, title_style(), 28.0)
}

/// 20/28 in mono, for a SKU as a title.
pub fn mono_title(text: impl Into<String>) -> RichText {
    styled(text, mono_title_style(), 28.0)
}

/// 16/24, weight 600.
pub fn heading(text: impl Into<String>) -> RichText {
    styled(text, TextStyle::Heading, 24.0)
}

/// 14/20.
pub fn body(text: impl Into<String>) -> RichText {
    styled(text, TextStyle::Body, 20.0)
}

/// 14/20, weight 600.
pub fn body_strong(text: impl Into<String>) -> RichText {
    styled(text, body_strong_style(), 20.0)
}

/// 13/18.
pub fn small(text: impl Into<String>) -> RichText {
    styled(text, small_style(), 18.0)
}

/// 13/18, weight 600.
pub fn small_strong(text: impl Into<String>) -> RichText {
    styled(text, small_strong_style(), 18.0)
}

/// 12/16.
pub fn caption(text: impl Into<String>) -> RichText {
    styled(text, TextStyle::Small, 16.0)
}

/// 13/18 in mono.
pub fn mono(text: impl Into<String>) -> RichText {
    styled(text, TextStyle::Monospace, 18.0)
}

/// 12/16 in mono.
pub fn mono_small(text: impl Into<String>) -> RichText {
    styled(text, mono_small_style(), 16.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widths(text: &str, font: &FontId) -> Vec<f32> {
        let ctx = egui::Context::default();
        ctx.set_fonts(definitions());
        let mut widths = Vec::new();
        let output = ctx.run_ui(egui::RawInput::default(), |ui| {
            widths = ui.fonts_mut(|fonts| text.chars().map(|letter| fonts.glyph_width(font, letter)).collect());
        });
        output.drop_without_applying_deltas();
        widths
    }

    #[test]
    fn digits_are_equally_wide_in_both_weights_so_a_countdown_does_not_dance() {
        for family in [FontFamily::Proportional, semibold(), FontFamily::Monospace] {
            let digits = widths("0123456789", &FontId::new(24.0, family.clone()));
            assert!(digits.iter().all(|width| (width - digits[0]).abs() < 0.01), "{family:?}: {digits:?}");
        }
    }

    #[test]
    fn semibold_is_a_face_of_its_own() {
        let regular = widths("m", &FontId::new(24.0, FontFamily::Proportional));
        let bold = widths("m", &FontId::new(24.0, semibold()));
        assert!((regular[0] - bold[0]).abs() > 0.1, "{regular:?} and {bold:?}");
    }

    #[test]
    fn an_icon_is_as_wide_as_its_size() {
        let icon = widths(&char::from(lucide_icons::Icon::Search).to_string(), &FontId::new(16.0, icons()));
        assert!((icon[0] - 16.0).abs() < 0.01, "{icon:?}");
    }
}
