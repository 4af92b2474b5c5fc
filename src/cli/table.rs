//! One column of a CSV file, as it comes: what parts the cells, which column is meant, whether the first row names the columns.
//!
//! Owns these decisions, by the rules that the window follows (`lists`), and the reading of the records. What was decided and is not plain
//! to see is told. Refuses to hold more than a record, and to go on behind a quotation mark that swallows rows.

use std::io::{self, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use memchr::memchr2;

use super::input::{InputError, LONGEST_LINE, Line, SAMPLE, told};
use crate::lists::headings::{self, Header};
use crate::lists::{Delimiter, Stored, delimiter, is_open};

/// A record of a CSV file that is longer than this has a quotation mark that nobody closed. In bytes.
const LONGEST_RECORD: usize = 1024 * 1024;
/// So many rows are looked at.
const ROWS: usize = 50;
/// So many headings are named in a sentence.
const NAMED: usize = 12;

/// A column of a table that was looked at.
pub struct Table {
    delimiter: u8,
    column: usize,
    header: Header,
}

impl Table {
    /// Finds the column with this name, or with this number from 1, by the beginning of the table; with it what is to be told.
    ///
    /// # Errors
    /// No such column, or a heading that swallows rows.
    pub fn look(
        beginning: &str,
        wished: &str,
        separator: Option<Delimiter>,
    ) -> Result<(Self, Option<String>), InputError> {
        let separator = separator.unwrap_or_else(|| match delimiter::guess(beginning) {
            Delimiter::None => most_often(beginning),
            regular => regular,
        });
        // No text has this byte, so that nothing is parted.
        let delimiter = separator.byte().unwrap_or(0);
        let rows = rows(beginning, delimiter)?;
        let first: Vec<&str> = rows.first().into_iter().flatten().map(|(cell, _)| cell.trim()).collect();
        let wished = wished.trim();
        let by_name = |equal: fn(&str, &str) -> bool| first.iter().position(|name| equal(name, wished));
        let named = by_name(|a, b| a == b).or_else(|| by_name(|a, b| a.to_lowercase() == b.to_lowercase()));
        if let Some(column) = named {
            return Ok((Self { delimiter, column, header: Header::FirstRow }, None));
        }
        let width = rows.iter().map(Vec::len).max().unwrap_or(0);
        let number = wished.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let Some(column) = number.filter(|column| *column < width) else {
            return Err(InputError::NoColumn { name: told(wished), columns: columns(&first) });
        };
        let header = headings::guess(&rows);
        let note = match (header, first.get(column)) {
            (Header::FirstRow, Some(name)) => {
                format!("The first row names the columns, and is not looked up: column {wished} is “{}”.", told(name))
            }
            (Header::FirstRow, None) => "The first row names the columns, and is not looked up.".to_owned(),
            (Header::Absent, _) => {
                "The first row names no columns, so it is looked up like the others; give the name of the column if it does."
                    .to_owned()
            }
        };
        Ok((Self { delimiter, column, header }, Some(note)))
    }

    /// Reads the column of a table, from its beginning on. `has_more` is kept true while records that have come stand in memory.
    pub fn read<R: Read + Send>(
        &self,
        text: R,
        has_more: Arc<AtomicBool>,
    ) -> impl Iterator<Item = Result<Line, InputError>> + Send + use<R> {
        let kept = Kept::of(text);
        let mut records =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(self.delimiter).from_reader(kept);
        let (delimiter, column) = (self.delimiter, self.column);
        let mut is_heading = self.header == Header::FirstRow;
        let mut record = csv::ByteRecord::new();
        let mut is_over = false;
        std::iter::from_fn(move || {
            while !is_over {
                let line = records.position().line();
                match records.read_byte_record(&mut record) {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => {
                        is_over = true;
                        return Some(Err(unread(error, line)));
                    }
                }
                let end = records.position().byte();
                let (raw, is_last) = records.get_mut().take(end);
                if memchr2(b'\n', b'\r', record.as_slice()).is_some() && is_open(raw, delimiter, is_last) {
                    is_over = true;
                    return Some(Err(InputError::OpenQuote { line }));
                }
                if std::mem::take(&mut is_heading) {
                    continue;
                }
                // Unless the next record had to be read from the input, there are more in memory.
                has_more.store(records.get_ref().has_more(), Ordering::Relaxed);
                let cell = record.get(column).unwrap_or_default();
                let line = if cell.len() > LONGEST_LINE {
                    Some(Line::too_long(&cell[..LONGEST_LINE], cell.len() as u64))
                } else {
                    Line::read(cell.to_vec())
                };
                if let Some(line) = line {
                    return Some(Ok(line));
                }
            }
            is_over = true;
            None
        })
    }
}

/// What is to be said of an input that is read line by line and looks like a table, by its beginning.
///
/// # Errors
/// [`InputError::Table`] where even its first row is one of headings.
pub fn suspect(beginning: &str) -> Result<Option<String>, InputError> {
    let separator = delimiter::guess(beginning);
    let Some(delimiter) = separator.byte() else { return Ok(None) };
    let separator = separator.label().to_lowercase();
    let Ok(rows) = rows(beginning, delimiter) else { return Ok(None) };
    let header = headings::guess(&rows);
    let column = headings::suggest(&rows, header);
    match rows.first() {
        Some(first) if header == Header::FirstRow => {
            let names: Vec<&str> = first.iter().map(|(cell, _)| cell.trim()).collect();
            let column = match names.get(column) {
                Some(name) if !name.is_empty() => format!("\"{}\"", told(name)),
                _ => (column + 1).to_string(),
            };
            Err(InputError::Table { separator, columns: columns(&names), column })
        }
        _ => Ok(Some(format!(
            "The input looks like a table with columns ({separator}), and each whole line is asked for as one SKU. If that is wrong, name \
             the column of the SKUs, such as --column {}.",
            column + 1
        ))),
    }
}

fn columns(names: &[&str]) -> String {
    if names.is_empty() {
        return "none at all".into();
    }
    let shown: Vec<String> = names.iter().take(NAMED).map(|name| format!("“{}”", told(name))).collect();
    let more = if names.len() > NAMED { format!(" and {} more", names.len() - NAMED) } else { String::new() };
    shown.join(", ") + &more
}

fn rows(beginning: &str, delimiter: u8) -> Result<Vec<Vec<(String, Stored)>>, InputError> {
    let kept = Kept::of(beginning.as_bytes());
    let mut records =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(kept);
    let mut record = csv::StringRecord::new();
    let mut rows = Vec::new();
    while rows.len() < ROWS && records.read_record(&mut record).map_err(|error| unread(error, 1))? {
        let end = records.position().byte();
        let (raw, is_last) = records.get_mut().take(end);
        if is_open(raw, delimiter, is_last) {
            // What is read of it will say so, in its place.
            if rows.is_empty() {
                return Err(InputError::OpenQuote { line: 1 });
            }
            break;
        }
        rows.push(record.iter().map(|cell| (cell.to_owned(), Stored::Text)).collect());
    }
    Ok(rows)
}

fn unread(error: csv::Error, line: u64) -> InputError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => InputError::OpenQuote { line },
        csv::ErrorKind::Io(error) => InputError::Broken(error),
        other => InputError::Broken(io::Error::other(format!("{other:?}"))),
    }
}

/// Whatever of the usual separators stands in the first line most often.
fn most_often(text: &str) -> Delimiter {
    let first = &text[..memchr2(b'\n', b'\r', text.as_bytes()).unwrap_or(text.len())];
    let count =
        |separator: &Delimiter| separator.byte().map_or(0, |byte| memchr::memchr_iter(byte, first.as_bytes()).count());
    // Of two that stand there equally often, the last.
    let usual = [Delimiter::None, Delimiter::Pipe, Delimiter::Comma, Delimiter::Semicolon, Delimiter::Tab];
    usual
        .into_iter()
        .filter(|separator| *separator == Delimiter::None || count(separator) > 0)
        .max_by_key(count)
        .unwrap_or(Delimiter::None)
}

/// Keeps the bytes of the record that is being read, and fails when they are too many: a quotation mark that is never closed would
/// read the whole file into memory.
struct Kept<R> {
    reader: BufReader<R>,
    /// All that was read behind `base`.
    raw: Vec<u8>,
    /// How many bytes came before.
    base: u64,
    /// So many bytes of `raw` belong to records that are done with.
    done: usize,
    is_at_end: bool,
}

impl<R: Read> Kept<R> {
    fn of(reader: R) -> Self {
        let reader = BufReader::with_capacity(SAMPLE, reader);
        Self { reader, raw: Vec::new(), base: 0, done: 0, is_at_end: false }
    }

    /// The bytes of the record that ends there, and whether it is the last one.
    fn take(&mut self, end: u64) -> (&[u8], bool) {
        let end = (end.saturating_sub(self.base) as usize).clamp(self.done, self.raw.len());
        let start = std::mem::replace(&mut self.done, end);
        (&self.raw[start..end], self.is_at_end && end == self.raw.len())
    }

    fn has_more(&self) -> bool {
        !self.reader.buffer().is_empty()
    }
}

impl<R: Read> Read for Kept<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.reader.read(buffer)?;
        self.base += self.done as u64;
        self.raw.drain(..std::mem::take(&mut self.done));
        self.raw.extend_from_slice(&buffer[..length]);
        self.is_at_end = length == 0;
        if self.raw.len() > LONGEST_RECORD {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(length)
    }
}
