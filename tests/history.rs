//! The history on a real disk: killed writers, two programs, damage, a limit, and what is left after it is cleared.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use compact_str::CompactString;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use quantaprice_explorer::batch::{Answered, Journal, RunHeader, RunId, RunKind, RunState, Shared};
use quantaprice_explorer::history::{
    Bodies, Entry, FILE_NAME, History, HistoryError, Keeping, Kept, RunJournal, Search, Standing, Which,
};
use quantaprice_explorer::keys::{Environment, ProfileId};
use quantaprice_explorer::lists::Origins;
use quantaprice_explorer::prices::{Answer, Body, Lookup, Outcome};

const LIMIT: u64 = 500_000_000;

fn header(count: usize) -> RunHeader {
    RunHeader {
        kind: RunKind::Batch,
        started: Timestamp::now(),
        profile: ProfileId::random(),
        profile_name: "Acme Production".to_owned(),
        environment: Environment::Production,
        api_url: "https://api.example.com/v1".to_owned(),
        token_url: "https://login.example.com/token".to_owned(),
        client_id: String::new(),
        field_map: None,
        parameters: vec![("asOf".to_owned(), "2026-12-01".to_owned())],
        source: "assortment.csv, column sku".to_owned(),
        count,
    }
}

fn list(count: usize) -> Arc<[CompactString]> {
    (0..count).map(|number| CompactString::from(format!("00{number} ä/🦀"))).collect()
}

fn lookup(sku: &str, status: u16, body: &str) -> Lookup {
    let answer = Answer::read(sku, status, None, body.as_bytes());
    Lookup {
        sku: sku.to_owned(),
        parameters: Vec::new(),
        outcome: answer.outcome,
        http_status: Some(status),
        started: Timestamp::now(),
        elapsed: Duration::from_millis(84),
        token_generation: Some(1),
        prices: answer.prices,
        notes: answer.notes,
        body: Some(answer.body),
        error: answer.error,
    }
}

fn answer(sku: &str, amount: &str) -> (Arc<Answered>, Option<Body>) {
    let lookup = lookup(sku, 200, &format!(r#"{{"sku":"{sku}","price":{amount},"currency":"EUR"}}"#));
    let body = lookup.body.clone();
    (Arc::new(Answered::of(lookup, &mut Shared::default())), body)
}

fn on_disk(folder: &Path) -> History {
    History::new(Some(folder.to_owned()), Keeping::OnDisk, LIMIT)
}

fn search(text: &str) -> Search {
    Search::read(text, &TimeZone::UTC)
}

#[tokio::test]
async fn runs_of_lists_are_found_behind_any_number_of_single_lookups() {
    let folder = tempfile::tempdir().unwrap();
    let history = on_disk(folder.path());
    let run = history.begin_run(header(1), list(1)).await.unwrap();
    let (answered, body) = answer("007", "12.10");
    run.keep(0, answered, body).await.unwrap();
    let begun = history.begin_run(header(1), list(1)).await.unwrap();
    for number in 0..60 {
        let one = RunHeader { kind: RunKind::Single, ..header(1) };
        history.record_single(one, lookup(&number.to_string(), 200, r#"{"price":1}"#)).await.unwrap();
    }
    let lists = Search { which: Which::Lists, ..Search::default() };
    let found = history.find(lists, 10).await.unwrap();
    assert_eq!(found.entries.iter().map(|entry| entry.id).collect::<Vec<_>>(), [run.id()], "one has no answer yet");
    let found = history.find(Search { which: Which::Lists, ..search("acme production") }, 10).await.unwrap();
    assert_eq!((found.all, found.entries.len()), (1, 1));
    let found = history.find(Search { which: Which::Lists, ..search("no such thing") }, 10).await.unwrap();
    assert_eq!(found.all, 0);
    drop(begun);
}

/// All that lies in the folder, as one text in which something can be looked for.
fn everything_in(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        all.extend(if path.is_dir() { everything_in(&path) } else { fs::read(path).unwrap() });
    }
    all
}

fn holds(all: &[u8], text: &str) -> bool {
    all.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Runs one test of this file in a process of its own, with a folder to work in.
fn child(test: &str, folder: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env("HISTORY_CHILD", folder);
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// The folder of a test that runs as a child; nothing when it runs as one of all.
fn as_child() -> Option<PathBuf> {
    std::env::var_os("HISTORY_CHILD").map(PathBuf::from)
}

/// Lines that a child wrote, from the word `ready` on.
fn wait_for(child: &mut Child, word: &str) -> (String, BufReader<std::process::ChildStdout>) {
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    loop {
        let mut line = String::new();
        assert!(lines.read_line(&mut line).unwrap() > 0, "the child ended early");
        // With one thread for tests, the name of this one stands before the words on the same line.
        if let Some(at) = line.rfind(word) {
            return (line[at..].trim().to_owned(), lines);
        }
    }
}

#[tokio::test]
async fn writer_of_a_run() {
    let Some(folder) = as_child() else { return };
    let history = on_disk(&folder);
    let skus = list(100_000);
    let run = history.begin_run(header(skus.len()), Arc::clone(&skus)).await.unwrap();
    println!("run {}", run.id().0);
    for (place, sku) in skus.iter().enumerate() {
        let (answered, body) = answer(sku, &format!("{place}.10"));
        run.keep(place, answered, body).await.unwrap();
        println!("kept {place}");
    }
}

#[tokio::test]
async fn p5_a_killed_writer_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = child("writer_of_a_run", folder.path());
    let (run, lines) = wait_for(&mut writer, "run ");
    let run = RunId(run["run ".len()..].parse().unwrap());
    let mut acknowledged = 0;
    let here = on_disk(folder.path());
    for line in lines.lines() {
        let Some(place) = line.unwrap().strip_prefix("kept ").map(|place| place.parse::<usize>().unwrap()) else {
            continue;
        };
        acknowledged = place + 1;
        if acknowledged == 500 {
            assert!(here.unfinished().await.unwrap().is_empty(), "a run that somebody is at is not offered");
            assert_eq!(here.resume_run(run).await.err(), Some(HistoryError::Elsewhere));
            writer.kill().unwrap();
        }
    }
    writer.wait().unwrap();
    assert!(acknowledged >= 500);

    let unfinished = here.unfinished().await.unwrap();
    assert_eq!((unfinished.len(), unfinished[0].id, unfinished[0].standing), (1, run, Standing::CutOff));
    let (loaded, journal) = here.resume_run(run).await.unwrap();
    assert_eq!(&loaded.skus[..], &list(100_000)[..], "the list is whole, byte for byte");
    let answered = loaded.rows.answered().count();
    assert!((acknowledged..=acknowledged + 1).contains(&answered), "{answered} of {acknowledged}");
    assert_eq!(loaded.rows.open().next(), Some(answered), "what is left begins where the writer ended");
    assert_eq!(loaded.rows.get(499).unwrap().prices[0].amount.as_str(), "499.10");
    let body = here.body(run, 499).await.unwrap().unwrap();
    assert!(body.text().contains("499.10"));

    // The rest goes to where the first part is.
    let (last, body) = answer("the last", "1.00");
    journal.keep(99_999, last, body).await.unwrap();
    journal.note(RunState::Stopped).await.unwrap();
    drop(journal);
    let entry = &here.find(search(""), 9).await.unwrap().entries[0];
    assert_eq!((entry.standing, entry.answered()), (Standing::Stopped, answered + 1));
}

#[tokio::test]
async fn an_answer_over_another_is_counted_once_and_replaces_its_body() {
    let folder = tempfile::tempdir().unwrap();
    let history = on_disk(folder.path());
    let run = history.begin_run(header(3), list(3)).await.unwrap();
    assert_eq!(run.kept(), &Kept::OnDisk);
    let failed = lookup("A", 500, "broken");
    let body = failed.body.clone();
    let failed = Arc::new(Answered::of(failed, &mut Shared::default()));
    // Two with the same body, of which one is asked again.
    run.keep(0, Arc::clone(&failed), body.clone()).await.unwrap();
    run.keep(1, failed, body).await.unwrap();
    let (priced, body) = answer("A", "12.10");
    run.keep(0, Arc::clone(&priced), body).await.unwrap();
    let id = run.id();
    let loaded = history.load_run(id).await.unwrap();
    assert_eq!(loaded.standing, Standing::UnderWay);
    assert_eq!(loaded.rows.get(0), Some(&priced));
    let entry = history.find(search(""), 9).await.unwrap().entries.remove(0);
    assert_eq!(entry.counts, loaded.rows.counts());
    let text = async |place| history.body(id, place).await.unwrap().map(|body| body.text().to_string());
    assert!(text(0).await.unwrap().contains("12.10"));
    assert_eq!(text(1).await.as_deref(), Some("broken"));
    assert_eq!(text(2).await, None);
}

#[tokio::test]
async fn a_single_lookup_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let history = on_disk(folder.path());
    let mut asked = lookup("007", 200, r#"{"items":[{"sku":"007","price":12.10},{"sku":"007","price":1e2}]}"#);
    let header = RunHeader { kind: RunKind::Single, ..header(1) };
    asked.parameters.clone_from(&header.parameters);
    let run = history.record_single(header.clone(), asked.clone()).await.unwrap();
    let (entry, back) = on_disk(folder.path()).lookup(run, 0).await.unwrap();
    assert_eq!((entry.header, entry.sku.as_deref(), entry.standing), (header, Some("007"), Standing::Finished));
    assert_eq!(format!("{back:?}"), format!("{asked:?}"));
    assert_eq!(back.body, asked.body);
    assert_eq!(back.prices[1].amount.as_str(), "1e2");
}

#[tokio::test]
async fn entries_are_found_by_sku_profile_outcome_and_day() {
    let folder = tempfile::tempdir().unwrap();
    let history = on_disk(folder.path());
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let one = RunHeader { kind: RunKind::Single, started: at("2026-11-23T10:00:00Z"), ..header(1) };
    let other = RunHeader {
        started: at("2026-11-24T10:00:00Z"),
        profile_name: "Nordwind_Test 100%".to_owned(),
        environment: Environment::Staging,
        ..one.clone()
    };
    let first = history.record_single(one, lookup("ART 007/B", 200, r#"{"price":1}"#)).await.unwrap();
    let second = history.record_single(other, lookup("ART_008", 404, "{}")).await.unwrap();
    for (text, expected) in [
        ("", vec![second, first]),
        ("007/b", vec![first]),
        ("ART 007", vec![first]),
        ("art_", vec![second]),
        ("100%", vec![second]),
        ("acme", vec![first]),
        ("staging", vec![second]),
        ("unknown sku", vec![second]),
        ("priced acme", vec![first]),
        ("priced nordwind", vec![]),
        ("2026-11-23", vec![first]),
        ("2026-11", vec![second, first]),
        ("%", vec![second]),
        ("' OR 1 --", vec![]),
    ] {
        let found = history.find(search(text), 9).await.unwrap();
        let ids: Vec<_> = found.entries.iter().map(|entry| entry.id).collect();
        assert_eq!((ids, found.all), (expected.clone(), expected.len()), "{text}");
    }
    let found = history.find(search(""), 1).await.unwrap();
    assert_eq!((found.entries[0].id, found.all), (second, 2), "the latest first, and how many there are");
}

#[tokio::test]
async fn a_skus_prices_over_time_are_those_of_one_profile() {
    let folder = tempfile::tempdir().unwrap();
    let history = on_disk(folder.path());
    let mine = header(2);
    for (hour, amount) in [(1, "12.10"), (2, "12.50")] {
        let mut one = lookup("007", 200, &format!(r#"{{"price":{amount}}}"#));
        one.started = Timestamp::from_second(hour * 3600).unwrap();
        history.record_single(RunHeader { kind: RunKind::Single, ..mine.clone() }, one).await.unwrap();
    }
    history.record_single(header(1), lookup("007", 200, r#"{"price":99}"#)).await.unwrap();
    let run = history.begin_run(mine.clone(), list(2)).await.unwrap();
    let (answered, body) = answer("007", "13.00");
    run.keep(0, answered, body).await.unwrap();
    let recorded = history.prices_of("007".to_owned(), mine.profile.clone()).await.unwrap();
    let amounts: Vec<_> = recorded.iter().map(|one| one.price.amount.to_string()).collect();
    assert_eq!(amounts, ["12.10", "12.50", "13.00"]);
    assert_eq!(recorded[2].run, run.id());
    assert_eq!(recorded[2].header.parameters, mine.parameters);
}

#[tokio::test]
async fn second_program() {
    let Some(folder) = as_child() else { return };
    let history = on_disk(&folder);
    let run = history.begin_run(header(200), list(200)).await.unwrap();
    println!("run {}", run.id().0);
    for place in 0..200 {
        let (answered, body) = answer("theirs", "1.00");
        run.keep(place, answered, body).await.unwrap();
    }
    run.note(RunState::Finished).await.unwrap();
    println!("done");
    // Still living, with a finished run.
    tokio::time::sleep(Duration::from_secs(60)).await;
}

#[tokio::test]
async fn two_programs_write_into_one_history() {
    let folder = tempfile::tempdir().unwrap();
    let mut other = child("second_program", folder.path());
    let here = on_disk(folder.path());
    let run = here.begin_run(header(200), list(200)).await.unwrap();
    for place in 0..200 {
        let (answered, body) = answer("mine", "2.00");
        run.keep(place, answered, body).await.unwrap();
    }
    let (theirs, _lines) = wait_for(&mut other, "run ");
    let theirs = RunId(theirs["run ".len()..].parse().unwrap());
    for _ in 0..200 {
        let entries = here.find(search(""), 9).await.unwrap().entries;
        let entry = entries.iter().find(|entry| entry.id == theirs).unwrap();
        if entry.standing == Standing::Finished {
            break;
        }
        assert_eq!(entry.standing, Standing::Elsewhere);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let amounts = async |run| {
        let loaded = here.load_run(run).await.unwrap();
        assert_eq!(loaded.rows.answered().count(), 200);
        loaded.rows.get(199).unwrap().prices[0].amount.to_string()
    };
    assert_eq!((amounts(run.id()).await, amounts(theirs).await), ("2.00".to_owned(), "1.00".to_owned()));
    other.kill().unwrap();
    other.wait().unwrap();
}

#[tokio::test]
async fn a_damaged_history_is_set_aside_and_said_and_a_new_one_begins() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    let damaged = "this is no database at all. ".repeat(100);
    fs::write(&path, &damaged).unwrap();
    let history = on_disk(folder.path());
    let run = history.record_single(header(1), lookup("A", 404, "{}")).await.unwrap();
    let Some(HistoryError::SetAside { kept_as }) = history.news() else { panic!("it is said") };
    assert_eq!(fs::read_to_string(&kept_as).unwrap(), damaged, "it is kept");
    assert!(history.news().is_none(), "it is said once");
    assert!(history.lookup(run, 0).await.is_ok());
}

#[tokio::test]
async fn p1_where_a_sku_stands_in_its_file_is_kept_with_the_run_and_goes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut origins = Origins::default();
    for place in 0..9000 {
        origins.push(place + 2, (place % 1000 == 7).then_some("‹space›A"));
    }
    let origins = Arc::new(origins);
    let history = on_disk(folder.path());
    let run = history.begin_run_from(header(9000), list(9000), Some(Arc::clone(&origins))).await.unwrap();
    let plain = history.begin_run(header(3), list(3)).await.unwrap();
    let (id, plain) = (run.id(), plain.id());
    drop((run, history));
    let history = on_disk(folder.path());
    let loaded = history.load_run(id).await.unwrap();
    assert_eq!((loaded.skus.len(), loaded.rows.origins()), (9000, Some(&origins)));
    assert_eq!(loaded.rows.origins().unwrap().given(8007), Some("‹space›A"));
    assert_eq!(history.load_run(plain).await.unwrap().rows.origins(), None);
    history.delete_run(id).await.unwrap();
    let database = rusqlite::Connection::open(folder.path().join(FILE_NAME)).unwrap();
    let left: i64 = database.query_row("SELECT count(*) FROM lists", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 1, "only the list of the other run");
}

#[tokio::test]
async fn damage_that_shows_in_the_middle_of_a_run_is_said_and_the_next_run_goes_to_a_new_history() {
    let folder = tempfile::tempdir().unwrap();
    let history = on_disk(folder.path());
    let run = history.begin_run(header(9000), list(9000)).await.unwrap();
    for place in 0..300 {
        let (answered, body) = answer("A", &format!("{place}.00"));
        run.keep(place, answered, body).await.unwrap();
    }
    let other = on_disk(folder.path());
    other.clear().await.unwrap();
    // Every page but those of the smallest tables is overwritten, as by a failing disk; nothing of them is in memory or in the log.
    let path = folder.path().join(FILE_NAME);
    let len = fs::metadata(&path).unwrap().len();
    let mut bytes = fs::read(&path).unwrap();
    bytes[16 * 4096..].fill(0x5a);
    fs::write(&path, &bytes).unwrap();
    assert!(len > 100_000, "{len}");
    let late = on_disk(folder.path());
    let error = late.load_run(run.id()).await.unwrap_err();
    assert!(matches!(error, HistoryError::SetAside { .. }), "{error}");
    assert!(error.to_string().contains("history.damaged-"), "{error}");
    let next = late.begin_run(header(1), list(1)).await.unwrap();
    assert_eq!((next.kept(), next.id()), (&Kept::OnDisk, run.id()), "a new history counts anew");
    let (answered, body) = answer("B", "1.00");
    next.keep(0, answered, body).await.unwrap();
    assert_eq!(late.load_run(next.id()).await.unwrap().rows.answered().count(), 1);
}

/// A history with a finished run of two answers and a lookup, closed, and then changed by `sql`.
async fn changed_by(folder: &Path, sql: &str) -> RunId {
    let history = on_disk(folder);
    let run = history.begin_run(header(2), list(2)).await.unwrap();
    for place in 0..2 {
        let (answered, body) = answer("A", &format!("{place}.00"));
        run.keep(place, answered, body).await.unwrap();
    }
    run.note(RunState::Finished).await.unwrap();
    history.record_single(header(1), lookup("B", 404, "{}")).await.unwrap();
    rusqlite::Connection::open(folder.join(FILE_NAME)).unwrap().execute_batch(sql).unwrap();
    run.id()
}

#[tokio::test]
async fn a_history_without_one_of_its_tables_and_one_of_another_program_are_set_aside_and_said() {
    for sql in [
        "DROP TABLE bodies",
        "DROP TABLE counts",
        "ALTER TABLE answers DROP COLUMN rest",
        "DELETE FROM birth",
        "PRAGMA user_version = 0",
    ] {
        let folder = tempfile::tempdir().unwrap();
        changed_by(folder.path(), sql).await;
        let history = on_disk(folder.path());
        assert_eq!(history.find(search(""), 9).await.unwrap().all, 0, "{sql}");
        let Some(HistoryError::SetAside { kept_as }) = history.news() else { panic!("it is said: {sql}") };
        let kept = rusqlite::Connection::open(&kept_as).unwrap();
        assert_eq!(kept.query_row("SELECT count(*) FROM runs", [], |row| row.get::<_, i64>(0)).unwrap(), 2, "{sql}");
        history.record_single(header(1), lookup("A", 404, "{}")).await.unwrap();
    }
}

#[tokio::test]
async fn a_history_that_was_cut_short_is_set_aside_and_said() {
    let folder = tempfile::tempdir().unwrap();
    changed_by(folder.path(), "PRAGMA wal_checkpoint(TRUNCATE)").await;
    let path = folder.path().join(FILE_NAME);
    let whole = fs::read(&path).unwrap();
    for len in [50, 4096, whole.len() / 2] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE_NAME), &whole[..len]).unwrap();
        let history = on_disk(folder.path());
        // It may show at once, or when something is asked for that is not there.
        _ = history.find(search("A"), 9).await;
        _ = history.prices_of("A".to_owned(), ProfileId::random()).await;
        let Some(HistoryError::SetAside { kept_as }) = history.news() else { panic!("it is said: {len}") };
        assert_eq!(fs::read(kept_as).unwrap(), &whole[..len]);
        history.record_single(header(1), lookup("A", 404, "{}")).await.unwrap();
        assert_eq!(history.find(search(""), 9).await.unwrap().all, 1);
    }
}

#[tokio::test]
async fn of_a_log_that_was_cut_short_what_is_whole_is_there() {
    let (folder, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let history = on_disk(folder.path());
    let run = history.begin_run(header(200), list(200)).await.unwrap();
    for place in 0..200 {
        let (answered, body) = answer("A", &format!("{place}.00"));
        run.keep(place, answered, body).await.unwrap();
    }
    let log = format!("{FILE_NAME}-wal");
    fs::copy(folder.path().join(FILE_NAME), copy.path().join(FILE_NAME)).unwrap();
    let bytes = fs::read(folder.path().join(&log)).unwrap();
    fs::write(copy.path().join(&log), &bytes[..bytes.len() * 2 / 3]).unwrap();
    let cut = on_disk(copy.path());
    let loaded = cut.load_run(run.id()).await.unwrap();
    let answered = loaded.rows.answered().count();
    assert!(answered > 20 && answered < 200, "{answered}");
    assert_eq!((loaded.rows.open().next(), loaded.standing), (Some(answered), Standing::CutOff));
    assert!(cut.body(run.id(), answered - 1).await.unwrap().unwrap().text().contains(&format!("{}.00", answered - 1)));
    assert_eq!(cut.news(), None);
}

#[tokio::test]
async fn what_cannot_be_read_is_counted_or_said_and_the_rest_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let sql = "UPDATE bodies SET packed = X'01FFFF' WHERE id = (SELECT body FROM answers WHERE sku = 'A' ORDER BY id LIMIT 1); \
        UPDATE answers SET rest = X'00' WHERE id = (SELECT max(id) FROM answers WHERE sku = 'A'); \
        UPDATE runs SET header = '{}' WHERE id = (SELECT max(id) FROM runs)";
    let run = changed_by(folder.path(), sql).await;
    let history = on_disk(folder.path());
    let found = history.find(search(""), 9).await.unwrap();
    assert_eq!((found.entries.len(), found.all, found.unreadable), (1, 2, 1));
    let loaded = history.load_run(run).await.unwrap();
    assert_eq!((loaded.rows.answered().count(), loaded.unreadable), (1, 1));
    let error = history.body(run, 0).await.unwrap_err();
    assert!(error.to_string().starts_with("The body of this answer in the history in "), "{error}");
    assert!(history.lookup(run, 1).await.unwrap_err().to_string().contains("This answer"));
    assert_eq!(history.news(), None, "it is not set aside for that");
}

#[tokio::test]
async fn an_absurd_count_is_refused_by_what_the_list_holds_and_takes_no_memory() {
    for count in ["9223372036854775807", "18446744073709551615", "3"] {
        let folder = tempfile::tempdir().unwrap();
        let sql =
            format!("UPDATE runs SET header = replace(header, '\"count\":2', '\"count\":{count}'), state = 'stopped'");
        let run = changed_by(folder.path(), &sql).await;
        let history = on_disk(folder.path());
        assert_eq!(history.entry(run).await.unwrap().header.count.to_string(), count);
        let error = history.load_run(run).await.unwrap_err();
        assert!(error.to_string().starts_with("The list of this run"), "{error}");
        assert!(history.resume_run(run).await.is_err());
        assert_eq!(history.unfinished().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_list_that_does_not_unpack_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let run = changed_by(folder.path(), "UPDATE lists SET piece = X'01FFFF'").await;
    let error = on_disk(folder.path()).load_run(run).await.unwrap_err();
    assert!(error.to_string().starts_with("The list of this run"), "{error}");
}

#[tokio::test]
async fn a_newer_history_is_left_alone_and_the_run_goes_on_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    let newer = rusqlite::Connection::open(&path).unwrap();
    newer.execute_batch("PRAGMA user_version = 99; CREATE TABLE later (x)").unwrap();
    drop(newer);
    let before = fs::read(&path).unwrap();
    let history = on_disk(folder.path());
    let error = history.record_single(header(1), lookup("A", 404, "{}")).await.unwrap_err();
    assert_eq!(error, HistoryError::Newer { path: path.clone(), version: 99 });
    let run = history.begin_run(header(1), list(1)).await.unwrap();
    assert_eq!(run.kept(), &Kept::ThisRun { because: Some(error) });
    let (answered, body) = answer("A", "1.00");
    run.keep(0, answered, body).await.unwrap();
    assert_eq!(history.load_run(run.id()).await.unwrap().rows.answered().count(), 1);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_may_not_be_written_is_said() {
    use std::os::unix::fs::PermissionsExt as _;
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("closed");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o500)).unwrap();
    if fs::write(folder.join("probe"), "").is_ok() {
        // The superuser may write everywhere; a file in the folder's place refuses everybody.
        let file = temp.path().join("file");
        fs::write(&file, "").unwrap();
        let error = on_disk(&file).record_single(header(1), lookup("A", 404, "{}")).await.unwrap_err();
        assert!(error.to_string().contains(&file.display().to_string()), "{error}");
        return;
    }
    let error = on_disk(&folder).record_single(header(1), lookup("A", 404, "{}")).await.unwrap_err();
    assert_eq!(error, HistoryError::NoPermission { path: folder });
}

#[cfg(unix)]
#[tokio::test]
async fn a_full_disk_is_said_and_what_was_kept_stays() {
    let folder = tempfile::tempdir().unwrap();
    // No file of this process grows beyond 2 MB, and it hears of that as of any other failed write.
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"trap "" XFSZ; ulimit -f 4000; exec "$0" --exact writer_on_a_full_disk --nocapture"#]);
    shell.arg(std::env::current_exe().unwrap()).env("HISTORY_CHILD", folder.path()).stdout(Stdio::piped());
    let mut writer = shell.stderr(Stdio::null()).spawn().unwrap();
    let (said, _lines) = wait_for(&mut writer, "said ");
    writer.wait().unwrap();
    let kept: usize = said.split(' ').nth(1).unwrap().parse().unwrap();
    assert!(said.contains("is full or failing"), "{said}");
    let history = on_disk(folder.path());
    let entry = history.unfinished().await.unwrap().remove(0);
    let loaded = history.load_run(entry.id).await.unwrap();
    assert!(kept > 0);
    assert_eq!(loaded.rows.answered().count(), kept, "what was acknowledged, and not half a row more");
}

#[tokio::test]
async fn writer_on_a_full_disk() {
    let Some(folder) = as_child() else { return };
    let history = on_disk(&folder);
    let run = history.begin_run(header(10_000), list(10_000)).await.unwrap();
    for place in 0..10_000 {
        let (answered, body) = answer("A", &format!("{place}.{place}"));
        if let Err(error) = run.keep(place, answered, body).await {
            println!("said {place} {error}");
            return;
        }
    }
    println!("said nothing");
}

#[tokio::test]
async fn beyond_the_limit_the_oldest_bodies_go_first_and_their_entry_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let history = History::new(Some(folder.path().to_owned()), Keeping::OnDisk, 400_000);
    let first = history.begin_run(header(100), list(100)).await.unwrap();
    keep_large(&first, 0..100).await;
    first.note(RunState::Finished).await.unwrap();
    let old = first.id();
    drop(first);
    let second = history.begin_run(header(250), list(250)).await.unwrap();
    keep_large(&second, 0..250).await;
    assert!(history.body(second.id(), 0).await.unwrap().is_some(), "a run under way keeps its bodies");
    let found = history.find(search(""), 9).await.unwrap().entries;
    let of = |id| found.iter().find(|entry| entry.id == id);
    assert_eq!(of(second.id()).unwrap().bodies, Bodies::Partly);
    assert_eq!(of(old).unwrap().bodies, Bodies::Removed, "its entry stays");
    let run = history.record_single(header(1), lookup("A", 404, "{}")).await.unwrap();
    assert!(history.lookup(run, 0).await.unwrap().1.body.is_some(), "the latest stays");
}

/// Keeps answers with bodies of two thousand bytes that cannot be packed well.
async fn keep_large(run: &RunJournal, places: std::ops::Range<usize>) {
    for place in places {
        let (answered, _) = answer("A", "1.00");
        run.keep(place, answered, Some(large(place as u64 + 1000 * run.id().0 as u64))).await.unwrap();
    }
}

fn large(seed: u64) -> Body {
    let mut random = fastrand::Rng::with_seed(seed);
    let noise: String = (0..2000).map(|_| random.alphanumeric()).collect();
    Body::keep(format!("\"{noise}\"").as_bytes(), None).0
}

async fn entry_of(history: &History, run: RunId) -> Entry {
    history.entry(run).await.unwrap()
}

#[tokio::test]
async fn p5_a_run_that_outgrows_the_limit_costs_no_other_entry_and_says_what_it_leaves_out() {
    let folder = tempfile::tempdir().unwrap();
    let history = History::new(Some(folder.path().to_owned()), Keeping::OnDisk, 1_000_000);
    let stopped = history.begin_run(header(3), list(3)).await.unwrap();
    keep_large(&stopped, 0..2).await;
    stopped.note(RunState::Stopped).await.unwrap();
    let stopped = stopped.id();
    let single = history.record_single(header(1), lookup("B", 404, "{}")).await.unwrap();
    let run = history.begin_run(header(900), list(900)).await.unwrap();
    keep_large(&run, 0..900).await;
    // More than enough steps for whatever would go.
    for _ in 0..20 {
        history.size().await.unwrap();
    }
    assert_eq!(history.find(search(""), 9).await.unwrap().all, 3);
    assert_eq!(history.load_run(stopped).await.unwrap().rows.answered().count(), 2);
    assert!(history.lookup(single, 0).await.unwrap().1.body.is_some());
    assert!(history.size().await.unwrap().bytes < 1_000_000);
    assert!(history.body(run.id(), 0).await.unwrap().is_some());
    assert!(history.body(run.id(), 899).await.unwrap().is_none());
    assert_eq!(history.load_run(run.id()).await.unwrap().rows.answered().count(), 900);
    assert_eq!(entry_of(&history, run.id()).await.bodies, Bodies::Partly);
    assert_eq!(history.news(), Some(HistoryError::BodiesLeftOut));
    keep_large(&run, 0..1).await;
    assert_eq!(history.news(), None, "it is said once");
}

#[tokio::test]
async fn what_can_be_resumed_is_never_removed_and_the_latest_stays_whole() {
    let folder = tempfile::tempdir().unwrap();
    let history = History::new(Some(folder.path().to_owned()), Keeping::OnDisk, 1000);
    let stopped = history.begin_run(header(3), list(3)).await.unwrap();
    keep_large(&stopped, 0..2).await;
    stopped.note(RunState::Stopped).await.unwrap();
    let old = history.record_single(header(1), lookup("B", 404, "{}")).await.unwrap();
    let latest = history.record_single(header(1), lookup("C", 404, "{}")).await.unwrap();
    for _ in 0..20 {
        history.size().await.unwrap();
    }
    assert_eq!(entry_of(&history, stopped.id()).await.bodies, Bodies::Removed);
    assert_eq!(history.load_run(stopped.id()).await.unwrap().rows.answered().count(), 2);
    assert_eq!(history.entry(old).await.err(), Some(HistoryError::Gone));
    assert!(history.lookup(latest, 0).await.unwrap().1.body.is_some());
}

#[tokio::test]
async fn a_resumed_run_whose_bodies_were_removed_shows_no_body_of_another_sku() {
    let folder = tempfile::tempdir().unwrap();
    let history = on_disk(folder.path());
    let run = history.begin_run(header(200), list(200)).await.unwrap();
    keep_large(&run, 0..100).await;
    run.note(RunState::Stopped).await.unwrap();
    let id = run.id();
    drop(run);
    let remove_bodies = async || {
        history.record_single(header(1), lookup("B", 404, "{}")).await.unwrap();
        let bytes = history.size().await.unwrap().bytes;
        history.set_limit(bytes - 1);
        for _ in 0..20 {
            history.size().await.unwrap();
        }
        history.set_limit(LIMIT);
    };
    remove_bodies().await;
    assert!(history.body(id, 0).await.unwrap().is_none() && history.body(id, 99).await.unwrap().is_none());
    let (_, run) = history.resume_run(id).await.unwrap();
    run.note(RunState::Running).await.unwrap();
    keep_large(&run, 100..150).await;
    assert!(history.body(id, 0).await.unwrap().is_none(), "a body of another place");
    assert!(history.body(id, 149).await.unwrap().is_some());
    assert_eq!(entry_of(&history, id).await.bodies, Bodies::Partly);
    run.note(RunState::Stopped).await.unwrap();
    drop(run);
    remove_bodies().await;
    assert!(history.body(id, 149).await.unwrap().is_none(), "what came later goes as well");
    assert_eq!(entry_of(&history, id).await.bodies, Bodies::Removed);
}

#[tokio::test]
async fn an_ended_run_is_let_go_at_once_and_taken_again_when_it_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let history = on_disk(folder.path());
    let run = history.begin_run(header(2), list(2)).await.unwrap();
    let (answered, body) = answer("A", "1.00");
    run.keep(0, Arc::clone(&answered), body).await.unwrap();
    run.note(RunState::Stopped).await.unwrap();
    assert_eq!(entry_of(&history, run.id()).await.standing, Standing::Stopped);
    run.note(RunState::Running).await.unwrap();
    assert_eq!(entry_of(&history, run.id()).await.standing, Standing::UnderWay);
    assert_eq!(history.delete_run(run.id()).await, Err(HistoryError::UnderWay));
    run.keep(1, Arc::clone(&answered), Some(large(1))).await.unwrap();
    assert_eq!(history.body(run.id(), 1).await.unwrap(), Some(large(1)));
    run.note(RunState::Finished).await.unwrap();
    assert_eq!(entry_of(&history, run.id()).await.standing, Standing::Finished);
    assert!(fs::read_dir(folder.path().join("runs")).unwrap().next().is_none(), "no lock is left");

    // Somebody else may take it, and then it is theirs.
    let (_, theirs) = history.resume_run(run.id()).await.unwrap();
    assert!(run.note(RunState::Running).await.is_err());
    assert!(run.keep(1, answered, None).await.is_err());
    drop(theirs);
    assert_eq!(history.clear().await.unwrap(), 0);
    assert_eq!(history.size().await.unwrap().entries, 0);
    let error = run.note(RunState::Running).await.unwrap_err();
    assert_eq!(error.why, HistoryError::Gone.why());
}

#[tokio::test]
async fn a_run_that_was_taken_and_not_gone_on_with_is_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let history = on_disk(folder.path());
    let run = history.begin_run(header(2), list(2)).await.unwrap();
    run.note(RunState::Stopped).await.unwrap();
    let id = run.id();
    drop(run);
    let before = entry_of(&history, id).await;
    let (_, refused) = history.resume_run(id).await.unwrap();
    drop(refused);
    assert_eq!(entry_of(&history, id).await, before);
    assert!(before.ended.is_some());
}

#[tokio::test]
async fn a_run_that_was_cut_off_after_its_last_answer_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let history = on_disk(folder.path());
    let run = history.begin_run(header(1), list(1)).await.unwrap();
    let (answered, body) = answer("A", "1.00");
    run.keep(0, answered, body).await.unwrap();
    let id = run.id();
    drop(run);
    assert_eq!(entry_of(&history, id).await.standing, Standing::Finished);
    assert!(history.resume_run(id).await.is_ok(), "what failed can still be asked for again");
}

#[tokio::test]
async fn a_run_without_its_whole_list_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let history = on_disk(folder.path());
    let run = history.begin_run(header(3), list(2)).await.unwrap();
    let error = history.load_run(run.id()).await.unwrap_err();
    assert!(error.to_string().contains("list"), "{error}");
}

#[tokio::test]
async fn answers_are_acknowledged_while_a_search_is_under_way() {
    let folder = tempfile::tempdir().unwrap();
    let history = on_disk(folder.path());
    let skus = list(60_000);
    let run = history.begin_run(header(skus.len()), Arc::clone(&skus)).await.unwrap();
    let (answered, _) = answer("A", "1.00");
    let all: Vec<_> = (0..skus.len()).map(|place| run.keep(place, Arc::clone(&answered), None)).collect();
    for kept in all {
        kept.await.unwrap();
    }
    let search = tokio::spawn({
        let history = history.clone();
        // Each word is looked for in every answer.
        async move { history.find(search(&"acme production assortment column sku ".repeat(30)), 9).await }
    });
    tokio::task::yield_now().await;
    let mut kept = 0;
    while !search.is_finished() {
        run.keep(kept, Arc::clone(&answered), None).await.unwrap();
        kept += 1;
    }
    assert_eq!(search.await.unwrap().unwrap().all, 1);
    // Two can be on their way while the end of the search is noticed.
    assert!(kept >= 3, "{kept}");
}

#[tokio::test]
async fn clearing_program() {
    let Some(folder) = as_child() else { return };
    let history = on_disk(&folder);
    println!("ready");
    for number in 0..40 {
        history.record_single(header(1), lookup(&format!("theirs {number}"), 404, "{}")).await.unwrap();
        if let Err(error) = history.clear().await {
            println!("error {error}");
        }
        history.find(search("theirs"), 9).await.unwrap();
    }
    println!("said {:?}", history.news());
}

#[tokio::test]
async fn two_programs_that_clear_at_once_take_nothing_of_a_live_run_and_leave_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let mut other = child("clearing_program", folder.path());
    let here = on_disk(folder.path());
    let run = here.begin_run(header(3000), list(3000)).await.unwrap();
    let (_, lines) = wait_for(&mut other, "ready");
    // A small limit, so that it also prunes.
    let third = History::new(Some(folder.path().to_owned()), Keeping::OnDisk, 1000);
    let keeping = async {
        for place in 0..3000 {
            let (answered, body) = answer("mine", &format!("{place}.00"));
            run.keep(place, answered, body).await.unwrap();
        }
    };
    let clearing = async {
        for _ in 0..40 {
            third.record_single(header(1), lookup("third", 404, "{}")).await.unwrap();
            assert_eq!(third.clear().await, Ok(1), "the live run alone is kept");
            let has_some = third.load_run(run.id()).await.unwrap().rows.counts().all() > 0;
            let found = third.find(search("mine"), 9).await.unwrap();
            if has_some {
                assert_eq!(found.entries[0].standing, Standing::Elsewhere);
            }
        }
    };
    tokio::join!(keeping, clearing);
    let said: Vec<String> =
        tokio::task::spawn_blocking(move || lines.lines().map_while(Result::ok).collect()).await.unwrap();
    assert!(said.iter().any(|line| line.contains("said None")), "{said:?}");
    assert!(!said.iter().any(|line| line.contains("error")), "{said:?}");
    assert!(other.wait().unwrap().success());
    let loaded = here.load_run(run.id()).await.unwrap();
    assert_eq!(loaded.rows.answered().count(), 3000);
    for place in [0, 1499, 2999] {
        let body = here.body(run.id(), place).await.unwrap().expect("its body");
        assert!(body.text().contains(&format!("{place}.00")), "{}", body.text());
    }
    assert_eq!((here.news(), third.news()), (None, None));
    assert_eq!(here.clear().await, Ok(1));
    let database = rusqlite::Connection::open(folder.path().join(FILE_NAME)).unwrap();
    for (table, of) in [("answers", "id >> 32"), ("bodies", "id >> 32"), ("lists", "id >> 32"), ("counts", "run")] {
        let sql = format!("SELECT count(*) FROM {table} WHERE {of} <> ?1");
        let orphans: i64 = database.query_row(&sql, [run.id().0], |row| row.get(0)).unwrap();
        assert_eq!(orphans, 0, "{table}");
    }
    assert_eq!(database.query_row("SELECT count(*) FROM runs", [], |row| row.get::<_, i64>(0)).unwrap(), 1);
    assert_eq!(fs::read_dir(folder.path().join("runs")).unwrap().count(), 1, "one lock, of the live run");
    run.note(RunState::Finished).await.unwrap();
    assert_eq!(here.clear().await, Ok(0));
    assert_eq!(fs::read_dir(folder.path().join("runs")).unwrap().count(), 0);
}

#[tokio::test]
async fn what_was_cleared_is_in_no_file_any_more_and_a_run_under_way_stays() {
    let folder = tempfile::tempdir().unwrap();
    let history = on_disk(folder.path());
    for number in 0..50 {
        let sku = format!("VERY-SECRET-ARTICLE-{number}");
        history.record_single(header(1), lookup(&sku, 404, "stored as it is")).await.unwrap();
    }
    assert!(holds(&everything_in(folder.path()), "VERY-SECRET-ARTICLE"));
    let run = history.begin_run(header(2), list(2)).await.unwrap();
    assert_eq!(history.delete_run(run.id()).await, Err(HistoryError::UnderWay));
    assert_eq!(history.clear().await.unwrap(), 1);
    let all = everything_in(folder.path());
    for gone in ["VERY-SECRET-ARTICLE", "stored as it is"] {
        assert!(!holds(&all, gone), "{gone}");
    }
    let (answered, body) = answer("A", "1.00");
    run.keep(1, answered, body).await.unwrap();
    assert_eq!(history.load_run(run.id()).await.unwrap().rows.answered().count(), 1);
    let wal = folder.path().join(format!("{FILE_NAME}-wal"));
    drop(run);
    assert_eq!(history.clear().await.unwrap(), 0);
    assert_eq!(fs::metadata(wal).unwrap().len(), 0);
    assert_eq!(history.size().await.unwrap().entries, 0);
}

#[tokio::test]
async fn a_deleted_entry_is_gone_from_the_file_and_its_number_is_not_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let history = on_disk(folder.path());
    let one = history.record_single(header(1), lookup("VERY-SECRET-ARTICLE", 404, "{}")).await.unwrap();
    history.delete_run(one).await.unwrap();
    assert!(!holds(&everything_in(folder.path()), "VERY-SECRET-ARTICLE"));
    assert_eq!(history.lookup(one, 0).await.err(), Some(HistoryError::Gone));
    let next = history.record_single(header(1), lookup("B", 404, "{}")).await.unwrap();
    assert_ne!(one, next);
}

#[tokio::test]
async fn off_by_choice_nothing_is_on_disk_and_a_stopped_run_can_still_be_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let history = History::new(Some(data.clone()), Keeping::ThisRun, LIMIT);
    let run = history.begin_run(header(2), list(2)).await.unwrap();
    assert_eq!(run.kept(), &Kept::ThisRun { because: None });
    let (answered, body) = answer("A", "1.00");
    run.keep(0, answered, body).await.unwrap();
    run.note(RunState::Stopped).await.unwrap();
    let id = run.id();
    drop(run);
    let single = history.record_single(header(1), lookup("B", 404, "{}")).await.unwrap();
    assert_eq!(history.find(search(""), 9).await.unwrap().all, 2);
    let (entry, _) = history.lookup(single, 0).await.unwrap();
    assert_eq!(entry.id, single);
    assert_eq!(history.unfinished().await.unwrap()[0].id, id);
    let (loaded, journal) = history.resume_run(id).await.unwrap();
    assert_eq!(loaded.rows.open().collect::<Vec<_>>(), [1]);
    let (answered, body) = answer("B", "2.00");
    journal.keep(1, answered, body).await.unwrap();
    assert!(!data.exists(), "nothing was made");

    history.set_keeping(Keeping::OnDisk);
    assert!(history.record_single(header(1), lookup("C", 404, "{}")).await.unwrap().0 > 0);
    assert_eq!(history.find(search(""), 9).await.unwrap().all, 3);
}

#[tokio::test]
async fn k1_a_secret_in_a_list_does_not_reach_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let secret = "cafe0123cafe4567cafe89abcafecdefcafe0123cafe4567cafe89abcafecdef";
    let history = on_disk(folder.path());
    let skus: Arc<[CompactString]> = [CompactString::from("A"), secret.into()].into();
    let run = history.begin_run(header(2), skus).await.unwrap();
    let query = quantaprice_explorer::prices::PriceQuery::new(secret, Vec::new()).unwrap_err();
    let refused = Lookup::invalid(secret.to_owned(), &query, Timestamp::now());
    run.keep(1, Arc::new(Answered::of(refused.clone(), &mut Shared::default())), None).await.unwrap();
    history.record_single(header(1), refused).await.unwrap();
    assert!(!holds(&everything_in(folder.path()), secret));
    let loaded = history.load_run(run.id()).await.unwrap();
    assert_eq!(&loaded.skus[..], ["A", ""]);
    assert_eq!(loaded.rows.counts().of(Outcome::Failed), 1);
}

/// A figure to look at, not to promise: run with `--ignored --nocapture`.
#[tokio::test]
#[ignore = "prints figures"]
async fn how_long_a_million_takes() {
    let folder = tempfile::tempdir().unwrap();
    let history = on_disk(folder.path());
    let skus = list(1_000_000);
    let clock = std::time::Instant::now();
    let run = history.begin_run(header(skus.len()), skus).await.unwrap();
    println!("begun after {:?}", clock.elapsed());
    let clock = std::time::Instant::now();
    let mut all = Vec::new();
    for place in 0..100_000 {
        let (answered, body) = answer("A-SKU", &format!("{place}.10"));
        all.push(run.keep(place, answered, body));
        if all.len() == 64 {
            for kept in all.drain(..) {
                kept.await.unwrap();
            }
        }
    }
    println!("100,000 answers after {:?}", clock.elapsed());
    let size = history.size().await.unwrap();
    println!("{size:?}");
    let clock = std::time::Instant::now();
    let loaded = history.load_run(run.id()).await.unwrap();
    println!("{} answers loaded after {:?}", loaded.rows.answered().count(), clock.elapsed());
    let clock = std::time::Instant::now();
    history.find(search("nothing like it"), 50).await.unwrap();
    println!("searched after {:?}", clock.elapsed());
}
