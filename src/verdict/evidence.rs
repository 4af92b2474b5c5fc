//! Everything that a verdict is judged from. Each piece may be missing: a verdict is then less sure, or more general.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use crate::http::error_body::ErrorBody;
use crate::http::{HttpError, Reading, is_loopback};
use crate::keys::Environment;
use crate::prices::body::BodyFault;
use crate::token::{Claims, FetchError, TokenError};

use super::cause::Cause;
use super::places::Place;

/// Which of the two requests failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Step {
    #[default]
    Token,
    Price,
}

/// The evidence of one failure. Built from an error alone by `From`, and added to with what else is known.
#[derive(Clone, Default)]
pub struct Evidence<'a> {
    pub step: Step,
    /// The status of the reply, where one came.
    pub status: Option<u16>,
    /// What the reply says of itself: its body and its challenges (H5).
    pub refusal: Option<&'a ErrorBody>,
    /// What is wrong with a body that should be JSON.
    pub body: Option<&'a BodyFault>,
    /// What broke on the way to the server.
    pub transport: Option<&'a HttpError>,
    /// The token request that failed.
    pub fetch: Option<&'a FetchError>,
    /// What this program itself saw or did.
    pub trouble: Option<Trouble>,
    /// The token that was sent.
    pub token: Option<TokenSeen<'a>>,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
    /// How often it was asked, where that is more than once.
    pub tries: u32,
    pub around: Around,
}

/// What this program saw or did that is no reply and no fault of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// A fresh token was rejected moments ago, so nothing was sent (T15).
    RejectedMomentsAgo,
    /// The API rejected a token that had this much time left; the next one may have taken its place.
    EndedEarly { generation: u64, left: Duration, next: Option<u64> },
    /// The token was forgotten while somebody waited for it (T20).
    Forgotten,
    /// A request has been under way for so long.
    Waiting(Duration),
    /// The body names a price, but not as a plain decimal (P2).
    NotADecimal,
    /// The reply is readable, and is itself an error.
    ErrorInside,
    /// The same with prices in it that are all zero.
    ErrorBesideZero,
    /// Something in this program broke.
    Broken,
}

/// The token that went along.
#[derive(Clone, Copy)]
pub struct TokenSeen<'a> {
    pub generation: u64,
    pub age: Duration,
    pub left: Duration,
    pub claims: Option<&'a Claims>,
}

/// What is known around a failure: the same for all that happens to one key.
#[derive(Clone, Default)]
pub struct Around {
    pub now: Timestamp,
    pub token_url: Option<Url>,
    pub api_url: Option<Url>,
    pub environment: Option<Environment>,
    /// The clocks of the two hosts, against this PC's.
    pub token_clock: Reading,
    pub api_clock: Reading,
    /// The number of the last token that this very secret fetched in this run: the secret was right then.
    pub worked: Option<u64>,
    /// The hosts of all keys, to know a token of another environment by.
    pub places: Arc<[Place]>,
    /// The host of the proxy that requests go through.
    pub proxy: Option<String>,
}

impl<'a> From<&'a HttpError> for Evidence<'a> {
    fn from(error: &'a HttpError) -> Self {
        Self { transport: Some(error), ..Self::default() }
    }
}

impl<'a> From<&'a FetchError> for Evidence<'a> {
    fn from(error: &'a FetchError) -> Self {
        let transport = if let FetchError::Http(error) = error { Some(error) } else { None };
        Self { fetch: Some(error), transport, retry_after: error.retry_after(), ..Self::default() }
    }
}

impl<'a> From<&'a TokenError> for Evidence<'a> {
    fn from(error: &'a TokenError) -> Self {
        let base = error.cause().map(Self::from).unwrap_or_default();
        let trouble = match error {
            TokenError::Rejected { .. } => Some(Trouble::RejectedMomentsAgo),
            TokenError::Forgotten => Some(Trouble::Forgotten),
            TokenError::Fetch { .. } | TokenError::Refused { .. } | TokenError::BackingOff { .. } => None,
        };
        Self { trouble, retry_after: error.next_try().or(base.retry_after), ..base }
    }
}

impl<'a> Evidence<'a> {
    /// A reply of the price endpoint that is no success.
    pub fn of_reply(status: u16, refusal: &'a ErrorBody) -> Self {
        Self { step: Step::Price, status: Some(status), refusal: Some(refusal), ..Self::default() }
    }

    #[must_use]
    pub fn at(self, step: Step) -> Self {
        Self { step, ..self }
    }

    #[must_use]
    pub fn with(self, around: Around) -> Self {
        Self { around, ..self }
    }

    /// What the program saw, with what is known around it.
    pub fn of_trouble(trouble: Trouble, around: Around) -> Self {
        Self { trouble: Some(trouble), around, ..Self::default() }
    }

    /// The host that was asked, where it is known.
    pub(super) fn host(&self) -> Option<String> {
        self.url().map(crate::http::host_of)
    }

    /// The URL that was asked, where it is known.
    pub(super) fn url(&self) -> Option<&Url> {
        match self.step {
            Step::Token => self.around.token_url.as_ref(),
            Step::Price => self.around.api_url.as_ref(),
        }
    }

    /// Who but the server of a wrong URL may have answered. On this PC nobody stands in between; elsewhere requests go over TLS,
    /// so a network's sign-in page comes only by a proxy whose certificate this PC trusts.
    pub(super) fn in_between(&self) -> &'static [Cause] {
        match self.url() {
            Some(url) if is_loopback(url) => &[],
            _ => &[Cause::InterceptingProxy, Cause::CaptivePortal],
        }
    }

    /// The server's own words: its description, or else its code.
    pub(super) fn said(&self) -> Option<String> {
        let refusal = self.refusal?;
        match (&refusal.code, &refusal.description) {
            (Some(code), Some(description)) => Some(format!("{code}, {description}")),
            (one, other) => one.clone().or_else(|| other.clone()),
        }
    }

    pub(super) fn says(&self, word: &str) -> bool {
        self.said().is_some_and(|said| said.to_lowercase().contains(word))
    }
}
