//! How compared rows look.

use crate::compare::difference::Signs;
use crate::compare::view::Column;
use crate::compare::{Verdict, View, difference};
use crate::sheet::{self, Head};
use crate::ui::grid::{ColumnLook, Dress, plain};
use crate::ui::widgets::{Cell, CellAlign, Tone};
use crate::ui::words;

/// The looks of one view.
pub struct Compared<'a>(pub &'a View);

impl Dress for Compared<'_> {
    fn column(&self, column: usize, head: &Head) -> ColumnLook {
        let look = ColumnLook { sorts: true, ..ColumnLook::of(head) };
        let comparison = self.0.comparison();
        let amounts = CellAlign::Decimal { fraction_digits: comparison.digits };
        let (left, right) = (comparison.left.header.environment, comparison.right.header.environment);
        let env = |environment| (left != right).then(|| words::environment(environment));
        // A tag and the arrow of a sorted column stand beside each other. Words are as wide as they need.
        let words = 6.5 * head.label.chars().count() as f32 + 16.0;
        let side = if left == right { words.clamp(80.0, 168.0) } else { 112.0 };
        let tip = Some("Sorted within each currency");
        match self.0.columns().get(column) {
            Some(Column::Sku | Column::PriceList) => ColumnLook { width: 116.0, ..look },
            Some(Column::QuantityFrom) => {
                ColumnLook { width: 52.0, align: CellAlign::Decimal { fraction_digits: 0 }, ..look }
            }
            Some(Column::Left) => ColumnLook { width: side, align: amounts, env: env(left), tip, ..look },
            Some(Column::Right) => ColumnLook { width: side, align: amounts, env: env(right), tip, ..look },
            Some(Column::Currency) => {
                ColumnLook { width: if comparison.has_two_currencies() { 72.0 } else { 52.0 }, ..look }
            }
            Some(Column::Kind | Column::Unit) => ColumnLook { width: 52.0, ..look },
            Some(Column::VatMode) => ColumnLook { width: 58.0, ..look },
            Some(Column::WhatDiffers) => ColumnLook { width: 264.0, grows: true, ..look },
            // Below 1 % there are more digits than this, and they stand at the right edge.
            Some(Column::Percent) => {
                ColumnLook { width: 72.0, align: CellAlign::Decimal { fraction_digits: 2 }, ..look }
            }
            Some(Column::Change) => ColumnLook { width: 72.0, align: amounts, tip, ..look },
            None => look,
        }
    }

    fn cell<'a>(&self, row: usize, column: usize, value: sheet::Cell<'a>) -> Cell<'a> {
        let (Some(column), Some(pair)) = (self.0.columns().get(column), self.0.pair(row)) else { return plain(value) };
        let comparison = self.0.comparison();
        match (column, value) {
            (Column::Sku, _) if !self.parted(row) && row > 0 => Cell::new(""),
            (Column::Sku, sheet::Cell::Text(text)) => Cell::new(text).mono(),
            (Column::Left, sheet::Cell::Absent) => {
                Cell::new(difference::outcome(comparison.left_of(pair).map(|answered| &**answered))).muted()
            }
            (Column::Right, sheet::Cell::Absent) => {
                Cell::new(difference::outcome(comparison.right_of(pair).map(|answered| &**answered))).muted()
            }
            (Column::QuantityFrom, sheet::Cell::Decimal(text)) => Cell::new(text).number().secondary(),
            (Column::Change | Column::Percent, sheet::Cell::Decimal(number)) => {
                Cell::new(Signs::OnScreen.write(&number)).number().secondary()
            }
            (Column::Change | Column::Percent, sheet::Cell::Absent) => Cell::new(""),
            (Column::WhatDiffers, _) => {
                let (icon, tone) = super::look(pair.verdict);
                let words = difference::in_words(comparison, pair, self.0.sides(), Signs::OnScreen);
                Cell::new(words).icon(icon).tone(tone)
            }
            (_, value) => plain(value),
        }
    }

    fn fill(&self, row: usize, column: usize) -> Option<Tone> {
        if !matches!(self.0.columns().get(column), Some(Column::Left | Column::Right)) {
            return None;
        }
        match self.0.pair(row)?.verdict {
            Verdict::Different => Some(Tone::Warn),
            Verdict::OnlyLeft | Verdict::OnlyRight => Some(Tone::Info),
            Verdict::Same | Verdict::Neither | Verdict::NotComparable => None,
        }
    }

    fn parted(&self, row: usize) -> bool {
        let sku = |row: usize| self.0.pair(row).map(|pair| self.0.comparison().sku(pair));
        row > 0 && sku(row) != sku(row - 1)
    }
}
