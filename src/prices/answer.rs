//! A reply of the price endpoint, fully read: outcome, prices, notes, the body as it came, and the error if it is one.
//!
//! Owns the way from status and bytes to all of these, so that the client has one call to make. Refuses to know how
//! the bytes came: retries, tokens and headers are the client's.

use super::body::{Body, BodyFault};
use super::lookup::{LookupError, LookupErrorKind};
use super::outcome::{Outcome, classify, doubt};
use super::price::Price;
use super::reader::{self, Reading};

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
}

impl Answer {
    /// Reads the reply to a question for `sku`. The bytes are those after decompression.
    pub fn read(sku: &str, http_status: u16, content_type: Option<&str>, bytes: &[u8]) -> Self {
        let (body, _) = Body::keep(bytes, content_type);
        let mut reading = match http_status {
            // What an error reply says about prices, for example of a plan, is no price of the SKU.
            200..=299 => reader::read(&body, sku),
            _ => Reading::default(),
        };
        let outcome = classify(http_status, &reading, &body);
        reading.notes.extend(doubt(http_status, &reading, &body).map(str::to_owned));
        let error = match outcome {
            Outcome::Failed => Some(failure(http_status, &reading, body.fault())),
            Outcome::Forbidden => Some(LookupError::new(
                LookupErrorKind::Forbidden,
                "The server refused this lookup: the token is valid, but its key has no permission for it (HTTP 403).",
                "Ask whoever manages the API keys in the Account Portal to give this key access to prices.",
            )),
            _ => None,
        };
        if outcome == Outcome::Failed {
            reading.prices.clear();
        }
        Self { outcome, prices: reading.prices, notes: reading.notes, body, error }
    }
}

/// The error behind a reply that failed. The client knows more about some (retries, tokens) and may replace them.
fn failure(http_status: u16, reading: &Reading, fault: Option<&BodyFault>) -> LookupError {
    use LookupErrorKind as K;
    let (kind, message, hint) = match (http_status, fault) {
        (200..=299, Some(fault)) => return unreadable(fault),
        (200..=299, None) if reading.is_error => (
            K::ErrorReply,
            format!("The server answered with HTTP {http_status}, but its reply is an error and holds no price."),
            "Open the body to see what the server says.",
        ),
        (200..=299, None) => (
            K::Unreadable,
            "The body names a price, but not as a plain decimal number, so it is not shown as one.".to_owned(),
            "Open the body to see how the server wrote it.",
        ),
        (404, _) => (
            K::WrongAddress,
            "The server has nothing at this address (HTTP 404); the reply does not come from the price endpoint."
                .to_owned(),
            "Check the API URL of this profile.",
        ),
        (401, _) => (
            K::Unauthorized,
            "The server refused the token (HTTP 401): the key is invalid, or the token expired or was revoked."
                .to_owned(),
            "Press “Test key”; if it fails, check the key in the Account Portal.",
        ),
        (429, _) => (
            K::RateLimited,
            "The server limits how often it may be asked (HTTP 429).".to_owned(),
            "Wait a moment and look it up again.",
        ),
        (300..=399, _) => (
            K::Redirected,
            format!("The server sent the request elsewhere (HTTP {http_status}); redirects are not followed."),
            "Check the API URL of this profile: it should be the final address.",
        ),
        (500..=599, _) => (
            K::ServerError,
            format!("The server failed (HTTP {http_status})."),
            "Look it up again later; if it goes on, report it to the vendor.",
        ),
        _ => (
            K::UnexpectedStatus,
            format!("The server answered with HTTP {http_status}, which is not an answer about a price."),
            "Open the body to see what the server says, and check the query parameters.",
        ),
    };
    LookupError::new(kind, message, hint)
}

/// A fault's sentence as message, and what to do as hint.
fn unreadable(fault: &BodyFault) -> LookupError {
    use LookupErrorKind as K;
    let kind = match fault {
        BodyFault::TooLarge { .. } => K::TooLarge,
        BodyFault::WebPage => K::WrongAddress,
        _ => K::Unreadable,
    };
    LookupError::new(kind, fault.to_string(), fault.hint())
}

impl From<&BodyFault> for LookupError {
    fn from(fault: &BodyFault) -> Self {
        unreadable(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn p3_an_error_reply_names_no_price() {
        let answer = read(402, r#"{"error":"payment","price":"99.00"}"#);
        assert_eq!((answer.outcome, answer.prices.len()), (Outcome::Failed, 0));
        assert_eq!(answer.error.unwrap().kind, LookupErrorKind::UnexpectedStatus);
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
