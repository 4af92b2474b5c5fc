//! RFC 4180. Texts that a spreadsheet would run are made harmless; decimals and numbers stay bare.
//!
//! Refuses a receipt inside: the format has no comments, and a line that is no row would break whatever reads it.

use std::borrow::Cow;
use std::io::{self, Write};

use csv::{Terminator, WriterBuilder};

use super::columns::names;
use super::format::{ByteOrderMark, LineEnd, Options};
use super::write::Progress;
use crate::prices::Amount;
use crate::prices::formula::harmless;
use crate::sheet::{Cell, Sheet};

/// Writes the names of the columns and every row.
pub fn write(sheet: &dyn Sheet, options: Options, progress: &Progress, mut out: impl Write) -> io::Result<()> {
    if options.mark == ByteOrderMark::With {
        out.write_all("\u{feff}".as_bytes())?;
    }
    let terminator = match options.line_end {
        LineEnd::CrLf => Terminator::CRLF,
        LineEnd::Lf => Terminator::Any(b'\n'),
    };
    let mut writer =
        WriterBuilder::new().delimiter(options.separator.byte()).terminator(terminator).from_writer(&mut out);
    let names = names(sheet);
    writer.write_record(names.iter().map(|name| harmless(name).into_owned())).map_err(system)?;
    for row in 0..sheet.len() {
        progress.row(row)?;
        for column in 0..names.len() {
            writer.write_field(text(&sheet.cell(row, column)).as_bytes()).map_err(system)?;
        }
        writer.write_record(None::<&[u8]>).map_err(system)?;
    }
    writer.flush()?;
    drop(writer);
    out.flush()
}

/// The system's own error, which says whether the disk is full; the crate's own way to it loses that.
fn system(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn text<'a>(cell: &'a Cell<'_>) -> Cow<'a, str> {
    match cell {
        // What is called a decimal and is none would run like any other text.
        Cell::Decimal(text) if Amount::parse(text).is_ok() => Cow::Borrowed(text),
        Cell::Text(text) | Cell::Decimal(text) => harmless(text),
        Cell::Absent | Cell::Integer(_) => cell.plain(),
    }
}
