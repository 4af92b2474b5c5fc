//! Which place of the list is asked for next.
//!
//! Owns the order of asking: that of the list, and before it whatever has to be asked again. Costs nothing a SKU up front; where
//! the same SKU is to be asked once, four bytes each. Sends nothing.

use std::collections::{BTreeSet, HashMap};

use compact_str::CompactString;

use super::rows::Rows;
use crate::prices::Outcome;

/// Which places of the list are to be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ask {
    /// Those that have no answer yet.
    #[default]
    Open,
    /// Those whose lookup failed.
    Failed,
}

/// How much of the queue is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    #[default]
    All,
    /// Only what failed and is to be asked again.
    Failed,
}

/// What is done where the list has the same SKU more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Repeats {
    /// Each place is asked for.
    #[default]
    AskEach,
    /// The SKU is asked for once, and the answer stands at each of its places.
    AskOnce,
}

/// Where each SKU stands again in the list.
#[derive(Debug, Default)]
pub struct Twins {
    /// The next place of the same SKU, [`Twins::NONE`] at the last. Empty where each place is asked for.
    next: Vec<u32>,
    /// The first place of the same SKU.
    first: Vec<u32>,
}

impl Twins {
    const NONE: u32 = u32::MAX;

    /// Looks the list through. Takes a tenth of a second for a million SKUs: not for a frame.
    pub fn of(skus: &[CompactString], repeats: Repeats) -> Self {
        if repeats == Repeats::AskEach {
            return Self::default();
        }
        let mut last_of: HashMap<&str, u32> = HashMap::with_capacity(skus.len());
        let mut next = vec![Self::NONE; skus.len()];
        let mut first: Vec<u32> = Vec::with_capacity(skus.len());
        for (place, sku) in (0..Self::NONE).zip(skus) {
            let before = last_of.insert(sku, place);
            first.push(before.map_or(place, |before| first[before as usize]));
            if let Some(before) = before {
                next[before as usize] = place;
            }
        }
        Self { next, first }
    }

    /// The further places of the SKU at `place`.
    pub fn after(&self, place: usize) -> Vec<usize> {
        let step = |place: usize| self.next.get(place).filter(|next| **next != Self::NONE).map(|next| *next as usize);
        std::iter::successors(step(place), |place| step(*place)).collect()
    }

    /// How many places get the answer for the SKU at `place`.
    pub fn answers(&self, place: usize) -> usize {
        1 + self.after(place).len()
    }

    /// The place at which the SKU is asked for.
    fn first(&self, place: usize) -> usize {
        self.first.get(place).map_or(place, |first| *first as usize)
    }
}

/// What is still to be asked.
#[derive(Debug, Default)]
pub struct Queue {
    again: BTreeSet<usize>,
    /// The rows as they were at the start: of the list, those are asked for that were open then.
    known: Rows,
    /// The list from here on; beyond its end when that is through.
    cursor: usize,
}

impl Queue {
    /// All places of `rows` that have no answer.
    pub fn open(rows: Rows) -> Self {
        Self { again: BTreeSet::new(), known: rows, cursor: 0 }
    }

    /// Asks for these places too, before all others.
    pub fn again(&mut self, places: impl IntoIterator<Item = usize>) {
        self.again.extend(places);
    }

    /// Whether the place waits to be asked again.
    pub fn asks_again(&self, place: usize) -> bool {
        self.again.contains(&place)
    }

    /// The place that is asked for next; `outcome` is what is known of one by now. It stays next until it is [taken](Self::take).
    pub fn next(&mut self, twins: &Twins, scope: Scope, outcome: impl Fn(usize) -> Option<Outcome>) -> Option<usize> {
        if scope == Scope::Failed {
            return self.again.iter().copied().find(|place| outcome(*place) == Some(Outcome::Failed));
        }
        if let Some(place) = self.again.first() {
            return Some(*place);
        }
        while self.cursor < self.known.len() {
            let place = self.cursor;
            if self.known.get(place).is_none() {
                let first = twins.first(place);
                // The answer of the first is on its way for the others too, unless it came before and they were left out.
                let comes_with_first = first != place && self.known.get(first).is_none();
                if !comes_with_first && outcome(place).is_none() {
                    return Some(place);
                }
            }
            self.cursor += 1;
        }
        None
    }

    /// Takes a place out that is being asked for.
    pub fn take(&mut self, place: usize) {
        if !self.again.remove(&place) && place == self.cursor {
            self.cursor += 1;
        }
    }
}

/// The places whose lookup failed, each SKU once where that is asked for.
pub fn failed(rows: &Rows, twins: &Twins) -> Vec<usize> {
    let has_failed = |place: usize| rows.get(place).is_some_and(|answered| answered.outcome == Outcome::Failed);
    let all = rows.answered().map(|(place, _)| place).filter(|place| has_failed(*place));
    all.filter(|place| twins.first(*place) == *place || !has_failed(twins.first(*place))).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::batch::Answered;

    fn list(skus: &[&str]) -> Vec<CompactString> {
        skus.iter().map(|sku| CompactString::from(*sku)).collect()
    }

    fn answer(rows: &mut Rows, place: usize, outcome: Outcome) {
        let answered = Answered {
            sku: "A".into(),
            outcome,
            http_status: Some(200),
            started: jiff::Timestamp::UNIX_EPOCH,
            elapsed: std::time::Duration::ZERO,
            token_generation: Some(1),
            prices: Box::default(),
            notes: Box::default(),
            error: None,
        };
        rows.set(place, Arc::new(answered));
    }

    fn all(mut queue: Queue, twins: &Twins) -> Vec<usize> {
        std::iter::from_fn(|| take(&mut queue, twins, |_| None)).collect()
    }

    fn take(queue: &mut Queue, twins: &Twins, outcome: impl Fn(usize) -> Option<Outcome>) -> Option<usize> {
        let place = queue.next(twins, Scope::All, outcome)?;
        queue.take(place);
        Some(place)
    }

    #[test]
    fn p5_the_order_of_asking_is_that_of_the_list_and_what_is_asked_again_comes_first() {
        let mut rows = Rows::new(6);
        answer(&mut rows, 1, Outcome::Priced);
        answer(&mut rows, 4, Outcome::Failed);
        let mut queue = Queue::open(rows);
        assert_eq!(take(&mut queue, &Twins::default(), |_| None), Some(0));
        queue.again([4, 0]);
        // The third was answered meanwhile.
        let now = |place| (place == 2).then_some(Outcome::Priced);
        let rest = std::iter::from_fn(|| take(&mut queue, &Twins::default(), now));
        assert_eq!(rest.collect::<Vec<_>>(), [0, 4, 3, 5]);
    }

    #[test]
    fn p5_a_retry_in_a_pause_takes_what_failed_and_leaves_the_rest_for_later() {
        let mut rows = Rows::new(4);
        answer(&mut rows, 2, Outcome::Failed);
        let now = |place| (place == 2).then_some(Outcome::Failed);
        let (mut queue, twins) = (Queue::open(rows), Twins::default());
        // The first was cut off and is open.
        assert_eq!(take(&mut queue, &twins, now), Some(0));
        queue.again([0, 2]);
        assert_eq!(queue.next(&twins, Scope::Failed, now), Some(2));
        assert_eq!(queue.next(&twins, Scope::Failed, now), Some(2), "it is next until it is taken");
        queue.take(2);
        assert_eq!(queue.next(&twins, Scope::Failed, now), None);
        let rest = std::iter::from_fn(|| take(&mut queue, &twins, now));
        assert_eq!(rest.collect::<Vec<_>>(), [0, 1, 3]);
    }

    #[test]
    fn p5_a_sku_that_stands_twice_is_asked_once_if_that_is_asked_for() {
        let skus = list(&["A", "B", "A", "C", "A", "B"]);
        let twins = Twins::of(&skus, Repeats::AskOnce);
        let mut rows = Rows::new(6);
        assert_eq!(all(Queue::open(rows.clone()), &twins), [0, 1, 3]);
        assert_eq!((twins.after(0), twins.after(2), twins.after(3)), (vec![2, 4], vec![4], vec![]));
        assert_eq!(all(Queue::open(rows.clone()), &Twins::of(&skus, Repeats::AskEach)), [0, 1, 2, 3, 4, 5]);
        // Cut off between the places of one answer: whoever has none is asked for.
        answer(&mut rows, 0, Outcome::Priced);
        answer(&mut rows, 2, Outcome::Priced);
        assert_eq!(all(Queue::open(rows.clone()), &twins), [1, 3, 4]);
    }

    #[test]
    fn p5_only_failed_places_are_retried_and_each_sku_once() {
        let twins = Twins::of(&list(&["A", "B", "A", "C"]), Repeats::AskOnce);
        let mut rows = Rows::new(4);
        for (place, outcome) in
            [Outcome::Failed, Outcome::Priced, Outcome::Failed, Outcome::Forbidden].iter().enumerate()
        {
            answer(&mut rows, place, *outcome);
        }
        assert_eq!(failed(&rows, &twins), [0]);
        assert_eq!(failed(&rows, &Twins::default()), [0, 2]);
    }
}
