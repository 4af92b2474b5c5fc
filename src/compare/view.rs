//! A comparison as a sheet: the rows that the filter leaves, in the order of the lists.

use std::borrow::Cow;
use std::sync::Arc;

use super::difference::{change, in_words, side_words};
use super::matching::Comparison;
use super::pair::{Pair, Verdict};
use crate::prices::{Amount, Price};
use crate::sheet::{Cell, CellKind, Head, Keyed, Sheet};

/// What is to be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The verdicts that are seen, in the order of [`Verdict::ALL`].
    pub verdicts: [bool; Verdict::ALL.len()],
    /// Part of a SKU or of a price list, in any case.
    pub text: String,
}

impl Default for Wish {
    /// Whatever is not the same.
    fn default() -> Self {
        Self { verdicts: Verdict::ALL.map(|verdict| verdict != Verdict::Same), text: String::new() }
    }
}

impl Wish {
    pub fn shows(&self, verdict: Verdict) -> bool {
        self.verdicts[verdict as usize]
    }

    /// Everything, and no filter by text.
    pub fn all() -> Self {
        Self { verdicts: [true; Verdict::ALL.len()], text: String::new() }
    }

    /// Shows or hides the rows of a verdict; without one, shows all. From all, a verdict is shown alone.
    pub fn toggle(&mut self, verdict: Option<Verdict>) {
        match verdict {
            None => self.verdicts = Self::all().verdicts,
            Some(verdict) if self.is_all() => self.verdicts = Verdict::ALL.map(|other| other == verdict),
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
    Left,
    Right,
    Currency,
    WhatDiffers,
    Change,
    Percent,
}

impl Column {
    pub const ALL: [Self; 9] = [
        Self::Sku,
        Self::PriceList,
        Self::QuantityFrom,
        Self::Left,
        Self::Right,
        Self::Currency,
        Self::WhatDiffers,
        Self::Change,
        Self::Percent,
    ];
}

/// What is on screen. Cheap to clone.
#[derive(Debug, Clone)]
pub struct View {
    comparison: Arc<Comparison>,
    sides: [String; 2],
    order: Arc<[u32]>,
    heads: Arc<[Head]>,
    wish: Wish,
    version: u64,
}

impl View {
    /// Looks through all rows: for a task, not for a frame. `version` is one that no earlier view had.
    pub fn new(comparison: Arc<Comparison>, wish: Wish, version: u64) -> Self {
        let sides = side_words(&comparison.left, &comparison.right);
        let words = wish.text.trim().to_lowercase();
        let holds = |text: &str| text.to_lowercase().contains(&words);
        let is_seen = |pair: &Pair| {
            let lists = || [comparison.left_price(pair), comparison.right_price(pair)].into_iter().flatten();
            let in_list = |price: &Price| list(price).is_some_and(holds);
            wish.shows(pair.verdict) && (words.is_empty() || holds(comparison.sku(pair)) || lists().any(in_list))
        };
        let order = comparison.pairs.iter().enumerate().filter(|(_, pair)| is_seen(pair));
        let order = order.filter_map(|(index, _)| u32::try_from(index).ok()).collect();
        let heads = [
            Head::new("sku", "SKU", CellKind::Text),
            Head::new("price_list", "Price list", CellKind::Text),
            Head::new("quantity_from", "From qty", CellKind::Decimal),
            Head::new("left_amount", sides[0].as_str(), CellKind::Decimal),
            Head::new("right_amount", sides[1].as_str(), CellKind::Decimal),
            Head::new("currency", "Currency", CellKind::Text),
            Head::new("what_differs", "What differs", CellKind::Text),
            Head::new("change", "Change", CellKind::Decimal),
            Head::new("change_percent", "Change, %", CellKind::Decimal),
        ];
        Self { comparison, sides, order, heads: heads.into(), wish, version }
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
        let (Some(pair), Some(column)) = (self.pair(row), Column::ALL.get(column)) else { return Cell::Absent };
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
            Column::Currency => {
                let of = |price: Option<&'_ Price>| price.and_then(|price| price.currency.clone());
                match (of(left), of(right)) {
                    (Some(a), Some(b)) if a != b => Cell::Text(Cow::Owned(format!("{a} / {b}"))),
                    _ => Cell::maybe(either.and_then(|price| price.currency.as_deref())),
                }
            }
            Column::WhatDiffers => Cell::Text(Cow::Owned(in_words(&self.comparison, pair, &self.sides))),
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

impl Keyed for View {
    fn key(&self, row: usize) -> u64 {
        self.order.get(row).map_or(u64::MAX, |index| u64::from(*index))
    }

    fn version(&self) -> u64 {
        self.version
    }
}
