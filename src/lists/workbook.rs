//! XLSX, XLS and ODS files as rows of cells, through `calamine`. A cell that is no text is told apart: its digits are not what was
//! typed. XLSX is read cell by cell; the other two are in memory as a whole, and so are smaller files only.

use std::io::Cursor;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Data, DataRef, Ods, OdsError, Range, Reader as _, Xls, XlsError, Xlsx, XlsxError};

use super::lines::OnRow;
use super::reading::{Row, Stored};
use super::{ListError, Watch, repeats};

/// What a file may unpack to, in bytes. Above it somebody packed nothing over and over.
const MOST_UNPACKED: u64 = 2 * 1024 * 1024 * 1024;
/// From here on a spreadsheet keeps no further digit (IEEE 754 double, of which Excel shows 15 digits).
const LONG_NUMBER: f64 = 1e15;
/// So many cells are read between two looks at whether to stop.
const STEP: u64 = 16 * 1024;
/// Of a sheet, the most there can be. Each takes room in a row, and a place in a damaged file may be any.
const MOST_COLUMNS: u32 = 16_384;

/// How every ZIP file starts, and so every XLSX.
pub(super) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// The old format of Office, XLS among them; XLSX files with a password wear it as well.
pub(super) fn is_old_office(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
}

/// An open workbook.
pub(super) struct Workbook<'a> {
    name: &'a str,
    inner: Inner<'a>,
    pub sheets: Vec<String>,
}

enum Inner<'a> {
    Xlsx(Box<Xlsx<Cursor<&'a [u8]>>>),
    Xls(Box<Xls<Cursor<&'a [u8]>>>),
    Ods(Box<Ods<Cursor<&'a [u8]>>>),
}

impl Inner<'_> {
    fn sheet_names(&self) -> Vec<String> {
        match self {
            Self::Xlsx(book) => book.sheet_names(),
            Self::Xls(book) => book.sheet_names(),
            Self::Ods(book) => book.sheet_names(),
        }
    }
}

impl<'a> Workbook<'a> {
    /// Opens a workbook that is all in memory.
    pub fn open(name: &'a str, bytes: &'a [u8]) -> Result<Self, ListError> {
        let kind = if is_zip(bytes) { check_archive(name, bytes)? } else { Kind::Xls };
        // The readers of damaged files are not all sure of foot; a fall is damage like any other.
        let inner = catch_unwind(AssertUnwindSafe(|| opened(name, bytes, kind)));
        let inner = inner.unwrap_or_else(|_panic| Err(damaged(name, "a part of it")))?;
        let sheets = inner.sheet_names();
        if sheets.is_empty() {
            return Err(ListError::DamagedWorkbook { name: name.to_owned(), part: "every sheet" });
        }
        Ok(Self { name, inner, sheets })
    }

    /// Goes through the rows of a sheet that have cells.
    pub fn scan(&mut self, sheet: usize, watch: &Watch, on_row: &mut OnRow<'_>) -> Result<(), ListError> {
        let damaged = |part| ListError::DamagedWorkbook { name: self.name.to_owned(), part };
        let name = self.sheets.get(sheet).ok_or_else(|| damaged("that sheet"))?;
        let book = match &mut self.inner {
            Inner::Xlsx(book) => book,
            Inner::Xls(book) => {
                let range = catch_unwind(AssertUnwindSafe(|| book.worksheet_range(name).ok()));
                return rows(&range.ok().flatten().ok_or_else(|| damaged("a sheet"))?, watch, on_row);
            }
            Inner::Ods(book) => {
                let range = catch_unwind(AssertUnwindSafe(|| book.worksheet_range(name).ok()));
                return rows(&range.ok().flatten().ok_or_else(|| damaged("a sheet"))?, watch, on_row);
            }
        };
        let mut reader = match book.worksheet_cells_reader(name) {
            Ok(reader) => reader,
            // A sheet of charts has no cells.
            Err(XlsxError::NotAWorksheet(_)) => return Ok(()),
            Err(_) => return Err(damaged("a sheet")),
        };
        let rows = u64::from(reader.dimensions().end.0).saturating_add(1);
        watch.expect(rows);
        let mut row = Cells::default();
        let mut read = 0;
        while let Some(cell) = reader.next_cell().map_err(|_| damaged("a cell"))? {
            let (at, column) = cell.get_position();
            if column >= MOST_COLUMNS {
                return Err(damaged("a cell"));
            }
            if at != row.at {
                if row.end(on_row)?.is_break() {
                    return Ok(());
                }
                row.at = at;
            }
            row.put(column as usize, cell.get_value());
            read += 1;
            if u64::is_multiple_of(read, STEP) {
                watch.reach(at.into());
                watch.go_on()?;
            }
        }
        row.end(on_row).map(|_| ())
    }
}

/// Goes through the rows of a sheet that is all in memory.
fn rows(range: &Range<Data>, watch: &Watch, on_row: &mut OnRow<'_>) -> Result<(), ListError> {
    let (first_row, first_column) = range.start().unwrap_or_default();
    watch.expect(range.height() as u64);
    let mut row = Cells::default();
    for (index, cells) in (0..).zip(range.rows()) {
        row.at = first_row.saturating_add(index);
        for (column, cell) in (first_column as usize..).zip(cells) {
            if *cell != Data::Empty {
                row.put(column, &borrowed(cell));
            }
        }
        if row.end(on_row)?.is_break() {
            return Ok(());
        }
        if u64::is_multiple_of(index.into(), 1024) {
            watch.reach(index.into());
            watch.go_on()?;
        }
    }
    Ok(())
}

fn borrowed(cell: &Data) -> DataRef<'_> {
    match cell {
        Data::Int(number) => DataRef::Int(*number),
        Data::Float(number) => DataRef::Float(*number),
        Data::String(text) => DataRef::SharedString(text),
        Data::Bool(truth) => DataRef::Bool(*truth),
        Data::DateTime(date) => DataRef::DateTime(*date),
        Data::DateTimeIso(date) => DataRef::DateTimeIso(date.clone()),
        Data::DurationIso(span) => DataRef::DurationIso(span.clone()),
        Data::Error(error) => DataRef::Error(error.clone()),
        Data::Empty => DataRef::Empty,
    }
}

/// The cells of one row; empty ones keep their room.
#[derive(Default)]
struct Cells {
    /// Counted from 0.
    at: u32,
    kept: Vec<(String, Stored)>,
    used: usize,
}

impl Cells {
    fn put(&mut self, column: usize, value: &DataRef<'_>) {
        while self.kept.len() <= column {
            self.kept.push(Default::default());
        }
        for skipped in &mut self.kept[self.used.min(column)..column] {
            skipped.0.clear();
        }
        let (text, stored) = &mut self.kept[column];
        text.clear();
        *stored = write(text, value);
        self.used = self.used.max(column + 1);
    }

    fn end(&mut self, on_row: &mut OnRow<'_>) -> Result<ControlFlow<()>, ListError> {
        let flow =
            if self.used == 0 { Ok(ControlFlow::Continue(())) } else { on_row(self.at.saturating_add(1), &*self) };
        self.used = 0;
        flow
    }
}

impl Row for Cells {
    fn len(&self) -> usize {
        self.used
    }

    fn cell(&self, column: usize) -> (&str, Stored) {
        self.kept[..self.used].get(column).map_or(("", Stored::Text), |(text, stored)| (text, *stored))
    }
}

/// Writes a cell as text, and says what it is kept as.
fn write(text: &mut String, value: &DataRef<'_>) -> Stored {
    use std::fmt::Write as _;
    // Writing to a String cannot fail.
    match value {
        DataRef::Empty => Stored::Text,
        DataRef::String(string) => {
            text.push_str(string);
            Stored::Text
        }
        DataRef::SharedString(string) => {
            text.push_str(string);
            Stored::Text
        }
        DataRef::Int(number) => {
            let _ = write!(text, "{number}");
            Stored::Number
        }
        DataRef::Float(number) => {
            let _ = write!(text, "{number}");
            if number.abs() < LONG_NUMBER { Stored::Number } else { Stored::LongNumber }
        }
        DataRef::Bool(truth) => {
            text.push_str(if *truth { "TRUE" } else { "FALSE" });
            Stored::Error
        }
        DataRef::Error(error) => {
            let _ = write!(text, "{error}");
            Stored::Error
        }
        DataRef::DateTime(date) => {
            let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
            let _ = write!(text, "{year:04}-{month:02}-{day:02}");
            if (hour, minute, second) != (0, 0, 0) {
                let _ = write!(text, " {hour:02}:{minute:02}:{second:02}");
            }
            Stored::Date
        }
        DataRef::DateTimeIso(date) | DataRef::DurationIso(date) => {
            text.push_str(date);
            Stored::Date
        }
    }
}

/// What kind of workbook it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Xlsx,
    Xls,
    Ods,
}

/// Looks into the ZIP's list of contents before anything is unpacked.
fn check_archive(name: &str, bytes: &[u8]) -> Result<Kind, ListError> {
    let damaged = || ListError::DamagedWorkbook { name: name.to_owned(), part: "its list of contents" };
    let archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    let names: Vec<_> = archive.file_names().filter_map(Result::ok).collect();
    let has = |start: &str| names.iter().any(|name| name.starts_with(start));
    // The type of an OpenDocument file stands unpacked at its start; a text of that family has no sheets.
    let is_sheet = memchr::memmem::find(&bytes[..bytes.len().min(256)], b"opendocument.spreadsheet").is_some();
    let is_ods = has("content.xml") && is_sheet;
    if !is_ods && (has("xl/workbook.bin") || !has("xl/")) {
        let what = match () {
            () if has("xl/") => "a binary Excel workbook (XLSB)",
            () if has("word/") => "a Word document",
            () if has("ppt/") => "a presentation",
            () if has("content.xml") => "an OpenDocument file without sheets",
            () => "a packed file (ZIP)",
        };
        return Err(ListError::Binary { name: name.to_owned(), what });
    }
    match archive.decompressed_size() {
        Some(size) if size > u128::from(MOST_UNPACKED) => Err(ListError::Swollen { name: name.to_owned() }),
        _ => Ok(if is_ods { Kind::Ods } else { Kind::Xlsx }),
    }
}

fn opened<'a>(name: &str, bytes: &'a [u8], kind: Kind) -> Result<Inner<'a>, ListError> {
    let (file, protected) = (Cursor::new(bytes), || ListError::Protected { name: name.to_owned() });
    match kind {
        Kind::Xlsx => Ok(Inner::Xlsx(Box::new(Xlsx::new(file).map_err(|_| damaged(name, "a part of it"))?))),
        Kind::Ods if repeats::is_encrypted(bytes) => Err(protected()),
        Kind::Ods => {
            repeats::check(name, bytes, MOST_UNPACKED)?;
            match Ods::new(file) {
                Ok(book) => Ok(Inner::Ods(Box::new(book))),
                Err(OdsError::Password) => Err(protected()),
                Err(_) => Err(damaged(name, "a part of it")),
            }
        }
        // A new workbook with a password has the dress of the old ones.
        Kind::Xls if matches!(Xlsx::new(file.clone()), Err(XlsxError::Password)) => Err(protected()),
        Kind::Xls => match Xls::new(file) {
            Ok(book) => Ok(Inner::Xls(Box::new(book))),
            Err(XlsError::Password) => Err(protected()),
            Err(_) => Err(ListError::OldFile { name: name.to_owned() }),
        },
    }
}

fn damaged(name: &str, part: &'static str) -> ListError {
    ListError::DamagedWorkbook { name: name.to_owned(), part }
}
