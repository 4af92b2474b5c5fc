//! One JSON object a line and SKU, for scripts.
//!
//! Owns the keys and their order. Refuses to touch the body: its values are the server's bytes, and only line breaks
//! between them become spaces, since a line is an object.

use std::io::{self, Write};

use serde::Serialize;

use super::super::body::Body;
use super::super::lookup::{Lookup, LookupError};
use super::super::outcome::Outcome;
use super::super::price::Price;

/// What stands before the body.
#[derive(Serialize)]
struct Head<'a> {
    sku: &'a str,
    outcome: Outcome,
    http_status: Option<u16>,
    elapsed_ms: u64,
    token_generation: Option<u64>,
    prices: &'a [Price],
}

/// What stands behind it.
#[derive(Serialize)]
struct Tail<'a> {
    error: Option<&'a LookupError>,
    notes: &'a [String],
}

/// Writes one lookup as one line. The body is `null` when there is none or it is not JSON.
pub fn write_ndjson(out: &mut impl Write, lookup: &Lookup) -> io::Result<()> {
    // A body that is JSON was found to be so when it came; it is not read again for each line, which takes longer than the rest.
    let body = lookup.body.as_ref().and_then(Body::on_one_line);
    let head = Head {
        sku: &lookup.sku,
        outcome: lookup.outcome,
        http_status: lookup.http_status,
        elapsed_ms: u64::try_from(lookup.elapsed.as_millis()).unwrap_or(u64::MAX),
        token_generation: lookup.token_generation,
        prices: &lookup.prices,
    };
    let tail = Tail { error: lookup.error.as_ref(), notes: &lookup.notes };
    // Both are objects, so the one's end and the other's beginning are a brace each.
    let (head, tail) = (serde_json::to_vec(&head)?, serde_json::to_vec(&tail)?);
    out.write_all(&head[..head.len() - 1])?;
    out.write_all(b",\"body\":")?;
    out.write_all(body.as_deref().unwrap_or("null").as_bytes())?;
    out.write_all(b",")?;
    out.write_all(&tail[1..])?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::super::tests::{lookup, written};
    use super::*;

    #[test]
    fn p2_a_line_has_the_keys_in_order_amounts_as_strings_and_the_body_untouched() {
        let body = "{\n  \"sku\": \"00012\",\n  \"price\": 1E2, \"currency\": \"EUR\" }";
        assert_eq!(
            written(write_ndjson, &[lookup("00012", 200, body)]),
            concat!(
                r#"{"sku":"00012","outcome":"priced","http_status":200,"elapsed_ms":84,"token_generation":7,"#,
                r#""prices":[{"amount":"1E2","kind":"price","currency":"EUR","price_list":null,"price_list_name":null,"#,
                r#""vat_mode":null,"quantity_from":null,"unit":null,"valid_from":null,"valid_to":null,"sku":"00012","#,
                r#""path":"price","further":{}}],"#,
                r#""body":{   "sku": "00012",   "price": 1E2, "currency": "EUR" },"error":null,"notes":[]}"#,
                "\n"
            )
        );
    }

    #[test]
    fn p4_a_line_carries_what_a_person_is_told_beside_the_prices() {
        let text = written(write_ndjson, &[lookup("A", 200, r#"{"sku":"B","price":1}"#)]);
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&line["outcome"], &line["notes"][1]), (&"priced".into(), &serde_json::Value::Null));
        assert!(line["notes"][0].as_str().unwrap().contains("names the SKU “B”, and you asked for “A”"), "{text}");
    }

    #[test]
    fn a_failure_is_one_line_with_its_error_and_no_body() {
        let text = written(write_ndjson, &[lookup("A", 200, "<html>\n")]);
        assert!(text.contains(r#""outcome":"failed""#) && text.contains(r#""prices":[],"body":null,"error":{"kind":"#));
        assert_eq!(text.matches('\n').count(), 1);
    }
}
