//! The window's part of a run over a list: its start, its state, and what can be done with it.

use super::App;

/// What a view can ask for here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchAction {}

impl App {
    #[expect(clippy::unused_self, clippy::needless_pass_by_ref_mut, reason = "there is no action yet")]
    pub(super) fn apply_to_batch(&mut self, action: BatchAction) {
        match action {}
    }
}
