//! What an object says about the prices in it, and which objects around a price speak for it.
//!
//! Owns which name stands for what where it stands: `code` is a price list's in a price list only. The nearest object counts.

use std::borrow::Cow;

use compact_str::CompactString;

use super::{Place, Reader, single};
use crate::prices::amount::Amount;
use crate::prices::fields::Field;
use crate::prices::json::{Kind, Node};
use crate::prices::price::day;
use crate::prices::shown::one_line;

/// What the objects around a price say about it. A scope holds what one object says and knows the scope around it.
#[derive(Default)]
pub struct Scope<'a, 'outer> {
    pub outer: Option<&'outer Scope<'a, 'outer>>,
    pub named: Named<'a>,
}

#[derive(Default)]
pub struct Named<'a> {
    pub sku: Option<Cow<'a, str>>,
    pub currency: Option<Cow<'a, str>>,
    pub price_list: Option<Cow<'a, str>>,
    pub price_list_name: Option<Cow<'a, str>>,
    pub vat_mode: Option<Cow<'a, str>>,
    pub quantity_from: Option<Cow<'a, str>>,
    pub unit: Option<Cow<'a, str>>,
    pub valid_from: Option<Cow<'a, str>>,
    pub valid_to: Option<Cow<'a, str>>,
    /// The kind of the prices directly in this object; it is not passed on.
    pub kind: Option<Cow<'a, str>>,
    pub minor_units: Option<Cow<'a, str>>,
    pub further: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Scope<'a, '_> {
    pub fn nearest(&self, get: impl for<'n> Fn(&'n Named<'a>) -> Option<&'n Cow<'a, str>>) -> Option<&str> {
        let mut scope = Some(self);
        while let Some(current) = scope {
            if let Some(found) = get(&current.named) {
                return Some(found);
            }
            scope = current.outer;
        }
        None
    }

    /// The further fields of this object and those around it; of two with one name, the nearer.
    pub fn further(&self) -> Vec<(CompactString, CompactString)> {
        let mut all: Vec<(CompactString, CompactString)> = Vec::new();
        let mut scope = Some(self);
        while let Some(current) = scope {
            for (name, value) in &current.named.further {
                if !all.iter().any(|(known, _)| known == name) {
                    all.push((name.as_ref().into(), value.as_ref().into()));
                }
            }
            scope = current.outer;
        }
        all
    }
}

impl<'a> Reader<'a> {
    /// What an object says about the prices in it.
    pub fn named(&mut self, node: Node<'a>, place: &Place<'a>) -> Named<'a> {
        let is_list = *place == Place::PriceList || self.is_price_list(node);
        let in_prices = !matches!(place, Place::Entry | Place::Unknown | Place::PriceLists | Place::PriceList);
        let mut named = Named::default();
        // The objects that describe a price list or an article beside the prices: `{"pricelist": {…}, "breaks": […]}`.
        let mut beside: Vec<Named<'a>> = Vec::new();
        for member in node.children() {
            let Some(field) = self.field(member) else { continue };
            match (field, member.kind()) {
                (Field::PriceList, Kind::Object) => beside.push(self.named(member, &Place::PriceList)),
                (Field::Article, Kind::Object) => {
                    self.names_article = true;
                    // When the article was changed says nothing about its price.
                    let article = self.named(member, &Place::Entry);
                    beside.push(Named { further: Vec::new(), ..article });
                }
                (Field::Currency | Field::Unit, Kind::Object) => {
                    let code = ["code", "iso", "isoCode", "iso_code", "symbol", "name"];
                    let code = code.iter().find_map(|name| member.get(name).and_then(single));
                    *(if field == Field::Currency { &mut named.currency } else { &mut named.unit }) = code;
                }
                // `{"validity": {"from": …, "to": …}}` and `{"quantity": {"min": 10}}` say what stands beside a price.
                (Field::Validity | Field::QuantityFrom, Kind::Object) => {
                    let place = if field == Field::QuantityFrom { Place::Breaks } else { Place::Unknown };
                    let Named { quantity_from, valid_from, valid_to, further, .. } = self.named(member, &place);
                    beside.push(Named { quantity_from, valid_from, valid_to, further, ..Named::default() });
                }
                (_, Kind::Object | Kind::Array) => {}
                _ => {
                    if let Some(text) = single(member) {
                        self.single_field(&mut named, field, member, text, (is_list, in_prices, place));
                    }
                }
            }
        }
        for other in beside {
            named.fill_from(other);
        }
        if let Some(sku) = &named.sku {
            self.names_article = true;
            if sku == self.sku {
                self.names_asked = true;
            } else if !self.other_skus.contains(sku.as_ref()) {
                self.other_skus.insert(sku.clone().into_owned());
            }
        }
        named
    }

    fn single_field(
        &mut self,
        named: &mut Named<'a>,
        field: Field,
        member: Node<'a>,
        text: Cow<'a, str>,
        (is_list, in_prices, place): (bool, bool, &Place<'a>),
    ) {
        let is_number = |text: &str| Amount::parse(text).is_ok();
        if member.kind() == Kind::Bool && field != Field::Further {
            return;
        }
        match field {
            Field::Sku => named.sku = Some(text),
            Field::Article => self.names_article = true,
            Field::Currency => named.currency = Some(text),
            Field::VatMode => named.vat_mode = Some(text),
            Field::PriceList => named.price_list = Some(text),
            Field::PriceListName => named.price_list_name = Some(text),
            Field::Code if is_list => named.price_list = Some(text),
            Field::Name if is_list => named.price_list_name = Some(text),
            Field::From if day(&text).is_some() => named.valid_from = Some(text),
            Field::QuantityFrom | Field::From if is_number(&text) => named.quantity_from = Some(text),
            Field::BareMinimum if is_number(&text) && *place == Place::Breaks => named.quantity_from = Some(text),
            Field::To if day(&text).is_some() => named.valid_to = Some(text),
            // A number is not a unit, but what the price is per.
            Field::Unit if !is_number(&text) => named.unit = Some(text),
            Field::ValidFrom => named.valid_from = Some(text),
            Field::ValidTo => named.valid_to = Some(text),
            Field::PriceKind => named.kind = Some(text),
            Field::Type if in_prices => named.kind = Some(text),
            Field::Name | Field::Code if *place == Place::PriceField => named.kind = Some(text),
            Field::MinorUnits if is_number(&text) && matches!(place, Place::Money(_) | Place::Prices) => {
                let name = member.key().unwrap_or_default();
                named.minor_units = Some(format!("{name} {text}").into());
            }
            Field::To | Field::Unit | Field::Further => named.add_further(member.key().unwrap_or_default(), text),
            Field::DeletedAt => {
                self.notes.deleted = Some(format!("The body says that this was deleted at {}.", one_line(&text)));
            }
            _ => {}
        }
    }

    /// Whether an object has what the vendor's price lists have beside their code, and is no entry of one.
    fn is_price_list(&self, node: Node<'a>) -> bool {
        let members = self.meanings.of_members(node);
        let nested = || node.children().any(|member| matches!(member.kind(), Kind::Object | Kind::Array));
        !members.has(Field::Sku) && (members.has(Field::PriceListMark) || members.has(Field::VatMode) && nested())
    }

    /// Whether a member says something about the object that it stands in.
    pub fn describes(&self, member: Node<'a>) -> bool {
        let single = !matches!(member.kind(), Kind::Object | Kind::Array);
        single && matches!(self.field(member), Some(Field::Code | Field::Name | Field::Currency | Field::VatMode))
    }
}

impl<'a> Named<'a> {
    /// Of two fields with one name the last counts. A body with very many of them gets the first ones shown.
    fn add_further(&mut self, name: Cow<'a, str>, value: Cow<'a, str>) {
        const MOST: usize = 32;
        if let Some((_, known)) = self.further.iter_mut().find(|(known, _)| *known == name) {
            *known = value;
        } else if self.further.len() < MOST {
            self.further.push((name, value));
        }
    }

    /// Takes over what is not named here.
    fn fill_from(&mut self, other: Named<'a>) {
        let pairs = [
            (&mut self.sku, other.sku),
            (&mut self.currency, other.currency),
            (&mut self.price_list, other.price_list),
            (&mut self.price_list_name, other.price_list_name),
            (&mut self.vat_mode, other.vat_mode),
            (&mut self.quantity_from, other.quantity_from),
            (&mut self.unit, other.unit),
            (&mut self.valid_from, other.valid_from),
            (&mut self.valid_to, other.valid_to),
        ];
        for (own, other) in pairs {
            if own.is_none() {
                *own = other;
            }
        }
        for (name, value) in other.further {
            if !self.further.iter().any(|(known, _)| *known == name) {
                self.further.push((name, value));
            }
        }
    }
}
