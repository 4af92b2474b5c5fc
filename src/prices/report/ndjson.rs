//! One JSON object a line and SKU, for scripts.
//!
//! Owns the keys and their order. Refuses to touch the body: its values are the server's bytes, and only line breaks
//! between them become spaces, since a line is an object.

use std::io::{self, Write};

use super::super::body::Body;
use super::super::lookup::Lookup;
use super::super::price::Price;

/// Writes one lookup as one line. The body is `null` when there is none or it is not JSON.
///
/// It is what `serde` makes of the same values, written piece by piece: with a derived serializer a line took three times as
/// long, and a third of the time that the request itself takes.
pub fn write_ndjson(out: &mut impl Write, lookup: &Lookup) -> io::Result<()> {
    out.write_all(b"{\"sku\":")?;
    text(out, &lookup.sku)?;
    // Codes are plain words.
    out.write_all(b",\"outcome\":\"")?;
    out.write_all(lookup.outcome.code().as_bytes())?;
    out.write_all(b"\",\"http_status\":")?;
    number(out, lookup.http_status.map(u64::from))?;
    out.write_all(b",\"elapsed_ms\":")?;
    number(out, Some(u64::try_from(lookup.elapsed.as_millis()).unwrap_or(u64::MAX)))?;
    out.write_all(b",\"token_generation\":")?;
    number(out, lookup.token_generation)?;
    out.write_all(b",\"prices\":[")?;
    for (at, one) in lookup.prices.iter().enumerate() {
        if at > 0 {
            out.write_all(b",")?;
        }
        price(out, one)?;
    }
    out.write_all(b"],\"body\":")?;
    // A body that is JSON was found to be so when it came, and is not read again.
    let body = lookup.body.as_ref().and_then(Body::on_one_line);
    out.write_all(body.as_deref().unwrap_or("null").as_bytes())?;
    out.write_all(b",\"error\":")?;
    // Failures are few.
    serde_json::to_writer(&mut *out, &lookup.error)?;
    out.write_all(b",\"notes\":[")?;
    for (at, note) in lookup.notes.iter().enumerate() {
        if at > 0 {
            out.write_all(b",")?;
        }
        text(out, note)?;
    }
    out.write_all(b"]}\n")
}

fn price(out: &mut impl Write, price: &Price) -> io::Result<()> {
    out.write_all(b"{\"amount\":")?;
    text(out, price.amount.as_str())?;
    for (name, value) in [
        (",\"kind\":", &price.kind),
        (",\"currency\":", &price.currency),
        (",\"price_list\":", &price.price_list),
        (",\"price_list_name\":", &price.price_list_name),
        (",\"vat_mode\":", &price.vat_mode),
        (",\"quantity_from\":", &price.quantity_from),
        (",\"unit\":", &price.unit),
        (",\"valid_from\":", &price.valid_from),
        (",\"valid_to\":", &price.valid_to),
        (",\"sku\":", &price.sku),
    ] {
        out.write_all(name.as_bytes())?;
        match value {
            Some(value) => text(out, value)?,
            None => out.write_all(b"null")?,
        }
    }
    out.write_all(b",\"path\":")?;
    text(out, &price.path)?;
    out.write_all(b",\"further\":{")?;
    for (at, (name, value)) in price.further.iter().enumerate() {
        if at > 0 {
            out.write_all(b",")?;
        }
        text(out, name)?;
        out.write_all(b":")?;
        text(out, value)?;
    }
    out.write_all(b"}}")
}

/// A JSON string. Nearly none has anything to escape.
fn text(out: &mut impl Write, text: &str) -> io::Result<()> {
    if text.bytes().any(|byte| byte < b' ' || matches!(byte, b'"' | b'\\')) {
        return serde_json::to_writer(out, text).map_err(io::Error::from);
    }
    out.write_all(b"\"")?;
    out.write_all(text.as_bytes())?;
    out.write_all(b"\"")
}

fn number(out: &mut impl Write, number: Option<u64>) -> io::Result<()> {
    match number {
        Some(number) => out.write_all(itoa::Buffer::new().format(number).as_bytes()),
        None => out.write_all(b"null"),
    }
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
    fn p2_a_line_is_what_serde_makes_of_the_same_prices_and_notes() {
        let body = r#"{"items":[{"pricelist":{"code":"P\"L\\","name":"é\u0007\u007f","currency_code":"EUR","vat_mode":"GROSS",
            "start_date":"2026-09-01","tax_areas":["SE"]},"updated_at":"2026-09-02","prices":[{"quantity":1,"price":12.10,
            "unit":"pc"},{"quantity":10,"price":"1e2"}]},{"sku":"\n","price":0.00}],"page":0,"total":9}"#;
        let lookup = lookup("A\"\t", 200, body);
        assert!(lookup.prices.len() == 3 && !lookup.notes.is_empty());
        let text = written(write_ndjson, std::slice::from_ref(&lookup));
        for part in [
            format!("{{\"sku\":{},\"outcome\":{},", serde_json::json!(lookup.sku), serde_json::json!(lookup.outcome)),
            format!(",\"prices\":{},\"body\":", serde_json::to_string(&lookup.prices).unwrap()),
            format!(",\"error\":null,\"notes\":{}}}\n", serde_json::to_string(&lookup.notes).unwrap()),
        ] {
            assert!(text.contains(&part), "{part}\n{text}");
        }
    }

    #[test]
    fn a_failure_is_one_line_with_its_error_and_no_body() {
        let text = written(write_ndjson, &[lookup("A", 200, "<html>\n")]);
        assert!(text.contains(r#""outcome":"failed""#) && text.contains(r#""prices":[],"body":null,"error":{"kind":"#));
        assert_eq!(text.matches('\n').count(), 1);
    }
}
