//! The window's part of a table on its way to a file.

use super::App;

/// What a view can ask for here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveAction {}

impl App {
    #[expect(clippy::unused_self, clippy::needless_pass_by_ref_mut, reason = "there is no action yet")]
    pub(super) fn apply_to_save(&mut self, action: SaveAction) {
        match action {}
    }
}
