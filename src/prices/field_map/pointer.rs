//! A place in a body: a JSON Pointer (RFC 6901) in which a segment can stand for each entry of a list.
//!
//! Owns how it is written, what is wrong with one, and which values of a body it names. The rule is that of the RFC: `/` before each
//! segment, `~1` for a slash and `~0` for a tilde in a name, and a number for an entry of a list, counted from 0. Beside it, `*` or
//! `-` stands for each entry of a list, and `*` for each member of an object that has none of that name. (RFC 6901 gives `-` to the
//! entry behind the last one, which no body has.) Refuses to look for a place that is not quite the one that was written.

use std::fmt;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::super::json::{Kind, Node};

/// The longest pointer that is taken, in characters.
pub const LONGEST: usize = 1_024;

/// A place, or a place in each entry of a list. Equality is of the text.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pointer {
    text: String,
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Segment {
    /// The member of this name, or the entry of this number.
    Name(String),
    /// `*`
    Star,
    /// `-`
    Dash,
}

/// A step from a value of a body to one in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Member(String),
    /// Counted from 0.
    Entry(usize),
}

/// Text that is no pointer. Positions are of characters, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PointerError {
    #[error("Nothing is named: write a place such as /items/*/price.")]
    Empty,
    #[error("Character 1 has to be a “/”: write a place such as /items/*/price.")]
    NoSlash,
    #[error("Character 1 is a “#”: leave it out, and write the place from its “/” on.")]
    Fragment,
    #[error("Character {at} is a “~” with no 0 or 1 behind it: write ~0 for a “~” in a name, and ~1 for a “/”.")]
    Escape { at: usize },
    #[error("The place is longer than {LONGEST} characters: write a shorter one.")]
    TooLong,
}

impl Pointer {
    /// Takes a pointer as RFC 6901, section 3, writes it. White space counts, since a name can hold it.
    ///
    /// # Errors
    /// [`PointerError`] for anything else, and for the empty pointer, which names the whole body.
    pub fn parse(text: &str) -> Result<Self, PointerError> {
        let rest = match text.chars().next() {
            None => return Err(PointerError::Empty),
            Some('/') => &text[1..],
            Some('#') => return Err(PointerError::Fragment),
            Some(_) => return Err(PointerError::NoSlash),
        };
        if text.chars().nth(LONGEST).is_some() {
            return Err(PointerError::TooLong);
        }
        let mut before = 1;
        let mut segments = Vec::new();
        for part in rest.split('/') {
            segments.push(match part {
                "*" => Segment::Star,
                "-" => Segment::Dash,
                name => Segment::Name(unescaped(name).map_err(|at| PointerError::Escape { at: before + at })?),
            });
            before += part.chars().count() + 1;
        }
        Ok(Self { text: text.to_owned(), segments })
    }

    /// The pointer to what these steps lead to, in each entry of the lists on the way. Nothing without a step.
    pub fn to_each(steps: &[Step]) -> Option<Self> {
        let mut text = String::new();
        for step in steps {
            text.push('/');
            match step {
                Step::Entry(_) => text.push('*'),
                Step::Member(name) => text.push_str(&name.replace('~', "~0").replace('/', "~1")),
            }
        }
        Self::parse(&text).ok()
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How many segments lead to what it names.
    pub(super) fn depth(&self) -> usize {
        self.segments.len()
    }

    /// Shows `see` each value that the segments from number `first` on lead to, seen from `node`, until it breaks off.
    pub(super) fn each<'a>(
        &self,
        node: Node<'a>,
        first: usize,
        see: &mut impl FnMut(Node<'a>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Some(segment) = self.segments.get(first) else { return see(node) };
        match (segment, node.kind()) {
            (Segment::Name(name), Kind::Object) => self.on(node.get(name), first, see),
            (Segment::Name(name), Kind::Array) => {
                self.on(entry_number(name).and_then(|index| node.children().nth(index)), first, see)
            }
            (Segment::Star, Kind::Object) if node.get("*").is_some() => self.on(node.get("*"), first, see),
            (Segment::Dash, Kind::Object) => self.on(node.get("-"), first, see),
            (Segment::Star, Kind::Object | Kind::Array) | (Segment::Dash, Kind::Array) => {
                for child in node.children() {
                    self.each(child, first + 1, see)?;
                }
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Continue(()),
        }
    }

    fn on<'a>(
        &self,
        node: Option<Node<'a>>,
        first: usize,
        see: &mut impl FnMut(Node<'a>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        node.map_or(ControlFlow::Continue(()), |node| self.each(node, first + 1, see))
    }

    /// Whether segment number `at` leads from `holder` to `child`, which stands in it.
    pub(super) fn leads(&self, at: usize, holder: Node<'_>, child: Node<'_>) -> bool {
        let Some(segment) = self.segments.get(at) else { return false };
        let is_called = |name: &str| child.key().as_deref() == Some(name);
        match (segment, holder.kind()) {
            (Segment::Name(name), Kind::Object) => is_called(name),
            (Segment::Name(name), _) => entry_number(name)
                .and_then(|index| holder.children().nth(index))
                .is_some_and(|entry| entry.index() == child.index()),
            (Segment::Star, Kind::Object) => holder.get("*").is_none() || is_called("*"),
            (Segment::Dash, Kind::Object) => is_called("-"),
            (Segment::Star | Segment::Dash, _) => true,
        }
    }
}

/// The number of a list's entry: digits without a leading zero (RFC 6901, section 4).
fn entry_number(name: &str) -> Option<usize> {
    let plain = name.bytes().all(|byte| byte.is_ascii_digit()) && (name == "0" || !name.starts_with('0'));
    if plain { name.parse().ok() } else { None }
}

/// A name without its escapes, or the place of the character that is no escape, counted from 1.
fn unescaped(name: &str) -> Result<String, usize> {
    let mut text = String::with_capacity(name.len());
    let mut chars = name.chars().enumerate();
    while let Some((at, c)) = chars.next() {
        text.push(match c {
            '~' => match chars.next() {
                Some((_, '0')) => '~',
                Some((_, '1')) => '/',
                _ => return Err(at + 1),
            },
            other => other,
        });
    }
    Ok(text)
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pointer({:?})", self.text)
    }
}

impl TryFrom<String> for Pointer {
    type Error = PointerError;

    fn try_from(text: String) -> Result<Self, PointerError> {
        Self::parse(&text)
    }
}

impl From<Pointer> for String {
    fn from(pointer: Pointer) -> Self {
        pointer.text
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::body::Body;
    use super::*;

    fn found(text: &str, pointer: &str) -> Vec<String> {
        let body = Body::read(text.as_bytes(), None).unwrap();
        let mut found = Vec::new();
        let pointer = Pointer::parse(pointer).unwrap();
        let done = pointer.each(body.tree().unwrap().root(), 0, &mut |node| {
            found.push(node.raw().to_owned());
            ControlFlow::Continue(())
        });
        assert!(done.is_continue());
        found
    }

    #[test]
    fn the_examples_of_rfc_6901_section_5_are_read_as_there() {
        let document = r#"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#;
        for (pointer, value) in [
            ("/foo", r#"["bar","baz"]"#),
            ("/foo/0", r#""bar""#),
            ("/", "0"),
            ("/a~1b", "1"),
            ("/c%d", "2"),
            ("/e^f", "3"),
            ("/g|h", "4"),
            ("/i\\j", "5"),
            ("/k\"l", "6"),
            ("/ ", "7"),
            ("/m~0n", "8"),
        ] {
            assert_eq!(found(document, pointer), [value], "{pointer}");
        }
        for nothing in ["/foo/00", "/foo/2", "/foo/x", "/foo/+1", "/foo/0/x", "/a~01b", "/a", "/Foo"] {
            assert!(found(document, nothing).is_empty(), "{nothing}");
        }
    }

    #[test]
    fn a_star_or_a_dash_is_each_entry_of_a_list_and_a_star_each_member_of_an_object() {
        let body = r#"{"items":[{"p":1},{"q":2},{"p":[3,4]}],"lists":{"A":{"p":5},"B":{"p":6}}}"#;
        assert_eq!(found(body, "/items/*/p"), ["1", "[3,4]"]);
        assert_eq!(found(body, "/items/-/p"), ["1", "[3,4]"]);
        assert_eq!(found(body, "/items/*/p/*"), ["3", "4"]);
        assert_eq!(found(body, "/lists/*/p"), ["5", "6"]);
        assert!(found(body, "/lists/-/p").is_empty());
        // A member that is called so is just a member.
        assert_eq!(found(r#"{"x":{"*":1,"-":2,"y":3}}"#, "/x/*"), ["1"]);
        assert_eq!(found(r#"{"x":{"*":1,"-":2,"y":3}}"#, "/x/-"), ["2"]);
    }

    #[test]
    fn what_is_no_pointer_is_said_with_its_position() {
        for (text, error) in [
            ("", PointerError::Empty),
            ("items/0", PointerError::NoSlash),
            ("$.items[0].price", PointerError::NoSlash),
            (" /items", PointerError::NoSlash),
            ("#/items", PointerError::Fragment),
            ("/a~", PointerError::Escape { at: 3 }),
            ("/é/b~2c", PointerError::Escape { at: 5 }),
            ("/a~0/~/x", PointerError::Escape { at: 6 }),
        ] {
            assert_eq!(Pointer::parse(text).unwrap_err(), error, "{text}");
        }
        assert!(PointerError::Escape { at: 5 }.to_string().contains("Character 5"));
        assert_eq!(Pointer::parse(&format!("/{}", "x".repeat(LONGEST))).unwrap_err(), PointerError::TooLong);
        assert!(Pointer::parse(&format!("/{}", "x".repeat(LONGEST - 1))).is_ok());
    }

    #[test]
    fn steps_become_a_pointer_into_each_entry() {
        let steps = [Step::Member("a/b~c".into()), Step::Entry(7), Step::Member("10".into())];
        assert_eq!(Pointer::to_each(&steps).unwrap().as_str(), "/a~1b~0c/*/10");
        assert_eq!(Pointer::to_each(&[]), None);
    }
}
