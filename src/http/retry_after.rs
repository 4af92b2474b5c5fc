//! `Retry-After` (RFC 9110 s10.2.3): seconds or an HTTP-date, clamped to an hour.

use std::time::Duration;

use jiff::Timestamp;

use super::Reply;

/// The longest wait that a server can ask for.
pub const LONGEST: Duration = Duration::from_secs(3600);

/// How long the server asks to wait from `now` on; `None` when the header says nothing readable.
pub fn parse(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a u64 holds still mean "very long".
        return Some(value.parse().map_or(LONGEST, Duration::from_secs).min(LONGEST));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let date = Timestamp::try_from(date).ok()?;
    let wait = Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO);
    Some(wait.min(LONGEST))
}

/// How long a reply asks to wait. A date is measured with the server's own clock, as far as it tells it (`Date`, RFC 9110 s6.6.1):
/// this PC's can be wrong. `now` is taken where it does not.
pub fn of(reply: &Reply, now: Timestamp) -> Option<Duration> {
    parse_from(reply.header("retry-after")?, reply.header("date"), now)
}

fn parse_from(value: &str, date: Option<&str>, now: Timestamp) -> Option<Duration> {
    let date = date.and_then(|date| httpdate::parse_http_date(date.trim()).ok());
    let sent = date.and_then(|date| Timestamp::try_from(date).ok());
    parse(value, sent.unwrap_or(now))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-24T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn t18_retry_after_reads_seconds_and_dates() {
        assert_eq!(parse("7", now()), Some(Duration::from_secs(7)));
        assert_eq!(parse(" 0 ", now()), Some(Duration::ZERO));
        assert_eq!(parse("Tue, 24 Nov 2026 12:00:30 GMT", now()), Some(Duration::from_secs(30)));
    }

    #[test]
    fn t18_h6_a_date_is_measured_with_the_clock_that_it_was_written_by() {
        // The server's clock is an hour behind this PC's.
        let until = "Tue, 24 Nov 2026 11:00:05 GMT";
        let date = Some("Tue, 24 Nov 2026 11:00:00 GMT");
        assert_eq!(parse_from(until, date, now()), Some(Duration::from_secs(5)));
        assert_eq!(parse_from(until, None, now()), Some(Duration::ZERO));
        assert_eq!(parse_from(until, Some("yesterday"), now()), Some(Duration::ZERO));
        assert_eq!(parse_from("7", date, now()), Some(Duration::from_secs(7)));
    }

    #[test]
    fn t18_retry_after_is_clamped_to_an_hour_and_never_negative() {
        assert_eq!(parse("999999", now()), Some(LONGEST));
        assert_eq!(parse("99999999999999999999999999", now()), Some(LONGEST));
        assert_eq!(parse("Wed, 24 Nov 2027 12:00:30 GMT", now()), Some(LONGEST));
        assert_eq!(parse("Thu, 01 Jan 1970 00:00:00 GMT", now()), Some(Duration::ZERO));
    }

    #[test]
    fn t18_an_unreadable_retry_after_is_none() {
        for value in ["", "soon", "-5", "1.5", "\u{661}"] {
            assert_eq!(parse(value, now()), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn t18_no_value_at_no_time_makes_it_panic_or_wait_longer_than_an_hour(
            value in prop_oneof![any::<String>(), "[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT"],
            seconds in -377_705_023_201_i64..253_402_207_200,
        ) {
            if let Some(wait) = parse(&value, Timestamp::from_second(seconds).unwrap()) {
                prop_assert!(wait <= LONGEST);
            }
        }
    }
}
