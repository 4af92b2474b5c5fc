//! Why a run pauses by itself: what would make every further SKU fail is said once, instead of failing the rest of the list.
//!
//! Owns which failures are of that kind. Nothing is lost by a halt: what was not asked, or only asked in vain, is asked when the
//! run goes on.

use std::time::Duration;

use crate::keys::KeychainError;
use crate::prices::{Lookup, LookupError, LookupErrorKind as Kind};
use crate::verdict::Verdict;

use super::journal::NotKept;

/// So many lookups in a row that never reached the API are no accident.
pub const CONNECTION_FAILURES: usize = 3;

/// So many lookups in a row that were too fast although each ran alone: slower than that no run goes.
pub const TOO_FAST_FAILURES: usize = 3;

/// A SKU is asked again so often where the server found the run too fast; then it stands as failed.
pub const TOO_FAST_AGAIN: u8 = 5;

/// The pause after such a refusal where the server names none.
pub const TOO_FAST_PAUSE: Duration = Duration::from_secs(5);

/// A SKU whose token is forgotten while it waits for it is asked again so often.
pub const FORGOTTEN_AGAIN: u8 = 3;

/// Why a run paused by itself, and what to do before it goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct Halt {
    pub cause: HaltCause,
    /// What happened, in one or two sentences.
    pub why: String,
    /// What to do.
    pub advice: String,
    pub verdict: Option<Box<Verdict>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HaltCause {
    /// There is no key, or it is refused.
    Key,
    /// The API, or its tokens, cannot be reached.
    Connection,
    /// The server refuses more, however slowly it is asked (HTTP 429).
    TooFast,
    /// Answers cannot be written down.
    Journal,
    /// A fault of this program.
    Broken,
}

/// What a finished lookup means for the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// An answer about its SKU, be it a failure.
    Answer,
    /// It says nothing about the SKU, and the next one would fare the same.
    Key,
    /// It may be an accident; several in a row are not.
    Connection,
    /// It says nothing about the SKU, which is asked again later and slower.
    TooFast,
}

impl Meaning {
    pub fn of(lookup: &Lookup) -> Self {
        match lookup.error.as_ref().map(|error| error.kind) {
            Some(Kind::NoKey | Kind::KeyRefused) => Self::Key,
            Some(Kind::RateLimited) => Self::TooFast,
            Some(
                Kind::Network
                | Kind::Tls
                | Kind::Timeout
                | Kind::Redirected
                | Kind::WrongAddress
                | Kind::TokenUnavailable
                | Kind::Unauthorized,
            ) => Self::Connection,
            _ => Self::Answer,
        }
    }
}

impl Halt {
    /// The halt for a lookup's error.
    pub fn of_error(cause: HaltCause, error: &LookupError) -> Self {
        let (why, advice) = (error.message.clone(), error.hint.clone());
        Self { cause, why, advice, verdict: error.verdict.clone() }
    }

    pub(super) fn of_keychain(error: &KeychainError) -> Self {
        let (why, advice) = (error.to_string(), error.next_step().to_string());
        Self { cause: HaltCause::Key, why, advice, verdict: None }
    }

    pub(super) fn of_journal(error: NotKept) -> Self {
        Self { cause: HaltCause::Journal, why: error.why, advice: error.advice, verdict: None }
    }

    pub(super) fn broken() -> Self {
        let why = "This broke inside the program.".to_owned();
        let advice = "Press Resume; if it happens again, report it with the program's version.".to_owned();
        Self { cause: HaltCause::Broken, why, advice, verdict: None }
    }
}
