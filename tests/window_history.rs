//! *History* in the window: what was looked up is listed, found, opened again, and removed at the user's wish.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/answers.rs"]
mod answers;
#[path = "support/mod.rs"]
mod base;
#[path = "support/keychain.rs"]
mod keychain;
#[path = "support/window.rs"]
mod window;

use std::sync::Arc;
use std::time::Duration;

use compact_str::CompactString;
use egui::Key;
use egui::accesskit::Role;
use jiff::Timestamp;
use quantaprice_explorer::app::drills::Drill;
use quantaprice_explorer::app::history::{HistoryAction, Opened};
use quantaprice_explorer::app::{Action, PricesMode};
use quantaprice_explorer::batch::{Answered, Journal, RunHeader, RunKind, RunState, Shared};
use quantaprice_explorer::history::{AnswerId, FILE_NAME, Keeping, RunJournal};
use quantaprice_explorer::keys::{Environment, ProfileId};
use quantaprice_explorer::prices::{Answer, Body, Lookup};
use window::{LOOKS, Server, Setup, Window};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A single lookup that had this answer.
fn lookup(sku: &str, started: &str, answer: Answer) -> Lookup {
    Lookup {
        sku: sku.to_owned(),
        parameters: Vec::new(),
        outcome: answer.outcome,
        http_status: Some(200),
        started: at(started),
        elapsed: Duration::from_millis(84),
        token_generation: Some(1),
        prices: answer.prices,
        notes: answer.notes,
        body: Some(answer.body),
        error: answer.error,
    }
}

fn header(kind: RunKind, started: &str, profile: &ProfileId, count: usize) -> RunHeader {
    RunHeader {
        kind,
        started: at(started),
        profile: profile.clone(),
        profile_name: "Retail EU".to_owned(),
        environment: Environment::Production,
        api_url: "https://api.quantaprice.com/api/v1".to_owned(),
        token_url: String::new(),
        client_id: String::new(),
        field_map: None,
        parameters: Vec::new(),
        source: String::new(),
        count,
    }
}

/// Puts a single lookup of each of four days, a finished run and one that was cut off into the window's history.
fn seed(window: &Window) {
    let history = window.app().past.kept.clone();
    let profile = ProfileId::random();
    window.block_on(async {
        for (day, amount, list) in [(1, "11.90", "10.40"), (9, "12.10", "10.40"), (16, "12.10", "9.90"), (23, "12.50", "9.90")] {
            let started = format!("2026-11-{day:02}T09:12:00Z");
            let body = format!(
                r#"[{{"pricelist":{{"code":"PL-RETAIL","currency_code":"EUR"}},"price":{amount}}},{{"pricelist":{{"code":"PL-PROJECT","currency_code":"EUR"}},"price":{list}}}]"#
            );
            let answer = Answer::read("PRODUCT-001", 200, None, body.as_bytes());
            let lookup = lookup("PRODUCT-001", &started, answer);
            history.record_single(header(RunKind::Single, &started, &profile, 1), lookup).await.unwrap();
        }
        for (started, source, count, answered, state) in [
            ("2026-11-20T14:00:00Z", "assortment-november.csv, column sku", 24, 24, Some(RunState::Finished)),
            ("2026-11-22T16:40:00Z", "ticket-4711.txt", 1200, 742, None),
        ] {
            let header = RunHeader {
                source: source.to_owned(),
                environment: Environment::Staging,
                profile_name: "Retail EU, staging".to_owned(),
                ..header(RunKind::Batch, started, &ProfileId::random(), count)
            };
            let rows = answers::rows(answered);
            let mut skus: Vec<CompactString> = rows.answered().map(|(_, answered)| answered.sku.clone()).collect();
            skus.resize(count, "NOT-YET".into());
            let run = history.begin_run(header, skus.into()).await.unwrap();
            for place in 0..answered {
                let body = Body::keep(answers::reply(place).1.as_bytes(), None).0;
                run.keep(place, answers::at(place, &mut Shared::default()), Some(body)).await.unwrap();
            }
            if let Some(state) = state {
                run.note(state).await.unwrap();
            }
        }
    });
}

fn show(window: &mut Window) {
    window.harness.state_mut().app.apply(Action::ShowPrices(PricesMode::History));
    window.until("the list", |window| window.app().past.listed.is_some() && !window.app().past.is_searching());
}

fn seeded(setup: Setup) -> Window {
    let mut window = Window::open(setup);
    window.until("the keychain's answer", |window| window.app().keychain_state.is_some());
    seed(&window);
    show(&mut window);
    window
}

fn rows(window: &Window) -> Vec<String> {
    window.all(Role::Row)
}

fn click_row(window: &mut Window, text: &str) {
    let row = rows(window).into_iter().find(|row| row.contains(text)).unwrap_or_else(|| panic!("{:?}", rows(window)));
    window.click_role(Role::Row, &row);
    window.until("the entry", |window| window.app().past.opened.is_some());
}

#[test]
fn before_anything_was_looked_up_the_view_says_what_will_be_there() {
    let mut window = Window::open(Setup::default());
    window.click_role(Role::RadioButton, "History");
    window.until_said("Nothing looked up yet");
    window.assert_tooltip("Clear history…", "There is nothing to clear.");
}

#[test]
fn a_lookup_is_listed_when_it_is_done_and_opens_as_it_was() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.look_up_and_wait("PRODUCT-001");
    window.look_up_and_wait("MISSING-001");
    show(&mut window);
    window.until("both", |window| rows(window).iter().filter(|row| row.contains("Staging SE")).count() == 2);
    let listed = rows(&window);
    let first = listed.iter().position(|row| row.contains("MISSING-001") && row.contains("Unknown SKU")).unwrap();
    let second = listed.iter().position(|row| row.contains("PRODUCT-001") && row.contains("Priced")).unwrap();
    assert!(first < second, "the latest on top: {listed:?}");
    click_row(&mut window, "PRODUCT-001");
    window.assert_says("PL-RETAIL");
    window.assert_says("12.10");
    window.assert_silent("Recorded prices over time");
    window.click("Back to the list");
    window.assert_says("2 entries");
}

#[test]
fn entries_are_found_by_words_and_all_come_back_without_them() {
    let mut window = seeded(Setup::default());
    assert_eq!(window.app().past.listed.as_ref().unwrap().found.all, 6);
    for (words, found) in
        [("4711", 1), ("product-001 priced", 6), ("KABEL", 2), ("2026-11-20", 1), ("retail staging", 2)]
    {
        window.type_into("Search history", words);
        window.until(words, |window| {
            let past = &window.app().past;
            past.words == words && !past.is_searching() && past.listed.as_ref().unwrap().found.all == found
        });
    }
    window.type_into("Search history", "no such thing");
    window.until_said("Nothing found");
    window.click("Show all");
    window.until("all", |window| window.app().past.listed.as_ref().unwrap().found.all == 6);
    assert_eq!(window.field("Search history").value().as_deref().unwrap_or_default(), "");
}

#[test]
fn a_run_opens_with_its_rows_and_bodies() {
    let mut window = seeded(Setup::default());
    click_row(&mut window, "assortment-november.csv");
    window.until_said("KABEL 3×1,5 m");
    window.assert_silent("Resume");
    window.assert_says("Retail EU, staging");
    let Some(Opened::Run(run)) = &window.app().past.opened else { panic!("a run is open") };
    let answer = AnswerId::of(run.id, 6, run.rows.get(6).unwrap());
    window.harness.state_mut().app.apply(Action::History(HistoryAction::FetchBody(answer)));
    window.until("the body", |window| window.app().past.fetched(answer).is_some());
    let body = window.app().past.fetched(answer).unwrap().as_ref().unwrap().as_ref().unwrap();
    assert!(body.text().contains("1e2"));
}

#[test]
fn a_body_of_a_newer_answer_is_never_shown_beside_the_earlier_one() {
    let mut window = seeded(Setup::default());
    let history = window.app().past.kept.clone();
    let header = RunHeader {
        source: "retried.txt".to_owned(),
        ..header(RunKind::Batch, "2026-11-24T08:00:00Z", &ProfileId::random(), 1)
    };
    let answer = |second: i64, amount: &str| {
        let body = format!(r#"{{"price":{amount},"currency":"EUR"}}"#);
        let answered = answers::answered("SKU-1", 200, &body, 80, &mut Shared::default());
        let started = Timestamp::from_second(second).unwrap();
        (Arc::new(Answered { started, ..Arc::unwrap_or_clone(answered) }), Some(Body::keep(body.as_bytes(), None).0))
    };
    let keep = async |run: &RunJournal, (answered, body)| run.keep(0, answered, body).await.unwrap();
    let run = window.block_on(async {
        let run = history.begin_run(header, ["SKU-1".into()].into()).await.unwrap();
        keep(&run, answer(1, "11.90")).await;
        run
    });
    window.until("the run", |window| rows(window).iter().any(|row| row.contains("retried.txt")));
    click_row(&mut window, "retried.txt");
    window.until_said("11.90");
    // Meanwhile its SKU is asked for again.
    window.block_on(keep(&run, answer(2, "77.70")));
    window.click_role(Role::Row, &rows(&window).into_iter().find(|row| row.contains("11.90")).unwrap());
    window.key(Key::Enter);
    window.until_said("asked for again");
    window.assert_silent("77.70");
    window.click("Back to the list");
    click_row(&mut window, "retried.txt");
    window.until_said("77.70");
    window.click_role(Role::Row, &rows(&window).into_iter().find(|row| row.contains("77.70")).unwrap());
    window.key(Key::Enter);
    window.until_said("Copy body");
}

#[test]
fn a_run_that_was_cut_off_is_offered() {
    let mut window = seeded(Setup::default());
    window.assert_says("ticket-4711.txt: cut off at 742 of 1,200.");
    click_row(&mut window, "ticket-4711.txt");
    window.until_said("Back to the list");
    assert!(window.has_button("Resume"));
}

#[test]
fn p2_prices_over_time_are_said_as_they_were_written() {
    let mut window = seeded(Setup::default());
    click_row(&mut window, "PRODUCT-001");
    window.assert_says("Recorded prices over time");
    window.assert_says("PL-RETAIL: 11.90 on 1 Nov 2026");
    window.assert_says("All of them: EUR");
    window.assert_says("9.90 on 23 Nov 2026");
}

#[test]
fn amounts_of_two_currencies_are_drawn_apart_and_asof_is_explained() {
    let mut window = Window::open(Setup::default());
    window.until("the keychain's answer", |window| window.app().keychain_state.is_some());
    let history = window.app().past.kept.clone();
    let profile = ProfileId::random();
    window.block_on(async {
        for (day, as_of) in [(1, None), (9, Some("2026-01-01")), (16, None)] {
            let started = format!("2026-11-{day:02}T09:12:00Z");
            let body = br#"[{"price":12.10,"currency":"EUR"},{"price":135.00,"currency":"SEK"}]"#;
            let answer = Answer::read("PRODUCT-003", 200, None, body);
            let parameters: Vec<_> = as_of.map(|day: &str| ("asOf".to_owned(), day.to_owned())).into_iter().collect();
            let lookup = Lookup { parameters: parameters.clone(), ..lookup("PRODUCT-003", &started, answer) };
            let header = RunHeader { parameters, ..header(RunKind::Single, &started, &profile, 1) };
            history.record_single(header, lookup).await.unwrap();
        }
    });
    show(&mut window);
    click_row(&mut window, "16 Nov 2026");
    window.until_said("Recorded prices of PRODUCT-003 in EUR");
    window.assert_says("Recorded prices of PRODUCT-003 in SEK");
    window.assert_says("stand at the moment at which they were asked for");
    picture(&mut window, "history-two-currencies");
}

#[test]
fn the_prices_of_a_sku_of_a_run_are_drawn_at_its_users_wish() {
    let mut window = seeded(Setup::default());
    let history = window.app().past.kept.clone();
    let profile = ProfileId::random();
    window.block_on(async {
        for (day, amount) in [(1, "11.90"), (9, "12.10")] {
            let started = format!("2026-11-{day:02}T09:12:00Z");
            let header =
                RunHeader { source: format!("list-{day}.txt"), ..header(RunKind::Batch, &started, &profile, 1) };
            let body = format!(r#"{{"price":{amount},"currency":"EUR"}}"#);
            let answered = answers::answered("SKU-1", 200, &body, 80, &mut Shared::default());
            let answered = Arc::new(Answered { started: at(&started), ..Arc::unwrap_or_clone(answered) });
            let run = history.begin_run(header, ["SKU-1".into()].into()).await.unwrap();
            run.keep(0, answered, None).await.unwrap();
            run.note(RunState::Finished).await.unwrap();
        }
    });
    window.until("the runs", |window| rows(window).iter().any(|row| row.contains("list-9.txt")));
    click_row(&mut window, "list-9.txt");
    window.until_said("12.10");
    window.assert_tooltip("Prices over time", "Choose a row first.");
    window.click_role(Role::Row, &rows(&window).into_iter().find(|row| row.contains("12.10")).unwrap());
    window.click("Prices over time");
    window.until_said("Recorded prices of SKU-1 over time");
    window.assert_says("EUR: 11.90 on 1 Nov 2026");
    picture(&mut window, "history-run-over-time");
    window.click("Close prices over time");
    window.until_said("1 row");
    window.assert_silent("Recorded prices of SKU-1");
}

#[test]
fn removing_an_entry_and_clearing_leave_nothing_of_it() {
    let mut window = seeded(Setup::default());
    click_row(&mut window, "assortment-november.csv");
    window.click("Remove from history…");
    window.assert_says("Remove the run “assortment-november.csv, column sku”?");
    window.assert_says("with its 24 answers");
    window.key(Key::Escape);
    window.settle();
    assert!(window.app().past.opened.is_some() && !window.app().past.is_changing(), "Escape leaves it");
    window.click("Remove from history…");
    window.click("Remove it");
    window.until("the removal", |window| window.app().past.listed.as_ref().unwrap().found.all == 5);
    window.assert_says("Removed from the history.");
    window.click("Clear history…");
    window.assert_says("All 5 lookups and runs are removed for good");
    window.key(Key::Escape);
    assert_eq!(window.app().past.listed.as_ref().unwrap().found.all, 5, "Escape leaves it");
    window.click("Clear history…");
    window.click("Clear history");
    window.until_said("Nothing looked up yet");
    window.assert_says("History cleared.");
    let file = std::fs::read(window.data.path().join(FILE_NAME)).unwrap();
    assert!(!file.windows(11).any(|bytes| bytes == b"PRODUCT-001"));
}

#[test]
fn a_limit_for_which_something_has_to_go_is_asked_about() {
    let mut window = seeded(Setup::default());
    let limit = |window: &Window| window.app().settings.history.limit_mb;
    let lower = |window: &mut Window| {
        window.harness.state_mut().app.apply(Action::History(HistoryAction::SetLimit(50)));
        window.settle();
    };
    // What there is takes less: nothing goes.
    lower(&mut window);
    assert_eq!((limit(&window), window.app().question), (50, None));
    window.harness.state_mut().app.apply(Action::History(HistoryAction::SetLimit(500)));
    window.settle();
    window.harness.state_mut().app.past.listed.as_mut().unwrap().size.bytes = 312_000_000;
    lower(&mut window);
    assert_eq!(limit(&window), 500, "the limit stays until the question is answered");
    window.assert_says("Keep only 50 MB of history?");
    window.assert_says("6 entries take 312.0 MB, so about 262.0 MB go for good");
    window.click("Leave it");
    assert_eq!((limit(&window), window.app().question), (500, None));
    window.harness.state_mut().app.past.listed.as_mut().unwrap().size.bytes = 312_000_000;
    lower(&mut window);
    window.click("Remove what is over");
    assert_eq!((limit(&window), window.app().question), (50, None));
}

#[test]
fn clearing_the_history_leaves_no_recent_sku() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.look_up_and_wait("PRODUCT-001");
    assert!(!window.app().active_profile().unwrap().recent_skus.is_empty());
    show(&mut window);
    window.until_said("1 entry");
    window.click("Clear history…");
    window.assert_says("The recent SKUs of all keys go with them.");
    window.click("Clear history");
    window.until_said("Nothing looked up yet");
    assert_eq!(window.app().active_profile().unwrap().recent_skus, Vec::<String>::new());
}

#[test]
fn a_run_whose_key_is_gone_says_so_where_its_button_is() {
    let mut window = seeded(Setup::default());
    window.assert_says("The key “Retail EU, staging” of this run is not there any more.");
    click_row(&mut window, "assortment-november.csv");
    window.until_said("Back to the list");
    window.assert_tooltip(
        "Open in Batch",
        "The key “Retail EU, staging” of this run is not there any more. Start a new run with another key.",
    );
    window.assert_says("The key “Retail EU, staging” of this run is not there any more.");
}

#[test]
fn p2_a_row_says_what_was_asked_and_the_first_price_as_it_was_written() {
    let mut window = seeded(Setup::default());
    let history = window.app().past.kept.clone();
    window.block_on(async {
        let header = RunHeader {
            source: "k2.txt".to_owned(),
            parameters: vec![("tax_area".into(), "SE".into()), ("asOf".into(), "2026-01-01".into())],
            ..header(RunKind::Comparison, "2026-11-24T08:00:00Z", &ProfileId::random(), 1)
        };
        history.begin_run(header, ["SKU-1".into()].into()).await.unwrap();
    });
    window.until("the run", |window| rows(window).iter().any(|row| row.contains("k2.txt")));
    let said = |text: &str| rows(&window).into_iter().find(|row| row.contains(text)).unwrap();
    assert!(said("k2.txt").contains("asOf=2026-01-01&tax_area=SE, compared, 1 SKU"), "{}", said("k2.txt"));
    assert!(said("23 Nov 2026").contains("12.50 EUR, +1"), "{}", said("23 Nov 2026"));
}

#[test]
fn a_lookup_that_rehearsed_a_fault_is_marked() {
    let mut window = Window::on_sandbox();
    window.harness.state_mut().app.apply(Action::Rehearse(Drill::Garbage));
    window.until("the answer", |window| {
        window.app().desk().is_some_and(|desk| desk.shown.is_some() && !desk.is_running())
    });
    window.harness.state_mut().app.apply(Action::EndDrill);
    window.look_up_and_wait("PRODUCT-002");
    show(&mut window);
    window.until("both", |window| {
        let rows = rows(window);
        rows.iter().any(|row| row.contains("PRODUCT-001")) && rows.iter().any(|row| row.contains("PRODUCT-002"))
    });
    let said = |text: &str| rows(&window).into_iter().find(|row| row.contains(text)).unwrap();
    assert!(said("PRODUCT-001").contains("rehearsed: Garbage"), "{}", said("PRODUCT-001"));
    assert!(!said("PRODUCT-002").contains("rehearsed"), "{}", said("PRODUCT-002"));
    click_row(&mut window, "rehearsed: Garbage");
    window.assert_says("rehearsed: Garbage");
}

#[test]
fn in_a_small_window_a_row_still_says_key_price_and_standing() {
    let mut window = seeded(Setup { size: egui::vec2(800.0, 600.0), ..Setup::default() });
    let said = |text: &str| rows(&window).into_iter().find(|row| row.contains(text)).unwrap();
    assert!(said("ticket-4711").contains("Cut off at 742 of 1,200"), "{}", said("ticket-4711"));
    assert!(said("23 Nov 2026").contains("Retail EU") && said("23 Nov 2026").contains("12.50 EUR, +1"));
    for head in ["When", "What", "Key", "Answers"] {
        window.assert_says(head);
    }
    picture(&mut window, "history-800");
}

#[test]
fn a_run_opens_on_the_sku_that_was_searched_for() {
    let mut window = seeded(Setup::default());
    window.type_into("Search history", "KABEL");
    window.until("the runs", |window| {
        let past = &window.app().past;
        past.words == "KABEL" && !past.is_searching() && past.listed.as_ref().unwrap().found.all == 2
    });
    click_row(&mut window, "assortment-november.csv");
    window.until_said("KABEL 3×1,5 m");
    assert_eq!(window.field("Filter rows").value().as_deref(), Some("KABEL"));
    window.click("Back to the list");
    window.type_into("Search history", "assortment");
    window.until("the run", |window| {
        let past = &window.app().past;
        past.words == "assortment" && !past.is_searching() && past.listed.as_ref().unwrap().found.all == 1
    });
    click_row(&mut window, "assortment-november.csv");
    window.until_said("Filter rows");
    assert_eq!(window.field("Filter rows").value().as_deref().unwrap_or_default(), "");
}

#[test]
fn turning_it_off_asks_whether_to_clear_and_nothing_more_reaches_the_disk() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.look_up_and_wait("PRODUCT-001");
    show(&mut window);
    window.until_said("1 entry");
    window.click_role(Role::RadioButton, "Off");
    window.assert_says("Clear the history?");
    window.click("Clear history");
    window.until_said("Nothing looked up yet");
    window.assert_says("The history is off");
    assert_eq!(window.app().settings.history.keep, Keeping::ThisRun);
    let before = std::fs::read(window.data.path().join(FILE_NAME)).unwrap();
    window.click_role(Role::RadioButton, "Single");
    window.look_up_and_wait("MISSING-001");
    show(&mut window);
    window.until("the lookup", |window| rows(window).iter().any(|row| row.contains("MISSING-001")));
    assert_eq!(std::fs::read(window.data.path().join(FILE_NAME)).unwrap(), before);
    let settings = window.folder.path().join("settings.toml");
    window.until("the setting is saved", |_| {
        std::fs::read_to_string(&settings).is_ok_and(|text| text.contains("this_run"))
    });
    window.click_role(Role::RadioButton, "Keep history");
    assert_eq!(window.app().settings.history.keep, Keeping::OnDisk);
}

#[test]
fn a_damaged_history_is_said_and_a_new_one_begins() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    std::fs::write(window.data.path().join(FILE_NAME), "no database ".repeat(500)).unwrap();
    window.look_up_and_wait("PRODUCT-001");
    window.until_said("The history was damaged. The old file is kept as");
    show(&mut window);
    window.until_said("1 entry");
}

#[test]
fn the_list_and_an_entry_are_reached_by_keyboard_alone() {
    let mut window = seeded(Setup::default());
    window.focus("Search history");
    let mut steps = 0;
    while !rows(&window).iter().any(|row| is_focused(&window, row)) {
        window.key(Key::Tab);
        steps += 1;
        assert!(steps < 20, "{}", window.screen());
    }
    window.key(Key::ArrowDown);
    window.key(Key::Enter);
    window.until("the entry", |window| window.app().past.opened.is_some());
}

fn is_focused(window: &Window, name: &str) -> bool {
    window.part(Role::Row, name).is_some_and(|row| egui_kittest::kittest::NodeT::accesskit_node(&row).is_focused())
}

#[test]
fn t21_an_idle_list_asks_for_no_frame() {
    let mut window = seeded(Setup::default());
    window.settle();
    assert!(window.next_frame_in() > Duration::from_secs(60), "{:?}", window.next_frame_in());
}

#[test]
fn it_can_be_drawn_at_every_size() {
    for (size, pixels_per_point, theme, name) in LOOKS {
        let setup = || Setup { size, pixels_per_point, theme, ..Setup::default() };
        let mut window = seeded(setup());
        picture(&mut window, &format!("history-{name}"));
        click_row(&mut window, "ticket-4711.txt");
        window.until("the rows", |window| window.says("SAMPLE-FREE") || window.says("PRODUCT-001"));
        picture(&mut window, &format!("history-run-{name}"));
        window.click("Back to the list");
        click_row(&mut window, "PRODUCT-001");
        picture(&mut window, &format!("history-lookup-{name}"));
        window.click("Back to the list");
        window.click("Clear history…");
        picture(&mut window, &format!("history-clear-{name}"));
        window.key(Key::Escape);
        window.type_into("Search history", "no such thing");
        window.until_said("Nothing found");
        picture(&mut window, &format!("history-nothing-{name}"));
    }
}

fn picture(window: &mut Window, name: &str) {
    window.harness.remove_cursor();
    window.settle();
    window.save_picture(name);
}
