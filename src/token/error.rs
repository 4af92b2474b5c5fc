//! What can go wrong on the way to a token: in one request ([`FetchError`]), and for one caller ([`TokenError`]).

use std::sync::Arc;
use std::time::Duration;

use super::reply::ReplyFault;
use crate::http::HttpError;

/// One token request that brought no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// A refusal that stays until the key changes (T16).
    #[error("The server refused this key{}.", describe(*status, code, description.as_deref()))]
    Refused { status: u16, code: String, description: Option<String> },
    #[error("The token endpoint asks to slow down (HTTP {status}).")]
    RateLimited { status: u16, retry_after: Option<Duration> },
    #[error("The token endpoint failed (HTTP {status}){}.", detail.as_ref().map(|text| format!(": {text}")).unwrap_or_default())]
    Status { status: u16, detail: Option<String>, retry_after: Option<Duration> },
    #[error("The token endpoint's reply cannot be used: {0}.")]
    Reply(#[from] ReplyFault),
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error("The token request did not finish within {} s.", .0.as_secs())]
    Deadline(Duration),
    #[error("The token request broke inside this program.")]
    Panicked,
}

impl FetchError {
    /// Whether asking again with the same key is of no use (T16).
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }

    /// How long the server asks to wait (T18).
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

fn describe(status: u16, code: &str, description: Option<&str>) -> String {
    match description.map(|text| text.trim_end_matches('.')).filter(|text| !text.trim().is_empty()) {
        Some(description) => format!(" (HTTP {status}, {code}: {description})"),
        None => format!(" (HTTP {status}, {code})"),
    }
}

/// Why a caller got no token. Times are kept apart from the sentences, which may stand on screen while the times run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The request that this caller waited for failed; all its waiters got this same error (T5).
    #[error("{cause}")]
    Fetch { cause: Arc<FetchError>, next_try: Duration },
    /// An earlier refusal stands; nothing was sent (T16).
    #[error("{cause}")]
    Refused { cause: Arc<FetchError> },
    /// The last try failed and the next is not due; nothing was sent (T17).
    #[error("{cause}")]
    BackingOff { cause: Arc<FetchError>, next_try: Duration },
    /// The API rejected a token that had just been fetched; nothing was sent (T15).
    #[error("The API rejected a token that was fetched moments ago.")]
    Rejected { next_try: Duration },
    /// The token or its key was forgotten while this caller waited (T20).
    #[error("The token was forgotten while this waited for it.")]
    Forgotten,
}

impl TokenError {
    /// The failed request behind this, if there was one.
    pub fn cause(&self) -> Option<&FetchError> {
        match self {
            Self::Fetch { cause, .. } | Self::Refused { cause } | Self::BackingOff { cause, .. } => Some(cause),
            _ => None,
        }
    }

    /// When a next try makes sense.
    pub fn next_try(&self) -> Option<Duration> {
        match self {
            Self::Fetch { next_try, cause } if !cause.is_refusal() => Some(*next_try),
            Self::BackingOff { next_try, .. } | Self::Rejected { next_try } => Some(*next_try),
            _ => None,
        }
    }
}

/// Whole seconds, rounded up: "in 0 s" would be a lie.
pub fn secs(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h5_a_refusal_without_words_is_told_without_them() {
        let told = |description: Option<&str>| {
            let description = description.map(str::to_owned);
            FetchError::Refused { status: 401, code: "invalid_client".into(), description }.to_string()
        };
        for empty in [None, Some(""), Some(" "), Some(".")] {
            assert_eq!(told(empty), "The server refused this key (HTTP 401, invalid_client).", "{empty:?}");
        }
        assert_eq!(told(Some("Gone.")), "The server refused this key (HTTP 401, invalid_client: Gone).");
    }
}
