//! The moment that prices are asked for: now, or a date and time as a person types it.
//!
//! Owns the reading of ISO 8601 dates and date-times. One without a zone is meant in the zone that is given, which is said; what is sent
//! is always in UTC, so that no server has to guess.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// The query parameter's name. It is what the vendor's other queries take; whether `/prices` does is not documented.
pub const PARAMETER: &str = "asOf";

/// Whether a query parameter of this name says of when prices are to be, as [`PARAMETER`] does.
pub fn is_parameter(name: &str) -> bool {
    name.eq_ignore_ascii_case(PARAMETER)
}

/// When prices are to be of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AsOf {
    #[default]
    Now,
    At(Zoned),
}

/// The text is no date that is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotATime {
    #[error(
        "Type a date or a date and time, such as 2026-12-01, 01.12.2026 or 2026-12-01T08:00, or leave the field empty for now."
    )]
    Unknown,
    #[error("This moment does not exist in the time zone, or exists twice: add an offset, such as +01:00.")]
    NotOnce,
}

/// What two moments that were sent are called beside each other, as short as they can be told apart: by their days where their times
/// are the same or there is no other time. A text that is no moment stays as it is; nothing is `now`.
pub fn in_short(sent: [Option<&str>; 2], zone: &TimeZone) -> [String; 2] {
    let moment = |text: &str| text.parse::<Timestamp>().ok().map(|moment| moment.to_zoned(zone.clone()));
    let moments = sent.map(|text| text.and_then(moment));
    let midnight = jiff::civil::Time::midnight();
    let days_do = match &moments {
        [Some(left), Some(right)] => left.time() == right.time() && left.date() != right.date(),
        [Some(one), None] | [None, Some(one)] => one.time() == midnight,
        [None, None] => true,
    };
    let written = |format: &str| {
        let mut moments = moments.iter();
        sent.map(|text| match (text, moments.next().and_then(Option::as_ref)) {
            (_, Some(moment)) => moment.strftime(format).to_string(),
            (text, None) => text.unwrap_or("now").to_owned(),
        })
    };
    let short = written(if days_do { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M" });
    if short[0] == short[1] { written("%Y-%m-%d %H:%M:%S %:z") } else { short }
}

/// A day as it is written with points, day first, and the same as ISO 8601 has it: `01.12.2026` is `2026-12-01`.
fn with_points(text: &str) -> Option<String> {
    let end = text.find([' ', 'T', 't']).unwrap_or(text.len());
    let (day, time) = text.split_at(end);
    let mut parts = day.split('.');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let is_number =
        |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_date = parts.next().is_none() && is_number(day, 2) && is_number(month, 2) && year.len() == 4;
    (is_date && is_number(year, 4)).then(|| format!("{year}-{month:0>2}-{day:0>2}{time}"))
}

impl AsOf {
    /// Reads what was typed; empty is now. A date alone is its first moment. A date with points is day, month, year; one with slashes is
    /// refused, since nobody knows which of its numbers is the day.
    ///
    /// # Errors
    /// [`NotATime`], with what to type.
    pub fn read(text: &str, zone: &TimeZone) -> Result<Self, NotATime> {
        let text = text.trim();
        if text.is_empty() || text.eq_ignore_ascii_case("now") {
            return Ok(Self::Now);
        }
        let iso = with_points(text);
        let text = iso.as_deref().unwrap_or(text);
        // A year of four digits, so that a number is never taken for a date.
        if text.as_bytes().get(4) != Some(&b'-') {
            return Err(NotATime::Unknown);
        }
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Ok(Self::At(moment.to_zoned(zone.clone())));
        }
        let civil = match text.len() {
            10 => text.parse::<Date>().map(|day| day.to_datetime(jiff::civil::Time::midnight())),
            _ => text.parse::<DateTime>(),
        };
        let civil = civil.map_err(|_error| NotATime::Unknown)?;
        zone.to_ambiguous_zoned(civil).unambiguous().map(Self::At).map_err(|_error| NotATime::NotOnce)
    }

    /// What is sent, if anything: `2026-11-30T23:00:00Z`.
    pub fn sent(&self) -> Option<String> {
        match self {
            Self::Now => None,
            Self::At(moment) => Some(moment.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        }
    }

    /// In words, with the time zone: `1 Dec 2026, 00:00 +01:00, sent as 2026-11-30T23:00:00Z`.
    pub fn in_words(&self) -> String {
        match self {
            Self::Now => "As of now".to_owned(),
            Self::At(moment) => {
                let sent = self.sent().unwrap_or_default();
                format!("{}, sent as {sent}", moment.strftime("%-d %b %Y, %H:%M %:z"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<String>, NotATime> {
        // An hour before UTC in winter, without the system's time zones.
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        AsOf::read(text, &zone).map(|as_of| as_of.sent())
    }

    #[test]
    fn a_moment_is_read_in_the_zone_that_is_said_and_sent_in_utc() {
        for (text, sent) in [
            ("", None),
            (" now ", None),
            ("2026-12-01", Some("2026-11-30T23:00:00Z")),
            ("2026-12-01T08:30", Some("2026-12-01T07:30:00Z")),
            ("01.12.2026", Some("2026-11-30T23:00:00Z")),
            ("1.2.2026", Some("2026-01-31T23:00:00Z")),
            ("31.12.2026 08:30", Some("2026-12-31T07:30:00Z")),
            ("2026-12-01 08:30:15", Some("2026-12-01T07:30:15Z")),
            ("2026-12-01T08:30:00Z", Some("2026-12-01T08:30:00Z")),
            ("2026-12-01T08:30:00-05:00", Some("2026-12-01T13:30:00Z")),
        ] {
            assert_eq!(read(text), Ok(sent.map(str::to_owned)), "{text}");
        }
        for text in [
            "1 Dec 2026",
            "2026-13-01",
            "01/12/2026",
            "1.12.26",
            "12.31.2026",
            "1.2.3.2026",
            "20261201",
            "tomorrow",
            "2026-12-01T25:00",
            "1788220800",
        ] {
            assert_eq!(read(text), Err(NotATime::Unknown), "{text}");
        }
    }

    #[test]
    fn two_moments_are_called_by_their_days_where_these_tell_them_apart() {
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        let short = |left, right| in_short([left, right], &zone);
        assert_eq!(short(Some("2025-12-31T23:00:00Z"), Some("2026-02-28T23:00:00Z")), ["2026-01-01", "2026-03-01"]);
        assert_eq!(short(None, Some("2025-12-31T23:00:00Z")), ["now", "2026-01-01"]);
        assert_eq!(short(None, Some("2026-01-01T07:00:00Z")), ["now", "2026-01-01 08:00"]);
        assert_eq!(
            short(Some("2026-01-01T07:00:00Z"), Some("2026-01-01T08:00:00Z")),
            ["2026-01-01 08:00", "2026-01-01 09:00"]
        );
        assert_eq!(short(Some("yesterday"), None), ["yesterday", "now"]);
    }

    #[test]
    fn an_hour_that_is_twice_asks_for_its_offset() {
        // Central European time as a rule of its own, so that the test needs no files.
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        assert_eq!(AsOf::read("2026-10-25T02:30", &zone), Err(NotATime::NotOnce));
        assert_eq!(AsOf::read("2026-03-29T02:30", &zone), Err(NotATime::NotOnce));
        let read = AsOf::read("2026-12-01", &zone).unwrap();
        assert_eq!(read.in_words(), "1 Dec 2026, 00:00 +01:00, sent as 2026-11-30T23:00:00Z");
    }
}
