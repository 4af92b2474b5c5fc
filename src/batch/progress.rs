//! How far a run is, as a view shows it.

use std::time::Duration;

use super::gate::GateState;
use super::halt::Halt;
use super::journal::RunState;
use super::rows::Counts;

/// How a run stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    Running,
    /// By the user, or by itself with the reason. What was under way is finished.
    Paused(Option<Halt>),
    /// The user wishes it to end: what is under way is finished or cut off.
    Stopping,
    /// Nothing is asked any more, and what could not be noted in the journal, if anything.
    Ended(RunState, Option<Halt>),
}

impl Standing {
    /// Why it paused by itself, or what went wrong at its end.
    pub fn halt(&self) -> Option<&Halt> {
        match self {
            Self::Paused(halt) | Self::Ended(_, halt) => halt.as_ref(),
            Self::Running | Self::Stopping => None,
        }
    }

    pub fn is_ended(&self) -> bool {
        matches!(self, Self::Ended(..))
    }
}

/// What a run that goes on is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtWork {
    /// It opens its key, which may take the keychain a while.
    OpensKey,
    /// Its lookups wait for a token.
    GetsToken,
    Asks,
}

/// What came of failed SKUs that were asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retried {
    /// How many were.
    pub asked: usize,
    /// How many of them failed again.
    pub failed: usize,
}

/// A run at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    pub standing: Standing,
    /// How long the list is.
    pub count: usize,
    /// How many of it are answered and written down.
    pub answered: usize,
    pub counts: Counts,
    /// Answers still to come in this round: of the open SKUs, or of the failed ones that are asked again.
    pub left: usize,
    /// How many lookups are under way.
    pub under_way: usize,
    pub at_work: AtWork,
    pub gate: GateState,
    /// Nothing starts for so long, since the server asked to wait.
    pub hold: Option<Duration>,
    /// Answers a second over the last ten; nothing where it is too early to tell.
    pub a_second: Option<f64>,
    /// Nothing while the server asks to wait: nobody knows its pace after that.
    pub time_left: Option<Duration>,
    /// What the last retry of the failed SKUs came to so far; nothing once the run went on after it.
    pub retried: Option<Retried>,
    /// How often the token changed on the way.
    pub renewals: u32,
}
