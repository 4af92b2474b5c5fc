//! What tells the prices of one SKU apart.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeSet;

use compact_str::CompactString;

use crate::prices::{Amount, Price};

/// What prices are told apart by, one step after the other: at first the three that a price is known by, then what else there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// Price list, currency and quantity break.
    Usual,
    Kind,
    Unit,
    /// A further field, such as a tax area.
    Further(&'a str),
    /// The SKU that the body names.
    Sku,
    Vat,
    /// The dates of validity.
    Dates,
}

impl Step<'_> {
    /// Whether a price can have changed in this and still be the same price's successor, so that what comes after may pair it.
    pub fn can_change(self) -> bool {
        matches!(self, Self::Further(_) | Self::Sku | Self::Vat)
    }
}

/// Orders prices by one step; equal means that it does not tell them apart.
pub fn compare(a: &Price, b: &Price, step: Step<'_>) -> Ordering {
    match step {
        Step::Usual => list(a)
            .cmp(&list(b))
            .then_with(|| word(a.currency.as_deref(), b.currency.as_deref()))
            .then_with(|| quantity(a.quantity_from.as_deref(), b.quantity_from.as_deref())),
        Step::Kind => word(a.kind.as_deref(), b.kind.as_deref()),
        Step::Unit => word(a.unit.as_deref(), b.unit.as_deref()),
        Step::Further(name) => further(a, name).cmp(&further(b, name)),
        Step::Sku => a.sku.cmp(&b.sku),
        Step::Vat => word(a.vat_mode.as_deref(), b.vat_mode.as_deref()),
        Step::Dates => a.valid_from.cmp(&b.valid_from).then_with(|| a.valid_to.cmp(&b.valid_to)),
    }
}

/// The steps that come after the usual one, for prices which that does not tell apart.
///
/// Fields whose values are the same on both sides come first, then those that share most: a tax area tells prices apart, and a discount
/// that has changed on one side does not.
pub fn finer<'a>(left: &[&'a Price], right: &[&'a Price]) -> Vec<Step<'a>> {
    /// More fields than this tell nothing that these do not.
    const MOST: usize = 16;
    let names: BTreeSet<&str> =
        left.iter().chain(right).flat_map(|price| telling(price)).map(|(name, _)| name.as_str()).collect();
    let mut ranked: Vec<_> = names
        .into_iter()
        .map(|name| {
            let values = |side: &[&'a Price]| side.iter().map(|price| further(price, name)).collect::<BTreeSet<_>>();
            let (of_left, of_right) = (values(left), values(right));
            let shared = of_left.intersection(&of_right).count();
            let lost = of_left.len() + of_right.len() - 2 * shared;
            (lost > 0, Reverse(shared), lost, name)
        })
        .collect();
    ranked.sort_unstable();
    let further = ranked.into_iter().take(MOST).map(|(.., name)| Step::Further(name));
    [Step::Kind, Step::Unit].into_iter().chain(further).chain([Step::Sku, Step::Vat, Step::Dates]).collect()
}

fn further<'a>(price: &'a Price, name: &str) -> Option<&'a str> {
    price.further.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// The further fields that say what a price is, and not when somebody last touched its record.
fn telling(price: &Price) -> impl Iterator<Item = &(CompactString, CompactString)> {
    price.further.iter().filter(|(name, _)| !is_record_keeping(name))
}

/// Names such as `updated_at`, in which two systems always differ.
pub fn is_record_keeping(name: &str) -> bool {
    const VERBS: [&str; 6] = ["updated", "changed", "created", "modified", "synced", "imported"];
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    VERBS.iter().any(|verb| plain.strip_prefix(verb).is_some_and(|rest| matches!(rest, "" | "at" | "on" | "date")))
}

/// Whether two prices are of the same list, quantity, kind and unit, whatever their currencies.
pub fn but_for_currency(a: &Price, b: &Price) -> bool {
    list(a) == list(b)
        && quantity(a.quantity_from.as_deref(), b.quantity_from.as_deref()).is_eq()
        && word(a.kind.as_deref(), b.kind.as_deref()).is_eq()
        && word(a.unit.as_deref(), b.unit.as_deref()).is_eq()
}

/// The list's code, or its name where there is no code.
fn list(price: &Price) -> Option<&CompactString> {
    price.price_list.as_ref().or(price.price_list_name.as_ref())
}

/// Codes such as currencies and VAT modes, in any case: `gross` is `GROSS`.
pub fn word(a: Option<&str>, b: Option<&str>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => {
            let lower = |text: &'_ str| text.bytes().map(|byte| byte.to_ascii_lowercase()).collect::<Vec<_>>();
            if a.eq_ignore_ascii_case(b) { Ordering::Equal } else { lower(a).cmp(&lower(b)) }
        }
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

/// By value where both are decimals: `10` is `10.0`.
pub fn quantity(a: Option<&str>, b: Option<&str>) -> Ordering {
    let decimal = |text: Option<&str>| text.and_then(|text| Amount::parse(text).ok());
    match (decimal(a), decimal(b)) {
        (Some(a), Some(b)) => a.compare(&b),
        (None, None) => a.cmp(&b),
        (Some(_), None) => Ordering::Greater,
        (None, Some(_)) => Ordering::Less,
    }
}
