//! The real window (needs `--features real-window`).
