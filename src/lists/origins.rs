//! Where the SKUs that are looked up stand in the customer's file, and what stands there.
//!
//! Owns the way back from an answer to its line, for as long as the answer is kept. Texts are fit to be seen; a secret is never among
//! them (K1).

use compact_str::CompactString;

use super::reading::Item;
use super::reveal;

/// So many letters of what stands in the file are kept.
const KEPT: usize = 120;

/// The origins of a list's SKUs, in the order of the list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origins {
    lines: Vec<u32>,
    /// What stands in the file where that is not what is looked up, with its place in the list; in the order of the list.
    given: Vec<(u32, CompactString)>,
}

impl Origins {
    /// Of the items that are asked for, each with the item of the file that it was made of; nothing where each stands on the line
    /// that its place says, as it is.
    pub(super) fn of<'a>(asked: impl Iterator<Item = (&'a Item, &'a Item)>) -> Option<Self> {
        let mut origins = Self::default();
        for (item, original) in asked {
            let text = (item.sku != original.sku).then(|| reveal::shown(&original.sku, KEPT));
            origins.push(original.row, text.as_deref());
        }
        origins.tells_something().then_some(origins)
    }

    /// Adds the next SKU's.
    pub fn push(&mut self, line: u32, given: Option<&str>) {
        if let Some(given) = given {
            self.given.push((self.lines.len() as u32, given.into()));
        }
        self.lines.push(line);
    }

    /// How long the list is.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The line in the file, counted from 1.
    pub fn line(&self, place: usize) -> Option<u32> {
        self.lines.get(place).copied()
    }

    /// What stands in the file, where it was changed before it was looked up.
    pub fn given(&self, place: usize) -> Option<&str> {
        let at = self.given.binary_search_by_key(&(place as u32), |(place, _)| *place).ok()?;
        Some(&self.given[at].1)
    }

    /// Whether any SKU was changed before it was looked up.
    pub fn any_given(&self) -> bool {
        !self.given.is_empty()
    }

    /// The same for some of the places, in this order.
    #[must_use]
    pub fn at(&self, places: impl Iterator<Item = usize>) -> Self {
        let mut some = Self::default();
        for place in places {
            some.push(self.line(place).unwrap_or_default(), self.given(place));
        }
        some
    }

    fn tells_something(&self) -> bool {
        self.any_given() || self.lines.iter().zip(1..).any(|(line, place)| *line != place)
    }
}

#[cfg(test)]
mod tests {
    use super::super::reading::Stored;
    use super::*;

    fn item(row: u32, sku: &str) -> Item {
        Item { sku: sku.into(), row, stored: Stored::Text }
    }

    fn of(pairs: &[(u32, &str, &str)]) -> Option<Origins> {
        let items: Vec<_> = pairs.iter().map(|(row, given, asked)| (item(*row, asked), item(*row, given))).collect();
        Origins::of(items.iter().map(|(asked, original)| (asked, original)))
    }

    #[test]
    fn p1_a_sku_knows_its_line_and_what_stood_there() {
        let origins = of(&[(2, "A-1", "A-1"), (3, " 123", "00123"), (7, "B C", "B"), (7, "B C", "C")]).unwrap();
        assert_eq!(
            (0..5).map(|place| origins.line(place)).collect::<Vec<_>>(),
            [Some(2), Some(3), Some(7), Some(7), None]
        );
        assert_eq!(
            (0..4).map(|place| origins.given(place)).collect::<Vec<_>>(),
            [None, Some("‹space›123"), Some("B C"), Some("B C")]
        );
        let some = origins.at([3, 0].into_iter());
        assert_eq!((some.line(0), some.given(0), some.line(1), some.given(1)), (Some(7), Some("B C"), Some(2), None));
    }

    #[test]
    fn a_plain_list_has_nothing_to_say() {
        assert_eq!(of(&[(1, "A", "A"), (2, "B", "B")]), None);
        assert!(of(&[(1, "A", "A"), (3, "B", "B")]).is_some());
    }

    #[test]
    fn k1_a_secret_beside_a_sku_is_not_kept() {
        let line = format!("A-1 {}", "5ec2e75e".repeat(8));
        let origins = of(&[(1, &line, "A-1")]).unwrap();
        assert!(!origins.given(0).unwrap().contains("5ec2e75e"), "{origins:?}");
    }
}
