//! Judges a token reply: which 200s hold a token that may be used, and for how long (T12, T13).

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::http::error_body::{ErrorBody, clean_without};

/// The largest token reply that is read, in bytes (H4).
pub const LARGEST_REPLY: usize = 64 * 1024;
/// The largest token that is taken, in bytes (T13).
pub const LARGEST_TOKEN: usize = 16 * 1024;
/// The lifetime of a token whose reply does not say (T12).
pub const UNSAID_LIFETIME: Duration = Duration::from_secs(300);
/// No token is taken that lives for less than this (T12).
pub const SHORTEST_LIFETIME: Duration = Duration::from_secs(1);
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
    #[error("it is JSON, but not in the shape of a token reply")]
    OtherShape,
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
    #[error("its expires_in is not a number of seconds from 1 up")]
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
    /// Reads the body of a 200 to a request that carried the secret `sent`.
    pub fn read(body: &[u8], sent: &SecretString) -> Result<Self, ReplyFault> {
        let text = std::str::from_utf8(body).map_err(|_| ReplyFault::NotJson)?;
        let text = text.trim_start_matches('\u{feff}');
        if text.trim().is_empty() {
            return Err(ReplyFault::Empty);
        }
        // Looked at before, since a list would be taken for the members of an object in their order.
        if !text.trim_start().starts_with('{') {
            return Err(no_object(body, text, sent));
        }
        let fields: Fields<'_> = serde_json::from_str(text)
            .map_err(|error| if error.is_data() { ReplyFault::OtherShape } else { ReplyFault::NotJson })?;
        match fields.error {
            None | Some(serde_json::Value::Null) => {}
            Some(serde_json::Value::String(code)) => {
                return Err(ReplyFault::CarriesError { code: clean_without(&code, sent) });
            }
            Some(_) => return Err(ReplyFault::CarriesError { code: "of an unknown form".into() }),
        }
        let access_token = fields.access_token.ok_or(ReplyFault::NoToken)?;
        check_token(&access_token)?;
        match fields.token_type {
            Some(kind) if kind.eq_ignore_ascii_case("bearer") => {}
            Some(kind) => return Err(ReplyFault::NotBearer { found: clean_without(&kind, sent) }),
            None => return Err(ReplyFault::NotBearer { found: "missing".into() }),
        }
        let lifetime = fields.expires_in.map_or(Ok(UNSAID_LIFETIME), |raw| lifetime(raw.get()))?;
        Ok(Self { access_token, lifetime })
    }
}

/// Tells a web page (captive portal, proxy) from other JSON and from other texts.
fn no_object(body: &[u8], text: &str, sent: &SecretString) -> ReplyFault {
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
        return ReplyFault::OtherShape;
    }
    let found = ErrorBody::read(body, None, sent);
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
    // A token that lives for less than the shortest wait would be fetched anew by every caller.
    if secs.is_nan() || secs < SHORTEST_LIFETIME.as_secs_f64() {
        return Err(ReplyFault::BadLifetime);
    }
    Ok(Duration::from_secs_f64(secs.min(LONGEST_LIFETIME.as_secs_f64())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn read(body: &[u8]) -> Result<TokenReply, ReplyFault> {
        TokenReply::read(body, &SecretString::from("the secret that was sent"))
    }

    fn with_expires_in(raw: &str) -> Result<Duration, ReplyFault> {
        let body = format!(r#"{{"access_token":"t","token_type":"Bearer","expires_in":{raw}}}"#);
        read(body.as_bytes()).map(|reply| reply.lifetime)
    }

    #[test]
    fn t12_expires_in_in_every_form() {
        for raw in ["3600", "3600.0", "\"3600\"", "\" 3600 \"", "3.6e3"] {
            assert_eq!(with_expires_in(raw), Ok(Duration::from_secs(3600)), "{raw}");
        }
        assert_eq!(with_expires_in("null"), Ok(UNSAID_LIFETIME));
        let missing = read(br#"{"access_token":"t","token_type":"Bearer"}"#);
        assert_eq!(missing.unwrap().lifetime, UNSAID_LIFETIME);
    }

    #[test]
    fn t12_no_lifetime_is_forever() {
        for raw in [
            "0",
            "-5",
            "\"0\"",
            "-1e300",
            "\"NaN\"",
            "\"inf\"",
            "\"\"",
            "\"soon\"",
            "true",
            "[]",
            "{}",
            "1e-10",
            "0.999",
            "\"1e-400\"",
        ] {
            assert_eq!(with_expires_in(raw), Err(ReplyFault::BadLifetime), "{raw}");
        }
        for raw in ["1e18", "\"1e400\"", "99999999999999999999999999999999", "86401"] {
            assert_eq!(with_expires_in(raw), Ok(LONGEST_LIFETIME), "{raw}");
        }
    }

    fn fault(body: &str) -> ReplyFault {
        read(body.as_bytes()).map(|_| ()).unwrap_err()
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
        let opaque = read(br#"{"access_token":"opaque~token","token_type":"bEaReR"}"#).unwrap();
        assert_eq!(opaque.access_token.expose_secret(), "opaque~token");
    }

    #[test]
    fn t13_a_200_that_carries_an_error_is_an_error() {
        let body = r#"{"access_token":"t","token_type":"Bearer","error":"invalid_client"}"#;
        assert_eq!(fault(body), ReplyFault::CarriesError { code: "invalid_client".into() });
    }

    #[test]
    fn h8_json_of_another_shape_is_said_to_be_so_and_never_taken() {
        for body in [
            r#"["tok","Bearer"]"#,
            r#" ["tok","Bearer",3600,null]"#,
            "\"tok\"",
            "7",
            "null",
            r#"{"access_token":7,"token_type":"Bearer"}"#,
            r#"{"access_token":{"value":"tok"},"token_type":"Bearer"}"#,
            r#"{"access_token":"a","access_token":"b","token_type":"Bearer"}"#,
        ] {
            assert_eq!(fault(body), ReplyFault::OtherShape, "{body}");
        }
    }

    #[test]
    fn h5_a_token_reply_that_repeats_the_secret_is_quoted_without_it() {
        let secret = "0123456789abcdef".repeat(4);
        let long = format!("{}{}", "x".repeat(500), secret.to_uppercase());
        for body in [
            format!(r#"{{"error":"{long}"}}"#),
            format!(r#"{{"access_token":"t","token_type":"{long}"}}"#),
            format!("<html><title>{long}</title>"),
        ] {
            let fault =
                TokenReply::read(body.as_bytes(), &SecretString::from(secret.as_str())).map(|_| ()).unwrap_err();
            let said = fault.to_string();
            assert!(said.contains("xxx") && !said.contains("0123"), "{said}");
        }
    }

    #[test]
    fn h8_bodies_that_are_no_token_reply_are_named() {
        assert_eq!(fault("  "), ReplyFault::Empty);
        assert_eq!(fault("[1"), ReplyFault::NotJson);
        assert_eq!(fault(&"[".repeat(10_000)), ReplyFault::NotJson);
        assert_eq!(fault("<html><title>Login</title>"), ReplyFault::WebPage { title: Some("Login".into()) });
        assert_eq!(read(b"{\"access_token\":\"\xff\"}").map(|_| ()).unwrap_err(), ReplyFault::NotJson);
    }
}
