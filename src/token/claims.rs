//! What a token says of itself, as far as a verdict or a second countdown needs it. Nothing is decided by it (T10, T11).

use jiff::Timestamp;
use secrecy::SecretString;

use crate::inspect::claim::texts;
use crate::inspect::jwt::{self, Json};
use crate::inspect::numeric_date::NumericDate;

/// The registered claims (RFC 7519 s4.1) that are readable; each may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    pub issuer: Option<String>,
    pub audience: Vec<String>,
    pub expires: Option<Timestamp>,
    pub not_before: Option<Timestamp>,
    pub issued: Option<Timestamp>,
}

impl Claims {
    /// Reads a token; nothing when it is no JWT, which RFC 6749 s1.4 allows, or its payload is broken.
    pub fn of(token: &SecretString) -> Option<Self> {
        let jwt = jwt::decode(token.clone()).ok()?;
        let payload = jwt.payload.as_ref().ok()?;
        let date = |name: &str| payload.get(name).and_then(|node| NumericDate::of(node).at());
        Some(Self {
            issuer: named(payload, "iss").into_iter().next(),
            audience: named(payload, "aud"),
            expires: date("exp"),
            not_before: date("nbf"),
            issued: date("iat"),
        })
    }
}

fn named(payload: &Json, name: &str) -> Vec<String> {
    payload.get(name).map(texts).unwrap_or_default()
}
