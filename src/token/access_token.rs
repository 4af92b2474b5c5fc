//! One access token and its times. Pure: `now` is a parameter.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;

use super::claims::Claims;
use super::clock::Moment;

/// The last stretch of a token's life, in which callers wait for a new one (vendor page "Token Refresh": 60 s).
pub const STALE_LEAD: Duration = Duration::from_secs(60);
/// How long before expiry a new token may be fetched behind the caller's back.
pub const SOFT_LEAD: Duration = Duration::from_secs(300);
/// Neither lead takes more than this part of the lifetime (T6, T7).
const LARGEST_PART: u32 = 5;

/// A bearer token, immutable but for the count of requests it served. Its `Debug` shows no secret (T23).
pub struct AccessToken {
    secret: SecretString,
    generation: u64,
    sent: Moment,
    lifetime: Duration,
    soft_lead: Duration,
    stale_lead: Duration,
    uses: Uses,
    claims: OnceLock<Option<Claims>>,
}

/// How many requests were sent with a token. A handle of its own, so that a record can go on counting without the token.
#[derive(Debug, Clone, Default)]
pub struct Uses(Arc<AtomicU64>);

impl Uses {
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl AccessToken {
    /// `sent` is the instant before the request was sent (T10); `jitter` in 0..=1 moves the soft refresh towards the stale
    /// line, by at most half the way, once for this token (T7).
    pub fn new(secret: SecretString, generation: u64, sent: Moment, lifetime: Duration, jitter: f64) -> Self {
        let part = lifetime / LARGEST_PART;
        let stale_lead = STALE_LEAD.min(part);
        let widest = SOFT_LEAD.min(part);
        let jitter = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 0.0 };
        let room = widest.saturating_sub(stale_lead);
        let soft_lead = widest.saturating_sub(room.mul_f64(jitter / 2.0));
        Self {
            secret,
            generation,
            sent,
            lifetime,
            soft_lead,
            stale_lead,
            uses: Uses::default(),
            claims: OnceLock::new(),
        }
    }

    /// The token itself, for an `Authorization` header or for the clipboard.
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// Counts up with every token that this program fetches: what logs and views call a token by.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Time from the request to expiry, as the server gave it.
    pub fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// From this much time left on, a new token is fetched behind the caller's back.
    pub fn soft_lead(&self) -> Duration {
        self.soft_lead
    }

    /// From this much time left on, callers wait for a new token.
    pub fn stale_lead(&self) -> Duration {
        self.stale_lead
    }

    /// The instant before the request was sent, by this PC's clock.
    pub fn requested_at(&self) -> Timestamp {
        self.sent.wall
    }

    /// Expiry by this PC's clock (T10).
    pub fn expires_at(&self) -> Timestamp {
        self.sent.wall.saturating_add(signed(self.lifetime)).unwrap_or(Timestamp::MAX)
    }

    /// Time left, by whichever clock says less (T11); zero when expired.
    pub fn left(&self, now: Moment) -> Duration {
        let monotonic = (self.sent.monotonic + self.lifetime).saturating_sub(now.monotonic);
        // A wall clock before the request means that it was set back: then only the monotonic one is of use.
        let aged = Duration::try_from(now.wall.duration_since(self.sent.wall)).unwrap_or(Duration::ZERO);
        monotonic.min(self.lifetime.saturating_sub(aged))
    }

    /// What the token says of itself, read when first wanted; nothing when it is no JWT. Nothing is decided by it (T10).
    pub fn claims(&self) -> Option<&Claims> {
        self.claims.get_or_init(|| Claims::of(&self.secret)).as_ref()
    }

    /// Notes that a request was sent with this token.
    pub fn count_use(&self) {
        self.uses.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How many requests were sent with this token.
    pub fn served(&self) -> u64 {
        self.uses.count()
    }

    /// The count itself, which goes on after this.
    pub fn uses(&self) -> &Uses {
        &self.uses
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("generation", &self.generation)
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}

fn signed(duration: Duration) -> jiff::SignedDuration {
    jiff::SignedDuration::try_from(duration).unwrap_or(jiff::SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(monotonic_secs: u64, wall_secs: i64) -> Moment {
        Moment { monotonic: Duration::from_secs(monotonic_secs), wall: Timestamp::from_second(wall_secs).unwrap() }
    }

    fn token(lifetime_secs: u64, jitter: f64) -> AccessToken {
        AccessToken::new("t".into(), 1, moment(100, 1_000_000), Duration::from_secs(lifetime_secs), jitter)
    }

    #[test]
    fn t6_stale_a_minute_early_but_at_most_a_fifth() {
        assert_eq!(token(3600, 0.0).stale_lead(), Duration::from_secs(60));
        assert_eq!(token(300, 0.0).stale_lead(), Duration::from_secs(60));
        assert_eq!(token(100, 0.0).stale_lead(), Duration::from_secs(20));
        assert_eq!(token(1, 0.0).stale_lead(), Duration::from_millis(200));
    }

    #[test]
    fn t7_soft_refresh_starts_five_minutes_early_less_jitter() {
        assert_eq!(token(3600, 0.0).soft_lead(), Duration::from_secs(300));
        assert_eq!(token(3600, 1.0).soft_lead(), Duration::from_secs(180));
        assert_eq!(token(600, 0.0).soft_lead(), Duration::from_secs(120));
        for jitter in [f64::NAN, f64::INFINITY, -3.0, 7.0] {
            let soft = token(3600, jitter).soft_lead();
            assert!((180..=300).contains(&soft.as_secs()), "{jitter}: {soft:?}");
        }
    }

    #[test]
    fn t10_life_is_counted_from_before_the_request() {
        let token = token(3600, 0.0);
        assert_eq!(token.expires_at(), Timestamp::from_second(1_003_600).unwrap());
        assert_eq!(token.left(moment(101, 1_000_001)), Duration::from_secs(3599));
    }

    #[test]
    fn t11_either_clock_can_end_a_token() {
        let token = token(3600, 0.0);
        assert_eq!(
            token.left(moment(3700, 1_000_000)),
            Duration::ZERO,
            "monotonic says so; the wall clock was set back"
        );
        assert_eq!(token.left(moment(110, 1_003_600)), Duration::ZERO, "wall says so, after suspend");
        assert_eq!(token.left(moment(110, 900_000)), Duration::from_secs(3590), "a clock set back adds no life");
    }

    #[test]
    fn t12_times_never_overflow() {
        let token = AccessToken::new("t".into(), 1, moment(u64::MAX / 4, 0), Duration::from_secs(86_400), 0.5);
        assert_eq!(token.left(moment(u64::MAX / 2, i64::from(i32::MAX))), Duration::ZERO);
        let late = Moment { monotonic: Duration::ZERO, wall: Timestamp::MAX };
        let token = AccessToken::new("t".into(), 1, late, Duration::from_secs(86_400), 0.5);
        assert_eq!(token.expires_at(), Timestamp::MAX);
    }

    #[test]
    fn t23_debug_shows_no_secret() {
        let token = AccessToken::new("canary-token".into(), 7, moment(0, 0), Duration::from_secs(1), 0.0);
        let text = format!("{token:?} {:?}", token.secret());
        assert!(text.contains("generation: 7") && !text.contains("canary"), "{text}");
    }
}
