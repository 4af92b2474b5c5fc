//! Cells that a spreadsheet would run, made harmless (guarantee P6).
//!
//! Owns the one rule that every export of text cells uses. Refuses nothing and changes nothing else: amounts do not
//! pass through here, so that `-3` stays a number.

use std::borrow::Cow;

/// The cell, with an apostrophe before it where a spreadsheet would take it for a formula.
///
/// A spreadsheet runs a cell that begins with `=`, `+`, `-`, `@`, a tab, a carriage return or a line feed, or with the
/// full-width forms of the first four, also behind leading spaces (OWASP, "CSV Injection").
pub fn harmless(cell: &str) -> Cow<'_, str> {
    let runs = |c: char| {
        matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}')
    };
    if cell.trim_start_matches([' ', '\u{a0}', '\u{feff}']).starts_with(runs) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p6_a_cell_that_would_run_gets_an_apostrophe() {
        for cell in ["=1+1", "+1", "-A", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "\u{feff}=1"] {
            assert_eq!(harmless(cell), format!("'{cell}"));
        }
    }

    #[test]
    fn p6_other_cells_are_left_as_they_are() {
        for cell in ["", "PRODUCT-001", "00012", "a=b", "'=1", "12.10", "👩‍🔧", " a"] {
            assert!(matches!(harmless(cell), Cow::Borrowed(kept) if kept == cell));
        }
    }
}
