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
            .then_with(|| a.currency.cmp(&b.currency))
            .then_with(|| quantity(a.quantity_from.as_ref(), b.quantity_from.as_ref()))
    };
    let kinds = || {
        a.kind
            .cmp(&b.kind)
            .then_with(|| a.unit.cmp(&b.unit))
            .then_with(|| a.sku.cmp(&b.sku))
            .then_with(|| telling(a).cmp(telling(b)))
    };
    let vat = || a.vat_mode.cmp(&b.vat_mode);
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
        && quantity(a.quantity_from.as_ref(), b.quantity_from.as_ref()).is_eq()
        && a.kind == b.kind
        && a.unit == b.unit
}

/// The list's code, or its name where there is no code.
fn list(price: &Price) -> Option<&CompactString> {
    price.price_list.as_ref().or(price.price_list_name.as_ref())
}

/// By value where both are decimals: `10` is `10.0`.
fn quantity(a: Option<&CompactString>, b: Option<&CompactString>) -> Ordering {
    let decimal = |text: Option<&CompactString>| text.and_then(|text| Amount::parse(text).ok());
    match (decimal(a), decimal(b)) {
        (Some(a), Some(b)) => a.compare(&b),
        (None, None) => a.cmp(&b),
        (Some(_), None) => Ordering::Greater,
        (None, Some(_)) => Ordering::Less,
    }
}
