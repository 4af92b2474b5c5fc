//! The SKUs of a file or a pipe, one a line or one column of a table, as they come.
//!
//! Owns what is text and in which encoding, where a line ends, and what cannot be a SKU. A guess is told, never made in silence.
//! Refuses to hold more of the input than a piece of it, to change a letter of a SKU, and to give up a list for one bad line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;
use memchr::{memchr, memchr2};

use super::stream::Questions;
use super::table::{self, Table};
use crate::lists::damage::{self, Kind};
use crate::lists::pattern::Pattern;
use crate::lists::{Delimiter, Item, Stored, Watch};
use crate::prices::query::{QueryError, looks_secret, without_secret};
use crate::prices::shown::one_line;

/// A longer line is no SKU. In bytes; the rest of such a line is read and thrown away.
pub(super) const LONGEST_LINE: usize = 64 * 1024;
/// So much of such a line is shown, in characters.
const SHOWN_OF_A_LINE: usize = 64;
/// So many bytes are looked at to see what the input is.
pub(super) const SAMPLE: usize = 64 * 1024;
/// The most SKUs of one piece.
const PIECE: usize = 256;
/// The mark that some programs put before UTF-8.
const MARK: &[u8] = "\u{feff}".as_bytes();
/// So many pieces are read ahead.
const PIECES: usize = 4;

/// One line of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    Sku(String),
    /// What cannot be asked for, as far as it can be shown. One such line is no reason to give up the others.
    Unfit {
        shown: String,
        why: QueryError,
    },
}

impl Line {
    /// The line of a text: one that holds a secret is neither asked for nor shown (K1, H7).
    pub fn of(text: String) -> Self {
        if looks_secret(&text) {
            Self::Unfit { shown: without_secret(&text).into_owned(), why: QueryError::SecretAsSku }
        } else {
            Self::Sku(text)
        }
    }

    /// What an answer calls it.
    pub fn shown(&self) -> &str {
        match self {
            Self::Sku(sku) => sku,
            Self::Unfit { shown, .. } => shown,
        }
    }

    /// Nothing where the line is blank.
    pub(super) fn read(bytes: Vec<u8>) -> Option<Self> {
        match String::from_utf8(bytes) {
            Ok(line) if line.trim().is_empty() => None,
            Ok(line) => Some(Self::of(line)),
            Err(error) => {
                let shown = String::from_utf8_lossy(error.as_bytes());
                Some(Self::Unfit { shown: without_secret(&shown).into_owned(), why: QueryError::NotUtf8 })
            }
        }
    }

    /// The line as a decoder gave it. A letter that it could not read is no letter of the SKU.
    fn decoded(self) -> Self {
        match self {
            Self::Sku(sku) if sku.contains(char::REPLACEMENT_CHARACTER) => {
                Self::Unfit { shown: sku, why: QueryError::NotUtf8 }
            }
            line => line,
        }
    }

    /// A line that was cut after its beginning.
    pub(super) fn too_long(beginning: &[u8], length: u64) -> Self {
        let text = String::from_utf8_lossy(beginning);
        let shown: String = without_secret(&text).chars().take(SHOWN_OF_A_LINE).collect();
        Self::Unfit { shown: shown + "…", why: QueryError::TooLong { length } }
    }
}

/// Why the input cannot be read, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    #[error("The file {} could not be opened: {source}. Check its name and whether you may read it.", path.display())]
    NotOpened { path: PathBuf, source: io::Error },
    #[error("{} is a folder: name the file in it that holds the SKUs.", path.display())]
    Folder { path: PathBuf },
    #[error("The input could not be read: {0}. What was read before it is answered.")]
    Broken(io::Error),
    #[error("The input is {what}, and no text: {advice}")]
    NotText { what: &'static str, advice: &'static str },
    #[error("“{name}” is no encoding that is known here: give a name such as utf-8, utf-16le, latin1 or windows-1250.")]
    UnknownEncoding { name: String },
    #[error("The input has no column “{name}”. It has {columns}. Name one of them, or its number.")]
    NoColumn { name: String, columns: String },
    #[error(
        "The input looks like a table with columns ({separator}): {columns}. Name the column of the SKUs, such as --column {column}, or give \
         --separator none if each whole line is a SKU. Nothing was asked for."
    )]
    Table { separator: String, columns: String, column: String },
    #[error(
        "A quotation mark in or after line {line} is never closed, or stands where none should, so no row can be told from the next: close \
         it, double it inside a cell, or save the file anew."
    )]
    OpenQuote { line: u64 },
    #[error("The input holds no SKU: nothing was asked for.")]
    Empty,
    #[error(
        "Line {line} of {} answers “{answered}”, and SKU {line} of the input is “{given}”: they are not of the same list. Name the \
         list that the answers belong to, or another file.",
        path.display()
    )]
    OtherList { path: PathBuf, line: u64, answered: String, given: String },
    #[error(
        "{} holds more answers than the input has SKUs, which is {given}: they are not of the same list. Name the list that the \
         answers belong to, or another file.",
        path.display()
    )]
    ShorterList { path: PathBuf, given: u64 },
    #[error("Line {line} of {} is no answer of this program, so it is not touched: name another file.", path.display())]
    NoAnswer { path: PathBuf, line: u64 },
    #[error("The answers in {} could not be read: {source}.", path.display())]
    NoAnswers { path: PathBuf, source: io::Error },
}

/// How the input is to be read.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The column of a CSV file, by its name or its number from 1.
    pub column: Option<String>,
    /// By its WHATWG name; guessed where none is given.
    pub encoding: Option<String>,
    /// What stands between the cells; found where none is given.
    pub separator: Option<Delimiter>,
}

type Lines = Box<dyn Iterator<Item = Result<Line, InputError>> + Send>;

/// An input that was opened and looked at.
pub struct Input {
    lines: Lines,
    /// What was assumed about it and what is odd in it, to be told; a sentence or more each.
    pub notes: Vec<String>,
    /// Whether lines that have come stand in memory already, so that waiting for more would hold them up.
    has_more: Arc<AtomicBool>,
}

impl Input {
    /// Opens a file; `-` is standard input.
    ///
    /// # Errors
    /// Whatever can be said before the first SKU: no file, no text, no such column.
    pub fn open(path: &Path, wish: &Wish) -> Result<Self, InputError> {
        if path == Path::new("-") {
            return Self::of(Box::new(io::stdin()), Greed::WhatIsThere, wish);
        }
        let not_opened = |source| InputError::NotOpened { path: path.to_path_buf(), source };
        let file = File::open(path).map_err(not_opened)?;
        let about = file.metadata().map_err(not_opened)?;
        if about.is_dir() {
            return Err(InputError::Folder { path: path.to_path_buf() });
        }
        let greed = if about.is_file() { Greed::Whole } else { Greed::WhatIsThere };
        Self::of(Box::new(file), greed, wish)
    }

    fn of(mut reader: Box<dyn Read + Send>, greed: Greed, wish: &Wish) -> Result<Self, InputError> {
        let sample = sample(&mut reader, greed).map_err(InputError::Broken)?;
        let found = match &wish.encoding {
            Some(name) => Found::wished(name)?,
            None => Found::in_sample(&sample)?,
        };
        let mut notes: Vec<String> = found.assumed().into_iter().collect();
        let has_more = Arc::new(AtomicBool::new(false));
        let mark = if found.encoding.is_none() && sample.starts_with(MARK) { MARK.len() } else { 0 };
        let mut sample = Cursor::new(sample);
        sample.set_position(mark as u64);
        let whole = sample.chain(reader);
        let mut text: Box<dyn Read + Send> = match found.encoding {
            // As it is, so that a wrong byte costs its own line and no other.
            None => Box::new(whole),
            Some(encoding) => Box::new(DecodeReaderBytesBuilder::new().encoding(Some(encoding)).build(whole)),
        };
        let beginning = beginning(&mut text, greed).map_err(InputError::Broken)?;
        let seen = if greed == Greed::Whole && beginning.len() < SAMPLE { Seen::All } else { Seen::First };
        let whole_lines = whole_lines(&beginning, seen).to_vec();
        let start = String::from_utf8_lossy(&whole_lines);
        let text = Cursor::new(beginning).chain(text);
        let unshared = || Arc::new(AtomicBool::new(false));
        let (lines, first): (Lines, Lines) = if let Some(column) = &wish.column {
            let (table, note) = Table::look(&start, column, wish.separator)?;
            notes.extend(note);
            let first = table.read(Cursor::new(whole_lines.clone()), unshared());
            (Box::new(table.read(text, Arc::clone(&has_more))), Box::new(first))
        } else {
            if wish.separator.is_none() {
                notes.extend(table::suspect(&start)?);
            }
            let first = TextLines::of(Cursor::new(whole_lines.clone()), unshared());
            (Box::new(TextLines::of(text, Arc::clone(&has_more))), Box::new(first))
        };
        notes.extend(damaged(first, seen));
        let lines = match found.encoding {
            None => lines,
            Some(_) => Box::new(lines.map(|line| line.map(Line::decoded))),
        };
        Ok(Self { lines, notes, has_more })
    }

    /// The lines alone.
    #[cfg(test)]
    fn all(self) -> Vec<Line> {
        self.lines.map(Result::unwrap).collect()
    }
}

/// Reads on a thread of its own: a read can wait for ever, and neither the answers nor SIGINT may wait with it. First come the
/// SKUs `given`, then those of `input`. `answered` are the SKUs that were asked for before; they are compared and left out.
/// `compared` hears how many there were, before the first question comes.
pub fn feed<A>(
    given: Vec<String>,
    input: Option<Input>,
    answered: A,
    compared: impl FnOnce(u64) + Send + 'static,
) -> Questions
where
    A: Iterator<Item = Result<String, InputError>> + Compared + Send + 'static,
{
    let (sender, receiver) = tokio::sync::mpsc::channel(PIECES);
    // Never joined: at the end of the program it may still wait for a line.
    std::thread::spawn(move || {
        let has_more = input.as_ref().map(|input| Arc::clone(&input.has_more)).unwrap_or_default();
        let mut lines =
            given.into_iter().map(|sku| Ok(Line::of(sku))).chain(input.into_iter().flat_map(|input| input.lines));
        let read = match skip_answered(&mut lines, answered) {
            Ok(skipped) => {
                compared(skipped);
                forward(&mut lines, skipped, &has_more, &sender)
            }
            Err(error) => Err(error),
        };
        if let Err(error) = read {
            // Nobody listens any more only where nobody wants to know.
            let _gone = sender.blocking_send(Err(error));
        }
    });
    receiver
}

/// The answers of an earlier run, as far as a fault in them can name their file.
pub trait Compared {
    fn path(&self) -> &Path;
}

fn skip_answered<A>(
    lines: &mut impl Iterator<Item = Result<Line, InputError>>,
    mut answered: A,
) -> Result<u64, InputError>
where
    A: Iterator<Item = Result<String, InputError>> + Compared,
{
    let mut skipped = 0;
    while let Some(sku) = answered.next() {
        // An earlier version wrote secrets down as they stood.
        let sku = without_secret(&sku?).into_owned();
        let path = || answered.path().to_path_buf();
        let Some(line) = lines.next() else { return Err(InputError::ShorterList { path: path(), given: skipped }) };
        let line = line?;
        skipped += 1;
        if line.shown() != sku {
            let (given, answered) = (one_line(line.shown()), one_line(&sku));
            return Err(InputError::OtherList { path: path(), line: skipped, answered, given });
        }
    }
    Ok(skipped)
}

fn forward(
    lines: &mut impl Iterator<Item = Result<Line, InputError>>,
    skipped: u64,
    has_more: &AtomicBool,
    sender: &tokio::sync::mpsc::Sender<Result<Vec<Line>, InputError>>,
) -> Result<(), InputError> {
    let mut count = skipped;
    let mut piece = Vec::with_capacity(PIECE);
    for line in lines {
        match line {
            Ok(line) => piece.push(line),
            Err(error) => {
                // What came before the fault is asked for all the same.
                let _gone = sender.blocking_send(Ok(piece));
                return Err(error);
            }
        }
        count += 1;
        let is_full = piece.len() == PIECE || !has_more.load(Ordering::Relaxed);
        if is_full && sender.blocking_send(Ok(std::mem::replace(&mut piece, Vec::with_capacity(PIECE)))).is_err() {
            return Ok(());
        }
    }
    let _gone = sender.blocking_send(Ok(piece));
    if count == 0 { Err(InputError::Empty) } else { Ok(()) }
}

/// How much of the input is waited for before it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Greed {
    /// Of a file, as much as the sample may have.
    Whole,
    /// Of a pipe, whatever comes first: somebody may be typing.
    WhatIsThere,
}

fn sample(reader: &mut impl Read, greed: Greed) -> io::Result<Vec<u8>> {
    let mut sample = vec![0; SAMPLE];
    let mut length = 0;
    while length < sample.len() {
        match reader.read(&mut sample[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if greed == Greed::WhatIsThere {
            break;
        }
    }
    sample.truncate(length);
    Ok(sample)
}

/// The beginning of the decoded text: of a file, as much as the sample may have, of a pipe, up to a line end at least.
fn beginning(text: &mut impl Read, greed: Greed) -> io::Result<Vec<u8>> {
    let mut beginning = vec![0; SAMPLE];
    let mut length = 0;
    while length < SAMPLE {
        match text.read(&mut beginning[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if greed == Greed::WhatIsThere && memchr2(b'\n', b'\r', &beginning[..length]).is_some() {
            break;
        }
    }
    beginning.truncate(length);
    Ok(beginning)
}

/// What of a beginning is sure to be whole.
fn whole_lines(beginning: &[u8], seen: Seen) -> &[u8] {
    match memchr::memrchr2(b'\n', b'\r', beginning) {
        Some(at) if seen == Seen::First => &beginning[..=at],
        _ => beginning,
    }
}

/// How much of the input was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    All,
    First,
}

/// What spreadsheets, word processors and keyboards seem to have done to the SKUs, in one line. They stay as they are.
fn damaged(lines: Lines, seen: Seen) -> Option<String> {
    let skus = lines.map_while(Result::ok).filter_map(|line| match line {
        Line::Sku(sku) => Some(sku),
        // It is a failed row that says why.
        Line::Unfit { .. } => None,
    });
    let item = |(row, sku): (u32, String)| Item { sku: sku.into(), row, stored: Stored::Text };
    let items: Vec<Item> = (1..).zip(skus).map(item).collect();
    let pattern = Pattern::of(&items);
    let mut found = damage::detect(&items, &pattern, &Watch::default()).unwrap_or_default();
    found.retain(|found| !matches!(found.kind, Kind::Secret | Kind::TooLong | Kind::Control | Kind::Unreadable));
    if found.is_empty() {
        return None;
    }
    let kinds = found.iter().filter_map(|found| {
        let first = items.get(*found.places.first()? as usize)?;
        let example = damage::example(first, found.kind, &pattern).before;
        let (count, s) = (found.places.len(), if found.places.len() == 1 { "" } else { "s" });
        Some(format!("{count} SKU{s} {} (the first: “{example}”).", found.kind.says(count)))
    });
    let kinds = kinds.collect::<Vec<_>>().join(" ");
    let of = match seen {
        Seen::All => String::new(),
        Seen::First => format!("Of the first {} SKUs: ", items.len()),
    };
    Some(format!("{of}{kinds} Nothing is changed: each is looked up as it stands."))
}

/// A text of the input as it stands in a sentence.
pub(super) fn told(text: &str) -> String {
    one_line(&without_secret(text))
}

/// What the first bytes say about the encoding.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    /// Nothing for UTF-8, which needs no decoding.
    encoding: Option<&'static Encoding>,
    is_guess: bool,
}

impl Found {
    fn wished(name: &str) -> Result<Self, InputError> {
        let encoding = Encoding::for_label(name.as_bytes());
        let encoding = encoding.ok_or_else(|| InputError::UnknownEncoding { name: told(name) })?;
        Ok(Self { encoding: (encoding != UTF_8).then_some(encoding), is_guess: false })
    }

    fn in_sample(sample: &[u8]) -> Result<Self, InputError> {
        if let Some((encoding, _)) = Encoding::for_bom(sample) {
            let is_wide = encoding != UTF_8;
            return Ok(Self { encoding: is_wide.then_some(encoding), is_guess: is_wide });
        }
        if let Some(wide) = wide(sample) {
            return Ok(Self { encoding: Some(wide), is_guess: true });
        }
        if let Some((what, advice)) = binary(sample) {
            return Err(InputError::NotText { what, advice });
        }
        let is_utf_8 = match str::from_utf8(sample) {
            Ok(_) => true,
            // A character that the end of the sample cuts in two is none that is wrong.
            Err(error) => error.error_len().is_none(),
        };
        if is_utf_8 {
            return Ok(Self { encoding: None, is_guess: false });
        }
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        detector.feed(sample, sample.len() < SAMPLE);
        Ok(Self { encoding: Some(detector.guess(None, Utf8Detection::Deny)), is_guess: true })
    }

    fn assumed(&self) -> Option<String> {
        let encoding = self.encoding.filter(|_| self.is_guess)?;
        let name = match encoding.name() {
            "windows-1252" => "Windows-1252 (Latin-1)",
            name => name,
        };
        Some(format!("The input is not UTF-8; it is read as {name}. If that is wrong, name another with --encoding."))
    }
}

/// UTF-16 without a mark: of most pairs exactly one byte is zero, and always the same one.
fn wide(sample: &[u8]) -> Option<&'static Encoding> {
    let pairs = sample.len() / 2;
    let zeros = |from: usize| sample.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    let most = pairs * 7 / 10;
    match (first, second) {
        _ if pairs < 2 => None,
        (0, second) if second > most => Some(UTF_16LE),
        (first, 0) if first > most => Some(UTF_16BE),
        _ => None,
    }
}

/// What a file without text is, as far as its first bytes tell, and what to do instead.
fn binary(sample: &[u8]) -> Option<(&'static str, &'static str)> {
    if sample.starts_with(b"PK\x03\x04") {
        return Some(("a packed file, such as an Excel workbook", "save the sheet as CSV, or open it in the window."));
    }
    if sample.starts_with(b"\xd0\xcf\x11\xe0") {
        return Some(("an old Excel or Word file", "save the sheet as CSV, or open it in the window."));
    }
    if sample.starts_with(b"%PDF-") {
        return Some(("a PDF", "ask for the list as CSV or text."));
    }
    if sample.starts_with(b"\x1f\x8b") {
        return Some(("a packed file (gzip)", "unpack it first, for example with gunzip -c FILE | … --input -"));
    }
    memchr(0, sample).map(|_| ("binary", "name a text file with one SKU a line, or a CSV file and --column."))
}

/// Lines of a text, whatever ends them; blank ones are left out, and nothing else is changed.
struct TextLines<R> {
    reader: BufReader<R>,
    has_more: Arc<AtomicBool>,
    is_over: bool,
}

impl<R: Read> TextLines<R> {
    fn of(reader: R, has_more: Arc<AtomicBool>) -> Self {
        Self { reader: BufReader::with_capacity(SAMPLE, reader), has_more, is_over: false }
    }

    /// The next line without its end, and its length; at most [`LONGEST_LINE`] bytes of it are kept.
    fn next_line(&mut self) -> io::Result<Option<(Vec<u8>, u64)>> {
        let (mut line, mut length) = (Vec::new(), 0);
        loop {
            let buffer = match self.reader.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if buffer.is_empty() {
                return Ok((length > 0).then_some((line, length)));
            }
            let end = memchr2(b'\n', b'\r', buffer);
            let part = &buffer[..end.unwrap_or(buffer.len())];
            length += part.len() as u64;
            line.extend_from_slice(&part[..part.len().min(LONGEST_LINE.saturating_sub(line.len()))]);
            let used = end.map_or(buffer.len(), |end| end + 1);
            self.reader.consume(used);
            if end.is_some() {
                return Ok(Some((line, length)));
            }
        }
    }
}

impl<R: Read> Iterator for TextLines<R> {
    type Item = Result<Line, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.is_over {
            let (line, length) = match self.next_line() {
                Ok(Some(line)) => line,
                Ok(None) => break,
                Err(error) => {
                    self.is_over = true;
                    return Some(Err(InputError::Broken(error)));
                }
            };
            let line =
                if length > LONGEST_LINE as u64 { Some(Line::too_long(&line, length)) } else { Line::read(line) };
            if let Some(line) = line {
                // What follows the last line end in memory may be no whole line, and must not be waited for.
                let rest = self.reader.buffer();
                let whole = rest.iter().position(|byte| !matches!(byte, b'\n' | b'\r'));
                let has_more = whole.is_some_and(|start| memchr2(b'\n', b'\r', &rest[start..]).is_some());
                self.has_more.store(has_more, Ordering::Relaxed);
                return Some(Ok(line));
            }
        }
        self.is_over = true;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(bytes: &[u8], column: Option<&str>) -> Result<Input, InputError> {
        let wish = Wish { column: column.map(str::to_owned), ..Wish::default() };
        Input::of(Box::new(Cursor::new(bytes.to_vec())), Greed::Whole, &wish)
    }

    fn lines(bytes: &[u8]) -> Vec<String> {
        open(bytes, None).unwrap().all().iter().map(|line| line.shown().to_owned()).collect()
    }

    fn column(text: &str, name: &str) -> Result<Vec<String>, String> {
        let input = open(text.as_bytes(), Some(name)).map_err(|error| error.to_string())?;
        input.lines.map(|line| line.map(|line| line.shown().to_owned()).map_err(|error| error.to_string())).collect()
    }

    fn wide_bytes(text: &str, to: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to).collect()
    }

    #[test]
    fn p1_lines_end_in_any_way_and_nothing_else_is_changed() {
        assert_eq!(lines(b"A\r\n\r\n B \rC\n\nD"), ["A", " B ", "C", "D"]);
        assert_eq!(lines("\u{feff}A\n\u{feff}B".as_bytes()), ["A", "\u{feff}B"]);
        assert!(lines(b" \n\t\r\n").is_empty());
    }

    #[test]
    fn p1_every_usual_encoding_gives_the_same_skus_and_a_guess_is_told() {
        let text = "KABEL 3×1,5 m\r\nGRÖSSE-7\r\n00012345\r\n";
        let expected = ["KABEL 3×1,5 m", "GRÖSSE-7", "00012345"];
        let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        let marked = format!("\u{feff}{text}");
        for (bytes, assumed) in [
            (text.as_bytes().to_vec(), None),
            (marked.as_bytes().to_vec(), None),
            (wide_bytes(&marked, u16::to_le_bytes), Some("UTF-16LE")),
            (wide_bytes(&marked, u16::to_be_bytes), Some("UTF-16BE")),
            (wide_bytes(text, u16::to_le_bytes), Some("UTF-16LE")),
            (latin, Some("Windows-1252 (Latin-1)")),
        ] {
            assert_eq!(lines(&bytes), expected, "{assumed:?}");
            let told = open(&bytes, None).unwrap().notes.into_iter().next();
            match assumed {
                Some(name) => assert!(told.as_ref().is_some_and(|told| told.contains(name)), "{told:?}"),
                None => assert_eq!(told, None),
            }
        }
    }

    #[test]
    fn an_encoding_can_be_named() {
        let wish = |name: &str| Wish { encoding: Some(name.into()), ..Wish::default() };
        let read = |name: &str| Input::of(Box::new(Cursor::new(b"\xb9\n".to_vec())), Greed::Whole, &wish(name));
        assert_eq!(read("windows-1250").unwrap().all(), [Line::Sku("ą".into())]);
        assert!(matches!(read("klingon"), Err(InputError::UnknownEncoding { .. })));
    }

    #[test]
    fn p5_a_wrong_byte_far_behind_costs_its_own_line_alone() {
        let mut bytes = "Ä-1\n".repeat(SAMPLE / 4).into_bytes();
        bytes.extend_from_slice(b"B\xfc\nC\n");
        let lines = open(&bytes, None).unwrap().all();
        let [.., bad, good] = lines.as_slice() else { panic!("{} lines", lines.len()) };
        assert_eq!(*bad, Line::Unfit { shown: "B\u{fffd}".into(), why: QueryError::NotUtf8 });
        assert_eq!(*good, Line::Sku("C".into()));
    }

    #[test]
    fn p1_a_letter_that_was_replaced_is_never_asked_for_whatever_the_encoding() {
        let bad = |shown: &str| Line::Unfit { shown: shown.into(), why: QueryError::NotUtf8 };
        let good = |sku: &str| Line::Sku(sku.into());
        let marked = b"\xef\xbb\xbfsku;x\nB\xfc;1\nC;2\n";
        let unparted = Wish { separator: Some(Delimiter::None), ..Wish::default() };
        let read = Input::of(Box::new(Cursor::new(marked.to_vec())), Greed::Whole, &unparted).unwrap();
        assert_eq!(read.all(), [good("sku;x"), bad("B\u{fffd};1"), good("C;2")]);
        assert_eq!(open(marked, Some("sku")).unwrap().all(), [bad("B\u{fffd}"), good("C")]);
        // Half a pair of UTF-16, with a mark and without.
        let mut wide = wide_bytes("\u{feff}AAA\n", u16::to_le_bytes);
        wide.extend([0x01, 0xd8]);
        wide.extend(wide_bytes("B\nCCC\n", u16::to_le_bytes));
        assert_eq!(open(&wide, None).unwrap().all(), [good("AAA"), bad("\u{fffd}B"), good("CCC")]);
        assert_eq!(open(&wide[2..], None).unwrap().all(), [good("AAA"), bad("\u{fffd}B"), good("CCC")]);
        for (name, bytes) in [("utf-8", &b"\xef\xbb\xbfA\nB\xfc\n"[..]), ("shift_jis", b"A\nB\xfc\n")] {
            let wish = Wish { encoding: Some(name.into()), ..Wish::default() };
            let read = Input::of(Box::new(Cursor::new(bytes.to_vec())), Greed::Whole, &wish).unwrap();
            assert_eq!(read.all(), [good("A"), bad("B\u{fffd}")], "{name}");
        }
        // One that stands in the list itself was replaced by nobody here.
        assert_eq!(open("\u{feff}A\u{fffd}\n".as_bytes(), None).unwrap().all(), [good("A\u{fffd}")]);
    }

    #[test]
    fn p5_a_line_without_end_is_one_bad_row_that_takes_no_memory() {
        let bytes = format!("A\n{}\nB\n", "x".repeat(1_000_000));
        let lines = open(bytes.as_bytes(), None).unwrap().all();
        assert_eq!((lines.len(), &lines[0], &lines[2]), (3, &Line::Sku("A".into()), &Line::Sku("B".into())));
        let Line::Unfit { shown, why } = &lines[1] else { panic!("{:?}", lines[1]) };
        assert_eq!((shown.chars().count(), why), (65, &QueryError::TooLong { length: 1_000_000 }));
    }

    #[test]
    fn what_is_no_text_is_named() {
        for (bytes, word) in [
            (&b"PK\x03\x04\x14\0"[..], "Excel"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel"),
            (b"%PDF-1.7\n", "PDF"),
            (b"\x1f\x8b\x08\0", "gzip"),
            (b"A\nB\0\0C\x01", "binary"),
        ] {
            let error = open(bytes, None).err().unwrap().to_string();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn p1_a_column_is_found_by_name_or_number_whatever_parts_the_cells() {
        let comma = "name,SKU,note\r\n\"Cable, 3 m\",00012345,\"two\nlines\"\r\nx,\"A \"\"B\"\"\",\r\nshort\r\n";
        assert_eq!(column(comma, "sku").unwrap(), ["00012345", "A \"B\""]);
        assert_eq!(column(comma, "2").unwrap(), ["00012345", "A \"B\""]);
        assert_eq!(column("a;sku\n1;X\n", "sku").unwrap(), ["X"]);
        assert_eq!(column("a\tsku\n1\tX\n", "sku").unwrap(), ["X"]);
        assert_eq!(column("\u{feff}sku\nX\n", "sku").unwrap(), ["X"]);
        let missing = column(comma, "article").unwrap_err();
        assert!(missing.contains("“article”") && missing.contains("“name”, “SKU”, “note”"), "{missing}");
    }

    #[test]
    fn a_quote_that_is_never_closed_does_not_swallow_the_file() {
        let text = format!("sku\nA\n\"B\n{}", "C\n".repeat(2_000_000));
        let error = column(&text, "sku").unwrap_err();
        assert!(error.contains("line 3") && error.contains("never closed"), "{error}");
    }
}
