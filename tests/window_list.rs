//! The list in *Batch*, by the words on screen: ways to get one, its column, what looks damaged, and the way back. Leaves pictures
//! in `target/tmp/window-pictures` to be looked at.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod base;
#[path = "support/keychain.rs"]
mod keychain;
#[path = "support/window.rs"]
mod window;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use egui::accesskit::Role;
use egui::{Event, Key};
use egui_kittest::kittest::NodeT;
use quantaprice_explorer::app::Action;
use quantaprice_explorer::app::lists::ListAction;
use quantaprice_explorer::lists::damage::Kind;
use quantaprice_explorer::lists::headings::Header;
use quantaprice_explorer::lists::{Delimiter, TextEncoding};
use window::{CANARY, LOOKS, Server, Setup, Window};

fn batch() -> Window {
    let mut window = Window::open(Setup::default());
    window.click_role(Role::RadioButton, "Batch");
    window
}

fn paste(window: &mut Window, text: &str) {
    window.part(Role::MultilineTextInput, "SKUs, one a line").unwrap().focus();
    window.settle();
    window.harness.event(Event::Paste(text.to_owned()));
    window.until("the list", |window| window.app().list.shown().is_some() && !window.app().list.is_busy());
}

fn settled(window: &mut Window) {
    window.until("the list", |window| !window.app().list.is_busy());
}

fn act(window: &mut Window, action: ListAction) {
    window.harness.state_mut().app.apply(Action::List(action));
    settled(window);
}

fn ready(window: &Window) -> Vec<String> {
    window.app().list.ready().map(|list| list.skus.iter().map(ToString::to_string).collect()).unwrap_or_default()
}

const TICKET: &str = "PRODUCT-001\nPRODUCT-002\nPRODUCT-003\nPRODUCT-004\nPRODUCT-O19\n1.23E+10\nPRODUCT\u{a0}005\n PRODUCT-006\nPRODUCT-001\n";

#[test]
fn p1_a_pasted_list_is_taken_as_it_is_and_said_before_anything_is_sent() {
    let mut window = batch();
    window.assert_says("No list yet");
    paste(&mut window, TICKET);
    let expected: Vec<_> = TICKET.lines().map(str::to_owned).collect();
    assert_eq!(ready(&window), expected);
    window.assert_says("9 SKUs, no lookup measured yet");
    window.assert_says("Pasted list");
    assert!(window.has_button("Look up 9 SKUs"));
}

#[test]
fn a_proposal_changes_nothing_until_it_is_taken_and_is_taken_back_by_undo() {
    let mut window = batch();
    paste(&mut window, TICKET);
    window.assert_says("1 SKU was rounded by a spreadsheet; its digits are lost.");
    window.assert_says("PRODUCT‹no-break space›005");
    window.click("Trim it");
    settled(&mut window);
    assert_eq!(ready(&window)[7], "PRODUCT-006");
    window.assert_says("Trimmed 1 SKU.");
    window.click("Leave it out");
    settled(&mut window);
    assert_eq!(ready(&window).len(), 8);
    window.click("Undo");
    settled(&mut window);
    assert_eq!((ready(&window).len(), ready(&window)[5].as_str()), (9, "1.23E+10"));
    window.click("Undo");
    settled(&mut window);
    let expected: Vec<_> = TICKET.lines().map(str::to_owned).collect();
    assert_eq!(ready(&window), expected);
}

#[test]
fn all_proposals_are_taken_and_taken_back_together() {
    let mut window = batch();
    paste(&mut window, TICKET);
    window.click("Apply all");
    settled(&mut window);
    let mended = ready(&window);
    assert_eq!(mended.len(), 8);
    assert!(mended.contains(&"PRODUCT-019".into()) && mended.contains(&"PRODUCT 005".into()));
    window.click("Undo");
    settled(&mut window);
    assert_eq!(ready(&window).len(), 9);
}

#[test]
fn p1_apply_all_changes_what_was_shown_and_proposes_anew_what_it_uncovers() {
    let mut window = batch();
    paste(&mut window, "00012\n00123\n01234\n17\n 42\n1.23E+10\n");
    window.click("Apply all");
    settled(&mut window);
    assert_eq!(ready(&window), ["00012", "00123", "01234", "00017", "42"]);
    window.assert_says("Left out 1 SKU, trimmed 1, padded 1.");
    window.assert_says("1 SKU may have lost leading zeros.");
    window.click("Pad it");
    settled(&mut window);
    assert_eq!(ready(&window)[4], "00042");
    let source = window.app().list.ready().unwrap().source;
    assert_eq!(source, "Pasted list (left out 1, trimmed 1, padded 2)");
}

#[test]
fn p1_a_chat_message_is_split_and_stripped_by_wish_alone() {
    let mut window = batch();
    paste(&mut window, "Hi Anna, these please:\n• PRODUCT-001\n• PRODUCT-002\nPRODUCT-003, PRODUCT-004\n");
    assert_eq!(ready(&window).len(), 4);
    window.assert_says("1 SKU looks like several SKUs on one line.");
    window.assert_says("2 SKUs: PRODUCT-003 | PRODUCT-004");
    window.assert_says("2 SKUs have a bullet, a number or a quote mark before them");
    window.assert_says("1 SKU looks like words, not like a SKU.");
    window.assert_says("Look first: 1 SKU looks like several SKUs on one line. 2 more things are below.");
    window.click("Apply all");
    settled(&mut window);
    assert_eq!(ready(&window), ["PRODUCT-001", "PRODUCT-002", "PRODUCT-003", "PRODUCT-004"]);
    window.assert_says("Split 1 SKU, stripped 2, left out 1.");
    window.assert_silent("Look first:");
}

#[test]
fn p1_another_separator_takes_back_what_was_agreed_about_another_column() {
    let mut window = batch();
    let path = write(&window, "list.csv", "sku,name;x\n A-1,B-1;y\n A-2,B-2;y\n");
    type_path(&mut window, &path);
    act(&mut window, ListAction::SetDelimiter(Delimiter::Comma));
    act(&mut window, ListAction::Apply(Kind::Spaces));
    assert_eq!(ready(&window), ["A-1", "A-2"]);
    let changes = [
        ListAction::SetDelimiter(Delimiter::Semicolon),
        ListAction::SetEncoding(TextEncoding::UTF_8),
        ListAction::SetHeader(Header::Absent),
    ];
    for change in changes {
        act(&mut window, ListAction::Apply(Kind::Spaces));
        assert!(!window.app().list.shown().unwrap().steps().is_empty());
        act(&mut window, change.clone());
        let shown = window.app().list.shown().unwrap();
        assert!(shown.steps().is_empty(), "{change:?}");
        assert!(ready(&window).iter().any(|sku| sku.starts_with(' ')), "{change:?}: {:?}", ready(&window));
    }
}

#[test]
fn what_is_left_as_it_is_is_not_said_again_until_undo() {
    let mut window = batch();
    paste(&mut window, "A-1\nA-2 \n");
    window.click("Leave as is");
    settled(&mut window);
    window.assert_says("Nothing else looks damaged.");
    assert_eq!(ready(&window)[1], "A-2 ");
    window.click("Undo");
    settled(&mut window);
    window.assert_says("has a space at its start or end");
}

#[test]
fn each_duplicate_is_looked_up_once_on_demand() {
    let mut window = batch();
    paste(&mut window, "A-1\nA-2\nA-1\nA-1\n");
    window.assert_says("1 SKU stands in the list more than once, such as A-1 in rows 1, 3, 4.");
    window.assert_says("2 rows repeat a SKU from above; without them there are 2.");
    window.click_role(Role::RadioButton, "Look up once");
    settled(&mut window);
    assert_eq!(ready(&window), ["A-1", "A-2"]);
    assert!(window.has_button("Look up 2 SKUs"));
}

#[test]
fn every_suspicious_row_can_be_seen() {
    let mut window = batch();
    paste(&mut window, "00012\n00123\n01234\n42\n7\n");
    window.assert_says("2 SKUs may have lost leading zeros.");
    window.click("Show rows");
    let cells = window.cells();
    assert!(cells.windows(3).any(|cells| cells == ["4", "42", "00042"]), "{cells:?}");
    assert!(cells.windows(3).any(|cells| cells == ["5", "7", "00007"]), "{cells:?}");
    window.click("Hide rows");
    assert!(window.cells().is_empty());
}

fn write(window: &Window, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = window.folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn type_path(window: &mut Window, path: &Path) {
    window.paste_into("Path", path.to_str().unwrap());
    window.key(Key::Enter);
    window.until("the file", |window| !window.app().list.is_busy());
}

#[test]
fn a_file_is_opened_by_its_path_and_its_column_chosen_by_keyboard_alone() {
    let mut window = batch();
    let path = write(&window, "assortment.csv", "name;sku;old sku\nLamp;00042;B-1\nDesk;00043;B-2\n");
    type_path(&mut window, &path);
    window.assert_says("assortment.csv, column sku");
    assert_eq!(ready(&window), ["00042", "00043"]);
    window.part(Role::ComboBox, "Column with the SKUs").unwrap().focus();
    window.settle();
    window.key(Key::Enter);
    for _ in 0..8 {
        if window.part(Role::ListBoxOption, "old sku").is_some_and(|option| option.accesskit_node().is_focused()) {
            break;
        }
        window.key(Key::ArrowDown);
    }
    window.key(Key::Enter);
    settled(&mut window);
    window.assert_says("assortment.csv, column old sku");
    assert_eq!(ready(&window), ["B-1", "B-2"]);
}

#[test]
fn a_bad_file_is_said_and_costs_nothing_that_was_there() {
    let mut window = batch();
    let missing = window.folder.path().join("missing.csv");
    type_path(&mut window, &missing);
    window.assert_says("There is no file “missing.csv”.");
    paste(&mut window, "A-1\nA-2\n");
    let picture = write(&window, "picture.csv", b"\x89PNG\r\n\x1a\n");
    window.drop_files(&[&picture]);
    window.until_said("is a picture (PNG), not a list");
    assert_eq!(ready(&window), ["A-1", "A-2"]);
    window.click_role(Role::Link, "Dismiss");
    window.assert_silent("is a picture");
}

#[test]
fn a_file_dropped_anywhere_opens_in_batch() {
    let mut window = Window::open(Setup::default());
    let path = write(&window, "list.txt", "A-1\nA-2\nA-3\n");
    window.harness.input_mut().hovered_files.push(egui::HoveredFile::default());
    window.step();
    window.step();
    window.assert_says("Drop the list here");
    window.harness.input_mut().hovered_files.clear();
    window.drop_files(&[&path]);
    window.until_said("Look up 3 SKUs");
    window.assert_silent("Drop the list here");
}

#[test]
fn of_several_dropped_files_it_is_said_that_one_was_opened() {
    let mut window = Window::open(Setup::default());
    let first = write(&window, "first.txt", "A-1\nA-2\n");
    let second = write(&window, "second.txt", "B-1\n");
    window.drop_files(&[&first, &second]);
    window.until_said("Look up 2 SKUs");
    window.assert_says("2 files were dropped. Only “first.txt” was opened");
    // It is no news over the next list.
    window.drop_files(&[&second]);
    window.until_said("Look up 1 SKU");
    window.assert_silent("files were dropped");
}

#[test]
fn a_workbook_with_a_cover_sheet_says_which_sheet_was_taken_and_offers_the_others() {
    let mut window = batch();
    let path = window.folder.path().join("list.xlsx");
    let mut workbook = rust_xlsxwriter::Workbook::new();
    workbook.add_worksheet().set_name("Deckblatt").unwrap().write(0, 0, "Sortiment Herbst").unwrap();
    let list = workbook.add_worksheet().set_name("Artikel").unwrap();
    for (row, text) in ["sku", "A-100", "A-200"].iter().enumerate() {
        list.write(row as u32, 0, *text).unwrap();
    }
    workbook.save(&path).unwrap();
    type_path(&mut window, &path);
    window.assert_says("Sheet 1 of 2: Deckblatt. It looks like no list; choose another sheet below.");
    assert!(window.part(Role::ComboBox, "Sheet").is_some());
    window.assert_says("The first row");
    assert_eq!(window.app().list.ready().unwrap().source, "list.xlsx, sheet Deckblatt");
    act(&mut window, ListAction::ChooseSheet(1));
    window.assert_says("Sheet 2 of 2: Artikel.");
    window.assert_silent("looks like no list");
    assert_eq!(ready(&window), ["A-100", "A-200"]);
}

#[test]
fn column_and_format_comes_into_sight_when_it_is_opened() {
    let mut window = batch();
    let mut text = TICKET.to_owned();
    text.push_str("#N/A\n'PRODUCT-011\n• PRODUCT-012\nPRODUCT-013, PRODUCT-014\n");
    paste(&mut window, &text);
    let height = window.harness.ctx.content_rect().height();
    window.click("Column and format");
    for _ in 0..30 {
        window.step();
    }
    let sheet = window.part(Role::ComboBox, "Encoding").expect("it is open").rect();
    assert!(sheet.top() >= 0.0 && sheet.bottom() <= height, "{sheet:?} in {height}");
}

#[test]
fn another_list_is_pasted_or_opened_by_its_path_over_the_one_that_is_there() {
    let mut window = batch();
    paste(&mut window, "A-1\nA-2\n");
    window.harness.event(Event::Paste("B-1\nB-2\nB-3\n".to_owned()));
    window.until_said("Look up 3 SKUs");
    assert_eq!(ready(&window), ["B-1", "B-2", "B-3"]);
    // One line alone costs no list: it stands in the box until it is used.
    window.harness.event(Event::Paste("C-1".to_owned()));
    window.until_said("Another list");
    assert_eq!(ready(&window).len(), 3);
    window.click("Use these SKUs");
    window.until_said("Look up 1 SKU");
    window.click("Paste or path");
    let missing = window.folder.path().join("missing.csv");
    type_path(&mut window, &missing);
    window.assert_says("There is no file “missing.csv”.");
    assert_eq!(ready(&window), ["C-1"]);
    let path = write(&window, "list.txt", "D-1\nD-2\n");
    type_path(&mut window, &path);
    assert_eq!(ready(&window), ["D-1", "D-2"]);
}

#[test]
fn k1_k10_a_secret_in_a_list_is_neither_shown_nor_looked_up() {
    let mut window = batch();
    paste(&mut window, &format!("A-1\n{CANARY}\n{CANARY};x\nA-2\n"));
    window.assert_says("look like client secrets or tokens, and are never sent");
    window.click("Show rows");
    if window.has_button("Column and format") {
        window.click("Column and format");
    }
    assert!(!window.accessibility_tree().contains(&CANARY[..16]), "{}", window.screen());
    assert_eq!(ready(&window), ["A-1", "A-2"]);
    window.click("Clear list");
    window.assert_says("No list yet");
    assert!(window.app().list.ready().is_none());
}

#[test]
fn the_estimate_comes_from_what_was_measured() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.look_up_and_wait("PRODUCT-001");
    window.click_role(Role::RadioButton, "Batch");
    paste(&mut window, TICKET);
    window.assert_says("9 SKUs, a few seconds, no token renewal expected.");
}

#[test]
fn a_long_list_is_read_while_frames_go_on() {
    let mut window = batch();
    let mut text = String::with_capacity(3_000_000);
    for number in 0..200_000 {
        writeln!(text, "{number:013}").unwrap();
    }
    let path = write(&window, "long.txt", text);
    window.paste_into("Path", path.to_str().unwrap());
    window.key(Key::Enter);
    let started = std::time::Instant::now();
    let mut slowest = Duration::ZERO;
    while window.app().list.is_busy() {
        let frame = std::time::Instant::now();
        window.step();
        slowest = slowest.max(frame.elapsed());
        std::thread::sleep(Duration::from_millis(5));
        assert!(started.elapsed() < Duration::from_secs(120), "it never came");
    }
    window.settle();
    assert!(window.has_button("Look up 200,000 SKUs"), "{}", window.screen());
    // No figure of this machine: a frame that waited for the file would take as long as the file.
    assert!(slowest < started.elapsed() / 2, "a frame took {slowest:?} of {:?}", started.elapsed());
}

#[test]
fn reading_can_be_cancelled_and_what_was_there_stays() {
    let mut window = batch();
    paste(&mut window, "A-1\nA-2\n");
    let path = write(&window, "large.txt", "PRODUCT-001\n".repeat(900_000));
    window.drop_files(&[&path]);
    window.step();
    if window.has_button("Cancel reading") {
        window.click("Cancel reading");
        assert!(!window.app().list.is_busy());
        assert_eq!(ready(&window), ["A-1", "A-2"]);
    }
}

#[test]
fn pictures_of_a_list_at_every_size() {
    for (size, pixels_per_point, theme, name) in LOOKS {
        let mut window = Window::open(Setup { size, pixels_per_point, theme, ..Setup::default() });
        window.click_role(Role::RadioButton, "Batch");
        window.harness.remove_cursor();
        window.settle();
        window.save_picture(&format!("list-empty-{name}"));
        let path = write(
            &window,
            "assortment-november.csv",
            "Article;sku;Price\nLamp;00012345;12.10\nDesk;00012346;99.00\nChair;00012347;45.50\nCable;12348;1.95\n\
             Rug;PRODUCT-001;5\nSofa;PRODUCT-002;5\nShelf;PRODUCT-003;5\nStool;PRODUCT-020;5\nBin;PRODUCT-O19;5\n\
             Box;1.23E+10;5\nMat;KABEL\u{a0}3×1,5 m;5\nRug;PRODUCT-001;5\nPot;;5\n",
        );
        window.drop_files(&[&path]);
        window.until("the list", |window| window.app().list.shown().is_some() && !window.app().list.is_busy());
        window.harness.remove_cursor();
        window.settle();
        window.save_picture(&format!("list-read-{name}"));
        window.click("Show rows");
        window.click("Leave it out");
        settled(&mut window);
        window.harness.remove_cursor();
        window.settle();
        window.save_picture(&format!("list-rows-{name}"));
    }
}
