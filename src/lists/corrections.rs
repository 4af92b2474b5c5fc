//! What became of a list on its way to a run: which SKUs were changed or left out, and where they stand in the file.
//!
//! For receipts, so that an answer can be traced to its line. Texts are fit to be seen; a secret is never among them (K1).

use super::damage::Kind;
use super::preflight::grouped;
use super::reading::Item;
use super::{LONGEST_SKU, reveal};

/// So many SKUs are listed one by one; of all others only the count is known.
pub const MOST_LISTED: usize = 1000;
/// So many letters of a SKU are shown.
const SHOWN: usize = 120;

/// What became of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Corrections {
    /// What was done and to how many SKUs, such as `("Trimmed", 3)`. One SKU may have been trimmed and padded.
    pub counts: Vec<(&'static str, usize)>,
    /// How many rows were not looked up since the same SKU stands above them.
    pub repeats: usize,
    /// How many SKUs were not sent though nobody left them out: secrets, and what is too long.
    pub unsent: usize,
    /// How many SKUs of the file were changed or left out.
    pub touched: usize,
    /// The first of these, in their order.
    pub each: Vec<Correction>,
}

/// One SKU of the file that was not looked up as it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// Counted from 1.
    pub row: u32,
    pub given: String,
    /// What was looked up in its place: nothing where it was left out, several where a line was split.
    pub asked: Vec<String>,
}

/// A SKU of the revised list, and what becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Asked,
    /// It stands above already.
    Repeated,
    LeftOut,
}

impl Corrections {
    /// Compares a list with what it was. `parents` has for each of `items` its place in `original`, in order.
    pub(super) fn of(
        done: &[Vec<(Kind, usize)>],
        original: &[Item],
        items: &[Item],
        parents: impl Fn(usize) -> usize,
        fate: impl Fn(usize) -> Fate,
    ) -> Self {
        let mut corrections = Self { counts: summed(done.iter().flatten()), ..Self::default() };
        let mut place = 0;
        for (at, given) in original.iter().enumerate() {
            let first = place;
            let (mut is_same, mut repeats) = (true, 0);
            while place < items.len() && parents(place) == at {
                let fate = fate(place);
                repeats += usize::from(fate == Fate::Repeated);
                corrections.unsent += usize::from(fate == Fate::LeftOut);
                is_same &= fate != Fate::LeftOut && items[place].sku == given.sku;
                place += 1;
            }
            corrections.repeats += repeats;
            if is_same && place == first + 1 {
                continue;
            }
            corrections.touched += 1;
            if corrections.each.len() < MOST_LISTED {
                let kept = (first..place).filter(|place| fate(*place) != Fate::LeftOut);
                let asked = kept.map(|place| reveal::shown(&items[place].sku, SHOWN)).collect();
                let row = given.row;
                corrections.each.push(Correction { row, given: reveal::shown(&given.sku, SHOWN), asked });
            }
        }
        corrections
    }

    pub fn is_empty(&self) -> bool {
        self.touched == 0 && self.repeats == 0
    }

    /// *left out 1, cleaned 15, repeats left out 3*; empty where nothing was done.
    pub fn in_words(&self) -> String {
        let mut words: Vec<_> =
            self.counts.iter().map(|(word, count)| format!("{} {}", word.to_lowercase(), grouped(*count))).collect();
        if self.unsent > 0 {
            words.push(format!("never sent {}", grouped(self.unsent)));
        }
        if self.repeats > 0 {
            words.push(format!("repeats left out {}", grouped(self.repeats)));
        }
        words.join(", ")
    }

    /// How many were changed or left out and are not among [`Corrections::each`].
    pub fn unlisted(&self) -> usize {
        self.touched - self.each.len()
    }
}

impl Correction {
    /// *“ A-1” was looked up as A-1*.
    pub fn in_words(&self) -> String {
        match &self.asked[..] {
            [] => format!("“{}” was left out", self.given),
            asked => format!("“{}” was looked up as {}", self.given, asked.join(" | ")),
        }
    }
}

/// How many SKUs were trimmed, left out and so on, in the order of what was done first.
pub fn summed<'a>(done: impl Iterator<Item = &'a (Kind, usize)>) -> Vec<(&'static str, usize)> {
    let mut counts: Vec<(&'static str, usize)> = Vec::new();
    for (kind, count) in done.filter(|(_, count)| *count > 0) {
        match counts.iter_mut().find(|(word, _)| *word == kind.done()) {
            Some((_, sum)) => *sum += count,
            None => counts.push((kind.done(), *count)),
        }
    }
    counts
}

/// Whether a SKU is ever sent, secrets aside.
pub(super) fn is_short_enough(sku: &str) -> bool {
    sku.len() <= LONGEST_SKU
}
