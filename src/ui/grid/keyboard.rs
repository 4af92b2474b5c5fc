//! What a grid takes from the keyboard, and where its keys lead.

use egui::{Event, EventFilter, Id, Key, Modifiers, Ui};

use super::selection::Reach;

/// One thing asked for by keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    To(Step, Reach),
    Toggle,
    All,
    Copy,
    Clear,
    Open,
    Left,
    Right,
}

/// Where a key leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
}

impl Step {
    /// The row that it leads to from `row`; from nowhere to the first one.
    pub fn from(self, row: Option<usize>, rows: usize, page: usize) -> usize {
        let last = rows.saturating_sub(1);
        let to = match (self, row) {
            (Self::Last, _) => last,
            (Self::First, _) | (_, None) => 0,
            (Self::Up, Some(row)) => row.saturating_sub(1),
            (Self::Down, Some(row)) => row + 1,
            (Self::PageUp, Some(row)) => row.saturating_sub(page),
            (Self::PageDown, Some(row)) => row + page,
        };
        to.min(last)
    }
}

/// What was pressed in this frame, in order. It is taken, so that nobody else acts on it.
pub fn presses(ui: &Ui) -> Vec<Press> {
    let mut presses = Vec::new();
    ui.input_mut(|input| {
        input.events.retain(|event| {
            let press = match event {
                Event::Copy => Some(Press::Copy),
                Event::Key { key, pressed: true, modifiers, .. } => of_key(*key, *modifiers),
                _ => None,
            };
            presses.extend(press);
            press.is_none() || press == Some(Press::Clear)
        });
    });
    presses
}

/// How often the column whose head has the keyboard was made wider, less how often narrower: Shift with the arrows to the sides.
pub fn widens(ui: &Ui, head: Id) -> i32 {
    let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(head, filter));
    ui.input_mut(|input| {
        let mut pressed = |key| i32::try_from(input.count_and_consume_key(Modifiers::SHIFT, key)).unwrap_or_default();
        pressed(Key::ArrowRight) - pressed(Key::ArrowLeft)
    })
}

fn of_key(key: Key, modifiers: Modifiers) -> Option<Press> {
    let step = match key {
        Key::ArrowUp => Some(Step::Up),
        Key::ArrowDown => Some(Step::Down),
        Key::PageUp => Some(Step::PageUp),
        Key::PageDown => Some(Step::PageDown),
        Key::Home => Some(Step::First),
        Key::End => Some(Step::Last),
        _ => None,
    };
    if modifiers.alt {
        return None;
    }
    let (command, shift) = (modifiers.command, modifiers.shift);
    if let Some(step) = step {
        return Some(Press::To(step, Reach::of_key(modifiers)));
    }
    match (key, command, shift) {
        (Key::A, true, false) => Some(Press::All),
        (Key::Space, ..) => Some(Press::Toggle),
        (Key::Enter, false, false) => Some(Press::Open),
        (Key::Escape, false, false) => Some(Press::Clear),
        (Key::ArrowLeft, false, false) => Some(Press::Left),
        (Key::ArrowRight, false, false) => Some(Press::Right),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lead_to_rows_and_stay_within_them() {
        let to = |step: Step, row| step.from(row, 100, 10);
        assert_eq!([to(Step::Up, Some(0)), to(Step::Down, Some(99)), to(Step::Down, None)], [0, 99, 0]);
        assert_eq!([to(Step::PageDown, Some(5)), to(Step::PageUp, Some(5)), to(Step::PageDown, Some(95))], [15, 0, 99]);
        assert_eq!([to(Step::First, Some(50)), to(Step::Last, None), Step::Down.from(None, 0, 10)], [0, 99, 0]);
    }

    #[test]
    fn shift_makes_a_range_and_control_only_moves() {
        let key = |modifiers| of_key(Key::ArrowDown, modifiers);
        assert_eq!(key(Modifiers::NONE), Some(Press::To(Step::Down, Reach::Only)));
        assert_eq!(key(Modifiers::SHIFT), Some(Press::To(Step::Down, Reach::UpTo)));
        assert_eq!(key(Modifiers::COMMAND), Some(Press::To(Step::Down, Reach::Move)));
        assert_eq!(key(Modifiers::ALT), None);
        assert_eq!(of_key(Key::A, Modifiers::COMMAND), Some(Press::All));
        assert_eq!(of_key(Key::A, Modifiers::NONE), None);
    }
}
