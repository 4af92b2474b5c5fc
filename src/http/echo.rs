//! A secret that a server repeats in the body of its reply: found in every spelling that a server is likely to choose, and hidden.
//!
//! Owns the spellings: as it was sent, base64 with either alphabet at any offset, hexadecimal, and each of these with the
//! escapes of JSON and URLs. Nearly no body holds one, so all that such a body costs is one search for how each spelling begins.
//! Refuses to look for a secret of less than [`SHORTEST`] bytes, which would be found where it is none.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;
use memchr::memchr2;
use memchr::memmem::Finder;
use secrecy::{ExposeSecret, SecretString};

use super::traffic::HIDDEN;

/// A shorter text is no secret, and may stand anywhere. In bytes.
const SHORTEST: usize = 8;
/// So much of a secret is spelled out for the first search, in bytes.
const BEGINNING: usize = 12;
/// So much of a spelling is searched for first, in bytes.
const SEARCHED: usize = 8;

/// The body with `…` wherever it repeats the secret; nothing when it does not. Takes time by the size of the body.
pub fn hidden(body: &[u8], secret: &SecretString) -> Option<Bytes> {
    Beginnings::of(secret).hidden(body, secret)
}

/// How each spelling of one secret begins: made once for many bodies, since that takes longer than to search a small one.
pub struct Beginnings(Vec<Finder<'static>>);

impl Beginnings {
    /// Of a text that is too short for a secret, there are none.
    pub fn of(secret: &SecretString) -> Self {
        let secret = secret.expose_secret().as_bytes();
        if secret.len() < SHORTEST {
            return Self(Vec::new());
        }
        let beginnings = spellings(&secret[..secret.len().min(BEGINNING)]);
        Self(
            beginnings
                .iter()
                .flat_map(Spelling::beginnings)
                .map(|letters| Finder::new(&letters).into_owned())
                .collect(),
        )
    }

    /// As [`hidden`](self::hidden), for the same secret.
    pub fn hidden(&self, body: &[u8], secret: &SecretString) -> Option<Bytes> {
        let secret = secret.expose_secret().as_bytes();
        if self.0.is_empty() || body.len() < secret.len() {
            return None;
        }
        let may_hold = |text: &[u8]| self.0.iter().any(|beginning| beginning.find(text).is_some());
        if !may_hold(body) && !may_hold(&unescaped(body)?) {
            return None;
        }
        without(body, secret).map(Bytes::from)
    }
}

fn without(body: &[u8], secret: &[u8]) -> Option<Vec<u8>> {
    let spellings = spellings(secret);
    let mut out = Vec::with_capacity(body.len());
    let (mut at, mut copied) = (0, 0);
    while at < body.len() {
        let found = spellings.iter().find_map(|spelling| Some((spelling, spelling.matches(&body[at..])?)));
        let Some((spelling, length)) = found else {
            at += 1;
            continue;
        };
        let (mut start, mut end) = (at, at + length);
        if spelling.alphabet == Alphabet::Base64 {
            // The letters at its ends are made of the secret and its neighbours.
            let is_letter = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(*byte);
            start -= body[copied..start].iter().rev().take_while(is_letter).count();
            end += body[end..].iter().take_while(is_letter).count();
        }
        out.extend_from_slice(&body[copied..start]);
        out.extend_from_slice(HIDDEN.as_bytes());
        (at, copied) = (end, end);
    }
    if copied == 0 {
        return None;
    }
    out.extend_from_slice(&body[copied..]);
    Some(out)
}

/// One way to write a secret.
struct Spelling {
    letters: Vec<u8>,
    alphabet: Alphabet,
}

/// Which letters of a spelling mean the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alphabet {
    /// Each means itself.
    Plain,
    /// `-` and `_` mean what `+` and `/` do.
    Base64,
    /// Capitals mean what small letters do.
    Hex,
}

fn spellings(secret: &[u8]) -> Vec<Spelling> {
    let hex = secret.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
    let mut spellings = vec![
        Spelling { letters: secret.to_vec(), alphabet: Alphabet::Plain },
        Spelling { letters: hex, alphabet: Alphabet::Hex },
    ];
    // Three bytes make four letters, so it depends on how many bytes stand before the secret: `Bearer ` is a common one.
    for before in 0..3 {
        let text: Vec<u8> = std::iter::repeat_n(0, before).chain(secret.iter().copied()).collect();
        let letters = STANDARD_NO_PAD.encode(&text).into_bytes();
        // Those that are made of the secret alone.
        let own = (before * 8).div_ceil(6)..text.len() * 8 / 6;
        spellings.push(Spelling { letters: letters[own].to_vec(), alphabet: Alphabet::Base64 });
    }
    spellings
}

fn digit(value: u8) -> u8 {
    b"0123456789abcdef"[usize::from(value)]
}

impl Spelling {
    /// Its first letters, in each case or alphabet.
    fn beginnings(&self) -> Vec<Vec<u8>> {
        let plain = self.letters[..self.letters.len().min(SEARCHED)].to_vec();
        let other = match self.alphabet {
            Alphabet::Plain => plain.clone(),
            Alphabet::Hex => plain.to_ascii_uppercase(),
            Alphabet::Base64 => plain.iter().map(|letter| url_safe(*letter)).collect(),
        };
        if other == plain { vec![plain] } else { vec![plain, other] }
    }

    /// How many bytes at the beginning of `text` spell it, as they stand or with escapes.
    fn matches(&self, text: &[u8]) -> Option<usize> {
        // A secret can look like an escape itself.
        let is_plain = text.get(..self.letters.len()).is_some_and(|written| {
            written.iter().zip(&self.letters).all(|(written, letter)| self.meaning(*written) == *letter)
        });
        if is_plain {
            return Some(self.letters.len());
        }
        let mut at = 0;
        for letter in &self.letters {
            let (written, length) = unit(text.get(at..)?)?;
            if self.meaning(written) != *letter {
                return None;
            }
            at += length;
        }
        Some(at)
    }

    fn meaning(&self, written: u8) -> u8 {
        match (self.alphabet, written) {
            (Alphabet::Hex, letter) => letter.to_ascii_lowercase(),
            (Alphabet::Base64, b'-') => b'+',
            (Alphabet::Base64, b'_') => b'/',
            (_, letter) => letter,
        }
    }
}

fn url_safe(letter: u8) -> u8 {
    match letter {
        b'+' => b'-',
        b'/' => b'_',
        letter => letter,
    }
}

/// The first letter of a text and how many bytes it is written with: `a`, `\/`, `\u0061`, `%61`.
fn unit(text: &[u8]) -> Option<(u8, usize)> {
    let hex = |digits: &[u8]| u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok();
    Some(match text {
        [b'\\', b'u' | b'U', b'0', b'0', high, low, ..] => hex(&[*high, *low]).map_or((b'\\', 1), |byte| (byte, 6)),
        [b'\\', escaped @ (b'/' | b'"' | b'\\'), ..] => (*escaped, 2),
        [b'%', high, low, ..] => hex(&[*high, *low]).map_or((b'%', 1), |byte| (byte, 3)),
        [byte, ..] => (*byte, 1),
        [] => return None,
    })
}

/// The text with every escape resolved; nothing when it has none.
fn unescaped(text: &[u8]) -> Option<Vec<u8>> {
    let mut rest = text;
    let mut out = Vec::new();
    while let Some(at) = memchr2(b'\\', b'%', rest) {
        out.extend_from_slice(&rest[..at]);
        let (byte, length) = unit(&rest[at..])?;
        out.push(byte);
        rest = &rest[at + length..];
    }
    if rest.len() == text.len() {
        return None;
    }
    out.extend_from_slice(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use proptest::prelude::*;

    use super::*;

    const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzb21lYm9keSJ9.c2ln_bmF0dXJl-9";

    fn cleaned(body: &str, secret: &str) -> Option<String> {
        hidden(body.as_bytes(), &secret.into()).map(|body| String::from_utf8(body.into()).unwrap())
    }

    fn hex(text: &str) -> String {
        each(text, |byte| format!("{byte:02x}"))
    }

    fn each(text: &str, write: impl Fn(u8) -> String) -> String {
        text.bytes().map(write).collect()
    }

    #[test]
    fn k10_every_spelling_of_the_token_is_hidden() {
        let bearer = format!("Bearer {TOKEN}");
        let percent = each(TOKEN, |byte| format!("%{byte:02X}"));
        let escaped = each(TOKEN, |byte| format!("\\u{byte:04x}"));
        let half = format!("{}\\u002e{}", &TOKEN[..20], &TOKEN[21..]);
        for spelling in [
            TOKEN.to_owned(),
            hex(TOKEN),
            hex(TOKEN).to_uppercase(),
            STANDARD.encode(TOKEN),
            URL_SAFE.encode(TOKEN),
            percent,
            escaped,
            half,
            STANDARD.encode(format!("x{TOKEN}")).replace('/', "\\/"),
        ] {
            let body = format!(r#"{{"a":"Bearer {spelling}","price":"12.10"}}"#);
            assert_eq!(cleaned(&body, TOKEN).as_deref(), Some(r#"{"a":"Bearer …","price":"12.10"}"#), "{spelling}");
        }
        for text in [bearer.clone(), format!("x{bearer}"), format!("{bearer}, and more")] {
            let body = format!(r#"{{"a":"{}"}}"#, STANDARD.encode(text));
            assert_eq!(cleaned(&body, TOKEN).as_deref(), Some(r#"{"a":"…"}"#));
        }
        assert_eq!(cleaned(&format!("{TOKEN} {TOKEN}"), TOKEN).as_deref(), Some("… …"));
        let opaque = "opaque/token+1";
        for body in ["opaque\\/token+1", "opaque%2ftoken%2B1", "opaque/token\\u002B1"] {
            assert_eq!(cleaned(body, opaque).as_deref(), Some("…"), "{body}");
        }
    }

    #[test]
    fn a_body_that_does_not_repeat_it_is_left_alone() {
        let another = TOKEN.replace("c2ln", "c3ln");
        for body in [another.as_str(), &TOKEN[..TOKEN.len() - 1], "", "{}", "100 % \\u00e4 \\", "%", "\\u00", "% 5\\/"]
        {
            assert_eq!(cleaned(body, TOKEN), None, "{body}");
        }
        assert_eq!(cleaned("short short", "short"), None, "a short text is no secret");
    }

    proptest! {
        #[test]
        fn k10_wherever_and_however_it_stands_it_is_gone(
            secret in "[!-~]{12,60}", before in "[ -~é\\\\%]{0,30}", after in "[ -~é\\\\%]{0,30}", spelling in 0..5,
        ) {
            let written = match spelling {
                0 => secret.clone(),
                1 => hex(&secret),
                2 => STANDARD.encode(&secret),
                3 => URL_SAFE.encode(&secret),
                _ => each(&secret, |byte| format!("%{byte:02x}")),
            };
            // A digit or a backslash before it could make it part of an escape, which hides its first letters from everybody.
            let body = format!("{before} {written} {after}");
            let shown = cleaned(&body, &secret);
            prop_assert!(shown.is_some_and(|shown| !shown.contains(&written)), "{body}");
        }

        #[test]
        fn any_body_is_taken(body in any::<Vec<u8>>(), secret in any::<String>()) {
            _ = hidden(&body, &secret.into());
        }
    }
}
