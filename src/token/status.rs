//! What is known of a token at one instant, in the words that the window and the command line show. Pure.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::access_token::AccessToken;
use super::cache::{EndedEarly, Published, Reason};
use super::clock::Moment;
use super::error::FetchError;
use crate::http::Offset;

/// The state of a key's token. That there is no key at all is known to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    NoToken,
    Fetching,
    Valid,
    Refreshing,
    Stale,
    Expired,
    Rejected,
    KeyRefused,
    Unreachable,
}

impl State {
    /// The word on screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::NoToken => "No token",
            Self::Fetching => "Fetching",
            Self::Valid => "Valid",
            Self::Refreshing => "Refreshing",
            Self::Stale => "Stale",
            Self::Expired => "Expired",
            Self::Rejected => "Rejected",
            Self::KeyRefused => "Key refused",
            Self::Unreachable => "Unreachable",
        }
    }
}

/// A token's state with the figures behind it.
#[derive(Debug, Clone)]
pub struct Status {
    pub state: State,
    /// The current token, expired ones included.
    pub token: Option<Arc<AccessToken>>,
    /// Time left of the current token; zero without one.
    pub left: Duration,
    /// The request in flight: why it was sent, and for how long it has been under way.
    pub fetching: Option<(Reason, Duration)>,
    /// What the last token request failed with, and when, until one succeeds.
    pub failure: Option<(Arc<FetchError>, Timestamp)>,
    /// Time until the next try is due; zero when the next lookup tries at once.
    pub next_try: Duration,
    /// When the API answered 401 to the last token, and that token's generation.
    pub rejected: Option<(u64, Timestamp)>,
    /// The rejected token, or the one before this one, where the API ended it early.
    pub ended_early: Option<EndedEarly>,
}

impl Status {
    pub(super) fn of(published: &Published, now: Moment) -> Self {
        let left = published.token.as_ref().map_or(Duration::ZERO, |token| token.left(now));
        let next_try =
            published.back_off.as_ref().map_or(Duration::ZERO, |wait| wait.until.saturating_sub(now.monotonic));
        let refused = published.refused.as_ref().map(|refusal| (Arc::clone(&refusal.cause), refusal.at.wall));
        let backing_off = published.back_off.as_ref().map(|wait| (Arc::clone(&wait.cause), wait.at.wall));
        Self {
            state: state(published, left),
            token: published.token.clone(),
            left,
            fetching: published.flight.map(|(reason, since)| (reason, now.monotonic.saturating_sub(since.monotonic))),
            failure: refused.or(backing_off),
            next_try,
            rejected: published.rejected.as_ref().map(|rejection| (rejection.generation, rejection.at.wall)),
            ended_early: published.rejected.as_ref().and_then(|rejection| rejection.early).or(published.ended_early),
        }
    }

    /// The time left by the server's clock and the `exp` in the token, where that surely differs from [`Self::left`] by two
    /// seconds or more. Shown only: what decides is [`AccessToken::left`] (T10, T11).
    pub fn left_by_server(&self, offset: Offset, now: Timestamp) -> Option<Duration> {
        let token = self.token.as_deref().filter(|_| !self.left.is_zero())?;
        let left = token.claims()?.expires?.duration_since(now);
        let ours = jiff::SignedDuration::try_from(self.left).ok()?;
        // Claims are whole seconds, so the token may live up to a second longer than its `exp` says.
        let whole = jiff::SignedDuration::from_secs(1);
        let (least, most) = (left.saturating_sub(offset.most()), left.saturating_sub(offset.least()) + whole);
        let differs = Offset::between(least.saturating_sub(ours), most.saturating_sub(ours)).matters();
        let middle = left.saturating_sub(offset.middle());
        differs.then(|| Duration::try_from(middle).unwrap_or(Duration::ZERO))
    }

    /// How long what is shown stays true, so that a view can sleep until then; `None` when only an event changes it.
    pub fn changes_in(&self) -> Option<Duration> {
        // Seconds are shown rounded down for what is left, and rounded up for a wait.
        let countdown = |left: Duration| Duration::from_nanos(u64::from(left.subsec_nanos()) + 1);
        let token = (self.left > Duration::ZERO).then(|| countdown(self.left));
        let wait = (self.next_try > Duration::ZERO).then(|| countdown(self.next_try));
        token.into_iter().chain(wait).min()
    }
}

fn state(published: &Published, left: Duration) -> State {
    let in_flight = published.flight.is_some();
    match &published.token {
        Some(_) if left > Duration::ZERO && in_flight => State::Refreshing,
        Some(token) if left > token.stale_lead() => State::Valid,
        Some(_) if left > Duration::ZERO => State::Stale,
        _ if in_flight => State::Fetching,
        _ if published.refused.is_some() => State::KeyRefused,
        _ if published.back_off.is_some() => State::Unreachable,
        _ if published.rejected.is_some() => State::Rejected,
        Some(_) => State::Expired,
        None => State::NoToken,
    }
}

/// `m:ss`, rounded down, so that it never promises more than there is; `h:mm:ss` from an hour on.
pub fn countdown(left: Duration) -> String {
    let secs = left.as_secs();
    let (hours, minutes, secs) = (secs / 3600, secs / 60 % 60, secs % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{secs:02}") } else { format!("{minutes}:{secs:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_countdown_never_promises_more_than_is_left() {
        assert_eq!(countdown(Duration::from_millis(3_599_999)), "59:59");
        assert_eq!(countdown(Duration::from_millis(999)), "0:00");
        assert_eq!(countdown(Duration::from_secs(60)), "1:00");
        assert_eq!(countdown(Duration::from_secs(86_400)), "24:00:00");
    }
}
