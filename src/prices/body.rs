//! The body of a price reply: the whole text as it came, and its outline where it is JSON.
//!
//! Owns the bytes and what is wrong with them (guarantee H8). Refuses to repair anything, and its `Debug` shows no
//! content, since a body can hold whatever a server chose to send.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde_json::value::RawValue;

use super::json::{Fault, MAX_DEPTH, Outline, Tree};

/// The text of a reply. Cloning it copies no text.
#[derive(Clone)]
pub struct Body {
    text: Arc<str>,
    outline: Result<Arc<Outline>, BodyFault>,
    size: usize,
}

/// What is wrong with a body, one sentence each; [`BodyFault::hint`] says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    #[error("The reply is not UTF-8 text: byte {at} does not belong there.")]
    NotUtf8 {
        /// The first wrong byte, counted from 0.
        at: usize,
    },
    #[error("The reply is a web page and not JSON.")]
    WebPage,
    #[error("The reply is not JSON: line {line}, column {column} cannot be read.")]
    NotJson {
        /// Counted from 1.
        line: usize,
        /// In characters, counted from 1.
        column: usize,
    },
    #[error("The reply breaks off in the middle of its JSON, after {size} bytes.")]
    Truncated {
        /// In bytes.
        size: usize,
    },
    #[error("The reply nests more than {limit} levels of lists and objects and was not read.")]
    TooDeep {
        /// In levels.
        limit: usize,
    },
    #[error("The reply is empty: the server sent a status and no content.")]
    Empty,
    #[error("The reply is larger than {} MiB and was not read.", .limit / (1024 * 1024))]
    TooLarge {
        /// In bytes.
        limit: usize,
    },
}

impl BodyFault {
    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotUtf8 { .. } => "The server or a proxy uses another encoding: report it to whoever runs it.",
            Self::WebPage => "A proxy, a sign-in page or a wrong API URL is likely: check the API URL of this profile.",
            Self::NotJson { .. } => "Open the body to see what came.",
            Self::Truncated { .. } => "The connection was cut: look it up again.",
            Self::TooDeep { .. } => "Open the body as text, and report it to the vendor.",
            Self::Empty => "Look it up again; if it stays empty, check the SKU and the API URL.",
            Self::TooLarge { .. } => "Narrow the lookup with a query parameter.",
        }
    }
}

impl Body {
    /// The largest price reply that is read, in bytes (guarantee H4).
    pub const MAX_BYTES: usize = 16 * 1024 * 1024;

    /// Reads a body that has to be JSON.
    ///
    /// # Errors
    /// What is wrong with it. [`Body::keep`] gives the text as well.
    pub fn read(bytes: &[u8], content_type: Option<&str>) -> Result<Self, BodyFault> {
        match Self::keep(bytes, content_type) {
            (body, None) => Ok(body),
            (_, Some(fault)) => Err(fault),
        }
    }

    /// Keeps whatever came, to be shown, and says what is wrong with it as JSON, if anything is.
    pub fn keep(bytes: &[u8], content_type: Option<&str>) -> (Self, Option<BodyFault>) {
        let size = bytes.len();
        let (text, outline) = outlined(bytes, content_type);
        let fault = outline.as_ref().err().cloned();
        (Self { text, outline: outline.map(Arc::new), size }, fault)
    }

    /// The whole text. A byte-order mark is left out, and wrong bytes of a text that is not UTF-8 show as `�`.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The values of the body; nothing when it is not JSON.
    pub fn tree(&self) -> Option<Tree<'_>> {
        self.outline.as_ref().ok().map(|outline| outline.tree(&self.text))
    }

    pub fn is_json(&self) -> bool {
        self.outline.is_ok()
    }

    /// What is wrong with it as JSON.
    pub fn fault(&self) -> Option<&BodyFault> {
        self.outline.as_ref().err()
    }

    /// How many bytes came, after decompression.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The body as a JSON text without line breaks, for a format that has one object a line; nothing when it is not
    /// JSON. Line breaks can only stand between values, and a space takes their place; every value keeps its bytes.
    pub fn on_one_line(&self) -> Option<Cow<'_, str>> {
        self.tree()?;
        let text = self.text.trim();
        let breaks = memchr::memchr2(b'\n', b'\r', text.as_bytes());
        Some(if breaks.is_some() { text.replace(['\n', '\r'], " ").into() } else { text.into() })
    }

    /// The body, to be put untouched into other JSON; nothing when it is not JSON.
    pub fn raw(&self) -> Option<Box<RawValue>> {
        RawValue::from_string(self.on_one_line()?.into_owned()).ok()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("size", &self.size).field("is_json", &self.is_json()).finish_non_exhaustive()
    }
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Body {}

fn outlined(bytes: &[u8], content_type: Option<&str>) -> (Arc<str>, Result<Outline, BodyFault>) {
    if bytes.len() > Body::MAX_BYTES {
        return ("".into(), Err(BodyFault::TooLarge { limit: Body::MAX_BYTES }));
    }
    let text = match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(fault) => {
            return (String::from_utf8_lossy(bytes).into(), Err(BodyFault::NotUtf8 { at: fault.valid_up_to() }));
        }
    };
    let json = without_mark(text);
    if json.trim().is_empty() {
        return (text.into(), Err(BodyFault::Empty));
    }
    let outline = Outline::of(json).map_err(|fault| described(fault, json, content_type));
    (json.into(), outline)
}

/// RFC 8259 section 8.1 lets a reader ignore a byte-order mark.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

fn described(fault: Fault, text: &str, content_type: Option<&str>) -> BodyFault {
    let says_html = content_type.is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
    if says_html || text.trim_start().starts_with('<') {
        return BodyFault::WebPage;
    }
    match fault {
        Fault::Truncated => BodyFault::Truncated { size: text.len() },
        Fault::TooDeep { .. } => BodyFault::TooDeep { limit: MAX_DEPTH },
        Fault::Unexpected { at } => {
            // The scanner stops at the first byte of a character, or at worst within one that it took no part of.
            let before = &text.as_bytes()[..at];
            let line = before.split(|byte| *byte == b'\n').count();
            let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
            let column = before[start..].iter().filter(|byte| (**byte & 0xc0) != 0x80).count() + 1;
            BodyFault::NotJson { line, column }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(bytes: &[u8]) -> BodyFault {
        Body::read(bytes, None).unwrap_err()
    }

    #[test]
    fn h8_each_fault_is_named() {
        assert_eq!(fault(b"{\"a\": \"\xff\"}"), BodyFault::NotUtf8 { at: 7 });
        assert_eq!(fault("{\n \"é\": x}".as_bytes()), BodyFault::NotJson { line: 2, column: 7 });
        assert_eq!(fault(b"{\"a\": [1, 2"), BodyFault::Truncated { size: 11 });
        assert_eq!(fault(b" \r\n"), BodyFault::Empty);
        assert_eq!(fault(b"<!doctype html><p>Sign in"), BodyFault::WebPage);
        assert_eq!(fault(&vec![b' '; Body::MAX_BYTES + 1]), BodyFault::TooLarge { limit: Body::MAX_BYTES });
        assert_eq!(Body::read(b"Sign in", Some("text/HTML; charset=utf-8")), Err(BodyFault::WebPage));
    }

    #[test]
    fn h8_ten_thousand_levels_are_refused_on_a_small_stack() {
        let check = || {
            for text in
                ["[".repeat(10_000), "{\"a\":".repeat(10_000), format!("{}{}", "[".repeat(10_000), "]".repeat(10_000))]
            {
                let (body, fault) = Body::keep(text.as_bytes(), None);
                assert_eq!(fault, Some(BodyFault::TooDeep { limit: 128 }));
                assert_eq!(**body.text(), *text);
            }
        };
        std::thread::Builder::new().stack_size(64 * 1024).spawn(check).unwrap().join().unwrap();
    }

    #[test]
    fn h8_what_cannot_be_read_can_still_be_shown() {
        let (body, fault) = Body::keep(b"caf\xe9", None);
        assert_eq!((&**body.text(), body.size(), body.is_json()), ("caf\u{fffd}", 4, false));
        assert_eq!(fault, Some(BodyFault::NotUtf8 { at: 3 }));
        assert!(body.raw().is_none());
    }

    #[test]
    fn p2_the_raw_body_keeps_every_value_and_no_line_break() {
        let text = "{\r\n  \"a\": 1E+2,\n  \"a\": 12.10, \"$serde_json::private::Number\": \"x\", \"s\": \"l\\nm \\ud800\"\n}\n";
        let raw = Body::read(text.as_bytes(), None).unwrap().raw().unwrap();
        let expected =
            "{    \"a\": 1E+2,   \"a\": 12.10, \"$serde_json::private::Number\": \"x\", \"s\": \"l\\nm \\ud800\" }";
        assert_eq!(raw.get(), expected);
        assert_eq!(serde_json::to_string(&raw).unwrap(), expected);
    }

    #[test]
    fn a_byte_order_mark_is_no_fault() {
        assert_eq!(Body::read("\u{feff}{}".as_bytes(), None).unwrap().raw().unwrap().get(), "{}");
    }

    #[test]
    fn a_body_shows_nothing_of_itself_in_debug() {
        let body = Body::read(br#"{"token": "canary"}"#, None).unwrap();
        assert!(!format!("{body:?}").contains("canary"));
    }

    #[test]
    fn h8_sixteen_mebibytes_are_read() {
        let mut text = String::from("[0");
        while text.len() + 3 < Body::MAX_BYTES {
            text.push_str(",0");
        }
        text.push(']');
        let body = Body::read(text.as_bytes(), None).unwrap();
        assert!(body.tree().unwrap().root().len() > 8_000_000);
    }
}
