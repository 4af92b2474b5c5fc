//! Text as rows of cells: lines, or records with separators and quotes (RFC 4180), whatever ends a line.

use std::ops::ControlFlow;

use memchr::{memchr, memchr2};

use super::reading::{Row, Stored};
use super::{Delimiter, ListError, Watch};

/// Whether quotes enclose cells, or are letters like others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    Enclose,
    Letters,
}

/// Why a scan ended early.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// A quote is opened and never closed, so the rest of the text would be one cell.
    OpenQuote,
    Failed(ListError),
}

impl From<ListError> for Unread {
    fn from(error: ListError) -> Self {
        Self::Failed(error)
    }
}

/// What is done with each row, its number counted from 1 as a spreadsheet does.
pub(super) type OnRow<'a> = dyn FnMut(u32, &dyn Row) -> Result<ControlFlow<()>, ListError> + 'a;

/// A record over so many bytes and lines is one whose quote was forgotten.
const LONGEST_QUOTED: usize = 1024 * 1024;
/// So many rows are read between two looks at whether to stop.
const STEP: u32 = 4096;

/// Goes through all rows. A blank line is a row without cells.
pub(super) fn scan(
    text: &str,
    delimiter: Delimiter,
    quotes: Quotes,
    watch: &Watch,
    on_row: &mut OnRow<'_>,
) -> Result<(), Unread> {
    watch.expect(text.len() as u64);
    match delimiter.byte() {
        None => Ok(scan_lines(text, watch, on_row)?),
        Some(byte) => scan_records(text, byte, quotes, watch, on_row),
    }
}

struct Line<'a>(&'a str);

impl Row for Line<'_> {
    fn len(&self) -> usize {
        usize::from(!self.0.is_empty())
    }

    fn cell(&self, column: usize) -> (&str, Stored) {
        (if column == 0 { self.0 } else { "" }, Stored::Text)
    }
}

impl Row for csv::StringRecord {
    fn len(&self) -> usize {
        self.len()
    }

    fn cell(&self, column: usize) -> (&str, Stored) {
        (self.get(column).unwrap_or_default(), Stored::Text)
    }
}

fn scan_lines(text: &str, watch: &Watch, on_row: &mut OnRow<'_>) -> Result<(), ListError> {
    let (mut rest, mut row) = (text, 0_u32);
    while !rest.is_empty() {
        let end = memchr2(b'\n', b'\r', rest.as_bytes());
        let (line, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = &after[line_break(after.as_bytes())..];
        row = row.saturating_add(1);
        step(row, text.len() - rest.len(), watch)?;
        if on_row(row, &Line(line))?.is_break() {
            break;
        }
    }
    Ok(())
}

/// How long the line break at the start is.
fn line_break(bytes: &[u8]) -> usize {
    match bytes {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

fn step(row: u32, at: usize, watch: &Watch) -> Result<(), ListError> {
    if row.is_multiple_of(STEP) {
        watch.reach(at as u64);
        watch.go_on()?;
    }
    Ok(())
}

fn scan_records(
    text: &str,
    delimiter: u8,
    quotes: Quotes,
    watch: &Watch,
    on_row: &mut OnRow<'_>,
) -> Result<(), Unread> {
    let bytes = text.as_bytes();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .quoting(quotes == Quotes::Enclose)
        .from_reader(bytes);
    let mut record = csv::StringRecord::new();
    let (mut at, mut row) = (0_usize, 0_u32);
    loop {
        // The reader passes over blank lines, and a spreadsheet counts them.
        loop {
            let length = line_break(&bytes[at.min(bytes.len())..]);
            if length == 0 {
                break;
            }
            at += length;
            row = row.saturating_add(1);
            step(row, at, watch)?;
            if on_row(row, &Line(""))?.is_break() {
                return Ok(());
            }
        }
        // What was valid text before it was parted is valid after it, and a byte slice cannot fail to be read.
        if !reader.read_record(&mut record).unwrap_or(false) {
            return Ok(());
        }
        let end = reader.position().byte() as usize;
        let raw = &bytes[at.min(end)..end];
        if quotes == Quotes::Enclose && is_open(raw, delimiter, end == bytes.len()) {
            return Err(Unread::OpenQuote);
        }
        // After `\r` the reader leaves the `\n` to the next record.
        at = if raw.ends_with(b"\r") && bytes.get(end) == Some(&b'\n') { end + 1 } else { end };
        row = row.saturating_add(1);
        step(row, at, watch)?;
        if on_row(row, &record)?.is_break() {
            return Ok(());
        }
    }
}

/// Whether the record goes over several lines because a quote was not closed, or was not meant to enclose anything. `raw` is all of it
/// as it stands in the text, and the last one is that behind which nothing comes.
pub(crate) fn is_open(raw: &[u8], delimiter: u8, is_last: bool) -> bool {
    if memchr(b'"', raw).is_none() || memchr2(b'\n', b'\r', raw.trim_ascii()).is_none() {
        return false;
    }
    raw.len() >= LONGEST_QUOTED || is_torn(raw, delimiter, is_last)
}

/// Whether an enclosed cell goes on to the end of the text, or over several lines up to a quote behind which the cell goes on, as in
/// `"5"" pipe⏎"Chair"`: that quote opens a cell of its own, and what stands between was never meant to be enclosed.
fn is_torn(raw: &[u8], delimiter: u8, is_last: bool) -> bool {
    let ends = |byte: u8| byte == delimiter || matches!(byte, b'\n' | b'\r');
    let (mut at, mut starts) = (0, true);
    while let Some(&byte) = raw.get(at) {
        at += 1;
        if byte != b'"' || !starts {
            starts = ends(byte);
            continue;
        }
        let cell = at;
        loop {
            // Before the end, the reader closes every cell.
            let Some(length) = memchr(b'"', &raw[at..]) else { return is_last };
            at += length + 1;
            // A doubled quote is a letter.
            if raw.get(at) != Some(&b'"') {
                break;
            }
            at += 1;
        }
        let goes_on = raw[at..].iter().find(|byte| **byte != b' ').is_some_and(|byte| !ends(*byte));
        if goes_on && memchr2(b'\n', b'\r', &raw[cell..at]).is_some() {
            return true;
        }
        starts = false;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, delimiter: Delimiter, quotes: Quotes) -> Result<Vec<(u32, Vec<String>)>, Unread> {
        let mut rows = Vec::new();
        scan(text, delimiter, quotes, &Watch::default(), &mut |number, row| {
            rows.push((number, (0..row.len()).map(|column| row.cell(column).0.to_owned()).collect()));
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(rows)
    }

    fn numbered(rows: &[(u32, &[&str])]) -> Vec<(u32, Vec<String>)> {
        rows.iter().map(|(row, cells)| (*row, cells.iter().map(|cell| (*cell).to_owned()).collect())).collect()
    }

    #[test]
    fn every_line_end_ends_a_line_and_blank_lines_count() {
        let expected = numbered(&[(1, &["a"]), (2, &[]), (3, &["b"]), (4, &["c"]), (5, &["d"])]);
        for delimiter in [Delimiter::None, Delimiter::Comma] {
            assert_eq!(rows("a\r\n\r\nb\rc\nd", delimiter, Quotes::Enclose).unwrap(), expected, "{delimiter:?}");
            assert_eq!(rows("a\n\nb\nc\nd\n", delimiter, Quotes::Enclose).unwrap(), expected, "{delimiter:?}");
            assert_eq!(rows("a\r\rb\rc\rd\r", delimiter, Quotes::Enclose).unwrap(), expected, "{delimiter:?}");
        }
    }

    #[test]
    fn quotes_enclose_separators_and_line_breaks() {
        let expected = numbered(&[(1, &["a, b", "c\nd"]), (2, &["e\"f", "5\" pipe"])]);
        assert_eq!(
            rows("\"a, b\",\"c\nd\"\r\n\"e\"\"f\",5\" pipe", Delimiter::Comma, Quotes::Enclose).unwrap(),
            expected
        );
        let letters = numbered(&[(1, &["\"a"]), (2, &["b"])]);
        assert_eq!(rows("\"a\nb", Delimiter::None, Quotes::Enclose).unwrap(), letters);
    }

    #[test]
    fn a_forgotten_quote_is_told_and_swallows_nothing() {
        let text = "a,b\n\"c,d\ne,f\n";
        assert_eq!(rows(text, Delimiter::Comma, Quotes::Enclose), Err(Unread::OpenQuote));
        assert_eq!(rows(text, Delimiter::Comma, Quotes::Letters).unwrap().len(), 3);
    }

    #[test]
    fn p5_a_stray_quote_is_told_and_swallows_nothing() {
        let text = "name,sku\n\"5\"\" pipe,A-1\nDesk,A-2\n\"Chair\",A-3\nLamp,A-4\n";
        assert_eq!(rows(text, Delimiter::Comma, Quotes::Enclose), Err(Unread::OpenQuote));
        assert_eq!(rows(text, Delimiter::Comma, Quotes::Letters).unwrap().len(), 5);
        // What is enclosed over several lines as it should be is no stray quote, nor is one that swallows nothing.
        for text in [
            "\"two\nlines\",x\n",
            "x,\"two\r\n\"\"lines\"\"\" ,y\r\nz\r\n",
            "\"two\nlines\"",
            "\"5\" pipe\",\"two\nlines\"\nA\n",
            "5\" pipe,\"\",\"\"\"\n\"\"\"\n",
        ] {
            assert!(rows(text, Delimiter::Comma, Quotes::Enclose).is_ok(), "{text:?}");
        }
    }
}
