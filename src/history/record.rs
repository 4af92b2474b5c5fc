//! The form in which an answer rests in its row: what columns hold for searching, and the rest as JSON without empty members.
//!
//! Owns that form both ways, and the leaving out of what looks like a secret (K1). Amounts go as the texts that they are (P2).

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use compact_str::CompactString;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::batch::journal::bare;
use crate::batch::{Answered, Failure, RunHeader};
use crate::prices::{Outcome, Price, PriceQuery, QueryError};

/// What is in no column of its own. The names are short, since there can be millions.
#[derive(Serialize, Deserialize, Default)]
struct Rest {
    #[serde(rename = "t", skip_serializing_if = "Option::is_none", default)]
    token_generation: Option<u64>,
    #[serde(rename = "p", skip_serializing_if = "Vec::is_empty", default)]
    prices: Vec<Value>,
    /// Where the amounts stand in the body: a price leaves them out of its own JSON.
    #[serde(rename = "s", skip_serializing_if = "Vec::is_empty", default)]
    spans: Vec<(usize, usize)>,
    #[serde(rename = "n", skip_serializing_if = "Vec::is_empty", default)]
    notes: Vec<Arc<str>>,
    #[serde(rename = "e", skip_serializing_if = "Option::is_none", default)]
    error: Option<Failure>,
}

/// What the columns of a row hold.
pub(super) struct Columns {
    pub sku: CompactString,
    pub outcome: i64,
    pub http_status: Option<u16>,
    pub started: i64,
    pub elapsed: i64,
}

/// The number of an outcome in the database. It never changes.
pub(super) fn number(outcome: Outcome) -> i64 {
    match outcome {
        Outcome::Priced => 0,
        Outcome::ZeroPrice => 1,
        Outcome::NoPrice => 2,
        Outcome::UnknownSku => 3,
        Outcome::Forbidden => 4,
        Outcome::Failed => 5,
    }
}

pub(super) fn outcome(number: i64) -> Option<Outcome> {
    Outcome::ALL.into_iter().find(|outcome| self::number(*outcome) == number)
}

/// Nanoseconds since 1970; times beyond the year 2262 are held there.
pub(super) fn nanos(time: Timestamp) -> i64 {
    i64::try_from(time.as_nanosecond()).unwrap_or(i64::MAX)
}

pub(super) fn time(nanos: i64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(nanos)).unwrap_or_default()
}

/// An answer as its row holds it.
pub(super) fn write(answered: &Answered) -> (Columns, Vec<u8>) {
    let prices = answered.prices.iter().filter_map(|price| serde_json::to_value(price).ok()).map(dense).collect();
    let rest = Rest {
        token_generation: answered.token_generation,
        prices,
        spans: answered.prices.iter().map(|price| (price.span.start, price.span.end)).collect(),
        notes: answered.notes.to_vec(),
        error: answered.error.as_deref().cloned(),
    };
    let columns = Columns {
        sku: without_secret(&answered.sku),
        outcome: number(answered.outcome),
        http_status: answered.http_status,
        started: nanos(answered.started),
        elapsed: i64::try_from(answered.elapsed.as_nanos()).unwrap_or(i64::MAX),
    };
    (columns, serde_json::to_vec(&rest).unwrap_or_default())
}

/// An answer from its row; nothing where the row is not one that this program wrote.
pub(super) fn read(columns: Columns, rest: &[u8]) -> Option<Answered> {
    let rest: Rest = serde_json::from_slice(rest).ok()?;
    let mut spans = rest.spans.into_iter();
    let mut prices = Vec::with_capacity(rest.prices.len());
    for price in rest.prices {
        let mut price: Price = serde_json::from_value(price).ok()?;
        price.span = spans.next().map_or(Range::default(), |(start, end)| start..end);
        prices.push(price);
    }
    Some(Answered {
        sku: columns.sku,
        outcome: outcome(columns.outcome)?,
        http_status: columns.http_status,
        started: time(columns.started),
        elapsed: Duration::from_nanos(u64::try_from(columns.elapsed).ok()?),
        token_generation: rest.token_generation,
        prices: prices.into(),
        notes: rest.notes.into(),
        error: rest.error.map(Arc::new),
    })
}

/// Without the members that say nothing.
fn dense(mut price: Value) -> Value {
    if let Some(members) = price.as_object_mut() {
        members
            .retain(|name, value| !value.is_null() && (name == "further" || *value != Value::Object(<_>::default())));
    }
    price
}

/// The SKU, or nothing in its place where it looks like a client secret or a token: a list can hold one by mistake. An empty SKU
/// is never sent, so that nothing else is asked for in its place.
pub(super) fn without_secret(sku: &CompactString) -> CompactString {
    match PriceQuery::new(sku.as_str(), Vec::new()) {
        Err(QueryError::SecretAsSku) => CompactString::default(),
        _ => sku.clone(),
    }
}

/// The header without what could hold a secret: such parameters, and credentials or a query in its addresses.
pub(super) fn harmless(mut header: RunHeader) -> RunHeader {
    header.parameters.retain(|parameter| PriceQuery::new("A", vec![parameter.clone()]).is_ok());
    for address in [&mut header.api_url, &mut header.token_url] {
        *address = address.parse().map_or_else(|_no_url| String::new(), |url: Url| bare(&url));
    }
    header
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::batch::{RunKind, Shared};
    use crate::keys::{Environment, ProfileId};
    use crate::prices::{Answer, Lookup, LookupErrorKind};

    pub(crate) const BODY: &str = r#"{"items":[{"sku":"007","price":12.10,"currency":"EUR","pricelist":"PL-RETAIL","min_qty":"1","tax_area":"SE"},{"sku":"007","price":1e2,"currency":"SEK","valid_from":"2026-09-01"}]}"#;

    pub(crate) fn lookup(sku: &str, status: u16, body: &str) -> Lookup {
        let answer = Answer::read(sku, status, None, body.as_bytes());
        Lookup {
            sku: sku.to_owned(),
            parameters: vec![("tax_area".to_owned(), "SE".to_owned())],
            outcome: answer.outcome,
            http_status: Some(status),
            started: "2026-11-24T10:11:12.123456789Z".parse().unwrap(),
            elapsed: Duration::from_nanos(84_000_001),
            token_generation: Some(3),
            prices: answer.prices,
            notes: answer.notes,
            body: Some(answer.body),
            error: answer.error,
        }
    }

    pub(crate) fn header(count: usize) -> RunHeader {
        RunHeader {
            kind: RunKind::Batch,
            started: "2026-11-24T10:11:12Z".parse().unwrap(),
            profile: ProfileId::random(),
            profile_name: "Acme Production".to_owned(),
            environment: Environment::Production,
            api_url: "https://api.quantaprice.com/api/v1".to_owned(),
            token_url: "https://login.quantaprice.com/oauth2/token".to_owned(),
            client_id: String::new(),
            field_map: None,
            parameters: vec![("asOf".to_owned(), "2026-12-01".to_owned())],
            source: "assortment.csv, column sku".to_owned(),
            count,
        }
    }

    #[test]
    fn p2_an_answer_comes_back_as_it_was() {
        for (status, body) in [(200, BODY), (404, "{}"), (403, ""), (500, "<html>"), (200, r#"{"price":"12,10"}"#)] {
            let answered = Answered::of(lookup("007 ä🦀", status, body), &mut Shared::default());
            let (columns, rest) = write(&answered);
            assert_eq!(read(columns, &rest), Some(answered));
        }
    }

    #[test]
    fn a_row_is_small() {
        let (_, rest) = write(&Answered::of(lookup("007", 200, BODY), &mut Shared::default()));
        let text = String::from_utf8(rest).unwrap();
        assert!(!text.contains("null") && text.len() < 400, "{} {text}", text.len());
    }

    #[test]
    fn k1_what_looks_like_a_secret_is_left_out_of_list_answer_and_header() {
        let secret = "cafe0123cafe4567cafe89abcafecdefcafe0123cafe4567cafe89abcafecdef";
        let mut answered = Answered::of(lookup("A", 404, ""), &mut Shared::default());
        answered.sku = secret.into();
        answered.error = Some(Arc::new(Failure {
            kind: LookupErrorKind::InvalidQuery,
            message: String::new(),
            hint: String::new(),
        }));
        assert_eq!(write(&answered).0.sku, "");
        let mut bad = header(1);
        bad.parameters.push(("x".to_owned(), secret.to_owned()));
        bad.api_url = format!("https://user:{secret}@api.example/v1?key={secret}");
        let kept = harmless(bad);
        assert_eq!(kept.api_url, "https://api.example/v1");
        assert_eq!(kept.parameters, header(1).parameters);
    }
}
