//! The members of a header or payload as rows of a table: what they are called, what stands there, what that means.
//!
//! Owns the words for registered names (RFC 7519 s4.1, RFC 7515 s4.1, `OpenID` Connect Core, RFC 8693, RFC 7800). A name that it
//! does not know is shown as it was written, without a meaning. Refuses to judge; see [`super::check`].

use std::borrow::Cow;
use std::collections::HashSet;

use jiff::Timestamp;

use super::jwt::{Json, Part};
use super::numeric_date::NumericDate;
use super::relative::{Relative, relative};
use super::visible::{LONGEST, LONGEST_IN_TABLE, visible, visible_json};
use crate::prices::json::{Kind, Node};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRow {
    pub name: String,
    /// The value as it was written, hidden characters visible, cut at 200 characters.
    pub value: String,
    /// What the name stands for, and what is odd about the value; empty for a name without a meaning of its own.
    pub meaning: String,
    /// The date that the value is.
    pub at: Option<Timestamp>,
    /// How many hidden characters stand in name and value.
    pub hidden: usize,
    /// Where the value stands, for [`in_full`].
    pub index: u32,
}

impl ClaimRow {
    /// The date as seen from `now`.
    pub fn relative(&self, now: Timestamp) -> Option<Relative> {
        self.at.map(|at| relative(at, now))
    }
}

/// The rows of a part, in the order in which they were written; a name that occurs twice has two rows.
pub fn rows(json: &Json, part: Part) -> Vec<ClaimRow> {
    let duplicates: HashSet<&str> = json.duplicates.iter().map(String::as_str).collect();
    json.root().children().map(|node| row(node, &duplicates, part)).collect()
}

fn row(node: Node<'_>, duplicates: &HashSet<&str>, part: Part) -> ClaimRow {
    let key = node.key().unwrap_or_default();
    let name = visible(&key, 60);
    let value = value_of(node, LONGEST_IN_TABLE);
    let registered = match part {
        Part::Header => header_meaning(&key),
        Part::Payload | Part::Signature => claim_meaning(&key),
    };
    let date = (part == Part::Payload && is_date(&key)).then(|| NumericDate::of(node));
    let mut meaning = registered.to_owned();
    if let Some(at) = date.and_then(NumericDate::at) {
        meaning = format!("{registered} {}", at.strftime("%H:%M:%S UTC, %-d %b %Y"));
    }
    if let Some(oddity) = date.and_then(NumericDate::oddity) {
        meaning = format!("{meaning}; this {oddity}");
    }
    let hidden = name.hidden + value.hidden;
    if duplicates.contains(name.text.as_str()) {
        meaning = sentence(&meaning, "named more than once");
    }
    if hidden > 0 {
        meaning = sentence(&meaning, "holds hidden characters");
    }
    ClaimRow {
        name: name.text,
        value: value.text,
        meaning,
        at: date.and_then(NumericDate::at),
        hidden,
        index: node.index(),
    }
}

fn sentence(meaning: &str, addition: &str) -> String {
    if meaning.is_empty() { format!("No registered name; {addition}") } else { format!("{meaning}; {addition}") }
}

/// The value of a row on up to 8,000 characters, and how many more there are.
pub fn in_full(json: &Json, row: &ClaimRow) -> Option<(String, usize)> {
    let shown = value_of(json.node(row.index)?, LONGEST);
    Some((shown.text, shown.cut))
}

fn value_of(node: Node<'_>, longest: usize) -> super::visible::Visible {
    match node.text() {
        Some(text) => visible(&text, longest),
        None => visible_json(node.raw(), longest),
    }
}

/// Whether a claim is a date by its registration.
fn is_date(name: &str) -> bool {
    matches!(name, "exp" | "nbf" | "iat" | "auth_time" | "updated_at")
}

fn claim_meaning(name: &str) -> &'static str {
    match name {
        // RFC 7519 s4.1.
        "iss" => "Issuer: who made the token",
        "sub" => "Subject: whose token it is",
        "aud" => "Audience: who may take it",
        "exp" => "Expires",
        "nbf" => "Valid from",
        "iat" => "Issued",
        "jti" => "Number of the token at its issuer",
        // RFC 8693 s4, RFC 9068 s2.2.
        "scope" => "Permissions, parted by spaces",
        "client_id" => "Client that asked for it",
        "act" => "Who acts for the subject",
        "may_act" => "Who may act for the subject",
        "roles" => "Roles of the subject",
        "groups" => "Groups of the subject",
        "entitlements" => "Entitlements of the subject",
        // RFC 7800 s3.1.
        "cnf" => "Key that the bearer must prove to have",
        // OpenID Connect Core s2 and s5.1.
        "auth_time" => "Signed in",
        "nonce" => "Value that ties it to one sign-in",
        "acr" => "How well the sign-in was checked",
        "amr" => "How the sign-in was done",
        "azp" => "Client that it was issued to",
        "sid" => "Number of the session",
        "at_hash" => "Hash of the access token beside it",
        "c_hash" => "Hash of the code beside it",
        "name" => "Full name of the subject",
        "preferred_username" => "User name of the subject",
        "email" => "E-mail address of the subject",
        "email_verified" => "Whether the address was checked",
        "updated_at" => "Subject last changed",
        _ => "",
    }
}

fn header_meaning(name: &str) -> &'static str {
    match name {
        // RFC 7515 s4.1.
        "alg" => "Algorithm of the signature",
        "kid" => "Key that signed it",
        "typ" => "Kind of token",
        "cty" => "Kind of content",
        "jku" => "Address of the issuer's keys; not followed",
        "jwk" => "Key inside the token; never trusted",
        "x5u" => "Address of a certificate; not followed",
        "x5c" => "Certificates inside the token; not trusted",
        "x5t" => "SHA-1 of the signer's certificate",
        "x5t#S256" => "SHA-256 of the signer's certificate",
        "crit" => "Extensions that a reader must understand",
        // RFC 7516 s4.1, RFC 7797.
        "enc" => "Algorithm of the encryption",
        "zip" => "Compression",
        "b64" => "Whether the payload is encoded",
        _ => "",
    }
}

/// The text of a claim, or the texts of a list, as `aud` may be either (RFC 7519 s4.1.3).
pub(crate) fn texts(node: Node<'_>) -> Vec<String> {
    match node.kind() {
        Kind::String => node.text().map(Cow::into_owned).into_iter().collect(),
        Kind::Array => node.children().filter_map(|child| Some(child.text()?.into_owned())).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;
    use crate::inspect::jwt;

    fn payload(json: &str) -> (Json, Vec<ClaimRow>) {
        let token = format!("e30.{}.", URL_SAFE_NO_PAD.encode(json));
        let json = jwt::decode(token.into()).ok().unwrap().payload.ok().unwrap();
        let rows = rows(&json, Part::Payload);
        (json, rows)
    }

    #[test]
    fn registered_names_are_explained_and_unknown_ones_kept_as_written() {
        let (_, rows) = payload(r#"{"iss":"x","tenant":"demo","weird":{"a": 1e2}}"#);
        assert_eq!(rows[0].meaning, "Issuer: who made the token");
        assert_eq!((rows[1].value.as_str(), rows[1].meaning.as_str()), ("demo", ""));
        assert_eq!(rows[2].value, r#"{"a": 1e2}"#);
    }

    #[test]
    fn dates_are_shown_in_utc_and_as_seen_from_now() {
        let (_, rows) = payload(r#"{"exp":1795530401,"tenant":1795530401}"#);
        assert_eq!(rows[0].meaning, "Expires 14:26:41 UTC, 24 Nov 2026");
        let now = Timestamp::from_second(1_795_530_401 - 3228).unwrap();
        assert_eq!(rows[0].relative(now).unwrap().text, "in 53:48");
        assert_eq!(rows[1].at, None, "only what is registered as a date is one");
    }

    #[test]
    fn odd_dates_are_said_to_be_odd() {
        for (value, words) in
            [("\"1795530401\"", "is text"), ("1e300", "no calendar"), ("-5", "negative"), ("null", "no number")]
        {
            let (_, rows) = payload(&format!(r#"{{"exp":{value}}}"#));
            assert!(rows[0].meaning.contains(words), "{value}: {}", rows[0].meaning);
        }
    }

    #[test]
    fn duplicates_and_hidden_characters_are_flagged() {
        let (_, rows) = payload("{\"sub\":\"a\",\"sub\":\"b\u{202e}c\"}");
        assert!(rows.iter().all(|row| row.meaning.contains("named more than once")), "{rows:?}");
        assert_eq!(rows[1].value, "b<U+202E>c");
        assert!(rows[1].meaning.contains("hidden characters"));
    }

    #[test]
    fn a_long_value_is_cut_in_the_table_and_whole_in_full() {
        let (json, rows) = payload(&format!(r#"{{"a":"{}"}}"#, "x".repeat(9_000)));
        assert_eq!(rows[0].value.chars().count(), LONGEST_IN_TABLE + 1);
        assert_eq!(in_full(&json, &rows[0]).unwrap().1, 1_000);
    }
}
