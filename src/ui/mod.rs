//! Views and widgets.
