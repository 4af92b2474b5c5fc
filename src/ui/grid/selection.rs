//! Which rows are chosen, and which one the keyboard is at.
//!
//! Owns the rules of clicks and keys. What is chosen is one bit for each row on screen, so that a frame can choose a million rows in
//! microseconds. When rows move, bits are carried over by the rows' keys: that looks at every row, and is work for a task
//! ([`Selection::moved`]).

use std::ops::RangeInclusive;
use std::sync::Arc;

use egui::Modifiers;
use fixedbitset::FixedBitSet;
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

/// A row, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    key: u64,
    /// Nothing when the row is not seen now.
    row: Option<usize>,
}

/// The chosen rows. A clone is cheap: an eighth of a byte a row.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// How many rows are on screen, far below its edge too.
    rows: usize,
    /// By the numbers of the rows on screen: those that are not as all others.
    marked: FixedBitSet,
    others: Others,
    /// The keys of chosen rows that are not seen now.
    hidden: Arc<FxHashSet<u64>>,
    cursor: Option<Mark>,
    anchor: Option<Mark>,
    changes: u64,
}

/// What holds for rows that are not marked, and for those that are still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Others {
    #[default]
    NotChosen,
    Chosen,
}

impl Selection {
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn contains(&self, row: usize) -> bool {
        self.marked.contains(row) != (self.others == Others::Chosen)
    }

    /// How many rows are chosen. Rows that the filter hides now are counted too.
    pub fn len(&self) -> usize {
        let marked = self.marked.count_ones(..self.rows.min(self.marked.len()));
        let seen = match self.others {
            Others::NotChosen => marked,
            Others::Chosen => self.rows - marked,
        };
        seen + self.hidden.len()
    }

    /// The number of the row that the keyboard is at.
    pub fn cursor(&self) -> Option<usize> {
        self.cursor?.row
    }

    /// The key of that row.
    pub fn cursor_key(&self) -> Option<u64> {
        self.cursor.map(|mark| mark.key)
    }

    /// Counts what was done to it, so that whoever worked on a clone knows whether that still stands.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Whether it stays as it is wherever the rows go.
    pub fn is_nowhere(&self) -> bool {
        let is_plain = self.marked.is_clear() && self.hidden.is_empty();
        is_plain && self.cursor.is_none() && self.anchor.is_none()
    }

    /// Says how many rows are on screen.
    pub fn see(&mut self, rows: usize) {
        self.rows = rows;
    }

    pub fn choose_all(&mut self) {
        self.start_anew(Others::Chosen);
    }

    /// Chooses nothing; the keyboard stays where it is.
    pub fn clear(&mut self) {
        self.start_anew(Others::NotChosen);
        self.anchor = None;
    }

    /// Takes *all* back when other rows come in sight, since they were never chosen.
    pub fn forget_all(&mut self) {
        if self.others == Others::Chosen {
            self.clear();
        }
    }

    /// A click on a row, or a key that leads to it.
    pub fn go(&mut self, sheet: &dyn Keyed, row: usize, reach: Reach) {
        self.rows = sheet.len();
        if row >= self.rows {
            return;
        }
        self.changes += 1;
        let mark = Mark { key: sheet.key(row), row: Some(row) };
        match reach {
            Reach::Only => {
                self.start_anew(Others::NotChosen);
                self.choose(row..=row);
            }
            Reach::Toggle => {
                self.marked.grow(row + 1);
                self.marked.toggle(row);
            }
            Reach::UpTo | Reach::AndUpTo => {
                let from = self.anchor.or(self.cursor).and_then(|mark| mark.row).unwrap_or(row).min(self.rows - 1);
                if reach == Reach::UpTo {
                    self.start_anew(Others::NotChosen);
                }
                self.choose(from.min(row)..=from.max(row));
                self.anchor.get_or_insert(Mark { key: sheet.key(from), row: Some(from) });
            }
            Reach::Move => {}
        }
        if matches!(reach, Reach::Only | Reach::Toggle) {
            self.anchor = Some(mark);
        }
        self.cursor = Some(mark);
    }

    /// The chosen rows that are seen, in their order. Looks at every row: for a task, not for a frame.
    pub fn chosen(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.rows).filter(|row| self.contains(*row))
    }

    /// The same choice where the rows of `from`, which it was made of, stand as in `to`. Looks at every row: for a task, not for a frame.
    #[must_use]
    pub fn moved(&self, from: &dyn Keyed, to: &dyn Keyed) -> Self {
        let marked = self.marked.ones().take_while(|row| *row < from.len()).map(|row| from.key(row));
        let mut wanted: FxHashSet<u64> = self.hidden.iter().copied().chain(marked).collect();
        let [mut cursor, mut anchor] =
            [self.cursor, self.anchor].map(|mark| mark.map(|mark| Mark { row: None, ..mark }));
        let mut moved = FixedBitSet::with_capacity(to.len());
        for row in 0..to.len() {
            let mut marks =
                [&mut cursor, &mut anchor].into_iter().flatten().filter(|mark| mark.row.is_none()).peekable();
            if wanted.is_empty() && marks.peek().is_none() {
                break;
            }
            let key = to.key(row);
            marks.filter(|mark| mark.key == key).for_each(|mark| mark.row = Some(row));
            if wanted.remove(&key) {
                moved.insert(row);
            }
        }
        // Where all others are chosen, the marked ones are not, and one of them that is gone is no choice.
        let hidden = if self.others == Others::Chosen { FxHashSet::default() } else { wanted };
        Self { rows: to.len(), marked: moved, hidden: Arc::new(hidden), cursor, anchor, ..self.clone_rest() }
    }

    /// What does not depend on where the rows stand.
    fn clone_rest(&self) -> Self {
        Self { others: self.others, changes: self.changes, ..Self::default() }
    }

    fn start_anew(&mut self, others: Others) {
        self.changes += 1;
        self.marked = FixedBitSet::new();
        self.hidden = Arc::default();
        self.others = others;
    }

    fn choose(&mut self, rows: RangeInclusive<usize>) {
        self.marked.grow(rows.end() + 1);
        self.marked.set_range(*rows.start()..rows.end() + 1, self.others == Others::NotChosen);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
        selection.chosen().map(|row| sheet.key(row)).collect()
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
        selection.see(5);
        selection.choose_all();
        assert_eq!((selection.len(), chosen(&selection, &sheet).len()), (5, 5));
        selection.go(&sheet, 3, Reach::Toggle);
        assert_eq!(chosen(&selection, &sheet), [0, 1, 2, 4]);
        selection.go(&sheet, 2, Reach::Toggle);
        selection.go(&sheet, 3, Reach::AndUpTo);
        assert_eq!(chosen(&selection, &sheet), [0, 1, 2, 3, 4], "a range that is added puts them back");
        selection.go(&sheet, 1, Reach::Toggle);
        let grown = Keys(vec![5, 4, 1, 0, 2, 3], 2);
        let selection = selection.moved(&sheet, &grown);
        assert_eq!(chosen(&selection, &grown), [5, 4, 0, 2, 3], "of all, those that came later are chosen as well");
        let mut none = selection.clone();
        none.forget_all();
        assert!(none.is_empty() && !selection.is_empty());
    }

    #[test]
    fn all_without_the_only_one_is_nothing() {
        let sheet = Keys(vec![7], 1);
        let mut selection = Selection::default();
        selection.see(1);
        selection.choose_all();
        selection.go(&sheet, 0, Reach::Toggle);
        assert!(selection.is_empty());
    }

    #[test]
    fn a_choice_and_the_keyboard_survive_a_new_order() {
        let sheet = Keys(vec![1, 2, 3, 4], 1);
        let mut selection = Selection::default();
        selection.go(&sheet, 0, Reach::Only);
        selection.go(&sheet, 1, Reach::UpTo);
        let turned = Keys(vec![4, 3, 2, 1], 2);
        let selection = selection.moved(&sheet, &turned);
        assert_eq!(chosen(&selection, &turned), [2, 1]);
        assert_eq!(selection.cursor(), Some(2));
        let filtered = Keys(vec![4, 3], 3);
        let hidden = selection.moved(&turned, &filtered);
        assert_eq!((hidden.cursor(), hidden.cursor_key(), hidden.len()), (None, Some(2), 2));
        assert_eq!(chosen(&hidden, &filtered), [0_u64; 0]);
        let back = hidden.moved(&filtered, &Keys(vec![9, 2], 4));
        assert_eq!((back.cursor(), back.len(), back.contains(1)), (Some(1), 2, true));
    }

    #[test]
    fn a_range_goes_on_from_where_it_began_after_a_new_order() {
        let sheet = Keys((0..10).collect(), 1);
        let mut selection = Selection::default();
        selection.go(&sheet, 8, Reach::Only);
        let turned = Keys((0..10).rev().collect(), 2);
        let mut selection = selection.moved(&sheet, &turned);
        selection.go(&turned, 3, Reach::UpTo);
        assert_eq!(chosen(&selection, &turned), [8, 7, 6]);
    }

    #[test]
    fn a_choice_among_a_million_rows_is_carried_over_whole() {
        let rows = 1_000_000;
        let sheet = Keys((0..rows).collect(), 1);
        let mut selection = Selection::default();
        selection.go(&sheet, 10, Reach::Only);
        selection.go(&sheet, 999_999, Reach::UpTo);
        assert_eq!(selection.len(), 999_990);
        let turned = Keys((0..rows).rev().collect(), 2);
        let moved = selection.moved(&sheet, &turned);
        assert_eq!((moved.len(), moved.contains(999_989), moved.contains(999_990)), (999_990, true, false));
        assert_eq!(moved.cursor(), Some(0));
    }

    proptest! {
        /// Against a set of keys that is kept by hand.
        #[test]
        fn every_way_of_choosing_chooses_what_a_set_of_keys_would(
            steps in prop::collection::vec((0_usize..8, 0_u8..8), 1..40),
            orders in prop::collection::vec(Just((0_u64..8).collect::<Vec<_>>()).prop_shuffle(), 4),
            kept in prop::collection::vec(3_usize..9, 4),
        ) {
            let mut sheet = Keys((0..8).collect(), 1);
            let (mut selection, mut model) = (Selection::default(), std::collections::BTreeSet::new());
            let mut order = orders.iter().zip(kept);
            let mut anchor = None;
            let mut cursor = None;
            for (row, step) in steps {
                let rows = sheet.len();
                let place = |key: Option<u64>| key.and_then(|key| sheet.0.iter().position(|other| *other == key));
                match step {
                    7 => {
                        let Some((keys, kept)) = order.next() else { continue };
                        let next = Keys(keys[..kept.min(8)].to_vec(), sheet.1 + 1);
                        selection = selection.moved(&sheet, &next);
                        sheet = next;
                    }
                    _ if row >= rows => {}
                    0 => {
                        selection.go(&sheet, row, Reach::Only);
                        model = [sheet.0[row]].into();
                        (anchor, cursor) = (Some(sheet.0[row]), Some(sheet.0[row]));
                    }
                    1 | 2 => {
                        selection.go(&sheet, row, Reach::Toggle);
                        let key = sheet.0[row];
                        if !model.remove(&key) { model.insert(key); }
                        (anchor, cursor) = (Some(key), Some(key));
                    }
                    3..=5 => {
                        let reach = if step == 3 { Reach::UpTo } else { Reach::AndUpTo };
                        let from = place(anchor.or(cursor)).unwrap_or(row);
                        selection.go(&sheet, row, reach);
                        if step == 3 { model.clear(); }
                        model.extend(&sheet.0[from.min(row)..=from.max(row)]);
                        anchor = anchor.or(Some(sheet.0[from]));
                        cursor = Some(sheet.0[row]);
                    }
                    _ => {
                        selection.clear();
                        model.clear();
                        anchor = None;
                    }
                }
                let seen: Vec<u64> = sheet.0.iter().copied().filter(|key| model.contains(key)).collect();
                prop_assert_eq!(chosen(&selection, &sheet), seen);
                prop_assert_eq!(selection.len(), model.len());
            }
        }
    }
}
