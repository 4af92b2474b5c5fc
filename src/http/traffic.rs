//! What may be shown of one exchange: both texts, the status, the sizes. It is what the activity log keeps.
//!
//! Built from known parts rather than cleaned afterwards: of a form, the secret's value is never read; of a token reply, only
//! the values of members that cannot be a token are kept; of headers, only the values that are known to be harmless. What a
//! server writes freely (a price body, an error's words) is cut, and the secret that was sent is hidden wherever it is
//! echoed. Refuses to keep user names, passwords and fragments of URLs.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use memchr::memmem;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

use super::error_body::{clean_without, is_visible, visible};
use super::{Form, HttpError, Reply, echo};

/// What stands in place of a value that is not shown.
pub const HIDDEN: &str = "…";
/// So much of the body of a reply that has its answer elsewhere in the window is kept, in bytes.
pub const ANSWER_KEPT: usize = 512;
/// So much of the body of a refusing reply is kept, in bytes.
pub const REFUSAL_KEPT: usize = 4096;

/// A secret that is echoed may begin before the cut and end behind it; so much more is looked at, in bytes.
const BEYOND_CUT: usize = 16 * 1024;
const MOST_HEADERS: usize = 40;
const LONGEST_HEADER: usize = 256;
const LONGEST_URL: usize = 2048;

/// Reply headers whose values name no person, key or session. The names of all others are shown alone.
const HARMLESS_HEADERS: [&str; 17] = [
    "age",
    "allow",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "expires",
    "pragma",
    "retry-after",
    "server",
    "transfer-encoding",
    "vary",
    "via",
    "www-authenticate",
    "x-request-id",
];
/// Members of a token reply whose values can be no token (RFC 6749 s5.1 and s5.2).
const HARMLESS_MEMBERS: [&str; 7] =
    ["token_type", "expires_in", "scope", "error", "error_description", "error_uri", "issued_token_type"];

/// One exchange, as far as it got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traffic {
    /// Method, URL, headers and body.
    pub request: Box<str>,
    /// Status, headers and body; nothing while or when no reply came.
    pub response: Option<Box<str>>,
    pub status: Option<u16>,
    /// The size of the request's body in bytes.
    pub sent: usize,
    /// The size of the reply's body in bytes, after decompression.
    pub received: usize,
}

impl Traffic {
    /// A token request that is about to be sent.
    pub fn of_form(url: &Url, form: &Form<'_>) -> Self {
        let request = format!(
            "POST {}\naccept: application/json\ncontent-type: application/x-www-form-urlencoded\n\n\
             grant_type={}\nclient_id={}\nclient_secret={HIDDEN}",
            without_values(url),
            form.grant_type,
            shortened(form.client_id),
        );
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).map(str::len).sum::<usize>();
        let values = [form.grant_type, form.client_id, form.client_secret.expose_secret()];
        let sent = values.map(encoded).iter().sum::<usize>() + "grant_type=&client_id=&client_secret=".len();
        Self { request: request.into(), response: None, status: None, sent, received: 0 }
    }

    /// A request with a bearer token that is about to be sent. The query is shown: it is what the user asked for.
    pub fn of_get(url: &Url, bearer: &SecretString) -> Self {
        const BEGIN: &str = "GET ";
        const HEADERS: &str = "\naccept: application/json\ncontent-type: application/json\nauthorization: Bearer …";
        let whole = address_with_query(url);
        let hidden = hide(&whole, bearer);
        let address = cut(&hidden, LONGEST_URL);
        let mut request = String::with_capacity(BEGIN.len() + address.len() + HEADERS.len());
        request.extend([BEGIN, &address, HEADERS]);
        Self { request: request.into(), response: None, status: None, sent: 0, received: 0 }
    }

    /// Takes a token endpoint's reply in. Of its body, only what can be no token is kept.
    pub fn answered_with_token(&mut self, reply: &Reply, client_secret: &SecretString) {
        let body = match serde_json::from_slice::<Map<String, Value>>(trimmed(&reply.body)) {
            Ok(members) => hide_echoes(&harmless(&members, client_secret), client_secret).into_owned(),
            Err(_) if reply.body.is_empty() => String::new(),
            Err(_) => format!("({} bytes that are no JSON object are not kept)", reply.body.len()),
        };
        self.take(reply, &body, client_secret);
    }

    /// Takes any other reply in; `kept` bytes of its body at most.
    pub fn answered(&mut self, reply: &Reply, bearer: &SecretString, kept: usize) {
        let body = match plain_beginning(&reply.body, bearer, kept) {
            Some(plain) => Cow::Borrowed(plain),
            None => Cow::Owned(cleaned_beginning(reply, bearer, kept)),
        };
        if reply.body.len() > kept {
            self.take(reply, &format!("{body}\n({} bytes in all)", reply.body.len()), bearer);
        } else {
            self.take(reply, &body, bearer);
        }
    }

    /// Takes in what is known of a reply that was not read to its end: it may have a status all the same.
    pub fn failed(&mut self, error: &HttpError) {
        if let HttpError::Redirected { status, .. } | HttpError::TooLarge { status, .. } = error {
            self.status = Some(*status);
        }
    }

    /// Takes status and headers in; of `body`, the secret is hidden already.
    fn take(&mut self, reply: &Reply, body: &str, secret: &SecretString) {
        let shown = || {
            reply.all_headers().take(MOST_HEADERS).map(|(name, value)| {
                let value = value.filter(|_| HARMLESS_HEADERS.contains(&name));
                (name, value.map_or(Cow::Borrowed(HIDDEN), |value| header_value(value, reply, secret)))
            })
        };
        // The text is made at once and in its full size, since every lookup makes one.
        let status = "HTTP 200\n".len();
        let headers: usize = shown().map(|(name, value)| name.len() + value.len() + ": \n".len()).sum();
        let mut text = String::with_capacity(status + headers + "\n".len() + body.len());
        let _infallible = writeln!(text, "HTTP {}", reply.status);
        for (name, value) in shown() {
            text.extend([name, ": ", &value, "\n"]);
        }
        if let Cow::Owned(hidden) = hide_in(reply, &text, secret) {
            text = hidden;
        }
        if !body.is_empty() {
            text.push('\n');
            text.push_str(body);
        }
        self.response = Some(text.into());
        self.status = Some(reply.status);
        self.received = reply.body.len();
    }
}

/// The value of a header, without control characters and not too long. Where nothing is cut, the secret is left to whoever
/// hides it in all headers at once.
fn header_value<'a>(value: &'a str, reply: &Reply, secret: &SecretString) -> Cow<'a, str> {
    if value.len() <= LONGEST_HEADER && value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(value);
    }
    Cow::Owned(cut(&hide_in(reply, &visible(value), secret), LONGEST_HEADER).into_owned())
}

/// Of a refusal, every spelling is looked for. A success is on the way of every lookup, and its body was searched before.
fn hide_in<'a>(reply: &Reply, text: &'a str, secret: &SecretString) -> Cow<'a, str> {
    if reply.is_success() { hide(text, secret) } else { hide_echoes(text, secret) }
}

/// The first `kept` bytes of a body that can be shown as they are, as nearly every body's can: visible ASCII in which no
/// secret and no JWT begins. So much more than them is looked at as a secret needs that begins within them.
fn plain_beginning<'a>(body: &'a [u8], secret: &SecretString, kept: usize) -> Option<&'a str> {
    let secret = secret.expose_secret().as_bytes();
    let seen = &body[..body.len().min(kept + secret.len().max(JWT_START.len()))];
    // Every byte is looked at, since that is done many at a time where stopping at the first is not.
    let plain = seen.iter().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~' | b'\n' | b'\t'));
    let is_safe = plain && find(seen, secret).is_none() && memmem::find(seen, JWT_START.as_bytes()).is_none();
    str::from_utf8(&seen[..seen.len().min(kept)]).ok().filter(|_| is_safe)
}

/// The same of any body. Cleaned, then hidden, then cut: a secret that invisible characters divide is whole again when it is
/// looked for, and one that stands across the cut leaves no beginning.
fn cleaned_beginning(reply: &Reply, secret: &SecretString, kept: usize) -> String {
    let body = &reply.body[..reply.body.len().min(kept + BEYOND_CUT)];
    let mut text = String::from_utf8_lossy(body).into_owned();
    text.retain(|c| is_visible(c) || matches!(c, '\n' | '\t'));
    cut(&hide_in(reply, &text, secret), kept).into_owned()
}

/// Where whoever sends a request leaves what may be shown of it, for whoever waits for it; cheap to clone.
#[derive(Clone, Default)]
pub struct Wire(Arc<Mutex<Option<Traffic>>>);

impl Wire {
    /// In place of what was left before.
    pub fn leave(&self, traffic: Traffic) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(traffic);
    }

    pub fn take(&self) -> Option<Traffic> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Scheme, host, port and path.
fn address(url: &Url) -> String {
    format!("{}://{}{}", url.scheme(), super::host_of(url), url.path())
}

/// The same with the query.
fn address_with_query(url: &Url) -> Cow<'_, str> {
    if url.username().is_empty() && url.password().is_none() && url.fragment().is_none() {
        return Cow::Borrowed(url.as_str());
    }
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    Cow::Owned(address(url) + &query)
}

/// A URL whose query, if it has one, is shown by its names alone (H7).
pub(crate) fn without_values(url: &Url) -> String {
    let mut text = address(url);
    for (index, (name, _)) in url.query_pairs().enumerate() {
        let _infallible = write!(text, "{}{name}={HIDDEN}", if index == 0 { '?' } else { '&' });
    }
    cut(&text, LONGEST_URL).into_owned()
}

/// Enough of a client ID to know it again. Not the whole, since a secret may have been put into its place.
pub(crate) fn shortened(id: &str) -> String {
    let chars: Vec<char> = id.chars().filter(char::is_ascii_graphic).collect();
    match chars.len() {
        0..16 => HIDDEN.into(),
        many => chars[..8].iter().chain(&['…']).chain(&chars[many - 4..]).collect(),
    }
}

/// A token reply with the values of its harmless members.
fn harmless(members: &Map<String, Value>, secret: &SecretString) -> String {
    let shown: Map<String, Value> = members
        .iter()
        .take(MOST_HEADERS)
        .map(|(name, value)| {
            let value = match value {
                Value::String(text) if HARMLESS_MEMBERS.contains(&name.as_str()) => {
                    Value::String(clean_without(text, secret))
                }
                Value::Number(_) | Value::Bool(_) | Value::Null if HARMLESS_MEMBERS.contains(&name.as_str()) => {
                    value.clone()
                }
                _ => Value::String(HIDDEN.into()),
            };
            (cut(&clean_without(name, secret), 64).into_owned(), value)
        })
        .collect();
    serde_json::to_string_pretty(&shown).unwrap_or_default()
}

fn trimmed(body: &[u8]) -> &[u8] {
    body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body)
}

/// At most `limit` bytes of a text, and a sign that it went on.
pub(crate) fn cut(text: &str, limit: usize) -> Cow<'_, str> {
    if text.len() <= limit {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}…", &text[..text.floor_char_boundary(limit)]))
}

/// The text with `secret`, and whatever looks like a JWT, replaced.
pub(crate) fn hide<'a>(text: &'a str, secret: &SecretString) -> Cow<'a, str> {
    let secret = secret.expose_secret().as_bytes();
    let Some(first) = find(text.as_bytes(), secret) else { return hide_jwts(text) };
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut next) = (text, Some(first));
    while let Some(at) = next {
        // Both ends are boundaries of characters, since a whole text was found there.
        out.push_str(&rest[..at]);
        out.push_str(HIDDEN);
        rest = &rest[at + secret.len()..];
        next = find(rest.as_bytes(), secret);
    }
    out.push_str(rest);
    Cow::Owned(hide_jwts(&out).into_owned())
}

/// The same in every spelling that a server may choose. Takes longer: for words that come with a refusal, which are few.
pub(crate) fn hide_echoes<'a>(text: &'a str, secret: &SecretString) -> Cow<'a, str> {
    match echo::hidden(text.as_bytes(), secret) {
        Some(hidden) => Cow::Owned(hide(&String::from_utf8_lossy(&hidden), secret).into_owned()),
        None => hide(text, secret),
    }
}

/// Where a secret begins in a text. One of hexadecimal digits is found in any case, since a server that has read it as a
/// number writes it in its own.
fn find(text: &[u8], secret: &[u8]) -> Option<usize> {
    /// So much of it is looked for first: to look for a long text costs its length each time, wherever it is looked for.
    const BEGINNING: usize = 4;
    if secret.is_empty() || text.len() < secret.len() {
        return None;
    }
    // A bearer token is told from hexadecimal digits by its first few letters, so that this costs a lookup nothing.
    if secret.iter().all(u8::is_ascii_hexdigit) {
        let first = secret[0];
        let mut places = memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text);
        return places
            .find(|&at| text.get(at..at + secret.len()).is_some_and(|seen| seen.eq_ignore_ascii_case(secret)));
    }
    let beginning = &secret[..secret.len().min(BEGINNING)];
    memmem::find_iter(text, beginning).find(|&at| text[at..].starts_with(secret))
}

/// How a JWT begins: `{"` in base64url.
const JWT_START: &str = "eyJ";

/// A JWT has three parts after its beginning; no reply has a reason to hold one, whoever's it is.
fn hide_jwts(text: &str) -> Cow<'_, str> {
    if memmem::find(text.as_bytes(), JWT_START.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(JWT_START) {
        let (before, word) = rest.split_at(at);
        let end = word.find(|c| !is_part(c)).unwrap_or(word.len());
        let is_jwt = end > 40 && word[..end].matches('.').count() >= 1;
        out.push_str(before);
        out.push_str(if is_jwt { HIDDEN } else { &word[..end] });
        rest = &word[end..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    const JWT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzb21lYm9keSBlbHNlIn0.c2lnbmF0dXJl";

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    fn form(secret: &SecretString) -> Form<'_> {
        Form { grant_type: "client_credentials", client_id: "a1b2c3d4e5f6a1b2c3d4e5f6", client_secret: secret }
    }

    fn reply(status: u16, body: &str, headers: &[(&str, &str)]) -> Reply {
        Reply::for_tests(status, body.as_bytes().to_vec(), headers)
    }

    #[test]
    fn k10_a_token_request_shows_neither_the_secret_nor_what_a_url_could_hide() {
        let secret = SecretString::from(SECRET);
        let traffic =
            Traffic::of_form(&url("https://me:pw@login.example.com:8443/oauth2/token?key=abc#frag"), &form(&secret));
        assert_eq!(
            &*traffic.request,
            "POST https://login.example.com:8443/oauth2/token?key=…\naccept: application/json\n\
             content-type: application/x-www-form-urlencoded\n\ngrant_type=client_credentials\n\
             client_id=a1b2c3d4…e5f6\nclient_secret=…"
        );
        let sent = format!("grant_type=client_credentials&client_id=a1b2c3d4e5f6a1b2c3d4e5f6&client_secret={SECRET}");
        assert_eq!(traffic.sent, sent.len());
    }

    #[test]
    fn k10_a_token_reply_keeps_only_what_can_be_no_token() {
        let secret = SecretString::from(SECRET);
        let mut traffic = Traffic::of_form(&url("https://login.example.com/t"), &form(&secret));
        let body = format!(
            r#"{{"access_token":"opaque-token","token_type":"Bearer","expires_in":3600,"id_token":"{JWT}","x":{{"y":"opaque-token"}}}}"#
        );
        let headers = [("date", "Tue, 24 Nov 2026 13:26:41 GMT"), ("set-cookie", "session=opaque-token")];
        traffic.answered_with_token(&reply(200, &body, &headers), &secret);
        assert_eq!(
            traffic.response.as_deref(),
            Some(
                "HTTP 200\ndate: Tue, 24 Nov 2026 13:26:41 GMT\nset-cookie: …\n\n{\n  \"access_token\": \"…\",\n  \
                 \"token_type\": \"Bearer\",\n  \"expires_in\": 3600,\n  \"id_token\": \"…\",\n  \"x\": \"…\"\n}"
            )
        );
        assert_eq!((traffic.status, traffic.received), (Some(200), body.len()));
        traffic.answered_with_token(&reply(200, "opaque-token", &[]), &secret);
        assert_eq!(traffic.response.as_deref(), Some("HTTP 200\n\n(12 bytes that are no JSON object are not kept)"));
    }

    #[test]
    fn k10_a_server_that_echoes_what_it_was_sent_is_not_quoted() {
        let bearer = SecretString::from("opaque/token~1");
        let mut traffic = Traffic::of_get(&url("https://api.example.com/v1/prices?sku=opaque/token~1"), &bearer);
        let long = format!("{}opaque/token~1", "x".repeat(ANSWER_KEPT - 4));
        let divided = "opaque/\u{200b}tok\u{0}en~1";
        for body in
            [r#"{"authorization":"Bearer opaque/token~1"}"#, &format!(r#"{{"someone":"{JWT}"}}"#), &long, divided]
        {
            let headers = [("www-authenticate", "Bearer realm=\"opaque/token~1\"")];
            traffic.answered(&reply(401, body, &headers), &bearer, ANSWER_KEPT);
            let text = format!("{traffic:?}");
            assert!(!text.contains("opaque") && !text.contains("eyJ"), "{text}");
        }
        let secret = SecretString::from(SECRET);
        let mut traffic = Traffic::of_form(&url("https://login.example.com/t"), &form(&secret));
        let body = format!(r#"{{"error":"invalid_client","error_description":"unknown secret {SECRET}"}}"#);
        traffic.answered_with_token(&reply(401, &body, &[]), &secret);
        assert!(traffic.response.as_deref().unwrap().contains("unknown secret …"), "{traffic:?}");
    }

    #[test]
    fn k10_a_secret_across_a_cut_or_in_another_case_is_not_quoted() {
        let secret = SecretString::from(SECRET);
        for echo in [SECRET.to_owned(), SECRET.to_uppercase()] {
            let long = |upto: usize| format!("{}{echo}", "x".repeat(upto - 20));
            let body = format!(r#"{{"error":"{}","{}":1}}"#, long(512), long(64));
            let header = format!("Basic realm=\"{}\"", long(LONGEST_HEADER - 13));
            let reply = reply(401, &body, &[("www-authenticate", &header)]);
            let mut traffic = Traffic::of_form(&url("https://login.example.com/t"), &form(&secret));
            traffic.answered_with_token(&reply, &secret);
            let told = traffic.response.take().unwrap().to_lowercase();
            assert!(told.contains("xxx") && !told.contains("0123"), "{told}");
            traffic.answered(&reply, &secret, ANSWER_KEPT);
            let told = traffic.response.take().unwrap().to_lowercase();
            assert!(told.contains("xxx") && !told.contains("0123"), "{told}");
        }
        assert_eq!(hide(&format!("a{SECRET}b{}c", SECRET.to_uppercase()), &secret), "a…b…c");
        // What is no hexadecimal secret is another text in another case.
        assert_eq!(hide("OPAQUE/TOKEN opaque/token", &SecretString::from("opaque/token")), "OPAQUE/TOKEN …");
    }

    #[test]
    fn a_long_body_is_cut_and_says_how_long_it_was() {
        let bearer = SecretString::from("opaque-token");
        let mut traffic = Traffic::of_get(&url("https://api.example.com/prices?sku=0042"), &bearer);
        assert!(traffic.request.starts_with("GET https://api.example.com/prices?sku=0042\n"), "{}", traffic.request);
        traffic.answered(&reply(200, &"é\u{202e}\u{0}".repeat(10_000), &[]), &bearer, ANSWER_KEPT);
        let text = traffic.response.unwrap();
        assert!(text.ends_with("(60000 bytes in all)") && text.len() < 700, "{text}");
        assert!(!text.contains(['\u{202e}', '\u{0}']));
    }
}
