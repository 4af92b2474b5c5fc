//! From bytes to a list: encoding, separator, header and column, each as wished or as proposed, and the cells of the column.
//!
//! Pure over bytes. Goes through the rows twice: over the first ones to propose, then over all to take the column.

use std::ops::ControlFlow;
use std::sync::Arc;

use compact_str::CompactString;

use super::headings::{self, Header};
use super::lines::{self, OnRow, Quotes, Unread};
use super::source::Origin;
use super::workbook::{self, Workbook};
use super::{Delimiter, LONGEST_SKU, ListError, MOST_SKUS, Source, TextEncoding, Watch, encoding, reveal};
use crate::invisible::is_invisible;

/// So many rows are looked at to propose a column.
const SAMPLE_ROWS: usize = 1000;
/// So many rows are shown to choose from.
pub const PREVIEW_ROWS: usize = 50;
/// So many columns are told apart.
const MOST_COLUMNS: usize = 256;
/// Of a cell, so many characters are shown.
const SHOWN: usize = 60;

/// What the user wants of the reading; what is not named is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wish {
    pub encoding: Option<TextEncoding>,
    pub delimiter: Option<Delimiter>,
    /// By its place in the workbook, from 0.
    pub sheet: Option<usize>,
    pub header: Option<Header>,
    /// By its place in the table, from 0.
    pub column: Option<usize>,
}

/// A row of cells.
pub(super) trait Row {
    fn len(&self) -> usize;

    /// The text of a cell and what it is kept as; empty beyond the end.
    fn cell(&self, column: usize) -> (&str, Stored);
}

/// What a cell is kept as. All but text comes from spreadsheets only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Stored {
    #[default]
    Text,
    /// Its leading zeros, if it had any, are lost.
    Number,
    /// It had more digits than a spreadsheet keeps.
    LongNumber,
    Date,
    /// An error or a truth value, where a formula should have given a text.
    Error,
}

/// One SKU of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The cell's text, byte for byte.
    pub sku: CompactString,
    /// The row in the file, counted from 1.
    pub row: u32,
    pub stored: Stored,
}

/// How the bytes were taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    Text { encoding: TextEncoding, delimiter: Delimiter },
    Workbook { sheets: Vec<String>, sheet: usize },
}

/// A table that was read, and the list in its chosen column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub form: Form,
    pub header: Header,
    /// The names of the columns, fit to be shown.
    pub columns: Vec<String>,
    pub column: usize,
    /// The first rows, fit to be shown, with their numbers in the file.
    pub preview: Vec<(u32, Vec<String>)>,
    /// What was decided and is not plain to see, one sentence each.
    pub notes: Vec<String>,
    pub items: Arc<Vec<Item>>,
    /// How many cells of the column are empty.
    pub empty: usize,
    /// Where the list comes from, such as `assortment-november.csv, column sku`.
    pub source: String,
}

/// Reads a list out of a source.
///
/// # Errors
/// What is no text and no workbook, is damaged, is empty, has too many SKUs; or `watch` stopped it.
pub fn read(source: &Source, wish: &Wish, watch: &Watch) -> Result<Reading, ListError> {
    let (name, bytes) = (&source.name, source.bytes.as_slice());
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ListError::Empty { name: name.clone() });
    }
    if workbook::is_zip(bytes) || workbook::is_old_office(bytes) {
        return read_workbook(source, wish, watch);
    }
    if let Some(what) = encoding::known_binary(bytes) {
        return Err(ListError::Binary { name: name.clone(), what });
    }
    let Ok(decoded) = encoding::decode(bytes, wish.encoding) else {
        return Err(ListError::Binary { name: name.clone(), what: "a file that holds no text" });
    };
    let form = |delimiter| Form::Text { encoding: decoded.encoding, delimiter };
    let text = &*decoded.text;
    let mut notes = Vec::new();
    if decoded.encoding != TextEncoding::UTF_8 {
        notes.push(format!("Read as {}.", decoded.encoding.label()));
    }
    let delimiter = wish.delimiter.unwrap_or_else(|| propose(source.origin, text));
    let enclosed =
        |quotes| take(source, wish, form(delimiter), |on_row| lines::scan(text, delimiter, quotes, watch, on_row));
    let mut reading = match enclosed(Quotes::Enclose) {
        Err(Unread::OpenQuote) => {
            notes.push("A quote is never closed, so quotes were read as letters.".to_owned());
            enclosed(Quotes::Letters)
        }
        reading => reading,
    };
    if let Ok(reading) = &mut reading {
        reading.notes = notes;
    }
    reading.map_err(|unread| match unread {
        Unread::Failed(error) => error,
        // Quotes that are letters cannot be open.
        Unread::OpenQuote => ListError::Empty { name: name.clone() },
    })
}

fn propose(origin: Origin, text: &str) -> Delimiter {
    match (delimiter_of(text), origin) {
        // One column, and quotes may enclose its cells.
        (Delimiter::None, Origin::Csv) if text.contains('"') => Delimiter::Comma,
        (Delimiter::None, Origin::Tsv) => Delimiter::Tab,
        (delimiter, _) => delimiter,
    }
}

fn delimiter_of(text: &str) -> Delimiter {
    super::delimiter::guess(text)
}

fn read_workbook(source: &Source, wish: &Wish, watch: &Watch) -> Result<Reading, ListError> {
    let mut workbook = Workbook::open(&source.name, &source.bytes)?;
    let sheets = workbook.sheets.clone();
    let chosen = wish.sheet.map_or(0..sheets.len(), |sheet| sheet..sheet + 1);
    let mut last = None;
    // Without a wish, the first sheet with something in it.
    for sheet in chosen {
        let form = Form::Workbook { sheets: sheets.clone(), sheet };
        let taken = take(source, wish, form, |on_row| Ok(workbook.scan(sheet, watch, on_row)?));
        match taken {
            Ok(mut reading) => {
                reading.notes.extend(which_sheet(&sheets, sheet, &reading));
                return Ok(reading);
            }
            Err(Unread::Failed(error @ (ListError::Empty { .. } | ListError::NoSku { .. }))) => last = Some(error),
            Err(Unread::Failed(error)) => return Err(error),
            Err(Unread::OpenQuote) => {}
        }
    }
    if let Some(error @ ListError::NoSku { .. }) = last {
        return Err(error);
    }
    let sheet = wish.sheet.and_then(|sheet| sheets.get(sheet)).or(sheets.first());
    Err(ListError::EmptySheet { sheet: sheet.map(|name| reveal::shown(name, SHOWN)).unwrap_or_default() })
}

/// Which of several sheets the list is from. A cover sheet is a list of a few words to a program.
fn which_sheet(sheets: &[String], sheet: usize, reading: &Reading) -> Option<String> {
    /// A list with so few cells in its column, and no heading that names SKUs, is doubted.
    const FEW: usize = 3;
    let name = sheets.get(sheet).filter(|_| sheets.len() > 1)?;
    let said = format!("Sheet {} of {}: {}.", sheet + 1, sheets.len(), reveal::shown(name, SHOWN));
    let is_doubtful = reading.items.len() <= FEW && reading.header == Header::Absent;
    Some(if is_doubtful { format!("{said} It looks like no list; choose another sheet below.") } else { said })
}

/// Takes the column out of whatever gives rows.
fn take(
    source: &Source,
    wish: &Wish,
    form: Form,
    mut scan: impl FnMut(&mut OnRow<'_>) -> Result<(), Unread>,
) -> Result<Reading, Unread> {
    let sample = sample(&mut scan)?;
    let first = first_row(&sample);
    let cells: Vec<_> = sample.iter().map(|(_, cells)| cells.clone()).filter(|cells| !cells.is_empty()).collect();
    let width = headings::width(&cells);
    if width == 0 && sample.len() < SAMPLE_ROWS {
        return Err(ListError::Empty { name: source.name.clone() }.into());
    }
    let header = wish.header.unwrap_or_else(|| headings::guess(&cells));
    let column = wish.column.unwrap_or_else(|| headings::suggest(&cells, header)).min(width.saturating_sub(1));
    let names = columns(&cells, header, width);
    let in_column = column_label(&names, column, header);
    let in_sheet = match &form {
        Form::Workbook { sheets, sheet } if sheets.len() > 1 => {
            let sheet = sheets.get(*sheet).map(|name| reveal::shown(name, SHOWN)).unwrap_or_default();
            Some(format!("sheet {sheet}"))
        }
        Form::Text { .. } | Form::Workbook { .. } => None,
    };
    let parts: Vec<String> = in_sheet.into_iter().chain(in_column).collect();
    let label = if parts.is_empty() { "this text".to_owned() } else { parts.join(", ") };
    let skips = if header == Header::FirstRow { first } else { None };
    let column_taken = column_of(&mut scan, column, skips, &label)?;
    let source = [std::slice::from_ref(&source.name), &parts].concat().join(", ");
    let preview = sample.iter().filter(|(_, cells)| !cells.is_empty()).take(PREVIEW_ROWS);
    let preview =
        preview.map(|(row, cells)| (*row, cells.iter().map(|(text, _)| reveal::shown(text, SHOWN)).collect()));
    Ok(Reading {
        form,
        header,
        columns: names,
        column,
        preview: preview.collect(),
        notes: Vec::new(),
        items: Arc::new(column_taken.items),
        empty: column_taken.empty,
        source,
    })
}

type SampleRow = (u32, Vec<(String, Stored)>);

/// The first rows. Their cells are cut: a longer one is no SKU, whatever comes after.
fn sample(scan: &mut impl FnMut(&mut OnRow<'_>) -> Result<(), Unread>) -> Result<Vec<SampleRow>, Unread> {
    let mut rows: Vec<SampleRow> = Vec::new();
    scan(&mut |number, row| {
        let cell = |column| {
            let (text, stored) = row.cell(column);
            (text.chars().take(SHOWN + LONGEST_SKU / 8).collect(), stored)
        };
        rows.push((number, (0..row.len().min(MOST_COLUMNS)).map(cell).collect()));
        Ok(if rows.len() < SAMPLE_ROWS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    Ok(rows)
}

/// The number of the first row that has cells.
fn first_row(sample: &[SampleRow]) -> Option<u32> {
    sample.iter().find(|(_, cells)| !cells.is_empty()).map(|(number, _)| *number)
}

fn columns(cells: &[Vec<(String, Stored)>], header: Header, width: usize) -> Vec<String> {
    let first = cells.first().filter(|_| header == Header::FirstRow);
    let name = |column: usize| {
        let named = first.and_then(|first| first.get(column)).map(|(text, _)| text.trim());
        match named.filter(|name| !name.is_empty()) {
            Some(name) => reveal::shown(name, SHOWN),
            None => headings::letters(column),
        }
    };
    (0..width).map(name).collect()
}

/// The column, where there is more than the one.
fn column_label(names: &[String], column: usize, header: Header) -> Option<String> {
    let name = names.get(column).filter(|_| names.len() > 1 || header == Header::FirstRow)?;
    Some(format!("column {name}"))
}

struct Column {
    items: Vec<Item>,
    empty: usize,
}

/// All cells of one column but the header's.
fn column_of(
    scan: &mut impl FnMut(&mut OnRow<'_>) -> Result<(), Unread>,
    column: usize,
    skips: Option<u32>,
    label: &str,
) -> Result<Column, Unread> {
    let mut taken = Column { items: Vec::new(), empty: 0 };
    // A text that ends in blank lines has no empty cells there.
    let mut blank = 0;
    let mut longest = None;
    scan(&mut |number, row| {
        if skips == Some(number) {
            return Ok(ControlFlow::Continue(()));
        }
        let (text, stored) = row.cell(column);
        if is_empty(text) {
            blank += 1;
            return Ok(ControlFlow::Continue(()));
        }
        taken.empty += std::mem::take(&mut blank);
        if text.len() > LONGEST_SKU && longest.is_none() {
            longest = Some((number, text.chars().count()));
        }
        if taken.items.len() == MOST_SKUS {
            return Err(ListError::TooMany);
        }
        // Of what is no SKU, the start is enough to tell it by.
        let kept = if text.len() > LONGEST_SKU { cut(text, LONGEST_SKU + 1) } else { text };
        taken.items.push(Item { sku: kept.into(), row: number, stored });
        Ok(ControlFlow::Continue(()))
    })?;
    if taken.items.is_empty() {
        return Err(ListError::NoSku { column: label.to_owned() }.into());
    }
    if let Some((row, letters)) = longest
        && taken.items.iter().all(|item| item.sku.len() > LONGEST_SKU)
    {
        return Err(ListError::LongLine { row, letters }.into());
    }
    Ok(taken)
}

/// Whether there is nothing to look up in a cell.
fn is_empty(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_invisible(c))
}

/// The first bytes of a text, and the rest of the last letter.
fn cut(text: &str, bytes: usize) -> &str {
    let end = (bytes..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, text: &str) -> Result<Reading, ListError> {
        read(&Source::of(name, text.as_bytes().to_vec()), &Wish::default(), &Watch::default())
    }

    fn skus(reading: &Reading) -> Vec<&str> {
        reading.items.iter().map(|item| item.sku.as_str()).collect()
    }

    #[test]
    fn p1_a_sku_is_the_text_of_its_cell_byte_for_byte() {
        let reading = of("list.csv", "sku;name\n00042;Lamp\n A/B+C#7 ;Desk\n=1+1;x\n👩‍🔧;\"y\"\n1.23E+10;z\n").unwrap();
        assert_eq!(skus(&reading), ["00042", " A/B+C#7 ", "=1+1", "👩‍🔧", "1.23E+10"]);
        assert_eq!(reading.items.iter().map(|item| item.row).collect::<Vec<_>>(), [2, 3, 4, 5, 6]);
        assert_eq!(reading.source, "list.csv, column sku");
    }

    #[test]
    fn empty_cells_are_passed_over_and_counted_but_not_at_the_end() {
        let reading = of("list.txt", "A-1\n\n  \nA-2\n\n\n").unwrap();
        assert_eq!((skus(&reading), reading.empty), (vec!["A-1", "A-2"], 2));
        assert_eq!(reading.items[1].row, 4);
    }

    #[test]
    fn what_was_proposed_can_be_wished_otherwise() {
        let source = Source::of("list.csv", b"sku,old\nA-1,B-1\nA-2,B-2\n".to_vec());
        let wish = |wish: Wish| read(&source, &wish, &Watch::default()).unwrap();
        let taken = wish(Wish { column: Some(1), ..Wish::default() });
        assert_eq!((skus(&taken), taken.source.as_str()), (vec!["B-1", "B-2"], "list.csv, column old"));
        let taken = wish(Wish { header: Some(Header::Absent), column: Some(0), ..Wish::default() });
        assert_eq!((skus(&taken), &taken.columns[..]), (vec!["sku", "A-1", "A-2"], &["A".into(), "B".into()][..]));
        let taken = wish(Wish { delimiter: Some(Delimiter::None), ..Wish::default() });
        assert_eq!(skus(&taken), ["A-1,B-1", "A-2,B-2"]);
        // A column that is not there is no reason to fail.
        assert_eq!(wish(Wish { column: Some(9), ..Wish::default() }).column, 1);
    }

    #[test]
    fn a_quote_that_is_never_closed_costs_no_row() {
        let reading = of("list.csv", "sku,name\n\"A-1,Lamp\nA-2,Desk\nA-3,Chair\n").unwrap();
        assert_eq!(skus(&reading), ["\"A-1", "A-2", "A-3"]);
        assert_eq!(reading.notes, ["A quote is never closed, so quotes were read as letters."]);
    }

    #[test]
    fn what_is_no_list_is_called_by_its_name() {
        assert_eq!(of("a.csv", " \r\n\n").unwrap_err(), ListError::Empty { name: "a.csv".into() });
        assert_eq!(of("a.csv", "%PDF-1.7").unwrap_err(), ListError::Binary { name: "a.csv".into(), what: "a PDF" });
        let long = "x".repeat(1_000_000);
        assert_eq!(of("a.txt", &long).unwrap_err(), ListError::LongLine { row: 1, letters: 1_000_000 });
        // Beside SKUs, it is one damaged cell among others.
        assert_eq!(of("a.txt", &format!("A-1\n{long}\nA-2")).unwrap().items.len(), 3);
    }

    #[test]
    fn a_list_beyond_the_limit_is_refused() {
        let text = "A-1\n".repeat(MOST_SKUS);
        assert_eq!(of("a.txt", &text).unwrap().items.len(), MOST_SKUS);
        assert_eq!(of("a.txt", &format!("{text}A-2")).unwrap_err(), ListError::TooMany);
    }

    #[test]
    fn reading_stops_when_nobody_waits_for_it() {
        let watch = Watch::default();
        watch.stop();
        let source = Source::of("a.txt", "A-1\n".repeat(10_000).into_bytes());
        assert_eq!(read(&source, &Wish::default(), &watch), Err(ListError::Cancelled));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes: Vec<u8>, csv: bool) {
            let name = if csv { "a.csv" } else { "a.txt" };
            let _ = read(&Source::of(name, bytes), &Wish::default(), &Watch::default());
        }

        #[test]
        fn p1_any_text_comes_back_out_of_a_csv_file(mut skus in proptest::collection::vec("[^\0]{0,20}", 1..20)) {
            skus.retain(|sku| !is_empty(sku));
            proptest::prop_assume!(!skus.is_empty());
            let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
            for sku in &skus {
                writer.write_record([sku, "x"]).unwrap();
            }
            let wish = Wish { delimiter: Some(Delimiter::Comma), header: Some(Header::Absent), column: Some(0), ..Wish::default() };
            let source = Source::of("a.csv", writer.into_inner().unwrap());
            let reading = read(&source, &wish, &Watch::default()).unwrap();
            let found: Vec<_> = reading.items.iter().map(|item| item.sku.as_str()).collect();
            proptest::prop_assert_eq!(found, skus);
        }
    }
}
