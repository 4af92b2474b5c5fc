//! From bytes to text: which encoding was taken, and whether every byte could be read in it.
//!
//! The order of evidence: a byte order mark, valid UTF-8, the zero bytes of UTF-16, and only then the guess that browsers make
//! (`chardetng`). Zero bytes in anything else mean that it is no text.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// So many bytes are looked at for a guess.
const SAMPLE: usize = 1024 * 1024;

/// An encoding by its name in the WHATWG standard. What is called ISO-8859-1 there is windows-1252, which holds all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextEncoding(&'static Encoding);

impl TextEncoding {
    pub const UTF_8: Self = Self(UTF_8);
    pub const UTF_16_LE: Self = Self(UTF_16LE);
    pub const UTF_16_BE: Self = Self(UTF_16BE);
    pub const WINDOWS_1252: Self = Self(WINDOWS_1252);

    /// The encodings to choose from.
    pub const ALL: [Self; 8] = [
        Self::UTF_8,
        Self::UTF_16_LE,
        Self::UTF_16_BE,
        Self::WINDOWS_1252,
        Self(encoding_rs::WINDOWS_1250),
        Self(encoding_rs::WINDOWS_1251),
        Self(encoding_rs::SHIFT_JIS),
        Self(encoding_rs::GBK),
    ];

    /// The name on screen.
    pub fn label(self) -> &'static str {
        match self.0.name() {
            "windows-1252" => "Windows-1252 (Latin-1)",
            "windows-1250" => "Windows-1250 (Central European)",
            "windows-1251" => "Windows-1251 (Cyrillic)",
            "UTF-16LE" => "UTF-16 LE",
            "UTF-16BE" => "UTF-16 BE",
            name => name,
        }
    }
}

/// Text, and how it was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decoded<'a> {
    pub text: Cow<'a, str>,
    pub encoding: TextEncoding,
}

/// The bytes are no text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotText;

/// Reads the bytes in the wished encoding, or in the one that they speak for. A byte order mark is no part of the text.
pub(super) fn decode(bytes: &[u8], wish: Option<TextEncoding>) -> Result<Decoded<'_>, NotText> {
    let marked = Encoding::for_bom(bytes);
    let encoding = match (wish, marked) {
        (Some(TextEncoding(wish)), _) => wish,
        (None, Some((marked, _))) => marked,
        (None, None) => guess(bytes),
    };
    let mark = marked.filter(|(marked, _)| *marked == encoding).map_or(0, |(_, length)| length);
    // What cannot be read becomes U+FFFD, which the damage detector names.
    let (text, _) = encoding.decode_without_bom_handling(&bytes[mark..]);
    // A NUL may stand in the text only where the user asked for this encoding.
    if wish.is_none() && memchr::memchr(0, text.as_bytes()).is_some() {
        return Err(NotText);
    }
    Ok(Decoded { text, encoding: TextEncoding(encoding) })
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    if let Some(wide) = wide(bytes) {
        return wide;
    }
    if std::str::from_utf8(bytes).is_ok() {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(&bytes[..bytes.len().min(SAMPLE)], bytes.len() <= SAMPLE);
    detector.guess(None, Utf8Detection::Deny)
}

/// UTF-16 without a mark: of most pairs exactly one byte is zero, and always the same one.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(4096) & !1];
    let zeros = |from: usize| sample.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    let most = sample.len() / 2 * 7 / 10;
    if sample.len() < 4 || !bytes.len().is_multiple_of(2) {
        None
    } else if second > most && first == 0 {
        Some(UTF_16LE)
    } else if first > most && second == 0 {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// What a file without text is, by its first bytes.
pub(super) fn known_binary(bytes: &[u8]) -> Option<&'static str> {
    const KNOWN: [(&[u8], &str); 14] = [
        (b"%PDF-", "a PDF"),
        (b"\x89PNG", "a picture (PNG)"),
        (b"\xff\xd8\xff", "a picture (JPEG)"),
        (b"GIF8", "a picture (GIF)"),
        (b"\x1f\x8b", "a packed file (gzip)"),
        (b"7z\xbc\xaf", "a packed file (7z)"),
        (b"Rar!", "a packed file (RAR)"),
        (b"BZh", "a packed file (bzip2)"),
        (b"\x28\xb5\x2f\xfd", "a packed file (Zstandard)"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"\x7fELF", "a program"),
        (b"MZ\x90", "a program"),
        (b"PAR1", "a Parquet file"),
        (b"{\\rtf", "a document (RTF)"),
    ];
    KNOWN.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, what)| *what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (String, TextEncoding) {
        let decoded = decode(bytes, None).unwrap();
        (decoded.text.into_owned(), decoded.encoding)
    }

    fn utf_16(text: &str, to: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to).collect()
    }

    #[test]
    fn each_usual_encoding_is_found_without_being_told() {
        let text = "Größe-001\r\nKABEL 3×1,5 m\r\n00042\r\n";
        assert_eq!(read(text.as_bytes()), (text.into(), TextEncoding::UTF_8));
        assert_eq!(read(format!("\u{feff}{text}").as_bytes()), (text.into(), TextEncoding::UTF_8));
        for mark in ["", "\u{feff}"] {
            let marked = format!("{mark}{text}");
            assert_eq!(read(&utf_16(&marked, u16::to_le_bytes)), (text.into(), TextEncoding::UTF_16_LE));
            assert_eq!(read(&utf_16(&marked, u16::to_be_bytes)), (text.into(), TextEncoding::UTF_16_BE));
        }
        let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        assert_eq!(read(&latin), (text.into(), TextEncoding::WINDOWS_1252));
    }

    #[test]
    fn plain_letters_are_read_without_a_copy() {
        assert!(matches!(decode(b"PRODUCT-001\n", None).unwrap().text, Cow::Borrowed(_)));
    }

    #[test]
    fn a_wish_stands_against_the_evidence_and_what_cannot_be_read_shows() {
        let decoded = decode(b"Gr\xf6\xdfe", Some(TextEncoding::UTF_8)).unwrap();
        assert_eq!(decoded.text, "Gr\u{fffd}\u{fffd}e");
    }

    #[test]
    fn zero_bytes_are_no_text() {
        assert_eq!(decode(b"PRODUCT\0\x01\x02,\0\0\0\0", None), Err(NotText));
        assert_eq!(decode(&[0; 64], None), Err(NotText));
    }
}
