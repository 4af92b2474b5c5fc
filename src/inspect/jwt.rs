//! Takes a JWT apart (RFC 7515 s3.1, RFC 7519 s3) and names the part that is broken, and how.
//!
//! Owns the way from text to header, payload and signature bytes; each part is read on its own, so that a broken one does not
//! hide the others. Refuses to judge what stands in them. The token rests in a `SecretString`, and nothing here prints it.

use std::collections::HashSet;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::visible;
use crate::prices::json::{Fault, Kind, MAX_DEPTH, Node, Outline};

/// One of the three parts of a JWT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Header,
    Payload,
    Signature,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::Payload => "payload",
            Self::Signature => "signature",
        })
    }
}

/// A token that has the form of a JWT. Its parts may be broken, each in its own way.
pub struct Jwt {
    token: SecretString,
    pub header: Result<Json, PartFault>,
    pub payload: Result<Json, PartFault>,
    pub signature: Result<Signature, PartFault>,
}

/// A part that is a JSON object.
pub struct Json {
    text: Zeroizing<String>,
    outline: Outline,
    /// The names that occur more than once in the object itself, in the order of their second occurrence.
    pub duplicates: Vec<String>,
}

/// The bytes of a signature; empty for an unsigned token.
pub struct Signature(Zeroizing<Vec<u8>>);

/// Why a text is no JWT at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAJwt {
    #[error("There is no token to read.")]
    Empty,
    #[error(
        "This token is opaque: it is not a JWT, so there is nothing to read in it. That is allowed. Only the server can say what it is good for."
    )]
    Opaque,
    #[error(
        "This has the form of a client ID, not of a token. A client ID is no secret; the token is what the token endpoint returns for it."
    )]
    ClientId,
    #[error(
        "This has the form of a client secret, not of a token. Press Clear, and revoke the key if others could see it."
    )]
    ClientSecret,
    #[error("This token is encrypted (JWE, five parts): only the one it was made for can read it.")]
    Encrypted,
    #[error("It has {0} parts instead of three, so it is not a JWT. Look for a part that was pasted twice.")]
    Parts(usize),
}

/// What is wrong with one part. Quotes no more than one character of the token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PartFault {
    #[error("The {part} is missing: the token has two parts instead of three. It was cut off where it was copied.")]
    Missing { part: Part },
    #[error("The {part} is empty.")]
    Empty { part: Part },
    #[error("The {part} is not base64url: character {at} is “{}”.{}", visible::character(*.found), hint(*.found))]
    NotBase64Url { part: Part, at: usize, found: char },
    #[error(
        "The {part} is not base64url: {length} characters cannot be whole bytes, so at least one is missing or too many."
    )]
    Length { part: Part, length: usize },
    #[error("The {part} is not base64url: its last character does not fit, so it was cut or changed at its end.")]
    LastCharacter { part: Part },
    #[error("The {part} is not text: byte {at} is no UTF-8. It was damaged or is encrypted.")]
    NotUtf8 { part: Part, at: usize },
    #[error("The {part} is not JSON: at character {at} stands “{}”, which cannot stand there.", visible::character(*.found))]
    NotJson { part: Part, at: usize, found: char },
    #[error("The {part} is not whole: its JSON ends in the middle. It was cut where it was copied.")]
    Truncated { part: Part },
    #[error("The {part} is nested more than {MAX_DEPTH} levels deep and is not read.")]
    TooDeep { part: Part },
    #[error("The {part} is {kind} in JSON, where an object belongs.")]
    NotAnObject { part: Part, kind: &'static str },
}

/// What usually leads to a wrong character.
fn hint(found: char) -> &'static str {
    match found {
        '+' => " Base64url has “-” in its place: this was encoded as ordinary base64.",
        '/' => " Base64url has “_” in its place: this was encoded as ordinary base64.",
        '=' => " A JWT carries no padding.",
        '%' => " It seems to be encoded for an address (percent-encoding).",
        _ => "",
    }
}

/// Takes a token apart.
pub fn decode(token: SecretString) -> Result<Jwt, NotAJwt> {
    let text = token.expose_secret();
    if text.is_empty() {
        return Err(NotAJwt::Empty);
    }
    let mut parts = text.split('.');
    let (header, payload, signature) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let further = parts.count();
    let Some(payload) = payload else { return Err(undivided(text)) };
    match further {
        0 => {}
        2 => return Err(NotAJwt::Encrypted),
        more => return Err(NotAJwt::Parts(3 + more)),
    }
    let (header, payload) = (json(header, Part::Header), json(payload, Part::Payload));
    let signature = match signature {
        None => Err(PartFault::Missing { part: Part::Signature }),
        Some(signature) => bytes(signature, Part::Signature).map(Signature),
    };
    if header.is_err() && payload.is_err() && !text.starts_with("eyJ") {
        // `v1.abc.def` and the like: opaque tokens may have dots, too.
        return Err(NotAJwt::Opaque);
    }
    Ok(Jwt { token, header, payload, signature })
}

/// What a text without a dot is.
fn undivided(text: &str) -> NotAJwt {
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match text.len() {
        24 if is_hex => NotAJwt::ClientId,
        64 if is_hex => NotAJwt::ClientSecret,
        _ => NotAJwt::Opaque,
    }
}

impl Jwt {
    /// The size of the whole token, in bytes.
    pub fn size(&self) -> usize {
        self.token.expose_secret().len()
    }

    /// What is signed: header and payload as they stand in the token (RFC 7515 s5.2).
    pub(super) fn signed(&self) -> &[u8] {
        let token = self.token.expose_secret();
        token.rsplit_once('.').map_or("", |(signed, _signature)| signed).as_bytes()
    }

    /// The signature as it stands in the token.
    pub(super) fn signature_text(&self) -> &str {
        self.token.expose_secret().rsplit('.').next().unwrap_or_default()
    }

    /// The text without this token, and without any other that stands in it.
    pub(super) fn hidden_in<'a>(&self, text: &'a str) -> std::borrow::Cow<'a, str> {
        crate::http::traffic::hide(text, &self.token)
    }

    /// The text of a header member, such as `alg`; nothing when it is absent or no text.
    pub fn header_text(&self, name: &str) -> Option<String> {
        self.header.as_ref().ok()?.text_of(name)
    }

    /// The first part that is broken, the header first.
    pub fn broken(&self) -> impl Iterator<Item = &PartFault> {
        let faults = [self.header.as_ref().err(), self.payload.as_ref().err(), self.signature.as_ref().err()];
        faults.into_iter().flatten()
    }
}

impl Json {
    /// The object.
    pub fn root(&self) -> Node<'_> {
        self.outline.tree(&self.text).root()
    }

    /// The object as the issuer wrote it.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The value with this [`Node::index`].
    pub fn node(&self, index: u32) -> Option<Node<'_>> {
        self.outline.tree(&self.text).node(index)
    }

    /// The last member of this name, which is the one that most readers take.
    pub fn get(&self, name: &str) -> Option<Node<'_>> {
        self.root().get(name)
    }

    /// The text of a member; nothing when it is absent or no text.
    pub fn text_of(&self, name: &str) -> Option<String> {
        Some(self.get(name)?.text()?.into_owned())
    }
}

impl Signature {
    /// Its length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the token is unsigned.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

fn bytes(text: &str, part: Part) -> Result<Zeroizing<Vec<u8>>, PartFault> {
    let wrong = text.chars().enumerate().find(|(_, c)| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_')));
    if let Some((at, found)) = wrong {
        return Err(PartFault::NotBase64Url { part, at: at + 1, found });
    }
    if text.len() % 4 == 1 {
        return Err(PartFault::Length { part, length: text.len() });
    }
    URL_SAFE_NO_PAD.decode(text).map(Zeroizing::new).map_err(|_| PartFault::LastCharacter { part })
}

fn json(encoded: &str, part: Part) -> Result<Json, PartFault> {
    if encoded.is_empty() {
        return Err(PartFault::Empty { part });
    }
    let bytes = bytes(encoded, part)?;
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => Zeroizing::new(text.to_owned()),
        Err(error) => return Err(PartFault::NotUtf8 { part, at: error.valid_up_to() + 1 }),
    };
    let outline = Outline::of(&text).map_err(|fault| match fault {
        Fault::Unexpected { at } => match text.get(at..).and_then(|rest| rest.chars().next()) {
            Some(found) => PartFault::NotJson { part, at: text[..at].chars().count() + 1, found },
            None => PartFault::Truncated { part },
        },
        Fault::Truncated => PartFault::Truncated { part },
        Fault::TooDeep { .. } => PartFault::TooDeep { part },
    })?;
    let duplicates = {
        let root = outline.tree(&text).root();
        if root.kind() != Kind::Object {
            return Err(PartFault::NotAnObject { part, kind: kind_word(root.kind()) });
        }
        let (mut seen, mut said) = (HashSet::new(), HashSet::new());
        let keys = root.children().filter_map(Node::key);
        let repeated = keys.filter(|key| !seen.insert(key.clone()) && said.insert(key.clone()));
        repeated.map(|key| visible::visible(&key, 60).text).collect()
    };
    Ok(Json { text, outline, duplicates })
}

/// A kind of JSON value in a sentence.
pub(super) fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::Bool => "true or false",
        Kind::Number => "a number",
        Kind::String => "a text",
        Kind::Array => "a list",
        Kind::Object => "an object",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part(text: &str) -> String {
        URL_SAFE_NO_PAD.encode(text)
    }

    fn read(token: &str) -> Jwt {
        decode(token.into()).unwrap_or_else(|fault| panic!("{fault}"))
    }

    fn not_a_jwt(token: &str) -> NotAJwt {
        decode(token.into()).err().unwrap()
    }

    fn payload_fault(payload: &str) -> PartFault {
        read(&format!("{}.{payload}.c2ln", part(r#"{"alg":"RS256"}"#))).payload.err().unwrap()
    }

    #[test]
    fn a_jwt_is_taken_apart_and_keeps_the_spelling() {
        let jwt = read(&format!("{}.{}.c2ln", part(r#"{"alg":"RS256"}"#), part(r#"{"exp":1.0e9,"exp":17}"#)));
        assert_eq!(jwt.header_text("alg").as_deref(), Some("RS256"));
        let payload = jwt.payload.as_ref().ok().unwrap();
        let raw: Vec<_> = payload.root().children().map(Node::raw).collect();
        assert_eq!(raw, ["1.0e9", "17"]);
        assert_eq!(payload.duplicates, ["exp"]);
        assert_eq!(jwt.signature.as_ref().ok().unwrap().len(), 3);
        assert_eq!(jwt.broken().count(), 0);
    }

    #[test]
    fn what_is_no_jwt_is_named() {
        assert_eq!(not_a_jwt(""), NotAJwt::Empty);
        assert_eq!(not_a_jwt("sandbox_abc"), NotAJwt::Opaque);
        assert_eq!(not_a_jwt("v1.abc.def"), NotAJwt::Opaque);
        assert_eq!(not_a_jwt(&"a1".repeat(12)), NotAJwt::ClientId);
        assert_eq!(not_a_jwt(&"a1".repeat(32)), NotAJwt::ClientSecret);
        assert_eq!(not_a_jwt("a.b.c.d"), NotAJwt::Parts(4));
        assert_eq!(not_a_jwt("a.b.c.d.e"), NotAJwt::Encrypted);
        assert_eq!(not_a_jwt(&".".repeat(1000)), NotAJwt::Parts(1001));
    }

    #[test]
    fn a_token_of_two_parts_still_shows_them() {
        let jwt = read(&format!("{}.{}", part(r#"{"alg":"RS256"}"#), part("{}")));
        assert!(jwt.header.is_ok() && jwt.payload.is_ok());
        let fault = jwt.signature.as_ref().err().unwrap().to_string();
        assert!(fault.starts_with("The signature is missing: the token has two parts instead of three."), "{fault}");
    }

    #[test]
    fn the_broken_part_is_named_and_how_it_is_broken() {
        let long = part(r#"{"iss":"https://login.example"}"#);
        let plus = format!("{}+{}", &long[..16], &long[17..]);
        assert!(payload_fault(&plus).to_string().starts_with("The payload is not base64url: character 17 is “+”."));
        assert_eq!(payload_fault("eyJ9e"), PartFault::Length { part: Part::Payload, length: 5 });
        assert_eq!(payload_fault("e31"), PartFault::LastCharacter { part: Part::Payload });
        assert_eq!(payload_fault(""), PartFault::Empty { part: Part::Payload });
        assert_eq!(payload_fault(&part(r#"{"a":1"#)), PartFault::Truncated { part: Part::Payload });
        assert_eq!(payload_fault(&part(r#"{"é":,}"#)), PartFault::NotJson { part: Part::Payload, at: 6, found: ',' });
        assert_eq!(payload_fault(&part("[1]")), PartFault::NotAnObject { part: Part::Payload, kind: "a list" });
        assert_eq!(
            payload_fault(&URL_SAFE_NO_PAD.encode([b'{', 0xff])),
            PartFault::NotUtf8 { part: Part::Payload, at: 2 }
        );
        let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(payload_fault(&part(&deep)), PartFault::TooDeep { part: Part::Payload });
        let jwt = read(&format!("{}.{}.a=", part("{}"), part("{}")));
        assert_eq!(jwt.signature.err().unwrap(), PartFault::NotBase64Url { part: Part::Signature, at: 2, found: '=' });
    }

    #[test]
    fn a_character_that_would_turn_the_sentence_around_shows_as_its_code_point() {
        let jwt = read(&format!("{}.{}.c2ln\u{202e}", part("{}"), part("{}")));
        let sentence = jwt.signature.err().unwrap().to_string();
        assert_eq!(sentence, "The signature is not base64url: character 5 is “<U+202E>”.");
    }

    #[test]
    fn a_broken_part_does_not_hide_the_others() {
        let jwt = read(&format!("{}.e31.c2ln", part(r#"{"alg":"RS256"}"#)));
        assert!(jwt.header.is_ok() && jwt.payload.is_err() && jwt.signature.is_ok());
    }

    #[test]
    fn a_megabyte_and_ten_thousand_claims_are_read() {
        let claims: Vec<_> = (0..10_000).map(|n| format!(r#""claim-{n}":"{}""#, "x".repeat(60))).collect();
        let jwt = read(&format!("{}.{}.c2ln", part("{}"), part(&format!("{{{}}}", claims.join(",")))));
        assert!(jwt.size() > 1_000_000);
        assert_eq!(jwt.payload.ok().unwrap().root().len(), 10_000);
    }

    proptest! {
        #[test]
        fn no_token_makes_it_panic(token in any::<String>()) {
            _ = decode(token.into());
        }

        #[test]
        fn no_content_of_the_parts_makes_it_panic(header in any::<Vec<u8>>(), payload in "[\\[\\]{}\":,0-9a-z\\\\ .-]{0,60}") {
            let token = format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(header), part(&payload));
            if let Ok(jwt) = decode(token.into()) {
                for fault in jwt.broken() {
                    prop_assert!(!fault.to_string().is_empty());
                }
            }
        }
    }
}
