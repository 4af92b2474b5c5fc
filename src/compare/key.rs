//! What tells the prices of one SKU apart.

use std::cmp::Ordering;

use compact_str::CompactString;

use crate::prices::{Amount, Price};

/// Which of its key's parts a price is told apart by: at first the three that a price is known by, then ever more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Price list, currency and quantity break.
    Usual,
    /// Kind, unit and further fields as well, such as a tax area.
    Kinds,
    /// VAT mode as well.
    Vat,
    /// The dates of validity as well.
    Dates,
}

impl Depth {
    pub fn deeper(self) -> Option<Self> {
        match self {
            Self::Usual => Some(Self::Kinds),
            Self::Kinds => Some(Self::Vat),
            Self::Vat => Some(Self::Dates),
            Self::Dates => None,
        }
    }
}

/// Orders prices by their keys; equal means that nothing tells them apart.
pub fn compare(a: &Price, b: &Price, depth: Depth) -> Ordering {
    let usual = || {
        list(a)
            .cmp(&list(b))
            .then_with(|| word(a.currency.as_deref(), b.currency.as_deref()))
            .then_with(|| quantity(a.quantity_from.as_deref(), b.quantity_from.as_deref()))
    };
    let kinds = || {
        word(a.kind.as_deref(), b.kind.as_deref())
            .then_with(|| word(a.unit.as_deref(), b.unit.as_deref()))
            .then_with(|| a.sku.cmp(&b.sku))
            .then_with(|| telling(a).cmp(telling(b)))
    };
    let vat = || word(a.vat_mode.as_deref(), b.vat_mode.as_deref());
    let dates = || a.valid_from.cmp(&b.valid_from).then_with(|| a.valid_to.cmp(&b.valid_to));
    match depth {
        Depth::Usual => usual(),
        Depth::Kinds => usual().then_with(kinds),
        Depth::Vat => usual().then_with(kinds).then_with(vat),
        Depth::Dates => usual().then_with(kinds).then_with(vat).then_with(dates),
    }
}

/// The further fields that say what a price is, and not when somebody last touched its record.
pub fn telling(price: &Price) -> impl Iterator<Item = &(CompactString, CompactString)> {
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
