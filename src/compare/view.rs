//! A comparison as a sheet: the rows that the filter leaves, in the order of the lists or of a column.
//!
//! Filtering and sorting look at all rows, so they are done behind the window and can be stopped. Cells are as programs read them: a
//! change has a hyphen for its minus, and whoever draws it for eyes says so ([`Signs`]).

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use memchr::memmem::Finder;

use super::difference::{Signs, change, in_words, side_words};
use super::matching::{Comparison, Named};
use super::pair::{Pair, Verdict};
use crate::prices::{Amount, Price};
use crate::results::ranking::{self, Natural, Ranked};
use crate::results::{Stop, Towards};
use crate::sheet::{Cell, CellKind, Head, Keyed, Sheet};

/// What is to be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The verdicts that are seen, in the order of [`Verdict::ALL`].
    pub verdicts: [bool; Verdict::ALL.len()],
    /// Words, all of which a row has to hold somewhere, in either case.
    pub text: String,
    pub order: Order,
}

/// In what order rows are seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// That of the lists, in which the prices of a SKU stand together.
    #[default]
    Lists,
    /// By the values of a column. Equals keep the order of the lists; what is absent comes last, whichever way.
    By(Column, Towards),
}

impl Order {
    /// What a click on a head leads to: ascending, descending, and back to the order of the lists.
    #[must_use]
    pub fn clicked(self, column: Column) -> Self {
        match self {
            Self::By(by, Towards::Ascending) if by == column => Self::By(column, Towards::Descending),
            Self::By(by, Towards::Descending) if by == column => Self::Lists,
            _ => Self::By(column, Towards::Ascending),
        }
    }
}

impl Default for Wish {
    /// Whatever is not the same.
    fn default() -> Self {
        Self {
            verdicts: Verdict::ALL.map(|verdict| !matches!(verdict, Verdict::Same | Verdict::Neither)),
            text: String::new(),
            order: Order::Lists,
        }
    }
}

impl Wish {
    pub fn shows(&self, verdict: Verdict) -> bool {
        self.verdicts[verdict as usize]
    }

    /// Everything, and no filter by text.
    pub fn all() -> Self {
        Self { verdicts: [true; Verdict::ALL.len()], ..Self::default() }
    }

    /// Whether both let the same rows through.
    pub fn filters_as(&self, other: &Self) -> bool {
        self.verdicts == other.verdicts && self.text.split_whitespace().eq(other.text.split_whitespace())
    }

    /// Shows or hides the rows of a verdict; without one, shows all. From all, or from what is shown at first, a verdict is shown alone.
    pub fn toggle(&mut self, verdict: Option<Verdict>) {
        match verdict {
            None => self.verdicts = Self::all().verdicts,
            Some(verdict) if self.is_all() || self.verdicts == Self::default().verdicts => {
                self.verdicts = Verdict::ALL.map(|other| other == verdict);
            }
            Some(verdict) => self.verdicts[verdict as usize] = !self.verdicts[verdict as usize],
        }
        if !self.verdicts.contains(&true) {
            self.verdicts = Self::all().verdicts;
        }
    }

    pub fn is_all(&self) -> bool {
        self.verdicts.iter().all(|seen| *seen)
    }
}

/// The columns in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Sku,
    PriceList,
    QuantityFrom,
    Kind,
    VatMode,
    Unit,
    Left,
    Right,
    Change,
    Percent,
    Currency,
    WhatDiffers,
}

impl Column {
    pub const ALL: [Self; 12] = [
        Self::Sku,
        Self::PriceList,
        Self::QuantityFrom,
        Self::Kind,
        Self::VatMode,
        Self::Unit,
        Self::Left,
        Self::Right,
        Self::Change,
        Self::Percent,
        Self::Currency,
        Self::WhatDiffers,
    ];

    /// Whether it is shown unless somebody said otherwise: what tells prices apart, where any price has it.
    pub fn is_shown_at_first(self, named: Named) -> bool {
        match self {
            Self::Kind => named.kind,
            Self::VatMode => named.vat_mode,
            Self::Unit => named.unit,
            _ => true,
        }
    }

    /// The words on screen; the two sides are called by what they are, which is told.
    pub fn label(self, sides: &[String; 2]) -> String {
        self.head(sides).label.to_string()
    }

    /// The words on screen and the name in exports are here, but for the two sides, which are called what they are.
    fn head(self, sides: &[String; 2]) -> Head {
        match self {
            Self::Sku => Head::new("sku", "SKU", CellKind::Text),
            Self::PriceList => Head::new("price_list", "Price list", CellKind::Text),
            Self::QuantityFrom => Head::new("quantity_from", "From qty", CellKind::Decimal),
            Self::Kind => Head::new("kind", "Kind", CellKind::Text),
            Self::VatMode => Head::new("vat_mode", "VAT mode", CellKind::Text),
            Self::Unit => Head::new("unit", "Unit", CellKind::Text),
            Self::Left => Head::new(format!("amount ({})", sides[0]), sides[0].as_str(), CellKind::Decimal),
            Self::Right => Head::new(format!("amount ({})", sides[1]), sides[1].as_str(), CellKind::Decimal),
            Self::Currency => Head::new("currency", "Currency", CellKind::Text),
            Self::WhatDiffers => Head::new("what_differs", "What differs", CellKind::Text),
            Self::Change => Head::new("change", "Change", CellKind::Decimal),
            Self::Percent => Head::new("change_percent", "Change, %", CellKind::Decimal),
        }
    }
}

/// Which columns are shown. What nobody said anything of is shown where any price has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Columns([Said; Column::ALL.len()]);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Said {
    #[default]
    Nothing,
    Show,
    Hide,
}

impl Columns {
    pub fn shows(&self, column: Column, named: Named) -> bool {
        match self.0[column as usize] {
            Said::Nothing => column.is_shown_at_first(named),
            Said::Show => true,
            Said::Hide => false,
        }
    }

    /// Those that are shown, in their order.
    pub fn shown(&self, named: Named) -> impl Iterator<Item = Column> {
        Column::ALL.into_iter().filter(move |column| self.shows(*column, named))
    }

    /// Shows a hidden column and hides a shown one. The last one stays.
    pub fn toggle(&mut self, column: Column, named: Named) {
        let is_last = self.shown(named).eq([column]);
        let hides = self.shows(column, named) && !is_last;
        self.0[column as usize] = if hides { Said::Hide } else { Said::Show };
    }
}

/// So many rows are looked at before it is asked again whether the answer is still wanted.
const BETWEEN_LOOKS: usize = 1024;

/// What is on screen. Cheap to clone.
#[derive(Debug, Clone)]
pub struct View {
    comparison: Arc<Comparison>,
    sides: [String; 2],
    order: Arc<[u32]>,
    columns: Arc<[Column]>,
    heads: Arc<[Head]>,
    wish: Wish,
    version: u64,
}

impl View {
    /// Looks through all rows: for a task, not for a frame. `version` is one that no earlier view had. Nothing when it was stopped.
    pub fn new(comparison: Arc<Comparison>, wish: Wish, version: u64, stop: &Stop) -> Option<Self> {
        let sides = side_words(&comparison.left, &comparison.right);
        let (columns, heads) = (Arc::default(), Arc::default());
        let mut view = Self { comparison, sides, order: Arc::default(), columns, heads, wish, version };
        view = view.with_columns(Columns::default());
        let order = view.filtered(stop)?;
        view.order = match view.wish.order {
            Order::Lists => order.into(),
            Order::By(column, towards) => view.sorted(&order, column, towards, stop)?,
        };
        Some(view)
    }

    /// The same rows with these columns. Quick.
    #[must_use]
    pub fn with_columns(&self, columns: Columns) -> Self {
        let columns: Arc<[Column]> = columns.shown(self.comparison.named).collect();
        let heads = columns.iter().map(|column| column.head(&self.sides)).collect();
        Self { columns, heads, ..self.clone() }
    }

    /// The columns in the order of the heads.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The value of a row in a column, whether the column is shown or not; absent beyond the ends.
    pub fn value(&self, row: usize, column: Column) -> Cell<'_> {
        self.pair(row).map_or(Cell::Absent, |pair| self.cell_of(pair, column))
    }

    /// The pairs that the filter leaves, by their numbers.
    fn filtered(&self, stop: &Stop) -> Option<Vec<u32>> {
        // Both ways of writing a minus are found.
        let text = self.wish.text.to_lowercase().replace('−', "-");
        let words: Vec<Finder<'_>> = text.split_whitespace().map(Finder::new).collect();
        let mut haystack = String::new();
        let mut order = Vec::new();
        for (index, pair) in self.comparison.pairs.iter().enumerate() {
            if index % BETWEEN_LOOKS == 0 && stop.is_stopped() {
                return None;
            }
            if self.wish.shows(pair.verdict) && (words.is_empty() || self.holds(pair, &words, &mut haystack)) {
                order.push(u32::try_from(index).ok()?);
            }
        }
        Some(order)
    }

    fn holds(&self, pair: &Pair, words: &[Finder<'_>], haystack: &mut String) -> bool {
        haystack.clear();
        // Words hold no line break, so none is found across two cells. Writing to a String cannot fail.
        let mut put = |text: &str| _ = writeln!(haystack, "{text}");
        put(self.comparison.sku(pair));
        for price in [self.comparison.left_price(pair), self.comparison.right_price(pair)].into_iter().flatten() {
            let of_list = [&price.price_list, &price.price_list_name, &price.quantity_from, &price.currency];
            let of_price = [&price.kind, &price.vat_mode, &price.unit];
            of_list.into_iter().chain(of_price).flatten().for_each(|part| put(part));
            put(price.amount.as_str());
        }
        put(&in_words(&self.comparison, pair, &self.sides, Signs::Plain));
        if haystack.is_ascii() {
            haystack.make_ascii_lowercase();
        } else {
            *haystack = haystack.to_lowercase();
        }
        words.iter().all(|word| word.find(haystack.as_bytes()).is_some())
    }

    fn sorted(&self, order: &[u32], column: Column, towards: Towards, stop: &Stop) -> Option<Arc<[u32]>> {
        let mut ranked = Vec::with_capacity(order.len());
        for (row, index) in order.iter().enumerate() {
            if row % BETWEEN_LOOKS == 0 && stop.is_stopped() {
                return None;
            }
            let pair = self.comparison.pairs.get(*index as usize)?;
            ranked.push((self.rank(pair, column), *index));
        }
        ranking::sort(&mut ranked, towards);
        (!stop.is_stopped()).then(|| ranked.into_iter().map(|(_, index)| index).collect())
    }

    fn rank(&self, pair: &Pair, column: Column) -> Option<Ranked> {
        match (column, self.cell_of(pair, column)) {
            // What is of one kind stands together.
            (Column::WhatDiffers, Cell::Text(words)) => {
                Some(Ranked::Text(Natural::of(&format!("{} {words}", pair.verdict as u8))))
            }
            (Column::Left | Column::Right | Column::Change, cell) => {
                let (left, right) = (self.comparison.left_price(pair), self.comparison.right_price(pair));
                let price = if column == Column::Right { right } else { left };
                Some(Ranked::of(&cell)?.in_currency(price.and_then(|price| price.currency.as_deref())))
            }
            (_, cell) => Ranked::of(&cell),
        }
    }

    pub fn comparison(&self) -> &Arc<Comparison> {
        &self.comparison
    }

    /// What the sides are called.
    pub fn sides(&self) -> &[String; 2] {
        &self.sides
    }

    pub fn wish(&self) -> &Wish {
        &self.wish
    }

    pub fn pair(&self, row: usize) -> Option<&Pair> {
        self.comparison.pairs.get(*self.order.get(row)? as usize)
    }

    /// The pair that a row's key names, wherever the row stands.
    pub fn pair_of_key(&self, key: u64) -> Option<&Pair> {
        self.comparison.pairs.get(usize::try_from(key).ok()?)
    }
}

impl View {
    fn cell_of(&self, pair: &Pair, column: Column) -> Cell<'_> {
        let (left, right) = (self.comparison.left_price(pair), self.comparison.right_price(pair));
        let either = left.or(right);
        let amount = |price: Option<&'_ Price>| {
            price.map_or(Cell::Absent, |price| Cell::Decimal(Cow::Owned(price.amount.as_str().to_owned())))
        };
        match column {
            Column::Sku => Cell::text(self.comparison.sku(pair)),
            Column::PriceList => Cell::maybe(either.and_then(list)),
            Column::QuantityFrom => match either.and_then(|price| price.quantity_from.as_deref()) {
                Some(text) if Amount::parse(text).is_ok() => Cell::Decimal(Cow::Borrowed(text)),
                text => Cell::maybe(text),
            },
            Column::Left => amount(left),
            Column::Right => amount(right),
            Column::Kind => both(left, right, |price| price.kind.as_deref().filter(|kind| *kind != "price")),
            Column::VatMode => both(left, right, |price| price.vat_mode.as_deref()),
            Column::Unit => both(left, right, |price| price.unit.as_deref()),
            Column::Currency => both(left, right, |price| price.currency.as_deref()),
            Column::WhatDiffers => Cell::Text(Cow::Owned(in_words(&self.comparison, pair, &self.sides, Signs::Plain))),
            Column::Change => match change(&self.comparison, pair) {
                Some(change) => Cell::Decimal(Cow::Owned(change.absolute)),
                None => Cell::Absent,
            },
            Column::Percent => match change(&self.comparison, pair).and_then(|change| change.percent) {
                Some(percent) => Cell::Decimal(Cow::Owned(percent)),
                None => Cell::Absent,
            },
        }
    }
}

/// What both sides name, or each of the two where they name two.
fn both<'a>(left: Option<&'a Price>, right: Option<&'a Price>, get: fn(&Price) -> Option<&str>) -> Cell<'a> {
    match (left.and_then(get), right.and_then(get)) {
        (Some(a), Some(b)) if a != b => Cell::Text(Cow::Owned(format!("{a} / {b}"))),
        (a, b) => Cell::maybe(a.or(b)),
    }
}

fn list(price: &Price) -> Option<&str> {
    price.price_list.as_deref().or(price.price_list_name.as_deref())
}

impl Sheet for View {
    fn heads(&self) -> &[Head] {
        &self.heads
    }

    fn len(&self) -> usize {
        self.order.len()
    }

    fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        self.columns.get(column).map_or(Cell::Absent, |column| self.value(row, *column))
    }
}

impl Keyed for View {
    fn key(&self, row: usize) -> u64 {
        self.order.get(row).map_or(u64::MAX, |index| u64::from(*index))
    }

    fn version(&self) -> u64 {
        self.version
    }
}
