//! Where the history lies: a folder and a file that only their owner can read.
//!
//! Owns the names and the permissions, and the setting aside of a damaged file. Knows no SQL. Everything here blocks.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

/// Environment variable that names another folder for the history.
pub const DATA_DIR_VARIABLE: &str = "QUANTAPRICE_DATA_DIR";
/// The name of the database.
pub const FILE_NAME: &str = "history.sqlite3";

/// The history's folder of this user, or the one that [`DATA_DIR_VARIABLE`] names. None if there is no home folder.
pub fn default_folder(lookup: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if let Some(folder) = lookup(DATA_DIR_VARIABLE).filter(|folder| !folder.is_empty()) {
        return Some(PathBuf::from(folder));
    }
    let folders = directories::ProjectDirs::from("com", "Quantaprice", "Quantaprice-Explorer")?;
    // Not the one that travels with a Windows user from computer to computer: it is large.
    Some(folders.data_local_dir().to_owned())
}

/// Makes the folder and the empty file where they are missing, both for their owner alone. `SQLite` gives the files beside it the
/// same permissions.
pub(super) fn prepare(folder: &Path) -> io::Result<PathBuf> {
    make_folder(folder)?;
    let path = folder.join(FILE_NAME);
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&path)?;
    Ok(path)
}

pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Renames the database and what belongs to it, so that a new one can begin. Gives the new name of the database.
pub(super) fn set_aside(path: &Path, now: Timestamp) -> io::Result<PathBuf> {
    let stamp = now.strftime("%Y%m%dT%H%M%SZ");
    let name = |number: usize| match number {
        0 => format!("history.damaged-{stamp}.sqlite3"),
        _ => format!("history.damaged-{stamp}-{number}.sqlite3"),
    };
    let free = (0..100).map(|number| path.with_file_name(name(number))).find(|name| !name.exists());
    let kept_as = free.ok_or(io::ErrorKind::AlreadyExists)?;
    // The log first: beside the damaged file alone, it could be taken for that of a new one.
    for suffix in ["-wal", "-shm"] {
        match fs::rename(with_suffix(path, suffix), with_suffix(&kept_as, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    fs::rename(path, &kept_as)?;
    Ok(kept_as)
}

/// The file that `SQLite` keeps beside the database.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_names_another_folder_and_an_empty_one_does_not() {
        let named = |value: &str| default_folder(|name| (name == DATA_DIR_VARIABLE).then(|| value.into()));
        assert_eq!(named("/elsewhere"), Some(PathBuf::from("/elsewhere")));
        assert_ne!(named(""), Some(PathBuf::new()));
    }

    #[cfg(unix)]
    #[test]
    fn folder_and_file_are_their_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().join("a").join("b");
        let path = prepare(&folder).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&path)), (0o700, 0o600));
    }

    #[test]
    fn what_is_set_aside_takes_its_log_with_it_and_overwrites_nothing() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join(FILE_NAME);
        let put = |text: &str| {
            fs::write(&path, text).unwrap();
            fs::write(with_suffix(&path, "-wal"), format!("log of {text}")).unwrap();
            set_aside(&path, Timestamp::UNIX_EPOCH).unwrap()
        };
        let (first, second) = (put("one"), put("two"));
        assert_ne!(first, second);
        assert_eq!(fs::read_to_string(&first).unwrap(), "one");
        assert_eq!(fs::read_to_string(with_suffix(&second, "-wal")).unwrap(), "log of two");
        assert!(!path.exists());
    }
}
