//! Requests counted by columns of time. A column begins at a multiple of its width, so that it stays what it is while the
//! picture moves on.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::mark::Mark;

/// The requests of one column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Column {
    tallies: [Tally; Mark::ALL.len()],
}

/// The requests of one column that came to the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub count: u32,
    /// The number of the newest event.
    pub newest: u64,
    /// When that one began, in milliseconds since the epoch.
    pub at: i64,
}

impl Column {
    /// What there is, in the order of [`Mark::ALL`].
    pub fn tallies(&self) -> impl Iterator<Item = (Mark, Tally)> + '_ {
        Mark::ALL.into_iter().zip(self.tallies).filter(|(_, tally)| tally.count > 0)
    }

    fn add(&mut self, at: i64, mark: Mark, number: u64) {
        let tally = &mut self.tallies[mark.index()];
        tally.count = tally.count.saturating_add(1);
        if number >= tally.newest {
            (tally.newest, tally.at) = (number, at);
        }
    }
}

/// All columns, by the multiple of the width at which they begin.
pub(super) struct Columns {
    width: i64,
    columns: BTreeMap<i64, Column>,
}

impl Columns {
    /// None yet; `width` is in milliseconds, and more than zero.
    pub fn new(width: i64) -> Self {
        Self { width, columns: BTreeMap::new() }
    }

    pub fn width(&self) -> i64 {
        self.width
    }

    pub fn add(&mut self, at: i64, mark: Mark, number: u64) {
        self.columns.entry(at.div_euclid(self.width)).or_default().add(at, mark, number);
    }

    /// Adds many. Those that follow each other mostly share a column, which is then looked for once.
    pub fn fill(&mut self, points: impl Iterator<Item = (i64, Mark, u64)>) {
        let mut points = points.peekable();
        while let Some((at, mark, number)) = points.next() {
            let key = at.div_euclid(self.width);
            let column = self.columns.entry(key).or_default();
            column.add(at, mark, number);
            while let Some((at, mark, number)) = points.next_if(|(at, ..)| at.div_euclid(self.width) == key) {
                column.add(at, mark, number);
            }
        }
    }

    /// Takes the oldest of those that came to `mark` out of the column of this time.
    pub fn remove(&mut self, at: i64, mark: Mark) {
        if let Entry::Occupied(mut column) = self.columns.entry(at.div_euclid(self.width)) {
            let tally = &mut column.get_mut().tallies[mark.index()];
            tally.count = tally.count.saturating_sub(1);
            if tally.count == 0 {
                *tally = Tally::default();
            }
            if column.get().tallies().next().is_none() {
                column.remove();
            }
        }
    }

    /// The columns that touch the time from `from` to `until`, both in milliseconds since the epoch.
    pub fn between(&self, from: i64, until: i64) -> impl Iterator<Item = &Column> {
        let from = from.div_euclid(self.width);
        let until = until.div_euclid(self.width).max(from);
        self.columns.range(from..=until).map(|(_, column)| column)
    }

    /// The start of the first column, in milliseconds since the epoch.
    pub fn first(&self) -> Option<i64> {
        self.columns.first_key_value().map(|(key, _)| key.saturating_mul(self.width))
    }
}
