//! One column, and where columns stand: those that grow share what is left, and those that may give way where the room is short.

use super::cell::CellAlign;
use crate::ui::theme::space;

/// One column.
#[must_use]
#[derive(Debug, Clone)]
pub struct Column<'a> {
    pub(super) head: &'a str,
    pub(super) align: CellAlign,
    width: f32,
    grows: bool,
    drops: Option<u8>,
    pub(super) sorts: bool,
}

impl<'a> Column<'a> {
    /// A column of `width` points, at the left, that never gives way.
    pub fn new(head: &'a str, width: f32) -> Self {
        Self { head, align: CellAlign::Left, width, grows: false, drops: None, sorts: false }
    }

    pub fn align(mut self, align: CellAlign) -> Self {
        self.align = align;
        self
    }

    /// Takes the width that is left over.
    pub fn grows(mut self) -> Self {
        self.grows = true;
        self
    }

    /// Gives way where the room is short; the highest number goes first.
    pub fn drops(mut self, order: u8) -> Self {
        self.drops = Some(order);
        self
    }

    /// A click on the head is told to the caller.
    pub fn sorts(mut self) -> Self {
        self.sorts = true;
        self
    }
}

/// Where a column that is shown stands, from the left edge of the table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    pub column: usize,
    pub left: f32,
    pub width: f32,
}

/// Drops columns until the rest fits, then shares what is left among those that grow.
pub(super) fn lay_out(columns: &[Column<'_>], available: f32) -> Vec<Place> {
    let gap = space::XL;
    let mut shown: Vec<usize> = (0..columns.len()).collect();
    let needed = |shown: &[usize]| {
        let widths: f32 = shown.iter().map(|&index| columns[index].width).sum();
        widths + gap * shown.len().saturating_sub(1) as f32 + 2.0 * space::M
    };
    while needed(&shown) > available {
        // The last of those with the highest number goes, so columns give way from the right.
        let Some(goes) = shown
            .iter()
            .copied()
            .filter(|&index| columns[index].drops.is_some())
            .max_by_key(|&index| (columns[index].drops, index))
        else {
            break;
        };
        shown.retain(|&index| index != goes);
    }
    let growing = shown.iter().filter(|&&index| columns[index].grows).count();
    let spare = (available - needed(&shown)).max(0.0) / growing.max(1) as f32;
    let mut left = space::M;
    shown
        .into_iter()
        .map(|column| {
            let grows = columns[column].grows;
            let width = columns[column].width + if grows { spare.floor() } else { 0.0 };
            let place = Place { column, left, width };
            left += width + gap;
            place
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(available: f32) -> Vec<usize> {
        let columns = [
            Column::new("Price list", 100.0).grows(),
            Column::new("Amount", 80.0),
            Column::new("Valid from", 80.0).drops(1),
            Column::new("Valid to", 80.0).drops(2),
            Column::new("Read from", 100.0).drops(3),
        ];
        lay_out(&columns, available).into_iter().map(|place| place.column).collect()
    }

    #[test]
    fn columns_give_way_from_the_right_and_the_last_two_never() {
        assert_eq!(shown(900.0), [0, 1, 2, 3, 4]);
        assert_eq!(shown(440.0), [0, 1, 2, 3]);
        assert_eq!(shown(340.0), [0, 1, 2]);
        assert_eq!(shown(240.0), [0, 1]);
        assert_eq!(shown(10.0), [0, 1]);
    }

    #[test]
    fn a_growing_column_takes_what_is_left_and_the_last_ends_at_the_edge() {
        let columns = [Column::new("a", 100.0).grows(), Column::new("b", 50.0)];
        let places = lay_out(&columns, 400.0);
        let last = places.last().expect("two columns are shown");
        assert!((last.left + last.width - (400.0 - space::M)).abs() < 1.0, "{places:?}");
    }
}
