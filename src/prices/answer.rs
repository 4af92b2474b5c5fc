//! A reply of the price endpoint, fully read: outcome, prices, notes, the body as it came, and the error if it is one.
//!
//! Owns the way from status and bytes to all of these, so that the client has one call to make. Refuses to know how
//! the bytes came: retries, tokens and headers are the client's.

use super::body::Body;
use super::failure;
use super::field_map::FieldMap;
use super::lookup::LookupError;
use super::outcome::{Outcome, classify, doubt};
use super::price::Price;
use super::reader::{self, Reading};
use crate::verdict::{Evidence, Step, Trouble};

/// What a reply says.
#[derive(Debug, Clone)]
pub struct Answer {
    pub outcome: Outcome,
    pub prices: Vec<Price>,
    pub notes: Vec<String>,
    /// Whatever came, JSON or not.
    pub body: Body,
    /// Set when the outcome is failed or forbidden.
    pub error: Option<LookupError>,
    /// What was found in a readable body that makes it a failure.
    pub(super) trouble: Option<Trouble>,
}

/// A SKU is sent byte for byte (P1), and a list from elsewhere often has a space too many.
const WHITE_SPACE: &str =
    "The SKU has white space at its beginning or end, and was sent so: look it up without, if that is not meant.";

impl Answer {
    /// Reads the reply to a question for `sku`. The bytes are those after decompression.
    pub fn read(sku: &str, http_status: u16, content_type: Option<&str>, bytes: &[u8]) -> Self {
        Self::read_by(None, sku, http_status, content_type, bytes)
    }

    /// The same, going by the field map of the key that was used, if it has one.
    pub fn read_by(
        map: Option<&FieldMap>,
        sku: &str,
        http_status: u16,
        content_type: Option<&str>,
        bytes: &[u8],
    ) -> Self {
        let (body, _) = Body::keep(bytes, content_type);
        Self::of_body(map, sku, http_status, body)
    }

    /// What a body that was kept says. The bytes of one that is no JSON are gone, and so is the type that it was sent with.
    pub fn of_body(map: Option<&FieldMap>, sku: &str, http_status: u16, body: Body) -> Self {
        let mut reading = match http_status {
            // What an error reply says about prices, for example of a plan, is no price of the SKU.
            200..=299 => reader::read_by(map, &body, sku),
            _ => Reading::default(),
        };
        let outcome = classify(sku, http_status, &reading, &body);
        // A body that says nothing at all need not be told where it says nothing.
        if let Some(by_map) = reading.by_map.as_ref().filter(|_| outcome != Outcome::UnknownSku) {
            let notes = by_map.notes().chain(std::mem::take(&mut reading.notes)).collect();
            reading.notes = notes;
        }
        reading.notes.extend(doubt(sku, http_status, &reading, &body).map(str::to_owned));
        if matches!(outcome, Outcome::UnknownSku | Outcome::NoPrice) && sku.trim() != sku {
            reading.notes.push(WHITE_SPACE.to_owned());
        }
        let trouble = match (outcome, http_status, body.fault()) {
            (Outcome::Failed, 200..=299, None) if reading.is_error && !reading.prices.is_empty() => {
                Some(Trouble::ErrorBesideZero)
            }
            (Outcome::Failed, 200..=299, None) if reading.is_error => Some(Trouble::ErrorInside),
            (Outcome::Failed, 200..=299, None) => Some(Trouble::NotADecimal),
            _ => None,
        };
        if outcome == Outcome::Failed {
            reading.prices.clear();
        }
        let mut answer = Self { outcome, prices: reading.prices, notes: reading.notes, body, error: None, trouble };
        if matches!(outcome, Outcome::Failed | Outcome::Forbidden) {
            answer.error = Some(failure::error(&answer.evidence(http_status)));
        }
        answer
    }

    /// What the reply itself tells of its failure. Whoever knows its headers and what is around it can add to that.
    pub(super) fn evidence(&self, http_status: u16) -> Evidence<'_> {
        Evidence {
            step: Step::Price,
            status: Some(http_status),
            body: self.body.fault(),
            trouble: self.trouble,
            ..Evidence::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prices::LookupErrorKind;

    fn read(status: u16, text: &str) -> Answer {
        Answer::read("A", status, None, text.as_bytes())
    }

    #[test]
    fn h8_an_unreadable_reply_keeps_its_text_and_says_what_is_wrong() {
        let answer = read(200, "<html>Sign in");
        assert_eq!(&**answer.body.text(), "<html>Sign in");
        let error = answer.error.unwrap();
        assert_eq!(error.kind, LookupErrorKind::WrongAddress);
        assert!(!error.to_string().contains("Sign in"));
        assert_eq!(read(200, r#"{"price": 1"#).error.unwrap().kind, LookupErrorKind::Unreadable);
    }

    #[test]
    fn p1_white_space_around_an_unknown_sku_is_pointed_out_and_not_taken_away() {
        let notes = |sku: &str| Answer::read(sku, 404, None, b"{}").notes;
        assert!(notes("A ").contains(&WHITE_SPACE.to_owned()));
        assert!(!notes("A").contains(&WHITE_SPACE.to_owned()));
    }

    #[test]
    fn p3_an_error_reply_names_no_price() {
        let answer = read(402, r#"{"error":"payment","price":"99.00"}"#);
        assert_eq!((answer.outcome, answer.prices.len()), (Outcome::Failed, 0));
        assert_eq!(answer.error.unwrap().kind, LookupErrorKind::UnexpectedStatus);
    }

    #[test]
    fn p3_a_zero_beside_an_error_is_no_price() {
        let answer = read(200, r#"{"sku":"A","price":0,"error":"pricing engine down"}"#);
        assert_eq!((answer.outcome, answer.prices.len()), (Outcome::Failed, 0));
        let error = answer.error.unwrap();
        assert_eq!(error.kind, LookupErrorKind::ErrorReply);
        assert!(error.message.contains("the price of 0"), "{error}");
        let answer = read(200, r#"{"sku":"A","price":12.10,"error":"one list is missing"}"#);
        assert_eq!((answer.outcome, answer.prices.len(), answer.error), (Outcome::Priced, 1, None));
        assert!(answer.notes.iter().any(|note| note.contains("carries an error")), "{:?}", answer.notes);
    }

    #[test]
    fn p3_a_price_that_is_no_decimal_is_a_failure_and_never_absent() {
        let answer = read(200, r#"{"sku":"A","price":"12,10"}"#);
        assert_eq!(answer.outcome, Outcome::Failed);
        assert!(answer.notes[0].contains("first at price"));
        assert!(answer.error.unwrap().message.contains("plain decimal"));
    }

    #[test]
    fn an_answer_has_no_error_and_a_refusal_has() {
        for (status, text) in [(200, "[]"), (404, "{}"), (200, r#"{"price":0}"#), (200, r#"{"price":1}"#)] {
            assert_eq!(read(status, text).error, None);
        }
        assert_eq!(read(403, "").error.unwrap().kind, LookupErrorKind::Forbidden);
    }
}
