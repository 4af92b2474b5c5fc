//! Judges a token reply: which 200s hold a token that may be used, and for how long (T12, T13).

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The largest token reply that is read, in bytes (H4).
pub const LARGEST_REPLY: usize = 64 * 1024;
/// The largest token that is taken, in bytes (T13).
pub const LARGEST_TOKEN: usize = 16 * 1024;
/// The lifetime of a token whose reply does not say (T12).
pub const UNSAID_LIFETIME: Duration = Duration::from_secs(300);
/// No token is trusted for longer than this (T12).
pub const LONGEST_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// A usable token reply (RFC 6749 s5.1).
#[derive(Debug, Clone)]
pub struct TokenReply {
    pub access_token: SecretString,
    pub lifetime: Duration,
}

/// Why a 200 is not a usable token reply. Holds no part of the reply that could be a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplyFault {
    #[error("it is a web page{}, not a token", title.as_ref().map(|title| format!(" titled “{title}”")).unwrap_or_default())]
    WebPage { title: Option<String> },
    #[error("it is empty")]
    Empty,
    #[error("it is not JSON in UTF-8")]
    NotJson,
    #[error("it carries the error {code}")]
    CarriesError { code: String },
    #[error("it has no access_token")]
    NoToken,
    #[error("its access_token holds characters that no header can carry")]
    UnsafeToken,
    #[error("its access_token is larger than 16 KiB")]
    TokenTooLarge,
    #[error("its token_type is {found}, not Bearer")]
    NotBearer { found: String },
    #[error("its expires_in is not a positive number of seconds")]
    BadLifetime,
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(default)]
    access_token: Option<SecretString>,
    #[serde(default)]
    token_type: Option<String>,
    #[serde(default, borrow)]
    expires_in: Option<&'a RawValue>,
    #[serde(default)]
    error: Option<serde_json::Value>,
}

impl TokenReply {
    /// Reads the body of a 200.
    pub fn read(body: &[u8]) -> Result<Self, ReplyFault> {
        let text = std::str::from_utf8(body).map_err(|_| ReplyFault::NotJson)?;
        let text = text.trim_start_matches('\u{feff}');
        if text.trim().is_empty() {
            return Err(ReplyFault::Empty);
        }
        let fields: Fields<'_> = serde_json::from_str(text).map_err(|_| not_a_token(body))?;
        match fields.error {
            None | Some(serde_json::Value::Null) => {}
            Some(serde_json::Value::String(code)) => {
                return Err(ReplyFault::CarriesError { code: crate::http::error_body::clean(&code) });
            }
            Some(_) => return Err(ReplyFault::CarriesError { code: "of an unknown form".into() }),
        }
        let access_token = fields.access_token.ok_or(ReplyFault::NoToken)?;
        check_token(&access_token)?;
        match fields.token_type {
            Some(kind) if kind.eq_ignore_ascii_case("bearer") => {}
            Some(kind) => return Err(ReplyFault::NotBearer { found: crate::http::error_body::clean(&kind) }),
            None => return Err(ReplyFault::NotBearer { found: "missing".into() }),
        }
        let lifetime = fields.expires_in.map_or(Ok(UNSAID_LIFETIME), |raw| lifetime(raw.get()))?;
        Ok(Self { access_token, lifetime })
    }
}

/// Tells a web page (captive portal, proxy) from other bodies that are no JSON object.
fn not_a_token(body: &[u8]) -> ReplyFault {
    let found = crate::http::error_body::ErrorBody::read(body, None);
    if found.is_html { ReplyFault::WebPage { title: found.description } } else { ReplyFault::NotJson }
}

fn check_token(token: &SecretString) -> Result<(), ReplyFault> {
    use secrecy::ExposeSecret;
    let bytes = token.expose_secret().as_bytes();
    if bytes.is_empty() {
        Err(ReplyFault::NoToken)
    } else if bytes.len() > LARGEST_TOKEN {
        Err(ReplyFault::TokenTooLarge)
    } else if bytes.iter().all(u8::is_ascii_graphic) {
        Ok(())
    } else {
        Err(ReplyFault::UnsafeToken)
    }
}

/// `expires_in` in seconds: an integer, a float, or either as a string (T12).
fn lifetime(raw: &str) -> Result<Duration, ReplyFault> {
    if raw == "null" {
        return Ok(UNSAID_LIFETIME);
    }
    let text: std::borrow::Cow<'_, str> = match serde_json::from_str::<String>(raw) {
        Ok(string) => string.into(),
        Err(_) => raw.into(),
    };
    let text = text.trim();
    // Rust's parser would take "inf" and "nan" as well.
    if !text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
        return Err(ReplyFault::BadLifetime);
    }
    let secs: f64 = text.parse().map_err(|_| ReplyFault::BadLifetime)?;
    if secs.is_nan() || secs <= 0.0 {
        return Err(ReplyFault::BadLifetime);
    }
    Ok(Duration::from_secs_f64(secs.min(LONGEST_LIFETIME.as_secs_f64())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn with_expires_in(raw: &str) -> Result<Duration, ReplyFault> {
        let body = format!(r#"{{"access_token":"t","token_type":"Bearer","expires_in":{raw}}}"#);
        TokenReply::read(body.as_bytes()).map(|reply| reply.lifetime)
    }

    #[test]
    fn t12_expires_in_in_every_form() {
        for raw in ["3600", "3600.0", "\"3600\"", "\" 3600 \"", "3.6e3"] {
            assert_eq!(with_expires_in(raw), Ok(Duration::from_secs(3600)), "{raw}");
        }
        assert_eq!(with_expires_in("null"), Ok(UNSAID_LIFETIME));
        let missing = TokenReply::read(br#"{"access_token":"t","token_type":"Bearer"}"#);
        assert_eq!(missing.unwrap().lifetime, UNSAID_LIFETIME);
    }

    #[test]
    fn t12_no_lifetime_is_forever() {
        for raw in ["0", "-5", "\"0\"", "-1e300", "\"NaN\"", "\"inf\"", "\"\"", "\"soon\"", "true", "[]", "{}"] {
            assert_eq!(with_expires_in(raw), Err(ReplyFault::BadLifetime), "{raw}");
        }
        for raw in ["1e18", "\"1e400\"", "99999999999999999999999999999999", "86401"] {
            assert_eq!(with_expires_in(raw), Ok(LONGEST_LIFETIME), "{raw}");
        }
    }

    fn fault(body: &str) -> ReplyFault {
        TokenReply::read(body.as_bytes()).map(|_| ()).unwrap_err()
    }

    #[test]
    fn t13_only_a_header_safe_bearer_token_is_taken() {
        assert_eq!(fault(r#"{"token_type":"Bearer"}"#), ReplyFault::NoToken);
        assert_eq!(fault(r#"{"access_token":"","token_type":"Bearer"}"#), ReplyFault::NoToken);
        assert_eq!(fault(r#"{"access_token":"a\r\nX: y","token_type":"Bearer"}"#), ReplyFault::UnsafeToken);
        assert_eq!(fault(r#"{"access_token":"a b","token_type":"Bearer"}"#), ReplyFault::UnsafeToken);
        assert_eq!(fault(r#"{"access_token":"å","token_type":"Bearer"}"#), ReplyFault::UnsafeToken);
        let large = format!(r#"{{"access_token":"{}","token_type":"Bearer"}}"#, "a".repeat(LARGEST_TOKEN + 1));
        assert_eq!(fault(&large), ReplyFault::TokenTooLarge);
        assert_eq!(fault(r#"{"access_token":"t","token_type":"mac"}"#), ReplyFault::NotBearer { found: "mac".into() });
        assert_eq!(fault(r#"{"access_token":"t"}"#), ReplyFault::NotBearer { found: "missing".into() });
        let opaque = TokenReply::read(br#"{"access_token":"opaque~token","token_type":"bEaReR"}"#).unwrap();
        assert_eq!(opaque.access_token.expose_secret(), "opaque~token");
    }

    #[test]
    fn t13_a_200_that_carries_an_error_is_an_error() {
        let body = r#"{"access_token":"t","token_type":"Bearer","error":"invalid_client"}"#;
        assert_eq!(fault(body), ReplyFault::CarriesError { code: "invalid_client".into() });
    }

    #[test]
    fn h8_bodies_that_are_no_token_reply_are_named() {
        assert_eq!(fault("  "), ReplyFault::Empty);
        assert_eq!(fault("[1"), ReplyFault::NotJson);
        assert_eq!(fault(&"[".repeat(10_000)), ReplyFault::NotJson);
        assert_eq!(fault(r#"{"access_token":7,"token_type":"Bearer"}"#), ReplyFault::NotJson);
        assert_eq!(fault("<html><title>Login</title>"), ReplyFault::WebPage { title: Some("Login".into()) });
        assert_eq!(TokenReply::read(b"{\"access_token\":\"\xff\"}").map(|_| ()).unwrap_err(), ReplyFault::NotJson);
    }
}
