//! Owns the demo articles: which SKUs there are, what they cost, and what kind of answer each one shows.
//! Refuses to compute with amounts: they are JSON text from here to the wire, so that `12.10` stays `12.10`.
//! All of it is fictional, the shapes of the bodies included: the vendor documents none.

use jiff::civil;

use super::{
    query::PriceQuery,
    shapes::{self, Shape},
};

/// A SKU worth trying, and what it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoSku {
    pub sku: &'static str,
    /// In the words of the command line: `priced`, `zero_price`, `no_price`, `unknown_sku`, `forbidden` or `failed`.
    pub outcome: &'static str,
    pub shows: &'static str,
}

pub(super) struct PriceList {
    pub code: &'static str,
    pub name: &'static str,
    pub parent_code: Option<&'static str>,
    pub currency: &'static str,
    pub vat_mode: &'static str,
    pub tax_areas: &'static [&'static str],
    pub start: civil::Date,
    pub end: Option<civil::Date>,
}

/// An amount from a quantity on. The amount is a JSON number or a JSON string, exactly as it is to be sent.
pub(super) struct Break {
    pub from: u32,
    pub amount: &'static str,
}

pub(super) struct Offer {
    pub list: &'static PriceList,
    pub breaks: &'static [Break],
}

pub(super) struct Article {
    pub demo: DemoSku,
    pub name: &'static str,
    pub offers: &'static [Offer],
    pub shape: Shape,
}

/// What the catalogue has to say to a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// 200 with this JSON.
    Body(String),
    Unknown,
    /// 403, and the scope that would do.
    Forbidden {
        scope: &'static str,
    },
    /// 500.
    Broken,
}

const NORTH: &[&str] = &["SE", "DK", "FI", "DE"];
const AUTUMN: civil::Date = civil::date(2026, 9, 1);
const YEAR_END: Option<civil::Date> = Some(civil::date(2026, 12, 31));

static RETAIL: PriceList = PriceList {
    code: "PL-RETAIL",
    name: "Retail, Europe",
    parent_code: None,
    currency: "EUR",
    vat_mode: "GROSS",
    tax_areas: NORTH,
    start: AUTUMN,
    end: None,
};
static RETAIL_NET: PriceList = PriceList { name: "Retail, Europe, before VAT", vat_mode: "NET", ..RETAIL };
static RETAIL_SE: PriceList = PriceList {
    code: "PL-RETAIL-SE",
    name: "Retail, Sweden",
    parent_code: Some("PL-RETAIL"),
    currency: "SEK",
    tax_areas: &["SE"],
    ..RETAIL
};
static WHOLESALE_SE: PriceList = PriceList {
    code: "PL-WHOLESALE-SE",
    name: "Wholesale, Sweden",
    parent_code: None,
    currency: "SEK",
    vat_mode: "NET",
    tax_areas: &["SE"],
    start: AUTUMN,
    end: YEAR_END,
};
static CAMPAIGN_DK: PriceList = PriceList {
    code: "PL-CAMPAIGN-DK",
    name: "Winter campaign, Denmark",
    parent_code: None,
    currency: "DKK",
    vat_mode: "GROSS",
    tax_areas: &["DK"],
    start: civil::date(2026, 11, 20),
    end: YEAR_END,
};

const fn at(from: u32, amount: &'static str) -> Break {
    Break { from, amount }
}

const fn demo(sku: &'static str, outcome: &'static str, shows: &'static str) -> DemoSku {
    DemoSku { sku, outcome, shows }
}

static ARTICLES: &[Article] = &[
    Article {
        demo: demo("PRODUCT-001", "priced", "two price lists in two currencies, with quantity breaks"),
        name: "Cordless drill 18 V",
        offers: &[
            Offer { list: &RETAIL, breaks: &[at(1, "12.10"), at(10, "11.50"), at(100, "9.95")] },
            Offer { list: &WHOLESALE_SE, breaks: &[at(1, "109.00"), at(10, "104.50"), at(100, "89")] },
        ],
        shape: Shape::BreaksByList,
    },
    Article {
        demo: demo("PRODUCT-002", "priced", "one bare object, the amount as a string"),
        name: "Drill bit set, 19 pieces",
        offers: &[Offer { list: &RETAIL, breaks: &[at(1, r#""19.90""#)] }],
        shape: Shape::Object,
    },
    Article {
        demo: demo("PRODUCT-003", "priced", "a bare array with a net and a gross price"),
        name: "Work gloves, size 10",
        offers: &[
            Offer { list: &RETAIL_NET, breaks: &[at(1, r#""8.32""#)] },
            Offer { list: &RETAIL, breaks: &[at(1, "9.90")] },
        ],
        shape: Shape::Array,
    },
    Article {
        demo: demo("PRODUCT-004", "priced", "a page of prices: items, page, size, total"),
        name: "Safety glasses, clear",
        offers: &[
            Offer { list: &RETAIL, breaks: &[at(1, "6.50")] },
            Offer { list: &RETAIL_SE, breaks: &[at(1, "74.90")] },
            Offer { list: &CAMPAIGN_DK, breaks: &[at(1, "45.00")] },
        ],
        shape: Shape::Page,
    },
    Article {
        demo: demo("PRODUCT-005", "priced", "nested price lists with units, metadata and unknown fields"),
        name: "Installation cable 5×2,5 mm²",
        offers: &[
            Offer { list: &RETAIL_SE, breaks: &[at(1, r#""43.50""#), at(50, r#""39.90""#), at(500, r#""34.125""#)] },
            Offer { list: &WHOLESALE_SE, breaks: &[at(500, r#""29.0000""#)] },
        ],
        shape: Shape::Nested { unit: "m" },
    },
    Article {
        demo: demo("PRODUCT-006", "priced", "net, gross and custom prices side by side; one amount is 1e2"),
        name: "Tool chest, 7 drawers",
        offers: &[Offer { list: &RETAIL_SE, breaks: &[at(1, "125.00")] }],
        shape: Shape::SideBySide { net: "1e2", custom: &[("loyalty", r#""95.50""#), ("outlet", "79")] },
    },
    Article {
        demo: demo("00012345", "priced", "a SKU with leading zeros"),
        name: "Hex screw M6×20",
        offers: &[Offer { list: &RETAIL, breaks: &[at(1, "0.08"), at(1000, "0.0425")] }],
        shape: Shape::Array,
    },
    Article {
        demo: demo("KABEL 3×1,5 m", "priced", "a SKU with spaces, a comma and a multiplication sign"),
        name: "Extension cord",
        offers: &[Offer { list: &RETAIL, breaks: &[at(1, r#""7.95""#)] }],
        shape: Shape::Object,
    },
    Article {
        demo: demo("A/B+C#7&d=e", "priced", "a SKU made of what URLs reserve"),
        name: "Adapter A/B",
        offers: &[Offer { list: &WHOLESALE_SE, breaks: &[at(1, "31.00")] }],
        shape: Shape::Object,
    },
    Article {
        demo: demo("TASSE 🦊 350 ml", "priced", "a SKU with an emoji"),
        name: "Mug with a fox",
        offers: &[Offer { list: &RETAIL, breaks: &[at(1, "14.00")] }],
        shape: Shape::Page,
    },
    Article {
        demo: demo("ZERO-001", "zero_price", "a price that is zero, which is not the same as none"),
        name: "Sample colour card",
        offers: &[Offer { list: &RETAIL, breaks: &[at(1, r#""0.00""#)] }],
        shape: Shape::Object,
    },
    Article {
        demo: demo("NOPRICE-001", "no_price", "a known article that has no price"),
        name: "Discontinued charger",
        offers: &[],
        shape: Shape::Prices,
    },
    Article {
        demo: demo("LARGE-001", "priced", "a body of about 2 MB"),
        name: "Standard pallet",
        offers: &[Offer { list: &RETAIL, breaks: &[] }],
        shape: Shape::Large,
    },
];

const FORBIDDEN: DemoSku = demo("FORBIDDEN-001", "forbidden", "a valid token without the permission");
const MISSING: DemoSku = demo("MISSING-001", "unknown_sku", "a SKU that nobody knows: 404");
const EMPTY: DemoSku = demo("UNKNOWN-EMPTY", "unknown_sku", "a SKU that nobody knows: 200 with an empty list");
const BROKEN: DemoSku = demo("BROKEN-001", "failed", "an article on which the server fails: 500");

const DEMO_SKUS: [DemoSku; ARTICLES.len() + 4] = {
    let mut skus = [MISSING; ARTICLES.len() + 4];
    let mut at = 0;
    while at < ARTICLES.len() {
        skus[at] = ARTICLES[at].demo;
        at += 1;
    }
    skus[at] = FORBIDDEN;
    skus[at + 1] = MISSING;
    skus[at + 2] = EMPTY;
    skus[at + 3] = BROKEN;
    skus
};

/// Every SKU that the sandbox answers in a way of its own, in the order of a tour.
pub fn demo_skus() -> &'static [DemoSku] {
    &DEMO_SKUS
}

pub(super) fn answer(query: &PriceQuery) -> Answer {
    if query.sku == FORBIDDEN.sku {
        return Answer::Forbidden { scope: "prices:wholesale" };
    }
    if query.sku == EMPTY.sku {
        return Answer::Body(shapes::empty_page());
    }
    if query.sku == BROKEN.sku {
        return Answer::Broken;
    }
    let Some(article) = ARTICLES.iter().find(|article| article.demo.sku == query.sku) else { return Answer::Unknown };
    let offers: Vec<&Offer> = article.offers.iter().filter(|offer| offer.list.admits(query)).collect();
    Answer::Body(shapes::write(article, &offers))
}

impl PriceList {
    fn admits(&self, query: &PriceQuery) -> bool {
        query.currency.as_ref().is_none_or(|currency| self.currency.eq_ignore_ascii_case(currency))
            && query
                .tax_area
                .as_ref()
                .is_none_or(|wanted| self.tax_areas.iter().any(|area| area.eq_ignore_ascii_case(wanted)))
            && query.as_of.is_none_or(|day| self.start <= day && self.end.is_none_or(|end| day <= end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(query: &str) -> String {
        match answer(&PriceQuery::parse(query).unwrap()) {
            Answer::Body(body) => body,
            other => panic!("{query}: {other:?}"),
        }
    }

    fn read(query: &str) -> serde_json::Value {
        serde_json::from_str(&body(query)).unwrap()
    }

    #[test]
    fn every_body_is_json_and_names_its_sku() {
        for article in ARTICLES {
            let query =
                url::form_urlencoded::Serializer::new(String::new()).append_pair("sku", article.demo.sku).finish();
            let parsed = read(&query);
            let named = |value: &serde_json::Value| {
                value.pointer("/sku").and_then(|sku| sku.as_str()) == Some(article.demo.sku)
            };
            assert!(
                named(&parsed) || named(&parsed["article"]) || named(&parsed[0]) || named(&parsed["items"][0]),
                "{}",
                article.demo.sku
            );
        }
    }

    #[test]
    fn p2_amounts_are_sent_as_they_are_written() {
        let first = body("sku=PRODUCT-001");
        for amount in ["12.10", "11.50", "9.95", "109.00", "104.50", "89"] {
            assert!(first.contains(&format!("\"price\":{amount}}}")), "{amount} in {first}");
        }
        assert!(body("sku=PRODUCT-006").contains("\"net_price\":1e2,"));
        assert!(body("sku=PRODUCT-002").contains("\"price\":\"19.90\""));
    }

    #[test]
    fn p3_no_outcome_is_missing_from_the_tour() {
        for outcome in ["priced", "zero_price", "no_price", "unknown_sku", "forbidden", "failed"] {
            assert!(demo_skus().iter().any(|demo| demo.outcome == outcome), "{outcome}");
        }
    }

    #[test]
    fn the_tour_visits_no_sku_twice() {
        for (at, one) in demo_skus().iter().enumerate() {
            assert!(demo_skus()[at + 1..].iter().all(|two| two.sku != one.sku), "{}", one.sku);
        }
    }

    #[test]
    fn filters_leave_what_applies() {
        let lists = |filter: &str| {
            read(&format!("sku=PRODUCT-001&{filter}"))["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["pricelist"]["code"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(lists("tax_area=SE"), ["PL-RETAIL", "PL-WHOLESALE-SE"]);
        assert_eq!(lists("tax_area=de"), ["PL-RETAIL"]);
        assert_eq!(lists("currency=sek"), ["PL-WHOLESALE-SE"]);
        assert_eq!(lists("asOf=2026-12-31"), ["PL-RETAIL", "PL-WHOLESALE-SE"]);
        assert_eq!(lists("asOf=2027-01-01"), ["PL-RETAIL"]);
        assert_eq!(lists("asOf=2026-08-31"), Vec::<String>::new());
        assert_eq!(lists("colour=red"), ["PL-RETAIL", "PL-WHOLESALE-SE"]);
    }

    #[test]
    fn a_bare_object_whose_price_is_filtered_out_has_none() {
        assert_eq!(read("sku=PRODUCT-002&currency=SEK")["price"], serde_json::Value::Null);
    }

    #[test]
    fn a_sku_is_compared_byte_for_byte() {
        for sku in ["product-001", "PRODUCT-001%20", "12345"] {
            assert_eq!(answer(&PriceQuery::parse(&format!("sku={sku}")).unwrap()), Answer::Unknown, "{sku}");
        }
    }

    #[test]
    fn the_large_body_is_about_two_megabytes() {
        let size = body("sku=LARGE-001").len();
        assert!((1_800_000..2_200_000).contains(&size), "{size}");
    }
}
