//! Why something of the history could not be kept, found or removed: what happened, to which file, and what to do.
//!
//! Owns the reading of `SQLite`'s and the system's errors. No sentence holds what was looked up.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{ErrorCode, ffi};

use crate::batch::NotKept;

/// What went wrong. [`why`](HistoryError::why) says what happened, [`advice`](HistoryError::advice) what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryError {
    /// This user has no home folder.
    NoFolder,
    /// The folder or the file may not be written.
    NoPermission { path: PathBuf },
    /// The disk, or the user's share of it, is full.
    Full { path: PathBuf },
    /// Another program has been writing for too long.
    Locked { path: PathBuf },
    /// A newer version of this program wrote it.
    Newer { path: PathBuf, version: i64 },
    /// It is damaged and was set aside; a new one has begun.
    SetAside { kept_as: PathBuf },
    /// It is damaged and could not be set aside.
    Damaged { path: PathBuf, reason: io::ErrorKind },
    /// The run is under way in another window or program.
    Elsewhere,
    /// The run is under way here.
    UnderWay,
    /// The run is no longer there.
    Gone,
    /// A part of it was not written by this program, or is damaged.
    Unreadable { path: PathBuf, part: &'static str },
    /// A newer answer stands in the place of this one.
    Replaced,
    /// A run has filled its share of the history, and its further bodies are not kept.
    BodiesLeftOut,
    /// Anything else that the system or `SQLite` says.
    Failed { path: PathBuf, reason: String },
    /// A fault of this program.
    Broken,
}

impl HistoryError {
    /// What happened, in a sentence.
    pub fn why(&self) -> String {
        match self {
            Self::NoFolder => "No home folder was found, so there is no place for the history.".to_owned(),
            Self::NoPermission { path } => format!("The history in {} may not be written.", path.display()),
            Self::Full { path } => format!(
                "The history in {} cannot grow: the disk, or your share of it, is full or failing.",
                path.display()
            ),
            Self::Locked { path } => {
                format!("Another program has been writing to the history in {} for too long.", path.display())
            }
            Self::Newer { path, version } => format!(
                "The history in {} was written by a newer version of this program (format {version}) and was left alone.",
                path.display()
            ),
            Self::SetAside { kept_as } => {
                format!("The history was damaged. The old file is kept as {}; a new one has begun.", kept_as.display())
            }
            Self::Damaged { path, reason } => {
                format!("The history in {} is damaged and could not be set aside ({reason}).", path.display())
            }
            Self::Elsewhere => "This run is under way in another window of this program.".to_owned(),
            Self::UnderWay => "This run is under way.".to_owned(),
            Self::Gone => "This run is no longer in the history.".to_owned(),
            Self::Unreadable { path, part } => {
                format!("{part} in the history in {} cannot be read: it is damaged.", path.display())
            }
            Self::Replaced => {
                "This SKU was asked for again since, and its body is that of the newer answer.".to_owned()
            }
            Self::BodiesLeftOut => {
                "This run takes half of the history's limit, so bodies of its further answers are not kept.".to_owned()
            }
            Self::Failed { path, reason } => {
                format!("The history in {} could not be used ({reason}).", path.display())
            }
            Self::Broken => "The history broke inside the program.".to_owned(),
        }
    }

    /// What to do next, in a sentence.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::NoFolder => "Name a folder in QUANTAPRICE_DATA_DIR and start again.",
            Self::NoPermission { .. } => "Check who may write that folder and that file, then try again.",
            Self::Full { .. } => "Make room on that disk, or clear the history, then try again.",
            Self::Locked { .. } => "Close the other window, or wait until it is done, then try again.",
            Self::Newer { .. } => "Install the newer version, or name another folder in QUANTAPRICE_DATA_DIR.",
            Self::SetAside { .. } => "Nothing was deleted. Try again; it goes to the new one.",
            Self::Damaged { .. } => "Move the file away and try again.",
            Self::Elsewhere => "Stop it there first.",
            Self::UnderWay => "Stop it first.",
            Self::Gone => "Start it anew from its list.",
            Self::Unreadable { .. } => "The rest is as it was. Look the SKU or the list up again.",
            Self::Replaced => "Open the entry again to see the newer answer.",
            Self::BodiesLeftOut => "Its prices are all kept. Choose a larger limit in History to keep more bodies.",
            Self::Failed { .. } => "Check the disk and try again; if it happens again, report it.",
            Self::Broken => "Try again; if it happens again, report it with the program's version.",
        }
    }

    /// What `SQLite` said of the database at `path`.
    pub(super) fn of(path: &Path, error: &rusqlite::Error) -> Self {
        let path = path.to_owned();
        // A share that is used up is a failed write to SQLite.
        let extended = error.sqlite_error().map(|error| error.extended_code);
        match error.sqlite_error_code() {
            _ if matches!(extended, Some(ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_SHMSIZE)) => Self::Full { path },
            Some(ErrorCode::DiskFull) => Self::Full { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { path },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                Self::NoPermission { path }
            }
            // The words are SQLite's own, of the code alone: its longer messages can quote a statement.
            Some(code) => Self::Failed { path, reason: format!("{code:?}") },
            None if matches!(error, rusqlite::Error::QueryReturnedNoRows) => Self::Gone,
            None => Self::Failed { path, reason: "an entry cannot be read".to_owned() },
        }
    }

    /// What the system said of the folder or file at `path`.
    pub(super) fn of_system(path: &Path, error: &io::Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::Full { path }
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::NoPermission { path },
            io::ErrorKind::WouldBlock => Self::Locked { path },
            kind => Self::Failed { path, reason: kind.to_string() },
        }
    }
}

/// Whether `SQLite` says that the file is no database, or a broken one.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

impl std::fmt::Display for HistoryError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.why(), self.advice())
    }
}

impl std::error::Error for HistoryError {}

impl From<HistoryError> for NotKept {
    fn from(error: HistoryError) -> Self {
        let advice = match &error {
            // Nothing of it can be kept any more, in the old file or in the new one.
            HistoryError::SetAside { .. } | HistoryError::Gone => {
                "It cannot go on: export its answers if you need them, stop it, and start a new run of its list."
            }
            error => error.advice(),
        };
        let why = match &error {
            HistoryError::SetAside { .. } => format!("{} This run is not in it.", error.why()),
            error => error.why(),
        };
        Self { why, advice: advice.to_owned() }
    }
}
