//! Where a run is written down as it goes, so that a killed program loses no finished row (P5).
//!
//! Owns what is kept of a run beside its rows, and the one promise of whoever keeps it: when [`Journal::keep`] answers, the row
//! survives the death of this process. Knows no database.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::answered::Answered;
use crate::keys::{Environment, ProfileId};
use crate::prices::Body;

/// What a run is. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunHeader {
    pub kind: RunKind,
    pub started: Timestamp,
    pub profile: ProfileId,
    /// The profile's name at the time.
    pub profile_name: String,
    pub environment: Environment,
    /// The base of the API that was asked.
    pub api_url: String,
    /// The further query parameters, `asOf` among them.
    pub parameters: Vec<(String, String)>,
    /// Where the list came from, such as `assortment-november.csv, column sku`.
    pub source: String,
    /// How many SKUs the list has.
    pub count: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// One SKU from the *Single* view.
    Single,
    Batch,
    /// One side of a comparison.
    Comparison,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Under way, or cut off by the end of the program.
    Running,
    /// Ended by the user before all was answered.
    Stopped,
    /// Every SKU was asked for.
    Finished,
}

/// A run's name in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunId(pub i64);

/// Why something could not be kept: what happened and what to do, in one or two sentences.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why} {advice}")]
pub struct NotKept {
    pub why: String,
    pub advice: String,
}

/// Keeps one run.
pub trait Journal: Send + Sync + 'static {
    /// Keeps what came of the SKU at a place of the list, over an earlier answer. Resolves when it is safe.
    fn keep(&self, place: usize, answered: Arc<Answered>, body: Option<Body>) -> BoxFuture<'_, Result<(), NotKept>>;

    /// Notes how far the run is.
    fn note(&self, state: RunState) -> BoxFuture<'_, Result<(), NotKept>>;
}
