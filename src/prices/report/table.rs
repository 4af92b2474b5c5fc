//! Lookups as aligned text, for a person at a terminal.
//!
//! Owns the lay-out: a line of outcome, then the prices in columns, of which only those with something in them are
//! shown, then notes and errors. Refuses control characters of the server, which could steer the terminal.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr as _;

use super::super::lookup::Lookup;
use super::super::price::Price;
use super::super::shown::visible_text;

/// A column's head, which side it leans to, and what stands in it.
struct Column {
    head: &'static str,
    lean: Lean,
    cell: fn(&Price) -> Option<&str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Lean {
    Left,
    Right,
    /// Right, with the decimal points below each other.
    Point,
}

const COLUMNS: [Column; 11] = [
    Column { head: "Price list", lean: Lean::Left, cell: |price| price.price_list.as_deref() },
    Column { head: "Name", lean: Lean::Left, cell: |price| price.price_list_name.as_deref() },
    Column { head: "From quantity", lean: Lean::Right, cell: |price| price.quantity_from.as_deref() },
    Column { head: "Unit", lean: Lean::Left, cell: |price| price.unit.as_deref() },
    Column { head: "Amount", lean: Lean::Point, cell: |price| Some(price.amount.as_str()) },
    Column { head: "Currency", lean: Lean::Left, cell: |price| price.currency.as_deref() },
    Column { head: "Kind", lean: Lean::Left, cell: |price| price.kind.as_deref() },
    Column { head: "VAT", lean: Lean::Left, cell: |price| price.vat_mode.as_deref() },
    Column { head: "Valid from", lean: Lean::Left, cell: |price| price.valid_from.as_deref() },
    Column { head: "Valid to", lean: Lean::Left, cell: |price| price.valid_to.as_deref() },
    Column { head: "Read from", lean: Lean::Left, cell: |price| Some(&price.path) },
];

/// Writes one lookup, without an empty line behind it.
pub fn write_table(out: &mut impl Write, lookup: &Lookup) -> io::Result<()> {
    let mut facts = vec![lookup.outcome.label().to_owned()];
    facts.extend(lookup.http_status.map(|status| format!("HTTP {status}")));
    facts.push(lookup.took());
    facts.extend(lookup.token_generation.map(|generation| format!("token #{generation}")));
    writeln!(out, "{}  {}", visible_text(&lookup.sku), facts.join(" · "))?;
    if !lookup.prices.is_empty() {
        write_prices(out, &lookup.prices)?;
    }
    for note in &lookup.notes {
        writeln!(out, "  Note: {}", visible_text(note))?;
    }
    if let Some(error) = &lookup.error {
        writeln!(out, "  {}", visible_text(&error.message))?;
        writeln!(out, "  {}", visible_text(&error.hint))?;
    }
    Ok(())
}

fn write_prices(out: &mut impl Write, prices: &[Price]) -> io::Result<()> {
    let mut columns: Vec<Vec<String>> = Vec::new();
    for column in &COLUMNS {
        if prices.iter().any(|price| (column.cell)(price).is_some()) {
            columns.push(aligned(column, prices));
        }
    }
    for row in 0..=prices.len() {
        let cells: Vec<&str> = columns.iter().filter_map(|column| column.get(row).map(String::as_str)).collect();
        writeln!(out, "  {}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

/// The head and the cells of a column, all of one width.
fn aligned(column: &Column, prices: &[Price]) -> Vec<String> {
    let mut cells: Vec<String> = vec![column.head.to_owned()];
    // A dash says that the body names nothing here; it is never a zero.
    cells.extend(prices.iter().map(|price| (column.cell)(price).map_or_else(|| "–".to_owned(), visible_text)));
    if column.lean == Lean::Point {
        let fraction = |cell: &str| cell.find(['.', 'e', 'E']).map_or(0, |at| cell.len() - at);
        let widest = cells[1..].iter().map(|cell| fraction(cell)).max().unwrap_or(0);
        for cell in &mut cells[1..] {
            let missing = widest - fraction(cell);
            cell.push_str(&" ".repeat(missing));
        }
    }
    let width = cells.iter().map(|cell| cell.width()).max().unwrap_or(0);
    for cell in &mut cells {
        let missing = " ".repeat(width - cell.width());
        *cell = if column.lean == Lean::Left { format!("{cell}{missing}") } else { format!("{missing}{cell}") };
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::super::tests::{lookup, written};
    use super::*;

    #[test]
    fn prices_stand_in_columns_and_amounts_by_their_point() {
        let body = r#"{"items":[
            {"pricelist":{"code":"PL-小売","currency_code":"EUR","vat_mode":"GROSS"},"breaks":[{"from":1,"price":12.10},{"from":10,"price":9}]},
            {"pricelist":{"code":"PL-WHOLESALE-SE"},"price":104.5}]}"#;
        let expected = "\
PRODUCT-001  Priced · HTTP 200 · 84 ms · token #7
  Price list       From quantity  Amount  Currency  Kind   VAT    Read from
  PL-小売                      1   12.10  EUR       price  GROSS  items[0].breaks[0].price
  PL-小売                     10    9     EUR       price  GROSS  items[0].breaks[1].price
  PL-WHOLESALE-SE              –  104.5   –         price  –      items[1].price
";
        assert_eq!(written(write_table, &[lookup("PRODUCT-001", 200, body)]), expected);
    }

    #[test]
    fn a_failure_says_why_and_what_to_do() {
        let text = written(write_table, &[lookup("A", 200, "{\"price\"")]);
        assert!(text.starts_with("A  Failed · HTTP 200"));
        assert!(text.contains("\n  The reply breaks off") && text.contains("\n  The connection was cut"));
    }

    #[test]
    fn a_server_cannot_steer_the_terminal() {
        let text = written(write_table, &[lookup("A", 200, r#"{"price":1,"currency":"\u001b[2J\u202e"}"#)]);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
    }
}
