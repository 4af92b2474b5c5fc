//! The window's part of what was looked up before.

use super::App;

/// What a view can ask for here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryAction {}

impl App {
    #[expect(clippy::unused_self, clippy::needless_pass_by_ref_mut, reason = "there is no action yet")]
    pub(super) fn apply_to_history(&mut self, action: HistoryAction) {
        match action {}
    }
}
