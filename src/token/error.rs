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

    /// What to do next, in one sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Refused { code, .. } => match code.as_str() {
                "invalid_client" => {
                    "The key was revoked or the secret is wrong. If it was revoked, add a new key from the Account Portal; if not, replace the secret."
                }
                "unauthorized_client" => {
                    "This key may not fetch tokens: ask the tenant's admin, or create a new key in the Account Portal."
                }
                "unsupported_grant_type" => {
                    "Check the Token URL: this endpoint does not offer the client credentials grant."
                }
                _ => "Check the key's permissions in the Account Portal.",
            },
            Self::RateLimited { .. } => "Wait until the time shown, then try again.",
            Self::Status { status: 404 | 405, .. } => "Check the Token URL in the key's form.",
            Self::Status { status: 407, .. } => {
                "The proxy of this network wants a login: check the proxy settings of this PC."
            }
            Self::Status { status: 400..=499, .. } => {
                "Check the Token URL in the key's form; the endpoint did not take the request."
            }
            Self::Status { .. } => {
                "The server has a fault of its own: try again in a minute, and tell the vendor if it stays."
            }
            Self::Reply(ReplyFault::WebPage { .. }) => {
                "A login page or proxy answers in place of the API: open the page in a browser, or check the Token URL."
            }
            Self::Reply(_) => "Check the Token URL; if it is right, report the endpoint's reply to the vendor.",
            Self::Http(error) => error.hint(),
            Self::Deadline(_) => "Check the network and the VPN, then try again.",
            Self::Panicked => "Try again; if it happens again, report it with the program's version.",
        }
    }
}

fn describe(status: u16, code: &str, description: Option<&str>) -> String {
    match description.map(|text| text.trim_end_matches('.')).filter(|text| !text.trim().is_empty()) {
        Some(description) => format!(" (HTTP {status}, {code}: {description})"),
        None => format!(" (HTTP {status}, {code})"),
    }
}

/// Why a caller got no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The request that this caller waited for failed; all its waiters got this same error (T5).
    #[error("{cause}")]
    Fetch { cause: Arc<FetchError>, next_try: Duration },
    /// An earlier refusal stands; nothing was sent (T16).
    #[error("{cause}")]
    Refused { cause: Arc<FetchError> },
    /// The last try failed and the next is not due; nothing was sent (T17).
    #[error("{cause} The next try is in {} s.", secs(*next_try))]
    BackingOff { cause: Arc<FetchError>, next_try: Duration },
    /// The API rejected a token that had just been fetched; nothing was sent (T15).
    #[error("The API rejected a token that was fetched moments ago. The next try is in {} s.", secs(*next_try))]
    Rejected { next_try: Duration },
    /// The token or its key was forgotten while this caller waited (T20).
    #[error("The token was forgotten while this waited for it.")]
    Forgotten,
    /// This caller's own time limit passed; the request goes on for others (T3).
    #[error("No token within {} s.", secs(*.0))]
    CallerTimedOut(Duration),
}

impl TokenError {
    /// What to do next, in one sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Fetch { cause, .. } | Self::Refused { cause } | Self::BackingOff { cause, .. } => cause.hint(),
            Self::Rejected { .. } => {
                "Check that the API URL belongs to the same environment as the Token URL, and this PC's clock."
            }
            Self::Forgotten => "Look it up again.",
            Self::CallerTimedOut(_) => "Try again; if it stays slow, check the network.",
        }
    }

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
