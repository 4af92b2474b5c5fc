//! Text that came from a server or a clipboard, made fit to stand in a sentence or on a terminal.
//!
//! Owns the removal of what could move a cursor, colour a terminal or turn the reading direction. Refuses to be used
//! for exports and for the body itself, which keep every byte.

/// The longest text that a sentence quotes, in characters.
const LONGEST: usize = 80;

/// One line of at most 80 characters without control and bidirectional characters; what is cut off shows as `…`.
pub fn one_line(text: &str) -> String {
    let mut line: String = text.chars().take(LONGEST).map(visible).collect();
    if text.chars().nth(LONGEST).is_some() {
        line.push('…');
    }
    line
}

/// The whole text on one line, with `�` for each control or bidirectional character.
pub fn visible_text(text: &str) -> String {
    text.chars().map(visible).collect()
}

fn visible(c: char) -> char {
    let turns_direction =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if c.is_control() || turns_direction || matches!(c, '\u{2028}' | '\u{2029}') { '\u{fffd}' } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_direction_marks_do_not_reach_a_terminal() {
        assert_eq!(visible_text("a\u{1b}[2Jb\u{202e}c\nd"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d");
        assert_eq!(visible_text("KABEL 3×1,5 m 👩‍🔧"), "KABEL 3×1,5 m 👩‍🔧");
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        assert_eq!(one_line(&"ä".repeat(80)), "ä".repeat(80));
        assert_eq!(one_line(&"ä".repeat(81)), format!("{}…", "ä".repeat(80)));
    }
}
