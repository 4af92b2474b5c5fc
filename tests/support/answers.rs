//! Made-up answers of a run: every outcome, several prices under one SKU, odd SKUs.

#![allow(dead_code, clippy::unwrap_used, reason = "each crate takes what it needs from here, and fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use quantaprice_explorer::batch::{Answered, Rows, Shared};
use quantaprice_explorer::prices::{Answer, Lookup};

/// What came for one SKU with this status and body.
pub fn answered(sku: &str, status: u16, body: &str, millis: u64, shared: &mut Shared) -> Arc<Answered> {
    let answer = Answer::read(sku, status, None, body.as_bytes());
    let lookup = Lookup {
        sku: sku.to_owned(),
        parameters: vec![],
        outcome: answer.outcome,
        http_status: Some(status),
        started: Timestamp::UNIX_EPOCH,
        elapsed: Duration::from_millis(millis),
        token_generation: Some(7),
        prices: answer.prices,
        notes: answer.notes,
        body: Some(answer.body),
        error: answer.error,
    };
    Arc::new(Answered::of(lookup, shared))
}

/// The body of a SKU with prices in two lists.
pub fn two_lists(sku: &str, amount: &str) -> String {
    format!(
        r#"{{"sku":"{sku}","items":[
        {{"pricelist":{{"code":"PL-RETAIL","currency_code":"EUR","vat_mode":"GROSS"}},"valid_from":"2026-09-01",
          "breaks":[{{"from":1,"price":{amount}}},{{"from":10,"price":11.5}}]}},
        {{"pricelist":{{"code":"PL-PROJECT","currency_code":"EUR","vat_mode":"NET"}},"breaks":[{{"from":1,"price":9}}]}}]}}"#
    )
}

fn one_list(list: &str, currency: &str, amount: &str) -> String {
    format!(r#"{{"pricelist":{{"code":"{list}","currency_code":"{currency}","vat_mode":"GROSS"}},"price":{amount}}}"#)
}

/// The list of the mock-ups: each outcome is there.
pub const LIST: [&str; 12] = [
    "PRODUCT-001",
    "PRODUCT-002",
    "00012345",
    "KABEL 3×1,5 m",
    "SAMPLE-FREE",
    "PRODUCT-017",
    "A/B+C#7",
    "PRODUCT-O19",
    "CONTRACT-77",
    "PRODUCT-020",
    "PRODUCT-021",
    "1.23E+10",
];

/// The body that came for a place of [`LIST`], with its status.
pub fn reply(place: usize) -> (u16, String) {
    let sku = LIST[place % LIST.len()];
    match place % LIST.len() {
        0 => (200, two_lists(sku, "12.10")),
        1 => (200, one_list("PL-RETAIL-SE", "SEK", "139.00")),
        2 => (200, one_list("PL-RETAIL", "EUR", "7.5")),
        3 => (200, one_list("PL-PROJECT", "EUR", "1.95")),
        4 => (200, one_list("PL-RETAIL", "EUR", "0.00")),
        5 => (200, format!(r#"{{"sku":"{sku}","price":null}}"#)),
        6 => (200, one_list("PL-RETAIL", "EUR", "1e2")),
        8 => (403, r#"{"error":"insufficient_scope"}"#.to_owned()),
        9 => (200, one_list("PL-RETAIL", "EUR", "64.90")),
        10 => (503, String::new()),
        _ => (404, r#"{"error":"not_found"}"#.to_owned()),
    }
}

/// The answers of a list of `len` SKUs that repeats [`LIST`] under numbered names after its first round.
pub fn rows(len: usize) -> Rows {
    let mut rows = Rows::new(len);
    let mut shared = Shared::default();
    for place in 0..len {
        rows.set(place, at(place, &mut shared));
    }
    rows
}

/// The answer at a place of that list.
pub fn at(place: usize, shared: &mut Shared) -> Arc<Answered> {
    let name = LIST[place % LIST.len()];
    let round = place / LIST.len();
    let sku = if round == 0 { name.to_owned() } else { format!("{name}-{round}") };
    let (status, body) = reply(place);
    answered(&sku, status, &body, 70 + (place as u64 * 37) % 90, shared)
}
