//! Whose run it is: a locked file for each run under way, so that no second program resumes it.
//!
//! Owns the files' names and locks. The system lets go of a lock when its program ends, however it ends; a number in the database would
//! outlive a killed program. Knows no SQL.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// So often a run's file is opened anew that somebody removed meanwhile.
const TRIES: usize = 8;

/// Holds a run for this program, until it is dropped or the program ends.
#[derive(Debug)]
pub(super) struct Claim {
    /// None on file systems that know no locks, and for runs in memory.
    _file: Option<File>,
}

/// The files of the runs under way.
#[derive(Debug, Clone)]
pub(super) enum Claims {
    /// In this folder, with the mark of their database in their names.
    Folder { folder: PathBuf, mark: String },
    /// The runs are in memory, where nobody else sees them.
    Unneeded,
}

/// Why a run is not ours.
#[derive(Debug)]
pub(super) enum NotClaimed {
    Elsewhere,
    Failed(io::Error),
}

impl Claims {
    pub(super) fn beside(database: &Path, mark: String) -> Self {
        Self::Folder { folder: database.with_file_name("runs"), mark }
    }

    fn file(&self, run: i64) -> Option<PathBuf> {
        match self {
            Self::Folder { folder, mark } => Some(folder.join(format!("{mark}-{run}.lock"))),
            Self::Unneeded => None,
        }
    }

    /// Takes a run.
    pub(super) fn take(&self, run: i64) -> Result<Claim, NotClaimed> {
        let (Self::Folder { folder, .. }, Some(path)) = (self, self.file(run)) else {
            return Ok(Claim { _file: None });
        };
        super::place::make_folder(folder).map_err(NotClaimed::Failed)?;
        let mut options = File::options();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        for _ in 0..TRIES {
            let file = options.open(&path).map_err(NotClaimed::Failed)?;
            match file.try_lock() {
                Ok(()) if is_at(&file, &path) => return Ok(Claim { _file: Some(file) }),
                // Whoever was done with the run removed the file between the two steps.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(NotClaimed::Elsewhere),
                // Some network file systems know no locks; two programs on one run are rare enough to go without.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    return Ok(Claim { _file: None });
                }
                Err(TryLockError::Error(error)) => return Err(NotClaimed::Failed(error)),
            }
        }
        Err(NotClaimed::Elsewhere)
    }

    /// Whether a living program has the run.
    pub(super) fn is_taken(&self, run: i64) -> bool {
        let Some(file) = self.file(run).and_then(|path| File::options().write(true).open(path).ok()) else {
            return false;
        };
        matches!(file.try_lock(), Err(TryLockError::WouldBlock))
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
        let Self::Folder { folder, mark } = self else { return };
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
