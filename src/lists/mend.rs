//! What is suspected of one SKU, and what it would become. Pure; what is usual in the list comes in as a [`Pattern`].

use compact_str::CompactString;

use super::damage::{Kind, Mend, date, trailing_zeros};
use super::pattern::{Pattern, is_dash, look_alike};
use super::reading::{Item, Stored};
use super::{LONGEST_SKU, chat, reveal};
use crate::invisible::is_invisible;

/// Told of each suspicion, with what makes the proposal.
pub(super) type Tell<'a> = dyn FnMut(Kind, &dyn Fn() -> Mend) + 'a;

/// What a glance at the bytes says. Most SKUs need no second one.
struct Glance {
    is_ascii: bool,
    has_control: bool,
    digits: usize,
    letters: usize,
}

impl Glance {
    fn at(bytes: &[u8]) -> Self {
        let mut glance = Self { is_ascii: true, has_control: false, digits: 0, letters: 0 };
        for &b in bytes {
            glance.is_ascii &= b.is_ascii();
            glance.has_control |= b < 0x20 || b == 0x7f;
            glance.digits += usize::from(b.is_ascii_digit());
            glance.letters += usize::from(b.is_ascii_alphabetic());
        }
        glance
    }
}

/// Tells all that is suspected of a SKU.
pub(super) fn suspicions(item: &Item, pattern: &Pattern, tell: &mut Tell<'_>) {
    let sku = item.sku.as_str();
    let leave_out = &|| Mend::LeaveOut;
    if reveal::is_secret(sku) {
        return tell(Kind::Secret, leave_out);
    }
    if sku.len() > LONGEST_SKU {
        return tell(Kind::TooLong, leave_out);
    }
    let is_heading = |heading: &CompactString| heading.len() == sku.len() && heading == sku;
    if pattern.heading.as_ref().is_some_and(is_heading) {
        return tell(Kind::Header, leave_out);
    }
    match item.stored {
        Stored::Text => {}
        Stored::Number => tell(Kind::StoredNumber, &|| Mend::Look),
        Stored::LongNumber => tell(Kind::LongNumber, &|| Mend::Look),
        Stored::Date => return tell(Kind::Date, leave_out),
        Stored::Error => return tell(Kind::SheetError, leave_out),
    }
    let bytes = sku.as_bytes();
    let glance = Glance::at(bytes);
    let mut change = |kind: Kind, after: Option<CompactString>| {
        if let Some(after) = after.filter(|after| after != sku && !after.trim().is_empty()) {
            tell(kind, &|| Mend::Change(after.clone()));
        }
    };
    if glance.has_control || !glance.is_ascii {
        change(Kind::Control, without_control(sku));
    }
    if !glance.is_ascii {
        change(Kind::Invisible, without_invisible(sku));
        change(Kind::LookAlike, in_latin(sku, pattern));
    }
    change(Kind::Bullet, chat::bare(sku).map(Into::into));
    change(Kind::Spaces, trimmed(sku));
    change(Kind::Quotes, unquoted(sku));
    if glance.is_ascii {
        if glance.digits == bytes.len() {
            change(Kind::LeadingZeros, padded(sku, pattern));
        } else if glance.digits > 0 {
            if pattern.has_whole_numbers_only() {
                change(Kind::TrailingZero, trailing_zeros(sku).map(Into::into));
            }
            if glance.letters > 0 {
                change(Kind::LetterForDigit, with_digits(sku, pattern));
            }
        }
    }
    let parts = chat::parts(sku);
    if parts.len() > 1 {
        tell(Kind::Several, &|| Mend::Split(parts.iter().map(|part| (*part).into()).collect()));
    } else if pattern.is_of_codes() && chat::is_talk(sku) {
        tell(Kind::Words, leave_out);
    }
    if !glance.is_ascii && sku.contains('\u{fffd}') {
        tell(Kind::Unreadable, leave_out);
    }
    if glance.is_ascii && glance.digits > 0 && is_scientific(bytes) {
        tell(Kind::Scientific, leave_out);
    }
    if glance.is_ascii && bytes.starts_with(b"#") && is_sheet_error(sku) {
        tell(Kind::SheetError, leave_out);
    }
    if glance.digits > 0 && date(sku) && pattern.has_few_dates() {
        tell(Kind::Date, leave_out);
    }
}

/// Control characters go; where they parted two words, a space stands for them.
fn without_control(sku: &str) -> Option<CompactString> {
    if !sku.chars().any(char::is_control) {
        return None;
    }
    let body = sku.trim_matches(char::is_control);
    let (mut plain, mut gap) = (CompactString::default(), false);
    for c in body.chars() {
        match c {
            '\n' | '\r' | '\t' => gap = true,
            c if c.is_control() => {}
            c => {
                if std::mem::take(&mut gap) && !plain.ends_with(' ') && c != ' ' {
                    plain.push(' ');
                }
                plain.push(c);
            }
        }
    }
    Some(plain)
}

/// Non-breaking spaces become spaces, and what takes no room goes, but for the joiners inside: emoji and scripts need them.
fn without_invisible(sku: &str) -> Option<CompactString> {
    let is_joiner = |c: char| matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0f}');
    let is_odd_space = |c: char| c != ' ' && c.is_whitespace() && !c.is_control();
    let joins = sku.chars().any(|c| !c.is_ascii() && !is_invisible(c) && !c.is_whitespace());
    let goes = |c: char| is_invisible(c) && !(joins && is_joiner(c));
    // A flag or a script's mark of direction may be meant; what is dropped here is what lists bring from web pages.
    if !sku.chars().any(|c| goes(c) || is_odd_space(c)) || sku.chars().any(|c| matches!(c, '\u{e0000}'..='\u{e007f}')) {
        return None;
    }
    let plain = sku.chars().filter(|c| !goes(*c)).map(|c| if is_odd_space(c) { ' ' } else { c });
    Some(plain.collect::<CompactString>().trim().into())
}

fn trimmed(sku: &str) -> Option<CompactString> {
    let plain = sku.trim_matches([' ', '\t']);
    (plain.len() < sku.len()).then(|| plain.into())
}

/// A pair of quotes around it, a spreadsheet's apostrophe before it, or `="…"` by which people keep zeros in CSV files.
fn unquoted(sku: &str) -> Option<CompactString> {
    const PAIRS: [(char, char); 6] = [('"', '"'), ('\'', '\''), ('“', '”'), ('„', '“'), ('‘', '’'), ('«', '»')];
    let first = sku.chars().next()?;
    if !matches!(first, '"' | '\'' | '=' | '“' | '„' | '‘' | '«' | '’' | '`') {
        return None;
    }
    let in_pair = |text: &str| {
        let inner =
            |(open, close): &(char, char)| text.strip_prefix(*open)?.strip_suffix(*close).map(CompactString::from);
        PAIRS.iter().find_map(inner)
    };
    if let Some(formula) = sku.strip_prefix('=') {
        return formula.starts_with('"').then(|| in_pair(formula)).flatten().filter(|inner| !inner.contains('"'));
    }
    let plain = in_pair(sku).or_else(|| sku.strip_prefix(['\'', '’', '`']).map(Into::into))?;
    (!plain.starts_with(first)).then_some(plain)
}

/// In plain letters, where some of them are of another script and all have a plain twin.
fn in_latin(sku: &str, pattern: &Pattern) -> Option<CompactString> {
    let replaced = |c: char| if is_dash(c) && !pattern.has_hyphens() { None } else { look_alike(c) };
    if !sku.chars().any(|c| replaced(c).is_some()) {
        return None;
    }
    let has_latin = sku.chars().any(|c| c.is_ascii_alphabetic());
    let only_dashes = sku.chars().all(|c| is_dash(c) || look_alike(c).is_none());
    if !has_latin && !only_dashes && !pattern.is_plain() && !sku.chars().any(|c| ('\u{ff01}'..='\u{ff5e}').contains(&c))
    {
        return None;
    }
    let plain: CompactString = sku.chars().map(|c| replaced(c).unwrap_or(c)).collect();
    // What still has another script in it is a word of that script.
    let is_latin = |c: char| !c.is_alphabetic() || u32::from(c) < 0x250;
    plain.chars().all(is_latin).then_some(plain)
}

fn padded(sku: &str, pattern: &Pattern) -> Option<CompactString> {
    let width = pattern.width.filter(|width| sku.len() < *width)?;
    let mut padded = CompactString::with_capacity(width);
    padded.extend(std::iter::repeat_n('0', width - sku.len()));
    padded.push_str(sku);
    Some(padded)
}

/// With each part of it all digits or all letters, where that makes it like its neighbours.
fn with_digits(sku: &str, pattern: &Pattern) -> Option<CompactString> {
    if !has_mixed_part(sku.as_bytes()) {
        return None;
    }
    let mut mended = CompactString::with_capacity(sku.len());
    let mut changed = false;
    for part in sku.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let (body, end) = match part.char_indices().next_back() {
            Some((at, c)) if !c.is_ascii_alphanumeric() => part.split_at(at),
            _ => (part, ""),
        };
        let digits = body.bytes().filter(u8::is_ascii_digit).count();
        let to: fn(char) -> char = if digits == 0 || digits == body.len() {
            |c| c
        } else if body.chars().all(|c| digit(c).is_ascii_digit()) {
            digit
        } else if body.chars().all(|c| letter(c).is_ascii_alphabetic()) {
            letter
        } else {
            |c| c
        };
        for c in body.chars() {
            changed |= to(c) != c;
            mended.push(to(c));
        }
        mended.push_str(end);
    }
    (changed && pattern.prefers(&mended, sku)).then_some(mended)
}

/// Whether letters and digits stand side by side. Most SKUs have none such, and need no closer look.
fn has_mixed_part(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|pair| {
        (pair[0].is_ascii_digit() && pair[1].is_ascii_alphabetic())
            || (pair[0].is_ascii_alphabetic() && pair[1].is_ascii_digit())
    })
}

fn digit(c: char) -> char {
    match c {
        'O' | 'o' => '0',
        'I' | 'l' => '1',
        c => c,
    }
}

fn letter(c: char) -> char {
    match c {
        '0' => 'O',
        '1' => 'I',
        c => c,
    }
}

/// `1.23E+10`: a spreadsheet writes a sign and two digits; without a sign, the fraction tells it from a code such as `12E5`.
fn is_scientific(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let Some(at) = bytes.iter().position(|b| matches!(b, b'E' | b'e')) else { return false };
    let (mantissa, power) = (&bytes[..at], &bytes[at + 1..]);
    let (sign, power) = match power {
        [b'+' | b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let digits = |bytes: &[u8]| !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit);
    let mut parts = mantissa.split(|b| matches!(b, b'.' | b','));
    let (whole, fraction, more) = (parts.next(), parts.next(), parts.next());
    whole.is_some_and(digits)
        && fraction.is_none_or(digits)
        && more.is_none()
        && digits(power)
        && power.len() <= 3
        && (sign || fraction.is_some())
}

fn is_sheet_error(sku: &str) -> bool {
    const ERRORS: [&str; 8] = ["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!"];
    ERRORS.contains(&sku) || (sku.len() >= 4 && sku.bytes().all(|b| b == b'#'))
}
