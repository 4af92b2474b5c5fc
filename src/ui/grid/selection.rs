//! Which rows are chosen, and which one the keyboard is at.
//!
//! Owns the rules of clicks and keys. Rows are known by their keys, so that a choice survives a re-sort; the numbers of rows are
//! only remembered to find a key again quickly.

use std::sync::Arc;

use egui::Modifiers;
use rustc_hash::FxHashSet;

use crate::sheet::Keyed;

/// How a click or a key adds to what is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// This row alone.
    Only,
    /// This row as well, or no longer.
    Toggle,
    /// From where the choice began to this row.
    UpTo,
    /// That range as well.
    AndUpTo,
    /// Nothing is chosen; the keyboard goes there.
    Move,
}

impl Reach {
    /// Of a click with Ctrl or Command, and with Shift.
    pub fn of_click(modifiers: Modifiers) -> Self {
        match (modifiers.command, modifiers.shift) {
            (false, false) => Self::Only,
            (true, false) => Self::Toggle,
            (false, true) => Self::UpTo,
            (true, true) => Self::AndUpTo,
        }
    }

    /// Of a key that leads to another row.
    pub fn of_key(modifiers: Modifiers) -> Self {
        match (modifiers.command, modifiers.shift) {
            (true, false) => Self::Move,
            _ => Self::of_click(modifiers),
        }
    }
}

/// A row, and where it stood last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    key: u64,
    /// Nothing when the row is not seen now.
    row: Option<usize>,
}

/// The chosen rows. A clone is cheap.
#[derive(Debug, Clone)]
pub struct Selection {
    chosen: Chosen,
    cursor: Option<Mark>,
    anchor: Option<Mark>,
    version: u64,
}

impl Default for Selection {
    fn default() -> Self {
        Self { chosen: Chosen::Keys(Arc::default()), cursor: None, anchor: None, version: u64::MAX }
    }
}

#[derive(Debug, Clone)]
enum Chosen {
    /// All rows that are seen, without naming a hundred thousand of them.
    All,
    Keys(Arc<FxHashSet<u64>>),
}

impl Selection {
    pub fn is_empty(&self) -> bool {
        matches!(&self.chosen, Chosen::Keys(keys) if keys.is_empty())
    }

    pub fn contains(&self, key: u64) -> bool {
        match &self.chosen {
            Chosen::All => true,
            Chosen::Keys(keys) => keys.contains(&key),
        }
    }

    /// How many rows are chosen of `rows`. Rows that the filter hides now are counted too.
    pub fn len(&self, rows: usize) -> usize {
        match &self.chosen {
            Chosen::All => rows,
            Chosen::Keys(keys) => keys.len(),
        }
    }

    /// The number of the row that the keyboard is at.
    pub fn cursor(&self) -> Option<usize> {
        self.cursor?.row
    }

    /// The key of that row.
    pub fn cursor_key(&self) -> Option<u64> {
        self.cursor.map(|mark| mark.key)
    }

    pub fn choose_all(&mut self) {
        self.chosen = Chosen::All;
    }

    /// Chooses nothing; the keyboard stays where it is.
    pub fn clear(&mut self) {
        self.chosen = Chosen::Keys(Arc::default());
        self.anchor = None;
    }

    /// Takes *all* back when other rows come in sight, since they were never chosen.
    pub fn forget_all(&mut self) {
        if matches!(self.chosen, Chosen::All) {
            self.clear();
        }
    }

    /// Finds the keyboard's row again where rows may have moved.
    pub fn follow(&mut self, sheet: &dyn Keyed) {
        if self.version == sheet.version() {
            return;
        }
        self.version = sheet.version();
        for mark in [&mut self.cursor, &mut self.anchor].into_iter().flatten() {
            mark.row = find(sheet, mark.key, mark.row.unwrap_or(0));
        }
    }

    /// A click on a row, or a key that leads to it.
    pub fn go(&mut self, sheet: &dyn Keyed, row: usize, reach: Reach) {
        if row >= sheet.len() {
            return;
        }
        let mark = Mark { key: sheet.key(row), row: Some(row) };
        match reach {
            Reach::Only => self.chosen = Chosen::Keys(Arc::new(FxHashSet::from_iter([mark.key]))),
            Reach::Toggle => self.change(sheet, |keys| {
                if !keys.remove(&mark.key) {
                    keys.insert(mark.key);
                }
            }),
            Reach::UpTo | Reach::AndUpTo => {
                let from = self.anchor.or(self.cursor).and_then(|mark| mark.row).unwrap_or(row).min(sheet.len() - 1);
                let range = from.min(row)..=from.max(row);
                let range = range.map(|row| sheet.key(row));
                if reach == Reach::UpTo {
                    self.chosen = Chosen::Keys(Arc::new(range.collect()));
                } else {
                    self.change(sheet, |keys| keys.extend(range));
                }
                self.anchor.get_or_insert(Mark { key: sheet.key(from), row: Some(from) });
            }
            Reach::Move => {}
        }
        if matches!(reach, Reach::Only | Reach::Toggle) {
            self.anchor = Some(mark);
        }
        self.cursor = Some(mark);
    }

    /// The chosen rows of `sheet` in its order.
    pub fn rows<'a>(&'a self, sheet: &'a dyn Keyed) -> impl Iterator<Item = usize> + 'a {
        (0..sheet.len()).filter(|row| self.contains(sheet.key(*row)))
    }

    fn change(&mut self, sheet: &dyn Keyed, change: impl FnOnce(&mut FxHashSet<u64>)) {
        let mut keys = match std::mem::replace(&mut self.chosen, Chosen::All) {
            Chosen::All => Arc::new((0..sheet.len()).map(|row| sheet.key(row)).collect()),
            Chosen::Keys(keys) => keys,
        };
        change(Arc::make_mut(&mut keys));
        self.chosen = Chosen::Keys(keys);
    }
}

/// Looks for a row's key from where it stood outwards: mostly it is there still, or near.
fn find(sheet: &dyn Keyed, key: u64, near: usize) -> Option<usize> {
    let rows = sheet.len();
    let near = near.min(rows.saturating_sub(1));
    (0..rows).find_map(|step| {
        let below = near.checked_add(step).filter(|row| *row < rows);
        let above = near.checked_sub(step);
        [below, above].into_iter().flatten().find(|row| sheet.key(*row) == key)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::{Cell, Head, Sheet};

    /// Rows whose keys are these.
    struct Keys(Vec<u64>, u64);

    impl Sheet for Keys {
        fn heads(&self) -> &[Head] {
            &[]
        }

        fn len(&self) -> usize {
            self.0.len()
        }

        fn cell(&self, _row: usize, _column: usize) -> Cell<'_> {
            Cell::Absent
        }
    }

    impl Keyed for Keys {
        fn key(&self, row: usize) -> u64 {
            self.0[row]
        }

        fn version(&self) -> u64 {
            self.1
        }
    }

    fn chosen(selection: &Selection, sheet: &Keys) -> Vec<u64> {
        selection.rows(sheet).map(|row| sheet.key(row)).collect()
    }

    #[test]
    fn clicks_choose_one_several_and_ranges() {
        let sheet = Keys((10..20).collect(), 1);
        let mut selection = Selection::default();
        selection.go(&sheet, 2, Reach::Only);
        assert_eq!(chosen(&selection, &sheet), [12]);
        selection.go(&sheet, 5, Reach::Toggle);
        selection.go(&sheet, 7, Reach::Toggle);
        selection.go(&sheet, 5, Reach::Toggle);
        assert_eq!(chosen(&selection, &sheet), [12, 17]);
        selection.go(&sheet, 7, Reach::Only);
        selection.go(&sheet, 9, Reach::UpTo);
        selection.go(&sheet, 4, Reach::UpTo);
        assert_eq!(chosen(&selection, &sheet), [14, 15, 16, 17], "a range turns about where it began");
        selection.go(&sheet, 0, Reach::Toggle);
        selection.go(&sheet, 1, Reach::AndUpTo);
        assert_eq!(chosen(&selection, &sheet), [10, 11, 14, 15, 16, 17]);
    }

    #[test]
    fn all_are_chosen_without_naming_them_and_one_can_be_left_out() {
        let sheet = Keys((0..5).collect(), 1);
        let mut selection = Selection::default();
        selection.choose_all();
        assert_eq!((selection.len(5), chosen(&selection, &sheet).len()), (5, 5));
        selection.go(&sheet, 3, Reach::Toggle);
        assert_eq!(chosen(&selection, &sheet), [0, 1, 2, 4]);
        selection.choose_all();
        selection.forget_all();
        assert!(selection.is_empty());
    }

    #[test]
    fn a_choice_and_the_keyboard_survive_a_new_order() {
        let sheet = Keys(vec![1, 2, 3, 4], 1);
        let mut selection = Selection::default();
        selection.follow(&sheet);
        selection.go(&sheet, 0, Reach::Only);
        selection.go(&sheet, 1, Reach::UpTo);
        let turned = Keys(vec![4, 3, 2, 1], 2);
        selection.follow(&turned);
        assert_eq!(chosen(&selection, &turned), [2, 1]);
        assert_eq!(selection.cursor(), Some(2));
        let filtered = Keys(vec![4, 3], 3);
        selection.follow(&filtered);
        assert_eq!((selection.cursor(), selection.cursor_key()), (None, Some(2)));
        selection.follow(&Keys(vec![2], 4));
        assert_eq!(selection.cursor(), Some(0));
    }

    #[test]
    fn a_row_is_found_wherever_it_went() {
        let sheet = Keys((0..100).collect(), 1);
        for near in [0, 50, 99, 1000] {
            assert_eq!(find(&sheet, 42, near), Some(42));
        }
        assert_eq!(find(&sheet, 100, 3), None);
        assert_eq!(find(&Keys(vec![], 1), 0, 0), None);
    }
}
