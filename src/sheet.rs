//! What a table on screen, an export and a copied selection share: columns with names and kinds, rows of cells.
//!
//! Owns no data: whoever has rows shows them as a [`Sheet`]. Refuses to format: a decimal is the text that the server wrote, an
//! absent value is absent and no empty text, and a SKU is text whatever it looks like (guarantees P1, P2, P6).

use std::borrow::Cow;

use compact_str::CompactString;

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    Text,
    /// Decimals as they were written, to be aligned on their point.
    Decimal,
    /// Whole numbers of our own, such as milliseconds.
    Integer,
}

/// The head of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The name in exports, such as `price_list`.
    pub name: CompactString,
    /// The words on screen, such as `Price list`.
    pub label: CompactString,
    pub kind: CellKind,
}

impl Head {
    pub fn new(name: impl Into<CompactString>, label: impl Into<CompactString>, kind: CellKind) -> Self {
        Self { name: name.into(), label: label.into(), kind }
    }
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Nothing is named here. Never a zero, and never an empty text.
    Absent,
    Text(Cow<'a, str>),
    /// A decimal, letter by letter as the server wrote it.
    Decimal(Cow<'a, str>),
    Integer(i64),
}

impl<'a> Cell<'a> {
    pub fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    /// The text where there is one.
    pub fn maybe(text: Option<&'a str>) -> Self {
        text.map_or(Self::Absent, Self::text)
    }

    /// The cell as plain text; nothing where it is absent.
    pub fn plain(&self) -> Cow<'_, str> {
        match self {
            Self::Absent => Cow::Borrowed(""),
            Self::Text(text) | Self::Decimal(text) => Cow::Borrowed(text),
            Self::Integer(number) => Cow::Owned(number.to_string()),
        }
    }
}

/// Rows and columns in the order in which they are seen.
pub trait Sheet {
    fn heads(&self) -> &[Head];

    /// How many rows there are.
    fn len(&self) -> usize;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cell of a row and a column, both counted from 0; absent beyond the ends.
    fn cell(&self, row: usize, column: usize) -> Cell<'_>;
}

/// A sheet whose rows keep their names when the order changes, so that a selection survives a re-sort.
pub trait Keyed: Sheet + Send + Sync {
    /// What tells a row from all others, wherever it stands.
    fn key(&self, row: usize) -> u64;

    /// Changes whenever a row may stand elsewhere than before.
    fn version(&self) -> u64;
}
