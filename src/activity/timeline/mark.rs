//! What a request came to, as far as a dot can tell it.

use super::super::event::{Event, EventOutcome, Kind};
use crate::prices::Outcome;

/// What a request came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mark {
    Priced,
    ZeroPrice,
    NoPrice,
    UnknownSku,
    Forbidden,
    /// A price request, a token request or a step of a check.
    Failed,
    GivenUp,
}

impl Mark {
    pub const ALL: [Self; 7] =
        [Self::Priced, Self::ZeroPrice, Self::NoPrice, Self::UnknownSku, Self::Forbidden, Self::Failed, Self::GivenUp];

    /// The mark of an event; none for a token that came, which is a bar, and for what is no request.
    pub fn of(event: &Event) -> Option<Self> {
        match (event.kind, event.outcome) {
            (Kind::Keychain | Kind::Note, _) | (_, EventOutcome::Done) => None,
            (_, EventOutcome::Answered(outcome)) => Some(match outcome {
                Outcome::Priced => Self::Priced,
                Outcome::ZeroPrice => Self::ZeroPrice,
                Outcome::NoPrice => Self::NoPrice,
                Outcome::UnknownSku => Self::UnknownSku,
                Outcome::Forbidden => Self::Forbidden,
                Outcome::Failed => Self::Failed,
            }),
            (_, EventOutcome::Failed) => Some(Self::Failed),
            (_, EventOutcome::GivenUp) => Some(Self::GivenUp),
        }
    }

    /// The outcome that it stands for.
    pub const fn outcome(self) -> EventOutcome {
        match self {
            Self::Priced => EventOutcome::Answered(Outcome::Priced),
            Self::ZeroPrice => EventOutcome::Answered(Outcome::ZeroPrice),
            Self::NoPrice => EventOutcome::Answered(Outcome::NoPrice),
            Self::UnknownSku => EventOutcome::Answered(Outcome::UnknownSku),
            Self::Forbidden => EventOutcome::Answered(Outcome::Forbidden),
            Self::Failed => EventOutcome::Failed,
            Self::GivenUp => EventOutcome::GivenUp,
        }
    }

    /// Whether the server answered what was asked.
    pub const fn is_answer(self) -> bool {
        matches!(self, Self::Priced | Self::ZeroPrice | Self::NoPrice | Self::UnknownSku)
    }

    pub(super) const fn index(self) -> usize {
        self as usize
    }
}
