//! What a refusing reply says of itself (H5): RFC 6749 s5.2 JSON, RFC 6750 s3 challenges, an HTML page, or nothing.
//!
//! Owns cutting and cleaning of server text. Refuses to pass on control or bidirectional characters, long texts, and the
//! secret that was sent, which debugging servers and some proxies repeat. The order is always the same: cleaned, then
//! hidden, then cut. A secret that invisible characters divide is whole again when it is looked for, and one that stands
//! across the cut leaves no beginning.

use secrecy::SecretString;

use super::Reply;
use super::traffic::hide_echoes;
use crate::invisible::is_invisible;

/// The longest description that is shown, in characters.
pub const LONGEST_DESCRIPTION: usize = 512;

/// What was found in a refusing reply; every text is clean and short.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorBody {
    /// The `error` code, from the body or else from the challenge: `invalid_client`, `invalid_token` and so on.
    pub code: Option<String>,
    /// The `error_description` or a similar field, or an HTML page's title.
    pub description: Option<String>,
    /// The `scope` that an `insufficient_scope` challenge asks for.
    pub scope: Option<String>,
    /// Whether the reply is a web page rather than an API's answer.
    pub is_html: bool,
}

impl ErrorBody {
    /// Reads the body and the `WWW-Authenticate` headers of the reply to a request that carried the secret `sent`.
    pub fn of(reply: &Reply, sent: &SecretString) -> Self {
        let mut found = Self::read(&reply.body, reply.header("content-type"), sent);
        for challenge in reply.headers("www-authenticate") {
            let parameters = bearer_parameters(challenge);
            let get = |name: &str| {
                let value = parameters.iter().find(|(key, _)| key == name).map(|(_, value)| clean_without(value, sent));
                value.filter(|text| !text.trim().is_empty())
            };
            found.code = found.code.or_else(|| get("error"));
            found.description = found.description.or_else(|| get("error_description"));
            found.scope = found.scope.or_else(|| get("scope"));
        }
        found
    }

    /// Reads a body alone. A member without words counts as absent.
    pub fn read(body: &[u8], content_type: Option<&str>, sent: &SecretString) -> Self {
        let text = String::from_utf8_lossy(&body[..body.len().min(64 * 1024)]);
        let start = text.trim_start().trim_start_matches('\u{feff}');
        if let Ok(serde_json::Value::Object(fields)) = serde_json::from_str(start) {
            let get = |name: &str| {
                let text = fields.get(name).and_then(serde_json::Value::as_str)?;
                Some(clean_without(text, sent)).filter(|text| !text.trim().is_empty())
            };
            return Self {
                code: get("error"),
                description: get("error_description").or_else(|| get("message")).or_else(|| get("detail")),
                scope: get("scope"),
                is_html: false,
            };
        }
        let is_html = content_type.is_some_and(|value| value.to_ascii_lowercase().contains("html"))
            || start.get(..5).is_some_and(|tag| tag.eq_ignore_ascii_case("<html"))
            || start.get(..9).is_some_and(|tag| tag.eq_ignore_ascii_case("<!doctype"));
        let description = if is_html { title_of(start, sent) } else { None };
        Self { description, is_html, ..Self::default() }
    }
}

/// Server text made fit to show: no control or bidirectional characters, at most 512 characters. For texts that come from
/// nobody who was sent a secret; for others there is [`clean_without`].
pub fn clean(text: &str) -> String {
    shortened(&visible(text))
}

/// The same without the secret that the server was sent, however it is spelled.
pub fn clean_without(text: &str, sent: &SecretString) -> String {
    shortened(&hide_echoes(&visible(text), sent))
}

/// A text without its control and bidirectional characters.
pub(super) fn visible(text: &str) -> String {
    text.chars().filter(|&c| is_visible(c)).collect()
}

/// At most [`LONGEST_DESCRIPTION`] characters, the last of them a sign that the text went on.
fn shortened(text: &str) -> String {
    let mut out: String = text.chars().take(LONGEST_DESCRIPTION + 1).collect();
    if let Some((cut, _)) = out.char_indices().nth(LONGEST_DESCRIPTION) {
        out.truncate(cut);
        out.pop();
        out.push('…');
    }
    out
}

/// Whether a character may stand in a line of text that is shown. One that ends a line or a paragraph may not.
pub(super) fn is_visible(c: char) -> bool {
    !c.is_control() && !is_invisible(c) && !matches!(c, '\u{2028}' | '\u{2029}')
}

fn title_of(html: &str, sent: &SecretString) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    Some(clean_without(html[start..end].trim(), sent)).filter(|title| !title.is_empty())
}

/// The parameters of the Bearer challenges in a `WWW-Authenticate` value (RFC 9110 s11.6.1), which may hold challenges of
/// several schemes; empty when there is no Bearer challenge.
pub fn bearer_parameters(value: &str) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    let mut is_bearer = false;
    let mut rest = value;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let length = rest.bytes().take_while(|byte| is_token(*byte)).count();
        if length == 0 {
            return parameters;
        }
        let (name, after) = rest.split_at(length);
        let Some(after) = after.trim_start_matches([' ', '\t']).strip_prefix('=') else {
            // A word without a value begins a challenge.
            is_bearer = name.eq_ignore_ascii_case("bearer");
            rest = after;
            continue;
        };
        let after = after.trim_start_matches([' ', '\t']);
        let (parsed, remaining) = if let Some(quoted) = after.strip_prefix('"') {
            unquote(quoted)
        } else {
            let end = after.find([',', ' ', '\t']).unwrap_or(after.len());
            (after[..end].to_owned(), &after[end..])
        };
        if is_bearer {
            parameters.push((name.to_ascii_lowercase(), parsed));
        }
        rest = remaining;
    }
}

/// The letters of a token in the sense of RFC 9110 s5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Reads a quoted-string up to its closing quote; an unclosed one ends with the text.
fn unquote(text: &str) -> (String, &str) {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (out, &text[at + 1..]),
            '\\' => out.extend(chars.next().map(|(_, escaped)| escaped)),
            _ => out.push(c),
        }
    }
    (out, "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn sent() -> SecretString {
        SecretString::from(SECRET)
    }

    #[test]
    fn h5_oauth_json_is_read() {
        let found = ErrorBody::read(
            br#"{"error":"invalid_client","error_description":"Invalid client credentials"}"#,
            None,
            &sent(),
        );
        assert_eq!(found.code.as_deref(), Some("invalid_client"));
        assert_eq!(found.description.as_deref(), Some("Invalid client credentials"));
    }

    #[test]
    fn h5_a_bearer_challenge_is_read_beside_others() {
        let parameters = bearer_parameters(
            r#"Basic realm="x", Bearer realm="api", error="insufficient_scope", scope="prices:read \"all\"", error_description=short"#,
        );
        let get = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        assert_eq!(get("error"), Some("insufficient_scope"));
        assert_eq!(get("scope"), Some("prices:read \"all\""));
        assert_eq!(get("error_description"), Some("short"));
        assert!(bearer_parameters("Basic realm=\"x\"").is_empty());
        assert_eq!(bearer_parameters("Bearer error=\"open").len(), 1);
    }

    #[test]
    fn h5_two_bearer_challenges_and_the_word_bearer_elsewhere_are_told_apart() {
        let code = |value: &str| {
            let parameters = bearer_parameters(value);
            parameters.into_iter().find(|(name, _)| name == "error").map(|(_, value)| value)
        };
        assert_eq!(code(r#"Bearer realm="a", Bearer error="invalid_token""#).as_deref(), Some("invalid_token"));
        assert_eq!(code(r#"Basic realm="bearer x", error="no", Bearer error=yes"#).as_deref(), Some("yes"));
        assert_eq!(code(r#"Bearer realm="a", Basic error="of another scheme""#), None);
        assert_eq!(code("Negotiate dG9rZW4==, Bearer error=x").as_deref(), Some("x"));
    }

    #[test]
    fn h5_a_web_page_is_recognised_by_its_title() {
        let page = b"<!DOCTYPE html><html><head><TITLE> Guest Wi-Fi login </TITLE></head>";
        let found = ErrorBody::read(page, Some("text/html; charset=utf-8"), &sent());
        assert!(found.is_html);
        assert_eq!(found.description.as_deref(), Some("Guest Wi-Fi login"));
        assert_eq!(ErrorBody::read(b"", None, &sent()), ErrorBody::default());
    }

    #[test]
    fn h5_descriptions_are_cut_and_cleaned() {
        assert_eq!(clean("a\u{202e}b\u{0}c\u{200b}\r\nd"), "abcd");
        let cut = clean(&"é".repeat(2000));
        assert_eq!(cut.chars().count(), LONGEST_DESCRIPTION);
        assert!(cut.ends_with('…'));
    }

    #[test]
    fn h5_a_secret_across_the_cut_leaves_no_beginning() {
        for echo in [SECRET.to_owned(), SECRET.to_uppercase(), format!("{}\u{200b}{}", &SECRET[..9], &SECRET[9..])] {
            let long = format!("{}{echo}", "x".repeat(LONGEST_DESCRIPTION - 20));
            let body = format!(r#"{{"error":"{long}","error_description":"{long}","scope":"{long}"}}"#);
            let page = format!("<html><title>{long}</title>");
            let challenge = format!(r#"Bearer error="{long}", error_description="{long}", scope="{long}""#);
            let replies = [
                Reply::for_tests(401, body.into_bytes(), &[]),
                Reply::for_tests(401, page.into_bytes(), &[]),
                Reply::for_tests(401, vec![], &[("www-authenticate", challenge.as_str())]),
            ];
            // A header with other characters than visible ASCII is not read at all.
            for reply in &replies[..if echo.is_ascii() { 3 } else { 2 }] {
                let found = format!("{:?}", ErrorBody::of(reply, &sent())).to_lowercase();
                assert!(found.contains("xxx") && !found.contains("0123"), "{found}");
            }
        }
    }

    #[test]
    fn h5_a_member_without_words_is_absent() {
        let body = br#"{"error":"invalid_client","error_description":" ","message":"The key is unknown","scope":""}"#;
        let found = ErrorBody::read(body, None, &sent());
        assert_eq!(found.description.as_deref(), Some("The key is unknown"));
        assert_eq!(found.scope, None);
    }

    proptest! {
        #[test]
        fn h5_no_header_and_no_body_makes_it_panic_and_what_is_shown_is_clean(header in any::<String>(), body in any::<Vec<u8>>()) {
            for (name, value) in bearer_parameters(&header).into_iter().chain(bearer_parameters(&format!("Bearer {header}"))) {
                prop_assert!(!name.is_empty() && value.len() <= header.len());
            }
            for content_type in [None, Some("text/html")] {
                let read = ErrorBody::read(&body, content_type, &sent());
                for text in [read.code, read.description, read.scope].into_iter().flatten() {
                    prop_assert!(text.chars().count() <= LONGEST_DESCRIPTION && !text.contains(char::is_control));
                }
            }
        }

        #[test]
        fn h5_pieces_of_challenges_in_any_order_do_not_make_it_panic(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "Bearer", "Basic", " ", ",", "=", "\"", "\\", "error", "scope", "realm", "é", "\t", "a=b", "==", "dG9rZW4=",
            ]), 0..24)
        ) {
            _ = bearer_parameters(&pieces.concat());
        }
    }
}
