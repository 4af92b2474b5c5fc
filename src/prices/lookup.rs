//! One finished lookup: the SKU, what came of it, and everything that is known about how.
//!
//! Owns the record that the window, the command line, batches and the history share. Refuses secrets: an error's
//! sentences never hold a token, a secret or a raw body.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::body::Body;
use super::outcome::Outcome;
use super::price::Price;
use super::query::{PriceQuery, QueryError, without_secret};
use crate::token::error::secs;
use crate::verdict::{Verdict, wait_advice};

/// What came of one lookup.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// The SKU as it was asked for, byte for byte.
    pub sku: String,
    /// The further query parameters that were sent.
    pub parameters: Vec<(String, String)>,
    pub outcome: Outcome,
    /// The status of the last reply; nothing when none came.
    pub http_status: Option<u16>,
    pub started: Timestamp,
    /// From the start to the outcome, waiting for a token and retries included.
    pub elapsed: Duration,
    /// The number of the token that was sent last.
    pub token_generation: Option<u64>,
    pub prices: Vec<Price>,
    /// What a person should know about the answer, one sentence each.
    pub notes: Vec<String>,
    /// The reply, JSON or not.
    pub body: Option<Body>,
    /// Why it failed or was forbidden.
    pub error: Option<LookupError>,
}

/// Why a lookup failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message} {hint}")]
pub struct LookupError {
    pub kind: LookupErrorKind,
    /// What happened, to which thing.
    pub message: String,
    /// What to do next.
    pub hint: String,
    /// How long the server asks to wait.
    #[serde(skip)]
    pub retry_after: Option<Duration>,
    /// The verdict that the sentences are from; nothing where the lookup ended before it, at the keychain or at the query.
    #[serde(skip)]
    pub verdict: Option<Box<Verdict>>,
}

/// The sorts of failures, as scripts see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookupErrorKind {
    /// There is no key to use.
    NoKey,
    /// The token endpoint refused the key: revoked, or a wrong secret.
    KeyRefused,
    /// No token could be had for a reason that may pass.
    TokenUnavailable,
    /// A fresh token was refused with 401 as well.
    Unauthorized,
    /// The token lacks a permission (403).
    Forbidden,
    RateLimited,
    ServerError,
    /// A 404 or an answer that comes from another address than the API's.
    WrongAddress,
    /// A status that has no other meaning here.
    UnexpectedStatus,
    Network,
    Tls,
    Timeout,
    Redirected,
    TooLarge,
    /// The reply cannot be read, or its price cannot.
    Unreadable,
    /// The reply is readable and is itself an error.
    ErrorReply,
    InvalidQuery,
}

impl Lookup {
    /// A lookup that failed before anything was sent.
    pub fn failed(query: &PriceQuery, error: LookupError, started: Timestamp) -> Self {
        Self::unsent(query.sku().to_owned(), query.parameters().to_vec(), error, started)
    }

    /// A lookup of something that cannot be asked for. A secret that stands where a SKU should is left out of it.
    pub fn invalid(sku: String, error: &QueryError, started: Timestamp) -> Self {
        let hint = "Correct the SKU or the parameter, then look it up again.";
        let error = LookupError::new(LookupErrorKind::InvalidQuery, error.to_string(), hint);
        let sku = match without_secret(&sku) {
            Cow::Borrowed(_) => sku,
            Cow::Owned(hidden) => hidden,
        };
        Self::unsent(sku, Vec::new(), error, started)
    }

    fn unsent(sku: String, parameters: Vec<(String, String)>, error: LookupError, started: Timestamp) -> Self {
        Self {
            sku,
            parameters,
            outcome: Outcome::Failed,
            http_status: None,
            started,
            elapsed: Duration::ZERO,
            token_generation: None,
            prices: Vec::new(),
            notes: Vec::new(),
            body: None,
            error: Some(error),
        }
    }
}

impl Lookup {
    /// How long it took, for people: `84 ms`, `10.1 s`.
    pub fn took(&self) -> String {
        match self.elapsed.as_millis() {
            millis @ 0..1000 => format!("{millis} ms"),
            _ => format!("{:.1} s", self.elapsed.as_secs_f64()),
        }
    }

    /// What is left at `now` of the wait that the server asked for; nothing where it asked for none.
    pub fn wait_left(&self, now: Timestamp) -> Option<Duration> {
        let wait = self.error.as_ref()?.retry_after?;
        let since_start = Duration::try_from(now.duration_since(self.started)).unwrap_or_default();
        Some(wait.saturating_sub(since_start.saturating_sub(self.elapsed)))
    }

    /// What to do next at `now`, where there is something to do: a hint to wait counts down.
    pub fn hint(&self, now: Timestamp) -> Option<Cow<'_, str>> {
        let error = self.error.as_ref()?;
        let is_wait = error.retry_after.is_some_and(|wait| error.hint == wait_advice(wait));
        Some(match self.wait_left(now) {
            Some(left) if is_wait => Cow::Owned(wait_advice(left)),
            Some(left) if !left.is_zero() => {
                Cow::Owned(format!("{} The next try is possible in {} s.", error.hint, secs(left)))
            }
            _ => Cow::Borrowed(&error.hint),
        })
    }
}

impl LookupErrorKind {
    /// The word in exports, as it is in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoKey => "no_key",
            Self::KeyRefused => "key_refused",
            Self::TokenUnavailable => "token_unavailable",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::RateLimited => "rate_limited",
            Self::ServerError => "server_error",
            Self::WrongAddress => "wrong_address",
            Self::UnexpectedStatus => "unexpected_status",
            Self::Network => "network",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Redirected => "redirected",
            Self::TooLarge => "too_large",
            Self::Unreadable => "unreadable",
            Self::ErrorReply => "error_reply",
            Self::InvalidQuery => "invalid_query",
        }
    }
}

impl LookupError {
    pub fn new(kind: LookupErrorKind, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: hint.into(), retry_after: None, verdict: None }
    }

    /// The same error, with the time that the server asks to wait.
    #[must_use]
    pub fn after(mut self, retry_after: Option<Duration>) -> Self {
        self.retry_after = retry_after;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_in_json_has_kind_message_and_hint() {
        let error = LookupError::new(LookupErrorKind::KeyRefused, "The key was refused.", "Check it.")
            .after(Some(Duration::from_secs(3)));
        let json = r#"{"kind":"key_refused","message":"The key was refused.","hint":"Check it."}"#;
        assert_eq!(serde_json::to_string(&error).unwrap(), json);
    }

    #[test]
    fn p3_what_cannot_be_asked_is_a_failure_with_its_reason() {
        let refused = PriceQuery::new("A\nB", vec![]).unwrap_err();
        let lookup = Lookup::invalid("A\nB".to_owned(), &refused, Timestamp::UNIX_EPOCH);
        assert_eq!((lookup.outcome, lookup.http_status), (Outcome::Failed, None));
        assert_eq!(lookup.error.unwrap().message, refused.to_string());
    }

    fn limited(retry_after: Option<Duration>) -> Lookup {
        let query = PriceQuery::new("A", vec![]).unwrap();
        let hint = retry_after.map_or("Wait a minute, then try again.".to_owned(), wait_advice);
        let error = LookupError::new(LookupErrorKind::RateLimited, "Slow down.", hint).after(retry_after);
        Lookup { elapsed: Duration::from_secs(2), ..Lookup::failed(&query, error, Timestamp::UNIX_EPOCH) }
    }

    #[test]
    fn h6_a_hint_to_wait_counts_down_and_ends() {
        let lookup = limited(Some(Duration::from_secs(5)));
        let hint = |secs: i64| lookup.hint(Timestamp::from_second(secs).unwrap()).unwrap().into_owned();
        assert_eq!(hint(2), "Try again in 5 s, as the server asks.");
        assert_eq!(hint(6), "Try again in 1 s, as the server asks.");
        assert_eq!([hint(7), hint(99)], ["You can try again now."; 2]);
        assert_eq!(limited(None).hint(Timestamp::UNIX_EPOCH).unwrap(), "Wait a minute, then try again.");
    }

    #[test]
    fn from_a_second_on_a_time_is_in_seconds() {
        let took = |millis| Lookup { elapsed: Duration::from_millis(millis), ..limited(None) }.took();
        assert_eq!([took(84), took(999), took(1000), took(10_058)], ["84 ms", "999 ms", "1.0 s", "10.1 s"]);
    }

    #[test]
    fn the_code_of_a_kind_is_what_json_says() {
        use LookupErrorKind as K;
        for kind in [
            K::NoKey,
            K::KeyRefused,
            K::TokenUnavailable,
            K::Unauthorized,
            K::Forbidden,
            K::RateLimited,
            K::ServerError,
            K::WrongAddress,
            K::UnexpectedStatus,
            K::Network,
            K::Tls,
            K::Timeout,
            K::Redirected,
            K::TooLarge,
            K::Unreadable,
            K::ErrorReply,
            K::InvalidQuery,
        ] {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{}\"", kind.code()));
        }
    }
}
