//! JSON as the server wrote it: an outline of the text, in which every value knows where it stands.
//!
//! Owns the reading of RFC 8259 texts into a flat list of values, without recursion, so that no depth can overflow a
//! stack, neither when it is read nor when it is dropped. It keeps what `serde_json::Value` loses: the spelling of
//! numbers (`1e2`), members that occur twice, and positions. Refuses to change a byte, and refuses more than
//! [`MAX_DEPTH`] levels.

use std::borrow::Cow;
use std::ops::Range;

/// How many arrays and objects may stand inside each other.
pub const MAX_DEPTH: usize = 128;

const NONE: u32 = u32::MAX;

/// Marks the end of a string or a name that holds escapes: most hold none, and are then taken as they stand.
const ESCAPED: u32 = 1 << 31;

/// The bytes that may not stand in a string as they are.
const ENDS_PLAIN_TEXT: [bool; 256] = {
    let mut ends = [false; 256];
    let mut control = 0;
    while control < 0x20 {
        ends[control] = true;
        control += 1;
    }
    ends[b'"' as usize] = true;
    ends[b'\\' as usize] = true;
    ends
};

/// From so many values on an outline gives back the room that it does not need.
const LARGE: usize = 512;

/// The outline of one JSON text. It is read together with the text that it was made of; see [`Tree`].
#[derive(Clone)]
pub struct Outline {
    /// The values in the order in which they begin, the root first.
    entries: Vec<Entry>,
}

#[derive(Clone, Copy)]
struct Entry {
    start: u32,
    /// Where it ends, with [`ESCAPED`] for a string that holds escapes.
    end: u32,
    /// Where the name of this member begins, at its quotation mark; `NONE` for what is no member.
    key: u32,
    /// Where that name ends, at its other quotation mark, with [`ESCAPED`] where it holds escapes.
    key_end: u32,
    parent: u32,
    /// The first entry behind this value and all that is in it.
    next: u32,
    /// How many values stand directly in this one.
    count: u32,
}

/// What kept a text from being read, and the byte at which it was noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Unexpected { at: usize },
    Truncated,
    TooDeep { at: usize },
}

/// The six kinds of JSON values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

/// A text and its outline.
#[derive(Clone, Copy)]
pub struct Tree<'a> {
    text: &'a str,
    outline: &'a Outline,
}

/// One value in a tree; a cheap handle.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    tree: Tree<'a>,
    index: u32,
}

impl Outline {
    /// Reads a text; white space around the value is allowed, anything else is a fault. The text must be shorter
    /// than 2 GiB.
    pub fn of(text: &str) -> Result<Self, Fault> {
        // Room for what a small text usually holds, so that its list is made at once.
        let room = (text.len() / 8).min(LARGE);
        Scanner {
            bytes: text.as_bytes(),
            at: 0,
            entries: Vec::with_capacity(room),
            open: Vec::with_capacity(8),
            in_object: false,
        }
        .scan()
    }

    /// Joins the outline with the text that it was made of.
    pub fn tree<'a>(&'a self, text: &'a str) -> Tree<'a> {
        Tree { text, outline: self }
    }
}

impl<'a> Tree<'a> {
    pub fn root(self) -> Node<'a> {
        Node { tree: self, index: 0 }
    }

    /// How many values the text holds in all.
    pub fn size(self) -> usize {
        self.outline.entries.len()
    }

    /// All values, in the order in which they begin.
    pub fn nodes(self) -> impl Iterator<Item = Node<'a>> {
        (0..self.size() as u32).map(move |index| Node { tree: self, index })
    }

    /// The value with this [`Node::index`], if there is one.
    pub fn node(self, index: u32) -> Option<Node<'a>> {
        ((index as usize) < self.size()).then_some(Node { tree: self, index })
    }
}

impl<'a> Node<'a> {
    pub fn kind(self) -> Kind {
        match self.tree.text.as_bytes()[self.entry().start as usize] {
            b'n' => Kind::Null,
            b't' | b'f' => Kind::Bool,
            b'"' => Kind::String,
            b'[' => Kind::Array,
            b'{' => Kind::Object,
            _ => Kind::Number,
        }
    }

    /// A number that names this value within its tree, and stays the same as long as the body does.
    pub fn index(self) -> u32 {
        self.index
    }

    /// The value as it stands in the text: a number with its spelling, a string with its quotation marks.
    pub fn raw(self) -> &'a str {
        &self.tree.text[self.span()]
    }

    /// The bytes of the text that this value takes.
    pub fn span(self) -> Range<usize> {
        self.entry().start as usize..(self.entry().end & !ESCAPED) as usize
    }

    /// The name of this member as it stands in the text, escapes included, without quotation marks.
    pub fn raw_key(self) -> Option<&'a str> {
        let Entry { key, key_end, .. } = *self.entry();
        (key != NONE).then(|| &self.tree.text[key as usize + 1..(key_end & !ESCAPED) as usize])
    }

    /// The name of this member, if it stands in an object.
    pub fn key(self) -> Option<Cow<'a, str>> {
        self.raw_key().map(|key| text_of(key, self.entry().key_end))
    }

    /// The text of a string; nothing for other kinds.
    pub fn text(self) -> Option<Cow<'a, str>> {
        (self.kind() == Kind::String).then(|| {
            let raw = self.raw();
            text_of(&raw[1..raw.len() - 1], self.entry().end)
        })
    }

    pub fn parent(self) -> Option<Node<'a>> {
        let parent = self.entry().parent;
        (parent != NONE).then_some(Node { tree: self.tree, index: parent })
    }

    /// The values directly in this array or object, in the order of the text.
    pub fn children(self) -> impl Iterator<Item = Node<'a>> + use<'a> {
        let (tree, end) = (self.tree, self.entry().next);
        let mut index = self.index + 1;
        std::iter::from_fn(move || {
            let node = (index < end).then_some(Node { tree, index })?;
            index = node.entry().next;
            Some(node)
        })
    }

    /// How many values stand directly in this array or object.
    pub fn len(self) -> usize {
        self.entry().count as usize
    }

    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The last member of this name, which is the one that most readers take.
    pub fn get(self, name: &str) -> Option<Node<'a>> {
        self.children().filter(|child| child.key().as_deref() == Some(name)).last()
    }

    fn entry(self) -> &'a Entry {
        &self.tree.outline.entries[self.index as usize]
    }
}

/// One member's step on a path: `.price`, or `["list price"]` where the name is no plain word.
pub(super) fn push_key(path: &mut String, key: &str) {
    let plain = key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-' || b >= 0x80)
        && key.bytes().next().is_some_and(|b| !b.is_ascii_digit());
    if plain {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key);
    } else {
        path.push_str("[\"");
        path.push_str(&super::shown::one_line(key).replace('\\', r"\\").replace('"', "\\\""));
        path.push_str("\"]");
    }
}

/// The text of a string literal, given the mark at its end.
fn text_of(inside: &str, end: u32) -> Cow<'_, str> {
    if end & ESCAPED == 0 { Cow::Borrowed(inside) } else { Cow::Owned(unescaped(inside)) }
}

/// The text of a string literal that holds escapes. Half of a surrogate pair stands for no character and becomes `�`.
fn unescaped(inside: &str) -> String {
    let mut text = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(letter) = rest.chars().next() else { break };
        rest = &rest[letter.len_utf8()..];
        match letter {
            'b' => text.push('\u{8}'),
            'f' => text.push('\u{c}'),
            'n' => text.push('\n'),
            'r' => text.push('\r'),
            't' => text.push('\t'),
            'u' => {
                let (c, length) = escaped_char(rest);
                text.push(c);
                rest = &rest[length..];
            }
            other => text.push(other),
        }
    }
    text.push_str(rest);
    text
}

/// The character behind `\u`, and how many bytes it takes there.
fn escaped_char(rest: &str) -> (char, usize) {
    let unit = |text: Option<&str>| text.and_then(|text| u32::from_str_radix(text, 16).ok());
    let Some(first) = unit(rest.get(..4)) else { return (char::REPLACEMENT_CHARACTER, 0) };
    if (0xd800..0xdc00).contains(&first)
        && rest.get(4..6) == Some("\\u")
        && let Some(second @ 0xdc00..0xe000) = unit(rest.get(6..10))
    {
        let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 10);
    }
    (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 4)
}

/// Walks over the text once. The containers that are still open are a list, not a call stack.
struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    entries: Vec<Entry>,
    open: Vec<u32>,
    /// Whether the innermost open container is an object.
    in_object: bool,
}

impl Scanner<'_> {
    fn scan(mut self) -> Result<Outline, Fault> {
        let mut key = (NONE, NONE);
        loop {
            self.skip_space();
            let opened = self.begin_value(key)?;
            if opened {
                self.skip_space();
                if !self.is_close() {
                    key = self.key_if_object()?;
                    continue;
                }
                self.close();
            }
            // A value has ended: either a further one follows, or what it stands in ends too.
            loop {
                self.skip_space();
                if self.open.is_empty() {
                    return if self.at == self.bytes.len() {
                        if self.entries.len() > LARGE {
                            self.entries.shrink_to_fit();
                        }
                        Ok(Outline { entries: self.entries })
                    } else {
                        Err(Fault::Unexpected { at: self.at })
                    };
                }
                if self.is_close() {
                    self.close();
                    continue;
                }
                self.expect(b',')?;
                self.skip_space();
                key = self.key_if_object()?;
                break;
            }
        }
    }

    /// Reads a scalar, or the first byte of a container and says that it is open now.
    fn begin_value(&mut self, (key, key_end): (u32, u32)) -> Result<bool, Fault> {
        let start = self.at;
        let first = self.peek()?;
        let opened = matches!(first, b'{' | b'[');
        if opened && self.open.len() == MAX_DEPTH {
            return Err(Fault::TooDeep { at: start });
        }
        let mut escaped = 0;
        match first {
            b'{' | b'[' => self.at += 1,
            b'"' => escaped = self.string()?,
            b'n' => self.literal(b"null")?,
            b't' => self.literal(b"true")?,
            b'f' => self.literal(b"false")?,
            _ => self.number()?,
        }
        let index = self.entries.len() as u32;
        let parent = self.open.last().copied().unwrap_or(NONE);
        if let Some(parent) = self.entries.get_mut(parent as usize) {
            parent.count += 1;
        }
        let (start, end) = (start as u32, self.at as u32 | escaped);
        self.entries.push(Entry { start, end, key, key_end, parent, next: index + 1, count: 0 });
        if opened {
            self.open.push(index);
            self.in_object = first == b'{';
        }
        Ok(opened)
    }

    /// Whether the innermost open container ends here.
    fn is_close(&self) -> bool {
        let closing = if self.in_object { b'}' } else { b']' };
        self.bytes.get(self.at) == Some(&closing)
    }

    fn close(&mut self) {
        self.at += 1;
        let next = self.entries.len() as u32;
        if let Some(index) = self.open.pop()
            && let Some(entry) = self.entries.get_mut(index as usize)
        {
            entry.end = self.at as u32;
            entry.next = next;
            let parent = entry.parent;
            let parent = self.entries.get(parent as usize);
            self.in_object = parent.is_some_and(|parent| self.bytes.get(parent.start as usize) == Some(&b'{'));
        }
    }

    /// The name of the next member, from quotation mark to quotation mark.
    fn key_if_object(&mut self) -> Result<(u32, u32), Fault> {
        if !self.in_object {
            return Ok((NONE, NONE));
        }
        let key = self.at as u32;
        let escaped = match self.peek()? {
            b'"' => self.string()?,
            _ => return Err(Fault::Unexpected { at: self.at }),
        };
        let key_end = (self.at as u32 - 1) | escaped;
        self.skip_space();
        self.expect(b':')?;
        Ok((key, key_end))
    }

    /// Passes over a string, and tells whether it holds escapes: [`ESCAPED`] or nothing.
    fn string(&mut self) -> Result<u32, Fault> {
        let mut escaped = 0;
        self.at += 1;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            self.at += rest.iter().position(|byte| ENDS_PLAIN_TEXT[usize::from(*byte)]).unwrap_or(rest.len());
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Ok(escaped);
                }
                b'\\' => {
                    escaped = ESCAPED;
                    self.at += 1;
                    match self.peek()? {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 1,
                        b'u' => {
                            self.at += 1;
                            for _ in 0..4 {
                                if !self.peek()?.is_ascii_hexdigit() {
                                    return Err(Fault::Unexpected { at: self.at });
                                }
                                self.at += 1;
                            }
                        }
                        _ => return Err(Fault::Unexpected { at: self.at }),
                    }
                }
                _ => return Err(Fault::Unexpected { at: self.at }),
            }
        }
    }

    fn number(&mut self) -> Result<(), Fault> {
        if self.peek()? == b'-' {
            self.at += 1;
        }
        if self.peek()? == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.bytes.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Fault> {
        if !self.peek()?.is_ascii_digit() {
            return Err(Fault::Unexpected { at: self.at });
        }
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        Ok(())
    }

    fn literal(&mut self, word: &[u8]) -> Result<(), Fault> {
        word.iter().try_for_each(|byte| self.expect(*byte))
    }

    fn expect(&mut self, byte: u8) -> Result<(), Fault> {
        if self.peek()? == byte {
            self.at += 1;
            Ok(())
        } else {
            Err(Fault::Unexpected { at: self.at })
        }
    }

    fn peek(&self) -> Result<u8, Fault> {
        self.bytes.get(self.at).copied().ok_or(Fault::Truncated)
    }

    fn skip_space(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    use super::*;

    #[test]
    fn p2_numbers_and_repeated_members_are_kept_as_written() {
        let text = r#" {"a": 1E+2, "a": 12.10, "b\u0061": [-0, "x\"y", {}] } "#;
        let outline = Outline::of(text).unwrap();
        let root = outline.tree(text).root();
        let members: Vec<_> = root.children().map(|node| (node.key().unwrap().into_owned(), node.raw())).collect();
        let expected = [("a", "1E+2"), ("a", "12.10"), ("ba", r#"[-0, "x\"y", {}]"#)];
        assert_eq!(members, expected.map(|(key, raw)| (key.to_owned(), raw)));
        assert_eq!(root.get("a").unwrap().raw(), "12.10");
        let list = root.get("ba").unwrap();
        assert_eq!((list.len(), list.kind()), (3, Kind::Array));
        assert_eq!(list.children().nth(1).unwrap().text().unwrap(), "x\"y");
        assert_eq!(list.children().last().unwrap().parent().unwrap().index(), list.index());
    }

    #[test]
    fn escapes_are_read_and_half_a_pair_becomes_a_replacement() {
        for (inside, expected) in [
            (r"a\n\t\/\\\u00e9", "a\n\t/\\é"),
            (r"\ud83d\ude00", "😀"),
            (r"\ud83dx", "\u{fffd}x"),
            (r"\ud83d\u0041", "\u{fffd}A"),
            (r"\ude00", "\u{fffd}"),
        ] {
            let text = format!("\"{inside}\"");
            assert_eq!(Outline::of(&text).unwrap().tree(&text).root().text().unwrap(), expected);
        }
    }

    #[test]
    fn h8_a_fault_says_where_it_is() {
        for (text, expected) in [
            ("", Fault::Truncated),
            ("{\"a\": [1, 2", Fault::Truncated),
            ("\"abc", Fault::Truncated),
            ("tru", Fault::Truncated),
            ("1.", Fault::Truncated),
            ("{\"a\" 1}", Fault::Unexpected { at: 5 }),
            ("[1,]", Fault::Unexpected { at: 3 }),
            ("{\"a\":1,}", Fault::Unexpected { at: 7 }),
            ("[1}", Fault::Unexpected { at: 2 }),
            ("01", Fault::Unexpected { at: 1 }),
            ("{} {}", Fault::Unexpected { at: 3 }),
            ("\"a\nb\"", Fault::Unexpected { at: 2 }),
            ("NaN", Fault::Unexpected { at: 0 }),
        ] {
            assert_eq!(Outline::of(text).err(), Some(expected), "{text}");
        }
    }

    #[test]
    fn h8_the_depth_is_limited_at_its_very_level() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(Outline::of(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(Outline::of(&nested(MAX_DEPTH + 1)).err(), Some(Fault::TooDeep { at: MAX_DEPTH }));
    }

    #[test]
    fn paths_are_readable_and_quote_what_is_no_word() {
        let mut path = String::new();
        for key in ["items", "list-price", "PL RETAIL", "a\"b", "1", ""] {
            push_key(&mut path, key);
        }
        assert_eq!(path, r#"items.list-price["PL RETAIL"]["a\"b"]["1"][""]"#);
    }

    proptest! {
        /// Texts made of JSON's own pieces are taken and refused just as `serde_json` takes and refuses them.
        #[test]
        fn the_same_texts_are_json_as_elsewhere(pieces in prop::collection::vec(prop::sample::select(vec![
            "{", "}", "[", "]", ",", ":", "\"a\"", "\"", "\\", "\\u00", "0", "1", "-", ".", "e", "+", "true", "null", "n", " ", "\n", "é",
        ]), 0..12)) {
            let text: String = pieces.concat();
            prop_assert_eq!(Outline::of(&text).is_ok(), serde_json::from_str::<&RawValue>(text.trim_matches([' ', '\n'])).is_ok(), "{}", text);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            let _ = Outline::of(&text);
        }
    }
}
