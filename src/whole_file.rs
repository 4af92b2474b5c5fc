//! A file that is there whole or not at all: written beside its place, brought to the disk, and only then put there.
//!
//! Owns the way of everything that a user saves, and what can go wrong on it. Refuses to leave half a file, to write over a file that
//! nobody agreed to lose, and to take the place of a device. What is in the file is the caller's.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Why nothing was written. No half file is left in any of these cases.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotWritten {
    #[error("The folder {} does not exist.", .0.display())]
    NoFolder(PathBuf),
    #[error("This user may not write in {}.", .0.display())]
    Denied(PathBuf),
    #[error("The disk of {} is full; nothing was left there.", .0.display())]
    Full(PathBuf),
    #[error("There is a file called {} already.", .0.display())]
    Exists(PathBuf),
    #[error("The file {} could not be replaced: it is open in another program, or may not be changed.", .0.display())]
    NotReplaced(PathBuf),
    #[error("{} is a folder.", .0.display())]
    IsFolder(PathBuf),
    #[error("{} is no ordinary file.", .0.display())]
    NotAFile(PathBuf),
    #[error("{} is no name for a file.", .0.display())]
    NoName(PathBuf),
    #[error("The file {} could not be written: {detail}.", path.display())]
    Other { path: PathBuf, detail: String },
}

impl NotWritten {
    /// What to do next, in one sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoFolder(_) => "Choose a folder that is there.",
            Self::Denied(_) => "Choose another folder, such as your own Documents.",
            Self::NotReplaced(_) => "Close it there, or choose another name.",
            Self::Full(_) => "Make room, or choose another disk.",
            Self::Exists(_) | Self::NotAFile(_) => "Choose another name.",
            Self::IsFolder(_) => "Add a file's name to the path.",
            Self::NoName(_) => "Type a whole path that ends with a file's name.",
            Self::Other { .. } => "Choose another folder and try again.",
        }
    }

    /// What an error of the system means for the file at `path`.
    pub fn of(error: &io::Error, path: &Path) -> Self {
        let folder = || folder_of(path).to_path_buf();
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::Full(folder())
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::Denied(folder()),
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::NoFolder(folder()),
            io::ErrorKind::AlreadyExists => Self::Exists(path.to_path_buf()),
            _ => {
                Self::Other { path: path.to_path_buf(), detail: crate::http::fault::without_number(&error.to_string()) }
            }
        }
    }
}

/// What is done with a file of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It is kept, and nothing is written.
    Keep,
    /// It is replaced: whoever chose it was asked.
    Replace,
}

/// Who may read the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Only this user, whatever the system's habit is.
    OnlyMe,
    /// As the system has it for new files of this user.
    AsUsual,
}

/// A file on its way: written, and not yet in its place. Dropped before [`Whole::put`], it leaves nothing.
#[derive(Debug)]
pub struct Whole {
    temporary: NamedTempFile,
    path: PathBuf,
    existing: Existing,
}

impl Whole {
    /// Looks whether a file can come to be at `path`, and opens one beside it.
    ///
    /// # Errors
    /// [`NotWritten`], before anything was written.
    pub fn beside(path: &Path, existing: Existing, readers: Readers) -> Result<Self, NotWritten> {
        let is_folder = path.is_dir();
        if path.file_name().is_none() {
            return Err(NotWritten::NoName(path.to_path_buf()));
        }
        if is_folder {
            return Err(NotWritten::IsFolder(path.to_path_buf()));
        }
        let folder = folder_of(path);
        if !folder.is_dir() {
            return Err(NotWritten::NoFolder(folder.to_path_buf()));
        }
        if let Ok(there) = std::fs::metadata(path) {
            if !there.is_file() {
                return Err(NotWritten::NotAFile(path.to_path_buf()));
            }
            if existing == Existing::Keep {
                return Err(NotWritten::Exists(path.to_path_buf()));
            }
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(OsStr::new(".quantaprice-"));
        #[cfg(unix)]
        let usual = std::os::unix::fs::PermissionsExt::from_mode(0o666);
        #[cfg(unix)]
        if readers == Readers::AsUsual {
            builder.permissions(usual);
        }
        #[cfg(not(unix))]
        let _ = readers;
        let temporary = builder.tempfile_in(folder).map_err(|error| NotWritten::of(&error, path))?;
        Ok(Self { temporary, path: path.to_path_buf(), existing })
    }

    /// The file to write to.
    pub fn file(&mut self) -> &mut File {
        self.temporary.as_file_mut()
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Brings what was written to the disk, so that a full one is known before anything is replaced.
    pub fn settle(&mut self) -> Result<(), NotWritten> {
        self.temporary.as_file_mut().sync_all().map_err(|error| NotWritten::of(&error, &self.path))
    }

    /// Puts the file in its place.
    pub fn put(mut self) -> Result<(), NotWritten> {
        self.settle()?;
        let Self { temporary, path, existing } = self;
        let put = match existing {
            Existing::Replace => temporary.persist(&path),
            Existing::Keep => temporary.persist_noclobber(&path),
        };
        put.map(|_file| ()).map_err(|error| not_put(&error.error, &path, existing))
    }
}

/// Why a whole file could not be put in its place. The folder let it be made; so where a file is to be replaced, that one is in the
/// way, as it is on Windows for as long as a spreadsheet has it open.
fn not_put(error: &io::Error, path: &Path, existing: Existing) -> NotWritten {
    match NotWritten::of(error, path) {
        NotWritten::Denied(_) | NotWritten::Other { .. } if existing == Existing::Replace && path.is_file() => {
            NotWritten::NotReplaced(path.to_path_buf())
        }
        other => other,
    }
}

/// Writes a whole file: `fill` is given the file beside its place, and what it fails with is put in words.
pub fn write_whole(
    path: &Path,
    existing: Existing,
    readers: Readers,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<(), NotWritten> {
    let mut whole = Whole::beside(path, existing, readers)?;
    fill(whole.file()).map_err(|error| NotWritten::of(&error, path))?;
    whole.put()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::{Cursor, Seek, Write};

    use super::*;

    /// A disk with room for so many bytes.
    pub(crate) struct Small(pub Cursor<Vec<u8>>, pub u64);

    impl Write for Small {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0.position() + bytes.len() as u64 > self.1 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for Small {
        fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    fn write(path: &Path, existing: Existing) -> Result<(), NotWritten> {
        write_whole(path, existing, Readers::AsUsual, |file| file.write_all(b"new"))
    }

    #[test]
    fn a_file_of_the_same_name_is_replaced_only_where_that_was_agreed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "old").unwrap();
        assert_eq!(write(&path, Existing::Keep), Err(NotWritten::Exists(path.clone())));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(write(&path, Existing::Replace), Ok(()));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(names(folder.path()), ["a.csv"]);
    }

    #[test]
    fn a_writer_that_fails_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "old").unwrap();
        let failed = write_whole(&path, Existing::Replace, Readers::AsUsual, |file| {
            file.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        let said = failed.unwrap_err();
        assert_eq!(
            said.to_string(),
            format!("The disk of {} is full; nothing was left there.", folder.path().display())
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(folder.path()), ["a.csv"]);
    }

    #[test]
    fn a_file_that_another_program_has_open_is_named_and_not_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.xlsx");
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        assert_eq!(not_put(&denied, &path, Existing::Replace), NotWritten::Denied(folder.path().to_owned()));
        std::fs::write(&path, "old").unwrap();
        let error = not_put(&denied, &path, Existing::Replace);
        assert!(error.to_string().contains("it is open in another program"), "{error}");
        assert_eq!(error.hint(), "Close it there, or choose another name.");
        let full = not_put(&io::ErrorKind::StorageFull.into(), &path, Existing::Replace);
        assert_eq!(full, NotWritten::Full(folder.path().to_owned()));
    }

    #[test]
    fn a_place_that_cannot_be_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let to = |path: &Path| write(path, Existing::Replace).unwrap_err();
        assert!(matches!(to(&folder.path().join("no/such/a.zip")), NotWritten::NoFolder(_)));
        assert!(matches!(to(folder.path()), NotWritten::IsFolder(_)));
        assert!(matches!(to(Path::new("/")), NotWritten::NoName(_)));
        assert!(matches!(to(Path::new("")), NotWritten::NoName(_)));
        assert!(names(folder.path()).is_empty());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_is_not_taken_for_a_file_and_a_folder_without_permission_is_named() {
        assert_eq!(write(Path::new("/dev/full"), Existing::Replace), Err(NotWritten::NotAFile("/dev/full".into())));
        // Nobody may make a file here, not even root.
        let denied = write(Path::new("/sys/a.csv"), Existing::Keep).unwrap_err();
        assert_eq!(denied.to_string(), "This user may not write in /sys.");
    }

    #[cfg(unix)]
    #[test]
    fn what_others_may_read_is_as_it_was_asked() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mode = |name: &str, readers| {
            let path = folder.path().join(name);
            write_whole(&path, Existing::Keep, readers, |_file| Ok(())).unwrap();
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777
        };
        std::fs::write(folder.path().join("usual"), "").unwrap();
        let usual = std::fs::metadata(folder.path().join("usual")).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("mine", Readers::OnlyMe), mode("ours", Readers::AsUsual)), (0o600, usual));
    }
}
