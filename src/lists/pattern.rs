//! What is usual in a list, so that what is not can be told: the width of its numbers, the shapes of its SKUs, its letters.
//!
//! One pass over the list, and as much memory as it has different shapes, up to a limit.

use compact_str::CompactString;
use rustc_hash::FxHashMap;

use super::chat;
use super::damage::{date, trailing_zeros};
use super::headings;
use super::reading::Item;

/// So many different shapes are counted; a list with more has none that is usual.
const MOST_SHAPES: usize = 4096;
/// Longer numbers have no common width.
const MOST_DIGITS: usize = 64;
/// A width is usual when so many have it, and narrower ones are no zeros lost.
const LEAST_WIDTH: usize = 3;
const LEAST_COUNT: u32 = 3;

/// What is usual in a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pattern {
    /// The width that most all-digit SKUs have.
    pub(super) width: Option<usize>,
    shapes: FxHashMap<Box<[u8]>, u32>,
    /// The first SKU, where it is the name of a column.
    pub(super) heading: Option<CompactString>,
    len: usize,
    ascii: usize,
    hyphens: usize,
    dashes: usize,
    decimals: usize,
    whole_decimals: usize,
    dates: usize,
    codes: usize,
}

impl Pattern {
    pub fn of(items: &[Item]) -> Self {
        let mut pattern = Self { len: items.len(), ..Self::default() };
        let mut widths = [0_u32; MOST_DIGITS + 1];
        let mut shape = Vec::with_capacity(MOST_DIGITS);
        for item in items {
            let sku = item.sku.as_str();
            let bytes = sku.as_bytes();
            let is_ascii = sku.is_ascii();
            pattern.codes += usize::from(chat::is_code(sku) || chat::bare(sku).is_some_and(chat::is_code));
            pattern.ascii += usize::from(is_ascii);
            pattern.hyphens += usize::from(memchr::memchr(b'-', bytes).is_some());
            if !is_ascii {
                pattern.dashes += usize::from(sku.chars().any(is_dash));
                continue;
            }
            if bytes.iter().all(u8::is_ascii_digit) {
                widths[bytes.len().min(MOST_DIGITS)] += 1;
                continue;
            }
            if bytes[0].is_ascii_digit() && bytes[bytes.len() - 1].is_ascii_digit() {
                pattern.decimals += usize::from(is_decimal(bytes));
                pattern.whole_decimals += usize::from(trailing_zeros(sku).is_some());
            }
            pattern.dates += usize::from(date(sku));
            write_shape(bytes, &mut shape);
            if let Some(count) = pattern.shapes.get_mut(shape.as_slice()) {
                *count += 1;
            } else if pattern.shapes.len() < MOST_SHAPES {
                pattern.shapes.insert(shape.as_slice().into(), 1);
            }
        }
        let numbers: u32 = widths.iter().sum();
        let usual = widths.iter().enumerate().take(MOST_DIGITS).max_by_key(|(_, count)| **count);
        pattern.width = usual
            .filter(|(width, count)| *width >= LEAST_WIDTH && **count >= LEAST_COUNT && **count * 2 > numbers)
            .map(|(width, _)| width);
        pattern.heading = items.first().map(|item| &item.sku).filter(|sku| headings::is_name(sku)).cloned();
        pattern
    }

    /// Whether `mended` has a shape that is usual here, and `sku` one that is not.
    pub(super) fn prefers(&self, mended: &str, sku: &str) -> bool {
        let count = |text: &str| {
            let mut shape = Vec::with_capacity(MOST_DIGITS);
            write_shape(text.as_bytes(), &mut shape);
            self.shapes.get(shape.as_slice()).copied().unwrap_or(0)
        };
        let usual = count(mended);
        usual >= LEAST_COUNT && count(sku).saturating_mul(4) <= usual
    }

    /// Whether nearly all SKUs are plain Latin, so that a word of another script is a surprise.
    pub(super) fn is_plain(&self) -> bool {
        self.ascii * 10 >= self.len * 9
    }

    /// Whether hyphens are usual, and typographic dashes are not.
    pub(super) fn has_hyphens(&self) -> bool {
        self.hyphens > self.dashes
    }

    /// Whether a number that ends in `.0` is one that a spreadsheet wrote so: no other number has a fraction.
    pub(super) fn has_whole_numbers_only(&self) -> bool {
        self.decimals == self.whole_decimals
    }

    /// Whether most SKUs have digits and no spaces, so that words are a surprise.
    pub(super) fn is_of_codes(&self) -> bool {
        self.codes * 2 >= self.len
    }

    /// Whether dates are the exception.
    pub(super) fn has_few_dates(&self) -> bool {
        self.dates * 2 <= self.len
    }
}

/// Letters become `A`, digits `0`, runs of them one; all else stays. For ASCII only.
fn write_shape(sku: &[u8], shape: &mut Vec<u8>) {
    shape.clear();
    let mut last = 0;
    for &b in sku.iter().take(MOST_DIGITS) {
        let class = match b {
            b'0'..=b'9' => b'0',
            b'A'..=b'Z' | b'a'..=b'z' => b'A',
            b => b,
        };
        if class != last || !matches!(class, b'0' | b'A') {
            shape.push(class);
        }
        last = class;
    }
}

fn is_decimal(bytes: &[u8]) -> bool {
    let points = bytes.iter().filter(|b| matches!(b, b'.' | b',')).count();
    points == 1 && bytes.iter().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','))
}

/// Dashes that a word processor puts in place of a hyphen.
pub(super) fn is_dash(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}')
}

/// The plain letter, digit or sign that a character of another script looks like (a part of Unicode TR 39's table: what keyboards
/// and web pages bring into lists of Latin codes).
pub(super) fn look_alike(c: char) -> Option<char> {
    if is_dash(c) {
        return Some('-');
    }
    // Full-width forms stand in the order of ASCII.
    if ('\u{ff01}'..='\u{ff5e}').contains(&c) {
        return char::from_u32(u32::from(c) - 0xfee0);
    }
    let plain = match c {
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'С' | 'Ϲ' => 'C',
        'Е' | 'Ε' => 'E',
        'Н' | 'Η' => 'H',
        'І' | 'Ι' | 'Ӏ' => 'I',
        'Ј' => 'J',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'Ν' => 'N',
        'О' | 'Ο' => 'O',
        'Р' | 'Ρ' => 'P',
        'Ѕ' => 'S',
        'Т' | 'Τ' => 'T',
        'У' | 'Υ' => 'Y',
        'Х' | 'Χ' => 'X',
        'Ζ' => 'Z',
        'а' => 'a',
        'с' => 'c',
        'е' => 'e',
        'і' => 'i',
        'ј' => 'j',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'у' => 'y',
        'х' | 'χ' => 'x',
        'ν' => 'v',
        _ => return None,
    };
    Some(plain)
}
