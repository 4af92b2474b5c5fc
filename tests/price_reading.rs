//! What is read from price replies, from status and bytes to outcome and prices: a golden table of bodies, and
//! properties that hold for every body.
//!
//! The table is `tests/prices/*.json`: a reply in `body`, as text exactly as a server would send it, and what has to
//! come of it. The shapes that the vendor's interface is likely to send are `tests/golden/prices`: `NAME.json` is the body of a
//! reply about PRODUCT-001, `NAME.map.toml` the field map of the key, if it has one, and `NAME.txt` what has to come of it. So a
//! new shape is a new file; run with `UPDATE_GOLDENS=1`, and look at what was written.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use quantaprice_explorer::prices::body::{Body, BodyFault};
use quantaprice_explorer::prices::outcome::{self, Outcome};
use quantaprice_explorer::prices::reader;
use quantaprice_explorer::prices::{Answer, FieldMap, MappedField, Price, PriceQuery};
use url::Url;

#[derive(serde::Deserialize)]
struct Case {
    name: String,
    #[serde(default = "asked")]
    sku: String,
    #[serde(default = "ok")]
    status: u16,
    body: String,
    outcome: Outcome,
    /// One line a price, as `line` writes it.
    #[serde(default)]
    prices: Vec<String>,
    /// Words that have to be in the notes, one a note.
    #[serde(default)]
    notes: Vec<String>,
}

fn asked() -> String {
    "A".to_owned()
}

fn ok() -> u16 {
    200
}

/// A price in one line: where, how much, and everything that the body names about it.
fn line(price: &Price) -> String {
    let mut line = format!("{} = {}", price.path, price.amount);
    let named = [
        ("kind", &price.kind),
        ("currency", &price.currency),
        ("list", &price.price_list),
        ("list name", &price.price_list_name),
        ("vat", &price.vat_mode),
        ("from", &price.quantity_from),
        ("unit", &price.unit),
        ("valid from", &price.valid_from),
        ("valid to", &price.valid_to),
        ("sku", &price.sku),
    ];
    for (name, value) in named {
        if let Some(value) = value
            && (name, value.as_str()) != ("kind", "price")
        {
            let _ = write!(line, "; {name} {value}");
        }
    }
    for (name, value) in &price.further {
        let _ = write!(line, "; {name}: {value}");
    }
    line
}

#[test]
fn p4_the_golden_table_of_bodies_is_read_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/prices");
    let mut cases = 0;
    let mut wrong = String::new();
    let files: BTreeSet<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    for file in files {
        let table: Vec<Case> = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        for case in table {
            cases += 1;
            let answer = Answer::read(&case.sku, case.status, Some("application/json"), case.body.as_bytes());
            let prices: Vec<String> = answer.prices.iter().map(line).collect();
            let notes_fit = answer.notes.len() == case.notes.len()
                && answer.notes.iter().zip(&case.notes).all(|(note, words)| note.contains(words.as_str()));
            if (answer.outcome, &prices) != (case.outcome, &case.prices) || !notes_fit {
                let _ = writeln!(wrong, "{}: {:?}\n  {prices:#?}\n  {:#?}", case.name, answer.outcome, answer.notes);
            }
            for price in &answer.prices {
                let at = &answer.body.text()[price.span.clone()];
                assert_eq!(at.trim_matches('"').trim(), price.amount.as_str(), "{}", case.name);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(cases > 50, "the table is not complete: {cases}");
}

#[test]
fn p2_p3_p4_the_likely_shapes_are_read_as_written_beside_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/prices");
    let files: BTreeSet<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let bodies: Vec<_> = files.iter().filter(|file| file.extension().is_some_and(|kind| kind == "json")).collect();
    let renew = std::env::var_os("UPDATE_GOLDENS").is_some();
    let mut wrong = String::new();
    for file in &bodies {
        let map = std::fs::read_to_string(file.with_extension("map.toml")).ok();
        let map: Option<FieldMap> = map.map(|text| toml::from_str(&text).unwrap());
        let json = std::fs::read(file).unwrap();
        let answer = Answer::read_by(map.as_ref(), "PRODUCT-001", 200, Some("application/json"), &json);
        for price in &answer.prices {
            let at = &answer.body.text()[price.span.clone()];
            assert_eq!(at.trim_matches('"').trim(), price.amount.as_str(), "{}", file.display());
        }
        let mut found = format!("{}\n", answer.outcome.code());
        answer.prices.iter().for_each(|price| _ = writeln!(found, "{}", line(price)));
        answer.notes.iter().for_each(|note| _ = writeln!(found, "note: {note}"));
        let golden = file.with_extension("txt");
        if renew {
            std::fs::write(&golden, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&golden).unwrap_or_default();
        if found != expected {
            let _ = writeln!(wrong, "{}\nexpected:\n{expected}found:\n{found}", golden.display());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(bodies.len() >= 41, "shapes are missing: {}", bodies.len());
}

#[test]
fn a_price_is_the_same_after_a_round_trip_through_json() {
    let body = r#"{"sku":"A","tax_area":"SE","items":[{"pricelist":{"code":"PL-1","name":"Retail","vat_mode":"NET","start_date":"2026-09-01",
        "end_date":"2026-12-31"},"currency":"EUR","unit":"m","composite_key":"retail-eur","breaks":[{"from":10,"price":1E+2},{"from":"20","net":"-0.50"}]}]}"#;
    let prices = Answer::read("A", 200, None, body.as_bytes()).prices;
    assert_eq!(prices.len(), 2);
    let stored = serde_json::to_string(&prices).unwrap();
    let mut read: Vec<Price> = serde_json::from_str(&stored).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), stored);
    for (read, price) in read.iter_mut().zip(&prices) {
        assert!(!price.further.is_empty() && price.valid_to.is_some() && price.vat_mode.is_some());
        // Where it stood in the text is all that is lost: the text is not stored with it.
        assert_eq!(read.span, 0..0);
        read.span = price.span.clone();
    }
    assert_eq!(read, prices);
    // P2: an amount is text, and a number in its place is refused rather than rounded.
    assert!(stored.contains(r#""amount":"1E+2""#) && stored.contains(r#""amount":"-0.50""#), "{stored}");
    assert!(serde_json::from_str::<Vec<Price>>(&stored.replace(r#""1E+2""#, "100.0")).is_err());
    assert!(serde_json::from_str::<Vec<Price>>(&stored.replace(r#""1E+2""#, r#""12,10""#)).is_err());
}

#[test]
fn h8_a_body_of_sixteen_mebibytes_is_read_in_moderate_time() {
    let mut body = String::from(r#"{"sku":"A","currency":"EUR","prices":[{"amount":1}"#);
    while body.len() + 64 < Body::MAX_BYTES {
        body.push_str(r#",{"quantity":10,"amount":"12.10","metadata":{"brand":"ACME"}}"#);
    }
    body.push_str("]}");
    let started = Instant::now();
    let answer = Answer::read("A", 200, None, body.as_bytes());
    assert!(answer.prices.len() > 250_000);
    assert_eq!(answer.outcome, Outcome::Priced);
    let map = [(MappedField::Amount, "/prices/*/amount"), (MappedField::Currency, "/currency")];
    let map = FieldMap::parse(map.into_iter().chain([(MappedField::VatMode, "/prices/*/metadata/brand")])).unwrap();
    let mapped = Answer::read_by(Some(&map), "A", 200, None, body.as_bytes());
    assert_eq!(mapped.prices.len(), answer.prices.len());
    assert_eq!(mapped.prices[1].vat_mode.as_deref(), Some("ACME"));
    // Unoptimised and on a busy machine; what is meant to go red is time that grows with the square of the size.
    assert!(started.elapsed() < Duration::from_mins(1));
}

#[test]
fn h8_ten_thousand_levels_do_not_overflow_a_small_stack() {
    let read = || {
        let body = format!("{}1{}", r#"{"pricelist":"#.repeat(10_000), "}".repeat(10_000));
        let answer = Answer::read("A", 200, None, body.as_bytes());
        assert_eq!(answer.outcome, Outcome::Failed);
        assert!(answer.error.unwrap().message.contains("128 levels"));
    };
    std::thread::Builder::new().stack_size(128 * 1024).spawn(read).unwrap().join().unwrap();
}

#[test]
fn h8_the_deepest_body_that_is_read_fits_a_common_stack() {
    let read = || {
        let body = format!("{}12.10{}", r#"{"prices":["#.repeat(63), "]}".repeat(63));
        let answer = Answer::read("A", 200, None, body.as_bytes());
        assert_eq!(answer.prices.len(), 1);
    };
    std::thread::Builder::new().stack_size(1024 * 1024).spawn(read).unwrap().join().unwrap();
}

/// Undoes percent-encoding, and nothing else: a `+` stays a plus. What is wrongly encoded is nothing.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.bytes().next() {
        let length = if first == b'%' { 3 } else { 1 };
        let (piece, behind) = rest.split_at_checked(length)?;
        bytes.push(if first == b'%' { u8::from_str_radix(&piece[1..], 16).ok()? } else { first });
        rest = behind;
    }
    Some(bytes)
}

/// Any place that such JSON may have.
fn any_pointer() -> impl Strategy<Value = String> {
    let names =
        ["*", "-", "0", "1", "price", "prices", "items", "amount", "currency", "breaks", "10", "metadata", "x", "EUR"];
    prop::collection::vec(prop::sample::select(names.to_vec()), 1..5)
        .prop_map(|segments| format!("/{}", segments.join("/")))
}

/// Any JSON, with names that the reader knows and some that it does not.
fn any_json() -> impl Strategy<Value = String> {
    let names = prop::sample::select(vec![
        "price",
        "prices",
        "net",
        "gross",
        "amount",
        "value",
        "currency",
        "sku",
        "items",
        "total",
        "page",
        "pricelist",
        "price_lists",
        "breaks",
        "from",
        "to",
        "code",
        "name",
        "vat_mode",
        "price_fields",
        "metadata",
        "EUR",
        "id",
        "unit",
        "error",
        "article",
        "10",
        "x",
        "type",
        "exponent",
        "deleted_at",
        "",
    ]);
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        (-1000_i32..1000).prop_map(|n| n.to_string()),
        "-?(0|[1-9][0-9]{0,2})\\.[0-9]{1,3}",
        "[1-9]e[0-9]{1,2}",
        "\"[A-Za-z0-9 .,é-]{0,8}\"",
        Just("\"A\"".to_owned()),
        Just("\"2026-09-01\"".to_owned()),
        Just("\"\\ud800\\n\"".to_owned()),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|values| format!("[{}]", values.join(","))),
            prop::collection::vec((names.clone(), inner), 0..6).prop_map(|members| {
                let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                format!("{{{}}}", members.join(", "))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn p1_every_sku_survives_the_url_byte_for_byte(sku in "[^\\p{Cc}]{1,40}", base in prop::sample::select(vec![
        "https://h.example", "https://h.example/", "https://h.example/api/v1", "https://h.example/a%20b/?tenant=7",
    ])) {
        prop_assume!(!sku.trim().is_empty());
        let url = PriceQuery::new(sku.clone(), vec![]).unwrap().url(&Url::parse(base).unwrap()).unwrap();
        let query = url.query().unwrap();
        prop_assert!(!query.contains('+'));
        let raw = query.rsplit("sku=").next().unwrap();
        prop_assert_eq!(decoded(raw).unwrap(), sku.as_bytes());
        // A server that reads forms gets the same, since no plus is left to be read as a space.
        let pairs: Vec<(Cow<str>, Cow<str>)> = url.query_pairs().collect();
        prop_assert_eq!(&pairs.last().unwrap().1, &sku);
        // What is sent is what was built: reading the address again changes nothing.
        prop_assert_eq!(Url::parse(url.as_str()).unwrap(), url);
    }

    #[test]
    fn p2_p3_any_json_is_read_without_a_panic_and_nothing_is_invented(text in any_json()) {
        let body = Body::read(text.as_bytes(), None).unwrap();
        let reading = reader::read(&body, "A");
        for price in &reading.prices {
            prop_assert_eq!(text[price.span.clone()].trim_matches('"').trim(), price.amount.as_str());
            for named in [&price.currency, &price.price_list, &price.vat_mode, &price.quantity_from, &price.valid_to] {
                prop_assert!(named.as_ref().is_none_or(|named| text.contains(named.as_str()) || text.contains('\\')));
            }
        }
        let outcome = outcome::classify("A", 200, &reading, &body);
        let zero = reading.prices.iter().filter(|price| price.amount.is_zero()).count();
        match outcome {
            Outcome::Priced => prop_assert!(zero < reading.prices.len()),
            Outcome::ZeroPrice => prop_assert!(zero == reading.prices.len() && zero > 0 && !reading.is_error),
            Outcome::NoPrice | Outcome::UnknownSku => prop_assert!(reading.prices.is_empty()),
            // Zeros beside an error are what the server wrote for want of a price.
            Outcome::Failed => prop_assert!(zero == reading.prices.len()
                && (reading.is_error || reading.prices.is_empty() && !reading.unreadable.is_empty())),
            Outcome::Forbidden => prop_assert!(false, "a 200 is never forbidden"),
        }
        prop_assert_eq!(outcome::classify("A", 403, &reading, &body), Outcome::Forbidden);
        prop_assert_eq!(outcome::classify("A", 500, &reading, &body), Outcome::Failed);
        // The body leaves as it came.
        let raw = body.raw().unwrap();
        prop_assert_eq!(raw.get(), text.trim());
    }

    #[test]
    fn p2_p3_a_field_map_invents_nothing_either(text in any_json(), amount in any_pointer(), currency in any_pointer()) {
        let body = Body::read(text.as_bytes(), None).unwrap();
        let map = FieldMap::parse([(MappedField::Amount, amount.as_str()), (MappedField::Currency, &currency)]).unwrap();
        let reading = reader::read_by(Some(&map), &body, "A");
        let by_map = reading.by_map.clone().unwrap();
        for price in &reading.prices {
            prop_assert_eq!(text[price.span.clone()].trim_matches('"').trim(), price.amount.as_str());
            let currency = price.currency.as_ref();
            prop_assert!(currency.is_none_or(|named| text.contains(named.as_str()) || text.contains('\\')));
        }
        // No two prices are one value, and every field is either read or said to be missed where there is a price.
        let places: BTreeSet<_> = reading.prices.iter().map(|price| price.span.start).collect();
        prop_assert_eq!(places.len(), reading.prices.len());
        let is_missed = |field| by_map.missed.iter().any(|missed| missed.field == field);
        prop_assert!(by_map.names_amount() != is_missed(MappedField::Amount) || reading.prices.is_empty());
        let has_currency = by_map.used.contains(&MappedField::Currency) || is_missed(MappedField::Currency);
        prop_assert!(has_currency || reading.prices.is_empty() || reading.by_map.is_some());
        if !by_map.names_amount() {
            let plain = reader::read(&body, "A");
            prop_assert_eq!(plain.prices.len(), reading.prices.len());
        }
    }

    #[test]
    fn h8_any_bytes_give_an_answer_or_name_a_fault(bytes in prop::collection::vec(any::<u8>(), 0..200), status in 100_u16..600) {
        let answer = Answer::read("A", status, None, &bytes);
        prop_assert_eq!(answer.error.is_some(), matches!(answer.outcome, Outcome::Failed | Outcome::Forbidden));
        prop_assert_eq!(answer.body.size(), bytes.len());
        let utf8 = std::str::from_utf8(&bytes).err().map(|fault| BodyFault::NotUtf8 { at: fault.valid_up_to() });
        if let Some(fault) = utf8 {
            prop_assert_eq!(Body::read(&bytes, None).unwrap_err(), fault);
        }
    }
}
