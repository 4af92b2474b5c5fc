//! What a lookup came to: six outcomes that are never mixed up (guarantee P3).
//!
//! Owns the decision between them for an answer of the server. Refuses to call an absent price zero, and to call a
//! web page or a wrong address an unknown SKU.
//!
//! The vendor does not document how an unknown SKU is answered. The rules here take what the reply really says:
//!
//! - 403 is *forbidden*, whatever its body.
//! - 404 is *unknown SKU*, if its body is JSON or absent. One that is another text, or that speaks of a route or an
//!   endpoint, comes from a wrong address: *failed*.
//! - 2xx in which nothing is named (no bytes, `null`, `{}`, empty lists and the counts of a page): *unknown SKU*, with
//!   the note that the server does not say so.
//! - 2xx with an article and no price, or with other content that holds no price: *no price*.
//! - 2xx with prices is *priced*, or *zero price* if every one of them is zero. Beside an error a price stays one, with a
//!   note, but zeros are taken for what the server wrote for want of a price: *failed*.
//! - 2xx that cannot be read, whose only price fields are no decimals, or that is itself an error, is *failed*, but
//!   for an error without a price that says “not found”.
//!
//! [`doubt`] says in a sentence what such a reply leaves open.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::body::{Body, BodyFault};
use super::field_map::ByMap;
use super::fields::{Field, field};
use super::json::{Kind, Node};
use super::reader::Reading;

/// The outcome of one lookup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Priced,
    ZeroPrice,
    NoPrice,
    UnknownSku,
    Forbidden,
    Failed,
}

impl Outcome {
    pub const ALL: [Self; 6] =
        [Self::Priced, Self::ZeroPrice, Self::NoPrice, Self::UnknownSku, Self::Forbidden, Self::Failed];

    /// The words on screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::Priced => "Priced",
            Self::ZeroPrice => "Zero price",
            Self::NoPrice => "No price",
            Self::UnknownSku => "Unknown SKU",
            Self::Forbidden => "Forbidden",
            Self::Failed => "Failed",
        }
    }

    /// The word in exports, as it is in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Priced => "priced",
            Self::ZeroPrice => "zero_price",
            Self::NoPrice => "no_price",
            Self::UnknownSku => "unknown_sku",
            Self::Forbidden => "forbidden",
            Self::Failed => "failed",
        }
    }

    /// Whether the server answered the question, if only with no.
    pub fn is_answer(self) -> bool {
        self != Self::Failed
    }
}

/// What a reply to a question for `sku` comes to, by the rules of this module.
pub fn classify(sku: &str, http_status: u16, reading: &Reading, body: &Body) -> Outcome {
    match (http_status, body.fault()) {
        (403, _) => Outcome::Forbidden,
        (404, None) if speaks_of_address(sku, body) => Outcome::Failed,
        (404, None) | (404 | 200..=299, Some(BodyFault::Empty)) => Outcome::UnknownSku,
        (200..=299, None) => answered(sku, reading, body),
        _ => Outcome::Failed,
    }
}

/// What a reply leaves open although it has an outcome, if it does.
pub fn doubt(sku: &str, http_status: u16, reading: &Reading, body: &Body) -> Option<&'static str> {
    match (http_status, classify(sku, http_status, reading, body)) {
        (403, _) if body.fault() == Some(&BodyFault::WebPage) => {
            Some("The refusal came as a web page, so it may be from a proxy or a firewall and not from Quantaprice.")
        }
        (404, Outcome::UnknownSku) if body.fault().is_some() => {
            Some("The server answered “not found” without saying what; if it does so for every SKU, check the API URL.")
        }
        (200..=299, Outcome::Priced) if reading.is_error => Some(
            "The body carries an error beside the price: open it to see what the server says before you rely on the price.",
        ),
        (200..=299, Outcome::UnknownSku) if !reading.is_error => Some(
            "The server sent nothing about this SKU: most likely it does not know it, or has no price for these \
             parameters, but it does not say which.",
        ),
        (_, Outcome::NoPrice) if reading.by_map.as_ref().is_some_and(ByMap::names_amount) => None,
        (_, Outcome::NoPrice) if reading.names_sku.is_none() && !reading.names_article => {
            Some("The body holds no field that is known to be a price: open it to see what it says.")
        }
        _ => None,
    }
}

fn answered(sku: &str, reading: &Reading, body: &Body) -> Outcome {
    if !reading.prices.is_empty() {
        let zero = reading.prices.iter().all(|price| price.amount.is_zero());
        return match (zero, reading.is_error) {
            (false, _) => Outcome::Priced,
            (true, false) => Outcome::ZeroPrice,
            (true, true) => Outcome::Failed,
        };
    }
    if reading.is_error {
        let not_found =
            any_text(sku, body, |text| text.contains("not found") || text.contains("not_found") || text == "notfound");
        if not_found && !speaks_of_address(sku, body) { Outcome::UnknownSku } else { Outcome::Failed }
    } else if !reading.unreadable.is_empty() {
        Outcome::Failed
    } else if reading.names_article || holds_values(body) {
        Outcome::NoPrice
    } else {
        Outcome::UnknownSku
    }
}

/// Whether a “not found” is about the address: the words of common servers and gateways for a path that they do not
/// have, or an error object that names the path itself.
fn speaks_of_address(sku: &str, body: &Body) -> bool {
    const WORDS: [&str; 9] = [
        "no route",
        "route not found",
        "unknown route",
        "endpoint",
        "cannot get /",
        "no static resource",
        "no handler",
        "no resource found for path",
        "invalid url",
    ];
    any_text(sku, body, |text| WORDS.iter().any(|words| text.contains(words)))
        || body
            .tree()
            .is_some_and(|tree| tree.root().get("path").and_then(Node::text).is_some_and(|p| p.starts_with('/')))
}

/// Whether any of the first texts in a body, in lower case and without the SKU that was asked for, is as asked: a SKU can have any
/// words in it. Errors are short; long bodies are not searched.
fn any_text(sku: &str, body: &Body, is: impl Fn(&str) -> bool) -> bool {
    const FIRST: usize = 64;
    let Some(tree) = body.tree() else { return false };
    let sku = sku.trim().to_lowercase();
    tree.nodes().take(FIRST).filter_map(Node::text).any(|text| is(&without(&text.to_lowercase(), &sku)))
}

/// A text without a word or words, wherever they stand for themselves.
fn without<'t>(text: &'t str, words: &str) -> Cow<'t, str> {
    if words.is_empty() || !text.contains(words) {
        return Cow::Borrowed(text);
    }
    let mut rest = String::with_capacity(text.len());
    let mut from = 0;
    for (at, found) in text.match_indices(words) {
        let after = at + found.len();
        let is_apart =
            !text[..at].ends_with(char::is_alphanumeric) && !text[after..].starts_with(char::is_alphanumeric);
        if is_apart {
            rest.push_str(&text[from..at]);
            from = after;
        }
    }
    rest.push_str(&text[from..]);
    Cow::Owned(rest)
}

/// Whether a body has anything beside empty lists and the numbers that count their entries.
fn holds_values(body: &Body) -> bool {
    let Some(tree) = body.tree() else { return false };
    let counts = |node: Node<'_>| {
        matches!(node.key().as_deref().and_then(field), Some(Field::Total | Field::Page | Field::Size | Field::Never))
    };
    tree.nodes().any(|node| match node.kind() {
        Kind::String | Kind::Bool => true,
        Kind::Number => !counts(node),
        Kind::Null | Kind::Array | Kind::Object => false,
    })
}

#[cfg(test)]
mod tests {
    use super::super::reader;
    use super::*;

    fn outcome(status: u16, text: &str) -> Outcome {
        outcome_of("A", status, text)
    }

    fn outcome_of(sku: &str, status: u16, text: &str) -> Outcome {
        let (body, _) = Body::keep(text.as_bytes(), None);
        classify(sku, status, &reader::read(&body, sku), &body)
    }

    fn doubt_of(status: u16, text: &str) -> Option<&'static str> {
        let (body, _) = Body::keep(text.as_bytes(), None);
        doubt("A", status, &reader::read(&body, "A"), &body)
    }

    #[test]
    fn p3_the_six_outcomes_are_kept_apart() {
        for (status, body, expected) in [
            (200, r#"{"sku":"A","price":12.10}"#, Outcome::Priced),
            (200, r#"[{"price":0},{"price":"0.01"}]"#, Outcome::Priced),
            (200, r#"{"price":-3}"#, Outcome::Priced),
            (200, r#"{"sku":"A","price":0.00}"#, Outcome::ZeroPrice),
            (200, r#"{"price":"-0"}"#, Outcome::ZeroPrice),
            (200, r#"{"sku":"A","price":0,"error":null}"#, Outcome::ZeroPrice),
            (200, r#"{"sku":"A","price":0,"error":"pricing engine down"}"#, Outcome::Failed),
            (200, r#"{"sku":"A","prices":[{"price":0},{"price":"0.00"}],"error":{"code":7}}"#, Outcome::Failed),
            (200, r#"{"sku":"A","price":12.10,"error":"one list is missing"}"#, Outcome::Priced),
            (200, r#"{"sku":"A","price":null}"#, Outcome::NoPrice),
            (200, r#"{"sku":"A","prices":[]}"#, Outcome::NoPrice),
            (200, r#"{"sku":"A","price":"on request"}"#, Outcome::NoPrice),
            (200, r#"{"items":[],"page":0,"size":0,"total":0}"#, Outcome::UnknownSku),
            (200, "[]", Outcome::UnknownSku),
            (200, r#"{"status":"ok"}"#, Outcome::NoPrice),
            (200, "{}", Outcome::UnknownSku),
            (200, "null", Outcome::UnknownSku),
            (200, "", Outcome::UnknownSku),
            (204, "", Outcome::UnknownSku),
            (200, r#"{"error":"not_found"}"#, Outcome::UnknownSku),
            (404, r#"{"error":"not_found","message":"SKU A"}"#, Outcome::UnknownSku),
            (404, "", Outcome::UnknownSku),
            (404, "{}", Outcome::UnknownSku),
            (403, r#"{"error":"insufficient_scope"}"#, Outcome::Forbidden),
            (403, "", Outcome::Forbidden),
            (403, "<html>", Outcome::Forbidden),
            (404, "<html>nginx", Outcome::Failed),
            (404, "404 page not found", Outcome::Failed),
            (404, r#"{"message":"no Route matched with those values"}"#, Outcome::Failed),
            (404, r#"{"status":404,"error":"Not Found","path":"/api/v9/prices"}"#, Outcome::Failed),
            (200, "<html>Sign in", Outcome::Failed),
            (200, r#"{"price": 12.1"#, Outcome::Failed),
            (200, r#"{"error":"internal"}"#, Outcome::Failed),
            (200, r#"{"sku":"A","price":"12,10"}"#, Outcome::Failed),
            (401, "", Outcome::Failed),
            (500, r#"{"price":1}"#, Outcome::Failed),
            (429, "", Outcome::Failed),
            (307, "", Outcome::Failed),
        ] {
            assert_eq!(outcome(status, body), expected, "{status} {body}");
        }
        // The name of a SKU says nothing about the address.
        for (sku, status, body, expected) in [
            ("ENDPOINT-SWITCH-24", 404, r#"{"message":"SKU ENDPOINT-SWITCH-24 not found"}"#, Outcome::UnknownSku),
            ("ENDPOINT-SWITCH-24", 200, r#"{"error":"ENDPOINT-SWITCH-24 not found"}"#, Outcome::UnknownSku),
            ("no handler", 404, r#"{"message":"No Handler: unknown"}"#, Outcome::UnknownSku),
            ("ENDPOINT-SWITCH-24", 404, r#"{"message":"Endpoint for ENDPOINT-SWITCH-24 not found"}"#, Outcome::Failed),
            ("point", 404, r#"{"message":"endpoint not found"}"#, Outcome::Failed),
            ("t", 404, r#"{"message":"Cannot GET /t"}"#, Outcome::Failed),
            ("not found", 200, r#"{"error":"internal error at not found"}"#, Outcome::Failed),
        ] {
            assert_eq!(outcome_of(sku, status, body), expected, "{sku} {body}");
        }
    }

    #[test]
    fn p4_what_a_reply_leaves_open_is_said() {
        assert!(doubt_of(200, "[]").unwrap().contains("does not say"));
        assert!(doubt_of(200, r#"{"items":[],"total":0}"#).unwrap().contains("does not say"));
        assert!(doubt_of(200, r#"{"status":"ok"}"#).unwrap().contains("no field"));
        assert!(doubt_of(200, "{}").unwrap().contains("does not say"));
        assert!(doubt_of(404, "").unwrap().contains("API URL"));
        assert!(doubt_of(403, "<html>").unwrap().contains("proxy"));
        assert_eq!(doubt_of(404, r#"{"error":"not_found"}"#), None);
        assert_eq!(doubt_of(200, r#"{"sku":"A","price":null}"#), None);
        assert_eq!(doubt_of(200, r#"{"price":1}"#), None);
        assert!(doubt_of(200, r#"{"price":1,"error":"one list is missing"}"#).unwrap().contains("carries an error"));
    }

    #[test]
    fn labels_and_codes_are_distinct_and_the_code_is_what_json_says() {
        for outcome in Outcome::ALL {
            assert_eq!(serde_json::to_string(&outcome).unwrap(), format!("\"{}\"", outcome.code()));
            assert_eq!(outcome.label().to_lowercase().replace(' ', "_"), outcome.code());
        }
    }
}
