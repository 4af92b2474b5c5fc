//! Owns the shapes of price bodies: the same offers, written in each of the ways a client must be ready for.
//! Refuses to know SKUs or filters, and never passes an amount through a number type.

use super::catalogue::{Article, Break, Offer, PriceList};

/// How a body is laid out.
pub(super) enum Shape {
    /// `{"sku", "items": [{"pricelist": {…}, "breaks": [{"from", "price"}]}]}`.
    BreaksByList,
    /// `{"sku", "price", "currency", …}`: the first price only.
    Object,
    /// `[{"sku", "price", …}]`.
    Array,
    /// `{"items": [{"sku", "price", …}], "page", "size", "total"}`.
    Page,
    /// `{"article": {…}, "pricelists": [{…, "prices": [{"min_quantity", "unit", "amount"}]}]}`.
    Nested { unit: &'static str },
    /// `{"sku", "net_price", "gross_price", "custom_prices": {…}}`.
    SideBySide { net: &'static str, custom: &'static [(&'static str, &'static str)] },
    /// `{"sku", "name", "prices": […]}`.
    Prices,
    /// As `BreaksByList`, with a made-up price list for each of thousands of customers.
    Large,
}

/// How many price lists the large body has: enough for about 2 MB.
const LARGE_LISTS: u32 = 8_000;
const UPDATED: &str = r#""2026-11-20T08:15:00Z""#;

pub(super) fn write(article: &Article, offers: &[&Offer]) -> String {
    let sku = text(article.demo.sku);
    match &article.shape {
        Shape::BreaksByList => {
            let items = offers.iter().map(|offer| {
                let breaks: Vec<_> = offer.breaks.iter().map(break_row).collect();
                object(&[
                    ("pricelist", list_object(offer.list)),
                    ("breaks", array(&breaks)),
                    ("updated_at", UPDATED.into()),
                ])
            });
            object(&[("sku", sku), ("items", array(&items.collect::<Vec<_>>())), ("updated_at", UPDATED.into())])
        }
        Shape::Object => rows(article, offers)
            .into_iter()
            .next()
            .unwrap_or_else(|| object(&[("sku", sku), ("name", text(article.name)), ("price", "null".to_owned())])),
        Shape::Array => array(&rows(article, offers)),
        Shape::Page => page(&rows(article, offers)),
        Shape::Nested { unit } => {
            let described = object(&[
                ("sku", sku),
                ("name", text(article.name)),
                ("type", text("simple")),
                ("metadata", object(&[("brand", text("ACME")), ("weight_kg", "0.35".to_owned())])),
                ("updated_at", UPDATED.into()),
                ("deleted_at", "null".to_owned()),
            ]);
            let lists: Vec<_> = offers.iter().map(|offer| nested_list(offer, unit)).collect();
            object(&[
                ("article", described),
                ("pricelists", array(&lists)),
                ("x_trace", array(&[text("n7"), "42".into()])),
            ])
        }
        Shape::SideBySide { net, custom } => {
            let Some((offer, gross)) = offers.first().and_then(|offer| Some((offer, offer.breaks.first()?))) else {
                return object(&[("sku", sku), ("name", text(article.name))]);
            };
            let custom: Vec<_> = custom.iter().map(|(name, amount)| (*name, (*amount).to_owned())).collect();
            object(&[
                ("sku", sku),
                ("pricelist_code", text(offer.list.code)),
                ("currency_code", text(offer.list.currency)),
                ("net_price", (*net).to_owned()),
                ("gross_price", gross.amount.to_owned()),
                ("vat_rate", "25".to_owned()),
                ("custom_prices", object(&custom)),
                ("start_date", date(offer.list.start)),
                ("end_date", offer.list.end.map_or_else(null, date)),
            ])
        }
        Shape::Prices => {
            object(&[("sku", sku), ("name", text(article.name)), ("prices", array(&rows(article, offers)))])
        }
        Shape::Large => large(&sku, offers),
    }
}

/// What some services say of a SKU that they do not know.
pub(super) fn empty_page() -> String {
    page(&[])
}

fn rows(article: &Article, offers: &[&Offer]) -> Vec<String> {
    let row = |list: &PriceList, at: &Break| {
        object(&[
            ("sku", text(article.demo.sku)),
            ("name", text(article.name)),
            ("pricelist_code", text(list.code)),
            ("price", at.amount.to_owned()),
            ("currency", text(list.currency)),
            ("vat_mode", text(list.vat_mode)),
            ("min_quantity", at.from.to_string()),
            ("start_date", date(list.start)),
            ("end_date", list.end.map_or_else(null, date)),
        ])
    };
    offers.iter().flat_map(|offer| offer.breaks.iter().map(|at| row(offer.list, at))).collect()
}

fn page(rows: &[String]) -> String {
    let total = rows.len().to_string();
    object(&[("items", array(rows)), ("page", "0".to_owned()), ("size", "50".to_owned()), ("total", total)])
}

fn list_object(list: &PriceList) -> String {
    object(&[
        ("code", text(list.code)),
        ("currency_code", text(list.currency)),
        ("vat_mode", text(list.vat_mode)),
        ("name", text(list.name)),
        ("start_date", date(list.start)),
        ("end_date", list.end.map_or_else(null, date)),
    ])
}

fn break_row(at: &Break) -> String {
    object(&[("from", at.from.to_string()), ("price", at.amount.to_owned())])
}

fn nested_list(offer: &Offer, unit: &str) -> String {
    let list = offer.list;
    let price = |at: &Break| {
        object(&[("min_quantity", at.from.to_string()), ("unit", text(unit)), ("amount", at.amount.to_owned())])
    };
    object(&[
        ("code", text(list.code)),
        ("name", text(list.name)),
        ("currency_code", text(list.currency)),
        ("vat_mode", text(list.vat_mode)),
        ("parent_code", list.parent_code.map_or_else(null, text)),
        ("start_date", date(list.start)),
        ("end_date", list.end.map_or_else(null, date)),
        ("sku_count", "1250".to_owned()),
        ("prices", array(&offer.breaks.iter().map(price).collect::<Vec<_>>())),
        ("metadata", object(&[("approved_by", text("pricing")), ("revision", "17".to_owned())])),
        ("x_rebate_group", text("B7")),
    ])
}

/// Amounts are made from whole cents, so that no float is involved here either.
fn large(sku: &str, offers: &[&Offer]) -> String {
    let mut items = Vec::new();
    for number in (1..=LARGE_LISTS).filter(|_| !offers.is_empty()) {
        let breaks = [(1, 0), (10, 150), (100, 400)].map(|(from, off)| {
            let cents = 10_000 + number % 997 - off;
            format!(r#"{{"from":{from},"price":{}.{:02}}}"#, cents / 100, cents % 100)
        });
        let list = object(&[
            ("code", format!(r#""PL-CUSTOMER-{number:05}""#)),
            ("currency_code", text("EUR")),
            ("vat_mode", text("NET")),
            ("name", format!(r#""Customer {number:05}, framework contract""#)),
            ("start_date", text("2026-01-01")),
            ("end_date", null()),
        ]);
        items.push(object(&[("pricelist", list), ("breaks", array(&breaks))]));
    }
    object(&[("sku", sku.to_owned()), ("items", array(&items))])
}

/// `members` are names that need no escaping, and values that are JSON already.
fn object(members: &[(&str, String)]) -> String {
    let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

fn array(values: &[String]) -> String {
    format!("[{}]", values.join(","))
}

fn text(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}

fn date(value: jiff::civil::Date) -> String {
    text(&value.to_string())
}

fn null() -> String {
    "null".to_owned()
}
