//! Whether a failed lookup is worth another try, and when. Pure: the jitter is a parameter.
//!
//! Refuses to ask again for what will not change by itself: a refused key, a certificate, a SKU that cannot be sent (T16, H2).

use std::time::Duration;

use crate::prices::{Lookup, LookupErrorKind as Kind};

/// The first wait is at most this, and each further one at most twice the one before.
const FIRST: Duration = Duration::from_secs(1);
/// No wait of our own is longer. The server's wish is obeyed whatever it is, up to an hour.
const LONGEST: Duration = Duration::from_secs(60);

/// How long to wait before asking again; nothing where the answer stands. `jitter` is in 0..=1, `retry` counts from 0.
pub fn wait(lookup: &Lookup, retry: u32, jitter: f64) -> Option<Duration> {
    let error = lookup.error.as_ref()?;
    let passes = matches!(
        error.kind,
        Kind::Network | Kind::Timeout | Kind::RateLimited | Kind::ServerError | Kind::TokenUnavailable
    );
    if !passes {
        return None;
    }
    let bound = FIRST.saturating_mul(2_u32.saturating_pow(retry)).min(LONGEST);
    let ours = bound.mul_f64(jitter.clamp(0.0, 1.0));
    Some(ours.max(error.retry_after.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::prices::{LookupError, PriceQuery};

    fn failed(kind: Kind, retry_after: Option<Duration>) -> Lookup {
        let query = PriceQuery::new("A", Vec::new()).unwrap();
        Lookup::failed(&query, LookupError::new(kind, "", "").after(retry_after), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn t17_waits_double_up_to_a_minute_with_full_jitter() {
        let lookup = failed(Kind::Network, None);
        let longest: Vec<u64> = (0..9).map(|retry| wait(&lookup, retry, 1.0).unwrap().as_secs()).collect();
        assert_eq!(longest, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(wait(&lookup, 3, 0.0), Some(Duration::ZERO));
        assert_eq!(wait(&lookup, 3, 0.5), Some(Duration::from_secs(4)));
        assert_eq!(wait(&lookup, u32::MAX, f64::INFINITY), Some(LONGEST));
    }

    #[test]
    fn h6_the_servers_wish_to_wait_is_obeyed() {
        let lookup = failed(Kind::RateLimited, Some(Duration::from_secs(300)));
        assert_eq!(wait(&lookup, 0, 1.0), Some(Duration::from_secs(300)));
        assert_eq!(wait(&failed(Kind::ServerError, Some(Duration::ZERO)), 1, 1.0), Some(Duration::from_secs(2)));
    }

    #[test]
    fn t16_only_what_may_pass_is_asked_again() {
        for kind in [Kind::Network, Kind::Timeout, Kind::RateLimited, Kind::ServerError, Kind::TokenUnavailable] {
            assert!(wait(&failed(kind, None), 0, 1.0).is_some(), "{kind:?}");
        }
        for kind in
            [Kind::KeyRefused, Kind::Unauthorized, Kind::Forbidden, Kind::Tls, Kind::InvalidQuery, Kind::Unreadable]
        {
            assert_eq!(wait(&failed(kind, None), 0, 1.0), None, "{kind:?}");
        }
    }
}
