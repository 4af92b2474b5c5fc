//! One finished SKU of a run: a [`Lookup`] without its body, small enough to keep a million of.
//!
//! Owns what a table, an export and a comparison need to know. Sentences that many rows share are kept once. The body is the
//! history's to keep.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use compact_str::CompactString;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::prices::{Lookup, LookupErrorKind, Outcome, Price};

/// What came of one SKU.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// As it was asked for, byte for byte (P1).
    pub sku: CompactString,
    pub outcome: Outcome,
    /// The status of the last reply; nothing when none came.
    pub http_status: Option<u16>,
    pub started: Timestamp,
    /// Waiting for a token and retries included.
    pub elapsed: Duration,
    /// The number of the token that was sent last.
    pub token_generation: Option<u64>,
    /// All prices that the body names, in its order.
    pub prices: Box<[Price]>,
    /// What a person should know about the answer, one sentence each.
    pub notes: Box<[Arc<str>]>,
    /// Why it failed or was forbidden.
    pub error: Option<Arc<Failure>>,
}

/// Why a SKU failed or was forbidden; without a secret, a token or a raw body.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Failure {
    pub kind: LookupErrorKind,
    /// What happened, to which thing.
    pub message: String,
    /// What to do next.
    pub hint: String,
}

/// The sentences that rows share.
#[derive(Debug, Default)]
pub struct Shared {
    notes: HashSet<Arc<str>>,
    failures: HashSet<Arc<Failure>>,
}

impl Shared {
    /// So many different sentences are kept; a server that never says the same twice must not fill the memory.
    const MOST: usize = 1024;

    fn note(&mut self, note: String) -> Arc<str> {
        share(&mut self.notes, Arc::from(note))
    }

    fn failure(&mut self, failure: Failure) -> Arc<Failure> {
        share(&mut self.failures, Arc::new(failure))
    }
}

fn share<T: ?Sized + std::hash::Hash + Eq>(known: &mut HashSet<Arc<T>>, new: Arc<T>) -> Arc<T> {
    if let Some(kept) = known.get(&new) {
        return Arc::clone(kept);
    }
    if known.len() < Shared::MOST {
        known.insert(Arc::clone(&new));
    }
    new
}

impl Answered {
    /// The same without the body.
    pub fn of(lookup: Lookup, shared: &mut Shared) -> Self {
        let error = lookup
            .error
            .map(|error| shared.failure(Failure { kind: error.kind, message: error.message, hint: error.hint }));
        Self {
            sku: lookup.sku.into(),
            outcome: lookup.outcome,
            http_status: lookup.http_status,
            started: lookup.started,
            elapsed: lookup.elapsed,
            token_generation: lookup.token_generation,
            prices: lookup.prices.into_boxed_slice(),
            notes: lookup.notes.into_iter().map(|note| shared.note(note)).collect(),
            error,
        }
    }

    /// The same, with its sentences shared with those of others.
    #[must_use]
    pub fn sharing(mut self, shared: &mut Shared) -> Self {
        for note in &mut self.notes {
            *note = share(&mut shared.notes, Arc::clone(note));
        }
        self.error = self.error.map(|error| share(&mut shared.failures, error));
        self
    }

    /// How many rows of a table it takes: one a price, and one where there is none.
    pub fn rows(&self) -> usize {
        self.prices.len().max(1)
    }
}
