//! Bad input and bad places to write to, by the window's own way: dropped on it, and exported from it. Each is said with what to do,
//! and what was there before stays.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod base;
#[path = "support/keychain.rs"]
mod keychain;
#[path = "support/window.rs"]
mod window;

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use egui::accesskit::Role;
use quantaprice_explorer::app::batch::BatchAction;
use quantaprice_explorer::app::lists::ListAction;
use quantaprice_explorer::app::save::SaveAction;
use quantaprice_explorer::app::{Action, Opening, PricesMode};
use quantaprice_explorer::keys::Settings;
use window::{Setup, Window};

/// 200 MB as this program counts them.
const LARGEST: u64 = 200 * 1024 * 1024;

/// Drops a file on the window and waits for whatever comes of it.
fn drop_file(window: &mut Window, path: &Path) {
    window.drop_files(&[path]);
    let started = Instant::now();
    while window.app().list.is_busy() {
        window.step();
        std::thread::sleep(Duration::from_millis(5));
        assert!(started.elapsed() < Duration::from_secs(240), "{} was never read", path.display());
    }
    window.settle();
}

fn write(window: &Window, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = window.folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn act(window: &mut Window, action: Action) {
    window.harness.state_mut().app.apply(action);
    window.step();
}

fn paste(window: &mut Window, text: &str) {
    act(window, Action::List(ListAction::Paste(text.to_owned())));
    window.until("the list", |window| window.app().list.ready().is_some());
}

fn ready(window: &Window) -> Vec<String> {
    window.app().list.ready().map(|list| list.skus.iter().map(ToString::to_string).collect()).unwrap_or_default()
}

fn wide(text: &str, to: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to).collect()
}

#[test]
fn p1_a_list_in_any_encoding_with_any_line_ends_is_dropped_and_read() {
    let mut window = Window::open(Setup::default());
    let text = "sku;name\r\n00042;Größe\rKABEL 3×1,5 m;Kabel\nA/B+C#7;Ding\r\n";
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    for (name, bytes, said) in [
        ("le.csv", wide(&format!("\u{feff}{text}"), u16::to_le_bytes), "Read as UTF-16 LE."),
        ("be.csv", wide(&format!("\u{feff}{text}"), u16::to_be_bytes), "Read as UTF-16 BE."),
        ("latin.csv", latin, "Read as Windows-1252 (Latin-1)."),
        ("mixed.csv", text.as_bytes().to_vec(), "mixed.csv, column sku"),
    ] {
        let path = write(&window, name, bytes);
        drop_file(&mut window, &path);
        window.assert_says(said);
        assert_eq!(ready(&window), ["00042", "KABEL 3×1,5 m", "A/B+C#7"], "{name}");
    }
    let path = write(&window, "emoji.csv", "👩‍🔧\n🏳️‍🌈\n🧾\n");
    drop_file(&mut window, &path);
    assert_eq!(ready(&window), ["👩‍🔧", "🏳️‍🌈", "🧾"]);
    // A formula is a text here; an export makes it harmless (P6).
    let path = write(&window, "formula.csv", "sku\n=1+1\n@SUM(A1)\n");
    drop_file(&mut window, &path);
    assert_eq!(ready(&window), ["=1+1", "@SUM(A1)"]);
}

#[test]
fn each_bad_file_is_said_with_what_to_do_and_leaves_the_list_that_was_there() {
    let mut window = Window::open(Setup::default());
    paste(&mut window, "A-1\nA-2\n");
    let mut program = b"\x7fELF\x02\x01\x01\0".to_vec();
    program.extend((0..4096_u32).map(|byte| (byte % 251) as u8));
    let too_large = write(&window, "too-large.csv", "");
    std::fs::File::options().write(true).open(&too_large).unwrap().set_len(LARGEST + 1).unwrap();
    for (path, said, advice) in [
        (write(&window, "empty.csv", ""), "“empty.csv” is empty.", "Choose a file with SKUs in it."),
        (write(&window, "program.csv", program), "“program.csv” is a program, not a list.", "Save the list as CSV"),
        (
            write(&window, "noise.csv", [1, 0, 2, 0, 0, 3, 255, 0]),
            "is a file that holds no text",
            "Save the list as CSV",
        ),
        (write(&window, "line.txt", "x".repeat(1_000_000)), "Row 1 has 1000000 characters", "Choose another separator"),
        (too_large, "“too-large.csv” is larger than 200 MB.", "or split the file"),
        (window.folder.path().to_path_buf(), "is a folder.", "Choose a file in it."),
    ] {
        drop_file(&mut window, &path);
        window.assert_says(said);
        window.assert_says(advice);
        assert_eq!(ready(&window), ["A-1", "A-2"], "{}", path.display());
    }
    // A good one clears the fault away.
    let path = write(&window, "good.txt", "B-1\n");
    drop_file(&mut window, &path);
    window.assert_silent("is a folder.");
    assert_eq!(ready(&window), ["B-1"]);
}

#[test]
fn p1_two_hundred_megabytes_are_dropped_and_read_while_frames_go_on() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("two-hundred-megabytes.csv");
    let mut out = BufWriter::new(std::fs::File::create(&path).unwrap());
    let padding = "a text that makes the line long ".repeat(12);
    out.write_all(b"name,sku\n").unwrap();
    let (mut written, mut rows) = (9, 0_u32);
    let line = padding.len() as u64 + 14;
    while written + line <= LARGEST {
        writeln!(out, "\"{padding}\",{rows:010}").unwrap();
        (written, rows) = (written + line, rows + 1);
    }
    drop(out);
    assert!(std::fs::metadata(&path).unwrap().len() <= LARGEST && written > LARGEST - line);
    let mut window = Window::open(Setup::default());
    drop_file(&mut window, &path);
    std::fs::remove_file(&path).unwrap();
    let list = window.app().list.ready().unwrap();
    assert_eq!(list.skus.len(), rows as usize);
    assert_eq!(list.skus.last().unwrap().as_str(), format!("{:010}", rows - 1));
}

/// A run over the sandbox that has ended, with the dialog for its export.
fn exporting(count: usize, settings: Settings) -> Window {
    exporting_list(&"PRODUCT-001\n=1+1\n".repeat(count / 2), settings)
}

fn exporting_list(text: &str, settings: Settings) -> Window {
    let mut window = Window::open(Setup { opening: Opening::Sandbox, settings, ..Setup::default() });
    window.until("the sandbox", |window| window.app().active_profile().is_some());
    act(&mut window, Action::ShowPrices(PricesMode::Batch));
    paste(&mut window, text);
    act(&mut window, Action::List(ListAction::ApplyAll));
    window.until("the list", |window| !window.app().list.is_busy());
    act(&mut window, Action::Batch(BatchAction::SetAtOnce(64)));
    act(&mut window, Action::Batch(BatchAction::Start));
    window
        .until("the end", |window| window.app().batch.progress().is_some_and(|progress| progress.standing.is_ended()));
    window.until("the rows", |window| window.has_button("Export…") && window.is_enabled("Export…"));
    window.click("Export…");
    window.until("the proposed path", |window| window.app().save.suggested().is_some());
    window
}

fn save_here(window: &mut Window, path: &Path) {
    window.focus("Save as");
    window.key_with(egui::Modifiers::COMMAND, egui::Key::A);
    window.type_into("Save as", path.to_str().unwrap());
    window.click("Save here");
    window.until("the end of saving", |window| !window.app().save.is_saving());
}

#[test]
fn p6_line_ends_are_chosen_and_the_last_choices_come_back_after_a_restart() {
    let mut window = exporting(4, Settings::default());
    window.click_role(Role::RadioButton, "CSV");
    window.click_role(Role::RadioButton, "Semicolon ;");
    window.click_role(Role::RadioButton, "LF (Unix)");
    let path = window.folder.path().join("prices.csv");
    save_here(&mut window, &path);
    window.assert_says("saved as");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains('\n') && !text.contains('\r') && text.lines().next().unwrap().contains(';'), "{text}");
    assert!(text.contains("'=1+1"), "{text}");
    let kept = window.app().settings.clone();
    let file = window.folder.path().join("settings.toml");
    let is_written = |_: &Window| std::fs::read_to_string(&file).is_ok_and(|text| text.contains("line_end = \"lf\""));
    window.until("the settings on disk", is_written);
    let again = exporting(2, Settings { export: kept.export, ..Settings::default() });
    assert_eq!(again.app().save.options, kept.export);
    again.assert_says("Semicolon ;");
}

#[test]
fn what_was_corrected_and_left_out_is_in_the_receipt_with_its_line() {
    let mut window = exporting_list("PRODUCT-001\n1.23E+10\n PRODUCT-002\n", Settings::default());
    window.click_role(Role::RadioButton, "CSV");
    let path = window.folder.path().join("prices.csv");
    save_here(&mut window, &path);
    window.assert_says("saved as");
    // What stands in the customer's file goes with the answer; where it does not differ, the cell is empty.
    let text = std::fs::read_to_string(&path).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').take(3).collect()).collect();
    assert_eq!(rows[0], ["position", "sku", "as_given"], "{text}");
    assert_eq!(rows[1], ["1", "PRODUCT-001", ""], "{text}");
    assert_eq!(rows.last().unwrap(), &["2", "PRODUCT-002", "‹space›PRODUCT-002"], "{text}");
    let receipt = std::fs::read(window.folder.path().join("prices.csv.receipt.json")).unwrap();
    let receipt: serde_json::Value = serde_json::from_slice(&receipt).unwrap();
    let skus = &receipt["corrections"]["skus"];
    assert_eq!(skus[0], serde_json::json!({"line": 2, "as_given": "1.23E+10", "looked_up": []}));
    assert_eq!(skus[1], serde_json::json!({"line": 3, "as_given": "‹space›PRODUCT-002", "looked_up": ["PRODUCT-002"]}));
    // The history keeps the counts with the run.
    assert_eq!(receipt["runs"][0]["list"], "Pasted list (left out 1, trimmed 1)");
    assert_eq!(receipt["corrections"]["in_words"], "left out 1, trimmed 1");
}

#[test]
fn p6_to_replace_a_file_is_asked_for_one_path_and_one_format() {
    let mut window = exporting(4, Settings::default());
    window.click_role(Role::RadioButton, "XLSX");
    let path = window.folder.path().join("prices.xlsx");
    save_here(&mut window, &path);
    window.assert_says("saved as");
    let workbook = std::fs::read(&path).unwrap();
    let ask = |window: &mut Window| {
        save_here(window, &path);
        window.assert_says("prices.xlsx already.");
        assert!(window.part(Role::Link, "Replace it").is_some());
    };
    ask(&mut window);
    // With another format it would be another file.
    window.click_role(Role::RadioButton, "CSV");
    window.step();
    assert!(window.part(Role::Link, "Replace it").is_none());
    window.assert_silent("already.");
    act(&mut window, Action::Save(SaveAction::Replace));
    window.until("nothing", |window| !window.app().save.is_saving());
    assert_eq!(std::fs::read(&path).unwrap(), workbook);
    // So it would be under another name.
    window.click_role(Role::RadioButton, "XLSX");
    ask(&mut window);
    window.type_into("Save as", "x");
    window.step();
    assert!(window.part(Role::Link, "Replace it").is_none());
    assert_eq!(std::fs::read(&path).unwrap(), workbook);
    // The one that was asked about is replaced.
    ask(&mut window);
    window.click_role(Role::Link, "Replace it");
    window.until_said("saved as");
}

#[cfg(target_os = "linux")]
#[test]
fn an_export_to_where_one_may_not_write_is_said_and_can_go_elsewhere() {
    let mut window = exporting(4, Settings::default());
    window.click_role(Role::RadioButton, "CSV");
    // Not even the superuser may make a file there.
    save_here(&mut window, Path::new("/proc/prices.csv"));
    let problem = window.app().save.problem.clone().expect("nothing can be written in /proc");
    assert!(problem.sentence.contains("/proc") && !problem.hint.is_empty(), "{problem:?}");
    window.assert_says(&problem.sentence);
    window.assert_says(&problem.hint);
    let nowhere = window.folder.path().join("no/such/folder/prices.csv");
    save_here(&mut window, &nowhere);
    window.assert_says("does not exist.");
    window.assert_says("Choose a folder that is there.");
    let path = window.folder.path().join("prices.csv");
    save_here(&mut window, &path);
    window.assert_says("saved as");
    assert!(path.is_file());
}

/// The limit of a file's size stands for a full disk. It is the whole process's, so the test runs itself again as a child.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_during_an_export_is_said_and_leaves_nothing() {
    const CHILD: &str = "FULL_DISK_TEST";
    if std::env::var_os(CHILD).is_some() {
        let mut settings = Settings::default();
        settings.history.keep = quantaprice_explorer::keys::settings::Keeping::ThisRun;
        let mut window = exporting(2000, settings);
        window.click_role(Role::RadioButton, "CSV");
        let path = window.folder.path().join("prices.csv");
        save_here(&mut window, &path);
        window.assert_says("is full; nothing was left there.");
        window.assert_says("Make room, or choose another disk.");
        let left: Vec<_> =
            std::fs::read_dir(window.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.iter().all(|name| name.to_string_lossy().starts_with("settings")), "{left:?}");
        // The rows are there still, and can go elsewhere.
        assert!(window.is_enabled("Save here"));
        println!("SAID");
        return;
    }
    let name = "a_disk_that_fills_up_during_an_export_is_said_and_leaves_nothing";
    // 64 blocks of 1,024 bytes; the signal that goes with the limit is ignored, so that writing fails as on a full disk.
    let script = format!("trap '' XFSZ; ulimit -f 64; exec \"$0\" --exact {name} --nocapture");
    let output = std::process::Command::new("bash")
        .args(["-c", &script])
        .arg(std::env::current_exe().unwrap())
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("SAID"), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
}
