//! Owns what a price request asks for: the SKU and the filters that the demo catalogue understands.
//! Refuses to judge whether an article exists. Parameters that it does not know are ignored, as real services do.

use jiff::{Timestamp, civil, tz::TimeZone};
use url::form_urlencoded;

/// A price request. The vendor documents `sku` only; the other names are borrowed from neighbouring queries.
#[derive(Debug, PartialEq, Eq)]
pub struct PriceQuery {
    /// Byte for byte as the caller sent it, percent-decoded.
    pub sku: String,
    /// ISO 4217, in any case.
    pub currency: Option<String>,
    /// Such as `SE`, in any case.
    pub tax_area: Option<String>,
    /// Prices that apply on this day (UTC). Without it every price is shown, with its dates: a demo must not change
    /// because a year ends.
    pub as_of: Option<civil::Date>,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum QueryError {
    #[error("The query parameter sku is missing or empty")]
    NoSku,
    #[error("The query parameter asOf is neither an ISO 8601 date nor a date-time with an offset")]
    AsOf,
}

impl PriceQuery {
    /// Reads the part of a URL after `?`. Of a repeated parameter the first counts; an empty filter is no filter.
    pub fn parse(query: &str) -> Result<Self, QueryError> {
        let parameter = |wanted: &str| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.into_owned())
                .filter(|value| !value.is_empty())
        };
        Ok(Self {
            sku: parameter("sku").ok_or(QueryError::NoSku)?,
            currency: parameter("currency"),
            tax_area: parameter("tax_area"),
            as_of: parameter("asOf").map(|text| day(&text).ok_or(QueryError::AsOf)).transpose()?,
        })
    }
}

/// A date-time with an offset is an instant, and its day is the one in UTC; a bare date is itself.
fn day(text: &str) -> Option<civil::Date> {
    match text.parse::<Timestamp>() {
        Ok(instant) => Some(instant.to_zoned(TimeZone::UTC).date()),
        Err(_) => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p1_a_sku_is_read_byte_for_byte() {
        for (sent, sku) in [
            ("sku=00012345", "00012345"),
            ("sku=KABEL+3%C3%971%2C5%20m", "KABEL 3×1,5 m"),
            ("x=1&sku=A%2FB%2BC%237%26d%3De", "A/B+C#7&d=e"),
        ] {
            assert_eq!(PriceQuery::parse(sent).unwrap().sku, sku);
        }
    }

    #[test]
    fn a_missing_or_empty_sku_is_an_error() {
        for query in ["", "SKU=A", "sku=", "currency=EUR"] {
            assert_eq!(PriceQuery::parse(query), Err(QueryError::NoSku), "{query}");
        }
    }

    #[test]
    fn as_of_takes_a_day_or_an_instant() {
        let day = |text: &str| PriceQuery::parse(&format!("sku=A&asOf={text}")).map(|query| query.as_of);
        let expected = Some(civil::date(2026, 12, 31));
        assert_eq!(day("2026-12-31"), Ok(expected));
        assert_eq!(day("2027-01-01T00:30:00%2B01:00"), Ok(expected));
        assert_eq!(day("31.12.2026"), Err(QueryError::AsOf));
    }
}
