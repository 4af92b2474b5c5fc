//! Rows on the clipboard: columns parted by tabs, as spreadsheets and tickets take them.
//!
//! Owns what makes a cell safe there: a text that a spreadsheet would run is made harmless (P6), and one with a tab, a line break
//! or a leading quote is quoted. Numbers stay as they were written.

use std::borrow::Cow;

use crate::prices::formula::harmless;
use crate::sheet::{Cell, Sheet};

/// A line of heads, then a line for each of `rows`.
pub fn tsv(sheet: &dyn Sheet, rows: impl Iterator<Item = usize>) -> String {
    let mut text = String::new();
    for (column, head) in sheet.heads().iter().enumerate() {
        put(&mut text, column, &quoted(&harmless(&head.label)));
    }
    for row in rows {
        text.push('\n');
        for column in 0..sheet.heads().len() {
            match sheet.cell(row, column) {
                Cell::Text(cell) => put(&mut text, column, &quoted(&harmless(&cell))),
                cell => put(&mut text, column, &cell.plain()),
            }
        }
    }
    text
}

fn put(text: &mut String, column: usize, cell: &str) {
    if column > 0 {
        text.push('\t');
    }
    text.push_str(cell);
}

fn quoted(cell: &str) -> Cow<'_, str> {
    if cell.contains(['\t', '\n', '\r']) || cell.starts_with('"') {
        Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::{CellKind, Head};

    struct Three([Head; 3]);

    impl Sheet for Three {
        fn heads(&self) -> &[Head] {
            &self.0
        }

        fn len(&self) -> usize {
            3
        }

        fn cell(&self, row: usize, column: usize) -> Cell<'_> {
            match (row, column) {
                (_, 1) => Cell::Decimal("-3.10".into()),
                (0, 0) => Cell::text("=1+1"),
                (1, 0) => Cell::text("a\tb\n\"c\""),
                (2, 2) => Cell::Integer(84),
                (2, 0) => Cell::text("00012"),
                _ => Cell::Absent,
            }
        }
    }

    #[test]
    fn p6_cells_are_safe_and_numbers_stay_as_written() {
        let head = |label: &str, kind| Head::new(label.to_lowercase(), label, kind);
        let sheet =
            Three([head("SKU", CellKind::Text), head("Amount", CellKind::Decimal), head("Time", CellKind::Integer)]);
        assert_eq!(
            tsv(&sheet, 0..3),
            "SKU\tAmount\tTime\n'=1+1\t-3.10\t\n\"a\tb\n\"\"c\"\"\"\t-3.10\t\n00012\t-3.10\t84"
        );
    }
}
