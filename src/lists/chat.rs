//! What mails and chats put around SKUs: bullets, numbers and quote marks before them, several of them on a line, words between.
//!
//! Pure over one text; whether words are a surprise in a list is its [`super::pattern`]'s to know.

/// No SKU is shorter where it is one of several on a line.
const LEAST_PART: usize = 3;
/// The same where only spaces part them, which stand in SKUs as well.
const LEAST_SPACED: usize = 5;

/// Without the marks of a list before it and the separator behind it; nothing where it has neither, or is nothing else.
pub(super) fn bare(text: &str) -> Option<&str> {
    // Most SKUs begin and end with a letter or a digit, and have no space in them.
    let bytes = text.as_bytes();
    let is_usual = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    if is_usual(bytes.first()) && is_usual(bytes.last()) && !(bytes[0].is_ascii_digit() && has_number(text)) {
        return None;
    }
    let mut rest = text.trim();
    let whole = rest;
    while let Some(after) = without_mark(rest) {
        rest = after.trim_start();
    }
    rest = rest.trim_end_matches(|c: char| matches!(c, ',' | ';') || c.is_whitespace());
    (rest.len() < whole.len() && rest.chars().any(char::is_alphanumeric)).then_some(rest)
}

fn has_number(text: &str) -> bool {
    number(text).is_some()
}

/// What is behind `1) ` or `1. `.
fn number(text: &str) -> Option<&str> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let after = text[digits..].strip_prefix([')', '.'])?;
    ((1..=3).contains(&digits) && after.starts_with(char::is_whitespace)).then_some(after)
}

fn without_mark(text: &str) -> Option<&str> {
    if let Some(after) = text.strip_prefix(['•', '‣', '◦', '▪', '●', '○', '■', '·', '✓', '>']) {
        return Some(after);
    }
    // These stand at the start of SKUs too, but not before a space.
    let after = text.strip_prefix(['-', '*', '+', '–', '—']).filter(|after| after.starts_with(char::is_whitespace));
    // A number alone behind a plus is one for telephones.
    after.filter(|_| !text.starts_with('+') || text.bytes().any(|b| b.is_ascii_alphabetic())).or_else(|| number(text))
}

/// The SKUs of a line that looks like several; else fewer than two.
pub(super) fn parts(text: &str) -> Vec<&str> {
    let is_separator = |c: char| matches!(c, ',' | ';');
    if text.contains(is_separator) {
        let parts: Vec<&str> = text.split(is_separator).map(str::trim).filter(|part| !part.is_empty()).collect();
        if parts.iter().all(|part| is_code(part) && part.len() >= LEAST_PART) && !is_figure(text, &parts) {
            return parts;
        }
        return Vec::new();
    }
    // A run of spaces in a SKU is usual. Only what is much alike is taken for a list.
    if !text.trim().contains(char::is_whitespace) {
        return Vec::new();
    }
    let parts: Vec<&str> = text.split_whitespace().collect();
    let alike = |one: &str, other: &str| shape(one) == shape(other);
    let has_twins = parts.iter().enumerate().any(|(at, part)| parts[at + 1..].iter().any(|other| alike(part, other)));
    let fit =
        parts.len() > 1 && parts.iter().all(|part| part.is_ascii() && is_code(part) && part.len() >= LEAST_SPACED);
    if fit && has_twins { parts } else { Vec::new() }
}

/// Whether the separators are a number's own: its decimal comma, or commas between thousands.
fn is_figure(text: &str, parts: &[&str]) -> bool {
    let is_digits = |part: &&str| part.bytes().all(|b| b.is_ascii_digit());
    let is_tight = !text.contains(char::is_whitespace) && !text.contains(';');
    is_tight && parts.iter().all(is_digits) && (parts.len() == 2 || parts.iter().skip(1).all(|part| part.len() == 3))
}

/// Letters become `A` and digits `0`, runs of them one.
fn shape(text: &str) -> Vec<u8> {
    let class = |b: u8| match b {
        b'0'..=b'9' => b'0',
        b if b.is_ascii_alphabetic() => b'A',
        b => b,
    };
    let mut shape: Vec<u8> = text.bytes().map(class).collect();
    shape.dedup();
    shape
}

/// Whether it looks like a code: a digit in it, and no space.
pub(super) fn is_code(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit()) && !text.contains(char::is_whitespace)
}

/// Whether it is a greeting or a sentence, where SKUs have no spaces in them.
pub(super) fn is_talk(text: &str) -> bool {
    let ends_like_talk = text.ends_with(['!', '?', ':', '.', ',']);
    if !ends_like_talk && !text.contains(char::is_whitespace) {
        return false;
    }
    let is_word = |word: &&str| {
        let word = word.trim_matches(|c: char| c.is_ascii_punctuation() || matches!(c, '…' | '–' | '—'));
        !word.is_empty() && word.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '’'))
    };
    let (all, words) = (text.split_whitespace().count(), text.split_whitespace().filter(is_word).count());
    if text.bytes().any(|b| b.is_ascii_digit()) {
        all >= 4 && words >= 3
    } else {
        words == all && (all > 1 || (all == 1 && ends_like_talk))
    }
}
