//! A cell's text made fit to be seen: what has no shape or a misleading one is named, and a secret is hidden.
//!
//! For the screen only. What is looked up is never this text.

use std::fmt::Write as _;

use super::pattern::look_alike;
use crate::invisible::is_invisible;
/// Whether a cell holds a client secret or a token, be it beside other text: what is never sent.
pub(super) use crate::prices::query::looks_secret as is_secret;

/// At most `most` letters of a text, on one line, with names for what cannot be seen. A secret is not shown.
pub fn shown(text: &str, most: usize) -> String {
    if is_secret(text) {
        return format!("Hidden: {} characters that look like a secret", text.chars().count());
    }
    let trimmed = text.trim_matches(' ');
    let start = text.len() - text.trim_start_matches(' ').len();
    let inner = start..start + trimmed.len();
    // Writing to a String cannot fail.
    let mut line = String::new();
    for (count, (at, c)) in text.char_indices().enumerate() {
        if count == most {
            line.push('…');
            break;
        }
        match c {
            ' ' if !inner.contains(&at) => line.push_str("‹space›"),
            '\u{a0}' | '\u{202f}' | '\u{2007}' => line.push_str("‹no-break space›"),
            '\u{200b}' => line.push_str("‹zero-width space›"),
            '\u{ad}' => line.push_str("‹soft hyphen›"),
            '\u{feff}' => line.push_str("‹byte order mark›"),
            '\t' => line.push_str("‹tab›"),
            '\n' | '\r' => line.push_str("‹line break›"),
            // They join emoji and letters, which have a shape.
            '\u{200c}' | '\u{200d}' => line.push(c),
            c if c.is_control() || is_invisible(c) || matches!(c, '\u{2028}' | '\u{2029}') => {
                let _ = write!(line, "‹U+{:04X}›", u32::from(c));
            }
            c => line.push(c),
        }
    }
    line
}

/// The same, with every look-alike letter named by the script that it comes from.
pub fn shown_with_scripts(text: &str, most: usize) -> String {
    let mut line = String::new();
    for c in text.chars() {
        match look_alike(c) {
            Some(_) => _ = write!(line, "‹{} {c}›", script(c)),
            None => line.push(c),
        }
    }
    shown(&line, most)
}

fn script(c: char) -> &'static str {
    match c {
        '\u{370}'..='\u{3ff}' => "Greek",
        '\u{400}'..='\u{52f}' => "Cyrillic",
        '\u{ff01}'..='\u{ff5e}' => "full-width",
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => "another dash",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_named() {
        assert_eq!(shown(" A\u{a0}B\u{200b} C ", 20), "‹space›A‹no-break space›B‹zero-width space› C‹space›");
        assert_eq!(shown("a\tb\u{7}\u{202e}", 20), "a‹tab›b‹U+0007›‹U+202E›");
        assert_eq!(shown_with_scripts("РRODUCT", 20), "‹Cyrillic Р›RODUCT");
        assert_eq!(shown("ABCDEF", 3), "ABC…");
    }

    #[test]
    fn k1_a_secret_in_a_cell_is_not_shown() {
        let secret = "ab".repeat(32);
        assert!(is_secret(&secret) && is_secret("eyJhbGciOi.eyJzdWIiOi.c2ln"));
        assert!(!shown(&secret, 100).contains("abab"));
        assert!(!shown(&format!(" {secret} "), 100).contains("abab"));
        assert!(!shown(&format!("QUANTAPRICE_CLIENT_SECRET={secret}"), 100).contains("abab"));
    }
}
