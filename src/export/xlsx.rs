//! A workbook with the rows in one sheet and the receipt in another.
//!
//! Owns the kind of every cell. A text is a text cell with the number format *Text*: a spreadsheet neither runs it as a formula, nor makes a
//! number, a date or a link of it, so that it needs no apostrophe before it, and an edit leaves it a text. A decimal is a number where a
//! spreadsheet keeps it exactly and can show it as it was written: at most 15 significant digits, no exponent, no leading zeros or plus;
//! its number format has the digits that it was written with, so that `12.10` is not shown as 12.1. Any other decimal is a text, which
//! shows what the server wrote (P2).

use std::io::{self, Seek, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, IgnoreError, Workbook, Worksheet, XlsxError};

use super::columns::names;
use super::receipt::Receipt;
use super::write::{ExportError, Progress};
use crate::sheet::{Cell, CellKind, Sheet};

/// The rows of a sheet beside its head.
pub const MOST_ROWS: usize = 1_048_575;
pub const MOST_COLUMNS: usize = 16_384;
/// In UTF-16 units, as Excel counts.
pub const LONGEST_TEXT: usize = 32_767;
/// From so many rows on, rows wait in a temporary file and not in memory.
const LARGE: usize = 20_000;
/// So many rows are looked at for the widths of the columns.
const MEASURED: usize = 200;
/// The most digits after the point that a number format can have.
const MOST_FRACTION_DIGITS: usize = 30;
/// The most significant digits that a spreadsheet keeps.
const MOST_DIGITS: usize = 15;
/// Up to here every whole number is exact.
const MOST_INTEGER: u64 = 999_999_999_999_999;

/// Why a workbook was not written.
pub enum Fault {
    Io(io::Error),
    /// The format cannot hold it.
    Unfit(ExportError),
}

impl From<XlsxError> for Fault {
    fn from(error: XlsxError) -> Self {
        Self::Io(match error {
            XlsxError::IoError(error) | XlsxError::TempFileError(_, error) => error,
            XlsxError::ZipError(error) => error.into(),
            other => io::Error::other(other.to_string()),
        })
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Writes the workbook. Rows of a large sheet wait beside `path`, so that there is one disk that can get full.
pub fn write(
    sheet: &dyn Sheet,
    receipt: Option<&Receipt<'_>>,
    progress: &Progress,
    path: &Path,
    out: impl Write + Seek + Send,
) -> Result<(), Fault> {
    if sheet.len() > MOST_ROWS {
        return Err(Fault::Unfit(ExportError::TooManyRows { rows: sheet.len() }));
    }
    if sheet.heads().len() > MOST_COLUMNS {
        return Err(Fault::Unfit(ExportError::TooManyColumns { columns: sheet.heads().len() }));
    }
    // The crate panics where its temporary file meets a full disk, and says so in its panic; any other is a fault of a program.
    catch_unwind(AssertUnwindSafe(|| workbook(sheet, receipt, progress, path, out))).unwrap_or_else(|payload| {
        let said = payload.downcast_ref::<String>().map_or("", String::as_str);
        let is_full = ["StorageFull", "QuotaExceeded", "FileTooLarge"].iter().any(|kind| said.contains(kind));
        let broken = || io::Error::other("the writer of workbooks broke off");
        Err(if is_full { io::Error::from(io::ErrorKind::StorageFull) } else { broken() }.into())
    })
}

fn workbook(
    sheet: &dyn Sheet,
    receipt: Option<&Receipt<'_>>,
    progress: &Progress,
    path: &Path,
    out: impl Write + Seek + Send,
) -> Result<(), Fault> {
    let mut workbook = Workbook::new();
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        workbook.set_tempdir(folder)?;
    }
    if let Some(receipt) = receipt
        && let Ok(written) = ExcelDateTime::from_timestamp(receipt.written.as_second())
    {
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&written));
    }
    let worksheet = match sheet.len() {
        0..LARGE => workbook.add_worksheet(),
        _ => workbook.add_worksheet_with_constant_memory()?,
    };
    worksheet.set_name(receipt.map_or("Rows", |receipt| sheet_name(&receipt.facts.what)))?;
    rows(sheet, worksheet, progress)?;
    if let Some(receipt) = receipt {
        receipt_sheet(receipt, workbook.add_worksheet())?;
    }
    Ok(workbook.save_to_writer(out)?)
}

/// A name that every spreadsheet takes for a sheet.
fn sheet_name(what: &str) -> &str {
    let fits = !what.is_empty()
        && what.chars().count() <= 31
        && what != "Receipt"
        && what.chars().all(|c| c.is_alphanumeric() || c == ' ')
        && what.trim() == what;
    if fits { what } else { "Rows" }
}

fn rows(sheet: &dyn Sheet, worksheet: &mut Worksheet, progress: &Progress) -> Result<(), Fault> {
    let names = names(sheet);
    let (last_row, last_column) = (row_number(sheet.len()), column_number(names.len().saturating_sub(1)));
    worksheet.set_freeze_panes(1, 0)?;
    for (column, name) in names.iter().enumerate() {
        let kind = sheet.heads()[column].kind;
        let cells = (0..sheet.len().min(MEASURED)).map(|row| letters(&sheet.cell(row, column).plain()));
        // The arrow of the filter stands beside the name.
        let widest = cells.max().unwrap_or(0).max(letters(name) + 3);
        let width = if kind == CellKind::Text { widest.clamp(8, 60) } else { widest.clamp(8, 30) };
        worksheet.set_column_width(column_number(column), f64::from(u32::try_from(width).unwrap_or(60)) + 1.0)?;
    }
    if !names.is_empty() {
        worksheet.autofilter(0, 0, last_row, last_column)?;
        // No green corner at a SKU that looks like a number: it is a text on purpose.
        worksheet.ignore_error_range(0, 0, last_row, last_column, IgnoreError::NumberStoredAsText)?;
    }
    let head = Format::new().set_bold().set_num_format("@");
    for (column, name) in names.iter().enumerate() {
        check_length(name, 0, name)?;
        worksheet.write_string_with_format(0, column_number(column), name.as_str(), &head)?;
    }
    let text = Format::new().set_num_format("@");
    let right = Format::new().set_num_format("@").set_align(FormatAlign::Right);
    let whole = Format::new().set_num_format("0");
    let decimals: Vec<Format> = (0..=MOST_FRACTION_DIGITS)
        .map(|digits| match digits {
            0 => whole.clone(),
            _ => Format::new().set_num_format(format!("0.{}", "0".repeat(digits))),
        })
        .collect();
    for index in 0..sheet.len() {
        progress.row(index)?;
        let row = row_number(index + 1);
        for (index_of_column, name) in names.iter().enumerate() {
            let column = column_number(index_of_column);
            match sheet.cell(index, index_of_column) {
                Cell::Absent => {}
                Cell::Text(words) => {
                    check_length(&words, index + 1, name)?;
                    worksheet.write_string_with_format(row, column, &*words, &text)?;
                }
                Cell::Integer(number) if number.unsigned_abs() <= MOST_INTEGER => {
                    worksheet.write_number_with_format(row, column, number as f64, &whole)?;
                }
                Cell::Integer(number) => {
                    worksheet.write_string_with_format(row, column, number.to_string(), &right)?;
                }
                Cell::Decimal(written) => {
                    if let Some((number, digits)) = exact(&written) {
                        worksheet.write_number_with_format(row, column, number, &decimals[digits])?;
                    } else {
                        check_length(&written, index + 1, name)?;
                        worksheet.write_string_with_format(row, column, &*written, &right)?;
                    }
                }
            }
        }
    }
    Ok(())
}

fn receipt_sheet(receipt: &Receipt<'_>, worksheet: &mut Worksheet) -> Result<(), Fault> {
    worksheet.set_name("Receipt")?;
    worksheet.set_column_width(0, 20)?;
    worksheet.set_column_width(1, 80)?;
    let name = Format::new().set_bold().set_num_format("@");
    let value = Format::new().set_num_format("@").set_text_wrap();
    for (index, (left, right)) in receipt.lines().iter().enumerate() {
        let row = row_number(index);
        check_length(right, index, "Receipt")?;
        worksheet.write_string_with_format(row, 0, left, &name)?;
        worksheet.write_string_with_format(row, 1, right, &value)?;
    }
    Ok(())
}

fn check_length(text: &str, row: usize, column: &str) -> Result<(), Fault> {
    if text.len() > LONGEST_TEXT && text.encode_utf16().count() > LONGEST_TEXT {
        return Err(Fault::Unfit(ExportError::TooLong { row, column: column.to_owned() }));
    }
    Ok(())
}

/// The number and its digits after the point, where a spreadsheet keeps the decimal exactly and can show it letter by letter.
fn exact(written: &str) -> Option<(f64, usize)> {
    let unsigned = written.strip_prefix('-').unwrap_or(written);
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (unsigned, ""),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let as_shown = !whole.is_empty() && (whole == "0" || !whole.starts_with('0'));
    if !as_shown || !digits(whole) || !digits(fraction) || fraction.len() > MOST_FRACTION_DIGITS {
        return None;
    }
    // Trailing zeros are shown by the format, and a spreadsheet need not keep them; but it counts every digit that it is given.
    let significant = whole.len() + fraction.len()
        - unsigned.bytes().take_while(|b| matches!(b, b'0' | b'.')).filter(|b| *b == b'0').count();
    let is_zero = unsigned.bytes().all(|b| matches!(b, b'0' | b'.'));
    if significant > MOST_DIGITS || (is_zero && written.starts_with('-')) {
        return None;
    }
    Some((written.parse().ok()?, fraction.len()))
}

/// How many letters a text takes, for the width of its column.
fn letters(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

/// A row's number; there are never more than [`MOST_ROWS`].
fn row_number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// A column's number; there are never more than [`MOST_COLUMNS`].
fn column_number(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::sheet::Head;
    use crate::whole_file::tests::Small;

    #[test]
    fn p2_a_decimal_is_a_number_only_where_a_spreadsheet_shows_it_as_written() {
        for (written, digits) in [
            ("12.10", 2),
            ("0.1000", 4),
            ("-3", 0),
            ("0", 0),
            ("0.00", 2),
            ("0.000000000000001", 15),
            ("123456789012345", 0),
            ("1234567890123.45", 2),
            ("-0.5", 1),
        ] {
            let (number, found) = exact(written).unwrap_or_else(|| panic!("{written}"));
            assert_eq!((format!("{number:.digits$}"), found), (written.to_owned(), digits));
        }
        for text in [
            "1e2",
            "1E5",
            "+5",
            ".5",
            "5.",
            "007",
            "-0",
            "-0.00",
            "1234567890123456",
            "0.1234567890123456",
            "12,10",
            "",
            "-",
            ".",
            "NaN",
            "1.0000000000000000000000000000001",
        ] {
            assert_eq!(exact(text), None, "{text}");
        }
    }

    struct Wide(Vec<Head>, usize, String);

    impl Sheet for Wide {
        fn heads(&self) -> &[Head] {
            &self.0
        }

        fn len(&self) -> usize {
            self.1
        }

        fn cell(&self, _row: usize, _column: usize) -> Cell<'_> {
            Cell::text(&self.2)
        }
    }

    fn wide(rows: usize, text: &str) -> Wide {
        Wide(vec![Head::new("sku", "SKU", CellKind::Text)], rows, text.to_owned())
    }

    fn failed(sheet: &Wide, out: impl Write + Seek + Send) -> Fault {
        write(sheet, None, &Progress::default(), Path::new("a.xlsx"), out).map(|()| "written").unwrap_err()
    }

    #[test]
    fn what_a_sheet_cannot_hold_is_an_error_and_never_cut() {
        let Fault::Unfit(said) = failed(&wide(MOST_ROWS + 1, "A"), Cursor::new(Vec::new())) else { panic!() };
        assert_eq!(said.to_string(), "There are 1048576 rows, and a sheet of XLSX holds 1048575 beside its head.");
        let long = "é".repeat(LONGEST_TEXT + 1);
        let Fault::Unfit(said) = failed(&wide(1, &long), Cursor::new(Vec::new())) else { panic!() };
        assert_eq!(said, ExportError::TooLong { row: 1, column: "sku".to_owned() });
        let fits = "é".repeat(LONGEST_TEXT);
        let written = write(&wide(1, &fits), None, &Progress::default(), Path::new("a.xlsx"), Cursor::new(Vec::new()));
        assert!(written.is_ok());
    }

    #[test]
    fn a_disk_that_gets_full_on_the_way_is_said_wherever_it_happens() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.xlsx");
        for rows in [30, LARGE + 1] {
            for room in [0, 100, 1000, 4000] {
                let out = Small(Cursor::default(), room);
                let fault = write(&wide(rows, "A"), None, &Progress::default(), &path, out).map(|()| "written");
                let Err(Fault::Io(error)) = fault else { panic!("{rows} rows, {room} bytes") };
                assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{rows} rows, {room} bytes");
            }
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
