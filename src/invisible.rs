//! Characters without a shape of their own, by which two texts look alike that are not (Unicode TR 36 and TR 39).
//!
//! Owns the one table of them. Refuses to say what is done with them: keys drop them at the ends, a pasted token drops them
//! anywhere, a server's words lose them, and a claim shows their code points. White space and control characters are not
//! among them.

/// Whether a character takes no room or only turns its neighbours: soft hyphen, fillers, joiners, zero-width space, marks of
/// direction, the byte order mark, tags.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::error_body::clean;
    use crate::inspect::visible::visible;
    use crate::keys::check::check_client_id;

    #[test]
    fn every_reader_of_text_takes_the_same_characters_for_invisible() {
        const ID: &str = "a1b2c3d4e5f6a1b2c3d4e5f6";
        for c in ('\0'..=char::MAX).filter(|&c| is_invisible(c)) {
            assert!(!c.is_control() && !c.is_whitespace(), "{c:?}");
            assert_eq!(clean(&format!("a{c}b")), "ab", "{c:?}");
            assert_eq!(check_client_id(&format!("{c}{ID}")).unwrap().value, ID, "{c:?}");
            let joins = matches!(c, '\u{200c}' | '\u{200d}');
            assert_eq!(visible(&c.to_string(), 9).hidden, usize::from(!joins), "{c:?}");
        }
    }
}
