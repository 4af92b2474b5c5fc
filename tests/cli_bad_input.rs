//! Lists as they come from other programs and from accidents: each is read as it was meant, or said to be what it is.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/counting.rs"]
mod counting;
#[path = "support/program.rs"]
mod program;

use std::os::unix::fs::PermissionsExt;
use std::process::{Output, Stdio};
use std::time::Duration;

use counting::Counting;
use program::{Bench, code, err, lines, out, skus};

struct Desk {
    bench: Bench,
    server: Counting,
}

impl Desk {
    fn new() -> Self {
        Self { bench: Bench::new(), server: Counting::start(Duration::ZERO, |_, _| (200, "")) }
    }

    fn look_up(&self, bytes: &[u8], arguments: &[&str]) -> Output {
        let path = self.bench.home.path().join("list.csv");
        std::fs::write(&path, bytes).unwrap();
        let given = ["lookup", "--format", "ndjson", "--input", path.to_str().unwrap()];
        let mut command = self.bench.program(&[&given[..], arguments].concat());
        self.server.serve(&mut command);
        command.output().unwrap()
    }
}

fn wide(text: &str, to: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to).collect()
}

#[test]
fn p1_utf_16_and_latin_1_lists_are_read_and_what_was_assumed_is_said() {
    let desk = Desk::new();
    let text = "00012345\r\nGRÖSSE-7\r\nKABEL 3×1,5 m\r\n";
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let marked = format!("\u{feff}{text}");
    for (bytes, said) in [
        (wide(&marked, u16::to_le_bytes), "UTF-16LE"),
        (wide(text, u16::to_be_bytes), "UTF-16BE"),
        (latin.clone(), "Windows-1252 (Latin-1)"),
        (marked.into_bytes(), ""),
    ] {
        let output = desk.look_up(&bytes, &[]);
        assert_eq!(code(&output), 0, "{}", err(&output));
        assert_eq!(skus(out(&output)), ["00012345", "GRÖSSE-7", "KABEL 3×1,5 m"], "{said}");
        assert!(err(&output).contains(said) && err(&output).is_empty() == said.is_empty(), "{}", err(&output));
    }
    let output = desk.look_up(&latin, &["--encoding", "latin1"]);
    assert_eq!((skus(out(&output))[1].as_str(), err(&output)), ("GRÖSSE-7", ""));
    let output = desk.look_up(&latin, &["--encoding", "klingon"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("“klingon” is no encoding"), "{}", err(&output));
}

#[test]
fn p1_mixed_line_ends_emoji_and_formulas_are_skus_like_others() {
    let desk = Desk::new();
    let output = desk.look_up("A\r\nB\rC\n\n\n🦊🦊\n=1+1\n@SUM(A1)\n\"Q\"\n".as_bytes(), &[]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert_eq!(skus(out(&output)), ["A", "B", "C", "🦊🦊", "=1+1", "@SUM(A1)", "\"Q\""]);
    assert_eq!(desk.server.by_sku()["%3D1%2B1"], 1);
}

#[test]
fn p5_a_line_of_a_million_characters_is_one_failed_row() {
    let desk = Desk::new();
    let output = desk.look_up(format!("A\n{}\nB\n", "x".repeat(1_000_000)).as_bytes(), &[]);
    assert_eq!(code(&output), 1, "{}", err(&output));
    let rows = lines(out(&output));
    assert_eq!(
        rows.iter().map(|row| row["outcome"].as_str().unwrap()).collect::<Vec<_>>(),
        ["priced", "failed", "priced"]
    );
    assert!(rows[1]["error"]["message"].as_str().unwrap().contains("1000000 bytes long"), "{}", rows[1]);
    assert!(out(&output).len() < 4096 && desk.server.count() == 2);
}

#[test]
fn what_is_no_list_is_said_to_be_what_it_is_and_nothing_is_asked() {
    let desk = Desk::new();
    for (bytes, said) in [
        (&b""[..], "holds no SKU"),
        (b"\r\n \n\t\n", "holds no SKU"),
        (b"PK\x03\x04\x14\0\x06\0", "an Excel workbook"),
        (b"\x7fELF\x02\x01\x01\0\0\0", "no text"),
        (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", "a PDF"),
    ] {
        let output = desk.look_up(bytes, &[]);
        assert_eq!((code(&output), out(&output)), (2, ""), "{said}");
        assert!(err(&output).contains(said), "{}", err(&output));
    }
    let folder = desk.bench.home.path().to_str().unwrap().to_owned();
    let output = desk.bench.run(&["--sandbox", "lookup", "--input", &folder]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("is a folder"), "{}", err(&output));
    assert_eq!(desk.server.count(), 0);
}

#[test]
fn p1_a_column_of_a_csv_file_is_found_by_its_name() {
    let desk = Desk::new();
    let text = "name;Artikel;note\r\n\"Kabel; 3 m\";00012345;\"two\nlines\"\r\nx;A/B;\r\n";
    let output = desk.look_up(text.as_bytes(), &["--column", "artikel"]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert_eq!(skus(out(&output)), ["00012345", "A/B"]);
    let output = desk.look_up(text.as_bytes(), &["--column", "sku"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("“name”, “Artikel”, “note”"), "{}", err(&output));
    let open = format!("sku\nA\n\"B\n{}", "C\n".repeat(1_000_000));
    let output = desk.look_up(open.as_bytes(), &["--column", "sku"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("never closed"), "{}", err(&output));
    assert_eq!(skus(out(&output)), ["A"], "what came before it is answered");
}

#[test]
fn p5_a_stray_quote_swallows_no_sku_in_silence() {
    let desk = Desk::new();
    let text = "name,sku\n\"5\"\" pipe,A-1\nDesk,A-2\n\"Chair\",A-3\nLamp,A-4\n";
    for text in [text, "name,sku\nLamp,A-4\n\"5 pipe,A-1\nDesk,A-2\n"] {
        let output = desk.look_up(text.as_bytes(), &["--column", "sku"]);
        assert_eq!(code(&output), 2, "{}", out(&output));
        assert!(err(&output).contains("quotation mark in or after line"), "{}", err(&output));
        assert!(out(&output).is_empty() || skus(out(&output)) == ["A-4"], "{}", out(&output));
    }
}

#[test]
fn p5_a_column_by_number_keeps_its_first_row_unless_that_names_columns() {
    let desk = Desk::new();
    for (text, column, expected, said) in [
        ("A-1,x\nA-2,y\n", "1", ["A-1", "A-2"].as_slice(), "looked up like the others"),
        ("Article no.,name\nA-1,x\nA-2,y\n", "1", &["A-1", "A-2"], "column 1 is “Article no.”"),
        ("1,2\nA-1,x\nA-2,y\n", "1", &["A-1", "A-2"], ""),
    ] {
        let output = desk.look_up(text.as_bytes(), &["--column", column]);
        assert_eq!(code(&output), 0, "{}", err(&output));
        assert_eq!(skus(out(&output)), expected);
        assert!(err(&output).contains(said) && err(&output).is_empty() == said.is_empty(), "{}", err(&output));
    }
}

#[test]
fn p1_a_latin_1_table_with_semicolons_is_read_with_its_column() {
    let desk = Desk::new();
    let text = "Kunde;Bezeichnung;Artikelnr.;Preis in Euro\nMüller;Gerät, groß;00012;1,50\nGroß;Stück;00013;2,75\n";
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    for arguments in [
        &["--column", "Artikelnr."][..],
        &["--column", "3"],
        &["--column", "Artikelnr.", "--encoding", "latin1", "--separator", "semicolon"],
        &["--column", "3", "--separator", ";"],
    ] {
        let output = desk.look_up(&latin, arguments);
        assert_eq!(code(&output), 0, "{}", err(&output));
        assert_eq!(skus(out(&output)), ["00012", "00013"], "{arguments:?}");
    }
    let before = desk.server.count();
    let output = desk.look_up(&latin, &[]);
    assert_eq!((code(&output), out(&output), desk.server.count()), (2, "", before));
    assert!(err(&output).contains("--column \"Artikelnr.\""), "{}", err(&output));
    let output = desk.look_up(&latin, &["--separator", "none"]);
    assert_eq!((code(&output), skus(out(&output)).len()), (0, 3));
    // Without headings it may be meant so, and is said.
    let output = desk.look_up(b"A-1;x\nA-2;y\n", &[]);
    assert_eq!((code(&output), skus(out(&output))), (0, vec!["A-1;x".to_owned(), "A-2;y".into()]));
    assert!(err(&output).contains("looks like a table"), "{}", err(&output));
    assert_eq!(code(&desk.look_up(&latin, &["--separator", ";"])), 2, "it goes with a column");
    assert_eq!(code(&desk.look_up(&latin, &["--column", "3", "--separator", "x"])), 2);
}

#[test]
fn p1_skus_that_look_damaged_are_said_in_one_line_and_asked_for_as_they_are() {
    let desk = Desk::new();
    for (text, column) in
        [("A-1\n1.23E+10\nA-2\n4E+12\n", None), ("sku,n\nA-1,x\n1.23E+10,x\n4E+12,x\nA-2,x\n", Some("sku"))]
    {
        let arguments: Vec<&str> = column.into_iter().flat_map(|column| ["--column", column]).collect();
        let output = desk.look_up(text.as_bytes(), &arguments);
        assert_eq!(code(&output), 0, "{}", err(&output));
        assert!(skus(out(&output)).contains(&"1.23E+10".to_owned()));
        let said = "2 SKUs were rounded by a spreadsheet; their digits are lost (the first: “1.23E+10”).";
        assert!(err(&output).contains(said) && err(&output).lines().count() == 1, "{}", err(&output));
    }
}

#[test]
fn p5_a_disk_that_is_full_is_said_and_ends_the_run() {
    let desk = Desk::new();
    // Every write to it fails as one to a full disk does.
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else { return };
    let list = "A\n".repeat(2000);
    let path = desk.bench.home.path().join("list.txt");
    std::fs::write(&path, list).unwrap();
    let mut command = desk.bench.program(&["lookup", "--format", "ndjson", "--input", path.to_str().unwrap()]);
    desk.server.serve(&mut command);
    let output = command.stdout(Stdio::from(full)).output().unwrap();
    assert_eq!(code(&output), 1);
    assert!(err(&output).contains("could not be written") && err(&output).contains("space"), "{}", err(&output));
    assert!(desk.server.count() < 2000, "it does not ask on for nobody");
}

#[test]
fn a_place_that_may_not_be_written_to_is_said_before_anything_is_asked() {
    let desk = Desk::new();
    let folder = desk.bench.home.path().join("locked");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o500)).unwrap();
    let inside = folder.join("answers.ndjson");
    let missing = desk.bench.home.path().join("no-such-folder").join("answers.ndjson");
    // Whoever runs the tests as root may write anywhere.
    let may_write = std::fs::write(&inside, "").is_ok();
    for path in [&inside, &missing].into_iter().skip(usize::from(may_write)) {
        let output = desk.look_up(b"A\n", &["--resume", path.to_str().unwrap()]);
        assert_eq!(code(&output), 2);
        assert!(
            err(&output).contains("could not be opened") && err(&output).contains("answers.ndjson"),
            "{}",
            err(&output)
        );
    }
    assert_eq!(desk.server.count(), 0);
}
