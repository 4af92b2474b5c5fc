//! What stands between the cells of a line, and how it is guessed.
//!
//! A separator is believed where most lines have as many of it as the first one has. A list with one SKU a line may well have
//! commas in it (`KABEL 3×1,5 m`), so where nothing is regular, each line is one cell.

/// What stands between cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Delimiter {
    /// Nothing: each line is one cell, quotes included.
    None,
    Comma,
    Semicolon,
    Tab,
    Pipe,
}

impl Delimiter {
    /// In the order in which a tie is settled: what stands less often in a text comes first.
    pub const ALL: [Self; 5] = [Self::Tab, Self::Semicolon, Self::Pipe, Self::Comma, Self::None];

    /// The word on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::None => "None, one a line",
            Self::Comma => "Comma",
            Self::Semicolon => "Semicolon",
            Self::Tab => "Tab",
            Self::Pipe => "Vertical bar",
        }
    }

    pub(crate) const fn byte(self) -> Option<u8> {
        match self {
            Self::None => None,
            Self::Comma => Some(b','),
            Self::Semicolon => Some(b';'),
            Self::Tab => Some(b'\t'),
            Self::Pipe => Some(b'|'),
        }
    }
}

/// Lines and bytes that are looked at for the guess.
const LINES: usize = 200;
const BYTES: usize = 256 * 1024;

/// The separator that the first lines speak for.
pub(crate) fn guess(text: &str) -> Delimiter {
    let mut best = (Delimiter::None, 0.0);
    for delimiter in Delimiter::ALL {
        let Some(byte) = delimiter.byte() else { continue };
        let counts = counts(text, byte);
        let Some(&first) = counts.first().filter(|first| **first > 0) else { continue };
        let like = counts.iter().filter(|count| **count == first).count() as f32 / counts.len() as f32;
        // One line says little; a tab stands in no SKU.
        let trusted = counts.len() > 1 || delimiter == Delimiter::Tab;
        if trusted && like >= 0.8 && like > best.1 {
            best = (delimiter, like);
        }
    }
    best.0
}

/// How many of `byte` each of the first records has, outside of quotes. Blank lines do not count.
fn counts(text: &str, byte: u8) -> Vec<usize> {
    let bytes = &text.as_bytes()[..text.len().min(BYTES)];
    let (mut counts, mut count, mut has_text) = (Vec::new(), 0, false);
    let (mut in_quotes, mut at_start, mut just_closed) = (false, true, false);
    for &b in bytes {
        let was_closed = std::mem::take(&mut just_closed);
        match b {
            // A quote opens at the start of a cell, and again where it is doubled inside.
            b'"' if !in_quotes && (at_start || was_closed) => in_quotes = true,
            b'"' if in_quotes => (in_quotes, just_closed) = (false, true),
            b'\r' | b'\n' if !in_quotes => {
                if has_text {
                    counts.push(count);
                    if counts.len() == LINES {
                        return counts;
                    }
                }
                (count, has_text) = (0, false);
                at_start = true;
                continue;
            }
            b if b == byte && !in_quotes => {
                count += 1;
                (has_text, at_start) = (true, true);
                continue;
            }
            _ => {}
        }
        has_text |= !b.is_ascii_whitespace();
        at_start = false;
    }
    // The last line counts unless it was cut off.
    if has_text && bytes.len() == text.len() {
        counts.push(count);
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_separator_is_believed_where_it_is_regular() {
        assert_eq!(guess("sku,name\n1,a\n2,b\n"), Delimiter::Comma);
        assert_eq!(guess("sku;price\n1;1,50\n2;2,75\n"), Delimiter::Semicolon);
        assert_eq!(guess("sku\tname, long\n1\ta\n"), Delimiter::Tab);
        assert_eq!(guess("sku|name\r1|a\r2|b"), Delimiter::Pipe);
        assert_eq!(guess("sku,name\n1,\"a, b\nc\"\n2,\"\"\n"), Delimiter::Comma);
        assert_eq!(guess("\n\nsku,name\n\n1,a"), Delimiter::Comma);
    }

    #[test]
    fn a_comma_in_some_skus_parts_nothing() {
        assert_eq!(guess("PRODUCT-001\nKABEL 3×1,5 m\nPRODUCT-002\n"), Delimiter::None);
        assert_eq!(guess("KABEL 3×1,5 m"), Delimiter::None);
        assert_eq!(guess("KABEL 3×1,5 m\nPRODUCT-001\nPRODUCT-002\n"), Delimiter::None);
        assert_eq!(guess(""), Delimiter::None);
    }
}
