//! What the rest of the program holds of the history: a handle that sends, and answers that are awaited.
//!
//! Owns no state but the way to the thread. Nothing here blocks. Whole runs come in pieces, so that a run under way is never kept
//! waiting by one that is opened.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use compact_str::CompactString;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::oneshot;

use super::database::{Database, Fault, Ticket};
use super::entry::{AnswerId, Entry, Found, LoadedRun, Recorded, Size};
use super::error::HistoryError;
use super::lane::{Command, Keep, start};
use super::reader::{Reader, Unread, Work};
use super::reading::{PackedBody, Reads, unpacked_body};
use super::search::Search;
use super::shelf::{Missing, News, Shelf, outward};
use crate::batch::{Answered, Failure, Journal, NotKept, Rows, RunHeader, RunId, RunState, Shared};
use crate::keys::ProfileId;
use crate::keys::settings::{HistoryChoice, Keeping};
use crate::lists::Origins;
use crate::prices::{Body, Lookup, LookupError};

/// So many answers come in one piece.
const PIECE: usize = 8192;
/// At most so many runs are offered to be gone on with.
const MOST_UNFINISHED: usize = 100;
/// At most so many answers are looked through for a SKU's prices over time.
const MOST_RECORDED: usize = 2000;
/// A SKU can have thousands of prices in each of them.
const MOST_PRICES: usize = 20_000;

/// The history. Cheap to clone.
#[derive(Clone)]
pub struct History {
    lane: Sender<Command>,
    reader: Reader,
    news: News,
}

/// Where a run is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    OnDisk,
    /// In memory, until the program ends; with the reason where that was not the user's choice.
    ThisRun {
        because: Option<HistoryError>,
    },
}

/// Keeps one run, and holds it for this program until it is dropped.
pub struct RunJournal {
    history: History,
    id: RunId,
    ticket: Ticket,
    kept: Kept,
}

impl History {
    /// The history in a folder. Nothing is opened or made before it is needed. `limit` is in bytes.
    pub fn new(folder: Option<PathBuf>, keeping: Keeping, limit: u64) -> Self {
        let news = News::default();
        let reader = Reader::start();
        let lane = start(Shelf::new(folder, keeping, limit, news.clone(), reader.clone()));
        Self { lane, reader, news }
    }

    /// A history that is nowhere on disk and ends with its last handle.
    pub fn in_memory() -> Self {
        Self::new(None, Keeping::ThisRun, HistoryChoice::default().limit())
    }

    /// What the user has to know and did not ask for, once.
    pub fn news(&self) -> Option<HistoryError> {
        self.news.take()
    }

    /// Grows with every change, so that whoever shows some of it knows whether to ask again.
    pub fn changes(&self) -> u64 {
        self.news.changes()
    }

    /// Where what comes from now on is kept. What is under way stays where it is.
    pub fn set_keeping(&self, keeping: Keeping) {
        self.tell(move |shelf| shelf.keeping = keeping);
    }

    /// The bytes above which the oldest bodies go.
    pub fn set_limit(&self, bytes: u64) {
        self.tell(move |shelf| shelf.limit = bytes);
    }

    /// Begins a run over a list. Where the disk refuses, the run is kept in memory, and [`RunJournal::kept`] says why.
    pub async fn begin_run(&self, header: RunHeader, skus: Arc<[CompactString]>) -> Result<RunJournal, HistoryError> {
        self.begin_run_from(header, skus, None).await
    }

    /// The same, with where the SKUs stand in the file that they came from.
    pub async fn begin_run_from(
        &self,
        header: RunHeader,
        skus: Arc<[CompactString]>,
        origins: Option<Arc<Origins>>,
    ) -> Result<RunJournal, HistoryError> {
        let history = self.clone();
        let journal = move |id, ticket, kept| RunJournal { history, id, ticket, kept };
        let begun = self.ask(move |shelf| {
            shelf.news.changed();
            let mut because = None;
            let origins = origins.as_deref();
            if shelf.keeping == Keeping::OnDisk {
                match shelf.on_disk(Missing::Begin, |disk| disk.begin(header.clone(), &skus, origins)) {
                    Ok(Some((run, ticket))) => return Ok(journal(RunId(run), ticket, Kept::OnDisk)),
                    Ok(None) => {}
                    Err(error) => because = Some(error),
                }
            }
            let (run, ticket) = shelf.in_memory(|memory| memory.begin(header, &skus, origins))?;
            // Where nobody waits for it any more, its end lets go of the run.
            Ok(journal(RunId(-run), ticket, Kept::ThisRun { because }))
        });
        begun.await?
    }

    /// Takes a run that was cut off or stopped, with all that is known of it.
    ///
    /// # Errors
    /// [`HistoryError::Elsewhere`] and [`HistoryError::UnderWay`] where somebody has it, [`HistoryError::Gone`] where it is none any more.
    pub async fn resume_run(&self, run: RunId) -> Result<(LoadedRun, RunJournal), HistoryError> {
        let history = self.clone();
        let kept = if run.0 < 0 { Kept::ThisRun { because: None } } else { Kept::OnDisk };
        let taken = self.ask(move |shelf| {
            let ticket = shelf.at(run, Database::resume)?;
            Ok(RunJournal { history, id: run, ticket, kept })
        });
        let journal = taken.await??;
        // With the journal held: if loading fails, its end lets go of the run.
        Ok((self.load_run(run).await?, journal))
    }

    /// The runs that can be resumed, the latest first.
    pub async fn unfinished(&self) -> Result<Vec<Entry>, HistoryError> {
        let (memory, disk) = self.scan(|reads| reads.unfinished(MOST_UNFINISHED)).await?;
        let memory = memory.unwrap_or_default().into_iter().map(outward);
        let mut entries: Vec<_> = memory.chain(disk.unwrap_or_default()).collect();
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.header.started));
        Ok(entries)
    }

    /// One entry.
    pub async fn entry(&self, run: RunId) -> Result<Entry, HistoryError> {
        let entry = self.look_at(run, |database, run| database.reads().entry_of(run)).await?;
        Ok(if run.0 < 0 { outward(entry) } else { entry })
    }

    /// A run as it was kept, without its bodies.
    pub async fn load_run(&self, run: RunId) -> Result<LoadedRun, HistoryError> {
        let parts = self.look_at(run, |database, run| {
            let entry = database.reads().entry_of(run)?;
            let list = database.reads().list(run, entry.header.count)?;
            let origins = database.reads().origins(run, entry.header.count)?;
            Ok((entry, list, origins.map(Arc::new)))
        });
        let (entry, list, origins) = parts.await?;
        let mut rows = Rows::new(list.len()).with_origins(origins);
        let mut shared = Shared::default();
        let (mut from, mut unreadable) = (0, 0);
        loop {
            let piece = self.look_at(run, move |database, run| database.reads().answers(run, from, PIECE)).await?;
            let Some(end) = piece.last().map(|raw| raw.place) else { break };
            let is_last = piece.len() < PIECE;
            let filled = tokio::task::spawn_blocking(move || {
                let mut unreadable = 0;
                for raw in piece {
                    let place = raw.place;
                    match raw.read() {
                        Some(answered) => rows.set(place, Arc::new(answered.sharing(&mut shared))),
                        None => unreadable += 1,
                    }
                }
                (rows, shared, unreadable)
            });
            let not_read: usize;
            (rows, shared, not_read) = filled.await.map_err(|_panic| HistoryError::Broken)?;
            unreadable += not_read;
            if is_last {
                break;
            }
            from = end + 1;
        }
        let Entry { header, standing, bodies, .. } = entry;
        Ok(LoadedRun { id: run, header, standing, skus: list.into(), rows, bodies, unreadable })
    }

    /// The body of the answer that stands at a place of a run's list; nothing where none came, or where it was removed.
    pub async fn body(&self, run: RunId, place: usize) -> Result<Option<Body>, HistoryError> {
        match self.look_at(run, move |database, run| database.reads().body(run, place)).await? {
            Some(body) => unpacked(body).await,
            None => Ok(None),
        }
    }

    /// The body of one answer, likewise.
    ///
    /// # Errors
    /// [`HistoryError::Replaced`] where another answer stands in its place by now.
    pub async fn body_of(&self, answer: AnswerId) -> Result<Option<Body>, HistoryError> {
        let body = self.look_at(answer.run, move |database, run| database.reads().body(run, answer.place)).await?;
        match body.ok_or(HistoryError::Gone)? {
            body if body.started == answer.started => unpacked(body).await,
            _ => Err(HistoryError::Replaced),
        }
    }

    /// A lookup of one SKU, or one row of a run, as it was.
    pub async fn lookup(&self, run: RunId, place: usize) -> Result<(Entry, Lookup), HistoryError> {
        let (path, entry, raw) = self
            .look_at(run, move |database, run| {
                Ok((database.path.clone(), database.reads().entry_of(run)?, database.reads().answers(run, place, 1)?))
            })
            .await?;
        let raw = raw.into_iter().next().filter(|raw| raw.place == place).ok_or(HistoryError::Gone)?;
        let answered = raw.read().ok_or(HistoryError::Unreadable { path, part: "This answer" })?;
        let body = self.body(run, place).await?;
        let lookup = as_lookup(answered, entry.header.parameters.clone(), body);
        Ok((if run.0 < 0 { outward(entry) } else { entry }, lookup))
    }

    /// The latest entries that are looked for, at most so many.
    pub async fn find(&self, search: Search, most: usize) -> Result<Found, HistoryError> {
        let (memory, disk) = self.scan(move |reads| reads.find(&search, most)).await?;
        let (memory, disk) = (memory.unwrap_or_default(), disk.unwrap_or_default());
        let all = memory.all + disk.all;
        let mut entries: Vec<_> = memory.entries.into_iter().map(outward).chain(disk.entries).collect();
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.header.started));
        entries.truncate(most);
        Ok(Found { entries, all, unreadable: memory.unreadable + disk.unreadable })
    }

    /// The prices of a SKU under a profile, as they were recorded, the oldest first.
    pub async fn prices_of(&self, sku: String, profile: ProfileId) -> Result<Vec<Recorded>, HistoryError> {
        let asked = self.scan(move |reads| reads.prices_of(&sku, &profile, MOST_RECORDED, MOST_PRICES));
        let (memory, disk) = asked.await?;
        let memory = memory.unwrap_or_default().into_iter();
        let memory = memory.map(|one| Recorded { run: RunId(-one.run.0), ..one });
        let mut recorded: Vec<_> = memory.chain(disk.unwrap_or_default()).collect();
        recorded.sort_by_key(|one| one.at);
        Ok(recorded)
    }

    /// Keeps a lookup of one SKU without waiting for it. What goes wrong is told by [`History::news`].
    pub fn note_single(&self, header: RunHeader, lookup: Lookup) {
        let single = Single::of(header, lookup);
        self.tell(move |shelf| {
            if let Err(error) = single.keep(shelf) {
                shelf.news.put(error);
            }
        });
    }

    /// Keeps a lookup of one SKU. `header` says under which profile, with which parameters.
    pub async fn record_single(&self, header: RunHeader, lookup: Lookup) -> Result<RunId, HistoryError> {
        let single = Single::of(header, lookup);
        self.ask(move |shelf| single.keep(shelf)).await?
    }

    /// Removes one entry for good.
    pub async fn delete_run(&self, run: RunId) -> Result<(), HistoryError> {
        let deleted = self.ask(move |shelf| {
            shelf.let_go();
            shelf.at(run, Database::delete)
        });
        let deleted = deleted.await?;
        self.news.changed();
        deleted
    }

    /// Removes everything but runs under way, here or elsewhere. Gives how many of those there are.
    pub async fn clear(&self) -> Result<usize, HistoryError> {
        let cleared = self.ask(|shelf| {
            shelf.let_go();
            shelf.both(Database::clear)
        });
        let cleared = cleared.await?;
        self.news.changed();
        let (memory, disk) = cleared?;
        Ok(memory.unwrap_or(0) + disk.unwrap_or(0))
    }

    pub async fn size(&self) -> Result<Size, HistoryError> {
        self.look(Shelf::size).await?
    }

    fn tell(&self, work: impl FnOnce(&mut Shelf) + Send + 'static) {
        // Nobody listens only where the system gave no thread; whoever asks for something hears it.
        _ = self.lane.send(Command::Do(Box::new(work)));
    }

    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Shelf) -> T + Send + 'static,
    ) -> Result<T, HistoryError> {
        let (sender, answer) = oneshot::channel();
        self.tell(move |shelf| _ = sender.send(work(shelf)));
        answer.await.map_err(|_gone| HistoryError::Broken)
    }

    /// As [`History::ask`], for what changes nothing: where nobody waits for the answer any more, it is not worked on.
    async fn look<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Shelf) -> T + Send + 'static,
    ) -> Result<T, HistoryError> {
        let (sender, answer) = oneshot::channel();
        self.tell(move |shelf| {
            if !sender.is_closed() {
                _ = sender.send(work(shelf));
            }
        });
        answer.await.map_err(|_gone| HistoryError::Broken)
    }

    /// Asks both databases what takes long to find out: the one on disk beside the thread that writes it. Gives what each says, the one in
    /// memory first.
    async fn scan<T: Send + 'static>(
        &self,
        work: impl Fn(&Reads<'_>) -> Result<T, Fault> + Send + Sync + 'static,
    ) -> Result<(Option<T>, Option<T>), HistoryError> {
        let work: Arc<Work<T>> = Arc::new(work);
        loop {
            let asked = Arc::clone(&work);
            let (memory, source) = self.look(move |shelf| shelf.ask_memory(&*asked)).await??;
            let Some(source) = source else { return Ok((memory, None)) };
            match self.reader.read(source, Arc::clone(&work)).await {
                Ok(disk) => return Ok((memory, Some(disk))),
                Err(Unread::Again) => {}
                Err(Unread::Failed) => {
                    let read = self.look(move |shelf| shelf.on_disk(Missing::Leave, |disk| work(&disk.reads())));
                    return Ok((memory, read.await??));
                }
            }
        }
    }

    async fn look_at<T: Send + 'static>(
        &self,
        run: RunId,
        work: impl FnOnce(&mut Database, i64) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, HistoryError> {
        self.look(move |shelf| shelf.at(run, work)).await?
    }

    async fn at<T: Send + 'static>(
        &self,
        run: RunId,
        work: impl FnOnce(&mut Database, i64) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, HistoryError> {
        self.ask(move |shelf| shelf.at(run, work)).await?
    }
}

/// A lookup of one SKU on its way.
struct Single {
    header: RunHeader,
    answered: Answered,
    body: Option<Body>,
}

impl Single {
    fn of(header: RunHeader, lookup: Lookup) -> Self {
        let body = lookup.body.clone();
        Self { header, answered: Answered::of(lookup, &mut Shared::default()), body }
    }

    fn keep(self, place: &mut Shelf) -> Result<RunId, HistoryError> {
        let now = Timestamp::now();
        let work = |database: &mut Database| database.keep_single(self.header, &self.answered, self.body.as_ref(), now);
        let kept = match place.keeping {
            Keeping::OnDisk => place.on_disk(Missing::Begin, work)?.map(RunId).ok_or(HistoryError::NoFolder),
            Keeping::ThisRun => place.in_memory(work).map(|run| RunId(-run)),
        };
        place.news.changed();
        kept
    }
}

impl RunJournal {
    pub fn id(&self) -> RunId {
        self.id
    }

    /// Whether the run survives this program.
    pub fn kept(&self) -> &Kept {
        &self.kept
    }

    /// Lets go of the run.
    fn release(&self) {
        let (run, ticket) = (self.id, self.ticket);
        self.history.tell(move |shelf| {
            shelf.news.changed();
            // A database that cannot be used has let go of the run already.
            _ = shelf.at(run, |database, run| {
                database.release(run, ticket);
                Ok(())
            });
        });
    }
}

impl Journal for RunJournal {
    fn keep(&self, place: usize, answered: Arc<Answered>, body: Option<Body>) -> BoxFuture<'_, Result<(), NotKept>> {
        let (kept, answer) = oneshot::channel();
        let keep = Keep { run: self.id, ticket: self.ticket, place, answered, body, kept };
        // Sent at once, so that it is kept even if nobody waits for it.
        _ = self.history.lane.send(Command::Keep(keep));
        async move { answer.await.unwrap_or(Err(HistoryError::Broken)).map_err(NotKept::from) }.boxed()
    }

    fn note(&self, state: RunState) -> BoxFuture<'_, Result<Option<Rows>, NotKept>> {
        let ticket = self.ticket;
        let noted = self.history.at(self.id, move |database, run| {
            let was_held = database.is_held(run, ticket);
            database.note(run, ticket, state, Timestamp::now())?;
            Ok(was_held)
        });
        async move {
            let noted = noted.await;
            self.history.news.changed();
            if noted? {
                return Ok(None);
            }
            // It was let go, and another window may have had it meanwhile.
            match self.history.load_run(self.id).await {
                Ok(run) => Ok(Some(run.rows)),
                Err(error) => {
                    self.release();
                    Err(error.into())
                }
            }
        }
        .boxed()
    }
}

impl Drop for RunJournal {
    fn drop(&mut self) {
        self.release();
    }
}

async fn unpacked(body: PackedBody) -> Result<Option<Body>, HistoryError> {
    let PackedBody { packed: Some(packed), path, .. } = body else { return Ok(None) };
    // A body can have megabytes.
    let body =
        tokio::task::spawn_blocking(move || unpacked_body(&packed)).await.map_err(|_panic| HistoryError::Broken)?;
    body.map(Some).ok_or(HistoryError::Unreadable { path, part: "The body of this answer" })
}

/// An answer of the history in the form in which it came.
fn as_lookup(answered: Answered, parameters: Vec<(String, String)>, body: Option<Body>) -> Lookup {
    let error = answered.error.map(|error| {
        let Failure { kind, message, hint } = Arc::unwrap_or_clone(error);
        LookupError::new(kind, message, hint)
    });
    Lookup {
        sku: answered.sku.into(),
        parameters,
        outcome: answered.outcome,
        http_status: answered.http_status,
        started: answered.started,
        elapsed: answered.elapsed,
        token_generation: answered.token_generation,
        prices: answered.prices.into(),
        notes: answered.notes.iter().map(ToString::to_string).collect(),
        body,
        error,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::channel;

    use super::super::record::tests::{BODY, header, lookup};
    use super::*;

    fn answer() -> (Arc<Answered>, Option<Body>) {
        let lookup = lookup("007", 200, BODY);
        let body = lookup.body.clone();
        (Arc::new(Answered::of(lookup, &mut Shared::default())), body)
    }

    fn on_disk(folder: &tempfile::TempDir) -> History {
        History::new(Some(folder.path().to_owned()), Keeping::OnDisk, HistoryChoice::default().limit())
    }

    type Asked = Result<(Option<()>, Option<()>), HistoryError>;

    /// A question that reads, says that it has begun, and ends when it may.
    struct Slow {
        asked: tokio::task::JoinHandle<Asked>,
        may_end: std::sync::mpsc::Sender<()>,
    }

    impl Slow {
        async fn begun(history: &History) -> Self {
            let (begun, mut has_begun) = tokio::sync::mpsc::unbounded_channel();
            let (may_end, end) = channel();
            let end = Mutex::new(end);
            let history = history.clone();
            let asked = tokio::spawn(async move {
                let work = move |reads: &Reads<'_>| {
                    let mut select = reads.connection.prepare("SELECT id FROM runs")?;
                    let mut rows = select.query([])?;
                    rows.next()?;
                    _ = begun.send(());
                    _ = end.lock().unwrap().recv();
                    Ok(())
                };
                history.scan(work).await
            });
            has_begun.recv().await.unwrap();
            Self { asked, may_end }
        }
    }

    #[tokio::test]
    async fn a_search_under_way_delays_no_answer_and_one_that_was_overtaken_is_not_begun() {
        let folder = tempfile::tempdir().unwrap();
        let history = on_disk(&folder);
        let run = history.begin_run(header(2), ["007".into(), "008".into()].into()).await.unwrap();
        let search = Slow::begun(&history).await;
        let (answered, body) = answer();
        run.keep(0, answered, body).await.unwrap();
        assert!(!search.asked.is_finished(), "the answer is acknowledged before the search ends");

        let looked = Arc::new(AtomicUsize::new(0));
        let overtaken: Vec<_> = (0..5)
            .map(|_| {
                let (history, looked) = (history.clone(), Arc::clone(&looked));
                let count = move |_: &Reads<'_>| Ok(_ = looked.fetch_add(1, Ordering::SeqCst));
                tokio::spawn(async move { history.scan(count).await })
            })
            .collect();
        // They have come as far as they can: the writing thread answers in order.
        for _ in 0..3 {
            tokio::task::yield_now().await;
            history.size().await.unwrap();
        }
        overtaken.iter().for_each(tokio::task::JoinHandle::abort);
        for one in overtaken {
            assert!(one.await.unwrap_err().is_cancelled());
        }
        search.may_end.send(()).unwrap();
        search.asked.await.unwrap().unwrap();
        assert_eq!(history.find(Search::default(), 9).await.unwrap().all, 1);
        assert_eq!(looked.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn what_is_being_read_ends_when_the_history_is_cleared_and_is_read_anew() {
        let folder = tempfile::tempdir().unwrap();
        let history = on_disk(&folder);
        history.record_single(header(1), lookup("007", 200, BODY)).await.unwrap();
        // It never ends by itself.
        let endless = |reads: &Reads<'_>| {
            let runs: i64 = reads.connection.query_row("SELECT count(*) FROM runs", [], |row| row.get(0))?;
            if runs == 0 {
                return Ok(runs);
            }
            let sql = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
            Ok(reads.connection.query_row(sql, [], |row| row.get(0))?)
        };
        let asked = tokio::spawn({
            let history = history.clone();
            async move { history.scan(endless).await }
        });
        for _ in 0..3 {
            tokio::task::yield_now().await;
            history.size().await.unwrap();
        }
        assert_eq!(history.clear().await, Ok(0));
        assert_eq!(asked.await.unwrap().unwrap().1, Some(0), "after the clearing");
        let log = folder.path().join("history.sqlite3-wal");
        assert_eq!(std::fs::metadata(log).unwrap().len(), 0, "nothing stays in the log");
    }

    #[tokio::test]
    async fn the_second_thread_can_write_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let history = on_disk(&folder);
        history.record_single(header(1), lookup("007", 200, BODY)).await.unwrap();
        let written = history.scan(|reads| Ok(reads.connection.execute("DELETE FROM runs", []).is_ok()));
        assert_eq!(written.await.unwrap(), (None, Some(false)));
        assert_eq!(history.size().await.unwrap().entries, 1);
    }
}
