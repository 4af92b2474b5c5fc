//! One JSON object a line. Decimals are strings, since a JSON number becomes a float in many readers; our own whole numbers are numbers;
//! what is absent is null. Every object has every column, in the sheet's order.

use std::io::{self, Write};

use super::columns::names;
use super::write::Progress;
use crate::sheet::{Cell, Sheet};

/// Writes every row.
pub fn write(sheet: &dyn Sheet, progress: &Progress, mut out: impl Write) -> io::Result<()> {
    let keys: Vec<String> = names(sheet).iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    for row in 0..sheet.len() {
        progress.row(row)?;
        let mut before = '{';
        for (column, key) in keys.iter().enumerate() {
            write!(out, "{before}{key}:")?;
            match sheet.cell(row, column) {
                Cell::Absent => out.write_all(b"null")?,
                Cell::Text(text) | Cell::Decimal(text) => serde_json::to_writer(&mut out, &text)?,
                Cell::Integer(number) => write!(out, "{number}")?,
            }
            before = ',';
        }
        if keys.is_empty() {
            out.write_all(b"{")?;
        }
        out.write_all(b"}\n")?;
    }
    out.flush()
}
