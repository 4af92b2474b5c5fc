//! Which columns are shown and in what order, as the user arranged them.
//!
//! Owns the wishes only: what is there to be shown is told by [`Found`]. A column that no row has is not offered, and one that
//! turns up later comes in at the place where it stands at first.

use super::columns::{ColumnId, Found};

/// The order of the columns, and what was said about them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    columns: Vec<(ColumnId, Said)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    Show,
    Hide,
}

/// Where a column goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
}

impl Layout {
    /// Takes in the columns that were found since.
    pub fn update(&mut self, found: &Found) {
        let mut after = 0;
        for column in found.offered() {
            let known = self.columns.iter().position(|(known, _)| *known == column);
            let at = known.unwrap_or_else(|| {
                let at = after.min(self.columns.len());
                self.columns.insert(at, (column, Said::Nothing));
                at
            });
            after = at + 1;
        }
    }

    /// The columns that are offered, and whether each is shown.
    pub fn offered<'a>(&'a self, found: &'a Found) -> impl Iterator<Item = (&'a ColumnId, bool)> {
        let offered = self.columns.iter().filter(|(column, _)| found.has(column));
        offered.map(|(column, said)| (column, is_shown(column, *said, found)))
    }

    /// The columns that are shown, in their order.
    pub fn shown<'a>(&'a self, found: &'a Found) -> impl Iterator<Item = &'a ColumnId> {
        self.offered(found).filter(|(_, shown)| *shown).map(|(column, _)| column)
    }

    /// Shows a hidden column and hides a shown one. The last one stays.
    pub fn toggle(&mut self, column: &ColumnId, found: &Found) {
        let is_last = self.shown(found).eq([column]);
        if let Some((_, said)) = self.columns.iter_mut().find(|(known, _)| known == column) {
            *said = if !is_shown(column, *said, found) || is_last { Said::Show } else { Said::Hide };
        }
    }

    /// Moves a column past its neighbour among those that are offered.
    pub fn shift(&mut self, column: &ColumnId, side: Side, found: &Found) {
        let offered: Vec<usize> = (0..self.columns.len()).filter(|at| found.has(&self.columns[*at].0)).collect();
        let Some(here) = offered.iter().position(|at| self.columns[*at].0 == *column) else { return };
        let there = match side {
            Side::Left => here.checked_sub(1),
            Side::Right => Some(here + 1),
        };
        if let Some(there) = there.and_then(|there| offered.get(there)) {
            self.columns.swap(offered[here], *there);
        }
    }

    /// Forgets what was said.
    pub fn reset(&mut self, found: &Found) {
        self.columns.clear();
        self.update(found);
    }
}

fn is_shown(column: &ColumnId, said: Said, found: &Found) -> bool {
    match said {
        Said::Show => true,
        Said::Hide => false,
        Said::Nothing => found.is_shown_at_first(column),
    }
}
