//! Looks for what is held in what is about to be written: as it is, and in every spelling in which software likes to pass things on.
//!
//! Owns the spellings. A find says where and what kind of thing, never any part of it. The copies that a search needs are wiped.

use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::memmem;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::files::File;
use super::held::{Held, HeldKind};

/// A shorter secret, in bytes, would be found by chance in any text; no server gives out one that short.
pub const SHORTEST: usize = 8;
/// The signature of a JWT, in bytes, is looked for by itself from this length on: with the claims, it makes the token whole again.
const SHORTEST_SIGNATURE: usize = 16;

/// How a secret was spelled where it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Spelling {
    AsItIs,
    Base64,
    Percent,
    Hex,
    Json,
    Html,
}

impl Spelling {
    /// The end of a sentence.
    pub const fn label(self) -> &'static str {
        match self {
            Self::AsItIs => "as it is",
            Self::Base64 => "in base64",
            Self::Percent => "percent-encoded",
            Self::Hex => "in hexadecimal digits",
            Self::Json => "escaped as in JSON",
            Self::Html => "escaped as in HTML",
        }
    }
}

/// Where a secret was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a file's contents; on this line, counted from 1, where the lines are as they stand there.
    Contents { file: String, line: Option<usize> },
    /// In the name of the file at this place, counted from 1. The name itself cannot be said.
    Name { number: usize },
}

/// A secret where none may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Find {
    pub place: Place,
    pub what: HeldKind,
    pub spelling: Spelling,
}

impl std::fmt::Display for Find {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is in ", self.what)?;
        match &self.place {
            Place::Contents { file, line: Some(line) } => write!(f, "{file}, line {line}")?,
            Place::Contents { file, line: None } => write!(f, "{file}")?,
            Place::Name { number } => write!(f, "the name of file {number}")?,
        }
        write!(f, ", {}", self.spelling.label())
    }
}

/// The first secret that is found; nothing where all is clean.
pub fn scan(files: &[File], held: &Held) -> Option<Find> {
    let mut found = None;
    // The page is made of the other files and comes first among them; the one that it was made of says more.
    let stacks: Vec<Haystack> = files.iter().enumerate().rev().flat_map(Haystack::of).collect();
    held.each(|what, secret| {
        for needle in needles(secret) {
            if found.is_none() {
                found = stacks.iter().find_map(|stack| {
                    let place = stack.look_for(&needle)?;
                    Some(Find { place, what: what.clone(), spelling: stack.spelling_of(&needle) })
                });
            }
        }
    });
    found
}

/// What is searched for.
struct Needle {
    spelling: Spelling,
    case: Case,
    bytes: Zeroizing<Vec<u8>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Matters,
    /// The needle is in lower case.
    Ignored,
}

/// A text in one of the forms in which it is searched.
struct Haystack {
    bytes: Zeroizing<Vec<u8>>,
    lower: Zeroizing<Vec<u8>>,
    place: Place,
    /// What was undone to come to this form.
    undone: Option<Spelling>,
}

impl Haystack {
    fn of((index, file): (usize, &File)) -> Vec<Self> {
        let contents = |bytes: Vec<u8>, line| Self::new(bytes, Place::Contents { file: file.name.clone(), line });
        let mut stacks = vec![
            Self::new(file.name.as_bytes().to_vec(), Place::Name { number: index + 1 }),
            contents(file.bytes.clone(), Some(1)),
        ];
        // Broken over lines, as base64 in mail is; and with its signs escaped once more.
        let dense: Vec<u8> = file.bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        if file.bytes.contains(&b'%') {
            stacks.push(Self { undone: Some(Spelling::Percent), ..contents(percent_decoded(&dense), None) });
        }
        if file.bytes.contains(&b'\\') {
            stacks.push(Self { undone: Some(Spelling::Json), ..contents(without_breaks(&dense), None) });
        }
        stacks.push(contents(dense, None));
        stacks
    }

    fn new(bytes: Vec<u8>, place: Place) -> Self {
        let lower = bytes.to_ascii_lowercase();
        Self { bytes: Zeroizing::new(bytes), lower: Zeroizing::new(lower), place, undone: None }
    }

    fn spelling_of(&self, needle: &Needle) -> Spelling {
        match (needle.spelling, self.undone) {
            (Spelling::AsItIs, Some(undone)) => undone,
            (spelling, _) => spelling,
        }
    }

    fn look_for(&self, needle: &Needle) -> Option<Place> {
        let stack = if needle.case == Case::Matters { &self.bytes } else { &self.lower };
        let at = memmem::find(stack, &needle.bytes)?;
        let mut place = self.place.clone();
        if let Place::Contents { line: Some(line), .. } = &mut place {
            *line = 1 + memchr::memchr_iter(b'\n', &self.bytes[..at]).count();
        }
        Some(place)
    }
}

fn percent_decoded(bytes: &[u8]) -> Vec<u8> {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], digit(bytes.get(at + 1)), digit(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// Without the line breaks and slashes that JSON writes with a backslash.
fn without_breaks(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'\\', Some(b'n' | b'r' | b't')) => at += 2,
            (b'\\', Some(b'/')) => {
                out.push(b'/');
                at += 2;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// Every spelling of a secret, and of the part of it that would do as well.
fn needles(secret: &SecretString) -> Vec<Needle> {
    let text = secret.expose_secret();
    let mut needles = Vec::new();
    if text.len() >= SHORTEST {
        spell(text, &mut needles);
    }
    if let [_, _, signature] = text.split('.').collect::<Vec<_>>()[..]
        && signature.len() >= SHORTEST_SIGNATURE
    {
        spell(signature, &mut needles);
    }
    needles
}

fn spell(text: &str, needles: &mut Vec<Needle>) {
    let mut add = |spelling: Spelling, case: Case, bytes: Vec<u8>| {
        let mut bytes = Zeroizing::new(bytes);
        if case == Case::Ignored {
            bytes.make_ascii_lowercase();
        }
        if !needles.iter().any(|known| known.case == case && *known.bytes == *bytes) {
            needles.push(Needle { spelling, case, bytes });
        }
    };
    let bytes = text.as_bytes();
    let each = |write: fn(u8) -> String| bytes.iter().flat_map(|byte| write(*byte).into_bytes()).collect::<Vec<u8>>();
    add(Spelling::AsItIs, Case::Ignored, bytes.to_vec());
    add(Spelling::Hex, Case::Ignored, each(|byte| format!("{byte:02x}")));
    add(Spelling::Percent, Case::Ignored, url::form_urlencoded::byte_serialize(bytes).collect::<String>().into_bytes());
    add(Spelling::Percent, Case::Ignored, each(percent_but_unreserved));
    add(Spelling::Percent, Case::Ignored, each(|byte| format!("%{byte:02x}")));
    if let Ok(json) = serde_json::to_string(text) {
        let json = Zeroizing::new(json);
        let inside = &json[1..json.len() - 1];
        add(Spelling::Json, Case::Ignored, inside.as_bytes().to_vec());
        add(Spelling::Json, Case::Ignored, inside.replace('/', "\\/").into_bytes());
    }
    if text.is_ascii() {
        add(Spelling::Json, Case::Ignored, each(|byte| format!("\\u{byte:04x}")));
    }
    add(Spelling::Html, Case::Ignored, super::page::escaped(text).into_bytes());
    for before in 0..3 {
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            add(Spelling::Base64, Case::Matters, base64_inside(&engine, before, bytes));
        }
    }
}

/// RFC 3986 s2.3.
fn percent_but_unreserved(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02x}")
    }
}

/// The letters of base64 that depend on the secret alone, when `before` bytes of something else stand in front of it in its group
/// of three; so what stands behind it, and padding, does not matter either.
fn base64_inside(engine: &impl base64::Engine, before: usize, bytes: &[u8]) -> Vec<u8> {
    let mut padded = Zeroizing::new(vec![0; before]);
    padded.extend_from_slice(bytes);
    let letters = Zeroizing::new(engine.encode(&*padded));
    let first = (before * 8).div_ceil(6);
    let end = padded.len() * 8 / 6;
    letters.as_bytes()[first..end].to_vec()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use proptest::prelude::*;

    use super::*;
    use crate::http::Http;
    use crate::token::{RandomJitter, SystemClock, TokenCache, TokenEndpoint};

    const SECRET: &str = "cafe0123cafe4567cafe89abcafecdefcafe0123cafe4567cafe89abcafecdef";
    /// With every sign that some spelling changes.
    const ODD: &str = "a/b+c=d~e\"f\\g&h<i>j'k%l?m>>>???";

    fn held(secret: &str) -> Held {
        let fetch = Arc::new(TokenEndpoint::new(Http::new()));
        let cache = TokenCache::new(fetch, Arc::new(SystemClock::default()), Arc::new(RandomJitter), || {});
        let mut held = Held::of(cache, HashMap::new());
        held.add(HeldKind::ClientSecret { profile: "Retail".into() }, secret.into());
        held
    }

    fn in_text(secret: &str, text: &str) -> Option<Find> {
        let files = [File::new("clean.json", b"{}".to_vec()), File::new("a.json", text.as_bytes().to_vec())];
        scan(&files, &held(secret))
    }

    #[track_caller]
    fn found(secret: &str, text: &str, spelling: Spelling) {
        for around in [("", ""), ("\"x\": \"", "\"\n"), ("é\nabc", "xyz")] {
            let whole = format!("{}{text}{}", around.0, around.1);
            let find = in_text(secret, &whole).unwrap_or_else(|| panic!("not found in {whole}"));
            assert_eq!(find.spelling, spelling, "{whole}");
            assert!(matches!(&find.place, Place::Contents { file, .. } if file == "a.json"));
            assert!(!find.to_string().contains(secret));
        }
    }

    #[test]
    fn k10_a_secret_is_found_as_it_is_and_says_where() {
        found(SECRET, SECRET, Spelling::AsItIs);
        found(SECRET, &SECRET.to_uppercase(), Spelling::AsItIs);
        let find = in_text(SECRET, &format!("one\ntwo\n  {SECRET}\n")).unwrap();
        assert_eq!(find.to_string(), "the client secret of “Retail” is in a.json, line 3, as it is");
        assert_eq!(in_text(SECRET, &SECRET[1..]), None);
        assert_eq!(in_text(SECRET, ""), None);
    }

    #[test]
    fn k10_a_secret_is_found_in_base64_at_every_alignment_padded_or_not() {
        for secret in [SECRET, ODD, "12345678", "123456789", "1234567890"] {
            for before in ["", "x", "xy", "xyz", "\u{fb}\u{ff}"] {
                for after in ["", ">", ">>", "???"] {
                    let bytes = format!("{before}{secret}{after}");
                    for text in [
                        STANDARD.encode(&bytes),
                        STANDARD_NO_PAD.encode(&bytes),
                        URL_SAFE.encode(&bytes),
                        URL_SAFE_NO_PAD.encode(&bytes),
                    ] {
                        found(secret, &text, Spelling::Base64);
                    }
                }
            }
        }
    }

    #[test]
    fn k10_base64_over_several_lines_is_found() {
        let text = STANDARD.encode(format!("{ODD}{SECRET}"));
        let lines: Vec<String> =
            text.as_bytes().chunks(20).map(|chunk| String::from_utf8(chunk.to_vec()).unwrap()).collect();
        found(SECRET, &lines.join("\r\n"), Spelling::Base64);
        found(SECRET, &lines.join("\\n"), Spelling::Base64);
    }

    #[test]
    fn k10_a_secret_is_found_percent_encoded_in_hex_and_escaped() {
        let each = |write: &dyn Fn(u8) -> String| ODD.bytes().map(write).collect::<String>();
        found(ODD, &each(&|byte| format!("%{byte:02X}")), Spelling::Percent);
        found(ODD, &each(&|byte| format!("%{byte:02x}")), Spelling::Percent);
        found(ODD, &url::form_urlencoded::byte_serialize(ODD.as_bytes()).collect::<String>(), Spelling::Percent);
        found(ODD, &each(&percent_but_unreserved), Spelling::Percent);
        found(ODD, &each(&|byte| format!("{byte:02x}")), Spelling::Hex);
        found(ODD, &each(&|byte| format!("{byte:02X}")), Spelling::Hex);
        let json = serde_json::to_string(ODD).unwrap();
        found(ODD, json.trim_matches('"'), Spelling::Json);
        found(ODD, &json.trim_matches('"').replace('/', "\\/"), Spelling::Json);
        found(ODD, &each(&|byte| format!("\\u{byte:04X}")), Spelling::Json);
        found(ODD, &super::super::page::escaped(ODD), Spelling::Html);
        // Only some of it encoded, as a careless hand would.
        found(SECRET, &SECRET.replace('c', "%63"), Spelling::Percent);
        let of_base64 = STANDARD.encode(ODD).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        found(ODD, &of_base64, Spelling::Base64);
    }

    #[test]
    fn k10_a_secret_in_a_file_s_name_is_found_and_the_name_is_not_said() {
        let files = [File::new("a.json", vec![]), File::new(&format!("of-{SECRET}.json"), vec![])];
        let find = scan(&files, &held(SECRET)).unwrap();
        assert_eq!(find.place, Place::Name { number: 2 });
        assert_eq!(find.to_string(), "the client secret of “Retail” is in the name of file 2, as it is");
    }

    #[test]
    fn k10_the_signature_of_a_token_is_looked_for_by_itself() {
        let token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg";
        found(token, "c2lnbmF0dXJlLW9mLXRoZS10b2tlbg", Spelling::AsItIs);
        assert_eq!(in_text(token, "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."), None, "claims may be read");
    }

    #[test]
    fn a_word_too_short_to_be_a_secret_is_not_looked_for() {
        assert_eq!(in_text("a", "a banana"), None);
        assert_eq!(in_text("", "a banana"), None);
    }

    proptest! {
        #[test]
        fn k10_no_secret_hides_among_other_bytes_in_base64(
            secret in "[!-~]{12,40}", before in prop::collection::vec(any::<u8>(), 0..9), after in prop::collection::vec(any::<u8>(), 0..9)
        ) {
            let bytes = [&before[..], secret.as_bytes(), &after[..]].concat();
            prop_assert!(in_text(&secret, &STANDARD.encode(&bytes)).is_some());
            prop_assert!(in_text(&secret, &URL_SAFE_NO_PAD.encode(&bytes)).is_some());
        }

        #[test]
        fn clean_text_stays_clean(text in "[a-z {}\":,%\\\\/]{0,400}") {
            prop_assert_eq!(in_text(SECRET, &text), None);
        }
    }
}
