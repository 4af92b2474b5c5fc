//! Lists out of real files, good and bad: each fault has its own sentence that says what to do, and costs nothing that was there.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use quantaprice_explorer::lists::damage::Kind;
use quantaprice_explorer::lists::headings::Header;
use quantaprice_explorer::lists::reading::Form;
use quantaprice_explorer::lists::revision::Repeats;
use quantaprice_explorer::lists::{
    Delimiter, ListError, Reading, Revision, Source, Stored, TextEncoding, Watch, Wish, read, revise,
};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

/// A folder with files in it.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

fn open(path: &Path) -> Result<Reading, ListError> {
    open_with(path, &Wish::default())
}

fn open_with(path: &Path, wish: &Wish) -> Result<Reading, ListError> {
    let watch = Watch::default();
    read(&Source::open(path, &watch)?, wish, &watch)
}

fn skus(reading: &Reading) -> Vec<&str> {
    reading.items.iter().map(|item| item.sku.as_str()).collect()
}

fn revision(reading: &Reading) -> Revision {
    revise(&reading.items, &reading.source, &[], Repeats::Keep, &Watch::default()).unwrap()
}

fn kinds(reading: &Reading) -> Vec<(Kind, usize)> {
    revision(reading).found.iter().map(|found| (found.kind, found.places.len())).collect()
}

#[test]
fn p5_a_stray_quote_in_a_list_swallows_no_sku_and_is_said() {
    let text = "name,sku\n\"5\"\" pipe,A-1\nDesk,A-2\n\"Chair\",A-3\nLamp,A-4\n";
    let files = Files::new();
    let reading = open(&files.write("list.csv", text)).unwrap();
    assert_eq!(skus(&reading), ["A-1", "A-2", "A-3", "A-4"]);
    assert!(reading.notes.iter().any(|note| note.contains("quotes were read as letters")), "{:?}", reading.notes);
}

#[test]
fn p1_the_same_list_is_read_from_every_encoding_and_line_end() {
    let files = Files::new();
    let text = "sku;name\r\n00042;Größe\rKABEL 3×1,5 m;Kabel\nA/B+C#7;\"Ein \"\"Ding\"\"\nmit Umbruch\"\r\n";
    let wide = |to: fn(u16) -> [u8; 2]| format!("\u{feff}{text}").encode_utf16().flat_map(to).collect::<Vec<u8>>();
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    for (name, bytes, encoding) in [
        ("utf8.csv", text.as_bytes().to_vec(), TextEncoding::UTF_8),
        ("bom.csv", format!("\u{feff}{text}").into_bytes(), TextEncoding::UTF_8),
        ("le.csv", wide(u16::to_le_bytes), TextEncoding::UTF_16_LE),
        ("be.csv", wide(u16::to_be_bytes), TextEncoding::UTF_16_BE),
        ("latin.csv", latin, TextEncoding::WINDOWS_1252),
    ] {
        let reading = open(&files.write(name, bytes)).unwrap();
        assert_eq!(skus(&reading), ["00042", "KABEL 3×1,5 m", "A/B+C#7"], "{name}");
        assert_eq!(reading.form, Form::Text { encoding, delimiter: Delimiter::Semicolon }, "{name}");
        assert_eq!(reading.source, format!("{name}, column sku"));
        let said = encoding != TextEncoding::UTF_8;
        assert_eq!(!reading.notes.is_empty(), said, "{name}: {:?}", reading.notes);
    }
}

#[test]
fn each_bad_file_has_its_own_sentence() {
    let files = Files::new();
    let missing = files.0.path().join("missing.csv");
    let huge = files.write("huge.csv", "");
    std::fs::File::options().write(true).open(&huge).unwrap().set_len(201 * 1024 * 1024).unwrap();
    let workbook = workbook();
    let cases: Vec<(PathBuf, &str)> = vec![
        (missing, "There is no file “missing.csv”"),
        (files.0.path().to_path_buf(), "is a folder. Choose a file in it."),
        (files.write("empty.csv", ""), "“empty.csv” is empty"),
        (files.write("blank.txt", " \r\n\t\n"), "“blank.txt” is empty"),
        (files.write("picture.csv", b"\x89PNG\r\n\x1a\n\0\0"), "is a picture (PNG), not a list"),
        (files.write("program.csv", [b'a', 0, 1, 2, 0, 255, 0, 9]), "is a file that holds no text"),
        (
            files.write("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more"),
            "is an old Office file in which no Excel sheet can be read",
        ),
        (files.write("half.xlsx", &workbook[..workbook.len() / 2]), "is a damaged spreadsheet"),
        (files.write("packed.zip", zip_of("readme.txt")), "is a packed file (ZIP), not a list"),
        (files.write("letter.docx", zip_of("word/document.xml")), "is a Word document, not a list"),
        (files.write("hollow.xlsx", zip_of("xl/workbook.xml")), "is a damaged spreadsheet"),
        (files.write("long.txt", "x".repeat(1_000_000)), "Row 1 has 1000000 characters in one cell"),
        (huge, "larger than 200 MB"),
    ];
    for (path, sentence) in cases {
        let error = open(&path).expect_err(&path.display().to_string()).to_string();
        assert!(error.contains(sentence), "{}: {error}", path.display());
    }
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_and_one_that_is_a_pipe_are_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let files = Files::new();
    assert!(matches!(open(Path::new("/dev/null")), Err(ListError::NotAFile { .. })));
    let secret = files.write("secret.csv", "A-1\n");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o000)).unwrap();
    // The superuser may read all; then there is nothing to see here.
    if std::fs::File::open(&secret).is_err() {
        assert_eq!(open(&secret).unwrap_err(), ListError::NoPermission { name: "secret.csv".into() });
    }
}

fn zip_of(name: &str) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    writer.write_all(b"no more than this").unwrap();
    writer.finish().unwrap().into_inner()
}

fn workbook() -> Vec<u8> {
    let mut workbook = Workbook::new();
    let notes = workbook.add_worksheet();
    notes.set_name("Empty").unwrap();
    let sheet = workbook.add_worksheet();
    sheet.set_name("Assortment").unwrap();
    for (column, name) in ["Name", "Article no.", "Price"].into_iter().enumerate() {
        sheet.write(0, column as u16, name).unwrap();
    }
    let date = Format::new().set_num_format("yyyy-mm-dd");
    sheet.write(1, 0, "Lamp").unwrap();
    sheet.write(1, 1, "00042").unwrap();
    sheet.write(1, 2, 12.1).unwrap();
    sheet.write(2, 1, 123).unwrap();
    sheet.write(3, 1, 1.234_567_890_123_45e17).unwrap();
    sheet.write_with_format(4, 1, ExcelDateTime::parse_from_str("2026-03-01").unwrap(), &date).unwrap();
    sheet.write(5, 0, "Without a number").unwrap();
    sheet.write(7, 1, "KABEL 3×1,5 m").unwrap();
    workbook.save_to_buffer().unwrap()
}

#[test]
fn p1_a_spreadsheet_s_text_stays_text_and_its_numbers_are_told() {
    let files = Files::new();
    // Its name does not matter: people rename files.
    for name in ["assortment.xlsx", "assortment.csv"] {
        let reading = open(&files.write(name, workbook())).unwrap();
        let cells: Vec<_> = reading.items.iter().map(|item| (item.sku.as_str(), item.row, item.stored)).collect();
        assert_eq!(cells, ARTICLES);
        assert_eq!((reading.empty, reading.header), (1, Header::FirstRow));
        assert_eq!(reading.form, Form::Workbook { sheets: vec!["Empty".into(), "Assortment".into()], sheet: 1 });
        assert_eq!(reading.source, format!("{name}, sheet Assortment, column Article no."));
        assert_eq!(kinds(&reading), [(Kind::Date, 1), (Kind::LongNumber, 1), (Kind::StoredNumber, 1)]);
        let empty = open_with(&files.write(name, workbook()), &Wish { sheet: Some(0), ..Wish::default() });
        assert_eq!(empty.unwrap_err(), ListError::EmptySheet { sheet: "Empty".into() });
    }
}

/// The SKUs of the workbook in the tests, whatever its format: each with its row and how it is stored.
const ARTICLES: [(&str, u32, Stored); 5] = [
    ("00042", 2, Stored::Text),
    ("123", 3, Stored::Number),
    ("123456789012345000", 4, Stored::LongNumber),
    ("2026-03-01", 5, Stored::Date),
    ("KABEL 3×1,5 m", 8, Stored::Text),
];

/// Saved by `LibreOffice`.
const OLD_WORKBOOK: &[u8] = include_bytes!("lists/assortment.xls");
const OPEN_WORKBOOK: &[u8] = include_bytes!("lists/assortment.ods");

#[test]
fn p1_the_old_excel_format_and_opendocument_are_read_like_xlsx() {
    let files = Files::new();
    for (name, bytes) in [("assortment.xls", OLD_WORKBOOK), ("assortment.ods", OPEN_WORKBOOK)] {
        let reading = open(&files.write(name, bytes)).unwrap();
        let cells: Vec<_> = reading.items.iter().map(|item| (item.sku.as_str(), item.row, item.stored)).collect();
        assert_eq!(cells, ARTICLES, "{name}");
        assert_eq!((reading.empty, reading.header), (1, Header::FirstRow), "{name}");
        assert_eq!(reading.source, format!("{name}, sheet Assortment, column Article no."));
    }
    let letter = files.write("letter.odt", zip_of("content.xml"));
    assert!(open(&letter).unwrap_err().to_string().contains("is an OpenDocument file without sheets, not a list"));
    let half = files.write("half.ods", &OPEN_WORKBOOK[..OPEN_WORKBOOK.len() / 2]);
    assert!(matches!(open(&half), Err(ListError::DamagedWorkbook { .. })));
}

#[test]
fn a_cell_beyond_the_last_column_is_damage_and_takes_no_room() {
    let mut book = Workbook::new();
    book.add_worksheet().write_string(0, 0, "A-1").unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let mut sheets = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut odd = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for index in 0..sheets.len() {
        let mut part = sheets.by_index(index).unwrap();
        let name = part.name().unwrap().to_string();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        odd.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        odd.write_all(text.replace("r=\"A1\"", "r=\"ZZZZZ1\"").as_bytes()).unwrap();
    }
    let files = Files::new();
    let path = files.write("far.xlsx", odd.finish().unwrap().into_inner());
    assert_eq!(open(&path), Err(ListError::DamagedWorkbook { name: "far.xlsx".into(), part: "a cell" }));
}

/// Writes the workbook from which the files in `tests/lists` are made, by `soffice --headless --convert-to xls` and `ods`.
#[test]
#[ignore = "needed only to make them anew"]
fn the_workbook_for_other_programs() {
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("assortment.xlsx"), workbook()).unwrap();
}

#[test]
fn no_flipped_byte_in_a_spreadsheet_is_a_crash() {
    let xlsx = workbook();
    let mut random = fastrand::Rng::with_seed(4);
    for turn in 0..600 {
        let whole = [&xlsx[..], OLD_WORKBOOK, OPEN_WORKBOOK][turn % 3];
        let mut bytes = whole.to_vec();
        for _ in 0..random.usize(1..8) {
            let at = random.usize(..bytes.len());
            bytes[at] = random.u8(..);
        }
        let _ = read(&Source::of("a.xlsx", bytes), &Wish::default(), &Watch::default());
    }
}

#[test]
fn p1_a_column_of_emoji_is_a_list_like_any_other() {
    let files = Files::new();
    let reading = open(&files.write("emoji.csv", "👩‍🔧\n🏳️‍🌈\n🧾\n")).unwrap();
    assert_eq!(skus(&reading), ["👩‍🔧", "🏳️‍🌈", "🧾"]);
    assert_eq!(kinds(&reading), []);
}

#[test]
fn p1_twenty_megabytes_are_read_in_the_order_of_the_file() {
    let files = Files::new();
    let mut text = String::from("name,sku,price\n");
    for number in 0..450_000 {
        writeln!(text, "\"Thing, with a longish name\",{number:08},12.10\r").unwrap();
    }
    assert!(text.len() > 20_000_000);
    let reading = open(&files.write("large.csv", &text)).unwrap();
    assert_eq!(reading.items.len(), 450_000);
    assert_eq!((reading.items[449_999].sku.as_str(), reading.items[449_999].row), ("00449999", 450_001));
    let revision = revision(&reading);
    assert_eq!((revision.duplicates.unique, revision.found.len()), (450_000, 0));
}

#[test]
fn a_ticket_s_damaged_list_is_told_kind_by_kind() {
    let text = "sku\nPRODUCT-001\nPRODUCT-002\nPRODUCT-003\nPRODUCT-004\nPRODUCT-O19\n1.23E+10\nPRODUCT\u{a0}005\n\
                \u{420}RODUCT-006\n 00042 \n\"\"\"PRODUCT-007\"\"\"\nPRODUCT-001\nsku\n";
    let reading = read(&Source::of("ticket.csv", text.into()), &Wish::default(), &Watch::default()).unwrap();
    assert_eq!(
        kinds(&reading),
        [
            (Kind::Scientific, 1),
            (Kind::Invisible, 1),
            (Kind::Spaces, 1),
            (Kind::Quotes, 1),
            (Kind::LookAlike, 1),
            (Kind::LetterForDigit, 1),
        ]
    );
    assert_eq!(revision(&reading).duplicates.extra, 1);
}
