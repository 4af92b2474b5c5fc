//! What the prices of one answer have in common: how many lists they come from, and what a table of them has to show.
//!
//! Owns these sums, made once for an answer, because a body can name thousands of prices and a window asks in every frame.
//! Refuses words and layout: those are the views'.

use std::collections::HashSet;

use super::price::Price;

/// More digits than this after the point are not lined up.
const MOST_FRACTION_DIGITS: usize = 8;

/// The sums over all prices of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Overview {
    /// How many price lists are named.
    pub price_lists: usize,
    /// The most digits that an amount has after its point, at most eight.
    pub fraction_digits: u8,
    /// Which optional columns have anything in them.
    pub named: Named,
}

/// What at least one of the prices names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Named {
    /// A kind that says more than `price`.
    pub kind: bool,
    pub unit: bool,
}

impl Overview {
    /// Looks at all prices.
    pub fn of(prices: &[Price]) -> Self {
        let lists: HashSet<&str> = prices.iter().filter_map(|price| price.price_list.as_deref()).collect();
        Self {
            price_lists: lists.len(),
            fraction_digits: prices.iter().map(|price| fraction_digits(price.amount.as_str())).max().unwrap_or(0),
            named: Named {
                kind: prices.iter().any(|price| price.kind.as_deref().is_some_and(|kind| kind != "price")),
                unit: prices.iter().any(|price| price.unit.is_some()),
            },
        }
    }
}

fn fraction_digits(amount: &str) -> u8 {
    amount.split_once('.').map_or(0, |(_, digits)| digits.len().min(MOST_FRACTION_DIGITS) as u8)
}

#[cfg(test)]
mod tests {
    use crate::prices::{Body, reader};

    use super::*;

    fn overview(body: &str) -> Overview {
        let body = Body::read(body.as_bytes().to_vec(), None).unwrap();
        Overview::of(&reader::read(&body, "A").prices)
    }

    #[test]
    fn lists_are_counted_once_and_the_longest_fraction_is_found() {
        let found = overview(
            r#"[{"sku":"A","price":1,"pricelist":"X"},{"sku":"A","price":2.125,"pricelist":"Y"},
                {"sku":"A","price":2.5,"pricelist":"X","unit":"m"},{"sku":"A","price":7}]"#,
        );
        assert_eq!(found.price_lists, 2);
        assert_eq!(found.fraction_digits, 3);
        assert_eq!(found.named, Named { kind: false, unit: true });
    }

    #[test]
    fn no_prices_have_nothing_in_common() {
        assert_eq!(Overview::of(&[]), Overview::default());
    }
}
