//! How a sheet's cells are dressed for the screen: what a sheet does not know of itself.

use crate::sheet::{self, CellKind, Head};
use crate::ui::widgets::{Cell, CellAlign, EnvTone, Tone};

/// How a column looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColumnLook {
    /// At first, in points, without the gap to its neighbours; the user can make it wider.
    pub width: f32,
    pub align: CellAlign,
    /// Takes the width that is left over. One column at most.
    pub grows: bool,
    /// A click on the head is told to the caller.
    pub sorts: bool,
    /// Shows this environment's tag in place of the head's words.
    pub env: Option<EnvTone>,
    /// What the pointer over the head is told.
    pub tip: Option<&'static str>,
}

impl ColumnLook {
    /// As the column's kind suggests.
    pub fn of(head: &Head) -> Self {
        let (width, align) = match head.kind {
            CellKind::Text => (112.0, CellAlign::Left),
            CellKind::Decimal => (80.0, CellAlign::Decimal { fraction_digits: 2 }),
            CellKind::Integer => (56.0, CellAlign::Right),
        };
        Self { width, align, grows: false, sorts: false, env: None, tip: None }
    }
}

/// How the cells of one sheet look. Asked for what is in sight only, in each frame.
pub trait Dress {
    fn column(&self, _column: usize, head: &Head) -> ColumnLook {
        ColumnLook::of(head)
    }

    /// The cell as it is drawn. An absent value is a dash, never a zero.
    fn cell<'a>(&self, _row: usize, _column: usize, value: sheet::Cell<'a>) -> Cell<'a> {
        plain(value)
    }

    /// The tinted surface under a cell.
    fn fill(&self, _row: usize, _column: usize) -> Option<Tone> {
        None
    }

    /// Whether a line parts the row from the one above.
    fn parted(&self, _row: usize) -> bool {
        false
    }
}

/// A value as it is drawn where nobody says otherwise.
pub fn plain(value: sheet::Cell<'_>) -> Cell<'_> {
    match value {
        sheet::Cell::Absent => Cell::absent(),
        sheet::Cell::Text(text) => Cell::new(text),
        sheet::Cell::Decimal(text) => Cell::new(text).amount(),
        sheet::Cell::Integer(number) => Cell::new(thousands(number)).secondary(),
    }
}

/// `2,114`: how many there are of something, for people.
pub fn counted(number: usize) -> String {
    thousands(i64::try_from(number).unwrap_or(i64::MAX))
}

/// `2,114`: a number of our own for people.
pub fn thousands(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('−');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// As the kinds of the columns suggest.
pub struct Undressed;

impl Dress for Undressed {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_parted() {
        let said = [0, 84, 2114, 100_000, 1_234_567, -2114].map(thousands);
        assert_eq!(said, ["0", "84", "2,114", "100,000", "1,234,567", "−2,114"]);
    }
}
