//! What a body says about the price of one SKU.
//!
//! Owns the walk over any JSON, going by the names in [`fields`](super::fields): bare objects, bare arrays, paged
//! lists, nested price lists, quantity breaks, amounts as numbers, strings or objects. What a price does not name
//! itself (currency, price list, VAT mode, dates) it takes from the objects around it, the nearest first. Refuses to
//! guess: unknown names, ids, rates and dates are no prices, an absent field stays absent, and what is doubtful
//! becomes a note.

mod named;
mod notes;

use std::borrow::Cow;
use std::collections::HashSet;

use compact_str::CompactString;

use super::amount::Amount;
use super::body::Body;
use super::field_map::{ByMap, FieldMap, Found, Mapped, MappedField};
use super::fields::{Field, is_currency_code};
use super::json::{Kind, Node, push_key};
use super::meanings::Meanings;
use super::price::Price;
use super::shown::one_line;
use named::{Named, Scope};
use notes::Notes;

/// What was found in a body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The prices, in the order of the body.
    pub prices: Vec<Price>,
    /// What a person should know about them, one sentence each.
    pub notes: Vec<String>,
    /// Whether the body names the SKU that was asked for; nothing when it names none at all.
    pub names_sku: Option<bool>,
    /// Whether the body names an article in any way.
    pub names_article: bool,
    /// Where price fields stand whose value has digits and is no plain decimal, such as `12,10`.
    pub unreadable: Vec<String>,
    /// Whether the body's outermost object is an error.
    pub is_error: bool,
    /// How the body was read by a field map, where there is one.
    pub by_map: Option<ByMap>,
}

/// Room for more prices than this is made as they come.
const MOST_ROOM: usize = 1024;

/// Reads a body as the answer to a question for `sku`. A body that is not JSON holds nothing to read.
pub fn read(body: &Body, sku: &str) -> Reading {
    read_by(None, body, sku)
}

/// The same, going by a field map first: amounts are read where it says, if this body has any there, and so is whatever else
/// it names. What it does not name, or what is not where it says, is read as without it.
pub fn read_by(map: Option<&FieldMap>, body: &Body, sku: &str) -> Reading {
    let Some(tree) = body.tree() else { return Reading::default() };
    let meanings = Meanings::of(tree);
    // Room for as many prices as there seem to be: one is large, so that moving them to more room would take time.
    let prices = Vec::with_capacity(meanings.amounts.min(MOST_ROOM));
    let mapped = map.filter(|map| !map.is_empty()).map(|map| Box::new(Mapped::of(map, tree)));
    let mut reader = Reader { sku, meanings, prices, mapped, ..Reader::default() };
    reader.value(tree.root(), Place::Entry, &Scope::default());
    reader.finish(tree.root())
}

/// What is expected where a value stands.
#[derive(Clone, PartialEq, Eq)]
enum Place<'a> {
    /// An entry of the answer.
    Entry,
    /// Something under a name that the table does not know.
    Unknown,
    Prices,
    /// An object of custom price fields, or a list of them.
    PriceFields,
    /// One custom price field that is described by an object.
    PriceField,
    /// Several price lists.
    PriceLists,
    PriceList,
    Breaks,
    /// The value of a price field, with its kind.
    Money(Cow<'a, str>),
}

#[derive(Default)]
struct Reader<'a> {
    sku: &'a str,
    /// The way from the root to where the walk is.
    path: Vec<Step<'a>>,
    meanings: Meanings,
    prices: Vec<Price>,
    /// The field map, laid over the body.
    mapped: Option<Box<Mapped<'a>>>,
    /// The SKUs that the body names, other than the one that was asked for.
    other_skus: HashSet<String>,
    names_asked: bool,
    names_article: bool,
    unreadable: Vec<String>,
    notes: Notes,
}

/// One step of a path. It is put into words only where something is found.
enum Step<'a> {
    Member(Node<'a>),
    Entry(usize),
}

impl<'a> Reader<'a> {
    fn value(&mut self, node: Node<'a>, place: Place<'a>, scope: &Scope<'a, '_>) {
        match node.kind() {
            Kind::Object => self.object(node, &place, scope),
            Kind::Array => {
                let place = match place {
                    Place::PriceLists => Place::PriceList,
                    Place::PriceFields => Place::PriceField,
                    place => place,
                };
                for (index, child) in node.children().enumerate() {
                    self.path.push(Step::Entry(index));
                    self.value(child, place.clone(), scope);
                    self.path.pop();
                }
            }
            Kind::Number | Kind::String => match &place {
                Place::Prices => self.amount(node, scope, "price"),
                Place::Money(kind) => self.amount(node, scope, kind),
                _ if self.is_mapped(node) => self.amount(node, scope, "price"),
                _ => {}
            },
            Kind::Null | Kind::Bool => {}
        }
    }

    fn object(&mut self, node: Node<'a>, place: &Place<'a>, outer: &Scope<'a, '_>) {
        // Several price lists as an object have their codes as names; an object that describes itself is just one.
        let one_list = *place == Place::PriceLists && node.children().any(|member| self.describes(member));
        let place = if one_list { &Place::PriceList } else { place };
        let named = self.named(node, place);
        let scope = Scope { outer: Some(outer), named };
        self.paging(node);
        self.doubled(node);
        for member in node.children() {
            self.path.push(Step::Member(member));
            self.member(member, place, &scope);
            self.path.pop();
        }
    }

    /// Goes into one member, or takes it as a price, or leaves it.
    fn member(&mut self, node: Node<'a>, place: &Place<'a>, scope: &Scope<'a, '_>) {
        let key = || node.key().unwrap_or_default();
        let nested = matches!(node.kind(), Kind::Object | Kind::Array);
        let priced = !matches!(place, Place::Unknown);
        let money = matches!(place, Place::Money(_));
        // A kind that stands beside a price belongs to it, and so does the name of the price field around it.
        let kind = |fallback: &'static str| match (&scope.named.kind, place) {
            (Some(kind), _) | (None, Place::Money(kind)) => kind.clone(),
            _ => Cow::Borrowed(fallback),
        };
        let mut field = self.field(node);
        if self.is_mapped(node) {
            if !nested {
                let kind = match field {
                    Some(Field::Net | Field::BareNet) => Cow::Borrowed("net"),
                    Some(Field::Gross | Field::BareGross) => Cow::Borrowed("gross"),
                    Some(Field::NamedPrice | Field::MinorPrice) => key(),
                    None if *place == Place::PriceFields => key(),
                    _ => kind("price"),
                };
                return self.amount(node, scope, &kind);
            }
            // What the map leads into is gone into, whatever its name says.
            field = field.filter(|field| field.holds_prices() || field.names_amount());
        }
        match field {
            Some(Field::Net) => self.price(node, scope, Cow::Borrowed("net")),
            Some(Field::Gross) => self.price(node, scope, Cow::Borrowed("gross")),
            Some(Field::BareNet) if priced || scope.named.currency.is_some() => {
                self.price(node, scope, Cow::Borrowed("net"));
            }
            Some(Field::BareGross) if priced || scope.named.currency.is_some() => {
                self.price(node, scope, Cow::Borrowed("gross"));
            }
            Some(Field::NamedPrice) => self.price(node, scope, key()),
            Some(Field::MinorPrice) => {
                let named = Named { minor_units: Some(key()), ..Named::default() };
                self.price(node, &Scope { outer: Some(scope), named }, key());
            }
            Some(Field::BareAmount) => match place {
                Place::Prices | Place::PriceFields | Place::PriceField | Place::Breaks | Place::Money(_) => {
                    self.price(node, scope, kind("price"));
                }
                Place::Entry if scope.named.currency.is_some() => self.price(node, scope, kind("price")),
                _ => {}
            },
            Some(Field::Prices | Field::Price) if node.kind() == Kind::Object && may_be_by_quantity(node) => {
                let path = self.place();
                self.notes.quantities.add(|| {
                    format!("The numbers in {} that name its prices are taken for quantities.", one_line(&path))
                });
                self.breaks_by_quantity(node, scope);
            }
            Some(Field::Price) => self.price(node, scope, kind("price")),
            Some(Field::Prices) => self.value(node, Place::Prices, scope),
            Some(Field::PriceFields) => self.value(node, Place::PriceFields, scope),
            Some(Field::PriceLists) => self.value(node, Place::PriceLists, scope),
            Some(Field::PriceList) if nested => self.value(node, Place::PriceList, scope),
            Some(Field::Breaks) if node.kind() == Kind::Object => self.breaks_by_quantity(node, scope),
            Some(Field::Breaks) => self.value(node, Place::Breaks, scope),
            Some(Field::Items | Field::Article) if nested => {
                // The entries of a price list are no price lists, and their names are the articles' own.
                let inside = if *place == Place::PriceList { Place::Entry } else { place.clone() };
                self.value(node, inside, scope);
            }
            Some(Field::Elsewhere | Field::Never | Field::Error | Field::Currency | Field::Unit | Field::Further) => {}
            // A name that means something else where it holds a single value is just a name where it holds more.
            Some(_) | None if nested => self.nested_under_own_name(node, key(), place, scope),
            None if *place == Place::PriceFields => self.price(node, scope, key()),
            // A year, or whatever the number is: what stands under it among prices is one of them.
            None if *place == Place::Prices && is_quantity(&key()) => self.price(node, scope, key()),
            None if *place == Place::Prices && is_list_code(&key()) => {
                let named = Named { price_list: Some(key()), ..Named::default() };
                let kind = kind("price");
                self.price(node, &Scope { outer: Some(scope), named }, kind);
            }
            None if (money || *place == Place::Prices) && is_currency_code(&key()) => {
                let named = Named { currency: Some(key()), ..Named::default() };
                let kind = kind("price");
                self.price(node, &Scope { outer: Some(scope), named }, kind);
            }
            // `{"sku": "A", "EUR": 12.10}`: beside a SKU, an amount under a currency can only be its price.
            None if *place == Place::Entry && scope.named.sku.is_some() && is_currency_code(&key()) => {
                let named = Named { currency: Some(key()), ..Named::default() };
                self.price(node, &Scope { outer: Some(scope), named }, kind("price"));
            }
            Some(_) | None => {}
        }
    }

    /// Goes into what stands under a name that the table does not know. Among price lists it is the code of one, and
    /// among prices it may be a currency.
    fn nested_under_own_name(&mut self, node: Node<'a>, key: Cow<'a, str>, place: &Place<'a>, scope: &Scope<'a, '_>) {
        let mut named = Named::default();
        let inside = match place {
            Place::PriceLists => {
                named.price_list = Some(key);
                Place::PriceList
            }
            Place::Prices | Place::Money(_) if is_currency_code(&key) => {
                named.currency = Some(key);
                place.clone()
            }
            Place::Prices if is_list_code(&key) || self.holds_what_a_list_holds(node) => {
                named.price_list = Some(key);
                place.clone()
            }
            // A name of the user's own.
            Place::PriceFields | Place::Prices => Place::Money(key),
            Place::Money(_) => place.clone(),
            _ => Place::Unknown,
        };
        self.value(node, inside, &Scope { outer: Some(scope), named });
    }

    /// Quantity breaks as an object: `{"1": 12.10, "10": {"price": 11.50}}`.
    fn breaks_by_quantity(&mut self, node: Node<'a>, scope: &Scope<'a, '_>) {
        if !is_by_quantity(node) {
            return self.value(node, Place::Breaks, scope);
        }
        for member in node.children() {
            let Some(key) = member.key() else { continue };
            self.path.push(Step::Member(member));
            let named = Named { quantity_from: Some(key), ..Named::default() };
            let scope = Scope { outer: Some(scope), named };
            match member.kind() {
                Kind::Object | Kind::Array => self.value(member, Place::Breaks, &scope),
                _ => self.amount(member, &scope, "price"),
            }
            self.path.pop();
        }
    }

    /// A price field: a single value is the amount, and what it holds otherwise is part of the price.
    fn price(&mut self, node: Node<'a>, scope: &Scope<'a, '_>, kind: Cow<'a, str>) {
        self.value(node, Place::Money(kind), scope);
    }

    fn amount(&mut self, node: Node<'a>, scope: &Scope<'a, '_>, kind: &str) {
        if self.mapped.as_ref().is_some_and(|mapped| mapped.passes_over(node)) {
            return;
        }
        let Some(text) = single(node).filter(|_| node.kind() != Kind::Bool) else { return };
        let Ok(amount) = Amount::parse(&text) else {
            if text.bytes().any(|b| b.is_ascii_digit()) {
                self.unreadable.push(self.place());
            } else {
                let path = one_line(&self.place());
                self.notes
                    .words
                    .add(|| format!("The price field {path} holds words and no number: “{}”.", one_line(&text)));
            }
            return;
        };
        if let Some(digits) = scope.nearest(|named| named.minor_units.as_ref()) {
            let path = one_line(&self.place());
            let digits = one_line(digits);
            self.notes.minor.add(|| {
                format!("The amount at {path} may count in hundredths or the like (the body says {digits}); it is shown as sent.")
            });
        }
        let owned =
            |get: for<'n> fn(&'n Named<'a>) -> Option<&'n Cow<'a, str>>| scope.nearest(get).map(CompactString::from);
        let mut price = Price {
            amount,
            kind: Some(canonical_kind(kind)),
            currency: owned(|named| named.currency.as_ref()),
            price_list: owned(|named| named.price_list.as_ref()),
            price_list_name: owned(|named| named.price_list_name.as_ref()),
            vat_mode: owned(|named| named.vat_mode.as_ref()),
            quantity_from: owned(|named| named.quantity_from.as_ref()),
            unit: owned(|named| named.unit.as_ref()),
            valid_from: owned(|named| named.valid_from.as_ref()),
            valid_to: owned(|named| named.valid_to.as_ref()),
            sku: owned(|named| named.sku.as_ref()),
            path: self.place().into(),
            further: scope.further(),
            span: node.span(),
        };
        if let Some(mapped) = &mut self.mapped {
            mapped.name(node, |field, found| name_by_map(&mut price, field, found));
        }
        self.prices.push(price);
    }

    /// Whether the field map leads to a value.
    fn is_mapped(&self, node: Node<'a>) -> bool {
        self.mapped.as_ref().is_some_and(|mapped| mapped.leads_to(node))
    }

    /// Whether an object holds what the vendor's price lists hold beside a price.
    fn holds_what_a_list_holds(&self, node: Node<'a>) -> bool {
        let members = self.meanings.of_members(node);
        [Field::VatMode, Field::PriceListMark, Field::Breaks, Field::Prices].iter().any(|field| members.has(*field))
    }

    /// The path to where the walk is, such as `items[0].breaks[1].price`.
    fn place(&self) -> String {
        let mut path = String::with_capacity(64);
        for step in &self.path {
            match step {
                Step::Member(member) => push_key(&mut path, &member.key().unwrap_or_default()),
                Step::Entry(index) => path.extend(["[", itoa::Buffer::new().format(*index), "]"]),
            }
        }
        path
    }

    fn field(&self, node: Node<'a>) -> Option<Field> {
        self.meanings.own(node)
    }
}

/// Whether an object holds prices by quantity: `{"1": 12.10, "10": {"price": 11.50}}`.
fn is_by_quantity(node: Node<'_>) -> bool {
    !node.is_empty() && node.children().all(|member| member.raw_key().is_some_and(is_quantity))
}

/// The same where nothing says that there are quantities: the first of them is then 1, or 0. Years and ids are none.
fn may_be_by_quantity(node: Node<'_>) -> bool {
    is_by_quantity(node) && node.children().next().is_some_and(|first| matches!(first.raw_key(), Some("0" | "1")))
}

/// Digits, and a point between them if any: a name that is a quantity.
fn is_quantity(name: &str) -> bool {
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    name.split_once('.').map_or_else(|| plain(name), |(whole, fraction)| plain(whole) && plain(fraction))
}

/// A name in the form of the vendor's codes of price lists: `PL-RETAIL`.
fn is_list_code(name: &str) -> bool {
    let of_code = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    name.strip_prefix("PL")
        .is_some_and(|rest| rest.len() > 1 && rest.starts_with(['-', '_']) && rest.bytes().all(of_code))
}

/// The text of a single value: of a string what it says, of a number or a truth value how it is written. Nothing for
/// `null` and for blank strings, which name nothing.
pub(super) fn single(node: Node<'_>) -> Option<Cow<'_, str>> {
    match node.kind() {
        Kind::String => node.text().filter(|text| !text.trim_start().is_empty()),
        Kind::Number | Kind::Bool => Some(Cow::Borrowed(node.raw())),
        Kind::Null | Kind::Array | Kind::Object => None,
    }
}

/// Takes over what a field map names for a price, `null` included, which says that there is none. Of several values none is taken, and not that of the table either: which is
/// meant is for the user to say.
fn name_by_map(price: &mut Price, field: MappedField, found: Found<'_>) {
    let text = match found {
        Found::Nothing => return,
        Found::One(text) => Some(CompactString::from(text)),
        Found::Null | Found::Several => None,
    };
    *match field {
        // The amount is what all this is about.
        MappedField::Amount => return,
        MappedField::Currency => &mut price.currency,
        MappedField::PriceList => &mut price.price_list,
        MappedField::QuantityFrom => &mut price.quantity_from,
        MappedField::VatMode => &mut price.vat_mode,
        MappedField::ValidFrom => &mut price.valid_from,
        MappedField::ValidTo => &mut price.valid_to,
    } = text;
}

/// `NET`, `Gross` and the like in one spelling; the name of a custom price field stays as it is.
fn canonical_kind(kind: &str) -> CompactString {
    ["net", "gross", "price"].into_iter().find(|known| kind.eq_ignore_ascii_case(known)).unwrap_or(kind).into()
}
