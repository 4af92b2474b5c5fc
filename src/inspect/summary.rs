//! What may be told of a token to others: its state, its times and its readable parts, never the token itself.

use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::jwt::{self, Json, PartFault};
use crate::token::{AccessToken, Status};

/// State, times, header and claims, as JSON.
pub fn summary(status: &Status) -> Map<String, Value> {
    let token = status.token.as_deref();
    let decoded = token.and_then(|token| header_and_claims(token.secret()));
    let mut summary = Map::new();
    summary.insert("state".into(), json!(status.state));
    summary.insert("generation".into(), json!(token.map(AccessToken::generation)));
    summary.insert("seconds_left".into(), json!(token.map(|_| status.left.as_secs())));
    summary.insert("lifetime_seconds".into(), json!(token.map(|token| token.lifetime().as_secs())));
    summary.insert("expires_at".into(), json!(token.map(AccessToken::expires_at)));
    summary.insert("is_jwt".into(), json!(token.map(|_| decoded.is_some())));
    summary.insert("header".into(), json!(decoded.as_ref().map(|(header, _)| header)));
    summary.insert("claims".into(), json!(decoded.as_ref().map(|(_, claims)| claims)));
    summary
}

/// The readable parts of a JWT; nothing when the token is opaque, which RFC 6749 s1.4 allows, or one of them is broken.
pub fn header_and_claims(token: &SecretString) -> Option<(Map<String, Value>, Map<String, Value>)> {
    let decoded = jwt::decode(token.clone()).ok()?;
    let object = |part: &Result<Json, PartFault>| serde_json::from_str(part.as_ref().ok()?.root().raw()).ok();
    Some((object(&decoded.header)?, object(&decoded.payload)?))
}
