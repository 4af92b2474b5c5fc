//! Tells whoever keeps a record how each token request went: why it was sent, who waited for it, what it brought.
//! No secret and no token is in what is told; a token is named by its generation (T23).

use std::time::Duration;

use super::access_token::Uses;
use super::cache::Reason;
use super::clock::Moment;
use super::credentials::TokenKey;
use super::error::FetchError;
use crate::http::Traffic;

/// Is told of every token request at its end. It must not block: it is called where the token is handed out.
pub trait Watch: Send + Sync {
    fn flown(&self, flight: Flown<'_>);
}

/// One token request, from its start to its end.
pub struct Flown<'a> {
    pub key: &'a TokenKey,
    pub reason: Reason,
    pub sent: Moment,
    pub took: Duration,
    pub landing: Landing<'a>,
    /// How many callers waited for its answer when it came, the one that caused it included.
    pub waited: usize,
    /// How long the first of them waited.
    pub longest_wait: Duration,
    /// What may be shown of the exchange, as far as it got.
    pub traffic: Option<Traffic>,
}

/// What a token request came to.
pub enum Landing<'a> {
    /// A new token.
    Token {
        generation: u64,
        lifetime: Duration,
        /// As [`super::AccessToken::soft_lead`].
        soft_lead: Duration,
        /// As [`super::AccessToken::stale_lead`].
        stale_lead: Duration,
        uses: &'a Uses,
    },
    Failed(&'a FetchError),
    /// It was dropped: the token or its key was forgotten meanwhile.
    Dropped,
}

/// Nobody keeps a record.
pub(super) struct Unwatched;

impl Watch for Unwatched {
    fn flown(&self, _flight: Flown<'_>) {}
}
