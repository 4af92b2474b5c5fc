//! How the rows of a run look in the table.

use crate::prices::price;
use crate::results::{ColumnId, View};
use crate::sheet::{self, Head};
use crate::ui::grid::{ColumnLook, Dress, counted, plain, thousands};
use crate::ui::widgets::{Cell, CellAlign};
use crate::ui::words;

/// The looks of one view.
pub struct Results<'a>(pub &'a View);

impl Dress for Results<'_> {
    fn column(&self, column: usize, head: &Head) -> ColumnLook {
        let look = ColumnLook { sorts: true, ..ColumnLook::of(head) };
        let Some(id) = self.0.columns().get(column) else { return look };
        let digits = self.0.arranged().found.digits(id);
        let point = CellAlign::Decimal { fraction_digits: digits };
        match id {
            // As wide as the largest number, thousands parted.
            ColumnId::Position => {
                let letters = counted(self.0.arranged().rows.len()).len() as f32;
                ColumnLook { width: (7.5 * letters + 8.0).max(38.0), ..look }
            }
            ColumnId::Sku | ColumnId::Given => ColumnLook { width: 136.0, ..look },
            ColumnId::Line => ColumnLook { width: 56.0, ..look },
            ColumnId::Outcome => ColumnLook { width: 104.0, ..look },
            ColumnId::Amount => {
                ColumnLook { width: 76.0, align: point, tip: Some("Sorted within each currency"), ..look }
            }
            ColumnId::QuantityFrom => ColumnLook { width: 58.0, align: point, ..look },
            ColumnId::VatMode | ColumnId::Unit | ColumnId::Kind => ColumnLook { width: 52.0, ..look },
            ColumnId::ValidFrom | ColumnId::ValidTo => ColumnLook { width: 84.0, ..look },
            ColumnId::Detail => ColumnLook { width: 160.0, grows: true, ..look },
            ColumnId::Http => ColumnLook { width: 34.0, ..look },
            ColumnId::Currency | ColumnId::Time => ColumnLook { width: 56.0, ..look },
            ColumnId::Token => ColumnLook { width: 44.0, ..look },
            ColumnId::Error | ColumnId::Notes => ColumnLook { width: 240.0, ..look },
            ColumnId::ReadFrom => ColumnLook { width: 168.0, ..look },
            _ => look,
        }
    }

    fn cell<'a>(&self, row: usize, column: usize, value: sheet::Cell<'a>) -> Cell<'a> {
        let Some(id) = self.0.columns().get(column) else { return plain(value) };
        match (id, value) {
            (ColumnId::Outcome, _) => match self.0.row(row) {
                Some((_, answered)) => {
                    let (icon, tone) = words::outcome(answered.outcome);
                    Cell::new(answered.outcome.label()).icon(icon).tone(tone)
                }
                None => Cell::absent(),
            },
            // Nothing is missing where the SKU stands in the file as it was looked up.
            (ColumnId::Given, sheet::Cell::Absent) => Cell::new(""),
            (_, sheet::Cell::Absent) => Cell::absent(),
            (ColumnId::Position, sheet::Cell::Integer(number)) => Cell::new(thousands(number)).number().muted(),
            // A status is a name and no count.
            (ColumnId::Http, sheet::Cell::Integer(status)) => Cell::new(status.to_string()),
            (ColumnId::Token, sheet::Cell::Integer(number)) => Cell::new(format!("#{number}")).secondary(),
            (ColumnId::Sku | ColumnId::Given | ColumnId::SkuInBody, sheet::Cell::Text(text)) => Cell::new(text).mono(),
            (ColumnId::QuantityFrom, sheet::Cell::Decimal(text)) => Cell::new(text),
            (ColumnId::ValidFrom | ColumnId::ValidTo, sheet::Cell::Text(text)) => match price::day(&text) {
                Some(day) => Cell::new(day.strftime("%-d %b %Y").to_string()).secondary(),
                None => Cell::new(text).secondary(),
            },
            (ColumnId::ReadFrom, sheet::Cell::Text(text)) => Cell::new(text).mono_small().muted(),
            (
                ColumnId::Detail | ColumnId::Error | ColumnId::Notes | ColumnId::PriceListName,
                sheet::Cell::Text(text),
            ) => Cell::new(text).secondary(),
            (_, value) => plain(value),
        }
    }
}
