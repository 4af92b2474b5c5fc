//! Which row a key leads to.

use egui::{EventFilter, Id, Key, Modifiers, Ui};

/// The row to which a key leads from the one that has the keyboard, if a key was pressed.
pub(super) fn moved_by_key(ui: &Ui, focused: Id, index: usize, page: usize, rows: usize) -> Option<usize> {
    // Escape is for what opened beside the list; the row that it was opened from keeps the keyboard.
    let filter = EventFilter { vertical_arrows: true, escape: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(focused, filter));
    let last = rows.saturating_sub(1);
    let moves = [
        (Key::ArrowDown, index + 1),
        (Key::ArrowUp, index.saturating_sub(1)),
        (Key::PageDown, index + page),
        (Key::PageUp, index.saturating_sub(page)),
        (Key::Home, 0),
        (Key::End, last),
    ];
    let pressed = |key: Key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    moves.into_iter().find(|(key, _)| pressed(*key)).map(|(_, to)| to.min(last))
}
