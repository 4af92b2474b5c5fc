//! What a sheet of an ODS file comes to once its repeats are written out, found before anything is: a cell, a row and a space stand there
//! once, with a number beside them, and the reader of such files writes all of them into memory.
//!
//! Counts as that reader does, and rather too much than too little. Keeps no cell.

use std::io::{BufReader, Cursor, Read as _};

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::ListError;

/// A million rows of ten columns.
const MOST_CELLS: u64 = 10_000_000;
/// Of all cells, in bytes.
const MOST_TEXT: u64 = 256 * 1024 * 1024;

/// Refuses an ODS file that comes to more than memory should hold, or whose content is no whole XML: the reader would wait at its end for
/// good. `most` is what the content may unpack to, in bytes, whatever the list of contents says.
pub(super) fn check(name: &str, bytes: &[u8], most: u64) -> Result<(), ListError> {
    let damaged = || ListError::DamagedWorkbook { name: name.to_owned(), part: "its content" };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    let content = archive.by_name("content.xml").map_err(|_| damaged())?;
    let mut reader = Reader::from_reader(BufReader::new(content.take(most)));
    reader.config_mut().expand_empty_elements = true;
    let (mut event, mut book, mut open) = (Vec::new(), Book::default(), 0_u64);
    let read = loop {
        match reader.read_event_into(&mut event) {
            Ok(Event::Start(element)) if book.start(&element).is_some() => open += 1,
            Ok(Event::Start(_)) | Err(_) => break Err(damaged()),
            // The reader looks whether it ends what was opened last.
            Ok(Event::End(element)) => {
                open = open.saturating_sub(1);
                book.end(element.name().as_ref());
            }
            Ok(Event::Text(text)) => book.text(text.len() as u64),
            Ok(Event::GeneralRef(_)) => book.text(4),
            Ok(Event::Eof) => break if open == 0 { Ok(()) } else { Err(damaged()) },
            Ok(_) => {}
        }
        if book.is_swollen() {
            return Err(ListError::Swollen { name: name.to_owned() });
        }
        event.clear();
    };
    // Cut off at the limit, it is broken only for us.
    if reader.buffer_position() >= most { Err(ListError::Swollen { name: name.to_owned() }) } else { read }
}

/// Whether the content is hidden behind a password, so that there is no XML to be read.
pub(super) fn is_encrypted(bytes: &[u8]) -> bool {
    const LONGEST: u64 = 1024 * 1024;
    let manifest = || {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
        let mut text = Vec::new();
        archive.by_name("META-INF/manifest.xml").ok()?.take(LONGEST).read_to_end(&mut text).ok()?;
        Some(text)
    };
    manifest().is_some_and(|text| memchr::memmem::find(&text, b"manifest:encryption-data").is_some())
}

/// In what the counting is. One inside another of its kind is refused: the reader loses its way there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    #[default]
    Outside,
    Table,
    Row,
    Cell,
}

/// What was counted so far.
#[derive(Default)]
struct Book {
    place: Place,
    /// Of the sheets that are read.
    cells: u64,
    bytes: u64,
    sheet: Sheet,
    row: Row,
    cell: Cell,
}

#[derive(Default)]
struct Sheet {
    /// Cells as they stand there, rows not repeated.
    written: u64,
    /// Up to the last row that is not empty.
    rows: u64,
    /// Empty rows behind that.
    empty: u64,
    width: u64,
    bytes: u64,
}

#[derive(Default)]
struct Row {
    repeats: u64,
    /// Up to the last cell that is not empty.
    width: u64,
    /// Empty cells behind that.
    empty: u64,
    bytes: u64,
}

#[derive(Default)]
struct Cell {
    repeats: u64,
    has_value: bool,
    bytes: u64,
}

impl Book {
    /// Nothing where the element should not stand there, or is broken.
    fn start(&mut self, element: &BytesStart<'_>) -> Option<()> {
        match (self.place, element.name().as_ref()) {
            (Place::Outside, "table:table") => self.place = Place::Table,
            (Place::Table, "table:table-row") => {
                self.place = Place::Row;
                self.row = Row { repeats: count(element, "table:number-rows-repeated")?, ..Row::default() };
            }
            (Place::Row, "table:table-cell" | "table:covered-table-cell") => {
                self.place = Place::Cell;
                let repeats = count(element, "table:number-columns-repeated")?;
                let is_value = |name: &str| name.ends_with("value") || name.ends_with("value-type");
                let mut has_value = false;
                for attribute in element.attributes() {
                    let name = attribute.ok()?.key;
                    has_value |= is_value(name.as_ref()) || name.as_ref() == "table:formula";
                }
                self.cell = Cell { repeats, has_value, bytes: element.len() as u64 };
            }
            (_, "table:table" | "table:table-row" | "table:table-cell" | "table:covered-table-cell") => return None,
            // Each space is a letter, however often one is repeated.
            (_, "text:s") => self.text(count(element, "text:c")?),
            _ => self.text(1),
        }
        Some(())
    }

    fn text(&mut self, bytes: u64) {
        if self.place == Place::Cell {
            self.cell.bytes = self.cell.bytes.saturating_add(bytes);
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "table:table-cell" | "table:covered-table-cell" => {
                self.place = Place::Row;
                let (row, cell) = (&mut self.row, std::mem::take(&mut self.cell));
                if cell.has_value {
                    row.width = row.width.saturating_add(row.empty).saturating_add(cell.repeats);
                    row.empty = 0;
                    row.bytes = row.bytes.saturating_add(cell.bytes.saturating_mul(cell.repeats));
                } else {
                    row.empty = row.empty.saturating_add(cell.repeats);
                }
            }
            "table:table-row" => {
                self.place = Place::Table;
                let (sheet, row) = (&mut self.sheet, std::mem::take(&mut self.row));
                if row.width == 0 {
                    sheet.empty = sheet.empty.saturating_add(row.repeats);
                } else {
                    sheet.rows = sheet.rows.saturating_add(sheet.empty).saturating_add(row.repeats);
                    sheet.empty = 0;
                    sheet.width = sheet.width.max(row.width);
                    sheet.written = sheet.written.saturating_add(row.width);
                    sheet.bytes = sheet.bytes.saturating_add(row.bytes.saturating_mul(row.repeats));
                }
            }
            "table:table" => {
                self.place = Place::Outside;
                let sheet = std::mem::take(&mut self.sheet);
                self.cells = self.cells.saturating_add(sheet.cells());
                self.bytes = self.bytes.saturating_add(sheet.bytes);
            }
            _ => {}
        }
    }

    fn is_swollen(&self) -> bool {
        let bytes =
            [self.sheet.bytes, self.row.bytes, self.cell.bytes].into_iter().fold(self.bytes, u64::saturating_add);
        self.cells.saturating_add(self.sheet.cells()) > MOST_CELLS || self.row.width > MOST_CELLS || bytes > MOST_TEXT
    }
}

impl Sheet {
    fn cells(&self) -> u64 {
        self.rows.saturating_mul(self.width).max(self.written)
    }
}

/// How often something stands there; once where nothing is said.
fn count(element: &BytesStart<'_>, name: &str) -> Option<u64> {
    for attribute in element.attributes() {
        let attribute = attribute.ok()?;
        if attribute.key.as_ref() == name {
            // A number that cannot be read is too large, or the reader's to complain of.
            return Some(attribute.normalized_value(XmlVersion::default()).ok()?.parse().unwrap_or(u64::MAX));
        }
    }
    Some(1)
}

#[cfg(test)]
mod tests {
    use super::super::{LARGEST_FILE, Source, Watch, Wish, read};
    use super::*;
    use std::io::Write as _;

    fn packed(content: &str) -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let manifest = "<manifest:manifest/>";
        let kind = "application/vnd.oasis.opendocument.spreadsheet";
        for (name, text) in [("mimetype", kind), ("META-INF/manifest.xml", manifest), ("content.xml", content)] {
            let way =
                if name == "mimetype" { zip::CompressionMethod::Stored } else { zip::CompressionMethod::Deflated };
            archive.start_file(name, zip::write::SimpleFileOptions::default().compression_method(way)).unwrap();
            archive.write_all(text.as_bytes()).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    fn book(rows: &str) -> Vec<u8> {
        packed(&format!("<office:body><table:table table:name=\"A\">{rows}</table:table></office:body>"))
    }

    fn row(repeats: &str, cells: &str) -> String {
        format!("<table:table-row table:number-rows-repeated=\"{repeats}\">{cells}</table:table-row>")
    }

    fn cell(repeats: &str, text: &str) -> String {
        format!(
            "<table:table-cell office:value-type=\"string\" table:number-columns-repeated=\"{repeats}\"><text:p>{text}</text:p></table:table-cell>"
        )
    }

    fn opened(bytes: Vec<u8>) -> Result<Vec<String>, ListError> {
        let reading = read(&Source::of("a.ods", bytes), &Wish::default(), &Watch::default())?;
        Ok(reading.items.iter().map(|item| item.sku.to_string()).collect())
    }

    #[test]
    fn a_small_file_that_comes_to_more_than_memory_is_refused() {
        let long = "x".repeat(5000);
        for (what, rows) in [
            ("rows of many cells", row("1000000", &cell("50", "A-1"))),
            ("many short rows and a wide one", row("1000000", &cell("1", "A-1")) + &row("1", &cell("16000", "A-1"))),
            (
                "a cell at the far end",
                row("1", &cell("16000", "A-1")) + &row("900000", "") + &row("1", &cell("1", "A")),
            ),
            ("long texts", row("60000", &cell("1", &long))),
            ("spaces", row("1", &cell("1", "A<text:s text:c=\"99999999999\"/>"))),
            (
                "several sheets",
                format!(
                    "{rows}</table:table><table:table table:name=\"B\">{rows}",
                    rows = row("1000000", &cell("6", "A"))
                ),
            ),
        ] {
            assert_eq!(opened(book(&rows)), Err(ListError::Swollen { name: "a.ods".into() }), "{what}");
        }
    }

    #[test]
    fn repeats_that_a_sheet_has_anyway_are_read() {
        let rest = "<table:table-cell table:number-columns-repeated=\"16383\"/>";
        let rows = row("3", &(cell("1", "A-1<text:s text:c=\"2\"/>B") + rest))
            + &row("1048573", &format!("{rest}<table:table-cell/>"));
        assert_eq!(opened(book(&rows)).unwrap(), ["A-1  B"; 3]);
    }

    #[test]
    fn content_that_ends_too_early_is_damage_and_is_not_waited_for() {
        for content in [
            "<office:body><table:table table:name=\"A\">",
            "<table:table table:name=\"A\"><table:table-row><table:table-row/></table:table-row></table:table>",
            "<a></b>",
        ] {
            let part = "its content";
            assert_eq!(
                opened(packed(content)),
                Err(ListError::DamagedWorkbook { name: "a.ods".into(), part }),
                "{content}"
            );
        }
    }

    #[test]
    fn content_that_unpacks_to_more_than_it_says_is_cut_off() {
        let bytes = book(&row("1", &cell("1", &"x".repeat(5000))));
        assert_eq!(check("a.ods", &bytes, LARGEST_FILE), Ok(()));
        assert_eq!(check("a.ods", &bytes, 4000), Err(ListError::Swollen { name: "a.ods".into() }));
    }
}
