//! The two places of the history: the database on disk, and the one in memory that ends with the program.
//!
//! Owns which of them a run goes to, opening them when they are first needed, and what happens to a damaged one: it is set
//! aside and said. Lives on the history's thread. A run's number is negative in memory, so that it says where the run is.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::database::{Database, Fault, NotOpened};
use super::entry::{Entry, Size};
use super::error::{HistoryError, is_damage};
use super::forget::Pruned;
use super::place;
use super::reader::{Reader, Source, Work};
use crate::batch::RunId;
use crate::keys::settings::Keeping;

/// What the history in memory may take, in bytes.
const LIMIT_IN_MEMORY: u64 = 128 * 1000 * 1000;
/// Another program that sets the same file aside is waited for this long.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the thread tells without being asked. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct News(Arc<Told>);

#[derive(Debug, Default)]
struct Told {
    /// What the user has to know: a damaged history was set aside, or a lookup could not be kept.
    error: Mutex<Option<HistoryError>>,
    changes: AtomicU64,
}

impl News {
    pub(super) fn put(&self, news: HistoryError) {
        *self.0.error.lock().unwrap_or_else(PoisonError::into_inner) = Some(news);
    }

    /// What is new, once. The lock is never held for longer than this takes.
    pub(super) fn take(&self) -> Option<HistoryError> {
        self.0.error.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn changed(&self) {
        self.0.changes.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn changes(&self) -> u64 {
        self.0.changes.load(Ordering::Relaxed)
    }
}

/// Whether a database is begun where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Begin,
    Leave,
}

pub(super) struct Shelf {
    folder: Option<PathBuf>,
    pub(super) keeping: Keeping,
    pub(super) limit: u64,
    pub(super) news: News,
    reader: Reader,
    disk: Option<Database>,
    memory: Option<Database>,
}

impl Shelf {
    pub(super) fn new(folder: Option<PathBuf>, keeping: Keeping, limit: u64, news: News, reader: Reader) -> Self {
        Self { folder, keeping, limit, news, reader, disk: None, memory: None }
    }

    /// Asks the database in memory, and says where the one on disk is to be read.
    pub(super) fn ask_memory<T>(&mut self, work: &Work<T>) -> Result<(Option<T>, Option<Source>), HistoryError> {
        let memory = match &self.memory {
            Some(memory) => Some(work(&memory.reads()).map_err(|fault| known(memory, fault))?),
            None => None,
        };
        let turn = self.reader.turn();
        Ok((memory, self.on_disk(Missing::Leave, |disk| Ok(disk.source(turn)))?))
    }

    /// Has the other thread close its connection. What it reads would keep a file from being emptied or moved.
    pub(super) fn let_go(&self) {
        self.reader.let_go();
    }

    /// Works on the database that a run is in.
    pub(super) fn at<T>(
        &mut self,
        run: RunId,
        work: impl FnOnce(&mut Database, i64) -> Result<T, Fault>,
    ) -> Result<T, HistoryError> {
        if run.0 < 0 {
            let memory = self.memory.as_mut().ok_or(HistoryError::Gone)?;
            return work(memory, -run.0).map_err(|fault| known(memory, fault));
        }
        self.on_disk(Missing::Leave, |disk| work(disk, run.0))?.ok_or(HistoryError::Gone)
    }

    /// Works on the database on disk; nothing where there is none and none is to be begun.
    pub(super) fn on_disk<T>(
        &mut self,
        missing: Missing,
        work: impl FnOnce(&mut Database) -> Result<T, Fault>,
    ) -> Result<Option<T>, HistoryError> {
        let Some(folder) = &self.folder else {
            return if missing == Missing::Leave { Ok(None) } else { Err(HistoryError::NoFolder) };
        };
        let disk = if let Some(disk) = &mut self.disk {
            disk
        } else {
            if missing == Missing::Leave && !folder.join(place::FILE_NAME).exists() {
                return Ok(None);
            }
            let (opened, was_damaged) = open(folder)?;
            if let Some(news) = was_damaged {
                self.news.put(news);
            }
            self.disk.insert(opened)
        };
        disk.limit = self.limit;
        match work(disk) {
            Ok(done) => Ok(Some(done)),
            Err(Fault::Sqlite(error)) if is_damage(&error) => Err(self.replace()),
            Err(fault) => Err(known(disk, fault)),
        }
    }

    /// Works on the database in memory.
    pub(super) fn in_memory<T>(
        &mut self,
        work: impl FnOnce(&mut Database) -> Result<T, Fault>,
    ) -> Result<T, HistoryError> {
        let memory = if let Some(memory) = &mut self.memory {
            memory
        } else {
            self.memory.insert(Database::in_memory(LIMIT_IN_MEMORY)?)
        };
        work(memory).map_err(|fault| known(memory, fault))
    }

    /// Asks both databases, and gives what each says; the one in memory first.
    pub(super) fn both<T>(
        &mut self,
        work: impl Fn(&mut Database) -> Result<T, Fault>,
    ) -> Result<(Option<T>, Option<T>), HistoryError> {
        let memory = if self.memory.is_some() { Some(self.in_memory(&work)?) } else { None };
        Ok((memory, self.on_disk(Missing::Leave, &work)?))
    }

    /// One step towards the limits. Says whether there is more to do.
    pub(super) fn tend(&mut self) -> bool {
        let mut further = false;
        if let Some(memory) = &mut self.memory {
            further |= memory.prune().is_ok_and(|pruned| pruned == Pruned::Further);
        }
        if self.disk.is_some() {
            // What fails here fails again where somebody asked for it, and is said there.
            further |=
                self.on_disk(Missing::Leave, Database::prune).is_ok_and(|pruned| pruned == Some(Pruned::Further));
        }
        further
    }

    pub(super) fn size(&mut self) -> Result<Size, HistoryError> {
        let limit = self.limit;
        let (memory, disk) = self.both(|database| Ok((database.used()?, database.reads().entries()?)))?;
        let entries = memory.map_or(0, |(_, entries)| entries) + disk.map_or(0, |(_, entries)| entries);
        Ok(Size { bytes: disk.map_or(0, |(bytes, _)| bytes), limit, entries })
    }

    /// Sets a database aside that turned out to be damaged, and says what came of it.
    fn replace(&mut self) -> HistoryError {
        self.disk = None;
        self.let_go();
        let Some(folder) = &self.folder else { return HistoryError::NoFolder };
        let replaced = lock(folder).and_then(|_lock| match Database::open(folder) {
            // Another program has set it aside already, and this is the new one.
            Ok(database) if database.is_sound() => Ok((database, None)),
            Ok(database) => {
                drop(database);
                begin_anew(folder)
            }
            Err(NotOpened::Damaged) => begin_anew(folder),
            Err(NotOpened::Error(error)) => Err(error),
        });
        match replaced {
            Ok((database, set_aside)) => {
                self.disk = Some(database);
                let error = set_aside.unwrap_or(HistoryError::Gone);
                self.news.put(error.clone());
                error
            }
            Err(error) => error,
        }
    }
}

/// The numbers of runs in memory are negative for everybody else.
pub(super) fn outward(mut entry: Entry) -> Entry {
    entry.id.0 = -entry.id.0;
    entry
}

fn known(database: &Database, fault: Fault) -> HistoryError {
    match fault {
        Fault::Known(error) => error,
        Fault::Sqlite(error) => HistoryError::of(&database.path, &error),
    }
}

fn open(folder: &Path) -> Result<(Database, Option<HistoryError>), HistoryError> {
    match Database::open(folder) {
        Ok(database) => return Ok((database, None)),
        Err(NotOpened::Error(error)) => return Err(error),
        Err(NotOpened::Damaged) => {}
    }
    let _lock = lock(folder)?;
    // Looked at again: whoever had the lock may have set it aside.
    match Database::open(folder) {
        Ok(database) => Ok((database, None)),
        Err(NotOpened::Error(error)) => Err(error),
        Err(NotOpened::Damaged) => begin_anew(folder),
    }
}

/// Sets the file aside and begins a new one. The lock must be held.
fn begin_anew(folder: &Path) -> Result<(Database, Option<HistoryError>), HistoryError> {
    let path = folder.join(place::FILE_NAME);
    let kept_as = place::set_aside(&path, Timestamp::now())
        .map_err(|error| HistoryError::Damaged { path: path.clone(), reason: error.kind() })?;
    tracing::warn!("a damaged history was set aside");
    match Database::open(folder) {
        Ok(database) => Ok((database, Some(HistoryError::SetAside { kept_as }))),
        Err(NotOpened::Error(error)) => Err(error),
        Err(NotOpened::Damaged) => Err(HistoryError::Damaged { path, reason: std::io::ErrorKind::InvalidData }),
    }
}

/// Takes the lock that setting aside goes by. It ends when the file is closed, also when the program is killed.
fn lock(folder: &Path) -> Result<Option<File>, HistoryError> {
    let path = folder.join("history.lock");
    let failed = |error: &std::io::Error| HistoryError::of_system(&path, error);
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(|error| failed(&error))?;
    let end = Instant::now() + PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => return Ok(None),
            Err(TryLockError::WouldBlock) if Instant::now() < end => std::thread::sleep(Duration::from_millis(20)),
            Err(TryLockError::WouldBlock) => return Err(HistoryError::Locked { path }),
            Err(TryLockError::Error(error)) => return Err(failed(&error)),
        }
    }
}
