//! Whose run it is: a locked file for each run under way, so that no second program resumes it.
//!
//! Owns the files' names and locks. The system lets go of a lock when its program ends, however it ends; a number in the database would
//! outlive a killed program. Knows no SQL.

use std::collections::HashSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// So often a run's file is tried for that somebody removed meanwhile, or that another program is just looking at.
const TRIES: usize = 20;
/// So often it is looked at: another program may just be removing it.
const LOOKS: usize = 3;
/// Between two tries, and between two looks.
const PAUSE: Duration = Duration::from_millis(2);

/// Holds a run for this program, until it is dropped or the program ends.
#[derive(Debug)]
pub(super) struct Claim {
    /// None on file systems that know no locks, and for runs in memory.
    _file: Option<File>,
    run: i64,
    held: Held,
}

/// The runs that this program holds. Shared by all threads that ask; never locked for longer than a look.
type Held = Arc<Mutex<HashSet<i64>>>;

/// Whose the runs of one database are. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Claims {
    files: Files,
    held: Held,
}

/// The files of the runs under way.
#[derive(Debug, Clone)]
enum Files {
    /// In this folder, with the mark of their database in their names.
    Folder { folder: PathBuf, mark: String },
    /// The runs are in memory, where nobody else sees them.
    Unneeded,
}

/// Who has a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    Nobody,
    /// This program, by this database.
    Here,
    /// Another living program.
    Elsewhere,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.run);
    }
}

/// Why a run is not ours.
#[derive(Debug)]
pub(super) enum NotClaimed {
    Elsewhere,
    Failed(io::Error),
}

impl Claims {
    pub(super) fn beside(database: &Path, mark: String) -> Self {
        Self { files: Files::Folder { folder: database.with_file_name("runs"), mark }, held: Held::default() }
    }

    /// For a database in memory.
    pub(super) fn unneeded() -> Self {
        Self { files: Files::Unneeded, held: Held::default() }
    }

    fn file(&self, run: i64) -> Option<PathBuf> {
        match &self.files {
            Files::Folder { folder, mark } => Some(folder.join(format!("{mark}-{run}.lock"))),
            Files::Unneeded => None,
        }
    }

    /// The folder of the files.
    pub(super) fn folder(&self) -> Option<&Path> {
        match &self.files {
            Files::Folder { folder, .. } => Some(folder),
            Files::Unneeded => None,
        }
    }

    /// Takes a run that this program does not hold.
    pub(super) fn take(&self, run: i64) -> Result<Claim, NotClaimed> {
        let file = self.lock(run)?;
        self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(run);
        Ok(Claim { _file: file, run, held: Arc::clone(&self.held) })
    }

    fn lock(&self, run: i64) -> Result<Option<File>, NotClaimed> {
        let (Some(folder), Some(path)) = (self.folder(), self.file(run)) else { return Ok(None) };
        super::place::make_folder(folder).map_err(NotClaimed::Failed)?;
        let mut options = File::options();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        for _ in 0..TRIES {
            let file = options.open(&path).map_err(NotClaimed::Failed)?;
            match file.try_lock() {
                Ok(()) if is_at(&file, &path) => return Ok(Some(file)),
                // Whoever was done with the run removed the file between the two steps.
                Ok(()) => {}
                // Somebody has it, or is just looking whether somebody has.
                Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
                // Some network file systems know no locks; two programs on one run are rare enough to go without.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    return Ok(None);
                }
                Err(TryLockError::Error(error)) => return Err(NotClaimed::Failed(error)),
            }
        }
        Err(NotClaimed::Elsewhere)
    }

    /// Which living program has the run.
    pub(super) fn holder(&self, run: i64) -> Holder {
        if self.held.lock().unwrap_or_else(PoisonError::into_inner).contains(&run) {
            return Holder::Here;
        }
        for look in 0..LOOKS {
            let Some(file) = self.file(run).and_then(|path| File::options().read(true).open(path).ok()) else {
                return Holder::Nobody;
            };
            // Shared, so that those who look are not taken for one who has it.
            if !matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)) {
                return Holder::Nobody;
            }
            if look + 1 < LOOKS {
                std::thread::sleep(PAUSE);
            }
        }
        Holder::Elsewhere
    }

    /// Whether a living program has the run, this one or another.
    pub(super) fn is_taken(&self, run: i64) -> bool {
        self.holder(run) != Holder::Nobody
    }

    /// Removes the file of a run that nobody has and nobody will resume.
    pub(super) fn forget(&self, run: i64) {
        let Some(path) = self.file(run) else { return };
        let Ok(file) = File::options().write(true).open(&path) else { return };
        // Under its lock, and only if it is still there: whoever opened it before finds it gone, and begins another.
        if file.try_lock().is_ok() && is_at(&file, &path) {
            // Left behind, it is an empty file with a number for a name.
            _ = fs::remove_file(&path);
        }
    }

    /// Removes the files that [`Claims::forget`] would, for all runs that `is_over`.
    pub(super) fn tidy(&self, is_over: impl Fn(i64) -> bool) {
        let Files::Folder { folder, mark } = &self.files else { return };
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_str().and_then(|name| name.strip_prefix(mark)?.strip_prefix('-')?.strip_suffix(".lock"));
            let run = name.and_then(|run| run.parse().ok());
            if let Some(run) = run.filter(|run| is_over(*run)) {
                self.forget(run);
            }
        }
    }
}

/// Whether a locked file is the one at a path.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let of = |metadata: &fs::Metadata| (metadata.dev(), metadata.ino());
    matches!((file.metadata(), fs::metadata(path)), (Ok(file), Ok(there)) if of(&file) == of(&there))
}

/// Whether a locked file is the one at a path: then a second look finds it locked.
#[cfg(not(unix))]
fn is_at(_file: &File, path: &Path) -> bool {
    File::options().write(true).open(path).is_ok_and(|there| matches!(there.try_lock(), Err(TryLockError::WouldBlock)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_one_programs_until_it_lets_go() {
        let temp = tempfile::tempdir().unwrap();
        let claims = Claims::beside(&temp.path().join("history.sqlite3"), "mark".to_owned());
        assert!(!claims.is_taken(1));
        let claim = claims.take(1).unwrap();
        assert!(claims.is_taken(1) && !claims.is_taken(2));
        let theirs = Claims::beside(&temp.path().join("history.sqlite3"), "mark".to_owned());
        assert_eq!((claims.holder(1), theirs.holder(1)), (Holder::Here, Holder::Elsewhere));
        assert!(matches!(claims.take(1), Err(NotClaimed::Elsewhere)));
        claims.tidy(|_| true);
        assert!(claims.is_taken(1), "what is taken stays");
        drop(claim);
        assert!(!claims.is_taken(1));
        claims.take(1).unwrap();
        claims.tidy(|run| run == 1);
        assert_eq!(fs::read_dir(temp.path().join("runs")).unwrap().count(), 0);
    }

    #[test]
    fn who_looks_is_never_taken_for_who_has_it() {
        let temp = tempfile::tempdir().unwrap();
        let claims = Claims::beside(&temp.path().join("history.sqlite3"), "mark".to_owned());
        drop(claims.take(1).unwrap());
        let other = File::options().read(true).open(claims.file(1).unwrap()).unwrap();
        other.try_lock_shared().unwrap();
        assert_eq!(claims.holder(1), Holder::Nobody, "another program only looks");
        // It is done soon, and the run is free.
        let looks = std::thread::spawn(move || {
            std::thread::sleep(PAUSE * 3);
            drop(other);
        });
        assert!(claims.take(1).is_ok());
        looks.join().unwrap();
    }

    #[test]
    fn a_lock_on_a_file_that_was_removed_is_no_claim() {
        let temp = tempfile::tempdir().unwrap();
        let claims = Claims::beside(&temp.path().join("history.sqlite3"), "mark".to_owned());
        drop(claims.take(1).unwrap());
        let path = claims.file(1).unwrap();
        // Another program has opened it, and not locked it yet.
        let early = File::options().write(true).open(&path).unwrap();
        claims.forget(1);
        early.try_lock().unwrap();
        assert!(!is_at(&early, &path));
        let claim = claims.take(1).unwrap();
        assert!(!is_at(&early, &path), "of another");
        drop(early);
        claims.forget(1);
        assert!(claims.is_taken(1), "a file that is held stays");
        drop(claim);
    }
}
