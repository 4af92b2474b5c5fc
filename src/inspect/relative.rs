//! A moment as seen from now: *in 53:48*, *6:12 ago*, *in 12 days*; and when that text changes by itself.
//!
//! Reads no clock: `now` is a parameter.

use std::time::Duration;

use jiff::Timestamp;

/// A text that changes by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relative {
    pub text: String,
    /// After this time, it reads differently.
    pub changes_in: Duration,
}

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// How far `at` is from `now`, in seconds below an hour, in minutes below two days, in days beyond.
pub fn relative(at: Timestamp, now: Timestamp) -> Relative {
    let seconds = at.as_second().saturating_sub(now.as_second());
    let distance = seconds.saturating_abs();
    let text = span(distance);
    let text = match seconds {
        1.. => format!("in {text}"),
        0 => "now".to_owned(),
        ..0 => format!("{text} ago"),
    };
    let unit = match distance {
        0..HOUR => 1,
        HOUR..DAY => 60,
        // An hour is soon enough to notice another day.
        _ => HOUR,
    };
    let into_second = u64::from(now.subsec_nanosecond().unsigned_abs());
    let next_second = Duration::from_nanos(1_000_000_000_u64.saturating_sub(into_second).max(1_000_000));
    let until_unit = if seconds > 0 { distance % unit } else { unit - 1 - distance % unit };
    Relative { text, changes_in: next_second + Duration::from_secs(until_unit.unsigned_abs()) }
}

/// A span in words: `53:48`, `2 h 5 min`, `12 days`, `3 years`.
pub fn span(seconds: i64) -> String {
    match seconds.saturating_abs() {
        s @ 0..HOUR => format!("{}:{:02}", s / 60, s % 60),
        s if s < 2 * DAY => match (s / HOUR, s / 60 % 60) {
            (hours, 0) => format!("{hours} h"),
            (hours, minutes) => format!("{hours} h {minutes} min"),
        },
        s if s < 730 * DAY => format!("{} days", s / DAY),
        s => format!("{} years", s / (365 * DAY + DAY / 4)),
    }
}

/// A length in a sentence: `45 s`, `53 min 48 s`, `1 h`, `12 days`.
pub fn length(seconds: i64) -> String {
    let seconds = seconds.saturating_abs();
    if seconds >= 2 * DAY {
        return span(seconds);
    }
    let parts = [(seconds / HOUR, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let named: Vec<_> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}")).collect();
    if named.is_empty() { "0 s".to_owned() } else { named.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(seconds: i64) -> String {
        let now = Timestamp::from_second(1_795_530_401).unwrap();
        relative(Timestamp::from_second(1_795_530_401 + seconds).unwrap(), now).text
    }

    #[test]
    fn the_unit_follows_the_distance() {
        assert_eq!(text(0), "now");
        assert_eq!(text(3228), "in 53:48");
        assert_eq!(text(-372), "6:12 ago");
        assert_eq!(text(7500), "in 2 h 5 min");
        assert_eq!(text(-3600), "1 h ago");
        assert_eq!(text(12 * DAY), "in 12 days");
        assert_eq!(text(-1_795_530_401), "56 years ago");
        assert_eq!(relative(Timestamp::MAX, Timestamp::MIN).text, "in 19998 years");
        assert_eq!(relative(Timestamp::MIN, Timestamp::MAX).text, "19998 years ago");
    }

    #[test]
    fn a_length_names_its_units() {
        assert_eq!([0, 45, 3228, 3600, 7205].map(length), ["0 s", "45 s", "53 min 48 s", "1 h", "2 h 5 s"]);
        assert_eq!(length(i64::MIN), span(i64::MAX));
    }

    #[test]
    fn the_text_changes_when_it_said_it_would_and_not_before() {
        let at = Timestamp::from_second(1_795_530_401).unwrap();
        for offset_ms in [-200_000_000_i64, -7_212_345, -3_600_500, -59_999, -1, 0, 400, 61_000, 3_599_999, 7_300_250] {
            let now = Timestamp::from_millisecond(1_795_530_401_000 - offset_ms).unwrap();
            let first = relative(at, now);
            let later = |wait: Duration| relative(at, now + jiff::SignedDuration::try_from(wait).unwrap()).text;
            let before = first.changes_in.saturating_sub(Duration::from_millis(2));
            assert_eq!(later(before), first.text, "{offset_ms}");
            let hourly = offset_ms.abs() > 86_400_000;
            assert!(
                hourly || later(first.changes_in + Duration::from_millis(1)) != first.text,
                "{offset_ms} {first:?}"
            );
        }
    }
}
