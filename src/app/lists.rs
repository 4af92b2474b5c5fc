//! The window's part of the list of SKUs that a run is to be made of: where it comes from, its column, and what is wrong with it.

use super::App;

/// What a view can ask for here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListAction {}

impl App {
    #[expect(clippy::unused_self, clippy::needless_pass_by_ref_mut, reason = "there is no action yet")]
    pub(super) fn apply_to_list(&mut self, action: ListAction) {
        match action {}
    }
}
