//! The window's part of two runs side by side.

use super::App;

/// What a view can ask for here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompareAction {}

#[derive(Default)]
pub struct Compare {}

impl App {
    pub(super) fn apply_to_compare(&mut self, action: CompareAction) {
        match action {}
    }
    pub(super) fn poll_compare(&mut self) {}
}
