//! `NumericDate` (RFC 7519 s2): seconds since 1970 UTC as a JSON number, and everything else that stands in its place.
//!
//! Owns the reading of one such value without rounding it into something it is not. Refuses to guess: what looks like
//! milliseconds is said to look so, and is not read as seconds. Reads no clock.

use jiff::Timestamp;

use crate::prices::json::{Kind, Node};

/// What stands where a date belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumericDate {
    /// A date.
    At(Timestamp, Spelling),
    /// No date.
    Unreadable(DateFault),
}

/// How a date is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// Whole seconds.
    Plain,
    /// A number with a fraction or an exponent, which RFC 7519 allows and some readers refuse.
    Fraction,
    /// A negative number: before 1970.
    Negative,
    /// Text, where RFC 7519 wants a number. Some readers take it, others refuse the token.
    Text,
}

/// Why there is no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateFault {
    /// A value of another kind, or text that is no number.
    NotANumber,
    /// Seconds that no calendar reaches, such as `1e300`.
    OutOfRange,
    /// Out of range, and a date of our time when read as milliseconds.
    Milliseconds,
}

impl NumericDate {
    /// Reads a claim's value.
    pub fn of(value: Node<'_>) -> Self {
        match value.kind() {
            Kind::Number => Self::of_number(value.raw()),
            Kind::String => match value.text().as_deref().map(|text| (is_number(text), Self::of_number(text))) {
                Some((true, Self::At(at, _))) => Self::At(at, Spelling::Text),
                _ => Self::Unreadable(DateFault::NotANumber),
            },
            _ => Self::Unreadable(DateFault::NotANumber),
        }
    }

    fn of_number(raw: &str) -> Self {
        if let Ok(seconds) = raw.parse::<i64>() {
            return match Timestamp::from_second(seconds) {
                Ok(at) => Self::At(at, if seconds < 0 { Spelling::Negative } else { Spelling::Plain }),
                Err(_) => Self::Unreadable(out_of_range(seconds as f64)),
            };
        }
        let Ok(seconds) = raw.parse::<f64>() else { return Self::Unreadable(DateFault::NotANumber) };
        // Timestamps end with the year 9999; beyond that, `as` would saturate into a date that nobody wrote.
        if !seconds.is_finite() || seconds.abs() > 1e12 {
            return Self::Unreadable(out_of_range(seconds));
        }
        let whole = seconds.floor();
        let nanoseconds = ((seconds - whole) * 1e9) as i32;
        match Timestamp::new(whole as i64, nanoseconds.clamp(0, 999_999_999)) {
            Ok(at) => Self::At(at, if seconds < 0.0 { Spelling::Negative } else { Spelling::Fraction }),
            Err(_) => Self::Unreadable(out_of_range(seconds)),
        }
    }

    /// The date, if there is one.
    pub fn at(self) -> Option<Timestamp> {
        match self {
            Self::At(at, _) => Some(at),
            Self::Unreadable(_) => None,
        }
    }

    /// What is odd about it, as the end of a sentence that begins with the claim's name; nothing when all is well.
    pub fn oddity(self) -> Option<&'static str> {
        match self {
            Self::At(_, Spelling::Plain | Spelling::Fraction) => None,
            Self::At(_, Spelling::Negative) => Some("is negative: a date before 1970"),
            Self::At(_, Spelling::Text) => Some("is text where RFC 7519 wants a number, so some servers refuse it"),
            Self::Unreadable(DateFault::NotANumber) => Some("is no number, so it is no date"),
            Self::Unreadable(DateFault::OutOfRange) => Some("is a number that no calendar reaches"),
            Self::Unreadable(DateFault::Milliseconds) => Some("looks like milliseconds; RFC 7519 wants seconds"),
        }
    }
}

fn out_of_range(seconds: f64) -> DateFault {
    // 2001 to 2100, in milliseconds.
    if (1e12..4.2e12).contains(&seconds) { DateFault::Milliseconds } else { DateFault::OutOfRange }
}

/// Whether a text is a JSON number; Rust would take `inf`, `nan` and `+1` as well.
fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b'e' | b'E' | b'+'))
        && text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prices::json::Outline;

    fn read(json: &str) -> NumericDate {
        let outline = Outline::of(json).unwrap_or_else(|fault| panic!("{json}: {fault:?}"));
        NumericDate::of(outline.tree(json).root())
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn whole_seconds_and_fractions_are_dates() {
        assert_eq!(read("1795530401"), NumericDate::At(at("2026-11-24T14:26:41Z"), Spelling::Plain));
        assert_eq!(read("1795530401.5"), NumericDate::At(at("2026-11-24T14:26:41.5Z"), Spelling::Fraction));
        assert_eq!(read("1.795530401e9"), NumericDate::At(at("2026-11-24T14:26:41Z"), Spelling::Fraction));
        assert_eq!(read("0"), NumericDate::At(Timestamp::UNIX_EPOCH, Spelling::Plain));
    }

    #[test]
    fn text_and_negative_numbers_are_said_to_be_so() {
        assert_eq!(read("\"1795530401\""), NumericDate::At(at("2026-11-24T14:26:41Z"), Spelling::Text));
        assert_eq!(read("-1"), NumericDate::At(at("1969-12-31T23:59:59Z"), Spelling::Negative));
        assert_eq!(read("-0.5"), NumericDate::At(at("1969-12-31T23:59:59.5Z"), Spelling::Negative));
        assert!(read("\"17\"").oddity().is_some() && read("-1").oddity().is_some());
    }

    #[test]
    fn what_no_calendar_reaches_is_no_date() {
        for out in ["1e300", "-1e300", "1e999", "99999999999999999999", "253402300800", "9223372036854775807", "1e12"] {
            assert!(matches!(read(out), NumericDate::Unreadable(_)), "{out}");
        }
        assert_eq!(read("1e300"), NumericDate::Unreadable(DateFault::OutOfRange));
        assert_eq!(read("1795530401000"), NumericDate::Unreadable(DateFault::Milliseconds));
    }

    #[test]
    fn other_values_are_no_date() {
        for other in
            ["null", "true", "[]", "{}", "\"soon\"", "\"\"", "\"nan\"", "\"inf\"", "\"2026-11-24\"", "\"1e300\""]
        {
            assert_eq!(read(other), NumericDate::Unreadable(DateFault::NotANumber), "{other}");
        }
    }
}
