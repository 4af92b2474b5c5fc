//! One price that a body names, with all that the body says about it.
//!
//! Owns the shape of a price. Refuses defaults: what the body does not name is `None`, and what it names is kept as
//! it was written.

use std::fmt;
use std::ops::Range;

use compact_str::CompactString;
use jiff::civil::Date;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::amount::Amount;
use super::field_map::MappedField;

/// One price. All texts are as the server wrote them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    pub amount: Amount,
    /// What sort of price: `net`, `gross`, `price`, or the name of a custom price field.
    pub kind: Option<CompactString>,
    pub currency: Option<CompactString>,
    /// The code of the price list.
    pub price_list: Option<CompactString>,
    pub price_list_name: Option<CompactString>,
    pub vat_mode: Option<CompactString>,
    /// The quantity from which the price holds.
    pub quantity_from: Option<CompactString>,
    pub unit: Option<CompactString>,
    pub valid_from: Option<CompactString>,
    pub valid_to: Option<CompactString>,
    /// The SKU that the body itself names for this price.
    pub sku: Option<CompactString>,
    /// Where the amount stands in the body, such as `items[0].breaks[1].price`.
    pub path: CompactString,
    /// Further fields that bear on the price, such as a tax area, by the names that the body gives them.
    #[serde(serialize_with = "as_map", deserialize_with = "from_map")]
    pub further: Vec<(CompactString, CompactString)>,
    /// The bytes of the body's text that the amount takes.
    #[serde(skip)]
    pub span: Range<usize>,
}

impl Price {
    /// What it has of the fields that a field map can name.
    pub fn of_field(&self, field: MappedField) -> Option<&str> {
        match field {
            MappedField::Amount => Some(self.amount.as_str()),
            MappedField::Currency => self.currency.as_deref(),
            MappedField::PriceList => self.price_list.as_deref(),
            MappedField::QuantityFrom => self.quantity_from.as_deref(),
            MappedField::VatMode => self.vat_mode.as_deref(),
            MappedField::ValidFrom => self.valid_from.as_deref(),
            MappedField::ValidTo => self.valid_to.as_deref(),
        }
    }
}

/// The day that an ISO 8601 date or date-time names, as written: no time zone is applied.
pub fn day(text: &str) -> Option<Date> {
    let date = text.trim().get(..10)?;
    let rest = &text.trim()[10..];
    let plain = date.as_bytes().get(4) == Some(&b'-') && (rest.is_empty() || rest.starts_with(['T', 't', ' ']));
    if plain { date.parse().ok() } else { None }
}

fn as_map<S: Serializer>(pairs: &[(CompactString, CompactString)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(pairs.len()))?;
    for (name, value) in pairs {
        map.serialize_entry(name, value)?;
    }
    map.end()
}

/// Keeps the order, and of two equal names both.
fn from_map<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(CompactString, CompactString)>, D::Error> {
    struct Pairs;
    impl<'de> de::Visitor<'de> for Pairs {
        type Value = Vec<(CompactString, CompactString)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object of texts")
        }

        fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut pairs = Vec::new();
            while let Some(pair) = map.next_entry()? {
                pairs.push(pair);
            }
            Ok(pairs)
        }
    }
    deserializer.deserialize_map(Pairs)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_day_is_taken_as_written() {
        for text in ["2026-09-01", "2026-09-01T23:30:00Z", "2026-09-01 00:00", " 2026-09-01T00:00:00+02:00"] {
            assert_eq!(day(text), Some(date(2026, 9, 1)), "{text}");
        }
        for text in ["", "2026-13-01", "20260901", "2026-09-012", "1 Sep 2026", "1788220800", "2026-09-é1"] {
            assert_eq!(day(text), None, "{text}");
        }
    }
}
