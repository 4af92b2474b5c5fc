//! How far an amount is from another: the difference, exact, and the percentage, rounded half to even.

use bigdecimal::{BigDecimal, One, RoundingMode, Zero};

use crate::prices::Amount;

/// Amounts with more letters, or with an exponent beyond that, are no prices; their difference would be a page of zeros.
const LONGEST: usize = 60;

/// How percentages are rounded, in words.
pub const ROUNDING: &str =
    "of the left amount, rounded half to even to 1 decimal place, below 1 % to 2 significant digits";

/// From one amount to another. Signs are plain hyphens, so that programs can read them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Right less left, exact: `-0.30`.
    pub absolute: String,
    /// In percent of the left amount, rounded half to even: to one digit after the point, and below 1 % to two significant digits.
    /// From zero there is none.
    pub percent: Option<String>,
}

impl Change {
    /// From `left` to `right`; nothing where they are too far apart to be written down.
    pub fn of(left: &Amount, right: &Amount) -> Option<Self> {
        let (left, right) = (decimal(left)?, decimal(right)?);
        let scale = left.fractional_digit_count().max(right.fractional_digit_count()).max(0);
        let difference = &right - &left;
        let percent = (!left.is_zero()).then(|| percent(&difference, &left));
        Some(Self { absolute: difference.with_scale(scale).to_plain_string(), percent })
    }
}

fn percent(difference: &BigDecimal, of: &BigDecimal) -> String {
    // The quotient has a hundred digits, which is more than a tie between such amounts can need.
    let exact = difference * BigDecimal::from(100) / of.abs();
    let digits = if exact.is_zero() || exact.abs() >= BigDecimal::one() {
        1
    } else {
        // Two digits from the first that is not zero on.
        1 - exact.order_of_magnitude()
    };
    exact.with_scale_round(digits, RoundingMode::HalfEven).to_plain_string()
}

fn decimal(amount: &Amount) -> Option<BigDecimal> {
    let text = amount.as_str();
    if text.len() > LONGEST {
        return None;
    }
    let value: BigDecimal = text.parse().ok()?;
    let limit = LONGEST as i64;
    (-limit..=limit).contains(&value.fractional_digit_count()).then_some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn change(left: &str, right: &str) -> Option<(String, Option<String>)> {
        let amount = |text| Amount::parse(text).unwrap();
        Change::of(&amount(left), &amount(right)).map(|change| (change.absolute, change.percent))
    }

    #[test]
    fn p2_a_difference_is_exact_and_a_percentage_is_rounded_half_to_even() {
        for (left, right, absolute, percent) in [
            ("11.50", "11.20", "-0.30", Some("-2.6")),
            ("139.00", "149.00", "10.00", Some("7.2")),
            ("0.1", "0.3", "0.2", Some("200.0")),
            ("1e2", "100.5", "0.5", Some("0.50")),
            ("1000", "1000.004", "0.004", Some("0.00040")),
            // 12.25 and 12.35 lie half way.
            ("400", "449", "49", Some("12.2")),
            ("2000", "2247", "247", Some("12.4")),
            ("-10", "-5", "5", Some("50.0")),
            ("12.10", "12.1", "0.00", Some("0.0")),
            ("0", "5", "5", None),
            ("0.00", "-1.5", "-1.50", None),
            (".5", "5.", "4.5", Some("900.0")),
            ("+1", "2", "1", Some("100.0")),
            ("9007199254740993", "9007199254740992", "-1", Some("-0.000000000000011")),
        ] {
            assert_eq!(change(left, right), Some((absolute.into(), percent.map(str::to_owned))), "{left} to {right}");
        }
    }

    #[test]
    fn amounts_that_are_no_prices_have_no_difference() {
        assert_eq!(change("1", "1e999999999999"), None);
        assert_eq!(change("1e-400", "1"), None);
        assert_eq!(change(&"9".repeat(100), "1"), None);
    }

    proptest! {
        #[test]
        fn the_other_way_round_only_the_sign_differs(a in "-?[0-9]{1,9}(\\.[0-9]{1,6})?", b in "-?[0-9]{1,9}(\\.[0-9]{1,6})?") {
            let there = change(&a, &b).unwrap().0;
            let back = change(&b, &a).unwrap().0;
            let value = |text: &str| text.parse::<BigDecimal>().unwrap();
            prop_assert!((value(&there) + value(&back)).is_zero());
            prop_assert_eq!(value(&a) + value(&there), value(&b));
        }
    }
}
