//! From an error to what a step says of it: why, and what to do. The verdict decides that, from all that is known around it; this is
//! the one place in the check where it is asked.

use crate::http::HttpError;
use crate::keys::KeychainError;
use crate::prices::LookupError;
use crate::token::TokenError;
use crate::verdict::{Around, Evidence, Step, Verdict, judge};

use super::report::{Fact, StepKind};

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub why: String,
    pub advice: String,
    pub facts: Vec<Fact>,
    /// The verdict that the sentences are from; nothing where the keychain was at fault.
    pub verdict: Option<Box<Verdict>>,
}

/// What broke a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    Http(HttpError),
    Token(TokenError),
    Keychain(KeychainError),
    /// Judged already where it happened.
    Lookup(LookupError),
}

/// An error on its way to words, with what was seen beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    pub cause: Cause,
    pub facts: Vec<Fact>,
}

impl Broken {
    /// The same with details of what was seen.
    #[must_use]
    pub fn with(mut self, facts: Vec<Fact>) -> Self {
        self.facts = facts;
        self
    }

    /// In words. `around` is what is known of this key, `to` the last step of the way that broke.
    pub fn judged(self, around: Around, to: StepKind) -> Fault {
        let facts = self.facts;
        match self.cause {
            Cause::Http(error) => {
                let step = if to == StepKind::Price { Step::Price } else { Step::Token };
                Fault::of(judge(&Evidence::from(&error).at(step).with(around)), facts)
            }
            Cause::Token(error) => {
                let is_old = matches!(error, TokenError::Refused { .. } | TokenError::BackingOff { .. });
                let mut fault = Fault::of(judge(&Evidence::from(&error).with(around)), facts);
                if is_old {
                    fault.why.push_str(" That is the answer of an earlier try; the server was not asked again.");
                }
                fault
            }
            Cause::Keychain(error) => {
                Fault { why: error.to_string(), advice: error.next_step().to_string(), facts, verdict: None }
            }
            Cause::Lookup(error) => Fault { why: error.message, advice: error.hint, facts, verdict: error.verdict },
        }
    }
}

impl Fault {
    fn of(verdict: Verdict, facts: Vec<Fact>) -> Self {
        Self { why: verdict.in_full(), advice: verdict.advice.clone(), facts, verdict: Some(Box::new(verdict)) }
    }
}

impl From<HttpError> for Broken {
    fn from(error: HttpError) -> Self {
        Self { cause: Cause::Http(error), facts: Vec::new() }
    }
}

impl From<KeychainError> for Broken {
    fn from(error: KeychainError) -> Self {
        Self { cause: Cause::Keychain(error), facts: Vec::new() }
    }
}

impl From<TokenError> for Broken {
    fn from(error: TokenError) -> Self {
        Self { cause: Cause::Token(error), facts: Vec::new() }
    }
}

impl From<LookupError> for Broken {
    fn from(error: LookupError) -> Self {
        Self { cause: Cause::Lookup(error), facts: Vec::new() }
    }
}
