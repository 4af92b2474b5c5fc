//! The six tones a state can have, and the colours each brings. A tone is never the only sign of a state.

use egui::Color32;

use crate::ui::theme::Palette;

/// How a state is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Works: Valid, Priced, check passed.
    Ok,
    /// Needs a look: Stale, Expired, Unreachable, Zero price, Different.
    Warn,
    /// Does not work: Key refused, Rejected, Failed.
    Err,
    /// Under way, or simply so: Fetching, Refreshing, Unknown SKU.
    Info,
    /// Not allowed: Forbidden.
    Deny,
    /// Nothing there: No key, No token, No price.
    Neutral,
}

impl Tone {
    /// The colour of word and icon.
    pub fn ink(self, palette: &Palette) -> Color32 {
        match self {
            Self::Ok => palette.ok,
            Self::Warn => palette.warn,
            Self::Err => palette.err,
            Self::Info => palette.info,
            Self::Deny => palette.deny,
            Self::Neutral => palette.neutral,
        }
    }

    /// The tinted surface under word and icon.
    pub fn fill(self, palette: &Palette) -> Color32 {
        match self {
            Self::Ok => palette.ok_bg,
            Self::Warn => palette.warn_bg,
            Self::Err => palette.err_bg,
            Self::Info => palette.info_bg,
            Self::Deny => palette.deny_bg,
            Self::Neutral => palette.neutral_bg,
        }
    }
}
