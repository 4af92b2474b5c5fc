//! Which column holds the SKUs, and whether the first row names the columns. Both are proposals: the user has the last word.

use super::reading::Stored;

/// Whether the first row names the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    FirstRow,
    Absent,
}

/// Names of a column with SKUs, in plain letters and digits; the surest first.
const NAMES: [&str; 42] = [
    "sku",
    "skus",
    "skucode",
    "skuid",
    "productsku",
    "itemsku",
    "articlenumber",
    "articleno",
    "articleid",
    "articlecode",
    "article",
    "articles",
    "artikelnummer",
    "artikelnr",
    "artikelno",
    "artnr",
    "artno",
    "artikel",
    "itemnumber",
    "itemno",
    "itemcode",
    "itemid",
    "item",
    "productnumber",
    "productno",
    "productcode",
    "productid",
    "product",
    "products",
    "materialnumber",
    "material",
    "partnumber",
    "partno",
    "part",
    "reference",
    "referenz",
    "codigo",
    "gtin",
    "ean",
    "upc",
    "code",
    "id",
];

/// How surely a text is the name of a column with SKUs; less is surer.
fn rank(text: &str) -> Option<usize> {
    if text.len() > 40 {
        return None;
    }
    let plain: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    NAMES.iter().position(|name| *name == plain).or_else(|| {
        let has_word = text.split(|c: char| !c.is_alphanumeric()).any(|word| word.eq_ignore_ascii_case("sku"));
        // `SKU-001` is a SKU.
        (has_word && !text.bytes().any(|b| b.is_ascii_digit())).then_some(NAMES.len())
    })
}

/// Whether a text is the name of a column rather than a SKU.
pub(super) fn is_name(text: &str) -> bool {
    rank(text).is_some()
}

/// The first rows of a table, to guess from.
pub(crate) type Sample = [Vec<(String, Stored)>];

/// How many columns the rows have.
pub(super) fn width(rows: &Sample) -> usize {
    rows.iter().map(Vec::len).max().unwrap_or(0)
}

fn cell(row: &[(String, Stored)], column: usize) -> (&str, Stored) {
    row.get(column).map_or(("", Stored::Text), |(text, stored)| (text.trim(), *stored))
}

/// Whether the first row names the columns: one of its cells is a usual name, or it has no digit where the rows below have.
pub(crate) fn guess(rows: &Sample) -> Header {
    let Some((first, below)) = rows.split_first() else { return Header::Absent };
    if first.iter().any(|(text, stored)| *stored == Stored::Text && is_name(text)) {
        return Header::FirstRow;
    }
    let has_digit = |text: &str| text.bytes().any(|b| b.is_ascii_digit());
    let named = |column: usize| {
        let (name, stored) = cell(first, column);
        let values = || below.iter().map(|row| cell(row, column).0).filter(|text| !text.is_empty());
        let like = values().filter(|text| has_digit(text)).count();
        stored == Stored::Text
            && name.chars().any(char::is_alphabetic)
            && !has_digit(name)
            && like >= 2
            && like * 10 >= values().count() * 9
    };
    let full = first.iter().all(|(text, _)| !text.trim().is_empty());
    if full && (0..width(rows)).any(named) { Header::FirstRow } else { Header::Absent }
}

/// The column that most likely holds the SKUs: by its name, or by what stands in it.
pub(crate) fn suggest(rows: &Sample, header: Header) -> usize {
    let (names, values) = match (header, rows.split_first()) {
        (Header::FirstRow, Some((first, below))) => (first.as_slice(), below),
        _ => (&[][..], rows),
    };
    let has_value = |column: usize| values.iter().any(|row| !cell(row, column).0.is_empty());
    let filled = (0..names.len()).filter(|column| has_value(*column));
    let best_named = filled.filter_map(|column| Some((rank(&names[column].0)?, column))).min();
    if let Some((_, column)) = best_named {
        return column;
    }
    let mut best = (0, -1.0);
    for column in 0..width(rows) {
        let score = likeness(values, column);
        if score > best.1 {
            best = (column, score);
        }
    }
    best.0
}

/// How much the cells of a column look like SKUs, from 0 to 1: short, with digits, each another, and no price or date.
fn likeness(rows: &Sample, column: usize) -> f32 {
    let mut seen = std::collections::HashSet::new();
    let mut sum = 0.0_f32;
    for row in rows {
        let (text, _) = cell(row, column);
        let length = text.chars().take(41).count();
        if length == 0 || length > 40 {
            continue;
        }
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let words = text.split_whitespace().count();
        let is_figure =
            text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b'-' | b'/' | b':' | b' '))
                && text.bytes().any(|b| matches!(b, b'.' | b',' | b'/' | b':'));
        let mut points = 0.3;
        if digits > 0 {
            points += 0.4;
        }
        if length >= 4 {
            points += 0.2;
        }
        if words == 1 {
            points += 0.1;
        }
        if is_figure || length < 3 {
            points *= 0.3;
        }
        if !seen.insert(text) {
            points *= 0.2;
        }
        sum += points;
    }
    sum / rows.len().max(1) as f32
}

/// The name of a column that has none, as spreadsheets have it: `A`, `B`, … `AA`.
pub fn letters(mut column: usize) -> String {
    let mut name = Vec::new();
    loop {
        name.push(b'A' + (column % 26) as u8);
        if column < 26 {
            break;
        }
        column = column / 26 - 1;
    }
    name.iter().rev().map(|b| char::from(*b)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Vec<Vec<(String, Stored)>> {
        text.lines().map(|line| line.split(';').map(|cell| (cell.to_owned(), Stored::Text)).collect()).collect()
    }

    #[test]
    fn the_column_is_found_by_its_name() {
        let rows = table("Name;Article no.;Price\nLamp;1001;12.10\nDesk;1002;99.00");
        assert_eq!(guess(&rows), Header::FirstRow);
        assert_eq!(suggest(&rows, Header::FirstRow), 1);
        let both = table("Product name;id;SKU\nLamp;1;A-1\nDesk;2;A-2");
        assert_eq!(suggest(&both, guess(&both)), 2);
    }

    #[test]
    fn without_a_name_the_column_is_found_by_what_stands_in_it() {
        let rows = table("Lamp, black;12.10;PRODUCT-001;2026-01-01\nDesk;9.50;PRODUCT-002;2026-01-01");
        assert_eq!((guess(&rows), suggest(&rows, Header::Absent)), (Header::Absent, 2));
    }

    #[test]
    fn a_first_row_of_words_above_numbers_is_a_header() {
        assert_eq!(guess(&table("Number of thing\n100\n101\n102")), Header::FirstRow);
        assert_eq!(guess(&table("PRODUCT-001\nPRODUCT-002\nPRODUCT-003")), Header::Absent);
        assert_eq!(guess(&table("LAMP\nDESK\nCHAIR")), Header::Absent);
    }

    #[test]
    fn columns_without_a_name_have_letters() {
        assert_eq!([0, 25, 26, 701, 702].map(letters), ["A", "Z", "AA", "ZZ", "AAA"]);
    }
}
