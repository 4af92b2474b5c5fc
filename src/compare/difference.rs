//! What differs between two prices, field by field, and a row in words.

use std::fmt::Write;

use compact_str::CompactString;
use jiff::tz::TimeZone;

use super::as_of;
use super::change::Change;
use super::key::{self, is_record_keeping};
use super::matching::{Comparison, Side};
use super::pair::{Pair, Verdict, Why};
use crate::batch::Answered;
use crate::prices::{Outcome, Price};

/// One field with two values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field<'a> {
    pub name: &'a str,
    pub left: Option<&'a str>,
    pub right: Option<&'a str>,
    pub weight: Weight,
}

/// What it means where two values are not the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// A difference, also where one side does not name it.
    Counts,
    /// The same, and `eur` is `EUR`.
    CountsInAnyCase,
    /// The same by value: `10` is `10.0`.
    CountsByValue,
    /// A difference where both sides name it.
    CountsIfNamed,
    /// None: when a record was last touched, for instance.
    Shown,
}

impl Field<'_> {
    pub fn differs(&self) -> bool {
        match (self.weight, self.left, self.right) {
            (Weight::CountsInAnyCase, Some(left), Some(right)) => !left.eq_ignore_ascii_case(right),
            (Weight::CountsByValue, Some(left), Some(right)) => key::quantity(Some(left), Some(right)).is_ne(),
            (Weight::CountsIfNamed, Some(left), Some(right)) => left != right,
            (Weight::Shown | Weight::CountsIfNamed, ..) => false,
            (Weight::Counts | Weight::CountsInAnyCase | Weight::CountsByValue, left, right) => left != right,
        }
    }
}

/// Every field that either price has but the amount, in the order in which they are shown.
pub fn fields<'a>(left: Option<&'a Price>, right: Option<&'a Price>) -> Vec<Field<'a>> {
    let mut fields = Vec::new();
    let mut add = |name, get: fn(&Price) -> Option<&CompactString>| {
        let of = |price: Option<&'a Price>| price.and_then(get).map(CompactString::as_str);
        let weight = match name {
            "List name" | "SKU in body" => Weight::CountsIfNamed,
            "Currency" | "VAT mode" | "Kind" | "Unit" => Weight::CountsInAnyCase,
            "From qty" => Weight::CountsByValue,
            _ => Weight::Counts,
        };
        fields.push(Field { name, left: of(left), right: of(right), weight });
    };
    add("Currency", |price| price.currency.as_ref());
    add("VAT mode", |price| price.vat_mode.as_ref());
    add("Kind", |price| price.kind.as_ref());
    add("Unit", |price| price.unit.as_ref());
    add("Price list", |price| price.price_list.as_ref());
    add("List name", |price| price.price_list_name.as_ref());
    add("From qty", |price| price.quantity_from.as_ref());
    add("Valid from", |price| price.valid_from.as_ref());
    add("Valid to", |price| price.valid_to.as_ref());
    add("SKU in body", |price| price.sku.as_ref());
    let further = |price: Option<&'a Price>| price.map_or(&[][..], |price| &price.further);
    let find = |price, name: &str| further(price).iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    for (name, _) in further(left).iter().chain(further(right)) {
        if !fields.iter().any(|field| field.name == name) {
            let weight = if is_record_keeping(name) { Weight::Shown } else { Weight::Counts };
            fields.push(Field { name, left: find(left, name), right: find(right, name), weight });
        }
    }
    fields.retain(|field| field.left.is_some() || field.right.is_some());
    fields
}

/// Whether anything but the amount, and what makes prices comparable, differs.
pub(super) fn other_fields_differ(left: &Price, right: &Price) -> bool {
    let is_of_key = |field: &Field<'_>| matches!(field.weight, Weight::CountsInAnyCase | Weight::CountsByValue);
    fields(Some(left), Some(right)).iter().any(|field| field.differs() && !is_of_key(field))
}

/// What the two sides are called, so that each is told from the other. Moments are those of the system's time zone.
pub fn side_words(left: &Side, right: &Side) -> [String; 2] {
    side_words_in(left, right, &TimeZone::system())
}

/// The same, with moments in the zone that is given.
pub fn side_words_in(left: &Side, right: &Side, zone: &TimeZone) -> [String; 2] {
    let (a, b) = (&left.header, &right.header);
    if a.environment != b.environment {
        return [a.environment.label().to_owned(), b.environment.label().to_owned()];
    }
    if a.profile_name != b.profile_name {
        return [a.profile_name.clone(), b.profile_name.clone()];
    }
    let as_of = |side: &Side| {
        side.header.parameters.iter().find(|(name, _)| as_of::is_parameter(name)).map(|(_, value)| value.clone())
    };
    match (as_of(left), as_of(right)) {
        (left, right) if left != right => as_of::in_short([left.as_deref(), right.as_deref()], zone),
        _ => ["left".to_owned(), "right".to_owned()],
    }
}

/// The change of the amount, where two amounts can be compared.
pub fn change(comparison: &Comparison, pair: &Pair) -> Option<Change> {
    if pair.verdict != Verdict::Different {
        return None;
    }
    let (left, right) = (comparison.left_price(pair)?, comparison.right_price(pair)?);
    left.amount.compare(&right.amount).is_ne().then(|| Change::of(&left.amount, &right.amount)).flatten()
}

/// How numbers of our own are written: the signs of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signs {
    /// A hyphen, as programs read it: for files and copies.
    Plain,
    /// A minus as wide as the plus: for eyes.
    OnScreen,
}

impl Signs {
    /// A number with its sign, also where it is a plus.
    pub fn write(self, number: &str) -> String {
        match (number.strip_prefix('-'), self) {
            (Some(_), Self::Plain) => number.to_owned(),
            (Some(positive), Self::OnScreen) => format!("−{positive}"),
            (None, _) => format!("+{number}"),
        }
    }
}

/// The row in words: `Amount -0.30 (-2.6 %); Valid from 2026-09-01 → 2026-12-01`.
pub fn in_words(comparison: &Comparison, pair: &Pair, sides: &[String; 2], signs: Signs) -> String {
    let (left, right) = (comparison.left_price(pair), comparison.right_price(pair));
    let [left_word, right_word] = sides;
    match (pair.verdict, pair.why) {
        (Verdict::Neither, _) => match comparison.left_of(pair).map(|answered| answered.outcome) {
            Some(Outcome::UnknownSku) => "No price on either side: unknown SKU".to_owned(),
            _ => "No price on either side".to_owned(),
        },
        (Verdict::Same, _) => "Same".to_owned(),
        (Verdict::OnlyLeft, _) => only(left_word, right_word, comparison.right_of(pair).map(|a| &**a)),
        (Verdict::OnlyRight, _) => only(right_word, left_word, comparison.left_of(pair).map(|a| &**a)),
        (Verdict::Different, Why::Outcome) => {
            let (a, b) = (comparison.left_of(pair).map(|a| &**a), comparison.right_of(pair).map(|b| &**b));
            format!("Outcome {} → {}", outcome(a), outcome(b))
        }
        (Verdict::Different, _) => different(comparison, pair, signs),
        (Verdict::NotComparable, Why::Currency) => moved("Currency", currency(left), currency(right)),
        (Verdict::NotComparable, Why::VatMode) => {
            let vat = |price: Option<&'_ Price>| price.and_then(|price| price.vat_mode.clone());
            moved("VAT mode", vat(left).as_deref(), vat(right).as_deref())
        }
        (Verdict::NotComparable, Why::Kind) => {
            let kind = |price: Option<&'_ Price>| price.and_then(|price| price.kind.clone());
            moved("Kind", kind(left).as_deref(), kind(right).as_deref())
        }
        (Verdict::NotComparable, Why::Unit) => {
            let unit = |price: Option<&'_ Price>| price.and_then(|price| price.unit.clone());
            moved("Unit", unit(left).as_deref(), unit(right).as_deref())
        }
        (Verdict::NotComparable, Why::Repeated) => {
            "The SKU is in a list more than once, with different answers".to_owned()
        }
        (Verdict::NotComparable, Why::NotAsked) => {
            let missing = if pair.left.is_none() { left_word } else { right_word };
            format!("Not in the list of {missing}")
        }
        (Verdict::NotComparable, Why::Unanswered) => {
            let said = |word: &str, answered: Option<&Answered>| match answered.map(|answered| answered.outcome) {
                Some(Outcome::Failed) => Some(format!("{word}: failed")),
                Some(Outcome::Forbidden) => Some(format!("{word}: forbidden")),
                None => Some(format!("{word}: not answered")),
                Some(_) => None,
            };
            let left = said(left_word, comparison.left_of(pair).map(|a| &**a));
            let right = said(right_word, comparison.right_of(pair).map(|a| &**a));
            left.into_iter().chain(right).collect::<Vec<_>>().join(", ")
        }
        (Verdict::NotComparable, _) => "Several prices of this list, currency and quantity".to_owned(),
    }
}

fn currency(price: Option<&Price>) -> Option<&str> {
    price.and_then(|price| price.currency.as_deref())
}

fn only(here: &str, there: &str, other: Option<&Answered>) -> String {
    match other.map(|answered| answered.outcome) {
        Some(Outcome::UnknownSku) => format!("Only in {here}; {there}: unknown SKU"),
        _ => format!("Only in {here}"),
    }
}

fn different(comparison: &Comparison, pair: &Pair, signs: Signs) -> String {
    let (Some(left), Some(right)) = (comparison.left_price(pair), comparison.right_price(pair)) else {
        return String::new();
    };
    let mut parts = Vec::new();
    if left.amount.compare(&right.amount).is_ne() {
        let mut part = "Amount".to_owned();
        // Writing to a String cannot fail.
        match Change::of(&left.amount, &right.amount) {
            Some(Change { absolute, percent: Some(percent) }) => {
                let _ = write!(part, " {} ({} %)", signs.write(&absolute), signs.write(&percent));
            }
            Some(Change { absolute, percent: None }) => {
                let _ = write!(part, " {} (from zero)", signs.write(&absolute));
            }
            None => {}
        }
        parts.push(part);
    }
    let fields = fields(Some(left), Some(right));
    let differs = |field: &&Field<'_>| field.differs() && field.name != "From qty";
    parts.extend(fields.iter().filter(differs).map(|field| moved(field.name, field.left, field.right)));
    parts.join("; ")
}

fn moved(name: &str, left: Option<&str>, right: Option<&str>) -> String {
    format!("{name} {} → {}", left.unwrap_or("none"), right.unwrap_or("none"))
}

/// An answer without a price, in a word or two.
pub fn outcome(answered: Option<&Answered>) -> &'static str {
    match answered.map(|answered| answered.outcome) {
        None => "not answered",
        Some(Outcome::Priced | Outcome::ZeroPrice | Outcome::NoPrice) => "no price",
        Some(Outcome::UnknownSku) => "unknown SKU",
        Some(Outcome::Forbidden) => "forbidden",
        Some(Outcome::Failed) => "failed",
    }
}
