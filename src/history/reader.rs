//! The history's second thread: what has to look through much is read here, so that no answer of a run waits for it.
//!
//! Owns a connection that cannot write, to the database that the writing thread has open; it opens none by itself. It lets go when
//! that thread asks, before a file is set aside or emptied: what was being read or waited then is asked for again by whoever wants it.

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Sender};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use tokio::sync::oneshot;

use super::claim::Claims;
use super::database::Fault;
use super::reading::Reads;
use super::schema;

/// After so many steps of `SQLite`'s machine it is looked whether anybody still waits: well under a millisecond.
const STEPS: i32 = 10_000;
/// The writing thread waits so long for the connection to be closed.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is read: a question to any database, which can be asked more than once.
pub(super) type Work<T> = dyn Fn(&Reads<'_>) -> Result<T, Fault> + Send + Sync;

type Job = Box<dyn FnOnce(&mut Option<Open>) + Send>;

/// The way to the thread. Cheap to clone; the thread ends with the last of them and is never joined.
#[derive(Clone)]
pub(super) struct Reader {
    jobs: Sender<Job>,
    /// Counts how often the connection had to be let go.
    turn: Arc<AtomicU64>,
}

/// The database that is to be read, as the writing thread has it open.
pub(super) struct Source {
    pub path: PathBuf,
    pub claims: Claims,
    /// The number of that database.
    pub database: u64,
    /// The turn of the reader in which this holds.
    pub turn: u64,
}

/// Why something was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    /// The connection had to be let go: ask again.
    Again,
    /// It cannot be read here. The writing thread will see why, and knows what to do about it.
    Failed,
}

struct Open {
    database: u64,
    connection: Connection,
}

impl Reader {
    /// Starts the thread. Where the system gives none, all is read by the writing thread.
    pub(super) fn start() -> Self {
        let (jobs, waiting) = mpsc::channel::<Job>();
        let serve = move || {
            let mut open = None;
            while let Ok(job) = waiting.recv() {
                if std::panic::catch_unwind(AssertUnwindSafe(|| job(&mut open))).is_err() {
                    open = None;
                    tracing::error!("a question to the history panicked");
                }
            }
        };
        if let Err(error) = std::thread::Builder::new().name("history-reader".to_owned()).spawn(serve) {
            tracing::error!(%error, "the history has no second thread");
        }
        Self { jobs, turn: Arc::default() }
    }

    pub(super) fn turn(&self) -> u64 {
        self.turn.load(Ordering::SeqCst)
    }

    /// Reads. Where nobody waits for the answer any more, it is not begun, and what has begun ends soon.
    pub(super) async fn read<T: Send + 'static>(&self, source: Source, work: Arc<Work<T>>) -> Result<T, Unread> {
        let (sender, answer) = oneshot::channel();
        // Dropped with this future.
        let wanted = Arc::new(());
        let waits = Arc::downgrade(&wanted);
        let reader = self.turn.clone();
        let job = move |open: &mut Option<Open>| {
            let is_stale = move || reader.load(Ordering::SeqCst) != source.turn;
            if waits.strong_count() == 0 {
                return;
            }
            let read = if is_stale() {
                Err(Unread::Again)
            } else {
                read(open, &source, move || waits.strong_count() == 0 || is_stale(), &*work)
            };
            _ = sender.send(read);
        };
        _ = self.jobs.send(Box::new(job));
        let read = answer.await.unwrap_or(Err(Unread::Failed));
        drop(wanted);
        read
    }

    /// Ends what is being read and closes the connection. Blocks until that is done; for the writing thread alone.
    pub(super) fn let_go(&self) {
        self.turn.fetch_add(1, Ordering::SeqCst);
        let (done, is_done) = mpsc::channel();
        let job = move |open: &mut Option<Open>| {
            *open = None;
            _ = done.send(());
        };
        if self.jobs.send(Box::new(job)).is_ok() && is_done.recv_timeout(PATIENCE).is_err() {
            tracing::warn!("the history is still being read");
        }
    }
}

fn read<T>(
    open: &mut Option<Open>,
    source: &Source,
    is_over: impl FnMut() -> bool + Send + 'static,
    work: &Work<T>,
) -> Result<T, Unread> {
    let failed = |error: rusqlite::Error| {
        tracing::debug!(%error, "the history is read by its first thread");
        Unread::Failed
    };
    if open.as_ref().is_none_or(|open| open.database != source.database) {
        *open = None;
    }
    let open = match open {
        Some(open) => open,
        None => open.insert(Open::at(source).map_err(failed)?),
    };
    open.connection.progress_handler(STEPS, Some(is_over)).map_err(failed)?;
    let read = work(&Reads { connection: &open.connection, path: &source.path, claims: &source.claims });
    open.connection.progress_handler(0, None::<fn() -> bool>).map_err(failed)?;
    read.map_err(|fault| match fault {
        Fault::Sqlite(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => Unread::Again,
        Fault::Sqlite(error) => failed(error),
        Fault::Known(_) => Unread::Failed,
    })
}

impl Open {
    fn at(source: &Source) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&source.path, flags)?;
        schema::prepare_to_read(&connection)?;
        Ok(Self { database: source.database, connection })
    }
}
