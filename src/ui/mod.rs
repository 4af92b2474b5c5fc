//! Views and widgets.

pub mod theme;
pub mod icon;
pub mod widgets;
