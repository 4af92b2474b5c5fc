//! What a cell is sorted by: taken from the row once, then compared often. A run's answers and compared runs are sorted by it alike.
//!
//! Owns the order of values: decimals and numbers by value and never through a float, dates by day, texts as people count them
//! (`A-9` before `A-10`), in one case. What is absent has no rank, and comes last whichever way.

use std::cmp::Ordering;

use compact_str::CompactString;
use jiff::civil::Date;

use super::arrangement::Towards;
use super::columns::ColumnId;
use crate::batch::{Answered, Rows};
use crate::prices::amount::Rank;
use crate::prices::{Amount, price};
use crate::sheet::Cell;

/// Where a value stands among others of its column. Numbers come before dates, and both before texts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ranked {
    Integer(i64),
    Decimal(Rank),
    /// An amount of a currency. Amounts of two currencies are no more and no less than each other, so those of one stand together.
    Money(Currency, Rank),
    Date(Date, CompactString),
    Text(Natural),
}

/// The first letters of a currency's code in upper case; none comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Currency([u8; 8]);

impl Currency {
    pub fn of(code: Option<&str>) -> Self {
        let mut letters = [0; 8];
        for (letter, byte) in letters.iter_mut().zip(code.unwrap_or_default().bytes()) {
            *letter = byte.to_ascii_uppercase();
        }
        Self(letters)
    }
}

/// A text in lower case, compared with its numbers as numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Natural(CompactString);

impl Natural {
    pub fn of(text: &str) -> Self {
        let mut text = CompactString::from(text);
        if text.is_ascii() {
            text.make_ascii_lowercase();
            Self(text)
        } else {
            Self(text.to_lowercase())
        }
    }
}

impl Ord for Natural {
    fn cmp(&self, other: &Self) -> Ordering {
        natural(self.0.as_bytes(), other.0.as_bytes()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Compares byte by byte, but a run of digits as one number. A number stands where its first digit does.
fn natural(mut a: &[u8], mut b: &[u8]) -> Ordering {
    loop {
        match (a.first(), b.first()) {
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (left, right) = (digits(&mut a), digits(&mut b));
                let order = left.len().cmp(&right.len()).then_with(|| left.cmp(right));
                if order.is_ne() {
                    return order;
                }
            }
            (Some(x), Some(y)) if x == y => (a, b) = (&a[1..], &b[1..]),
            // Of a number and another letter, all numbers stand at the same place: that of a zero.
            (Some(x), Some(y)) => {
                let place = |byte: u8| if byte.is_ascii_digit() { b'0' } else { byte };
                return place(*x).cmp(&place(*y));
            }
            (x, y) => return x.is_some().cmp(&y.is_some()),
        }
    }
}

/// Takes the digits off the front; without leading zeros.
fn digits<'a>(text: &mut &'a [u8]) -> &'a [u8] {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    *text = rest;
    let start = number.iter().position(|byte| *byte != b'0').unwrap_or(number.len());
    &number[start..]
}

impl Ranked {
    /// Of a cell as its kind says; nothing where the value is absent.
    pub fn of(cell: &Cell<'_>) -> Option<Self> {
        Some(match cell {
            Cell::Absent => return None,
            Cell::Integer(number) => Self::Integer(*number),
            Cell::Decimal(decimal) => Self::decimal_or_text(decimal),
            Cell::Text(text) => Self::text(text),
        })
    }

    /// The same as an amount of this currency, where it is a decimal.
    #[must_use]
    pub fn in_currency(self, code: Option<&str>) -> Self {
        match self {
            Self::Decimal(rank) => Self::Money(Currency::of(code), rank),
            other => other,
        }
    }

    fn text(text: &str) -> Self {
        Self::Text(Natural::of(text))
    }

    fn decimal_or_text(text: &str) -> Self {
        Amount::parse(text).map_or_else(|_error| Self::text(text), |amount| Self::Decimal(amount.rank()))
    }
}

/// Sorts rows by their ranks. Equals are told apart by their keys, and those without a rank come last.
pub fn sort<K: Ord>(ranked: &mut [(Option<Ranked>, K)], towards: Towards) {
    ranked.sort_unstable_by(|(a, a_key), (b, b_key)| {
        let by_rank = match (a, b, towards) {
            (Some(a), Some(b), Towards::Ascending) => a.cmp(b),
            (Some(a), Some(b), Towards::Descending) => b.cmp(a),
            (a, b, _) => a.is_none().cmp(&b.is_none()),
        };
        by_rank.then_with(|| a_key.cmp(b_key))
    });
}

/// The rank of a row in a column; nothing where the value is absent.
pub fn rank(column: &ColumnId, rows: &Rows, place: usize, answered: &Answered, price: Option<usize>) -> Option<Ranked> {
    if *column == ColumnId::Outcome {
        return Some(Ranked::Integer(answered.outcome as i64));
    }
    match (column, column.cell(rows, place, answered, price)) {
        (ColumnId::ValidFrom | ColumnId::ValidTo, Cell::Text(date)) => Some(match price::day(&date) {
            Some(day) => Ranked::Date(day, date.trim().get(10..).unwrap_or_default().into()),
            None => Ranked::text(&date),
        }),
        // A further field may hold numbers or anything else.
        (ColumnId::Further(_), Cell::Text(value)) => Some(Ranked::decimal_or_text(&value)),
        (ColumnId::Amount, cell) => {
            let price = price.and_then(|index| answered.prices.get(index));
            Some(Ranked::of(&cell)?.in_currency(price.and_then(|price| price.currency.as_deref())))
        }
        (_, cell) => Ranked::of(&cell),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn compare(a: &str, b: &str) -> Ordering {
        Natural::of(a).cmp(&Natural::of(b))
    }

    #[test]
    fn texts_are_sorted_as_people_count() {
        let mut texts = ["A-10", "A-9", "a-1", "B", "A-09", "00012", "A", "Ä-2", "ä-10", "12", "7"];
        texts.sort_by(|a, b| compare(a, b));
        assert_eq!(texts, ["7", "00012", "12", "A", "a-1", "A-09", "A-9", "A-10", "B", "Ä-2", "ä-10"]);
    }

    #[test]
    fn amounts_are_sorted_within_their_currency() {
        let money = |code: &str, amount: &str| {
            Ranked::of(&Cell::Decimal(amount.into())).unwrap().in_currency((!code.is_empty()).then_some(code))
        };
        let mut sorted = [("SEK", "5"), ("EUR", "100"), ("sek", "4.5"), ("EUR", "9"), ("", "1000"), ("DKK", "1e2")];
        sorted.sort_by_key(|(code, amount)| money(code, amount));
        assert_eq!(sorted, [("", "1000"), ("DKK", "1e2"), ("EUR", "9"), ("EUR", "100"), ("sek", "4.5"), ("SEK", "5")]);
    }

    proptest! {
        #[test]
        fn the_order_of_texts_is_total(mut texts in prop::collection::vec("[0-2a:/]{0,5}", 3)) {
            let [a, b, c] = [&texts[0], &texts[1], &texts[2]];
            prop_assert_eq!(compare(a, b), compare(b, a).reverse());
            if compare(a, b).is_le() && compare(b, c).is_le() {
                prop_assert!(compare(a, c).is_le(), "{} {} {}", a, b, c);
            }
            prop_assert_eq!(compare(a, b).is_eq(), a == b);
            texts.sort_by(|a, b| compare(a, b));
        }

        #[test]
        fn numbers_in_texts_are_sorted_by_value(a in 0_u64..100_000, b in 0_u64..100_000) {
            prop_assert_eq!(compare(&format!("SKU-{a}x"), &format!("sku-{b}X")), a.cmp(&b));
        }
    }
}
