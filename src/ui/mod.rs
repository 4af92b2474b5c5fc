//! Views and widgets: what is seen, and what can be asked for. Only this module, `app` and `task` know a window.
//!
//! [`window`] opens it, [`shell`] lays it out; a view a file below. A view borrows the state, draws it, and pushes the
//! actions it wants; it never changes shared state.

pub mod theme;
pub mod icon;
mod at_right;
mod connection_view;
mod bundle_view;
pub mod export_menu;
mod field_map_view;
pub mod widgets;
pub mod words;
pub mod top_bar;
pub mod status_bar;
pub mod drill_bar;
pub mod keys_panel;
pub mod token_panel;
pub mod prices_view;
pub mod grid;
pub mod results_view;
pub mod batch_view;
pub mod compare_view;
pub mod history_view;
pub mod result_card;
pub mod welcome;
pub mod token_view;
pub mod activity_view;
mod activity_details;
mod time_axis;
mod timeline;
pub mod questions;
pub mod palette_view;
pub mod scrolled;
pub mod shell;
pub mod window;
