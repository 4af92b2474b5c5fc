//! Exports, read back by other libraries: exactly the rows and columns of the sheet, texts as texts, decimals as written.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use calamine::{Data, Reader, Xlsx, open_workbook};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use quantaprice_explorer::batch::{RunHeader, RunKind};
use quantaprice_explorer::export::{
    ByteOrderMark, ExportError, Format, LineEnd, Options, Progress, Receipt, ReceiptFacts, Separator, WithReceipt,
    Written, export,
};
use quantaprice_explorer::keys::{Environment, ProfileId};
use quantaprice_explorer::sheet::{Cell, CellKind, Head, Sheet};
use quantaprice_explorer::whole_file::{Existing, NotWritten};

/// A cell with what it holds.
#[derive(Debug, Clone, PartialEq)]
enum Kept {
    Absent,
    Text(String),
    Decimal(String),
    Integer(i64),
}

#[derive(Debug)]
struct Rows {
    heads: Vec<Head>,
    rows: Vec<Vec<Kept>>,
}

impl Sheet for Rows {
    fn heads(&self) -> &[Head] {
        &self.heads
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        match &self.rows[row][column] {
            Kept::Absent => Cell::Absent,
            Kept::Text(text) => Cell::text(text),
            Kept::Decimal(text) => Cell::Decimal(text.into()),
            Kept::Integer(number) => Cell::Integer(*number),
        }
    }
}

fn heads() -> Vec<Head> {
    vec![
        Head::new("sku", "SKU", CellKind::Text),
        Head::new("amount", "Amount", CellKind::Decimal),
        Head::new("elapsed_ms", "Time, ms", CellKind::Integer),
        Head::new("price_list", "Price list", CellKind::Text),
    ]
}

fn row(sku: &str, amount: &str, millis: i64, list: Option<&str>) -> Vec<Kept> {
    let list = list.map_or(Kept::Absent, |list| Kept::Text(list.to_owned()));
    vec![Kept::Text(sku.to_owned()), Kept::Decimal(amount.to_owned()), Kept::Integer(millis), list]
}

const SKUS: [&str; 8] =
    ["00012345", "=1+1", "1E5", "👩‍🔧", "KABEL 3×1,5 m", "a\"b;c\td", "https://x.example", "2026-11-24"];
const AMOUNTS: [&str; 8] = ["12.10", "0.1000", "1e2", "-3", "0.00", "1234567890123456.78", "139", "00012.1"];

fn awkward() -> Rows {
    let rows = SKUS.iter().zip(AMOUNTS).enumerate();
    let rows = rows.map(|(index, (sku, amount))| row(sku, amount, index as i64, (index % 2 == 0).then_some("@SUM")));
    Rows { heads: heads(), rows: rows.collect() }
}

fn facts() -> ReceiptFacts {
    let run = RunHeader {
        kind: RunKind::Batch,
        started: "2026-11-24T14:26:41Z".parse().unwrap(),
        profile: ProfileId::random(),
        profile_name: "Retail EU".to_owned(),
        environment: Environment::Production,
        api_url: "https://api.quantaprice.com/api/v1".to_owned(),
        token_url: String::new(),
        client_id: String::new(),
        field_map: None,
        parameters: vec![("tax_area".to_owned(), "SE".to_owned())],
        source: "assortment.csv, column sku".to_owned(),
        count: 8,
    };
    ReceiptFacts { what: "Prices".to_owned(), runs: vec![run], view: vec![("Filter".to_owned(), "Priced".to_owned())] }
}

fn try_export(sheet: &dyn Sheet, options: Options, path: &Path, existing: Existing) -> Result<Written, ExportError> {
    let facts = facts();
    let receipt = Receipt {
        facts: &facts,
        written: "2026-11-24T15:00:00Z".parse().unwrap(),
        zone: TimeZone::UTC,
        file: path.file_name().unwrap().to_string_lossy().into_owned(),
        rows: sheet.len(),
        columns: sheet.heads().len(),
    };
    export(sheet, &receipt, &options, path, existing, &Progress::default())
}

fn exported(sheet: &Rows, options: Options) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("prices.{}", options.format.extension()));
    try_export(sheet, options, &path, Existing::Keep).unwrap();
    (folder, path)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn csv_records(path: &Path, delimiter: u8) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter).from_path(path).unwrap();
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// What a text is in a CSV.
fn harmless(text: &str) -> String {
    quantaprice_explorer::prices::formula::harmless(text).into_owned()
}

#[test]
fn p6_a_csv_holds_exactly_the_rows_and_columns_in_their_order() {
    let sheet = awkward();
    for (separator, byte) in [(Separator::Comma, b','), (Separator::Semicolon, b';'), (Separator::Tab, b'\t')] {
        let (_folder, path) = exported(&sheet, Options { format: Format::Csv, separator, ..Options::default() });
        let records = csv_records(&path, byte);
        assert_eq!(records[0], ["sku", "amount", "elapsed_ms", "price_list"]);
        assert_eq!(records.len(), SKUS.len() + 1);
        for (index, record) in records[1..].iter().enumerate() {
            let list = if index % 2 == 0 { "'@SUM" } else { "" };
            let expected = [harmless(SKUS[index]), AMOUNTS[index].into(), index.to_string(), list.into()];
            assert_eq!(record[..], expected);
        }
    }
}

#[test]
fn a_csv_ends_its_lines_and_begins_as_it_was_asked() {
    let sheet = Rows { heads: heads(), rows: vec![row("A", "1", 2, None)] };
    let text = |mark, line_end| {
        let (_folder, path) = exported(&sheet, Options { format: Format::Csv, mark, line_end, ..Options::default() });
        std::fs::read_to_string(path).unwrap()
    };
    assert_eq!(text(ByteOrderMark::Without, LineEnd::CrLf), "sku,amount,elapsed_ms,price_list\r\nA,1,2,\r\n");
    assert_eq!(text(ByteOrderMark::With, LineEnd::Lf), "\u{feff}sku,amount,elapsed_ms,price_list\nA,1,2,\n");
}

#[test]
fn p6_what_is_called_a_decimal_and_is_none_cannot_run_and_a_field_of_the_body_cannot_either() {
    let heads = vec![Head::new("=cmd", "=cmd", CellKind::Decimal), Head::new("a", "a", CellKind::Text)];
    let sheet = Rows { heads, rows: vec![vec![Kept::Decimal("=1+1".into()), Kept::Text("-2".into())]] };
    let (_folder, path) = exported(&sheet, Options { format: Format::Csv, ..Options::default() });
    assert_eq!(csv_records(&path, b','), [["'=cmd", "a"], ["'=1+1", "'-2"]]);
}

#[test]
fn p2_ndjson_has_decimals_as_strings_and_null_for_what_is_absent() {
    let heads = [heads(), vec![Head::new("amount", "amount in the body", CellKind::Text)]].concat();
    let cells = |sku, amount| [row(sku, amount, 84, None), vec![Kept::Text(String::new())]].concat();
    let sheet = Rows { heads, rows: vec![cells("=1+1", "1e2"), cells("👩‍🔧\"\u{1}", "12.10")] };
    let (_folder, path) = exported(&sheet, Options { format: Format::Ndjson, ..Options::default() });
    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            r#"{"sku":"=1+1","amount":"1e2","elapsed_ms":84,"price_list":null,"amount_2":""}"#,
            "{\"sku\":\"👩‍🔧\\\"\\u0001\",\"amount\":\"12.10\",\"elapsed_ms\":84,\"price_list\":null,\"amount_2\":\"\"}",
        ]
    );
}

#[test]
fn p1_p2_in_a_workbook_texts_are_texts_and_decimals_are_numbers_where_that_keeps_them() {
    let sheet = awkward();
    let (folder, path) = exported(&sheet, Options::default());
    assert_eq!(names(folder.path()), ["prices.xlsx"], "the receipt is inside");
    let mut workbook: Xlsx<_> = open_workbook(&path).unwrap();
    assert_eq!(workbook.sheet_names(), ["Prices", "Receipt"]);
    let range = workbook.worksheet_range("Prices").unwrap();
    assert_eq!(range.height(), SKUS.len() + 1);
    for (index, (sku, amount)) in SKUS.iter().zip(AMOUNTS).enumerate() {
        let at = |column| range.get((index + 1, column)).unwrap_or(&Data::Empty);
        assert_eq!(at(0), &Data::String((*sku).to_owned()));
        let as_number = !["1e2", "1234567890123456.78", "00012.1"].contains(&amount);
        let expected = if as_number { Data::Float(amount.parse().unwrap()) } else { Data::String(amount.to_owned()) };
        assert_eq!(at(1), &expected);
        assert_eq!(at(2), &Data::Float(index as f64));
        let list = if index % 2 == 0 { Data::String("@SUM".to_owned()) } else { Data::Empty };
        assert_eq!(at(3), &list);
    }
    assert_eq!(workbook.worksheet_formula("Prices").unwrap().used_cells().count(), 0, "nothing runs");
    let receipt = workbook.worksheet_range("Receipt").unwrap();
    let lines: Vec<String> =
        receipt.rows().map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>().join(": ")).collect();
    for expected in [
        "What: Prices",
        "Written: 2026-11-24 15:00:00 +00:00 (15:00:00 UTC)",
        "Rows: 8",
        "Filter: Priced",
        "Profile: Retail EU",
        "Environment: Production",
        "API host: api.quantaprice.com",
        "Parameters: tax_area=SE",
        "List: assortment.csv, column sku",
        concat!("Program: Quantaprice Explorer ", env!("CARGO_PKG_VERSION")),
    ] {
        assert!(lines.iter().any(|line| line == expected), "{expected} in {lines:#?}");
    }
}

#[test]
fn a_large_workbook_has_every_row_too() {
    let count = 25_000;
    let rows = (0..count).map(|index| row(&format!("{index:08}"), "12.10", index, None)).collect();
    let sheet = Rows { heads: heads(), rows };
    let (folder, path) = exported(&sheet, Options::default());
    assert_eq!(names(folder.path()), ["prices.xlsx"]);
    let mut workbook: Xlsx<_> = open_workbook(&path).unwrap();
    let range = workbook.worksheet_range("Prices").unwrap();
    assert_eq!(range.height(), 25_001);
    assert_eq!(range.get((25_000, 0)), Some(&Data::String("00024999".to_owned())));
    assert_eq!(range.get((25_000, 1)), Some(&Data::Float(12.1)));
}

#[test]
fn the_receipt_of_a_csv_is_a_file_beside_it_and_can_be_left_out() {
    let sheet = awkward();
    let (folder, _path) = exported(&sheet, Options { format: Format::Csv, ..Options::default() });
    assert_eq!(names(folder.path()), ["prices.csv", "prices.csv.receipt.json"]);
    let text = std::fs::read_to_string(folder.path().join("prices.csv.receipt.json")).unwrap();
    let receipt: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((receipt["file"].as_str(), receipt["rows"].as_u64()), (Some("prices.csv"), Some(8)));
    assert_eq!(receipt["runs"][0]["environment"], "Production");
    assert_eq!(receipt["runs"][0]["parameters"][0]["name"], "tax_area");
    let receipt = WithReceipt::Without;
    let (folder, _path) = exported(&sheet, Options { format: Format::Csv, receipt, ..Options::default() });
    assert_eq!(names(folder.path()), ["prices.csv"]);
}

#[test]
fn a_file_that_is_there_is_replaced_only_by_wish_and_its_receipt_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let options = Options { format: Format::Csv, ..Options::default() };
    std::fs::write(&path, "old").unwrap();
    let refused = try_export(&awkward(), options, &path, Existing::Keep);
    assert_eq!(refused, Err(NotWritten::Exists(path.clone()).into()));
    std::fs::remove_file(&path).unwrap();
    let note = folder.path().join("a.csv.receipt.json");
    std::fs::write(&note, "old").unwrap();
    let refused = try_export(&awkward(), options, &path, Existing::Keep);
    assert_eq!(refused, Err(NotWritten::Exists(note.clone()).into()));
    assert_eq!(names(folder.path()), ["a.csv.receipt.json"]);
    try_export(&awkward(), options, &path, Existing::Replace).unwrap();
    assert_ne!(std::fs::read_to_string(&note).unwrap(), "old");
}

/// What happens to the file's place while its rows are written.
struct Meanwhile<F>(Rows, F);

impl<F: Fn() + Send + Sync> Sheet for Meanwhile<F> {
    fn heads(&self) -> &[Head] {
        self.0.heads()
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        (self.1)();
        self.0.cell(row, column)
    }
}

#[test]
fn p6_a_file_that_cannot_be_replaced_keeps_its_receipt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prices.csv");
    let note = folder.path().join("prices.csv.receipt.json");
    let options = Options { format: Format::Csv, ..Options::default() };
    for old in [Some("old"), None] {
        if let Some(old) = old {
            std::fs::write(&note, old).unwrap();
        }
        // A folder that is not empty cannot be replaced by a file.
        let sheet = Meanwhile(awkward(), || _ = std::fs::create_dir_all(path.join("in the way")));
        try_export(&sheet, options, &path, Existing::Replace).unwrap_err();
        assert_eq!(std::fs::read_to_string(&note).ok().as_deref(), old);
        assert_eq!(names(folder.path()).len(), 1 + usize::from(old.is_some()), "{:?}", names(folder.path()));
        std::fs::remove_dir_all(&path).unwrap();
        let _gone = std::fs::remove_file(&note);
    }
}

#[test]
fn p6_a_file_replaced_without_a_receipt_does_not_keep_another_s() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prices.csv");
    let options = Options { format: Format::Csv, ..Options::default() };
    try_export(&awkward(), options, &path, Existing::Keep).unwrap();
    let without = Options { receipt: WithReceipt::Without, ..options };
    try_export(&awkward(), without, &path, Existing::Replace).unwrap();
    assert_eq!(names(folder.path()), ["prices.csv"]);
}

#[test]
fn only_a_full_disk_is_called_a_full_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prices.xlsx");
    let sheet = Meanwhile(awkward(), || panic!("a fault of this program"));
    let options = Options { format: Format::Xlsx, ..Options::default() };
    let said = try_export(&sheet, options, &path, Existing::Keep).unwrap_err().to_string();
    assert!(said.contains("could not be written") && !said.contains("full"), "{said}");
    assert!(names(folder.path()).is_empty());
}

#[test]
fn a_stopped_export_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for format in Format::ALL {
        let path = folder.path().join("a");
        let (facts, sheet) = (facts(), awkward());
        let receipt = Receipt {
            facts: &facts,
            written: jiff::Timestamp::UNIX_EPOCH,
            zone: TimeZone::UTC,
            file: "a".to_owned(),
            rows: 1,
            columns: 1,
        };
        let progress = Progress::default();
        progress.stop();
        let options = Options { format, ..Options::default() };
        let stopped = export(&sheet, &receipt, &options, &path, Existing::Keep, &progress);
        assert_eq!(stopped, Err(ExportError::Stopped));
        assert!(names(folder.path()).is_empty());
    }
}

/// The limit of a file's size stands for a full disk. It is the whole process's, so the test runs itself again as a child.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_gets_full_is_said_and_leaves_no_half_file() {
    const FOLDER: &str = "EXPORT_TEST_FOLDER";
    if let Ok(folder) = std::env::var(FOLDER) {
        let rows = (0..25_000).map(|index| row(&format!("{index:08}"), "12.10", index, None)).collect();
        let sheet = Rows { heads: heads(), rows };
        for format in Format::ALL {
            let path = Path::new(&folder).join(format!("a.{}", format.extension()));
            let options = Options { format, ..Options::default() };
            let failed = try_export(&sheet, options, &path, Existing::Replace).unwrap_err();
            println!("SAID {failed}");
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), "old").unwrap();
    let program = std::env::current_exe().unwrap();
    // 64 blocks of 1,024 bytes; the signal that goes with the limit is ignored, so that writing fails as on a full disk.
    let script = "trap '' XFSZ; ulimit -f 64; exec \"$0\" --exact a_disk_that_gets_full_is_said_and_leaves_no_half_file --nocapture";
    let output = std::process::Command::new("bash")
        .args(["-c", script])
        .arg(&program)
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let said: Vec<&str> = text.lines().filter_map(|line| line.split_once("SAID ").map(|(_, said)| said)).collect();
    let expected = format!("The disk of {} is full; nothing was left there.", folder.path().display());
    assert_eq!(said, [expected.as_str(); 3], "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(names(folder.path()), ["a.csv"]);
    assert_eq!(std::fs::read_to_string(folder.path().join("a.csv")).unwrap(), "old");
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,12}",
        "[=+@\t\r\n\"',; -]{1,4}[0-9a-z]{0,4}",
        "0{0,6}[0-9]{1,20}",
        "[0-9]{1,3}[eE][+-]?[0-9]{1,3}",
        "(TRUE|FALSE|NULL|#N/A|1/2|12:30|2026-11-24|_x0041_)",
    ]
}

fn any_rows() -> impl Strategy<Value = Rows> {
    let amount = "-?[0-9]{1,18}(\\.[0-9]{1,18})?([eE][+-]?[0-9]{1,2})?";
    let cells = (any_text(), amount, any::<i64>(), proptest::option::of(any_text()));
    proptest::collection::vec(cells, 0..8).prop_map(|cells| {
        let rows = cells.into_iter().map(|(sku, amount, number, list)| row(&sku, &amount, number, list.as_deref()));
        Rows { heads: heads(), rows: rows.collect() }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn p6_any_text_survives_a_csv(sheet in any_rows()) {
        let (_folder, path) = exported(&sheet, Options { format: Format::Csv, ..Options::default() });
        let records = csv_records(&path, b',');
        prop_assert_eq!(records.len(), sheet.len() + 1);
        for (record, row) in records[1..].iter().zip(&sheet.rows) {
            for (cell, kept) in record.iter().zip(row) {
                let expected = match kept {
                    Kept::Absent => String::new(),
                    Kept::Text(text) => harmless(text),
                    Kept::Decimal(text) => text.clone(),
                    Kept::Integer(number) => number.to_string(),
                };
                prop_assert_eq!(cell, &expected);
            }
        }
    }

    #[test]
    fn p6_any_text_survives_ndjson(sheet in any_rows()) {
        let (_folder, path) = exported(&sheet, Options { format: Format::Ndjson, ..Options::default() });
        let text = std::fs::read_to_string(path).unwrap();
        let lines: Vec<&str> = text.split_terminator('\n').collect();
        prop_assert_eq!(lines.len(), sheet.len());
        for (line, row) in lines.iter().zip(&sheet.rows) {
            let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
            prop_assert_eq!(object.len(), row.len());
            for (value, kept) in object.values().zip(row) {
                let expected = match kept {
                    Kept::Absent => serde_json::Value::Null,
                    Kept::Text(text) | Kept::Decimal(text) => text.clone().into(),
                    Kept::Integer(number) => (*number).into(),
                };
                prop_assert_eq!(value, &expected);
            }
        }
    }

    #[test]
    fn p1_p2_any_text_and_decimal_survive_a_workbook(sheet in any_rows()) {
        let (_folder, path) = exported(&sheet, Options::default());
        let mut workbook: Xlsx<_> = open_workbook(&path).unwrap();
        let range = workbook.worksheet_range("Prices").unwrap();
        for (index, row) in sheet.rows.iter().enumerate() {
            for (column, kept) in row.iter().enumerate() {
                let cell = range.get_value((index as u32 + 1, column as u32)).unwrap_or(&Data::Empty);
                match (kept, cell) {
                    (Kept::Absent, Data::Empty) => {}
                    (Kept::Text(text), Data::Empty) => prop_assert_eq!(text, ""),
                    // The reader does not undo the escapes of control characters, and XML makes one line end of each.
                    (Kept::Text(text), Data::String(read)) => {
                        if !text.contains(['\r', '\u{0}']) && !text.contains("_x") && !text.chars().any(char::is_control) {
                            prop_assert_eq!(read, text);
                        }
                    }
                    (Kept::Decimal(text), Data::String(read)) => prop_assert_eq!(read, text),
                    (Kept::Decimal(text), Data::Float(number)) => {
                        let digits = text.split_once('.').map_or(0, |(_, digits)| digits.len());
                        prop_assert_eq!(&format!("{number:.digits$}"), text);
                    }
                    (Kept::Integer(number), Data::Float(read)) => prop_assert_eq!(number.to_string(), read.to_string()),
                    (Kept::Integer(number), Data::String(read)) => prop_assert_eq!(&number.to_string(), read),
                    (kept, cell) => prop_assert!(false, "{kept:?} became {cell:?}"),
                }
            }
        }
    }
}

/// Leaves an XLSX and a CSV in `target/tmp/exports`, for other programs to open.
#[test]
fn files_for_other_programs() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("exports");
    std::fs::create_dir_all(&folder).unwrap();
    for format in Format::ALL {
        let path = folder.join(format!("prices.{}", format.extension()));
        let options = Options { format, ..Options::default() };
        let written = try_export(&awkward(), options, &path, Existing::Replace).unwrap();
        assert_eq!(written.rows, SKUS.len());
    }
}
