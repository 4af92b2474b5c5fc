//! The columns that rows can have, and what stands in them.
//!
//! Owns their names on screen and in exports (the same as those of the command line's CSV), and which of them any row has a
//! value for. Refuses to fill a gap: what a body does not name is absent (P4).

use std::borrow::Cow;

use compact_str::CompactString;

use crate::batch::{Answered, Rows};
use crate::lists::Origins;
use crate::prices::field_map::READ_BY_MAP;
use crate::prices::{Amount, Outcome, Price};
use crate::sheet::{Cell, CellKind, Head};

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ColumnId {
    /// The place in the list, counted from 1.
    Position,
    /// The line of the file, counted from 1.
    Line,
    Sku,
    /// What stands in the file where another SKU was looked up in its place.
    Given,
    Outcome,
    Amount,
    Currency,
    PriceList,
    PriceListName,
    Kind,
    VatMode,
    QuantityFrom,
    Unit,
    ValidFrom,
    ValidTo,
    /// What there is to say of the row in a few words.
    Detail,
    Http,
    /// In milliseconds.
    Time,
    Token,
    SkuInBody,
    ReadFrom,
    ErrorKind,
    Error,
    Notes,
    /// A further field of the bodies, by the name that they give it.
    Further(CompactString),
}

impl ColumnId {
    /// All but the further ones, in the order in which they stand at first.
    pub const NAMED: [Self; 24] = [
        Self::Position,
        Self::Line,
        Self::Sku,
        Self::Given,
        Self::Outcome,
        Self::Amount,
        Self::Currency,
        Self::PriceList,
        Self::PriceListName,
        Self::QuantityFrom,
        Self::Unit,
        Self::Kind,
        Self::VatMode,
        Self::Detail,
        Self::ValidFrom,
        Self::ValidTo,
        Self::Http,
        Self::Time,
        Self::Token,
        Self::SkuInBody,
        Self::ReadFrom,
        Self::ErrorKind,
        Self::Error,
        Self::Notes,
    ];

    /// The name in exports.
    pub fn name(&self) -> &str {
        match self {
            Self::Position => "position",
            Self::Line => "line",
            Self::Sku => "sku",
            Self::Given => "as_given",
            Self::Outcome => "outcome",
            Self::Amount => "amount",
            Self::Currency => "currency",
            Self::PriceList => "price_list",
            Self::PriceListName => "price_list_name",
            Self::Kind => "kind",
            Self::VatMode => "vat_mode",
            Self::QuantityFrom => "quantity_from",
            Self::Unit => "unit",
            Self::ValidFrom => "valid_from",
            Self::ValidTo => "valid_to",
            Self::Detail => "detail",
            Self::Http => "http_status",
            Self::Time => "elapsed_ms",
            Self::Token => "token_generation",
            Self::SkuInBody => "sku_in_body",
            Self::ReadFrom => "read_from",
            Self::ErrorKind => "error_kind",
            Self::Error => "error",
            Self::Notes => "notes",
            Self::Further(name) => name,
        }
    }

    /// The words on screen.
    pub fn label(&self) -> &str {
        match self {
            Self::Position => "#",
            Self::Line => "Line",
            Self::Sku => "SKU",
            Self::Given => "As given",
            Self::Outcome => "Outcome",
            Self::Amount => "Amount",
            Self::Currency => "Currency",
            Self::PriceList => "Price list",
            Self::PriceListName => "List name",
            Self::Kind => "Kind",
            Self::VatMode => "VAT",
            Self::QuantityFrom => "From qty",
            Self::Unit => "Unit",
            Self::ValidFrom => "Valid from",
            Self::ValidTo => "Valid to",
            Self::Detail => "Detail",
            Self::Http => "HTTP",
            Self::Time => "Time, ms",
            Self::Token => "Token",
            Self::SkuInBody => "SKU in body",
            Self::ReadFrom => "Read from",
            Self::ErrorKind => "Error kind",
            Self::Error => "Error",
            Self::Notes => "Notes",
            Self::Further(name) => name,
        }
    }

    pub fn kind(&self) -> CellKind {
        match self {
            Self::Amount | Self::QuantityFrom => CellKind::Decimal,
            Self::Position | Self::Line | Self::Http | Self::Time | Self::Token => CellKind::Integer,
            _ => CellKind::Text,
        }
    }

    pub fn head(&self) -> Head {
        Head::new(self.name(), self.label(), self.kind())
    }

    /// What stands in this column for one price of an answer, or for an answer without a price; `rows` are those that it is of.
    pub fn cell<'a>(&self, rows: &'a Rows, place: usize, answered: &'a Answered, price: Option<usize>) -> Cell<'a> {
        let of = |get: fn(&Price) -> Option<&CompactString>| {
            Cell::maybe(price.and_then(|index| get(answered.prices.get(index)?)).map(CompactString::as_str))
        };
        match self {
            Self::Position => Cell::Integer(i64::try_from(place + 1).unwrap_or(i64::MAX)),
            Self::Line => {
                let line = rows.origins().and_then(|origins| origins.line(place));
                line.map_or(Cell::Absent, |line| Cell::Integer(line.into()))
            }
            Self::Sku => Cell::text(&answered.sku),
            Self::Given => Cell::maybe(rows.origins().and_then(|origins| origins.given(place))),
            Self::Outcome => Cell::text(answered.outcome.code()),
            Self::Amount => price
                .and_then(|index| answered.prices.get(index))
                .map_or(Cell::Absent, |price| Cell::Decimal(Cow::Borrowed(price.amount.as_str()))),
            Self::Currency => of(|price| price.currency.as_ref()),
            Self::PriceList => of(|price| price.price_list.as_ref()),
            Self::PriceListName => of(|price| price.price_list_name.as_ref()),
            Self::Kind => of(|price| price.kind.as_ref()),
            Self::VatMode => of(|price| price.vat_mode.as_ref()),
            Self::QuantityFrom => match of(|price| price.quantity_from.as_ref()) {
                Cell::Text(text) if Amount::parse(&text).is_ok() => Cell::Decimal(text),
                other => other,
            },
            Self::Unit => of(|price| price.unit.as_ref()),
            Self::ValidFrom => of(|price| price.valid_from.as_ref()),
            Self::ValidTo => of(|price| price.valid_to.as_ref()),
            Self::Detail => detail(answered, price).map_or(Cell::Absent, Cell::Text),
            Self::Http => answered.http_status.map_or(Cell::Absent, |status| Cell::Integer(status.into())),
            Self::Time => Cell::Integer(i64::try_from(answered.elapsed.as_millis()).unwrap_or(i64::MAX)),
            Self::Token => answered
                .token_generation
                .map_or(Cell::Absent, |number| Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX))),
            Self::SkuInBody => of(|price| price.sku.as_ref()),
            Self::ReadFrom => of(|price| Some(&price.path)),
            Self::ErrorKind => Cell::maybe(answered.error.as_ref().map(|error| error.kind.code())),
            Self::Error => match &answered.error {
                Some(error) => Cell::Text(Cow::Owned(format!("{} {}", error.message, error.hint))),
                None => Cell::Absent,
            },
            Self::Notes => match &*answered.notes {
                [] => Cell::Absent,
                [one] => Cell::text(one),
                notes => Cell::Text(Cow::Owned(notes.join(" "))),
            },
            Self::Further(name) => {
                let further = price.and_then(|index| answered.prices.get(index)).map(|price| &price.further);
                let value = further.and_then(|further| further.iter().find(|(key, _)| key == name));
                Cell::maybe(value.map(|(_, value)| value.as_str()))
            }
        }
    }
}

/// A row in a few words: what went wrong, what a person should know, or where the price is from.
fn detail(answered: &Answered, price: Option<usize>) -> Option<Cow<'_, str>> {
    if let Some(error) = &answered.error {
        return Some(Cow::Borrowed(&error.message));
    }
    // How it was read says less than what is odd about it.
    let odd = answered.notes.iter().find(|note| !note.starts_with(READ_BY_MAP));
    if let Some(note) = odd.or(answered.notes.first()) {
        return Some(Cow::Borrowed(note));
    }
    let shown = price.and_then(|index| answered.prices.get(index));
    let list = shown.and_then(|price| price.price_list.as_deref().or(price.price_list_name.as_deref()));
    let from = |rest: String| list.map_or_else(|| rest.clone(), |list| format!("{list}, {rest}"));
    match (answered.outcome, price, answered.prices.len()) {
        (Outcome::ZeroPrice, Some(index), _) => {
            let amount = answered.prices.get(index)?.amount.as_str();
            Some(Cow::Owned(from(format!("the body says {amount}"))))
        }
        (_, Some(_), 1) => Some(list.map_or(Cow::Borrowed("1 price"), |list| Cow::Owned(format!("{list}, 1 price")))),
        (_, Some(index), prices) => Some(Cow::Owned(from(format!("{} of {prices} prices", index + 1)))),
        (Outcome::NoPrice, None, _) => Some(Cow::Borrowed("Answered without a price")),
        (Outcome::UnknownSku, None, _) => Some(Cow::Borrowed("The server does not know this SKU")),
        (_, None, _) => None,
    }
}

/// What is known of the columns from the rows that were looked at. Only grows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// One bit for each of [`ColumnId::NAMED`].
    named: u32,
    /// Names of further fields, in the order in which they were met.
    further: Vec<CompactString>,
    /// The most digits that an amount and a quantity have after their point.
    amount_digits: u8,
    quantity_digits: u8,
}

impl Found {
    /// A body that names each of a thousand fields must not fill the chooser.
    pub const MOST_FURTHER: usize = 64;

    /// Takes in one more answer.
    pub fn see(&mut self, answered: &Answered) {
        for (bit, column) in ColumnId::NAMED.iter().enumerate() {
            if self.named & (1 << bit) == 0 && has(column, answered) {
                self.named |= 1 << bit;
            }
        }
        for price in &answered.prices {
            self.amount_digits = self.amount_digits.max(digits_after_point(price.amount.as_str()));
            let quantity = price.quantity_from.as_deref().map_or(0, digits_after_point);
            self.quantity_digits = self.quantity_digits.max(quantity);
            for (name, _) in &price.further {
                if self.further.len() < Self::MOST_FURTHER && !self.further.contains(name) {
                    self.further.push(name.clone());
                }
            }
        }
    }

    /// Takes in what is known of where the SKUs stand in their file.
    pub fn see_origins(&mut self, origins: Option<&Origins>) {
        for (bit, column) in ColumnId::NAMED.iter().enumerate() {
            let is_known = match column {
                ColumnId::Line => origins.is_some(),
                ColumnId::Given => origins.is_some_and(Origins::any_given),
                _ => false,
            };
            self.named |= u32::from(is_known) << bit;
        }
    }

    /// All columns that can be shown, in the order in which they stand at first.
    pub fn offered(&self) -> impl Iterator<Item = ColumnId> {
        let named = ColumnId::NAMED.into_iter().enumerate().filter(|(bit, _)| self.named & (1 << bit) != 0);
        named.map(|(_, column)| column).chain(self.further.iter().cloned().map(ColumnId::Further))
    }

    /// Whether any row has a value in the column.
    pub fn has(&self, column: &ColumnId) -> bool {
        match column {
            ColumnId::Further(name) => self.further.contains(name),
            column => {
                let bit = ColumnId::NAMED.iter().position(|named| named == column);
                bit.is_some_and(|bit| self.named & (1 << bit) != 0)
            }
        }
    }

    /// The most digits that a value of the column has after its point.
    pub fn digits(&self, column: &ColumnId) -> u8 {
        match column {
            ColumnId::Amount => self.amount_digits,
            ColumnId::QuantityFrom => self.quantity_digits,
            _ => 0,
        }
    }

    /// Whether the column is shown unless somebody said otherwise: what bears on a price is, how it was come by is not (P4).
    pub fn is_shown_at_first(&self, column: &ColumnId) -> bool {
        match column {
            ColumnId::Position
            | ColumnId::Sku
            | ColumnId::Outcome
            | ColumnId::Amount
            | ColumnId::Currency
            | ColumnId::Detail
            | ColumnId::Http
            | ColumnId::Time => true,
            ColumnId::PriceListName => self.has(column) && !self.has(&ColumnId::PriceList),
            ColumnId::Given
            | ColumnId::PriceList
            | ColumnId::QuantityFrom
            | ColumnId::Unit
            | ColumnId::Kind
            | ColumnId::VatMode
            | ColumnId::ValidFrom
            | ColumnId::ValidTo => self.has(column),
            _ => false,
        }
    }
}

fn has(column: &ColumnId, answered: &Answered) -> bool {
    let any = |get: fn(&Price) -> bool| answered.prices.iter().any(get);
    match column {
        ColumnId::Position
        | ColumnId::Sku
        | ColumnId::Outcome
        | ColumnId::Amount
        | ColumnId::Currency
        | ColumnId::Detail
        | ColumnId::Http
        | ColumnId::Time => true,
        ColumnId::PriceList => any(|price| price.price_list.is_some()),
        ColumnId::PriceListName => any(|price| price.price_list_name.is_some()),
        // A plain `price` says no more than the head of the amounts does.
        ColumnId::Kind => any(|price| price.kind.as_deref().is_some_and(|kind| kind != "price")),
        ColumnId::VatMode => any(|price| price.vat_mode.is_some()),
        ColumnId::QuantityFrom => any(|price| price.quantity_from.is_some()),
        ColumnId::Unit => any(|price| price.unit.is_some()),
        ColumnId::ValidFrom => any(|price| price.valid_from.is_some()),
        ColumnId::ValidTo => any(|price| price.valid_to.is_some()),
        ColumnId::Token => answered.token_generation.is_some(),
        ColumnId::SkuInBody => any(|price| price.sku.is_some()),
        ColumnId::ReadFrom => !answered.prices.is_empty(),
        ColumnId::ErrorKind | ColumnId::Error => answered.error.is_some(),
        ColumnId::Notes => !answered.notes.is_empty(),
        // Known of the list, and not of an answer.
        ColumnId::Line | ColumnId::Given | ColumnId::Further(_) => false,
    }
}

fn digits_after_point(text: &str) -> u8 {
    text.split_once('.').map_or(0, |(_, digits)| digits.len().min(8) as u8)
}
