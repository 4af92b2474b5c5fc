//! Text out of a token, made fit to be seen: what would hide or turn the reading direction shows as its code point.
//!
//! Owns the spelling of such characters (Unicode TR 36) and the cutting of long text. It differs from `prices::shown`, which
//! hides them behind one sign: here they are evidence. Refuses to be used for copying a value back out.

use std::fmt::Write as _;

use crate::invisible::is_invisible;

/// The longest text that stands in a table, in characters. A longer one is a click away.
pub const LONGEST_IN_TABLE: usize = 200;
/// The longest text that is shown at all, in characters: no screen shows more at once.
pub const LONGEST: usize = 8_000;

/// A text made visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visible {
    pub text: String,
    /// How many characters were replaced by their code point.
    pub hidden: usize,
    /// How many characters were left out at the end; `…` stands for them.
    pub cut: usize,
}

/// The first `longest` characters, on one line. White space of JSON becomes a space; other control, bidirectional and
/// invisible characters become `<U+202E>`.
pub fn visible(text: &str, longest: usize) -> Visible {
    let mut shown = Visible { text: String::new(), hidden: 0, cut: 0 };
    let mut chars = text.chars();
    for c in chars.by_ref().take(longest) {
        if is_hidden(c) {
            shown.hidden += 1;
            // Writing into a `String` cannot fail.
            _ = write!(shown.text, "<U+{:04X}>", u32::from(c));
        } else {
            shown.text.push(c);
        }
    }
    // What is cut off is looked through too: an invisible character is evidence wherever it stands.
    for c in chars {
        shown.cut += 1;
        shown.hidden += usize::from(is_hidden(c));
    }
    if shown.cut > 0 {
        shown.text.push('…');
    }
    shown
}

/// A raw piece of JSON on one line: line breaks and tabs between its values are no hidden characters.
pub fn visible_json(raw: &str, longest: usize) -> Visible {
    let flat: String = raw.chars().map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c }).collect();
    visible(&flat, longest)
}

/// One character for a sentence.
pub fn character(c: char) -> String {
    visible(c.encode_utf8(&mut [0; 4]), 1).text
}

/// Joiners are none of them: they make letters and pictures look as they should.
fn is_hidden(c: char) -> bool {
    let joins = matches!(c, '\u{200c}' | '\u{200d}');
    c.is_control() || (is_invisible(c) && !joins) || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_show_as_their_code_points() {
        let shown = visible("admin\u{202e}txt.\u{200b}\u{0}", 50);
        assert_eq!(shown.text, "admin<U+202E>txt.<U+200B><U+0000>");
        assert_eq!((shown.hidden, shown.cut), (3, 0));
        assert_eq!(visible("Kålrot 👩‍🔧 نص", 50).hidden, 0, "ordinary text of any script stays, joined emoji too");
    }

    #[test]
    fn long_text_is_cut_and_what_was_cut_is_still_searched() {
        let shown = visible(&format!("{}\u{202e}", "ä".repeat(10)), 4);
        assert_eq!(shown.text, "ääää…");
        assert_eq!((shown.hidden, shown.cut), (1, 7));
    }

    #[test]
    fn white_space_between_json_values_is_not_hidden() {
        assert_eq!(visible_json("[1,\n\t2]", 50), Visible { text: "[1,  2]".into(), hidden: 0, cut: 0 });
    }
}
