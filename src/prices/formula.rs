//! Cells that a spreadsheet would run, made harmless (guarantee P6).
//!
//! Owns the one rule that every export of text cells uses. Refuses nothing and changes nothing else: amounts do not
//! pass through here, so that `-3` stays a number.

use std::borrow::Cow;

/// The cell, with an apostrophe before each place where a spreadsheet would take what follows for a formula.
///
/// A spreadsheet runs a cell that begins with `=`, `+`, `-`, `@`, a tab, a carriage return or a line feed, or with the
/// full-width forms of the first four, also behind leading spaces. Which character parts cells is for whoever opens a file to
/// say, and another one than the writer's makes quotes into letters: so a formula behind any usual separator or line break
/// inside the cell is one, too, be there quotes between (OWASP, "CSV Injection").
pub fn harmless(cell: &str) -> Cow<'_, str> {
    if !runs(cell) && !cell.bytes().any(|b| b.is_ascii() && parts(b.into())) {
        return Cow::Borrowed(cell);
    }
    let mut safe = String::with_capacity(cell.len() + 2);
    let mut rest = cell;
    loop {
        if runs(rest) {
            safe.push('\'');
        }
        let end = rest.find(parts).map_or(rest.len(), |at| at + 1);
        safe.push_str(&rest[..end]);
        rest = &rest[end..];
        if rest.is_empty() {
            return if safe.len() == cell.len() { Cow::Borrowed(cell) } else { Cow::Owned(safe) };
        }
    }
}

/// Whether a text would run where it stands at the start of a cell.
fn runs(text: &str) -> bool {
    let is_sign = |c: char| {
        matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}')
    };
    text.trim_start_matches([' ', '\u{a0}', '\u{feff}', '"']).starts_with(is_sign)
}

/// Whether cells or rows are parted by this, in this program's files or by whoever opens them.
fn parts(c: char) -> bool {
    matches!(c, ',' | ';' | '\t' | '|' | '\r' | '\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p6_a_cell_that_would_run_gets_an_apostrophe() {
        for cell in ["=1+1", "+1", "-A", "@SUM(A1)", " =1", "＝1", "\u{feff}=1", "\"=1"] {
            assert_eq!(harmless(cell), format!("'{cell}"));
        }
    }

    #[test]
    fn p6_no_piece_of_a_cell_runs_whatever_parts_it() {
        for (cell, safe) in [
            ("x;=cmd|' /C calc'!A0;y", "x;'=cmd|' /C calc'!A0;y"),
            ("\t=1", "'\t'=1"),
            ("\r=1", "'\r'=1"),
            ("a\n=1", "a\n'=1"),
            ("a, +1", "a,' +1"),
            ("a|\"\"@x", "a|'\"\"@x"),
            ("=a,=b", "'=a,'=b"),
            ("M8,-5", "M8,'-5"),
        ] {
            assert_eq!(harmless(cell), safe);
        }
        for cell in ["KABEL 3×1,5 m", "a;b|c", "1,5", ";", "x;'=1"] {
            assert_eq!(harmless(cell), cell);
        }
    }

    #[test]
    fn p6_other_cells_are_left_as_they_are() {
        for cell in ["", "PRODUCT-001", "00012", "a=b", "'=1", "12.10", "👩‍🔧", " a"] {
            assert!(matches!(harmless(cell), Cow::Borrowed(kept) if kept == cell));
        }
    }
}
