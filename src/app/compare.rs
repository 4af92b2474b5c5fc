//! The window's part of two runs side by side.

use super::App;

/// What a view can ask for here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompareAction {}

impl App {
    #[expect(clippy::unused_self, clippy::needless_pass_by_ref_mut, reason = "there is no action yet")]
    pub(super) fn apply_to_compare(&mut self, action: CompareAction) {
        match action {}
    }
}
