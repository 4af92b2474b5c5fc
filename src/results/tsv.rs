//! Rows on the clipboard: columns parted by tabs, as spreadsheets and tickets take them.
//!
//! Owns what makes a cell safe there: a text that a spreadsheet would run is made harmless (P6), and one with a tab, a line break
//! or a leading quote is quoted. Numbers stay as they were written.

use std::borrow::Cow;

use crate::prices::formula::harmless;
use crate::sheet::{Cell, Sheet};

/// So many rows are copied at most: clipboards and spreadsheets take long over more, and an export has no such limit.
pub const MOST_ROWS: usize = 100_000;
/// And so many bytes, in whole rows.
pub const MOST_BYTES: usize = 32 << 20;

/// Rows as text for the clipboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    pub text: String,
    pub rows: usize,
    pub kept_to: KeptTo,
    pub part: Part,
}

/// What of the rows is in a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All columns, under their heads.
    Whole,
    /// One value as it was written, alone.
    Cell,
    Sku,
}

/// Whether all rows are in a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptTo {
    All,
    /// The first [`MOST_ROWS`].
    Rows,
    /// As many as fit in [`MOST_BYTES`].
    Bytes,
}

impl Copied {
    /// What was copied, in words; above all where that is not everything.
    pub fn said(&self) -> &'static str {
        match self.part {
            Part::Whole => {}
            Part::Cell => return "Cell copied.",
            Part::Sku => return "SKU copied.",
        }
        match (self.kept_to, self.rows) {
            (KeptTo::All, 1) => "1 row copied.",
            (KeptTo::All, _) => "Rows copied.",
            (KeptTo::Rows, _) => "Only the first 100,000 of the chosen rows were copied. Use Export for all of them.",
            (KeptTo::Bytes, _) => {
                "Only the first of the chosen rows were copied, as many as fit in 32 MB. Use Export for all of them."
            }
        }
    }
}

/// A line of heads, then a line for each of `rows`, up to the limits. Takes time: for a task, not for a frame.
pub fn tsv(sheet: &dyn Sheet, rows: &[usize]) -> Copied {
    let mut text = String::new();
    for (column, head) in sheet.heads().iter().enumerate() {
        put(&mut text, column, &quoted(&harmless(&head.label)));
    }
    let mut kept_to = if rows.len() > MOST_ROWS { KeptTo::Rows } else { KeptTo::All };
    let mut copied = 0;
    for row in rows.iter().copied().take(MOST_ROWS) {
        let before = text.len();
        text.push('\n');
        for column in 0..sheet.heads().len() {
            match sheet.cell(row, column) {
                Cell::Text(cell) => put(&mut text, column, &quoted(&harmless(&cell))),
                cell => put(&mut text, column, &cell.plain()),
            }
        }
        if text.len() > MOST_BYTES {
            text.truncate(before);
            kept_to = KeptTo::Bytes;
            break;
        }
        copied += 1;
    }
    Copied { text, rows: copied, kept_to, part: Part::Whole }
}

/// The value of one cell alone, letter by letter; nothing where it is absent.
pub fn value(sheet: &dyn Sheet, row: usize, column: usize, part: Part) -> Option<Copied> {
    let text = sheet.cell(row, column).plain().into_owned();
    (!text.is_empty()).then_some(Copied { text, rows: 1, kept_to: KeptTo::All, part })
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
            tsv(&sheet, &[0, 1, 2]).text,
            "SKU\tAmount\tTime\n'=1+1\t-3.10\t\n\"a\tb\n\"\"c\"\"\"\t-3.10\t\n00012\t-3.10\t84"
        );
    }

    /// As many rows as wanted, each of one cell.
    struct Long([Head; 1], String);

    impl Sheet for Long {
        fn heads(&self) -> &[Head] {
            &self.0
        }

        fn len(&self) -> usize {
            usize::MAX
        }

        fn cell(&self, _row: usize, _column: usize) -> Cell<'_> {
            Cell::text(&self.1)
        }
    }

    #[test]
    fn a_copy_ends_at_a_limit_with_a_whole_row_and_says_so() {
        let long = |cell: String| Long([Head::new("sku", "SKU", CellKind::Text)], cell);
        let rows: Vec<usize> = (0..=MOST_ROWS).collect();
        let all = tsv(&long("A".into()), &rows[1..]);
        assert_eq!((all.rows, all.kept_to, all.said()), (MOST_ROWS, KeptTo::All, "Rows copied."));
        let first = tsv(&long("A".into()), &rows);
        assert_eq!((first.rows, first.kept_to, first.text.lines().count()), (MOST_ROWS, KeptTo::Rows, MOST_ROWS + 1));
        assert!(first.said().contains("100,000") && first.said().contains("Export"));
        let wide = tsv(&long("A".repeat(1 << 20)), &rows);
        assert_eq!((wide.rows, wide.kept_to), (31, KeptTo::Bytes));
        assert!(wide.text.len() <= MOST_BYTES && wide.text.ends_with('A'));
        assert_eq!(tsv(&long("A".into()), &[7]).said(), "1 row copied.");
    }
}
