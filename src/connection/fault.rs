//! From an error to what a step says of it: why, and what to do. The one place in the check where that is decided.

use crate::http::HttpError;
use crate::keys::KeychainError;
use crate::prices::LookupError;
use crate::token::TokenError;

use super::report::Fact;

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub why: String,
    pub advice: String,
    pub facts: Vec<Fact>,
}

impl Fault {
    fn new(why: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { why: why.into(), advice: advice.into(), facts: Vec::new() }
    }

    /// The same with details of what was seen.
    #[must_use]
    pub fn with(mut self, facts: Vec<Fact>) -> Self {
        self.facts = facts;
        self
    }

    /// The same with a further sentence.
    #[must_use]
    pub fn saying(mut self, sentence: &str) -> Self {
        if !sentence.is_empty() {
            self.why = format!("{} {sentence}", self.why);
        }
        self
    }
}

impl From<HttpError> for Fault {
    fn from(error: HttpError) -> Self {
        Self::new(error.to_string(), error.hint())
    }
}

impl From<KeychainError> for Fault {
    fn from(error: KeychainError) -> Self {
        Self::new(error.to_string(), error.next_step().to_string())
    }
}

impl From<TokenError> for Fault {
    fn from(error: TokenError) -> Self {
        Self::new(error.to_string(), error.hint())
    }
}

impl From<LookupError> for Fault {
    fn from(error: LookupError) -> Self {
        Self::new(error.message, error.hint)
    }
}
