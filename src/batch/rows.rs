//! What came of each SKU of a list, by its place in the list.
//!
//! Owns the order: that of the list, whatever order the answers came in (P5). A clone shares everything with its original, so a
//! sorter, an export or a frame takes one and is never in the way of the run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::answered::Answered;
use crate::lists::Origins;
use crate::prices::Outcome;

/// So many places share one piece; a change copies no more than that.
pub const PIECE: usize = 1024;

/// The answers of a run. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    pieces: Vec<Arc<Vec<Option<Arc<Answered>>>>>,
    len: usize,
    counts: Counts,
    version: u64,
    /// Shared by all clones, and by nothing else.
    number: u64,
    origins: Option<Arc<Origins>>,
}

/// Counts what [`Rows::new`] made.
static MADE: AtomicU64 = AtomicU64::new(1);

/// How many answers have which outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts([usize; Outcome::ALL.len()]);

impl Counts {
    pub fn of(&self, outcome: Outcome) -> usize {
        self.0[outcome as usize]
    }

    pub fn all(&self) -> usize {
        self.0.iter().sum()
    }
}

impl FromIterator<(Outcome, usize)> for Counts {
    fn from_iter<I: IntoIterator<Item = (Outcome, usize)>>(counts: I) -> Self {
        let mut all = Self::default();
        for (outcome, count) in counts {
            all.0[outcome as usize] += count;
        }
        all
    }
}

impl Rows {
    /// Room for the answers of a list of `len` SKUs.
    pub fn new(len: usize) -> Self {
        let empty = Arc::new(vec![None; PIECE]);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        Self { pieces: vec![empty; len.div_ceil(PIECE)], len, number, ..Self::default() }
    }

    /// The same, knowing where the SKUs stand in the file that they came from.
    #[must_use]
    pub fn with_origins(self, origins: Option<Arc<Origins>>) -> Self {
        Self { origins, ..self }
    }

    /// Where the SKUs stand in their file; nothing where their places say so, or where it is not known.
    pub fn origins(&self) -> Option<&Arc<Origins>> {
        self.origins.as_ref()
    }

    /// How long the list is, answered or not.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The answer at a place of the list, counted from 0.
    pub fn get(&self, place: usize) -> Option<&Arc<Answered>> {
        self.pieces.get(place / PIECE)?[place % PIECE].as_ref()
    }

    /// Puts an answer in its place, over an earlier one. Does nothing beyond the list's end.
    pub fn set(&mut self, place: usize, answered: Arc<Answered>) {
        if place >= self.len {
            return;
        }
        let outcome = answered.outcome;
        let before = Arc::make_mut(&mut self.pieces[place / PIECE])[place % PIECE].replace(answered);
        if let Some(before) = before {
            self.counts.0[before.outcome as usize] -= 1;
        }
        self.counts.0[outcome as usize] += 1;
        self.version += 1;
    }

    /// The answers that are there, in the order of the list.
    pub fn answered(&self) -> impl Iterator<Item = (usize, &Arc<Answered>)> {
        let all = self.pieces.iter().flat_map(|piece| piece.iter());
        all.take(self.len).enumerate().filter_map(|(place, answered)| Some((place, answered.as_ref()?)))
    }

    /// The places that have no answer yet.
    pub fn open(&self) -> impl Iterator<Item = usize> {
        let all = self.pieces.iter().flat_map(|piece| piece.iter());
        all.take(self.len).enumerate().filter(|(_, answered)| answered.is_none()).map(|(place, _)| place)
    }

    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Grows with every change, so that whoever made something of the rows knows whether it still holds.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Tells these rows and their clones from all others: another load of the same run has another number.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// How many pieces of [`PIECE`] places there are.
    pub fn pieces(&self) -> usize {
        self.pieces.len()
    }

    /// The answers of one piece, with their places.
    pub fn piece(&self, piece: usize) -> impl Iterator<Item = (usize, &Arc<Answered>)> {
        let places = piece * PIECE..((piece + 1) * PIECE).min(self.len);
        places.filter_map(|place| Some((place, self.get(place)?)))
    }

    /// Whether a piece is known to hold the same as in `earlier`; what both share costs nothing to compare.
    pub fn is_unchanged(&self, piece: usize, earlier: &Self) -> bool {
        match (self.pieces.get(piece), earlier.pieces.get(piece)) {
            (Some(now), Some(before)) => self.len == earlier.len && Arc::ptr_eq(now, before),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;

    fn answered(sku: &str, outcome: Outcome) -> Arc<Answered> {
        Arc::new(Answered {
            sku: sku.into(),
            outcome,
            http_status: Some(200),
            started: Timestamp::UNIX_EPOCH,
            elapsed: Duration::ZERO,
            token_generation: Some(1),
            prices: Box::default(),
            notes: Box::default(),
            error: None,
        })
    }

    #[test]
    fn p5_answers_stand_in_the_order_of_the_list() {
        let mut rows = Rows::new(3000);
        for place in [2999, 0, 1024] {
            rows.set(place, answered(&format!("SKU-{place}"), Outcome::Priced));
        }
        let places: Vec<_> = rows.answered().map(|(place, answered)| (place, answered.sku.to_string())).collect();
        assert_eq!(places, [(0, "SKU-0".into()), (1024, "SKU-1024".into()), (2999, "SKU-2999".into())]);
        assert_eq!(rows.open().count(), 2997);
        rows.set(3000, answered("beyond", Outcome::Priced));
        assert_eq!(rows.counts().all(), 3);
    }

    #[test]
    fn a_piece_is_unchanged_until_an_answer_in_it_changes() {
        let mut rows = Rows::new(3000);
        rows.set(0, answered("A", Outcome::Priced));
        let before = rows.clone();
        rows.set(1500, answered("B", Outcome::Priced));
        let unchanged = (0..rows.pieces()).map(|piece| rows.is_unchanged(piece, &before));
        assert_eq!(unchanged.collect::<Vec<_>>(), [true, false, true]);
        assert_eq!(rows.piece(1).map(|(place, _)| place).collect::<Vec<_>>(), [1500]);
        assert!(!rows.is_unchanged(0, &Rows::new(1)));
        assert_eq!(rows.number(), before.number());
        assert_ne!(rows.number(), Rows::new(3000).number(), "as many rows are not the same rows");
    }

    #[test]
    fn an_answer_over_another_moves_the_counts() {
        let mut rows = Rows::new(1);
        rows.set(0, answered("A", Outcome::Failed));
        let before = rows.clone();
        rows.set(0, answered("A", Outcome::Priced));
        let counts = |rows: &Rows| (rows.counts().of(Outcome::Failed), rows.counts().of(Outcome::Priced));
        assert_eq!((counts(&before), counts(&rows)), ((1, 0), (0, 1)));
        assert!(rows.version() > before.version());
    }
}
