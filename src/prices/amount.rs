//! A decimal amount, exactly as the server wrote it (guarantee P2).
//!
//! Owns what counts as a decimal, whether it is zero, and how two compare by value. Refuses floats and any
//! reformatting: `12.10`, `1e2` and `-0` stay what they are.

use std::cmp::Ordering;
use std::fmt;

use compact_str::CompactString;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A decimal as text. Equality is of the text (`12.1` is not `12.10`); [`Amount::compare`] is of the value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Amount(CompactString);

/// The text is not a plain decimal number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("This is not a plain decimal number: an amount is written like 12.10, -3 or 1e2.")]
pub struct NotDecimal;

impl Amount {
    /// Takes a decimal such as `12.10`, `-3`, `+5`, `.5` or `1e2`; white space around it is dropped.
    ///
    /// # Errors
    /// Anything else: a decimal comma, a thousands separator, a currency sign, `NaN`, words.
    pub fn parse(text: &str) -> Result<Self, NotDecimal> {
        let text = text.trim();
        Parts::of(text).map(|_| Self(text.into())).ok_or(NotDecimal)
    }

    /// The amount as the server wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the value is zero: `0`, `0.00`, `-0`, `0e5`.
    pub fn is_zero(&self) -> bool {
        self.parts().is_zero()
    }

    /// Compares by value: `12.10` and `12.1` and `121e-1` are equal. No float is involved.
    pub fn compare(&self, other: &Self) -> Ordering {
        let (a, b) = (self.parts(), other.parts());
        match (a.sign(), b.sign()) {
            (0, 0) => Ordering::Equal,
            (1, 1) => a.compare_magnitude(&b),
            (-1, -1) => b.compare_magnitude(&a),
            (a, b) => a.cmp(&b),
        }
    }

    /// The value taken apart once, for sorting many: it orders as [`Amount::compare`] does, in a fraction of the time.
    pub fn rank(&self) -> Rank {
        let parts = self.parts();
        let sign = parts.sign();
        if sign == 0 {
            return Rank { sign, magnitude: 0, digits: CompactString::default() };
        }
        let mut digits: CompactString =
            parts.digits().skip_while(|digit| *digit == b'0').map(char::from).collect::<CompactString>();
        digits.truncate(digits.trim_end_matches('0').len());
        Rank { sign, magnitude: parts.magnitude(), digits }
    }

    fn parts(&self) -> Parts<'_> {
        Parts::of(&self.0).unwrap_or(Parts { negative: false, whole: "0", fraction: "", exponent: 0 })
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for Amount {
    /// A string, since a JSON number would become a float in many readers.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

/// Where a decimal stands among others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rank {
    sign: i8,
    /// The power of ten of the first digit that is not zero.
    magnitude: i128,
    /// Without zeros at either end, so that they compare as text.
    digits: CompactString,
}

impl Ord for Rank {
    fn cmp(&self, other: &Self) -> Ordering {
        let size = || self.magnitude.cmp(&other.magnitude).then_with(|| self.digits.cmp(&other.digits));
        self.sign.cmp(&other.sign).then_with(|| if self.sign < 0 { size().reverse() } else { size() })
    }
}

impl PartialOrd for Rank {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A decimal taken apart: sign, digits before and after the point, power of ten.
struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    exponent: i128,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match rest.find(['e', 'E']) {
            Some(at) => (&rest[..at], exponent(&rest[at + 1..])?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let any = !whole.is_empty() || !fraction.is_empty();
        (any && digits(whole) && digits(fraction)).then_some(Self { negative, whole, fraction, exponent })
    }

    fn digits(&self) -> impl Iterator<Item = u8> {
        self.whole.bytes().chain(self.fraction.bytes())
    }

    fn is_zero(&self) -> bool {
        self.digits().all(|digit| digit == b'0')
    }

    fn sign(&self) -> i8 {
        match (self.is_zero(), self.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    /// The power of ten of the first digit that is not zero.
    fn magnitude(&self) -> i128 {
        let leading = self.digits().take_while(|digit| *digit == b'0').count();
        self.exponent + self.whole.len() as i128 - leading as i128
    }

    fn compare_magnitude(&self, other: &Self) -> Ordering {
        let significant = |parts: &Self| parts.digits().skip_while(|digit| *digit == b'0').collect::<Vec<_>>();
        self.magnitude().cmp(&other.magnitude()).then_with(|| {
            let (mut a, mut b) = (significant(self), significant(other));
            let longest = a.len().max(b.len());
            a.resize(longest, b'0');
            b.resize(longest, b'0');
            a.cmp(&b)
        })
    }
}

/// A power of ten. One with more than 30 digits is held at 10^30, which is beyond any price.
fn exponent(text: &str) -> Option<i128> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let size = digits.parse().unwrap_or(i128::MAX).min(10_i128.pow(30));
    Some(if negative { -size } else { size })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount(text: &str) -> Amount {
        Amount::parse(text).unwrap()
    }

    #[test]
    fn p2_an_amount_stays_as_it_was_written() {
        for text in
            ["12.10", "1e2", "1E+2", "-3", "-0", "0.00", "00012.1", "+5", ".5", "5.", "1e-400", "1e999999999999"]
        {
            assert_eq!(amount(text).to_string(), text);
            assert_eq!(serde_json::to_string(&amount(text)).unwrap(), format!("\"{text}\""));
        }
        assert_eq!(amount(" 12.10\n").as_str(), "12.10");
    }

    #[test]
    fn p2_what_is_no_plain_decimal_is_no_amount() {
        for text in [
            "", " ", "12,10", "1 200", "1_000", "€5", "5 EUR", "NaN", "inf", "0x10", ".", "e5", "1e", "1e+", "--1",
            "१२",
        ] {
            assert_eq!(Amount::parse(text), Err(NotDecimal), "{text}");
        }
    }

    #[test]
    fn p3_only_a_zero_is_zero() {
        for zero in ["0", "0.00", "-0", "0e5", "-0.0E-9", ".0"] {
            assert!(amount(zero).is_zero(), "{zero}");
        }
        for other in ["0.001", "1e-400", "-3", "0.0e0000000001".replace("0.0e", "0.1e").as_str()] {
            assert!(!amount(other).is_zero(), "{other}");
        }
    }

    #[test]
    fn comparison_is_by_value_and_never_through_a_float() {
        for (a, b, expected) in [
            ("12.10", "12.1", Ordering::Equal),
            ("1e2", "100.00", Ordering::Equal),
            ("-0", "0.0", Ordering::Equal),
            ("0.1", "0.10000000000000000000000001", Ordering::Less),
            ("9007199254740993", "9007199254740992", Ordering::Greater),
            ("-3", "2", Ordering::Less),
            ("-3", "-2", Ordering::Less),
            ("1e-400", "0", Ordering::Greater),
            ("1e999", "1e1000", Ordering::Less),
            ("009", "10", Ordering::Less),
        ] {
            assert_eq!(amount(a).compare(&amount(b)), expected, "{a} against {b}");
            assert_eq!(amount(b).compare(&amount(a)), expected.reverse(), "{b} against {a}");
            assert_eq!(amount(a).rank().cmp(&amount(b).rank()), expected, "the ranks of {a} and {b}");
        }
    }

    proptest! {
        #[test]
        fn comparison_agrees_with_integers(a in -10_000_000_i64..10_000_000, b in -10_000_000_i64..10_000_000, shift in 0_usize..6) {
            let scaled = |n: i64| amount(&format!("{n}{}e-{shift}", "0".repeat(shift)));
            prop_assert_eq!(scaled(a).compare(&amount(&b.to_string())), a.cmp(&b));
            prop_assert_eq!(scaled(a).rank().cmp(&amount(&b.to_string()).rank()), a.cmp(&b));
        }

        #[test]
        fn any_text_is_taken_as_it_is_or_refused(text in "\\PC{0,20}") {
            if let Ok(taken) = Amount::parse(&text) {
                prop_assert_eq!(taken.as_str(), text.trim());
            }
        }
    }
}
