//! What the history gives back: entries of its list, whole runs, prices over time, its size.

use std::sync::Arc;

use compact_str::CompactString;
use jiff::Timestamp;

use crate::batch::{Answered, Counts, Rows, RunHeader, RunId, RunState};
use crate::prices::Price;

/// One line of the history: a run, or a lookup of one SKU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: RunId,
    pub header: RunHeader,
    pub standing: Standing,
    /// When it was last stopped or finished.
    pub ended: Option<Timestamp>,
    /// How many answers have which outcome.
    pub counts: Counts,
    /// The SKU, where the entry is of one only.
    pub sku: Option<CompactString>,
    pub bodies: Bodies,
}

impl Entry {
    /// How many SKUs have an answer.
    pub fn answered(&self) -> usize {
        self.counts.all()
    }

    /// Whether there is anything left to ask for, and nobody who does.
    pub fn can_resume(&self) -> bool {
        matches!(self.standing, Standing::CutOff | Standing::Stopped) && self.answered() < self.header.count
    }
}

/// How far an entry is, and who has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Under way in this program.
    UnderWay,
    /// Under way in another living program.
    Elsewhere,
    /// Its program ended before the run did.
    CutOff,
    /// Ended by the user before all was answered.
    Stopped,
    Finished,
}

impl Standing {
    /// What is left to do in the journal's own words.
    pub fn state(self) -> RunState {
        match self {
            Self::UnderWay | Self::Elsewhere | Self::CutOff => RunState::Running,
            Self::Stopped => RunState::Stopped,
            Self::Finished => RunState::Finished,
        }
    }
}

/// What became of the bodies of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bodies {
    Kept,
    /// Some are missing, to keep the history within its limit.
    Partly,
    /// They were removed to keep the history within its limit.
    Removed,
}

/// The entries that a search found, the latest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    pub entries: Vec<Entry>,
    /// How many there are in all, shown or not.
    pub all: usize,
    /// How many of those that should be here cannot be read.
    pub unreadable: usize,
}

/// A run as it was kept.
#[derive(Debug, Clone)]
pub struct LoadedRun {
    pub id: RunId,
    pub header: RunHeader,
    pub standing: Standing,
    /// The list, in its order.
    pub skus: Arc<[CompactString]>,
    pub rows: Rows,
    pub bodies: Bodies,
    /// How many answers are there that cannot be read. Their places are open.
    pub unreadable: usize,
}

/// One answer of a run: the one at a place of its list that was asked for then. After a retry another one stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerId {
    pub run: RunId,
    pub place: usize,
    pub started: Timestamp,
}

impl AnswerId {
    pub fn of(run: RunId, place: usize, answered: &Answered) -> Self {
        Self { run, place, started: answered.started }
    }
}

/// A price as it was seen once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    pub run: RunId,
    /// When it was asked for.
    pub at: Timestamp,
    /// Under which profile and with which parameters.
    pub header: Arc<RunHeader>,
    pub price: Price,
}

/// How much the history takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// Bytes in use on disk. The log of the database can take some megabytes beside them.
    pub bytes: u64,
    /// Bytes above which the oldest bodies go.
    pub limit: u64,
    /// Runs and lookups.
    pub entries: usize,
}
