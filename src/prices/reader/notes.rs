//! What a person should know about what was read, and whose prices are kept in the end.
//!
//! Owns the sentences. Each sort of note is given once, for the first place, with a count.

use std::collections::HashSet;

use super::{Reader, Reading};
use crate::prices::fields::Field;
use crate::prices::json::{Kind, Node};
use crate::prices::shown::one_line;

/// Each sort of note is given once, for the first place, with a count.
#[derive(Default)]
pub struct Notes {
    pub words: Counted,
    pub doubled: Counted,
    pub minor: Counted,
    pub quantities: Counted,
    pub paging: Counted,
    pub deleted: Option<String>,
}

#[derive(Default)]
pub struct Counted {
    first: Option<String>,
    more: usize,
}

impl Counted {
    pub fn add(&mut self, note: impl FnOnce() -> String) {
        if self.first.is_some() {
            self.more += 1;
        } else {
            self.first = Some(note());
        }
    }

    fn sentence(self) -> Option<String> {
        let first = self.first?;
        Some(if self.more == 0 { first } else { format!("{first} The same holds for {} more.", self.more) })
    }
}

impl<'a> Reader<'a> {
    /// Says when a name that matters stands in an object twice.
    pub fn doubled(&mut self, node: Node<'a>) {
        if !self.meanings.of_members(node).any_twice() {
            return;
        }
        let mut seen = HashSet::new();
        for member in node.children() {
            let (Some(key), Some(raw_key)) = (member.key(), member.raw_key()) else { continue };
            if self.field(member).is_some() && !seen.insert(raw_key) {
                let path = one_line(&self.place());
                let holder = if path.is_empty() { "The body".to_owned() } else { format!("The object at {path}") };
                self.notes.doubled.add(|| {
                    let key = one_line(&key);
                    format!("{holder} names “{key}” more than once: each price is listed, and of other fields the last counts.")
                });
            }
        }
    }

    /// Says when the server has more than it sent.
    pub fn paging(&mut self, node: Node<'a>) {
        if !self.meanings.of_members(node).has(Field::Total) {
            return;
        }
        let (mut total, mut items, mut page, mut size) = (None, None, None, None);
        for member in node.children() {
            let field = self.field(member);
            match (field, member.kind()) {
                (Some(Field::Total), Kind::Number) => total = member.raw().parse::<u64>().ok(),
                (Some(Field::Page), Kind::Number) => page = Some(member.raw()),
                (Some(Field::Size), Kind::Number) => size = Some(member.raw()),
                (Some(Field::Items | Field::Prices), Kind::Array) => items = Some(member.len() as u64),
                _ => {}
            }
        }
        let (Some(total), Some(items)) = (total, items) else { return };
        if total > items {
            let of_page = match (page, size) {
                (Some(page), Some(size)) => format!(" (page {}, size {})", one_line(page), one_line(size)),
                (Some(page), None) => format!(" (page {})", one_line(page)),
                _ => String::new(),
            };
            let more = total - items;
            self.notes
                .paging
                .add(|| format!("The server has {more} more: it sent {items} of {total} entries{of_page}."));
        }
    }

    pub fn finish(mut self, root: Node<'a>) -> Reading {
        let names_sku = if self.names_asked {
            Some(true)
        } else if self.other_skus.is_empty() {
            None
        } else {
            Some(false)
        };
        let mut notes = Vec::new();
        if let Some(note) = self.settle_skus() {
            notes.push(note);
        }
        let Notes { words, doubled, minor, quantities, paging, deleted } = self.notes;
        notes.extend(deleted);
        notes.extend(paging.sentence());
        if let Some(first) = self.unreadable.first() {
            let count = self.unreadable.len();
            let first = one_line(first);
            notes.push(format!(
                "{count} price {} no plain decimal number and {} not read, first at {first}: open the body to see it.",
                if count == 1 { "field holds" } else { "fields hold" },
                if count == 1 { "is" } else { "are" },
            ));
        }
        notes.extend([words, doubled, minor, quantities].into_iter().filter_map(Counted::sentence));
        let is_error = root.kind() == Kind::Object
            && self.meanings.of_members(root).has(Field::Error)
            && root.children().any(|member| {
                self.meanings.own(member) == Some(Field::Error)
                    && !matches!(member.raw(), "null" | "false" | "\"\"" | "0" | "[]" | "{}")
            });
        let unreadable = self.unreadable.len();
        Reading {
            by_map: self.mapped.map(|mapped| mapped.finish(unreadable)),
            prices: self.prices,
            notes,
            names_sku,
            names_article: self.names_article,
            unreadable: self.unreadable,
            is_error,
        }
    }

    /// Keeps the prices of the SKU that was asked for. Where the body names it, prices of other SKUs are dropped. Where
    /// it names one other SKU throughout, that is what the server answered with, so its prices stay, with a note. Where
    /// it names several and none of them is the right one, no price can be told to be the answer.
    fn settle_skus(&mut self) -> Option<String> {
        if self.other_skus.is_empty() {
            return None;
        }
        let asked = one_line(self.sku);
        let count = self.prices.len();
        if self.names_asked {
            self.prices.retain(|price| price.sku.as_deref().is_none_or(|sku| sku == self.sku));
            let dropped = count - self.prices.len();
            return (dropped > 0).then(|| {
                let prices = if dropped == 1 { "1 price" } else { &format!("{dropped} prices") };
                format!("The body also holds {prices} of other SKUs; only those of “{asked}” are listed.")
            });
        }
        if self.other_skus.len() == 1 {
            let other = self.other_skus.iter().next().map(|sku| one_line(sku)).unwrap_or_default();
            return Some(format!(
                "The body names the SKU “{other}”, and you asked for “{asked}”: check that it is the same article."
            ));
        }
        self.prices.retain(|price| price.sku.is_none());
        Some(format!(
            "The body names {} SKUs and “{asked}” is none of them: their prices are not listed. Open the body to see them.",
            self.other_skus.len()
        ))
    }
}
